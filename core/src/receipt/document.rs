//! The receipt document: one JSON object that people can read.

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
    /// Id of the payment.
    pub payment_id: PaymentId,
    /// Id of the redemption that paid the payment.
    pub transaction_id: TransactionId,
    /// Account of the merchant that was paid.
    pub merchant_id: AccountId,
    /// Name of the merchant at that time.
    pub merchant_name: String,
    /// Address of the shop, if the mint had verified that it belongs to the merchant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_origin: Option<Origin>,
    /// Amount that the merchant asked for, in minor units.
    pub amount: Amount,
    /// Tip, in minor units.
    pub tip: Amount,
    /// Sum of `amount` and `tip`.
    pub total: Amount,
    /// The merchant's description of the payment.
    pub description: String,
    /// Hash of the order's details: 32 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details_hash: Option<Base64Url>,
    /// The payer's commitment to the key that can claim refunds: 32 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_commitment: Option<Base64Url>,
    /// Time of the payment, rounded down to the minute.
    pub paid_at: Timestamp,
    /// Id of the key that signs.
    pub receipt_key: ReceiptKeyId,
}

impl ReceiptBody {
    /// Returns the version and kind of this format. The caller fills in the other fields.
    #[must_use]
    pub fn version_and_kind() -> (u8, String) {
        (VERSION, PAYMENT.to_owned())
    }

    /// Returns the shop's name for a payer's proof: its verified address, or else its account.
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
    /// Id of the refunded payment.
    pub payment_id: PaymentId,
    /// Account of the merchant.
    pub merchant_id: AccountId,
    /// Name of the merchant at that time.
    pub merchant_name: String,
    /// The merchant's description of the payment.
    pub description: String,
    /// Id of the refund.
    pub refund_id: RefundId,
    /// Number of the refund, counted from 1 for each payment.
    pub refund_number: u8,
    /// Amount that the payer can claim, in minor units.
    pub refund_amount: Amount,
    /// The merchant's reason for the refund.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The payer's commitment to the key that can claim the refund: 32 bytes.
    pub refund_commitment: Base64Url,
    /// Time of the refund, rounded down to the minute.
    pub refunded_at: Timestamp,
    /// Time until which the payer can claim the refund.
    pub claim_until: Timestamp,
    /// Id of the key that signs.
    pub receipt_key: ReceiptKeyId,
}

impl RefundReceiptBody {
    /// Returns the version and kind of this format. The caller fills in the other fields.
    #[must_use]
    pub fn version_and_kind() -> (u8, String) {
        (VERSION, REFUND.to_owned())
    }
}

/// The fields that every kind of receipt has.
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

/// A signed receipt: the JSON object that the mint made, with `signature`. The object is stored unparsed. It
/// stays verifiable if it has fields that this version does not know, and a damaged receipt does not prevent
/// parsing of the data around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SignedReceipt(Value);

/// Errors of [`SignedReceipt::verify`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// The object is not a receipt, or has another version or kind.
    #[error("not a receipt of a payment, or of an unknown version")]
    UnknownKind,
    /// No key of the mint has the id that the receipt names.
    #[error("the receipt names an unknown key")]
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

    /// Verifies the receipt of a payment and returns its fields. The caller must trust that `keys` are those
    /// of the mint. Rejects the receipt of a refund.
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

    /// Verifies the receipt of a refund, like [`Self::verify`] for a payment. The receipt does not show
    /// whether the refund was claimed.
    ///
    /// # Errors
    /// [`ReceiptError`].
    pub fn verify_refund(&self, keys: &[ReceiptKey]) -> Result<RefundReceiptBody, ReceiptError> {
        self.statement(keys)
    }

    fn statement<S: Statement>(&self, keys: &[ReceiptKey]) -> Result<S, ReceiptError> {
        // 1. Separate the signature from the signed fields, and check version and kind.
        let mut object = self.0.clone();
        let fields = object.as_object_mut().ok_or(ReceiptError::UnknownKind)?;
        let signature = fields.remove(SIGNATURE).ok_or(ReceiptError::UnknownKind)?;
        let body = S::deserialize(&object).map_err(|_| ReceiptError::UnknownKind)?;
        if body.version_and_kind() != (VERSION, S::KIND) {
            return Err(ReceiptError::UnknownKind);
        }
        // 2. Find the mint's key that the receipt names.
        let (institution_id, currency, key_id) = body.key_id();
        let named = |key: &&ReceiptKey| key.id(institution_id, currency).is_some_and(|id| id == *key_id);
        let key = keys.iter().find(named).ok_or(ReceiptError::UnknownKey)?;
        // 3. Verify the signature over the canonical form of the fields, including fields that this version
        //    does not know.
        let message = signed_bytes(&object).ok_or(ReceiptError::BadSignature)?;
        let signature = signature.as_str().and_then(crate::base64url::decode);
        if !signature.is_some_and(|signature| key.verifies(&message, &signature)) {
            return Err(ReceiptError::BadSignature);
        }
        // 4. Check that the key was in use at the time that the receipt states.
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

/// Returns `"ecash/receipt/v1" ‖ 0x00 ‖` the RFC 8785 form of the object without its signature. Returns
/// `None` if the object has a number that receipts cannot have.
fn signed_bytes(object: &Value) -> Option<Vec<u8>> {
    Some([b"ecash/receipt/v1\0".as_slice(), canonical::text(object)?.as_bytes()].concat())
}
