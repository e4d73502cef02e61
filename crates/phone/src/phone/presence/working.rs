//! The working machine: what the agent asked for, and what the server says about it.
//!
//! The wish goes out by PUBLISH (RFC 3903); the truth comes back by the subscription to the own presence
//! (RFC 3856), so that several tabs of one account show the same, whoever of them chose.

use alo_api::working::{AFTER_CALL_WORK, AVAILABLE};
use alo_sip::status::StatusCode;

use super::news::{Says, Seen, Told, Watched, is_unsupported};
use crate::language::{
    Millis, PersonStatus, Trouble, Working, WorkingNow, WorkingState, WorkingSupport,
};

/// A server that took a working state says so by NOTIFY too; it is waited for this long. A server may send no
/// more than one NOTIFY in five seconds (RFC 3856, section 6.10), so that what it says until then may be of
/// before.
const CONFIRM: Millis = 10_000;

/// A server that does not tell the own presence, though it has presence, is asked again after this long.
const WATCH_AGAIN: Millis = 60_000;

/// Something that happened to the own working state.
#[derive(Debug)]
pub(crate) enum Input {
    /// Connected, and registered over this connection.
    Reachable,
    /// The connection is gone.
    Away,
    /// The agent chooses.
    Choose(WorkingState),
    /// The subscription to the own presence.
    Watched(Watched<Told>),
    /// The server took the publication, with so many of the bodies that were handed in.
    Published { bodies: u64 },
    /// The server did not take the publication with so many of the bodies. `again`: the user agent tries it
    /// again by itself.
    NotPublished {
        bodies: u64,
        status: StatusCode,
        reason: String,
        again: bool,
    },
    /// Time has passed.
    Timeout,
}

/// Something to carry out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// Subscribe to the own presence.
    Watch,
    /// Publish this as the first body of a new publication.
    Publish(WorkingState),
    /// The next body of the publication.
    Republish(WorkingState),
    /// End the publication.
    Unpublish,
    /// The server confirmed another state, or other times.
    Changed(WorkingNow),
    /// For the person.
    Trouble(Trouble),
}

/// The subscription to the own presence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Watch {
    Off,
    /// Asked for, or running.
    On,
    /// Refused. Tried again then, unless the server has no presence at all; and over the next connection, which
    /// may be to a server that has.
    Refused {
        again_at: Option<Millis>,
    },
}

/// What the agent asked for and is not confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wish {
    Nothing,
    /// Goes out when the server can be reached.
    Waiting(WorkingState),
    /// It is in this body of the publication.
    Published {
        state: WorkingState,
        body: u64,
    },
    /// The server took it; its NOTIFY is waited for until then.
    Taken {
        state: WorkingState,
        until: Millis,
    },
}

/// The publication that the user agent keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Publication {
    None,
    Kept {
        /// Of the newest body.
        state: WorkingState,
        /// How many bodies there were.
        bodies: u64,
        /// When the server last confirmed it over the present connection.
        settled: Option<Millis>,
        /// The last state that the server took, to go back to where it does not take the newest.
        taken: Option<WorkingState>,
    },
}

/// The own working state.
#[derive(Debug)]
pub(crate) struct WorkingMachine {
    reachable: bool,
    support: WorkingSupport,
    /// Over this connection the server was asked by PUBLISH whether it takes working states.
    probed: bool,
    watch: Watch,
    wish: Wish,
    publication: Publication,
    told: Option<Told>,
}

impl WorkingMachine {
    pub(crate) fn new() -> Self {
        Self {
            reachable: false,
            support: WorkingSupport::Unknown,
            probed: false,
            watch: Watch::Off,
            wish: Wish::Nothing,
            publication: Publication::None,
            told: None,
        }
    }

