//! What a shop asks for.

use ecash_core::details::Details;

/// What a shop asks for. Amounts are whole minor units: 1250 is 12.50 EUR.
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
    /// An amount, and one line for the payer. The mint reads the line: no names, no addresses.
    #[must_use]
    pub fn new(amount_minor: u64, description: impl Into<String>) -> Self {
        Self { amount_minor, description: description.into(), ..Self::default() }
    }

    /// The shop's name of the order: at most one payment of it is paid, and an open one that asks for the same is returned again.
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

    /// The highest tip, in minor units.
    #[must_use]
    pub const fn tip_max(mut self, minor: u64) -> Self {
        self.tip_max_minor = minor;
        self
    }

    /// The time for paying, in seconds.
    #[must_use]
    pub const fn expires_in_s(mut self, seconds: u64) -> Self {
        self.expires_in_s = Some(seconds);
        self
    }

    /// The page to go back to, on a domain that the mint has verified. `{payment_id}` in it is filled in.
    #[must_use]
    pub fn return_url(mut self, url: impl Into<String>) -> Self {
        self.return_url = Some(url.into());
        self
    }

    /// The shop's own data, which payers never see and the mint can read.
    #[must_use]
    pub fn metadata(mut self, metadata: serde_json::Value) -> Self {
        self.metadata = Some(metadata);
        self
    }

    /// What is bought. The link carries the key that opens it; the mint never sees it.
    #[must_use]
    pub fn details(mut self, details: Details) -> Self {
        self.details = Some(details);
        self
    }
}
