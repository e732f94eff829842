//! `ecash-mint serve`

use super::CommandError;
use crate::service::{Mint, measure_outstanding_forever, seal_forever, tend_keys_forever};
use crate::settings::{LedgerSettings, Settings};
use crate::start::StartError;
use crate::{http, start};
use axum::Router;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// How often a start without a database is tried again.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(2);

pub(super) async fn serve(settings: &Settings) -> Result<(), CommandError> {
    // The port first: a second start must fail before it touches anything.
    let listener = TcpListener::bind(settings.listen)
        .await
        .map_err(|error| CommandError::Listen(settings.listen, error))?;
    let address = listener.local_addr().map_err(CommandError::Serve)?;
    let operator = match settings.operator_listen {
        Some(at) => Some(TcpListener::bind(at).await.map_err(|error| CommandError::Listen(at, error))?),
        None => None,
    };
    let (app, operators) = match start::assemble(settings).await {
        Ok(mint) => ready(&mint, settings, address),
        // An embedded ledger does not come back by itself.
        Err(error) if error.is_passing() && matches!(settings.ledger, LedgerSettings::Postgres(_)) => {
            start_later(settings, address, error)
        }
        Err(error) => return Err(CommandError::Start(error)),
    };
    if let Some(listener) = operator {
        tokio::spawn(async move {
            // Ends with the process; whoever waits for metrics then sees a closed connection.
            if let Err(error) = axum::serve(listener, operators).await {
                tracing::error!(%error, "the operator listener ended");
            }
        });
    }
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(stopping())
        .await
        .map_err(CommandError::Serve)?;
    tracing::info!("stopped; every accepted request was answered");
    Ok(())
}

/// Routes of the public and of the operator listener.
type Routes = (Router, Router);

fn ready(mint: &Arc<Mint>, settings: &Settings, address: SocketAddr) -> Routes {
    tokio::spawn(tend_keys_forever(Arc::downgrade(mint)));
    tokio::spawn(seal_forever(Arc::downgrade(mint)));
    tokio::spawn(measure_outstanding_forever(Arc::downgrade(mint)));
    tokio::spawn(send_listeners_away(mint.clone()));
    tracing::info!(url = %format!("http://{address}"), currency = %settings.identity.currency.code, "ready");
    (http::router(mint.clone(), settings), http::operator_router(mint.clone()))
}

/// Their streams have no end of their own, and would keep the process.
async fn send_listeners_away(mint: Arc<Mint>) {
    stop_requested().await;
    mint.live().close();
}

/// Answers that the database is away, and tries to start until it is back. What turns out to be wrong
/// then, and not only away, ends the process as it would have at its start.
fn start_later(settings: &Settings, address: SocketAddr, first: StartError) -> Routes {
    let (public, app) = http::later(settings);
    let (operator, operators) = http::later_for_operator(settings);
    let settings = settings.clone();
    tokio::spawn(async move {
        let mut error = first;
        loop {
            let reason = crate::error_chain::chain(&error);
            tracing::error!(reason, "the database is away; serving nothing until it is back");
            tokio::time::sleep(TRY_AGAIN_AFTER).await;
            error = match start::assemble(&settings).await {
                Ok(mint) => {
                    let (app, operators) = ready(&mint, &settings, address);
                    public.set(app);
                    return operator.set(operators);
                }
                Err(error) if error.is_passing() => error,
                Err(error) => {
                    eprintln!("ecash-mint: {}", super::explain(&CommandError::Start(error)));
                    std::process::exit(1);
                }
            };
        }
    });
    (app, operators)
}

/// SIGTERM or Ctrl-C.
async fn stop_requested() {
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

/// The same, told once.
pub(super) async fn stopping() {
    stop_requested().await;
    tracing::info!("stopping: no new requests, finishing those accepted");
}
