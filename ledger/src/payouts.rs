//! Payouts: takings that leave the mint.

use crate::LedgerError;
use crate::columns::{amount, timestamp};
use ecash_core::wire::PayoutState;
use ecash_core::{AccountId, Amount, PayoutId, Timestamp};

/// A payout as it was requested. The posting must debit the merchant and credit [`Party::Payouts`](crate::Party::Payouts).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPayout {
    /// A random id, unique.
    pub payout_id: PayoutId,
    /// The merchant that is debited.
    pub merchant_id: AccountId,
    /// The amount; not zero.
    pub amount: Amount,
    /// The merchant's note, at most 64 characters.
    pub reference: Option<String>,
}

/// How a payout ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayoutEnding {
    /// The money has left the mint: the treasury is credited.
    Settled,
    /// Nothing was paid: the merchant gets its takings back.
    Rejected,
}

/// The end of a payout. The posting must own its claim, and debit [`Party::Payouts`](crate::Party::Payouts).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutEnd {
    /// The payout that ends.
    pub payout_id: PayoutId,
    /// The merchant that requested it.
    pub merchant_id: AccountId,
    /// Its amount.
    pub amount: Amount,
    /// How it ends.
    pub ending: PayoutEnding,
    /// The operator's reference or reason, at most 200 characters.
    pub external_reference: String,
}

impl PayoutEnd {
    pub(crate) const fn how(&self) -> &'static str {
        match self.ending {
            PayoutEnding::Rejected => "rejected",
            PayoutEnding::Settled => "settled",
        }
    }
}

/// A payout as the ledger holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutRecord {
    /// The payout as it was requested.
    pub payout: NewPayout,
    /// When, rounded down to the minute.
    pub at: Timestamp,
    /// Where its money is.
    pub state: PayoutState,
    /// When it was settled or rejected.
    pub ended_at: Option<Timestamp>,
    /// The operator's reference or reason.
    pub external_reference: Option<String>,
}

#[derive(sqlx::FromRow)]
pub(crate) struct PayoutRow {
    payout_id: String,
    merchant_id: String,
    amount_minor: i64,
    reference: Option<String>,
    at: i64,
    how: Option<String>,
    ended_at: Option<i64>,
    external_reference: Option<String>,
}

impl TryFrom<PayoutRow> for PayoutRecord {
    type Error = LedgerError;
    fn try_from(row: PayoutRow) -> Result<Self, LedgerError> {
        const CORRUPT: LedgerError = LedgerError::Corrupt("payout");
        let payout = NewPayout {
            payout_id: PayoutId::new(row.payout_id).map_err(|_| CORRUPT)?,
            merchant_id: AccountId::new(row.merchant_id).map_err(|_| CORRUPT)?,
            amount: amount(row.amount_minor, "payout")?,
            reference: row.reference,
        };
        let state = match row.how.as_deref() {
            None => PayoutState::Requested,
            Some("settled") => PayoutState::Settled,
            Some("rejected") => PayoutState::Rejected,
            Some(_) => return Err(CORRUPT),
        };
        let ended_at = row.ended_at.map(timestamp).transpose()?;
        let external_reference = row.external_reference;
        Ok(Self { payout, at: timestamp(row.at)?, state, ended_at, external_reference })
    }
}
