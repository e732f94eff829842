//! Failures of the signer and its hardware token: R13 (down, slow, lost), R14 (wrong signatures), R15
//! (contention).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::rsabssa::BlindedToken;
use ecash_harness::{
    Answer, BitFlipper, MintProcess, RawWallet, SoftHsm, finalize, output_requests, wait_for,
};
use ecash_signer::Signer as _;
use ecash_signer::remote::{RemoteSigner, SignerLink};
use serde_json::json;
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const MINT: &str = env!("CARGO_BIN_EXE_ecash-mint");

struct Stack {
    hsm: SoftHsm,
    mint: MintProcess,
    wallet: RawWallet,
    folder: TempDir,
}

impl Stack {
    async fn start(hsm: SoftHsm, address: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let mint = MintProcess::start(MINT, folder.path(), &[("SIGNER_URL", address)]).await;
        let wallet = RawWallet::open(mint.raw()).await;
        Self { hsm, mint, wallet, folder }
    }

    async fn hsm_is(&self, state: &str) {
        let raw = self.mint.raw();
        wait_for("the health of the signer", async || raw.get("/health", None).await.body["hsm"] == state)
            .await;
    }

    /// Asserts that withdrawals fail with `Retry-After` and payments succeed.
    async fn only_payments(&mut self, tokens: &[ecash_core::token::Token]) {
        let began = Instant::now();
        let refused = self.wallet.try_withdraw(10, 3).await.unwrap_err();
        assert!(began.elapsed() < Duration::from_secs(14), "waited {:?}", began.elapsed());
        assert_eq!((refused.status, refused.code()), (503, "unavailable"), "{refused:?}");
        assert!(refused.retry_after_s.is_some());
        let paid = self.pay(tokens).await;
        assert_eq!(paid.status, 200, "{paid:?}");
        let ready = self.wallet.client.get("/health/ready", None).await;
        assert_eq!((ready.status, ready.body["hsm"].as_str()), (200, Some("down")));
        assert_eq!(self.wallet.client.get("/health", None).await.status, 503);
    }

    async fn pay(&self, tokens: &[ecash_core::token::Token]) -> Answer {
        let body = json!({ "tokens": self.wallet.wire(tokens), "merchant_id": "merchant_demo" });
        self.wallet.client.post("/api/v1/redeem", None, None, &body).await
    }

    fn assert_clean(&self) {
        let audit =
            Command::new(MINT).arg("audit").env_clear().env("ECASH_DATA_DIR", self.folder.path()).output();
        let audit = audit.unwrap();
        assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
    }
}

#[tokio::test]
async fn r13_a_dead_signer_stops_only_withdrawals_and_is_reconnected() {
    let hsm = SoftHsm::with_keys();
    let mut signer = hsm.signer(&[]).await;
    let address = hsm.address();
    let mut stack = Stack::start(hsm, &address).await;
    let tokens = stack.wallet.withdraw(10, 2).await;
    let before = stack.wallet.balance().await;
    signer.kill();
    stack.hsm_is("down").await;
    stack.only_payments(&tokens).await;
    assert_eq!(stack.wallet.balance().await, before, "an unsigned withdrawal must not debit the account");
    let _signer = stack.hsm.signer(&[]).await;
    stack.hsm_is("ok").await;
    stack.wallet.withdraw(10, 2).await;
    stack.assert_clean();
}

#[tokio::test]
async fn r13_a_reinserted_hardware_token_is_logged_in_again() {
    let hsm = SoftHsm::with_keys();
    let mut signer = hsm.signer(&[]).await;
    let address = hsm.address();
    let mut stack = Stack::start(hsm, &address).await;
    let tokens = stack.wallet.withdraw(10, 2).await;
    // An invalid transcript that is added meanwhile must not disable the keys in use.
    std::fs::write(stack.hsm.path("keysets/key_000.json"), "no transcript").unwrap();
    stack.hsm.pull(true);
    stack.hsm_is("down").await;
    stack.only_payments(&tokens).await;
    stack.hsm.pull(false);
    stack.hsm_is("ok").await;
    stack.wallet.withdraw(10, 2).await;
    assert!(signer.runs() && signer.log().contains("hardware token works again"), "{}", signer.log());
    stack.assert_clean();
}

