//! `ecash-mint audit`

use super::{CommandError, signed_money};
use crate::seal_memory::{AcceptedGap, SealMemory};
use crate::settings::Settings;
use crate::start::open_ledger;
use ecash_core::Currency;
use ecash_core::keys::DenominationKey;
use ecash_environment::error_chain;
use ecash_environment::program::OutputError;
use ecash_environment::say;
use ecash_environment::{Clock as _, SystemClock};
use ecash_ledger::Ed25519Key;
use ecash_ledger::audit_log::{ROWS_PER_SEAL, SealHead, SealMark};
use ecash_ledger::{
    AuditReport, BlindedHash, IfMissing, Invariant, Ledger, LedgerError, StoredKeyset, Violation,
};
use std::time::{Duration, Instant};

const PAGE: u32 = 1000;
/// How long to wait for another process that is sealing.
const SEALING_TIME: Duration = Duration::from_secs(10);

/// Seals that the ledger must contain, and the keys that may have signed them.
pub(super) struct Wanted {
    /// The newest seal must be this one.
    pub(super) expect: Option<SealMark>,
    /// The chain must contain this seal, at any position.
    pub(super) contains: Option<SealMark>,
    /// Public keys in hex, as `audit` prints them; empty: any.
    pub(super) sealed_by: Vec<String>,
}

pub(super) async fn run(settings: &Settings, json: bool, wanted: Wanted) -> Result<(), CommandError> {
    let ledger = open_ledger(settings, IfMissing::Refuse).await.map_err(CommandError::Start)?;
    let unsealed = seal_what_is_left(&ledger, settings).await;
    let mut report = audit(&ledger).await.map_err(|error| CommandError::Service(error.into()))?;
    report.violations.extend(unsealed);
    report.violations.extend(compare(&ledger, settings, &report, wanted).await?);
    let accepted = SealMemory::new(settings.seal_mark_path()).accepted().map_err(CommandError::SealMemory)?;
    if json {
        say!("{}", serde_json::to_string_pretty(&report).map_err(CommandError::Json)?)?;
    } else {
        print_table(&report, &settings.identity.currency)?;
        for AcceptedGap { lost, accepted, at } in accepted {
            let end = accepted.map_or(0, |mark| mark.seal_no);
            say!(
                "gap accepted on {at}: the operations under the seals {} to {} were lost with a restore",
                end + 1,
                lost.seal_no
            )?;
        }
    }
    match report.violations.len() {
        0 => Ok(()),
        count => Err(CommandError::Violations(count)),
    }
}

/// Compares the ledger with the newest seal that was remembered outside it, and with the seals that the
/// operator named.
async fn compare(
    ledger: &Ledger,
    settings: &Settings,
    report: &AuditReport,
    wanted: Wanted,
) -> Result<Vec<Violation>, CommandError> {
    let violation = |detail| Violation { invariant: Invariant::I8, detail };
    let mut found = Vec::new();
    let memory = SealMemory::new(settings.seal_mark_path());
    let gap = memory.gap(ledger.audit_log.as_ref()).await.map_err(CommandError::SealMemory)?;
    found.extend(gap.map(|gap| violation(gap.to_string())));
    if let Some(seal) = wanted.contains {
        let stored = ledger.audit_log.seal_mark(Some(seal.seal_no)).await;
        let stored = stored.map_err(|error| CommandError::Service(error.into()))?;
        if !stored.is_some_and(|stored| stored.is_same_seal(&seal)) {
            found.push(violation(format!("the ledger does not contain seal {seal}")));
        }
    }
    let keys = report.seal_head.iter().flat_map(|head| &head.keys);
    let is_strange = |key: &&String| !wanted.sealed_by.is_empty() && !wanted.sealed_by.contains(*key);
    found.extend(
        keys.filter(is_strange).map(|key| violation(format!("a seal is signed by another key: {key}"))),
    );
    if let Some(seal) = wanted.expect {
        let head = report.seal_head.as_ref().map(|head| format!("{}:{}", head.seal_no, head.seal_hash));
        if head.as_deref() != Some(&seal.to_string()) {
            let head = head.unwrap_or_else(|| "none".to_owned());
            found.push(violation(format!("the ledger ends with seal {head}, not with {seal}")));
        }
    }
    Ok(found)
}

