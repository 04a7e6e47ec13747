//! What a request becomes, without running any of it.

use std::collections::BTreeSet;
use std::time::Duration;

use gilbench::Suite;
use gilbench::claim;
use gilbench::measure::{Group, Request, adds_baseline, plan};
use gilbench::run::synthetic::Synthetic;
use gilbench::run::{Knobs, Profile, Role, Run};

const PROFILES: [Profile; 3] = [Profile::Quick, Profile::Standard, Profile::Full];

fn planned(request: &Request, cores: usize) -> Vec<Group> {
    plan(&Suite::standard(), request, cores).unwrap()
}

fn ids(groups: &[Group]) -> Vec<&str> {
    groups.iter().flat_map(|group| &group.cases).map(|case| case.id.as_str()).collect()
}

/// A run in which everything planned was measured.
fn as_if_measured(groups: &[Group], cores: usize) -> Run {
    let mut run = Synthetic::new(cores);
    for group in groups {
        let kernel = group.kernel;
        run = run.kernel(kernel.name(), kernel.bound(), kernel.shares());
        for case in group.cases.iter().filter(|case| case.role == Role::Case) {
            let split = (case.arrangement.processes, case.arrangement.threads);
            run = run.case(kernel.name(), case.model.name(), split, 100.0, 100.0);
        }
    }
    // Every probe is in every profile; which readings it has there is asked where probes run.
    for probe in gilbench::probe::ALL {
        run = run.reading(probe.id, "something", "ns", 1.0);
    }
    run.build()
}

#[test]
fn every_profile_measures_what_every_claim_needs() {
    for profile in PROFILES {
        for cores in [2, 3, 8, 64] {
            let run = as_if_measured(&planned(&Request::new(profile), cores), cores);
            for claim in claim::ALL {
                for need in (claim.needs)() {
                    assert!(need.met_by(&run), "{profile:?} on {cores}: {} needs {}", claim.id, need.sentence());
                }
            }
        }
    }
}

#[test]
fn cases_have_ids_of_their_own() {
    for profile in PROFILES {
        for cores in [1, 2, 8] {
            let groups = planned(&Request::new(profile), cores);
            let ids = ids(&groups);
            assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
        }
    }
}

#[test]
fn every_kernel_under_every_model_is_in_the_standard_profile() {
    let suite = Suite::standard();
    let groups = planned(&Request::new(Profile::Full), 2);
    for kernel in suite.kernels().iter().filter(|kernel| kernel.name() != "control" && kernel.shares().is_none()) {
        for model in suite.models() {
            let prefix = format!("{}/{}/", kernel.name(), model.name());
            assert!(ids(&groups).iter().any(|id| id.starts_with(&prefix)), "no {prefix}…");
        }
    }
}

/// The quick profile has no time for more, and what calling the system costs is asked by no verdict.
#[test]
fn kernels_are_in_the_profile_that_has_time_for_them() {
    let of = |profile: Profile| -> Vec<&str> {
        planned(&Request::new(profile), 2).iter().map(|group| group.kernel.name()).collect()
    };
    assert_eq!(of(Profile::Quick), ["primes", "bytecode", "mmap", "open-close", "sleep", "crawl-50", "control"]);
    let full_only = ["getppid", "futex", "pipe-pair", "file-lock", "handoff-64k"];
    for kernel in ["page-fault", "tlb-flush", "mmap", "mmap-touch", "open-close"] {
        assert!(of(Profile::Standard).contains(&kernel), "{kernel}");
    }
    for kernel in full_only {
        assert!(of(Profile::Full).contains(&kernel) && !of(Profile::Standard).contains(&kernel), "{kernel}");
        let named = Request { kernels: vec![kernel.into()], ..Request::new(Profile::Quick) };
        assert_eq!(planned(&named, 2)[0].kernel.name(), kernel);
    }
}

#[test]
fn the_revision_of_a_kernel_stands_in_the_ids_of_its_cases() {
    let groups = planned(&Request::new(Profile::Full), 2);
    for group in &groups {
        let expected = match group.kernel.revision() {
            1 => group.kernel.name().to_owned(),
            later => format!("{}.r{later}", group.kernel.name()),
        };
        for case in &group.cases {
            assert_eq!(case.id.split('/').next(), Some(&*expected));
        }
    }
    assert!(ids(&groups).contains(&"page-fault.r2/threads/2") && ids(&groups).contains(&"tlb-flush/threads/2"));
}

