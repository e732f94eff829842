//! `POST /api/v1/withdraw`

use super::KEY;
use super::refusal::{assert_refused, case};
use ecash_core::base64url;
use ecash_core::wire::ErrorCode;
use ecash_harness::{Engine, RawWallet, TestMint, finalize, on_every_ledger, output_requests};
use serde_json::{Value, json};

on_every_ledger! {
    withdrawals_without_an_account_are_refused,
    malformed_withdrawals_are_refused,
    outputs_that_cannot_be_signed_are_refused,
    withdrawals_beyond_the_balance_or_signed_before_are_refused,
    the_short_form_of_the_published_api_is_accepted,
    a_change_of_keys_asks_for_key_ids_and_ends_issuing,
    r4_a_hundred_repeats_in_parallel_and_after_a_restart_are_one_operation,
}

const PATH: &str = "/api/v1/withdraw";

async fn withdrawals_without_an_account_are_refused(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let body = json!({ "amount": 20, "outputs": output_requests(&wallet.outputs(10, 2)) });
    let stranger = base64url::encode(&[9; 32]);
    for token in [None, Some("AAAA"), Some(stranger.as_str())] {
        let refused = case("no valid account token", body.clone(), ErrorCode::Unauthorized);
        assert_refused(&mint, PATH, token, [refused]).await;
    }
}

async fn malformed_withdrawals_are_refused(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let outputs = output_requests(&wallet.outputs(10, 2));
    let many: Vec<_> = (0..129).map(|_| outputs[0].clone()).collect();
    let both_forms = json!({ "amount": 20, "denomination": 10, "blinded_tokens": [], "outputs": [] });
    let text = json!({ "amount": "20", "outputs": outputs });
    let twice = json!({ "amount": 20, "outputs": [outputs[0], outputs[0]] });
    let cases = [
        case("unequal sums", json!({ "amount": 30, "outputs": outputs }), ErrorCode::AmountMismatch),
        case("no outputs", json!({ "amount": 20 }), ErrorCode::MalformedRequest),
        case("both forms at once", both_forms, ErrorCode::MalformedRequest),
        case("an amount as text", text, ErrorCode::MalformedRequest).in_field("amount"),
        case("an empty list", json!({ "amount": 0, "outputs": [] }), ErrorCode::TooManyItems),
        case("129 outputs", json!({ "amount": 1290, "outputs": many }), ErrorCode::TooManyItems),
        case("an output twice", twice, ErrorCode::DuplicateToken).at_index(1),
    ];
    assert_refused(&mint, PATH, Some(&wallet.token), cases).await;
}

async fn outputs_that_cannot_be_signed_are_refused(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let good = wallet.outputs(10, 1);
    let requests = output_requests(&good);
    let output = |key_id: Value, blinded_token: Value| json!({ "amount": 10, "outputs": [{ "key_id": key_id, "blinded_token": blinded_token }] });
    let n = good.key().public.n().to_vec();
    let k = good.key().public.k();
    let number = |last: u8| [vec![0; k - 1], vec![last]].concat();
    let mut minus_one = n.clone();
    *minus_one.last_mut().unwrap() -= 1;
    let out_of_range = [
        ("0", number(0)),
        ("1", number(1)),
        ("n − 1", minus_one),
        ("n", n),
        ("more than n", vec![255; k]),
        ("one byte too few", vec![2; k - 1]),
        ("no bytes", Vec::new()),
    ];
    let mut cases: Vec<_> = out_of_range
        .into_iter()
        .map(|(what, bytes)| {
            let body = output(requests[0]["key_id"].clone(), json!(base64url::encode(&bytes)));
            case(what, body, ErrorCode::BlindedTokenOutOfRange).at_index(0)
        })
        .collect();
    let blinded = requests[0]["blinded_token"].clone();
    let unknown = output(json!(base64url::encode(&[1; 32])), blinded.clone());
    cases.push(case("an unknown key", unknown, ErrorCode::UnknownKey));
    let odd = json!({ "amount": 7, "denomination": 7, "blinded_tokens": [blinded] });
    cases.push(case("no such denomination", odd, ErrorCode::UnsupportedDenomination));
    assert_refused(&mint, PATH, Some(&wallet.token), cases).await;
}

