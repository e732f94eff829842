//! The figures as tables.

use crate::limits::OpenSsl;
use crate::load::Cost;
use std::fmt::Write as _;
use std::time::Duration;

/// What no mint can be faster than, measured in the same run.
pub(crate) struct Limits {
    pub(crate) openssl: OpenSsl,
    pub(crate) fsync: Duration,
    pub(crate) empty: Cost,
}

/// One kind of work.
pub(crate) struct Row {
    pub(crate) work: &'static str,
    pub(crate) cost: Cost,
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Redemptions at one setting of the committer.
pub(crate) struct Commit {
    pub(crate) batch_size: u32,
    pub(crate) delay_us: u32,
    pub(crate) cost: Cost,
}

pub(crate) fn markdown(limits: &Limits, ledgers: &[(&str, Vec<Row>)], commits: &[Commit]) -> String {
    let mut text = String::from("| limit | |\n|---|---|\n");
    // Writing into a String cannot fail.
    let _ = writeln!(text, "| OpenSSL private operation, RSA-3072 | {:.0} µs |", limits.openssl.private_us);
    let _ = writeln!(text, "| OpenSSL public operation | {:.0} µs |", limits.openssl.public_us);
    let _ = writeln!(text, "| write of 4 KiB and fsync, median | {:.0} µs |", ms(limits.fsync) * 1e3);
    let _ = writeln!(
        text,
        "| empty HTTP request: CPU of the mint; rate | {:.0} µs; {:.0}/s |",
        limits.empty.mint_us(),
        limits.empty.per_second()
    );
    for (ledger, rows) in ledgers {
        let _ = write!(
            text,
            "\n| {ledger} | per s | p50 ms | p99 ms | CPU µs: mint | database | together | ratio |\n|---|---|---|---|---|---|---|---|\n"
        );
        for Row { work, cost } in rows {
            let _ = writeln!(
                text,
                "| {work} | {:.0} | {:.1} | {:.1} | {:.0} | {:.0} | {:.0} | {} |",
                cost.per_second(),
                ms(cost.p50),
                ms(cost.p99),
                cost.mint_us(),
                cost.database_us(),
                cost.all_us(),
                ratio(limits, work, cost)
            );
        }
    }
    let _ = write!(
        text,
        "\n| PostgreSQL: COMMIT_BATCH_SIZE | COMMIT_DELAY_US | redemptions per s | p50 ms | p99 ms | CPU µs together |\n|---|---|---|---|---|---|\n"
    );
    for Commit { batch_size, delay_us, cost } in commits {
        let _ = writeln!(
            text,
            "| {batch_size} | {delay_us} | {:.0} | {:.1} | {:.1} | {:.0} |",
            cost.per_second(),
            ms(cost.p50),
            ms(cost.p99),
            cost.all_us()
        );
    }
    text
}

/// The figure that each kind of work is judged by.
fn ratio(limits: &Limits, work: &str, cost: &Cost) -> String {
    let OpenSsl { private_us, public_us } = limits.openssl;
    if work.starts_with("blind") {
        return format!("mint ÷ private operation: {:.2}", cost.mint_us() / private_us);
    }
    if work.starts_with("withdrawal") || work.starts_with("swap") {
        return format!("together ÷ private operation: {:.2}", cost.all_us() / private_us);
    }
    if work.starts_with("verification of 100") {
        return format!("OpenSSL's public operation ÷ together: {:.2}", public_us / cost.all_us());
    }
    let floor = public_us + limits.empty.mint_us();
    format!("together ÷ (public operation + empty request): {:.2}", cost.all_us() / floor)
}
