//! Errors: RFC 9457 problem documents with a stable `code` (docs/errors.md).

use serde::{Deserialize, Serialize};
use std::fmt;

/// Defines the codes with their HTTP status and title, in one table.
macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident, $code:literal, $status:literal, $title:literal;)*) => {
        /// A stable error code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $code)] $variant,)*
            /// A code of a later version.
            #[serde(rename = "unknown", other)]
            Unknown,
        }

        impl ErrorCode {
            /// Every code a mint of this version can answer.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                    Self::Unknown => "unknown",
                }
            }

            /// The HTTP status it comes with.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self {
                    $(Self::$variant => $status,)*
                    Self::Unknown => 500,
                }
            }

            /// A short sentence that never changes.
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
    /// No such key here.
    UnknownKey, "unknown_key", 422, "The key is not known";
    /// The key does not issue now.
    KeyNotIssuing, "key_not_issuing", 422, "The key does not issue tokens now";
    /// Within a day of a change of keys a withdrawal must name its key.
    KeyIdRequired, "key_id_required", 422, "The key must be named";
    /// A kind of token that is not defined.
    UnsupportedKind, "unsupported_kind", 422, "This kind of token is not supported";
    /// A token of another institution.
    WrongInstitution, "wrong_institution", 422, "The token is of another institution";
    /// The sums differ.
    AmountMismatch, "amount_mismatch", 422, "The amounts do not match";
    /// No combination of denominations gives the amount.
    AmountNotPayable, "amount_not_payable", 422, "The amount cannot be paid in these denominations";
    /// No key of this denomination.
    UnsupportedDenomination, "unsupported_denomination", 422, "The denomination does not exist";
    /// The account has less.
    InsufficientBalance, "insufficient_balance", 422, "The balance is too low";
    /// The account would hold more than any amount.
    BalanceTooLarge, "balance_too_large", 422, "The account cannot hold that much";
    /// Not k bytes with 1 < x < n − 1.
    BlindedTokenOutOfRange, "blinded_token_out_of_range", 422, "A blinded token is out of range";
    /// The mint signed this blinded token before.
    BlindedTokenAlreadySigned, "blinded_token_already_signed", 409, "A blinded token was signed before";
    /// One token or output twice in a request.
    DuplicateToken, "duplicate_token", 422, "The request names one token twice";
    /// No such merchant.
    UnknownMerchant, "unknown_merchant", 404, "The merchant is not known";
    /// No such account.
    UnknownAccount, "unknown_account", 404, "The account is not known";
    /// Payments are not offered here.
    PaymentUnknown, "payment_unknown", 404, "The payment is not known";
    /// The key was used with another body.
    IdempotencyKeyReused, "idempotency_key_reused", 409, "The Idempotency-Key was used for another request";
    /// The operation was cancelled.
    Cancelled, "cancelled", 409, "The operation was cancelled";
    /// More items than one request may have, or none.
    TooManyItems, "too_many_items", 422, "The request has too many items, or none";
    /// No or wrong credentials.
    Unauthorized, "unauthorized", 401, "The account token is missing or wrong";
    /// Too many requests.
    RateLimited, "rate_limited", 429, "Too many requests; try again later";
    /// The signing queue is full.
    Overloaded, "overloaded", 503, "The mint is busy; try again in a moment";
    /// A part of the mint is down.
    Unavailable, "unavailable", 503, "The mint cannot serve now; try again in a moment";
    /// Not the JSON that was expected.
    MalformedRequest, "malformed_request", 400, "The request is malformed";
    /// No such page.
    NotFound, "not_found", 404, "Not found";
    /// The method does not fit the path.
    MethodNotAllowed, "method_not_allowed", 405, "The method is not allowed here";
    /// The mint met a bug or a corrupt ledger. Whether the operation committed is unknown.
    InternalError, "internal_error", 500, "The mint failed";
    /// The body is over 1 MiB.
    BodyTooLarge, "body_too_large", 413, "The body is too large";
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The body of every error, `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// Where the code is explained.
    #[serde(rename = "type", default)]
    pub type_: String,
    /// The code's sentence.
    #[serde(default)]
    pub title: String,
    /// The HTTP status.
    #[serde(default)]
    pub status: u16,
    /// The stable code.
    pub code: ErrorCode,
    /// What was wrong with this request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The field that was wrong, as a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The index of the token or output that was wrong, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
}

impl Problem {
    /// A problem with this code.
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
        }
    }

    /// With a word on this request.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// With the path of the wrong field.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// With the index of the wrong item.
    #[must_use]
    pub const fn with_index(mut self, index: usize) -> Self {
        self.index = Some(index);
        self
    }
}
