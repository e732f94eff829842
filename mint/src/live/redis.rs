//! Events between mints, by Redis' publish and subscribe. In a cluster any node will do: they pass events on.

use super::Board;
use crate::spent_index::RedisSettings;
use ecash_core::{AccountId, InstitutionId};
use futures_util::StreamExt as _;
use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands as _, Client, Msg, RedisError};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// How soon a lost Redis is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How often the way there and back is tried.
const BEAT_EVERY: Duration = Duration::from_secs(15);

/// Carries events out and in, and connects again after whatever happened.
pub(super) struct Carrier {
    nodes: Vec<Client>,
    channel: String,
    /// Events carry it, so that what comes back is known.
    origin: String,
    here: Arc<Board>,
}

impl Carrier {
    pub(super) fn new(
        settings: &RedisSettings,
        institution_id: &InstitutionId,
        origin: String,
        here: Arc<Board>,
    ) -> Result<Self, RedisError> {
        let nodes =
            settings.nodes.iter().map(|node| Client::open(node.as_str())).collect::<Result<_, _>>()?;
        Ok(Self { nodes, channel: format!("ecash:{institution_id}:live"), origin, here })
    }

    /// Until the last handle that tells is gone.
    pub(super) async fn run(self, mut outgoing: mpsc::Receiver<AccountId>) {
        for node in self.nodes.iter().cycle() {
            match self.carry(node, &mut outgoing).await {
                Ok(()) => return,
                // The spent index tells of a lost Redis, once; this follows from it.
                Err(error) => tracing::debug!(%error, "no live events between mints"),
            }
            // What happened meanwhile is old news: listeners look for themselves.
            while outgoing.try_recv().is_ok() {}
            tokio::time::sleep(RETRY_AFTER).await;
        }
    }

    async fn carry(&self, node: &Client, outgoing: &mut mpsc::Receiver<AccountId>) -> Result<(), RedisError> {
        let connected = timeout(CONNECT_TIMEOUT, async {
            let mut subscription = node.get_async_pubsub().await?;
            subscription.subscribe(&self.channel).await?;
            let publisher = node.get_multiplexed_async_connection().await?;
            Ok::<_, RedisError>((subscription, publisher))
        });
        let (mut subscription, mut publisher) = connected.await.map_err(|_| gone("no answer in time"))??;
        let mut incoming = subscription.on_message();
        let mut beat = tokio::time::interval(BEAT_EVERY);
        let mut heard = Instant::now();
        loop {
            tokio::select! {
                message = incoming.next() => {
                    self.hear(&message.ok_or_else(|| gone("the subscription ended"))?);
                    heard = Instant::now();
                }
                told = outgoing.recv() => match told {
                    Some(account_id) => self.send(&mut publisher, account_id.as_str()).await?,
                    None => return Ok(()),
                },
                _ = beat.tick() => {
                    // What is sent must come back: a subscription can die without a word.
                    if heard.elapsed() > 3 * BEAT_EVERY {
                        return Err(gone("the subscription is silent"));
                    }
                    self.send(&mut publisher, "").await?;
                }
            }
        }
    }

    /// An event, or a beat.
    async fn send(&self, publisher: &mut MultiplexedConnection, account_id: &str) -> Result<(), RedisError> {
        publisher.publish(&self.channel, format!("{} {account_id}", self.origin)).await
    }

    fn hear(&self, message: &Msg) {
        let Ok(text) = message.get_payload::<String>() else { return };
        let Some((origin, account_id)) = text.split_once(' ') else { return };
        let Ok(account_id) = AccountId::new(account_id) else { return };
        if origin != self.origin {
            self.here.post(&account_id);
        }
    }
}

fn gone(why: &'static str) -> RedisError {
    (redis::ErrorKind::Io, why).into()
}
