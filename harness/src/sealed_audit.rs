//! An audit of an idle ledger: sealed first, so that I8 is checked over everything.

use crate::wait_for;
use ecash_mint::commands::audit::audit;
use ecash_mint::environment::{Clock as _, SystemClock};
use ecash_mint::ledger::audit_log::SealKey;
use ecash_mint::ledger::{AuditReport, Ledger};

/// Seals, audits, and waits until nothing is unsealed: a mint beside may be sealing at the same moment.
pub async fn sealed_audit(ledger: &dyn Ledger) -> AuditReport {
    let key = SealKey::generate().expect("a key");
    let mut report = AuditReport::default();
    wait_for("an audit log without an unsealed row", async || {
        ledger.seal(&key, SystemClock.now()).await.expect("the ledger answers");
        report = audit(ledger).await.expect("the ledger answers");
        report.unsealed_operations == 0
    })
    .await;
    report
}
