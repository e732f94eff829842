//! Choices, with their reasons.
//!
//! - **RSABSSA-SHA384-PSS-Deterministic** (RFC 9474 §5). The message has 256 bits of entropy, so
//!   no randomizer is needed; it is the variant of the deployed Privacy Pass standard; the result
//!   is an ordinary PS384 signature that every library verifies.
//! - **One key for each denomination and epoch.** A blind signer cannot see what it signs; the key
//!   is the only thing it knows of a token, so the key is the value.
//! - **The key id is a hash of everything the key means.** A mint that changed a date or a value
//!   would change the name, and every token would show it.
//! - **The spent id is the token message.** It binds kind, key and serial: one serial under two
//!   keys is two paid tokens, and two signatures of one message are one token.
//! - **Everything from one seed, by our own derivation.** A library's order of random numbers may
//!   change; a wallet must find its tokens again in ten years.
//! - **Chains.** Withdrawals name an account and swaps must not; outputs of both never share a
//!   counter, so that restoring one tells nothing of the other.
//! - **`crypto-bigint` for the public side.** Fixed widths, constant time, one inversion for many
//!   tokens. The mint's private operation is OpenSSL's or an HSM's (docs/adr/0002).
