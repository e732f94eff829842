//! A client that listens for an account's news.

use serde_json::Value;
use std::time::Duration;

/// An open stream of Server-Sent Events.
pub struct EventStream {
    response: reqwest::Response,
    read: String,
}

impl EventStream {
    /// Listens at the mint of this address.
    pub async fn open(url: &str, account_token: &str) -> Self {
        let client = reqwest::Client::new();
        let request = client.get(format!("{url}/api/v1/account/events")).bearer_auth(account_token);
        let response = request.send().await.expect("the mint answers");
        assert_eq!(response.status(), 200);
        Self { response, read: String::new() }
    }

    /// The next event's data; none when the stream has ended.
    pub async fn next(&mut self) -> Option<Value> {
        tokio::time::timeout(Duration::from_secs(10), self.read_event()).await.expect("an event within 10 s")
    }

    async fn read_event(&mut self) -> Option<Value> {
        loop {
            while let Some((event, rest)) = self.read.split_once("\n\n") {
                let data = event.lines().find_map(|line| line.strip_prefix("data: ").map(str::to_owned));
                self.read = rest.to_owned();
                // The others are comments that keep the connection.
                if let Some(data) = data {
                    return Some(serde_json::from_str(&data).expect("JSON"));
                }
            }
            let chunk = self.response.chunk().await.expect("a stream that ends well")?;
            self.read.push_str(&String::from_utf8_lossy(&chunk));
        }
    }
}
