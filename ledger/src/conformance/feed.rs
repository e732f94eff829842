//! Events are numbered for each merchant without gaps, whichever mint numbers them and in whatever order they
//! became visible.

use super::Book;
use crate::{AccountRole, Draft, Event, EventRecord, FeedSpan, OperationKind};
use ecash_core::{AccountId, Timestamp};
use serde_json::json;

pub(super) async fn check(book: &Book) {
    // Events of earlier parts of the suite.
    number_all(book).await;
    let merchant = async |name: &str, byte: u8| {
        let merchant_id = AccountId::new(name).expect("a name");
        book.one
            .accounts
            .open_account(&merchant_id, AccountRole::Merchant, [byte; 32])
            .await
            .expect("opened");
        merchant_id
    };
    let (ann, bob) = (merchant("merchant_ann", 51).await, merchant("merchant_bob", 52).await);
    assert_eq!(book.two.feed.feed_span(&ann).await.expect("a read"), None);
    let first = tell(book, &[&ann, &bob, &ann]);
    book.commit(first.clone()).await.expect("committed");
    assert_eq!(read(book, &ann, 0).await, [], "events without a number are not returned");
    number_all(book).await;
    let events = read(book, &ann, 0).await;
    assert_eq!(numbers(&events), [1, 2]);
    assert_eq!(numbers(&read(book, &bob, 0).await), [1]);
    let event = &events[1];
    assert_eq!((event.operation_id, event.kind.as_str()), (first.operation.id, "tested"));
    assert_eq!(
        (&event.payload, event.at),
        (&json!({ "a": "ü\u{1F600}", "i": 2 }), first.operation.at.rounded_to_minute())
    );
    check_two_writers(book, &ann, &bob).await;
    check_forgetting(book, &ann, first.operation.at).await;
    check_gap(book, &ann, &bob).await;
}

fn numbers(events: &[EventRecord]) -> Vec<u64> {
    events.iter().map(|event| event.number).collect()
}

/// Two mints write and number at the same time.
async fn check_two_writers(book: &Book, ann: &AccountId, bob: &AccountId) {
    for _ in 0..5 {
        let drafts: Vec<_> = (0..4).map(|_| tell(book, &[bob, ann])).collect();
        let number = || book.one.feed.number_events(3);
        let (_, _, one, two) = tokio::join!(
            async {
                for draft in &drafts[..2] {
                    book.commit(draft.clone()).await.expect("committed");
                }
            },
            async {
                for draft in &drafts[2..] {
                    book.commit(draft.clone()).await.expect("committed");
                }
            },
            number(),
            book.two.feed.number_events(3),
        );
        one.and(two).expect("concurrent calls succeed");
    }
    number_all(book).await;
    for (merchant_id, count) in [(ann, 22), (bob, 21)] {
        assert_eq!(numbers(&read(book, merchant_id, 0).await), (1..=count).collect::<Vec<_>>());
        let span = book.one.feed.feed_span(merchant_id).await.expect("a read");
        assert_eq!(span, Some(FeedSpan { first: 1, last: count }));
    }
    assert_eq!(numbers(&read(book, ann, 20).await), [21, 22]);
    assert_eq!(numbers(&book.two.feed.events(ann, 3, 2).await.expect("a read")), [4, 5]);
    assert_eq!(read(book, ann, u64::MAX).await, []);
}

/// Old events are deleted, but the numbers continue.
async fn check_forgetting(book: &Book, ann: &AccountId, first_at: Timestamp) {
    book.one.feed.forget_events(Timestamp::from_unix_seconds(u64::MAX), 1000).await.expect("forgotten");
    assert_eq!(numbers(&read(book, ann, 0).await), [22]);
    book.commit(tell(book, &[ann])).await.expect("committed");
    number_all(book).await;
    assert_eq!(numbers(&read(book, ann, 0).await), [22, 23]);
    book.one.feed.forget_events(first_at.rounded_to_minute(), 1000).await.expect("forgotten");
    assert_eq!(numbers(&read(book, ann, 0).await), [22, 23], "newer events stay");
}

/// After a restored backup the numbers continue above a gap, which a reader at 30 detects.
async fn check_gap(book: &Book, ann: &AccountId, bob: &AccountId) {
    book.one.feed.leave_gap_in_feeds().await.expect("left");
    book.one.feed.leave_gap_in_feeds().await.expect("left once");
    book.commit(tell(book, &[ann, bob])).await.expect("committed");
    number_all(book).await;
    let events = read(book, ann, 30).await;
    assert_eq!(numbers(&events), [1_000_023, 1_000_024]);
    let newest = read(book, ann, 22).await.remove(0);
    assert_eq!(
        events[0],
        EventRecord { number: 1_000_023, ..newest },
        "the newest event is repeated after the gap"
    );
    assert_eq!(numbers(&read(book, bob, 30).await).last(), Some(&1_000_022));
}

fn tell(book: &Book, merchants: &[&AccountId]) -> Draft {
    let mut draft = book.draft(OperationKind::MerchantAdmin);
    let events = merchants.iter().enumerate().map(|(i, merchant_id)| Event {
        merchant_id: (*merchant_id).clone(),
        kind: "tested",
        payload: json!({ "a": "ü\u{1F600}", "i": i }),
    });
    draft.events.extend(events);
    draft
}

async fn read(book: &Book, merchant_id: &AccountId, after: u64) -> Vec<EventRecord> {
    book.two.feed.events(merchant_id, after, 100).await.expect("a read")
}

/// Numbers events until none are left. A call returns no events while another process numbers them.
async fn number_all(book: &Book) {
    while !book.two.feed.number_events(100).await.expect("no failure").is_empty() {}
}
