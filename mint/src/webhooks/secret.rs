//! The secrets of endpoints. They are derived from one key file, so that the ledger and its backups hold
//! none.

use ecash_core::{EndpointId, Timestamp};
use ecash_ledger::{Ed25519Key, EndpointRecord};
use hmac::{Hmac, KeyInit as _, Mac as _};
use openssl::base64;
use openssl::error::ErrorStack;
use sha2::{Digest as _, Sha256};
use std::fmt;
use zeroize::Zeroizing;

/// The key from which the secrets of all endpoints are derived.
pub struct WebhookKey(Ed25519Key);

/// Errors of deriving an endpoint's secret.
#[derive(Debug, thiserror::Error)]
pub enum WebhookSecretError {
    /// The secret was derived from another key.
    #[error(
        "the endpoint's secret was derived from another WEBHOOK_KEY_FILE; rotate the secret, or start every process with the same file"
    )]
    OtherKey,
    /// OpenSSL could not sign.
    #[error("OpenSSL could not sign")]
    OpenSsl(#[source] ErrorStack),
}

impl WebhookKey {
    /// Derives secrets from this key.
    #[must_use]
    pub const fn new(key: Ed25519Key) -> Self {
        Self(key)
    }

    /// Returns a check value that identifies the webhook key of a secret.
    #[must_use]
    pub fn check(&self) -> [u8; 8] {
        let mut check = [0; 8];
        check.iter_mut().zip(self.0.public()).for_each(|(to, from)| *to = *from);
        check
    }

    /// Returns the secrets that sign deliveries to an endpoint at `now`: the current one, and during a
    /// rotation its predecessor.
    ///
    /// # Errors
    /// [`WebhookSecretError`].
    pub fn secrets(
        &self,
        endpoint: &EndpointRecord,
        now: Timestamp,
    ) -> Result<Vec<WebhookSecret>, WebhookSecretError> {
        if endpoint.secret_check != self.check() {
            return Err(WebhookSecretError::OtherKey);
        }
        let current = self.secret(&endpoint.endpoint_id, endpoint.secret_no)?;
        let overlaps = endpoint.old_secret_until.is_some_and(|until| now < until);
        let before = endpoint.secret_no.checked_sub(1).filter(|number| overlaps && *number > 0);
        let before = before.map(|number| self.secret(&endpoint.endpoint_id, number)).transpose()?;
        Ok([Some(current), before].into_iter().flatten().collect())
    }

    /// Derives a secret. An Ed25519 signature is deterministic, and only the holder of the private key can
    /// create it, so its hash is a secret of that holder.
    ///
    /// # Errors
    /// OpenSSL's failure.
    pub fn secret(&self, endpoint_id: &EndpointId, number: u32) -> Result<WebhookSecret, WebhookSecretError> {
        let message = [b"ecash/webhook-secret/v1\0", endpoint_id.as_str().as_bytes(), &number.to_be_bytes()];
        let signature = self.0.sign(&message.concat()).map_err(WebhookSecretError::OpenSsl)?;
        let signature = Zeroizing::new(signature);
        Ok(WebhookSecret(Zeroizing::new(Sha256::digest(signature.as_slice()).into())))
    }
}

/// A secret that mint and merchant share, with which deliveries are signed.
pub struct WebhookSecret(Zeroizing<[u8; 32]>);

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(secret)")
    }
}

impl WebhookSecret {
    /// Returns the text for the merchant: `whsec_` and base64.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("whsec_{}", base64::encode_block(self.0.as_slice()))
    }

    /// Returns the signature of a delivery for the header `webhook-signature`: HMAC-SHA256 over
    /// `id.timestamp.body`.
    fn sign(&self, id: &str, timestamp: Timestamp, body: &[u8]) -> Option<String> {
        let mut hmac = Hmac::<Sha256>::new_from_slice(self.0.as_slice()).ok()?;
        hmac.update(format!("{id}.{}.", timestamp.unix_seconds()).as_bytes());
        hmac.update(body);
        Some(format!("v1,{}", base64::encode_block(&hmac.finalize().into_bytes())))
    }
}

/// Returns the value of the header `webhook-signature`: one signature for each secret.
pub(crate) fn signatures(secrets: &[WebhookSecret], id: &str, timestamp: Timestamp, body: &[u8]) -> String {
    let signatures: Vec<_> = secrets.iter().filter_map(|secret| secret.sign(id, timestamp, body)).collect();
    signatures.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecash_core::AccountId;
    use ecash_core::wire::EndpointState;

    #[test]
    fn a_delivery_is_signed_as_the_vector_of_standard_webhooks() {
        // From the specification's reference implementations: secret, id, time, body and signature.
        let mut bytes = [0; 32];
        let decoded = base64::decode_block("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        bytes[..24].copy_from_slice(&decoded);
        let mut hmac = Hmac::<Sha256>::new_from_slice(&decoded).unwrap();
        let body = br#"{"test": 2432232314}"#;
        let at = Timestamp::from_unix_seconds(1_614_265_330);
        hmac.update(b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.");
        hmac.update(body);
        let expected = base64::encode_block(&hmac.finalize().into_bytes());
        assert_eq!(expected, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        // HMAC pads a short key with zeros, so a secret of 32 bytes that ends in zeros is the vector's.
        let secret = WebhookSecret(Zeroizing::new(bytes));
        let signed = signatures(&[secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body);
        assert_eq!(signed, format!("v1,{expected}"));
    }

    #[test]
    fn a_rotated_secret_signs_until_its_end_and_another_key_never() {
        let key = WebhookKey::new(Ed25519Key::generate().unwrap());
        let at = Timestamp::from_unix_seconds;
        let endpoint = |secret_no, old_secret_until| EndpointRecord {
            endpoint_id: EndpointId::from_random(&[7; 16]),
            merchant_id: AccountId::new("merchant_1").unwrap(),
            url: String::new(),
            kinds: Vec::new(),
            secret_no,
            secret_check: key.check(),
            old_secret_until,
            state: EndpointState::Enabled,
            failing_since: None,
            created_at: at(0),
        };
        let texts = |endpoint: &EndpointRecord, now| {
            let secrets = key.secrets(endpoint, at(now)).unwrap();
            secrets.iter().map(WebhookSecret::to_text).collect::<Vec<_>>()
        };
        let first = texts(&endpoint(1, Some(at(100))), 50);
        assert_eq!(first.len(), 1, "the first secret has no predecessor");
        assert!(first[0].starts_with("whsec_") && first[0].len() == 6 + 44);
        let rotated = endpoint(2, Some(at(100)));
        assert_eq!(texts(&rotated, 99)[1..], first);
        assert_ne!(texts(&rotated, 99)[0], first[0]);
        assert_eq!(texts(&rotated, 100).len(), 1);
        let other = WebhookKey::new(Ed25519Key::generate().unwrap());
        assert!(matches!(other.secrets(&rotated, at(0)), Err(WebhookSecretError::OtherKey)));
    }
}
