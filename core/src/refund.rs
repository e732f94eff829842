//! Refunds to an anonymous payer, and a payer's proof that it paid.
//!
//! A payment carries a commitment to an Ed25519 key (RFC 8032) that only the payer's wallet can derive. A
//! refund claim is signed with that key, and the signature covers the requested outputs. Another party that
//! sees the claim can therefore not redirect it to other outputs. The claim also reveals no secret that a
//! further refund of the same payment needs.

use crate::base64url::{self, Base64Url};
use crate::keys::{KeyId, lp};
use crate::receipt::ReceiptBody;
use crate::{InstitutionId, PaymentId};
use sha2::{Digest, Sha256};
use std::ops::RangeInclusive;

/// Maximum number of refunds of one payment.
pub const MAX_REFUNDS: u8 = 64;

/// The content of a refund claim that the payer signs: refunds of one payment, and the outputs to sign.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// Institution that runs the mint.
    pub institution_id: &'a InstitutionId,
    /// Id of the refunded payment.
    pub payment_id: &'a PaymentId,
    /// Numbers of the claimed refunds.
    pub refunds: &'a [u8],
    /// The key of each output, and its blinded token.
    pub outputs: &'a [(KeyId, &'a [u8])],
}

impl Claim<'_> {
    /// Returns the signed message: `"ecash/refund/claim/v2" ‖ 0x00 ‖ lp(institution) ‖ lp(payment_id) ‖ u8 r
    /// ‖ r × u8 number ‖ u16 n ‖ n × (key_id ‖ SHA-256(blinded token))`. Returns `None` if the number of
    /// refunds or outputs exceeds its field.
    #[must_use]
    pub fn message(&self) -> Option<Vec<u8>> {
        let mut message = b"ecash/refund/claim/v2\0".to_vec();
        message.extend(lp(self.institution_id.as_str().as_bytes()));
        message.extend(lp(self.payment_id.as_str().as_bytes()));
        message.push(u8::try_from(self.refunds.len()).ok()?);
        message.extend(self.refunds);
        message.extend(u16::try_from(self.outputs.len()).ok()?.to_be_bytes());
        for (key_id, blinded_token) in self.outputs {
            message.extend(key_id.as_bytes());
            message.extend(Sha256::digest(blinded_token));
        }
        Some(message)
    }
}

/// Returns the message that a payer signs to prove to a shop that it paid: `"ecash/payer/v1" ‖ 0x00 ‖
/// lp(institution) ‖ lp(payment_id) ‖ lp(shop) ‖ lp(challenge)`. The shop is the one that the receipt names
/// ([`ReceiptBody::shop`]).
#[must_use]
pub fn payer_message(
    institution_id: &InstitutionId,
    payment_id: &PaymentId,
    shop: &str,
    challenge: &[u8],
) -> Vec<u8> {
    let mut message = b"ecash/payer/v1\0".to_vec();
    for part in
        [institution_id.as_str().as_bytes(), payment_id.as_str().as_bytes(), shop.as_bytes(), challenge]
    {
        message.extend(lp(part));
    }
    message
}

/// Allowed length of a shop's challenge, in bytes. A shorter challenge could repeat, and an earlier answer
/// could then be replayed.
pub const CHALLENGE_BYTES: RangeInclusive<usize> = 16..=64;

/// Returns whether `proof` is a valid answer to a shop's challenge. The answer is base64url of the key to
/// which the receipt commits (32 bytes) and its signature of [`payer_message`] (64 bytes). The caller has
/// verified the receipt, and that it is of this shop.
#[must_use]
pub fn proves_payer(receipt: &ReceiptBody, challenge: &[u8], proof: &str) -> bool {
    let Some(proof) = base64url::decode(proof) else { return false };
    let Some((key, signature)) = proof.split_first_chunk::<32>() else { return false };
    let Ok(signature) = signature.try_into() else { return false };
    let committed = receipt.refund_commitment.as_ref().map(Base64Url::as_bytes);
    let message = payer_message(&receipt.institution_id, &receipt.payment_id, receipt.shop(), challenge);
    CHALLENGE_BYTES.contains(&challenge.len())
        && committed == Some(&commitment(key))
        && verifies(key, &message, signature)
}

/// Returns the commitment of a key that claims refunds: SHA-256(`"ecash/refund/v2"` ‖ public key).
#[must_use]
pub fn commitment(public_key: &[u8; 32]) -> [u8; 32] {
    Sha256::new_with_prefix(b"ecash/refund/v2").chain_update(public_key).finalize().into()
}

/// Verifies a signature of a key that claims refunds. Rejects keys of small order and signatures that are not
/// canonical.
#[must_use]
pub fn verifies(public_key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    let signature = ed25519_dalek::Signature::from_bytes(signature);
    ed25519_dalek::VerifyingKey::from_bytes(public_key)
        .is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Origin;
    use crate::seed::Seed;

    #[test]
    fn a_claim_verifies_for_its_own_outputs_refunds_and_payment_only() {
        let institution = InstitutionId::new("inst_test").unwrap();
        let origin = Origin::new("https://mint.example").unwrap();
        let payment_id = PaymentId::from_random(&[7; 16]);
        let secret = Seed::new([9; 64]).refund_secret(&origin, &institution, payment_id.as_str());
        let outputs = [(KeyId::from_slice(&[1; 32]).unwrap(), [2_u8; 8].as_slice())];
        let claim = Claim {
            institution_id: &institution,
            payment_id: &payment_id,
            refunds: &[1, 2],
            outputs: &outputs,
        };
        let message = claim.message().unwrap();
        let (key, signature) = (secret.public_key(), secret.sign(&message));
        assert_eq!(commitment(&key), secret.commitment());
        assert!(verifies(&key, &message, &signature));
        let others = [
            Claim { refunds: &[1], ..claim },
            Claim { refunds: &[2, 1], ..claim },
            Claim { payment_id: &PaymentId::from_random(&[8; 16]), ..claim },
            Claim { institution_id: &InstitutionId::new("inst_other").unwrap(), ..claim },
            Claim { outputs: &[(outputs[0].0, [3; 8].as_slice())], ..claim },
            Claim { outputs: &[], ..claim },
        ];
        for other in others {
            assert!(!verifies(&key, &other.message().unwrap(), &signature), "{other:?}");
        }
        // Keys of small order and non-canonical signatures are rejected.
        let mut small = [0; 32];
        small[0] = 1;
        assert!(!verifies(&small, &message, &[0; 64]));
        let mut malleable = signature;
        malleable[63] |= 0xe0;
        assert!(!verifies(&key, &message, &malleable));
        assert!(Claim { refunds: &[0; 256], ..claim }.message().is_none());
        let proof = payer_message(&institution, &payment_id, "https://shop.example", &[5; 16]);
        assert!(!verifies(&key, &proof, &signature), "a claim must not verify as a proof of payment");
    }
}
