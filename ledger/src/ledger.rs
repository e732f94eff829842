//! The ledger's interface, one trait per concern.
//!
//! Each component of the mint depends only on the traits that it needs. Tests can replace one trait object to
//! inject faults.

use crate::Ed25519Key;
use crate::audit_log::SealMark;
use crate::{
    AccountRecord, AccountRole, ApiKeyRecord, AttemptEnd, AuditReport, BlindedHash, Claim, CommitError,
    CommittedPosting, DeliveryRecord, DomainCheck, DomainToCheck, EndpointRecord, EventRecord, FeedSpan,
    IssuedRecord, LedgerClock, LedgerError, LinkRecord, MerchantRecord, MovementLine, Operation, OperationId,
    OperationRecord, OutputRef, PaymentFilter, PaymentRecord, PayoutRecord, Posting, ReceiptKeyRecord,
    RefundRecord, StatementLine, StoredKeyset, Takings, WriteProbe,
};
use async_trait::async_trait;
use ecash_core::keys::{KeyId, Keyset};
use ecash_core::token::TokenMessage;
use ecash_core::{AccountId, Amount, ApiKeyId, EndpointId, KeysetId, LinkId, PaymentId, PayoutId, Timestamp};
use std::sync::Arc;

/// One ledger: a trait object per concern. Both engines pass the same conformance suite.
#[derive(Clone)]
pub struct Ledger {
    /// Commits postings, and reads claims, spent tokens and issued outputs.
    pub postings: Arc<dyn Postings>,
    /// Opens and reads accounts.
    pub accounts: Arc<dyn Accounts>,
    /// Publishes and ends keysets, and stores the times against which clocks are checked.
    pub keysets: Arc<dyn Keysets>,
    /// Reads payments.
    pub payments: Arc<dyn Payments>,
    /// Reads payouts.
    pub payouts: Arc<dyn Payouts>,
    /// Reads a merchant's account over a span of time.
    pub movements: Arc<dyn Movements>,
    /// Reads merchants and their API keys.
    pub merchants: Arc<dyn Merchants>,
    /// Adds and reads the keys that sign receipts.
    pub receipt_keys: Arc<dyn ReceiptKeys>,
    /// Numbers and reads the merchants' events.
    pub feed: Arc<dyn Feed>,
    /// Sends events to merchants, and checks their domains.
    pub webhooks: Arc<dyn Webhooks>,
    /// Seals the audit log, and audits the ledger.
    pub audit_log: Arc<dyn AuditLog>,
    /// Checks that the ledger can be read and written.
    pub health: Arc<dyn Health>,
}

impl Ledger {
    /// Uses one engine for every concern.
    #[must_use]
    pub fn new<E>(engine: E) -> Self
    where
        E: Postings
            + Accounts
            + Keysets
            + Payments
            + Payouts
            + Movements
            + Merchants
            + ReceiptKeys
            + Feed
            + Webhooks
            + AuditLog
            + Health
            + 'static,
    {
        let engine = Arc::new(engine);
        Self {
            postings: engine.clone(),
            accounts: engine.clone(),
            keysets: engine.clone(),
            payments: engine.clone(),
            payouts: engine.clone(),
            movements: engine.clone(),
            merchants: engine.clone(),
            receipt_keys: engine.clone(),
            feed: engine.clone(),
            webhooks: engine.clone(),
            audit_log: engine.clone(),
            health: engine,
        }
    }
}

