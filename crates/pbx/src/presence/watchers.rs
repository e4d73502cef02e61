//! Who watches whom, and what each was told last (RFC 6665 section 4.2).
//!
//! Changes are collected ([`Watchers::changed`]) and told together ([`Watchers::due`]), so that an agent
//! whose phone rings and stops within one input costs nobody a message; and a watcher is told only
//! what is new to it. Departs from RFC 3856 section 6.10, which has a watcher told once in five seconds at
//! most: a lamp that lights five seconds late is of no use. The user agent has one NOTIFY under way
//! for each watcher, and the newest state replaces what waits.

use std::collections::{BTreeMap, BTreeSet};

use super::documents::Snapshot;
use crate::acd::AgentView;

/// What a watcher wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Package {
    /// `presence`: working state and phone (RFC 3856).
    Presence,
    /// `dialog`: whether the phone is busy, for busy lamps (RFC 4235).
    Dialog,
}

impl Package {
    /// By the name of an event package, which is a token and told apart by case (RFC 6665 section 8.2.1).
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "presence" => Some(Self::Presence),
            "dialog" => Some(Self::Dialog),
            _ => None,
        }
    }
}

/// A watcher, as it asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watcher {
    /// Extension of the agent who watches.
    pub by: String,
    /// Extension of the agent who is watched.
    pub agent: String,
    /// What about.
    pub package: Package,
}

/// Something to tell a watcher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News<Id> {
    /// Whom.
    pub to: Id,
    /// What it asked for.
    pub watcher: Watcher,
    /// How often it was told something before (`version` of RFC 4235 section 3.1).
    pub version: u32,
    /// How things are.
    pub snapshot: Snapshot,
}

#[derive(Debug)]
struct Watch {
    watcher: Watcher,
    version: u32,
    told: Option<Snapshot>,
}

/// All watchers; `Id` names one.
#[derive(Debug)]
pub struct Watchers<Id> {
    watches: BTreeMap<Id, Watch>,
    of_agent: BTreeMap<String, BTreeSet<Id>>,
    /// Agents of whom there may be news.
    changed: BTreeSet<String>,
}

impl<Id> Default for Watchers<Id> {
    fn default() -> Self {
        Self {
            watches: BTreeMap::new(),
            of_agent: BTreeMap::new(),
            changed: BTreeSet::new(),
        }
    }
}

impl<Id: Ord + Copy> Watchers<Id> {
    /// Somebody watches from now on, and is told at once.
    pub fn add(&mut self, id: Id, watcher: Watcher) {
        self.changed.insert(watcher.agent.clone());
        let agent = watcher.agent.clone();
        self.of_agent.entry(agent).or_default().insert(id);
        let watch = Watch {
            watcher,
            version: 0,
            told: None,
        };
        self.watches.insert(id, watch);
    }

    /// Somebody watches no more.
    pub fn remove(&mut self, id: Id) {
        let Some(watch) = self.watches.remove(&id) else {
            return;
        };
        if let Some(ids) = self.of_agent.get_mut(&watch.watcher.agent) {
            ids.remove(&id);
            if ids.is_empty() {
                self.of_agent.remove(&watch.watcher.agent);
            }
        }
    }

    /// A watcher refreshed: it is told everything again (RFC 6665 section 4.2.1.2).
    pub fn refreshed(&mut self, id: Id) {
        if let Some(watch) = self.watches.get_mut(&id) {
            watch.told = None;
            self.changed.insert(watch.watcher.agent.clone());
        }
    }

    /// There may be news of an agent.
    pub fn changed(&mut self, agent: &str) {
        if self.of_agent.contains_key(agent) {
            self.changed.insert(agent.to_owned());
        }
    }

