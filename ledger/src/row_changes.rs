//! Records that both engines write with the same statements, one record at a time, because they are rare: refunds, payouts and changes
//! of merchants.

use crate::columns::seconds;
use crate::parameter::Parameter;
use crate::statements::{DialectStatements, Statement, shared};
use crate::{Draft, NewPayout, NewRefund, PayoutEnd, Record, RefundEnd};

/// A statement with its parameters.
pub(crate) struct RowChange<'a> {
    pub(crate) statement: Statement,
    pub(crate) parameters: Vec<Parameter<'a>>,
    /// The table of which the statement must change exactly one row; `None` if the row may be missing.
    pub(crate) one_row_of: Option<&'static str>,
}

impl Record {
    /// Returns the statements that write this record, in order. Empty for the records that an engine writes in its own way: payments,
    /// their ends, and stops of keysets.
    pub(crate) fn row_changes<'a>(
        &'a self,
        draft: &'a Draft,
        statements: &DialectStatements,
    ) -> Vec<RowChange<'a>> {
        let one = |statement, table, parameters| RowChange { statement, parameters, one_row_of: Some(table) };
        match self {
            Self::NewRefund(refund) => vec![
                one(shared::INSERT_REFUND, "refunds", refund.parameters(draft)),
                one(shared::INSERT_OPEN_REFUND, "open_refunds", refund.open_parameters()),
            ],
            // The claim was free, so the refund is open.
            Self::RefundEnd(end) => vec![
                one(
                    shared::DELETE_OPEN_REFUND,
                    "open_refunds",
                    vec![Parameter::Text(end.refund_id.as_str())],
                ),
                one(shared::INSERT_REFUND_END, "refund_ends", end.parameters(draft)),
            ],
            Self::NewPayout(payout) => {
                vec![one(shared::INSERT_PAYOUT, "payouts", payout.parameters(draft))]
            }
            Self::PayoutEnd(end) => {
                vec![one(shared::INSERT_PAYOUT_END, "payout_ends", end.parameters(draft))]
            }
            Self::Merchant(change) => {
                let (statement, parameters) = change.statement(statements);
                let one_row_of = change.changes_one_row().then_some("merchant");
                vec![RowChange { statement, parameters, one_row_of }]
            }
            Self::NewPayment(_) | Self::Settlement(_) | Self::KeysetStop(_) => Vec::new(),
        }
    }
}

impl NewRefund {
    fn parameters<'a>(&'a self, draft: &'a Draft) -> Vec<Parameter<'a>> {
        vec![
            Parameter::Text(self.refund_id.as_str()),
            Parameter::Bytes(draft.operation.id.as_bytes()),
            Parameter::Text(self.payment_id.as_str()),
            Parameter::Integer(i64::from(self.number)),
            Parameter::Integer(self.amount.minor_signed()),
            Parameter::MaybeText(self.reason.as_deref()),
            Parameter::Integer(seconds(draft.operation.at)),
            Parameter::Integer(seconds(self.claim_until)),
        ]
    }

    fn open_parameters(&self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::Text(self.refund_id.as_str()),
            Parameter::Text(self.merchant_id.as_str()),
            Parameter::Integer(seconds(self.claim_until)),
        ]
    }
}

impl RefundEnd {
    fn parameters<'a>(&'a self, draft: &'a Draft) -> Vec<Parameter<'a>> {
        vec![
            Parameter::Text(self.refund_id.as_str()),
            Parameter::Bytes(draft.operation.id.as_bytes()),
            Parameter::Text(self.how()),
            Parameter::Integer(seconds(draft.operation.at)),
        ]
    }
}

impl NewPayout {
    fn parameters<'a>(&'a self, draft: &'a Draft) -> Vec<Parameter<'a>> {
        vec![
            Parameter::Text(self.payout_id.as_str()),
            Parameter::Bytes(draft.operation.id.as_bytes()),
            Parameter::Text(self.merchant_id.as_str()),
            Parameter::Integer(self.amount.minor_signed()),
            Parameter::MaybeText(self.reference.as_deref()),
            Parameter::Integer(seconds(draft.operation.at)),
        ]
    }
}

impl PayoutEnd {
    fn parameters<'a>(&'a self, draft: &'a Draft) -> Vec<Parameter<'a>> {
        vec![
            Parameter::Text(self.payout_id.as_str()),
            Parameter::Bytes(draft.operation.id.as_bytes()),
            Parameter::Text(self.how()),
            Parameter::Text(&self.external_reference),
            Parameter::Integer(seconds(draft.operation.at)),
        ]
    }
}
