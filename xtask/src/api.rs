//! Tests the API against its OpenAPI description. schemathesis generates valid requests from it, and requests
//! that violate it in one place. No response may be a server error or deviate from the description.

use crate::mint::Mint;
use crate::offline::python_package;
use crate::step::{Failure, command, must, output};

const PACKAGE: &str = "schemathesis==4.32.5";
/// Exceptions to schemathesis' checks, with reasons.
const CONFIG: &str = "xtask/src/schemathesis.toml";
/// The number of generated requests of each kind and operation.
const EXAMPLES: &str = "20";
/// A single worker. In Python 3.11, two threads that parse Python concurrently sometimes fail with "AST
/// constructor recursion depth mismatch", and schemathesis parses its own source.
const WORKERS: &str = "1";
/// Paths of event streams, which are excluded because they do not end.
const STREAMS: &str = "stream$|account/events$|payment_id}/events$";

pub(crate) fn api() -> Result<(), Failure> {
    let package = python_package(PACKAGE, "schemathesis")?;
    let mint = Mint::start("api", &[("DENOMINATIONS", "10,50")])?;
    let created = operator(&mint, &["merchant", "create", "merchant_api"])?;
    let account_token = last_word(&created)?;
    let scopes = "read,payments,refunds,payouts,webhooks,links,keys";
    let created = operator(&mint, &["merchant", "key", "create", "merchant_api", "--scopes", scopes])?;
    let api_key = last_word(&created)?;
    for (client, bearer) in
        [("an anonymous client", None), ("an account", Some(account_token)), ("a shop", Some(api_key))]
    {
        println!("  as {client}");
        let description = format!("{}/openapi.json", mint.url);
        let arguments = ["-m", "schemathesis.cli", "--config-file", CONFIG, "run", &description];
        let mut run = command("python3", &arguments);
        run.args(["--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES, "--workers", WORKERS]);
        run.args([
            "--request-timeout",
            "60",
            "--warnings",
            "off",
            "--seed",
            "1",
            "--continue-on-failure",
            "--no-color",
            "--exclude-path-regex",
            STREAMS,
        ]);
        run.args(bearer.map(|bearer| format!("--header=Authorization: Bearer {bearer}")));
        run.env("PYTHONPATH", &package);
        must(&mut run, "the output above lists each finding with its request")?;
    }
    mint.audit()
}

fn operator(mint: &Mint, arguments: &[&str]) -> Result<String, Failure> {
    let failed =
        || Failure::new(format!("ecash-mint {arguments:?} failed"), "see its log in target/test-mints/api");
    output(&mut mint.operator(arguments)).ok_or_else(failed)
}

fn last_word(text: &str) -> Result<String, Failure> {
    let word = text.split_whitespace().last().map(str::to_owned);
    word.ok_or_else(|| Failure::new("ecash-mint printed nothing", "run the command by hand"))
}
