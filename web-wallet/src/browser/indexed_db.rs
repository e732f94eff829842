//! The store in IndexedDB.
//!
//! rexie opens, upgrades and reads. Writes use a separate connection, because rexie cannot request
//! `durability: "strict"`, and a plan must be on disk before its first byte is sent.

use super::message_of;
use ecash_wallet::store::{Change, FORMAT_VERSION, Record, Table, Write};
use ecash_wallet::{Store, StoreError};
use js_sys::{Array, Function, Object, Promise, Reflect};
use rexie::{ObjectStore, Rexie, TransactionMode};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransaction};

/// The key of the fence in the wallet's table. Its value is the random name of the page that may write.
const FENCE_KEY: &str = "writer";

/// The wallet's database.
pub(crate) struct IndexedDb {
    reader: Rexie,
    writer: IdbDatabase,
    /// The name under which this page writes. `None` disables the fence, for tests.
    fence: Option<String>,
}

fn failed(error: impl std::fmt::Display) -> StoreError {
    StoreError::Failed(error.to_string())
}

pub(super) fn js_failed(error: JsValue) -> StoreError {
    StoreError::Failed(message_of(&error))
}

impl IndexedDb {
    /// Opens the database, or creates it.
    pub(crate) async fn open(name: &str) -> Result<Self, StoreError> {
        let mut builder = Rexie::builder(name).version(FORMAT_VERSION);
        for table in Table::ALL {
            builder = builder.add_object_store(ObjectStore::new(table.name()));
        }
        let reader = builder.build().await.map_err(|error| {
            // VersionError means that a later version of this app upgraded the database.
            if format!("{error:?}").contains("VersionError") { StoreError::Newer } else { failed(error) }
        })?;
        Ok(Self { reader, writer: open_database(name).await.map_err(js_failed)?, fence: None })
    }

    /// Opens the database and takes the fence: from now on, writes of pages that took it earlier are
    /// rejected.
    pub(crate) async fn take_over(name: &str) -> Result<Self, StoreError> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(failed)?;
        let fence = ecash_core::base64url::encode(&random);
        let store = Self::open(name).await?;
        let transaction = strict_transaction(&store.writer, &[Table::Wallet.name()]).map_err(js_failed)?;
        let done = done(&transaction);
        let table = transaction.object_store(Table::Wallet.name()).map_err(js_failed)?;
        table.put_with_key(&fence.as_str().into(), &FENCE_KEY.into()).map_err(js_failed)?;
        JsFuture::from(done).await.map_err(js_failed)?;
        Ok(Self { fence: Some(fence), ..store })
    }

    /// Returns whether this page still owns the fence. Reads it within the writing transaction, so that the
    /// check and the writes are atomic.
    async fn may_write(&self, transaction: &IdbTransaction) -> Result<bool, JsValue> {
        let Some(own) = &self.fence else { return Ok(true) };
        let request = transaction.object_store(Table::Wallet.name())?.get(&FENCE_KEY.into())?;
        JsFuture::from(answered(&request)).await?;
        Ok(request.result()?.as_string().as_ref() == Some(own))
    }
}

/// Opens an existing database for strict transactions.
pub(super) async fn open_database(name: &str) -> Result<IdbDatabase, JsValue> {
    let factory = web_sys::window().ok_or(JsValue::NULL)?.indexed_db()?.ok_or(JsValue::NULL)?;
    let request: IdbOpenDbRequest = factory.open(name)?;
    JsFuture::from(answered(&request)).await?;
    request.result()?.dyn_into()
}

/// Returns a promise that resolves when a request has its result and rejects when it failed.
fn answered(request: &IdbRequest) -> Promise {
    Promise::new(&mut |resolve: Function, reject: Function| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    })
}

impl Store for IndexedDb {
    async fn load(&self) -> Result<Vec<Record>, StoreError> {
        let names = Table::ALL.map(Table::name);
        let transaction = self.reader.transaction(&names, TransactionMode::ReadOnly).map_err(failed)?;
        let mut records = Vec::new();
        for table in Table::ALL {
            let store = transaction.store(table.name()).map_err(failed)?;
            for (key, value) in store.scan(None, None, None, None).await.map_err(failed)? {
                let (key, value) =
                    key.as_string().zip(value.as_string()).ok_or(StoreError::Damaged("record"))?;
                if table == Table::Wallet && key == FENCE_KEY {
                    continue;
                }
                records.push(Record { table, key, value });
            }
        }
        transaction.done().await.map_err(failed)?;
        Ok(records)
    }

    async fn apply(&self, change: &Change) -> Result<(), StoreError> {
        if change.writes.is_empty() {
            return Ok(());
        }
        let names = Table::ALL.map(Table::name);
        let transaction = strict_transaction(&self.writer, &names).map_err(js_failed)?;
        let done = done(&transaction);
        // Ignore errors of the rollback: the first error is the one to return.
        let roll_back = |error| {
            let _ = transaction.abort();
            Err(error)
        };
        match self.may_write(&transaction).await {
            Ok(true) => {}
            Ok(false) => return roll_back(StoreError::TakenOver),
            Err(error) => return roll_back(js_failed(error)),
        }
        for write in &change.writes {
            if let Err(error) = put_or_delete(&transaction, write) {
                return roll_back(js_failed(error));
            }
        }
        JsFuture::from(done).await.map(drop).map_err(|_| {
            let error = transaction.error().map(JsValue::from).unwrap_or(JsValue::NULL);
            js_failed(error)
        })
    }
}

