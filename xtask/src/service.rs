//! A server as a child process: its log in a file, stopped by its own pid.

use crate::step::{Failure, command, succeeds};
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take to be ready.
const READY_TIME: Duration = Duration::from_secs(60);
/// How long it may take to stop before it is killed.
const STOP_TIME: Duration = Duration::from_secs(10);

/// A running server; stops when dropped.
pub(crate) struct Service {
    name: &'static str,
    child: Child,
}

impl Service {
    /// Starts it and waits until it is ready.
    pub(crate) fn start(
        name: &'static str,
        server: &mut Command,
        log: &Path,
        ready: impl Fn() -> bool,
    ) -> Result<Self, Failure> {
        let failed =
            |what: String| Failure::new(format!("{name}: {what}"), format!("its log: {}", log.display()));
        let file = File::create(log).map_err(|error| failed(error.to_string()))?;
        let output = file.try_clone().map_err(|error| failed(error.to_string()))?;
        let child = server.stdin(Stdio::null()).stdout(output).stderr(file).spawn();
        let mut service = Self { name, child: child.map_err(|error| failed(error.to_string()))? };
        let deadline = Instant::now() + READY_TIME;
        while !ready() {
            if !service.runs() {
                return Err(failed("it ended".to_owned()));
            }
            if Instant::now() > deadline {
                return Err(failed(format!("not ready in {} s", READY_TIME.as_secs())));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(service)
    }

    /// Whether it still runs.
    pub(crate) fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it is.
    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        stop(&mut self.child, "-TERM", STOP_TIME);
    }
}

/// Asks a child to stop by this signal, and kills it if it does not in time.
pub(crate) fn stop(child: &mut Child, signal: &str, patience: Duration) {
    let asked = succeeds(&mut command("kill", &[signal, &child.id().to_string()]));
    let deadline = Instant::now() + patience;
    while asked && Instant::now() < deadline && matches!(child.try_wait(), Ok(None)) {
        std::thread::sleep(Duration::from_millis(50));
    }
    // It may be dead already.
    let _ = child.kill();
    let _ = child.wait();
}
