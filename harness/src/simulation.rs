//! Random lives of several wallets against two mints on one ledger, at once, over transports that
//! lose, while keys change and time passes.
//!
//! After each sequence every wallet settles, and then:
//! 1. wallets, accounts and the merchant hold together what was put in;
//! 2. a bundle that was handed to several wallets came into one of them, whole;
//! 3. whatever was answered is answered again, the same, by either mint;
//! 4. the ledger's invariants hold.

use crate::{Engine, InProcess, Loss, Lossy, RawWallet, Seeded, TestDevice, TestMint};
use ecash_core::token::TokenMessage;
use ecash_core::{AccountId, Amount, KeysetId};
use ecash_wallet::api::{Call, HttpApi, Reply, Transport};
use ecash_wallet::store::MemoryStore;
use ecash_wallet::{ApiError, Wallet, WalletError};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::JoinSet;

const WALLETS: u64 = 3;
const STEPS: u64 = 7;
const FUNDS: u64 = 10_000;
const LOSS: Loss = Loss { requests_percent: 12, responses_percent: 15 };
/// In one sequence time passes by at most so much: nothing expires in a wallet that is looked after.
const MAX_DAYS: u64 = 60;

/// `ECASH_SIMULATIONS=from..to`, or so many.
#[must_use]
pub fn seeds(count: u64) -> std::ops::Range<u64> {
    let Ok(text) = std::env::var("ECASH_SIMULATIONS") else { return 0..count };
    let (from, to) = text.split_once("..").expect("ECASH_SIMULATIONS=from..to");
    from.parse().expect("a number")..to.parse().expect("a number")
}

/// Sequences on one ledger, before its keysets get so many that restoring takes most of the time.
const SEQUENCES: u64 = 4;

/// Runs the sequences of these seeds, one after the other, on a fresh ledger now and then.
pub async fn run(engine: Engine, seeds: std::ops::Range<u64>) {
    let happened = Arc::new(Happened::default());
    let enough = seeds.end - seeds.start >= 8;
    let mut first = seeds.start;
    while first < seeds.end {
        let end = seeds.end.min(first + SEQUENCES);
        let one = TestMint::start_on_with(engine, &[("DENOMINATIONS", "10,50,200")]).await;
        let two = one.replica(|ledger| ledger).await;
        for seed in first..end {
            let world = World::new(&one, &two, seed, happened.clone()).await;
            world.live().await;
            assert_eq!(one.audit().await.violations, [], "seed {seed}");
        }
        if one.mint.keyring().keysets().len() > 1 {
            Happened::once(&happened.keys_changed);
        }
        first = end;
    }
    if enough {
        happened.assert_everything_did();
    }
}

/// Sends each request to either mint, and remembers what moved money and was answered.
#[derive(Clone)]
struct Either {
    mints: [InProcess; 2],
    random: Seeded,
    answered: Answered,
}

type Answered = Arc<Mutex<Vec<(Call, Reply)>>>;

/// Repeats requests that move no money, as the SDK's transport does.
#[derive(Clone)]
struct Patient(Lossy<Either>);

impl Transport for Patient {
    async fn call(&self, call: Call) -> Result<Reply, ApiError> {
        let attempts = if call.idempotency_key.is_some() { 1 } else { 4 };
        for _ in 1..attempts {
            if let Ok(reply) = self.0.call(call.clone()).await {
                return Ok(reply);
            }
        }
        self.0.call(call).await
    }
}

/// What happened in a run; a simulation in which nothing happens shows nothing.
#[derive(Debug, Default)]
struct Happened {
    withdrawals: AtomicU64,
    swaps: AtomicU64,
    redemptions: AtomicU64,
    devices_restored: AtomicU64,
    bundles_received: AtomicU64,
    bundles_lost_to_a_rival: AtomicU64,
    keys_changed: AtomicU64,
}

impl Happened {
    fn once(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn assert_everything_did(&self) {
        let counters = [
            &self.withdrawals,
            &self.swaps,
            &self.redemptions,
            &self.devices_restored,
            &self.bundles_received,
            &self.bundles_lost_to_a_rival,
            &self.keys_changed,
        ];
        assert!(counters.iter().all(|counter| counter.load(Ordering::Relaxed) > 0), "{self:?}");
    }
}

impl Transport for Either {
    async fn call(&self, call: Call) -> Result<Reply, ApiError> {
        let mint = &self.mints[usize::try_from(self.random.below(2)).expect("small")];
        let reply = mint.call(call.clone()).await?;
        let moves_money = call.idempotency_key.is_some() && call.path != "/api/v1/cancel";
        if moves_money && reply.status == 200 {
            let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
            answered.push((call, reply.clone()));
        }
        Ok(reply)
    }
}

/// Tokens that whoever receives them first may keep.
struct Bundle {
    text: String,
    tokens: Vec<(KeysetId, TokenMessage)>,
    value: u64,
}

type Bundles = Arc<Mutex<Vec<Bundle>>>;
type SimulatedWallet = Wallet<MemoryStore, HttpApi<Patient>, TestDevice>;

struct World<'m> {
    one: &'m TestMint,
    two: &'m TestMint,
    seed: u64,
    random: Seeded,
    merchant: AccountId,
    answered: Answered,
    bundles: Bundles,
    happened: Arc<Happened>,
}

