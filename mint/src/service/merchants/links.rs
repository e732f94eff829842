//! Links: public templates of payments, printed beside a till or published on a page. Each use creates a
//! separate payment, whose `order_ref` is the link's id.

use crate::service::payments::{PaymentOrder, PaymentQuery, merchant_view};
use crate::service::{Mint, Received, ServiceError};
use ecash_core::idempotency::KeyedRoute;
use ecash_core::wire::{
    CreateLinkRequest, ErrorCode, LinkList, LinkView, MAX_NOTE_CHARS, MAX_TITLE_CHARS, MerchantPayment,
    PaymentState, PublicLink, UseLinkRequest,
};
use ecash_core::{AccountId, LinkId, is_short_line};
use ecash_ledger::{LinkRecord, MerchantChange};
use serde_json::json;

/// Maximum number of active links of a merchant.
const MAX_ACTIVE: usize = 200;
/// Maximum number of links of a merchant, including those switched off.
const MAX_LINKS: usize = 2000;
/// How long a payment of a link can be paid, in seconds.
const EXPIRES_IN_S: u64 = 900;
/// Maximum number of open payments of a link.
const MAX_OPEN_OF_LINK: u32 = 100;
/// Links create no payments while the merchant has this many open ones. The rest of its limit is reserved for
/// its server, so that a flooded link cannot stop the shop.
const LINKS_STOP_AT: u64 = 5000;

impl Mint {
    /// Adds a link.
    ///
    /// # Errors
    /// [`ErrorCode::AmountNotPayable`], [`ErrorCode::TooManyEntries`], or [`ErrorCode::MalformedRequest`].
    pub async fn create_link(
        &self,
        merchant_id: &AccountId,
        request: CreateLinkRequest,
    ) -> Result<LinkView, ServiceError> {
        let malformed = |what: String| Err(ServiceError::refused_because(ErrorCode::MalformedRequest, what));
        if !is_short_line(&request.title, MAX_TITLE_CHARS) || request.title.trim().is_empty() {
            return malformed(format!("title must be one line of 1 to {MAX_TITLE_CHARS} characters"));
        }
        if let Some(amount) = request.amount {
            if amount.is_zero() {
                return malformed("amount must be greater than 0".to_owned());
            }
            self.check_payable(amount, self.now(), self.now().plus_seconds(1))?;
        }
        self.check_links(merchant_id).await?;
        let record = LinkRecord {
            link_id: LinkId::from_random(&self.random_id()?),
            merchant_id: merchant_id.clone(),
            title: request.title,
            amount: request.amount,
            tip_max: request.tip_max,
            is_active: true,
            created_at: self.now(),
        };
        self.change_merchant(vec![MerchantChange::NewLink(Box::new(record.clone()))], Vec::new()).await?;
        Ok(self.link_view(record))
    }

    /// Returns a merchant's links, the newest first.
    ///
    /// # Errors
    /// The ledger's failure.
    pub async fn links(&self, merchant_id: &AccountId) -> Result<LinkList, ServiceError> {
        let links = self.deps.ledger.merchants.links(merchant_id).await?;
        Ok(LinkList { data: links.into_iter().map(|link| self.link_view(link)).collect() })
    }

    /// Switches a link on or off. Its payments are not affected.
    ///
    /// # Errors
    /// [`ErrorCode::LinkUnknown`], also for another merchant's link.
    pub async fn switch_link(
        &self,
        merchant_id: &AccountId,
        link_id: &str,
        is_active: bool,
    ) -> Result<LinkView, ServiceError> {
        let link = self.link(link_id).await?;
        if link.merchant_id != *merchant_id {
            return Err(ServiceError::refused(ErrorCode::LinkUnknown));
        }
        if is_active && !link.is_active {
            self.check_links(merchant_id).await?;
        }
        let change = MerchantChange::SwitchLink {
            merchant_id: merchant_id.clone(),
            link_id: link.link_id.clone(),
            is_active,
        };
        self.change_merchant(vec![change], Vec::new()).await?;
        Ok(self.link_view(LinkRecord { is_active, ..link }))
    }

    /// Returns a link as payers see it.
    ///
    /// # Errors
    /// [`ErrorCode::LinkUnknown`], also for one that is switched off.
    pub async fn public_link(&self, link_id: &str) -> Result<PublicLink, ServiceError> {
        let link = self.active_link(link_id).await?;
        let merchant = self.merchant(&link.merchant_id).await?;
        Ok(PublicLink {
            link_id: link.link_id,
            title: link.title,
            amount: link.amount,
            currency: self.identity().currency.clone(),
            merchant: merchant_view(merchant, None),
        })
    }

