//! The signer's side of the protocol: accepts mints and serves their requests.
//!
//! One task per connection runs three parts: `receive` decodes requests and starts a task for each, these
//! tasks compute the responses, and `send` writes the responses. All queues are bounded, so that a mint can
//! neither exhaust memory nor delay other mints.

use super::wire::{ErrorCode, Numbered, OfferedKeyset, Request, Response, codec, decode, encode};
use super::{SignerAddress, TlsError, TlsFiles};
use crate::errors::SignerError;
use crate::signer::Signer;
use ecash_core::keys::{KeyId, Keyset};
use ecash_core::rsabssa::BlindedToken;
use ecash_environment::error_chain;
use futures_util::{SinkExt as _, StreamExt as _};
use openssl::ssl::{self, Ssl, SslAcceptor};
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;
use tokio_openssl::SslStream;
use tokio_util::bytes::Bytes;
use tokio_util::codec::Framed;

/// Maximum number of connected mints.
const MAX_CLIENTS: usize = 256;
/// Maximum number of requests without a response, per mint.
const MAX_WAITING: usize = 4096;
/// Maximum number of concurrent TLS handshakes.
const MAX_HANDSHAKES: usize = 1024;
/// How long a connection may be idle before it is closed. Mints send a request every minute.
const IDLE_TIME: Duration = Duration::from_secs(300);
/// How long a request may wait before it is dropped without a response, because its mint waits only
/// as long and has given up.
const STALE_AFTER: Duration = Duration::from_secs(10);
/// Timeout for a TLS handshake.
const HANDSHAKE_TIME: Duration = Duration::from_secs(5);

