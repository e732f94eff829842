//! Records that a posting writes in addition to its movements: payments, their ends and changes of merchants.
//! A record is part of the posting, so it commits atomically with the value that it describes.
//!
//! They maintain P1 to P6 of `docs/invariants.md`: a payment ends once and is paid exactly. An order is paid
//! at most once. Refunds do not exceed the payment. The accounts `refunds` and `payouts` hold the sums of
//! open refunds and payouts. A payment is open if and only if it has not ended.

use crate::columns::seconds;
use crate::parameter::Parameter;
use crate::{
    Claim, Draft, KeysetStop, MerchantChange, Movement, NewPayout, OperationId, Party, PayoutEnd,
    PayoutEnding, Unbalanced,
};
use ecash_core::wire::{PaymentState, RefundState};
use ecash_core::{AccountId, Amount, PaymentId, RefundId, Timestamp};

/// A record of a posting.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// A new, open payment.
    NewPayment(Box<NewPayment>),
    /// The end of a payment.
    Settlement(Settlement),
    /// A new, open refund of a paid payment.
    NewRefund(Box<NewRefund>),
    /// The end of a refund.
    RefundEnd(RefundEnd),
    /// A new, open payout.
    NewPayout(Box<NewPayout>),
    /// The end of a payout.
    PayoutEnd(PayoutEnd),
    /// A change of a merchant that moves no value.
    Merchant(Box<MerchantChange>),
    /// A keyset is stopped or revoked.
    KeysetStop(KeysetStop),
}

/// A payment as its merchant created it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPayment {
    /// A random id, unique.
    pub payment_id: PaymentId,
    /// The merchant that is credited.
    pub merchant_id: AccountId,
    /// The amount to pay; not zero.
    pub amount: Amount,
    /// Maximum tip; zero if no tip is accepted.
    pub tip_max: Amount,
    /// One line for the payer, at most 200 characters.
    pub description: String,
    /// The merchant's reference of the order, 1 to 64 characters.
    pub order_ref: Option<String>,
    /// Whether several payments of the order can be paid.
    pub is_split: bool,
    /// Encrypted details, at most 4 KiB.
    pub details_box: Option<Vec<u8>>,
    /// Commitment to the details.
    pub details_hash: Option<[u8; 32]>,
    /// The merchant's own data, at most 4 KiB as JSON text.
    pub metadata: Option<serde_json::Value>,
    /// The page of the shop to open after the payment.
    pub return_url: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Time from which the payment can no longer be paid.
    pub expires_at: Timestamp,
}

/// The end of a payment. The posting must own the payment's claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The payment that ends.
    pub payment_id: PaymentId,
    /// How it ends.
    pub end: PaymentEnd,
}

/// How a payment ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaymentEnd {
    /// Paid by this posting.
    Paid {
        /// The merchant that is credited.
        merchant_id: AccountId,
        /// The payment's amount.
        amount: Amount,
        /// The tip paid in addition.
        tip: Amount,
        /// Commitment to the key that can claim refunds.
        refund_commitment: Option<[u8; 32]>,
    },
    /// Cancelled by the merchant.
    Cancelled,
    /// Not paid in time.
    Expired,
}

impl PaymentEnd {
    /// The final state of the payment.
    #[must_use]
    pub const fn state(&self) -> PaymentState {
        match self {
            Self::Paid { .. } => PaymentState::Paid,
            Self::Cancelled => PaymentState::Cancelled,
            Self::Expired => PaymentState::Expired,
        }
    }

    /// The tip that was paid; zero unless paid.
    #[must_use]
    pub const fn tip(&self) -> Amount {
        match self {
            Self::Paid { tip, .. } => *tip,
            Self::Cancelled | Self::Expired => Amount::ZERO,
        }
    }

    pub(crate) const fn refund_commitment(&self) -> Option<&[u8; 32]> {
        match self {
            Self::Paid { refund_commitment, .. } => refund_commitment.as_ref(),
            Self::Cancelled | Self::Expired => None,
        }
    }
}

