//! `ecash-mint serve`

use super::CommandError;
use crate::dispatcher::dispatch_forever;
use crate::service::{
    Mint, expire_payments_forever, measure_outstanding_forever, number_events_forever, run_key_rotation,
    seal_forever, watch_ledger_forever,
};
use crate::settings::{Dispatching, LedgerSettings, Settings};
use crate::start::StartError;
use crate::{http, start};
use axum::Router;
use axum_server::Handle;
use axum_server::accept::NoDelayAcceptor;
use ecash_environment::error_chain;
use ecash_environment::process::raise_file_limit;
use ecash_environment::stop::{stop_requested, stopping};
use ecash_signer::log_openssl_version;
use std::fs::{File, OpenOptions};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Pause between two attempts to start while the database is unavailable.
pub(super) const RESTART_BACKOFF: Duration = Duration::from_secs(2);
/// How long accepted requests may take to finish after SIGTERM; then their connections are closed. Longer
/// than the timeout of a request (30 s), and shorter than the time after which Kubernetes and Compose kill
/// the process (40 s).
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(35);

pub(super) async fn serve(settings: &Settings) -> Result<(), CommandError> {
    log_openssl_version();
    // 1. Bind the port first, so that a second start fails before it changes anything.
    let listener = bind(settings.listen)?;
    let address = listener.local_addr().map_err(CommandError::Serve)?;
    // 2. Lock the data folder while the process serves, so that no backup is restored meanwhile.
    let _serving = hold_folder(settings)?;
    let operator_listener = settings.operator_listen.map(bind).transpose()?;
    // 3. Assemble the mint, or serve startup routes until its database is available.
    let (start_failed, start_failure) = oneshot::channel();
    let (app, operators) = match start::assemble(settings).await {
        Ok(mint) => ready(&mint, settings, address),
        // Wait only for a database server; a failure of a local file needs the operator.
        Err(error) if error.is_transient() && matches!(settings.ledger, LedgerSettings::Postgres(_)) => {
            serve_startup_routes(settings, address, error, start_failed)
        }
        Err(error) => return Err(CommandError::Start(error)),
    };
    // 4. Serve both listeners until a signal to stop, or until a retried start fails for good.
    let handle = Handle::new();
    if let Some(listener) = operator_listener {
        serve_operators(listener, handle.clone(), operators)?;
    }
    let server = http::http_server(listener, handle.clone(), connection_limit(settings)?)
        .map_err(CommandError::Serve)?;
    let stopped = tokio::spawn(stop_within(handle, SHUTDOWN_TIMEOUT));
    tokio::select! {
        served = server.serve(app.into_make_service_with_connect_info::<SocketAddr>()) => {
            served.map_err(CommandError::Serve)?;
        }
        Ok(error) = start_failure => return Err(CommandError::Start(error)),
    }
    match stopped.await {
        Ok(began) if began.elapsed() < SHUTDOWN_TIMEOUT => {
            tracing::info!("stopped; all accepted requests were completed");
        }
        _ => tracing::warn!("stopped; connections still open at the shutdown deadline were closed"),
    }
    Ok(())
}

/// Locks the data folder against `ecash-mint restore`. Several mints may hold it.
fn hold_folder(settings: &Settings) -> Result<File, CommandError> {
    let path = settings.serving_lock_path();
    if !settings.data_dir.exists() {
        std::fs::create_dir_all(&settings.data_dir)
            .map_err(|error| CommandError::Read(settings.data_dir.clone(), error))?;
    }
    let opened = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
    let file = opened.map_err(|error| CommandError::Read(path.clone(), error))?;
    let unlocked = |_| CommandError::Read(path.clone(), std::io::ErrorKind::ResourceBusy.into());
    file.try_lock_shared().map_err(unlocked)?;
    Ok(file)
}

/// Files that the mint opens beside its connections: ledger, database, Redis, signer, logs.
const OTHER_FILES: u64 = 256;

