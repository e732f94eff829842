//! Shutdown signals: SIGTERM, Ctrl-C, and SIGHUP, which a closed terminal sends.

use std::sync::atomic::{AtomicBool, Ordering};
use tokio::signal::unix::{SignalKind, signal};

/// Waits for SIGTERM, SIGHUP or Ctrl-C.
pub async fn stop_requested() {
    let interrupted = tokio::signal::ctrl_c();
    match (signal(SignalKind::terminate()), signal(SignalKind::hangup())) {
        (Ok(mut terminated), Ok(mut hung_up)) => {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
                _ = hung_up.recv(), if !hangup_was_ignored() => {}
            }
        }
        (Err(error), _) | (_, Err(error)) => {
            tracing::warn!(%error, "cannot install handlers for SIGTERM and SIGHUP; stop the process with Ctrl-C");
            let _ = interrupted.await;
        }
    }
}

/// Returns whether this process was started with SIGHUP ignored, for example by `nohup`.
fn hangup_was_ignored() -> bool {
    HANGUP_IGNORED.load(Ordering::Relaxed)
}

/// Records whether this process inherited SIGHUP as ignored. Call it before the first [`stop_requested`],
/// which installs handlers.
pub fn note_ignored_signals() {
    const SIGHUP_BIT: u64 = 1;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored =
        status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    HANGUP_IGNORED.store(ignored.is_some_and(|ignored| ignored & SIGHUP_BIT != 0), Ordering::Relaxed);
}

static HANGUP_IGNORED: AtomicBool = AtomicBool::new(false);

/// Waits for SIGTERM, SIGHUP or Ctrl-C, then logs that the shutdown begins.
pub async fn stopping() {
    stop_requested().await;
    tracing::info!("stopping: accepting no new requests, finishing those accepted");
}
