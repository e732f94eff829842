//! The example program of the published API description, unchanged in `program.rs`. It must keep compiling
//! and running. It needs a mint on port 8080, which `cargo xtask run` starts. For new programs, see
//! `../quickstart`.

include!("program.rs");
