//! The media server: does what it is asked for, takes its time, and plays nothing.

use std::collections::BTreeMap;

use alo_pbx::media::{LegId, MediaEvent, Repeat, Source, Turn};
use alo_pbx::media_io::{MediaDone, MediaRequest};
use alo_phone::language::Millis;

use super::sdp::{self, Ways};

/// How long a prompt is.
const PROMPT: Millis = 3_000;

/// One leg.
#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) source: Source,
    pub(crate) turn: Turn,
    offered: Option<Ways>,
    pub(crate) agreed: Option<Ways>,
    /// How the phone at the other end names itself.
    pub(crate) far: Option<String>,
    /// Media flows, as far as the server was told.
    pub(crate) up: bool,
    /// The far end closed: nothing brings it up again.
    failed: bool,
    busy_until: Millis,
}

/// All legs that are open.
#[derive(Debug, Default)]
pub(crate) struct Studio {
    pub(crate) legs: BTreeMap<LegId, Leg>,
}

/// What comes of a request.
#[derive(Default)]
pub(crate) struct Done {
    pub(crate) done: Option<(Millis, MediaDone)>,
    pub(crate) told: Option<(Millis, MediaEvent)>,
    /// A description was applied to this leg.
    pub(crate) applied: Option<LegId>,
    /// The phone at the other end sees that the server closed, as it names itself.
    pub(crate) closed: Option<String>,
}

impl Studio {
    pub(crate) fn media(&mut self, now: Millis, takes: Millis, request: MediaRequest) -> Done {
        let mut made = Done::default();
        match request {
            MediaRequest::CreateOffer { leg, allow, .. } => {
                let open = self.leg(leg);
                let ways = Ways::from(allow);
                open.offered = Some(ways);
                let result = Ok(sdp::describe(&sdp::leg_name(leg), ways));
                made.done = Some((open.after(now, takes), MediaDone::Offer { leg, result }));
            }
            MediaRequest::AcceptOffer {
                leg, sdp, allow, ..
            } => {
                let open = self.leg(leg);
                let ways = Ways::from(allow).meet(Ways::of(&sdp));
                open.agreed = Some(ways);
                open.far = sdp::speaker(&sdp).map(str::to_owned);
                let result = Ok(sdp::describe(&sdp::leg_name(leg), ways));
                made.applied = Some(leg);
                made.done = Some((open.after(now, takes), MediaDone::Answer { leg, result }));
            }
            MediaRequest::SetAnswer { leg, sdp } => {
                let open = self.leg(leg);
                let offered = open.offered.take().expect("an offer is open");
                open.agreed = Some(offered.meet(Ways::of(&sdp)));
                open.far = sdp::speaker(&sdp).map(str::to_owned);
                let result = Ok(());
                made.applied = Some(leg);
                made.done = Some((open.after(now, takes), MediaDone::AnswerSet { leg, result }));
            }
            MediaRequest::CancelOffer { leg } => {
                if let Some(open) = self.legs.get_mut(&leg) {
                    open.offered = None;
                }
            }
            MediaRequest::Hear { leg, source, turn } => {
                let ends = match &source {
                    Source::Prompts(prompts) => Some(prompts.len() as Millis * PROMPT),
                    Source::Prompt(_, Repeat::Once) => Some(PROMPT),
                    _ => None,
                };
                let open = self.leg(leg);
                (open.source, open.turn) = (source, turn);
                made.told = ends.map(|ends| (now + ends, MediaEvent::PromptEnded(leg, turn)));
            }
            MediaRequest::SendDigits { leg, digits, .. } => {
                let count = digits.count();
                made.told = Some((now + takes, MediaEvent::DigitsSent { leg, count }));
            }
            MediaRequest::Close { leg } => {
                made.closed = self.legs.remove(&leg).and_then(|leg| leg.far);
            }
        }
        made
    }

    /// What is told reaches the call centre: from now on it is so. Whether it is to be told at all.
    pub(crate) fn is_told(&mut self, event: &MediaEvent) -> bool {
        match event {
            MediaEvent::PromptEnded(leg, turn) => match self.legs.get_mut(leg) {
                Some(open) if open.turn == *turn => {
                    open.source = Source::Silence;
                    true
                }
                _ => false,
            },
            MediaEvent::Failed(leg) => match self.legs.get_mut(leg) {
                Some(open) => {
                    (open.up, open.failed) = (false, true);
                    true
                }
                None => false,
            },
            MediaEvent::Connected(leg) => self.legs.get(leg).is_some_and(|open| !open.failed),
            MediaEvent::Disconnected(leg)
            | MediaEvent::Digit { leg, .. }
            | MediaEvent::DigitsSent { leg, .. }
            | MediaEvent::DigitsRefused(leg) => self.legs.contains_key(leg),
        }
    }

    fn leg(&mut self, leg: LegId) -> &mut Leg {
        self.legs.entry(leg).or_insert_with(|| Leg {
            source: Source::Silence,
            turn: Turn::default(),
            offered: None,
            agreed: None,
            far: None,
            up: false,
            failed: false,
            busy_until: 0,
        })
    }
}

impl Leg {
    fn after(&mut self, now: Millis, takes: Millis) -> Millis {
        self.busy_until = self.busy_until.max(now + takes);
        self.busy_until
    }
}
