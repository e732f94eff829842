//! The developer commands of this repository. `cargo xtask` lists them.

mod api;
mod bench;
mod containers;
mod debian;
mod demo_shop;
mod docs;
mod journeys;
mod kubernetes;
mod mint;
mod offline;
mod postgres;
mod production;
mod run;
mod soak;
mod step;
mod supply;
mod test;
mod tools;
mod two_mints;
mod wasm_target;
mod web;

use std::process::ExitCode;
use step::Failure;

const HELP: &str = "\
cargo xtask run            install missing packages, build, serve wallet and mint on http://localhost:8080
cargo xtask run --production
                           the same behind nginx, on PostgreSQL and Redis, with keys in a SoftHSM token
cargo xtask test [STEP…]   install missing packages, run all steps (or only these)
cargo xtask web            build the web wallet and the merchant page into dist/
cargo xtask journeys [PLAYWRIGHT ARGUMENT…]
                           run the browser journeys, or only those that the arguments select: merchant --project=phone
cargo xtask postgres       run a PostgreSQL server, to run single tests by hand
cargo xtask bench          measure the mint on both ledgers and in production
cargo xtask measure        measure blinding in the browser
cargo xtask soak           run the long tests: 10,000 crashing wallets, 2,000 simulations, faults, mutation tests, fuzzing";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rest = arguments.get(1..).unwrap_or_default();
    let result = match arguments.first().map(String::as_str) {
        Some("run") if rest == ["--production"] => run::production(),
        Some("run") if rest.is_empty() => run::run(),
        Some("test") => test::test(rest),
        Some("web") => web::prepare().and_then(|tools| web::build(&tools)),
        Some("postgres") => postgres::serve(),
        Some("bench") => bench::bench(),
        Some("journeys") => test::journeys(rest),
        Some("measure") => test::measure(),
        Some("soak") => soak::soak(rest),
        Some(two_mints::INSIDE) => two_mints::inside(),
        Some("help" | "--help") | None => {
            println!("{HELP}");
            Ok(())
        }
        Some("run") => Err(Failure::new("run accepts no argument except --production", HELP)),
        Some(other) => Err(Failure::new(format!("unknown command '{other}'"), HELP)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\n✗ {}\n  {}", failure.what, failure.remedy);
            ExitCode::FAILURE
        }
    }
}
