//! A store in memory, for tests.

use super::{Change, Record, Store, StoreError, Table, Write};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

type Tables = BTreeMap<(Table, String), String>;

/// A store in memory. Clones share their content, so a test can reopen a wallet.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore(Arc<Mutex<Tables>>);

impl Store for MemoryStore {
    async fn load(&self) -> Result<Vec<Record>, StoreError> {
        let tables = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let record = |((table, key), value): (&(Table, String), &String)| Record {
            table: *table,
            key: key.clone(),
            value: value.clone(),
        };
        Ok(tables.iter().map(record).collect())
    }

    async fn apply(&self, change: &Change) -> Result<(), StoreError> {
        let mut tables = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for write in &change.writes {
            match write {
                Write::Put(record) => {
                    tables.insert((record.table, record.key.clone()), record.value.clone());
                }
                Write::Delete { table, key } => {
                    tables.remove(&(*table, key.clone()));
                }
            }
        }
        Ok(())
    }
}
