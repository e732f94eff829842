//! Rows that both engines select, and their conversion to records. A value that cannot be converted is
//! reported by name as [`LedgerError::Corrupt`].

use super::{
    AccountRecord, AccountRole, ApiKeyRecord, AuditReport, BlindedHash, DomainRecord, IssuedRecord,
    LedgerClock, LedgerError, LedgerIdentity, MerchantRecord, NewPayment, NewRefund, OperationRecord,
    PaymentRecord, RefundRecord, Settled, StatementLine, StoredKeyset,
};
use crate::columns::{amount, kind, operation_id, timestamp, unsigned};
use crate::keysets::parse_status;
use ecash_core::api_key::Scopes;
use ecash_core::keys::{Dates, KeyId, Keyset};
use ecash_core::rsabssa::{E, PublicKey};
use ecash_core::wire::{PaymentState, RefundState};
use ecash_core::{
    AccountId, Amount, ApiKeyId, Currency, Denomination, InstitutionId, KeysetId, Origin, PaymentId, RefundId,
};
use sqlx::FromRow;

#[derive(FromRow)]
pub(super) struct OperationRow {
    operation_id: Vec<u8>,
    kind: String,
    request_digest: Option<Vec<u8>>,
    outcome: String,
}

impl TryFrom<OperationRow> for OperationRecord {
    type Error = LedgerError;
    fn try_from(row: OperationRow) -> Result<Self, LedgerError> {
        let digest = row.request_digest.as_deref().map(<[u8; 32]>::try_from).transpose();
        Ok(Self {
            operation_id: operation_id(&row.operation_id)?,
            kind: kind(&row.kind)?,
            request_digest: digest.map_err(|_| LedgerError::Corrupt("request digest"))?,
            outcome: serde_json::from_str(&row.outcome).map_err(|_| LedgerError::Corrupt("outcome"))?,
        })
    }
}

#[derive(FromRow)]
pub(super) struct AccountRow {
    account_id: String,
    role: String,
    balance_minor: i64,
}

impl TryFrom<AccountRow> for AccountRecord {
    type Error = LedgerError;
    fn try_from(row: AccountRow) -> Result<Self, LedgerError> {
        let balance = u64::try_from(row.balance_minor).ok().and_then(|minor| Amount::new(minor).ok());
        Ok(Self {
            account_id: AccountId::new(row.account_id).map_err(|_| LedgerError::Corrupt("account id"))?,
            role: AccountRole::parse(&row.role).ok_or(LedgerError::Corrupt("account role"))?,
            balance: balance.ok_or(LedgerError::Corrupt("balance"))?,
        })
    }
}

#[derive(FromRow)]
pub(super) struct StatementRow {
    entry_id: i64,
    operation_id: Vec<u8>,
    kind: String,
    change_minor: i64,
    at: i64,
}

impl TryFrom<StatementRow> for StatementLine {
    type Error = LedgerError;
    fn try_from(row: StatementRow) -> Result<Self, LedgerError> {
        Ok(Self {
            entry_id: unsigned(row.entry_id, "entry id")?,
            operation_id: operation_id(&row.operation_id)?,
            kind: kind(&row.kind)?,
            change_minor: row.change_minor,
            at: timestamp(row.at)?,
        })
    }
}

#[derive(FromRow)]
pub(super) struct IssuedRow {
    blinded_hash: Vec<u8>,
    blind_signature: Vec<u8>,
}

impl TryFrom<IssuedRow> for IssuedRecord {
    type Error = LedgerError;
    fn try_from(row: IssuedRow) -> Result<Self, LedgerError> {
        let hash = BlindedHash::from_slice(&row.blinded_hash).ok_or(LedgerError::Corrupt("blinded hash"))?;
        Ok(Self { blinded_hash: hash, blind_signature: row.blind_signature })
    }
}

#[derive(FromRow)]
pub(super) struct PaymentRow {
    payment_id: String,
    merchant_id: String,
    amount_minor: i64,
    tip_max_minor: i64,
    description: String,
    order_ref: Option<String>,
    is_split: bool,
    details_box: Option<Vec<u8>>,
    details_hash: Option<Vec<u8>>,
    metadata: Option<String>,
    return_url: Option<String>,
    created_at: i64,
    expires_at: i64,
    state: Option<String>,
    tip_minor: Option<i64>,
    refund_commitment: Option<Vec<u8>>,
    settled_by: Option<Vec<u8>>,
    settled_at: Option<i64>,
    refund_count: i64,
    refund_end_count: i64,
}

