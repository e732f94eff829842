//! Payer proofs: the answer to a shop's challenge that only the wallet that paid can give. It does not
//! identify the payer.

use super::Wallet;
use crate::activity::Activity;
use crate::api::MintApi;
use crate::device::Device;
use crate::error::{ReceiptFault, WalletError};
use crate::store::Store;
use ecash_core::base64url::{self, Base64Url};
use ecash_core::refund::{CHALLENGE_BYTES, payer_message};

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Answers a shop's challenge, which is random bytes in base64url. Returns, in base64url, the public key
    /// that claims refunds (32 bytes) and its Ed25519 signature (64 bytes). The shop verifies them with the
    /// receipt alone (`docs/protocol.md` §5).
    ///
    /// The signature is bound to the shop that the receipt names. A shop can therefore not relay the
    /// challenge of another shop.
    ///
    /// # Errors
    /// [`WalletError::NotAChallenge`] for other text; [`WalletError::Receipt`] if the receipt does not
    /// verify.
    pub fn prove_payment(&self, activity: &Activity, challenge: &str) -> Result<String, WalletError> {
        let challenge = base64url::decode(challenge.trim())
            .filter(|bytes| CHALLENGE_BYTES.contains(&bytes.len()))
            .ok_or(WalletError::NotAChallenge)?;
        let (_, receipt) = self.receipt_of(activity).map_err(WalletError::Receipt)?;
        let secret = self.refund_secret(&receipt.payment_id)?;
        let committed = receipt.refund_commitment.as_ref().map(Base64Url::as_bytes);
        // A payment whose receipt names no key or another one was not made with this recovery phrase.
        if committed != Some(&secret.commitment()) {
            return Err(WalletError::Receipt(ReceiptFault::Differs));
        }
        let message = payer_message(&receipt.institution_id, &receipt.payment_id, receipt.shop(), &challenge);
        Ok(base64url::encode(&[&secret.public_key()[..], &secret.sign(&message)].concat()))
    }
}
