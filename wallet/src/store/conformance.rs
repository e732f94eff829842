//! A conformance suite for stores. The tests of each [`Store`] call [`check`].
#![allow(clippy::panic, clippy::expect_used, reason = "a conformance suite fails by panicking")]

use super::{Change, Record, Store, Table, Transition, Write};

fn put(table: Table, key: &str, value: &str) -> Write {
    Write::Put(Record { table, key: key.to_owned(), value: value.to_owned() })
}

fn delete(table: Table, key: &str) -> Write {
    Write::Delete { table, key: key.to_owned() }
}

fn change(writes: Vec<Write>) -> Change {
    Change { transition: Transition::Begin, writes }
}

async fn contents(store: &impl Store) -> Vec<(Table, String, String)> {
    let records = store.load().await.expect("a store that opens can be read");
    let mut contents: Vec<_> = records.into_iter().map(|r| (r.table, r.key, r.value)).collect();
    contents.sort();
    contents
}

/// Runs the suite; panics at the first requirement that the store does not meet.
///
/// `open` must open the same storage each time, and that storage must be empty at first. The suite drops a
/// store before it opens the next, so a store may lock its storage.
pub async fn check<S: Store>(mut open: impl AsyncFnMut() -> S) {
    let store = open().await;
    assert_eq!(contents(&store).await, [], "a new store is empty");

    // Records with the same key in different tables are different records.
    let all = Table::ALL.map(|table| put(table, "k", table.name())).to_vec();
    store.apply(&change(all)).await.expect("a change");
    let stored = contents(&store).await;
    assert_eq!(stored.len(), Table::ALL.len());
    assert!(stored.iter().all(|(table, _, value)| value == table.name()));
    drop(store);

    // An applied change survives reopening the store.
    let store = open().await;
    assert_eq!(contents(&store).await, stored);

    // The writes of one change apply in order. Deleting an absent record does nothing.
    let ordered = vec![
        delete(Table::Plans, "absent"),
        put(Table::Plans, "p", "1"),
        put(Table::Plans, "p", "2"),
        delete(Table::Tokens, "k"),
        put(Table::Tokens, "ü/☕", "{\"a\":\"\\u0000\"}"),
    ];
    store.apply(&change(ordered)).await.expect("a change");
    drop(store);
    let store = open().await;
    let now = contents(&store).await;
    assert!(now.contains(&(Table::Plans, "p".to_owned(), "2".to_owned())));
    assert!(now.contains(&(Table::Tokens, "ü/☕".to_owned(), "{\"a\":\"\\u0000\"}".to_owned())));
    assert!(!now.iter().any(|(table, key, _)| *table == Table::Tokens && key == "k"));

    // A change may have many writes, or be empty.
    let many = (0..500).map(|i| put(Table::Tokens, &format!("t{i}"), &"x".repeat(600))).collect();
    store.apply(&change(many)).await.expect("a large change");
    store.apply(&change(Vec::new())).await.expect("an empty change");
    assert_eq!(contents(&store).await.len(), now.len() + 500);
}
