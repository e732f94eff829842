//! Orders: the parameters of a payment.

use ecash_core::details::Details;

/// The parameters of a payment. Amounts are in minor units: 1250 is 12.50 EUR.
#[derive(Debug, Clone, Default)]
pub struct Order {
    pub(crate) amount_minor: u64,
    pub(crate) description: String,
    pub(crate) order_ref: Option<String>,
    pub(crate) is_split: bool,
    pub(crate) tip_max_minor: u64,
    pub(crate) expires_in_s: Option<u64>,
    pub(crate) return_url: Option<String>,
    pub(crate) metadata: Option<serde_json::Value>,
    pub(crate) details: Option<Details>,
}

impl Order {
    /// Creates an order with an amount and one line of description for the payer. The mint can read the
    /// description, so it should contain no names or addresses.
    #[must_use]
    pub fn new(amount_minor: u64, description: impl Into<String>) -> Self {
        Self { amount_minor, description: description.into(), ..Self::default() }
    }

    /// Sets the shop's reference of the order. At most one payment of an order can be paid, and an identical
    /// open one is returned again.
    #[must_use]
    pub fn order_ref(mut self, order_ref: impl Into<String>) -> Self {
        self.order_ref = Some(order_ref.into());
        self
    }

    /// Allows several payments of one order.
    #[must_use]
    pub const fn split(mut self) -> Self {
        self.is_split = true;
        self
    }

    /// Sets the maximum tip, in minor units.
    #[must_use]
    pub const fn tip_max(mut self, minor: u64) -> Self {
        self.tip_max_minor = minor;
        self
    }

    /// Sets the time until the payment expires, in seconds.
    #[must_use]
    pub const fn expires_in_s(mut self, seconds: u64) -> Self {
        self.expires_in_s = Some(seconds);
        self
    }

    /// Sets the page to return to, on a domain that the mint has verified. `{payment_id}` in it is replaced
    /// by the id.
    #[must_use]
    pub fn return_url(mut self, url: impl Into<String>) -> Self {
        self.return_url = Some(url.into());
        self
    }

    /// Sets the shop's own data. Payers never see it, but the mint can read it.
    #[must_use]
    pub fn metadata(mut self, metadata: serde_json::Value) -> Self {
        self.metadata = Some(metadata);
        self
    }

    /// Sets the details of what is bought. The mint stores them sealed; only the checkout URL contains their
    /// key.
    #[must_use]
    pub fn details(mut self, details: Details) -> Self {
        self.details = Some(details);
        self
    }
}