async fn withdrawals_beyond_the_balance_or_signed_before_are_refused(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let token = wallet.token.clone();
    let rich = json!({ "amount": 11_000, "outputs": output_requests(&wallet.outputs(1000, 11)) });
    let too_much = case("more than the balance", rich, ErrorCode::InsufficientBalance);
    assert_refused(&mint, PATH, Some(&token), [too_much]).await;

    let body = json!({ "amount": 20, "outputs": output_requests(&wallet.outputs(10, 2)) });
    assert_eq!(mint.raw().post(PATH, Some(&token), Some(KEY), &body).await.status, 200);
    let again = case("signed before, without the key", body, ErrorCode::BlindedTokenAlreadySigned);
    assert_refused(&mint, PATH, Some(&token), [again]).await;
    assert_eq!(wallet.balance().await, 9_980);
}

async fn the_short_form_of_the_published_api_is_accepted(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let short = output_requests(&wallet.outputs(50, 2));
    let blinded: Vec<_> = short.as_array().unwrap().iter().map(|o| o["blinded_token"].clone()).collect();
    let body = json!({ "amount": 100, "denomination": 50, "blinded_tokens": blinded });
    let answer = mint.raw().post(PATH, Some(&wallet.token), None, &body).await;
    assert_eq!((answer.status, answer.body["blind_signatures"].as_array().unwrap().len()), (200, 2));
    assert!(answer.body["expires_at"].as_str().unwrap().ends_with('Z'));
}

async fn a_change_of_keys_asks_for_key_ids_and_ends_issuing(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let outputs = output_requests(&wallet.outputs(10, 1));
    mint.clock.advance_days(29);
    let short = json!({ "amount": 10, "denomination": 10, "blinded_tokens": [outputs[0]["blinded_token"]] });
    let unnamed = case("a day before the change", short, ErrorCode::KeyIdRequired);
    assert_refused(&mint, PATH, Some(&wallet.token), [unnamed]).await;
    mint.clock.advance_days(1);
    let long = json!({ "amount": 10, "outputs": outputs });
    let late = case("after the change", long, ErrorCode::KeyNotIssuing);
    assert_refused(&mint, PATH, Some(&wallet.token), [late]).await;
}

async fn r4_a_hundred_repeats_in_parallel_and_after_a_restart_are_one_operation(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let outputs = wallet.outputs(100, 3);
    let body = json!({ "amount": 300, "outputs": output_requests(&outputs), "a later field": [1, 2] });
    let replica = mint.replica(|ledger| ledger).await;
    let mut tasks = tokio::task::JoinSet::new();
    for index in 0..100 {
        let client = if index % 2 == 0 { mint.raw() } else { replica.raw() };
        let (token, body) = (wallet.token.clone(), body.clone());
        tasks.spawn(async move { client.post(PATH, Some(&token), Some(KEY), &body).await });
    }
    let answers = tasks.join_all().await;
    assert!(answers.iter().all(|answer| *answer == answers[0]), "equal status and JSON");
    assert_eq!(answers[0].status, 200);
    assert_eq!(finalize(&outputs, &answers[0].body).len(), 3);
    assert_eq!(wallet.balance().await, 9_700);

    let restarted = mint.restart().await;
    let again = restarted.raw().post(PATH, Some(&wallet.token), Some(KEY), &body).await;
    assert_eq!(again, answers[0]);
    // A repeat still succeeds when the keys no longer issue.
    mint.clock.advance_days(40);
    let later = mint.raw().post(PATH, Some(&wallet.token), Some(KEY), &body).await;
    assert_eq!(later, answers[0]);

    let other = json!({ "amount": 300, "outputs": output_requests(&outputs) });
    let reused = mint.raw().post(PATH, Some(&wallet.token), Some(KEY), &other).await;
    assert_eq!((reused.status, reused.code()), (409, "idempotency_key_reused"));
    mint.assert_clean().await;
}
