//! One log line for an outage.

use crate::error_chain;
use std::error::Error;

/// Logs the first of consecutive failures of a repeated task. A long outage then writes one line, not one for each attempt.
#[derive(Debug, Default)]
pub struct FailureLog {
    failing: bool,
}

impl FailureLog {
    /// Records the result of an attempt, and logs a failure unless the attempt before it failed too. `message` names the
    /// part, what failed, and when it is retried.
    pub fn record<E: Error + 'static>(&mut self, result: Result<(), E>, message: &str) {
        match result {
            Ok(()) => self.failing = false,
            Err(error) if !std::mem::replace(&mut self.failing, true) => {
                tracing::error!(error = error_chain(&error), "{message}");
            }
            Err(_) => {}
        }
    }
}
