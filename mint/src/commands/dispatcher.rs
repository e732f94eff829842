//! `ecash-mint dispatcher`

use super::{CommandError, serve};
use crate::dispatcher::dispatch_forever;
use crate::http;
use crate::settings::Settings;
use crate::start::{StartError, assemble_dispatcher};
use ecash_environment::error_chain;
use ecash_environment::stop::stopping;
use std::sync::Arc;

/// Sends webhooks and checks domains until a signal to stop. Deliveries that are then in progress are
/// repeated by the next dispatcher.
pub(super) async fn dispatch(settings: &Settings) -> Result<(), CommandError> {
    let operator_listener = settings.operator_listen.map(serve::bind).transpose()?;
    let mint = loop {
        match assemble_dispatcher(settings).await {
            Ok(mint) => break Arc::new(mint),
            Err(error) if StartError::is_transient(&error) => {
                let reason = error_chain(&error);
                tracing::error!(reason, "database unavailable; sending nothing until it returns");
                tokio::select! {
                    () = tokio::time::sleep(serve::RESTART_BACKOFF) => {}
                    () = stopping() => return Ok(()),
                }
            }
            Err(error) => return Err(CommandError::Start(error)),
        }
    };
    if let Some(listener) = operator_listener {
        serve::serve_operators(listener, axum_server::Handle::new(), http::dispatcher_router(mint.clone()))?;
    }
    tracing::info!(currency = %settings.identity.currency.code, "ready to send webhooks");
    tokio::select! {
        () = dispatch_forever(Arc::downgrade(&mint)) => {}
        () = stopping() => tracing::info!("stopped; the next dispatcher repeats deliveries that were in progress"),
    }
    Ok(())
}