/// Raises the limit of open files, and limits connections to what it leaves.
fn connection_limit(settings: &Settings) -> Result<http::ConnectionLimit, CommandError> {
    let files = raise_file_limit().map_err(CommandError::Serve)?;
    let room = files.map_or(u64::MAX, |files| files.saturating_sub(OTHER_FILES).max(1));
    let room = usize::try_from(room).unwrap_or(usize::MAX);
    if room < settings.max_connections {
        tracing::warn!(
            connections = room,
            wanted = settings.max_connections,
            "the limit of open files allows fewer connections than MAX_CONNECTIONS; raise it (ulimit -Hn)"
        );
    }
    Ok(http::ConnectionLimit::new(settings.max_connections.min(room), &settings.trusted_proxies))
}

/// Serves the operator listener in a task.
pub(super) fn serve_operators(
    listener: TcpListener,
    handle: Handle<SocketAddr>,
    operators: Router,
) -> Result<(), CommandError> {
    let server = http::http_server(listener, handle, NoDelayAcceptor::new()).map_err(CommandError::Serve)?;
    tokio::spawn(async move {
        if let Err(error) = server.serve(operators.into_make_service()).await {
            tracing::error!(%error, "operator listener failed; metrics are not served until a restart");
        }
    });
    Ok(())
}

pub(super) fn bind(address: SocketAddr) -> Result<TcpListener, CommandError> {
    TcpListener::bind(address).map_err(|error| CommandError::Listen(address, error))
}

/// Waits for the signal to stop, then shuts both listeners down. Returns when the shutdown began.
async fn stop_within(handle: Handle<SocketAddr>, deadline: Duration) -> Instant {
    stopping().await;
    handle.graceful_shutdown(Some(deadline));
    Instant::now()
}

/// Routes of the public and of the operator listener.
type Routes = (Router, Router);

fn ready(mint: &Arc<Mint>, settings: &Settings, address: SocketAddr) -> Routes {
    tokio::spawn(run_key_rotation(Arc::downgrade(mint)));
    tokio::spawn(seal_forever(Arc::downgrade(mint)));
    tokio::spawn(number_events_forever(Arc::downgrade(mint)));
    if settings.webhooks == Dispatching::Embedded {
        tokio::spawn(dispatch_forever(Arc::downgrade(mint)));
    }
    tokio::spawn(watch_ledger_forever(Arc::downgrade(mint)));
    tokio::spawn(measure_outstanding_forever(Arc::downgrade(mint)));
    tokio::spawn(expire_payments_forever(Arc::downgrade(mint)));
    tokio::spawn(close_event_streams(mint.clone()));
    if settings.merchant_origin.is_none() && !settings.listen.ip().is_loopback() {
        tracing::warn!("the merchant page shares the wallet's origin; set MERCHANT_ORIGIN to separate them");
    }
    tracing::info!(url = %format!("http://{address}"), currency = %settings.identity.currency.code, "ready");
    (http::router(mint.clone(), settings), http::operator_router(mint.clone()))
}

/// Closes event streams when shutdown begins. They would otherwise keep the process alive until the deadline.
async fn close_event_streams(mint: Arc<Mint>) {
    stop_requested().await;
    mint.events().close_event_streams();
}

/// Returns 503 and retries the start until the database is available. An error that is not temporary ends the
/// process through `failed`, like an error of the first start.
fn serve_startup_routes(
    settings: &Settings,
    address: SocketAddr,
    first: StartError,
    failed: oneshot::Sender<StartError>,
) -> Routes {
    let (public, app) = http::startup(settings);
    let (operator, operators) = http::startup_for_operator(settings);
    let settings = settings.clone();
    tokio::spawn(async move {
        let mut error = first;
        loop {
            let reason = error_chain(&error);
            tracing::error!(reason, "database unavailable; not serving until it returns");
            tokio::time::sleep(RESTART_BACKOFF).await;
            error = match start::assemble(&settings).await {
                Ok(mint) => {
                    let (app, operators) = ready(&mint, &settings, address);
                    public.set(app);
                    return operator.set(operators);
                }
                Err(error) if error.is_transient() => error,
                Err(error) => {
                    // The receiver is gone only if the process is shutting down.
                    let _ = failed.send(error);
                    return;
                }
            };
        }
    });
    (app, operators)
}
