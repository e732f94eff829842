//! Changes of merchants are part of a posting, and reads return what was written.

use super::{Book, amount};
use crate::{
    AccountRole, ApiKeyRecord, Claim, Conflict, DomainRecord, Draft, LinkRecord, MerchantChange, NewPayment,
    OperationKind, PaymentEnd, PaymentFilter, Record, Settlement,
};
use ecash_core::api_key::{ApiKey, Scopes};
use ecash_core::wire::PaymentState;
use ecash_core::{AccountId, LinkId, Origin, PaymentId, Timestamp};

const NOW: u64 = 1_767_229_200;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

pub(super) async fn check(book: &Book) {
    let shop = AccountId::new("merchant_conformance").expect("a name");
    let opened = book.one.accounts.open_account(&shop, AccountRole::Merchant, [1; 32]).await.expect("opened");
    assert_eq!(opened.map(|account| account.role), Some(AccountRole::Merchant));
    changes_are_returned_by_reads(book, &shop).await;
    links_are_switched_and_listed(book, &shop).await;
    keys_expire_and_are_revoked(book, &shop).await;
    replaces_an_open_payment_or_nothing(book, &shop).await;
    book.assert_clean().await;
}

fn change(book: &Book, changes: Vec<MerchantChange>) -> Draft {
    let mut draft = book.draft(OperationKind::MerchantAdmin);
    draft.records = changes.into_iter().map(|change| Record::Merchant(Box::new(change))).collect();
    draft
}

async fn apply(book: &Book, one: MerchantChange) {
    book.commit(change(book, vec![one])).await.expect("a change is committed");
}

async fn changes_are_returned_by_reads(book: &Book, shop: &AccountId) {
    let read = async || book.two.merchants.merchant(shop).await.expect("a read").expect("the merchant");
    let stranger = AccountId::new("merchant_nobody").expect("a name");
    assert_eq!(book.two.merchants.merchant(&stranger).await.expect("a read"), None);
    // Every merchant account has a merchant record, whose name is initially the account id. A customer
    // account has none.
    assert_eq!((read().await.name.as_str(), read().await.domains), (shop.as_str(), Vec::new()));
    let customer = book.account(0).await;
    assert_eq!(book.two.merchants.merchant(&customer).await.expect("a read"), None);

    let (merchant_id, name) = (shop.clone(), "Bäckerei Sonne".to_owned());
    apply(book, MerchantChange::Name { merchant_id, name: name.clone() }).await;
    let domain = |host: &str, is_verified| DomainRecord {
        origin: Origin::new(format!("https://{host}.example")).expect("an origin"),
        is_verified,
    };
    for (number, host) in ["b", "a"].into_iter().enumerate() {
        let put = |is_verified| MerchantChange::PutDomain {
            merchant_id: shop.clone(),
            domain: domain(host, is_verified),
            at: at(NOW + number as u64),
        };
        apply(book, put(false)).await;
        apply(book, put(host == "b")).await;
    }
    let merchant = read().await;
    assert_eq!((merchant.name, merchant.domains), (name, vec![domain("b", true), domain("a", false)]));
    let drop_b = MerchantChange::DropDomain { merchant_id: shop.clone(), origin: domain("b", true).origin };
    apply(book, drop_b.clone()).await;
    apply(book, drop_b).await;
    assert_eq!(read().await.domains, [domain("a", false)]);

    let reset = MerchantChange::Token { merchant_id: shop.clone(), token_hash: [2; 32] };
    apply(book, reset).await;
    let by_token = async |hash| book.two.accounts.account_by_token(hash).await.expect("a read");
    assert_eq!(by_token([1; 32]).await, None);
    let (other, hash) = (AccountId::new("merchant_other").expect("a name"), [1; 32]);
    let opened = book.one.accounts.open_account(&other, AccountRole::Customer, hash).await.expect("a write");
    assert_eq!(opened, None, "a replaced token opens nothing");
    assert_eq!(by_token([2; 32]).await.map(|account| account.account_id), Some(shop.clone()));
}

