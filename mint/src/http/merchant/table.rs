//! The rows of an export, as CSV.

use ecash_core::{Amount, Currency, Timestamp, spreadsheet_text};
use ecash_ledger::{MovementLine, OperationKind};

/// Marks the file as UTF-8, for spreadsheets.
const BYTE_ORDER_MARK: &str = "\u{feff}";
const COLUMNS: [&str; 13] = [
    "time_utc",
    "type",
    "payment_id",
    "order_ref",
    "refund_id",
    "payout_id",
    "transaction_id",
    "amount_minor",
    "amount",
    "currency",
    "tip_minor",
    "balance_after_minor",
    "description",
];

/// Errors of writing a row.
#[derive(Debug, thiserror::Error)]
pub(super) enum TableError {
    /// An id or amount of the ledger is out of range.
    #[error("a row of the ledger is out of range: {0}")]
    Corrupt(&'static str),
    /// The CSV cannot be written.
    #[error(transparent)]
    Csv(#[from] csv::Error),
}

type Row = [String; COLUMNS.len()];

/// Writes rows in order, and tracks the balance after each.
pub(super) struct Table {
    currency: Currency,
    balance_minor: i64,
}

impl Table {
    /// Starts a table with this balance, in minor units.
    pub(super) const fn new(currency: Currency, balance_minor: i64) -> Self {
        Self { currency, balance_minor }
    }

    /// Returns the head of the file and the row of the opening balance.
    pub(super) fn opening(&self, at: Timestamp) -> Result<Vec<u8>, TableError> {
        let mut file = BYTE_ORDER_MARK.as_bytes().to_vec();
        file.extend(write([COLUMNS.map(str::to_owned), self.balance(at, "opening_balance")])?);
        Ok(file)
    }

    /// Returns the row of the closing balance.
    pub(super) fn closing(&self, at: Timestamp) -> Result<Vec<u8>, TableError> {
        write([self.balance(at, "closing_balance")])
    }

    fn balance(&self, at: Timestamp, kind: &str) -> Row {
        let mut row = Row::default();
        row[0] = at.to_string();
        row[1] = kind.to_owned();
        row[9] = self.currency.code.to_string();
        row[11] = self.balance_minor.to_string();
        row
    }

    /// Returns a row for each entry.
    pub(super) fn movements(&mut self, lines: &[MovementLine]) -> Result<Vec<u8>, TableError> {
        let rows: Vec<Row> = lines.iter().map(|line| self.movement(line)).collect::<Result<_, _>>()?;
        write(rows)
    }

    fn movement(&mut self, line: &MovementLine) -> Result<Row, TableError> {
        const CORRUPT: TableError = TableError::Corrupt("sum of entries");
        self.balance_minor = self.balance_minor.checked_add(line.change_minor).ok_or(CORRUPT)?;
        let transaction_id = line.operation_id.transaction_id();
        let id = |id: Option<&str>| id.unwrap_or_default().to_owned();
        Ok([
            line.at.to_string(),
            kind(line.kind).to_owned(),
            id(line.payment_id.as_ref().map(|id| id.as_str())),
            text(line.order_ref.as_deref()),
            id(line.refund_id.as_ref().map(|id| id.as_str())),
            id(line.payout_id.as_ref().map(|id| id.as_str())),
            transaction_id.map_err(|_| TableError::Corrupt("transaction id"))?.to_string(),
            line.change_minor.to_string(),
            self.major(line.change_minor)?,
            self.currency.code.to_string(),
            line.tip_minor.to_string(),
            self.balance_minor.to_string(),
            text(line.description.as_deref()),
        ])
    }

    /// Formats an amount in major units: `-12.50`.
    fn major(&self, minor: i64) -> Result<String, TableError> {
        let amount = Amount::new(minor.unsigned_abs()).map_err(|_| TableError::Corrupt("entry"))?;
        let sign = if minor < 0 { "-" } else { "" };
        Ok(format!("{sign}{}", self.currency.money(amount).number()))
    }
}

fn text(text: Option<&str>) -> String {
    spreadsheet_text(text.unwrap_or_default())
}

const fn kind(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::Fund => "paid_in",
        OperationKind::Withdraw => "withdrawal",
        OperationKind::Redeem => "payment",
        OperationKind::Refund => "refund",
        OperationKind::RefundReturn => "refund_returned",
        OperationKind::Payout => "payout",
        OperationKind::PayoutEnd => "payout_rejected",
        OperationKind::Swap
        | OperationKind::Cancel
        | OperationKind::Expire
        | OperationKind::Payment
        | OperationKind::PaymentCancel
        | OperationKind::PaymentExpire
        | OperationKind::RefundClaim
        | OperationKind::MerchantAdmin
        | OperationKind::KeysetStop => "other",
    }
}

fn write(rows: impl IntoIterator<Item = Row>) -> Result<Vec<u8>, TableError> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row)?;
    }
    writer.into_inner().map_err(|error| TableError::Csv(error.into_error().into()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use ecash_core::PaymentId;
    use ecash_ledger::OperationId;

    #[test]
    fn rows_are_quoted_and_keep_the_balance_and_texts_are_no_formulas() {
        let mut table = Table::new(Currency::new("EUR", 2).unwrap(), 100);
        let at = Timestamp::from_unix_seconds(1_767_225_600);
        let line = MovementLine {
            entry_id: 1,
            operation_id: OperationId::new([1; 16]),
            kind: OperationKind::Refund,
            change_minor: -5,
            at,
            payment_id: Some(PaymentId::from_random(&[2; 16])),
            order_ref: Some("-1".to_owned()),
            description: Some("  =HYPERLINK(\"x\"), ü".to_owned()),
            tip_minor: 0,
            refund_id: None,
            payout_id: None,
        };
        let opening = String::from_utf8(table.opening(at).unwrap()).unwrap();
        assert!(
            opening.starts_with("\u{feff}time_utc,type,") && opening.ends_with(",EUR,,100,\r\n"),
            "{opening}"
        );
        let row = String::from_utf8(table.movements(&[line]).unwrap()).unwrap();
        let expected = "2026-01-01T00:00:00Z,refund,pay_AgICAgICAgICAgICAgICAg,'-1,,,tx_AQEBAQEBAQEBAQEBAQEBAQ,-5,-0.05,EUR,0,95,\"'  =HYPERLINK(\"\"x\"\"), ü\"\r\n";
        assert_eq!(row, expected);
        assert!(String::from_utf8(table.closing(at).unwrap()).unwrap().ends_with(",95,\r\n"));
    }
}