impl<'m> World<'m> {
    async fn new(one: &'m TestMint, two: &'m TestMint, seed: u64, happened: Arc<Happened>) -> Self {
        let merchant = AccountId::new(format!("merchant_sim_{seed}")).expect("a name");
        one.mint.create_merchant(&merchant).await.expect("a merchant");
        let random = Seeded::new(seed.wrapping_mul(7919) + 1);
        let (answered, bundles) = (Arc::default(), Arc::default());
        Self { one, two, seed, random, merchant, answered, bundles, happened }
    }

    async fn live(self) {
        let mut lives = JoinSet::new();
        for number in 0..WALLETS {
            lives.spawn(self.life(number).live());
        }
        self.time_passes().await;
        let mut held = 0;
        while let Some(life) = lives.join_next().await {
            held += life.expect("a life without a panic").settle(self.one).await;
        }
        let paid = self.balance_of_merchant().await;
        let received = self.value_received().await;
        assert_eq!(
            held + paid,
            WALLETS * FUNDS + received,
            "seed {}: held {held}, paid {paid}, received {received}",
            self.seed
        );
        self.repeat_everything().await;
    }

    fn life(&self, number: u64) -> Life {
        let random = Seeded::new(self.seed * 100 + number);
        let either = Either {
            mints: [self.one.transport(), self.two.transport()],
            random: random.clone(),
            answered: self.answered.clone(),
        };
        Life {
            store: MemoryStore::default(),
            device: self.one.device(self.seed * 100 + 50 + number),
            api: HttpApi(Patient(Lossy::new(either, random.clone(), LOSS))),
            origin: self.one.origin(),
            random,
            giver: self.one.raw(),
            bundles: self.bundles.clone(),
            merchant: self.merchant.clone(),
            restored: true,
            happened: self.happened.clone(),
        }
    }

    /// Meanwhile days pass and keys change, at one mint or the other.
    async fn time_passes(&self) {
        let mut days_left = MAX_DAYS;
        for _ in 0..10 {
            for _ in 0..self.random.below(30) {
                tokio::task::yield_now().await;
            }
            // Never more than a keyset is announced ahead: mints look after their keys every minute.
            let days = self.random.below(7).min(days_left);
            days_left -= days;
            self.one.clock.advance_days(days);
            let (first, second) =
                if self.random.below(2) == 0 { (self.one, self.two) } else { (self.two, self.one) };
            first.mint.rotate_keys().await.expect("the keys are looked after");
            second.mint.rotate_keys().await.expect("the keys are looked after");
        }
    }

    async fn balance_of_merchant(&self) -> u64 {
        let account = self.two.ledger.accounts.account(&self.merchant).await.expect("a read");
        account.expect("the merchant").balance.minor()
    }

    /// What came in from bundles, each whole or not at all.
    async fn value_received(&self) -> u64 {
        let bundles = std::mem::take(&mut *self.bundles.lock().unwrap_or_else(PoisonError::into_inner));
        let mut received = 0;
        for bundle in bundles {
            let spent = self.one.ledger.postings.spent(&bundle.tokens).await.expect("a read");
            let all = spent.iter().all(|spent| *spent);
            assert!(all || spent.iter().all(|spent| !spent), "seed {}: a bundle is taken whole", self.seed);
            received += if all { bundle.value } else { 0 };
        }
        received
    }

    async fn repeat_everything(&self) {
        let answered = std::mem::take(&mut *self.answered.lock().unwrap_or_else(PoisonError::into_inner));
        assert!(!answered.is_empty(), "seed {}: something was answered", self.seed);
        for (call, reply) in answered {
            Happened::once(match call.path.as_str() {
                "/api/v1/withdraw" => &self.happened.withdrawals,
                "/api/v1/swap" => &self.happened.swaps,
                _ => &self.happened.redemptions,
            });
            for mint in [self.one, self.two] {
                let again = mint.transport().call(call.clone()).await.expect("an answer");
                assert_eq!(
                    (again.status, &again.body),
                    (200, &reply.body),
                    "seed {}: {}",
                    self.seed,
                    call.path
                );
            }
        }
    }
}

/// One wallet's life; runs as a task of its own.
struct Life {
    store: MemoryStore,
    device: TestDevice,
    api: HttpApi<Patient>,
    origin: ecash_core::Origin,
    random: Seeded,
    giver: crate::RawClient,
    bundles: Bundles,
    merchant: AccountId,
    /// False while a restore over the lossy transport has not got to everything.
    restored: bool,
    happened: Arc<Happened>,
}

