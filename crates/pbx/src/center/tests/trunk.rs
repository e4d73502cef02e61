//! The phone network: calls out and in over datagrams, which are lost now and then.

use std::time::Duration;

use alo_sip::auth::Credentials;
use alo_sip::header::{HeaderName, Reason};
use alo_sip::message::Request;
use alo_sip::status::StatusCode;
use alo_sip::ua::{EndedBy, Event, Invite, Register, RegistrationEvent, ServerTxId, Transport};
use alo_sip::uri::{NameAddr, Uri};

use super::super::*;
use super::world::{Phone, SALES, SDP, World};
use crate::media::{MediaError, Source};

/// Which datagrams of a flow are lost.
#[derive(Debug, Default)]
pub(super) struct Loss {
    flow: Option<FlowId>,
    /// Every so many; 0: none.
    every: u64,
    /// All after so many.
    after: Option<u64>,
    seen: u64,
}

impl Loss {
    pub(super) fn takes(&mut self, flow: FlowId) -> bool {
        if self.flow != Some(flow) {
            return false;
        }
        self.seen += 1;
        let one_of_many = self.every > 0 && self.seen.is_multiple_of(self.every);
        one_of_many || self.after.is_some_and(|after| self.seen > after)
    }
}

pub(super) const TRUNK: &str = r#"
[trunk]
address = "192.0.2.1"
bind = "127.0.0.1:0"
"#;

const REGISTERING: &str = r#"
[trunk]
address = "192.0.2.1"
domain = "carrier.example"
bind = "127.0.0.1:0"
register = true
username = "alo"
password = "secret"
"#;

/// The provider.
pub(super) const PROVIDER: &str = "provider";
pub(super) const MOBILE: &str = "+84901234567";

