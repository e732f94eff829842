//! The mint's side of a connection: numbers its requests, and passes each response to the request that waits for it.

use super::SignerLink;
use super::wire::{Request, Response, codec, decode, encode};
use futures_util::{SinkExt as _, StreamExt as _};
use openssl::ssl::Ssl;
use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_openssl::SslStream;
use tokio_util::codec::Framed;

/// How long a connection may take.
const CONNECT_TIME: Duration = Duration::from_secs(2);
/// How long an answer may take. A queue that is longer answers "overloaded" at once.
const ANSWER_TIME: Duration = Duration::from_secs(10);
/// Questions on their way to the socket.
const UNSENT: usize = 256;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// No connection.
    #[error("cannot connect to the signer; does it run, and is SIGNER_URL right?")]
    Connect(#[source] io::Error),
    /// The other side is not who it should be, or does not let this side in.
    #[error("the TLS handshake with the signer failed; are both certificates of the same authority?")]
    Handshake(#[source] openssl::ssl::Error),
    /// It could not be reached a moment ago; not retried yet.
    #[error("the signer could not be reached a moment ago")]
    Resting,
    /// It took too long.
    #[error("the signer took too long to {0}")]
    TimedOut(&'static str),
    /// The connection broke.
    #[error("the connection to the signer broke")]
    Broken,
    /// It said what it must not say.
    #[error("the signer's answer is not understood; are mint and signer of one version?")]
    Nonsense,
}

type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<Response>>>>;

/// A connection that carries many questions at once.
#[derive(Clone)]
pub(super) struct Connection {
    questions: mpsc::Sender<(Request, oneshot::Sender<Response>)>,
}

impl Connection {
    /// Connects within two seconds.
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
        timeout(CONNECT_TIME, open).await.map_err(|_| LinkError::TimedOut("let us connect"))?
    }

    fn on(stream: impl AsyncRead + AsyncWrite + Send + 'static) -> Self {
        let (questions, unsent) = mpsc::channel(UNSENT);
        tokio::spawn(carry(Box::pin(stream), unsent));
        Self { questions }
    }

    /// Asks, and waits for the answer.
    pub(super) async fn ask(&self, request: Request) -> Result<Response, LinkError> {
        let (sender, answer) = oneshot::channel();
        let asked = async {
            self.questions.send((request, sender)).await.map_err(|_| LinkError::Broken)?;
            answer.await.map_err(|_| LinkError::Broken)
        };
        timeout(ANSWER_TIME, asked).await.map_err(|_| LinkError::TimedOut("answer"))?
    }

    /// Whether this is the same connection.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.questions.same_channel(&other.questions)
    }

    /// Whether it has ended.
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

/// Carries questions and answers until either side goes. Whoever still waits then hears that the
/// connection broke, for its sender is dropped.
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
            lock().insert(number, sender);
            if sink.send(encode(number, request)).await.is_err() {
                return;
            }
        }
    };
    let receive = async {
        while let Some(Ok(frame)) = frames.next().await {
            let Some(answer) = decode::<Response>(&frame) else { return };
            // Who asked may have given up.
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
