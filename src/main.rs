//! The `gilbench` program: the standard suite behind the command line.

fn main() {
    gilbench::main(gilbench::Suite::standard().commit(env!("GILBENCH_COMMIT")))
}
