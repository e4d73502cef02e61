//! Who watches the queues (RFC 6665 section 4.2, RFC 3856).
//!
//! A queue changes with every call that comes or goes. So a watcher is told at once what it sees first, and
//! what came of everything else once in [`PAUSE`] at most; how many calls came meanwhile costs nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use alo_sip::presence::{Presence, QueueLoad};
use alo_sip::time::Instant;

/// So long nothing more is told to a watcher who was just told something.
pub const PAUSE: Duration = Duration::from_secs(1);

/// Something to tell a watcher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueNews<Id> {
    /// Whom.
    pub to: Id,
    /// Id of the queue.
    pub queue: String,
    /// How it stands.
    pub load: QueueLoad,
}

impl<Id> QueueNews<Id> {
    /// As a presence document: open where a call that came now would be offered to somebody.
    #[must_use]
    pub fn presence(&self, domain: &str) -> Presence {
        Presence {
            entity: format!("sip:{}@{domain}", self.queue),
            open: self.load.free > 0,
            queue: Some(self.load),
            ..Presence::default()
        }
    }
}

#[derive(Debug)]
struct Watch {
    told: Option<QueueLoad>,
    quiet_until: Instant,
}

#[derive(Debug)]
struct Watched<Id> {
    watches: BTreeMap<Id, Watch>,
    /// There may be news...
    changed: bool,
    /// ... which nobody is told before this instant.
    not_before: Instant,
    /// When the first pause is over: until then nobody can be told anything, whatever happens.
    quiet_until: Instant,
}

/// All watchers of queues; `Id` names one.
#[derive(Debug)]
pub struct QueueWatchers<Id> {
    queues: BTreeMap<String, Watched<Id>>,
    /// Which queue each watches.
    of: BTreeMap<Id, String>,
}

impl<Id> Default for QueueWatchers<Id> {
    fn default() -> Self {
        Self {
            queues: BTreeMap::new(),
            of: BTreeMap::new(),
        }
    }
}

impl<Id: Ord + Copy> QueueWatchers<Id> {
    /// Somebody watches this queue from now on, and is told at once.
    pub fn add(&mut self, id: Id, queue: &str) {
        self.of.insert(id, queue.to_owned());
        let watched = self.queues.entry(queue.to_owned());
        let watched = watched.or_insert_with(|| Watched {
            watches: BTreeMap::new(),
            changed: false,
            not_before: Instant::ZERO,
            quiet_until: Instant::ZERO,
        });
        watched.tell_anew(id);
    }

    /// Somebody watches no more.
    pub fn remove(&mut self, id: Id) {
        let Some(queue) = self.of.remove(&id) else {
            return;
        };
        if let Some(watched) = self.queues.get_mut(&queue) {
            watched.watches.remove(&id);
            if watched.watches.is_empty() {
                self.queues.remove(&queue);
            }
        }
    }

    /// A watcher refreshed: it is told everything again (RFC 6665 section 4.2.1.2).
    pub fn refreshed(&mut self, id: Id) {
        let queue = self.of.get(&id);
        if let Some(watched) = queue.and_then(|queue| self.queues.get_mut(queue)) {
            watched.tell_anew(id);
        }
    }

    /// There may be news of any queue.
    pub fn changed(&mut self) {
        for watched in self.queues.values_mut() {
            watched.changed = true;
            watched.not_before = watched.not_before.min(watched.quiet_until);
        }
    }

    /// What is to be told now, given how the queues stand.
    pub fn due(
        &mut self,
        now: Instant,
        load: impl Fn(&str) -> Option<QueueLoad>,
    ) -> Vec<QueueNews<Id>> {
        let mut news = Vec::new();
        for (queue, watched) in &mut self.queues {
            if !watched.changed || now < watched.not_before {
                continue;
            }
            let Some(load) = load(queue) else {
                watched.changed = false;
                continue;
            };
            let told = watched.due(now, load).into_iter();
            news.extend(told.map(|to| QueueNews {
                to,
                queue: queue.clone(),
                load,
            }));
        }
        news
    }

    /// When somebody is to be told what he could not be told yet.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        let changed = self.queues.values().filter(|watched| watched.changed);
        changed.map(|watched| watched.not_before).min()
    }
}

impl<Id: Ord + Copy> Watched<Id> {
    fn tell_anew(&mut self, id: Id) {
        let watch = Watch {
            told: None,
            quiet_until: Instant::ZERO,
        };
        self.watches.insert(id, watch);
        self.changed = true;
        self.not_before = Instant::ZERO;
    }

