//! Verifies the domains that merchants claim: `https://shop.example/.well-known/ecash-merchant.json` must
//! name the merchant. The file is read again every month, because the domain may have been sold.

use super::client::PublicClient;
use crate::service::{Mint, ServiceError};
use ecash_environment::FailureLog;
use ecash_ledger::{DomainCheck, DomainToCheck};
use futures_util::future::join_all;
use serde::Deserialize;
use std::sync::{Arc, Weak};
use std::time::Duration;

const CHECK_INTERVAL: Duration = Duration::from_secs(2);
/// Maximum number of domains that are checked at the same time.
const BATCH: u32 = 16;
/// Lease of a domain for the process that checks it, in seconds.
const RESERVED_S: u64 = 60;
/// A verified domain is checked again after 30 days; while checks fail, daily.
const RECHECK_S: u64 = 30 * 86_400;
const RETRY_S: u64 = 86_400;
/// Number of checks in a row that must fail before a verified domain counts as unverified.
const MAX_FAILED: u32 = 7;
/// Pause after the first failed check of a claimed domain, in seconds; doubled after each further failure.
const FIRST_PAUSE_S: u64 = 30;

#[derive(Deserialize)]
struct DomainFile {
    /// Ids of merchants. Skip invalid ids: they are not this merchant's.
    merchants: Vec<serde_json::Value>,
}

pub(super) async fn check_forever(mint: Weak<Mint>, client: Arc<PublicClient>) {
    let mut failures = FailureLog::default();
    loop {
        tokio::time::sleep(CHECK_INTERVAL).await;
        let Some(mint) = mint.upgrade() else { return };
        failures.record(
            check_due(&mint, &client).await,
            "checking the merchants' domains failed; retrying every two seconds",
        );
    }
}

async fn check_due(mint: &Mint, client: &PublicClient) -> Result<(), ServiceError> {
    let now = mint.now();
    let due = mint.deps.ledger.webhooks.domains_to_check(now, now.plus_seconds(RESERVED_S), BATCH).await?;
    let checks = due.into_iter().map(|domain| async move {
        let names_merchant = names_merchant(mint, client, &domain).await;
        let check = next_check(mint, &domain, names_merchant);
        mint.note_domain_check(domain.is_verified, check).await
    });
    join_all(checks).await.into_iter().collect()
}

async fn names_merchant(mint: &Mint, client: &PublicClient, domain: &DomainToCheck) -> bool {
    let Some(webhooks) = &mint.deps.webhooks else { return false };
    let address = format!("{}/.well-known/ecash-merchant.json", domain.origin);
    let Ok(url) = super::check_url(&address, &webhooks.allowed) else { return false };
    let Ok(answer) = client.get(url).await else { return false };
    let file: Option<DomainFile> = serde_json::from_slice(&answer.body).ok();
    answer.status == 200
        && file.is_some_and(|file| file.merchants.iter().any(|id| id == domain.merchant_id.as_str()))
}

fn next_check(mint: &Mint, domain: &DomainToCheck, names_merchant: bool) -> DomainCheck {
    let failed_checks = if names_merchant { 0 } else { domain.failed_checks.saturating_add(1) };
    let is_verified = names_merchant || (domain.is_verified && failed_checks < MAX_FAILED);
    let pause_s = match (names_merchant, is_verified) {
        (true, _) => RECHECK_S,
        (false, true) => RETRY_S,
        (false, false) => RETRY_S.min(FIRST_PAUSE_S << (failed_checks.saturating_sub(1)).min(16)),
    };
    DomainCheck {
        merchant_id: domain.merchant_id.clone(),
        origin: domain.origin.clone(),
        is_verified,
        failed_checks,
        check_at: mint.now().plus_seconds(pause_s),
    }
}
