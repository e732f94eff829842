//! Events are delivered to each endpoint when due, those of one payment in order, and by one process at a
//! time.

use super::Book;
use crate::{
    AccountRole, Attempt, AttemptEnd, DeliveryRecord, DomainCheck, DomainRecord, Draft, EndpointRecord,
    Event, MerchantChange, OperationKind, Record,
};
use ecash_core::wire::{DeliveryState, EndpointState};
use ecash_core::{AccountId, EndpointId, Origin, PaymentId, Timestamp};
use serde_json::json;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_seconds(1_767_229_200 + seconds)
}

pub(super) async fn check(book: &Book) {
    let shop = AccountId::new("merchant_webhooks").expect("a name");
    let opened = book.one.accounts.open_account(&shop, AccountRole::Merchant, [61; 32]).await;
    opened.expect("opened");
    let ends = endpoints_are_returned_by_reads(book, &shop).await;
    deliveries_are_created_started_and_ended(book, &shop, &ends).await;
    missed_events_are_sent_or_skipped(book, &shop, &ends).await;
    domains_are_checked(book, &shop).await;
    book.assert_clean().await;
}

async fn apply(book: &Book, changes: Vec<MerchantChange>) {
    let mut draft = book.draft(OperationKind::MerchantAdmin);
    draft.records = changes.into_iter().map(|change| Record::Merchant(Box::new(change))).collect();
    book.commit(draft).await.expect("a change is committed");
}

