//! Error responses: RFC 9457 problem documents with a stable `code` (docs/errors.md).

use crate::PaymentId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Defines the error codes with their HTTP status and title in one table.
macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident, $code:tt, $status:literal, $title:literal;)*) => {
        /// A stable error code. Clients may depend on codes and HTTP statuses, but not on texts.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $code)] $variant,)*
            /// A code that a later version of the API added.
            #[serde(rename = "unknown", other)]
            Unknown,
        }

        impl ErrorCode {
            /// Every code that a mint of this version can return.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the code as it is on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                    Self::Unknown => "unknown",
                }
            }

            /// Returns the HTTP status of responses with this code.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self {
                    $(Self::$variant => $status,)*
                    Self::Unknown => 500,
                }
            }

            /// Returns the title of the code: a short sentence that is the same for every request.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$variant => $title,)*
                    Self::Unknown => "Unknown error",
                }
            }
        }
    };
}

codes! {
    /// A token was redeemed or swapped before.
    TokenAlreadySpent, "token_already_spent", 409, "A token was spent before";
    /// A signature does not verify.
    TokenInvalid, "token_invalid", 422, "A token is not valid";
    /// A token is no longer redeemable (or swappable).
    TokenExpired, "token_expired", 422, "A token has expired";
    /// The token's keyset was revoked, and the token needs an opening that proves that the mint issued it.
    KeyRevoked, "key_revoked", 422, "The keys of a token were revoked";
    /// The mint has no key with this id.
    UnknownKey, "unknown_key", 422, "The key is not known";
    /// The key is outside its issuing period.
    KeyNotIssuing, "key_not_issuing", 422, "The key does not issue tokens now";
    /// The withdrawal names no key, and the issuing keyset changed or changes within a day.
    KeyIdRequired, "key_id_required", 422, "The key must be named";
    /// A token has a kind that is not defined.
    UnsupportedKind, "unsupported_kind", 422, "This kind of token is not supported";
    /// A token was issued by another institution.
    WrongInstitution, "wrong_institution", 422, "The token is of another institution";
    /// The sums of the request are not equal.
    AmountMismatch, "amount_mismatch", 422, "The amounts do not match";
    /// No combination of denominations gives the amount.
    AmountNotPayable, "amount_not_payable", 422, "The amount cannot be paid in these denominations";
    /// The keyset has no key of this denomination.
    UnsupportedDenomination, "unsupported_denomination", 422, "The denomination does not exist";
    /// The account's balance is below the amount.
    InsufficientBalance, "insufficient_balance", 422, "The balance is too low";
    /// The account's balance would exceed the largest amount, 2^53 − 1.
    BalanceTooLarge, "balance_too_large", 422, "The account cannot hold that much";
    /// A blinded token is not k bytes with 1 < x < n − 1.
    BlindedTokenOutOfRange, "blinded_token_out_of_range", 422, "A blinded token is out of range";
    /// The mint signed this blinded token before.
    BlindedTokenAlreadySigned, "blinded_token_already_signed", 409, "A blinded token was signed before";
    /// The request contains one token or output twice.
    DuplicateToken, "duplicate_token", 422, "The request names one token twice";
    /// The mint has no merchant account with this id.
    UnknownMerchant, "unknown_merchant", 404, "The merchant is not known";
    /// The mint lets only its operator open accounts.
    AccountsClosed, "accounts_closed", 403, "This mint opens accounts for people it knows";
    /// The mint has no account with this id.
    UnknownAccount, "unknown_account", 404, "The account is not known";
    /// The mint has no payment with this id.
    PaymentUnknown, "payment_unknown", 404, "The payment is not known";
    /// The payment was paid before.
    PaymentPaid, "payment_paid", 409, "The payment was paid before";
    /// The merchant cancelled the payment.
    PaymentCancelled, "payment_cancelled", 409, "The payment was cancelled";
    /// The payment has expired.
    PaymentExpired, "payment_expired", 409, "The payment has expired";
    /// Another payment of the same order was paid.
    PaymentOrderPaid, "payment_order_paid", 409, "The order was paid before";
    /// The tokens are not worth amount and tip, or the tip exceeds its limit.
    PaymentAmountMismatch, "payment_amount_mismatch", 422, "The tokens are not worth the payment";
    /// The request and the payment name different merchants.
    PaymentWrongMerchant, "payment_wrong_merchant", 422, "The payment is of another merchant";
    /// The payment is not paid, so it has no receipt.
    PaymentNotPaid, "payment_not_paid", 409, "The payment is not paid";
    /// A requested event was deleted.
    EventsGone, "events_gone", 410, "Events of that time are no longer kept";
    /// The merchant has too many open payments.
    TooManyOpen, "too_many_open", 429, "Too many payments are open; try again later";
    /// The API key lacks the scope that the request needs.
    InsufficientScope, "insufficient_scope", 403, "The API key may not do this";
    /// A key for play money was used at a mint of real money, or vice versa.
    WrongMode, "wrong_mode", 401, "The API key is for another kind of mint";
    /// The request's currency is not that of the mint.
    WrongCurrency, "wrong_currency", 422, "The mint has another currency";
    /// `return_url` is not on a verified domain of the merchant.
    ReturnUrlNotRegistered, "return_url_not_registered", 422, "The return address is not on a domain of the merchant";
    /// The endpoint is paused or disabled, so nothing is sent to it.
    EndpointNotEnabled, "endpoint_not_enabled", 409, "The endpoint is not enabled";
    /// The refund exceeds the part of the payment that is not yet refunded.
    RefundTooLarge, "refund_too_large", 422, "The refund is larger than what is left of the payment";
    /// The payment was made without a key that could claim a refund.
    RefundImpossible, "refund_impossible", 422, "The payment cannot be refunded";
    /// The claim is not signed by the key to which the payment committed.
    RefundWrongKey, "refund_wrong_key", 403, "The refund belongs to another wallet";
    /// None of the claimed refunds is open.
    RefundNothingOpen, "refund_nothing_open", 409, "There is no such refund to claim";
    /// The mint has no active link with this id.
    LinkUnknown, "link_unknown", 404, "The link is not known";
    /// The merchant has no payout with this id.
    PayoutUnknown, "payout_unknown", 404, "The payout is not known";
    /// The merchant has no API key with this id.
    ApiKeyUnknown, "api_key_unknown", 404, "The API key is not known";
    /// Webhooks are not sent to the address of this endpoint.
    WebhookUrlRefused, "webhook_url_refused", 422, "Webhooks are not sent to this address";
    /// The merchant has no endpoint with this id.
    EndpointUnknown, "endpoint_unknown", 404, "The endpoint is not known";
    /// The merchant has reached the maximum number of keys, domains, endpoints or active links.
    TooManyEntries, "too_many_entries", 422, "There are too many; remove one first";
    /// The idempotency key was used for a request with another body.
    IdempotencyKeyReused, "idempotency_key_reused", 409, "The Idempotency-Key was used for another request";
    /// The operation was cancelled before it arrived, and will not be committed.
    Cancelled, "cancelled", 409, "The operation was cancelled";
    /// The request has more items than allowed, or none.
    TooManyItems, "too_many_items", 422, "The request has too many items, or none";
    /// The account token or API key is missing or wrong.
    Unauthorized, "unauthorized", 401, "The account token or API key is missing or wrong";
    /// The body did not arrive in time.
    RequestTimeout, "request_timeout", 408, "The request took too long to arrive";
    /// The client exceeded a rate limit; retry after `Retry-After`.
    RateLimited, "rate_limited", 429, "Too many requests; try again later";
    /// A queue or a limit on concurrent requests or event streams is full; retry after `Retry-After`.
    Overloaded, "overloaded", 503, "The mint is busy; try again in a moment";
    /// A dependency of the mint is down.
    Unavailable, "unavailable", 503, "The mint cannot serve now; try again in a moment";
    /// The body is not the expected JSON.
    MalformedRequest, "malformed_request", 400, "The request is malformed";
    /// The path does not exist.
    NotFound, "not_found", 404, "Not found";
    /// The path does not support this method.
    MethodNotAllowed, "method_not_allowed", 405, "The method is not allowed here";
    /// The mint found a bug or a corrupt ledger. The operation may or may not have been committed.
    InternalError, "internal_error", 500, "The mint failed";
    /// The body is longer than 1 MiB.
    BodyTooLarge, "body_too_large", 413, "The body is too large";
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an error response says about its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The mint rejected the request and changed nothing; a retry would not change that.
    Rejected,
    /// The mint may not have executed the request; repeat it later, with the same idempotency key.
    Busy,
    /// The mint failed; whether it executed the request is unknown.
    Unknown,
}

