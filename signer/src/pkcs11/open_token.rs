//! An open token: its checked keys, and the sessions that use them.

use super::keys::{find, prove};
use super::{FoundKey, HsmKey, KeyLabel, Pkcs11Settings, Token, TokenError};
use crate::errors::SignerError;
use crate::signer::{SignRequest, check_issuing};
use crate::transcript::Transcript;
use cryptoki::session::Session;
use ecash_core::Timestamp;
use ecash_core::keys::{Dates, KeyId, Keyset};
use ecash_core::rsabssa::{BlindSignature, blind_sign};
use ecash_environment::error_chain;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// What to do if the keys of a keyset fail a check.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OnError {
    /// Return the error. Used at the start, so that the operator notices.
    Fail,
    /// Log the error and continue without the keyset. Used later, so that one bad keyset does not affect the
    /// others.
    SkipKeyset,
}

/// A token in use.
pub(super) struct OpenToken {
    token: Token,
    /// Keysets whose keys all passed their checks.
    pub(super) keysets: Vec<Keyset>,
    /// Their private keys.
    keys: HashMap<KeyId, (FoundKey, Dates)>,
    /// Number of keysets skipped because of [`OnError::SkipKeyset`].
    refused_count: usize,
    /// Open sessions that no thread uses. A session that failed is dropped instead of returned here.
    idle: Mutex<Vec<Session>>,
}

impl OpenToken {
    /// Opens the token and finds the keys of these ceremonies. After an error the library is finalized, so
    /// that the token can be opened again.
    pub(super) fn open(
        settings: &Pkcs11Settings,
        transcripts: &[Transcript],
        on_error: OnError,
    ) -> Result<Self, TokenError> {
        let token = Token::open(settings)?;
        let mut open = Self {
            token,
            keysets: Vec::new(),
            keys: HashMap::new(),
            refused_count: 0,
            idle: Mutex::default(),
        };
        for transcript in transcripts {
            match (open.add(transcript), on_error) {
                (Ok(()), _) => {}
                (Err(error), OnError::Fail) => {
                    open.close();
                    return Err(error);
                }
                (Err(error), OnError::SkipKeyset) => {
                    open.refused_count += 1;
                    let keyset = &transcript.keyset().keyset_id;
                    tracing::error!(%keyset, error = error_chain(&error), "keyset rejected; not signing with its keys");
                }
            }
        }
        Ok(open)
    }

    /// Adds a ceremony's keyset if each of its keys is present, the only one with its label, safe by its
    /// attributes, equal to the one of the transcript, and verified by a test signature. Adds either all keys
    /// or none.
    pub(super) fn add(&mut self, transcript: &Transcript) -> Result<(), TokenError> {
        let session = self.token.session()?;
        let keyset = transcript.keyset();
        let found = keyset.keys.iter().map(|key| {
            let label = KeyLabel::new(&keyset.institution_id, &keyset.keyset_id, key.denomination);
            let found = find(&session, &label)?;
            if found.public != key.public {
                return Err(TokenError::OtherKey(label.as_str().to_owned()));
            }
            prove(&session, &found, &label)?;
            Ok((key.key_id, (found, keyset.dates)))
        });
        let found: Vec<_> = found.collect::<Result<_, _>>()?;
        self.keys.extend(found);
        self.keysets.push(keyset.clone());
        Ok(())
    }

    /// Closes all sessions, then finalizes the library.
    pub(super) fn close(self) {
        drop(self.idle);
        self.token.close();
    }

    fn session(&self) -> Result<Session, TokenError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| self.token.session(), Ok)
    }

    fn give_back(&self, session: Session) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(session);
    }

    /// Makes one signature if the key is in its issuing time. Drops the session if the token failed.
    pub(super) fn sign(
        &self,
        (key, blinded_token): &SignRequest,
        now: Timestamp,
    ) -> Result<BlindSignature, SignerError> {
        let (found, dates) = self.keys.get(&key.key_id).ok_or(SignerError::UnknownKey)?;
        check_issuing(dates, now)?;
        let session = self.session().map_err(SignerError::Token)?;
        let hsm_key = HsmKey::new(&session, found.handle, found.operation, &found.public);
        match blind_sign(&found.public, &hsm_key, blinded_token) {
            Ok(signature) => {
                self.give_back(session);
                Ok(signature)
            }
            Err(error) => Err(hsm_key.into_failure().map_or(SignerError::Faulty(error), SignerError::Token)),
        }
    }

    /// Makes a test signature with the newest keyset, because an open session does not show that the token
    /// can sign.
    pub(super) fn prove(&self) -> Result<(), SignerError> {
        let newest = self.keysets.last().and_then(|keyset| Some((keyset, keyset.keys.first()?)));
        let Some((keyset, key)) = newest else {
            // Healthy before the first ceremony: there are no keys yet.
            return if self.refused_count == 0 { Ok(()) } else { Err(SignerError::UnknownKey) };
        };
        let session = self.session().map_err(SignerError::Token)?;
        let label = KeyLabel::new(&keyset.institution_id, &keyset.keyset_id, key.denomination);
        let (found, _) = self.keys.get(&key.key_id).ok_or(SignerError::UnknownKey)?;
        prove(&session, found, &label).map_err(SignerError::Token)?;
        self.give_back(session);
        Ok(())
    }
}
