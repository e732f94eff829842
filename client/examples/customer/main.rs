//! The program of the customer's own documentation, word for word: `program.rs`. It needs a mint on
//! port 8080, such as `cargo xtask run` starts.

include!("program.rs");
