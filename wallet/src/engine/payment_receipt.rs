//! Receipts of payments. They are stored with the activity and verified each time they are read.

use super::Wallet;
use crate::activity::Activity;
use crate::api::MintApi;
use crate::device::Device;
use crate::error::ReceiptFault;
use crate::store::Store;
use ecash_core::receipt::{ReceiptBody, ReceiptError, ReceiptKey, SignedReceipt, check_chain};
use ecash_core::wire::KeysResponse;

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Returns the verified receipt of a payment, and its body.
    ///
    /// # Errors
    /// [`ReceiptFault`]. A receipt whose key the wallet does not know yet may verify after the next
    /// [`Wallet::connect`].
    pub fn receipt_of(&self, activity: &Activity) -> Result<(SignedReceipt, ReceiptBody), ReceiptFault> {
        let kept = activity.payment.as_ref().and_then(|paid| paid.receipt.as_ref());
        let receipt = kept.ok_or(ReceiptFault::Missing)?;
        let state = self.state();
        let mint = state.mint.as_ref().ok_or(ReceiptFault::Missing)?;
        let body = receipt.verify(&mint.receipt_keys).map_err(ReceiptFault::NotSigned)?;
        let is_of_this_mint = body.institution_id == mint.institution_id && body.currency == mint.currency;
        if is_of_this_mint && states_what_was_paid(&body, activity) {
            Ok((receipt.clone(), body))
        } else {
            Err(ReceiptFault::Differs)
        }
    }

    /// Fetches the mint's keys if a new receipt names an unknown one: the mint may have rotated its receipt
    /// key.
    pub(super) async fn learn_receipt_key(&self, activity: &Activity) {
        let fault = self.receipt_of(activity);
        if matches!(fault, Err(ReceiptFault::NotSigned(ReceiptError::UnknownKey))) {
            // If this fails, the receipt verifies after the next connection.
            let _ = self.update_keys().await;
        }
    }
}

fn states_what_was_paid(body: &ReceiptBody, activity: &Activity) -> bool {
    activity.payment.as_ref().is_some_and(|paid| {
        body.payment_id == paid.payment_id
            && Some(body.transaction_id.as_str()) == activity.transaction_id.as_deref()
            && Some(&body.merchant_id) == activity.merchant_id.as_ref()
            && body.merchant_name == paid.merchant_name
            && body.merchant_origin == paid.merchant_origin
            && body.total == activity.amount
            && body.tip == paid.tip
            && body.description == paid.description
            && body.details_hash == paid.details_hash
            && body.refund_commitment == paid.refund_commitment
    })
}

/// Returns the receipt keys to keep: the published ones if they continue the known chain, otherwise the known
/// ones. A receipt signed with an injected key then does not verify, but money stays usable.
pub(super) fn keys_to_keep(known: Vec<ReceiptKey>, published: &KeysResponse) -> Vec<ReceiptKey> {
    let KeysResponse { institution_id, currency, receipt_keys, .. } = published;
    if !check_chain(institution_id, currency, &known, receipt_keys) {
        return known;
    }
    let mut keys = receipt_keys.clone();
    for (key, known) in keys.iter_mut().zip(known) {
        // These dates are not signed, so keep them as first seen: an ended key must not become valid again.
        key.from = known.from;
        key.until = known.until.or(key.until);
    }
    keys
}