/// A refund as its merchant created it. The posting must own its claim, debit the merchant and credit
/// [`Party::Refunds`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRefund {
    /// A random id, unique.
    pub refund_id: RefundId,
    /// The paid payment.
    pub payment_id: PaymentId,
    /// The merchant that is debited.
    pub merchant_id: AccountId,
    /// Number of the refund, counted from 1 for each payment.
    pub number: u8,
    /// The amount; not zero.
    pub amount: Amount,
    /// One line for the payer, at most 200 characters.
    pub reason: Option<String>,
    /// Time from which an unclaimed refund is returned to the merchant.
    pub claim_until: Timestamp,
}

/// The end of a refund. The posting must own its claim, and debit [`Party::Refunds`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundEnd {
    /// The refund that ends.
    pub refund_id: RefundId,
    /// The refunded payment.
    pub payment_id: PaymentId,
    /// Amount of the refund, in minor units.
    pub amount: Amount,
    /// The merchant to which the money returns; `None` if the payer claims it as tokens.
    pub returned_to: Option<AccountId>,
}

impl RefundEnd {
    pub(crate) const fn how(&self) -> &'static str {
        if self.returned_to.is_some() { "returned" } else { "claimed" }
    }
}

/// A refund as stored in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundRecord {
    /// The refund as it was created.
    pub refund: NewRefund,
    /// The operation that created it.
    pub operation_id: OperationId,
    /// Time of the refund, rounded down to the minute.
    pub at: Timestamp,
    /// State of the refund.
    pub state: RefundState,
    /// Time at which it was claimed or returned.
    pub ended_at: Option<Timestamp>,
}

/// A payment as stored in the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct PaymentRecord {
    /// The payment as it was created.
    pub payment: NewPayment,
    /// State of the payment.
    pub state: PaymentState,
    /// The tip that was paid; zero unless paid.
    pub tip: Amount,
    /// The payer's commitment, if the payment was paid with one.
    pub refund_commitment: Option<[u8; 32]>,
    /// The operation that ended it; `None` while it is open.
    pub settled: Option<Settled>,
    /// Number of refunds, and number of ended refunds.
    pub refunds: [u8; 2],
}

/// The operation that ended a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The operation that paid, cancelled or expired the payment.
    pub operation_id: OperationId,
    /// Time of that operation, rounded down to the minute.
    pub at: Timestamp,
}

/// Selects payments of one merchant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentFilter {
    /// Only payments of this merchant; required.
    pub merchant_id: AccountId,
    /// Only payments older than this one of the merchant.
    pub before: Option<PaymentId>,
    /// Only payments in this state.
    pub state: Option<PaymentState>,
    /// Only payments of this order.
    pub order_ref: Option<String>,
    /// Only payments created at this time or later.
    pub from: Option<Timestamp>,
    /// Only payments created before this time.
    pub to: Option<Timestamp>,
    /// Only payments whose id, order or description begins with this text; order and description are compared
    /// case-insensitively.
    pub prefix: Option<String>,
    /// Maximum number of payments.
    pub limit: u32,
}

impl PaymentFilter {
    /// Selects the newest `limit` payments of a merchant.
    #[must_use]
    pub const fn newest(merchant_id: AccountId, limit: u32) -> Self {
        Self {
            merchant_id,
            before: None,
            state: None,
            order_ref: None,
            from: None,
            to: None,
            prefix: None,
            limit,
        }
    }

    /// Returns the parameters of the statement; an empty text selects everything.
    pub(crate) fn parameters(&self) -> [Parameter<'_>; 8] {
        [
            Parameter::Text(self.merchant_id.as_str()),
            Parameter::Text(self.before.as_ref().map_or("", PaymentId::as_str)),
            Parameter::Text(self.state.map_or("", PaymentState::as_str)),
            Parameter::Text(self.order_ref.as_deref().unwrap_or_default()),
            Parameter::Integer(self.from.map_or(0, seconds)),
            Parameter::Integer(self.to.map_or(i64::MAX, seconds)),
            Parameter::Text(self.prefix.as_deref().unwrap_or_default()),
            Parameter::Integer(i64::from(self.limit)),
        ]
    }
}

