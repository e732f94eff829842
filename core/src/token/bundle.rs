//! The text form of tokens: `ecash1` ‖ base64url(deterministic CBOR) (protocol §4).

use super::{Serial, Token, TokenKind};
use crate::base64url;
use crate::keys::KeyId;
use crate::names::CurrencyCode;
use crate::{InstitutionId, Origin};
use minicbor::{Decoder, Encoder, data::Type};
use std::convert::Infallible;

/// Maximum number of tokens in one bundle.
pub const MAX_BUNDLE_TOKENS: usize = 128;
/// Maximum length of a memo in bytes of UTF-8.
pub const MAX_MEMO_LEN: usize = 256;

const PREFIX: &str = "ecash1";
/// Maximum length of the base64url part: enough for 128 tokens of RSA-4096 and unknown map keys of later
/// versions. Checked before decoding, so that a long text costs nothing.
const MAX_TEXT_LEN: usize = 128 * 1024;
/// Maximum number of words after a wrapped text that [`TokenBundle::find_in`] ignores.
const MAX_WORDS_AFTER: usize = 32;
/// Maximum number of possible starts of a text that [`TokenBundle::find_in`] tries.
const MAX_STARTS: usize = 4;

/// Tokens of one mint, to be handed over as a bearer text: anyone who reads the text can spend them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenBundle {
    /// Origin of the mint that issued the tokens.
    pub origin: Origin,
    /// Institution that issued the tokens.
    pub institution_id: InstitutionId,
    /// Code of the tokens' currency.
    pub currency: CurrencyCode,
    /// Message from the sender, at most [`MAX_MEMO_LEN`] bytes. Not authenticated.
    pub memo: Option<String>,
    /// 1 to [`MAX_BUNDLE_TOKENS`] tokens. Not verified yet.
    pub tokens: Vec<Token>,
}

/// Errors of reading and writing a [`TokenBundle`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// The text does not start with `ecash` and a version digit.
    #[error("this is not a token text: token texts start with \"ecash1\"")]
    NotABundle,
    /// The text starts with `ecash` and a version other than 1.
    #[error("this token text is of a newer version; update the wallet")]
    UnknownVersion,
    /// The text was cut or changed: it is not base64url of the expected CBOR.
    #[error("the token text is damaged or incomplete")]
    Damaged,
    /// The bundle has no tokens, more than 128, a memo over 256 bytes, or a text that is too long.
    #[error("a token text holds 1 to 128 tokens and a memo of at most 256 bytes")]
    Limits,
    /// A token has a kind that this version does not define.
    #[error("token kind {0} is not supported")]
    UnsupportedKind(u8),
}

impl TokenBundle {
    /// Encodes the bundle as a text `ecash1…`.
    ///
    /// # Errors
    /// Returns [`BundleError::Limits`] if the bundle has no tokens, too many, or too long a memo.
    pub fn to_text(&self) -> Result<String, BundleError> {
        self.check_limits()?;
        let mut encoder = Encoder::new(Vec::new());
        // Writing to a Vec cannot fail, but the encoder's error type does not say so.
        let Ok(()) = self.encode(&mut encoder) else { return Err(BundleError::Damaged) };
        Ok(format!("{PREFIX}{}", base64url::encode(encoder.writer())))
    }

    /// Decodes a text `ecash1…`. Ignores surrounding white space. Does not verify the signatures.
    ///
    /// # Errors
    /// Returns [`BundleError::NotABundle`] or [`BundleError::UnknownVersion`] for another prefix,
    /// [`BundleError::UnsupportedKind`] for a token of a later version, [`BundleError::Limits`] above the
    /// limits, and [`BundleError::Damaged`] for anything else that does not decode.
    pub fn from_text(text: &str) -> Result<Self, BundleError> {
        let text = text.trim();
        let Some(body) = text.strip_prefix(PREFIX) else {
            let other_version =
                text.strip_prefix("ecash").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
            return Err(if other_version { BundleError::UnknownVersion } else { BundleError::NotABundle });
        };
        if body.len() > MAX_TEXT_LEN {
            return Err(BundleError::Limits);
        }
        let cbor = base64url::decode(body).ok_or(BundleError::Damaged)?;
        let bundle = decode(&cbor)?;
        bundle.check_limits()?;
        Ok(bundle)
    }