/// The body of every error response, `application/problem+json` (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// Address of the page that explains the code, relative to the mint.
    #[serde(rename = "type", default)]
    pub type_: String,
    /// Short description of the code, the same for every request.
    #[serde(default)]
    pub title: String,
    /// HTTP status of the response.
    #[serde(default)]
    pub status: u16,
    /// Stable error code.
    pub code: ErrorCode,
    /// Description of what was wrong with this request. For people only: the text may change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Path of the JSON field that was wrong, such as `outputs[0].key_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Index of the token or output that was wrong, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    /// The payment that was paid instead, with `payment_order_paid` to the merchant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<PaymentId>,
}

impl Problem {
    /// Creates a problem with the title and status of `code`.
    #[must_use]
    pub fn new(code: ErrorCode) -> Self {
        Self {
            type_: format!("/docs/errors#{code}"),
            title: code.title().to_owned(),
            status: code.status(),
            code,
            detail: None,
            field: None,
            index: None,
            payment_id: None,
        }
    }

    /// Returns what the response says about its request: by the code, and by the HTTP status where the code is
    /// of a later version.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        match (self.code, self.status) {
            (ErrorCode::RateLimited | ErrorCode::Overloaded | ErrorCode::Unavailable, _)
            | (ErrorCode::Unknown, 429 | 502..=504) => Verdict::Busy,
            (ErrorCode::Unknown, 400..=499) => Verdict::Rejected,
            // Without a known code, only a status of the range for rejections is decisive.
            (ErrorCode::InternalError | ErrorCode::Unknown, _) => Verdict::Unknown,
            _ => Verdict::Rejected,
        }
    }

    /// Sets the description of what was wrong with this request.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Sets the path of the wrong JSON field.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Sets the index of the wrong token or output, from 0.
    #[must_use]
    pub const fn with_index(mut self, index: usize) -> Self {
        self.index = Some(index);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_rejection_is_final() {
        let of = |text: &str| serde_json::from_str::<Problem>(text).unwrap().verdict();
        for busy in ["rate_limited", "overloaded", "unavailable"] {
            assert_eq!(of(&format!(r#"{{"code":"{busy}"}}"#)), Verdict::Busy);
        }
        assert_eq!(of(r#"{"code":"token_already_spent","status":409}"#), Verdict::Rejected);
        assert_eq!(of(r#"{"code":"too_many_open","status":429}"#), Verdict::Rejected);
        assert_eq!(of(r#"{"code":"internal_error","status":500}"#), Verdict::Unknown);
        // Codes of later versions and of other servers.
        assert_eq!(of(r#"{"code":"later","status":422}"#), Verdict::Rejected);
        assert_eq!(of(r#"{"code":"later","status":429}"#), Verdict::Busy);
        assert_eq!(of(r#"{"code":"bad_gateway","status":502}"#), Verdict::Busy);
        assert_eq!(of(r#"{"code":"later","status":500}"#), Verdict::Unknown);
        assert_eq!(of(r#"{"code":"bad_gateway"}"#), Verdict::Unknown);
    }
}
