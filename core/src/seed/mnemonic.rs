//! Recovery phrases of 12 words: BIP-39 with the English list and an empty passphrase.

use super::Seed;
use bip39::Language;
use std::fmt;
use zeroize::{Zeroize, Zeroizing};

/// Errors of [`Mnemonic::parse`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MnemonicError {
    /// The text does not have exactly 12 words.
    #[error("a recovery phrase has 12 words")]
    WordCount,
    /// A word is not in the English list; its position is counted from 1.
    #[error("word {0} is not in the list of recovery words")]
    UnknownWord(usize),
    /// Every word is in the list, but the BIP-39 checksum is wrong.
    #[error("these words do not belong together; check their order and spelling")]
    Checksum,
}

/// A recovery phrase of 12 words. Secret: it gives access to all money of the wallet.
#[derive(Clone, PartialEq, Eq)]
pub struct Mnemonic(bip39::Mnemonic);

impl Mnemonic {
    /// Creates the phrase that encodes 16 random bytes.
    ///
    /// # Errors
    /// Never fails; the BIP-39 library rejects only other lengths.
    pub fn from_entropy(entropy: &[u8; 16]) -> Result<Self, MnemonicError> {
        bip39::Mnemonic::from_entropy_in(Language::English, entropy)
            .map(Self)
            .map_err(|_| MnemonicError::WordCount)
    }

    /// Parses a phrase as typed by a person, in any case and with any white space.
    ///
    /// # Errors
    /// Returns [`MnemonicError::WordCount`], [`MnemonicError::UnknownWord`] or [`MnemonicError::Checksum`]
    /// for the first mistake.
    pub fn parse(text: &str) -> Result<Self, MnemonicError> {
        let words = Zeroizing::new(text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>());
        if words.len() != 12 {
            return Err(MnemonicError::WordCount);
        }
        let normalized = Zeroizing::new(words.join(" "));
        bip39::Mnemonic::parse_in_normalized(Language::English, &normalized).map(Self).map_err(|error| {
            match error {
                bip39::Error::UnknownWord(index) => MnemonicError::UnknownWord(index + 1),
                bip39::Error::BadWordCount(_) => MnemonicError::WordCount,
                _ => MnemonicError::Checksum,
            }
        })
    }

    /// Returns the 12 words in lower case.
    pub fn words(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.words()
    }

    /// Returns the 16 bytes that the words encode, for storing them encrypted.
    #[must_use]
    pub fn entropy(&self) -> Zeroizing<[u8; 16]> {
        let (mut bytes, _) = self.0.to_entropy_array();
        let mut entropy = Zeroizing::new([0; 16]);
        entropy.iter_mut().zip(&bytes).for_each(|(to, from)| *to = *from);
        bytes.zeroize();
        entropy
    }

    /// Computes the seed with PBKDF2: 2048 rounds, empty passphrase.
    #[must_use]
    pub fn seed(&self) -> Seed {
        Seed::new(self.0.to_seed_normalized(""))
    }
}

impl fmt::Debug for Mnemonic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mnemonic(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = "legal winner thank year wave sausage worth useful legal winner thank yellow";

    #[test]
    fn words_and_entropy_round_trip() {
        let mnemonic = Mnemonic::parse(&WORDS.to_uppercase().replace(' ', "  \n")).unwrap();
        assert_eq!(mnemonic.words().collect::<Vec<_>>().join(" "), WORDS);
        assert_eq!(*mnemonic.entropy(), [0x7f; 16]);
        assert_eq!(Mnemonic::from_entropy(&[0x7f; 16]).unwrap(), mnemonic);
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(Mnemonic::parse("legal winner"), Err(MnemonicError::WordCount));
        assert_eq!(Mnemonic::parse(&WORDS.replace("thank", "thunk")), Err(MnemonicError::UnknownWord(3)));
        assert_eq!(Mnemonic::parse(&WORDS.replace("yellow", "zoo")), Err(MnemonicError::Checksum));
    }
}
