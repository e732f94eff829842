//! JSON types of API version 1 (protocol §5). Unknown fields are ignored, except in the requests of merchants: a misspelt
//! `order_ref` would protect nothing.

mod account;
mod cancel;
mod health;
mod issue;
mod keys;
mod link;
mod merchant;
mod payment;
mod payout;
mod problem;
mod redeem;
mod refund;
mod takings;
mod text_limits;
mod webhook;

pub use crate::keys::{KeyInfo, KeysetInfo};
pub use account::{AccountResponse, OpenAccountRequest, OpenAccountResponse, StatementEntry, StatementKind};
pub use cancel::{CancelRequest, CancelResponse, CancelState};
pub use health::{HealthResponse, PartState, RunState};
pub use issue::{
    OutputHash, OutputRequest, RestoreRequest, RestoreResponse, SwapRequest, SwapResponse, WithdrawRequest,
    WithdrawResponse,
};
pub use keys::KeysResponse;
pub use link::{
    CreateLinkRequest, LinkList, LinkView, PublicLink, UpdateLinkRequest, UseLinkRequest, UseLinkResponse,
};
pub use merchant::{
    ApiKeyList, ApiKeyResponse, ApiKeyView, CreateApiKeyRequest, CreatePaymentRequest, DomainRequest,
    DomainView, EventData, EventList, MerchantEvent, MerchantPayment, MerchantResponse, PaymentList,
    RotateApiKeyRequest, UpdateMerchantRequest,
};
pub use payment::{MerchantView, PaymentState, PaymentView, PlayPayRequest};
pub use payout::{CreatePayoutRequest, PayoutList, PayoutState, PayoutView};
pub use problem::{ErrorCode, Problem, Verdict};
pub use redeem::{RedeemRequest, RedeemResponse, TokenInfo, VerifyRequest, VerifyResponse, VerifyResult};
pub use refund::{
    ClaimRequest, ClaimResponse, CreateRefundRequest, PublicRefund, RefundResponse, RefundState, RefundView,
    left_to_refund,
};
pub use takings::{TakingsResponse, TakingsView};
pub use text_limits::{
    MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS, MAX_NOTE_CHARS, MAX_ORDER_REF_CHARS, MAX_REASON_CHARS,
    MAX_REFERENCE_CHARS, MAX_SEARCH_CHARS, MAX_TITLE_CHARS,
};
pub use webhook::{
    CreateEndpointRequest, DeliveryList, DeliveryState, DeliveryView, EndpointList, EndpointResponse,
    EndpointState, EndpointView, RedeliverRequest, TEST_EVENT, UpdateEndpointRequest, WEBHOOK_EVENTS,
};

/// Maximum number of tokens or outputs in one withdrawal, swap or redemption.
pub const MAX_ITEMS: usize = 128;
// The receiver of a bundle swaps all its tokens in one request.
const _: () = assert!(crate::token::MAX_BUNDLE_TOKENS <= MAX_ITEMS);
/// Maximum number of tokens in one verify request.
pub const MAX_VERIFY_ITEMS: usize = 500;
/// Maximum number of outputs in one restore request. Their signatures fit into a response of
/// [`MAX_BODY_LEN`].
pub const MAX_RESTORE_ITEMS: usize = 2000;
/// Maximum length of a request body in bytes.
pub const MAX_BODY_LEN: usize = 1 << 20;
