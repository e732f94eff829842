//! Proofs of having paid: an answer to a shop's question that only the wallet that paid can give, and that names nobody.

use super::Wallet;
use crate::activity::Activity;
use crate::api::MintApi;
use crate::device::Device;
use crate::error::{ReceiptFault, WalletError};
use crate::store::Store;
use ecash_core::base64url::{self, Base64Url};
use ecash_core::refund::{CHALLENGE_BYTES, payer_message};

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Answers a shop's question, which is random bytes in base64url. Returns base64url of the key that claims refunds (32 bytes) and its
    /// signature (64 bytes, Ed25519), which the shop verifies with the receipt alone (protocol §5).
    ///
    /// The shop that is signed for is the one that the receipt names, never one that the question could name: so no shop can pass on
    /// the question of another.
    ///
    /// # Errors
    /// [`WalletError::NotAChallenge`] for other text; [`WalletError::Receipt`] without a verified receipt.
    pub fn prove_payment(&self, activity: &Activity, challenge: &str) -> Result<String, WalletError> {
        let challenge = base64url::decode(challenge.trim())
            .filter(|bytes| CHALLENGE_BYTES.contains(&bytes.len()))
            .ok_or(WalletError::NotAChallenge)?;
        let (_, receipt) = self.receipt_of(activity).map_err(WalletError::Receipt)?;
        let secret = self.refund_secret(&receipt.payment_id)?;
        let committed = receipt.refund_commitment.as_ref().map(Base64Url::as_bytes);
        // A receipt that names no key, or another one, was not paid with this wallet's phrase.
        if committed != Some(&secret.commitment()) {
            return Err(WalletError::Receipt(ReceiptFault::Differs));
        }
        let message = payer_message(&receipt.institution_id, &receipt.payment_id, receipt.shop(), &challenge);
        Ok(base64url::encode(&[&secret.public_key()[..], &secret.sign(&message)].concat()))
    }
}