impl TryFrom<PaymentRow> for PaymentRecord {
    type Error = LedgerError;
    fn try_from(row: PaymentRow) -> Result<Self, LedgerError> {
        let bytes_32 = |bytes: Option<Vec<u8>>| {
            let bytes = bytes.map(<[u8; 32]>::try_from).transpose();
            bytes.map_err(|_| LedgerError::Corrupt("hash of a payment"))
        };
        let metadata = row.metadata.as_deref().map(serde_json::from_str).transpose();
        let payment = NewPayment {
            payment_id: PaymentId::new(row.payment_id).map_err(|_| LedgerError::Corrupt("payment id"))?,
            merchant_id: AccountId::new(row.merchant_id).map_err(|_| LedgerError::Corrupt("account id"))?,
            amount: amount(row.amount_minor, "payment amount")?,
            tip_max: amount(row.tip_max_minor, "tip limit")?,
            description: row.description,
            order_ref: row.order_ref,
            is_split: row.is_split,
            details_box: row.details_box,
            details_hash: bytes_32(row.details_hash)?,
            metadata: metadata.map_err(|_| LedgerError::Corrupt("metadata"))?,
            return_url: row.return_url,
            created_at: timestamp(row.created_at)?,
            expires_at: timestamp(row.expires_at)?,
        };
        let state = match row.state.as_deref() {
            None => PaymentState::Open,
            Some("paid") => PaymentState::Paid,
            Some("cancelled") => PaymentState::Cancelled,
            Some("expired") => PaymentState::Expired,
            Some(_) => return Err(LedgerError::Corrupt("payment state")),
        };
        let tip = row.tip_minor.map_or(Ok(Amount::ZERO), |minor| amount(minor, "tip"))?;
        let settled = match (row.settled_by, row.settled_at) {
            (Some(by), Some(at)) => Some(Settled { operation_id: operation_id(&by)?, at: timestamp(at)? }),
            _ => None,
        };
        let count =
            |count: i64| u8::try_from(count).map_err(|_| LedgerError::Corrupt("refunds of a payment"));
        let refunds = [count(row.refund_count)?, count(row.refund_end_count)?];
        let refund_commitment = bytes_32(row.refund_commitment)?;
        Ok(Self { payment, state, tip, refund_commitment, settled, refunds })
    }
}

#[derive(FromRow)]
pub(super) struct RefundRow {
    refund_id: String,
    operation_id: Vec<u8>,
    payment_id: String,
    merchant_id: String,
    number: i64,
    amount_minor: i64,
    reason: Option<String>,
    at: i64,
    claim_until: i64,
    how: Option<String>,
    ended_at: Option<i64>,
}

impl TryFrom<RefundRow> for RefundRecord {
    type Error = LedgerError;
    fn try_from(row: RefundRow) -> Result<Self, LedgerError> {
        const CORRUPT: LedgerError = LedgerError::Corrupt("refund");
        let refund = NewRefund {
            refund_id: RefundId::new(row.refund_id).map_err(|_| CORRUPT)?,
            payment_id: PaymentId::new(row.payment_id).map_err(|_| CORRUPT)?,
            merchant_id: AccountId::new(row.merchant_id).map_err(|_| CORRUPT)?,
            number: u8::try_from(row.number).map_err(|_| CORRUPT)?,
            amount: amount(row.amount_minor, "refund")?,
            reason: row.reason,
            claim_until: timestamp(row.claim_until)?,
        };
        let state = match row.how.as_deref() {
            None => RefundState::Open,
            Some("claimed") => RefundState::Claimed,
            Some("returned") => RefundState::Returned,
            Some(_) => return Err(CORRUPT),
        };
        let (operation_id, at) = (operation_id(&row.operation_id)?, timestamp(row.at)?);
        Ok(Self { refund, operation_id, at, state, ended_at: row.ended_at.map(timestamp).transpose()? })
    }
}

/// A merchant with one of its domains. The domain's columns are `NULL` if the merchant has no domain.
#[derive(FromRow)]
pub(super) struct MerchantRow {
    name: String,
    origin: Option<String>,
    is_verified: Option<bool>,
}