/// Writes events about payments (0 for no payment), numbers them and creates their deliveries.
async fn tell(book: &Book, shop: &AccountId, events: &[(&'static str, u8)]) {
    let mut draft: Draft = book.draft(OperationKind::MerchantAdmin);
    let event = |(kind, payment): &(&'static str, u8)| Event {
        merchant_id: shop.clone(),
        kind,
        payload: if *payment == 0 { json!({}) } else { json!({ "payment_id": payment_id(*payment) }) },
    };
    draft.events.extend(events.iter().map(event));
    book.commit(draft).await.expect("committed");
    while !book.one.feed.number_events(100).await.expect("no failure").is_empty() {}
}

fn payment_id(byte: u8) -> PaymentId {
    PaymentId::from_random(&[byte; 16])
}

fn change_of(end: &EndpointRecord, url: Option<String>, state: Option<EndpointState>) -> MerchantChange {
    let (merchant_id, endpoint_id) = (end.merchant_id.clone(), end.endpoint_id.clone());
    MerchantChange::ChangeEndpoint { merchant_id, endpoint_id, url, kinds: None, state }
}

/// An endpoint that receives all events, and one that receives only `payment.paid` and `payment.expired`.
struct Ends {
    all: EndpointRecord,
    paid: EndpointRecord,
}

async fn endpoints_are_returned_by_reads(book: &Book, shop: &AccountId) -> Ends {
    // Written before any endpoint exists, so it is not delivered.
    tell(book, shop, &[("payment.paid", 1)]).await;
    let endpoint = |byte: u8, kinds: &[&str]| EndpointRecord {
        endpoint_id: EndpointId::from_random(&[byte; 16]),
        merchant_id: shop.clone(),
        url: format!("https://shop.example/hook?{byte}"),
        kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        secret_no: 1,
        secret_check: [byte; 8],
        old_secret_until: None,
        state: EndpointState::Enabled,
        failing_since: None,
        created_at: at(u64::from(byte)),
    };
    let (all, paid) = (endpoint(1, &[]), endpoint(2, &["payment.paid", "payment.expired"]));
    apply(book, vec![MerchantChange::NewEndpoint(paid.clone()), MerchantChange::NewEndpoint(all.clone())])
        .await;
    let read = async || book.two.webhooks.endpoints(shop).await.expect("a read");
    assert_eq!(read().await, [all.clone(), paid.clone()]);
    let changed = EndpointRecord {
        url: "https://other.example/".to_owned(),
        secret_no: 2,
        secret_check: [9; 8],
        old_secret_until: Some(at(60)),
        ..all.clone()
    };
    let rotate = |secret_check, old_secret_until| MerchantChange::RotateEndpoint {
        merchant_id: shop.clone(),
        endpoint_id: all.endpoint_id.clone(),
        secret_no: 2,
        secret_check,
        old_secret_until,
    };
    let url = Some(changed.url.clone());
    // Of two concurrent rotations, only one takes effect.
    apply(book, vec![change_of(&all, url, None), rotate([9; 8], Some(at(60))), rotate([8; 8], None)]).await;
    assert_eq!(read().await, [changed.clone(), paid.clone()]);
    let third = endpoint(3, &[]);
    let drop =
        MerchantChange::DropEndpoint { merchant_id: shop.clone(), endpoint_id: third.endpoint_id.clone() };
    apply(book, vec![MerchantChange::NewEndpoint(third)]).await;
    tell(book, shop, &[("key.created", 0)]).await;
    apply(book, vec![drop.clone()]).await;
    apply(book, vec![drop]).await;
    assert_eq!(read().await.len(), 2);
    Ends { all: changed, paid }
}

async fn begin(book: &Book, endpoint: &EndpointRecord, seconds: u64) -> Vec<u64> {
    let begun = book.one.webhooks.begin_deliveries(&endpoint.endpoint_id, at(seconds), at(seconds + 60), 10);
    let mut numbers: Vec<_> = begun.await.expect("begun").iter().map(|delivery| delivery.number).collect();
    numbers.sort_unstable();
    numbers
}

async fn read(book: &Book, endpoint: &EndpointRecord) -> Vec<DeliveryRecord> {
    book.two.webhooks.deliveries(&endpoint.endpoint_id, u64::MAX, 100).await.expect("a read")
}

async fn due(book: &Book, seconds: u64) -> Vec<EndpointId> {
    let due = book.two.webhooks.due_endpoints(at(seconds), 10).await.expect("a read");
    let mut due: Vec<_> = due.into_iter().map(|endpoint| endpoint.endpoint_id).collect();
    due.sort_unstable();
    due
}

fn end(endpoint: &EndpointRecord, number: u64, attempts: u32, error: Option<&str>, next: u64) -> AttemptEnd {
    AttemptEnd {
        endpoint_id: endpoint.endpoint_id.clone(),
        number,
        attempts,
        state: if error.is_none() { DeliveryState::Delivered } else { DeliveryState::Pending },
        next_at: at(next),
        attempt: Attempt {
            at: at(next.saturating_sub(5)),
            http_status: error.is_none().then_some(204),
            latency_ms: 12,
            error: error.map(str::to_owned),
        },
    }
}

async fn deliveries_are_created_started_and_ended(book: &Book, shop: &AccountId, ends: &Ends) {
    let Ends { all, paid } = ends;
    assert_eq!(due(book, 0).await, []);
    // Numbers 3 to 6. Events of keys are in the feed but are not sent.
    let events = [("payment.paid", 2), ("payment.cancelled", 3), ("key.revoked", 0), ("refund.created", 2)];
    tell(book, shop, &events).await;
    let numbers = |deliveries: &[DeliveryRecord]| deliveries.iter().map(|one| one.number).collect::<Vec<_>>();
    assert_eq!(numbers(&read(book, all).await), [6, 4, 3]);
    assert_eq!(numbers(&read(book, paid).await), [3]);
    let first = &read(book, paid).await[0];
    assert_eq!((first.kind.as_str(), &first.payment_id), ("payment.paid", &Some(payment_id(2))));
    assert_eq!((first.state, first.attempts, &first.last), (DeliveryState::Pending, 0, &None));
    assert_eq!(due(book, 0).await, [all.endpoint_id.clone(), paid.endpoint_id.clone()]);

    // Number 6 waits for number 3 of the same payment. Two processes share the work.
    let (one, two) = tokio::join!(
        book.one.webhooks.begin_deliveries(&all.endpoint_id, at(0), at(60), 10),
        book.two.webhooks.begin_deliveries(&all.endpoint_id, at(0), at(60), 10),
    );
    let mut begun = [one.expect("begun"), two.expect("begun")].concat();
    begun.sort_by_key(|delivery| delivery.number);
    assert_eq!(numbers(&begun), [3, 4]);
    assert_eq!((begun[0].attempts, begun[0].next_at), (1, at(60)));
    // Delivery 3 fails and is retried later. The process of delivery 4 dies, and the delivery starts again.
    let webhooks = &book.two.webhooks;
    webhooks.end_attempt(&end(all, 3, 1, Some("timeout"), 30)).await.expect("noted");
    let failing = |endpoints: Vec<EndpointRecord>| endpoints[0].failing_since;
    assert_eq!(failing(webhooks.endpoints(shop).await.expect("a read")), Some(at(25)));
    assert_eq!(begin(book, all, 29).await, [0; 0]);
    assert_eq!(begin(book, all, 30).await, [3]);
    assert_eq!(begin(book, all, 60).await, [4]);
    // The late result of an expired attempt does not end the delivery.
    webhooks.end_attempt(&end(all, 4, 1, None, 70)).await.expect("noted");
    assert_eq!(read(book, all).await[1].state, DeliveryState::Pending);
    assert_eq!(
        failing(webhooks.endpoints(shop).await.expect("a read")),
        None,
        "the late success clears the endpoint's failure"
    );
    for (number, attempts) in [(3, 2), (4, 2)] {
        webhooks.end_attempt(&end(all, number, attempts, None, 70)).await.expect("noted");
    }
    let delivered = &read(book, all).await[2];
    let attempt = end(all, 3, 2, None, 70).attempt;
    assert_eq!((delivered.state, &delivered.last), (DeliveryState::Delivered, &Some(attempt)));
    assert_eq!(begin(book, all, 70).await, [6]);

    // Manual redelivery also creates deliveries that did not exist, and does not change others.
    webhooks.redeliver(&all.endpoint_id, 2, 3).await.expect("noted");
    webhooks.redeliver(&all.endpoint_id, 1, 1).await.expect("noted");
    assert_eq!(begin(book, all, 71).await, [1, 3]);
    assert_eq!(numbers(&webhooks.deliveries(&all.endpoint_id, 6, 2).await.expect("a read")), [4, 3]);
    webhooks.forget_deliveries(at(1000), 1).await.expect("forgotten");
    assert_eq!(numbers(&read(book, all).await), [6, 3, 1], "pending deliveries are kept");
}

async fn missed_events_are_sent_or_skipped(book: &Book, shop: &AccountId, ends: &Ends) {
    let Ends { all, paid } = ends;
    let pause = [all, paid].map(|end| change_of(end, None, Some(EndpointState::Paused)));
    apply(book, pause.into()).await;
    assert_eq!(due(book, 10_000).await, []);
    tell(book, shop, &[("payment.paid", 5)]).await;
    let count = read(book, paid).await.len();
    // One endpoint continues where it stopped, the other one skips the missed events.
    let enable = [all, paid].map(|end| change_of(end, None, Some(EndpointState::Enabled)));
    let (merchant_id, endpoint_id) = (shop.clone(), all.endpoint_id.clone());
    let skip = vec![MerchantChange::SkipEvents { merchant_id, endpoint_id }];
    apply(book, [enable.into(), skip].concat()).await;
    tell(book, shop, &[("endpoint.test", 0)]).await;
    assert_eq!(read(book, paid).await.len(), count + 1);
    assert_eq!(read(book, all).await.len(), 3, "test events of other endpoints are not sent");
    let is_pending = |one: &DeliveryRecord| one.state == DeliveryState::Pending;
    assert!(read(book, all).await.iter().all(is_pending), "earlier deliveries stay queued");
    let mut draft = book.draft(OperationKind::MerchantAdmin);
    let payload = json!({ "endpoint_id": paid.endpoint_id });
    draft.events.push(Event { merchant_id: shop.clone(), kind: "endpoint.test", payload });
    book.commit(draft).await.expect("committed");
    tell(book, shop, &[]).await;
    assert_eq!(read(book, paid).await[0].kind, "endpoint.test");
}

async fn domains_are_checked(book: &Book, shop: &AccountId) {
    let origin = |host: &str| Origin::new(format!("https://{host}.example")).expect("an origin");
    let put = |host: &str, is_verified| MerchantChange::PutDomain {
        merchant_id: shop.clone(),
        domain: DomainRecord { origin: origin(host), is_verified },
        at: at(0),
    };
    apply(book, vec![put("claimed", false), put("operators", true)]).await;
    let to_check = async |seconds| {
        let domains =
            book.two.webhooks.domains_to_check(at(seconds), at(seconds), 100).await.expect("a read");
        let own = domains.into_iter().filter(|domain| domain.merchant_id == *shop);
        own.map(|domain| (domain.origin, domain.is_verified, domain.failed_checks)).collect::<Vec<_>>()
    };
    assert_eq!(to_check(0).await, [(origin("claimed"), false, 0)]);
    let check = |host: &str, is_verified, failed_checks, next| DomainCheck {
        merchant_id: shop.clone(),
        origin: origin(host),
        is_verified,
        failed_checks,
        check_at: at(next),
    };
    let note = async |check| book.one.webhooks.note_domain_check(&check).await.expect("noted");
    note(check("claimed", false, 1, 60)).await;
    assert_eq!(to_check(59).await, []);
    assert_eq!(to_check(60).await, [(origin("claimed"), false, 1)]);
    apply(book, vec![MerchantChange::CheckDomain(check("claimed", true, 0, 100))]).await;
    assert_eq!(to_check(100).await, [(origin("claimed"), true, 0)]);
    // Domains that the operator verified are not checked.
    note(check("operators", false, 9, 0)).await;
    apply(book, vec![put("claimed", true)]).await;
    assert_eq!(to_check(10_000).await, []);
    let merchant = book.one.merchants.merchant(shop).await.expect("a read").expect("the merchant");
    assert!(merchant.domains.iter().all(|domain| domain.is_verified));
}
