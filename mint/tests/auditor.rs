//! R20: for each of many corruptions, the audit must name the violated invariant and the row. On a clean
//! ledger it must report nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::idempotency::KeyedRoute;
use ecash_core::wire::{CreatePayoutRequest, CreateRefundRequest, MerchantPayment};
use ecash_core::{AccountId, Amount, PaymentId};
use ecash_harness::{Engine, RawWallet, TestMint, on_every_ledger, output_requests};
use ecash_ledger::postgres::PostgresLedger;
use ecash_ledger::sqlite::SqliteLedger;
use ecash_ledger::{IfMissing, Ledger, LedgerIdentity, Violation};
use ecash_mint::commands::audit::audit;
use ecash_mint::service::{PaymentOrder, PayoutDecision, Received};
use serde_json::json;
use sqlx::Executor as _;
use std::path::Path;

on_every_ledger! {
    r20_every_corruption_is_named,
}

/// SQL that corrupts the ledger, the invariant it violates, and text that the audit's report must contain.
struct Corruption(&'static str, &'static str, &'static str);

const CUSTOMER: &str =
    "(SELECT account_id FROM accounts WHERE role = 'customer' ORDER BY account_id LIMIT 1)";
const ACCOUNT_ENTRY: &str = "(SELECT min(entry_id) FROM entries WHERE account_id IS NOT NULL)";
const KEY_ENTRY: &str = "(SELECT min(entry_id) FROM entries WHERE key_id IS NOT NULL)";
const REDEMPTION: &str = "(SELECT operation_id FROM operations WHERE kind = 'redeem')";
const SWAP: &str = "(SELECT operation_id FROM operations WHERE kind = 'swap')";
const TEN: &str = "(SELECT key_id FROM keys WHERE keyset_id = 'key_001' AND denomination_minor = 10)";
const FIFTY: &str = "(SELECT key_id FROM keys WHERE keyset_id = 'key_001' AND denomination_minor = 50)";

/// `{…}` are the subqueries above; `{16}`, `{32}`, `{64}` and `{128}` are that many bytes that occur nowhere
/// else.
const CORRUPTIONS: [Corruption; 58] = [
    Corruption(
        "UPDATE accounts SET balance_minor = 9007199254740992 WHERE account_id = {CUSTOMER}",
        "I2",
        "holds 9007199254740992, more than any amount",
    ),
    Corruption(
        "UPDATE accounts SET balance_minor = balance_minor + 7 WHERE account_id = {CUSTOMER}",
        "I2",
        "holds 9907, its entries sum to 9900",
    ),
    Corruption(
        "UPDATE accounts SET balance_minor = balance_minor - 7 WHERE account_id = 'merchant_demo'",
        "I2",
        "holds 13, its entries sum to 20",
    ),
    Corruption(
        "UPDATE accounts SET balance_minor = balance_minor + 7 WHERE account_id = 'treasury'",
        "I2",
        "all entries sum to 7, not to zero",
    ),
    Corruption(
        "UPDATE accounts SET balance_minor = 7 WHERE account_id = 'expired'",
        "I2",
        "account expired holds 7",
    ),
    Corruption(
        "UPDATE entries SET change_minor = change_minor + 7 WHERE entry_id = {ACCOUNT_ENTRY}",
        "I2",
        "sums to 7",
    ),
    Corruption("DELETE FROM entries WHERE entry_id = {ACCOUNT_ENTRY}", "I2", "its entries sum to"),
    Corruption(
        "UPDATE entries SET account_id = 'expired' WHERE entry_id = {ACCOUNT_ENTRY}",
        "I2",
        "account expired holds 0",
    ),
    Corruption("DELETE FROM entries WHERE entry_id = {KEY_ENTRY}", "I2", "sums to -100"),
    Corruption(
        "UPDATE entries SET operation_id = {16} WHERE entry_id = {KEY_ENTRY}",
        "I2",
        "entry row of missing operation",
    ),
    Corruption(
        "DELETE FROM spent WHERE operation_id = {REDEMPTION}",
        "I3",
        "moved 0 in tokens, its entries say -50",
    ),
    Corruption(
        "INSERT INTO spent (keyset_id, spent_id, key_id, operation_id) VALUES ('key_001', {32}, {FIFTY}, {REDEMPTION})",
        "I3",
        "moved -100 in tokens, its entries say -50",
    ),
    Corruption(
        "UPDATE spent SET key_id = {TEN} WHERE operation_id = {REDEMPTION}",
        "I3",
        "moved -10 in tokens, its entries say 0",
    ),
    Corruption(
        "UPDATE spent SET operation_id = {16} WHERE operation_id = {REDEMPTION}",
        "I2",
        "spent row of missing operation",
    ),
    Corruption(
        "UPDATE spent SET key_id = {32} WHERE operation_id = {REDEMPTION}",
        "I2",
        "spent row of missing operation or key",
    ),
    Corruption(
        "DELETE FROM issued WHERE operation_id = {SWAP}",
        "I3",
        "moved 0 in tokens, its entries say 50",
    ),
    Corruption("DELETE FROM issued WHERE key_id = {FIFTY}", "I1", "key of 50 in key_001: 2 spent, 0 issued"),
    Corruption(
        "INSERT INTO issued (keyset_id, key_id, blinded_hash, blind_signature, operation_id) VALUES ('key_001', {TEN}, {32}, {128}, {SWAP})",
        "I3",
        "moved 60 in tokens, its entries say 50",
    ),
    Corruption(
        "UPDATE issued SET blind_signature = {128} WHERE operation_id = {SWAP}",
        "I5",
        "a stored signature of 10 DEMO does not verify",
    ),
    Corruption(
        "UPDATE issued SET blinded_hash = {32} WHERE blinded_hash = (SELECT blinded_hash FROM issued WHERE operation_id = {SWAP} ORDER BY blinded_hash LIMIT 1)",
        "I5",
        "a stored signature of 10 DEMO does not verify",
    ),
    Corruption(
        "INSERT INTO spent (keyset_id, spent_id, key_id, operation_id) SELECT 'key_002', spent_id, key_id, operation_id FROM spent WHERE operation_id = {REDEMPTION}",
        "I4",
        "occurs 2 times",
    ),
    Corruption(
        "INSERT INTO issued (keyset_id, key_id, blinded_hash, blind_signature, operation_id) SELECT 'key_002', key_id, blinded_hash, blind_signature, operation_id FROM issued WHERE operation_id = {SWAP}",
        "I4",
        "was signed 2 times",
    ),
    Corruption("UPDATE operations SET request_digest = NULL WHERE kind = 'swap'", "I6", "claim idem:"),
    Corruption("UPDATE claims SET operation_id = {16} WHERE claim LIKE 'idem:%'", "I6", "claim idem:"),
    Corruption("UPDATE outbox SET operation_id = {16}", "I7", "event "),
    Corruption("DELETE FROM settlements WHERE state = 'paid'", "I7", "has a settlement or a claim"),
    Corruption("DELETE FROM claims WHERE claim LIKE 'payment:%'", "I7", "has a settlement or a claim"),
    Corruption(
        "UPDATE settlements SET operation_id = {SWAP} WHERE state = 'paid'",
        "I7",
        "its merchant was not credited amount and tip",
    ),
    Corruption("UPDATE payments SET amount_minor = 60", "I7", "its merchant was not credited amount and tip"),
    Corruption("UPDATE settlements SET tip_minor = 10 WHERE state = 'paid'", "I7", "not credited amount and tip"),
    Corruption(
        "UPDATE settlements SET state = 'paid' WHERE state = 'cancelled'",
        "I7",
        "order 1042 of merchant_demo is paid 2 times",
    ),
    Corruption("DELETE FROM open_payments", "I7", "is listed as open and has ended, or the reverse"),
    Corruption("UPDATE refunds SET amount_minor = 20 WHERE number = 1", "I7", "moved its amount from the merchant"),
    Corruption("DELETE FROM claims WHERE claim LIKE 'refund:%:1'", "I7", "moved its amount from the merchant"),
    Corruption("DELETE FROM claims WHERE claim LIKE 'refund-end:%'", "I7", "has an end or a claim"),
    Corruption("DELETE FROM refund_ends", "I7", "has an end or a claim"),
    Corruption("UPDATE refund_ends SET operation_id = {SWAP}", "I7", "has an end or a claim"),
    Corruption("UPDATE refunds SET amount_minor = 60 WHERE number = 2", "I7", "is refunded by more than was paid"),
    Corruption("UPDATE settlements SET state = 'cancelled', refund_commitment = NULL WHERE state = 'paid'", "I7", "is refunded by more than was paid"),
    Corruption("UPDATE payouts SET amount_minor = 20", "I7", "was not moved from its merchant"),
    Corruption("DELETE FROM payout_ends", "I7", "the account payouts holds"),
    Corruption("DELETE FROM claims WHERE claim LIKE 'payout-end:%'", "I7", "was not moved from its merchant"),
    Corruption("UPDATE payout_ends SET how = 'settled'", "I7", "was not moved from its merchant"),
    Corruption("DELETE FROM open_refunds", "I7", "is listed as open and has ended, or the reverse"),
    Corruption(
        "UPDATE entries SET account_id = 'expired' WHERE account_id = 'refunds' AND change_minor = 30;
         UPDATE accounts SET balance_minor = balance_minor - 30 WHERE account_id = 'refunds';
         UPDATE accounts SET balance_minor = balance_minor + 30 WHERE account_id = 'expired'",
        "I7",
        "the account refunds holds 0, the open refunds are 30",
    ),
    Corruption(
        "INSERT INTO open_payments (payment_id, merchant_id, expires_at) SELECT payment_id, 'merchant_demo', 1 FROM settlements WHERE state = 'paid'",
        "I7",
        "is listed as open and has ended, or the reverse",
    ),
    // Money moved from one account to another with all sums correct: only the audit log detects it.
    Corruption(
        "UPDATE entries SET account_id = 'expired' WHERE account_id = 'merchant_demo';
         UPDATE accounts SET balance_minor = 20 - balance_minor WHERE account_id IN ('merchant_demo', 'expired')",
        "I8",
        "differs from its row in the audit log",
    ),
    Corruption(
        "UPDATE operations SET at = at + 60 WHERE kind = 'redeem'",
        "I8",
        "differs from its row in the audit log",
    ),
    Corruption("DELETE FROM audit_log WHERE operation_id = {SWAP}", "I8", "has 0 rows in the audit log"),
    Corruption(
        "INSERT INTO audit_log (operation_id, kind) SELECT operation_id, kind FROM operations WHERE kind = 'swap'",
        "I8",
        "has 2 rows in the audit log",
    ),
    Corruption("INSERT INTO audit_log (operation_id, kind) VALUES ({16}, 'fund')", "I8", "which is missing"),
    Corruption(
        "UPDATE audit_log SET digest = NULL WHERE operation_id = {SWAP}",
        "I8",
        "has no digest in the audit log",
    ),
    Corruption(
        "UPDATE audit_log SET kind = 'fund' WHERE operation_id = {SWAP}",
        "I8",
        "the rows under seal 2 differ from those that were sealed",
    ),
    Corruption(
        "UPDATE audit_log SET seal_no = NULL WHERE operation_id = {SWAP}",
        "I8",
        "seal 2 covers 1 row(s), but 0 exist",
    ),
    Corruption(
        "UPDATE audit_log SET seal_no = 7 WHERE operation_id = {SWAP}",
        "I8",
        "names seal 7, which is missing",
    ),
    Corruption("UPDATE seals SET signature = {64} WHERE seal_no = 2", "I8", "the signature of seal 2"),
    Corruption(
        "UPDATE seals SET at = at - 60 WHERE seal_no = 2",
        "I8",
        "seal 2 does not follow from the seal before it",
    ),
    Corruption("DELETE FROM seals WHERE seal_no = 1", "I8", "seal 1 is missing: the next one is 2"),
];

/// Creates a payment of 50 of an order.
async fn create_payment(mint: &TestMint, order_ref: &str) -> MerchantPayment {
    let order = PaymentOrder {
        merchant_id: AccountId::new("merchant_demo").unwrap(),
        amount: Amount::new(50).unwrap(),
        tip_max: Amount::ZERO,
        description: format!("Order {order_ref}"),
        order_ref: Some(order_ref.to_owned()),
        is_split: false,
        details_box: None,
        details_hash: None,
        metadata: None,
        return_url: None,
        expires_in_s: 30 * 86_400,
    };
    let received = Received::new(KeyedRoute::Payments, Some(&order.merchant_id), None, [0; 32]);
    mint.mint.create_payment(received, order).await.unwrap()
}

/// Refunds 10 and 30 of a payment. The first one goes back to the merchant.
async fn refund(mint: &TestMint, payment_id: &PaymentId) {
    let merchant = AccountId::new("merchant_demo").unwrap();
    for (number, minor) in [(1, 10), (2, 30)] {
        let received = Received::new(KeyedRoute::Refunds, Some(&merchant), None, [number; 32]);
        let request = CreateRefundRequest { amount: Some(Amount::new(minor).unwrap()), reason: None };
        mint.mint.create_refund(received, &merchant, payment_id, &request).await.unwrap();
        if number == 1 {
            mint.clock.advance_days(1);
            mint.mint.return_refunds(10).await.unwrap();
        }
    }
}

/// A payout of 10 that was rejected.
async fn payout(mint: &TestMint) {
    let merchant = AccountId::new("merchant_demo").unwrap();
    let received = Received::new(KeyedRoute::Payouts, Some(&merchant), None, [3; 32]);
    let request = CreatePayoutRequest { amount: Amount::new(10).unwrap(), reference: None };
    let payout = mint.mint.request_payout(received, &merchant, &request).await.unwrap();
    let decision = PayoutDecision::Reject("closed".to_owned());
    mint.mint.end_payout(&payout.payout_id, decision).await.unwrap();
}

/// A mint with operations in two epochs, two payments of one order, paid and cancelled, an open one, two
/// refunds and a payout.
async fn busy_mint(engine: Engine) -> TestMint {
    let mint =
        TestMint::start_on_with(engine, &[("DENOMINATIONS", "10,50"), ("REFUND_CLAIM_DAYS", "1")]).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(50, 2).await;
    let wire = wallet.wire(&tokens);
    let cancelled = create_payment(&mint, "1042").await;
    let merchant = AccountId::new("merchant_demo").unwrap();
    mint.mint.cancel_payment(&merchant, &cancelled.payment_id).await.unwrap();
    let paid = create_payment(&mint, "1042").await;
    create_payment(&mint, "1043").await;
    let commitment = ecash_core::base64url::encode(&[7; 32]);
    let redeem =
        json!({ "tokens": [wire[0]], "payment_id": paid.payment_id, "refund_commitment": commitment });
    assert_eq!(mint.raw().post("/api/v1/redeem", None, None, &redeem).await.status, 200);
    refund(&mint, &paid.payment_id).await;
    payout(&mint).await;
    mint.mint.seal().await.unwrap();
    let outputs = wallet.outputs(10, 5);
    let swap = json!({ "tokens": [wire[1]], "outputs": output_requests(&outputs) });
    let swapped = mint.raw().post("/api/v1/swap", None, Some("idempotency-key-000001"), &swap).await;
    assert_eq!(swapped.status, 200);
    mint.mint.seal().await.unwrap();
    mint.clock.advance_days(25);
    mint.mint.rotate_keys().await.unwrap();
    mint
}

fn statement(corruption: &str, engine: Engine) -> String {
    let mut sql = corruption.to_owned();
    let subqueries = [
        ("{CUSTOMER}", CUSTOMER),
        ("{ACCOUNT_ENTRY}", ACCOUNT_ENTRY),
        ("{KEY_ENTRY}", KEY_ENTRY),
        ("{REDEMPTION}", REDEMPTION),
        ("{SWAP}", SWAP),
        ("{TEN}", TEN),
        ("{FIFTY}", FIFTY),
    ];
    for (name, subquery) in subqueries {
        sql = sql.replace(name, subquery);
    }
    for length in [16, 32, 64, 128] {
        let bytes = match engine {
            Engine::Sqlite => format!("x'{}'", "ab".repeat(length)),
            Engine::Postgres => format!("'\\x{}'::bytea", "ab".repeat(length)),
        };
        sql = sql.replace(&format!("{{{length}}}"), &bytes);
    }
    sql
}

/// Disables SQLite's own checks, as anyone with write access to the file can.
const UNGUARDED: &str = "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;
    DROP TRIGGER accounts_balance_limit; DROP TRIGGER audit_log_sealed_once; DROP TRIGGER audit_log_kept;
    DROP TRIGGER seals_unchanged; DROP TRIGGER seals_kept";

async fn violations(ledger: &Ledger) -> Vec<Violation> {
    audit(ledger).await.unwrap().violations
}

/// Corrupts a copy of the ledger and returns the violations that the audit reports.
async fn audited(mint: &TestMint, engine: Engine, folder: &Path, sql: Option<String>) -> Vec<Violation> {
    let identity: &LedgerIdentity = &mint.settings.identity;
    match engine {
        Engine::Sqlite => {
            let url = format!("sqlite://{}", mint.folder().join("ledger.db").display());
            let original = sqlx::SqlitePool::connect(&url);
            let path = folder.join("copy.db");
            let _ = std::fs::remove_file(&path);
            let copy = format!("VACUUM INTO '{}'", path.display());
            original.await.unwrap().execute(copy.as_str()).await.unwrap();
            if let Some(sql) = sql {
                let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", path.display())).await.unwrap();
                let corrupt = format!("{UNGUARDED}; {sql}");
                let done = pool.execute(corrupt.as_str()).await.unwrap();
                assert!(done.rows_affected() > 0, "{sql}");
                pool.close().await;
            }
            let ledger = SqliteLedger::open(&path, identity, IfMissing::Create).await.unwrap();
            let ledger = Ledger::new(ledger);
            violations(&ledger).await
        }
        Engine::Postgres => {
            let copy = mint.database.as_ref().unwrap().copy().await;
            if let Some(sql) = sql {
                let corrupt = format!(
                    "SET session_replication_role = replica;
                     ALTER TABLE accounts DROP CONSTRAINT accounts_balance_limit; {sql}"
                );
                let done = copy.connect().await.execute(corrupt.as_str()).await.unwrap();
                assert!(done.rows_affected() > 0, "{sql}");
            }
            violations(&Ledger::new(
                PostgresLedger::open(&copy.settings(), identity, IfMissing::Create).await.unwrap(),
            ))
            .await
        }
    }
}

async fn r20_every_corruption_is_named(engine: Engine) {
    let mint = busy_mint(engine).await;
    let folder = tempfile::TempDir::new().unwrap();
    assert_eq!(audited(&mint, engine, folder.path(), None).await, [], "a clean ledger has no violations");
    for Corruption(corruption, invariant, said) in &CORRUPTIONS {
        let found = audited(&mint, engine, folder.path(), Some(statement(corruption, engine))).await;
        let named = found.iter().any(|v| v.invariant.to_string() == *invariant && v.detail.contains(said));
        assert!(
            named,
            "{corruption}\n  must be named as {invariant} '{said}', but the audit says {found:#?}"
        );
    }
}
