//! The audit log is sealed into a chain, by one process at a time.

use super::Book;
use crate::Ed25519Key;
use ecash_core::Timestamp;

pub(super) async fn check(book: &Book) {
    let key = Ed25519Key::generate().expect("a key");
    let at = Timestamp::from_unix_seconds(1_767_225_699);
    let audit = async || book.two.audit_log.audit().await.expect("an audit");
    let waiting = audit().await.unsealed_operations;
    assert!(waiting > 0, "nothing was sealed before");
    let sealed = book.one.audit_log.seal(&key, at).await.expect("sealed");
    assert_eq!(sealed, Some(waiting));
    assert_eq!(book.one.audit_log.seal(&key, at).await.expect("nothing to do"), Some(0));
    let first = audit().await;
    assert_eq!((first.unsealed_operations, &first.violations), (0, &Vec::new()));
    assert_eq!(first.seal_head.as_ref().expect("a seal").seal_no, 1);

    // Two sealers at the same time: every row goes under exactly one seal.
    let other = Ed25519Key::generate().expect("a key");
    for _ in 0..10 {
        book.account(10).await;
        let (one, two) = tokio::join!(book.one.audit_log.seal(&key, at), book.two.audit_log.seal(&other, at));
        let sealed = [one, two].map(|sealed| sealed.expect("no error").unwrap_or_default());
        assert!(sealed.iter().sum::<u64>() <= 1);
    }
    book.one.audit_log.seal(&key, at).await.expect("sealed");
    let last = audit().await;
    assert_eq!((last.unsealed_operations, &last.violations), (0, &Vec::new()));
    let head = last.seal_head.expect("a seal");
    assert!(head.seal_no > 1);
    assert!(head.keys.len() <= 2 && !head.keys.is_empty());
}