    pub(crate) fn step(&mut self, now: Millis, input: Input) -> Vec<Output> {
        let mut out = Vec::new();
        let before = self.confirmed().cloned();
        match input {
            Input::Reachable => self.on_reachable(&mut out),
            Input::Away => {
                self.reachable = false;
                if let Publication::Kept { settled, .. } = &mut self.publication {
                    *settled = None;
                }
            }
            Input::Choose(state) => {
                self.set_wish(Wish::Waiting(state), "chosen");
                self.publish_wish(&mut out);
            }
            Input::Watched(Watched::Told(told)) => self.on_told(now, told, &mut out),
            Input::Watched(Watched::Empty) => {
                self.watch = Watch::On;
                self.told = None;
                self.probe(&mut out);
            }
            // The server confirmed nothing else.
            Input::Watched(Watched::Silent) => {}
            Input::Watched(Watched::Refused { status }) => {
                self.on_watch_refused(now, status, &mut out);
            }
            Input::Watched(Watched::Ended) => {
                self.refused(Some(now + WATCH_AGAIN));
            }
            Input::Published { bodies } => self.on_published(now, bodies),
            Input::NotPublished { again: true, .. } => {}
            // Another body follows, which the server may take.
            Input::NotPublished { bodies, .. } if bodies < self.handed_in() => {}
            Input::NotPublished { status, reason, .. } => {
                self.on_refused(status, reason, &mut out);
            }
            Input::Timeout => self.pass_time(now, &mut out),
        }
        if let Some(confirmed) = self.confirmed().filter(|now| before.as_ref() != Some(*now)) {
            out.push(Output::Changed(confirmed.clone()));
        }
        out
    }

    fn pass_time(&mut self, now: Millis, out: &mut Vec<Output>) {
        if matches!(self.wish, Wish::Taken { until, .. } if now >= until) {
            // What the server says counts, and it says nothing new.
            self.set_wish(Wish::Nothing, "taken without a word");
        }
        if self.watch_due().is_some_and(|at| now >= at) {
            self.watch_again(out);
        }
        self.let_go_of_the_past(now, out);
    }

    /// The one place where the wish changes.
    fn set_wish(&mut self, wish: Wish, reason: &'static str) {
        tracing::debug!(old = self.wish.name(), new = wish.name(), reason, "working");
        self.wish = wish;
    }

    fn on_reachable(&mut self, out: &mut Vec<Output>) {
        self.reachable = true;
        self.probed = false;
        if self.watch != Watch::On {
            self.watch_again(out);
        }
        self.publish_wish(out);
    }

    fn watch_again(&mut self, out: &mut Vec<Output>) {
        self.watch = Watch::On;
        out.push(Output::Watch);
    }

    /// The server does not tell.
    fn refused(&mut self, again_at: Option<Millis>) {
        self.watch = Watch::Refused { again_at };
    }

    /// Hands the wish to the user agent, which repeats it until the server has said something.
    fn publish_wish(&mut self, out: &mut Vec<Output>) {
        let Wish::Waiting(wanted) = &self.wish else {
            return;
        };
        if !self.reachable {
            return;
        }
        let wanted = wanted.clone();
        let body = self.hand_in(wanted.clone(), out);
        let published = Wish::Published {
            state: wanted,
            body,
        };
        self.set_wish(published, "published");
    }

    /// Hands in a body; its number.
    fn hand_in(&mut self, wanted: WorkingState, out: &mut Vec<Output>) -> u64 {
        match &mut self.publication {
            Publication::None => {
                out.push(Output::Publish(wanted.clone()));
                self.publication = Publication::Kept {
                    state: wanted,
                    bodies: 1,
                    settled: None,
                    taken: None,
                };
                1
            }
            Publication::Kept { state, bodies, .. } => {
                out.push(Output::Republish(wanted.clone()));
                *state = wanted;
                *bodies += 1;
                *bodies
            }
        }
    }

    /// How many bodies the publication had.
    fn handed_in(&self) -> u64 {
        match self.publication {
            Publication::None => 0,
            Publication::Kept { bodies, .. } => bodies,
        }
    }

