//! Frames: a u32 length, then deterministic CBOR. Each has the number of its request.

use ecash_core::wire::KeysetInfo;
use ecash_core::{Currency, InstitutionId};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use tokio_util::bytes::Bytes;
use tokio_util::codec::LengthDelimitedCodec;

/// The longest frame: a request is below 1 KiB, an answer may hold years of keysets.
const MAX_FRAME_LEN: usize = 8 << 20;

/// Splits a stream into frames.
pub(super) fn codec() -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder().max_frame_length(MAX_FRAME_LEN).new_codec()
}

/// What a mint asks.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) enum Request {
    /// One blind signature.
    #[n(0)]
    Sign {
        /// The key's id, 32 bytes.
        #[cbor(n(0), with = "minicbor::bytes")]
        key_id: Vec<u8>,
        /// k bytes.
        #[cbor(n(1), with = "minicbor::bytes")]
        blinded_token: Vec<u8>,
    },
    /// Whether it can sign now.
    #[n(1)]
    Ping,
    /// Which keysets it holds.
    #[n(2)]
    Keysets,
}

/// What the signer answers.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) enum Response {
    /// The blind signature, k bytes.
    #[n(0)]
    Signed(#[cbor(n(0), with = "minicbor::bytes")] Vec<u8>),
    /// It can sign.
    #[n(1)]
    Well,
    /// JSON of [`OfferedKeyset`]s.
    #[n(2)]
    Keysets(#[n(0)] String),
    /// It did not.
    #[n(3)]
    Refused(#[n(0)] ErrorCode),
}

/// Why nothing was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub(super) enum ErrorCode {
    /// Too many wait.
    #[n(0)]
    Overloaded,
    /// It does not hold the key.
    #[n(1)]
    UnknownKey,
    /// Not k bytes with 1 < x < n − 1.
    #[n(2)]
    OutOfRange,
    /// Its result failed the check.
    #[n(3)]
    Faulty,
    /// Its token cannot be used now.
    #[n(4)]
    TokenDown,
    /// The key is outside its issuing time.
    #[n(5)]
    NotIssuing,
}

/// A numbered request or answer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) struct Numbered<T> {
    #[n(0)]
    pub(super) number: u64,
    #[n(1)]
    pub(super) body: T,
}

/// A keyset as the signer offers it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct OfferedKeyset {
    pub(super) institution_id: InstitutionId,
    pub(super) currency: Currency,
    pub(super) keyset: KeysetInfo,
}

/// A frame's bytes.
pub(super) fn encode<T: Encode<()>>(number: u64, body: T) -> Bytes {
    let mut bytes = Vec::new();
    // Writing to memory cannot fail.
    let _ = minicbor::encode(Numbered { number, body }, &mut bytes);
    bytes.into()
}

/// A frame's content; none if it is not one.
pub(super) fn decode<T>(frame: &[u8]) -> Option<Numbered<T>>
where
    T: for<'b> Decode<'b, ()>,
{
    minicbor::decode(frame).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_as_they_were() {
        let request = Request::Sign { key_id: vec![7; 32], blinded_token: vec![9; 384] };
        let frame = encode(5, request.clone());
        assert!(frame.len() < 500);
        assert_eq!(decode(&frame), Some(Numbered { number: 5, body: request }));
        assert_eq!(decode::<Request>(&encode(6, Response::Refused(ErrorCode::Overloaded))), None);
        assert_eq!(decode::<Response>(b"\xff\x00"), None);
    }
}
