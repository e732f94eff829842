//! `ecash-mint serve`

use super::CommandError;
use crate::service::tend_keys_forever;
use crate::settings::Settings;
use crate::{http, start};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

pub(super) async fn serve(settings: &Settings) -> Result<(), CommandError> {
    // The port first: a second start must fail before it touches anything.
    let listener = TcpListener::bind(settings.listen)
        .await
        .map_err(|error| CommandError::Listen(settings.listen, error))?;
    let address = listener.local_addr().map_err(CommandError::Serve)?;
    let mint = start::assemble(settings).await.map_err(CommandError::Start)?;
    tokio::spawn(tend_keys_forever(Arc::downgrade(&mint)));
    let app = http::router(mint, settings);
    tracing::info!(url = %format!("http://{address}"), currency = %settings.identity.currency.code, "ready");
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(stop_requested())
        .await
        .map_err(CommandError::Serve)?;
    tracing::info!("stopped; every accepted request was answered");
    Ok(())
}

/// SIGTERM or Ctrl-C.
pub(super) async fn stop_requested() {
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
    tracing::info!("stopping: no new requests, finishing those accepted");
}