    /// A document of the own presence.
    fn on_told(&mut self, now: Millis, mut told: Told, out: &mut Vec<Output>) {
        self.watch = Watch::On;
        let says = told.says;
        if let Some(old) = &self.told {
            told.follow(old);
        }
        self.told = Some(told);
        // Many a server knows presence, and nothing of working states.
        match (self.support, says) {
            (WorkingSupport::Unknown, Says::State) => self.support = WorkingSupport::Yes,
            _ => self.probe(out),
        }
        if let Wish::Taken { state, .. } = &self.wish
            && self.is_told(&state.id)
        {
            self.set_wish(Wish::Nothing, "confirmed");
        }
        self.let_go_of_the_past(now, out);
    }

    /// Whether a server takes working states is found out by telling it what is so in any case: somebody
    /// signed in who can be called, where it does not say more.
    fn probe(&mut self, out: &mut Vec<Output>) {
        let asked = self.probed || self.publication != Publication::None;
        if self.support != WorkingSupport::Unknown || asked || !self.reachable {
            return;
        }
        self.probed = true;
        let told = self.told.as_ref().and_then(|told| told.working.as_ref());
        let state = told.map_or_else(|| plain(AVAILABLE), |now| now.state.clone());
        self.hand_in(state, out);
    }

    /// What the server says, if it keeps working states at all.
    fn confirmed(&self) -> Option<&WorkingNow> {
        let told = self.told.as_ref().filter(|_| self.is_offered());
        told.and_then(|told| told.working.as_ref())
    }

    /// The server said that this is the state, or that it will be.
    fn is_told(&self, id: &str) -> bool {
        let Some(told) = &self.told else { return false };
        let now = told.working.as_ref().map(|now| &now.state);
        now.is_some_and(|state| state.id == id)
            || told.next.as_ref().is_some_and(|state| state.id == id)
    }

    /// A publication says what the agent chose here. When the server says something else (another tab
    /// chose, after-call work is over, too many calls were let ring), it is withdrawn: otherwise a server that
    /// lost it would get the old choice back with its next refresh (RFC 3903, section 4.1: 412, then an
    /// initial PUBLISH).
    fn let_go_of_the_past(&mut self, now: Millis, out: &mut Vec<Output>) {
        if self.past_at().is_some_and(|at| now >= at) {
            self.publication = Publication::None;
            out.push(Output::Unpublish);
        }
    }

    /// When the publication is withdrawn; `None`: the server says nothing else, or the document that says so
    /// may be older than the publication. After-call work is an interlude that changes no choice, and a call
    /// says nothing of it.
    fn past_at(&self) -> Option<Millis> {
        let Publication::Kept { state, settled, .. } = &self.publication else {
            return None;
        };
        let at = (*settled)? + CONFIRM;
        let told = self.told.as_ref().filter(|told| told.says != Says::Call)?;
        let over = self.wish == Wish::Nothing
            && told.working.as_ref()?.state.id != AFTER_CALL_WORK
            && !self.is_told(&state.id);
        (over && self.reachable).then_some(at)
    }

    fn on_watch_refused(&mut self, now: Millis, status: StatusCode, out: &mut Vec<Output>) {
        let unsupported = is_unsupported(status);
        self.refused((!unsupported).then_some(now + WATCH_AGAIN));
        if unsupported {
            self.probe(out);
        }
    }

    fn on_published(&mut self, now: Millis, taken: u64) {
        let Publication::Kept {
            state: newest,
            bodies,
            settled,
            taken: last,
        } = &mut self.publication
        else {
            return;
        };
        *settled = self.reachable.then_some(now);
        self.support = WorkingSupport::Yes;
        let newest = (*bodies == taken).then(|| newest.clone());
        last.clone_from(&newest);
        if let (Watch::Refused { .. }, Some(state)) = (self.watch, newest) {
            // Nobody else will say so.
            self.believe(now, state);
        }
        if let Wish::Published { state, body } = &self.wish
            && *body <= taken
        {
            let wish = if self.is_told(&state.id) {
                Wish::Nothing
            } else {
                Wish::Taken {
                    state: state.clone(),
                    until: now + CONFIRM,
                }
            };
            self.set_wish(wish, "200 to PUBLISH");
        }
    }

