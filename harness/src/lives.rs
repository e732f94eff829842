//! R22: one wallet's life after another, over a transport that loses, on a device that dies; in the end
//! wallet, account and merchant hold together what was put in.

use crate::{CrashingStore, InProcess, Loss, Lossy, RawWallet, Seeded, TestDevice, TestMint};
use ecash_core::token::TokenMessage;
use ecash_core::{AccountId, Amount, KeysetId};
use ecash_wallet::api::HttpApi;
use ecash_wallet::store::MemoryStore;
use ecash_wallet::{Store, Wallet, WalletError};
use std::time::Duration;
use tokio::time::timeout;

type TestWallet<S, A> = Wallet<S, A, TestDevice>;

/// A life takes less than a second on an idle machine.
const LIFE_TIMEOUT: Duration = Duration::from_secs(120);
const FUNDS: u64 = 10_000;
const LOSS: Loss = Loss { requests_percent: 15, responses_percent: 20 };
const DENOMINATIONS: [u64; 5] = [10, 50, 100, 500, 1000];

fn amount(minor: u64) -> Amount {
    Amount::new(minor).expect("this must work")
}

/// The seeds of a test: `ECASH_SEEDS=from..to`, or so many.
#[must_use]
pub fn seeds(count: u64) -> std::ops::Range<u64> {
    let text = std::env::var("ECASH_SEEDS").unwrap_or_else(|_| format!("0..{count}"));
    let (from, to) = text.split_once("..").expect("ECASH_SEEDS=from..to");
    from.parse().expect("a number")..to.parse().expect("a number")
}

/// One wallet's life: random operations over a lossy transport on a device that dies now and then.
async fn live<S: Store>(
    mint: &TestMint,
    merchant: &AccountId,
    seed: u64,
    open: &mut impl AsyncFnMut(u64) -> S,
) -> Vec<Handed> {
    let random = Seeded::new(seed);
    let mut handed = Vec::new();
    for lifetime in 0..4 {
        let writes = if lifetime == 3 { 1_000 } else { 1 + random.below(12) };
        let device = mint.device(seed * 1000 + lifetime);
        let api = HttpApi(Lossy::new(mint.transport(), random.clone(), LOSS));
        let mortal = CrashingStore::new(open(seed).await, writes);
        let wallet = Wallet::open_with_dangerous_test_keys(mortal, api, device, mint.origin())
            .await
            .expect("this must work");
        if !wallet.exists() && wallet.create().await.is_err() {
            continue;
        }
        for _ in 0..20 {
            if wallet.connect().await.is_ok() || wallet.store().is_dead() {
                break;
            }
        }
        let _ = wallet.resume().await;
        for _ in 0..3 {
            if wallet.store().is_dead() {
                break;
            }
            handed.extend(step(mint, &wallet, merchant, &random).await);
        }
    }
    handed
}

/// Tokens handed to the wallet from outside.
struct Handed {
    tokens: Vec<(KeysetId, TokenMessage)>,
    value: u64,
    /// The wallet said that it has them, or will.
    accepted: bool,
}

/// Does something, whatever comes of it. Answers what was handed to the wallet from outside.
async fn step<S: Store, A: ecash_wallet::MintApi>(
    mint: &TestMint,
    wallet: &TestWallet<S, A>,
    merchant: &AccountId,
    random: &Seeded,
) -> Option<Handed> {
    let wanted = amount(10 * (1 + random.below(60)));
    match random.below(6) {
        0 | 1 => drop(wallet.withdraw(wanted).await),
        2 | 3 => drop(wallet.pay(merchant, wanted).await),
        4 => drop(wallet.resume().await),
        _ => {
            let mut giver = RawWallet::open(mint.raw()).await;
            let denomination = DENOMINATIONS[usize::try_from(random.below(3)).expect("this must work")];
            let tokens = giver.withdraw(denomination, 2).await;
            let keyset_id = giver.keyset.keyset_id.clone();
            let ids = tokens.iter().map(|token| (keyset_id.clone(), token.message())).collect();
            let result = wallet.receive(&giver.text(&mint.origin(), tokens)).await;
            let accepted = matches!(result, Ok(_) | Err(WalletError::Pending));
            return Some(Handed { tokens: ids, value: denomination * 2, accepted });
        }
    }
    None
}

