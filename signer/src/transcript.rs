//! The public record of a key ceremony: the keyset with its proofs, and how it
//! was created. Nothing in it is secret.

use crate::pkcs11::{Operation, TokenDescription};
use crate::screened::Screened;
use ecash_core::base64url::Base64Url;
use ecash_core::keys::{Keyset, KeysetError, ScreeningError};
use ecash_core::wire::KeysetInfo;
use ecash_core::{Currency, InstitutionId, KeysetId, Timestamp};
use ecash_environment::error_chain;
use serde::{Deserialize, Serialize};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const VERSION: u32 = 1;

/// Why a transcript cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TranscriptError {
    /// It cannot be read or written.
    #[error("{path} cannot be used")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is no transcript.
    #[error("{path} is not a transcript of a key ceremony")]
    Format {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// It is of a later version.
    #[error("{path} is of version {version}, which this program does not know")]
    Version {
        /// Which.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// Its keyset does not hold together.
    #[error("the keyset in {path} does not hold together")]
    Keyset {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: KeysetError,
    },
    /// A key must not be used.
    #[error("a key in {path} must not be used")]
    Screening {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: ScreeningError,
    },
}

/// The file's content.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TranscriptFile {
    pub(crate) version: u32,
    pub(crate) made_at: Timestamp,
    /// Of the reviewed YAML file, byte for byte.
    pub(crate) config_sha256: Base64Url,
    pub(crate) token: TokenDescription,
    pub(crate) private_operation: Operation,
    pub(crate) institution_id: InstitutionId,
    pub(crate) currency: Currency,
    pub(crate) keyset: KeysetInfo,
}

impl TranscriptFile {
    /// The current version's.
    pub(crate) const VERSION: u32 = VERSION;
}

/// A transcript whose keyset was checked: key ids recomputed, keys screened, proofs verified.
#[derive(Debug, Clone)]
pub struct Transcript {
    keyset: Keyset,
}

impl Transcript {
    /// Its keyset, with proofs.
    #[must_use]
    pub const fn keyset(&self) -> &Keyset {
        &self.keyset
    }

    fn read(path: &Path, screened: &Screened) -> Result<Self, TranscriptError> {
        let path = || path.to_path_buf();
        let text = std::fs::read(path()).map_err(|source| TranscriptError::File { path: path(), source })?;
        let file: TranscriptFile = serde_json::from_slice(&text)
            .map_err(|source| TranscriptError::Format { path: path(), source })?;
        if file.version != VERSION {
            return Err(TranscriptError::Version { path: path(), version: file.version });
        }
        let keyset = Keyset::from_wire(&file.institution_id, &file.currency, &file.keyset)
            .map_err(|source| TranscriptError::Keyset { path: path(), source })?;
        let keyset =
            screened.screen(keyset).map_err(|source| TranscriptError::Screening { path: path(), source })?;
        Ok(Self { keyset })
    }
}

/// The folder of transcripts: one file for each keyset, named after it.
#[derive(Debug, Clone)]
pub struct Transcripts {
    folder: PathBuf,
    /// The folder is created with its first file. Else a missing folder is an error: it may not be mounted.
    may_be_missing: bool,
    screened: Arc<Screened>,
}

