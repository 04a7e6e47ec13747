//! Laws of the page and of the summary, over every panel and over runs of every kind.

use std::collections::HashSet;

use super::terminal::{judged, summary};
use super::{PANELS, View, fixture, pack, page, page_with, selftest, terminal, validation};
use crate::claim::Judged;
use crate::run::synthetic::Synthetic;
use crate::run::validation::{Goal, Skipped};
use crate::run::{Bound, Failure, FailureKind, KernelInfo, Note, Run};
use crate::track::history::fixture::stepped;
use crate::track::history::{Figure, History, Rules, check};

const HOSTILE: &str = "</script><b onclick='x'>&\"\u{1b}[31m";

/// Elements that have no end tag.
const VOID: [&str; 5] = ["meta", "link", "br", "input", "!doctype"];

fn draw(run: &Run, verdicts: &[Judged]) -> String {
    page::document(&View::new(run, verdicts)).into_string()
}

/// A name for each kind of run, and the run.
fn runs() -> Vec<(&'static str, Run)> {
    let mut partial = fixture::suite(2);
    partial.partial = Some("interrupted after 4 of 13 rounds".into());
    partial.plan.rounds = 4;
    partial.cases.iter_mut().for_each(|case| case.samples.truncate(4));
    let mut lost = fixture::suite(2);
    let ids: Vec<String> = lost.cases.iter().filter(|case| !case.failed).map(|case| case.id.clone()).collect();
    for id in &ids {
        fixture::fail(&mut lost, id, "panicked");
    }
    let mut unsampled = fixture::suite(2);
    unsampled.cases.iter_mut().for_each(|case| case.samples.clear());
    let no_serial = Synthetic::new(2).kernel("primes", Bound::Cpu, None).case("primes", "threads", (1, 2), 9.0, 9.0);
    vec![
        ("empty", Synthetic::new(2).build()),
        ("full", fixture::suite(4)),
        ("one core", fixture::suite(1)),
        ("many cores", fixture::suite(64)),
        ("partial", partial),
        ("everything failed", lost),
        ("no samples", unsampled),
        ("no baseline", no_serial.build()),
        ("hostile", hostile()),
        ("servers", super::panels::server_latency::example()),
        ("crossover", super::panels::crossover::example()),
        ("queues", super::panels::queue_depth::example()),
    ]
}

/// A run in which every text is an attack.
fn hostile() -> Run {
    let mut run = fixture::suite(2);
    let bad = || HOSTILE.to_owned();
    for case in &mut run.cases {
        case.kernel = case.kernel.replace("primes", HOSTILE);
        case.model = case.model.replace("rayon", HOSTILE);
        case.id = case.id.replace("primes", HOSTILE).replace("rayon", HOSTILE);
    }
    run.kernels.push(KernelInfo { id: bad(), bound: Bound::Cpu, summary: bad(), shares: Some(bad()), peer: true });
    run.models.iter_mut().for_each(|model| model.summary = bad());
    run.machine.notes.push(Note { id: bad(), serious: true, text: bad() });
    (run.partial, run.generator, run.started_at) = (Some(bad()), bad(), bad());
    (run.machine.cpu.model, run.machine.os, run.machine.build.flags) = (bad(), bad(), bad());
    run.failures.push(Failure { case: Some(bad()), round: None, kind: FailureKind::Exited, message: bad() });
    for trace in &mut run.traces {
        (trace.name, trace.summary) = (bad(), bad());
        trace.lanes.iter_mut().for_each(|lane| lane.name = bad());
    }
    (run.traces[0].length_ns, run.traces[1].switch_interval_us) = (u64::MAX, u64::MAX);
    run.traces[2].switch_interval_us = 0;
    run.second_opinions.iter_mut().for_each(|theirs| theirs.instrument = bad());
    let validation = run.validation.as_mut().expect("the suite has one");
    (validation.partial, validation.generator) = (Some(bad()), bad());
    validation.skipped.push(Skipped { path: bad(), named: true, reason: bad() });
    for interpreter in &mut validation.interpreters {
        (interpreter.path, interpreter.version, interpreter.failure) = (bad(), bad(), Some(bad()));
        interpreter.goals.push(Goal { statement: bad(), found: bad(), met: None });
        interpreter.cells.iter_mut().for_each(|cell| (cell.cell, cell.unit) = (bad(), bad()));
    }
    let selftest = run.selftest.as_mut().expect("the suite has one");
    (selftest.partial, selftest.generator, selftest.started_at) = (Some(bad()), bad(), bad());
    let findings = selftest.findings.as_mut().expect("it was judged");
    findings.points.iter_mut().for_each(|point| point.case = bad());
    findings.checks.iter_mut().for_each(|check| (check.statement, check.found) = (bad(), bad()));
    run
}

