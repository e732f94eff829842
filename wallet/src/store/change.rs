//! Changes to the store: named transitions with an ordered list of writes, applied atomically.

/// A table of the store. A record's key is unique within its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// The data key and the sealed recovery phrase, in one record.
    Wallet,
    /// The mint with its account and screened keysets, by origin.
    Mints,
    /// The wallet's tokens, by spent id; serials and signatures are sealed.
    Tokens,
    /// The plans that have not ended, by plan id; sealed.
    Plans,
    /// The counters of the seed's outputs, by key and chain.
    Counters,
    /// The wallet's history, by plan id; sealed.
    Activity,
}

impl Table {
    /// All tables, for a store that must create them.
    pub const ALL: [Self; 6] =
        [Self::Wallet, Self::Mints, Self::Tokens, Self::Plans, Self::Counters, Self::Activity];

    /// Returns the name that stores use for the table. Part of the storage format, and of the seal of each
    /// record.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wallet => "wallet",
            Self::Mints => "mints",
            Self::Tokens => "tokens",
            Self::Plans => "plans",
            Self::Counters => "counters",
            Self::Activity => "activity",
        }
    }
}

/// A record as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The table that holds the record.
    pub table: Table,
    /// Unique within the table.
    pub key: String,
    /// A JSON text. Only the secrets in it are sealed.
    pub value: String,
}

/// One write of a [`Change`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Inserts a record, or replaces the one with the same table and key.
    Put(Record),
    /// Deletes a record. Does nothing if it does not exist.
    Delete {
        /// The table that holds the record.
        table: Table,
        /// The record's key within the table.
        key: String,
    },
}

/// The purpose of a [`Change`]. Stores do not need it; tests use it to fail at chosen transitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// Creates the wallet: stores its data key and recovery phrase.
    CreateWallet,
    /// Stores the mint's keysets or account.
    SaveMint,
    /// Stores a new plan, reserves its tokens and marks its counters as used, before anything is sent. A
    /// restore also stores the counters it found with this transition.
    Begin,
    /// Ends a committed plan: deletes its inputs and adds its outputs as tokens.
    Complete,
    /// Ends a plan that the mint did not commit and never will. Its tokens become available again.
    Abandon,
    /// Replaces a receive plan by one that receives the same tokens, without those known to be worthless.
    Replace,
    /// Keeps a committed plan as disputed, and adds the outputs with valid signatures as tokens.
    Dispute,
    /// Stores the state of the user's backup, or the history of a backup file.
    SaveBackup,
    /// Sets, changes or removes the passphrase. Seals every record under a new data key.
    SetLock,
    /// Removes the wallet from this device. Deletes every record.
    Leave,
}

/// A transition of the wallet's state, which a store applies completely or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Why the writes are made. A store may ignore it.
    pub transition: Transition,
    /// The writes, in the order in which they apply.
    pub writes: Vec<Write>,
}
