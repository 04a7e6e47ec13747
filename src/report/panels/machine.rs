//! The machine, and the conditions while it was measured.

use maud::{Markup, html};

use crate::report::format::{self, Unit};
use crate::report::text::t;
use crate::report::{Panel, View};
use crate::run::{Conditions, Machine};

pub(super) const PANEL: Panel = Panel { id: "machine", title: "The machine", draw };

fn draw(view: &View) -> Markup {
    let machine = &view.run.machine;
    html! {
        div.sheets {
            (sheet("Processors", &processors(machine)))
            (sheet("System", &system(machine)))
            (sheet("Conditions during the run", &conditions(&machine.conditions)))
        }
        @if !machine.notes.is_empty() {
            h3 { (t("Notes")) }
            ul.notes { @for note in &machine.notes { li { strong { (note.id) } @if note.serious { " (serious)" } " " (note.text) } } }
        }
    }
}

/// Names and values in two columns.
pub(super) fn sheet(title: &str, rows: &[(&str, String)]) -> Markup {
    html! {
        div.sheet {
            h3 { (t(title)) }
            dl { @for (name, value) in rows { div { dt { (t(name)) } dd { (value) } } } }
        }
    }
}

fn known<T>(value: Option<T>, write: impl Fn(T) -> String) -> String {
    value.map_or("not available".into(), write)
}

fn text(text: &str) -> String {
    if text.is_empty() { "not available".into() } else { text.into() }
}

fn processors(machine: &Machine) -> Vec<(&'static str, String)> {
    let cpu = &machine.cpu;
    vec![
        ("Model", text(&cpu.model)),
        ("Usable by this run", cpu.usable.to_string()),
        ("Logical processors online", cpu.logical.to_string()),
        ("Physical cores", cpu.physical.to_string()),
        ("In the affinity mask", cpu.affinity.to_string()),
        ("Control group quota", cpu.quota.map_or("none".into(), |q| format!("{} CPUs", format::plain(q)))),
        ("Frequency governor", known(cpu.governor.clone(), |governor| governor)),
        ("Last-level cache", known(cpu.last_level_cache_bytes, |size| format::bytes(size as f64))),
        ("Memory", format::bytes(machine.memory.total_bytes as f64)),
        ("Memory available at the start", format::bytes(machine.memory.available_bytes as f64)),
    ]
}

fn system(machine: &Machine) -> Vec<(&'static str, String)> {
    let build = &machine.build;
    vec![
        ("Operating system", text(&machine.os)),
        ("Kernel", text(&machine.kernel)),
        ("Hypervisor", known(machine.hypervisor.clone(), |name| name)),
        ("Address space randomisation", known(machine.aslr, |level| level.to_string())),
        ("Compiler", text(&build.compiler)),
        ("Flags", text(&build.flags)),
        ("Target", text(&build.target)),
        ("Revision", known(build.commit.clone(), |commit| commit)),
    ]
}

fn conditions(conditions: &Conditions) -> Vec<(&'static str, String)> {
    let share = |value: Option<f64>| known(value, |share| format::quantity(share, Unit::Share));
    vec![
        ("Load before", format::plain(conditions.load_before)),
        ("Load after", format::plain(conditions.load_after)),
        ("CPU time stolen by the hypervisor", share(conditions.steal)),
        ("Throttled by the control group", known(conditions.throttled_us, |us| format::time(us as f64 * 1e3))),
        ("Some task waited for a processor", share(conditions.cpu_pressure)),
        ("Some task waited for memory", share(conditions.memory_pressure)),
        ("Some task waited for the disk", share(conditions.io_pressure)),
        ("CPU used by others beforehand", share(conditions.neighbours_before)),
    ]
}
