//! Receipts, and proofs of having paid.

use crate::{Error, Merchant};
use ecash_core::PaymentId;
use ecash_core::base64url;
use ecash_core::receipt::{ReceiptBody, ReceiptKey, RefundReceiptBody, SignedReceipt, check_chain};
use ecash_core::refund::proves_payer;

/// Draws a question for a payer, as text. Keep it until it is answered, and accept one answer: an old one proves nothing new.
///
/// # Errors
/// [`Error::NoEntropy`].
pub fn payer_challenge() -> Result<String, Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| Error::NoEntropy)?;
    Ok(base64url::encode(&bytes))
}

impl Merchant {
    /// Returns what the receipt of a payment states, if the mint signed it. `pinned` are the receipt keys that were seen before: of
    /// the mint's keys now, those must come first and the others be vouched for. Without any, the mint's keys are believed.
    ///
    /// # Errors
    /// [`Error::Receipt`], [`Error::ReceiptKeysChanged`].
    pub async fn verify_receipt(
        &self,
        receipt: &SignedReceipt,
        pinned: &[ReceiptKey],
    ) -> Result<ReceiptBody, Error> {
        Ok(receipt.verify(&self.receipt_keys(pinned).await?)?)
    }

    /// Returns what the receipt of a refund states, as [`Self::verify_receipt`] does for a payment.
    ///
    /// # Errors
    /// [`Error::Receipt`], [`Error::ReceiptKeysChanged`].
    pub async fn verify_refund_receipt(
        &self,
        receipt: &SignedReceipt,
        pinned: &[ReceiptKey],
    ) -> Result<RefundReceiptBody, Error> {
        Ok(receipt.verify_refund(&self.receipt_keys(pinned).await?)?)
    }

    /// Returns the receipt's statement if `proof` is the payer's answer to `challenge`, which [`payer_challenge`] drew for this
    /// question alone.
    ///
    /// # Errors
    /// [`Error::PayerNotProved`]; [`Error::Refused`] for a payment of another merchant.
    pub async fn verify_payer(
        &self,
        payment_id: &PaymentId,
        challenge: &str,
        proof: &str,
        pinned: &[ReceiptKey],
    ) -> Result<ReceiptBody, Error> {
        // Only its own payments are shown to a merchant, so what the mint has signed about this one was paid to it.
        self.payment(payment_id).await?;
        let receipt: SignedReceipt = self.read(&format!("/payments/{payment_id}/receipt")).await?;
        let body = self.verify_receipt(&receipt, pinned).await?;
        let challenge = base64url::decode(challenge).ok_or(Error::PayerNotProved)?;
        let is_proved = body.payment_id == *payment_id && proves_payer(&body, &challenge, proof.trim());
        if is_proved { Ok(body) } else { Err(Error::PayerNotProved) }
    }

    async fn receipt_keys(&self, pinned: &[ReceiptKey]) -> Result<Vec<ReceiptKey>, Error> {
        let keys = self.keys().await?;
        let continues = check_chain(&keys.institution_id, &keys.currency, pinned, &keys.receipt_keys);
        if pinned.is_empty() || continues { Ok(keys.receipt_keys) } else { Err(Error::ReceiptKeysChanged) }
    }
}
