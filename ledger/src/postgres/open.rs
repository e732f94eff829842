//! Connects to PostgreSQL, migrates the schema, and rejects servers that may lose acknowledged commits.

use super::primary::Primary;
use super::standby::Standby;
use super::statements;
use crate::open::check_identity;
use crate::rows::IdentityRow;
use crate::{IfMissing, LedgerIdentity, OpenError};
use percent_encoding::percent_decode_str;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection as _, FromRow, PgConnection, Postgres, Transaction};
use std::fmt::Write as _;
use std::str::FromStr as _;
use std::time::Duration;
use tokio::time::timeout;
use url::Url;
use zeroize::Zeroizing;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");
const OLDEST_SERVER: i32 = 150_000;
/// How long a request waits for a connection before it fails with 503.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// Connections of the committer. It writes one batch at a time; the second connection replaces a lost one.
const COMMITTERS: u32 = 2;
/// Connections that open accounts and add keysets. Separate, so that they never delay the committer.
const WRITERS: u32 = 3;
/// Settings of every connection. A statement that waits longer than `lock_timeout` for another transaction
/// fails and is retried. The server ends idle transactions of a mint that has died, so that they do not block
/// others.
const SESSION: [(&str, &str); 4] = [
    ("lock_timeout", "3s"),
    ("statement_timeout", "15s"),
    ("idle_in_transaction_session_timeout", "10s"),
    // The space is escaped, because all settings are sent in one string.
    ("default_transaction_isolation", "read\\ committed"),
];

/// Connection settings of the database.
#[derive(Debug, Clone)]
pub struct PostgresSettings {
    /// `DATABASE_URL`; may contain a password.
    pub url: Zeroizing<String>,
    /// `DATABASE_POOL_SIZE`: connections for reads, in addition to a few that write.
    pub pool_size: u32,
    /// Whether `ALLOW_WEAK` contains `fsync_off`.
    pub allow_fsync_off: bool,
    /// Whether `ALLOW_WEAK` contains `synchronous_commit_off`.
    pub allow_synchronous_commit_off: bool,
    /// Whether `ALLOW_WEAK` contains `asynchronous_standby`.
    pub allow_asynchronous_standby: bool,
}

impl PostgresSettings {
    /// Returns the environment variables with which PostgreSQL's client programs connect to the database. A
    /// URL in their arguments would reveal the password to every user of the machine.
    #[must_use]
    pub fn client_environment(&self) -> Vec<(&'static str, String)> {
        let Ok(url) = Url::parse(&self.url) else { return Vec::new() };
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let mut variables = vec![("PGDATABASE", decoded(url.path().trim_start_matches('/')))];
        variables.extend(url.host_str().map(|host| ("PGHOST", decoded(host.trim_matches(['[', ']'])))));
        variables.extend(url.port().map(|port| ("PGPORT", port.to_string())));
        variables.extend(
            Some(url.username()).filter(|name| !name.is_empty()).map(|name| ("PGUSER", decoded(name))),
        );
        variables.extend(url.password().map(|password| ("PGPASSWORD", decoded(password))));
        for (name, value) in url.query_pairs() {
            match name.as_ref() {
                "host" | "hostaddr" => variables.push(("PGHOST", value.into_owned())),
                "port" => variables.push(("PGPORT", value.into_owned())),
                "user" => variables.push(("PGUSER", value.into_owned())),
                "password" => variables.push(("PGPASSWORD", value.into_owned())),
                "dbname" => variables.push(("PGDATABASE", value.into_owned())),
                "sslcert" => variables.push(("PGSSLCERT", value.into_owned())),
                "sslkey" => variables.push(("PGSSLKEY", value.into_owned())),
                "sslmode" => variables.push(("PGSSLMODE", value.into_owned())),
                "sslrootcert" => variables.push(("PGSSLROOTCERT", value.into_owned())),
                _ => {}
            }
        }
        variables
    }

    /// Returns the name of the database.
    #[must_use]
    pub fn database_name(&self) -> String {
        let named = self.client_environment().into_iter().rfind(|(name, _)| *name == "PGDATABASE");
        named.map(|(_, value)| value).unwrap_or_default()
    }

    fn options(&self) -> Result<PgConnectOptions, OpenError> {
        let options = PgConnectOptions::from_str(&self.url).map_err(OpenError::Url)?;
        Ok(options.application_name("ecash-mint").options(SESSION))
    }
}

