//! Starts docker-compose.yml as documented, with images built here, in a separate engine and network.

mod engine;
mod images;

use crate::journeys;
use crate::offline::images::Docker as _;
use crate::step::{Failure, command, must, root};
use crate::tools::Tools;
use crate::two_mints::published_program;
use engine::{Engine, Network};
use std::process::Command;

/// The commands of the published description for a running system, with checks of their results.
const SCRIPT: &str = include_str!("published.sh");
/// The variables for the demo shop, as `docker compose --profile shop` and docs/containers.md set them.
const WITH_SHOP: [(&str, &str); 2] = [("COMPOSE_PROFILES", "shop"), ("WEBHOOK_ALLOW", "demo-shop:8081")];
const REMEDY: &str = "see the output above";

pub(crate) fn containers(tools: &Tools) -> Result<(), Failure> {
    engine::install()?;
    {
        let engine = Engine::start(&Network::Machine)?;
        images::build(&engine)?;
    }
    let engine = Engine::start(&Network::Apart)?;
    let up = || {
        must(
            &mut compose(&engine, &["up", "--detach", "--no-build", "--wait", "--quiet-pull"]),
            "see the output of docker compose above",
        )
    };
    // Remove the volumes of an earlier run, which contain its secrets.
    must(&mut compose(&engine, &["down", "--volumes", "--timeout", "5"]), REMEDY)?;
    let result = up().and_then(|()| use_it(&engine, tools)).and_then(|()| {
        println!("  down and up again: the data must persist");
        must(&mut compose(&engine, &["down", "--timeout", "20"]), REMEDY)?;
        up()?;
        must(&mut bash(&engine, "audit; merchant_has_50; the_shop_keeps_its_orders"), REMEDY)
    });
    if result.is_err() {
        let _ = compose(&engine, &["logs", "--no-color", "--tail", "40"]).status();
    }
    let down = must(&mut compose(&engine, &["down", "--volumes", "--timeout", "5"]), REMEDY);
    result.and(down)
}

fn use_it(engine: &Engine, tools: &Tools) -> Result<(), Failure> {
    must(&mut bash(engine, "published_commands"), REMEDY)?;
    println!("  the published program");
    let folder = root().join("target/test-mints/containers");
    // Remove the wallet of an earlier run, which belongs to another mint.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)
        .map_err(|error| Failure::new(format!("{}: {error}", folder.display()), "is the disk full?"))?;
    let program = command(root().join("target/debug/examples/published"), &[]);
    published_program(engine.inside(&program).current_dir(&folder))?;
    println!("  the browser journey, through nginx");
    let person = journeys::playwright_command(tools, &["--project=phone", "journey.spec.ts"]);
    journeys::playwright_at(engine.inside(&person), "http://localhost:8080")?;
    must(
        &mut bash(
            engine,
            "audit; merchant_has_50; the_shop_is_paid; redis_serves; requests_survive_a_killed_replica; next_keyset; env_is_applied",
        ),
        REMEDY,
    )
}

/// Returns a `docker compose` command that behaves as in a clone without a .env file, with the demo shop.
fn compose(engine: &Engine, arguments: &[&str]) -> Command {
    let mut compose = engine.docker(&[&["compose", "--env-file", "/dev/null"], arguments].concat());
    compose.envs(WITH_SHOP);
    compose
}

/// Returns a command that runs functions of published.sh in the engine's network, which has the published
/// ports.
fn bash(engine: &Engine, functions: &str) -> Command {
    println!("  {functions}");
    engine.inside(command("bash", &["-c", &format!("{SCRIPT}\n{functions}")]).envs(WITH_SHOP))
}
