//! The use cases: from a parsed request to a committed posting. This module uses neither HTTP nor SQL.
//!
//! A request that spends or issues tokens passes these steps, each a type that consumes the previous one:
//!
//! ```text
//! Received ──▶ Exclusive ──▶ Verified ──▶ Signed ──▶ Committed ──▶ response
//!     └─────────▶ repeat: the stored outcome ─────────────────────▶ response
//! ```
//!
//! Signing comes before the commit, because it has no side effects. Everything is then committed in one
//! posting, and only durable results are released. A crash before the commit has no effect.
//!
//! Payments, refunds and payouts move no tokens. They commit a draft of `Exclusive` directly, because there
//! is nothing to verify or sign. Operations without a client's request, such as an expiry, commit a draft of
//! `Mint::draft_of`.

mod accounts;
mod cancel;
mod commit;
mod committed;
mod error;
mod feed;
mod flow;
mod fund;
mod health;
mod in_flight;
mod keys;
mod merchants;
mod outcome;
mod outputs;
mod outstanding;
mod page;
mod payments;
mod receipts;
mod redeem;
mod refusal;
mod restore;
mod seal;
mod stop_keyset;
mod swap;
mod tokens;
mod verify;
mod withdraw;

pub use error::{Refusal, ServiceError};
pub use feed::number_events_forever;
pub use flow::Received;
pub use fund::{DEMO_FUNDS_MINOR, DEMO_MERCHANT, FundReference, Funded};
pub use health::{Health, watch_ledger_forever};
pub use in_flight::InFlight;
pub use keys::run_key_rotation;
pub use merchants::{Caller, MovementReader, NewApiKey, PayoutDecision, TimeSpan};
pub use outstanding::measure_outstanding_forever;
pub use payments::{DEFAULT_EXPIRY_S, PaymentOrder, PaymentQuery, expire_payments_forever};
pub use seal::seal_forever;
pub use stop_keyset::Stopped;

use crate::events::{Events, Topic};
use crate::keys::{KeyRotation, Keyring, last_to_issue};
use crate::meters::Meters;
use crate::receipts::ReceiptSigner;
use crate::seal_memory::SealMemory;
use crate::spent_index::SpentIndex;
use crate::webhooks::Webhooks;
use ecash_core::rsabssa::BlindSignature;
use ecash_core::{AccountId, Amount, Money, Origin, Timestamp};
use ecash_environment::{Clock, Entropy};
use ecash_ledger::Ed25519Key;
use ecash_ledger::{Committer, Ledger, LedgerIdentity, Operation, OperationId, OperationKind};
use ecash_signer::{SignRequest, Signer, SignerError};
use health::LastProbe;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;
use tokio::sync::{Notify, Semaphore};

/// The dependencies of a mint. Everything that can fail or vary is passed in, so that tests can replace it.
pub struct Dependencies {
    /// Stores all value.
    pub ledger: Ledger,
    /// Writes to the ledger, many postings in one transaction.
    pub committer: Committer,
    /// Metrics for the operator.
    pub meters: Arc<Meters>,
    /// Publishes and ends keysets; `None` in operator commands.
    pub rotation: Option<KeyRotation>,
    /// Makes blind signatures.
    pub signer: Arc<dyn Signer>,
    /// Whether hardware holds the keys.
    pub hsm: bool,
    /// Seals the audit log; `None` in operator commands.
    pub seal_key: Option<Ed25519Key>,
    /// Remembers the newest seal outside the ledger; `None` in operator commands.
    pub seal_memory: Option<SealMemory>,
    /// Signs receipts of payments; `None` in operator commands.
    pub receipts: Option<ReceiptSigner>,
    /// Signs webhooks, and lists the private hosts they may be sent to; `None` in operator commands.
    pub webhooks: Option<Webhooks>,
    /// The fast path of the double-spending check.
    pub spent_index: Arc<dyn SpentIndex>,
    /// Publishes credits to subscribers.
    pub events: Events,
    /// Decides which keysets issue and which tokens have expired.
    pub clock: Arc<dyn Clock>,
    /// Randomness for ids and account tokens.
    pub entropy: Arc<dyn Entropy>,
    /// The institution and currency of this mint.
    pub identity: LedgerIdentity,
    /// Whether new accounts get demo funds.
    pub demo_funds: bool,
    /// After how many days an unclaimed refund goes back to its merchant.
    pub refund_claim_days: u64,
    /// The public origin of the mint and its web wallet.
    pub public_origin: Origin,
}

/// Maximum number of verification jobs that wait or run. The largest job takes about 20 ms of a core.
const MAX_VERIFICATIONS: usize = 1024;

