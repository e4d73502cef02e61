//! A scripted SIP server: a real user agent in the server's role, and what its far ends do.

use std::collections::BTreeMap;

use alo_sip::header::{HeaderName, Reason};
use alo_sip::message::Request;
use alo_sip::method::Method;
use alo_sip::status::StatusCode;
use alo_sip::time::Instant;
use alo_sip::ua::{
    Config, EndedBy, Event, FlowId, FlowInfo, Invite, Output, Role, ServerTxId, SessionEvent,
    SessionId, Transport, UserAgent,
};
use alo_sip::uri::{NameAddr, Uri};
use bytes::Bytes;

use super::engine::{direction_of, meet, sdp};
use super::presence_server::PresenceService;
use super::transfer_server::{ReferAct, TransferService};
use crate::io::Direction;
use crate::language::Millis;

/// Nobody is rung for longer.
const LONGEST_RING: Millis = 300_000;

/// One far end, as the server sees it.
#[derive(Debug)]
pub(super) struct Far {
    /// The phone's last offer or answer.
    pub(super) phone_direction: Option<Direction>,
    pub(super) answered: bool,
    /// The INVITE had an offer.
    offered: bool,
    /// What the far end itself wants.
    pub(super) wants: Direction,
}

/// What the server does later.
#[derive(Debug, Clone)]
pub(super) enum Act {
    Ring(SessionId),
    Early(SessionId),
    Answer(SessionId, String),
    AnswerWithoutSdp(SessionId, String),
    Refuse(SessionId, StatusCode),
    /// Refuses as a gateway does, with the causes of the telephone network.
    RefuseFor(SessionId, StatusCode, &'static str),
    AnswerOffer(SessionId, String),
    HangUp(SessionId),
    /// It rang long enough.
    GiveUp(SessionId),
    /// Something about a transfer.
    Refer(ReferAct),
}

/// The server.
pub(super) struct Server {
    pub(super) ua: UserAgent,
    pub(super) flow: Option<FlowId>,
    /// The flow of the last good REGISTER.
    bound: Option<FlowId>,
    pub(super) registered: bool,
    pub(super) contact: Option<Uri>,
    pub(super) calls: BTreeMap<SessionId, Far>,
    /// Methods of the requests that came, in order.
    pub(super) heard: Vec<Method>,
    /// What REGISTER is answered with.
    pub(super) register_status: StatusCode,
    /// Refuses the next offers in a dialog, the last first.
    pub(super) refuse_offers: Vec<StatusCode>,
    /// Does not answer offers at all.
    pub(super) ignore_offers: bool,
    ignored: Vec<(SessionId, String)>,
    /// What INFO is answered with, and what came.
    pub(super) info_status: StatusCode,
    pub(super) infos: Vec<String>,
    /// Header fields of the last INVITE from the phone.
    pub(super) last_hotline: Option<String>,
    /// Working states and colleagues.
    pub(super) presence: PresenceService,
    /// Transfers.
    pub(super) transfers: TransferService,
    pub(super) agenda: Vec<(Millis, Act)>,
    seed: u64,
}

impl Server {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            ua: agent(seed, true),
            flow: None,
            bound: None,
            registered: false,
            contact: None,
            calls: BTreeMap::new(),
            heard: Vec::new(),
            register_status: StatusCode::OK,
            refuse_offers: Vec::new(),
            ignore_offers: false,
            ignored: Vec::new(),
            info_status: StatusCode::OK,
            infos: Vec::new(),
            last_hotline: None,
            presence: PresenceService::new(),
            transfers: TransferService::default(),
            agenda: Vec::new(),
            seed,
        }
    }

    /// Everything it knew is forgotten.
    pub(super) fn restart(&mut self, now: Millis) {
        self.presence.restart(now);
        self.seed += 1;
        self.ua = agent(self.seed, !self.transfers.plain);
        self.calls.clear();
        self.agenda.clear();
        self.registered = false;
        self.flow = None;
        self.bound = None;
    }

    pub(super) fn opened(&mut self, now: Millis, flow: FlowId) {
        let info = FlowInfo {
            transport: Transport::Wss,
            sent_by: "pbx.alo.test".into(),
            remote: None,
            keep_alive: None,
        };
        self.ua.flow_opened(Instant::from_millis(now), flow, info);
        self.flow = Some(flow);
    }

    pub(super) fn closed(&mut self, now: Millis, flow: FlowId) {
        if self.flow == Some(flow) {
            self.flow = None;
            self.registered = false;
            self.ua.flow_closed(Instant::from_millis(now), flow);
        }
    }

    pub(super) fn receive(&mut self, now: Millis, flow: FlowId, bytes: Bytes) {
        self.ua.handle_input(Instant::from_millis(now), flow, bytes);
    }

    /// What it sends, until it has nothing more to do; then when it wants to be woken.
    pub(super) fn poll(&mut self, now: Millis) -> (Vec<(FlowId, Bytes)>, Option<Millis>) {
        let mut sent = Vec::new();
        loop {
            match self.ua.poll_output() {
                Output::Transmit { flow, bytes } => sent.push((flow, bytes)),
                Output::Event(event) => self.on_event(now, event),
                Output::Timeout(at) => {
                    if !self.presence_is_due(now) {
                        let wakes_at = at.map(Instant::as_millis).into_iter();
                        return (sent, wakes_at.chain(self.presence_wakes_at()).min());
                    }
                }
            }
        }
    }

    fn on_event(&mut self, now: Millis, event: Event) {
        match event {
            Event::Request {
                tx, request, flow, ..
            } => self.on_request(now, tx, flow, &request),
            Event::Invited {
                session,
                request,
                offer,
                ..
            } => {
                self.heard.push(Method::Invite);
                let hotline = HeaderName::from_static(alo_api::header::HOTLINE);
                self.transfers.last_invite = Some(request.clone());
                self.last_hotline = request
                    .headers()
                    .get(&hotline)
                    .map(|hotline| hotline.into_owned());
                let user = request.target().unwrap().user().unwrap().into_owned();
                self.on_invited(now, session, &user, &offer.unwrap());
            }
            Event::Session { id, event } => self.on_session(now, id, event),
            Event::Referred {
                id,
                session,
                request,
                refer,
                ..
            } => self.on_referred(now, id, session, &request, &refer),
            Event::Referral { event, .. } => self.transfers.followed.push(event),
            Event::Subscribed { id, request, .. } => self.on_subscribed(now, id, &request),
            Event::Notifier { id, event } => self.on_notifier(now, id, event),
            _ => {}
        }
    }

    fn on_request(&mut self, now: Millis, tx: ServerTxId, flow: FlowId, request: &Request) {
        let instant = Instant::from_millis(now);
        self.heard.push(request.method().clone());
        if *request.method() == Method::Publish {
            return self.on_publish(now, tx, request);
        }
        let mut headers = vec![];
        let status = match request.method() {
            Method::Register => {
                let contact = request.headers().contact().ok().flatten();
                let status = self.register_status;
                if status.is_success() {
                    self.registered = true;
                    // RFC 5626, section 5.3: the same instance on a new flow.
                    if let Some(old) = self.bound.replace(flow).filter(|old| *old != flow) {
                        self.ua.rebind(instant, old, flow);
                    }
                    self.contact = contact.map(|contact| contact.uri().clone());
                    let value = request.headers().get(&HeaderName::Contact);
                    headers.push((HeaderName::Contact, value.unwrap().into_owned()));
                    headers.push((HeaderName::Expires, "300".into()));
                }
                status
            }
            Method::Info => {
                let body = String::from_utf8(request.body().to_vec()).unwrap();
                self.infos.push(body);
                self.info_status
            }
            _ => StatusCode::NOT_IMPLEMENTED,
        };
        let _ = self.ua.respond(instant, tx, status, headers, None);
    }

    fn on_invited(&mut self, now: Millis, session: SessionId, user: &str, offer: &str) {
        let answer = sdp(meet(Direction::SendRecv, direction_of(offer)));
        let refused = |status| vec![(20, Act::Refuse(session, status))];
        let ring = (20, Act::Ring(session));
        let plan = match user {
            "busy" => refused(StatusCode::BUSY_HERE),
            "gateway-busy" => {
                let causes = "SIP;cause=503, Q.850;cause=17;text=\"User busy\"";
                let status = StatusCode::SERVICE_UNAVAILABLE;
                vec![(20, Act::RefuseFor(session, status, causes))]
            }
            "congested" => {
                let status = StatusCode::SERVICE_UNAVAILABLE;
                vec![(20, Act::RefuseFor(session, status, "Q.850;cause=42"))]
            }
            "nobody" => refused(StatusCode::NOT_FOUND),
            "forbidden" => refused(StatusCode::FORBIDDEN),
            "away" => refused(StatusCode::TEMPORARILY_UNAVAILABLE),
            "declines" => vec![ring, (400, Act::Refuse(session, StatusCode::DECLINE))],
            "never" => vec![ring],
            "late" => vec![
                ring,
                (
                    600,
                    Act::Refuse(session, StatusCode::TEMPORARILY_UNAVAILABLE),
                ),
            ],
            "early" => vec![
                (20, Act::Early(session)),
                (500, Act::AnswerWithoutSdp(session, answer)),
            ],
            "at-once" => vec![(20, Act::Answer(session, answer))],
            _ => vec![ring, (500, Act::Answer(session, answer))],
        };
        self.agenda
            .extend(plan.into_iter().map(|(after, act)| (now + after, act)));
        self.agenda.push((now + LONGEST_RING, Act::GiveUp(session)));
        let far = Far {
            phone_direction: Some(direction_of(offer)),
            answered: false,
            offered: true,
            wants: Direction::SendRecv,
        };
        self.calls.insert(session, far);
    }

    fn on_session(&mut self, now: Millis, id: SessionId, event: SessionEvent) {
        match event {
            SessionEvent::Answered { sdp, .. } => {
                if let Some(far) = self.calls.get_mut(&id) {
                    far.answered = true;
                    far.phone_direction = sdp.as_deref().map(direction_of);
                    if !far.offered {
                        // The INVITE had no offer: this one is answered in the ACK.
                        let answer = super::engine::sdp(Direction::SendRecv);
                        self.agenda.push((now + 10, Act::AnswerOffer(id, answer)));
                    }
                }
            }
            SessionEvent::Established => {
                if let Some(far) = self.calls.get_mut(&id) {
                    far.answered = true;
                }
            }
            SessionEvent::Offer { sdp: offer } => self.on_offer(now, id, &offer),
            SessionEvent::OfferAnswered { sdp } => {
                if let Some(far) = self.calls.get_mut(&id) {
                    far.phone_direction = Some(direction_of(&sdp));
                }
            }
            SessionEvent::Ended { by, .. } => {
                if let EndedBy::Refused { status, .. } = by {
                    self.transfers.refused_calls.push(status.code());
                }
                self.calls.remove(&id);
            }
            // A server gives up a call whose phone does not answer any more.
            SessionEvent::Uncertain { .. } => self.agenda.push((now + 1, Act::HangUp(id))),
            _ => {}
        }
    }

    fn on_offer(&mut self, now: Millis, id: SessionId, offer: &str) {
        if self.ignore_offers {
            self.ignored.push((id, offer.to_owned()));
            return;
        }
        if let Some(status) = self.refuse_offers.pop() {
            let _ = self.ua.reject_offer(Instant::from_millis(now), id, status);
            return;
        }
        let Some(far) = self.calls.get_mut(&id) else {
            return;
        };
        far.phone_direction = Some(direction_of(offer));
        let answer = sdp(meet(far.wants, direction_of(offer)));
        self.agenda.push((now + 10, Act::AnswerOffer(id, answer)));
    }

    /// Comes back to the offers that it did not answer.
    pub(super) fn wakes_up(&mut self, now: Millis) {
        self.ignore_offers = false;
        for (id, offer) in std::mem::take(&mut self.ignored) {
            self.on_offer(now, id, &offer);
        }
    }

    /// Does what is due.
    pub(super) fn act(&mut self, now: Millis, act: Act) {
        let instant = Instant::from_millis(now);
        let early = || Some(sdp(Direction::SendRecv));
        // What no longer fits (the phone hung up meanwhile) is refused by the user agent.
        let _ = match act {
            Act::Ring(id) => self
                .ua
                .progress(instant, id, StatusCode::RINGING, None, vec![]),
            Act::Early(id) => {
                let status = StatusCode::SESSION_PROGRESS;
                self.ua.progress(instant, id, status, early(), vec![])
            }
            Act::Answer(id, sdp) | Act::AnswerWithoutSdp(id, sdp) => {
                let name = HeaderName::from_static(alo_api::header::PLAYS);
                let plays = self.transfers.answer_plays.map(String::from);
                let words = plays.map(|plays| (name, plays)).into_iter().collect();
                self.ua.accept(instant, id, sdp, words)
            }
            Act::Refuse(id, status) => self.ua.reject(instant, id, status, vec![]),
            Act::RefuseFor(id, status, causes) => {
                let reason = (HeaderName::Reason, causes.into());
                self.ua.reject(instant, id, status, vec![reason])
            }
            Act::Refer(act) => return self.refer_act(now, act),
            Act::AnswerOffer(id, sdp) => self.ua.answer(instant, id, sdp),
            Act::HangUp(id) => {
                self.calls.remove(&id);
                self.ua.hang_up(instant, id, None)
            }
            Act::GiveUp(id) => match self.calls.get(&id) {
                Some(far) if !far.answered => {
                    self.calls.remove(&id);
                    self.ua.hang_up(instant, id, None)
                }
                _ => Ok(()),
            },
        };
    }

    /// Calls the phone.
    pub(super) fn call_phone(
        &mut self,
        now: Millis,
        user: &str,
        headers: Vec<(HeaderName, String)>,
        offer: bool,
    ) -> Option<SessionId> {
        let (flow, contact) = (self.flow?, self.contact.clone()?);
        if !self.registered {
            return None;
        }
        let uri = Uri::sip(Some(user), "alo.test").unwrap();
        let invite = Invite {
            target: contact,
            from: NameAddr::new(uri).with_display("Khách hàng"),
            to: NameAddr::new(Uri::sip(Some("101"), "alo.test").unwrap()),
            contact: Uri::sip(Some("pbx"), "pbx.alo.test").unwrap(),
            headers,
            route: vec![],
            offer: offer.then(|| sdp(Direction::SendRecv)),
            credentials: None,
        };
        let id = self.ua.invite(Instant::from_millis(now), flow, invite);
        let far = Far {
            phone_direction: None,
            answered: false,
            offered: offer,
            wants: Direction::SendRecv,
        };
        self.calls.insert(id, far);
        self.agenda.push((now + LONGEST_RING, Act::GiveUp(id)));
        Some(id)
    }

    /// The far ends are on their own: what stands between them keeps no calls.
    pub(super) fn is_a_plain_proxy(&mut self) {
        self.transfers.plain = true;
        self.ua = agent(self.seed, false);
    }

    /// Takes an unanswered call back because somebody else has it.
    pub(super) fn answered_elsewhere(&mut self, now: Millis, id: SessionId) {
        self.calls.remove(&id);
        let reason = Some(Reason::completed_elsewhere());
        let _ = self.ua.hang_up(Instant::from_millis(now), id, reason);
    }

    /// The far end offers a change.
    pub(super) fn offer(&mut self, now: Millis, id: SessionId, direction: Direction) {
        if let Some(far) = self.calls.get_mut(&id)
            && self
                .ua
                .offer(Instant::from_millis(now), id, sdp(direction))
                .is_ok()
        {
            far.wants = direction;
        }
    }
}

/// A user agent that keeps all calls itself (`joins`), or the far ends behind a proxy.
fn agent(seed: u64, joins: bool) -> UserAgent {
    let mut allow = Config::default().allow;
    allow.extend([Method::Register, Method::Subscribe, Method::Publish]);
    let mut supported = Config::default().supported;
    supported.push("replaces".into());
    if joins {
        supported.push("join".into());
    }
    let config = Config {
        role: Role::Server,
        user_agent: "scripted server".into(),
        allow,
        supported,
        ..Config::default()
    };
    UserAgent::new(config, crate::phone::rng::padded(seed))
}
