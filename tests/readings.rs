//! What claims read by name is what probes read: the two never meet in the code.

use gilbench::claim::{self, Outcome};
use gilbench::probe::{self, Round};
use gilbench::run::synthetic::Synthetic;
use gilbench::run::{Knobs, Profile, Run};

#[test]
fn gilbench_worker_entry() {
    gilbench::worker_entry(&gilbench::Suite::standard());
}

/// What the probes read in one round, as if every round had read the same.
fn probed(profile: Profile) -> Run {
    let mut run = Synthetic::new(2);
    for probe in probe::ALL {
        let round = Round { profile, cores: 2, knobs: Knobs::default(), traced: false, number: 0, seed: 1 };
        let found = (probe.run)(&round).unwrap();
        for (name, unit, value) in found.values {
            run = match found.opportunities.get(&name) {
                Some(chances) => run.counted(probe.id, &name, value, *chances),
                None => run.reading(probe.id, &name, &unit, value),
            };
        }
    }
    let mut run = run.qualified();
    // No more rounds than the probe is given.
    for reading in &mut run.readings {
        let rounds = probe::ALL.iter().find(|probe| probe.id == reading.probe).map_or(0, |probe| probe.rounds as usize);
        reading.rounds.truncate(rounds);
        reading.values.truncate(rounds);
        reading.opportunities.truncate(rounds);
    }
    run
}

#[test]
fn every_profile_reads_what_claims_on_readings_judge() {
    // Each claim with the number of its comparisons on readings: one that is missing would otherwise go unnoticed.
    let judged = [
        ("lock-guards-refcounts", 4),
        ("lock-is-a-mutex", 1),
        ("legacy-lock", 2),
        // Two more where there is a fork server, which a test has not.
        ("threads-start-cheaper", 4),
        ("threads-share-memory", 4),
        ("same-pid", 6),
        ("join-waits", 2),
        ("daemon-dies", 4),
        // Two more of the fork server.
        ("process-is-resource-unit", 5),
        ("switching-saves-state", 4),
        ("several-jobs-in-one-app", 3),
    ];
    for (profile, convoys, servers) in [(Profile::Quick, 1, 4), (Profile::Standard, 2, 9)] {
        let run = probed(profile);
        let queues = [
            ("fifo", 3),
            ("put-blocks-when-full", 2),
            ("get-blocks-when-empty", 2),
            ("nowait-fails", 2),
            ("hints-unreliable", 4),
            ("exactly-once", 4),
            ("memory-is-separate", 2),
            ("joinable", 2),
            ("sentinel-per-consumer", 4),
            ("supply-meets-demand", 8),
        ];
        let others = [("convoy", convoys), ("threaded-server-is-concurrent", servers)];
        for (id, comparisons) in judged.into_iter().chain(others).chain(queues) {
            let claim = claim::ALL.iter().find(|claim| claim.id == id).unwrap();
            let verdict = (claim.check)(&run);
            // Which of the others it is says nothing about the machine: one round was multiplied.
            assert_ne!(verdict.outcome, Outcome::NotMeasured, "{profile:?}: {id}: {}", verdict.reason);
            let found = verdict.evidence.iter().filter(|evidence| evidence.judged).count();
            assert_eq!(found, comparisons, "{profile:?}: {id}: {:?}", verdict.evidence);
            // The rounds of each probe have all the chances that a count needs.
            assert!(!verdict.reason.contains("and a verdict needs"), "{profile:?}: {id}: {}", verdict.reason);
        }
    }
}
