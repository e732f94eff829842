//! A real mint on a real ledger, with narrow keys and the test's clock.

use crate::{Engine, InProcess, RawClient, Seeded, TestClock, TestDatabase, TestDevice, sealed_audit};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use ecash_core::Origin;
use ecash_core::rsabssa::Width;
use ecash_environment::SystemEntropy;
use ecash_ledger::{AuditReport, IfMissing, Ledger};
use ecash_mint::keys::KeysetPlan;
use ecash_mint::service::Mint;
use ecash_mint::settings::Settings;
use ecash_mint::{http, start};
use ecash_wallet::api::HttpApi;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tower::ServiceExt as _;

/// What outlives one start of a mint.
struct Place {
    folder: Arc<TempDir>,
    clock: TestClock,
    database: Option<Arc<TestDatabase>>,
}

/// A mint in this process.
pub struct TestMint {
    /// Its parts.
    pub mint: Arc<Mint>,
    /// Its ledger, for looking at it.
    pub ledger: Ledger,
    /// Its clock.
    pub clock: TestClock,
    /// Its settings.
    pub settings: Settings,
    /// Its database, if it is on PostgreSQL.
    pub database: Option<Arc<TestDatabase>>,
    router: Router,
    folder: Arc<TempDir>,
}

impl TestMint {
    /// A fresh demo mint on SQLite.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// A fresh demo mint on this ledger.
    pub async fn start_on(engine: Engine) -> Self {
        Self::start_on_with(engine, &[]).await
    }

