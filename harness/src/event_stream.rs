//! A client of an account's event stream.

use serde_json::Value;
use std::time::Duration;

/// An open stream of Server-Sent Events.
pub struct EventStream {
    response: reqwest::Response,
    read: String,
}

impl EventStream {
    /// Opens the event stream of an account at the mint with this URL.
    pub async fn open(url: &str, account_token: &str) -> Self {
        let client = reqwest::Client::new();
        let request = client.get(format!("{url}/api/v1/account/events")).bearer_auth(account_token);
        let response = request.send().await.expect("the mint responds");
        assert_eq!(response.status(), 200);
        Self { response, read: String::new() }
    }

    /// Returns the data of the next event, or `None` at the end of the stream.
    pub async fn next(&mut self) -> Option<Value> {
        tokio::time::timeout(Duration::from_secs(60), self.read_event()).await.expect("an event within 60 s")
    }

    async fn read_event(&mut self) -> Option<Value> {
        loop {
            while let Some((event, rest)) = self.read.split_once("\n\n") {
                let data = event.lines().find_map(|line| line.strip_prefix("data: ").map(str::to_owned));
                self.read = rest.to_owned();
                // Other messages are comments that keep the connection alive.
                if let Some(data) = data {
                    return Some(serde_json::from_str(&data).expect("JSON"));
                }
            }
            let chunk = self.response.chunk().await.expect("a stream without errors")?;
            self.read.push_str(&String::from_utf8_lossy(&chunk));
        }
    }
}
