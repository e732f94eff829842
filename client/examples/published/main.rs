//! The program of the published API description, unchanged in `program.rs`: it must keep compiling and running. It
//! needs a mint on port 8080; `cargo xtask run` starts one. To start a new program, see `../quickstart`.

include!("program.rs");
