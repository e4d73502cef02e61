//! Calls in progress: what their machines want is carried out on the user agent.

use std::fmt;
use std::time::Duration;

use alo_sip::header::{HeaderName, Reason};
use alo_sip::sdp::Sdp;
use alo_sip::status::StatusCode;
use alo_sip::time::Instant;
use alo_sip::ua::{EndedBy, FlowId, Invite, SessionError, SessionEvent, SessionId, SessionTrouble};
use tracing::Span;

use super::asked::Origin;
use super::trunk::NetworkRefusal;
use super::{Center, Output, records};
use crate::acd::{self, CallKey};
use crate::call::{self, Call, Engagement, Person};
use crate::leg::{self, End, HangUp, Refusal, SipAction, SipEvent};
use crate::logging::Shown;
use crate::media::{Digit, LegId};
use crate::peer::Peer;
use crate::records::Track;

/// When an offer is made again that met one of the far end.
const OFFER_AGAIN: Duration = Duration::from_secs(1);

/// Number of a call, as the log has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CallId(pub(super) u64);

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A call in progress.
#[derive(Debug)]
pub(super) struct Active {
    pub(super) call: Call,
    /// Everything that is logged of the call is inside of it.
    pub(super) span: Span,
    /// Where the caller is, if it is a guest.
    pub(super) guest: Option<Peer>,
    /// Who calls.
    pub(super) origin: Origin,
    /// Id of the queue that it waits in, or was answered out of.
    pub(super) queue: Option<String>,
    /// Id of the last queue that it came to, whose music it keeps.
    pub(super) last_queue: Option<String>,
    /// How long it waited in queues that it has left.
    pub(super) waited: Duration,
    answered: Option<Answered>,
    /// Who is rung directly, or was.
    pub(super) rung: Option<String>,
    /// What will be recorded of it.
    pub(super) track: Track,
    /// The agents who have to do with it, as they were counted last.
    pub(super) counted: Vec<(String, Engagement)>,
    /// Why the phone network did not connect it.
    pub(super) network_refusal: Option<NetworkRefusal>,
}

/// Who answered a call.
#[derive(Debug)]
struct Answered {
    at: Instant,
    /// Extension, where it was an agent...
    agent: Option<String>,
    /// ... and name, for the phones that rang too.
    name: Option<String>,
}

impl Active {
    pub(super) fn new(
        call: Call,
        span: Span,
        origin: Origin,
        guest: Option<Peer>,
        track: Track,
    ) -> Self {
        Self {
            call,
            span,
            guest,
            origin,
            queue: None,
            last_queue: None,
            waited: Duration::ZERO,
            answered: None,
            rung: None,
            track,
            counted: Vec::new(),
            network_refusal: None,
        }
    }

    /// Whether it waits in a queue, and nobody has answered.
    pub(super) fn waits(&self) -> bool {
        self.queue.is_some() && self.answered.is_none()
    }

    /// It leaves its queue, or the agent who had it out of there: what the distribution has to know.
    pub(super) fn leaves_queue(&mut self, id: CallId) -> Option<acd::Input> {
        let agent = self.answered.take().and_then(|answered| answered.agent);
        let queue = self.queue.take()?;
        let call = CallKey(id.0);
        Some(match agent {
            Some(agent) => acd::Input::Ended {
                agent,
                queue: Some(queue),
            },
            None => acd::Input::Leave { call },
        })
    }
}

/// What is known of a leg besides what its call knows.
#[derive(Debug)]
pub(super) struct LegInfo {
    pub(super) call: CallId,
    pub(super) session: Option<SessionId>,
    /// The connection that its phone is on; none for a simulated phone.
    pub(super) flow: Option<FlowId>,
    /// Whether that connection is open.
    pub(super) open: bool,
    /// The INVITE to send, without its offer.
    pub(super) invite: Option<Invite>,
}

impl Center {
    /// Hands an input to the call of a leg.
    pub(super) fn feed(&mut self, now: Instant, leg: LegId, input: leg::Input) {
        let Some(info) = self.legs.get(&leg) else {
            return;
        };
        let id = info.call;
        if let Some(active) = self.calls.get_mut(&id) {
            let span = active.span.clone();
            let _entered = span.enter();
            let outputs = active.call.step(now, leg, input);
            self.carry_out(now, id, outputs);
        }
    }

