//! What a reader must know of the machine before believing any number.

use crate::run::{Machine, Note};

/// Steal above this share of CPU time may move verdicts.
const STEAL: f64 = 0.01;
/// Neighbours above this share of CPU time may move verdicts.
const NEIGHBOURS: f64 = 0.05;

/// The notes that apply, the serious ones first.
pub(super) fn of(machine: &Machine) -> Vec<Note> {
    let mut notes: Vec<_> = [cores, quota, throttled, mask, neighbours, steal, governor, aslr, unoptimised, hypervisor]
        .iter()
        .filter_map(|check| check(machine))
        .collect();
    notes.sort_by_key(|note| !note.serious);
    notes
}

fn note(id: &str, serious: bool, text: String) -> Note {
    Note { id: id.into(), serious, text }
}

fn cores(machine: &Machine) -> Option<Note> {
    (machine.cpu.usable == 1).then(|| {
        note(
            "one-core",
            true,
            "Only one processor can be used here, so nothing can run in parallel: what a lock costs in cores cannot be \
             seen on this machine."
                .into(),
        )
    })
}

fn quota(machine: &Machine) -> Option<Note> {
    let quota = machine.cpu.quota?;
    (quota < machine.cpu.logical as f64).then(|| {
        let text = format!(
            "A control group allows {quota:.2} of {} processors; workers beyond that are paused in turn, which widens \
             intervals and bends every speedup.",
            machine.cpu.logical
        );
        note("quota", true, text)
    })
}

fn throttled(machine: &Machine) -> Option<Note> {
    let throttled = machine.conditions.throttled_us.filter(|&us| us > 0)?;
    let text = format!("The control group was throttled for {:.2} s during the run.", throttled as f64 / 1e6);
    Some(note("throttled", true, text))
}

fn mask(machine: &Machine) -> Option<Note> {
    let (mask, all) = (machine.cpu.affinity, machine.cpu.logical);
    (mask < all)
        .then(|| note("affinity", false, format!("This process may use {mask} of the machine's {all} processors.")))
}

fn neighbours(machine: &Machine) -> Option<Note> {
    let share = machine.conditions.neighbours_before.filter(|&share| share > NEIGHBOURS)?;
    let unfit = machine
        .conditions
        .too_busy()
        .map_or("", |_| " That is more than repeating can mend, so nothing that was timed is decided.");
    let text = format!(
        "Other programs used {:.0} % of the machine's CPU time just before the run; speedups come out too small.{unfit}",
        share * 100.0
    );
    Some(note("busy", true, text))
}

fn steal(machine: &Machine) -> Option<Note> {
    let steal = machine.conditions.steal.filter(|&steal| steal > STEAL)?;
    let text = format!("The hypervisor gave {:.1} % of the CPU time to other machines during the run.", steal * 100.0);
    Some(note("steal", true, text))
}

fn governor(machine: &Machine) -> Option<Note> {
    let governor = machine.cpu.governor.as_deref().filter(|&governor| governor != "performance")?;
    Some(note("governor", false, format!("The frequency governor is `{governor}`: clocks change with load.")))
}

fn aslr(machine: &Machine) -> Option<Note> {
    let text = "Address space randomisation is off: every team sees the same memory layout, lucky or not.";
    (machine.aslr == Some(0)).then(|| note("aslr", false, text.into()))
}

fn unoptimised(machine: &Machine) -> Option<Note> {
    let level = machine.build.flags.strip_prefix("opt-level=")?.chars().next()?;
    let text = format!("Built with opt-level={level}, not for speed: use `cargo bench` or `cargo run --release`.");
    matches!(level, '0' | '1').then(|| note("unoptimised", true, text))
}

fn hypervisor(machine: &Machine) -> Option<Note> {
    let who = machine.hypervisor.as_deref()?;
    let who = if who == "yes" { String::new() } else { format!(" ({who})") };
    Some(note(
        "virtual",
        false,
        format!("This is a virtual machine{who}: wake-ups cost more, and other guests may show."),
    ))
}

#[cfg(test)]
mod tests {
    use super::of;
    use crate::run::Machine;

    #[test]
    fn a_quiet_machine_deserves_no_note_and_a_constrained_one_says_so_first() {
        let mut machine = Machine::default();
        (machine.cpu.logical, machine.cpu.affinity, machine.cpu.usable) = (4, 4, 4);
        assert_eq!(of(&machine), []);
        machine.hypervisor = Some("KVM".into());
        machine.cpu.quota = Some(1.5);
        machine.conditions.steal = Some(0.2);
        let ids: Vec<_> = of(&machine).into_iter().map(|note| note.id).collect();
        assert_eq!(ids, ["quota", "steal", "virtual"]);
    }
}
