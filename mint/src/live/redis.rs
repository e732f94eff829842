//! Events between mints, by Redis' publish and subscribe. In a cluster any node will do: they pass events on.

use crate::spent_index::RedisSettings;
use ecash_core::{AccountId, InstitutionId};
use futures_util::StreamExt as _;
use redis::{AsyncCommands as _, Client, Msg, RedisError};
use std::time::Duration;
use tokio::sync::{broadcast, mpsc};

/// How soon a lost Redis is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Carries events out and in, and connects again after whatever happened.
pub(super) struct Carrier {
    nodes: Vec<Client>,
    channel: String,
    /// Events carry it, so that what comes back is known.
    origin: String,
    here: broadcast::Sender<AccountId>,
}

impl Carrier {
    pub(super) fn new(
        settings: &RedisSettings,
        institution_id: &InstitutionId,
        origin: String,
        here: broadcast::Sender<AccountId>,
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
        let mut subscription = node.get_async_pubsub().await?;
        subscription.subscribe(&self.channel).await?;
        let mut publisher = node.get_multiplexed_async_connection().await?;
        let mut incoming = subscription.on_message();
        loop {
            tokio::select! {
                message = incoming.next() => match message {
                    Some(message) => self.hear(&message),
                    None => return Err((redis::ErrorKind::Io, "the subscription ended").into()),
                },
                told = outgoing.recv() => match told {
                    Some(account_id) => {
                        let event = format!("{} {account_id}", self.origin);
                        publisher.publish::<_, _, ()>(&self.channel, event).await?;
                    }
                    None => return Ok(()),
                },
            }
        }
    }

    fn hear(&self, message: &Msg) {
        let Ok(text) = message.get_payload::<String>() else { return };
        let Some((origin, account_id)) = text.split_once(' ') else { return };
        let Ok(account_id) = AccountId::new(account_id) else { return };
        if origin != self.origin {
            // Nobody may be listening here.
            let _ = self.here.send(account_id);
        }
    }
}