/// Errors of [`SignerServer::bind`].
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The address cannot be bound, for example because another signer is running.
    #[error("cannot listen on {0}")]
    Bind(SignerAddress, #[source] std::io::Error),
    /// The certificate files cannot be used.
    #[error("TLS cannot be used")]
    Tls(#[source] TlsError),
}

/// A bound address. Dropping it removes its socket file.
pub struct SignerServer(Socket);

enum Socket {
    Unix { listener: UnixListener, path: PathBuf, inode: u64 },
    Tls { listener: TcpListener, acceptor: SslAcceptor },
}

impl SignerServer {
    /// Binds the address. A socket file gets mode 0660, and replaces one that was left by a killed signer.
    ///
    /// # Errors
    /// [`ListenError`].
    pub async fn bind(address: &SignerAddress, tls: Option<&TlsFiles>) -> Result<Self, ListenError> {
        let failed = |error| ListenError::Bind(address.clone(), error);
        match address {
            SignerAddress::Unix(path) => {
                remove_stale(path).await.map_err(failed)?;
                let listener = UnixListener::bind(path).map_err(failed)?;
                let mode = std::fs::Permissions::from_mode(0o660);
                std::fs::set_permissions(path, mode).map_err(failed)?;
                let inode = std::fs::metadata(path).map_err(failed)?.ino();
                Ok(Self(Socket::Unix { listener, path: path.clone(), inode }))
            }
            SignerAddress::Tls { host, port } => {
                let acceptor = tls.ok_or(TlsError::NoFiles).and_then(TlsFiles::acceptor);
                let acceptor = acceptor.map_err(ListenError::Tls)?;
                let listener = TcpListener::bind((host.as_str(), *port)).await.map_err(failed)?;
                Ok(Self(Socket::Tls { listener, acceptor }))
            }
        }
    }

    /// Serves until `stop` completes. `max_concurrent` is the maximum number of concurrent signatures per mint.
    pub async fn serve(self, signer: Arc<dyn Signer>, max_concurrent: usize, stop: impl Future<Output = ()>) {
        let shared = Arc::new(Shared {
            signer,
            max_concurrent,
            keysets: RwLock::default(),
            connection_slots: Semaphore::new(MAX_CLIENTS),
            handshakes: Semaphore::new(MAX_HANDSHAKES),
        });
        let accept = async {
            loop {
                if let Err(error) = self.accept(&shared).await {
                    // Usually temporary, such as too many open files.
                    tracing::warn!(%error, "signer could not accept a connection; retrying in 100 ms");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        };
        tokio::select! {
            () = accept => {}
            () = stop => {}
        }
    }

    /// Accepts one connection, and serves it in a separate task.
    async fn accept(&self, shared: &Arc<Shared>) -> std::io::Result<()> {
        let shared = shared.clone();
        match &self.0 {
            Socket::Unix { listener, .. } => {
                let (stream, _) = listener.accept().await?;
                tokio::spawn(shared.admit(stream));
            }
            Socket::Tls { listener, acceptor } => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                let ssl = Ssl::new(acceptor.context())?;
                tokio::spawn(async move {
                    // The permit covers only the handshake, so that clients without a certificate cannot
                    // occupy a mint's connection slot.
                    let Ok(handshake_permit) = shared.handshakes.try_acquire() else { return };
                    let Ok(mut stream) = SslStream::new(ssl, stream) else { return };
                    match timeout(HANDSHAKE_TIME, Pin::new(&mut stream).accept()).await {
                        Ok(Ok(())) => {
                            drop(handshake_permit);
                            shared.clone().admit(stream).await;
                        }
                        // A probe that only checks whether the port is open sends nothing.
                        Ok(Err(error))
                            if error.io_error().is_some() || error.code() == ssl::ErrorCode::SYSCALL =>
                        {
                            tracing::debug!(%error, "a client disconnected before its TLS handshake finished");
                        }
                        Ok(Err(error)) => {
                            tracing::warn!(%error, "TLS handshake failed; client without a valid certificate rejected")
                        }
                        Err(_) => tracing::warn!("TLS handshake timed out; connection closed"),
                    }
                });
            }
        }
        Ok(())
    }
}

impl Drop for SignerServer {
    fn drop(&mut self) {
        let Socket::Unix { path, inode, .. } = &self.0 else { return };
        // Another signer may have replaced the file, so only the file that was bound here is removed.
        if std::fs::metadata(path).is_ok_and(|data| data.ino() == *inode) {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Removes a socket file on which no process listens. Fails if a signer is running. Does not touch any other
/// kind of file.
async fn remove_stale(path: &Path) -> std::io::Result<()> {
    match std::fs::symlink_metadata(path) {
        Ok(data) if data.file_type().is_socket() => match UnixStream::connect(path).await {
            Ok(_) => Err(std::io::Error::new(ErrorKind::AddrInUse, "another signer is running")),
            // Only this error shows that no process listens. Others, such as a full queue, do not.
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => std::fs::remove_file(path),
            Err(error) => Err(error),
        },
        _ => Ok(()),
    }
}

struct Shared {
    signer: Arc<dyn Signer>,
    max_concurrent: usize,
    /// A copy of the signer's keysets. Refreshed by each request for them, and when an unknown key is named.
    keysets: RwLock<Vec<Keyset>>,
    connection_slots: Semaphore,
    handshakes: Semaphore,
}

impl Shared {
    async fn admit(self: Arc<Self>, stream: impl AsyncRead + AsyncWrite + Send + 'static) {
        match self.connection_slots.try_acquire() {
            Ok(_slot) => self.clone().serve(stream).await,
            Err(_) => tracing::warn!(
                MAX_CLIENTS,
                "too many mints are connected to the signer; new connection rejected"
            ),
        }
    }

    /// Serves one mint until it disconnects, is idle for too long, or sends a malformed request.
    ///
    /// Working sets, each per connection:
    /// - `waiting`: one permit for each request without a response; a mint above the limit gets "overloaded".
    /// - `turns`: one permit for each request under way except pings, so that a mint with thousands of queued
    ///   requests does not delay a mint with one.
    /// - `answers`: encoded responses that wait to be written.
    async fn serve(self: Arc<Self>, stream: impl AsyncRead + AsyncWrite + Send + 'static) {
        let (mut sink, mut frames) = Framed::new(Box::pin(stream), codec()).split();
        let (answers, mut unsent) = mpsc::channel::<Bytes>(MAX_WAITING);
        let waiting = Arc::new(Semaphore::new(MAX_WAITING));
        let turns = Arc::new(Semaphore::new(self.max_concurrent));
        let receive = async {
            while let Ok(Some(Ok(frame))) = timeout(IDLE_TIME, frames.next()).await {
                let Some(Numbered { number, body }) = decode::<Request>(&frame) else {
                    tracing::warn!("a mint sent a malformed request; closing its connection");
                    return;
                };
                let (shared, answers, turns) = (self.clone(), answers.clone(), turns.clone());
                // 1. Acquire a slot in the queue, or respond "overloaded".
                let Ok(slot) = waiting.clone().try_acquire_owned() else {
                    let refusal = encode(number, Response::Refused(ErrorCode::Overloaded));
                    // Waits while `answers` is full, so no more requests are read from a mint that does not
                    // read its responses.
                    if answers.send(refusal).await.is_err() {
                        return;
                    }
                    continue;
                };
                let asked_at = Instant::now();
                tokio::spawn(async move {
                    let _slot = slot;
                    // 2. Wait for a turn. A ping needs none, so that health checks work while signatures are
                    //    queued.
                    let turn = match body {
                        Request::Ping => None,
                        _ => turns.acquire().await.ok(),
                    };
                    // 3. Do not sign for a mint that has disconnected or timed out.
                    if answers.is_closed() || asked_at.elapsed() > STALE_AFTER {
                        return;
                    }
                    // 4. Compute the response, and free the turn before waiting for the socket.
                    let answer = encode(number, shared.answer(body).await);
                    drop(turn);
                    // Fails if the mint has disconnected; it will retry.
                    let _ = answers.send(answer).await;
                });
            }
        };
        let send = async {
            while let Some(answer) = unsent.recv().await {
                if sink.send(answer).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = receive => {}
            () = send => {}
        }
    }

    async fn answer(&self, request: Request) -> Response {
        let result = match request {
            Request::Ping => self.signer.ping().await.map(|()| Response::Pong),
            Request::Keysets => self.offer().await,
            Request::Sign { key_id: id, blinded_token } => self.sign(&id, &blinded_token).await,
        };
        result.unwrap_or_else(|error| {
            let error_text = error_chain(&error);
            tracing::warn!(error = error_text, "a mint's request failed; returning the error");
            Response::Refused(code_of(&error))
        })
    }

    async fn sign(&self, id: &[u8], blinded_token: &[u8]) -> Result<Response, SignerError> {
        let id = KeyId::from_slice(id).ok_or(SignerError::UnknownKey)?;
        let known = |keysets: &[Keyset]| keysets.iter().find_map(|keyset| keyset.key(&id).cloned());
        let at_hand = known(&self.keysets.read().unwrap_or_else(PoisonError::into_inner));
        let key = match at_hand {
            Some(key) => key,
            None => known(&self.refresh().await?).ok_or(SignerError::UnknownKey)?,
        };
        let blinded_token = BlindedToken::parse(&key.public, blinded_token).map_err(SignerError::Faulty)?;
        let signatures = self.signer.blind_sign(vec![(key, blinded_token)]).await?;
        let signature = signatures.first().ok_or(SignerError::Stopped)?;
        Ok(Response::Signed(signature.as_bytes().to_vec()))
    }

    async fn refresh(&self) -> Result<Vec<Keyset>, SignerError> {
        let keysets = self.signer.keysets().await?;
        self.keysets.write().unwrap_or_else(PoisonError::into_inner).clone_from(&keysets);
        Ok(keysets)
    }

    async fn offer(&self) -> Result<Response, SignerError> {
        let offered: Vec<_> = self.refresh().await?.iter().map(offered).collect();
        serde_json::to_string(&offered).map(Response::Keysets).map_err(|_| SignerError::Stopped)
    }
}

fn offered(keyset: &Keyset) -> OfferedKeyset {
    OfferedKeyset {
        institution_id: keyset.institution_id.clone(),
        currency: keyset.currency.clone(),
        keyset: keyset.to_wire(true),
    }
}

const fn code_of(error: &SignerError) -> ErrorCode {
    use ecash_core::rsabssa::Error;
    match error {
        SignerError::Overloaded => ErrorCode::Overloaded,
        SignerError::UnknownKey => ErrorCode::UnknownKey,
        SignerError::NotIssuing => ErrorCode::NotIssuing,
        SignerError::Faulty(Error::OutOfRange) => ErrorCode::OutOfRange,
        SignerError::Faulty(_) => ErrorCode::Faulty,
        SignerError::Stopped
        | SignerError::Token(_)
        | SignerError::Unreachable(_)
        | SignerError::TokenDown => ErrorCode::TokenDown,
    }
}
