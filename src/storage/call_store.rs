//! The calls of one account.

use std::future::Future;

use alo_phone::language::Millis;
use js_sys::Array;
use wasm_bindgen::JsValue;
use web_sys::IdbKeyRange;

use super::database::Database;
use super::record::{KEY, Record};
use crate::panel::model::history::Entry;

/// Name of the database; every account of this origin has its calls in it.
const DATABASE: &str = "alo";
const STORE: &str = "calls";

/// Where the calls of one account are kept.
#[derive(Debug)]
pub(crate) struct CallStore {
    database: Database,
    account: String,
}

impl CallStore {
    /// Opens the calls of an account.
    ///
    /// # Errors
    /// The browser's exception, where it keeps nothing.
    pub(crate) async fn open(account: String) -> Result<Self, JsValue> {
        Ok(Self {
            database: Database::open(DATABASE, STORE, &KEY).await?,
            account,
        })
    }

    /// All of them, oldest first. One that cannot be read is passed over.
    ///
    /// # Errors
    /// The browser's exception.
    pub(crate) async fn load(&self) -> Result<Vec<Entry>, JsValue> {
        let records = self.database.all(&self.range(None)?).await?;
        let records = records.iter();
        let read = records.filter_map(|it| serde_wasm_bindgen::from_value::<Record>(it).ok());
        Ok(read.map(Record::entry).collect())
    }

    /// Keeps a call, new or changed. The browser is asked at once.
    ///
    /// # Errors
    /// Of the future: the browser's exception, where there is no more room.
    pub(crate) fn keep(&self, entry: &Entry) -> impl Future<Output = Result<(), JsValue>> + use<> {
        let record = serde_wasm_bindgen::to_value(&Record::new(&self.account, entry));
        let put = record.map(|record| self.database.put(&record));
        async move { put?.await }
    }

    /// Forgets the calls that began before an instant, or all.
    ///
    /// # Errors
    /// Of the future: the browser's exception.
    pub(crate) fn forget(
        &self,
        before: Option<Millis>,
    ) -> impl Future<Output = Result<(), JsValue>> + use<> {
        let deleted = self.range(before).map(|range| self.database.delete(&range));
        async move { deleted?.await }
    }

    /// The keys of the account's calls: all, or those that began before an instant. A key that is
    /// shorter comes first, and an array after every number (Indexed Database API, section 2.4).
    fn range(&self, before: Option<Millis>) -> Result<IdbKeyRange, JsValue> {
        let account = JsValue::from_str(&self.account);
        let end = match before {
            // Instants of this century are exact in a double.
            Some(before) => JsValue::from_f64(before as f64),
            None => Array::new().into(),
        };
        let first = Array::of1(&account);
        IdbKeyRange::bound(&first, &Array::of2(&account, &end))
    }
}
