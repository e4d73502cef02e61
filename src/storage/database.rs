//! IndexedDB, as far as it is needed here: records under a compound key, by ranges of it.
//!
//! By hand and not by the crate `idb`: that brings cursors, indexes and error types which the compiler
//! does not find unused, 36 kB of them in a module optimised for size.

use std::future::Future;

use gloo::events::EventListener;
use js_sys::{Array, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    IdbDatabase, IdbKeyRange, IdbObjectStore, IdbObjectStoreParameters, IdbRequest,
    IdbTransactionMode,
};

use crate::platform::js;
use crate::platform::page::window;

/// A database with one store, closed when dropped.
#[derive(Debug)]
pub(crate) struct Database {
    database: IdbDatabase,
    store: &'static str,
    _closing: EventListener,
}

impl Database {
    /// Opens the database `name` in its first version, or makes it: with one store, whose records have
    /// their key in the properties `key`.
    ///
    /// # Errors
    /// The browser's exception, where it has no IndexedDB or does not let this page use it.
    pub(crate) async fn open(
        name: &str,
        store: &'static str,
        key: &[&str],
    ) -> Result<Self, JsValue> {
        // A getter that throws where storage is blocked.
        let factory = window().indexed_db()?.ok_or(JsValue::UNDEFINED)?;
        let request = factory.open_with_u32(name, 1)?;
        let key: Array = key.iter().map(|part| JsValue::from_str(part)).collect();
        let upgrade = {
            let request = request.clone();
            move || {
                let database: IdbDatabase = request.result()?.unchecked_into();
                let parameters = IdbObjectStoreParameters::new();
                parameters.set_key_path(&key);
                database.create_object_store_with_optional_parameters(store, &parameters)
            }
        };
        let _upgrading = EventListener::once(&request, "upgradeneeded", move |_| {
            // What fails here fails the opening, too.
            let _made: Result<IdbObjectStore, JsValue> = upgrade();
        });
        let database: IdbDatabase = result_of(request.clone().unchecked_into())
            .await?
            .unchecked_into();
        let closing = {
            let database = database.clone();
            // Another tab has a newer version of the app: it is not to wait for this one.
            EventListener::once(&database.clone(), "versionchange", move |_| {
                database.close();
            })
        };
        Ok(Self {
            database,
            store,
            _closing: closing,
        })
    }

    /// Puts a record in, in place of one with the same key. What is asked of the browser is asked at
    /// once, whether or not the future is ever polled: a page that goes has no time to wait.
    pub(crate) fn put(
        &self,
        record: &JsValue,
    ) -> impl Future<Output = Result<(), JsValue>> + use<> {
        let request = self.write().and_then(|store| store.put(record));
        settled(request)
    }

    /// Deletes every record in a range of keys.
    pub(crate) fn delete(
        &self,
        range: &IdbKeyRange,
    ) -> impl Future<Output = Result<(), JsValue>> + use<> {
        let request = self.write().and_then(|store| store.delete(range));
        settled(request)
    }

    /// Every record in a range of keys, by key.
    pub(crate) async fn all(&self, range: &IdbKeyRange) -> Result<Array, JsValue> {
        let transaction = self.database.transaction_with_str(self.store)?;
        let request = transaction
            .object_store(self.store)?
            .get_all_with_key(range)?;
        Ok(result_of(request).await?.unchecked_into())
    }

    fn write(&self) -> Result<IdbObjectStore, JsValue> {
        let mode = IdbTransactionMode::Readwrite;
        self.database
            .transaction_with_str_and_mode(self.store, mode)?
            .object_store(self.store)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // What is under way is finished first.
        self.database.close();
    }
}

async fn settled(request: Result<IdbRequest, JsValue>) -> Result<(), JsValue> {
    result_of(request?).await.map(drop)
}

/// What a request comes to. The handlers are the promise's own functions, so that there is no closure
/// to be kept.
async fn result_of(request: IdbRequest) -> Result<JsValue, JsValue> {
    let settled = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    match JsFuture::from(settled).await {
        Ok(_) => request.result(),
        Err(_) => Err(js::get(&request, "error")),
    }
}