#[tokio::test]
async fn r13_a_hung_signer_delays_requests_only_briefly() {
    let hsm = SoftHsm::with_keys();
    let signer = hsm.signer(&[]).await;
    let address = hsm.address();
    let mut stack = Stack::start(hsm, &address).await;
    let tokens = stack.wallet.withdraw(10, 2).await;
    signer.pause(true);
    stack.hsm_is("down").await;
    stack.only_payments(&tokens).await;
    signer.pause(false);
    stack.hsm_is("ok").await;
    stack.wallet.withdraw(10, 2).await;
    stack.assert_clean();
}

#[tokio::test]
async fn a_mint_starts_before_its_signer() {
    let hsm = SoftHsm::with_keys();
    let address = hsm.address();
    let folder = TempDir::new().unwrap();
    let mint = MintProcess::start_without(MINT, folder.path(), &[("SIGNER_URL", &address)]).await;
    assert_eq!(mint.raw().get("/health", None).await.body["hsm"], "down");
    let _signer = hsm.signer(&[]).await;
    let raw = mint.raw();
    wait_for("keys", async || raw.get("/api/v1/keys", None).await.status == 200).await;
    RawWallet::open(mint.raw()).await.withdraw(50, 1).await;
}

#[tokio::test]
async fn r14_wrong_signatures_are_detected_and_not_stored() {
    let hsm = SoftHsm::with_keys();
    let _signer = hsm.signer(&[]).await;
    let spoiled = hsm.path("spoiled.sock");
    let flipper = BitFlipper::start(spoiled.clone(), hsm.path("signer.sock"), 25);
    let mut stack = Stack::start(hsm, &format!("unix:{}", spoiled.display())).await;
    let mut refused = 0;
    for _ in 0..20 {
        let before = stack.wallet.balance().await;
        let outputs = stack.wallet.outputs(10, 5);
        let body = json!({ "amount": 50, "outputs": output_requests(&outputs) });
        let answer =
            stack.wallet.client.post("/api/v1/withdraw", Some(&stack.wallet.token), None, &body).await;
        if answer.status == 200 {
            assert_eq!(finalize(&outputs, &answer.body).len(), 5);
        } else {
            assert_eq!(answer.status, 503, "{answer:?}");
            assert_eq!(stack.wallet.balance().await, before);
            refused += 1;
        }
    }
    assert!(flipper.flipped() >= 3, "the fault never happened");
    assert_eq!(refused, flipper.flipped(), "each wrong signature must fail its own request only");
    stack.assert_clean();
}

#[tokio::test(flavor = "multi_thread")]
async fn r15_every_signature_verifies_on_eight_sessions() {
    let count: u64 = std::env::var("ECASH_SOAK_SIGNATURES").map_or(400, |text| text.parse().unwrap());
    let hsm = SoftHsm::with_keys();
    let _signer = hsm.signer(&[("SIGNER_SESSIONS", "8")]).await;
    let address = hsm.address().parse().unwrap();
    let remote = || RemoteSigner::new(SignerLink::new(&address, None).unwrap());
    let keyset = remote().keysets().await.unwrap().remove(0);
    // Four mints in parallel; the client checks every signature it receives.
    let mints = (0..4).map(|mint| {
        let (signer, keyset) = (remote(), keyset.clone());
        tokio::spawn(async move {
            for batch in 0..count / 4 / 20 {
                let requests = (0..20).map(|number| {
                    let key = &keyset.keys[(number % 3) as usize];
                    let mut x = vec![1; key.public.k()];
                    x[1..9].copy_from_slice(&(mint * 1_000_000 + batch * 100 + number).to_be_bytes());
                    (key.clone(), BlindedToken::parse(&key.public, &x).unwrap())
                });
                let requests: Vec<_> = requests.collect();
                let signatures = signer.blind_sign(requests.clone()).await.unwrap();
                for ((key, blinded_token), signature) in requests.iter().zip(&signatures) {
                    let power = key.public.pow_e(signature.as_bytes()).unwrap();
                    assert_eq!(power, blinded_token.as_bytes());
                }
            }
        })
    });
    for mint in mints.collect::<Vec<_>>() {
        mint.await.unwrap();
    }
}
