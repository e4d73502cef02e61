//! The people machine: which colleagues are watched, and what they are doing.
//!
//! Who is on the screen is watched (RFC 3856). Scrolling moves people in and out all the time, so a
//! subscription begins when somebody rests on the screen, and ends some time after they left it; where
//! that makes too many, those who left first go first.

use std::collections::{BTreeMap, BTreeSet};

use alo_sip::presence::{Activity, DialogInfo};
use alo_sip::status::StatusCode;

use super::news::{News, Seen, Watched};
use crate::language::{Millis, PersonPresence, PersonStatus};

/// Nobody has so many calls at a time.
const MOST_CALLS: usize = 64;

/// How to ask what a colleague is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Package {
    /// RFC 3856.
    Presence,
    /// RFC 4235, for servers that know the calls of a phone but no presence.
    Dialog,
}

/// Something that happened.
#[derive(Debug)]
pub(crate) enum Input {
    /// Connected, and registered over this connection.
    Reachable,
    /// The connection is gone.
    Away,
    /// These people are on the screen, and nobody else.
    Watch(Vec<String>),
    /// The subscription to this person.
    Watched(String, Watched<News>),
    /// Time has passed.
    Timeout,
}

/// Something to carry out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Output {
    /// Subscribe to this person; replaces the subscription of before, which is over.
    Subscribe(String, Package),
    /// End the subscription.
    Unsubscribe(String),
}

/// Bounds and times.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// So many are watched at the same time.
    pub(crate) most: usize,
    /// Characters of an extension; what is longer is none.
    pub(crate) longest: usize,
    /// Somebody is on the screen for so long before they are subscribed to.
    pub(crate) settle: Millis,
    /// Somebody is kept for so long after they left it.
    pub(crate) grace: Millis,
}

/// How far the asking is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    /// Came onto the screen then.
    Noticed { at: Millis },
    /// Asked about presence; what the server said.
    Presence(Option<Seen>),
    /// Asked about calls; those that the server told.
    Dialogs(Option<DialogInfo>),
    /// The server tells nothing about this person.
    Refused,
}

#[derive(Debug)]
struct Person {
    stage: Stage,
    /// Left the screen then.
    left: Option<Millis>,
}

/// The colleagues.
#[derive(Debug)]
pub(crate) struct PeopleMachine {
    rules: Rules,
    /// The user part of the own address: what is known of the agent itself is not asked for twice.
    own: String,
    own_shown: bool,
    reachable: bool,
    /// What this server was found to answer.
    package: Package,
    people: BTreeMap<String, Person>,
}

impl PeopleMachine {
    pub(crate) fn new(rules: Rules, own: &str) -> Self {
        Self {
            rules,
            own: own.to_owned(),
            own_shown: false,
            reachable: false,
            package: Package::Presence,
            people: BTreeMap::new(),
        }
    }

    pub(crate) fn step(&mut self, now: Millis, input: Input) -> Vec<Output> {
        let mut out = Vec::new();
        match input {
            Input::Reachable => {
                self.reachable = true;
                // A server that was just restarted may say something else this time.
                for person in self.people.values_mut() {
                    if person.stage == Stage::Refused {
                        person.stage = Stage::Noticed { at: now };
                    }
                }
            }
            Input::Away => self.reachable = false,
            Input::Watch(extensions) => self.watch(now, extensions, &mut out),
            Input::Watched(extension, news) => self.on_news(&extension, news, &mut out),
            Input::Timeout => {}
        }
        self.pass_time(now, &mut out);
        out
    }

    fn watch(&mut self, now: Millis, extensions: Vec<String>, out: &mut Vec<Output>) {
        let fits =
            |extension: &String| (1..=self.rules.longest).contains(&extension.chars().count());
        let mut wanted = BTreeSet::new();
        for extension in extensions.into_iter().filter(fits) {
            if wanted.len() < self.rules.most || extension == self.own {
                wanted.insert(extension);
            }
        }
        self.own_shown = wanted.remove(&self.own);
        for (extension, person) in &mut self.people {
            if wanted.remove(extension) {
                person.left = None;
            } else {
                person.left.get_or_insert(now);
            }
        }
        for extension in wanted {
            let person = Person {
                stage: Stage::Noticed { at: now },
                left: None,
            };
            self.people.insert(extension, person);
        }
        while self.people.len() > self.rules.most {
            let left =
                |(extension, person): (&String, &Person)| Some((person.left?, extension.clone()));
            let Some((_, first)) = self.people.iter().filter_map(left).min() else {
                return;
            };
            self.forget(&first, out);
        }
    }

