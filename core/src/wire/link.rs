//! `/api/v1/merchant/links` and `/api/v1/links/{link_id}`: addresses that merchants print or publish. Each use is a payment of its own.

use super::MerchantView;
use crate::{Amount, Currency, LinkId, PaymentId, Timestamp};
use serde::{Deserialize, Serialize};

/// `POST /api/v1/merchant/links`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateLinkRequest {
    /// What is paid for: one line of 1 to 200 characters.
    pub title: String,
    /// Amount in minor units. Absent: the payer chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Highest tip, in minor units; 0 for none.
    #[serde(default)]
    pub tip_max: Amount,
}

/// `PATCH /api/v1/merchant/links/{link_id}`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateLinkRequest {
    /// Whether it makes payments.
    pub active: bool,
}

/// A link as its merchant sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LinkView {
    /// Id of the link; the `order_ref` of its payments.
    pub link_id: LinkId,
    /// Address to print or publish: the wallet's page with the link in its fragment.
    pub url: String,
    /// What is paid for.
    pub title: String,
    /// Amount in minor units; absent if the payer chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Highest tip, in minor units.
    pub tip_max: Amount,
    /// Whether it makes payments.
    pub active: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// `GET /api/v1/merchant/links`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LinkList {
    /// All links, the newest first.
    pub data: Vec<LinkView>,
}

/// `GET /api/v1/links/{link_id}`: a link as anyone sees it who has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PublicLink {
    /// Id of the link.
    pub link_id: LinkId,
    /// What is paid for.
    pub title: String,
    /// Amount in minor units; absent if the payer chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Currency of the amount.
    pub currency: Currency,
    /// Who is paid.
    pub merchant: MerchantView,
}

/// `POST /api/v1/links/{link_id}/payments`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UseLinkRequest {
    /// Amount in minor units, where the payer chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// A word to the merchant: one line of at most 80 characters. The mint reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The response of `POST /api/v1/links/{link_id}/payments`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UseLinkResponse {
    /// The payment, which can be paid for 15 minutes.
    pub payment_id: PaymentId,
    /// Address that pays it.
    pub checkout_url: String,
}
