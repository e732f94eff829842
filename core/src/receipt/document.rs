//! The receipt itself: one JSON object that people can read.

use super::canonical;
use super::keys::{ReceiptKey, ReceiptKeyId};
use crate::base64url::Base64Url;
use crate::{
    AccountId, Amount, Currency, InstitutionId, Origin, PaymentId, RefundId, Timestamp, TransactionId,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The only version of the format.
const VERSION: u8 = 1;
const PAYMENT: &str = "payment";
const REFUND: &str = "refund";
const SIGNATURE: &str = "signature";

/// What a mint states when it signs a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReceiptBody {
    /// Version of the format: 1.
    pub ecash_receipt: u8,
    /// What happened: `payment`.
    pub kind: String,
    /// Public address of the mint.
    pub mint: Origin,
    /// Institution that runs the mint.
    pub institution_id: InstitutionId,
    /// Currency of all amounts.
    pub currency: Currency,
    /// The payment that was paid.
    pub payment_id: PaymentId,
    /// The redemption that paid it.
    pub transaction_id: TransactionId,
    /// Account of the merchant that was paid.
    pub merchant_id: AccountId,
    /// Name of the merchant at that time.
    pub merchant_name: String,
    /// Address of the shop, if the mint had verified that it is the merchant's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_origin: Option<Origin>,
    /// Amount that the merchant asked for, in minor units.
    pub amount: Amount,
    /// Tip, in minor units.
    pub tip: Amount,
    /// What was paid: amount and tip.
    pub total: Amount,
    /// What was paid for, in the merchant's words.
    pub description: String,
    /// Hash of the order's details: 32 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details_hash: Option<Base64Url>,
    /// Commitment of the payer to the key that may claim refunds: 32 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_commitment: Option<Base64Url>,
    /// When it was paid, rounded down to the minute.
    pub paid_at: Timestamp,
    /// Id of the key that signs.
    pub receipt_key: ReceiptKeyId,
}

impl ReceiptBody {
    /// The version and kind of this format, from which a caller fills in the other fields.
    #[must_use]
    pub fn version_and_kind() -> (u8, String) {
        (VERSION, PAYMENT.to_owned())
    }

    /// The shop as a proof of having paid names it: its verified address, else its account.
    #[must_use]
    pub fn shop(&self) -> &str {
        self.merchant_origin.as_ref().map_or(self.merchant_id.as_str(), Origin::as_str)
    }
}

/// What a mint states when it signs the receipt of a refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefundReceiptBody {
    /// Version of the format: 1.
    pub ecash_receipt: u8,
    /// What happened: `refund`.
    pub kind: String,
    /// Public address of the mint.
    pub mint: Origin,
    /// Institution that runs the mint.
    pub institution_id: InstitutionId,
    /// Currency of all amounts.
    pub currency: Currency,
    /// The payment that is refunded.
    pub payment_id: PaymentId,
    /// Account of the merchant that refunds.
    pub merchant_id: AccountId,
    /// Name of the merchant at that time.
    pub merchant_name: String,
    /// What was paid for, in the merchant's words.
    pub description: String,
    /// The refund.
    pub refund_id: RefundId,
    /// Counts the refunds of the payment from 1.
    pub refund_number: u8,
    /// What the payer can claim, in minor units.
    pub refund_amount: Amount,
    /// Why, in the merchant's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Commitment of the payer to the key that claims it: 32 bytes.
    pub refund_commitment: Base64Url,
    /// When it was made, rounded down to the minute.
    pub refunded_at: Timestamp,
    /// Until when the payer can claim it.
    pub claim_until: Timestamp,
    /// Id of the key that signs.
    pub receipt_key: ReceiptKeyId,
}

impl RefundReceiptBody {
    /// The version and kind of this format, from which a caller fills in the other fields.
    #[must_use]
    pub fn version_and_kind() -> (u8, String) {
        (VERSION, REFUND.to_owned())
    }
}

/// What every kind of receipt states.
trait Statement: DeserializeOwned {
    const KIND: &'static str;
    fn version_and_kind(&self) -> (u8, &str);
    fn key_id(&self) -> (&InstitutionId, &Currency, &ReceiptKeyId);
    fn at(&self) -> Timestamp;
}

impl Statement for ReceiptBody {
    const KIND: &'static str = PAYMENT;
    fn version_and_kind(&self) -> (u8, &str) {
        (self.ecash_receipt, &self.kind)
    }
    fn key_id(&self) -> (&InstitutionId, &Currency, &ReceiptKeyId) {
        (&self.institution_id, &self.currency, &self.receipt_key)
    }
    fn at(&self) -> Timestamp {
        self.paid_at
    }
}

