//! The four named variants (RFC 9474 §5) as types, and message preparation (§4.1).

/// One of RFC 9474's variants.
pub trait Variant {
    /// The name in RFC 9474 §5.
    const NAME: &'static str;
    /// Length of the PSS salt in bytes.
    const SALT_LEN: usize;
    /// Whether a 32-byte random prefix is put before the message.
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
    /// Random salt, random message prefix.
    PssRandomized, "RSABSSA-SHA384-PSS-Randomized", 48, true
}
variant! {
    /// Empty salt, random message prefix.
    PssZeroRandomized, "RSABSSA-SHA384-PSSZERO-Randomized", 0, true
}
variant! {
    /// Random salt, the message as it is: what our tokens use, for their message is random itself.
    PssDeterministic, "RSABSSA-SHA384-PSS-Deterministic", 48, false
}
variant! {
    /// Empty salt, the message as it is. Only for messages of high entropy.
    PssZeroDeterministic, "RSABSSA-SHA384-PSSZERO-Deterministic", 0, false
}

/// A message made ready for variant `V` (RFC 9474 §4.1 Prepare).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedMessage<V: Variant> {
    bytes: Vec<u8>,
    variant: std::marker::PhantomData<V>,
}

impl<V: Variant> PreparedMessage<V> {
    /// PrepareRandomize or PrepareIdentity, as `V` says; `prefix` is 32 random bytes and is used
    /// only by the randomized variants.
    #[must_use]
    pub fn prepare(message: &[u8], prefix: &[u8; 32]) -> Self {
        let mut bytes = if V::RANDOMIZED { prefix.to_vec() } else { Vec::new() };
        bytes.extend_from_slice(message);
        Self { bytes, variant: std::marker::PhantomData }
    }

    /// The bytes that are signed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl PreparedMessage<PssDeterministic> {
    /// PrepareIdentity.
    #[must_use]
    pub fn identity(message: &[u8]) -> Self {
        Self::prepare(message, &[0; 32])
    }
}
