//! The index that mints share: Redis 7, one server or a cluster.
//!
//! 1. Only single-key commands are used, so that a cluster can distribute the keys.
//! 2. Redis delays a request only briefly. After a failure it is skipped for one second at a time, and the
//!    failure is logged once.
//! 3. A result is only a hint: the ledger confirms "spent", and decides about "unknown" at the commit.

use super::{IndexState, SpentIndex};
use async_trait::async_trait;
use ecash_core::token::TokenMessage;
use ecash_core::{InstitutionId, base64url};
use futures_util::future::try_join_all;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::{Client, Cmd, FromRedisValue, RedisError};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Mutex as AsyncMutex;
use zeroize::Zeroizing;

/// Short, because the index saves only about a millisecond per request.
const RESPONSE_TIMEOUT: Duration = Duration::from_millis(100);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long Redis is skipped after a failure.
const SKIP_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// Expiry of an entry, in seconds. Most repeated spends come within seconds, and the ledger keeps all of
/// them.
const ENTRY_TTL_S: u64 = 30 * 86_400;

/// How to reach Redis.
#[derive(Debug, Clone)]
pub struct RedisSettings {
    /// `REDIS_URL`: one server, or some nodes of a cluster; may hold a password.
    pub nodes: Vec<Zeroizing<String>>,
}

#[derive(Clone)]
enum Connection {
    Single(ConnectionManager),
    Cluster(ClusterConnection),
}

impl Connection {
    async fn run<T: FromRedisValue>(&self, command: Cmd) -> Result<T, RedisError> {
        match self {
            Self::Single(connection) => command.query_async(&mut connection.clone()).await,
            Self::Cluster(connection) => command.query_async(&mut connection.clone()).await,
        }
    }
}

enum Target {
    Single(Box<Client>),
    Cluster(Box<ClusterClient>),
}

/// The last known state of Redis.
enum Known {
    Up,
    /// Skipped until then.
    Down(Instant),
}

/// An index in Redis.
pub struct RedisIndex {
    target: Target,
    prefix: String,
    connection: AsyncMutex<Option<Connection>>,
    known: Mutex<Known>,
}

impl RedisIndex {
    /// Creates the index of an institution. Redis need not be reachable yet.
    ///
    /// # Errors
    /// If an address is not valid.
    pub fn new(settings: &RedisSettings, institution_id: &InstitutionId) -> Result<Self, RedisError> {
        let nodes = || settings.nodes.iter().map(|node| node.as_str());
        let target = match settings.nodes.as_slice() {
            [node] => Target::Single(Box::new(Client::open(node.as_str())?)),
            _ => Target::Cluster(Box::new(
                ClusterClient::builder(nodes())
                    .connection_timeout(CONNECT_TIMEOUT)
                    .response_timeout(RESPONSE_TIMEOUT)
                    .retries(1)
                    .build()?,
            )),
        };
        let prefix = format!("ecash:{institution_id}:spent:");
        Ok(Self { target, prefix, connection: AsyncMutex::new(None), known: Mutex::new(Known::Up) })
    }

    fn key(&self, token: &TokenMessage) -> String {
        format!("{}{}", self.prefix, base64url::encode(token.as_bytes()))
    }

    /// Returns the current connection, or connects if there is none.
    async fn connection(&self) -> Result<Connection, RedisError> {
        let mut slot = self.connection.lock().await;
        if let Some(connection) = slot.as_ref() {
            return Ok(connection.clone());
        }
        let connection = match &self.target {
            Target::Single(client) => {
                let config = ConnectionManagerConfig::new()
                    .set_number_of_retries(1)
                    .set_connection_timeout(Some(CONNECT_TIMEOUT))
                    .set_response_timeout(Some(RESPONSE_TIMEOUT));
                Connection::Single(ConnectionManager::new_with_config(client.as_ref().clone(), config).await?)
            }
            Target::Cluster(client) => Connection::Cluster(client.get_async_connection().await?),
        };
        *slot = Some(connection.clone());
        Ok(connection)
    }

    /// Runs commands concurrently, and returns their results in order. `None` if Redis failed or is being
    /// skipped.
    async fn run_all<T: FromRedisValue>(&self, commands: Vec<Cmd>) -> Option<Vec<T>> {
        if self.is_skipped() {
            return None;
        }
        let asked = async {
            let connection = self.connection().await?;
            try_join_all(commands.into_iter().map(|command| connection.run(command))).await
        };
        // Cancelling the commands at any point is harmless, because their results are only hints.
        match tokio::time::timeout(CONNECT_TIMEOUT + RESPONSE_TIMEOUT, asked).await {
            Ok(Ok(answers)) => {
                self.mark_up();
                Some(answers)
            }
            Ok(Err(error)) => self.disconnect(&error.to_string()).await,
            Err(_) => self.disconnect("timed out").await,
        }
    }

    /// Drops the connection, so that the next attempt connects again: a cluster has other nodes after a
    /// failover.
    async fn disconnect<T>(&self, why: &str) -> Option<T> {
        self.mark_down(why);
        *self.connection.lock().await = None;
        None
    }

    fn is_skipped(&self) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(*known, Known::Down(until) if Instant::now() < until)
    }

    fn mark_up(&self) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*known, Known::Down(_)) {
            tracing::info!("redis responds again; using the spent index");
        }
        *known = Known::Up;
    }

    fn mark_down(&self, why: &str) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*known, Known::Up) {
            tracing::error!(error = why, "redis does not respond; checking spent tokens in the ledger only");
        }
        *known = Known::Down(Instant::now() + SKIP_AFTER_FAILURE);
    }
}

#[async_trait]
impl SpentIndex for RedisIndex {
    async fn may_be_spent(&self, tokens: &[TokenMessage]) -> Vec<bool> {
        let exists = |token: &TokenMessage| Cmd::exists(self.key(token));
        let found = self.run_all(tokens.iter().map(exists).collect()).await;
        found.unwrap_or_else(|| vec![false; tokens.len()])
    }

    async fn remember(&self, tokens: &[TokenMessage]) {
        let set = |token: &TokenMessage| Cmd::set_ex(self.key(token), 1, ENTRY_TTL_S);
        // If this fails, a second spend of the token is rejected by the ledger instead.
        let _: Option<Vec<()>> = self.run_all(tokens.iter().map(set).collect()).await;
    }

    async fn state(&self) -> IndexState {
        let pong: Option<Vec<String>> = self.run_all(vec![redis::cmd("PING")]).await;
        if pong.is_some() { IndexState::Up } else { IndexState::Down }
    }
}