/// Calls `db.transaction(stores, "readwrite", { durability: "strict" })` by name, because the option is
/// unstable in web-sys.
pub(super) fn strict_transaction(database: &IdbDatabase, stores: &[&str]) -> Result<IdbTransaction, JsValue> {
    let names: Array = stores.iter().map(|name| JsValue::from_str(name)).collect();
    let options = Object::new();
    Reflect::set(&options, &"durability".into(), &"strict".into())?;
    let method: Function = Reflect::get(database, &"transaction".into())?.dyn_into()?;
    method.call3(database, &names, &"readwrite".into(), &options)?.dyn_into()
}

fn put_or_delete(transaction: &IdbTransaction, write: &Write) -> Result<(), JsValue> {
    match write {
        Write::Put(record) => {
            let store: IdbObjectStore = transaction.object_store(record.table.name())?;
            store.put_with_key(&JsValue::from_str(&record.value), &JsValue::from_str(&record.key))?;
        }
        Write::Delete { table, key } => {
            transaction.object_store(table.name())?.delete(&JsValue::from_str(key))?;
        }
    }
    Ok(())
}

/// Returns a promise that resolves when the transaction is durable and rejects when it was rolled back.
pub(super) fn done(transaction: &IdbTransaction) -> Promise {
    Promise::new(&mut |resolve: Function, reject: Function| {
        transaction.set_oncomplete(Some(&resolve));
        let on_abort = Closure::once_into_js(move |event: JsValue| {
            let _ = reject.call1(&JsValue::NULL, &event);
        });
        transaction.set_onabort(Some(on_abort.unchecked_ref()));
    })
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use ecash_wallet::store::conformance;
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    async fn indexed_db_conforms() {
        conformance::check(async || IndexedDb::open("conformance").await.unwrap()).await;
    }

    #[wasm_bindgen_test]
    async fn r24_writes_of_a_fenced_page_are_rejected() {
        let put = |key: &str| Change {
            transition: ecash_wallet::store::Transition::SaveMint,
            writes: vec![Write::Put(Record {
                table: Table::Mints,
                key: key.to_owned(),
                value: "{}".to_owned(),
            })],
        };
        let first = IndexedDb::take_over("taken-over").await.unwrap();
        first.apply(&put("a")).await.unwrap();
        let second = IndexedDb::take_over("taken-over").await.unwrap();
        assert_eq!(first.apply(&put("b")).await, Err(StoreError::TakenOver));
        second.apply(&put("c")).await.unwrap();
        let keys: Vec<_> = second.load().await.unwrap().into_iter().map(|record| record.key).collect();
        assert_eq!(keys, ["a", "c"], "the fence is not a record");
    }

    /// Writes a database from a JSON dump: store names, each with keys and values.
    async fn write_fixture(name: &str, fixture: &str) {
        let fixture: serde_json::Value = serde_json::from_str(fixture).unwrap();
        let version = u32::try_from(fixture["version"].as_u64().unwrap()).unwrap();
        let stores = fixture["stores"].as_object().unwrap();
        let mut builder = Rexie::builder(name).version(version);
        for store in stores.keys() {
            builder = builder.add_object_store(ObjectStore::new(store));
        }
        let database = builder.build().await.unwrap();
        for (store, entries) in stores {
            let transaction = database.transaction(&[store.as_str()], TransactionMode::ReadWrite).unwrap();
            let table = transaction.store(store).unwrap();
            for entry in entries.as_array().unwrap() {
                let text = |index: usize| JsValue::from_str(entry[index].as_str().unwrap());
                table.put(&text(1), Some(&text(0))).await.unwrap();
            }
            transaction.done().await.unwrap();
        }
        database.close();
    }

    /// `mint/tests/fixtures/README.md` describes the fixtures.
    #[wasm_bindgen_test]
    async fn a_wallet_of_version_0_1_opens() {
        write_fixture("v0_1", include_str!("../../fixtures/v0_1.json")).await;
        let store = IndexedDb::open("v0_1").await.unwrap();
        let origin = ecash_core::Origin::new("http://localhost:8080").unwrap();
        let device = crate::browser::BrowserDevice::new(leptos::prelude::RwSignal::new(None));
        let api = ecash_wallet::api::HttpApi(crate::browser::Fetch);
        let wallet = ecash_wallet::Wallet::open(store, api, device, origin).await.unwrap();
        let balance = wallet.balance().unwrap();
        assert_eq!((balance.available.minor(), balance.leaving.minor()), (160, 10));
        assert_eq!(wallet.recovery_phrase().unwrap().len(), 12);
        assert_eq!(wallet.activity().len(), 4);
    }

    #[wasm_bindgen_test]
    async fn a_newer_database_is_rejected_unchanged() {
        let newer = Rexie::builder("newer").version(FORMAT_VERSION + 1);
        let newer = newer.add_object_store(ObjectStore::new("wallet")).build().await.unwrap();
        newer.close();
        assert!(matches!(IndexedDb::open("newer").await, Err(StoreError::Newer)));
    }
}