/// Assembles a merchant from its rows, one for each domain. Returns `None` without rows: the merchant does
/// not exist.
pub(super) fn merchant(
    merchant_id: &AccountId,
    rows: Vec<MerchantRow>,
) -> Result<Option<MerchantRecord>, LedgerError> {
    let Some(name) = rows.first().map(|row| row.name.clone()) else { return Ok(None) };
    let mut domains = Vec::new();
    for row in rows {
        if let (Some(origin), Some(is_verified)) = (row.origin, row.is_verified) {
            let origin = Origin::new(origin).map_err(|_| LedgerError::Corrupt("domain"))?;
            domains.push(DomainRecord { origin, is_verified });
        }
    }
    Ok(Some(MerchantRecord { merchant_id: merchant_id.clone(), name, domains }))
}

#[derive(FromRow)]
pub(super) struct ApiKeyRow {
    key_id: String,
    merchant_id: String,
    name: String,
    scopes: String,
    created_at: i64,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    last_used_day: Option<i64>,
    replaced_by: Option<String>,
}

impl TryFrom<ApiKeyRow> for ApiKeyRecord {
    type Error = LedgerError;
    fn try_from(row: ApiKeyRow) -> Result<Self, LedgerError> {
        Ok(Self {
            key_id: ApiKeyId::new(row.key_id).map_err(|_| LedgerError::Corrupt("API key id"))?,
            merchant_id: AccountId::new(row.merchant_id).map_err(|_| LedgerError::Corrupt("account id"))?,
            name: row.name,
            scopes: Scopes::parse(&row.scopes).ok_or(LedgerError::Corrupt("scopes"))?,
            created_at: timestamp(row.created_at)?,
            expires_at: row.expires_at.map(timestamp).transpose()?,
            revoked_at: row.revoked_at.map(timestamp).transpose()?,
            last_used_day: row.last_used_day.map(timestamp).transpose()?,
            replaced_by: row
                .replaced_by
                .map(ApiKeyId::new)
                .transpose()
                .map_err(|_| LedgerError::Corrupt("API key id"))?,
        })
    }
}

#[derive(FromRow)]
pub(super) struct ClockRow {
    newest: Option<i64>,
    doubted_at: Option<i64>,
}

impl TryFrom<ClockRow> for LedgerClock {
    type Error = LedgerError;
    fn try_from(row: ClockRow) -> Result<Self, LedgerError> {
        Ok(Self {
            newest: row.newest.map(timestamp).transpose()?,
            doubted_at: row.doubted_at.map(timestamp).transpose()?,
        })
    }
}

/// Converts credited entries, in minor units.
pub(super) fn credits(rows: Vec<(String, i64)>) -> Result<Vec<(AccountId, Amount)>, LedgerError> {
    let credit = |(account_id, minor): (String, i64)| {
        let amount = Amount::new(unsigned(minor, "entry")?).map_err(|_| LedgerError::Corrupt("entry"))?;
        Ok((AccountId::new(account_id).map_err(|_| LedgerError::Corrupt("account id"))?, amount))
    };
    rows.into_iter().map(credit).collect()
}

#[derive(FromRow)]
pub(super) struct IdentityRow {
    pub(super) institution_id: String,
    pub(super) currency: String,
    pub(super) exponent: i64,
}

impl TryFrom<IdentityRow> for LedgerIdentity {
    type Error = LedgerError;
    fn try_from(row: IdentityRow) -> Result<Self, LedgerError> {
        const CORRUPT: LedgerError = LedgerError::Corrupt("identity");
        let exponent = u8::try_from(row.exponent).map_err(|_| CORRUPT)?;
        Ok(Self {
            institution_id: InstitutionId::new(row.institution_id).map_err(|_| CORRUPT)?,
            currency: Currency::new(&row.currency, exponent).map_err(|_| CORRUPT)?,
        })
    }
}

#[derive(FromRow)]
pub(super) struct KeysetRow {
    keyset_id: String,
    epoch: i64,
    valid_from: i64,
    issue_until: i64,
    redeem_until: i64,
    swap_until: i64,
    ended: bool,
    status: String,
    replaces: Option<String>,
}

#[derive(FromRow)]
pub(super) struct KeyRow {
    keyset_id: String,
    key_id: Vec<u8>,
    denomination_minor: i64,
    modulus: Vec<u8>,
    proof: Vec<u8>,
}