    /// What is to be told now, given how the agents are.
    pub fn due(&mut self, view: impl Fn(&str) -> Option<AgentView>) -> Vec<News<Id>> {
        let mut news = Vec::new();
        for agent in std::mem::take(&mut self.changed) {
            let Some(now) = view(&agent) else {
                continue;
            };
            for id in self.of_agent.get(&agent).into_iter().flatten() {
                let Some(watch) = self.watches.get_mut(id) else {
                    continue;
                };
                let seen = watch.watcher.sees(&now);
                if watch.told.as_ref() == Some(&seen) {
                    continue;
                }
                watch.told = Some(seen.clone());
                news.push(News {
                    to: *id,
                    watcher: watch.watcher.clone(),
                    version: watch.version,
                    snapshot: seen,
                });
                watch.version += 1;
            }
        }
        news
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.watches.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.watches.is_empty()
    }
}

impl Watcher {
    /// What of an agent is for this watcher.
    fn sees(&self, agent: &AgentView) -> Snapshot {
        match self.package {
            Package::Dialog => Snapshot::of_a_lamp(agent),
            Package::Presence if self.by == self.agent => Snapshot::of_oneself(agent.clone()),
            Package::Presence => Snapshot::of_a_colleague(agent.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use alo_sip::time::Instant;

    use super::*;
    use crate::acd::Phone;

    fn watchers() -> Watchers<u64> {
        let mut watchers = Watchers::default();
        for (id, by, package) in [
            (1, "101", Package::Presence),
            (2, "102", Package::Presence),
            (3, "103", Package::Dialog),
        ] {
            let watcher = Watcher {
                by: by.into(),
                agent: "101".into(),
                package,
            };
            watchers.add(id, watcher);
        }
        watchers
    }

    fn available(phone: Phone) -> AgentView {
        AgentView {
            state: "available".into(),
            name: "Available".into(),
            since: Instant::from_millis(1000),
            until: None,
            next: None,
            phone,
            phone_since: Some(Instant::from_millis(2000)),
        }
    }

    fn told(watchers: &mut Watchers<u64>, agent: &AgentView) -> Vec<(u64, u32)> {
        let news = watchers.due(|_| Some(agent.clone()));
        news.iter().map(|news| (news.to, news.version)).collect()
    }

    #[test]
    fn whoever_begins_to_watch_is_told_once() {
        let mut watchers = watchers();
        let idle = available(Phone::Idle);
        assert_eq!(told(&mut watchers, &idle), [(1, 0), (2, 0), (3, 0)]);
        assert_eq!(told(&mut watchers, &idle), []);
        watchers.changed("101");
        assert_eq!(told(&mut watchers, &idle), [], "nothing is new");
    }

    #[test]
    fn only_what_is_new_is_told_and_only_to_whom_it_is() {
        let mut watchers = watchers();
        told(&mut watchers, &available(Phone::Idle));
        watchers.changed("101");
        let ringing = available(Phone::Ringing);
        assert_eq!(told(&mut watchers, &ringing), [(1, 1), (2, 1), (3, 1)]);
        // Lamps do not show working states.
        let lunch = AgentView {
            state: "lunch-break".into(),
            ..ringing.clone()
        };
        watchers.changed("101");
        assert_eq!(told(&mut watchers, &lunch), [(1, 2), (2, 2)]);
        // What is planned is the agent's own business.
        let planned = AgentView {
            next: Some(("short-break".into(), "Short break".into())),
            until: Some(Instant::from_millis(9000)),
            ..lunch
        };
        watchers.changed("101");
        assert_eq!(told(&mut watchers, &planned), [(1, 3)]);
    }

    #[test]
    fn a_phone_that_rings_for_an_instant_is_no_news() {
        let mut watchers = watchers();
        told(&mut watchers, &available(Phone::Idle));
        watchers.changed("101");
        watchers.changed("101");
        assert_eq!(told(&mut watchers, &available(Phone::Idle)), []);
    }

    #[test]
    fn a_refresh_is_told_everything_and_who_left_nothing() {
        let mut watchers = watchers();
        told(&mut watchers, &available(Phone::Idle));
        watchers.refreshed(2);
        assert_eq!(told(&mut watchers, &available(Phone::Idle)), [(2, 1)]);
        for id in [1, 2, 3] {
            watchers.remove(id);
        }
        watchers.changed("101");
        assert_eq!(told(&mut watchers, &available(Phone::InCall)), []);
        assert!(watchers.is_empty() && watchers.of_agent.is_empty());
    }
}
