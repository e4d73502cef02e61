//! The whole input path: whatever arrives, in whatever order, a user agent neither panics nor asks
//! to be woken for ever.
//!
//! The first byte chooses transport and role. The rest is cut at `0x00` into messages; before each
//! one, its first byte says how much time passes and what the application does.

#![no_main]

use core::time::Duration;

use alo_sip::header;
use alo_sip::header::ReferTo;
use alo_sip::method::Method;
use alo_sip::sipfrag::Fragment;
use alo_sip::status::StatusCode;
use alo_sip::time::Instant;
use alo_sip::ua::{
    Config, Event, FlowId, FlowInfo, Invite, NotifierId, Output, PublicationId, Publish, Refer,
    ReferralId, ReferredId, Role, ServerTxId, SessionId, Subscribe, SubscriptionId, Transport,
    UserAgent,
};
use alo_sip::uri::{NameAddr, Uri};
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;

const FLOW: FlowId = FlowId(1);
const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\nc=IN IP4 127.0.0.1\r\n";

struct Application {
    ua: UserAgent,
    now: Instant,
    sessions: Vec<SessionId>,
    requests: Vec<ServerTxId>,
    subscriptions: Vec<SubscriptionId>,
    notifiers: Vec<NotifierId>,
    publications: Vec<PublicationId>,
    referrals: Vec<ReferralId>,
    referred: Vec<ReferredId>,
}

impl Application {
    fn drain(&mut self) -> Option<Instant> {
        loop {
            match self.ua.poll_output() {
                Output::Transmit { .. } => {}
                Output::Event(Event::Invited { session, .. }) => self.sessions.push(session),
                Output::Event(Event::Request { tx, .. }) => self.requests.push(tx),
                Output::Event(Event::Subscribed { id, .. }) => self.notifiers.push(id),
                Output::Event(Event::Referred { id, .. }) => self.referred.push(id),
                Output::Event(_) => {}
                Output::Timeout(at) => return at,
            }
        }
    }

    /// What the application does before the next message; refusals of the verbs are no fault.
    fn act(&mut self, choice: u8) {
        self.now = self.now + Duration::from_millis(u64::from(choice >> 4) * 700);
        self.ua.handle_timeout(self.now);
        let (now, ua) = (self.now, &mut self.ua);
        let session = self.sessions.last().copied().unwrap_or(SessionId(1));
        let sdp = || SDP.to_owned();
        match choice & 15 {
            1 => drop(ua.progress(
                now,
                session,
                StatusCode::SESSION_PROGRESS,
                Some(sdp()),
                Vec::new(),
            )),
            2 => drop(ua.accept(now, session, sdp(), Vec::new())),
            3 => drop(ua.reject(now, session, StatusCode::BUSY_HERE, Vec::new())),
            4 => drop(ua.hang_up(now, session, None)),
            5 => drop(ua.offer(now, session, sdp())),
            6 => drop(ua.answer(now, session, sdp())),
            7 => drop(ua.reject_offer(now, session, StatusCode::NOT_ACCEPTABLE_HERE)),
            8 => self.refer(choice, session),
            9 => {
                if let Some(tx) = self.requests.pop() {
                    drop(ua.respond(now, tx, StatusCode::OK, Vec::new(), None));
                }
            }
            10 => self.sessions.push(ua.invite(now, FLOW, invitation())),
            11 => ua.rebind(now, FLOW, FlowId(2)),
            12 => self
                .subscriptions
                .push(ua.subscribe(now, FLOW, subscription())),
            13 => self.notify(choice),
            14 => self.publish(choice),
            15 => self.stop(choice),
            _ => {}
        }
    }

    fn notify(&mut self, choice: u8) {
        let (now, ua) = (self.now, &mut self.ua);
        let Some(id) = self.notifiers.last().copied() else {
            return;
        };
        let _ = match choice >> 6 {
            0 => ua.accept_subscription(now, id, Duration::from_secs(60)),
            1 => ua.reject_subscription(now, id, StatusCode::BAD_EVENT, Vec::new()),
            2 => ua.notify(now, id, "text/plain", vec![choice]),
            _ => ua.end_subscription(now, id, "noresource", None),
        };
    }

    fn refer(&mut self, choice: u8, session: SessionId) {
        let (now, ua) = (self.now, &mut self.ua);
        let referred = self.referred.last().copied().unwrap_or(ReferredId(1));
        match choice >> 5 {
            0 => drop(ua.request(now, session, Method::Message, Vec::new(), None)),
            1 => self.referrals.extend(ua.refer(now, session, referral())),
            2 => {
                let _ = ua.accept_refer(now, referred);
            }
            3 => {
                let _ = ua.reject_refer(now, referred, StatusCode::DECLINE, Vec::new());
            }
            4 => {
                let ringing = Fragment::new(StatusCode::RINGING);
                let _ = ua.refer_progress(now, referred, ringing);
            }
            5 => {
                let _ = ua.refer_progress(now, referred, Fragment::new(StatusCode::OK));
            }
            6 => {
                if let Some(id) = self.referrals.pop() {
                    ua.stop_following(now, id);
                }
            }
            _ => drop(ua.update(now, session, Vec::new())),
        }
        if let Some(name) = ua.dialog_id(session) {
            let found = ua.find_dialog(&name.call_id, &name.local_tag, &name.remote_tag);
            assert_eq!(found, Some(session));
        }
    }

