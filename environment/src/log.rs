//! Logging to standard error from a separate thread.
//!
//! Requests never wait for the log. A line that cannot be written (closed pipe, full disk), or that finds the
//! queue full (blocked pipe), is dropped and counted in `ecash_log_lines_lost_total`.

use crate::settings::declared;
use std::io::{self, IsTerminal as _, Write};
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{OnceLock, mpsc};
use std::time::Duration;
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// Capacity of the queue to the writing thread in lines; about 1 MiB.
const QUEUE_LINES: usize = 4096;
/// How long the process waits at exit for the queued lines to be written.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(2);

/// Number of lines that the writing thread could not write.
static UNWRITTEN: AtomicU64 = AtomicU64::new(0);
/// Counts the lines that were dropped because the queue was full.
static UNQUEUED: OnceLock<ErrorCounter> = OnceLock::new();

/// Returns the number of log lines dropped since the start of the process.
pub fn lines_lost() -> u64 {
    let unqueued = UNQUEUED.get().map_or(0, ErrorCounter::dropped_lines);
    UNWRITTEN.load(Ordering::Relaxed).saturating_add(u64::try_from(unqueued).unwrap_or(u64::MAX))
}

/// Flushes the queued lines when dropped. Keep it until the end of `main`: no line is written after the drop.
pub struct LogGuard(Option<WorkerGuard>);

impl Drop for LogGuard {
    fn drop(&mut self) {
        let Some(guard) = self.0.take() else { return };
        // Flush on a separate thread with a timeout, because a blocked pipe must not keep the process alive.
        let (done, flushed) = mpsc::channel();
        std::thread::spawn(move || {
            drop(guard);
            let _ = done.send(());
        });
        let _ = flushed.recv_timeout(FLUSH_TIMEOUT);
    }
}

/// A valid value of `RUST_LOG`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter(String);

impl FromStr for LogFilter {
    type Err = &'static str;

    /// Checks a filter. Rejects a directive without a level. The filter would take it for a module and turn
    /// off all others, so a typo would disable logging.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let has_level = |directive: &str| {
            let level = directive.rsplit_once('=').map_or(directive, |(_, level)| level);
            !level.is_empty() && level.parse::<LevelFilter>().is_ok()
        };
        let valid = text.split(',').all(has_level) && EnvFilter::try_new(text).is_ok();
        if valid { Ok(Self(text.to_owned())) } else { Err(declared::RUST_LOG.expected) }
    }
}

/// Starts logging: text if standard error is a terminal, otherwise JSON.
pub fn start(filter: &LogFilter) -> LogGuard {
    let filter = EnvFilter::new(&filter.0);
    let queue = NonBlockingBuilder::default().buffered_lines_limit(QUEUE_LINES).lossy(true);
    let (writer, guard) = queue.finish(Lossy(io::stderr()));
    let _ = UNQUEUED.set(writer.error_counter());
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).log_internal_errors(false);
    // A second call in one process, as in tests, has no effect on the installed subscriber.
    let _ = if io::stderr().is_terminal() { builder.try_init() } else { builder.json().try_init() };
    // The default panic hook writes to standard error directly and would block on a blocked pipe.
    std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "a task panicked; this is a bug")));
    LogGuard(Some(guard))
}

/// A writer that counts failures instead of returning them.
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
        // Standard error is not buffered.
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::LogFilter;

    #[test]
    fn o12_a_filter_without_a_level_is_rejected() {
        for good in ["info", "WARN", "off", "info,ecash_mint=debug", "warn,hyper=off"] {
            assert!(good.parse::<LogFilter>().is_ok(), "{good}");
        }
        for bad in
            ["", "loud", "ecash_mint", "info,ecash_mint", "ecash_mint=loud", "ecash_mint=", "=", "[info"]
        {
            assert!(bad.parse::<LogFilter>().is_err(), "{bad}");
        }
    }
}