    /// Time passed for a call.
    pub(super) fn call_timeout(&mut self, now: Instant, id: CallId) {
        if let Some(active) = self.calls.get_mut(&id) {
            let span = active.span.clone();
            let _entered = span.enter();
            let outputs = active.call.timeout(now);
            self.carry_out(now, id, outputs);
        }
    }

    /// Carries out what a call wants.
    pub(super) fn carry_out(&mut self, now: Instant, id: CallId, outputs: Vec<call::Output>) {
        for output in outputs {
            match output {
                call::Output::Sip { leg, action } => self.act(now, leg, action),
                call::Output::Media(request) => self.outputs.push_back(Output::Media(request)),
                call::Output::Left(leg) => self.forget(leg),
                call::Output::Answered(leg) => self.answered(now, id, leg),
                call::Output::Talking => tracing::info!("talking"),
                call::Output::Missed { agent, status } => self.missed(now, id, agent, status),
                call::Output::Menu(tree) => {
                    tracing::info!(tree, "hears a menu");
                    self.track(id, |track| track.ivr(now, &tree));
                }
                call::Output::Apology => self.track(id, |track| track.apology(now)),
                call::Output::Go(to) => self.go_to(now, id, &to),
                call::Output::Unanswered(refusal) => self.unanswered(now, id, refusal),
                call::Output::Over(outcome) => self.over(now, id, &outcome),
            }
        }
        self.count(id);
    }

    /// Notes something for the record of a call.
    pub(super) fn track(&mut self, id: CallId, note: impl FnOnce(&mut Track)) {
        if let Some(active) = self.calls.get_mut(&id) {
            note(&mut active.track);
        }
    }

    fn answered(&mut self, now: Instant, id: CallId, leg: LegId) {
        let Some(active) = self.calls.get_mut(&id) else {
            return;
        };
        let person = active.call.person(leg).cloned();
        let by = person.as_ref().map_or("", Person::name);
        tracing::info!(by = %Shown::new(by, &self.config.log), "answered");
        active.track.answered(now, by);
        let agent = match &person {
            Some(Person::Agent(extension)) => Some(extension.clone()),
            _ => None,
        };
        let known = agent.as_deref().and_then(|agent| self.config.agent(agent));
        active.answered = Some(Answered {
            at: now,
            name: known.map(|agent| agent.name.clone()),
            agent: agent.clone(),
        });
        if let (Some(agent), Some(_)) = (agent, &active.queue) {
            let call = CallKey(id.0);
            self.tell_acd(acd::Input::Answered { call, agent });
        }
    }

    /// Why a leg is ended, as its phone is told (RFC 3326).
    fn reason(&self, leg: LegId, why: HangUp) -> Option<Reason> {
        match why {
            HangUp::OtherSide | HangUp::CallerGone => None,
            HangUp::AnsweredElsewhere => {
                let elsewhere = Reason::completed_elsewhere();
                let info = self.legs.get(&leg);
                let active = info.and_then(|info| self.calls.get(&info.call));
                let by = active.and_then(|active| active.answered.as_ref()?.name.as_ref());
                Some(match by {
                    Some(name) => Reason {
                        text: Some(format!("Answered by {name}")),
                        ..elsewhere
                    },
                    None => elsewhere,
                })
            }
            HangUp::DeclinedElsewhere => {
                Some(Reason::sip(StatusCode::DECLINE, "Declined elsewhere"))
            }
            HangUp::NoAnswer => Some(Reason::sip(StatusCode::REQUEST_TIMEOUT, "No answer")),
            HangUp::Stopping => {
                let status = StatusCode::SERVICE_UNAVAILABLE;
                Some(Reason::sip(status, "The call centre stops"))
            }
            HangUp::Nobody => {
                let status = StatusCode::TEMPORARILY_UNAVAILABLE;
                Some(Reason::sip(status, "Nobody can take the call"))
            }
            HangUp::Failure => {
                let status = StatusCode::SERVER_INTERNAL_ERROR;
                Some(Reason::sip(status, "The call cannot go on"))
            }
        }
    }

