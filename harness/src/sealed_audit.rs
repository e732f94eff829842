//! An audit of an idle ledger. The audit log is sealed first, so that invariant I8 covers every operation.

use crate::wait_for;
use ecash_environment::{Clock as _, SystemClock};
use ecash_ledger::Ed25519Key;
use ecash_ledger::{AuditReport, Ledger};
use ecash_mint::commands::audit::audit;

/// Seals and audits until nothing is unsealed, because another mint may be sealing at the same time.
pub async fn sealed_audit(ledger: &Ledger) -> AuditReport {
    let key = Ed25519Key::generate().expect("a key");
    let mut report = AuditReport::default();
    wait_for("an audit log without an unsealed row", async || {
        ledger.audit_log.seal(&key, SystemClock.now()).await.expect("the ledger answers");
        report = audit(ledger).await.expect("the ledger answers");
        report.unsealed_operations == 0
    })
    .await;
    report
}
