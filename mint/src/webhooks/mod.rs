//! Webhooks: events are posted to merchants' servers, signed as Standard Webhooks 1.0.0 says.
//!
//! The ledger holds what is to be sent (`ecash_ledger::webhooks`); a delivery is made in the transaction that numbers its event.
//! Sending is the work of the dispatcher, which runs inside `ecash-mint serve` or as `ecash-mint dispatcher`: only its process makes
//! connections to other networks.
//!
//! | module | what it holds |
//! |---|---|
//! | `secret` | the secrets of endpoints, and signatures with them |
//! | `address` | which addresses may be connected to |
//! | `client` | requests to those addresses, and how they fail |
//! | `schedule` | when a failed delivery is tried again |
//! | `dispatcher` | sending what is due |
//! | `domains` | reading the files with which domains name their merchants |

mod address;
mod client;
mod dispatcher;
mod domains;
mod schedule;
mod secret;

pub use address::{AllowedHost, UrlRefused, check_url};
pub(crate) use dispatcher::NoWebhookKey;
pub use dispatcher::dispatch_forever;
pub use secret::{WebhookKey, WebhookSecret, WebhookSecretError};

use std::sync::Arc;

/// What sending webhooks needs beside the ledger.
pub struct Webhooks {
    /// Derives the endpoints' secrets.
    pub key: WebhookKey,
    /// Hosts that may be reached although they are not public.
    pub allowed: Arc<[AllowedHost]>,
}
