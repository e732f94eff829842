//! A mint, a merchant, and the merchant's server, whose responses to webhooks a test sets.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use ecash_core::api_key::Scopes;
use ecash_core::{AccountId, Timestamp};
use ecash_harness::{Answer, Engine, RawClient, TestMint};
use ecash_mint::dispatcher::dispatch_forever;
use ecash_mint::service::NewApiKey;
use openssl::base64;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinHandle;

pub(crate) const ENDPOINTS: &str = "/api/v1/merchant/endpoints";
pub(crate) const PAYMENTS: &str = "/api/v1/merchant/payments";

/// One request that the shop's server received.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn event(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// Returns which of these secrets the signatures are of.
    pub(crate) fn signed_by(&self, secrets: &[&str]) -> Vec<usize> {
        let signatures: Vec<_> = self.header("webhook-signature").split(' ').collect();
        let message = [self.header("webhook-id"), self.header("webhook-timestamp")].join(".") + ".";
        let signature = |secret: &str| {
            let key = base64::decode_block(secret.strip_prefix("whsec_").unwrap()).unwrap();
            let key = PKey::hmac(&key).unwrap();
            let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
            let hmac = signer.sign_oneshot_to_vec(&[message.as_bytes(), &self.body].concat()).unwrap();
            format!("v1,{}", base64::encode_block(&hmac))
        };
        let signed = |(_, secret): &(usize, &&str)| signatures.contains(&signature(secret).as_str());
        let by: Vec<_> = secrets.iter().enumerate().filter(signed).map(|(number, _)| number).collect();
        assert_eq!(by.len(), signatures.len(), "every signature is of a known secret");
        by
    }
}

/// Responses of the server, in order: a status, and the delay before it. The last one repeats.
pub(crate) type Answers = Arc<Mutex<Vec<(u16, Duration)>>>;

/// The server of a shop.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) received: Arc<Mutex<Vec<Received>>>,
    pub(crate) answers: Answers,
    pub(crate) file: Arc<Mutex<String>>,
    /// How often the file was read.
    pub(crate) file_reads: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            received: Arc::default(),
            answers: Arc::new(Mutex::new(vec![(204, Duration::ZERO)])),
            file: Arc::default(),
            file_reads: Arc::default(),
        };
        let file = |State(server): State<Self>| async move {
            server.file_reads.fetch_add(1, Ordering::SeqCst);
            server.file.lock().unwrap().clone()
        };
        let app = Router::new()
            .route("/hook", post(Self::receive))
            .route("/.well-known/ecash-merchant.json", get(file))
            .with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        server
    }

    pub(crate) async fn receive(
        State(server): State<Self>,
        headers: HeaderMap,
        body: Bytes,
    ) -> impl IntoResponse {
        server.received.lock().unwrap().push(Received { headers, body: body.to_vec() });
        let (status, wait) = {
            let mut answers = server.answers.lock().unwrap();
            if answers.len() > 1 { answers.remove(0) } else { answers[0] }
        };
        tokio::time::sleep(wait).await;
        (StatusCode::from_u16(status).unwrap(), [("location", "http://localhost:1/"), ("retry-after", "7")])
    }

    pub(crate) fn answer(&self, statuses: &[u16]) {
        *self.answers.lock().unwrap() = statuses.iter().map(|status| (*status, Duration::ZERO)).collect();
    }

    pub(crate) fn allow(&self) -> String {
        format!("localhost:{}", self.port)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://localhost:{}/hook", self.port)
    }

    /// Waits until this many requests were received, and returns them.
    pub(crate) async fn received(&self, count: usize) -> Vec<Received> {
        for _ in 0..6000 {
            if self.received.lock().unwrap().len() >= count {
                return self.received.lock().unwrap().clone();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("expected {count} requests, received {:?}", self.received.lock().unwrap());
    }
}

/// A mint, a merchant and its server.
pub(crate) struct Shop {
    pub(crate) mint: TestMint,
    pub(crate) raw: RawClient,
    pub(crate) key: String,
    pub(crate) server: Server,
    pub(crate) dispatcher: JoinHandle<()>,
}

impl Shop {
    pub(crate) async fn open(engine: Engine) -> Self {
        let server = Server::start().await;
        let mint = TestMint::start_on_with(engine, &[("WEBHOOK_ALLOW", &server.allow())]).await;
        let merchant_id = AccountId::new("merchant_shop").unwrap();
        mint.mint.create_merchant(&merchant_id, None).await.unwrap();
        let scopes = Scopes::parse("read,payments,webhooks").unwrap();
        let wanted = NewApiKey { name: "server".to_owned(), scopes, expires_in_s: None };
        let key = mint.mint.create_api_key_of(&merchant_id, wanted).await.unwrap().secret;
        let dispatcher = tokio::spawn(dispatch_forever(Arc::downgrade(&mint.mint)));
        Self { raw: mint.raw(), key, server, dispatcher, mint }
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.raw.post(path, Some(&self.key), None, body).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {}", self.key);
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        self.raw.send(method, path, &headers, body.to_string().into_bytes()).await
    }

    pub(crate) async fn endpoint(&self, kinds: &[&str]) -> Value {
        let made = self.post(ENDPOINTS, &json!({ "url": self.server.url(), "kinds": kinds })).await;
        assert_eq!(made.status, 201, "{}", made.body);
        made.body
    }

    pub(crate) async fn listed(&self) -> Value {
        self.raw.get(ENDPOINTS, Some(&self.key)).await.body["data"][0].clone()
    }

    pub(crate) async fn deliveries(&self, endpoint: &Value) -> Vec<Value> {
        let answer = self.raw.get(&format!("{}/deliveries", path(endpoint)), Some(&self.key)).await;
        answer.body["data"].as_array().unwrap().clone()
    }

    /// Waits until a delivery is in a state after this many attempts, the last of which has ended at the
    /// present time.
    pub(crate) async fn delivery(&self, endpoint: &Value, index: usize, state: &str, attempts: u64) -> Value {
        let now = Timestamp::from_unix_seconds(self.mint.clock.unix_seconds()).to_string();
        for _ in 0..6000 {
            let delivery = self.deliveries(endpoint).await.get(index).cloned().unwrap_or_default();
            let ended = delivery["attempted_at"] == now.as_str();
            if ended && delivery["state"] == state && delivery["attempts"] == attempts {
                return delivery;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("not {state} after {attempts}: {:?}", self.deliveries(endpoint).await);
    }

    /// Creates a payment and cancels it, which is one event. Returns its id.
    pub(crate) async fn cancelled(&self) -> String {
        let created = self.post(PAYMENTS, &json!({ "amount": 50, "description": "Order" })).await;
        let id = created.body["payment_id"].as_str().unwrap().to_owned();
        let cancelled = self.post(&format!("{PAYMENTS}/{id}/cancel"), &json!({})).await;
        assert_eq!(cancelled.status, 200);
        self.wake().await;
        id
    }

    /// Gives events their numbers, and wakes the dispatcher.
    pub(crate) async fn wake(&self) {
        self.mint.mint.number_events().await.unwrap();
    }

    pub(crate) async fn advance(&self, seconds: u64) {
        self.mint.clock.advance(seconds);
        self.wake().await;
    }
}

pub(crate) fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code()), (status, code), "{}", answer.body);
}

pub(crate) fn path(endpoint: &Value) -> String {
    format!("{ENDPOINTS}/{}", endpoint["endpoint_id"].as_str().unwrap())
}
