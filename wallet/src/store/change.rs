//! Changes: named transitions, each an ordered list of writes.

/// Where a record is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Seed and data key; one record.
    Wallet,
    /// Mints and their keys.
    Mints,
    /// Tokens.
    Tokens,
    /// Plans under way.
    Plans,
    /// Counters of the seed.
    Counters,
    /// What happened.
    Activity,
}

impl Table {
    /// All tables.
    pub const ALL: [Self; 6] =
        [Self::Wallet, Self::Mints, Self::Tokens, Self::Plans, Self::Counters, Self::Activity];

    /// Its name in a store.
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

/// A stored record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its table.
    pub table: Table,
    /// Its key within the table.
    pub key: String,
    /// JSON; secrets inside are sealed.
    pub value: String,
}

/// One write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Put a record, replacing one of the same key.
    Put(Record),
    /// Delete a record; absent is fine.
    Delete {
        /// Its table.
        table: Table,
        /// Its key.
        key: String,
    },
}

/// What a change is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// A wallet is made.
    CreateWallet,
    /// A mint's keys or account are noted.
    SaveMint,
    /// A plan becomes durable: counters and tokens are taken.
    Begin,
    /// A plan ends: tokens go, tokens come.
    Complete,
    /// A plan ends without effect: tokens are free again.
    Abandon,
    /// A plan is replaced by another for the same tokens.
    Replace,
    /// A plan is kept as disputed; its good tokens come.
    Dispute,
    /// The wallet is removed from this device.
    Leave,
}

/// An atomic change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What it is for.
    pub transition: Transition,
    /// What it writes, in order.
    pub writes: Vec<Write>,
}
