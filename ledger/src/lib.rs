//! The ledger: the one place where value is written, and the only crate with SQL.
//!
//! Invariants of this crate:
//! 1. Value changes by committing a [`Posting`], and in no other way.
//! 2. A posting is balanced, or it cannot be made.
//! 3. A posting is committed whole or not at all, once, however often it is submitted.
//! 4. A refusal names a row that *another* operation committed, or a balance that is too low.
//! 5. One posting's conflict never fails another of the same batch.
//!
//! | module | what it holds |
//! |---|---|
//! | [`posting`] | what moves value, and the only way to build it |
//! | [`ledger`] | the ledger's interface, by concern |
//! | [`committer`] | group commit: many postings share one transaction |
//! | [`reads`], `rows` | records, and the rows that they are read from |
//! | `engine` | what both engines do alike |
//! | [`postgres`], [`sqlite`] | the engines |
//! | [`audit_log`] | the chain of signed seals over what happened |

pub mod audit_log;
mod changes;
pub mod committer;
#[cfg(feature = "conformance")]
pub mod conformance;
mod engine;
mod error;
mod ids;
mod invariant;
pub mod ledger;
mod open;
pub mod postgres;
pub mod posting;
pub mod reads;
mod retries;
mod rows;
pub mod sqlite;
pub mod statements;

pub use committer::{CommitObserver, Committer, CommitterSettings, WriteHealth};
pub use error::{CommitError, Conflict, LedgerError};
pub use ids::{BlindedHash, Claim, OperationId};
pub use invariant::Invariant;
pub use ledger::{Accounts, AuditLog, Health, Keysets, Ledger, Postings};
pub use open::{IfMissing, OpenError};
pub use posting::{
    Draft, Event, Expiry, Issue, Movement, Operation, OperationKind, Party, Posting, Receipt, Spend,
    Unbalanced, UniqueKey,
};
pub use reads::{
    AccountRecord, AccountRole, AuditReport, IssuedRecord, LedgerClock, LedgerIdentity, OperationRecord,
    OutputRef, StatementLine, StoredKeyset, Violation, WriteProbe,
};
