//! The keys that sign receipts are added one by one, and are never removed.

use super::Book;
use crate::ReceiptKeyRecord;
use ecash_core::Timestamp;

pub(super) async fn check(book: &Book) {
    let key = |byte: u8, minute: u64, by_previous| ReceiptKeyRecord {
        public_key: [byte; 32],
        from: Timestamp::from_unix_seconds(minute * 60),
        by_previous,
    };
    let keys = [key(1, 1, None), key(2, 2, Some([7; 64])), key(3, 3, None)];
    let stored = async || book.two.receipt_keys.receipt_keys().await.expect("a read");
    assert_eq!(stored().await, []);
    for (number, key) in (0..).zip(&keys) {
        book.one.receipt_keys.add_receipt_key(number, key).await.expect("added");
    }
    assert_eq!(stored().await, keys);
    // A number is used once, and a key is never added twice.
    for (number, key) in [(1, key(9, 9, None)), (3, keys[0].clone())] {
        book.two.receipt_keys.add_receipt_key(number, &key).await.expect("no failure");
    }
    assert_eq!(stored().await, keys);
}
