//! The protocol between mints and the signer process. Only the signer process has access to the hardware
//! token and its PIN.
//!
//! One connection carries many requests at once, each with a number; `wire` defines the frames. The transport
//! is a unix socket on one machine, or TCP with mutual TLS between two. Signing is deterministic and has no
//! side effects, so a request whose response was lost is retried.

mod address;
mod link;
mod server;
mod signer;
mod tls;
mod wire;

pub use crate::errors::LinkError;
pub use address::{SignerAddress, SignerLink};
pub use server::{ListenError, SignerServer};
pub use signer::RemoteSigner;
pub use tls::{TlsError, TlsFiles};