/// The names of the tags in order, `/` before the closing ones; scripts and styles are skipped over.
fn tags(html: &str) -> Vec<String> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let mut quoted = false;
        let inside = |c: char| {
            quoted ^= c == '"';
            c == '>' && !quoted
        };
        let end = rest.find(inside).expect("a tag ends");
        let (tag, after) = (&rest[..end], &rest[end + 1..]);
        assert!(tag.matches(" class=").count() <= 1, "one attribute twice: {tag}");
        let name = tag.split([' ', '\n']).next().unwrap_or_default().to_lowercase();
        rest = after;
        if name == "script" || name == "style" {
            let close = format!("</{name}>");
            rest = &rest[rest.find(&close).expect("it is closed") + close.len()..];
        } else if !VOID.contains(&name.as_str()) {
            tags.push(name);
        }
    }
    tags
}

#[test]
fn every_page_is_well_formed() {
    for (name, run) in runs() {
        for verdicts in [vec![], fixture::verdicts()] {
            let mut open = Vec::new();
            for tag in tags(&draw(&run, &verdicts)) {
                match tag.strip_prefix('/') {
                    Some(closed) => assert_eq!(open.pop().as_deref(), Some(closed), "{name}: inside {open:?}"),
                    None => open.push(tag),
                }
            }
            assert!(open.is_empty(), "{name}: {open:?}");
        }
    }
}

#[test]
fn a_page_loads_nothing() {
    for (name, run) in runs() {
        let html = draw(&run, &fixture::verdicts());
        for outside in ["http://", "https://", " src=", "@import", "url(", "<iframe", "fetch(", "import("] {
            assert!(!html.contains(outside), "{name}: {outside}");
        }
        for target in html.split("href=\"").skip(1) {
            assert!(target.starts_with('#') || target.starts_with("data:,\""), "{name}: {}", &target[..40]);
        }
    }
}

#[test]
fn every_link_inside_the_page_leads_somewhere_and_ids_are_unique() {
    for (name, run) in runs() {
        let html = draw(&run, &fixture::verdicts());
        let text = |part: &str| part.split('"').next().unwrap_or_default().to_owned();
        let ids: Vec<String> = html.split(" id=\"").skip(1).map(text).collect();
        let unique: HashSet<&String> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "{name}: {ids:?}");
        for link in html.split("href=\"#").skip(1).map(text) {
            assert!(unique.contains(&link), "{name}: {link}");
        }
    }
}

#[test]
fn every_panel_has_something_to_say_about_every_run() {
    for (name, run) in runs() {
        for panel in PANELS {
            let html = (panel.draw)(&View::new(&run, &[])).into_string();
            assert!(html.contains("<p") || html.contains("<div"), "{} on {name}: {html}", panel.id);
            for number in ["NaN", "inf", "Infinity"] {
                let lost = html.split(['"', '>', ' ']).any(|word| word.trim_end_matches('%') == number);
                assert!(!lost, "{} on {name} shows {number}", panel.id);
            }
        }
    }
}

