//! Arbitrary requests, and tokens created without the wallet engine.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Method, Request, header};
use ecash_core::base64url::Base64Url;
use ecash_core::keys::Keyset;
use ecash_core::names::CurrencyCode;
use ecash_core::seed::{Chain, Seed};
use ecash_core::token::{InvertedOutputs, OutputName, PendingOutputs, Token, TokenBundle};
use ecash_core::wire::{KeysResponse, TokenInfo};
use ecash_core::{Denomination, Origin};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tower::ServiceExt as _;

/// A response of the mint.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The `Retry-After` header, in seconds.
    pub retry_after_s: Option<u32>,
    /// The body as JSON, or as text if it is not JSON; [`Value::Null`] if it is empty.
    pub body: Value,
    /// The unmodified body.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// Returns the error code of a problem response, and an empty text for any other response.
    #[must_use]
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

/// A client that sends arbitrary requests, to routes in this process or over HTTP.
#[derive(Clone)]
pub struct RawClient(Target);

#[derive(Clone)]
enum Target {
    Router(Router, SocketAddr),
    Http(reqwest::Client, String),
}

impl RawClient {
    pub(crate) const fn new(router: Router) -> Self {
        let client = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 1);
        Self(Target::Router(router, client))
    }

    /// Returns a client of the mint at this URL.
    #[must_use]
    pub fn remote(url: &str) -> Self {
        Self(Target::Http(reqwest::Client::new(), url.to_owned()))
    }

    /// Returns a client of the same routes whose requests appear to come from another IP address and port.
    #[must_use]
    pub fn from_address(&self, address: &str) -> Self {
        let Target::Router(router, _) = &self.0 else {
            panic!("only in-process routes accept a simulated client address")
        };
        Self(Target::Router(router.clone(), address.parse().expect("an address")))
    }

    /// Sends a request with headers and a body.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        match &self.0 {
            Target::Router(router, client) => {
                send_to_router(router.clone(), *client, method, path, headers, body).await
            }
            Target::Http(http, url) => {
                let sent = send_over_http(http, &format!("{url}{path}"), method, headers, body).await;
                sent.unwrap_or_else(|error| panic!("{path}: {error}"))
            }
        }
    }

    /// Sends a POST over HTTP. Returns `None` if the connection fails; the other methods fail the test.
    pub async fn try_post(&self, path: &str, key: &str, body: &Value) -> Option<Answer> {
        let Target::Http(http, url) = &self.0 else { panic!("in-process routes have no connections") };
        let headers = [("content-type", "application/json"), ("idempotency-key", key)];
        let body = body.to_string().into_bytes();
        send_over_http(http, &format!("{url}{path}"), Method::POST, &headers, body).await.ok()
    }

    /// Sends a GET with an optional bearer token.
    pub async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let headers: Vec<_> = bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
        self.send(Method::GET, path, &headers, Vec::new()).await
    }

    /// Sends a POST of JSON with an optional bearer token and an optional idempotency key.
    pub async fn post(&self, path: &str, token: Option<&str>, key: Option<&str>, body: &Value) -> Answer {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(bearer.iter().map(|bearer| ("authorization", bearer.as_str())));
        headers.extend(key.map(|key| ("idempotency-key", key)));
        self.send(Method::POST, path, &headers, body.to_string().into_bytes()).await
    }
}

fn answer(status: u16, retry_after: Option<&HeaderValue>, body: &[u8]) -> Answer {
    let retry_after_s = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
    let text = || if body.is_empty() { Value::Null } else { String::from_utf8_lossy(body).into() };
    let value = serde_json::from_slice(body).unwrap_or_else(|_| text());
    Answer { status, retry_after_s, body: value, bytes: body.to_vec() }
}

async fn send_to_router(
    router: Router,
    client: SocketAddr,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::from(body)).expect("a request");
    request.extensions_mut().insert(ConnectInfo(client));
    let response = match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.expect("a body");
    answer(parts.status.as_u16(), parts.headers.get(header::RETRY_AFTER), &bytes)
}

