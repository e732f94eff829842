//! Links: payment templates that any payer can use.

use crate::LedgerError;
use crate::columns::{amount, seconds, timestamp};
use crate::parameter::Parameter;
use ecash_core::{AccountId, Amount, LinkId, Timestamp};

/// A link of a merchant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRecord {
    /// A random id, unique.
    pub link_id: LinkId,
    /// The merchant that is paid.
    pub merchant_id: AccountId,
    /// Description of its payments, 1 to 200 characters.
    pub title: String,
    /// Amount of its payments, not zero; `None` if the payer chooses.
    pub amount: Option<Amount>,
    /// Maximum tip of its payments.
    pub tip_max: Amount,
    /// Whether the link creates payments.
    pub is_active: bool,
    /// Time at which the link was created.
    pub created_at: Timestamp,
}

impl LinkRecord {
    pub(crate) fn parameters(&self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::Text(self.link_id.as_str()),
            Parameter::Text(self.merchant_id.as_str()),
            Parameter::Text(&self.title),
            Parameter::MaybeInteger(self.amount.map(Amount::minor_signed)),
            Parameter::Integer(self.tip_max.minor_signed()),
            Parameter::Boolean(self.is_active),
            Parameter::Integer(seconds(self.created_at)),
        ]
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct LinkRow {
    link_id: String,
    merchant_id: String,
    title: String,
    amount_minor: Option<i64>,
    tip_max_minor: i64,
    is_active: bool,
    created_at: i64,
}

impl TryFrom<LinkRow> for LinkRecord {
    type Error = LedgerError;
    fn try_from(row: LinkRow) -> Result<Self, LedgerError> {
        const CORRUPT: LedgerError = LedgerError::Corrupt("link");
        Ok(Self {
            link_id: LinkId::new(row.link_id).map_err(|_| CORRUPT)?,
            merchant_id: AccountId::new(row.merchant_id).map_err(|_| CORRUPT)?,
            title: row.title,
            amount: row.amount_minor.map(|minor| amount(minor, "link")).transpose()?,
            tip_max: amount(row.tip_max_minor, "link")?,
            is_active: row.is_active,
            created_at: timestamp(row.created_at)?,
        })
    }
}