impl Draft {
    /// Checks that each settlement owns its payment's claim and matches the movements of the posting (P1,
    /// P2). Checks refunds and payouts likewise (P4, P5).
    pub(crate) fn check_records(&self) -> Result<(), Unbalanced> {
        for record in &self.records {
            let is_described = match record {
                Record::Settlement(settlement) => self.is_settlement(settlement)?,
                Record::NewRefund(refund) => {
                    let movement = |party| vec![Movement { party, amount: refund.amount }];
                    self.owns(&Claim::refund(&refund.payment_id, refund.number))
                        && self.debits == movement(Party::Account(refund.merchant_id.clone()))
                        && self.credits == movement(Party::Refunds)
                }
                Record::RefundEnd(end) => self.is_refund_end(end)?,
                Record::NewPayout(payout) => {
                    let movement = |party| vec![Movement { party, amount: payout.amount }];
                    self.debits == movement(Party::Account(payout.merchant_id.clone()))
                        && self.credits == movement(Party::Payouts)
                }
                Record::PayoutEnd(end) => {
                    let movement = |party| vec![Movement { party, amount: end.amount }];
                    let party = match end.ending {
                        PayoutEnding::Rejected => Party::Account(end.merchant_id.clone()),
                        PayoutEnding::Settled => Party::Treasury,
                    };
                    self.owns(&Claim::payout_end(&end.payout_id))
                        && self.debits == movement(Party::Payouts)
                        && self.credits == movement(party)
                }
                Record::KeysetStop(stop) => {
                    !stop.status.is_live() && self.owns(&Claim::keyset_stop(&stop.keyset_id, stop.status))
                }
                Record::NewPayment(_) | Record::Merchant(_) => true,
            };
            if !is_described {
                return Err(Unbalanced::Record);
            }
        }
        Ok(())
    }

    /// Returns whether the posting owns this claim and the claim is never deleted.
    fn owns(&self, claim: &Claim) -> bool {
        self.claims.iter().any(|(owned, keyset)| owned == claim && keyset.is_none())
    }

    fn is_settlement(&self, settlement: &Settlement) -> Result<bool, Unbalanced> {
        let expected = match &settlement.end {
            PaymentEnd::Paid { merchant_id, amount, tip, .. } => {
                let amount = amount.plus(*tip).map_err(Unbalanced::TooLarge)?;
                vec![Movement { party: Party::Account(merchant_id.clone()), amount }]
            }
            PaymentEnd::Cancelled | PaymentEnd::Expired => Vec::new(),
        };
        Ok(self.owns(&Claim::payment(&settlement.payment_id)) && self.credits == expected)
    }

    /// Returns whether the posting debits [`Party::Refunds`] by exactly the refunds that it ends, and credits
    /// the amount to one merchant or issues it as tokens to the payer.
    fn is_refund_end(&self, end: &RefundEnd) -> Result<bool, Unbalanced> {
        let ends = self.records.iter().filter_map(|record| match record {
            Record::RefundEnd(end) => Some(end),
            _ => None,
        });
        let amount = Amount::sum(ends.map(|end| end.amount)).map_err(Unbalanced::TooLarge)?;
        let given_to: Vec<_> = end.returned_to.iter().cloned().map(Party::Account).collect();
        let credits: Vec<_> = given_to.into_iter().map(|party| Movement { party, amount }).collect();
        Ok(self.owns(&Claim::refund_end(&end.refund_id))
            && self.debits == [Movement { party: Party::Refunds, amount }]
            && self.credits == credits)
    }
}