/// A running mint.
pub struct Mint {
    pub(crate) deps: Dependencies,
    keyring: RwLock<Arc<Keyring>>,
    in_flight: InFlight,
    /// Limits verification to one job per core.
    verifying: Arc<Semaphore>,
    /// Limits how many jobs wait for [`Self::verifying`].
    verifications: Semaphore,
    last_probe: LastProbe,
    ledger_lost: AtomicBool,
    /// Wakes the task that numbers events.
    wrote_events: Arc<Notify>,
    /// Wakes the dispatcher of webhooks.
    pub(crate) made_deliveries: Arc<Notify>,
}

impl Mint {
    /// Creates a mint with these dependencies and keysets.
    #[must_use]
    pub fn new(deps: Dependencies, keyring: Keyring) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            deps,
            keyring: RwLock::new(Arc::new(keyring)),
            in_flight: InFlight::default(),
            verifying: Arc::new(Semaphore::new(cores)),
            verifications: Semaphore::new(MAX_VERIFICATIONS),
            last_probe: LastProbe::default(),
            ledger_lost: AtomicBool::new(false),
            wrote_events: Arc::default(),
            made_deliveries: Arc::default(),
        }
    }

    /// Returns the current keysets.
    #[must_use]
    pub fn keyring(&self) -> Arc<Keyring> {
        self.keyring.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the keysets.
    pub fn set_keyring(&self, keyring: Keyring) {
        *self.keyring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keyring);
    }

    /// The current time by the mint's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.deps.clock.now()
    }

    /// Returns random bytes for an id that reveals nothing about its owner.
    pub(crate) fn random_id(&self) -> Result<[u8; 16], ServiceError> {
        let mut id = [0; 16];
        self.deps.entropy.fill(&mut id).map_err(ServiceError::unavailable)?;
        Ok(id)
    }

    /// The institution and currency of this mint.
    #[must_use]
    pub const fn identity(&self) -> &LedgerIdentity {
        &self.deps.identity
    }

    /// Formats an amount in this mint's currency.
    fn money(&self, amount: Amount) -> Money {
        self.identity().currency.money(amount)
    }

    /// The events that notify subscribers of credits.
    #[must_use]
    pub const fn events(&self) -> &Events {
        &self.deps.events
    }

    /// Publishes an event for each credited account.
    fn publish_credits(&self, accounts: &[AccountId]) {
        accounts.iter().for_each(|account_id| self.deps.events.publish(Topic::Account(account_id.clone())));
    }

    /// Whether new accounts get demo funds and the demo merchant exists.
    #[must_use]
    pub const fn has_demo_funds(&self) -> bool {
        self.deps.demo_funds
    }

    /// Metrics for the operator.
    #[must_use]
    pub fn meters(&self) -> &Meters {
        &self.deps.meters
    }

    /// Returns for how many more seconds the last keyset issues; 0 if no keyset does.
    #[must_use]
    pub fn issue_seconds_left(&self) -> u64 {
        let keyring = self.keyring();
        let ends =
            last_to_issue(keyring.keysets()).map_or(0, |last| last.keyset.dates.issue_until.unix_seconds());
        ends.saturating_sub(self.now().unix_seconds())
    }

    /// Makes blind signatures, and counts and times them.
    async fn blind_sign(&self, requests: Vec<SignRequest>) -> Result<Vec<BlindSignature>, SignerError> {
        let (count, began) = (requests.len(), Instant::now());
        self.deps.meters.signing(count);
        let result = self.deps.signer.blind_sign(requests).await;
        self.deps.meters.signed(count, &result, began.elapsed());
        result
    }

    /// Whether hardware holds the keys.
    #[must_use]
    pub const fn uses_hsm(&self) -> bool {
        self.deps.hsm
    }

    /// Runs signature checks on blocking threads, at most one per core, so that they do not delay other
    /// requests. Jobs take turns in the order of arrival; a client has few of them in the queue
    /// (`CONCURRENT_REQUESTS_PER_CLIENT`).
    ///
    /// # Errors
    /// [`ServiceError::Overloaded`] if too many wait.
    async fn verifying<T: Send + 'static>(
        &self,
        check: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ServiceError> {
        let _queued = self.verifications.try_acquire().map_err(|_| ServiceError::Overloaded)?;
        let turn = self.verifying.clone().acquire_owned().await.map_err(ServiceError::unavailable)?;
        let checked = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            check()
        });
        checked.await.map_err(ServiceError::unavailable)
    }

    /// Starts an operation now, with a random id. `request_digest` is that of a client's request.
    fn new_operation(
        &self,
        kind: OperationKind,
        request_digest: Option<[u8; 32]>,
    ) -> Result<Operation, ServiceError> {
        let mut id = [0; 16];
        self.deps.entropy.fill(&mut id).map_err(ServiceError::unavailable)?;
        Ok(Operation { id: OperationId::new(id), kind, request_digest, at: self.now() })
    }
}
