//! Pages that `scripts/browser` opens.

use super::super::{dictionary, page_with, panels, view};
use super::size::standard;
use super::*;
use crate::track::history::fixture::stepped;

/// An ordinary one, as it is and as the panels drew it; one in which every text is an attack; two runs beside each other;
/// servers; a standard run; ten thousand runs of history; and one with a thousand rows.
#[test]
#[ignore = "scripts/browser asks for it, and says where to"]
fn for_a_browser() {
    let folder = std::path::PathBuf::from(std::env::var_os("GILBENCH_PAGES").expect("GILBENCH_PAGES names a folder"));
    let write =
        |name: &str, html: String| crate::run::write_whole(&folder.join(name), html.as_bytes()).expect("a folder");
    let (plain, verdicts) = (fixture::suite(4), fixture::verdicts());
    // As the page is made, but for `compact`.
    write("as-drawn.html", dictionary::apart(&draw(&plain, &verdicts)));
    write("plain.html", page::made_of(&draw(&plain, &verdicts)));
    write("hostile.html", page::made_of(&draw(&hostile(), &verdicts)));
    write("beside.html", page_with(&plain, None, Some(&fixture::suite(2))));
    write("servers.html", page_with(&panels::server_latency::example(), None, None));
    write("standard.html", page_with(&standard(), None, None));
    let ids: Vec<String> = standard().cases.iter().map(|case| case.id.clone()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    write("history.html", page_with(&standard(), Some(&stepped(&ids, 10_000, 5_000)), None));
    let mut many = Synthetic::new(2).rounds(3);
    for kernel in 0..334 {
        let id = format!("kernel-{kernel}");
        many = many.kernel(&id, Bound::Cpu, None).case(&id, view::BASELINE, (1, 1), 9.0, 9.0);
        for model in ["threads", "processes", "gil", "rayon", "free-threaded", "gil-per-interpreter"] {
            for workers in [2, 4, 8] {
                many = many.case(&id, model, (1, workers), 9.0 / (workers as f64), 9.0);
            }
        }
    }
    let (many, table) = (many.build(), PANELS.iter().filter(|panel| panel.id == "table").copied().collect::<Vec<_>>());
    write("many.html", page::made_of(&page::document_of(&table, &View::new(&many, &[])).into_string()));
}
