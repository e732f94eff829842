//! Shutdown signals: SIGTERM, Ctrl-C, and SIGHUP, which a closed terminal sends.

use tokio::signal::unix::{SignalKind, signal};

/// Waits for SIGTERM, SIGHUP or Ctrl-C.
pub async fn stop_requested() {
    let interrupted = tokio::signal::ctrl_c();
    match (signal(SignalKind::terminate()), signal(SignalKind::hangup())) {
        (Ok(mut terminated), Ok(mut hung_up)) => {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
                _ = hung_up.recv() => {}
            }
        }
        (Err(error), _) | (_, Err(error)) => {
            tracing::warn!(%error, "SIGTERM and SIGHUP cannot be caught; stop with Ctrl-C");
            let _ = interrupted.await;
        }
    }
}

/// Waits for SIGTERM, SIGHUP or Ctrl-C, then logs that the shutdown begins.
pub async fn stopping() {
    stop_requested().await;
    tracing::info!("stopping: accepting no new requests, finishing those accepted");
}