    /// Whom to tell that the queue stands so.
    fn due(&mut self, now: Instant, load: QueueLoad) -> Vec<Id> {
        let mut told = Vec::new();
        let mut put_off: Option<Instant> = None;
        for (id, watch) in &mut self.watches {
            if watch.told == Some(load) {
                continue;
            }
            if now < watch.quiet_until {
                let until = put_off.unwrap_or(watch.quiet_until);
                put_off = Some(until.min(watch.quiet_until));
                continue;
            }
            watch.told = Some(load);
            watch.quiet_until = now + PAUSE;
            told.push(*id);
        }
        self.changed = put_off.is_some();
        let quiet = self.watches.values().map(|watch| watch.quiet_until);
        self.quiet_until = quiet.min().unwrap_or(Instant::ZERO);
        // As the queue stands now, nobody but those who were put off is to be told anything.
        self.not_before = put_off.unwrap_or(self.quiet_until);
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    fn waiting(waiting: u32) -> QueueLoad {
        QueueLoad { waiting, free: 0 }
    }

    /// Who is told what, where so many wait in Sales.
    fn told(watchers: &mut QueueWatchers<u32>, now: u64, load: u32) -> Vec<(u32, u32)> {
        let news = watchers.due(at(now), |queue| (queue == "sales").then(|| waiting(load)));
        news.iter()
            .map(|news| (news.to, news.load.waiting))
            .collect()
    }

    fn watched_by(ids: std::ops::Range<u32>) -> QueueWatchers<u32> {
        let mut watchers = QueueWatchers::default();
        for id in ids {
            watchers.add(id, "sales");
        }
        watchers
    }

    #[test]
    fn a_watcher_is_told_at_once_and_then_once_in_a_second() {
        let mut watchers = watched_by(0..1);
        assert_eq!(told(&mut watchers, 5_000, 0), [(0, 0)]);
        assert_eq!(watchers.next_timeout(), None);
        watchers.changed();
        assert_eq!(told(&mut watchers, 5_300, 1), []);
        watchers.changed();
        assert_eq!(told(&mut watchers, 5_900, 2), []);
        assert_eq!(watchers.next_timeout(), Some(at(6_000)));
        assert_eq!(told(&mut watchers, 6_000, 2), [(0, 2)]);
        assert_eq!(watchers.next_timeout(), None);
        // After a while without news the next is told at once.
        watchers.changed();
        assert_eq!(told(&mut watchers, 60_000, 3), [(0, 3)]);
    }

    #[test]
    fn what_was_put_off_and_is_so_no_more_is_not_told() {
        let mut watchers = watched_by(0..1);
        told(&mut watchers, 5_000, 0);
        watchers.changed();
        assert_eq!(told(&mut watchers, 5_300, 1), []);
        watchers.changed();
        assert_eq!(told(&mut watchers, 6_000, 0), []);
        assert_eq!(watchers.next_timeout(), None);
    }

    #[test]
    fn who_comes_or_refreshes_is_told_at_once_and_holds_nobody_up() {
        let mut watchers = watched_by(0..1);
        told(&mut watchers, 5_000, 0);
        watchers.changed();
        watchers.add(1, "sales");
        assert_eq!(told(&mut watchers, 5_500, 1), [(1, 1)]);
        assert_eq!(watchers.next_timeout(), Some(at(6_000)));
        assert_eq!(told(&mut watchers, 6_000, 1), [(0, 1)]);
        watchers.refreshed(0);
        assert_eq!(told(&mut watchers, 6_100, 1), [(0, 1)]);
        watchers.remove(0);
        watchers.remove(1);
        watchers.changed();
        assert_eq!(told(&mut watchers, 9_000, 2), []);
        assert!(watchers.of.is_empty() && watchers.queues.is_empty());
    }

    #[test]
    fn whoever_knows_already_wakes_nobody_for_one_who_was_put_off() {
        let mut watchers = watched_by(0..1);
        assert_eq!(told(&mut watchers, 5_000, 2), [(0, 2)]);
        watchers.changed();
        assert_eq!(told(&mut watchers, 5_400, 1), []);
        watchers.add(1, "sales");
        assert_eq!(told(&mut watchers, 5_500, 1), [(1, 1)]);
        watchers.changed();
        assert_eq!(told(&mut watchers, 5_800, 2), []);
        assert_eq!(watchers.next_timeout(), Some(at(6_000)));
        assert_eq!(told(&mut watchers, 6_000, 2), []);
        assert_eq!(watchers.next_timeout(), Some(at(6_500)), "and not now");
        // What is new to the first one meanwhile is not held up.
        watchers.changed();
        assert_eq!(told(&mut watchers, 6_200, 3), [(0, 3)]);
        assert_eq!(told(&mut watchers, 6_500, 3), [(1, 3)]);
    }

    #[test]
    fn a_thousand_calls_at_once_are_two_messages_for_each_watcher() {
        let mut watchers = watched_by(0..50);
        assert_eq!(told(&mut watchers, 5_000, 0).len(), 50);
        let mut messages = 0;
        let asked = std::cell::Cell::new(0);
        for call in 1..=1_000 {
            watchers.changed();
            let load = |_: &str| {
                asked.set(asked.get() + 1);
                Some(waiting(call))
            };
            messages += watchers.due(at(7_000 + u64::from(call) / 2), load).len();
        }
        assert_eq!(messages, 50, "the first call");
        assert_eq!(asked.get(), 1);
        assert_eq!(watchers.next_timeout(), Some(at(8_000)));
        assert_eq!(told(&mut watchers, 8_000, 1_000).len(), 50);
    }
}
