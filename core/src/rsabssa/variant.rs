//! The four named variants (RFC 9474 §5) as types, and the preparation of messages (§4.1).

/// A named variant of RFC 9474 §5: a salt length, and whether messages are randomized.
pub trait Variant {
    /// Name of the variant in RFC 9474 §5.
    const NAME: &'static str;
    /// Length of the PSS salt in bytes: 48 or 0.
    const SALT_LEN: usize;
    /// Whether Prepare puts a random prefix of 32 bytes before the message.
    const RANDOMIZED: bool;
}

macro_rules! variant {
    ($(#[$doc:meta])* $ty:ident, $name:literal, $salt_len:literal, $randomized:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub enum $ty {}
        impl Variant for $ty {
            const NAME: &'static str = $name;
            const SALT_LEN: usize = $salt_len;
            const RANDOMIZED: bool = $randomized;
        }
    };
}

variant! {
    /// Random salt and random message prefix.
    PssRandomized, "RSABSSA-SHA384-PSS-Randomized", 48, true
}
variant! {
    /// Empty salt and random message prefix.
    PssZeroRandomized, "RSABSSA-SHA384-PSSZERO-Randomized", 0, true
}
variant! {
    /// Random salt, no message prefix. Our tokens use this variant: their messages have 256 bits of entropy
    /// already.
    PssDeterministic, "RSABSSA-SHA384-PSS-Deterministic", 48, false
}
variant! {
    /// Empty salt, no message prefix. Only safe for messages of high entropy.
    PssZeroDeterministic, "RSABSSA-SHA384-PSSZERO-Deterministic", 0, false
}

/// A message prepared for variant `V` (RFC 9474 §4.1, Prepare).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedMessage<V: Variant> {
    bytes: Vec<u8>,
    variant: std::marker::PhantomData<V>,
}

impl<V: Variant> PreparedMessage<V> {
    /// Prepares a message by PrepareRandomize or PrepareIdentity, depending on `V`. `prefix` must be random;
    /// the deterministic variants ignore it.
    #[must_use]
    pub fn prepare(message: &[u8], prefix: &[u8; 32]) -> Self {
        let mut bytes = if V::RANDOMIZED { prefix.to_vec() } else { Vec::new() };
        bytes.extend_from_slice(message);
        Self { bytes, variant: std::marker::PhantomData }
    }

    /// Returns the bytes to sign, including the prefix.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl PreparedMessage<PssDeterministic> {
    /// Prepares a message by PrepareIdentity (RFC 9474 §4.1): the bytes are signed unchanged.
    #[must_use]
    pub fn identity(message: &[u8]) -> Self {
        Self::prepare(message, &[0; 32])
    }
}