/// Called with the step at which an attempt to commit failed, as returned by [`LedgerError::step`].
pub type OnFailure<'a> = &'a (dyn Fn(&'static str) + Sync);

/// Commits postings, and reads the rows that decide whether a posting conflicts. Every read goes to the
/// primary.
#[async_trait]
pub trait Postings: Send + Sync {
    /// Commits postings in one transaction and returns a result for each, in order. No two of them may share
    /// a [`UniqueKey`](crate::UniqueKey); [`Committer`](crate::Committer) puts those that do into different
    /// batches. Calls `failed` for each failed attempt, with the step that failed.
    async fn commit(
        &self,
        postings: &[Posting],
        failed: OnFailure<'_>,
    ) -> Vec<Result<CommittedPosting, CommitError>>;

    /// Returns the operation that owns a claim, once the synchronous standby holds it too.
    async fn claim_owner(&self, claim: &Claim) -> Result<Option<OperationRecord>, LedgerError>;

    /// Returns which of these tokens are spent, in order, once the synchronous standby holds these rows too.
    async fn spent(&self, tokens: &[(KeysetId, TokenMessage)]) -> Result<Vec<bool>, LedgerError>;

    /// Returns the blind signatures made for these outputs, in order, once the synchronous standby holds them
    /// too.
    async fn issued(&self, outputs: &[OutputRef]) -> Result<Vec<Option<Vec<u8>>>, LedgerError>;

    /// Returns the amount that an operation credited to each account, including the mint's own accounts.
    async fn credits(&self, operation_id: &OperationId) -> Result<Vec<(AccountId, Amount)>, LedgerError>;

    /// Waits until the synchronous standby holds everything that was read before. Call it before returning a
    /// read on which a client may act. [`Self::claim_owner`], [`Self::spent`] and [`Self::issued`] include
    /// this wait.
    async fn wait_for_standby(&self) -> Result<(), LedgerError>;
}

/// Opens and reads accounts.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Opens an account, or returns the existing account with this token hash. Idempotent. Returns `None` if
    /// another account has the id, or if the token was replaced.
    async fn open_account(
        &self,
        account_id: &AccountId,
        role: AccountRole,
        token_hash: [u8; 32],
    ) -> Result<Option<AccountRecord>, LedgerError>;

    /// Returns the account with this id, or `None` for the mint's own accounts.
    async fn account(&self, account_id: &AccountId) -> Result<Option<AccountRecord>, LedgerError>;

    /// Returns the account whose token has this SHA-256 hash.
    async fn account_by_token(&self, token_hash: [u8; 32]) -> Result<Option<AccountRecord>, LedgerError>;

    /// Returns up to `limit` entries of an account that are older than the entry `before`, newest first.
    async fn statement(
        &self,
        account_id: &AccountId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<StatementLine>, LedgerError>;
}

/// Reads an account over a span of time.
#[async_trait]
pub trait Movements: Send + Sync {
    /// Returns up to `limit` entries of an account, starting with `from_entry`, oldest first, once the
    /// synchronous standby holds them too.
    async fn movements(
        &self,
        account_id: &AccountId,
        from_entry: u64,
        limit: u32,
    ) -> Result<Vec<MovementLine>, LedgerError>;

    /// Returns the id that separates the account's entries before `at` from the later ones. Entry times may
    /// be out of order by less than [`CLOCK_DIFFERENCE_S`](crate::movements::CLOCK_DIFFERENCE_S). Near `at`,
    /// the id is exact only if they are in order.
    async fn first_entry_since(&self, account_id: &AccountId, at: Timestamp) -> Result<u64, LedgerError>;

    /// Returns the account's balance at a time, in minor units. The balance is the sum of all entries before
    /// `entries.0`, and of the entries from `entries.0` to `entries.1` that are older than `at`.
    async fn balance_before(
        &self,
        account_id: &AccountId,
        at: Timestamp,
        entries: (u64, u64),
    ) -> Result<i64, LedgerError>;

    /// Sums an account's income in steps of [`TAKINGS_STEP_S`](crate::movements::TAKINGS_STEP_S), oldest
    /// first. Covers entries from `from_entry` on whose time is in the half-open `span`.
    async fn takings(
        &self,
        account_id: &AccountId,
        from_entry: u64,
        span: (Timestamp, Timestamp),
    ) -> Result<Vec<Takings>, LedgerError>;
}

/// Publishes and ends keysets, and stores the times against which a mint's clock is checked.
#[async_trait]
pub trait Keysets: Send + Sync {
    /// Returns all keysets, oldest first.
    async fn keysets(&self) -> Result<Vec<StoredKeyset>, LedgerError>;

    /// Adds a keyset as `epoch`, in one transaction. Returns false if the epoch is taken. If two processes
    /// publish the same epoch concurrently, only one succeeds.
    async fn add_keyset(&self, epoch: u32, keyset: &Keyset) -> Result<bool, LedgerError>;

    /// Ends a keyset permanently. Its tokens can no longer be spent or issued, regardless of any clock, and
    /// its unspent value is posted to `expired` as `operation`. Returns false if the keyset has already
    /// ended.
    async fn end_keyset(&self, keyset_id: &KeysetId, operation: Operation) -> Result<bool, LedgerError>;

    /// Returns each live key's issued and unspent value, in minor units. Negative only if tokens were forged.
    /// Scans all entries, so it must not be called on a request path.
    async fn outstanding(&self) -> Result<Vec<(KeyId, i64)>, LedgerError>;

    /// Returns the database server's time; `None` for an embedded database, which shares this machine's
    /// clock.
    async fn database_time(&self) -> Result<Option<Timestamp>, LedgerError>;

    /// Returns the times against which clocks are checked.
    async fn clock(&self) -> Result<LedgerClock, LedgerError>;

    /// Replaces the times against which clocks are checked.
    async fn set_clock(&self, clock: LedgerClock) -> Result<(), LedgerError>;
}

/// Reads payments. Postings write them: see [`Record`](crate::Record).
#[async_trait]
pub trait Payments: Send + Sync {
    /// Returns a payment. An ended one is returned only once the synchronous standby holds its end.
    async fn payment(&self, payment_id: &PaymentId) -> Result<Option<PaymentRecord>, LedgerError>;

    /// Returns up to `limit` open payments that expired at or before `at`, oldest first.
    async fn overdue(&self, at: Timestamp, limit: u32) -> Result<Vec<PaymentId>, LedgerError>;

    /// Returns a page of a merchant's payments, newest first, once the synchronous standby holds them.
    async fn list(&self, filter: &PaymentFilter) -> Result<Vec<PaymentRecord>, LedgerError>;

    /// Returns the payments of an order that are open or paid and are not split, newest first, at most 100.
    async fn of_order(
        &self,
        merchant_id: &AccountId,
        order_ref: &str,
    ) -> Result<Vec<PaymentRecord>, LedgerError>;

    /// Returns how many payments of a merchant are open.
    async fn open_count(&self, merchant_id: &AccountId) -> Result<u64, LedgerError>;

    /// Returns the refunds of a payment by their numbers, once the synchronous standby holds them.
    async fn refunds(&self, payment_id: &PaymentId) -> Result<Vec<RefundRecord>, LedgerError>;

    /// Returns up to `limit` open refunds whose time to claim ended at or before `at`, oldest first.
    async fn overdue_refunds(&self, at: Timestamp, limit: u32) -> Result<Vec<RefundRecord>, LedgerError>;

    /// Returns the sum of a merchant's open refunds.
    async fn held_for_refunds(&self, merchant_id: &AccountId) -> Result<Amount, LedgerError>;
}

/// Reads payouts. Postings write them: see [`Record`](crate::Record).
#[async_trait]
pub trait Payouts: Send + Sync {
    /// Returns a payout, once the synchronous standby holds it.
    async fn payout(&self, payout_id: &PayoutId) -> Result<Option<PayoutRecord>, LedgerError>;

    /// Returns up to `limit` payouts of a merchant that are older than `before`, newest first.
    async fn of_merchant(
        &self,
        merchant_id: &AccountId,
        before: Option<&PayoutId>,
        limit: u32,
    ) -> Result<Vec<PayoutRecord>, LedgerError>;

    /// Returns up to `limit` open payouts, oldest first, of one merchant or of all.
    async fn open(
        &self,
        merchant_id: Option<&AccountId>,
        limit: u32,
    ) -> Result<Vec<PayoutRecord>, LedgerError>;
}

/// Reads merchants and their API keys. Postings write them: see [`MerchantChange`](crate::MerchantChange).
#[async_trait]
pub trait Merchants: Send + Sync {
    /// Returns a merchant with the addresses of its shops.
    async fn merchant(&self, merchant_id: &AccountId) -> Result<Option<MerchantRecord>, LedgerError>;

    /// Returns the API key with this SHA-256 hash, even if it is expired or revoked.
    async fn api_key(&self, secret_hash: [u8; 32]) -> Result<Option<ApiKeyRecord>, LedgerError>;

    /// Returns all API keys of a merchant, newest first.
    async fn api_keys(&self, merchant_id: &AccountId) -> Result<Vec<ApiKeyRecord>, LedgerError>;

    /// Returns a link, even if it is inactive.
    async fn link(&self, link_id: &LinkId) -> Result<Option<LinkRecord>, LedgerError>;

    /// Returns all links of a merchant, newest first.
    async fn links(&self, merchant_id: &AccountId) -> Result<Vec<LinkRecord>, LedgerError>;

    /// Records the day on which a key was last used. Ignores a day that is earlier than the stored one.
    async fn mark_key_used(&self, key_id: &ApiKeyId, day: Timestamp) -> Result<(), LedgerError>;
}

/// Numbers and reads the events of merchants, which postings write.
#[async_trait]
pub trait Feed: Send + Sync {
    /// Numbers up to `limit` committed events that have no number yet, and returns their merchants, one for
    /// each event. Only one process does this at a time; in the meantime, other processes return an empty
    /// list.
    async fn number_events(&self, limit: u32) -> Result<Vec<AccountId>, LedgerError>;

    /// Leaves a gap of 1,000,000 in each merchant's event numbers, for a ledger that was restored from a
    /// backup. A reader may have read events that the restored ledger lost. Without the gap, new events would
    /// reuse their numbers and the reader would skip them. With the gap, the reader detects that it missed
    /// events. Each merchant's newest event is repeated after the gap under the same id. Idempotent: skips a
    /// merchant whose newest event is already a repeated one. Skips merchants without events.
    async fn leave_gap_in_feeds(&self) -> Result<(), LedgerError>;

    /// Returns up to `limit` events of a merchant after a number, in order, once the synchronous standby
    /// holds them.
    async fn events(
        &self,
        merchant_id: &AccountId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<EventRecord>, LedgerError>;

    /// Returns the numbers of the merchant's events; `None` if it has none.
    async fn feed_span(&self, merchant_id: &AccountId) -> Result<Option<FeedSpan>, LedgerError>;

    /// Deletes up to `limit` numbered events that are older than a time, oldest first. Keeps the last event
    /// of each merchant, because the next number is derived from it.
    async fn forget_events(&self, before: Timestamp, limit: u32) -> Result<(), LedgerError>;
}

/// Stores deliveries to merchants' endpoints, and the checks of domains. Postings write endpoints: see
/// [`MerchantChange`](crate::MerchantChange). Deliveries are created when events are numbered.
#[async_trait]
pub trait Webhooks: Send + Sync {
    /// Returns a merchant's endpoints, oldest first.
    async fn endpoints(&self, merchant_id: &AccountId) -> Result<Vec<EndpointRecord>, LedgerError>;

    /// Returns an endpoint.
    async fn endpoint(&self, endpoint_id: &EndpointId) -> Result<Option<EndpointRecord>, LedgerError>;

    /// Returns up to `limit` enabled endpoints with a due delivery, longest waiting first.
    async fn due_endpoints(&self, at: Timestamp, limit: u32) -> Result<Vec<EndpointRecord>, LedgerError>;

    /// Starts an attempt for up to `limit` due deliveries of an endpoint. Of each payment, only the earliest
    /// pending event is started. The lease lasts until `until`: no other process starts these deliveries
    /// before then, and if this process dies, they are started again after it.
    async fn begin_deliveries(
        &self,
        endpoint_id: &EndpointId,
        at: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<DeliveryRecord>, LedgerError>;

    /// Releases a lease whose attempt could not be made. The attempt does not count, and the delivery is due
    /// again at `next_at`.
    async fn release(
        &self,
        endpoint_id: &EndpointId,
        number: u64,
        attempts: u32,
        next_at: Timestamp,
    ) -> Result<(), LedgerError>;

    /// Records the result of an attempt, and the start of the endpoint's failure.
    async fn end_attempt(&self, end: &AttemptEnd) -> Result<(), LedgerError>;

    /// Returns up to `limit` deliveries of an endpoint with numbers below `before`, newest events first.
    async fn deliveries(
        &self,
        endpoint_id: &EndpointId,
        before: u64,
        limit: u32,
    ) -> Result<Vec<DeliveryRecord>, LedgerError>;

    /// Sets the deliveries of an endpoint for events `first` to `last` to pending. Creates those that do not
    /// exist.
    async fn redeliver(&self, endpoint_id: &EndpointId, first: u64, last: u64) -> Result<(), LedgerError>;

    /// Deletes up to `limit` deliveries that ended before a time, and up to `limit` deliveries of removed
    /// endpoints. Returns whether more remain.
    async fn forget_deliveries(&self, before: Timestamp, limit: u32) -> Result<bool, LedgerError>;

    /// Leases up to `limit` domains to check. No other process gets them before `until`.
    async fn domains_to_check(
        &self,
        at: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<DomainToCheck>, LedgerError>;

    /// Records a domain check that does not change what payers see. A change that payers see is a posting.
    async fn note_domain_check(&self, check: &DomainCheck) -> Result<(), LedgerError>;
}

/// Adds and reads the keys that sign receipts.
#[async_trait]
pub trait ReceiptKeys: Send + Sync {
    /// Returns every key that ever signed, oldest first.
    async fn receipt_keys(&self) -> Result<Vec<ReceiptKeyRecord>, LedgerError>;

    /// Adds a key as number `number`, counted from 0. Does nothing if the number is taken. If two processes
    /// add the same number concurrently, only one succeeds.
    async fn add_receipt_key(&self, number: u32, key: &ReceiptKeyRecord) -> Result<(), LedgerError>;
}

/// Seals the audit log, and audits the ledger.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Seals up to [`ROWS_PER_SEAL`](crate::audit_log::ROWS_PER_SEAL) unsealed rows of the audit log. Returns
    /// their number, or `None` if another process is sealing.
    async fn seal(&self, key: &Ed25519Key, at: Timestamp) -> Result<Option<u64>, LedgerError>;

    /// Returns the seal with this number, or the newest one, if it exists.
    async fn seal_mark(&self, seal_no: Option<u64>) -> Result<Option<SealMark>, LedgerError>;

    /// Checks invariants I1 to I8 in one snapshot, except I5's arithmetic, which needs the keys:
    /// see [`AuditLog::issued_page`].
    async fn audit(&self) -> Result<AuditReport, LedgerError>;

    /// Returns at most `limit` issued rows of a key after `after`, ordered by hash, for checking I5.
    async fn issued_page(
        &self,
        key_id: &KeyId,
        after: Option<BlindedHash>,
        limit: u32,
    ) -> Result<Vec<IssuedRecord>, LedgerError>;
}

/// Checks that the ledger can be read and written.
#[async_trait]
pub trait Health: Send + Sync {
    /// Runs a trivial query.
    async fn ping(&self) -> Result<(), LedgerError>;

    /// Commits a write of the probe's size, because a read does not show whether writes are accepted.
    async fn probe_write(&self, probe: WriteProbe) -> Result<(), LedgerError>;

    /// Returns an error if the ledger's file was deleted or replaced since it was opened. Does nothing for a
    /// database server.
    fn check_file_unchanged(&self) -> Result<(), LedgerError>;
}