    /// Who was not asked about yet needs no good-bye.
    fn forget(&mut self, extension: &str, out: &mut Vec<Output>) {
        let Some((extension, person)) = self.people.remove_entry(extension) else {
            return;
        };
        if matches!(person.stage, Stage::Presence(_) | Stage::Dialogs(_)) {
            out.push(Output::Unsubscribe(extension));
        }
    }

    fn pass_time(&mut self, now: Millis, out: &mut Vec<Output>) {
        let gone = |(extension, person): (&String, &Person)| {
            (now >= person.keep_until(self.rules)?).then(|| extension.clone())
        };
        let gone: Vec<_> = self.people.iter().filter_map(gone).collect();
        for extension in gone {
            self.forget(&extension, out);
        }
        if !self.reachable {
            return;
        }
        for (extension, person) in &mut self.people {
            if let Stage::Noticed { at } = person.stage
                && now >= at + self.rules.settle
            {
                person.ask(extension, self.package, out);
            }
        }
    }

    fn on_news(&mut self, extension: &str, news: Watched<News>, out: &mut Vec<Output>) {
        let Some(person) = self.people.get_mut(extension) else {
            return;
        };
        match (&mut person.stage, news) {
            (Stage::Presence(seen), Watched::Told(News::Presence(mut new))) => {
                if let Some(old) = seen {
                    new.keep_instant(old);
                }
                *seen = Some(new);
            }
            (Stage::Dialogs(known), Watched::Told(News::Dialogs(news))) => match known {
                // A subscription that was begun anew counts its documents anew (RFC 4235, section 4.1), so
                // the version of a full one says nothing. NOTIFYs come in order.
                Some(known) if !news.full => {
                    if !known.update(news) {
                        tracing::debug!("dialog document out of turn");
                    }
                    known.dialogs.truncate(MOST_CALLS);
                }
                _ => *known = Some(news),
            },
            (Stage::Presence(_), Watched::Refused { status }) if asks_for_dialogs(status) => {
                self.package = Package::Dialog;
                person.ask(extension, Package::Dialog, out);
            }
            // What is not known to be so any more is not shown as if it were.
            (Stage::Presence(seen), Watched::Silent | Watched::Empty) => *seen = None,
            (Stage::Dialogs(known), Watched::Silent) => *known = None,
            (_, Watched::Refused { .. } | Watched::Ended) => person.stage = Stage::Refused,
            (_, Watched::Silent | Watched::Empty) => {}
            (_, Watched::Told(_)) => tracing::debug!("presence of another package"),
        }
    }

    /// When somebody has rested on the screen, or has been away from it, for long enough.
    pub(crate) fn wakes_at(&self) -> Option<Millis> {
        let people = self.people.values();
        people
            .filter_map(|person| {
                let asked_at = match person.stage {
                    Stage::Noticed { at } if self.reachable => Some(at + self.rules.settle),
                    _ => None,
                };
                let until = person.keep_until(self.rules);
                asked_at.into_iter().chain(until).min()
            })
            .min()
    }

    /// Everybody about whom the server said something, by extension; nobody while it cannot be heard. `own`:
    /// what it said about this agent.
    pub(crate) fn view(&self, own: Option<Seen>) -> Vec<PersonPresence> {
        if !self.reachable {
            return vec![];
        }
        let told = |(extension, seen): (&String, Option<Seen>)| {
            let Seen {
                status,
                since,
                queue,
            } = seen?;
            Some(PersonPresence {
                extension: extension.clone(),
                status,
                since,
                queue,
            })
        };
        let others = self.people.iter();
        let others = others.map(|(extension, person)| (extension, person.seen()));
        let own = Some((&self.own, own)).filter(|_| self.own_shown);
        let mut people: Vec<_> = others.chain(own).filter_map(told).collect();
        people.sort_by(|a, b| a.extension.cmp(&b.extension));
        people
    }
}

impl Person {
    fn ask(&mut self, extension: &str, package: Package, out: &mut Vec<Output>) {
        self.stage = match package {
            Package::Presence => Stage::Presence(None),
            Package::Dialog => Stage::Dialogs(None),
        };
        out.push(Output::Subscribe(extension.to_owned(), package));
    }

    fn keep_until(&self, rules: Rules) -> Option<Millis> {
        let left = self.left?;
        Some(match self.stage {
            Stage::Noticed { .. } | Stage::Refused => left,
            Stage::Presence(_) | Stage::Dialogs(_) => left + rules.grace,
        })
    }

