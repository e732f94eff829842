//! The ledger's interface, one trait per concern.
//!
//! Each part of the mint depends only on the traits that it needs, and a test can replace one of them to inject
//! faults.

use crate::Ed25519Key;
use crate::audit_log::SealMark;
use crate::{
    AccountRecord, AccountRole, ApiKeyRecord, AttemptEnd, AuditReport, BlindedHash, Claim, CommitError,
    DeliveryRecord, DomainCheck, DomainToCheck, EndpointRecord, EventRecord, FeedSpan, IssuedRecord,
    LedgerClock, LedgerError, LinkRecord, MerchantRecord, MovementLine, Operation, OperationId,
    OperationRecord, OutputRef, PaymentFilter, PaymentRecord, PayoutRecord, Posting, Receipt,
    ReceiptKeyRecord, RefundRecord, StatementLine, StoredKeyset, Takings, WriteProbe,
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
    /// Publishes and ends keysets, and keeps the times by which a clock is judged.
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

/// Takes the name of the step at which an attempt to commit failed, as [`LedgerError::step`] returns it.
pub type OnFailure<'a> = &'a (dyn Fn(&'static str) + Sync);

/// Commits postings, and reads the rows that decide whether a posting conflicts. Every read goes to the primary.
#[async_trait]
pub trait Postings: Send + Sync {
    /// Commits postings in one transaction and returns a result for each, in order. No two of them may share a
    /// [`UniqueKey`](crate::UniqueKey); [`Committer`](crate::Committer) puts those that do into different batches.
    /// `failed` is called for each attempt that failed, with the step at which it did.
    async fn commit(&self, postings: &[Posting], failed: OnFailure<'_>) -> Vec<Result<Receipt, CommitError>>;

    /// Returns the operation that owns a claim, once the synchronous standby holds it too.
    async fn claim_owner(&self, claim: &Claim) -> Result<Option<OperationRecord>, LedgerError>;

    /// Returns which of these tokens are spent, in order, once the synchronous standby holds that too.
    async fn spent(&self, tokens: &[(KeysetId, TokenMessage)]) -> Result<Vec<bool>, LedgerError>;

    /// Returns the blind signatures made for these outputs, in order, once the synchronous standby holds them too.
    async fn issued(&self, outputs: &[OutputRef]) -> Result<Vec<Option<Vec<u8>>>, LedgerError>;

    /// Returns what an operation credited to each account, including the mint's own accounts.
    async fn credits(&self, operation_id: &OperationId) -> Result<Vec<(AccountId, Amount)>, LedgerError>;

    /// Waits until the synchronous standby holds everything that was read before. Must be called before releasing a
    /// read that others act on; [`Self::claim_owner`], [`Self::spent`] and [`Self::issued`] call it themselves.
    async fn wait_for_standby(&self) -> Result<(), LedgerError>;
}

/// Opens and reads accounts.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Opens an account, or returns the existing account with this token hash. Idempotent. Returns `None` if another account has
    /// the id, or if the token was replaced by another one.
    async fn open_account(
        &self,
        account_id: &AccountId,
        role: AccountRole,
        token_hash: [u8; 32],
    ) -> Result<Option<AccountRecord>, LedgerError>;

    /// Returns the account with this id. The mint's own accounts are not found.
    async fn account(&self, account_id: &AccountId) -> Result<Option<AccountRecord>, LedgerError>;

    /// Returns the account whose token has this SHA-256 hash.
    async fn account_by_token(&self, token_hash: [u8; 32]) -> Result<Option<AccountRecord>, LedgerError>;

    /// Returns an account's entries, newest first: those older than the entry `before`, at most `limit`.
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
    /// Returns an account's entries, oldest first: those from the entry `from_entry` on, at most `limit`, once the synchronous standby
    /// holds them too.
    async fn movements(
        &self,
        account_id: &AccountId,
        from_entry: u64,
        limit: u32,
    ) -> Result<Vec<MovementLine>, LedgerError>;

    /// Returns an id such that the account's entries before it are older than `at`, and later ones not, as far as entries are in the order
    /// of their times. Those that are not differ by less than [`CLOCK_DIFFERENCE_S`](crate::movements::CLOCK_DIFFERENCE_S).
    async fn first_entry_since(&self, account_id: &AccountId, at: Timestamp) -> Result<u64, LedgerError>;

    /// Returns the account's balance at a time, in minor units: the sum of its entries before the first entry in `entries`, and of those
    /// between the two that are older than `at`.
    async fn balance_before(
        &self,
        account_id: &AccountId,
        at: Timestamp,
        entries: (u64, u64),
    ) -> Result<i64, LedgerError>;

    /// Sums an account's takings in steps of [`TAKINGS_STEP_S`](crate::movements::TAKINGS_STEP_S), oldest first: entries from `from_entry`
    /// on, in a span of time without its end.
    async fn takings(
        &self,
        account_id: &AccountId,
        from_entry: u64,
        span: (Timestamp, Timestamp),
    ) -> Result<Vec<Takings>, LedgerError>;
}

/// Publishes and ends keysets, and keeps the times by which a mint's clock is judged.
#[async_trait]
pub trait Keysets: Send + Sync {
    /// Returns all keysets, oldest first.
    async fn keysets(&self) -> Result<Vec<StoredKeyset>, LedgerError>;

    /// Adds a keyset as `epoch`, in one transaction. Returns false if the epoch is taken: of two processes that
    /// publish one at the same time, one wins.
    async fn add_keyset(&self, epoch: u32, keyset: &Keyset) -> Result<bool, LedgerError>;

    /// Ends a keyset permanently: none of its tokens can be spent or issued any more, whatever a clock says, and the
    /// value that was never spent is posted to `expired` as `operation`. Returns false if it has ended before.
    async fn end_keyset(&self, keyset_id: &KeysetId, operation: Operation) -> Result<bool, LedgerError>;

    /// Returns each live key's issued and unspent value, in minor units. Negative only if tokens were forged. Scans
    /// all entries, so it must not be called on a request.
    async fn outstanding(&self) -> Result<Vec<(KeyId, i64)>, LedgerError>;

    /// Returns the database server's time; `None` for an embedded database, which shares this machine's clock.
    async fn database_time(&self) -> Result<Option<Timestamp>, LedgerError>;

    /// Returns the times by which a clock is judged.
    async fn clock(&self) -> Result<LedgerClock, LedgerError>;

    /// Replaces the times by which a clock is judged.
    async fn set_clock(&self, clock: LedgerClock) -> Result<(), LedgerError>;
}

/// Reads payments. They are written by postings: see [`Record`](crate::Record).
#[async_trait]
pub trait Payments: Send + Sync {
    /// Returns a payment. An ended one is returned only once the synchronous standby holds its end.
    async fn payment(&self, payment_id: &PaymentId) -> Result<Option<PaymentRecord>, LedgerError>;

    /// Returns up to `limit` open payments that expired at or before `at`, the oldest first.
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

    /// Returns up to `limit` open refunds whose time to claim ended at or before `at`, the oldest first.
    async fn overdue_refunds(&self, at: Timestamp, limit: u32) -> Result<Vec<RefundRecord>, LedgerError>;

    /// Returns what is held of a merchant's open refunds.
    async fn held_for_refunds(&self, merchant_id: &AccountId) -> Result<Amount, LedgerError>;
}

/// Reads payouts. They are written by postings: see [`Record`](crate::Record).
#[async_trait]
pub trait Payouts: Send + Sync {
    /// Returns a payout, once the synchronous standby holds it.
    async fn payout(&self, payout_id: &PayoutId) -> Result<Option<PayoutRecord>, LedgerError>;

    /// Returns up to `limit` payouts of a merchant, newest first: those older than `before`.
    async fn of_merchant(
        &self,
        merchant_id: &AccountId,
        before: Option<&PayoutId>,
        limit: u32,
    ) -> Result<Vec<PayoutRecord>, LedgerError>;

    /// Returns up to `limit` payouts that wait for the operator, the oldest first: of one merchant, or of all.
    async fn open(
        &self,
        merchant_id: Option<&AccountId>,
        limit: u32,
    ) -> Result<Vec<PayoutRecord>, LedgerError>;
}

/// Reads merchants and their API keys. They are written by postings: see [`MerchantChange`](crate::MerchantChange).
#[async_trait]
pub trait Merchants: Send + Sync {
    /// Returns a merchant with the addresses of its shops.
    async fn merchant(&self, merchant_id: &AccountId) -> Result<Option<MerchantRecord>, LedgerError>;

    /// Returns the API key with this SHA-256 hash, also one that works no more.
    async fn api_key(&self, secret_hash: [u8; 32]) -> Result<Option<ApiKeyRecord>, LedgerError>;

    /// Returns all API keys of a merchant, the newest first.
    async fn api_keys(&self, merchant_id: &AccountId) -> Result<Vec<ApiKeyRecord>, LedgerError>;

    /// Returns a link, also one that is switched off.
    async fn link(&self, link_id: &LinkId) -> Result<Option<LinkRecord>, LedgerError>;

    /// Returns all links of a merchant, the newest first.
    async fn links(&self, merchant_id: &AccountId) -> Result<Vec<LinkRecord>, LedgerError>;

    /// Notes the day of a key's latest use. An earlier day changes nothing.
    async fn mark_key_used(&self, key_id: &ApiKeyId, day: Timestamp) -> Result<(), LedgerError>;
}

/// Numbers and reads the events of merchants, which postings write.
#[async_trait]
pub trait Feed: Send + Sync {
    /// Gives the next numbers to up to `limit` committed events that have none, and returns their merchants, one for each event. Of
    /// several processes one does it at a time; the others return nothing.
    async fn number_events(&self, limit: u32) -> Result<Vec<AccountId>, LedgerError>;

    /// Lets each merchant's numbers go on 1,000,000 higher, for a ledger that was restored
    /// from a backup: a reader whose place is among the events that were lost would else take new ones for read. It
    /// meets the gap instead, and knows that it missed some. Each merchant's newest event is there a second time, under
    /// the same id, with the first of the higher numbers.
    /// A merchant whose newest event is already one of a gap gets no second gap. One without events gets none.
    async fn leave_gap_in_feeds(&self) -> Result<(), LedgerError>;

    /// Returns up to `limit` events of a merchant after a number, in order, once the synchronous standby holds them.
    async fn events(
        &self,
        merchant_id: &AccountId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<EventRecord>, LedgerError>;

    /// Returns the numbers of the merchant's events; `None` if it has none.
    async fn feed_span(&self, merchant_id: &AccountId) -> Result<Option<FeedSpan>, LedgerError>;

    /// Deletes up to `limit` numbered events from before a time, oldest first, except the last one of each merchant, whose number the next
    /// one follows.
    async fn forget_events(&self, before: Timestamp, limit: u32) -> Result<(), LedgerError>;
}

/// Keeps what is sent to merchants' endpoints, and which domains are to be checked. Endpoints are written by postings: see
/// [`MerchantChange`](crate::MerchantChange). Deliveries are made when events are numbered.
#[async_trait]
pub trait Webhooks: Send + Sync {
    /// Returns a merchant's endpoints, the oldest first.
    async fn endpoints(&self, merchant_id: &AccountId) -> Result<Vec<EndpointRecord>, LedgerError>;

    /// Returns an endpoint.
    async fn endpoint(&self, endpoint_id: &EndpointId) -> Result<Option<EndpointRecord>, LedgerError>;

    /// Returns up to `limit` enabled endpoints with a delivery that is due, those that have waited longest first.
    async fn due_endpoints(&self, at: Timestamp, limit: u32) -> Result<Vec<EndpointRecord>, LedgerError>;

    /// Begins an attempt of up to `limit` due deliveries of an endpoint: of each payment the earliest event that is pending. Until
    /// `until`, no other process begins them; if this one dies, they are begun again after that.
    async fn begin_deliveries(
        &self,
        endpoint_id: &EndpointId,
        at: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<DeliveryRecord>, LedgerError>;

    /// Takes back an attempt that could not be made, so that it does not count. It is begun again from `next_at` on.
    async fn release(
        &self,
        endpoint_id: &EndpointId,
        number: u64,
        attempts: u32,
        next_at: Timestamp,
    ) -> Result<(), LedgerError>;

    /// Records the end of an attempt, and since when the endpoint is failing.
    async fn end_attempt(&self, end: &AttemptEnd) -> Result<(), LedgerError>;

    /// Returns up to `limit` deliveries of an endpoint, the newest events first, of numbers below `before`.
    async fn deliveries(
        &self,
        endpoint_id: &EndpointId,
        before: u64,
        limit: u32,
    ) -> Result<Vec<DeliveryRecord>, LedgerError>;

    /// Makes the deliveries of an endpoint for events from number `first` to `last` pending again, also those that were never made.
    async fn redeliver(&self, endpoint_id: &EndpointId, first: u64, last: u64) -> Result<(), LedgerError>;

    /// Deletes up to `limit` deliveries that ended before a time, and as many of removed endpoints. Returns whether there are more.
    async fn forget_deliveries(&self, before: Timestamp, limit: u32) -> Result<bool, LedgerError>;

    /// Returns up to `limit` domains to check. Until `until`, no other process gets them.
    async fn domains_to_check(
        &self,
        at: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<DomainToCheck>, LedgerError>;

    /// Records a check that changes nothing for payers. One that does is a posting.
    async fn note_domain_check(&self, check: &DomainCheck) -> Result<(), LedgerError>;
}

/// Adds and reads the keys that sign receipts.
#[async_trait]
pub trait ReceiptKeys: Send + Sync {
    /// Returns every key that ever signed, oldest first.
    async fn receipt_keys(&self) -> Result<Vec<ReceiptKeyRecord>, LedgerError>;

    /// Adds a key as number `number`, counted from 0. Changes nothing if the number is taken: of two processes that add one at the
    /// same time, one wins.
    async fn add_receipt_key(&self, number: u32, key: &ReceiptKeyRecord) -> Result<(), LedgerError>;
}

/// Seals the audit log, and audits the ledger.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Seals up to [`ROWS_PER_SEAL`](crate::audit_log::ROWS_PER_SEAL) unsealed rows of the audit log. Returns how
    /// many, or `None` if another process is sealing.
    async fn seal(&self, key: &Ed25519Key, at: Timestamp) -> Result<Option<u64>, LedgerError>;

    /// Returns the seal with this number, or the newest one. `None` if there is none.
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

    /// Fails once the ledger's file is no longer the one that was opened. Does nothing for a database server.
    fn check_in_place(&self) -> Result<(), LedgerError>;
}
