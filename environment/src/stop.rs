//! Shutdown signals: SIGTERM and Ctrl-C.

use tokio::signal::unix::{SignalKind, signal};

/// Waits for SIGTERM or Ctrl-C.
pub async fn stop_requested() {
    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
        }
        Err(error) => {
            tracing::warn!(%error, "SIGTERM cannot be caught; stop with Ctrl-C");
            let _ = interrupted.await;
        }
    }
}

/// Waits for SIGTERM or Ctrl-C, then logs that the shutdown begins.
pub async fn stopping() {
    stop_requested().await;
    tracing::info!("stopping: accepting no new requests, finishing those accepted");
}
