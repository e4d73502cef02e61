//! Whom the phone watches: everybody whom any view has on the screen.

use std::time::Duration;

use alo_phone::language::Command;
use leptos::prelude::*;

use super::PhoneHandle;

/// Whoever scrolls does not stop at every row: the phone watches those on the screen when they have
/// been there for so long.
const SETTLED: Duration = Duration::from_millis(250);

/// What one view has on the screen: its number, and ids of colleagues or queues.
type Wanted = (u32, Vec<String>);

/// The one who asks the phone to watch. A view comes before the other has gone, and a dialog lies over
/// a list: what they want is united, the newest view first.
#[derive(Clone, Copy)]
pub(super) struct Watching {
    wanted: StoredValue<Vec<Wanted>>,
    last: StoredValue<u32>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Watching {
    /// Watches nobody.
    pub(super) fn new() -> Watching {
        Watching {
            wanted: StoredValue::new(Vec::new()),
            last: StoredValue::new(0),
            timer: StoredValue::new(None),
        }
    }

    /// Has these watched, once they have stayed for a moment, until the current reactive owner is
    /// disposed.
    pub(super) fn watch(self, phone: PhoneHandle, wanted: Memo<Vec<String>>) {
        self.last.update_value(|last| *last += 1);
        let view = self.last.get_value();
        Effect::new(move |before: Option<()>| {
            self.want(view, wanted.get());
            if before.is_none() {
                self.ask(phone);
            } else {
                self.stop();
                let timer = set_timeout_with_handle(move || self.ask(phone), SETTLED);
                self.timer.set_value(timer.ok());
            }
        });
        on_cleanup(move || {
            self.want(view, Vec::new());
            self.ask(phone);
        });
    }

    fn want(self, view: u32, ids: Vec<String>) {
        // The page may be gone with the views.
        self.wanted.try_update_value(|all| {
            all.retain(|(it, _)| *it != view);
            if !ids.is_empty() {
                all.push((view, ids));
                all.sort_by_key(|(it, _)| std::cmp::Reverse(*it));
            }
        });
    }

    fn ask(self, phone: PhoneHandle) {
        self.stop();
        let all = self.wanted.try_get_value().unwrap_or_default();
        let extensions = united(all.into_iter().map(|(_, ids)| ids));
        phone.send.run(Command::WatchPeople { extensions });
    }

    fn stop(self) {
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    }
}

/// All of them, each once.
fn united(views: impl Iterator<Item = Vec<String>>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for id in views.flatten() {
        if !all.contains(&id) {
            all.push(id);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::united;

    #[test]
    fn what_two_views_show_is_watched_once() {
        let text = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        let both = [text(&["103", "sales"]), text(&["102", "103"])];
        assert_eq!(united(both.into_iter()), ["103", "sales", "102"]);
    }
}
