//! The centre and some phones in virtual time: Alo's own user agent on both sides, no socket, and a
//! media server that does at once what it is asked for.

use std::collections::BTreeMap;
use std::time::Duration;

use alo_sip::auth::Credentials;
use alo_sip::message::{Message, parse_datagram};
use alo_sip::status::StatusCode;
use alo_sip::ua::{
    EndedBy, Event, FlowInfo, Invite, Register, RegistrationEvent, SessionEvent, Transport,
};
use alo_sip::uri::{NameAddr, Uri};

use super::*;
use crate::media::Source;

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
    m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:111 opus/48000/2\r\na=sendrecv\r\n";

/// A phone. Its connection has its own number.
struct Phone {
    ua: UserAgent,
    flow: FlowId,
    connected: bool,
    user: &'static str,
    /// Sessions that it was called in.
    called: Vec<SessionId>,
    /// Who called: user part and name.
    callers: Vec<(String, String)>,
    ended: Vec<(SessionId, EndedBy)>,
    answered: Vec<SessionId>,
    registered: Option<RegistrationEvent>,
    registration: Option<alo_sip::ua::RegistrationId>,
}

struct World {
    now: Instant,
    center: Center,
    phones: BTreeMap<&'static str, Phone>,
    next_flow: u64,
    hears: BTreeMap<LegId, Source>,
    open_media: Vec<LegId>,
    /// Challenges that were sent.
    challenges: usize,
    /// Connections that the centre closed.
    closed: Vec<FlowId>,
}

impl World {
    fn new() -> Self {
        Self::of(Config::demo().unwrap())
    }

    /// The demo, but for some limits of calls.
    fn limited(change: impl FnOnce(&mut crate::config::Calls)) -> Self {
        let mut config = Config::demo().unwrap();
        change(&mut config.calls);
        Self::of(config)
    }