/// Seals all rows, so that the audit covers every operation before it, whether or not a mint is running.
/// Returns a violation if sealing fails. Without access to the seal key, sealing is left to the mints.
async fn seal_what_is_left(ledger: &Ledger, settings: &Settings) -> Option<Violation> {
    let key = Ed25519Key::read(&settings.seal_key_path()).ok()?;
    let deadline = Instant::now() + SEALING_TIME;
    let trouble = loop {
        match ledger.audit_log.seal(&key, SystemClock.now()).await {
            Ok(Some(sealed)) if sealed < u64::from(ROWS_PER_SEAL) => return None,
            Ok(Some(_)) => {}
            // A mint is sealing, or another session holds the lock.
            Ok(None) if Instant::now() < deadline => tokio::time::sleep(Duration::from_millis(100)).await,
            Ok(None) => break "another session holds the sealer's lock".to_owned(),
            Err(error) => break error_chain(&error),
        }
    };
    Some(Violation {
        invariant: Invariant::I8,
        detail: format!("the audit log could not be sealed: {trouble}"),
    })
}

/// Checks all invariants: I5 by verifying every stored signature, the others by the ledger's queries.
///
/// # Errors
/// The ledger's failure.
pub async fn audit(ledger: &Ledger) -> Result<AuditReport, LedgerError> {
    let mut report = ledger.audit_log.audit().await?;
    for StoredKeyset { keyset, ended, .. } in ledger.keysets.keysets().await? {
        for key in keyset.keys.iter().filter(|_| !ended) {
            report.violations.extend(audit_signatures(ledger, key, &keyset.currency).await?);
        }
    }
    Ok(report)
}

async fn audit_signatures(
    ledger: &Ledger,
    key: &DenominationKey,
    currency: &Currency,
) -> Result<Vec<Violation>, LedgerError> {
    let value = currency.money(key.denomination.amount());
    let mut violations = Vec::new();
    let mut after = None;
    loop {
        let page = ledger.audit_log.issued_page(&key.key_id, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(violations) };
        after = Some(last.blinded_hash);
        for row in &page {
            // s^e must be the blinded token, whose hash is stored.
            let power = key.public.pow_e(&row.blind_signature).ok();
            if power.map(|blinded| BlindedHash::of(&blinded)) != Some(row.blinded_hash) {
                let detail = format!("a stored signature of {value} does not verify");
                violations.push(Violation { invariant: Invariant::I5, detail });
            }
        }
    }
}

fn print_table(report: &AuditReport, currency: &Currency) -> Result<(), OutputError> {
    let money = |minor| signed_money(minor, currency);
    say!("operations        {:>16}", report.operations)?;
    say!("tokens issued     {:>16}", report.issued_tokens)?;
    say!("tokens spent      {:>16}", report.spent_tokens)?;
    say!("outstanding       {:>16}", money(report.outstanding_minor))?;
    say!("on accounts       {:>16}", money(report.accounts_minor))?;
    say!("treasury          {:>16}", money(report.treasury_minor))?;
    say!("not sealed yet    {:>16}", report.unsealed_operations)?;
    if let Some(SealHead { seal_no, seal_hash, keys }) = &report.seal_head {
        say!("seals             {seal_no:>16}")?;
        say!("hash of the last  {seal_hash}")?;
        for key in keys {
            say!("sealed by         {key}")?;
        }
    }
    say!("")?;
    for invariant in Invariant::ALL {
        let found = report.violations.iter().filter(|violation| violation.invariant == invariant);
        let found: Vec<_> = found.map(|violation| &violation.detail).collect();
        let verdict = if found.is_empty() { "holds   " } else { "VIOLATED" };
        say!("{verdict} {invariant}  {}", invariant.sentence())?;
        for detail in found {
            say!("            {detail}")?;
        }
    }
    if report.violations.is_empty() {
        say!("all invariants hold (I1 to I8)")?;
    }
    Ok(())
}
