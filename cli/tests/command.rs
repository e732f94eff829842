//! The command against a real mint over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_harness::TestMint;
use serde_json::Value;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const ECASH: &str = env!("CARGO_BIN_EXE_ecash");

/// A user with a wallet file.
struct Person {
    folder: TempDir,
}

impl Person {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("deeper/wallet.db")
    }

    fn run_with(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = Command::new(ECASH)
            .env_clear()
            .env("XDG_DATA_HOME", self.folder.path())
            .env("ECASH_WALLET", self.file())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Runs a command that must succeed, and returns its output.
    fn run(&self, arguments: &[&str]) -> String {
        let output = self.run_with(arguments, "");
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.run(&[&["--json"], arguments].concat())).unwrap()
    }

    /// Runs a command that must fail, and returns its exit code and error output.
    fn fails(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.run_with(arguments, "");
        assert!(!output.status.success(), "{arguments:?}");
        (output.status.code().unwrap(), stderr(&output))
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A mint with its own runtime, which is stopped on drop.
struct ServedMint {
    runtime: Runtime,
    url: String,
    _mint: TestMint,
}

impl ServedMint {
    fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let (mint, url) = runtime.block_on(async {
            let mint = TestMint::start_with_real_keys().await;
            let url = format!("http://{}", mint.serve().await);
            (mint, url)
        });
        Self { runtime, url, _mint: mint }
    }
}

