//! The signer process: it alone holds the token and the PIN.
//!
//! One connection carries many requests at once, each with a number; `wire.rs` says how they look.
//! The same protocol over a unix socket on one machine, or TCP with mutual TLS between two. Signing is
//! deterministic and has no side effect, so what was lost on the way is simply asked again.

mod address;
mod link;
mod server;
mod signer;
mod tls;
mod wire;

pub use address::{SignerAddress, SignerLink};
pub use link::LinkError;
pub use server::{ListenError, SignerServer};
pub use signer::RemoteSigner;
pub use tls::{TlsError, TlsFiles};