async fn keys_expire_and_are_revoked(book: &Book, shop: &AccountId) {
    let key = |expires_at: Option<Timestamp>, created_at: Timestamp| {
        let key = ApiKey::from_random(&book.bytes(), true);
        let record = ApiKeyRecord {
            key_id: key.key_id(),
            merchant_id: shop.clone(),
            name: "server".to_owned(),
            scopes: Scopes::parse("read,payments").expect("scopes"),
            created_at,
            expires_at,
            revoked_at: None,
            last_used_day: None,
            replaced_by: None,
        };
        (record, key.hash())
    };
    let (old, old_hash) = key(None, at(NOW));
    let (new, new_hash) = key(Some(at(NOW + 1000)), at(NOW + 1));
    // Rotation: one posting adds the new key and ends the old one.
    apply(book, MerchantChange::NewKey(old.clone(), old_hash)).await;
    let replace = |key: &ApiKeyRecord, end: u64| MerchantChange::ReplaceKey {
        merchant_id: shop.clone(),
        key_id: key.key_id.clone(),
        at: at(end),
        by: new.key_id.clone(),
    };
    let rotation =
        change(book, vec![MerchantChange::NewKey(new.clone(), new_hash), replace(&old, NOW + 600)]);
    book.commit(rotation.clone()).await.expect("a rotation");
    book.commit(rotation).await.expect("a retry after a lost COMMIT response returns the earlier result");
    let read = async |hash| book.two.merchants.api_key(hash).await.expect("a read").expect("the key");
    assert_eq!(read(new_hash).await, new);
    let replaced = read(old_hash).await;
    assert_eq!((replaced.expires_at, replaced.replaced_by), (Some(at(NOW + 600)), Some(new.key_id.clone())));
    assert_eq!(book.two.merchants.api_key([9; 32]).await.expect("a read"), None);
    // An expiry can only become earlier, and a revocation keeps its first time.
    apply(book, replace(&new, NOW + 2000)).await;
    assert_eq!(read(new_hash).await.expires_at, new.expires_at);
    for end in [NOW + 10, NOW + 20] {
        let (merchant_id, key_id) = (shop.clone(), new.key_id.clone());
        apply(book, MerchantChange::RevokeKey { merchant_id, key_id, at: at(end) }).await;
    }
    assert_eq!(read(new_hash).await.revoked_at, Some(at(NOW + 10)));
    for day in [at(86_400), at(2 * 86_400), at(86_400)] {
        book.two.merchants.mark_key_used(&new.key_id, day).await.expect("a note");
    }
    assert_eq!(read(new_hash).await.last_used_day, Some(at(2 * 86_400)));
    let ids = async || {
        let keys = book.two.merchants.api_keys(shop).await.expect("a read");
        keys.into_iter().map(|key| key.key_id).collect::<Vec<_>>()
    };
    assert_eq!(ids().await, [new.key_id.clone(), old.key_id.clone()]);
    // Only keys that ended before the time are deleted.
    let (unending, hash) = key(None, at(NOW + 2));
    apply(book, MerchantChange::NewKey(unending.clone(), hash)).await;
    let forget = |before: u64| MerchantChange::ForgetKeys { merchant_id: shop.clone(), before: at(before) };
    apply(book, forget(NOW + 100)).await;
    assert_eq!(ids().await, [unending.key_id.clone(), old.key_id.clone()]);
    apply(book, forget(NOW + 10_000)).await;
    assert_eq!(ids().await, [unending.key_id]);
}