#[test]
fn money_is_conserved_from_account_to_merchant() {
    let mint = ServedMint::start();
    let (alice, bob) = (Person::new(), Person::new());
    let (code, said) = alice.fails(&["balance"]);
    assert_eq!(code, 1);
    assert!(said.contains("ecash init MINT"), "{said}");
    let created = alice.run(&["init", &mint.url]);
    assert!(created.contains("created a wallet") && created.contains("10 50 100"), "{created}");
    let mode = std::fs::metadata(alice.file()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(alice.fails(&["init", &mint.url]).0, 1);
    bob.run(&["init", &mint.url]);

    assert_eq!(alice.run(&["withdraw", "470"]), "withdrew 470 DEMO; the wallet holds 470 DEMO\n");
    let sent = alice.json(&["send", "60", "--memo", "for lunch"]);
    assert_eq!(sent["amount"]["minor"], 60);
    let received = bob.run_with(&["receive"], &format!("Here: {}\n", sent["link"].as_str().unwrap()));
    assert!(received.status.success(), "{}", stderr(&received));
    assert_eq!(alice.run(&["check", sent["id"].as_str().unwrap()]), "received\n");
    assert_eq!(bob.json(&["balance"])["available"], 60);

    // A gift can be taken back until it is received.
    let text = alice.run(&["give", "30"]);
    let history: Vec<Value> =
        alice.run(&["--json", "history"]).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let id = history[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(history[0]["state"], "not taken yet");
    assert!(alice.run(&["take-back", &id]).starts_with("took back 30 DEMO"));
    assert_eq!(bob.fails(&["receive", text.trim()]).0, 4);

    let paid = bob.run(&["pay", "merchant_demo", "20"]);
    assert!(paid.starts_with("paid 20 DEMO; the wallet holds 40 DEMO\ntransaction tx_"), "{paid}");
    assert!(bob.run(&["history", "--csv"]).contains(",paid,20,DEMO,done,\"merchant_demo\","));
    let account = alice.json(&["balance", "--account"]);
    assert_eq!((&account["available"], &account["account"]), (&410.into(), &9530.into()));

    let asked = alice.run(&["request", "12", "--note", "for lunch"]);
    assert_eq!(asked.trim(), format!("{}/#ask=12.DEMO.0.Zm9yIGx1bmNo", mint.url));
    assert_eq!(alice.fails(&["request", "0"]).0, 2);

    // The recovery phrase alone restores the wallet.
    let words = alice.run(&["words"]);
    let again = Person::new();
    let restored = again.run_with(&["restore", &mint.url], &words);
    assert!(restored.status.success(), "{}", stderr(&restored));

    // So does a backup file with its passphrase.
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("backup.json").display().to_string();
    let written = again.run_with(&["backup", &file], "a long passphrase\n");
    assert!(written.status.success(), "{}", stderr(&written));
    assert!(!again.run_with(&["backup", &file], "a long passphrase\n").status.success(), "replaces no file");
    let third = Person::new();
    let wrong = third.run_with(&["restore", &mint.url, "--from", &file], "another passphrase\n");
    assert_eq!(wrong.status.code(), Some(1), "{}", stderr(&wrong));
    let restored = third.run_with(&["restore", &mint.url, "--from", &file], "a long passphrase\n");
    assert!(restored.status.success(), "{}", stderr(&restored));
    assert_eq!(again.json(&["balance"])["available"], 410);
}

#[test]
fn errors_have_exit_codes_and_move_nothing() {
    let mint = ServedMint::start();
    let alice = Person::new();
    // An unreachable mint leaves no file.
    assert_eq!(alice.fails(&["init", "http://127.0.0.1:1"]).0, 5);
    assert!(!alice.file().exists());
    assert_eq!(alice.fails(&["init", "http://mint.example"]).0, 1);
    alice.run(&["init", &mint.url]);
    alice.run(&["withdraw", "100"]);
    for (arguments, code) in [
        (&["withdraw", "0"][..], 2),
        (&["withdraw", "1,000"], 2),
        (&["send", "12.5"], 2),
        (&["pay", "merchant_demo"], 2),
        (&["send", "110"], 6),
        (&["pay", "merchant_demo", "110"], 6),
        (&["pay", "nobody", "10"], 4),
        (&["pay", "https://other.example/#pay=pay_AgICAgICAgICAgICAgICAg"], 1),
        (&["receive", "hello"], 1),
        (&["take-back", "nothing"], 1),
        (&["receipt", "nothing"], 1),
        (&["frobnicate"], 2),
    ] {
        let (exit, said) = alice.fails(arguments);
        assert_eq!(exit, code, "{arguments:?}: {said}");
    }
    let words = "legal winner thank year wave sausage worth useful legal winner thank yellow";
    let other = Person::new();
    let wrong = other.run_with(&["restore", &mint.url], "legal winner thank");
    assert_eq!(wrong.status.code(), Some(1), "{}", stderr(&wrong));
    assert!(other.run_with(&["restore", &mint.url], words).status.success());
    assert_eq!(alice.json(&["balance"])["available"], 100);

    // Commands that do not need the mint work without it.
    mint.runtime.shutdown_background();
    assert_eq!(alice.fails(&["withdraw", "10"]).0, 5);
    assert_eq!(alice.json(&["balance"])["available"], 100);
    assert!(alice.run(&["send", "100"]).starts_with("ecash1"));
    assert!(alice.run(&["mint"]).contains("DEMO"));
    assert!(alice.run(&["completions", "bash"]).contains("ecash"));
}

#[test]
fn a_passphrase_locks_the_file_and_the_words_open_it() {
    let mint = ServedMint::start();
    let person = Person::new();
    person.run(&["init", &mint.url]);
    let words = person.run(&["words"]);
    let secret = person.folder.path().join("passphrase");
    std::fs::write(&secret, "correct horse\n").unwrap();
    let with_file = ["--passphrase-file", secret.to_str().unwrap()];
    assert_eq!(person.run_with(&["lock"], "short\n").status.code(), Some(1));
    assert!(person.run_with(&["lock"], "correct horse\n").status.success());
    let (code, said) = person.fails(&["balance"]);
    assert!(code == 1 && said.contains("locked"), "{code} {said}");
    std::fs::write(&secret, "another horse\n").unwrap();
    let (code, said) = person.fails(&[with_file.as_slice(), &["balance"]].concat());
    assert!(code == 1 && said.contains("wrong passphrase"), "{code} {said}");
    std::fs::write(&secret, "correct horse\n").unwrap();
    person.run(&[with_file.as_slice(), &["withdraw", "10"]].concat());
    person.run(&[with_file.as_slice(), &["unlock"]].concat());
    person.run(&["balance"]);
    assert!(person.run_with(&["lock"], "correct horse\n").status.success());
    assert!(!person.run_with(&["unlock", "--words"], "zoo zoo zoo").status.success());
    assert!(person.run_with(&["unlock", "--words"], &words).status.success());
    assert!(person.run(&["balance"]).contains("10"));
}
