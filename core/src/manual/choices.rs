//! Design choices and their reasons.
//!
//! - **RSABSSA-SHA384-PSS-Deterministic** (RFC 9474 §5). The message has 256 bits of entropy, so no
//!   randomizer is needed. It is the variant of the deployed Privacy Pass standard. The result is an ordinary
//!   PS384 signature, which every library verifies.
//! - **One key for each denomination and epoch.** A blind signer cannot see what it signs. The key is all
//!   that it knows of a token, so the key determines the value.
//! - **The key id is a hash of everything the key means.** If a mint changed a date or a value, the key id
//!   would change, and every token would show it.
//! - **The spent id is the token message.** It binds kind, key and serial: one serial under two keys is two
//!   paid tokens, and two signatures of one message are one token.
//! - **Everything from one seed, by our own derivation.** The order in which a library draws random numbers
//!   may change, but a wallet must restore its tokens ten years later.
//! - **Chains.** Withdrawals name an account and swaps must not. Their outputs never share a counter, so that
//!   restoring one reveals nothing about the other.
//! - **`crypto-bigint` for the public operations.** It has fixed widths and constant time, and one inversion
//!   serves many tokens. The mint's private operation is done by OpenSSL or an HSM (docs/adr/0002).
