//! Verifies deliveries of events to a shop's server, according to Standard Webhooks 1.0.0.

use base64ct::{Base64, Encoding as _};
use ecash_core::wire::MerchantEvent;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::time::{SystemTime, UNIX_EPOCH};
use zeroize::Zeroizing;

/// The maximum difference between a delivery's time and this machine's clock, in seconds. An older delivery
/// may be a replay.
const TOLERANCE_S: u64 = 300;
/// The minimum length of a secret. A shorter one, for example a truncated setting, could be guessed.
const MIN_SECRET_BYTES: usize = 24;

/// Reasons for rejecting a delivery. Respond with status 400, and ignore the delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// A header of a webhook is missing or malformed.
    #[error("a webhook header is missing or malformed")]
    NoSignature,
    /// The signature does not verify with any secret.
    #[error("the signature does not verify")]
    BadSignature,
    /// The delivery may be a replay, or a clock is wrong.
    #[error("the delivery's time differs from this machine's clock by more than five minutes")]
    TooOld,
    /// The body is not an event that this version of the library knows.
    #[error("the body is not a known event")]
    NoEvent,
    /// A secret does not begin with `whsec_`, or is too short.
    #[error("the webhook secret is malformed")]
    NoSecret,
}

/// Verifies a delivery, and returns its event. `body` is the unmodified request body. `header` returns a
/// header's value by its lower-case name. `secrets` contains one secret, or several during a rotation. An
/// event may be delivered twice or late: of two views of a payment, the one with the higher version is newer.
///
/// # Errors
/// [`WebhookError`].
pub fn webhook<'h>(
    body: &[u8],
    header: impl Fn(&str) -> Option<&'h str>,
    secrets: &[&str],
) -> Result<MerchantEvent, WebhookError> {
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    webhook_at(body, header, secrets, now_s)
}

fn webhook_at<'h>(
    body: &[u8],
    header: impl Fn(&str) -> Option<&'h str>,
    secrets: &[&str],
    now_s: u64,
) -> Result<MerchantEvent, WebhookError> {
    let read = |name| header(name).ok_or(WebhookError::NoSignature);
    let (id, timestamp, signatures) =
        (read("webhook-id")?, read("webhook-timestamp")?, read("webhook-signature")?);
    let sent_s: u64 = timestamp.parse().map_err(|_| WebhookError::NoSignature)?;
    let mut is_signed = false;
    for secret in secrets {
        is_signed |= signs(secret, [id, timestamp], body, signatures)?;
    }
    if !is_signed {
        return Err(WebhookError::BadSignature);
    }
    if now_s.abs_diff(sent_s) > TOLERANCE_S {
        return Err(WebhookError::TooOld);
    }
    serde_json::from_slice(body).map_err(|_| WebhookError::NoEvent)
}

fn signs(secret: &str, head: [&str; 2], body: &[u8], signatures: &str) -> Result<bool, WebhookError> {
    let secret = secret.strip_prefix("whsec_").and_then(|text| Base64::decode_vec(text).ok());
    let secret = Zeroizing::new(secret.ok_or(WebhookError::NoSecret)?);
    if secret.len() < MIN_SECRET_BYTES {
        return Err(WebhookError::NoSecret);
    }
    let mac = Hmac::<Sha256>::new_from_slice(&secret).map_err(|_| WebhookError::NoSecret)?;
    let given = signatures.split(' ').filter_map(|signature| signature.strip_prefix("v1,"));
    let given = given.filter_map(|text| Base64::decode_vec(text).ok());
    Ok(given.into_iter().any(|signature| {
        let mut mac = mac.clone();
        for part in [head[0].as_bytes(), b".", head[1].as_bytes(), b".", body] {
            mac.update(part);
        }
        // `verify_slice` compares in constant time.
        mac.verify_slice(&signature).is_ok()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const OTHER: &str = "whsec_AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const BODY: &str =
        r#"{"id":"evt_1","number":1,"type":"payment.paid","timestamp":"2026-01-01T00:00:00Z","data":{}}"#;

    fn signature(secret: &str, id: &str, at: &str, body: &str) -> String {
        let secret =
            Base64::decode_vec(secret.strip_prefix("whsec_").unwrap_or_default()).unwrap_or_default();
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&secret) else { unreachable!() };
        mac.update(format!("{id}.{at}.{body}").as_bytes());
        format!("v1,{}", Base64::encode_string(&mac.finalize().into_bytes()))
    }

    fn verify(
        body: &str,
        signature: &str,
        secrets: &[&str],
        now_s: u64,
    ) -> Result<MerchantEvent, WebhookError> {
        let header = |name: &str| match name {
            "webhook-id" => Some("evt_1"),
            "webhook-timestamp" => Some("1000"),
            "webhook-signature" => Some(signature),
            _ => None,
        };
        webhook_at(body.as_bytes(), header, secrets, now_s)
    }

    #[test]
    fn only_deliveries_that_the_mint_signed_are_accepted() {
        let good = signature(SECRET, "evt_1", "1000", BODY);
        assert_eq!(
            verify(BODY, &good, &[SECRET], 1000).map(|event| event.kind),
            Ok("payment.paid".to_owned())
        );
        // During a rotation there are two secrets and two signatures.
        let both = format!("{} {good} v2,x", signature(OTHER, "evt_1", "1000", "x"));
        assert!(verify(BODY, &both, &[OTHER, SECRET], 1299).is_ok());
        assert_eq!(verify(BODY, &good, &[OTHER], 1000), Err(WebhookError::BadSignature));
        assert_eq!(
            verify(&BODY.replace("paid", "held"), &good, &[SECRET], 1000),
            Err(WebhookError::BadSignature)
        );
        assert_eq!(
            verify(BODY, &signature(SECRET, "evt_2", "1000", BODY), &[SECRET], 1000),
            Err(WebhookError::BadSignature)
        );
        assert_eq!(verify(BODY, "v1,", &[SECRET], 1000), Err(WebhookError::BadSignature));
        assert_eq!(verify(BODY, &good, &[SECRET], 1301), Err(WebhookError::TooOld));
        assert_eq!(verify(BODY, &good, &["whsec_AAEC"], 1000), Err(WebhookError::NoSecret));
        assert_eq!(verify(BODY, &good, &[], 1000), Err(WebhookError::BadSignature));
        assert_eq!(webhook(BODY.as_bytes(), |_| None, &[SECRET]), Err(WebhookError::NoSignature));
        let nothing = signature(SECRET, "evt_1", "1000", "{}");
        assert_eq!(verify("{}", &nothing, &[SECRET], 1000), Err(WebhookError::NoEvent));
    }
}