    fn over(&mut self, now: Instant, id: CallId, outcome: &call::Outcome) {
        let Some(mut active) = self.calls.remove(&id) else {
            return;
        };
        let answered = active.answered.as_ref();
        let talked = answered.map(|answered| (now - answered.at).as_secs());
        let network = active.network_refusal.as_ref();
        let explained = network.and_then(|network| network.explained(outcome));
        let outcome = explained.as_ref().unwrap_or(outcome);
        tracing::info!(%outcome, talked_seconds = talked, "over");
        if let (call::Outcome::Refused(refusal), Some(who)) = (outcome, &active.rung) {
            let how = records::offer_end(refusal.status);
            active.track.offer_over(now, who, how);
        }
        self.acd_inputs.extend(active.leaves_queue(id));
        self.record(now, active.track, outcome);
        self.forget_legs(id);
        self.recount(&active.counted, &[]);
    }

    /// Forgets what is left of the legs of a call.
    pub(super) fn forget_legs(&mut self, id: CallId) {
        let legs = self.legs.iter().filter(|(_, info)| info.call == id);
        let legs: Vec<_> = legs.map(|(leg, _)| *leg).collect();
        for leg in legs {
            self.forget(leg);
        }
    }

    fn forget(&mut self, leg: LegId) {
        let info = self.legs.remove(&leg);
        if let Some(session) = info.and_then(|info| info.session) {
            self.sessions.remove(&session);
        }
    }

    /// What a session does for its leg.
    fn act(&mut self, now: Instant, leg: LegId, action: SipAction) {
        if let SipAction::Invite(offer) = action {
            self.invite(now, leg, offer);
            return;
        }
        let Some(session) = self.legs.get(&leg).and_then(|info| info.session) else {
            return;
        };
        let result = match action {
            SipAction::Invite(_) => Ok(()),
            SipAction::Ring => {
                let ringing = StatusCode::RINGING;
                self.ua.progress(now, session, ringing, None, Vec::new())
            }
            SipAction::Progress(sdp) => {
                let progress = StatusCode::SESSION_PROGRESS;
                self.ua
                    .progress(now, session, progress, Some(sdp), Vec::new())
            }
            SipAction::Accept(sdp) => self.ua.accept(now, session, sdp, Vec::new()),
            SipAction::Reject(refusal) => {
                let (refusal, headers) = self.in_words_of_the_network(leg, refusal);
                self.reject(now, session, &refusal, headers)
            }
            SipAction::HangUp(why) => {
                let reason = self.reason(leg, why);
                self.ua.hang_up(now, session, reason)
            }
            SipAction::Answer(sdp) => {
                let answered = self.ua.answer(now, session, sdp);
                if answered.is_err() {
                    // The far end took its request back in between: nothing comes of what it asked.
                    let refused = SipEvent::OfferRefused { retry_after: None };
                    self.feed(now, leg, leg::Input::Sip(refused));
                }
                answered
            }
            SipAction::Offer(sdp) => {
                let offered = self.ua.offer(now, session, sdp);
                if offered.is_err() {
                    // The far end's own offer came in between: tried again after it.
                    let refused = SipEvent::OfferRefused {
                        retry_after: Some(OFFER_AGAIN),
                    };
                    self.feed(now, leg, leg::Input::Sip(refused));
                }
                offered
            }
            SipAction::RefuseOffer => {
                let status = StatusCode::NOT_ACCEPTABLE_HERE;
                self.ua.reject_offer(now, session, status)
            }
            SipAction::PostponeOffer => {
                let status = StatusCode::REQUEST_PENDING;
                self.ua.reject_offer(now, session, status)
            }
            SipAction::Info(digit, duration) => self.send_info(now, session, digit, duration),
        };
        if let Err(error) = result {
            // The far end was faster: what it did comes as an event.
            tracing::debug!(leg = leg.0, %error, "not carried out");
        }
    }

    fn invite(&mut self, now: Instant, leg: LegId, offer: String) {
        let Some(info) = self.legs.get_mut(&leg) else {
            return;
        };
        let (Some(mut invite), Some(flow)) = (info.invite.take(), info.flow) else {
            return;
        };
        invite.offer = Some(offer);
        let session = self.ua.invite(now, flow, invite);
        info.session = Some(session);
        self.sessions.insert(session, leg);
    }