    fn of(config: Config) -> Self {
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
            open_media: Vec::new(),
            challenges: 0,
            closed: Vec::new(),
        }
    }

    /// Agents who are signed in.
    fn with(agents: &[&'static str]) -> Self {
        let mut world = Self::new();
        for agent in agents {
            world.add(agent);
            world.sign_in(agent);
        }
        world
    }

    fn add(&mut self, user: &'static str) {
        let phone = Phone {
            ua: UserAgent::new(ua::Config::default(), [self.next_flow as u8; 32]),
            flow: FlowId(0),
            connected: false,
            user,
            called: Vec::new(),
            callers: Vec::new(),
            ended: Vec::new(),
            answered: Vec::new(),
            registered: None,
            registration: None,
        };
        self.phones.insert(user, phone);
        self.connect(user);
    }

    fn phone(&mut self, user: &str) -> &mut Phone {
        self.phones.get_mut(user).unwrap()
    }

    fn connect(&mut self, user: &str) {
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
        phone
            .ua
            .flow_opened(now, flow, info(format!("{}.invalid", flow.0)));
        phone.ua.rebind(now, old, flow);
        self.center.flow_opened(now, flow, info("alo.local".into()));
        self.settle();
    }

    fn cut(&mut self, user: &str) {
        let now = self.now;
        let phone = self.phone(user);
        phone.connected = false;
        let flow = phone.flow;
        phone.ua.flow_closed(now, flow);
        self.center.flow_closed(now, flow);
        self.settle();
    }

    fn sign_in(&mut self, user: &'static str) {
        self.register(user, &format!("alo-{user}"));
        let registered = &self.phone(user).registered;
        assert!(
            matches!(registered, Some(RegistrationEvent::Registered { .. })),
            "{registered:?}"
        );
    }

    /// Status of a registration that is refused.
    fn refused(&mut self, user: &'static str, password: &str) -> u16 {
        self.register(user, password);
        match self.phone(user).registered.take() {
            Some(RegistrationEvent::Refused { status, .. }) => status.code(),
            other => panic!("{other:?}"),
        }
    }

    fn register(&mut self, user: &'static str, password: &str) {
        let now = self.now;
        let phone = self.phone(user);
        let register = Register {
            registrar: "sip:alo.local".parse().unwrap(),
            aor: NameAddr::parse(&format!("<sip:{user}@alo.local>")).unwrap(),
            contact_user: user.into(),
            instance: format!("urn:uuid:00000000-0000-4000-8000-000000000{user}"),
            reg_id: 1,
            expires: 300,
            credentials: Some(Credentials::password(user, password)),
            headers: Vec::new(),
        };
        phone.registration = Some(phone.ua.register(now, phone.flow, register));
        self.settle();
    }

    /// Something that is no SIP arrives from this phone.
    fn garbage(&mut self, user: &str) {
        let (now, flow) = (self.now, self.phone(user).flow);
        let bytes = Bytes::from_static(b"nonsense\r\n\r\n");
        self.center.received(now, flow, bytes);
        self.settle();
    }

    /// The page of this phone is loaded anew: it knows of nothing any more.
    fn forget(&mut self, user: &str) {
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

    fn call(&mut self, user: &str, target: &str) -> SessionId {
        let now = self.now;
        let phone = self.phone(user);
        let uri = Uri::sip(Some(target), "alo.local").unwrap();
        let invite = Invite {
            target: uri.clone(),
            from: NameAddr::parse(&format!("<sip:{user}@alo.local>")).unwrap(),
            to: NameAddr::new(uri),
            contact: Uri::sip(Some(user), "tab.invalid").unwrap(),
            headers: Vec::new(),
            route: Vec::new(),
            offer: Some(SDP.into()),
            credentials: None,
        };
        let session = phone.ua.invite(now, phone.flow, invite);
        self.settle();
        session
    }

    /// Answers the last call of this phone.
    fn answer(&mut self, user: &str) -> SessionId {
        let now = self.now;
        let phone = self.phone(user);
        let session = *phone.called.last().unwrap();
        phone
            .ua
            .accept(now, session, SDP.into(), Vec::new())
            .unwrap();
        self.settle();
        session
    }

    fn hang_up(&mut self, user: &str, session: SessionId) {
        let now = self.now;
        self.phone(user).ua.hang_up(now, session, None).unwrap();
        self.settle();
    }

    /// An and Bình talk, and their media flows.
    fn talking() -> (Self, SessionId, SessionId) {
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

    /// Lets time pass, waking everybody when he wants to be woken.
    fn wait(&mut self, duration: Duration) {
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
    fn settle(&mut self) {
        while self.settle_center() | self.settle_phones() {}
    }

    fn settle_center(&mut self) -> bool {
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
            }
            moved = true;
        }
    }

    fn deliver(&mut self, flow: FlowId, bytes: Bytes) {
        let message = parse_datagram(bytes.clone(), &alo_sip::bounds::Limits::default());
        if let Ok(Message::Response(response)) = message {
            self.challenges += usize::from(response.status() == StatusCode::UNAUTHORIZED);
        }
        let phone = self
            .phones
            .values_mut()
            .find(|phone| phone.connected && phone.flow == flow);
        if let Some(phone) = phone {
            phone.ua.handle_input(self.now, flow, bytes);
        }
    }

    fn settle_phones(&mut self) -> bool {
        let mut moved = false;
        for phone in self.phones.values_mut() {
            loop {
                match phone.ua.poll_output() {
                    ua::Output::Timeout(_) => break,
                    ua::Output::Transmit { flow, bytes } => {
                        if phone.connected && flow == phone.flow {
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

    fn media(&mut self, request: MediaRequest) {
        let sdp = || Ok(SDP.to_owned());
        let done = match request {
            MediaRequest::Hear { leg, source } => {
                self.hears.insert(leg, source);
                return;
            }
            MediaRequest::SendDigits { .. } | MediaRequest::CancelOffer { .. } => return,
            MediaRequest::Close { leg } => return self.open_media.retain(|open| *open != leg),
            MediaRequest::CreateOffer { leg, .. } => MediaDone::Offer { leg, result: sdp() },
            MediaRequest::AcceptOffer { leg, .. } => MediaDone::Answer { leg, result: sdp() },
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
    fn is_clean(&self) {
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
    fn event(&mut self, event: Event) {
        match event {
            Event::Invited {
                session, request, ..
            } => {
                self.called.push(session);
                let from = request.headers().from().unwrap().unwrap();
                let name = from.display().unwrap_or_default().into_owned();
                self.callers.push((super::invites::user(from.uri()), name));
            }
            Event::Registration { event, .. } => self.registered = Some(event),
            Event::Session { id, event } => match event {
                SessionEvent::Answered { .. } => self.answered.push(id),
                SessionEvent::Ended { by, .. } => self.ended.push((id, by)),
                _ => {}
            },
            _ => {}
        }
    }

    fn refusal(&self) -> u16 {
        match self.ended.last() {
            Some((_, EndedBy::Refused { status, .. })) => status.code(),
            other => panic!("{}: {other:?}", self.user),
        }
    }
}

#[test]
fn nothing_is_left_of_calls_however_they_end() {
    let (mut world, outgoing, _) = World::talking();
    assert_eq!(world.open_media.len(), 2);
    world.hang_up("101", outgoing);
    world.is_clean();

    let given_up = world.call("101", "102");
    world.hang_up("101", given_up);
    world.is_clean();

    for unknown in ["105", "103", "+84900000002"] {
        world.call("101", unknown);
        world.is_clean();
    }

    world.call("101", "102");
    world.wait(Duration::from_secs(31));
    assert_eq!(world.phone("101").refusal(), 480);
    world.is_clean();

    let hotline = world.call("101", "+842873001001");
    assert_eq!(world.phone("102").called.len(), 4);
    world.hang_up("101", hotline);
    world.wait(Duration::from_secs(60));
    world.is_clean();
}

#[test]
fn an_agent_on_his_own_connection_is_not_challenged_again() {
    let mut world = World::with(&["101", "102"]);
    let before = world.challenges;
    world.call("101", "102");
    assert_eq!(world.phone("102").called.len(), 1);
    assert_eq!(world.challenges, before);
}

#[test]
fn an_agents_hotline_call_does_not_ring_at_himself() {
    let mut world = World::with(&["101", "102"]);
    world.call("101", "+842873001001");
    assert_eq!(world.phone("101").called.len(), 0);
    assert_eq!(world.phone("102").called.len(), 1);
}

#[test]
fn registrations_are_refreshed_for_hours_with_a_nonce_that_runs_out() {
    let mut world = World::with(&["101"]);
    let first = world.challenges;
    world.wait(Duration::from_secs(3 * 3600));
    assert!(world.center.registrar.is_bound("101", FlowId(1)));
    assert!(world.challenges > first, "the nonce ran out in between");
    assert!(matches!(
        world.phone("101").registered,
        Some(RegistrationEvent::Registered { .. })
    ));
}

#[test]
fn a_phone_that_goes_away_for_good_is_forgotten() {
    let mut world = World::with(&["101", "102"]);
    world.cut("102");
    world.call("101", "102");
    assert_eq!(world.phone("101").refusal(), 480, "away: does not ring");
    world.wait(Duration::from_secs(301));
    assert!(
        world.center.registrar.next_timeout().is_some(),
        "101 is there"
    );
    assert_eq!(world.center.registrar.reachable("102").count(), 0);
}

#[test]
fn a_call_waits_minutes_for_its_phone_as_long_as_media_flows() {
    let (mut world, _, incoming) = World::talking();
    world.cut("102");
    world.wait(Duration::from_secs(180));
    assert!(world.phone("101").ended.is_empty());
    world.connect("102");
    let now = world.now;
    let phone = world.phone("102");
    let registration = phone.registration.unwrap();
    phone.ua.register_now(now, registration);
    world.settle();
    world.hang_up("102", incoming);
    assert!(matches!(
        world.phone("101").ended[..],
        [(_, EndedBy::Remote)]
    ));
    world.is_clean();
}

#[test]
fn a_call_without_connection_and_media_ends_after_thirty_seconds() {
    let (mut world, outgoing, _) = World::talking();
    let bound = world.center.sessions.values().copied().collect::<Vec<_>>();
    world.cut("102");
    let now = world.now;
    let lost = bound
        .into_iter()
        .find(|leg| !world.center.legs[leg].open)
        .unwrap();
    world.center.media_event(now, &MediaEvent::Failed(lost));
    world.wait(Duration::from_secs(29));
    assert!(world.phone("101").ended.is_empty());
    world.wait(Duration::from_secs(2));
    assert!(matches!(world.phone("101").ended[..], [(id, EndedBy::Remote)] if id == outgoing));
    world.is_clean();
}

#[test]
fn a_caller_who_is_gone_while_it_rings_stops_the_ringing() {
    let mut world = World::with(&["101", "102"]);
    world.call("101", "102");
    world.cut("101");
    world.wait(Duration::from_secs(21));
    let ended = &world.phone("102").ended;
    assert!(matches!(ended[..], [(_, EndedBy::Cancelled)]), "{ended:?}");
    world.is_clean();
}

#[test]
fn a_tab_that_comes_back_while_it_rings_still_rings_and_answers() {
    let mut world = World::with(&["101", "102"]);
    let outgoing = world.call("101", "102");
    world.cut("102");
    world.wait(Duration::from_secs(3));
    world.connect("102");
    let now = world.now;
    let phone = world.phone("102");
    let registration = phone.registration.unwrap();
    phone.ua.register_now(now, registration);
    world.settle();
    world.answer("102");
    assert_eq!(world.phone("101").answered, [outgoing]);
}

#[test]
fn the_hunt_passes_by_who_is_in_a_call() {
    let mut world = World::with(&["101", "102", "103"]);
    world.call("101", "102");
    world.answer("102");
    world.add("guest-1");
    world.call("guest-1", "+842473002002");
    assert_eq!(world.phone("103").called.len(), 1);
    assert_eq!(world.phone("102").called.len(), 1, "the call that it is in");
    world.answer("103");
    world.add("guest-2");
    world.call("guest-2", "+842473002002");
    assert_eq!(world.phone("guest-2").refusal(), 486);
}

#[test]
fn a_guest_has_one_call_at_a_time() {
    let mut world = World::with(&["101"]);
    world.add("guest-1");
    world.call("guest-1", "+842473002002");
    assert_eq!(world.phone("101").called.len(), 1);
    world.call("guest-1", "+842473002002");
    assert_eq!(world.phone("guest-1").refusal(), 486);
    assert_eq!(world.phone("101").called.len(), 1);
}

#[test]
fn a_phone_that_forgot_the_call_is_heard_as_long_as_media_flows() {
    let (mut world, outgoing, _) = World::talking();
    world.forget("102");
    // An holds: the centre tells Bình's phone, which answers 481.
    let now = world.now;
    let hold = SDP.replace("sendrecv", "sendonly");
    world.phone("101").ua.offer(now, outgoing, hold).unwrap();
    world.settle();
    world.wait(Duration::from_secs(120));
    assert!(world.phone("101").ended.is_empty());
    assert_eq!(world.center.calls.len(), 1);
    // Bình's leg was the first to need a description.
    let (now, binh) = (world.now, world.open_media[0]);
    world.center.media_event(now, &MediaEvent::Failed(binh));
    world.wait(Duration::from_secs(29));
    assert!(world.phone("101").ended.is_empty());
    world.wait(Duration::from_secs(2));
    assert!(matches!(world.phone("101").ended[..], [(id, EndedBy::Remote)] if id == outgoing));
    world.wait(Duration::from_secs(60));
    world.is_clean();
}

#[test]
fn a_phone_that_never_acknowledges_is_heard_as_long_as_media_flows() {
    let mut world = World::with(&["101", "102"]);
    world.call("101", "102");
    // What the centre sends from now on does not arrive at An, and no ACK comes back.
    world.phone("101").connected = false;
    world.answer("102");
    for leg in world.open_media.clone() {
        let now = world.now;
        world.center.media_event(now, &MediaEvent::Connected(leg));
    }
    world.wait(Duration::from_secs(120));
    assert!(world.phone("102").ended.is_empty());
    assert_eq!(world.center.calls.len(), 1);
}

#[test]
fn who_guesses_passwords_is_not_listened_to_and_then_cut_off() {
    let mut world = World::new();
    world.add("101");
    let flow = world.phone("101").flow;
    for n in 0..10 {
        assert_eq!(world.refused("101", &format!("guess-{n}")), 401);
    }
    world.register("101", "alo-101");
    assert!(world.center.registrar.reachable("101").next().is_none());
    // Bình is in the same office.
    world.add("102");
    world.sign_in("102");
    for _ in 0..18 {
        world.register("101", "guess");
        assert_eq!(world.closed, []);
    }
    world.register("101", "guess");
    assert_eq!(world.closed, [flow]);
    // A minute later An has found the note with the password.
    world.wait(Duration::from_secs(60));
    world.add("101");
    world.sign_in("101");
}

#[test]
fn guests_leave_room_for_others_and_for_one_another() {
    const SUPPORT: &str = "+842473002002";
    let signed_in = |world: &mut World| {
        world.add("101");
        world.sign_in("101");
        for guest in ["guest-1", "guest-2", "guest-3"] {
            world.add(guest);
        }
    };
    for change in [
        |calls: &mut crate::config::Calls| calls.max_guest_calls = 2,
        |calls: &mut crate::config::Calls| calls.guest_calls_per_address = 2,
        |calls: &mut crate::config::Calls| calls.guest_invites_per_minute = 2,
    ] {
        let mut world = World::limited(change);
        signed_in(&mut world);
        let first = world.call("guest-1", SUPPORT);
        world.call("guest-2", SUPPORT);
        world.call("guest-3", SUPPORT);
        assert_eq!(world.phone("guest-3").refusal(), 503);
        assert_eq!(world.phone("101").called.len(), 2);
        // An agent has room all the same; and soon a guest has.
        world.add("102");
        world.sign_in("102");
        world.call("102", "101");
        assert_eq!(world.phone("101").called.len(), 3);
        world.hang_up("guest-1", first);
        world.now += Duration::from_secs(31);
        world.call("guest-3", SUPPORT);
        assert_eq!(world.phone("101").called.len(), 4);
    }
}

#[test]
fn what_is_no_sip_again_and_again_is_no_phone() {
    let mut world = World::with(&["101"]);
    let flow = world.phone("101").flow;
    for _ in 0..19 {
        world.garbage("101");
    }
    assert_eq!(world.closed, []);
    world.garbage("101");
    assert_eq!(world.closed, [flow]);

    // But a call is not taken from anybody for it.
    let (mut world, outgoing, _) = World::talking();
    let flow = world.phone("101").flow;
    for _ in 0..100 {
        world.garbage("101");
    }
    assert_eq!(world.closed, []);
    world.hang_up("101", outgoing);
    world.garbage("101");
    assert_eq!(world.closed, [flow]);
}

#[test]
fn a_connection_that_was_told_to_close_is_not_listened_to() {
    let mut world = World::with(&["101"]);
    let (now, flow) = (world.now, world.phone("101").flow);
    for _ in 0..20 {
        let bytes = Bytes::from_static(b"nonsense\r\n\r\n");
        world.center.received(now, flow, bytes);
    }
    // What it had sent before it noticed.
    world
        .center
        .received(now, flow, Bytes::from_static(b"\r\n\r\n"));
    let mut pongs = 0;
    loop {
        match world.center.poll_output() {
            Output::Timeout(_) => break,
            Output::Transmit { bytes, .. } => pongs += usize::from(&bytes[..] == b"\r\n"),
            _ => {}
        }
    }
    assert_eq!(pongs, 0);
}

#[test]
fn when_it_stops_everybody_is_hung_up_on_and_nobody_comes_in() {
    let (mut world, outgoing, incoming) = World::talking();
    world.add("103");
    world.sign_in("103");
    let ringing = world.call("103", "+842873001001");
    let now = world.now;
    assert!(world.center.stop(now));
    world.settle();
    for (user, session) in [("101", outgoing), ("102", incoming)] {
        let ended = &world.phone(user).ended;
        assert!(matches!(ended[..], [(id, EndedBy::Remote)] if id == session));
    }
    let ended = &world.phone("103").ended;
    assert!(matches!(ended[..], [(id, EndedBy::Refused { .. })] if id == ringing));
    world.is_clean();
    world.call("103", "102");
    assert_eq!(world.phone("103").refusal(), 503);
    assert!(!world.center.stop(now), "there is no call any more");
}

#[test]
fn a_guest_is_shown_as_what_fits_on_a_screen() {
    const LONG: &str = concat!(
        "guest-",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    );
    let mut world = World::with(&["101"]);
    world.add(LONG);
    world.call(LONG, "+842473002002");
    let (user, _) = &world.phone("101").callers[0];
    assert_eq!(user, &LONG[..64]);
}
