//! The machine, and the conditions while it was measured.

use maud::{Markup, html};

use crate::report::format::{self, Unit};
use crate::report::text::{Plain, came, say, t, word};
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
            ul.notes { @for note in &machine.notes { li { strong { (word(&note.id)) } @if note.serious { " (" (t("serious")) ")" } " " (came(&note.text)) } } }
        }
    }
}

/// Names and values in two columns.
pub(super) fn sheet(title: &'static str, rows: &[(&'static str, Plain)]) -> Markup {
    html! {
        div.sheet {
            h3 { (t(title)) }
            dl { @for (name, value) in rows { div { dt { (t(name)) } dd { (value) } } } }
        }
    }
}

fn known<T>(value: Option<T>, write: impl Fn(T) -> String) -> Plain {
    value.map_or_else(|| say("not available", &[]), |value| write(value).into())
}

fn text(text: &str) -> Plain {
    known(Some(text).filter(|text| !text.is_empty()), str::to_owned)
}

fn processors(machine: &Machine) -> Vec<(&'static str, Plain)> {
    let cpu = &machine.cpu;
    vec![
        ("Model", text(&cpu.model)),
        ("Usable by this run", cpu.usable.to_string().into()),
        ("Logical processors online", cpu.logical.to_string().into()),
        ("Physical cores", cpu.physical.to_string().into()),
        ("In the affinity mask", cpu.affinity.to_string().into()),
        (
            "Control group quota",
            cpu.quota.map_or_else(|| say("none", &[]), |quota| say("{0} CPUs", &[&format::plain(quota)])),
        ),
        ("Frequency governor", known(cpu.governor.clone(), |governor| governor)),
        ("Last-level cache", known(cpu.last_level_cache_bytes, |size| format::bytes(size as f64))),
        ("Memory", format::bytes(machine.memory.total_bytes as f64).into()),
        ("Memory available at the start", format::bytes(machine.memory.available_bytes as f64).into()),
    ]
}

fn system(machine: &Machine) -> Vec<(&'static str, Plain)> {
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

fn conditions(conditions: &Conditions) -> Vec<(&'static str, Plain)> {
    let share = |value: Option<f64>| known(value, |share| format::quantity(share, Unit::Share));
    vec![
        ("Load before", format::plain(conditions.load_before).into()),
        ("Load after", format::plain(conditions.load_after).into()),
        ("CPU time stolen by the hypervisor", share(conditions.steal)),
        ("Throttled by the control group", known(conditions.throttled_us, |us| format::time(us as f64 * 1e3))),
        ("Some task waited for a processor", share(conditions.cpu_pressure)),
        ("Some task waited for memory", share(conditions.memory_pressure)),
        ("Some task waited for the disk", share(conditions.io_pressure)),
        ("CPU used by others beforehand", share(conditions.neighbours_before)),
    ]
}
