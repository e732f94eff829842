//! The audit log: a row for each operation, sealed each second into a chain of signed seals.
//!
//! ```text
//! rows     1 2 3 │ 4 6 │ 5 7 8          (5 was committed after 6 was sealed)
//! seals      1 ◀──── 2 ◀──── 3          each covers its rows and the seal before it
//! ```
//!
//! Writing a row costs the money path one line in a statement; hashing and signing are the sealer's, and
//! there is one sealer at a time. Whoever kept the hash of a seal can tell later that nothing before it
//! was changed, added or taken away.

mod chain;
mod digest;
mod key;

pub use chain::SealHead;
pub use key::{SealKey, SealKeyError};

pub(super) use chain::{ChainCheck, LogRow, NextSeal};
pub(super) use digest::{DigestCheck, digest_of};

/// The most rows under one seal; what is left goes under the next one.
pub const ROWS_PER_SEAL: u32 = 10_000;