impl Transcripts {
    /// In this folder.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, may_be_missing: false, screened: Arc::default() }
    }

    /// All of them, in the order in which they issue.
    ///
    /// # Errors
    /// [`TranscriptError`].
    pub fn read(&self) -> Result<Vec<Transcript>, TranscriptError> {
        let mut transcripts: Vec<_> = self
            .files()?
            .iter()
            .map(|path| Transcript::read(path, &self.screened))
            .collect::<Result<_, _>>()?;
        transcripts.sort_by_key(|transcript| transcript.keyset.dates.valid_from);
        Ok(transcripts)
    }

    /// The same, but those that cannot be used are only logged.
    ///
    /// # Errors
    /// [`TranscriptError::File`] if the folder cannot be read.
    pub fn read_each(&self) -> Result<Vec<Transcript>, TranscriptError> {
        let mut transcripts = Vec::new();
        for path in self.files()? {
            match Transcript::read(&path, &self.screened) {
                Ok(transcript) => transcripts.push(transcript),
                Err(error) => {
                    tracing::error!(error = error_chain(&error), "a transcript cannot be used");
                }
            }
        }
        transcripts.sort_by_key(|transcript| transcript.keyset.dates.valid_from);
        Ok(transcripts)
    }

    /// Returns the transcript of a keyset, if there is one.
    ///
    /// # Errors
    /// [`TranscriptError`].
    pub fn read_one(&self, keyset_id: &KeysetId) -> Result<Option<Transcript>, TranscriptError> {
        let path = self.path(keyset_id);
        if path.exists() { Transcript::read(&path, &self.screened).map(Some) } else { Ok(None) }
    }

    /// The transcripts of keysets whose private keys were destroyed.
    #[must_use]
    pub fn destroyed(&self) -> Self {
        let folder = self.folder.join("destroyed");
        Self { folder, may_be_missing: true, screened: self.screened.clone() }
    }

    /// Whether a keyset of this name exists, or existed until its private keys were destroyed.
    #[must_use]
    pub fn is_known(&self, keyset_id: &KeysetId) -> bool {
        self.path(keyset_id).exists() || self.destroyed().path(keyset_id).exists()
    }

    /// Moves a transcript to [`Self::destroyed`], durably.
    ///
    /// # Errors
    /// [`TranscriptError::File`], also if one of that name is there: a public record is never replaced.
    pub fn set_aside(&self, keyset_id: &KeysetId) -> Result<(), TranscriptError> {
        let destroyed = self.destroyed();
        let (from, to) = (self.path(keyset_id), destroyed.path(keyset_id));
        let set_aside = || {
            std::fs::create_dir_all(&destroyed.folder)?;
            match std::fs::hard_link(&from, &to) {
                // An earlier attempt was interrupted before it removed the first name.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    if std::fs::read(&from)? != std::fs::read(&to)? {
                        return Err(error);
                    }
                }
                linked => linked?,
            }
            std::fs::File::open(&destroyed.folder)?.sync_all()?;
            std::fs::remove_file(&from)?;
            std::fs::File::open(&self.folder)?.sync_all()
        };
        set_aside().map_err(|source| TranscriptError::File { path: from.clone(), source })
    }

    fn files(&self) -> Result<Vec<PathBuf>, TranscriptError> {
        let failed = |source| TranscriptError::File { path: self.folder.clone(), source };
        let mut files = Vec::new();
        if self.may_be_missing && !self.folder.exists() {
            return Ok(files);
        }
        for entry in std::fs::read_dir(&self.folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                files.push(path);
            }
        }
        Ok(files)
    }

    /// Where the transcript of a keyset is.
    pub(crate) fn path(&self, keyset_id: &KeysetId) -> PathBuf {
        self.folder.join(format!("{keyset_id}.json"))
    }

    /// Writes one that is not there yet, durably, and reads it back.
    pub(crate) fn write(&self, file: &TranscriptFile) -> Result<Transcript, TranscriptError> {
        let path = self.path(&file.keyset.keyset_id);
        let text = serde_json::to_vec_pretty(file)
            .map_err(|source| TranscriptError::Format { path: path.clone(), source })?;
        let write = || {
            let temporary = path.with_extension("new");
            let mut new = std::fs::File::create(&temporary)?;
            new.write_all(&text)?;
            new.sync_all()?;
            // Fails if there is one: a ceremony never replaces.
            std::fs::hard_link(&temporary, &path)
        };
        let failed = |source| TranscriptError::File { path: path.clone(), source };
        write().map_err(failed)?;
        let finish = || {
            std::fs::remove_file(path.with_extension("new"))?;
            std::fs::File::open(&self.folder)?.sync_all()
        };
        let written = finish().map_err(failed).and_then(|()| Transcript::read(&path, &self.screened));
        // From here on it is ours: the keys of a ceremony that fails go, and so must it.
        written.inspect_err(|_| {
            let _ = std::fs::remove_file(&path);
        })
    }
}
