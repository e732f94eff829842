//! The frames of the signer protocol: a u32 length, then CBOR. A response has the number of its request.

use ecash_core::wire::KeysetInfo;
use ecash_core::{Currency, InstitutionId};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use tokio_util::bytes::Bytes;
use tokio_util::codec::LengthDelimitedCodec;

/// Maximum length of a frame in bytes. A request is below 1 KiB; a response may contain years of keysets.
const MAX_FRAME_LEN: usize = 8 << 20;

/// Returns the codec that splits a stream into frames.
pub(super) fn codec() -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder().max_frame_length(MAX_FRAME_LEN).new_codec()
}

/// A request of a mint.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) enum Request {
    /// Asks for one blind signature.
    #[n(0)]
    Sign {
        /// The key id, 32 bytes.
        #[cbor(n(0), with = "minicbor::bytes")]
        key_id: Vec<u8>,
        /// The blinded token, k bytes.
        #[cbor(n(1), with = "minicbor::bytes")]
        blinded_token: Vec<u8>,
    },
    /// Asks whether the signer can sign now.
    #[n(1)]
    Ping,
    /// Asks for the keysets whose private keys the signer holds.
    #[n(2)]
    Keysets,
}

/// A response of the signer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) enum Response {
    /// The blind signature, k bytes.
    #[n(0)]
    Signed(#[cbor(n(0), with = "minicbor::bytes")] Vec<u8>),
    /// The signer can sign.
    #[n(1)]
    Pong,
    /// A JSON array of [`OfferedKeyset`].
    #[n(2)]
    Keysets(#[n(0)] String),
    /// The request failed.
    #[n(3)]
    Refused(#[n(0)] ErrorCode),
}

/// Errors that the signer returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub(super) enum ErrorCode {
    /// The signer's queue is full.
    #[n(0)]
    Overloaded,
    /// The signer does not hold the key.
    #[n(1)]
    UnknownKey,
    /// The blinded token does not have k bytes with 1 < x < n − 1.
    #[n(2)]
    OutOfRange,
    /// The signature did not verify and was discarded.
    #[n(3)]
    Faulty,
    /// The hardware token cannot be used now.
    #[n(4)]
    TokenDown,
    /// The key is outside its issuing time by the signer's clock.
    #[n(5)]
    NotIssuing,
}

/// A request or response with the request's number, unique within its connection.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) struct Numbered<T> {
    #[n(0)]
    pub(super) number: u64,
    #[n(1)]
    pub(super) body: T,
}

/// A keyset that the signer holds, with its proofs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct OfferedKeyset {
    pub(super) institution_id: InstitutionId,
    pub(super) currency: Currency,
    pub(super) keyset: KeysetInfo,
}

/// Encodes the content of a frame.
pub(super) fn encode<T: Encode<()>>(number: u64, body: T) -> Bytes {
    let mut bytes = Vec::new();
    // Writing to memory cannot fail.
    let _ = minicbor::encode(Numbered { number, body }, &mut bytes);
    bytes.into()
}

/// Decodes the content of a frame; `None` if it is malformed.
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
    fn frames_round_trip() {
        let request = Request::Sign { key_id: vec![7; 32], blinded_token: vec![9; 384] };
        let frame = encode(5, request.clone());
        assert!(frame.len() < 500);
        assert_eq!(decode(&frame), Some(Numbered { number: 5, body: request }));
        assert_eq!(decode::<Request>(&encode(6, Response::Refused(ErrorCode::Overloaded))), None);
        assert_eq!(decode::<Response>(b"\xff\x00"), None);
    }
}
