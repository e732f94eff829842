//! Runs commands. Prints each command, and reports a failure together with its remedy.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

/// An error message, and what the user can do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) what: String,
    pub(crate) remedy: String,
}

impl Failure {
    pub(crate) fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into() }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(error.to_string(), "if the message names a file, is the disk full?")
    }
}

/// Returns the repository's root.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Returns the folder in which tools are cached between runs.
pub(crate) fn cache() -> PathBuf {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let cache = std::env::var_os("XDG_CACHE_HOME").map_or_else(|| home.join(".cache"), PathBuf::from);
    cache.join("ecash-tools")
}

/// Returns a command that runs in the repository's root.
pub(crate) fn command(program: impl AsRef<OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// Runs a command and shows its output. If it fails, returns a failure with this remedy.
pub(crate) fn must(command: &mut Command, remedy: &str) -> Result<(), Failure> {
    let shown = show(command);
    println!("  $ {shown}");
    command.stdin(Stdio::null());
    let failed = |error| Failure::new(format!("{shown}: {error}"), remedy);
    let (status, last_lines) = if std::io::stdout().is_terminal() {
        (command.status().map_err(failed)?, String::new())
    } else {
        run_and_keep_last_lines(command).map_err(failed)?
    };
    if status.success() {
        return Ok(());
    }
    Err(Failure::new(format!("failed: {shown}\n{last_lines}"), remedy))
}

/// The number of output lines of a failed command that its failure repeats, so that the end of a long log
/// shows the cause.
const LAST_LINES: usize = 50;

/// How long to wait for the rest of the output after a command has exited. A server that it left behind keeps
/// the pipe open.
const OUTPUT_TIMEOUT: Duration = Duration::from_secs(2);

/// Runs a command and prints its output line by line. Also returns the last lines.
fn run_and_keep_last_lines(command: &mut Command) -> std::io::Result<(ExitStatus, String)> {
    let (reader, writer) = std::io::pipe()?;
    let mut child = command.stdout(writer.try_clone()?).stderr(writer).spawn()?;
    // Close this process's copies of the write end, which would keep the pipe open after the child has
    // exited.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let (send, received) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(reader).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            println!("{line}");
            // Ignore that sending fails once the command has exited: the output of a server that it left
            // behind is still printed.
            let _ = send.send(line);
        }
    });
    let status = child.wait()?;
    let mut last = VecDeque::with_capacity(LAST_LINES);
    let end = Instant::now() + OUTPUT_TIMEOUT;
    while let Ok(line) = received.recv_timeout(end.saturating_duration_since(Instant::now())) {
        if last.len() == LAST_LINES {
            last.pop_front();
        }
        last.push_back(line);
    }
    Ok((status, last.make_contiguous().join("\n")))
}

/// Like [`must`], but kills the command and its children after `limit`.
pub(crate) fn must_within(limit: Duration, command: &mut Command, remedy: &str) -> Result<(), Failure> {
    let mut limited = Command::new("timeout");
    limited.args(["--kill-after=10", &limit.as_secs().to_string()]);
    limited.arg(command.get_program()).args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        limited.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    must(&mut limited, remedy)
}

/// Returns whether a command succeeds. Hides its output.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Returns the standard output of a command, or `None` if it fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Returns a flag that Ctrl-C and SIGTERM set.
pub(crate) fn stop_flag() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = stop.clone();
    ctrlc::set_handler(move || asked.store(true, Ordering::Relaxed))
        .map_err(|error| Failure::new(error.to_string(), "start again"))?;
    Ok(stop)
}

/// Returns whether a program is on the PATH.
pub(crate) fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn show(command: &Command) -> String {
    let parts = std::iter::once(command.get_program()).chain(command.get_args());
    parts.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}
