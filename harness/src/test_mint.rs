//! A real mint on a real ledger, with short keys and the test's clock.

use crate::{Engine, InProcess, RawClient, Seeded, TestClock, TestDatabase, TestDevice, sealed_audit};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::middleware::{Next, from_fn};
use ecash_core::Origin;
use ecash_core::rsabssa::Width;
use ecash_environment::SystemEntropy;
use ecash_ledger::{AuditReport, IfMissing, Ledger};
use ecash_mint::keys::KeysetPlan;
use ecash_mint::service::Mint;
use ecash_mint::settings::Settings;
use ecash_mint::{http, start};
use ecash_servers::NO_LIMITS;
use ecash_wallet::Wallet;
use ecash_wallet::api::HttpApi;
use ecash_wallet::store::MemoryStore;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tower::ServiceExt as _;

/// A wallet in memory, at a mint in this process.
pub type TestWallet = Wallet<MemoryStore, HttpApi<InProcess>, TestDevice>;

/// The resources that restarts of the mint keep and that its replicas share.
struct Place {
    folder: Arc<TempDir>,
    clock: TestClock,
    database: Option<Arc<TestDatabase>>,
}

/// A mint that runs in this process.
pub struct TestMint {
    /// The mint itself, for calls that bypass HTTP.
    pub mint: Arc<Mint>,
    /// Direct access to the mint's ledger, without the `wrap` of [`Self::replica`].
    pub ledger: Ledger,
    /// The mint's clock, which the test controls.
    pub clock: TestClock,
    /// The settings that the mint was started with.
    pub settings: Settings,
    /// The mint's database, if it is on PostgreSQL.
    pub database: Option<Arc<TestDatabase>>,
    router: Router,
    folder: Arc<TempDir>,
}

impl TestMint {
    /// Starts a fresh demo mint on SQLite.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts a fresh demo mint on this ledger engine.
    pub async fn start_on(engine: Engine) -> Self {
        Self::start_on_with(engine, &[]).await
    }

