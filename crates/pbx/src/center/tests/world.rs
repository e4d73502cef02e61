//! The centre and some phones in virtual time: Alo's own user agent on both sides, no socket, and a
//! media server that does at once what it is asked for.

use std::collections::BTreeMap;
use std::time::Duration;

use alo_api::header;
use alo_sip::auth::Credentials;
use alo_sip::header::{HeaderName, Reason};
use alo_sip::message::{Message, Request, Response, parse_datagram};
use alo_sip::status::StatusCode;
use alo_sip::ua::{
    EndedBy, Event, FlowInfo, Invite, Register, RegistrationEvent, SessionEvent, Transport,
};
use alo_sip::uri::{NameAddr, Uri};

use super::super::*;
use crate::media::{Digit, MediaError, Source, Turn};
use crate::records::{CallRecord, WallClock};

pub(super) const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
    m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:111 opus/48000/2\r\na=sendrecv\r\n";

/// Hotline straight to the queue of this name.
pub(super) const SALES: &str = "+842873001001";
/// Hotline to the IVR tree `main`.
pub(super) const SUPPORT: &str = "+842473002002";

/// A phone. Its connection has its own number.
pub(super) struct Phone {
    pub(super) ua: UserAgent,
    pub(super) flow: FlowId,
    pub(super) connected: bool,
    pub(super) user: &'static str,
    /// Sessions that it began.
    pub(super) begun: Vec<SessionId>,
    /// Sessions that it was called in.
    pub(super) called: Vec<SessionId>,
    /// Those of them that it answered.
    pub(super) taken: Vec<SessionId>,
    /// The INVITEs of them.
    pub(super) invites: Vec<Request>,
    /// Why sessions ended, where the far end said so.
    pub(super) reasons: Vec<Option<Reason>>,
    pub(super) ended: Vec<(SessionId, EndedBy)>,
    /// Status codes of the provisional answers to its calls.
    pub(super) told_before: Vec<u16>,
    pub(super) answered: Vec<SessionId>,
    pub(super) registered: Option<RegistrationEvent>,
    pub(super) registration: Option<alo_sip::ua::RegistrationId>,
    /// The 200s to its calls.
    pub(super) answers: Vec<Response>,
    /// UPDATEs that told it how its call stands.
    pub(super) words: Vec<Request>,
    /// The last of each session over this connection: none is told twice.
    pub(super) last_words: BTreeMap<SessionId, Vec<Option<String>>>,
    /// Whatever else happened.
    pub(super) events: Vec<Event>,
}

pub(super) struct World {
    pub(super) now: Instant,
    pub(super) center: Center,
    pub(super) phones: BTreeMap<&'static str, Phone>,
    pub(super) next_flow: u64,
    pub(super) hears: BTreeMap<LegId, Source>,
    pub(super) turns: BTreeMap<LegId, Turn>,
    pub(super) open_media: Vec<LegId>,
    /// Of calls that are over.
    pub(super) records: Vec<CallRecord>,
    /// Challenges that were sent.
    pub(super) challenges: usize,
    /// Requests that were sent, and where to.
    pub(super) asked: Vec<(FlowId, Method)>,
    /// Connections that the centre closed.
    pub(super) closed: Vec<FlowId>,
    /// What the media server answers to who wants an offer, or has one, where it takes nobody.
    pub(super) no_media: Option<fn(LegId) -> MediaError>,
    /// How the phone network was, as it was told.
    pub(super) healths: Vec<String>,
    /// Datagrams that are lost.
    pub(super) loss: super::trunk::Loss,
}

impl World {
    pub(super) fn new() -> Self {
        Self::of(Config::demo().unwrap())
    }

    /// The demo, but for some of it.
    pub(super) fn changed(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::demo().unwrap();
        change(&mut config);
        Self::of(config)
    }

