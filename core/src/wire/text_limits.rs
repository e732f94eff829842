//! Maximum lengths of texts in requests, in characters. The mint checks them, and forms use them for their
//! fields.

/// Description of a payment.
pub const MAX_DESCRIPTION_CHARS: usize = 200;
/// Title of a link. It becomes the description of the link's payments.
pub const MAX_TITLE_CHARS: usize = MAX_DESCRIPTION_CHARS;
/// Note that a payer adds to a payment of a link.
pub const MAX_NOTE_CHARS: usize = 80;
/// A merchant's reference of an order.
pub const MAX_ORDER_REF_CHARS: usize = 64;
/// Text that a search of payments looks for: the longest text that a payment has.
pub const MAX_SEARCH_CHARS: usize = MAX_DESCRIPTION_CHARS;
/// Reason of a refund.
pub const MAX_REASON_CHARS: usize = 200;
/// A merchant's reference of a payout.
pub const MAX_REFERENCE_CHARS: usize = 64;
/// Name of a merchant or of an API key.
pub const MAX_NAME_CHARS: usize = 64;
