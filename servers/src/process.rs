//! A server as a child process.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take to be ready. Generous: making keys takes a while on a busy machine.
const READY_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a server that was asked to stop may take before it is killed.
const STOP_TIMEOUT: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// Lines of the log that an error quotes.
const QUOTED_LINES: usize = 12;

/// A running process, stopped when this is dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
    /// The signal that asks it to stop; it is killed at once without one.
    stop_signal: Option<&'static str>,
}

impl Process {
    /// Starts a command whose output is appended to the file `log`. It is killed when dropped.
    ///
    /// # Errors
    /// If the log cannot be opened or the command does not start.
    pub fn start(name: &str, command: &mut Command, log: &Path) -> io::Result<Self> {
        let file = File::options().create(true).append(true).open(log)?;
        Self::start_with_output(name, command, file.try_clone()?, file, log)
    }

    /// Starts a command with these outputs. `log` is the file that errors quote.
    ///
    /// # Errors
    /// If the command does not start.
    pub fn start_with_output(
        name: &str,
        command: &mut Command,
        stdout: impl Into<Stdio>,
        stderr: impl Into<Stdio>,
        log: &Path,
    ) -> io::Result<Self> {
        let child = command.stdin(Stdio::null()).stdout(stdout).stderr(stderr).spawn();
        let child = child.map_err(|error| io::Error::other(format!("{name} does not start: {error}")))?;
        Ok(Self { name: name.to_owned(), child, log: log.to_owned(), stop_signal: None })
    }

    /// Asks the process by this signal when it is dropped, and kills it only if it does not stop in time.
    #[must_use]
    pub const fn stopped_by(mut self, signal: &'static str) -> Self {
        self.stop_signal = Some(signal);
        self
    }

    /// The server's name, for messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether the process still runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// The whole log.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Sends a signal: `-TERM`, `-STOP`, `-CONT`.
    ///
    /// # Errors
    /// If the process is gone.
    pub fn signal(&self, signal: &str) -> io::Result<()> {
        crate::run("kill", Command::new("kill").args([signal, &self.pid().to_string()])).map(drop)
    }

    /// Stops the process for a while, or continues it. A stopped one neither answers nor closes connections.
    ///
    /// # Errors
    /// If the process is gone.
    pub fn pause(&self, pause: bool) -> io::Result<()> {
        self.signal(if pause { "-STOP" } else { "-CONT" })
    }

    /// Kills the process (`kill -9`) and waits for its end.
    ///
    /// # Errors
    /// If it cannot be waited for.
    pub fn kill(&mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }

    /// Asks the process to stop by SIGTERM and waits for its end.
    ///
    /// # Errors
    /// If the process is gone.
    pub fn stop(&mut self) -> io::Result<ExitStatus> {
        self.signal("-TERM")?;
        self.child.wait()
    }

    /// An error about this process, with the end of its log.
    #[must_use]
    pub fn error(&self, what: &str) -> io::Error {
        let log = self.log();
        let lines: Vec<_> = log.lines().collect();
        let end = lines.get(lines.len().saturating_sub(QUOTED_LINES)..).unwrap_or_default().join("\n  ");
        io::Error::other(format!("{} {what}; its log, {}:\n  {end}", self.name, self.log.display()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let asked = self.stop_signal.is_some_and(|signal| self.signal(signal).is_ok());
        let deadline = Instant::now() + STOP_TIMEOUT;
        while asked && self.runs() && Instant::now() < deadline {
            std::thread::sleep(POLL_INTERVAL);
        }
        // These fail only if the process has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A started server.
pub trait Server: Sized {
    /// Its process.
    fn process(&self) -> &Process;

    /// Its process, to end it or to ask whether it runs.
    fn process_mut(&mut self) -> &mut Process;

    /// Whether it serves.
    fn is_ready(&mut self) -> bool;
}

/// Waits until a started server is ready.
///
/// # Errors
/// If it was not started, ends, or is not ready within 60 s.
pub fn ready<S: Server>(started: io::Result<S>) -> io::Result<S> {
    let mut server = started?;
    let deadline = Instant::now() + READY_TIMEOUT;
    while !server.is_ready() {
        if !server.process_mut().runs() {
            return Err(server.process().error("ended before it was ready"));
        }
        if Instant::now() > deadline {
            return Err(server.process().error("was not ready in time"));
        }
        std::thread::sleep(POLL_INTERVAL);
    }
    Ok(server)
}
