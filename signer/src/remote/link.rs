//! The mint's side of a connection: numbers requests, and passes each response to the waiting request.

use super::SignerLink;
use super::wire::{Request, Response, codec, decode, encode};
use crate::errors::LinkError;
use futures_util::{SinkExt as _, StreamExt as _};
use openssl::ssl::Ssl;
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_openssl::SslStream;
use tokio_util::codec::Framed;

/// Timeout for connecting, including the TLS handshake.
const CONNECT_TIME: Duration = Duration::from_secs(2);
/// Timeout for a response. A signer whose queue is full responds "overloaded" without delay.
const ANSWER_TIME: Duration = Duration::from_secs(10);
/// Maximum number of requests queued for the socket.
const UNSENT: usize = 256;

/// Requests without a response yet, by number.
type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<Response>>>>;

/// A handle to a connection that carries many requests at once. Cloning it shares the connection.
#[derive(Clone)]
pub(super) struct Connection {
    questions: mpsc::Sender<(Request, oneshot::Sender<Response>)>,
}

impl Connection {
    /// Connects within [`CONNECT_TIME`].
    pub(super) async fn open(link: &SignerLink) -> Result<Self, LinkError> {
        let open = async {
            match link {
                SignerLink::Unix(path) => {
                    Ok(Self::on(UnixStream::connect(path).await.map_err(LinkError::Connect)?))
                }
                SignerLink::Tls { host, port, connector } => {
                    let tcp = TcpStream::connect((host.as_str(), *port)).await.map_err(LinkError::Connect)?;
                    tcp.set_nodelay(true).map_err(LinkError::Connect)?;
                    let ssl = connector.configure().and_then(|ssl| ssl.into_ssl(host));
                    Ok(Self::on(handshake(ssl, tcp).await.map_err(LinkError::Handshake)?))
                }
            }
        };
        timeout(CONNECT_TIME, open).await.map_err(|_| LinkError::TimedOut("accept a connection"))?
    }

    fn on(stream: impl AsyncRead + AsyncWrite + Send + 'static) -> Self {
        let (questions, unsent) = mpsc::channel(UNSENT);
        tokio::spawn(carry(Box::pin(stream), unsent));
        Self { questions }
    }

    /// Sends a request and waits for its response, for at most [`ANSWER_TIME`].
    pub(super) async fn ask(&self, request: Request) -> Result<Response, LinkError> {
        let (sender, answer) = oneshot::channel();
        let asked = async {
            self.questions.send((request, sender)).await.map_err(|_| LinkError::Broken)?;
            answer.await.map_err(|_| LinkError::Broken)
        };
        timeout(ANSWER_TIME, asked).await.map_err(|_| LinkError::TimedOut("respond"))?
    }

    /// Returns whether both handles share one connection.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.questions.same_channel(&other.questions)
    }

    /// Returns whether the connection has ended.
    pub(super) fn is_closed(&self) -> bool {
        self.questions.is_closed()
    }
}

async fn handshake(
    ssl: Result<Ssl, openssl::error::ErrorStack>,
    tcp: TcpStream,
) -> Result<SslStream<TcpStream>, openssl::ssl::Error> {
    let mut stream = SslStream::new(ssl?, tcp)?;
    Pin::new(&mut stream).connect().await?;
    Ok(stream)
}

/// Writes requests and reads responses until either side closes the connection, or all handles are dropped.
/// Then `waiting` is dropped with the senders in it, so that every request without a response fails with
/// [`LinkError::Broken`].
async fn carry(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    mut questions: mpsc::Receiver<(Request, oneshot::Sender<Response>)>,
) {
    let (mut sink, mut frames) = Framed::new(stream, codec()).split();
    let waiting = Waiting::default();
    let lock = || waiting.lock().unwrap_or_else(PoisonError::into_inner);
    let send = async {
        let mut number = 0;
        while let Some((request, sender)) = questions.recv().await {
            number += 1;
            // Registered before the request is written, so that its response cannot come first.
            lock().insert(number, sender);
            if sink.send(encode(number, request)).await.is_err() {
                return;
            }
        }
    };
    let receive = async {
        while let Some(Ok(frame)) = frames.next().await {
            let Some(answer) = decode::<Response>(&frame) else { return };
            // Sending fails if the request has timed out.
            if let Some(sender) = lock().remove(&answer.number) {
                let _ = sender.send(answer.body);
            }
        }
    };
    tokio::select! {
        () = send => {}
        () = receive => {}
    }
}
