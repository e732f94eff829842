//! The ledger: the only crate that writes value, and the only one with SQL.
//!
//! Invariants of this crate:
//! 1. Value changes only by committing a [`Posting`].
//! 2. Every posting is balanced: [`Draft::balanced`] is its only constructor.
//! 3. A posting is committed atomically and only once, even if it is submitted several times.
//! 4. A [`Conflict`] names a row that *another* operation committed, or a balance out of range.
//! 5. One posting's conflict never fails another posting of the same batch.
//!
//! | module | contents |
//! |---|---|
//! | [`posting`] | drafts, postings and their parts |
//! | [`ledger`] | the ledger's interface, one trait per concern |
//! | [`committer`] | group commit: many postings share one transaction |
//! | [`reads`], `rows` | records, and the rows from which they are read |
//! | `engine` | code shared by both engines |
//! | [`postgres`], [`sqlite`] | the engines |
//! | [`audit_log`] | the chain of signed seals over committed operations |

pub mod audit_log;
mod changes;
mod columns;
pub mod committer;
#[cfg(feature = "conformance")]
pub mod conformance;
mod ed25519;
mod engine;
mod error;
mod feed;
mod ids;
mod invariant;
mod keysets;
pub mod ledger;
mod links;
pub mod merchants;
pub mod movements;
mod open;
mod parameter;
pub mod payouts;
pub mod postgres;
pub mod posting;
pub mod reads;
mod receipt_keys;
pub mod records;
mod retries;
mod row_changes;
mod rows;
pub mod sqlite;
pub mod statements;
pub mod webhooks;

pub use committer::{CommitObserver, Committer, CommitterSettings, WriteHealth};
pub use ecash_core::token::BlindedHash;
pub use ed25519::{Ed25519Key, Ed25519KeyError};
pub use error::{CommitError, Conflict, LedgerError, Unbalanced};
pub use feed::{EventRecord, FeedSpan};
pub use ids::{Claim, OperationId, OutputRef};
pub use invariant::{Invariant, Violation};
pub use keysets::KeysetStop;
pub use ledger::{
    Accounts, AuditLog, Feed, Health, Keysets, Ledger, Merchants, Movements, OnFailure, Payments, Payouts,
    Postings, ReceiptKeys, Webhooks,
};
pub use links::LinkRecord;
pub use merchants::{ApiKeyRecord, DomainRecord, MerchantChange, MerchantRecord};
pub use movements::{CLOCK_DIFFERENCE_S, MovementLine, Takings};
pub use open::{IfMissing, OpenError};
pub use payouts::{NewPayout, PayoutEnd, PayoutEnding, PayoutRecord};
pub use posting::{
    CommittedPosting, Draft, Event, Expiry, Issue, Movement, Operation, OperationKind, Party, Posting, Spend,
    UniqueKey,
};
pub use reads::{
    AccountRecord, AccountRole, AuditReport, IssuedRecord, LedgerClock, LedgerIdentity, OperationRecord,
    StatementLine, StoredKeyset, WriteProbe,
};
pub use receipt_keys::ReceiptKeyRecord;
pub use records::{
    NewPayment, NewRefund, PaymentEnd, PaymentFilter, PaymentRecord, Record, RefundEnd, RefundRecord,
    Settled, Settlement,
};
pub use webhooks::{
    Attempt, AttemptEnd, DeliveryRecord, DomainCheck, DomainToCheck, EVENT_GONE, EndpointRecord,
};
