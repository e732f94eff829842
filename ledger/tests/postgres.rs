//! The PostgreSQL ledger passes the conformance tests, and rejects unsafe databases.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::{Currency, InstitutionId, Timestamp};
use ecash_harness::TestDatabase;
use ecash_ledger::Ed25519Key;
use ecash_ledger::conformance::{Book, check, identity};
use ecash_ledger::postgres::{PostgresLedger, PostgresSettings, all_statements, schema_script};
use ecash_ledger::{IfMissing, Ledger, LedgerIdentity, OpenError};
use sqlx::{Executor as _, PgConnection};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

async fn open(settings: &PostgresSettings) -> Result<Ledger, OpenError> {
    PostgresLedger::open(settings, &identity(), IfMissing::Create).await.map(Ledger::new)
}

async fn refusal(settings: &PostgresSettings) -> OpenError {
    open(settings).await.err().expect("opening must fail")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_postgresql_ledger_conforms() {
    let database = TestDatabase::create().await;
    let settings = database.settings();
    check(async || open(&settings).await.unwrap()).await;
}

#[tokio::test]
async fn every_statement_prepares_against_the_migrated_schema() {
    let database = TestDatabase::create().await;
    open(&database.settings()).await.unwrap();
    let mut connection = database.connect().await;
    for statement in all_statements() {
        let prepared = connection.prepare(statement.sql).await;
        assert!(prepared.is_ok(), "{}: {:?}", statement.name, prepared.err());
    }
}

#[tokio::test]
async fn every_column_has_its_comment_and_every_constraint_its_name() {
    let database = TestDatabase::create().await;
    open(&database.settings()).await.unwrap();
    let mut connection = database.connect().await;
    let silent = "SELECT c.relname || '.' || a.attname FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> '_sqlx_migrations'
            AND col_description(c.oid, a.attnum) IS NULL";
    let silent: Vec<String> = sqlx::query_scalar(silent).fetch_all(&mut connection).await.unwrap();
    assert_eq!(silent, Vec::<String>::new());
    // The suffixes of constraint names that PostgreSQL generates.
    let unnamed = "SELECT conname::text FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        AND conname ~ '_(pkey|fkey|key|check)[0-9]*$' AND conrelid::regclass::text <> '_sqlx_migrations'";
    let unnamed: Vec<String> = sqlx::query_scalar(unnamed).fetch_all(&mut connection).await.unwrap();
    assert_eq!(unnamed, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_mints_that_start_at_once_on_an_empty_database_agree() {
    let database = TestDatabase::create().await;
    let settings = database.settings();
    let starts = (0..5).map(|_| {
        let settings = settings.clone();
        tokio::spawn(async move { open(&settings).await.map(drop) })
    });
    for start in starts.collect::<Vec<_>>() {
        start.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn another_currency_or_institution_is_rejected() {
    let database = TestDatabase::create().await;
    let settings = database.settings();
    open(&settings).await.unwrap();
    let euro = LedgerIdentity { currency: Currency::new("EUR", 2).unwrap(), ..identity() };
    let other = LedgerIdentity { institution_id: InstitutionId::new("inst_other").unwrap(), ..identity() };
    for (stranger, said) in [(euro, "EUR"), (other, "inst_other")] {
        let refused = PostgresLedger::open(&settings, &stranger, IfMissing::Create).await.err().unwrap();
        assert!(matches!(refused, OpenError::Identity { .. }), "{refused}");
        assert!(refused.to_string().contains(said), "{refused}");
    }
}

#[tokio::test]
async fn a_newer_or_changed_schema_is_rejected() {
    for change in [
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
            VALUES (9999, 'later', TRUE, '\\x00', 0)",
        "UPDATE _sqlx_migrations SET checksum = '\\x00'",
    ] {
        let database = TestDatabase::create().await;
        open(&database.settings()).await.unwrap();
        database.connect().await.execute(change).await.unwrap();
        let refused = refusal(&database.settings()).await;
        assert!(matches!(refused, OpenError::Schema(_)), "{refused}");
    }
}

#[tokio::test]
async fn an_unreachable_database_is_reported_without_its_password() {
    let database = TestDatabase::create().await;
    for url in [
        "postgres://user:canary@127.0.0.1:1/nowhere".to_owned(),
        database.url().replace("test_", "missing_"),
        "postgres://user:canary@[".to_owned(),
    ] {
        let refused = refusal(&PostgresSettings { url: url.into(), ..database.settings() }).await;
        let said = format!("{refused} {refused:?}");
        assert!(matches!(refused, OpenError::Database { .. } | OpenError::Url(_)), "{said}");
        assert!(!said.contains("canary"), "{said}");
    }
}

#[tokio::test]
async fn a_server_that_may_lose_commits_is_rejected_unless_allowed() {
    let database = TestDatabase::create().await;
    // The test server runs without fsync.
    let strict = PostgresSettings { allow_fsync_off: false, ..database.settings() };
    assert!(matches!(refusal(&strict).await, OpenError::Weak { name: "fsync_off", .. }));
    let name = database.url().rsplit_once('/').unwrap().1.to_owned();
    let off = format!("ALTER DATABASE {name} SET synchronous_commit = off");
    database.connect().await.execute(off.as_str()).await.unwrap();
    let refused = refusal(&database.settings()).await;
    assert!(matches!(refused, OpenError::Weak { name: "synchronous_commit_off", .. }), "{refused}");
    let settings = PostgresSettings { allow_synchronous_commit_off: true, ..database.settings() };
    open(&settings).await.unwrap();
}

#[tokio::test]
async fn a_serving_mint_can_spend_a_token_but_not_unspend_one() {
    let database = TestDatabase::create().await;
    open(&database.settings()).await.unwrap();
    let mut app = database.connect().await;
    app.execute("SET ROLE ecash_app").await.unwrap();
    for forbidden in [
        "DELETE FROM spent",
        "UPDATE spent SET spent_id = spent_id",
        "DELETE FROM issued",
        "DELETE FROM operations",
        "UPDATE entries SET change_minor = 1",
        "DELETE FROM claims",
        "UPDATE accounts SET token_hash = NULL",
        "UPDATE identity SET currency = 'EUR'",
        "DROP TABLE spent",
        "DELETE FROM audit_log",
        "UPDATE audit_log SET seal_no = 1",
        "INSERT INTO audit_log (operation_id, kind, seal_no) VALUES ('\\x00', 'swap', 1)",
        "DELETE FROM seals",
        "UPDATE payments SET amount_minor = 1",
        "DELETE FROM settlements",
        "DELETE FROM merchants",
        "UPDATE api_keys SET secret_hash = secret_hash",
        "UPDATE api_keys SET scopes = 'payouts'",
    ] {
        let error = app.execute(forbidden).await.err().unwrap_or_else(|| panic!("{forbidden} must fail"));
        let code = error.as_database_error().and_then(|error| error.code()).map(|code| code.into_owned());
        assert_eq!(code.as_deref(), Some("42501"), "{forbidden}: {error}");
    }
    let inserted = "INSERT INTO accounts (account_id, role, token_hash) VALUES ('a', 'customer', NULL)";
    app.execute(inserted).await.unwrap();
}

#[tokio::test]
async fn a_sealer_can_seal_a_row_once_and_nothing_else() {
    let database = TestDatabase::create().await;
    let ledger = open(&database.settings()).await.unwrap();
    let book = Book::new(ledger.clone(), ledger.clone()).await;
    book.account(10).await;
    ledger.audit_log.seal(&Ed25519Key::generate().unwrap(), Timestamp::from_unix_seconds(0)).await.unwrap();
    let mut sealer = database.connect().await;
    sealer.execute("SET ROLE ecash_sealer").await.unwrap();
    for forbidden in [
        "DELETE FROM audit_log",
        "UPDATE audit_log SET digest = NULL",
        "INSERT INTO audit_log (operation_id, kind) VALUES ('\\x00', 'swap')",
        "UPDATE seals SET row_count = 2",
        "DELETE FROM seals",
        "SELECT * FROM accounts",
        "SELECT * FROM spent",
    ] {
        let error = sealer.execute(forbidden).await.err().unwrap_or_else(|| panic!("{forbidden} must fail"));
        let code = error.as_database_error().and_then(|error| error.code()).map(|code| code.into_owned());
        assert_eq!(code.as_deref(), Some("42501"), "{forbidden}: {error}");
    }
    // Even the owner cannot seal a row twice.
    for mut connection in [sealer, database.connect().await] {
        let again = connection.execute("UPDATE audit_log SET seal_no = 2").await.unwrap_err();
        assert!(again.to_string().contains("sealed once"), "{again}");
    }
}

/// A row that commits after rows with higher ids were sealed is covered by the next seal.
#[tokio::test]
async fn a_row_that_commits_late_is_sealed_later() {
    let database = TestDatabase::create().await;
    let ledger = open(&database.settings()).await.unwrap();
    let book = Book::new(ledger.clone(), ledger.clone()).await;
    let mut late = database.connect().await;
    let begun = "BEGIN;
        INSERT INTO operations (operation_id, kind, outcome, at) VALUES (decode(repeat('07', 16), 'hex'), 'cancel', 'null', 0);
        INSERT INTO audit_log (operation_id, kind) VALUES (decode(repeat('07', 16), 'hex'), 'cancel')";
    late.execute(begun).await.unwrap();
    book.account(10).await;
    let (key, at) = (Ed25519Key::generate().unwrap(), Timestamp::from_unix_seconds(0));
    assert_eq!(ledger.audit_log.seal(&key, at).await.unwrap(), Some(1));
    late.execute("COMMIT").await.unwrap();
    assert_eq!(ledger.audit_log.seal(&key, at).await.unwrap(), Some(1));
    let report = ledger.audit_log.audit().await.unwrap();
    assert_eq!((report.violations, report.unsealed_operations), (Vec::new(), 0));
}

/// While another session holds the sealer's lock, no row is sealed, and `seal` and `audit` report this.
#[tokio::test]
async fn a_held_lock_does_not_count_as_a_sealed_log() {
    let database = TestDatabase::create().await;
    let ledger = open(&database.settings()).await.unwrap();
    let book = Book::new(ledger.clone(), ledger.clone()).await;
    book.account(10).await;
    let mut holder = database.connect().await;
    holder.execute("SELECT pg_advisory_lock(25923, -1)").await.unwrap();
    let (key, at) = (Ed25519Key::generate().unwrap(), Timestamp::from_unix_seconds(0));
    assert_eq!(ledger.audit_log.seal(&key, at).await.unwrap(), None);
    assert_eq!(ledger.audit_log.audit().await.unwrap().unsealed_operations, 1);
}

/// A trigger records the role of a mint's transactions.
#[tokio::test]
async fn a_mint_writes_with_the_rights_of_its_role() {
    let database = Arc::new(TestDatabase::create().await);
    let book =
        Book::new(open(&database.settings()).await.unwrap(), open(&database.settings()).await.unwrap()).await;
    let watch = "CREATE TABLE seen (role text);
        GRANT INSERT ON seen TO ecash_app;
        CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO seen VALUES (current_user); RETURN NULL; END $$;
        CREATE TRIGGER see AFTER INSERT ON operations FOR EACH STATEMENT EXECUTE FUNCTION see()";
    database.connect().await.execute(watch).await.unwrap();
    book.account(10).await;
    let seen: Vec<String> = sqlx::query_scalar("SELECT DISTINCT role FROM seen")
        .fetch_all(&mut database.connect().await)
        .await
        .unwrap();
    assert_eq!(seen, ["ecash_app"]);
}

/// Like in production, one login owns the schema and another one serves without the right to change it.
/// Neither is a superuser.
#[tokio::test]
async fn logins_without_any_privilege_can_own_and_serve() {
    let database = TestDatabase::create().await;
    let name = database.url().rsplit_once('/').unwrap().1.to_owned();
    let mut admin = database.connect().await;
    let logins = format!(
        "CREATE ROLE owner_{name} LOGIN; CREATE ROLE serving_{name} LOGIN; ALTER DATABASE {name} OWNER TO owner_{name}"
    );
    admin.execute(logins.as_str()).await.unwrap();
    let by = |login: &str| {
        let url = database.url().replace("postgres@", &format!("{login}_{name}@"));
        PostgresSettings { url: url.into(), ..database.settings() }
    };
    // The serving login cannot create the schema, and reports it.
    let refused = refusal(&by("serving")).await;
    assert!(matches!(refused, OpenError::Schema(_)), "{refused}");
    let owner = open(&by("owner")).await.unwrap();
    owner.health.ping().await.unwrap();
    // It cannot read any table before the roles are granted.
    assert!(open(&by("serving")).await.is_err());
    admin.execute(format!("GRANT ecash_app, ecash_sealer TO serving_{name}").as_str()).await.unwrap();
    let serving = open(&by("serving")).await.unwrap();
    let book = Book::new(owner, serving).await;
    let account = book.account(50).await;
    let posting = book.posting(book.withdraw(&account, 2));
    book.two.postings.commit(&[posting], &|_| ()).await.remove(0).unwrap();
    book.assert_clean().await;
    drop(book);
    admin.execute(format!("DROP OWNED BY serving_{name}; DROP ROLE serving_{name}").as_str()).await.unwrap();
}

/// `ledger/schema.sql` creates the same schema as the migrations, including every constraint and comment, and
/// a mint starts on it.
#[tokio::test]
async fn the_schema_script_matches_the_migrations() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.sql");
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(text == schema_script(), "run: cargo run -p ecash-mint -- schema > ledger/schema.sql");

    let loaded = TestDatabase::create().await;
    let programs = std::env::var("ECASH_TEST_POSTGRES_BIN").unwrap_or_default();
    let psql = Command::new(Path::new(&programs).join("psql"))
        .args(["--quiet", "--no-psqlrc", "--file"])
        .arg(&file)
        .arg(loaded.url())
        .output()
        .expect("psql runs");
    assert!(psql.status.success(), "{}", String::from_utf8_lossy(&psql.stderr));
    let migrated = TestDatabase::create().await;
    open(&migrated.settings()).await.unwrap();
    let (expected, found) = (catalog(&migrated).await, catalog(&loaded).await);
    assert!(expected.len() > 100, "the catalog was read");
    assert_eq!(expected, found);
    open(&loaded.settings()).await.unwrap();
}

/// The schema as sorted lines: columns, constraints, indexes, functions, tables.
async fn catalog(database: &TestDatabase) -> Vec<String> {
    const QUERIES: [&str; 5] = [
        "SELECT 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
            || ' ' || a.attnotnull || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), a.attidentity::text)
            || ' ' || coalesce(col_description(c.oid, a.attnum), '')
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
            LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')",
        "SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
        "SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT 'function ' || pg_get_functiondef(oid) || coalesce(proacl::text, '') FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace",
        "SELECT 'table ' || relname || ' ' || coalesce(relacl::text, '') || coalesce(obj_description(oid), '')
            FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')",
    ];
    let mut connection: PgConnection = database.connect().await;
    let mut lines: Vec<String> = Vec::new();
    for query in QUERIES {
        let rows: Vec<String> = sqlx::query_scalar(query).fetch_all(&mut connection).await.unwrap();
        lines.extend(rows);
    }
    lines.sort();
    lines
}