/// A ledger in a PostgreSQL database.
pub struct PostgresLedger {
    pub(super) committer: PgPool,
    pub(super) writer: PgPool,
    pub(super) readers: PgPool,
    pub(super) sealer: PgPool,
    pub(super) standby: Standby,
    pub(super) primary: Primary,
}

#[derive(FromRow)]
struct Server {
    version_number: i32,
    version: String,
    survives_power_loss: bool,
    waits_for_disk: bool,
    asynchronous_standby: bool,
}

impl PostgresLedger {
    /// Connects, migrates the schema (or creates it if `if_missing` allows that), and checks the ledger's
    /// identity. Several processes can do so concurrently.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(
        settings: &PostgresSettings,
        identity: &LedgerIdentity,
        if_missing: IfMissing,
    ) -> Result<Self, OpenError> {
        let options = settings.options()?;
        let location = location_of(&options);
        let database = |source| OpenError::Database { location: location.clone(), source };
        // Longer timeouts for migrations: another process may hold the lock, or a table may be large.
        let migrating = options.clone().options([("lock_timeout", "60s"), ("statement_timeout", "0")]);
        // 1. Probe with a single connection, because a pool would keep retrying if the server rejects
        //    connections. The caller decides whether to retry.
        match timeout(ACQUIRE_TIMEOUT, PgConnection::connect_with(&migrating)).await {
            Ok(probe) => probe.map_err(database)?.close().await.map_err(database)?,
            Err(_) => return Err(database(sqlx::Error::PoolTimedOut)),
        }
        let primary = Primary::default();
        let pool = |size| {
            primary.follow(PgPoolOptions::new().max_connections(size)).acquire_timeout(ACQUIRE_TIMEOUT)
        };
        // 2. Reject unsafe servers, and databases with other tables.
        let owner = pool(1).connect_with(migrating).await.map_err(database)?;
        let server: Server =
            sqlx::query_as(statements::SERVER.sql).fetch_one(&owner).await.map_err(database)?;
        refuse_weak(settings, &server)?;
        let has_schema: bool =
            sqlx::query_scalar(statements::HAS_SCHEMA.sql).fetch_one(&owner).await.map_err(database)?;
        if !has_schema {
            if if_missing == IfMissing::Refuse {
                return Err(OpenError::Missing { location });
            }
            let has_tables: bool =
                sqlx::query_scalar(statements::HAS_TABLES.sql).fetch_one(&owner).await.map_err(database)?;
            if has_tables {
                return Err(OpenError::NotEmpty { location });
            }
        }
        // 3. Migrate. Skip this if the schema is up to date, because the database user may have no right to
        //    change it.
        if !is_up_to_date(&owner).await {
            MIGRATIONS.run(&owner).await.map_err(OpenError::Schema)?;
        }
        // 4. Connect with minimal privileges: a serving mint can insert spent tokens but not delete them.
        let sealing = in_role(&owner, &options, "ecash_sealer", &["seals"]).await.map_err(database)?;
        let options = in_role(&owner, &options, "ecash_app", &["spent", "outbox"]).await.map_err(database)?;
        owner.close().await;
        let committer = pool(COMMITTERS).connect_with(options.clone()).await.map_err(database)?;
        let writer = pool(WRITERS).connect_with(options.clone()).await.map_err(database)?;
        let readers = pool(settings.pool_size).connect_with(options.clone()).await.map_err(database)?;
        // Lazy: connects at the first seal.
        let sealer = pool(1).connect_lazy_with(sealing);
        let standby = Standby::start(pool(1).connect_lazy_with(options));
        let ledger = Self { committer, writer, readers, sealer, standby, primary };
        ledger.check_or_write_identity(identity).await.map_err(database)??;
        Ok(ledger)
    }

    async fn check_or_write_identity(
        &self,
        identity: &LedgerIdentity,
    ) -> Result<Result<(), OpenError>, sqlx::Error> {
        // Read first: an auditor's login cannot insert.
        let found: Option<IdentityRow> =
            sqlx::query_as(statements::IDENTITY.sql).fetch_optional(&self.readers).await?;
        if let Some(found) = found {
            return Ok(check_identity(&found, identity));
        }
        sqlx::query(statements::INSERT_IDENTITY.sql)
            .bind(identity.institution_id.as_str())
            .bind(identity.currency.code.as_str())
            .bind(i32::from(identity.currency.exponent))
            .execute(&self.writer)
            .await?;
        let found: IdentityRow = sqlx::query_as(statements::IDENTITY.sql).fetch_one(&self.writer).await?;
        Ok(check_identity(&found, identity))
    }

    /// Begins a read transaction with one snapshot and without a statement timeout, because an audit reads
    /// all rows.
    pub(super) async fn begin_snapshot(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        let mut snapshot = self.readers.begin_with(statements::BEGIN_SNAPSHOT.sql).await?;
        sqlx::query(statements::NO_STATEMENT_TIMEOUT.sql).execute(&mut *snapshot).await?;
        Ok(snapshot)
    }
}

