//! `cargo xtask bench`: measures the mint, embedded and in production, in one run. For comparison, measures
//! OpenSSL, an fsync and an empty request. Writes docs/benchmarks.md with its pictures and raw figures.
//! Timings never fail a test. `cargo run -p ecash-bench -- redraw` rewrites the page and its pictures from
//! the stored figures.
#![allow(clippy::expect_used, clippy::panic, reason = "a measurement that fails must panic")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures for display need no precision"
)]

mod cpu;
mod figures;
mod limits;
mod listeners;
mod load;
mod mint;
mod picture;
mod production;
mod report;
mod work;

use ecash_harness::TestDatabase;
use figures::Table;
use report::Report;
use std::path::PathBuf;

#[tokio::main]
async fn main() {
    let variable =
        |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name}: run cargo xtask bench"));
    if std::env::args().nth(1).as_deref() == Some("redraw") {
        let docs = PathBuf::from("docs");
        let report = Report::read(&docs).expect("figures of an earlier run in docs/benchmarks");
        return report.write(&docs).expect("the report is written");
    }
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let binary = variable("ECASH_BENCH_MINT");
    let database_pid = variable("ECASH_BENCH_POSTGRES_PID").parse().ok();
    let stack = production::Stack::from_environment();
    eprintln!("measuring the limits: openssl speed, fsync");
    let (openssl, fsync_us) = (limits::openssl(), limits::fsync_us(folder.path()));

    let (targets, (production, production_empty)) =
        (production::measure_targets(&stack).await, production::measure(&stack).await);
    let (sqlite, empty) = mint::measure(&binary, &folder.path().join("sqlite"), None, None).await;
    let database = TestDatabase::create().await;
    let url = database.url();
    let (postgres, _) =
        mint::measure(&binary, &folder.path().join("postgres"), Some(&url), database_pid).await;
    let listening = vec![
        mint::listeners(&binary, &folder.path().join("listeners")).await,
        production::listeners(&stack).await,
    ];
    let commits = mint::committer(&binary, folder.path(), database_pid).await;
    let report = Report {
        machine: variable("ECASH_BENCH_MACHINE"),
        openssl,
        fsync_us,
        empty,
        production_empty,
        targets,
        tables: vec![
            Table { name: "SQLite".into(), rows: sqlite },
            Table { name: "PostgreSQL".into(), rows: postgres },
            Table { name: "production".into(), rows: production },
        ],
        listening,
        commits,
    };
    report.write(&PathBuf::from(variable("ECASH_BENCH_DOCS"))).expect("the report is written");
}
