//! Waiting for SIGTERM or Ctrl-C.

use tokio::signal::unix::{SignalKind, signal};

/// Returns when the process is asked to stop.
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

/// Returns when the process is asked to stop, and logs it.
pub async fn stopping() {
    stop_requested().await;
    tracing::info!("stopping: accepting no new requests, finishing those accepted");
}