    /// Starts a fresh mint on SQLite. These settings override the defaults.
    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        Self::start_on_with(Engine::Sqlite, settings).await
    }

    /// Starts a fresh mint on this ledger engine. These settings override the defaults.
    pub async fn start_on_with(engine: Engine, settings: &[(&str, &str)]) -> Self {
        let place = Place {
            folder: Arc::new(TempDir::new().expect("a temporary folder")),
            clock: TestClock::default(),
            database: engine.database().await,
        };
        Self::start_in(place, settings, |ledger| ledger).await
    }

    /// Starts a fresh demo mint on this database.
    pub async fn start_on_database(database: Arc<TestDatabase>) -> Self {
        let folder = Arc::new(TempDir::new().expect("a temporary folder"));
        let place = Place { folder, clock: TestClock::default(), database: Some(database) };
        Self::start_in(place, &[], |ledger| ledger).await
    }

    /// Starts a fresh mint on SQLite with full-size keys, for wallets that reject short ones.
    pub async fn start_with_real_keys() -> Self {
        let place = Place {
            folder: Arc::new(TempDir::new().expect("a temporary folder")),
            clock: TestClock::present(),
            database: None,
        };
        Self::start_real_in(place, &[]).await
    }

    /// Starts a second mint on the same ledger, with full-size keys.
    pub async fn replica_with_real_keys(&self, settings: &[(&str, &str)]) -> Self {
        Self::start_real_in(self.place(), settings).await
    }

    async fn start_real_in(place: Place, settings: &[(&str, &str)]) -> Self {
        let all = [settings, &[("DENOMINATIONS", "10,50,100")]].concat();
        let settings = narrow_settings(place.folder.path(), &all);
        let keysets = KeysetPlan { width: Width::Real3072, ..settings.keysets.clone() };
        Self::assemble(place, Settings { keysets, ..settings }, |ledger| ledger).await
    }

    /// Starts a mint on a copy of a data folder that an earlier version wrote. The clock starts at
    /// `unix_seconds`.
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

    /// Restarts the mint with the same folder, database and clock.
    pub async fn restart(&self) -> Self {
        Self::start_in(self.place(), &[], |ledger| ledger).await
    }

    /// Starts a second mint on the same ledger, which it accesses through `wrap`.
    pub async fn replica(&self, wrap: impl FnOnce(Ledger) -> Ledger) -> Self {
        Self::start_in(self.place(), &[], wrap).await
    }

    /// Starts a second mint on the same ledger with other settings, such as a database URL through a proxy.
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
        // Failed tests show the log. Only the first mint of a process can set the subscriber, so ignore
        // errors.
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

    /// Returns the mint's data folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the public routes.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Returns the body of the operator's `/metrics`.
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

    /// Returns the mint's API for wallets.
    #[must_use]
    pub fn api(&self) -> HttpApi<InProcess> {
        HttpApi(self.transport())
    }

    /// Returns a transport that calls the mint's routes without sockets.
    #[must_use]
    pub fn transport(&self) -> InProcess {
        InProcess(self.raw())
    }

    /// Returns a client for arbitrary requests.
    #[must_use]
    pub fn raw(&self) -> RawClient {
        RawClient::new(self.router())
    }

    /// Returns the origin for wallets of this mint.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin::new("http://mint.test").expect("an origin")
    }

    /// Returns a device that shares the mint's clock. `seed` determines its randomness.
    #[must_use]
    pub fn device(&self, seed: u64) -> TestDevice {
        TestDevice::new(self.clock.clone(), Seeded::new(seed))
    }

    /// Opens the wallet in a store, over a reliable transport. `seed` determines its device's randomness.
    pub async fn open_wallet(&self, store: &MemoryStore, seed: u64) -> TestWallet {
        let (store, device) = (store.clone(), self.device(seed));
        Wallet::open_with_dangerous_test_keys(store, self.api(), device, self.origin())
            .await
            .expect("a store in memory opens")
    }

    /// Creates a wallet in a new store, and connects it.
    pub async fn wallet(&self, seed: u64) -> TestWallet {
        let wallet = self.open_wallet(&MemoryStore::default(), seed).await;
        wallet.create().await.expect("a wallet is created");
        wallet.connect().await.expect("the mint responds");
        wallet
    }

    /// Serves on a free loopback port until the test's runtime ends. Returns the address.
    pub async fn serve(&self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let service = self.router().into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        address
    }

    /// Like [`Self::serve`], but records which request arrived over which connection.
    pub async fn serve_recorded(&self) -> (SocketAddr, Connections) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let connections = Connections::default();
        let recorded = connections.clone();
        let record =
            from_fn(move |ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request<Body>, next: Next| {
                recorded.0.lock().expect("no panic").push((peer.port(), request.uri().path().to_owned()));
                next.run(request)
            });
        let service = self.router().layer(record).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        (address, connections)
    }

    /// Audits the ledger, and returns the report.
    pub async fn audit(&self) -> AuditReport {
        sealed_audit(&self.ledger).await
    }

    /// Fails the test if an invariant of the ledger is violated.
    pub async fn assert_clean(&self) {
        assert_eq!(self.audit().await.violations, []);
    }
}

/// The recorded requests, in order: the client's port, which identifies the connection, and the path.
#[derive(Debug, Clone, Default)]
pub struct Connections(Arc<Mutex<Vec<(u16, String)>>>);

impl Connections {
    /// Returns the paths that were requested over each connection.
    pub fn paths(&self) -> Vec<BTreeSet<String>> {
        let mut by_port = BTreeMap::<u16, BTreeSet<String>>::new();
        for (port, path) in self.0.lock().expect("no panic").iter() {
            by_port.entry(*port).or_default().insert(path.clone());
        }
        by_port.into_values().collect()
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

/// Returns settings with short keys, which are fast to generate, and with rate limits that tests do not
/// reach.
#[must_use]
pub fn narrow_settings(folder: &Path, more: &[(&str, &str)]) -> Settings {
    let folder = folder.display().to_string();
    let defaults = [
        ("ECASH_DATA_DIR", folder.as_str()),
        ("ALLOW_WEAK", "software_keys,demo_funds,fsync_off"),
        ("DATABASE_POOL_SIZE", "4"),
    ];
    let find = |name: &str| more.iter().chain(&defaults).chain(&NO_LIMITS).find(|(key, _)| *key == name);
    let mut settings =
        Settings::read(|name| find(name).map(|(_, value)| (*value).to_owned())).expect("settings");
    settings.keysets.width = Width::Test1024;
    settings
}