/// Returns options for connections in `role`. Returns unchanged options if this user cannot assume the role,
/// or if the role cannot insert into these tables.
async fn in_role(
    owner: &PgPool,
    options: &PgConnectOptions,
    role: &'static str,
    tables: &[&str],
) -> Result<PgConnectOptions, sqlx::Error> {
    let may_be: bool =
        sqlx::query_scalar(statements::MAY_BE_ROLE.sql).bind(role).bind(tables).fetch_one(owner).await?;
    if may_be {
        return Ok(options.clone().options([("role", role)]));
    }
    tracing::warn!(
        "database role {role} is missing or not granted; serving with all privileges of the database user"
    );
    Ok(options.clone())
}

/// Returns whether exactly this version's migrations were applied, with the same checksums.
async fn is_up_to_date(pool: &PgPool) -> bool {
    let applied: Result<Vec<(i64, Vec<u8>)>, _> =
        sqlx::query_as(statements::APPLIED_MIGRATIONS.sql).fetch_all(pool).await;
    // An error usually means that there is no schema yet; running the migrations reports any other cause.
    applied.is_ok_and(|applied| {
        let ours = MIGRATIONS.iter().map(|migration| (migration.version, migration.checksum.to_vec()));
        applied.into_iter().eq(ours)
    })
}

/// Returns host, port and database for messages; never user or password.
fn location_of(options: &PgConnectOptions) -> String {
    let host = options
        .get_socket()
        .map_or_else(|| options.get_host().to_owned(), |socket| socket.display().to_string());
    format!("PostgreSQL at {host}:{}/{}", options.get_port(), options.get_database().unwrap_or_default())
}

fn refuse_weak(settings: &PostgresSettings, server: &Server) -> Result<(), OpenError> {
    if server.version_number < OLDEST_SERVER {
        return Err(OpenError::TooOld { found: server.version.clone() });
    }
    let weaknesses = [
        (
            server.survives_power_loss || settings.allow_fsync_off,
            "fsync_off",
            "the database has fsync or full_page_writes off: a power failure can lose money",
        ),
        (
            server.waits_for_disk || settings.allow_synchronous_commit_off,
            "synchronous_commit_off",
            "the database has synchronous_commit off: a crash can lose acknowledged payments",
        ),
        (
            !server.asynchronous_standby || settings.allow_asynchronous_standby,
            "asynchronous_standby",
            "a standby of the database is asynchronous: a failover to it can lose acknowledged payments",
        ),
    ];
    match weaknesses.into_iter().find(|(accepted, ..)| !accepted) {
        Some((_, name, reason)) => Err(OpenError::Weak { name, reason }),
        None => Ok(()),
    }
}

/// Returns the schema as one script for `psql`: the migrations and the rows that record them as applied, so a
/// mint that starts on this schema does not migrate it.
#[must_use]
pub fn schema_script() -> String {
    let mut script = String::from(
        "-- The ledger's schema: createdb ecash_db && psql ecash_db < ledger/schema.sql\n\
         -- Made from ledger/migrations/postgres by `ecash-mint schema`; a test compares them.\n\
         \\set ON_ERROR_STOP on\nBEGIN;\n\
         CREATE TABLE _sqlx_migrations (\n    version BIGINT PRIMARY KEY,\n    description TEXT NOT NULL,\n    \
         installed_on TIMESTAMPTZ NOT NULL DEFAULT now(),\n    success BOOLEAN NOT NULL,\n    \
         checksum BYTEA NOT NULL,\n    execution_time BIGINT NOT NULL\n);\n",
    );
    for migration in MIGRATIONS.iter() {
        let checksum = const_hex::encode(&migration.checksum);
        let _ = write!(
            script,
            "\n{}\nINSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)\n    \
             VALUES ({}, '{}', TRUE, '\\x{checksum}', 0);\n",
            migration.sql.trim_end(),
            migration.version,
            migration.description,
        );
    }
    script.push_str("COMMIT;\n");
    script
}