#[test]
fn panels_have_ids_of_their_own() {
    let ids: HashSet<&str> = PANELS.iter().map(|panel| panel.id).collect();
    assert_eq!(ids.len(), PANELS.len());
    assert!(ids.iter().all(|id| id.chars().all(|c| c.is_ascii_lowercase() || c == '-')));
}

#[test]
fn nothing_in_a_run_can_end_the_element_it_stands_in() {
    let html = draw(&hostile(), &fixture::verdicts());
    assert!(!html.contains(&HOSTILE[..12]));
    assert!(!html.contains("<b onclick"));
    assert!(html.contains("&lt;/script&gt;&lt;b onclick='x'&gt;&amp;&quot;"), "it is shown all the same");
    assert_eq!(html.matches("</script>").count(), 2, "of the data and of the script itself");
}

#[test]
fn the_page_holds_the_very_run() {
    for run in [fixture::suite(4), hostile(), Synthetic::new(1).build()] {
        let html = page(&run);
        let start = html.split("id=\"run\">").nth(1).expect("the element is there");
        assert_eq!(pack::unpacked(start.split("</script>").next().expect("it ends")), run);
    }
}

#[test]
fn a_policy_names_the_only_script_and_style_by_their_hashes() {
    use base64::Engine as _;
    use sha2::Digest as _;
    for (name, run) in runs() {
        let html = draw(&run, &fixture::verdicts());
        let policy = html.split("Content-Security-Policy\" content=\"").nth(1).expect("there is one");
        let policy = policy.split('"').next().expect("it ends").replace("&#39;", "'");
        assert!(
            policy.starts_with("default-src 'none';") && !policy.contains("unsafe") && !policy.contains('*'),
            "{policy}"
        );
        for (element, directive) in [("style", "style-src"), ("script", "script-src")] {
            let inside = html.rsplit(&format!("<{element}>")).next().expect("it is there");
            let inside = inside.split(&format!("</{element}>")).next().expect("it ends");
            let hash = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(inside.as_bytes()));
            assert!(policy.contains(&format!("{directive} 'sha256-{hash}'")), "{name}: {element}");
        }
        // What a policy with hashes forbids must not be there, or it would do nothing.
        assert!(
            !html.contains(" style=\"") && !html.contains(" onclick=\"") && !html.contains("javascript:"),
            "{name}"
        );
    }
}

#[test]
fn a_panel_about_two_runs_is_there_only_beside_another() {
    let run = fixture::suite(2);
    assert!(!page(&run).contains("id=\"beside\""));
    assert!(
        page_with(&run, None, Some(&run)).contains("id=\"beside\"")
            && page_with(&hostile(), None, Some(&run)).contains("</html>")
    );
}

#[test]
fn every_figure_has_a_title_and_a_description() {
    for (name, run) in runs() {
        let html = draw(&run, &fixture::verdicts());
        for figure in
            html.split("<svg").skip(1).filter(|figure| figure.split('>').next().unwrap().contains("role=\"img\""))
        {
            let inside = figure.split_once('>').expect("the tag ends").1;
            assert!(inside.starts_with("<title>") && inside.contains("</title><desc>"), "{name}: {}", &inside[..60]);
        }
    }
}