    fn publish(&mut self, choice: u8) {
        let (now, ua) = (self.now, &mut self.ua);
        match self.publications.last().copied() {
            Some(id) => ua.republish(now, id, vec![choice]),
            None => self.publications.push(ua.publish(now, FLOW, publication())),
        }
    }

    fn stop(&mut self, choice: u8) {
        let (now, ua) = (self.now, &mut self.ua);
        match choice >> 6 {
            0 => self
                .subscriptions
                .iter()
                .for_each(|id| ua.unsubscribe(now, *id)),
            1 => self
                .subscriptions
                .iter()
                .for_each(|id| ua.subscribe_now(now, *id)),
            2 => self
                .publications
                .drain(..)
                .for_each(|id| ua.unpublish(now, id)),
            _ => ua.flow_closed(now, FLOW),
        }
    }

    /// Everything is ended, whatever it was.
    fn end(&mut self) {
        let (now, ua) = (self.now, &mut self.ua);
        for session in &self.sessions {
            drop(ua.hang_up(now, *session, None));
        }
        for tx in self.requests.drain(..) {
            drop(ua.respond(now, tx, StatusCode::OK, Vec::new(), None));
        }
        for id in &self.subscriptions {
            ua.unsubscribe(now, *id);
        }
        for id in &self.publications {
            ua.unpublish(now, *id);
        }
        for id in self.referrals.drain(..) {
            ua.stop_following(now, id);
        }
        for id in self.referred.drain(..) {
            let _ = ua.reject_refer(now, id, StatusCode::DECLINE, Vec::new());
            let _ = ua.refer_progress(now, id, Fragment::new(StatusCode::OK));
        }
        for id in self.notifiers.drain(..) {
            let _ = ua.reject_subscription(now, id, StatusCode::FORBIDDEN, Vec::new());
            let _ = ua.end_subscription(now, id, "noresource", None);
        }
    }
}

fn invitation() -> Invite {
    let uri = Uri::parse("sip:bob@example.com").expect("a URI");
    Invite {
        target: uri.clone(),
        from: NameAddr::new(uri.clone()),
        to: NameAddr::new(uri.clone()),
        contact: uri,
        headers: Vec::new(),
        route: Vec::new(),
        offer: Some(SDP.to_owned()),
        credentials: None,
    }
}

fn subscription() -> Subscribe {
    let uri = Uri::parse("sip:bob@example.com").expect("a URI");
    Subscribe {
        target: uri.clone(),
        from: NameAddr::new(uri.clone()),
        to: NameAddr::new(uri),
        contact_user: "alice".to_owned(),
        event: header::Event {
            package: "presence".to_owned(),
            id: None,
        },
        accept: Vec::new(),
        expires: 60,
        headers: Vec::new(),
        credentials: None,
    }
}

fn referral() -> Refer {
    let uri = Uri::parse("sip:carol@example.com").expect("a URI");
    Refer {
        to: ReferTo::new(NameAddr::new(uri)),
        referred_by: None,
        headers: Vec::new(),
    }
}

fn publication() -> Publish {
    let uri = Uri::parse("sip:bob@example.com").expect("a URI");
    Publish {
        target: uri.clone(),
        from: NameAddr::new(uri),
        event: "presence".to_owned(),
        content_type: "text/plain".to_owned(),
        body: vec![0],
        expires: 60,
        headers: Vec::new(),
        credentials: None,
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let transport = if first & 1 == 0 {
        Transport::Wss
    } else {
        Transport::Udp
    };
    let role = if first & 2 == 0 {
        Role::Phone
    } else {
        Role::Server
    };
    let now = Instant::from_millis(1000);
    let mut ua = UserAgent::new(
        Config {
            role,
            events: vec!["presence".to_owned()],
            ..Config::default()
        },
        [1; 32],
    );
    for flow in [FLOW, FlowId(2)] {
        let remote = "192.0.2.9:5060".parse().ok();
        ua.flow_opened(
            now,
            flow,
            FlowInfo {
                transport,
                sent_by: "ua.example.net".into(),
                remote,
                keep_alive: None,
            },
        );
    }
    let mut application = Application {
        ua,
        now,
        sessions: Vec::new(),
        requests: Vec::new(),
        subscriptions: Vec::new(),
        notifiers: Vec::new(),
        publications: Vec::new(),
        referrals: Vec::new(),
        referred: Vec::new(),
    };
    for piece in rest.split(|byte| *byte == 0) {
        let Some((choice, message)) = piece.split_first() else {
            continue;
        };
        application.act(*choice);
        application.drain();
        application
            .ua
            .handle_input(application.now, FLOW, Bytes::copy_from_slice(message));
        application.drain();
    }
    // Everything is ended, and after a finite number of wake-ups nothing is left to wait for.
    application.end();
    for _ in 0..10_000 {
        match application.drain() {
            None => return,
            Some(at) => {
                // What came in meanwhile.
                application.end();
                application.now = application.now.max(at);
                application.ua.handle_timeout(application.now);
            }
        }
    }
    panic!("it asks to be woken for ever");
});
