//! Blinding and unblinding many tokens of one key, in steps small enough for a page.
//!
//! ```text
//! PendingOutputs::push × n   derive, encode, r^e·m     about 1 ms each in a browser
//! PendingOutputs::invert     one inversion for all
//! InvertedOutputs::finalize  unblind and verify        about 1 ms each in a browser
//! ```

use super::{Serial, Token, TokenKind, TokenMessage};
use crate::keys::DenominationKey;
use crate::rsabssa::{self, BlindedToken, BlindingFactor, EncodedMessage, Error, Inverse};
use crate::seed::{Chain, Seed};

/// Which output of a seed: its chain and counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutputName {
    /// The chain.
    pub chain: Chain,
    /// The counter on that key and chain.
    pub counter: u64,
}

/// An output on its way: blinded, not yet signed.
#[derive(Debug, Clone)]
pub struct Output {
    /// Where it was derived.
    pub name: OutputName,
    serial: Serial,
    message: EncodedMessage,
    blinded_token: BlindedToken,
    r: BlindingFactor,
    attempt: u8,
}

impl Output {
    /// What the mint is asked to sign.
    #[must_use]
    pub const fn blinded_token(&self) -> &BlindedToken {
        &self.blinded_token
    }

    /// Derives and blinds one output. An r that is 0, or whose blinded token no mint may sign,
    /// takes the next attempt.
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

/// Outputs of one key that are being blinded.
#[derive(Debug)]
pub struct PendingOutputs {
    key: DenominationKey,
    outputs: Vec<Output>,
}

impl PendingOutputs {
    /// None yet.
    #[must_use]
    pub fn new(key: &DenominationKey) -> Self {
        Self { key: key.clone(), outputs: Vec::new() }
    }

    /// Derives and blinds the next output: one power with exponent 65537.
    ///
    /// # Errors
    /// Only with negligible chance.
    pub fn push(&mut self, seed: &Seed, name: OutputName) -> Result<(), Error> {
        self.outputs.push(Output::derive(&self.key, seed, name, 0)?);
        Ok(())
    }

    /// The outputs so far.
    #[must_use]
    pub fn outputs(&self) -> &[Output] {
        &self.outputs
    }

    /// Inverts all blinding factors at once, and checks that every message is coprime to n. A factor that is not
    /// invertible takes its next attempt; a message that is not coprime refuses the key.
    ///
    /// # Errors
    /// [`Error::InvalidKey`]: the key has small factors, and its maker could recognise tokens.
    pub fn invert(mut self, seed: &Seed) -> Result<InvertedOutputs, Error> {
        let key = &self.key.public;
        let factors = self.outputs.iter().map(|output| &output.r);
        let messages = self.outputs.iter().map(|output| &output.message);
        let inverses = match rsabssa::invert_all(key, factors, messages) {
            Ok(inverses) => inverses,
            // One of many failed: find out which, and whether it is by chance or by the key's fault.
            Err(_) => self
                .outputs
                .iter_mut()
                .map(|output| {
                    output.message.check_coprime(key)?;
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

/// Outputs of one key, ready to be signed and finalized.
#[derive(Debug)]
pub struct InvertedOutputs {
    key: DenominationKey,
    outputs: Vec<Output>,
    inverses: Vec<Inverse>,
}

impl InvertedOutputs {
    /// The outputs, in the order they were pushed.
    #[must_use]
    pub fn outputs(&self) -> &[Output] {
        &self.outputs
    }

    /// The key they are blinded for.
    #[must_use]
    pub const fn key(&self) -> &DenominationKey {
        &self.key
    }

    /// Unblinds and verifies the signature of output `index`.
    ///
    /// # Errors
    /// [`Error::InvalidSignature`] if the mint signed wrongly; [`Error::OutOfRange`] if there is no
    /// such output.
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
