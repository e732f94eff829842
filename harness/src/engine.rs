//! The two ledger engines, for tests that must pass on both.

use crate::TestDatabase;
use std::sync::Arc;

/// The ledger engine that a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A SQLite file.
    Sqlite,
    /// A separate PostgreSQL database on the server that `cargo xtask test` started.
    Postgres,
}

impl Engine {
    pub(crate) async fn database(self) -> Option<Arc<TestDatabase>> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some(Arc::new(TestDatabase::create().await)),
        }
    }
}

/// Runs tests of the form `async fn name(engine: Engine)` on SQLite, and with the feature `servers` also on
/// PostgreSQL.
#[macro_export]
macro_rules! on_every_ledger {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    super::$name($crate::Engine::Sqlite).await;
                }
            )*
        }
        #[cfg(feature = "servers")]
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    super::$name($crate::Engine::Postgres).await;
                }
            )*
        }
    };
}
