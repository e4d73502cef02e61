//! What outlives the page beyond a word or two: the calls of each account, in IndexedDB.
//!
//! A browser that has none, or refuses it (private mode, a frame with blocked storage), makes nothing
//! fail: whoever asked is told, and keeps what there is in memory.

mod call_store;
mod database;
mod record;

pub(crate) use call_store::CallStore;
