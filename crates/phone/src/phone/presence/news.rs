//! What the server tells about presence, in the words of the phone.

use alo_sip::presence::DialogInfo;
use alo_sip::status::StatusCode;

use crate::language::{Millis, PersonStatus, QueueLoad, WorkingNow, WorkingState};

/// Times are told in whole seconds that have passed, and the telling takes a moment: the same instant
/// comes out a little different each time.
const SAME: Millis = 2_000;

/// What became of a subscription.
#[derive(Debug)]
pub(crate) enum Watched<T> {
    /// A document came.
    Told(T),
    /// The server has nothing to tell: an empty document (RFC 3856, section 6.6).
    Empty,
    /// It does not work, or is not decided, for the moment: what was told is not known to be so any more. The
    /// user agent goes on by itself.
    Silent,
    /// Refused for good.
    Refused { status: StatusCode },
    /// Ended by the server for good.
    Ended,
}

/// What a document about this agent speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    /// The working state, by its id: the server keeps working states.
    State,
    /// What somebody is doing in general (RFC 4480), or that nobody is there.
    Activity,
    /// A call, and nothing else: the working state stays what it was.
    Call,
}

/// What the server says about this agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) says: Says,
    /// The state; `None`: the server says only that nobody is there, or only something of a call.
    pub(crate) working: Option<WorkingNow>,
    /// The state that follows when the call ends.
    pub(crate) next: Option<WorkingState>,
    /// What the colleagues see.
    pub(crate) seen: Seen,
}

/// What a person is doing, or how busy a queue is, from a presence document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) status: PersonStatus,
    /// Since when, where the server says so.
    pub(crate) since: Option<Millis>,
    /// The load, where it is a queue and no person.
    pub(crate) queue: Option<QueueLoad>,
}

/// What the server says about a colleague.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum News {
    /// A presence document.
    Presence(Seen),
    /// The calls of their phone, or those that changed.
    Dialogs(DialogInfo),
}

impl Told {
    /// A state of which nothing but itself is known.
    pub(crate) fn of(working: WorkingNow) -> Self {
        let seen = Seen {
            status: status_of(&working.state),
            since: Some(working.since),
            queue: None,
        };
        Self {
            says: Says::Activity,
            working: Some(working),
            next: None,
            seen,
        }
    }

    /// Takes over what the document before it said and this one does not deny: the working state, where it
    /// speaks only of a call, and instants that are the same.
    pub(crate) fn follow(&mut self, before: &Self) {
        if self.says == Says::Call {
            self.working.clone_from(&before.working);
            self.next.clone_from(&before.next);
        } else {
            self.keep_instants(before);
        }
        self.seen.keep_instant(&before.seen);
    }

    fn keep_instants(&mut self, before: &Self) {
        if let (Some(new), Some(old)) = (&mut self.working, &before.working)
            && new.state == old.state
        {
            // A server that does not say how long it has been so means the same state as before.
            new.since = match self.seen.since {
                Some(_) => keep(old.since, new.since),
                None => old.since,
            };
            new.until = keep_some(old.until, new.until);
        }
    }
}

impl Seen {
    /// An instant that is the same as before stays exactly the same.
    pub(crate) fn keep_instant(&mut self, before: &Self) {
        if self.status == before.status {
            self.since = keep_some(before.since, self.since);
        }
    }
}

fn keep(old: Millis, new: Millis) -> Millis {
    if old.abs_diff(new) <= SAME { old } else { new }
}

fn keep_some(old: Option<Millis>, new: Option<Millis>) -> Option<Millis> {
    new.map(|new| old.map_or(new, |old| keep(old, new)))
}

/// What a colleague in this state is doing while there is no call.
pub(crate) fn status_of(state: &WorkingState) -> PersonStatus {
    if state.id == alo_api::working::AVAILABLE {
        PersonStatus::Available
    } else {
        PersonStatus::Away {
            state: state.clone(),
        }
    }
}

/// The server, or this person's phone, has no such thing: 404 (Not Found), 405 (Method Not Allowed), 489
/// (Bad Event), 501 (Not Implemented).
pub(crate) fn is_unsupported(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::NOT_FOUND
            | StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::BAD_EVENT
            | StatusCode::NOT_IMPLEMENTED
    )
}