async fn send_over_http(
    http: &reqwest::Client,
    url: &str,
    method: Method,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> Result<Answer, reqwest::Error> {
    let mut request = http.request(method, url).body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await?;
    let (status, retry_after) =
        (response.status().as_u16(), response.headers().get(header::RETRY_AFTER).cloned());
    Ok(answer(status, retry_after.as_ref(), &response.bytes().await?))
}

/// An account and the newest keyset, for crafting requests without the wallet engine.
pub struct RawWallet {
    /// The client of the account's mint.
    pub client: RawClient,
    /// The account's bearer token.
    pub token: String,
    /// The account's id.
    pub account_id: String,
    /// The keyset that outputs are blinded for; initially the issuing one.
    pub keyset: Keyset,
    seed: Seed,
    next: u64,
}

impl RawWallet {
    /// Opens an account and fetches the issuing keyset.
    pub async fn open(client: RawClient) -> Self {
        let opened = client.post("/api/v1/accounts", None, None, &json!({})).await;
        let keys = client.get("/api/v1/keys", None).await;
        let keys: KeysResponse = serde_json::from_value(keys.body).expect("keys");
        let info = keys.keysets.iter().find(|info| info.keyset_id == keys.key_id).expect("an issuing keyset");
        let token = opened.body["account_token"].as_str().expect("a token").to_owned();
        let mut seed = [0; 64];
        seed.iter_mut().zip(token.bytes()).for_each(|(to, from)| *to = from);
        Self {
            client,
            account_id: opened.body["account_id"].as_str().expect("an account").to_owned(),
            keyset: Keyset::from_wire(&keys.institution_id, &keys.currency, info).expect("a keyset"),
            seed: Seed::new(seed),
            token,
            next: 0,
        }
    }

    /// Blinds `count` fresh outputs of a denomination.
    pub fn outputs(&mut self, denomination: u64, count: u64) -> InvertedOutputs {
        let denomination = Denomination::new(denomination).expect("a denomination");
        let key = self.keyset.key_of(denomination).expect("a key");
        let mut pending = PendingOutputs::new(key);
        for _ in 0..count {
            pending
                .push(&self.seed, OutputName { chain: Chain::Withdraw, counter: self.next })
                .expect("an output");
            self.next += 1;
        }
        pending.invert(&self.seed).expect("invertible")
    }

    /// Withdraws `count` tokens of a denomination.
    pub async fn withdraw(&mut self, denomination: u64, count: u64) -> Vec<Token> {
        self.try_withdraw(denomination, count).await.expect("a withdrawal")
    }

    /// Withdraws `count` tokens of a denomination, for tests in which the mint may reject that.
    ///
    /// # Errors
    /// Returns the mint's response if it rejects the withdrawal.
    pub async fn try_withdraw(&mut self, denomination: u64, count: u64) -> Result<Vec<Token>, Answer> {
        let outputs = self.outputs(denomination, count);
        let body = json!({ "amount": denomination * count, "outputs": output_requests(&outputs) });
        let answer = self.client.post("/api/v1/withdraw", Some(&self.token), None, &body).await;
        if answer.status == 200 { Ok(finalize(&outputs, &answer.body)) } else { Err(answer) }
    }

    /// Returns the wire form of tokens of [`Self::keyset`].
    #[must_use]
    pub fn wire(&self, tokens: &[Token]) -> Vec<TokenInfo> {
        let denomination = |token: &Token| self.keyset.key(&token.key_id).expect("a known key").denomination;
        tokens
            .iter()
            .map(|token| TokenInfo::new(token, denomination(token), &self.keyset.institution_id))
            .collect()
    }

    /// Returns the text form of tokens.
    #[must_use]
    pub fn text(&self, origin: &Origin, tokens: Vec<Token>) -> String {
        let currency = CurrencyCode::new(self.keyset.currency.code.as_str()).expect("a code");
        let institution_id = self.keyset.institution_id.clone();
        let bundle = TokenBundle { origin: origin.clone(), institution_id, currency, memo: None, tokens };
        bundle.to_text().expect("a bundle")
    }

    /// Fetches the account's balance, in minor units.
    pub async fn balance(&self) -> u64 {
        let answer = self.client.get("/api/v1/account", Some(&self.token)).await;
        answer.body["balance"].as_u64().expect("a balance")
    }
}

/// Returns outputs as JSON.
#[must_use]
pub fn output_requests(outputs: &InvertedOutputs) -> Value {
    let key_id = outputs.key().key_id;
    let request = |blinded: &[u8]| json!({ "key_id": key_id, "blinded_token": Base64Url::from(blinded) });
    outputs.outputs().iter().map(|output| request(output.blinded_token().as_bytes())).collect()
}

/// Unblinds the blind signatures of a response into tokens.
#[must_use]
pub fn finalize(outputs: &InvertedOutputs, answer: &Value) -> Vec<Token> {
    let signatures = answer["blind_signatures"].as_array().expect("signatures");
    signatures
        .iter()
        .enumerate()
        .map(|(index, signature)| {
            let bytes = ecash_core::base64url::decode(signature.as_str().expect("text")).expect("base64url");
            outputs.finalize(index, &bytes).expect("a valid signature")
        })
        .collect()
}