/// Writes the pages that `scripts/browser` opens: an ordinary one, one in which every text is an attack, two runs beside
/// each other, and one with a thousand rows.
#[test]
#[ignore = "scripts/browser asks for it, and says where to"]
fn pages_for_a_browser() {
    let folder = std::path::PathBuf::from(std::env::var_os("GILBENCH_PAGES").expect("GILBENCH_PAGES names a folder"));
    let write =
        |name: &str, html: String| crate::run::write_whole(&folder.join(name), html.as_bytes()).expect("a folder");
    let (plain, verdicts) = (fixture::suite(4), fixture::verdicts());
    write("plain.html", draw(&plain, &verdicts));
    write("hostile.html", draw(&hostile(), &verdicts));
    write("beside.html", page_with(&plain, None, Some(&fixture::suite(2))));
    write("servers.html", page(&super::panels::server_latency::example()));
    let mut many = Synthetic::new(2).rounds(3);
    for kernel in 0..334 {
        let id = format!("kernel-{kernel}");
        many = many.kernel(&id, Bound::Cpu, None).case(&id, "serial", (1, 1), 9.0, 9.0);
        for model in ["threads", "processes", "gil", "rayon", "free-threaded", "gil-per-interpreter"] {
            for workers in [2, 4, 8] {
                many = many.case(&id, model, (1, workers), 9.0 / (workers as f64), 9.0);
            }
        }
    }
    let (many, table) = (many.build(), PANELS.iter().filter(|panel| panel.id == "table").copied().collect::<Vec<_>>());
    write("many.html", page::document_of(&table, &View::new(&many, &[])).into_string());
}

#[test]
fn verdicts_never_speak_by_colour_alone() {
    let html = draw(&fixture::suite(2), &fixture::verdicts());
    for word in ["supported", "refuted", "inconclusive", "not measured"] {
        assert!(html.contains(&format!("</svg><span class=\"en\">{word}<")), "{word} stands beside its sign");
    }
}

#[test]
fn failures_and_doubts_are_on_the_page() {
    let html = draw(&fixture::suite(4), &[]);
    assert!(html.contains("killed by signal 9") && html.contains(">FAILED<"));
    assert!(html.contains("The hypervisor gave 3.1"), "serious notes");
    assert!(html.contains("A/A ratio 1.00"), "the A/A arm");
    assert!(html.contains(">bimodal<"), "two modes");
    assert!(html.contains("not identifiable"), "too few points for a law");
}

