//! `gilbench list`: the catalogues.

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Map, Value, json};

use super::args::Section;
use super::{FINE, output};
use crate::suite::Suite;
use crate::{claim, probe, report};

/// One line of a catalogue: id, bound (kernels only), one sentence.
type Entry = (&'static str, Option<Value>, &'static str);

pub(super) fn list(suite: &Suite, section: Option<Section>, json: bool) -> anyhow::Result<i32> {
    let all = [Section::Kernels, Section::Models, Section::Probes, Section::Claims, Section::Panels];
    let chosen = all.into_iter().filter(|&one| section.is_none_or(|section| section == one));
    if json {
        let map: Map<String, Value> = chosen.map(|section| (name(section).into(), as_json(section, suite))).collect();
        output::json(&map)?;
    } else {
        let text: String = chosen.map(|section| as_text(section, suite)).collect();
        output::text(&text)?;
    }
    Ok(FINE)
}

fn name(section: Section) -> &'static str {
    match section {
        Section::Kernels => "kernels",
        Section::Models => "models",
        Section::Probes => "probes",
        Section::Claims => "claims",
        Section::Panels => "panels",
    }
}

fn entries(section: Section, suite: &Suite) -> Vec<Entry> {
    match section {
        Section::Kernels => {
            let entry =
                |kernel: &&dyn crate::kernel::Kernel| (kernel.name(), Some(json!(kernel.bound())), kernel.summary());
            suite.kernels().iter().map(entry).collect()
        }
        Section::Models => suite.models().iter().map(|model| (model.name(), None, model.summary())).collect(),
        Section::Probes => probe::ALL.iter().map(|probe| (probe.id, None, probe.question)).collect(),
        Section::Claims => claim::ALL.iter().map(|claim| (claim.id, None, claim.statement)).collect(),
        Section::Panels => report::PANELS.iter().map(|panel| (panel.id, None, panel.title)).collect(),
    }
}

fn as_json(section: Section, suite: &Suite) -> Value {
    let object = |(id, bound, summary): Entry| {
        let mut object = json!({"id": id, "summary": summary});
        if let Some(bound) = bound {
            object["bound"] = bound;
        }
        object
    };
    entries(section, suite).into_iter().map(object).collect()
}

fn as_text(section: Section, suite: &Suite) -> String {
    let entries = entries(section, suite);
    if entries.is_empty() {
        return format!("{}: none in this version\n\n", name(section));
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(output::width() as u16);
    for (id, bound, summary) in entries {
        let bound = bound
            .as_ref()
            .and_then(Value::as_str)
            .map(|bound| format!("{bound}-bound: ").replace("mixed-bound", "mixed"));
        table.add_row([format!(" {id}"), format!("{}{summary}", bound.unwrap_or_default())]);
    }
    format!("{}\n{}\n\n", name(section), table.trim_fmt())
}