impl KeyRow {
    fn parse(&self) -> Result<(Denomination, PublicKey, Vec<Vec<u8>>), LedgerError> {
        let denomination = Denomination::new(unsigned(self.denomination_minor, "denomination")?)
            .map_err(|_| LedgerError::Corrupt("denomination"))?;
        let public = PublicKey::new(&self.modulus, E).map_err(|_| LedgerError::Corrupt("modulus"))?;
        let proof = self.proof.chunks(public.k()).map(<[u8]>::to_vec).collect();
        Ok((denomination, public, proof))
    }
}

/// Assembles keysets from their rows. `keys` must be sorted by denomination within a keyset.
pub(super) fn stored_keysets(
    identity: &LedgerIdentity,
    keysets: Vec<KeysetRow>,
    keys: &[KeyRow],
) -> Result<Vec<StoredKeyset>, LedgerError> {
    keysets.into_iter().map(|row| stored_keyset(identity, row, keys)).collect()
}

fn stored_keyset(
    identity: &LedgerIdentity,
    row: KeysetRow,
    keys: &[KeyRow],
) -> Result<StoredKeyset, LedgerError> {
    const CORRUPT: LedgerError = LedgerError::Corrupt("keyset");
    let dates = Dates {
        valid_from: timestamp(row.valid_from)?,
        issue_until: timestamp(row.issue_until)?,
        redeem_until: timestamp(row.redeem_until)?,
        swap_until: timestamp(row.swap_until)?,
    };
    let keys: Vec<_> = keys.iter().filter(|key| key.keyset_id == row.keyset_id).collect();
    let mut keyset = Keyset::new(
        KeysetId::new(row.keyset_id).map_err(|_| CORRUPT)?,
        identity.institution_id.clone(),
        identity.currency.clone(),
        dates,
        keys.iter().map(|key| key.parse()).collect::<Result<_, _>>()?,
    )
    .map_err(|_| CORRUPT)?;
    keyset.status = parse_status(&row.status)?;
    keyset.replaces = row.replaces.map(KeysetId::new).transpose().map_err(|_| CORRUPT)?;
    // `Keyset::new` computed the ids from the keys. Spent tokens refer to the stored ids, so the two must
    // match.
    let ids_match = keyset.keys.iter().zip(&keys).all(|(key, row)| key.key_id.as_bytes()[..] == row.key_id);
    if !ids_match {
        return Err(LedgerError::Corrupt("key id"));
    }
    let epoch = u32::try_from(row.epoch).map_err(|_| LedgerError::Corrupt("epoch"))?;
    Ok(StoredKeyset { epoch, ended: row.ended, keyset })
}

/// Converts key ids and their outstanding values. Reports a negative value as corrupt, because it means that
/// more was redeemed than issued.
pub(super) fn outstanding(rows: Vec<(Vec<u8>, i64)>) -> Result<Vec<(KeyId, Amount)>, LedgerError> {
    const CORRUPT: LedgerError = LedgerError::Corrupt("outstanding value");
    rows.into_iter()
        .map(|(key_id, minor)| {
            let amount = Amount::new(unsigned(minor, "outstanding value")?).map_err(|_| CORRUPT)?;
            Ok((KeyId::from_slice(&key_id).ok_or(CORRUPT)?, amount))
        })
        .collect()
}

#[derive(FromRow)]
pub(super) struct TotalsRow {
    operations: i64,
    issued_tokens: i64,
    spent_tokens: i64,
    outstanding_minor: i64,
    accounts_minor: i64,
    treasury_minor: i64,
    unsealed_operations: i64,
}

impl TryFrom<TotalsRow> for AuditReport {
    type Error = LedgerError;
    fn try_from(row: TotalsRow) -> Result<Self, LedgerError> {
        Ok(Self {
            operations: unsigned(row.operations, "count")?,
            issued_tokens: unsigned(row.issued_tokens, "count")?,
            spent_tokens: unsigned(row.spent_tokens, "count")?,
            outstanding_minor: row.outstanding_minor,
            accounts_minor: row.accounts_minor,
            treasury_minor: row.treasury_minor,
            unsealed_operations: unsigned(row.unsealed_operations, "count")?,
            seal_head: None,
            violations: Vec::new(),
        })
    }
}
