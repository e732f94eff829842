//! The key ceremony: creates one keyset inside a hardware token from one reviewed file.

use crate::pkcs11::{HsmKey, KeyLabel, MadeKey, Token, TokenError, is_taken, make, prove};
use crate::transcript::{PrivateKeyMechanism, Transcript, TranscriptError, TranscriptFile, Transcripts};
use cryptoki::session::Session;
use ecash_core::base64url::Base64Url;
use ecash_core::keys::{
    Dates, KeyPolicy, Keyset, KeysetError, PERIOD_DAYS, ScreeningError, are_denominations_of_keyset,
    make_proof, screen,
};
use ecash_core::{Currency, Denomination, InstitutionId, KeysetId, Timestamp};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// The width of every real key.
const KEY_BITS: u64 = 3072;

/// Errors of a ceremony, which then has created no keyset. Keys that it has created so far are removed from
/// the token; a failed removal is logged.
#[derive(Debug, thiserror::Error)]
pub enum CeremonyError {
    /// The file is not the YAML of a ceremony.
    #[error("the ceremony's configuration cannot be read")]
    Config(#[source] Box<serde_saphyr::Error>),
    /// A value is out of range, or the name is taken.
    #[error("the ceremony's configuration is not valid: {0}")]
    Values(&'static str),
    /// The keyset is not a valid replacement of the keyset that it names.
    #[error(
        "a keyset that replaces {0} must start at its valid_from or later, and have its issue_until, {1}"
    )]
    NoReplacement(KeysetId, Timestamp),
    /// The keyset would leave a gap after the last one, or overlap it. Contains the required start.
    #[error("valid_from must be {0}, when the last keyset of KEYSETS_DIR stops issuing")]
    Gap(Timestamp),
    /// The token failed or has no raw RSA, or a label is taken.
    #[error("the hardware token failed")]
    Token(#[source] TokenError),
    /// The keys do not form a consistent keyset.
    #[error("the keyset is inconsistent")]
    Keyset(#[source] KeysetError),
    /// A key failed the screening that every wallet performs.
    #[error("a new key failed its screening")]
    Screening(#[source] ScreeningError),
    /// The token could not compute a key's proof.
    #[error("a key's proof could not be computed")]
    Proof(#[source] ecash_core::rsabssa::Error),
    /// The transcript could not be written.
    #[error("the transcript could not be written")]
    Transcript(#[source] TranscriptError),
}

/// When the keyset starts issuing: `now`, or a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum ValidFrom {
    At(Timestamp),
    Now(Now),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Now {
    Now,
}

/// The content of the reviewed file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    institution_id: InstitutionId,
    currency: String,
    #[serde(default)]
    currency_exponent: u8,
    keyset_id: KeysetId,
    valid_from: ValidFrom,
    issue_days: Option<u64>,
    issue_until: Option<Timestamp>,
    replaces: Option<KeysetId>,
    expiry_days: u64,
    denominations: Vec<Denomination>,
    /// Defaults to the first operation that the token offers.
    private_operation: Option<PrivateKeyMechanism>,
}

/// The keyset that a ceremony will create, shown to the operator first.
#[derive(Debug, Clone)]
pub struct CeremonyPlan {
    /// The name of the keyset, never used before.
    pub keyset_id: KeysetId,
    /// The institution for which the keys sign.
    pub institution_id: InstitutionId,
    /// The currency of the denominations.
    pub currency: Currency,
    /// When the keyset issues, and until when its tokens can be redeemed and swapped.
    pub dates: Dates,
    /// In ascending order. A key is created for each.
    pub denominations: Vec<Denomination>,
    /// SHA-256 of the file, for comparison with the reviewed file.
    pub config_sha256: [u8; 32],
    made_at: Timestamp,
    replaces: Option<KeysetId>,
    private_operation: Option<PrivateKeyMechanism>,
}

impl CeremonyPlan {
    /// Reads and checks the reviewed file. `valid_from: now` becomes `now`.
    ///
    /// # Errors
    /// [`CeremonyError::Config`] or [`CeremonyError::Values`].
    pub fn read(yaml: &str, now: Timestamp) -> Result<Self, CeremonyError> {
        let config: Config =
            serde_saphyr::from_str(yaml).map_err(|error| CeremonyError::Config(Box::new(error)))?;
        let currency = Currency::new(&config.currency, config.currency_exponent)
            .map_err(|_| CeremonyError::Values("currency must be a code such as EUR"))?;
        if config.issue_days.is_some_and(|issue| !PERIOD_DAYS.contains(&issue))
            || !PERIOD_DAYS.contains(&config.expiry_days)
        {
            return Err(CeremonyError::Values("issue_days and expiry_days must be from 1 to 3650"));
        }
        if !are_denominations_of_keyset(&config.denominations) {
            return Err(CeremonyError::Values("denominations must be up to 32 ascending whole numbers"));
        }
        let valid_from = match config.valid_from {
            ValidFrom::At(at) => at,
            ValidFrom::Now(Now::Now) => now,
        };
        let issue_until = match (config.issue_days, config.issue_until) {
            (Some(days), None) => valid_from.plus_days(days),
            (None, Some(until)) if until > valid_from => until,
            _ => {
                return Err(CeremonyError::Values(
                    "specify either issue_days or an issue_until after valid_from",
                ));
            }
        };
        let dates = Dates::of_issuing_period(valid_from, issue_until, config.expiry_days);
        if issue_until <= now {
            return Err(CeremonyError::Values("issue_until must be in the future"));
        }
        Ok(Self {
            keyset_id: config.keyset_id,
            institution_id: config.institution_id,
            currency,
            dates,
            denominations: config.denominations,
            config_sha256: Sha256::digest(yaml.as_bytes()).into(),
            made_at: now,
            replaces: config.replaces,
            private_operation: config.private_operation,
        })
    }

    fn labels(&self) -> impl Iterator<Item = (Denomination, KeyLabel)> {
        self.denominations.iter().map(|denomination| {
            (*denomination, KeyLabel::new(&self.institution_id, &self.keyset_id, *denomination))
        })
    }

    /// Creates the keyset and writes its transcript; calls `progress` after each step. If a step fails, the
    /// keys created so far are removed from the token.
    ///
    /// # Errors
    /// [`CeremonyError`].
    pub fn perform(
        &self,
        token: &Token,
        transcripts: &Transcripts,
        mut progress: impl FnMut(&str),
    ) -> Result<Transcript, CeremonyError> {
        let session = token.session_for_changes().map_err(CeremonyError::Token)?;
        // 1. Check everything that does not need a key: labels and name are free, and the dates follow the
        //    last keyset.
        for (_, label) in self.labels() {
            if is_taken(&session, &label).map_err(CeremonyError::Token)? {
                return Err(CeremonyError::Token(TokenError::LabelTaken(label.as_str().to_owned())));
            }
        }
        // Tokens of a destroyed keyset may still circulate, so its name must not be used again.
        if transcripts.destroyed().is_known(&self.keyset_id) {
            return Err(CeremonyError::Values(
                "a keyset of this name was destroyed; choose another keyset_id",
            ));
        }
        self.must_follow(transcripts)?;
        let operation = self.operation(token)?;
        // 2. Create, prove and screen the keys, then write the transcript. `made` contains every key created
        //    so far, even if `make_all` fails, so that all of them can be removed.
        let mut made = Vec::new();
        match self.make_all(&session, operation, &mut made, &mut progress) {
            Ok(keyset) => self.write(token, transcripts, operation, &keyset),
            Err(error) => Err(error),
        }
        .inspect_err(|_| made.drain(..).for_each(|(_, key): (_, MadeKey)| key.destroy(&session)))
    }

    /// Rejects a keyset that leaves a gap after the last one or overlaps it, because no mint would publish
    /// it. A replacement must stop issuing when the replaced keyset would have.
    fn must_follow(&self, transcripts: &Transcripts) -> Result<(), CeremonyError> {
        let mut known = transcripts.read_each().map_err(CeremonyError::Transcript)?;
        known.extend(transcripts.destroyed().read_each().map_err(CeremonyError::Transcript)?);
        if let Some(replaced) = &self.replaces {
            let mut keysets = known.iter().map(Transcript::keyset);
            let replaced = keysets.find(|keyset| keyset.keyset_id == *replaced);
            let replaced =
                replaced.ok_or(CeremonyError::Values("replaces must name a keyset of KEYSETS_DIR"))?;
            if !self.dates.replace(&replaced.dates) {
                let issue_until = replaced.dates.issue_until;
                return Err(CeremonyError::NoReplacement(replaced.keyset_id.clone(), issue_until));
            }
            return Ok(());
        }
        if !self.dates.issue_long_enough() {
            return Err(CeremonyError::Values(
                "the keyset must issue for at least a day: no wallet accepts less",
            ));
        }
        let last =
            known.iter().map(|transcript| transcript.keyset().dates).max_by_key(|dates| dates.issue_until);
        match last {
            Some(last) if !self.dates.follow(&last) => Err(CeremonyError::Gap(last.issue_until)),
            _ => Ok(()),
        }
    }

    /// Returns the function by which the token computes x^d mod n: the configured one, or the first that the
    /// token offers.
    fn operation(&self, token: &Token) -> Result<PrivateKeyMechanism, CeremonyError> {
        let (sign, decrypt) = token.raw_rsa().map_err(CeremonyError::Token)?;
        match (self.private_operation, sign, decrypt) {
            (Some(PrivateKeyMechanism::Sign) | None, true, _) => Ok(PrivateKeyMechanism::Sign),
            (Some(PrivateKeyMechanism::Decrypt) | None, _, true) => Ok(PrivateKeyMechanism::Decrypt),
            _ => Err(CeremonyError::Token(TokenError::NoRawRsa)),
        }
    }

    fn make_all(
        &self,
        session: &Session,
        operation: PrivateKeyMechanism,
        made: &mut Vec<(Denomination, MadeKey)>,
        progress: &mut impl FnMut(&str),
    ) -> Result<Keyset, CeremonyError> {
        for (denomination, label) in self.labels() {
            let key = make(session, &label, operation, KEY_BITS).map_err(CeremonyError::Token)?;
            // Recorded before the error is returned, so that the caller removes this key too.
            let proved = prove(session, &key.found, &label);
            made.push((denomination, key));
            proved.map_err(CeremonyError::Token)?;
            progress(&format!(
                "{}: created inside the hardware token, read back, test signature verified",
                label.as_str()
            ));
        }
        let public =
            made.iter().map(|(denomination, key)| (*denomination, key.found.public.clone(), Vec::new()));
        let mut keyset = Keyset::new(
            self.keyset_id.clone(),
            self.institution_id.clone(),
            self.currency.clone(),
            self.dates,
            public.collect(),
        )
        .map_err(CeremonyError::Keyset)?;
        for key in &mut keyset.keys {
            let Some((_, private)) = made.iter().find(|(_, made)| made.found.public == key.public) else {
                return Err(CeremonyError::Values("a key was lost between two steps"));
            };
            let found = &private.found;
            let hsm_key = HsmKey::new(session, found.handle, found.operation, &found.public);
            key.proof = make_proof(&key.public, &key.key_id, &hsm_key).map_err(CeremonyError::Proof)?;
            progress(&format!("{}: key proof computed", keyset.currency.money(key.denomination.amount())));
        }
        let screened = screen(keyset, KeyPolicy::Real, &[]).map_err(CeremonyError::Screening)?;
        progress("all keys passed the screening that every wallet performs");
        Ok(screened.keyset().clone())
    }

    fn write(
        &self,
        token: &Token,
        transcripts: &Transcripts,
        operation: PrivateKeyMechanism,
        keyset: &Keyset,
    ) -> Result<Transcript, CeremonyError> {
        let file = TranscriptFile {
            version: TranscriptFile::VERSION,
            made_at: self.made_at,
            config_sha256: Base64Url(self.config_sha256.to_vec()),
            token: token.describe().map_err(CeremonyError::Token)?,
            private_operation: operation,
            institution_id: self.institution_id.clone(),
            currency: self.currency.clone(),
            keyset: keyset.to_wire(true),
        };
        transcripts.write(&file).map_err(CeremonyError::Transcript)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "
institution_id: inst_primary
currency: EUR
currency_exponent: 2
keyset_id: key_001
valid_from: now
issue_days: 30
expiry_days: 90
denominations: [10, 50, 100]
";

    fn read(yaml: &str) -> Result<CeremonyPlan, CeremonyError> {
        CeremonyPlan::read(yaml, Timestamp::from_unix_seconds(1_800_000_000))
    }

    #[test]
    fn a_reviewed_file_is_parsed() {
        let plan = read(YAML).unwrap();
        assert_eq!(plan.dates.valid_from, Timestamp::from_unix_seconds(1_800_000_000));
        assert_eq!(plan.dates.redeem_until, plan.dates.issue_until.plus_days(90));
        assert_eq!(plan.denominations.len(), 3);
        let later = read(&YAML.replace("now", "2028-01-01T00:00:00Z")).unwrap();
        assert_eq!(later.dates.valid_from.to_string(), "2028-01-01T00:00:00Z");
        assert_ne!(later.config_sha256, plan.config_sha256);
    }

    #[test]
    fn invalid_configurations_are_rejected() {
        for (from, to) in [
            ("issue_days: 30", "issue_days: 30\nissue_day: 3"),
            ("[10, 50, 100]", "[50, 10]"),
            ("[10, 50, 100]", "[]"),
            ("[10, 50, 100]", "[0, 10]"),
            ("expiry_days: 90", "expiry_days: 0"),
            ("currency: EUR", "currency: euro"),
            ("valid_from: now", "valid_from: 2020-01-01T00:00:00Z"),
            ("valid_from: now", "valid_from: soon"),
        ] {
            assert!(read(&YAML.replace(from, to)).is_err(), "{to}");
        }
    }
}
