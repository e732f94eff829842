//! Payouts: payments of a merchant's money outside the mint.

use crate::LedgerError;
use crate::columns::{amount, timestamp};
use ecash_core::wire::PayoutState;
use ecash_core::{AccountId, Amount, PayoutId, Timestamp};

/// A payout as it was requested. The posting must debit the merchant and credit
/// [`Party::Payouts`](crate::Party::Payouts).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPayout {
    /// A random id, unique.
    pub payout_id: PayoutId,
    /// The debited merchant.
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
    /// The payout was rejected: the merchant is credited again.
    Rejected,
}

/// The end of a payout. The posting must own its claim, and debit [`Party::Payouts`](crate::Party::Payouts).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutEnd {
    /// The payout that ends.
    pub payout_id: PayoutId,
    /// The merchant that requested the payout.
    pub merchant_id: AccountId,
    /// Amount of the payout.
    pub amount: Amount,
    /// Whether the payout is settled or rejected.
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

/// A payout as stored in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutRecord {
    /// The payout as it was requested.
    pub payout: NewPayout,
    /// Time of the request, rounded down to the minute.
    pub at: Timestamp,
    /// State of the payout.
    pub state: PayoutState,
    /// Time at which it was settled or rejected.
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