/// What of the handed tokens is the wallet's: they are spent, for nobody else has them.
async fn taken(mint: &TestMint, handed: &[Handed], seed: u64) -> u64 {
    let mut taken = 0;
    for bundle in handed {
        let spent = mint.ledger.postings.spent(&bundle.tokens).await.expect("this must work");
        let all = spent.iter().all(|spent| *spent);
        assert!(
            all || spent.iter().all(|spent| !spent),
            "seed {seed}: a bundle is taken whole or not at all"
        );
        assert!(all || !bundle.accepted, "seed {seed}: what the wallet accepted it must secure");
        taken += if all { bundle.value } else { 0 };
    }
    taken
}

async fn settled<S: Store>(mint: &TestMint, store: S, seed: u64) -> TestWallet<S, HttpApi<InProcess>> {
    let device = mint.device(seed + 7_000_000);
    let wallet = Wallet::open_with_dangerous_test_keys(store, mint.api(), device, mint.origin())
        .await
        .expect("this must work");
    if !wallet.exists() {
        wallet.create().await.expect("this must work");
    }
    wallet.connect().await.expect("this must work");
    assert_eq!(
        wallet.resume().await.expect("this must work"),
        0,
        "seed {seed}: every plan ends once the mint answers"
    );
    wallet
}

/// Lives all of `seeds` at one mint. `open` opens the store of a seed, the same place each time; one
/// opening is alive at a time.
pub async fn r22_wallet_and_in_flight_equal_issued<S: Store>(
    mint: &TestMint,
    seeds: std::ops::Range<u64>,
    mut open: impl AsyncFnMut(u64) -> S,
) {
    let count = seeds.end - seeds.start;
    for seed in seeds {
        let merchant = AccountId::new(format!("merchant_{seed}")).expect("this must work");
        mint.mint.create_merchant(&merchant).await.expect("this must work");
        // A life that never ends must name its seed instead of stopping all tests.
        let handed = timeout(LIFE_TIMEOUT, live(mint, &merchant, seed, &mut open)).await;
        let handed = handed.unwrap_or_else(|_| panic!("seed {seed}: not finished after {LIFE_TIMEOUT:?}"));
        let wallet = settled(mint, open(seed).await, seed).await;

        let available = wallet.balance().available.minor();
        let account = wallet.account().await.expect("this must work").balance.minor();
        let paid = mint
            .ledger
            .accounts
            .account(&merchant)
            .await
            .expect("this must work")
            .expect("this must work")
            .balance
            .minor();
        let received = taken(mint, &handed, seed).await;
        assert_eq!(
            available + account + paid,
            FUNDS + received,
            "seed {seed}: wallet {available}, account {account}, merchant {paid}"
        );
        assert_eq!(wallet.balance().leaving.minor() + wallet.balance().arriving.minor(), 0, "seed {seed}");

        // Each activity ended, and the seed alone finds all that is left.
        if seed % 20 == 0 {
            let words = wallet.recovery_phrase().expect("this must work").join(" ");
            let device = mint.device(seed + 9_000_000);
            let fresh = MemoryStore::default();
            let again = Wallet::open_with_dangerous_test_keys(fresh, mint.api(), device, mint.origin())
                .await
                .expect("this must work");
            again.restore_from_phrase(&words).await.expect("this must work");
            again.connect().await.expect("this must work");
            again.restore().await.expect("this must work");
            assert_eq!(again.balance().available.minor(), available, "seed {seed}: restore finds everything");
        }
    }
    mint.assert_clean().await;
    let report = mint.audit().await;
    assert!(report.spent_tokens > count, "the wallets did something: {report:?}");
}