#[test]
fn real_interpreters_stand_beside_the_simulation() {
    let run = fixture::suite(2);
    let html = draw(&run, &[]);
    for text in ["CPython 3.99.1", "cpu/threads-2/speedup", "differs?", "unqualified", "is no interpreter", "missed"] {
        assert!(html.contains(text), "{text}");
    }
    let table = validation(run.validation.as_ref().expect("the suite has one"), 100, false);
    assert!(table.contains("MISSED") && table.contains("DIFFERS"), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
}

#[test]
fn the_instrument_says_how_far_it_can_be_trusted() {
    let mut run = fixture::suite(2);
    let html = draw(&run, &[]);
    for text in ["It does what it should.", "beside a neighbour", "+5.00 %", "91.7 %", "cannot be said"] {
        assert!(html.contains(text), "{text}");
    }
    let tried = run.selftest.take().expect("the suite has one");
    let table = selftest(&tried, 100, false);
    assert!(table.contains("MISSED") && table.contains("undecided") && table.contains("drawn again"), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
    assert!(draw(&run, &[]).contains("gilbench selftest"), "without one, the panel says how to come by it");
}

#[test]
fn every_judged_figure_shows_what_it_is_held_against() {
    let verdicts = fixture::verdicts();
    let html = draw(&fixture::suite(2), &verdicts);
    let judged = || verdicts.iter().flat_map(|one| &one.verdict.evidence).filter(|one| one.judged);
    let bounds = judged().map(|one| usize::from(one.bound_low.is_some()) + usize::from(one.bound_high.is_some()));
    assert_eq!(html.matches("class=\"bound\"").count(), bounds.sum::<usize>());
    assert!(html.contains(">below 1.05×<") && html.contains(">0.959× to 1.06×<"));
}

/// The page of a run with this history.
fn with_history(history: &History) -> String {
    let run = fixture::suite(2);
    page::document(&View { history: Some(history), ..View::new(&run, &[]) }).into_string()
}

#[test]
fn the_history_shows_where_levels_changed() {
    let history = stepped(&["primes/threads/2", "sort/gil/2"], 60, 41);
    let html = with_history(&history);
    let panel = html.split("<section id=\"history\"").nth(1).expect("the panel is there");
    let panel = panel.split("</section>").next().expect("it ends");
    assert_eq!(panel.matches("<svg class=\"chart\"").count(), 2);
    assert_eq!(panel.matches("class=\"break worse\"").count(), 1, "one change, of one of them");
    for text in ["Imaginary EPYC 9000, 2 cores", "1 regression", "primes/threads/2 over time", ">steady<"] {
        assert!(panel.contains(text), "{text}: {panel}");
    }
    assert!(panel.contains("regression +"), "{panel}");
    let text = history_table(&history);
    assert!(text.contains("│") && text.contains("✗ +"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

fn history_table(history: &History) -> String {
    let checked = check(history, Figure::Time, None, &Rules::default());
    super::history(history, &checked, 100, false)
}

#[test]
fn a_history_has_no_say_in_the_size_of_the_page() {
    let ids: Vec<String> = (0..40).map(|kernel| format!("kernel-{kernel}/threads/2")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let size = |runs| with_history(&stepped(&ids, runs, runs / 2)).len() - draw(&fixture::suite(2), &[]).len();
    let (hundred, thousands) = (size(130), size(3000));
    assert!(thousands < hundred * 3 / 2, "{thousands} bytes for 3,000 runs, {hundred} for 130");
    assert!(thousands < 400_000, "{thousands} bytes");
}

#[test]
fn names_in_a_history_are_no_markup() {
    let mut entries = stepped(&[HOSTILE, "a/b/c"], 40, 20);
    entries.machines[0].os = HOSTILE.into();
    entries.runs.iter_mut().for_each(|run| run.commit = Some(HOSTILE.into()));
    let html = with_history(&entries);
    assert!(!html.contains("<b onclick") && html.matches("</script>").count() == 2);
    let text = history_table(&entries);
    assert!(!text.contains('\u{1b}'), "{text}");
}

#[test]
fn the_advice_follows_the_numbers() {
    let better = |threads: f64, processes: f64| {
        let made = Synthetic::new(2).kernel("primes", Bound::Cpu, None).case("primes", "serial", (1, 1), 200.0, 200.0);
        let made = made.case("primes", "threads", (1, 2), threads, 200.0);
        let run = made.case("primes", "processes", (2, 1), processes, 200.0).build();
        terminal(&run, 200, false)
    };
    assert!(better(100.0, 150.0).contains("CPU-bound work: Use threads: "));
    assert!(better(150.0, 100.0).contains("CPU-bound work: Use processes: "));
}

#[test]
fn the_summary_keeps_to_its_width() {
    let verdicts = fixture::verdicts();
    for (name, run) in runs() {
        for width in [40, 60, 80, 132] {
            let view = View::new(&run, &verdicts);
            for text in [summary(&view, width, false), judged(&view, width, false)] {
                for line in text.lines() {
                    assert!(line.chars().count() <= width, "{name} at {width}: {line}");
                }
                assert!(!text.contains('\x1b'), "{name} at {width}: no colour was asked for");
            }
        }
    }
}

#[test]
fn the_summary_fits_a_screen() {
    let verdicts = fixture::verdicts();
    for cores in [1, 4, 64] {
        let mut run = fixture::suite(cores);
        run.failures.clear();
        let text = summary(&View::new(&run, &verdicts), 100, false);
        assert!(text.lines().count() <= 40, "{} lines:\n{text}", text.lines().count());
        for words in ["CPU-bound work: ", "supported 1: ", "refuted: ", "primes", "Was the instrument fit"] {
            assert!(text.contains(words), "no {words} in\n{text}");
        }
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    let (run, verdicts) = (fixture::suite(2), fixture::verdicts());
    let view = View::new(&run, &verdicts);
    let coloured = summary(&view, 80, true);
    assert!(coloured.contains("\x1b[32m"));
    let codes = ["\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m"];
    let bare = codes.iter().fold(coloured, |text, code| text.replace(code, ""));
    assert_eq!(bare, summary(&view, 80, false));
}
