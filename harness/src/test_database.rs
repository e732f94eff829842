//! A separate PostgreSQL database for one test.

use ecash_ledger::postgres::PostgresSettings;
use sqlx::{Connection as _, Executor as _, PgConnection};
use std::sync::atomic::{AtomicU64, Ordering};

/// The environment variable with the test server's address: `postgres://USER@HOST:PORT`, without a database.
const SERVER: &str = "ECASH_TEST_POSTGRES";

/// A database that is dropped on the server when this value is dropped.
#[derive(Debug)]
pub struct TestDatabase {
    server: String,
    name: String,
}

impl TestDatabase {
    /// Creates an empty database on the test server.
    pub async fn create() -> Self {
        let Ok(server) = std::env::var(SERVER) else {
            panic!("{SERVER} is not set: these tests need PostgreSQL; run them with: cargo xtask test unit");
        };
        Self::create_on(server).await
    }

    /// Creates an empty database on this server: `postgres://USER@HOST:PORT`.
    pub async fn create_on(server: String) -> Self {
        let database = Self { server, name: fresh_name() };
        database.as_admin(&format!("CREATE DATABASE {}", database.name)).await;
        database
    }

    /// Copies the database. Terminates the existing connections to it, because PostgreSQL requires that.
    pub async fn copy(&self) -> Self {
        let cut = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}' AND pid <> pg_backend_pid()",
            self.name
        );
        let copy = Self { server: self.server.clone(), name: fresh_name() };
        self.as_admin(&cut).await;
        self.as_admin(&format!("CREATE DATABASE {} TEMPLATE {}", copy.name, self.name)).await;
        copy
    }

    /// Creates a login with these roles, and returns the database's URL for it. The login stays on the server
    /// until it stops.
    pub async fn login(&self, name: &str, roles: &str) -> String {
        let login = format!("{name}_{}", self.name);
        self.as_admin(&format!("CREATE ROLE {login} LOGIN PASSWORD 'a-password'")).await;
        self.as_admin(&format!("GRANT {roles} TO {login}")).await;
        format!("postgres://{login}:a-password@{}/{}", self.address(), self.name)
    }

    async fn as_admin(&self, sql: &str) {
        let mut admin =
            PgConnection::connect(&format!("{}/postgres", self.server)).await.expect("the server responds");
        admin.execute(sql).await.expect("an administrative statement");
    }

    /// Drops the database, unless the server is down.
    async fn drop_on_server(&self) {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        if let Ok(mut admin) = PgConnection::connect(&format!("{}/postgres", self.server)).await {
            admin.execute(sql.as_str()).await.expect("an administrative statement");
        }
    }

    /// Returns the database's URL, for the setting `DATABASE_URL`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}/{}", self.server, self.name)
    }

    /// Returns the database's URL with another port, such as a proxy's.
    #[must_use]
    pub fn url_by_port(&self, port: u16) -> String {
        let (start, _) = self.server.rsplit_once(':').expect("a port in the server's address");
        format!("{start}:{port}/{}", self.name)
    }

    /// Returns the host and port of the server.
    #[must_use]
    pub fn address(&self) -> String {
        self.server.rsplit_once('@').expect("a user in the server's address").1.to_owned()
    }

    /// Returns the settings with which a ledger opens the database. They allow a test server without fsync.
    #[must_use]
    pub fn settings(&self) -> PostgresSettings {
        PostgresSettings {
            url: self.url().into(),
            pool_size: 4,
            allow_fsync_off: true,
            allow_synchronous_commit_off: false,
            allow_asynchronous_standby: false,
        }
    }

    /// Opens a connection with all rights, for inspecting the database and for holding locks.
    pub async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.url()).await.expect("the database responds")
    }

    /// Returns the number of sessions that wait for a lock of this kind, such as `advisory` or
    /// `transactionid`.
    pub async fn waiting(&self, kind: &str) -> i64 {
        sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = $1",
        )
        .bind(kind)
        .fetch_one(&mut self.connect().await)
        .await
        .expect("a count")
    }

    /// Returns the number of mints' sessions in this state, such as `idle in transaction`.
    pub async fn sessions(&self, state: &str) -> i64 {
        sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = 'ecash-mint' AND state = $1",
        )
        .bind(state)
        .fetch_one(&mut self.connect().await)
        .await
        .expect("a count")
    }
}

fn fresh_name() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        let database = std::mem::ManuallyDrop::new(Self { server, name });
        // Use another thread, because this may run inside an async runtime, which must not be blocked.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(database.drop_on_server());
        });
        // A database that could not be dropped is removed together with the server.
        let _ = dropped.join();
    }
}
