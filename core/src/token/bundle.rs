//! The text form of tokens: `ecash1` ‖ base64url(deterministic CBOR) (protocol §4).

use super::{Serial, Token, TokenKind};
use crate::base64url;
use crate::keys::KeyId;
use crate::names::CurrencyCode;
use crate::{InstitutionId, Origin};
use minicbor::{Decoder, Encoder, data::Type};
use std::convert::Infallible;

/// The most tokens in one bundle.
pub const MAX_BUNDLE_TOKENS: usize = 128;
/// The longest memo in bytes.
pub const MAX_MEMO_LEN: usize = 256;

const PREFIX: &str = "ecash1";
/// 128 tokens of RSA-4096 and the rest, with room for unknown keys.
const MAX_TEXT_LEN: usize = 128 * 1024;

/// Tokens of one mint as a bearer text: anyone who reads it can take them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenBundle {
    /// Where the mint is.
    pub origin: Origin,
    /// The institution.
    pub institution_id: InstitutionId,
    /// The currency.
    pub currency: CurrencyCode,
    /// A word from the payer.
    pub memo: Option<String>,
    /// 1 to 128 tokens.
    pub tokens: Vec<Token>,
}

/// Why a text is no bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// It does not start with `ecash1`, or is not base64url.
    #[error("this is not a token text: it starts with \"ecash1\"")]
    NotABundle,
    /// A later version.
    #[error("this token text is of a newer version; update the wallet")]
    UnknownVersion,
    /// It was cut or changed.
    #[error("the token text is damaged or incomplete")]
    Damaged,
    /// More than 128 tokens, none, or a memo over 256 bytes.
    #[error("a token text holds 1 to 128 tokens and a memo of at most 256 bytes")]
    Limits,
    /// A kind of token that is not defined yet.
    #[error("token kind {0} is not supported")]
    UnsupportedKind(u8),
}

impl TokenBundle {
    /// The text form.
    ///
    /// # Errors
    /// [`BundleError::Limits`].
    pub fn to_text(&self) -> Result<String, BundleError> {
        self.check_limits()?;
        let mut encoder = Encoder::new(Vec::new());
        // A Vec cannot fail to be written to; the error type says so.
        let Ok(()) = self.encode(&mut encoder) else { return Err(BundleError::Damaged) };
        Ok(format!("{PREFIX}{}", base64url::encode(encoder.writer())))
    }

    /// Reads the text form. Surrounding white space is ignored.
    ///
    /// # Errors
    /// [`BundleError`].
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

    fn check_limits(&self) -> Result<(), BundleError> {
        let memo_fits = self.memo.as_ref().is_none_or(|memo| memo.len() <= MAX_MEMO_LEN);
        let count_fits = (1..=MAX_BUNDLE_TOKENS).contains(&self.tokens.len());
        if memo_fits && count_fits { Ok(()) } else { Err(BundleError::Limits) }
    }

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

    /// Tokens grouped by key, both in order of first appearance.
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

/// Maps any decoding failure to [`BundleError::Damaged`]: a reader can do nothing with the detail.
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

fn decode(cbor: &[u8]) -> Result<TokenBundle, BundleError> {
    let mut d = Decoder::new(cbor);
    let mut fields = Fields::default();
    let len = d.map().map_err(damaged)?.ok_or(BundleError::Damaged)?;
    let mut last_key = None;
    for _ in 0..len {
        let key = d.u64().map_err(damaged)?;
        // Deterministic CBOR: keys rise, so none comes twice.
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

fn array_len(d: &mut Decoder<'_>) -> Result<u64, BundleError> {
    if d.datatype().map_err(damaged)? == Type::ArrayIndef {
        return Err(BundleError::Damaged);
    }
    d.array().map_err(damaged)?.ok_or(BundleError::Damaged)
}

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

fn decode_token(d: &mut Decoder<'_>, key_id: KeyId) -> Result<Token, BundleError> {
    if array_len(d)? != 3 {
        return Err(BundleError::Damaged);
    }
    let kind = d.u8().map_err(damaged)?;
    let kind = TokenKind::try_from(kind).map_err(|_| BundleError::UnsupportedKind(kind))?;
    let serial = Serial::from_slice(d.bytes().map_err(damaged)?).ok_or(BundleError::Damaged)?;
    let signature = d.bytes().map_err(damaged)?.to_vec();
    if !matches!(signature.len(), 128 | 384 | 512) {
        return Err(BundleError::Damaged);
    }
    Ok(Token { key_id, kind, serial, signature })
}