    /// Decodes the first token text in pasted text. The token text may be part of a link or message, and its
    /// lines may be wrapped or quoted. Does not verify the signatures.
    ///
    /// # Errors
    /// As [`from_text`](Self::from_text), for the first text that looks like one.
    pub fn find_in(pasted: &str) -> Result<Self, BundleError> {
        let is_start = |at: &usize| {
            let version = pasted.get(at + PREFIX.len() - 1..).and_then(|rest| rest.chars().next());
            version.is_some_and(|c| c.is_ascii_digit())
        };
        let starts = pasted.match_indices("ecash").map(|(at, _)| at).filter(is_start);
        let mut failed = None;
        // A host name can also contain `ecash` and a digit, so try several starts.
        for text in starts.take(MAX_STARTS).filter_map(|at| pasted.get(at..)) {
            match Self::from_start_of(text) {
                Ok(bundle) => return Ok(bundle),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        Err(failed.unwrap_or(BundleError::NotABundle))
    }

    /// Decodes the token text at the start of `pasted`, which may span several lines.
    fn from_start_of(pasted: &str) -> Result<Self, BundleError> {
        if pasted.len() > 2 * MAX_TEXT_LEN {
            return Err(BundleError::Limits);
        }
        // 1. Try the text up to the first character that cannot be part of it.
        let is_text = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let runs: Vec<&str> = pasted.split(|c| !is_text(c)).filter(|run| !run.is_empty()).collect();
        let first = Self::from_text(runs.first().copied().unwrap_or_default());
        if first.is_ok() {
            return first;
        }
        // 2. Join the runs over line breaks. Words that follow the text would be joined too, so drop up to
        //    [`MAX_WORDS_AFTER`] from the end.
        (0..MAX_WORDS_AFTER.min(runs.len()))
            .find_map(|after| Self::from_text(&runs.get(..runs.len() - after)?.concat()).ok())
            .map_or(first, Ok)
    }

    fn check_limits(&self) -> Result<(), BundleError> {
        let memo_fits = self.memo.as_ref().is_none_or(|memo| memo.len() <= MAX_MEMO_LEN);
        let count_fits = (1..=MAX_BUNDLE_TOKENS).contains(&self.tokens.len());
        if memo_fits && count_fits { Ok(()) } else { Err(BundleError::Limits) }
    }

    /// Writes the CBOR map: 0 origin, 1 institution, 2 currency, 3 memo (optional), 4 tokens grouped by key.
    /// The keys are ascending, as deterministic CBOR requires (RFC 8949 §4.2.1).
    fn encode(&self, e: &mut Encoder<Vec<u8>>) -> Result<(), minicbor::encode::Error<Infallible>> {
        e.map(if self.memo.is_some() { 5 } else { 4 })?;
        e.u8(0)?.str(self.origin.as_str())?;
        e.u8(1)?.str(self.institution_id.as_str())?;
        e.u8(2)?.str(self.currency.as_str())?;
        if let Some(memo) = &self.memo {
            e.u8(3)?.str(memo)?;
        }
        e.u8(4)?;
        let groups = self.by_key();
        e.array(groups.len() as u64)?;
        for (key_id, tokens) in groups {
            e.array(2)?.bytes(key_id.as_bytes())?.array(tokens.len() as u64)?;
            for token in tokens {
                e.array(3)?.u8(token.kind.byte())?.bytes(token.serial.as_bytes())?.bytes(&token.signature)?;
            }
        }
        Ok(())
    }

    /// Groups the tokens by key; groups and tokens keep their order of first appearance.
    fn by_key(&self) -> Vec<(KeyId, Vec<&Token>)> {
        let mut groups: Vec<(KeyId, Vec<&Token>)> = Vec::new();
        for token in &self.tokens {
            match groups.iter_mut().find(|(key_id, _)| *key_id == token.key_id) {
                Some((_, tokens)) => tokens.push(token),
                None => groups.push((token.key_id, vec![token])),
            }
        }
        groups
    }
}

/// Maps any decoding failure to [`BundleError::Damaged`], because the detail does not help the person who
/// pasted the text.
fn damaged<E>(_: E) -> BundleError {
    BundleError::Damaged
}

#[derive(Default)]
struct Fields {
    origin: Option<Origin>,
    institution_id: Option<InstitutionId>,
    currency: Option<CurrencyCode>,
    memo: Option<String>,
    tokens: Option<Vec<Token>>,
}

/// Decodes the CBOR map that [`TokenBundle::encode`] writes. Skips unknown keys: later versions may add some.
fn decode(cbor: &[u8]) -> Result<TokenBundle, BundleError> {
    let mut d = Decoder::new(cbor);
    let mut fields = Fields::default();
    let len = d.map().map_err(damaged)?.ok_or(BundleError::Damaged)?;
    let mut last_key = None;
    for _ in 0..len {
        let key = d.u64().map_err(damaged)?;
        // Deterministic CBOR has ascending keys, so this also rejects a key that occurs twice.
        if last_key.is_some_and(|last| key <= last) {
            return Err(BundleError::Damaged);
        }
        last_key = Some(key);
        match key {
            0 => fields.origin = Some(Origin::new(d.str().map_err(damaged)?).map_err(damaged)?),
            1 => {
                fields.institution_id = Some(InstitutionId::new(d.str().map_err(damaged)?).map_err(damaged)?)
            }
            2 => fields.currency = Some(CurrencyCode::new(d.str().map_err(damaged)?).map_err(damaged)?),
            3 => fields.memo = Some(d.str().map_err(damaged)?.to_owned()),
            4 => fields.tokens = Some(decode_groups(&mut d)?),
            _ => d.skip().map_err(damaged)?,
        }
    }
    // The map must be the whole input.
    if d.datatype().is_ok() || d.position() != cbor.len() {
        return Err(BundleError::Damaged);
    }
    Ok(TokenBundle {
        origin: fields.origin.ok_or(BundleError::Damaged)?,
        institution_id: fields.institution_id.ok_or(BundleError::Damaged)?,
        currency: fields.currency.ok_or(BundleError::Damaged)?,
        memo: fields.memo,
        tokens: fields.tokens.ok_or(BundleError::Damaged)?,
    })
}

/// Reads the header of an array of definite length; deterministic CBOR has no other.
fn array_len(d: &mut Decoder<'_>) -> Result<u64, BundleError> {
    if d.datatype().map_err(damaged)? == Type::ArrayIndef {
        return Err(BundleError::Damaged);
    }
    d.array().map_err(damaged)?.ok_or(BundleError::Damaged)
}

/// Decodes an array of `[key_id, [token, …]]`. The declared lengths are not trusted: nothing is allocated for
/// them, and decoding stops at [`MAX_BUNDLE_TOKENS`].
fn decode_groups(d: &mut Decoder<'_>) -> Result<Vec<Token>, BundleError> {
    let mut tokens = Vec::new();
    for _ in 0..array_len(d)? {
        if array_len(d)? != 2 {
            return Err(BundleError::Damaged);
        }
        let key_id = KeyId::from_slice(d.bytes().map_err(damaged)?).ok_or(BundleError::Damaged)?;
        for _ in 0..array_len(d)? {
            if tokens.len() == MAX_BUNDLE_TOKENS {
                return Err(BundleError::Limits);
            }
            tokens.push(decode_token(d, key_id)?);
        }
    }
    Ok(tokens)
}

/// Decodes `[kind, serial, signature]`.
fn decode_token(d: &mut Decoder<'_>, key_id: KeyId) -> Result<Token, BundleError> {
    if array_len(d)? != 3 {
        return Err(BundleError::Damaged);
    }
    let kind = d.u8().map_err(damaged)?;
    let kind = TokenKind::try_from(kind).map_err(|_| BundleError::UnsupportedKind(kind))?;
    let serial = Serial::from_slice(d.bytes().map_err(damaged)?).ok_or(BundleError::Damaged)?;
    let signature = d.bytes().map_err(damaged)?.to_vec();
    // The modulus lengths in bytes of `rsabssa::Width`.
    if !matches!(signature.len(), 128 | 384 | 512) {
        return Err(BundleError::Damaged);
    }
    Ok(Token { key_id, kind, serial, signature })
}