    fn send_info(
        &mut self,
        now: Instant,
        session: SessionId,
        digit: Digit,
        duration: u16,
    ) -> Result<(), SessionError> {
        let body = format!("Signal={}\r\nDuration={duration}\r\n", digit.as_char());
        let sent = self
            .ua
            .info(now, session, super::requests::DTMF_RELAY, body.into_bytes());
        sent.map(|_request| ())
    }

    /// Refuses an INVITE and says why, in words, in a `Warning` (RFC 3261 section 20.43).
    pub(super) fn reject(
        &mut self,
        now: Instant,
        session: SessionId,
        refusal: &Refusal,
        mut headers: Vec<(HeaderName, String)>,
    ) -> Result<(), SessionError> {
        let status = StatusCode::new(refusal.status).unwrap_or(StatusCode::SERVER_INTERNAL_ERROR);
        let warning = format!("399 {} \"{}\"", self.config.domain, refusal.text);
        headers.push((HeaderName::from_static("Warning"), warning));
        self.ua.reject(now, session, status, headers)
    }

    /// What happened to a session, for its leg.
    pub(super) fn session_event(&mut self, now: Instant, session: SessionId, event: SessionEvent) {
        let Some(leg) = self.sessions.get(&session).copied() else {
            return;
        };
        self.note_network_refusal(leg, &event);
        let event = match event {
            SessionEvent::Provisional {
                sdp: Some(sdp),
                status,
                ..
            } => SipEvent::EarlyMedia {
                sdp,
                rings: status == StatusCode::RINGING,
            },
            SessionEvent::Provisional { sdp: None, .. } => SipEvent::Ringing,
            SessionEvent::Answered { sdp, .. } => SipEvent::Answered(sdp),
            SessionEvent::Offer { sdp } => SipEvent::Offer {
                holds: holds(&sdp),
                sdp,
            },
            SessionEvent::OfferWanted => SipEvent::OfferWanted,
            SessionEvent::OfferAnswered { sdp } => SipEvent::OfferAnswered(sdp),
            SessionEvent::Ended { by, .. } => match by {
                EndedBy::Local => return,
                EndedBy::Refused { status, .. } => SipEvent::Refused(status.code()),
                EndedBy::Remote | EndedBy::Cancelled => SipEvent::Ended(End::HungUp),
                EndedBy::Timeout => SipEvent::Ended(End::Gone),
            },
            // The phone may be on its way back; the leg's own patience decides.
            SessionEvent::Uncertain { why } => match why {
                SessionTrouble::Gone481 => SipEvent::Forgotten,
                SessionTrouble::RefreshFailed | SessionTrouble::TimedOut408 => SipEvent::Unheard,
            },
            SessionEvent::OfferRefused { retry_after, .. } => {
                SipEvent::OfferRefused { retry_after }
            }
            SessionEvent::Established => SipEvent::Heard,
        };
        self.feed(now, leg, leg::Input::Sip(event));
    }

    /// A phone did something in its session, so it knows it.
    pub(super) fn heard(&mut self, now: Instant, session: Option<SessionId>) {
        let leg = session.and_then(|session| self.sessions.get(&session).copied());
        if let Some(leg) = leg {
            self.feed(now, leg, leg::Input::Sip(SipEvent::Heard));
        }
    }

    /// How many legs are on this connection.
    pub(super) fn legs_on(&self, flow: FlowId) -> usize {
        let here = |info: &&LegInfo| info.flow == Some(flow);
        self.legs.values().filter(here).count()
    }

    /// Notices phones that are on another connection than before.
    pub(super) fn follow_flows(&mut self, now: Instant) {
        let mut back = Vec::new();
        for (leg, info) in &mut self.legs {
            let Some(session) = info.session.and_then(|session| self.ua.session(session)) else {
                continue;
            };
            let flow = Some(session.flow());
            if flow != info.flow {
                info.flow = flow;
                info.open = true;
                back.push(*leg);
            }
        }
        for leg in back {
            tracing::info!(leg = leg.0, "the phone is on another connection");
            self.feed(now, leg, leg::Input::Connection(true));
        }
    }
}

/// Whether an offer puts this side on hold: its audio does not want to receive
/// (RFC 3264 section 8.4). What cannot be read is left to the media server to refuse.
fn holds(sdp: &str) -> bool {
    let Ok(sdp) = Sdp::parse(sdp) else {
        return false;
    };
    sdp.audio().is_some_and(|audio| !audio.direction.receives())
}
