//! Two mints on one PostgreSQL database, as an operator would start them. A browser uses one mint while the
//! published program uses the other. The program always connects to `http://localhost:8080`, so everything
//! runs in a separate network namespace in which that port is free.

use crate::journeys::playwright;
use crate::mint::Mint;
use crate::postgres::{self, Durability, RECOMMENDED};
use crate::step::{Failure, command, must, root, succeeds};
use crate::tools::{self, Tools};
use ecash_servers::is_root;
use std::net::TcpListener;
use std::process::Command;

/// The argument with which this program runs itself inside the namespace.
pub(crate) const INSIDE: &str = "two-mints-inside";
const DATABASE_URL: &str = "ECASH_TWO_MINTS_DATABASE_URL";
const PORTS: [u16; 2] = [8080, 8081];

pub(crate) fn two_mints() -> Result<(), Failure> {
    let postgres = postgres::start(RECOMMENDED, Durability::NoFsync)?;
    postgres.create_database("ecash_db")?;
    let program = std::env::current_exe().map_err(|error| {
        Failure::new(format!("cannot determine the path of this program: {error}"), "run it again")
    })?;
    let program = program.display().to_string();
    let unshare: &[&str] = if is_root() { &["--net"] } else { &["--user", "--map-root-user", "--net"] };
    let mut inside = if succeeds(command("unshare", unshare).arg("true")) {
        command("unshare", &[unshare, &["sh", "-c", "ip link set lo up && exec \"$@\"", "sh"]].concat())
    } else if PORTS.iter().all(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()) {
        // Namespaces are not allowed here, so use the machine's ports.
        command("env", &[])
    } else {
        return Err(Failure::new(
            "network namespaces are not allowed here, and port 8080 or 8081 is in use",
            "allow unprivileged user namespaces, or stop the programs that use the ports",
        ));
    };
    // The database is reachable from inside the namespace through its unix socket.
    inside.arg(program).arg(INSIDE).env(DATABASE_URL, postgres.socket_url("ecash_db"));
    must(&mut inside, "see the output above and the logs in target/test-mints/two-mints")
}

/// Runs the test itself, inside the namespace.
pub(crate) fn inside() -> Result<(), Failure> {
    let tools = tools::for_wasm()?;
    let url = std::env::var(DATABASE_URL).unwrap_or_default();
    let settings = [("DATABASE_URL", url.as_str()), ("ALLOW_WEAK", "software_keys,demo_funds,fsync_off")];
    let [first, second] = PORTS;
    let one = Mint::start_on_port("two-mints", first, &settings)?;
    let two = one.beside(second, &settings)?;
    std::thread::scope(|scope| {
        let program = scope.spawn(|| program_at(&one));
        let person = person(&tools, &two);
        let program = program.join().unwrap_or_else(|_| {
            Err(Failure::new("the thread of the published program panicked", "run it again"))
        });
        person.and(program)
    })?;
    two.audit()
}

fn person(tools: &Tools, mint: &Mint) -> Result<(), Failure> {
    playwright(tools, &mint.url, &["--project=phone", "journey.spec.ts"])
}

fn program_at(mint: &Mint) -> Result<(), Failure> {
    let program = root().join("target/debug/examples/published");
    let folder = mint.data_dir.join("published");
    let created = std::fs::create_dir_all(&folder);
    created.map_err(|error| Failure::new(format!("{}: {error}", folder.display()), "is the disk full?"))?;
    published_program(command(program, &[]).current_dir(&folder))
}

/// Runs the published program unchanged and checks its output. It stores its wallet in the working directory.
pub(crate) fn published_program(program: &mut Command) -> Result<(), Failure> {
    const REMEDY: &str = "the program is client/examples/published/program.rs";
    let ran = program.output();
    let ran = ran.map_err(|error| Failure::new(format!("the published program: {error}"), REMEDY))?;
    let printed = String::from_utf8_lossy(&ran.stdout).into_owned();
    println!(
        "  $ the published program\n{}{}",
        indented(&printed),
        indented(&String::from_utf8_lossy(&ran.stderr))
    );
    let expected = ["Withdrew 10 tokens", "Current balance: $100", "Transaction ID: tx_", "Token: $10 ("];
    let complete =
        expected.iter().all(|line| printed.contains(line)) && printed.matches("Token: $10 (").count() == 8;
    if ran.status.success() && complete {
        return Ok(());
    }
    Err(Failure::new("the output of the published program is not as described", REMEDY))
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}