    /// A fresh mint on SQLite with other settings.
    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        Self::start_on_with(Engine::Sqlite, settings).await
    }

    /// A fresh mint with other settings.
    pub async fn start_on_with(engine: Engine, settings: &[(&str, &str)]) -> Self {
        let place = Place {
            folder: Arc::new(TempDir::new().expect("a temporary folder")),
            clock: TestClock::default(),
            database: engine.database().await,
        };
        Self::start_in(place, settings, |ledger| ledger).await
    }

    /// A fresh demo mint on this database.
    pub async fn start_on_database(database: Arc<TestDatabase>) -> Self {
        let folder = Arc::new(TempDir::new().expect("a temporary folder"));
        let place = Place { folder, clock: TestClock::default(), database: Some(database) };
        Self::start_in(place, &[], |ledger| ledger).await
    }

    /// A fresh mint on SQLite with keys of full width, for wallets that take no others.
    pub async fn start_with_real_keys() -> Self {
        let place = Place {
            folder: Arc::new(TempDir::new().expect("a temporary folder")),
            clock: TestClock::present(),
            database: None,
        };
        Self::start_real_in(place, &[]).await
    }

    /// A second mint on the ledger of one with real keys.
    pub async fn replica_with_real_keys(&self, settings: &[(&str, &str)]) -> Self {
        Self::start_real_in(self.place(), settings).await
    }

    async fn start_real_in(place: Place, settings: &[(&str, &str)]) -> Self {
        let all = [settings, &[("DENOMINATIONS", "10,50,100")]].concat();
        let settings = narrow_settings(place.folder.path(), &all);
        let keysets = KeysetPlan { width: Width::Real3072, ..settings.keysets.clone() };
        Self::assemble(place, Settings { keysets, ..settings }, |ledger| ledger).await
    }

    /// The mint whose data folder an earlier version wrote, from a copy of that folder, at a time in Unix seconds.
    pub async fn of_earlier_version(fixture: &Path, unix_seconds: u64) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        copy_folder(fixture, folder.path());
        let clock = TestClock::default();
        clock.set(unix_seconds);
        let place = Place { folder: Arc::new(folder), clock, database: None };
        let settings = narrow_settings(place.folder.path(), &[("DENOMINATIONS", "10,50")]);
        let keysets = KeysetPlan { width: Width::Real3072, ..settings.keysets.clone() };
        Self::assemble(place, Settings { keysets, ..settings }, |ledger| ledger).await
    }

    fn place(&self) -> Place {
        let (folder, clock) = (self.folder.clone(), self.clock.clone());
        Place { folder, clock, database: self.database.clone() }
    }

    /// The same mint started again: its folder, database and clock stay.
    pub async fn restart(&self) -> Self {
        Self::start_in(self.place(), &[], |ledger| ledger).await
    }

    /// A second mint process on the same ledger, its writes passing through `wrap`.
    pub async fn replica(&self, wrap: impl FnOnce(Ledger) -> Ledger) -> Self {
        Self::start_in(self.place(), &[], wrap).await
    }

    /// A second mint process on the same ledger with other settings, such as another way to it.
    pub async fn replica_with(&self, settings: &[(&str, &str)]) -> Self {
        Self::start_in(self.place(), settings, |ledger| ledger).await
    }

    async fn start_in(place: Place, settings: &[(&str, &str)], wrap: impl FnOnce(Ledger) -> Ledger) -> Self {
        let url = place.database.as_ref().map(|database| database.url());
        let mut all = settings.to_vec();
        all.extend(url.iter().map(|url| ("DATABASE_URL", url.as_str())));
        let settings = narrow_settings(place.folder.path(), &all);
        Self::assemble(place, settings, wrap).await
    }

    async fn assemble(place: Place, settings: Settings, wrap: impl FnOnce(Ledger) -> Ledger) -> Self {
        // Shown where a test fails; a second mint in the process keeps the first one's.
        let _ = tracing_subscriber::fmt().with_env_filter("warn").with_test_writer().try_init();
        let Place { folder, clock, database } = place;
        let ledger = start::open_ledger(&settings, IfMissing::Create).await.expect("the ledger opens");
        let mint = start::assemble_on(
            &settings,
            wrap(ledger.clone()),
            Arc::new(clock.clone()),
            Arc::new(SystemEntropy),
        );
        let mint = mint.await.expect("the mint starts");
        let router = http::router(mint.clone(), &settings);
        Self { mint, ledger, clock, settings, database, router, folder }
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// What its operator sees.
    pub async fn metrics(&self) -> String {
        let request = Request::get("/metrics").body(Body::empty()).expect("a request");
        let response = match http::operator_router(self.mint.clone()).oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        assert_eq!(response.status(), 200);
        let bytes = to_bytes(response.into_body(), 1 << 20).await.expect("a body");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Its API, as wallets use it.
    #[must_use]
    pub fn api(&self) -> HttpApi<InProcess> {
        HttpApi(self.transport())
    }

    /// What its API is carried by.
    #[must_use]
    pub fn transport(&self) -> InProcess {
        InProcess(self.raw())
    }

    /// Its API, for requests that no wallet would send.
    #[must_use]
    pub fn raw(&self) -> RawClient {
        RawClient::new(self.router())
    }

    /// Where its wallets think it is.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin::new("http://mint.test").expect("an origin")
    }

    /// A device whose clock is the mint's.
    #[must_use]
    pub fn device(&self, seed: u64) -> TestDevice {
        TestDevice::new(self.clock.clone(), Seeded::new(seed))
    }

    /// Serves on a free port of loopback until the test's runtime ends.
    pub async fn serve(&self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let service = self.router().into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        address
    }

    /// The audit's report.
    pub async fn audit(&self) -> AuditReport {
        sealed_audit(&self.ledger).await
    }

    /// Fails the test if any invariant does not hold.
    pub async fn assert_clean(&self) {
        assert_eq!(self.audit().await.violations, []);
    }
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry").path();
        let target = to.join(entry.file_name().expect("a name"));
        if entry.is_dir() {
            std::fs::create_dir(&target).expect("a folder");
            copy_folder(&entry, &target);
        } else {
            std::fs::copy(&entry, &target).expect("a copy");
        }
    }
}

/// Settings with narrow keys and limits out of the way.
#[must_use]
pub fn narrow_settings(folder: &Path, more: &[(&str, &str)]) -> Settings {
    let folder = folder.display().to_string();
    let defaults = [
        ("ECASH_DATA_DIR", folder.as_str()),
        ("ALLOW_WEAK", "software_keys,demo_funds,fsync_off"),
        ("DATABASE_POOL_SIZE", "4"),
        ("RATE_LIMIT_PER_SECOND", "1000000"),
        ("WITHDRAW_RATE_LIMIT_PER_SECOND", "1000000"),
        ("SIGNATURE_LIMIT_PER_SECOND", "1000000"),
    ];
    let find = |name: &str| more.iter().chain(&defaults).find(|(key, _)| *key == name);
    let mut settings =
        Settings::read(|name| find(name).map(|(_, value)| (*value).to_owned())).expect("settings");
    settings.keysets.width = Width::Test1024;
    settings
}