#[test]
fn the_a_a_arm_and_the_control_are_always_there() {
    for kernel in ["primes", "sleep", "crawl-25"] {
        let request = Request { kernels: vec![kernel.into()], ..Request::new(Profile::Quick) };
        let groups = planned(&request, 2);
        let role = |role| groups.iter().flat_map(|group| &group.cases).filter(move |case| case.role == role).count();
        // Of threads, of processes and of simulated locks.
        assert_eq!(role(Role::Twin), 3, "{kernel}");
        assert!(role(Role::Control) >= 2, "{kernel}");
    }
}

#[test]
fn the_map_of_splits_is_whole() {
    let request = Request { kernels: vec!["crawl-50".into()], ..Request::new(Profile::Quick) };
    let groups = planned(&request, 2);
    let ids = ids(&groups);
    for id in ["crawl-50/gil/8", "crawl-50/gil-hybrid/2x4", "crawl-50/gil-hybrid/4x2", "crawl-50/gil-hybrid/8x1"] {
        assert!(ids.contains(&id), "{id} is missing in {ids:?}");
    }
}

#[test]
fn worker_counts_that_are_asked_for_are_those_measured() {
    let request = Request { workers: vec![3, 256], kernels: vec!["primes".into()], ..Request::new(Profile::Quick) };
    let groups = planned(&request, 2);
    let counts: BTreeSet<_> = groups[0].cases.iter().map(|case| case.arrangement.workers()).collect();
    assert_eq!(counts, BTreeSet::from([1, 3, 256]));
}

#[test]
fn own_kernels_are_in_every_profile() {
    let suite = Suite::standard().kernel_fn("mine", gilbench::kernel::Bound::Cpu, |step| step);
    for profile in PROFILES {
        let groups = plan(&suite, &Request::new(profile), 2).unwrap();
        assert!(ids(&groups).contains(&"mine/gil/2"), "{profile:?}");
    }
}

#[test]
fn what_cannot_be_meant_is_refused_with_the_remedy() {
    let quick = || Request::new(Profile::Quick);
    let second = Duration::from_secs(1);
    for (request, words) in [
        (Request { kernels: vec!["primse".into()], ..quick() }, "there are control, primes"),
        (Request { kernels: vec!["[".into()], ..quick() }, "no pattern"),
        (Request { models: vec!["fibers".into()], ..quick() }, "there are serial, threads"),
        (Request { kernels: vec!["none".into()], ..quick() }, "nothing is left"),
        (Request { workers: vec![0], ..quick() }, "1 or more"),
        (Request { workers: vec![9_999_999], ..quick() }, "fewer"),
        (Request { budget: Some(second / 2), ..quick() }, "60s"),
        (Request { knobs: Knobs::with_interval(Duration::ZERO), ..quick() }, "5ms"),
        (Request { knobs: Knobs::with_interval(second * 60), ..quick() }, "5ms"),
    ] {
        let error = plan(&Suite::standard(), &request, 2).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn models_that_are_named_have_the_baseline_beside_them() {
    let named = |models: &[&str]| {
        let models = models.iter().map(|&model| model.into()).collect();
        Request { models, kernels: vec!["primes".into()], ..Request::new(Profile::Quick) }
    };
    let serial = |models: &[&str]| {
        let groups = planned(&named(models), 2);
        ids(&groups).iter().filter(|id| **id == "primes/serial/1").count()
    };
    assert_eq!(serial(&["threads", "processes"]), 1, "without it there is no speedup to show");
    assert_eq!([serial(&["serial", "threads"]), serial(&["s*"]), serial(&[])], [1, 1, 1]);
    let suite = Suite::standard();
    assert!(adds_baseline(&suite, &named(&["gil*"])).unwrap());
    assert!(!adds_baseline(&suite, &named(&["serial"])).unwrap() && !adds_baseline(&suite, &named(&["none"])).unwrap());
    let none = Request { probes: vec!["convoy".into()], ..named(&["none"]) };
    assert!(ids(&planned(&none, 2)).iter().all(|id| id.starts_with("control/")), "what was excluded stays excluded");
}
