//! The main job: the whole suite at the standard profile, and the report.

use gilbench::Suite;
use gilbench::run::Profile;

fn main() {
    gilbench::main(Suite::standard().profile(Profile::Standard).commit(env!("GILBENCH_COMMIT")))
}
