//! `/api/v1/merchant/links` and `/api/v1/links/{link_id}`: payment links that merchants print or publish.
//! Each use creates a separate payment.

use super::MerchantView;
use crate::{Amount, Currency, LinkId, PaymentId, Timestamp};
use serde::{Deserialize, Serialize};

/// `POST /api/v1/merchant/links`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateLinkRequest {
    /// Description of the payment: one line of 1 to 200 characters.
    pub title: String,
    /// Amount in minor units. If absent, the payer chooses the amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Maximum tip in minor units; 0 if no tip is accepted.
    #[serde(default)]
    pub tip_max: Amount,
}

/// `PATCH /api/v1/merchant/links/{link_id}`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateLinkRequest {
    /// Whether the link creates payments.
    pub active: bool,
}

/// A link as its merchant sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LinkView {
    /// Id of the link; the `order_ref` of its payments.
    pub link_id: LinkId,
    /// URL to print or publish: the wallet's page with the link in its fragment.
    pub url: String,
    /// Description of the payment.
    pub title: String,
    /// Amount in minor units; absent if the payer chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Maximum tip in minor units.
    pub tip_max: Amount,
    /// Whether the link creates payments.
    pub active: bool,
    /// Time at which the link was created.
    pub created_at: Timestamp,
}

/// `GET /api/v1/merchant/links`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LinkList {
    /// All links, newest first.
    pub data: Vec<LinkView>,
}

/// `GET /api/v1/links/{link_id}`: the public view of a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PublicLink {
    /// Id of the link.
    pub link_id: LinkId,
    /// Description of the payment.
    pub title: String,
    /// Amount in minor units; absent if the payer chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Currency of the amount.
    pub currency: Currency,
    /// The merchant that is paid.
    pub merchant: MerchantView,
}

/// `POST /api/v1/links/{link_id}/payments`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UseLinkRequest {
    /// Amount in minor units, if the payer chooses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Message to the merchant: one line of at most 80 characters. The mint can read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The response of `POST /api/v1/links/{link_id}/payments`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UseLinkResponse {
    /// Id of the payment, which can be paid for 15 minutes.
    pub payment_id: PaymentId,
    /// Checkout URL of the payment.
    pub checkout_url: String,
}
