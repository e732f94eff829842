//! The kinds of work, as prepared requests.

use crate::load::Request;
use ecash_harness::{RawClient, RawWallet, output_requests};
use serde_json::{Value, json};

/// The only denomination in use, in minor units.
const DENOMINATION: u64 = 10;
/// The number of tokens that the funds of a demo account suffice for.
const PER_ACCOUNT: usize = 900;

pub(crate) fn empty() -> Request {
    Request { path: "/health/live", token: None, body: None }
}

pub(crate) fn redemption(token: &Value) -> Request {
    post("/api/v1/redeem", json!({ "tokens": [token], "merchant_id": "merchant_demo" }))
}

/// Returns the request by which a shop creates a payment of one token.
pub(crate) fn creation(key: &str) -> Request {
    let body = json!({ "amount": DENOMINATION, "description": "Coffee" });
    Request { path: "/api/v1/merchant/payments", token: Some(key.to_owned()), body: Some(body) }
}

/// Returns the redemption that pays a payment. The mint signs a receipt for it.
pub(crate) fn payment(token: &Value, payment_id: &Value) -> Request {
    post("/api/v1/redeem", json!({ "tokens": [token], "payment_id": payment_id }))
}

pub(crate) fn verification(token: &Value) -> Request {
    post("/api/v1/verify", json!({ "token": token }))
}

pub(crate) fn verifications(tokens: &[Value]) -> Request {
    post("/api/v1/verify", json!({ "tokens": tokens }))
}

fn post(path: &'static str, body: Value) -> Request {
    Request { path, token: None, body: Some(body) }
}

pub(crate) fn withdrawal(wallet: &mut RawWallet, count: usize) -> Request {
    let outputs = wallet.outputs(DENOMINATION, count as u64);
    let amount = DENOMINATION * count as u64;
    let body = json!({ "amount": amount, "outputs": output_requests(&outputs) });
    Request { path: "/api/v1/withdraw", token: Some(wallet.token.clone()), body: Some(body) }
}

pub(crate) fn swap(wallet: &mut RawWallet, token: &Value) -> Request {
    let outputs = wallet.outputs(DENOMINATION, 1);
    post("/api/v1/swap", json!({ "tokens": [token], "outputs": output_requests(&outputs) }))
}

/// Withdraws `count` tokens, and returns them in their wire form.
pub(crate) async fn tokens(wallet: &mut RawWallet, count: usize) -> Vec<Value> {
    let mut tokens = Vec::new();
    while tokens.len() < count {
        tokens.extend(wallet.withdraw(DENOMINATION, (count - tokens.len()).min(100) as u64).await);
    }
    let wire = wallet.wire(&tokens);
    wire.iter().map(|token| serde_json::to_value(token).expect("JSON")).collect()
}

/// Withdraws `count` tokens from as many accounts as needed, two accounts at a time.
pub(crate) async fn many_tokens(client: &RawClient, count: usize) -> Vec<Value> {
    let accounts: Vec<usize> = (0..count.div_ceil(PER_ACCOUNT))
        .map(|account| PER_ACCOUNT.min(count - account * PER_ACCOUNT))
        .collect();
    let mut withdrawn = Vec::with_capacity(count);
    for pair in accounts.chunks(2) {
        let mut working = tokio::task::JoinSet::new();
        for count in pair.iter().copied() {
            let client = client.clone();
            working.spawn(async move { tokens(&mut RawWallet::open(client).await, count).await });
        }
        withdrawn.extend(working.join_all().await.into_iter().flatten());
    }
    withdrawn
}

/// Prepares `count` withdrawals of one token each.
pub(crate) async fn many_withdrawals(client: &RawClient, count: usize) -> Vec<Request> {
    let mut requests = Vec::with_capacity(count);
    while requests.len() < count {
        let mut wallet = RawWallet::open(client.clone()).await;
        let more = PER_ACCOUNT.min(count - requests.len());
        requests.extend((0..more).map(|_| withdrawal(&mut wallet, 1)));
    }
    requests
}
