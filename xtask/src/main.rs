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
cargo xtask run            install what is missing, build, serve wallet and mint on http://localhost:8080
cargo xtask run --production
                           the same behind nginx, on PostgreSQL and Redis, with keys in a SoftHSM token
cargo xtask test [STEP…]   install what is missing, run everything (or only these steps)
cargo xtask web            build the web wallet and the merchant page into dist/
cargo xtask journeys [PLAYWRIGHT ARGUMENT…]
                           run the browser journeys, or only those that the arguments choose: merchant --project=phone
cargo xtask postgres       run a PostgreSQL server for tests that are started by hand
cargo xtask bench          measure the mint on both ledgers and in production
cargo xtask measure        measure blinding in the browser
cargo xtask soak           run the long tests: 10,000 wallet lives, 2,000 simulations, faults, mutation tests, fuzzing";

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
        Some("run") => Err(Failure::new("run takes no argument except --production", HELP)),
        Some(other) => Err(Failure::new(format!("there is no command '{other}'"), HELP)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\n✗ {}\n  {}", failure.what, failure.remedy);
            ExitCode::FAILURE
        }
    }
}