    /// As [`Self::changed`], with agents who are signed in and a guest.
    pub(super) fn shift(agents: &[&'static str], change: impl FnOnce(&mut Config)) -> Self {
        let mut world = Self::changed(change);
        for agent in agents {
            world.add(agent);
            world.sign_in(agent);
        }
        world.add("guest-1");
        world
    }

    pub(super) fn of(config: Config) -> Self {
        let seeds = Seeds {
            user_agent: [7; 32],
            nonce_secret: [7; 32],
            first_call: 1,
        };
        Self {
            now: Instant::from_millis(1000),
            center: Center::new(Arc::new(config), &seeds),
            phones: BTreeMap::new(),
            next_flow: 1,
            hears: BTreeMap::new(),
            turns: BTreeMap::new(),
            open_media: Vec::new(),
            records: Vec::new(),
            challenges: 0,
            asked: Vec::new(),
            closed: Vec::new(),
            no_media: None,
            healths: Vec::new(),
            loss: super::trunk::Loss::default(),
        }
    }

    /// Agents who are signed in.
    pub(super) fn with(agents: &[&'static str]) -> Self {
        let mut world = Self::new();
        for agent in agents {
            world.add(agent);
            world.sign_in(agent);
        }
        world
    }

    pub(super) fn add(&mut self, user: &'static str) {
        self.add_with(user, ua::Config::default());
    }

    /// A phone with these settings.
    pub(super) fn add_with(&mut self, user: &'static str, config: ua::Config) {
        let phone = Phone {
            ua: UserAgent::new(config, [self.next_flow as u8; 32]),
            flow: FlowId(0),
            connected: false,
            user,
            called: Vec::new(),
            begun: Vec::new(),
            taken: Vec::new(),
            invites: Vec::new(),
            reasons: Vec::new(),
            ended: Vec::new(),
            told_before: Vec::new(),
            answered: Vec::new(),
            registered: None,
            registration: None,
            answers: Vec::new(),
            words: Vec::new(),
            last_words: BTreeMap::new(),
            events: Vec::new(),
        };
        self.phones.insert(user, phone);
        self.connect(user);
    }

    pub(super) fn phone(&mut self, user: &str) -> &mut Phone {
        self.phones.get_mut(user).unwrap()
    }

    pub(super) fn connect(&mut self, user: &str) {
        let (now, flow) = (self.now, FlowId(self.next_flow));
        self.next_flow += 1;
        let info = |sent_by: String| FlowInfo {
            transport: Transport::Ws,
            sent_by,
            remote: None,
            keep_alive: None,
        };
        let phone = self.phone(user);
        let old = std::mem::replace(&mut phone.flow, flow);
        phone.connected = true;
        phone.last_words.clear();
        phone
            .ua
            .flow_opened(now, flow, info(format!("{}.invalid", flow.0)));
        phone.ua.rebind(now, old, flow);
        self.center.flow_opened(now, flow, info("alo.local".into()));
        self.settle();
    }

    pub(super) fn cut(&mut self, user: &str) {
        let now = self.now;
        let phone = self.phone(user);
        phone.connected = false;
        let flow = phone.flow;
        phone.ua.flow_closed(now, flow);
        self.center.flow_closed(now, flow);
        self.settle();
    }

    pub(super) fn sign_in(&mut self, user: &'static str) {
        self.register(user, &format!("alo-{user}"));
        let registered = &self.phone(user).registered;
        assert!(
            matches!(registered, Some(RegistrationEvent::Registered { .. })),
            "{registered:?}"
        );
    }

    /// Status of a registration that is refused.
    pub(super) fn refused(&mut self, user: &'static str, password: &str) -> u16 {
        self.register(user, password);
        match self.phone(user).registered.take() {
            Some(RegistrationEvent::Refused { status, .. }) => status.code(),
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn register(&mut self, user: &'static str, password: &str) {
        self.register_account(user, user, password);
    }

    /// Another tab of an agent signs in.
    pub(super) fn register_as(&mut self, user: &'static str, account: &'static str) {
        self.register_account(user, account, &format!("alo-{account}"));
    }

    fn register_account(&mut self, phone: &'static str, user: &'static str, password: &str) {
        let now = self.now;
        let tab = phone;
        let phone = self.phone(phone);
        let register = Register {
            registrar: "sip:alo.local".parse().unwrap(),
            aor: NameAddr::parse(&format!("<sip:{user}@alo.local>")).unwrap(),
            contact_user: user.into(),
            instance: format!("urn:uuid:00000000-0000-4000-8000-000000000{tab}"),
            reg_id: 1,
            expires: 300,
            credentials: Some(Credentials::password(user, password)),
            headers: Vec::new(),
        };
        phone.registration = Some(phone.ua.register(now, phone.flow, register));
        self.settle();
    }

    /// The call centre is started anew; all connections are gone.
    pub(super) fn restart(&mut self) {
        let config = Arc::clone(&self.center.config);
        let fresh = Self::of(Config::clone(&config));
        self.center = fresh.center;
        self.open_media.clear();
        self.hears.clear();
        let now = self.now;
        for phone in self.phones.values_mut() {
            phone.connected = false;
            phone.ua.flow_closed(now, phone.flow);
        }
    }

    /// Something that is no SIP arrives from this phone.
    pub(super) fn garbage(&mut self, user: &str) {
        let (now, flow) = (self.now, self.phone(user).flow);
        let bytes = Bytes::from_static(b"nonsense\r\n\r\n");
        self.center.received(now, flow, bytes);
        self.settle();
    }

    /// The page of this phone is loaded anew: it knows of nothing any more.
    pub(super) fn forget(&mut self, user: &str) {
        let now = self.now;
        let phone = self.phone(user);
        phone.ua = UserAgent::new(ua::Config::default(), [99; 32]);
        let info = FlowInfo {
            transport: Transport::Ws,
            sent_by: "anew.invalid".into(),
            remote: None,
            keep_alive: None,
        };
        phone.ua.flow_opened(now, phone.flow, info);
    }

    pub(super) fn call(&mut self, user: &str, target: &str) -> SessionId {
        self.call_as((user, ""), target)
    }

    /// Calls under this name.
    pub(super) fn call_as(&mut self, (user, name): (&str, &str), target: &str) -> SessionId {
        let now = self.now;
        let phone = self.phone(user);
        let uri = Uri::sip(Some(target), "alo.local").unwrap();
        let invite = Invite {
            target: uri.clone(),
            from: NameAddr::new(Uri::sip(Some(user), "alo.local").unwrap()).with_display(name),
            to: NameAddr::new(uri),
            contact: Uri::sip(Some(user), "tab.invalid").unwrap(),
            headers: Vec::new(),
            route: Vec::new(),
            offer: Some(SDP.into()),
            credentials: None,
        };
        let session = phone.ua.invite(now, phone.flow, invite);
        phone.begun.push(session);
        self.settle();
        session
    }

    /// The last call of this phone rings.
    pub(super) fn ring(&mut self, user: &str) {
        let now = self.now;
        let phone = self.phone(user);
        let session = *phone.called.last().unwrap();
        phone
            .ua
            .progress(now, session, StatusCode::RINGING, None, Vec::new())
            .unwrap();
        self.settle();
    }

    /// Answers the last call of this phone.
    pub(super) fn answer(&mut self, user: &str) -> SessionId {
        let now = self.now;
        let phone = self.phone(user);
        let session = *phone.called.last().unwrap();
        phone
            .ua
            .accept(now, session, SDP.into(), Vec::new())
            .unwrap();
        phone.taken.push(session);
        self.settle();
        session
    }

    /// Holds, or takes back.
    pub(super) fn hold(&mut self, user: &str, session: SessionId, holds: bool) {
        let now = self.now;
        let direction = if holds { "sendonly" } else { "sendrecv" };
        // The null address is hold too, where there is no ICE.
        let offer = SDP.replace("sendrecv", direction);
        let offer = offer.replace("0.0.0.0", "127.0.0.1");
        self.phone(user).ua.offer(now, session, offer).unwrap();
        self.settle();
    }

    pub(super) fn hang_up(&mut self, user: &str, session: SessionId) {
        self.hang_up_because(user, session, None);
    }

    /// The same with a reason (RFC 3326).
    pub(super) fn hang_up_because(
        &mut self,
        user: &str,
        session: SessionId,
        reason: Option<Reason>,
    ) {
        let now = self.now;
        self.phone(user).ua.hang_up(now, session, reason).unwrap();
        self.settle();
    }

    /// An and Bình talk, and their media flows.
    pub(super) fn talking() -> (Self, SessionId, SessionId) {
        let mut world = Self::with(&["101", "102"]);
        let outgoing = world.call("101", "102");
        let incoming = world.answer("102");
        assert_eq!(world.phone("101").answered, [outgoing]);
        for leg in world.open_media.clone() {
            world
                .center
                .media_event(world.now, &MediaEvent::Connected(leg));
        }
        world.settle();
        (world, outgoing, incoming)
    }

    /// Declines the last call of this phone, with this status.
    pub(super) fn decline(&mut self, user: &str, status: u16) {
        let now = self.now;
        let phone = self.phone(user);
        let session = *phone.called.last().unwrap();
        let status = StatusCode::new(status).unwrap();
        phone.ua.reject(now, session, status, Vec::new()).unwrap();
        self.settle();
    }

    /// Leg of the last call of this phone that there is.
    pub(super) fn leg(&mut self, user: &str) -> LegId {
        let flow = self.phone(user).flow;
        let legs = self.center.legs.iter();
        let mut own = legs.filter(|(_, info)| info.flow == Some(flow));
        *own.next_back().expect("it has a call").0
    }

    /// What the last call of this phone hears.
    pub(super) fn hears(&mut self, user: &str) -> Source {
        let leg = self.leg(user);
        self.hears.get(&leg).cloned().unwrap_or(Source::Silence)
    }

    /// The media server has played to the end what this phone hears.
    pub(super) fn spoken(&mut self, user: &str) {
        let leg = self.leg(user);
        let turn = self.turns[&leg];
        self.hears.insert(leg, Source::Silence);
        self.ends(leg, turn);
    }

    /// The media server has played to the end what this leg was to hear at that turn.
    pub(super) fn ends(&mut self, leg: LegId, turn: Turn) {
        let ended = MediaEvent::PromptEnded(leg, turn);
        self.center.media_event(self.now, &ended);
        self.settle();
    }

    /// Somebody presses a key, which comes as a telephone-event.
    pub(super) fn press(&mut self, user: &str, key: char) {
        let leg = self.leg(user);
        let pressed = MediaEvent::Digit {
            leg,
            digit: Digit::from_char(key).unwrap(),
            duration_ms: 160,
        };
        // Nobody presses two keys in the same instant.
        self.now += Duration::from_millis(400);
        let now = self.now;
        self.center.media_event(now, &pressed);
        self.settle();
    }

    /// Seconds pass.
    pub(super) fn seconds(&mut self, seconds: u64) {
        self.wait(Duration::from_secs(seconds));
    }

    /// Which of these phones have a call that they did not answer.
    pub(super) fn ringing(&self, users: &[&'static str]) -> Vec<&'static str> {
        let rings = |user: &&&'static str| {
            let phone = &self.phones[**user];
            phone.called.iter().any(|session| {
                let over = phone.ended.iter().any(|(ended, _)| ended == session);
                !over && !phone.taken.contains(session)
            })
        };
        users.iter().filter(rings).copied().collect()
    }

    /// Lets time pass, waking everybody when he wants to be woken.
    pub(super) fn wait(&mut self, duration: Duration) {
        let end = self.now + duration;
        while self.now < end {
            self.now = (self.now + Duration::from_millis(500)).min(end);
            self.center.timeout(self.now);
            for phone in self.phones.values_mut() {
                phone.ua.handle_timeout(self.now);
            }
            self.settle();
        }
    }

    /// Carries messages until nobody has any.
    pub(super) fn settle(&mut self) {
        while self.settle_center() | self.settle_phones() {}
    }

    pub(super) fn settle_center(&mut self) -> bool {
        let mut moved = false;
        loop {
            match self.center.poll_output() {
                Output::Timeout(_) => return moved,
                Output::Transmit { flow, bytes } => self.deliver(flow, bytes),
                Output::CloseFlow { flow } => {
                    self.closed.push(flow);
                    self.center.flow_closed(self.now, flow);
                }
                Output::Media(request) => self.media(request),
                Output::Record(finished) => {
                    let clock = WallClock {
                        at: self.now,
                        said: "2026-03-01T08:00:00Z".parse().unwrap(),
                    };
                    self.records.push(finished.record(clock));
                }
                Output::TrunkHealth(health) => self.healths.push(health.to_string()),
            }
            moved = true;
        }
    }

    pub(super) fn deliver(&mut self, flow: FlowId, bytes: Bytes) {
        let message = parse_datagram(bytes.clone(), &alo_sip::bounds::Limits::default());
        match message {
            Ok(Message::Response(response)) => {
                self.challenges += usize::from(response.status() == StatusCode::UNAUTHORIZED);
            }
            Ok(Message::Request(request)) => self.asked.push((flow, request.method().clone())),
            Err(_) => {}
        }
        if self.loss.takes(flow) {
            return;
        }
        let phone = self
            .phones
            .values_mut()
            .find(|phone| phone.connected && phone.flow == flow);
        if let Some(phone) = phone {
            phone.ua.handle_input(self.now, flow, bytes);
        }
    }

    pub(super) fn settle_phones(&mut self) -> bool {
        let mut moved = false;
        for phone in self.phones.values_mut() {
            loop {
                match phone.ua.poll_output() {
                    ua::Output::Timeout(_) => break,
                    ua::Output::Transmit { flow, bytes } => {
                        if phone.connected && flow == phone.flow && !self.loss.takes(flow) {
                            self.center.received(self.now, flow, bytes);
                        }
                    }
                    ua::Output::Event(event) => phone.event(event),
                }
                moved = true;
            }
        }
        moved
    }

    pub(super) fn media(&mut self, request: MediaRequest) {
        let sdp = || Ok(SDP.to_owned());
        let done = match request {
            MediaRequest::Hear { leg, source, turn } => {
                self.turns.insert(leg, turn);
                self.hears.insert(leg, source);
                return;
            }
            MediaRequest::SendDigits { .. } | MediaRequest::CancelOffer { .. } => return,
            MediaRequest::Close { leg } => return self.open_media.retain(|open| *open != leg),
            MediaRequest::CreateOffer { leg, .. } => MediaDone::Offer {
                leg,
                result: self.no_media.map_or_else(sdp, |error| Err(error(leg))),
            },
            MediaRequest::AcceptOffer { leg, .. } => MediaDone::Answer {
                leg,
                result: self.no_media.map_or_else(sdp, |error| Err(error(leg))),
            },
            MediaRequest::SetAnswer { leg, .. } => MediaDone::AnswerSet {
                leg,
                result: Ok(()),
            },
        };
        if !self.open_media.contains(&done.leg()) {
            self.open_media.push(done.leg());
        }
        self.center.media_done(self.now, done);
    }

    /// Nothing of any call is left.
    pub(super) fn is_clean(&self) {
        let Center {
            calls,
            legs,
            sessions,
            ..
        } = &self.center;
        assert_eq!((calls.len(), legs.len(), sessions.len()), (0, 0, 0));
        assert_eq!(self.open_media, []);
    }
}

impl Phone {
    pub(super) fn event(&mut self, event: Event) {
        match event {
            Event::Invited {
                session, request, ..
            } => {
                self.called.push(session);
                self.invites.push(request);
            }
            Event::Registration { event, .. } => self.registered = Some(event),
            Event::Session { id, event } => match event {
                SessionEvent::Provisional { status, .. } => self.told_before.push(status.code()),
                SessionEvent::Answered { response, .. } => {
                    self.answered.push(id);
                    self.answers.push(response);
                }
                // The refresh of a session timer says nothing.
                SessionEvent::Refreshed { request } if request.headers().has(&plays()) => {
                    self.word(id, request);
                }
                SessionEvent::Ended { by, reason, .. } => {
                    self.ended.push((id, by));
                    self.reasons.push(reason);
                }
                _ => {}
            },
            other => self.events.push(other),
        }
    }

    /// It is told how a call stands.
    fn word(&mut self, session: SessionId, word: Request) {
        let names = [header::PLAYS, header::WITH, header::ABOUT].map(HeaderName::from_static);
        let names = names.into_iter().chain([HeaderName::PAssertedIdentity]);
        let says = |name| word.headers().get(&name).map(|value| value.to_string());
        let says: Vec<_> = names.map(says).collect();
        let before = self.last_words.insert(session, says.clone());
        assert_ne!(before, Some(says), "told {} twice", self.user);
        self.words.push(word);
    }

    /// A header field of the last call that it was called in.
    pub(super) fn told(&self, name: &'static str) -> Option<String> {
        let invite = self.invites.last().unwrap();
        let value = invite.headers().get(&HeaderName::from_static(name));
        value.map(|value| value.to_string())
    }

    /// The text of the reason of the last call that ended.
    pub(super) fn reason(&self) -> Option<&str> {
        self.reasons.last()?.as_ref()?.text.as_deref()
    }

    pub(super) fn refusal(&self) -> u16 {
        match self.ended.last() {
            Some((_, EndedBy::Refused { status, .. })) => status.code(),
            other => panic!("{}: {other:?}", self.user),
        }
    }
}

fn plays() -> HeaderName {
    HeaderName::from_static(header::PLAYS)
}
