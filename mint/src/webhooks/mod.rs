//! Webhooks: events are posted to merchants' servers, signed as Standard Webhooks 1.0.0 specifies.
//!
//! The ledger holds the deliveries (`ecash_ledger::webhooks`); each is created in the transaction that
//! numbers its event. The [`dispatcher`](crate::dispatcher) sends them.
//!
//! | module | what it holds |
//! |---|---|
//! | `secret` | the secrets of endpoints, and signatures with them |
//! | `address` | which addresses may be connected to |

mod address;
mod secret;

pub use address::{AllowedHost, UrlRefused, check_url};
pub(crate) use address::{NotPublic, PublicResolver};
pub(crate) use secret::signatures;
pub use secret::{WebhookKey, WebhookSecret, WebhookSecretError};

use std::sync::Arc;

/// Dependencies of sending webhooks, beside the ledger.
pub struct Webhooks {
    /// Derives the endpoints' secrets.
    pub key: WebhookKey,
    /// Hosts that may be reached although they are not public.
    pub allowed: Arc<[AllowedHost]>,
}

/// Operator commands send no webhooks.
#[derive(Debug, thiserror::Error)]
#[error("this process has no webhook key")]
pub(crate) struct NoWebhookKey;
