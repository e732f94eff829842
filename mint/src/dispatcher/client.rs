//! Requests to merchants' servers.

use crate::webhooks::{AllowedHost, NotPublic, PublicResolver};
use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response, Url, redirect};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// Timeout of a request, including the response.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Maximum number of bytes that are read of a response or a document, so that a server cannot keep the
/// dispatcher busy.
const MAX_ANSWER_LEN: usize = 1024;
const MAX_DOCUMENT_LEN: usize = 16 * 1024;

/// Connects to public addresses only, follows no redirects, uses no proxy and keeps no connection open.
pub(super) struct PublicClient {
    http: Client,
}

/// A response.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) retry_after: Option<Duration>,
    /// The beginning of the body.
    pub(super) body: Vec<u8>,
}

/// The kind of a failure, for the merchant. It reveals nothing about the dispatcher's network.
pub(super) type Failure = &'static str;

impl PublicClient {
    pub(super) fn new(allowed: &Arc<[AllowedHost]>) -> Result<Self, reqwest::Error> {
        let http = Client::builder()
            .dns_resolver(Arc::new(PublicResolver { allowed: allowed.clone() }))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(0)
            .timeout(TIMEOUT)
            .user_agent("ecash-mint/1")
            .build()?;
        Ok(Self { http })
    }

    /// Posts JSON.
    pub(super) async fn post(
        &self,
        url: Url,
        headers: [(&'static str, &str); 3],
        body: Vec<u8>,
    ) -> Result<Answer, Failure> {
        let mut map = HeaderMap::new();
        map.insert("content-type", HeaderValue::from_static("application/json"));
        for (name, value) in headers {
            map.insert(name, HeaderValue::from_str(value).map_err(|_| "connection")?);
        }
        read(self.http.post(url).headers(map).body(body).send().await, MAX_ANSWER_LEN).await
    }

    /// Gets a small document.
    pub(super) async fn get(&self, url: Url) -> Result<Answer, Failure> {
        read(self.http.get(url).send().await, MAX_DOCUMENT_LEN).await
    }
}

async fn read(sent: Result<Response, reqwest::Error>, max_len: usize) -> Result<Answer, Failure> {
    let mut response = sent.map_err(|error| failure(&error))?;
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let mut body = Vec::new();
    while body.len() < max_len {
        // The status decides, so a response that breaks off after it counts as received.
        let Ok(Some(chunk)) = response.chunk().await else { break };
        body.extend(chunk.iter().take(max_len - body.len()));
    }
    Ok(Answer { status: response.status().as_u16(), retry_after: retry_after.map(Duration::from_secs), body })
}

fn failure(error: &reqwest::Error) -> Failure {
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(next) = cause {
        causes.push(next);
        cause = next.source();
    }
    let causes = || causes.iter();
    if error.is_timeout() {
        "timeout"
    } else if causes().any(|cause| cause.is::<NotPublic>()) {
        "address_refused"
    } else if causes()
        .any(|cause| cause.is::<openssl::ssl::Error>() || cause.is::<openssl::error::ErrorStack>())
    {
        "tls"
    } else if causes().any(|cause| cause.to_string().contains("dns error")) {
        "name_unknown"
    } else {
        "connection"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[tokio::test]
    async fn names_of_this_machine_are_rejected() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let client = PublicClient::new(&Arc::from([])).unwrap();
        let url = Url::parse(&format!("https://localhost:{port}/")).unwrap();
        assert_eq!(client.get(url.clone()).await.unwrap_err(), "address_refused");
        assert!(listener.accept().is_err(), "no connection was made");
        // The operator allowed this host; the server here does not speak TLS.
        let allowed = Arc::from([format!("localhost:{port}").parse().unwrap()]);
        let client = PublicClient::new(&allowed).unwrap();
        let accepted = tokio::task::spawn_blocking(move || {
            listener.set_nonblocking(false).unwrap();
            drop(listener.accept().unwrap());
        });
        assert!(["tls", "connection"].contains(&client.get(url).await.unwrap_err()));
        accepted.await.unwrap();
    }
}