    /// Creates a payment of a link.
    ///
    /// # Errors
    /// [`ErrorCode::LinkUnknown`], [`ErrorCode::TooManyOpen`], [`ErrorCode::AmountNotPayable`], or
    /// [`ErrorCode::MalformedRequest`].
    pub async fn use_link(
        &self,
        link_id: &str,
        request: UseLinkRequest,
    ) -> Result<MerchantPayment, ServiceError> {
        let malformed = |what: String| Err(ServiceError::refused_because(ErrorCode::MalformedRequest, what));
        let link = self.active_link(link_id).await?;
        let amount = match (link.amount, request.amount) {
            (Some(fixed), None) => fixed,
            (None, Some(chosen)) => chosen,
            (Some(_), Some(_)) => return malformed("omit amount: the link fixes it".to_owned()),
            (None, None) => {
                return malformed("amount is missing: the link leaves it to the payer".to_owned());
            }
        };
        let note = request.note.filter(|note| !note.trim().is_empty());
        if note.as_ref().is_some_and(|note| !is_short_line(note, MAX_NOTE_CHARS)) {
            return malformed(format!("note must be one line of at most {MAX_NOTE_CHARS} characters"));
        }
        self.check_open_of_link(&link).await?;
        let order = PaymentOrder {
            merchant_id: link.merchant_id,
            amount,
            tip_max: link.tip_max,
            description: link.title,
            order_ref: Some(link.link_id.to_string()),
            is_split: true,
            details_box: None,
            details_hash: None,
            metadata: note.map(|note| json!({ "note": note })),
            return_url: None,
            expires_in_s: EXPIRES_IN_S,
        };
        let received = Received::new(KeyedRoute::Payments, Some(&order.merchant_id), None, [0; 32]);
        self.create_payment(received, order).await
    }

    /// Rejects another active link beyond the limits.
    async fn check_links(&self, merchant_id: &AccountId) -> Result<(), ServiceError> {
        let links = self.deps.ledger.merchants.links(merchant_id).await?;
        let active = links.iter().filter(|link| link.is_active).count();
        if active >= MAX_ACTIVE || links.len() >= MAX_LINKS {
            let detail =
                format!("a merchant has at most {MAX_ACTIVE} active links, and {MAX_LINKS} links in total");
            return Err(ServiceError::refused_because(ErrorCode::TooManyEntries, detail));
        }
        Ok(())
    }

    async fn check_open_of_link(&self, link: &LinkRecord) -> Result<(), ServiceError> {
        let oldest = self.now().unix_seconds().saturating_sub(2 * EXPIRES_IN_S);
        let open = PaymentQuery {
            state: Some(PaymentState::Open),
            order_ref: Some(link.link_id.to_string()),
            from: Some(ecash_core::Timestamp::from_unix_seconds(oldest)),
            limit: Some(MAX_OPEN_OF_LINK),
            ..PaymentQuery::default()
        };
        let of_link = self.merchant_payments(link.merchant_id.clone(), open).await?.data.len();
        let of_all = self.deps.ledger.payments.open_count(&link.merchant_id).await?;
        if of_link >= MAX_OPEN_OF_LINK as usize || of_all >= LINKS_STOP_AT {
            let detail = "too many payments are open: retry in a few minutes";
            return Err(ServiceError::refused_because(ErrorCode::TooManyOpen, detail));
        }
        Ok(())
    }

    async fn active_link(&self, link_id: &str) -> Result<LinkRecord, ServiceError> {
        let link = self.link(link_id).await?;
        if link.is_active { Ok(link) } else { Err(ServiceError::refused(ErrorCode::LinkUnknown)) }
    }

    async fn link(&self, link_id: &str) -> Result<LinkRecord, ServiceError> {
        let unknown = || ServiceError::refused(ErrorCode::LinkUnknown);
        let link_id = LinkId::new(link_id).map_err(|_| unknown())?;
        self.deps.ledger.merchants.link(&link_id).await?.ok_or_else(unknown)
    }

    fn link_view(&self, link: LinkRecord) -> LinkView {
        LinkView {
            url: format!("{}/#link={}", self.deps.public_origin, link.link_id),
            link_id: link.link_id,
            title: link.title,
            amount: link.amount,
            tip_max: link.tip_max,
            active: link.is_active,
            created_at: link.created_at,
        }
    }
}
