//! Blinding and unblinding many tokens of one key, in steps short enough that a web page stays responsive
//! between them.
//!
//! ```text
//! PendingOutputs::push × n   derive, encode, m·r^e     about 1 ms each in a browser
//! PendingOutputs::invert     one inversion for all
//! InvertedOutputs::finalize  unblind and verify        about 1 ms each in a browser
//! ```

use super::{Serial, Token, TokenKind, TokenMessage};
use crate::keys::DenominationKey;
use crate::rsabssa::{self, BlindedToken, BlindingFactor, EncodedMessage, Error, Inverse};
use crate::seed::{OutputName, Seed};

/// A blinded token that is not yet signed, with the secrets that unblind it.
#[derive(Debug, Clone)]
pub struct Output {
    /// Chain and counter from which the output was derived.
    pub name: OutputName,
    serial: Serial,
    message: EncodedMessage,
    blinded_token: BlindedToken,
    r: BlindingFactor,
    attempt: u8,
}

impl Output {
    /// Returns the blinded token to send to the mint.
    #[must_use]
    pub const fn blinded_token(&self) -> &BlindedToken {
        &self.blinded_token
    }

    /// Returns the blinding factor, for an opening.
    pub(super) const fn blinding_factor(&self) -> &BlindingFactor {
        &self.r
    }

    /// Derives and blinds one output, starting at `attempt`. Retries with the next attempt if r is 0; an r
    /// that shares a factor with n is found later, by [`PendingOutputs::invert`].
    fn derive(key: &DenominationKey, seed: &Seed, name: OutputName, attempt: u8) -> Result<Self, Error> {
        let serial = seed.serial(&key.key_id, name);
        let salt = seed.salt(&key.key_id, name);
        let message = TokenMessage::of(TokenKind::Bearer, &key.key_id, &serial).prepared();
        let message = EncodedMessage::new(&key.public, &message, salt.as_slice())?;
        let blinded = seed
            .blinding_factor(key, name, attempt)
            .and_then(|r| Ok((rsabssa::blind(&key.public, &message, &r)?, r)));
        match blinded {
            Ok((blinded_token, r)) => Ok(Self { name, serial, message, blinded_token, r, attempt }),
            Err(Error::NotInvertible) if attempt < u8::MAX => Self::derive(key, seed, name, attempt + 1),
            Err(error) => Err(error),
        }
    }
}

/// Outputs of one key whose blinding factors are not yet inverted.
#[derive(Debug)]
pub struct PendingOutputs {
    key: DenominationKey,
    outputs: Vec<Output>,
}

impl PendingOutputs {
    /// Creates an empty batch for `key`.
    #[must_use]
    pub fn new(key: &DenominationKey) -> Self {
        Self { key: key.clone(), outputs: Vec::new() }
    }

    /// Derives and blinds an output, and appends it. Costs one exponentiation with 65537.
    ///
    /// # Errors
    /// Returns [`Error::OutOfRange`], with negligible probability, if the blinded token is one that no mint
    /// may sign.
    pub fn push(&mut self, seed: &Seed, name: OutputName) -> Result<(), Error> {
        self.outputs.push(Output::derive(&self.key, seed, name, 0)?);
        Ok(())
    }

    /// Returns the outputs in the order they were pushed.
    #[must_use]
    pub fn outputs(&self) -> &[Output] {
        &self.outputs
    }

    /// Inverts all blinding factors at once, and checks that every encoded message is coprime to n (RFC 9474
    /// §4.2). Outputs whose factor is not invertible are derived and blinded again with the next attempt.
    ///
    /// # Errors
    /// Returns [`Error::InvalidKey`] if a message shares a factor with n. The key then has small prime
    /// factors, by which the mint could recognize tokens; do not use the key.
    pub fn invert(mut self, seed: &Seed) -> Result<InvertedOutputs, Error> {
        // 1. Invert all factors at once. With an honest key this fails with negligible probability.
        let key = &self.key.public;
        let factors = self.outputs.iter().map(|output| &output.r);
        let messages = self.outputs.iter().map(|output| &output.message);
        let inverses = match rsabssa::invert_all(key, factors, messages) {
            Ok(inverses) => inverses,
            // 2. The batch does not show which number failed, or why: invert each output separately.
            Err(_) => self
                .outputs
                .iter_mut()
                .map(|output| {
                    // A message that shares a factor with n is the fault of the key: reject the key.
                    output.message.check_coprime(key)?;
                    // An r that shares a factor with n is chance: derive the next one, up to attempt 255.
                    loop {
                        match rsabssa::invert_all(key, [&output.r], []) {
                            Ok(inverses) => break inverses.into_iter().next().ok_or(Error::NotInvertible),
                            Err(error) if output.attempt == u8::MAX => break Err(error),
                            Err(_) => {
                                *output = Output::derive(&self.key, seed, output.name, output.attempt + 1)?
                            }
                        }
                    }
                })
                .collect::<Result<_, _>>()?,
        };
        Ok(InvertedOutputs { key: self.key, outputs: self.outputs, inverses })
    }
}

/// Outputs of one key whose blinding factors are inverted: ready to be sent, and to be finalized once signed.
///
/// `outputs` and `inverses` have the same length and order.
#[derive(Debug)]
pub struct InvertedOutputs {
    key: DenominationKey,
    outputs: Vec<Output>,
    inverses: Vec<Inverse>,
}

impl InvertedOutputs {
    /// Returns the outputs in the order they were pushed.
    #[must_use]
    pub fn outputs(&self) -> &[Output] {
        &self.outputs
    }

    /// Returns the key for which the outputs are blinded.
    #[must_use]
    pub const fn key(&self) -> &DenominationKey {
        &self.key
    }

    /// Unblinds the blind signature of output `index`, verifies the result, and returns the token.
    ///
    /// # Errors
    /// Returns [`Error::InvalidSignature`] if the mint's signature is wrong, and [`Error::OutOfRange`] if
    /// `index` is not that of an output.
    pub fn finalize(&self, index: usize, blind_signature: &[u8]) -> Result<Token, Error> {
        let output = self.outputs.get(index).ok_or(Error::OutOfRange)?;
        let inverse = self.inverses.get(index).ok_or(Error::OutOfRange)?;
        let message = TokenMessage::of(TokenKind::Bearer, &self.key.key_id, &output.serial).prepared();
        let signature = rsabssa::finalize(&self.key.public, &message, blind_signature, inverse)?;
        Ok(Token {
            key_id: self.key.key_id,
            kind: TokenKind::Bearer,
            serial: output.serial,
            signature: signature.as_bytes().to_vec(),
        })
    }
}
