//! Transcripts: the public record of a key ceremony, with the keyset, its proofs, and how it was created.
//! They contain no secrets.

use crate::screened::Screened;
use ecash_core::base64url::Base64Url;
use ecash_core::keys::{Keyset, KeysetError, ScreeningError};
use ecash_core::wire::KeysetInfo;
use ecash_core::{Currency, InstitutionId, KeysetId, Timestamp};
use ecash_environment::durable_file::flush_folder;
use ecash_environment::error_chain;
use serde::{Deserialize, Serialize};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const VERSION: u32 = 1;

/// Errors of reading and writing transcripts.
#[derive(Debug, thiserror::Error)]
pub enum TranscriptError {
    /// The file or folder cannot be read or written.
    #[error("{path} cannot be read or written")]
    File {
        /// Path of the file or folder.
        path: PathBuf,
        /// The I/O error.
        #[source]
        source: io::Error,
    },
    /// The file is not the JSON of a transcript.
    #[error("{path} is not a transcript of a key ceremony")]
    Format {
        /// Path of the transcript.
        path: PathBuf,
        /// The JSON error, with line and column.
        #[source]
        source: serde_json::Error,
    },
    /// The transcript has an unknown version.
    #[error("{path} has the unknown version {version}")]
    Version {
        /// Path of the transcript.
        path: PathBuf,
        /// The version that it states.
        version: u32,
    },
    /// The keyset is inconsistent, for example because a key id is not that of its key.
    #[error("the keyset in {path} is inconsistent")]
    Keyset {
        /// Path of the transcript.
        path: PathBuf,
        /// The reason the keyset is inconsistent.
        #[source]
        source: KeysetError,
    },
    /// A key or its proof failed the screening.
    #[error("a key in {path} failed its screening and must not be used")]
    Screening {
        /// Path of the transcript.
        path: PathBuf,
        /// The check that failed, with the key.
        #[source]
        source: ScreeningError,
    },
}

/// The PKCS#11 function by which a token computes x^d mod n.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrivateKeyMechanism {
    /// `C_Sign` with `CKM_RSA_X_509`.
    Sign,
    /// `C_Decrypt` with `CKM_RSA_X_509`: the same computation, for tokens whose `C_Sign` always pads.
    Decrypt,
}

/// A hardware token's description of itself, for the transcript of a ceremony.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenDescription {
    /// The label, as in `PKCS11_TOKEN`.
    pub label: String,
    /// The manufacturer id.
    pub manufacturer: String,
    /// The model name.
    pub model: String,
    /// The serial number.
    pub serial_number: String,
}

/// The content of a transcript file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TranscriptFile {
    pub(crate) version: u32,
    pub(crate) made_at: Timestamp,
    /// SHA-256 of the reviewed YAML file's bytes.
    pub(crate) config_sha256: Base64Url,
    pub(crate) token: TokenDescription,
    pub(crate) private_operation: PrivateKeyMechanism,
    pub(crate) institution_id: InstitutionId,
    pub(crate) currency: Currency,
    pub(crate) keyset: KeysetInfo,
}

impl TranscriptFile {
    /// The version that this program writes.
    pub(crate) const VERSION: u32 = VERSION;
}

/// A transcript whose keyset was checked: key ids recomputed, keys screened, proofs verified.
#[derive(Debug, Clone)]
pub struct Transcript {
    keyset: Keyset,
}

impl Transcript {
    /// Returns the keyset, with proofs.
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

/// The folder of transcripts: one file per keyset, named after it.
#[derive(Debug, Clone)]
pub struct Transcripts {
    folder: PathBuf,
    /// Whether a missing folder counts as empty. Otherwise it is an error, because it may be a missing mount.
    may_be_missing: bool,
    screened: Arc<Screened>,
}

impl Transcripts {
    /// Opens this folder, which must exist when it is read.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, may_be_missing: false, screened: Arc::default() }
    }

