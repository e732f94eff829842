//! The log: events on standard error, written by a separate thread.
//!
//! Answering a request never depends on the log. A line that cannot be written (closed pipe, full disk), or for
//! which the queue has no room (stuck pipe), is dropped and counted in `ecash_log_lines_lost_total`.

use std::io::{self, IsTerminal as _, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{OnceLock, mpsc};
use std::time::Duration;
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

/// Lines that may wait for the writing thread: about 1 MiB.
const QUEUE_LINES: usize = 4096;
/// How long the end of the process waits for the last lines to be written.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(2);

/// Lines that reached the writing thread and could not be written.
static UNWRITTEN: AtomicU64 = AtomicU64::new(0);
/// Counts the lines that found the queue full.
static UNQUEUED: OnceLock<ErrorCounter> = OnceLock::new();

/// How many lines were lost since the start of the process.
pub fn lines_lost() -> u64 {
    let unqueued = UNQUEUED.get().map_or(0, ErrorCounter::dropped_lines);
    UNWRITTEN.load(Ordering::Relaxed).saturating_add(u64::try_from(unqueued).unwrap_or(u64::MAX))
}

/// Writes the last lines when it is dropped; kept until the process ends.
pub struct LogGuard(Option<WorkerGuard>);

impl Drop for LogGuard {
    fn drop(&mut self) {
        let Some(guard) = self.0.take() else { return };
        // On a separate thread: a stuck pipe must not keep the process alive.
        let (done, flushed) = mpsc::channel();
        std::thread::spawn(move || {
            drop(guard);
            let _ = done.send(());
        });
        let _ = flushed.recv_timeout(FLUSH_TIMEOUT);
    }
}

/// Starts the log: plain text on a terminal, JSON where it is collected. `filter` is `RUST_LOG`'s.
pub fn start(filter: &str) -> LogGuard {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let queue = NonBlockingBuilder::default().buffered_lines_limit(QUEUE_LINES).lossy(true);
    let (writer, guard) = queue.finish(Lossy(io::stderr()));
    let _ = UNQUEUED.set(writer.error_counter());
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).log_internal_errors(false);
    // A second start in one process, as in tests, keeps the first log.
    let _ = if io::stderr().is_terminal() { builder.try_init() } else { builder.json().try_init() };
    // The default hook writes to standard error itself, and would block on a stuck pipe.
    std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "a task panicked; this is a bug")));
    LogGuard(Some(guard))
}

/// A writer whose failures are counted instead of returned.
struct Lossy<W>(W);

impl<W: Write> Write for Lossy<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.write_all(line).map(|()| line.len())
    }

    fn write_all(&mut self, line: &[u8]) -> io::Result<()> {
        if self.0.write_all(line).is_err() {
            UNWRITTEN.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        // Standard error has no buffer.
        Ok(())
    }
}
