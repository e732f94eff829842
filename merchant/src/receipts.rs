//! Receipts and payer proofs.

use crate::{Error, Merchant};
use ecash_core::PaymentId;
use ecash_core::base64url;
use ecash_core::receipt::{ReceiptBody, ReceiptKey, RefundReceiptBody, SignedReceipt, check_chain};
use ecash_core::refund::proves_payer;

/// Generates a challenge for a payer. Store it until it is answered, and accept only one answer: a repeated
/// answer may be a replay.
///
/// # Errors
/// [`Error::NoEntropy`].
pub fn payer_challenge() -> Result<String, Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| Error::NoEntropy)?;
    Ok(base64url::encode(&bytes))
}

impl Merchant {
    /// Verifies the receipt of a payment, and returns its body. `pinned` contains the receipt keys seen
    /// before. The mint's current keys must begin with them, and each further key must be signed by its
    /// predecessor. If `pinned` is empty, the mint's keys are trusted.
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

    /// Verifies the receipt of a refund, and returns its body. See [`Self::verify_receipt`].
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

    /// Returns the body of the payment's receipt if `proof` is the payer's answer to `challenge`, a fresh one
    /// from [`payer_challenge`].
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
        // The mint returns only the merchant's own payments, so this checks that the payment was made to this
        // merchant.
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