    /// Returns all transcripts, in the order in which their keysets issue.
    ///
    /// # Errors
    /// [`TranscriptError`] of the first transcript that cannot be used.
    pub fn read(&self) -> Result<Vec<Transcript>, TranscriptError> {
        let mut transcripts: Vec<_> = self
            .files()?
            .iter()
            .map(|path| Transcript::read(path, &self.screened))
            .collect::<Result<_, _>>()?;
        transcripts.sort_by_key(|transcript| transcript.keyset.dates.valid_from);
        Ok(transcripts)
    }

    /// Returns all usable transcripts, in the order in which their keysets issue, and logs those that cannot
    /// be used.
    ///
    /// # Errors
    /// [`TranscriptError::File`] if the folder cannot be read.
    pub fn read_each(&self) -> Result<Vec<Transcript>, TranscriptError> {
        let mut transcripts = Vec::new();
        for path in self.files()? {
            match Transcript::read(&path, &self.screened) {
                Ok(transcript) => transcripts.push(transcript),
                Err(error) => {
                    tracing::error!(
                        error = error_chain(&error),
                        "transcript cannot be used; skipping its keyset"
                    );
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

    /// Returns the subfolder with the transcripts of keysets whose private keys were destroyed.
    #[must_use]
    pub fn destroyed(&self) -> Self {
        let folder = self.folder.join("destroyed");
        Self { folder, may_be_missing: true, screened: self.screened.clone() }
    }

    /// Returns whether a keyset of this name exists, or existed until its private keys were destroyed.
    #[must_use]
    pub fn is_known(&self, keyset_id: &KeysetId) -> bool {
        self.path(keyset_id).exists() || self.destroyed().path(keyset_id).exists()
    }

    /// Moves a transcript to [`Self::destroyed`], durably. An interrupted move can be repeated.
    ///
    /// # Errors
    /// [`TranscriptError::File`], including if a different transcript of that name exists: a public record is
    /// never replaced.
    pub fn set_aside(&self, keyset_id: &KeysetId) -> Result<(), TranscriptError> {
        let destroyed = self.destroyed();
        let (from, to) = (self.path(keyset_id), destroyed.path(keyset_id));
        // 1. Link the transcript into the destination folder, and flush that folder.
        // 2. Remove the original, and flush its folder. After a crash in between, both names exist, and the
        //    next attempt continues here.
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
            flush_folder(&to)?;
            std::fs::remove_file(&from)?;
            flush_folder(&from)
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

    /// Returns the path of a keyset's transcript.
    pub(crate) fn path(&self, keyset_id: &KeysetId) -> PathBuf {
        self.folder.join(format!("{keyset_id}.json"))
    }

    /// Writes a new transcript durably and reads it back. Never replaces an existing one.
    pub(crate) fn write(&self, file: &TranscriptFile) -> Result<Transcript, TranscriptError> {
        let path = self.path(&file.keyset.keyset_id);
        let text = serde_json::to_vec_pretty(file)
            .map_err(|source| TranscriptError::Format { path: path.clone(), source })?;
        // 1. Write and flush a temporary file, then link it to its final name.
        let write = || {
            let temporary = path.with_extension("new");
            let mut new = std::fs::File::create(&temporary)?;
            new.write_all(&text)?;
            new.sync_all()?;
            // Fails if the transcript exists.
            std::fs::hard_link(&temporary, &path)
        };
        let failed = |source| TranscriptError::File { path: path.clone(), source };
        write().map_err(failed)?;
        // 2. Remove the temporary name, flush the folder, and read the transcript back.
        let finish = || {
            std::fs::remove_file(path.with_extension("new"))?;
            flush_folder(&path)
        };
        let written = finish().map_err(failed).and_then(|()| Transcript::read(&path, &self.screened));
        // From here on the transcript belongs to this ceremony. If a later step fails, the ceremony's keys
        // are destroyed, so the transcript must be removed too.
        written.inspect_err(|_| {
            let _ = std::fs::remove_file(&path);
        })
    }
}