    /// The server took this state, and has no other way of telling.
    fn believe(&mut self, now: Millis, state: WorkingState) {
        let before = self.told.take().and_then(|told| told.working);
        let since = before
            .as_ref()
            .filter(|before| before.state == state)
            .map_or(now, |before| before.since);
        let working = WorkingNow {
            state,
            since,
            until: None,
        };
        self.told = Some(Told::of(working));
    }

    /// The server refuses for good: the state of before stands.
    fn on_refused(&mut self, status: StatusCode, reason: String, out: &mut Vec<Output>) {
        self.go_back(out);
        if is_unsupported(status) {
            self.support = WorkingSupport::No;
        }
        if let Wish::Published { state, .. } = &self.wish {
            let trouble = Trouble::WorkingRefused {
                state: state.clone(),
                status: status.code(),
                reason,
            };
            out.push(Output::Trouble(trouble));
            self.set_wish(Wish::Nothing, "refused");
        }
    }

    /// The newest body was refused. The one before is published again while it is what the server says, so
    /// that it is not forgotten with the next restart of the server; otherwise the publication is over.
    fn go_back(&mut self, out: &mut Vec<Output>) {
        let Publication::Kept { taken, .. } = &mut self.publication else {
            return;
        };
        let now = self.told.as_ref().and_then(|told| told.working.as_ref());
        let before = taken
            .take()
            .filter(|before| now.is_some_and(|now| now.state == *before));
        if let Some(before) = before {
            self.hand_in(before, out);
        } else {
            self.publication = Publication::None;
            out.push(Output::Unpublish);
        }
    }

    /// When an unconfirmed wish or an old choice is given up, or the server is asked again for the own presence.
    pub(crate) fn wakes_at(&self) -> Option<Millis> {
        let given_up = match self.wish {
            Wish::Taken { until, .. } => Some(until),
            _ => None,
        };
        let all = [given_up, self.past_at(), self.watch_due()];
        all.into_iter().flatten().min()
    }

    fn watch_due(&self) -> Option<Millis> {
        match self.watch {
            Watch::Refused { again_at } if self.reachable => again_at,
            _ => None,
        }
    }

    pub(crate) fn view(&self) -> Working {
        let told = self.told.as_ref();
        Working {
            support: self.support,
            now: self.confirmed().cloned(),
            requested: match &self.wish {
                Wish::Nothing => None,
                Wish::Waiting(state)
                | Wish::Published { state, .. }
                | Wish::Taken { state, .. } => Some(state.clone()),
            },
            next: told.and_then(|told| told.next.clone()),
        }
    }

    /// Working states can be chosen.
    pub(crate) fn is_offered(&self) -> bool {
        self.support == WorkingSupport::Yes
    }

    /// It is after-call work now.
    pub(crate) fn is_wrapping_up(&self) -> bool {
        let now = self.confirmed();
        now.is_some_and(|now| now.state.id == AFTER_CALL_WORK)
    }

    /// This agent as colleagues see it. The agent is told since when the working state is so, which says
    /// nothing about a call.
    pub(crate) fn seen(&self) -> Option<Seen> {
        let mut seen = self.told.as_ref()?.seen.clone();
        if matches!(seen.status, PersonStatus::Ringing | PersonStatus::InCall) {
            seen.since = None;
        }
        Some(seen)
    }
}

impl Wish {
    fn name(&self) -> &'static str {
        match self {
            Wish::Nothing => "nothing asked",
            Wish::Waiting(_) => "waiting",
            Wish::Published { .. } => "published",
            Wish::Taken { .. } => "taken",
        }
    }
}

/// A state that has its name in the catalogue.
pub(crate) fn plain(id: &str) -> WorkingState {
    WorkingState {
        id: id.to_owned(),
        name: None,
    }
}