/// A posting that creates a payment and cancels another does both, or neither if the other is paid.
async fn replaces_an_open_payment_or_nothing(book: &Book, shop: &AccountId) {
    let payment = || NewPayment {
        payment_id: PaymentId::from_random(&book.bytes()),
        merchant_id: shop.clone(),
        amount: amount(20),
        tip_max: amount(0),
        description: "Cart".to_owned(),
        order_ref: Some("cart".to_owned()),
        is_split: false,
        details_box: None,
        details_hash: None,
        metadata: None,
        return_url: None,
        created_at: at(NOW),
        expires_at: at(NOW + 60),
    };
    let create = |payment: &NewPayment, replaced: Option<&NewPayment>| {
        let mut draft = book.draft(OperationKind::Payment);
        draft.records.push(Record::NewPayment(Box::new(payment.clone())));
        if let Some(old) = replaced {
            draft.claims.push((Claim::payment(&old.payment_id), None));
            let end = PaymentEnd::Cancelled;
            draft.records.push(Record::Settlement(Settlement { payment_id: old.payment_id.clone(), end }));
        }
        draft
    };
    let of_order = async || {
        let records = book.two.payments.of_order(shop, "cart").await.expect("a read");
        records.into_iter().map(|record| (record.payment.payment_id, record.state)).collect::<Vec<_>>()
    };
    let (first, second, third) = (payment(), payment(), payment());
    book.commit(create(&first, None)).await.expect("created");
    let replacing = create(&second, Some(&first));
    book.commit(replacing.clone()).await.expect("replaced");
    assert_eq!(of_order().await, [(second.payment_id.clone(), PaymentState::Open)]);
    let old = book.two.payments.payment(&first.payment_id).await.expect("a read").expect("the payment");
    assert_eq!(old.settled.map(|settled| settled.operation_id), Some(replacing.operation.id));

    let tokens = book.tokens(2).await;
    let mut paying = book.redeem(shop, tokens);
    paying.claims.push((Claim::payment(&second.payment_id), None));
    paying.claims.extend(Claim::of_order(shop, Some("cart"), false).map(|claim| (claim, None)));
    let end = PaymentEnd::Paid {
        merchant_id: shop.clone(),
        amount: amount(20),
        tip: amount(0),
        refund_commitment: None,
    };
    paying.records.push(Record::Settlement(Settlement { payment_id: second.payment_id.clone(), end }));
    book.commit(paying).await.expect("paid");
    match book.commit(create(&third, Some(&second))).await {
        Err(crate::CommitError::Conflict(Conflict::Claimed { claim, .. })) => assert!(claim.is_payment()),
        other => panic!("a paid payment is not replaced: {other:?}"),
    }
    assert_eq!(
        book.two.payments.payment(&third.payment_id).await.expect("a read"),
        None,
        "no row of a rejected posting is written"
    );
    assert_eq!(of_order().await, [(second.payment_id.clone(), PaymentState::Paid)]);
    let filter =
        PaymentFilter { state: Some(PaymentState::Cancelled), ..PaymentFilter::newest(shop.clone(), 10) };
    let listed = book.two.payments.list(&filter).await.expect("a read");
    assert_eq!(
        listed.into_iter().map(|record| record.payment.payment_id).collect::<Vec<_>>(),
        [first.payment_id]
    );
}

async fn links_are_switched_and_listed(book: &Book, shop: &AccountId) {
    let link = |minor: Option<u64>, seconds| LinkRecord {
        link_id: LinkId::from_random(&book.bytes()),
        merchant_id: shop.clone(),
        title: "Käse".to_owned(),
        amount: minor.map(amount),
        tip_max: amount(5),
        is_active: true,
        created_at: Timestamp::from_unix_seconds(seconds),
    };
    let (open, fixed) = (link(None, 1_767_225_600), link(Some(10), 1_767_225_660));
    for link in [&open, &fixed] {
        apply(book, MerchantChange::NewLink(Box::new(link.clone()))).await;
    }
    let list = async || book.two.merchants.links(shop).await.expect("a read");
    assert_eq!(list().await, [fixed.clone(), open.clone()]);
    let switch = |merchant: &AccountId, is_active| MerchantChange::SwitchLink {
        merchant_id: merchant.clone(),
        link_id: open.link_id.clone(),
        is_active,
    };
    let stranger = AccountId::new("merchant_nobody").expect("a name");
    apply(book, switch(&stranger, false)).await;
    assert_eq!(book.two.merchants.link(&open.link_id).await.expect("a read"), Some(open.clone()));
    apply(book, switch(shop, false)).await;
    assert!(!book.two.merchants.link(&open.link_id).await.expect("a read").expect("a link").is_active);
    assert!(book.two.merchants.links(&stranger).await.expect("a read").is_empty());
}