impl Life {
    async fn open(&self) -> SimulatedWallet {
        let (store, api, device) = (self.store.clone(), self.api.clone(), self.device.clone());
        Wallet::open_with_dangerous_test_keys(store, api, device, self.origin.clone())
            .await
            .expect("a store in memory opens")
    }

    async fn live(mut self) -> Self {
        let mut wallet = self.open().await;
        wallet.create().await.expect("a wallet is made");
        connected(&wallet).await;
        for _ in 0..STEPS {
            wallet = self.step(wallet).await;
        }
        self
    }

    /// Does something, whatever comes of it.
    async fn step(&mut self, wallet: SimulatedWallet) -> SimulatedWallet {
        let wanted = Amount::new(10 * (1 + self.random.below(60))).expect("an amount");
        match self.random.below(10) {
            0..=2 => drop(wallet.withdraw(wanted).await),
            3..=4 => drop(wallet.pay(&self.merchant, wanted).await),
            5 => self.receive(&wallet).await,
            6 => drop(wallet.refresh().await),
            7 => {
                for plan in wallet.pending() {
                    let _ = wallet.cancel(&plan).await;
                }
            }
            8 => {
                // The program ends and starts again.
                let again = self.open().await;
                let _ = again.resume().await;
                return again;
            }
            _ => return self.lose_the_device(&wallet).await,
        }
        wallet
    }

    /// Receives a bundle that others have seen too, or a new one.
    async fn receive(&self, wallet: &SimulatedWallet) {
        let known: Vec<String> = {
            let bundles = self.bundles.lock().unwrap_or_else(PoisonError::into_inner);
            bundles.iter().map(|bundle| bundle.text.clone()).collect()
        };
        let old = usize::try_from(self.random.below(1 + 2 * known.len() as u64)).expect("small");
        let text = match known.get(old) {
            Some(text) => text.clone(),
            None => self.fresh_bundle().await,
        };
        match wallet.receive(&text).await {
            Ok(_) => Happened::once(&self.happened.bundles_received),
            Err(WalletError::Refused(_)) => Happened::once(&self.happened.bundles_lost_to_a_rival),
            Err(WalletError::Pending | WalletError::Unreachable) => {}
            Err(other) => panic!("receiving ended with {other:?}"),
        }
    }

    async fn fresh_bundle(&self) -> String {
        // Keys may change between asking for them and using them.
        let (giver, tokens) = loop {
            let mut giver = RawWallet::open(self.giver.clone()).await;
            match giver.try_withdraw(50, 2).await {
                Ok(tokens) => break (giver, tokens),
                Err(refused) => assert_eq!(refused.code(), "key_not_issuing"),
            }
            tokio::task::yield_now().await;
        };
        let keyset_id = giver.keyset.keyset_id.clone();
        let ids = tokens.iter().map(|token| (keyset_id.clone(), token.message())).collect();
        let text = giver.text(&self.origin, tokens);
        let bundle = Bundle { text: text.clone(), tokens: ids, value: 100 };
        self.bundles.lock().unwrap_or_else(PoisonError::into_inner).push(bundle);
        text
    }

    /// Everything but the words is gone; the seed brings it back.
    async fn lose_the_device(&mut self, wallet: &SimulatedWallet) -> SimulatedWallet {
        let words = wallet.recovery_phrase().expect("words").join(" ");
        self.store = MemoryStore::default();
        let again = self.open().await;
        again.restore_from_phrase(&words).await.expect("a wallet is made");
        connected(&again).await;
        self.restored = again.restore().await.is_ok();
        if self.restored {
            Happened::once(&self.happened.devices_restored);
        }
        again
    }

    /// Finishes everything over a transport that works. Answers what wallet and account hold.
    async fn settle(self, mint: &TestMint) -> u64 {
        let (store, device) = (self.store.clone(), self.device.clone());
        let wallet =
            Wallet::open_with_dangerous_test_keys(store, mint.api(), device, self.origin.clone()).await;
        let wallet = wallet.expect("a store in memory opens");
        wallet.connect().await.expect("the mint answers");
        // A seed whose counters another device has used moves past them, some at a time.
        let mut starts = 1;
        while wallet.resume().await.expect("storage") > 0 {
            starts += 1;
            assert!(starts <= 5, "every plan ends once the mint answers: {:?}", wallet.activity());
        }
        if !self.restored {
            wallet.restore().await.expect("the mint answers");
        }
        wallet.refresh().await.expect("the mint answers");
        let balance = wallet.balance();
        assert_eq!((balance.to_renew, balance.expired), (Amount::ZERO, Amount::ZERO));
        let account = wallet.account().await.expect("the mint answers").balance;
        balance.available.minor() + account.minor()
    }
}

/// Connects over a transport that loses, however often it takes.
async fn connected(wallet: &SimulatedWallet) {
    for _ in 0..100 {
        if wallet.connect().await.is_ok() {
            return;
        }
    }
    panic!("a hundred attempts to connect failed");
}
