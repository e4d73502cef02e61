//! Rows in an order that stays while somebody is at work with them.

use std::sync::Arc;

use alo_api::Directory;
use leptos::prelude::*;

use super::PhoneHandle;
use super::model::people::{Known, take_note};

/// What a search finds in the directory, in its order, by what is known of colleagues.
pub(super) type Find = Arc<dyn Fn(&Directory, &str, &Known) -> Vec<String> + Send + Sync>;

/// The rows in their order, and what that was worked out of.
#[derive(Clone)]
struct Order {
    directory: Arc<Directory>,
    wanted: String,
    rows: Arc<Vec<String>>,
}

/// What the search finds, in its order. While somebody is at work with the rows, no row changes its
/// place because of what a colleague does.
pub(super) fn listing(
    phone: PhoneHandle,
    search: RwSignal<String>,
    in_use: RwSignal<bool>,
    find: Find,
) -> Signal<Arc<Vec<String>>> {
    let people = phone.select(|state| state.people.clone());
    let known = Memo::new(move |before: Option<&Known>| {
        let mut known = before.cloned().unwrap_or_default();
        people.with(|people| take_note(&mut known, people));
        known
    });
    let order = RwSignal::new(None::<Order>);
    // A fold over time, which a memo cannot be: its value is compared as a whole.
    Effect::new(move || {
        let (directory, wanted) = (phone.directory.get(), search.get());
        let same = order.with_untracked(|order| {
            order.as_ref().is_some_and(|order| {
                order.wanted == wanted && Arc::ptr_eq(&order.directory, &directory)
            })
        });
        if same && in_use.get() {
            return;
        }
        let rows = known.with(|known| find(&directory, &wanted, known));
        let moved =
            order.with_untracked(|order| order.as_ref().is_none_or(|order| *order.rows != rows));
        if !same || moved {
            order.set(Some(Order {
                directory,
                wanted,
                rows: Arc::new(rows),
            }));
        }
    });
    Signal::derive(move || {
        order.with(|order| {
            order
                .as_ref()
                .map(|order| Arc::clone(&order.rows))
                .unwrap_or_default()
        })
    })
}
