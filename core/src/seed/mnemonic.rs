//! Twelve words (BIP-39, English list, empty passphrase).

use super::Seed;
use bip39::Language;
use std::fmt;
use zeroize::{Zeroize, Zeroizing};

/// Why words are no seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MnemonicError {
    /// Not 12 words.
    #[error("a recovery phrase has 12 words")]
    WordCount,
    /// A word (counted from 1) is not in the English list.
    #[error("word {0} is not in the list of recovery words")]
    UnknownWord(usize),
    /// The words do not fit each other.
    #[error("these words do not belong together; check their order and spelling")]
    Checksum,
}

/// Twelve recovery words. Secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Mnemonic(bip39::Mnemonic);

impl Mnemonic {
    /// From 16 random bytes.
    ///
    /// # Errors
    /// None for 16 bytes; the library's signature allows for other lengths.
    pub fn from_entropy(entropy: &[u8; 16]) -> Result<Self, MnemonicError> {
        bip39::Mnemonic::from_entropy_in(Language::English, entropy)
            .map(Self)
            .map_err(|_| MnemonicError::WordCount)
    }

    /// From words as a person typed them: any case, any white space.
    ///
    /// # Errors
    /// [`MnemonicError`] names what is wrong.
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

    /// The twelve words.
    pub fn words(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.words()
    }

    /// The 16 bytes behind the words, for storing them sealed.
    #[must_use]
    pub fn entropy(&self) -> Zeroizing<[u8; 16]> {
        let (mut bytes, _) = self.0.to_entropy_array();
        let mut entropy = Zeroizing::new([0; 16]);
        entropy.iter_mut().zip(&bytes).for_each(|(to, from)| *to = *from);
        bytes.zeroize();
        entropy
    }

    /// The 64-byte seed (PBKDF2, 2048 rounds, empty passphrase).
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
