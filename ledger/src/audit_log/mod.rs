//! The audit log: one row for each operation, sealed every second into a chain of signed seals.
//!
//! ```text
//! rows     1 2 3 │ 4 6 │ 5 7 8          (5 was committed after 6 was sealed)
//! seals      1 ◀──── 2 ◀──── 3          each covers its rows and the seal before it
//! ```
//!
//! A commit only inserts the row; hashing the rows and signing the seal is done later, by one sealer at a
//! time. A stored copy of a seal's hash can later prove that no row under it or an earlier seal was changed,
//! added or removed.

mod chain;
mod digest;
mod mark;

pub use chain::SealHead;
pub use mark::{MarkError, SealMark};

pub(super) use chain::{ChainCheck, LogRow, NextSeal};
pub(super) use digest::{DigestCheck, digest_of};
pub(super) use mark::SealMarkRow;

/// Maximum number of rows under one seal; the rest go under the next one.
pub const ROWS_PER_SEAL: u32 = 10_000;
