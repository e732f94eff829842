//! Audits an idle ledger. Seals the audit log first, so that invariant I8 covers every operation.

use crate::wait_for;
use ecash_environment::{Clock as _, SystemClock};
use ecash_ledger::Ed25519Key;
use ecash_ledger::{AuditReport, Ledger};
use ecash_mint::commands::audit::audit;

/// Seals and audits until no operation is unsealed. One round may not suffice, because another mint may be
/// sealing too.
pub async fn sealed_audit(ledger: &Ledger) -> AuditReport {
    let key = Ed25519Key::generate().expect("a key");
    let mut report = AuditReport::default();
    wait_for("a completely sealed audit log", async || {
        ledger.audit_log.seal(&key, SystemClock.now()).await.expect("the ledger responds");
        report = audit(ledger).await.expect("the ledger responds");
        report.unsealed_operations == 0
    })
    .await;
    report
}