impl Statement for RefundReceiptBody {
    const KIND: &'static str = REFUND;
    fn version_and_kind(&self) -> (u8, &str) {
        (self.ecash_receipt, &self.kind)
    }
    fn key_id(&self) -> (&InstitutionId, &Currency, &ReceiptKeyId) {
        (&self.institution_id, &self.currency, &self.receipt_key)
    }
    fn at(&self) -> Timestamp {
        self.refunded_at
    }
}

/// A signed receipt: the object as the mint made it, with `signature`. Kept as it is, so that it stays verifiable with fields that this
/// version does not know, and so that a damaged one spoils nothing but itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SignedReceipt(Value);

/// Why a receipt proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// It is no receipt, or of another version or kind.
    #[error("this is no receipt of a payment, or one of a version that is not known")]
    UnknownKind,
    /// No key of the mint has the id that the receipt names.
    #[error("the receipt names a key that the mint does not have")]
    UnknownKey,
    /// The key did not sign receipts at the time that the receipt states.
    #[error("the receipt's key was not in use at the time of the payment")]
    WrongTime,
    /// Something in the receipt was changed, or the mint never signed it.
    #[error("the receipt's signature is not valid")]
    BadSignature,
    /// The amount and the tip are not the total.
    #[error("the receipt's amounts do not add up")]
    WrongTotal,
}

impl SignedReceipt {
    /// Signs a receipt with `sign`, which returns an Ed25519 signature.
    ///
    /// # Errors
    /// Those of `sign`, and one of `serde_json` if the body has no JSON form.
    pub fn sign<E: From<serde_json::Error>>(
        body: &impl Serialize,
        sign: impl FnOnce(&[u8]) -> Result<[u8; 64], E>,
    ) -> Result<Self, E> {
        let mut object = serde_json::to_value(body)?;
        let no_form = || <serde_json::Error as serde::ser::Error>::custom("a number with a fraction");
        let signature = sign(&signed_bytes(&object).ok_or_else(no_form)?)?;
        object[SIGNATURE] = crate::base64url::encode(&signature).into();
        Ok(Self(object))
    }

    /// Verifies the receipt of a payment with the keys of its mint, of which the caller trusts that they are the mint's, and returns what
    /// it states. The receipt of a refund is refused.
    ///
    /// # Errors
    /// [`ReceiptError`].
    pub fn verify(&self, keys: &[ReceiptKey]) -> Result<ReceiptBody, ReceiptError> {
        let body: ReceiptBody = self.statement(keys)?;
        if body.amount.plus(body.tip) != Ok(body.total) {
            return Err(ReceiptError::WrongTotal);
        }
        Ok(body)
    }

    /// Verifies the receipt of a refund, as [`Self::verify`] does that of a payment. Whether the refund was claimed, only the mint knows.
    ///
    /// # Errors
    /// [`ReceiptError`].
    pub fn verify_refund(&self, keys: &[ReceiptKey]) -> Result<RefundReceiptBody, ReceiptError> {
        self.statement(keys)
    }

    fn statement<S: Statement>(&self, keys: &[ReceiptKey]) -> Result<S, ReceiptError> {
        let mut object = self.0.clone();
        let fields = object.as_object_mut().ok_or(ReceiptError::UnknownKind)?;
        let signature = fields.remove(SIGNATURE).ok_or(ReceiptError::UnknownKind)?;
        let body = S::deserialize(&object).map_err(|_| ReceiptError::UnknownKind)?;
        if body.version_and_kind() != (VERSION, S::KIND) {
            return Err(ReceiptError::UnknownKind);
        }
        let (institution_id, currency, key_id) = body.key_id();
        let named = |key: &&ReceiptKey| key.id(institution_id, currency).is_some_and(|id| id == *key_id);
        let key = keys.iter().find(named).ok_or(ReceiptError::UnknownKey)?;
        let message = signed_bytes(&object).ok_or(ReceiptError::BadSignature)?;
        let signature = signature.as_str().and_then(crate::base64url::decode);
        if !signature.is_some_and(|signature| key.verifies(&message, &signature)) {
            return Err(ReceiptError::BadSignature);
        }
        if !key.is_current_at(body.at()) {
            return Err(ReceiptError::WrongTime);
        }
        Ok(body)
    }

    /// Formats the receipt as a file for people.
    #[must_use]
    pub fn to_file(&self) -> String {
        format!("{:#}\n", self.0)
    }
}

/// Returns `"ecash/receipt/v1" ‖ 0x00 ‖` the RFC 8785 form of the object, which is without its signature. `None` if it holds a number that
/// receipts do not have.
fn signed_bytes(object: &Value) -> Option<Vec<u8>> {
    Some([b"ecash/receipt/v1\0".as_slice(), canonical::text(object)?.as_bytes()].concat())
}
