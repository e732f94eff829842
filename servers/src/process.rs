//! A server as a child process.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take to become ready. Generous, because generating keys is slow on a busy machine.
const READY_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a server may take to stop before it is killed.
const STOP_TIMEOUT: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// The number of log lines that an error quotes.
const QUOTED_LINES: usize = 12;

/// A running process. It is stopped when this is dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
    /// The signal that requests a shutdown. Without one, the process is killed.
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
        let child =
            child.map_err(|error| io::Error::other(format!("{name} could not be started: {error}")))?;
        Ok(Self { name: name.to_owned(), child, log: log.to_owned(), stop_signal: None })
    }

    /// Stops the process with this signal when it is dropped, and kills it only after a timeout.
    #[must_use]
    pub const fn stopped_by(mut self, signal: &'static str) -> Self {
        self.stop_signal = Some(signal);
        self
    }

    /// Returns the server's name, for messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Returns whether the process is still running.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Returns the whole log.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Sends a signal, such as `-TERM`, `-STOP` or `-CONT`.
    ///
    /// # Errors
    /// If the process is gone.
    pub fn signal(&self, signal: &str) -> io::Result<()> {
        crate::run("kill", Command::new("kill").args([signal, &self.pid().to_string()])).map(drop)
    }

    /// Pauses the process (SIGSTOP), or resumes it. A paused process neither responds nor closes connections.
    ///
    /// # Errors
    /// If the process is gone.
    pub fn pause(&self, pause: bool) -> io::Result<()> {
        self.signal(if pause { "-STOP" } else { "-CONT" })
    }

    /// Kills the process (`kill -9`), and waits until it has exited.
    ///
    /// # Errors
    /// If the process cannot be killed or waited for.
    pub fn kill(&mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }

    /// Sends SIGTERM, and waits until the process has exited.
    ///
    /// # Errors
    /// If the process is gone.
    pub fn stop(&mut self) -> io::Result<ExitStatus> {
        self.signal("-TERM")?;
        self.child.wait()
    }

    /// Returns an error about this process, with the end of its log.
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
        // These fail only if the process has already exited.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A started server.
pub trait Server: Sized {
    /// Returns the server's process.
    fn process(&self) -> &Process;

    /// Returns the server's process, to stop it or to check whether it is running.
    fn process_mut(&mut self) -> &mut Process;

    /// Returns whether the server is ready for requests.
    fn is_ready(&mut self) -> bool;
}

/// Waits until a started server is ready.
///
/// # Errors
/// If it could not be started, exits, or is not ready within 60 s.
pub fn ready<S: Server>(started: io::Result<S>) -> io::Result<S> {
    let mut server = started?;
    let deadline = Instant::now() + READY_TIMEOUT;
    while !server.is_ready() {
        if !server.process_mut().runs() {
            return Err(server.process().error("exited before it was ready"));
        }
        if Instant::now() > deadline {
            return Err(server.process().error("was not ready within 60 s"));
        }
        std::thread::sleep(POLL_INTERVAL);
    }
    Ok(server)
}
