//! The program of the published API description, word for word: `program.rs` must keep working. It needs a mint on port
//! 8080, such as `cargo xtask run` starts. For a program to start from, see `../quickstart`.

include!("program.rs");