    fn seen(&self) -> Option<Seen> {
        let calls = match &self.stage {
            Stage::Noticed { .. } | Stage::Refused => return None,
            Stage::Presence(seen) => return seen.clone(),
            Stage::Dialogs(calls) => calls.as_ref()?,
        };
        // Whether somebody is signed in is not known: a phone without a call is taken for one that can be
        // called.
        let status = match calls.activity() {
            Activity::OnThePhone => PersonStatus::InCall,
            Activity::Ringing => PersonStatus::Ringing,
            _ => PersonStatus::Available,
        };
        Some(Seen {
            status,
            since: None,
            queue: None,
        })
    }
}

/// 405, 489 and 501: no presence here; the calls of a phone may be told all the same.
fn asks_for_dialogs(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::METHOD_NOT_ALLOWED | StatusCode::BAD_EVENT | StatusCode::NOT_IMPLEMENTED
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Rules = Rules {
        most: 2,
        longest: 20,
        settle: 100,
        grace: 1_000,
    };

    fn subscribe(extension: &str, package: Package) -> Output {
        Output::Subscribe(extension.into(), package)
    }

    fn told(people: &mut PeopleMachine, document: &str) {
        let news = News::Dialogs(DialogInfo::parse(document.as_bytes()).unwrap());
        let news = Input::Watched("102".into(), Watched::Told(news));
        assert_eq!(people.step(500, news), []);
    }

    fn status(people: &PeopleMachine) -> Vec<PersonStatus> {
        let people = people.view(None).into_iter();
        people.map(|person| person.status).collect()
    }

    fn dialogs(version: u32, state: &str, calls: &[(&str, &str)]) -> String {
        let call = |(id, state): &(&str, &str)| {
            format!("<dialog id=\"{id}\" direction=\"recipient\"><state>{state}</state></dialog>")
        };
        let calls: String = calls.iter().map(call).collect();
        format!(
            "<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"{version}\" \
             state=\"{state}\" entity=\"sip:102@alo.test\">{calls}</dialog-info>"
        )
    }

    /// Asked about the calls of 102, because there is no presence.
    fn of_calls() -> PeopleMachine {
        let mut people = PeopleMachine::new(RULES, "101");
        people.step(0, Input::Reachable);
        people.step(0, Input::Watch(vec!["102".into()]));
        assert_eq!(people.wakes_at(), Some(100));
        let asked = people.step(100, Input::Timeout);
        assert_eq!(asked, [subscribe("102", Package::Presence)]);
        let status = StatusCode::BAD_EVENT;
        let refused = Input::Watched("102".into(), Watched::Refused { status });
        let asked = people.step(200, refused);
        assert_eq!(asked, [subscribe("102", Package::Dialog)]);
        people
    }

    #[test]
    fn changes_of_calls_add_up() {
        let mut people = of_calls();
        assert_eq!(status(&people), []);
        told(&mut people, &dialogs(0, "full", &[]));
        assert_eq!(status(&people), [PersonStatus::Available]);
        told(&mut people, &dialogs(1, "partial", &[("a", "early")]));
        assert_eq!(status(&people), [PersonStatus::Ringing]);
        told(&mut people, &dialogs(2, "partial", &[("b", "confirmed")]));
        assert_eq!(status(&people), [PersonStatus::InCall]);
        told(&mut people, &dialogs(3, "partial", &[("b", "terminated")]));
        assert_eq!(status(&people), [PersonStatus::Ringing]);
        // A subscription that began anew counts from 0 again.
        told(&mut people, &dialogs(0, "full", &[]));
        assert_eq!(status(&people), [PersonStatus::Available]);
    }

    #[test]
    fn what_the_server_ends_is_not_shown_and_asked_again_over_the_next_connection() {
        let mut people = of_calls();
        told(&mut people, &dialogs(0, "full", &[]));
        people.step(600, Input::Watched("102".into(), Watched::Ended));
        assert_eq!(status(&people), []);
        assert_eq!(people.wakes_at(), None);
        people.step(700, Input::Away);
        people.step(800, Input::Reachable);
        let asked = people.step(900, Input::Timeout);
        assert_eq!(asked, [subscribe("102", Package::Dialog)]);
    }

    #[test]
    fn who_was_never_asked_about_needs_no_good_bye() {
        let mut people = PeopleMachine::new(RULES, "101");
        people.step(0, Input::Watch(vec!["102".into(), "103".into()]));
        assert_eq!(people.wakes_at(), None, "nothing can be asked yet");
        let out = people.step(10, Input::Watch(vec!["104".into(), "105".into()]));
        assert_eq!(out, []);
        people.step(20, Input::Reachable);
        let out = people.step(110, Input::Timeout);
        let both = ["104", "105"].map(|who| subscribe(who, Package::Presence));
        assert_eq!(out, both);
        let out = people.step(120, Input::Watch(vec!["105".into(), "106".into()]));
        assert_eq!(out, [Output::Unsubscribe("104".into())]);
    }
}
