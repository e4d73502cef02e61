//! What is recorded of calls.

use alo_sip::time::Instant;

use super::active::CallId;
use super::asked::{Origin, Who};
use super::{Center, Output, screen};
use crate::call::Outcome;
use crate::leg::Refusal;
use crate::records::{
    Beginning, CallRecord, Direction, EndedBy, Ending, OfferEnd, Track, WallClock,
};
use crate::routing::Route;

/// A call that is over. Only the clock on the wall is missing for its record.
#[derive(Debug)]
pub struct Finished {
    track: Track,
    at: Instant,
    ending: Ending,
}

impl Finished {
    /// Its record.
    #[must_use]
    pub fn record(self, clock: WallClock) -> CallRecord {
        self.track.finish(self.at, self.ending, clock)
    }
}

/// The track of a call that begins.
pub(super) fn track(
    now: Instant,
    id: CallId,
    origin: &Origin,
    dialled: &str,
    route: Option<&Route<'_>>,
) -> Track {
    let outside = matches!(route, Some(Route::Phone(_) | Route::Trunk(_)));
    let beginning = Beginning {
        call: id.0,
        direction: match (&origin.who, outside) {
            (Who::Guest | Who::Network, _) => Direction::In,
            (Who::Agent(_), true) => Direction::Out,
            (Who::Agent(_), false) => Direction::Internal,
        },
        caller: origin.user.clone(),
        caller_name: Some(origin.name.clone()).filter(|name| !name.is_empty()),
        called: screen::user(dialled),
        hotline: origin.hotline().map(str::to_owned),
    };
    Track::begin(now, beginning)
}

/// How a refusal of a phone ends its offer.
pub(super) fn offer_end(status: u16) -> OfferEnd {
    match status {
        486 => OfferEnd::Busy,
        408 | 480 | 487 => OfferEnd::NoAnswer,
        600..700 => OfferEnd::Declined,
        _ => OfferEnd::Unreachable,
    }
}

impl Center {
    /// A call is over.
    pub(super) fn record(&mut self, now: Instant, track: Track, outcome: &Outcome) {
        let (by, status) = match outcome {
            Outcome::Abandoned(_) | Outcome::EndedByCaller(_) => (EndedBy::Caller, None),
            Outcome::EndedByOther(_) => (EndedBy::Called, None),
            // Whoever was rung refused; where nobody was, the call centre did.
            Outcome::Refused(refusal) if track.was_offered() => {
                (EndedBy::Called, Some(refusal.status))
            }
            Outcome::Refused(refusal) | Outcome::NoMedia(refusal) => {
                (EndedBy::Server, Some(refusal.status))
            }
            Outcome::Apologised | Outcome::Stopped | Outcome::Joined => (EndedBy::Server, None),
        };
        let reason = match outcome {
            Outcome::Refused(refusal) | Outcome::NoMedia(refusal) => refusal.text.clone(),
            outcome => outcome.to_string(),
        };
        self.finished(now, track, Ending { by, reason, status });
    }

    /// A call that never became one: there is nobody of that number, or no room.
    pub(super) fn record_refused(&mut self, now: Instant, track: Track, refusal: &Refusal) {
        let ending = Ending {
            by: EndedBy::Server,
            reason: refusal.text.clone(),
            status: Some(refusal.status),
        };
        self.finished(now, track, ending);
    }

    fn finished(&mut self, at: Instant, track: Track, ending: Ending) {
        let finished = Box::new(Finished { track, at, ending });
        self.outputs.push_back(Output::Record(finished));
    }
}
