//! Events between mints, through Redis publish and subscribe. Any node of a cluster works: nodes forward
//! events.

use super::{Subscriptions, Topic};
use crate::spent_index::RedisSettings;
use ecash_core::InstitutionId;
use futures_util::StreamExt as _;
use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands as _, Client, Msg, RedisError};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Pause between losing a connection and trying the next node.
const RECONNECT_BACKOFF: Duration = Duration::from_secs(1);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How often a heartbeat checks both directions.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(15);

/// Sends and receives events, and reconnects after any failure.
pub(super) struct Relay {
    nodes: Vec<Client>,
    channel: String,
    /// Part of every event, so that a mint ignores its own.
    origin: String,
    here: Arc<Subscriptions>,
}

impl Relay {
    pub(super) fn new(
        settings: &RedisSettings,
        institution_id: &InstitutionId,
        origin: String,
        here: Arc<Subscriptions>,
    ) -> Result<Self, RedisError> {
        let nodes =
            settings.nodes.iter().map(|node| Client::open(node.as_str())).collect::<Result<_, _>>()?;
        Ok(Self { nodes, channel: format!("ecash:{institution_id}:live"), origin, here })
    }

    /// Runs until the last publisher is dropped.
    pub(super) async fn run(self, mut outgoing: mpsc::Receiver<Topic>) {
        for node in self.nodes.iter().cycle() {
            match self.relay(node, &mut outgoing).await {
                Ok(()) => return,
                // The spent index logs a lost Redis once; this follows from it.
                Err(error) => {
                    tracing::debug!(%error, "live events between mints interrupted; reconnecting")
                }
            }
            // Discard events that were queued meanwhile; subscribers poll.
            while outgoing.try_recv().is_ok() {}
            tokio::time::sleep(RECONNECT_BACKOFF).await;
        }
    }

    async fn relay(&self, node: &Client, outgoing: &mut mpsc::Receiver<Topic>) -> Result<(), RedisError> {
        let connected = timeout(CONNECT_TIMEOUT, async {
            let mut subscription = node.get_async_pubsub().await?;
            subscription.subscribe(&self.channel).await?;
            let publisher = node.get_multiplexed_async_connection().await?;
            Ok::<_, RedisError>((subscription, publisher))
        });
        let (mut subscription, mut publisher) =
            connected.await.map_err(|_| gone("connection timed out"))??;
        let mut incoming = subscription.on_message();
        let mut heartbeat = tokio::time::interval(HEARTBEAT_INTERVAL);
        let mut received_at = Instant::now();
        loop {
            tokio::select! {
                message = incoming.next() => {
                    self.receive(&message.ok_or_else(|| gone("the subscription ended"))?);
                    received_at = Instant::now();
                }
                event = outgoing.recv() => match event {
                    Some(topic) => self.send(&mut publisher, &topic.to_string()).await?,
                    None => return Ok(()),
                },
                _ = heartbeat.tick() => {
                    // Redis returns each heartbeat on the subscription. A dead subscription reports no error.
                    if received_at.elapsed() > 3 * HEARTBEAT_INTERVAL {
                        return Err(gone("the subscription is silent"));
                    }
                    self.send(&mut publisher, "").await?;
                }
            }
        }
    }

    /// Publishes an event, or a heartbeat if `topic` is empty.
    async fn send(&self, publisher: &mut MultiplexedConnection, topic: &str) -> Result<(), RedisError> {
        publisher.publish(&self.channel, format!("{} {topic}", self.origin)).await
    }

    fn receive(&self, message: &Msg) {
        let Ok(text) = message.get_payload::<String>() else { return };
        let Some((origin, topic)) = text.split_once(' ') else { return };
        if let Some(topic) = Topic::parse(topic).filter(|_| origin != self.origin) {
            self.here.notify(&topic);
        }
    }
}

fn gone(why: &'static str) -> RedisError {
    (redis::ErrorKind::Io, why).into()
}