impl World {
    /// With a trunk, and these agents.
    pub(super) fn with_trunk(trunk: &str, agents: &[&'static str]) -> Self {
        Self::with_trunk_but(trunk, agents, |_| {})
    }

    /// As [`Self::with_trunk`], but for something else.
    fn with_trunk_but(
        trunk: &str,
        agents: &[&'static str],
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let text = format!("{}\n{trunk}", crate::config::DEMO);
        let mut config = Config::parse("trunk.toml", &text).unwrap();
        change(&mut config);
        let mut world = Self::of(config);
        world.next_flow = 100;
        let config = ua::Config {
            role: Role::Server,
            ..ua::Config::default()
        };
        let phone = Phone {
            ua: UserAgent::new(config, [66; 32]),
            flow: FlowId(0),
            connected: false,
            user: PROVIDER,
            called: Vec::new(),
            begun: Vec::new(),
            taken: Vec::new(),
            invites: Vec::new(),
            ended: Vec::new(),
            told_before: Vec::new(),
            answered: Vec::new(),
            registered: None,
            registration: None,
            reasons: Vec::new(),
            answers: Vec::new(),
            words: Vec::new(),
            last_words: BTreeMap::new(),
            events: Vec::new(),
        };
        world.phones.insert(PROVIDER, phone);
        world.open_trunk();
        for agent in agents {
            world.add(agent);
            world.sign_in(agent);
        }
        world
    }

    /// The provider is at a (new) address.
    fn open_trunk(&mut self) {
        let (now, flow) = (self.now, FlowId(self.next_flow));
        self.next_flow += 1;
        let info = |sent_by: &str, remote: &str| FlowInfo {
            transport: Transport::Udp,
            sent_by: sent_by.into(),
            remote: Some(remote.parse().unwrap()),
            keep_alive: None,
        };
        let phone = self.phone(PROVIDER);
        let old = std::mem::replace(&mut phone.flow, flow);
        phone.connected = true;
        let of_provider = info("192.0.2.1:5060", "198.51.100.7:5060");
        phone.ua.flow_opened(now, flow, of_provider);
        phone.ua.rebind(now, old, flow);
        self.loss.flow = Some(flow);
        let ours = info("198.51.100.7:5060", "192.0.2.1:5060");
        self.center.trunk_opened(now, flow, ours, true);
        self.settle();
    }

    /// The provider is heard from another port as well, over which it calls from now on.
    fn open_another_port(&mut self) {
        let (now, flow) = (self.now, FlowId(self.next_flow));
        self.next_flow += 1;
        let info = |sent_by: &str, remote: &str| FlowInfo {
            transport: Transport::Udp,
            sent_by: sent_by.into(),
            remote: Some(remote.parse().unwrap()),
            keep_alive: None,
        };
        let phone = self.phone(PROVIDER);
        phone.flow = flow;
        let of_provider = info("192.0.2.1:5070", "198.51.100.7:5060");
        phone.ua.flow_opened(now, flow, of_provider);
        let ours = info("198.51.100.7:5060", "192.0.2.1:5070");
        self.center.trunk_opened(now, flow, ours, false);
        self.settle();
    }

    /// Somebody in the phone network calls a number.
    pub(super) fn comes_in(
        &mut self,
        from: &str,
        number: &str,
        headers: &[(&'static str, &str)],
    ) -> SessionId {
        let now = self.now;
        let phone = self.phone(PROVIDER);
        let target = Uri::sip(Some(number), "198.51.100.7").unwrap();
        let named = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), (*value).to_owned())
        };
        let invite = Invite {
            target: target.clone(),
            from: NameAddr::parse(from).unwrap(),
            to: NameAddr::new(target),
            contact: "sip:gateway@192.0.2.1".parse().unwrap(),
            headers: headers.iter().map(named).collect(),
            route: Vec::new(),
            offer: Some(SDP.into()),
            credentials: None,
        };
        let session = phone.ua.invite(now, phone.flow, invite);
        self.settle();
        session
    }

    /// Requests that the provider was sent and has to answer itself.
    fn provider_was_asked(&mut self) -> Vec<(ServerTxId, Request)> {
        let events = std::mem::take(&mut self.phone(PROVIDER).events);
        let requests = events.into_iter().filter_map(|event| match event {
            Event::Request { tx, request, .. } => Some((tx, request)),
            _ => None,
        });
        requests.collect()
    }

    fn provider_answers(
        &mut self,
        tx: ServerTxId,
        status: StatusCode,
        headers: Vec<(HeaderName, String)>,
    ) {
        let now = self.now;
        let ua = &mut self.phone(PROVIDER).ua;
        ua.respond(now, tx, status, headers, None).unwrap();
        self.settle();
    }

    /// Who called a phone: user part and name.
    fn callers(&mut self, user: &str) -> Vec<(String, String)> {
        let invites = self.phone(user).invites.iter();
        let froms = invites.map(|invite| invite.headers().from().unwrap().unwrap());
        froms
            .map(|from| {
                let name = from.display().unwrap_or_default().into_owned();
                (invites::user(from.uri()), name)
            })
            .collect()
    }

    /// The provider refuses its last call.
    pub(super) fn provider_refuses(&mut self, status: StatusCode, reasons: &[Reason]) {
        let now = self.now;
        let phone = self.phone(PROVIDER);
        let session = *phone.called.last().unwrap();
        let reasons = reasons
            .iter()
            .map(|reason| (HeaderName::Reason, reason.to_string()));
        phone
            .ua
            .reject(now, session, status, reasons.collect())
            .unwrap();
        self.settle();
    }
}

#[test]
fn a_call_to_a_hotline_rings_at_its_agents_and_shows_who_calls() {
    let mut world = World::with_trunk(TRUNK, &["102"]);
    let call = world.comes_in("\"Mai\" <sip:0901234567@192.0.2.1>", "02873001001", &[]);
    assert_eq!(
        world.callers("102"),
        [(MOBILE.to_owned(), "Mai".to_owned())]
    );
    world.answer("102");
    assert_eq!(world.phone(PROVIDER).answered, [call]);
    world.hang_up(PROVIDER, call);
    assert_eq!(world.phone("102").ended.len(), 1);
    world.is_clean();
}

#[test]
fn only_hotlines_are_reached_from_outside() {
    let mut world = World::with_trunk(TRUNK, &["102"]);
    for number in ["102", "+84900000099", "*43", "sales"] {
        // Whoever says that he is an agent is none.
        world.comes_in("<sip:101@alo.local>", number, &[]);
        assert_eq!(world.phone(PROVIDER).refusal(), 404, "{number}");
        let record = world.records.pop().unwrap();
        assert_eq!((&*record.called, record.status), (number, Some(404)));
    }
    let anonymous = "<sip:anonymous@anonymous.invalid>";
    world.comes_in(anonymous, SALES, &[("Privacy", "id")]);
    let expected = ("anonymous".to_owned(), "Anonymous".to_owned());
    assert_eq!(world.callers("102"), [expected]);
}

#[test]
fn a_caller_of_whom_nothing_can_be_shown_is_anonymous_and_rings() {
    let mut world = World::with_trunk(TRUNK, &["102"]);
    let call = world.comes_in("\"\u{200b}\" <sip:%00%E2%80%8B@192.0.2.1>", SALES, &[]);
    let expected = ("anonymous".to_owned(), "Anonymous".to_owned());
    assert_eq!(world.callers("102"), [expected]);
    world.answer("102");
    world.hang_up(PROVIDER, call);
    world.is_clean();
}

#[test]
fn a_call_without_an_offer_is_refused_and_recorded() {
    let mut world = World::with_trunk(TRUNK, &["102"]);
    let now = world.now;
    let target = Uri::sip(Some(SALES), "198.51.100.7").unwrap();
    let provider = world.phone(PROVIDER);
    let invite = Invite {
        target: target.clone(),
        from: NameAddr::parse("<sip:0901234567@192.0.2.1>").unwrap(),
        to: NameAddr::new(target),
        contact: "sip:gateway@192.0.2.1".parse().unwrap(),
        headers: Vec::new(),
        route: Vec::new(),
        offer: None,
        credentials: None,
    };
    provider.ua.invite(now, provider.flow, invite);
    world.settle();
    assert_eq!(world.phone(PROVIDER).refusal(), 488);
    let record = world.records.pop().unwrap();
    assert_eq!((&*record.caller, record.status), (MOBILE, Some(488)));
    assert_eq!(record.hotline.as_deref(), Some(SALES));
}

#[test]
fn a_provider_is_no_account() {
    let mut world = World::with_trunk(TRUNK, &["101"]);
    let now = world.now;
    let register = Register {
        registrar: "sip:alo.local".parse().unwrap(),
        aor: NameAddr::parse("<sip:101@alo.local>").unwrap(),
        contact_user: "101".into(),
        instance: "urn:uuid:00000000-0000-4000-8000-000000000101".into(),
        reg_id: 1,
        expires: 300,
        credentials: Some(Credentials::password("101", "alo-101")),
        headers: Vec::new(),
    };
    let provider = world.phone(PROVIDER);
    provider.ua.register(now, provider.flow, register);
    world.settle();
    let registered = &world.phone(PROVIDER).registered;
    assert!(
        matches!(registered, Some(RegistrationEvent::Refused { status, .. }) if status.code() == 403),
        "{registered:?}"
    );
}

#[test]
fn an_agent_calls_a_number_from_the_hotline() {
    let mut world = World::with_trunk(TRUNK, &["101"]);
    let call = world.call("101", "0901 234 567");
    let (user, name) = world.callers(PROVIDER)[0].clone();
    assert_eq!((user.as_str(), name.as_str()), (SALES, "Sales"));
    let session = *world.phone(PROVIDER).called.last().unwrap();
    let now = world.now;
    let ringing = StatusCode::RINGING;
    let provider = &mut world.phone(PROVIDER).ua;
    provider
        .progress(now, session, ringing, None, Vec::new())
        .unwrap();
    world.settle();
    world.answer(PROVIDER);
    assert_eq!(world.phone("101").answered, [call]);
    world.hang_up(PROVIDER, session);
    assert_eq!(world.phone("101").ended.len(), 1);
    world.is_clean();
}

#[test]
fn a_180_with_a_description_rings_before_anything_is_heard() {
    let mut world = World::with_trunk(TRUNK, &["101"]);
    world.call("101", MOBILE);
    let now = world.now;
    let provider = world.phone(PROVIDER);
    let session = *provider.called.last().unwrap();
    let ringing = StatusCode::RINGING;
    provider
        .ua
        .progress(now, session, ringing, Some(SDP.into()), Vec::new())
        .unwrap();
    world.settle();
    assert_eq!(world.phone("101").told_before, [180]);
    let leg = world.leg(PROVIDER);
    let packet = MediaEvent::Connected(leg);
    world.center.media_event(world.now, &packet);
    world.settle();
    assert_eq!(world.phone("101").told_before, [180, 183]);
    assert_eq!(world.hears("101"), Source::Leg(leg));
}

#[test]
fn what_the_network_says_reaches_the_agent_in_words() {
    let mut world = World::with_trunk(TRUNK, &["101"]);
    let unallocated = Reason {
        protocol: "Q.850".into(),
        cause: Some(1),
        text: Some("unallocated number".into()),
    };
    for (status, reasons, expected, text) in [
        (StatusCode::BUSY_HERE, vec![], 486, "Busy"),
        (
            StatusCode::NOT_FOUND,
            vec![unallocated],
            404,
            "This number does not exist",
        ),
        (
            StatusCode::SERVICE_UNAVAILABLE,
            vec![],
            503,
            "The phone network is overloaded",
        ),
        (
            StatusCode::FORBIDDEN,
            vec![],
            403,
            "The phone network does not allow this call",
        ),
    ] {
        world.call("101", MOBILE);
        world.provider_refuses(status, &reasons);
        assert_eq!(world.phone("101").refusal(), expected);
        let Some((_, EndedBy::Refused { response, .. })) = world.phone("101").ended.last() else {
            panic!("refused");
        };
        let warning = response
            .headers()
            .get(&HeaderName::from_static("Warning"))
            .unwrap();
        assert!(warning.contains(text), "{warning}");
        assert_eq!(response.headers().reasons(), reasons);
        assert_eq!(world.records.last().unwrap().reason, text);
        world.is_clean();
    }
}

#[test]
fn more_calls_than_there_may_be_are_told_when_to_come_again() {
    let few = |config: &mut Config| config.calls.max_calls = 2;
    let mut world = World::with_trunk_but(TRUNK, &["102"], few);
    for _ in 0..3 {
        world.comes_in("<sip:0901234567@192.0.2.1>", SALES, &[]);
    }
    let provider = world.phone(PROVIDER);
    assert_eq!((provider.answered.len(), provider.refusal()), (2, 503));
    let Some((_, EndedBy::Refused { response, .. })) = provider.ended.last() else {
        panic!("refused");
    };
    assert!(response.headers().get(&HeaderName::RetryAfter).is_some());
}

#[test]
fn without_a_way_to_the_network_a_call_is_refused_at_once() {
    let mut world = World::with_trunk(TRUNK, &["101"]);
    assert_eq!(world.healths, ["up"], "the provider answers OPTIONS");
    world.phone(PROVIDER).connected = false;
    world.wait(Duration::from_secs(70));
    assert_eq!(world.healths.last().unwrap(), "down: it does not answer");
    let before = world.now;
    world.call("101", MOBILE);
    assert_eq!((world.phone("101").refusal(), world.now), (503, before));
    world.phone(PROVIDER).connected = true;
    world.wait(Duration::from_secs(40));
    assert_eq!(world.healths.last().unwrap(), "up");
    world.call("101", MOBILE);
    assert_eq!(world.phone(PROVIDER).called.len(), 1);
}

#[test]
fn an_agent_who_calls_out_when_no_port_is_left_may_try_again() {
    let mut world = World::with_trunk(TRUNK, &["101"]);
    world.no_media = Some(MediaError::NoPort);
    world.call("101", MOBILE);
    assert_eq!(world.phone("101").refusal(), 503);
    assert_eq!(world.records.pop().unwrap().status, Some(503));
    world.is_clean();
}

#[test]
fn calls_come_through_where_every_third_datagram_is_lost() {
    let mut world = World::with_trunk(TRUNK, &["101", "102"]);
    world.loss.every = 3;
    for _ in 0..10 {
        let call = world.call("101", MOBILE);
        world.wait(Duration::from_secs(4));
        world.answer(PROVIDER);
        world.wait(Duration::from_secs(4));
        assert!(world.phone("101").answered.contains(&call));
        world.hang_up("101", call);
        world.wait(Duration::from_secs(40));
        world.is_clean();
    }
    assert_eq!(world.phone(PROVIDER).called.len(), 10, "each call once");
}

/// A call comes in, and after its INVITE no datagram arrives any more; but media does.
fn unacknowledged() -> World {
    let mut world = World::with_trunk(TRUNK, &["102"]);
    world.loss.after = Some(world.loss.seen + 1);
    world.comes_in("<sip:0901234567@192.0.2.1>", SALES, &[]);
    world.answer("102");
    for leg in world.open_media.clone() {
        world
            .center
            .media_event(world.now, &MediaEvent::Connected(leg));
    }
    world.settle();
    world
}

#[test]
fn an_ack_that_never_comes_ends_no_call_in_which_somebody_talks() {
    let mut world = unacknowledged();
    world.wait(Duration::from_secs(300));
    assert_eq!(world.phone("102").ended.len(), 0);
}

#[test]
fn an_ack_that_never_comes_ends_a_call_without_media() {
    let mut world = unacknowledged();
    for leg in world.open_media.clone() {
        world
            .center
            .media_event(world.now, &MediaEvent::Disconnected(leg));
    }
    world.wait(Duration::from_secs(100));
    assert_eq!(world.phone("102").ended.len(), 1);
    world.is_clean();
}

/// This call of the provider's, and no other, was ended from here.
fn hung_up_on(world: &mut World, call: SessionId) {
    let ended = &world.phone(PROVIDER).ended;
    assert!(
        matches!(ended[..], [(id, EndedBy::Remote)] if id == call),
        "{ended:?}"
    );
}

#[test]
fn a_call_moves_with_the_provider_to_another_address() {
    let mut world = World::with_trunk(TRUNK, &["101"]);
    let call = world.call("101", MOBILE);
    let session = world.answer(PROVIDER);
    let old = world.phone(PROVIDER).flow;
    world.open_trunk();
    world.center.flow_closed(world.now, old);
    world.settle();
    world.hang_up("101", call);
    hung_up_on(&mut world, session);
    world.is_clean();
}

#[test]
fn a_call_from_another_port_outlives_it() {
    let mut world = World::with_trunk(TRUNK, &["102"]);
    let main = world.phone(PROVIDER).flow;
    world.open_another_port();
    let other = world.phone(PROVIDER).flow;
    let call = world.comes_in("<sip:0901234567@192.0.2.1>", SALES, &[]);
    let session = world.answer("102");
    assert!(world.center.has_calls_on(other) && !world.center.has_calls_on(main));
    world.center.flow_closed(world.now, other);
    // The provider knows nothing of it, and says nothing.
    world.phone(PROVIDER).flow = main;
    world.settle();
    assert!(world.center.has_calls_on(main));
    world.hang_up("102", session);
    hung_up_on(&mut world, call);
    world.is_clean();
}

#[test]
fn calls_wait_for_the_next_main_flow_where_all_are_gone() {
    let mut world = World::with_trunk(TRUNK, &["102"]);
    let main = world.phone(PROVIDER).flow;
    world.open_another_port();
    let other = world.phone(PROVIDER).flow;
    let call = world.comes_in("<sip:0901234567@192.0.2.1>", SALES, &[]);
    let session = world.answer("102");
    world.center.flow_closed(world.now, main);
    world.center.flow_closed(world.now, other);
    world.settle();
    world.open_trunk();
    world.hang_up("102", session);
    hung_up_on(&mut world, call);
    world.is_clean();
}

#[test]
fn a_refused_registration_is_tried_again_over_a_new_main_flow() {
    let mut world = World::with_trunk(REGISTERING, &["101"]);
    let (tx, _) = world.provider_was_asked().pop().unwrap();
    world.provider_answers(tx, StatusCode::NOT_FOUND, Vec::new());
    assert_eq!(world.healths, ["down: registration refused: 404 Not Found"]);
    let old = world.phone(PROVIDER).flow;
    world.center.flow_closed(world.now, old);
    world.settle();
    world.open_trunk();
    let asked = world.provider_was_asked();
    assert_eq!(asked.len(), 1, "once, and at once");
    assert_eq!(*asked[0].1.method(), Method::Register);
}

#[test]
fn the_trunk_registers_with_its_account_and_says_how_that_went() {
    let mut world = World::with_trunk(REGISTERING, &["101"]);
    let (tx, first) = world.provider_was_asked().pop().unwrap();
    assert_eq!(*first.method(), Method::Register);
    let to = first.headers().to().unwrap().unwrap();
    assert_eq!(to.uri().to_string(), "sip:alo@carrier.example");
    let challenge = "Digest realm=\"carrier.example\", nonce=\"n\", algorithm=MD5";
    let headers = vec![(HeaderName::WwwAuthenticate, challenge.to_owned())];
    world.provider_answers(tx, StatusCode::UNAUTHORIZED, headers);
    let (tx, second) = world.provider_was_asked().pop().unwrap();
    let proof = second.headers().authorization().unwrap().pop().unwrap();
    assert_eq!(proof.username().as_deref(), Some("alo"));
    let contact = second.headers().contact().unwrap().unwrap();
    assert_eq!(contact.uri().host_str(), "198.51.100.7");
    let granted = vec![(
        HeaderName::Contact,
        format!("<{}>;expires=300", contact.uri()),
    )];
    world.provider_answers(tx, StatusCode::OK, granted);
    assert_eq!(world.healths, ["up"]);
    // It is refreshed in time.
    world.wait(Duration::from_secs(299));
    let (_, refresh) = world.provider_was_asked().swap_remove(0);
    assert_eq!(*refresh.method(), Method::Register);
}
