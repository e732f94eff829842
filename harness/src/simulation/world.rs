//! The world of a case: two mints on one ledger, a merchant, bundles passed between wallets, and time.

use super::case::Case;
use super::happened::Happened;
use super::shared::{Answered, Bundles, Either};
use super::wallet_run::WalletRun;
use crate::{Lossy, Seeded, TestMint};
use ecash_core::AccountId;
use ecash_wallet::Store;
use ecash_wallet::api::{HttpApi, Transport};
use futures_util::future::{join, join_all};
use std::sync::{Arc, Mutex, PoisonError};

/// Opening balance of each account of a test mint, in minor units.
const FUNDS: u64 = 10_000;

pub(super) struct World<'m> {
    one: &'m TestMint,
    two: &'m TestMint,
    case: &'m Case,
    /// A name that is unique on this ledger.
    name: String,
    random: Seeded,
    merchant: AccountId,
    answered: Answered,
    bundles: Bundles,
    gifts: Arc<Mutex<Vec<String>>>,
    happened: Arc<Happened>,
}

impl<'m> World<'m> {
    pub(super) async fn new(
        one: &'m TestMint,
        two: &'m TestMint,
        case: &'m Case,
        attempt: u64,
        happened: Arc<Happened>,
    ) -> Self {
        let name = format!("{}_{attempt}", case.seed);
        let merchant = AccountId::new(format!("merchant_sim_{name}")).expect("a name");
        one.mint.create_merchant(&merchant, None).await.expect("a merchant");
        let random = Seeded::new(case.seed.wrapping_mul(7919) + 1);
        let (answered, bundles, gifts) = (Arc::default(), Arc::default(), Arc::default());
        Self { one, two, case, name, random, merchant, answered, bundles, gifts, happened }
    }

    /// Runs the wallets concurrently while time passes, settles them, and checks the invariants.
    pub(super) async fn run<S: Store>(self, open: &impl Fn(&str) -> S) {
        // 1. Run the scripts while time passes.
        let runs =
            (0..).zip(&self.case.scripts).map(|(number, script)| self.wallet_run(number, open).run(script));
        let (runs, ()) = join(join_all(runs), self.let_time_pass()).await;
        // 2. Settle each wallet, and check that no money was created or lost.
        let mut held = 0;
        for run in runs {
            held += run.settle(self.one, self.case).await;
        }
        let paid = self.balance_of_merchant().await;
        let received = self.value_received().await;
        let expected = self.case.parameters.wallets * FUNDS + received;
        assert_eq!(held + paid, expected, "held {held}, paid {paid}, received {received}");
        // 3. Check that repeated operations get the same responses, and that the ledger's invariants hold.
        self.repeat_everything().await;
        assert_eq!(self.one.audit().await.violations, []);
        if self.one.mint.keyring().keysets().len() > 1 {
            Happened::once(&self.happened.keys_changed);
        }
    }

    fn wallet_run<'w, S: Store, O: Fn(&str) -> S>(&self, number: u64, open: &'w O) -> WalletRun<'w, S, O> {
        let seed = self.case.seed * 100 + number;
        let random = Seeded::new(seed + 500_000_000);
        let either = Either {
            mints: [self.one.transport(), self.two.transport()],
            random: random.clone(),
            answered: self.answered.clone(),
        };
        WalletRun {
            open,
            store_name: format!("{}_{number}", self.name),
            device: self.one.device(seed + 50),
            api: HttpApi(Lossy::new(either, random.clone(), self.case.parameters.loss)),
            origin: self.one.origin(),
            random,
            giver: self.one.raw(),
            bundles: self.bundles.clone(),
            gifts: self.gifts.clone(),
            merchant: self.merchant.clone(),
            is_restored: true,
            happened: self.happened.clone(),
        }
    }

    /// Advances the clock in steps and rotates keys after each, in random order of the mints.
    async fn let_time_pass(&self) {
        let mut days_left = self.case.parameters.days;
        while days_left > 0 {
            for _ in 0..self.random.below(30) {
                tokio::task::yield_now().await;
            }
            // Advance by less than the announcement period of a keyset. A real mint, which rotates every
            // minute, never misses it.
            let days = self.random.below(7).min(days_left);
            days_left -= days.max(1).min(days_left);
            self.one.clock.advance_days(days);
            let (first, second) =
                if self.random.below(2) == 0 { (self.one, self.two) } else { (self.two, self.one) };
            first.mint.rotate_keys().await.expect("the keys are rotated");
            second.mint.rotate_keys().await.expect("the keys are rotated");
        }
    }

    async fn balance_of_merchant(&self) -> u64 {
        let account = self.two.ledger.accounts.account(&self.merchant).await.expect("a read");
        account.expect("the merchant").balance.minor()
    }

    /// Checks that each bundle was received completely or not at all. Returns the value of the received ones.
    async fn value_received(&self) -> u64 {
        let bundles = std::mem::take(&mut *self.bundles.lock().unwrap_or_else(PoisonError::into_inner));
        let mut received = 0;
        for bundle in bundles {
            let spent = self.one.ledger.postings.spent(&bundle.tokens).await.expect("a read");
            let all = spent.iter().all(|spent| *spent);
            assert!(
                all || spent.iter().all(|spent| !spent),
                "a bundle must be received completely or not at all"
            );
            // Pending receive plans are lost together with their device.
            assert!(
                all || !bundle.accepted || self.case.loses_devices(),
                "an accepted bundle must be received"
            );
            received += if all { bundle.value } else { 0 };
        }
        received
    }

    /// Repeats every operation that got a response, at both mints, and checks that the responses are the
    /// same.
    async fn repeat_everything(&self) {
        let answered = std::mem::take(&mut *self.answered.lock().unwrap_or_else(PoisonError::into_inner));
        for (call, reply) in answered {
            Happened::once(match call.path.as_str() {
                "/api/v1/withdraw" => &self.happened.withdrawals,
                "/api/v1/swap" => &self.happened.swaps,
                _ => &self.happened.redemptions,
            });
            for mint in [self.one, self.two] {
                let again = mint.transport().call(call.clone()).await.expect("a response");
                assert_eq!((again.status, &again.body), (200, &reply.body), "{}", call.path);
            }
        }
    }
}
