//! The four transaction machines alone: what is sent when, over datagrams and over connections.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]

#[cfg(target_arch = "wasm32")]
#[macro_use]
extern crate alo_wasm_test;

mod support;

use std::collections::BTreeMap;
use std::time::Duration;

use alo_sip::header::HeaderName;
use alo_sip::message::{Request, RequestBuilder, Response, ResponseBuilder};
use alo_sip::method::Method;
use alo_sip::status::StatusCode;
use alo_sip::transaction::{
    Client, ClientInput, Effect, Effects, Server, ServerInput, Timing, TxTimer,
};

use support::{request, start_line, uri};

const UDP: Timing = timing(false);
const WSS: Timing = timing(true);

const fn timing(reliable: bool) -> Timing {
    Timing {
        t1: Duration::from_millis(500),
        t2: Duration::from_secs(4),
        t4: Duration::from_secs(5),
        reliable,
    }
}

fn a_request(method: Method) -> Request {
    let cseq = format!("1 {method}");
    RequestBuilder::new(method, &uri("sip:bob@bob.test"))
        .header(
            HeaderName::Via,
            "SIP/2.0/UDP alice.invalid;branch=z9hG4bKone",
        )
        .header(HeaderName::Route, "<sip:proxy.test;lr>")
        .header(HeaderName::From, "<sip:alice@bob.test>;tag=a")
        .header(HeaderName::To, "<sip:bob@bob.test>")
        .header(HeaderName::CallId, "call")
        .header(HeaderName::CSeq, cseq)
        .build()
}

fn response(request: &Request, status: u16) -> Response {
    let status = StatusCode::new(status).unwrap();
    let reply = alo_sip::message::Reply {
        to_tag: Some("b"),
        source: None,
        reason: None,
    };
    ResponseBuilder::reply(request, status, &reply).build()
}

/// What a machine asked for, played through in virtual time.
#[derive(Default)]
struct Played {
    now: u64,
    timers: BTreeMap<TxTimer, u64>,
    /// When what was sent.
    sent: Vec<(u64, String)>,
    delivered: usize,
    gave_up: Option<u64>,
    done: Option<u64>,
}

impl Played {
    fn take(&mut self, effects: Effects) {
        for effect in effects {
            match effect {
                Effect::Send(bytes) => {
                    let word = start_line(&bytes).split(' ').next().unwrap().to_string();
                    self.sent.push((self.now, word));
                }
                Effect::Start(timer, after) => {
                    self.timers
                        .insert(timer, self.now + after.as_millis() as u64);
                }
                Effect::Stop(timer) => {
                    self.timers.remove(&timer);
                }
                Effect::Deliver => self.delivered += 1,
                Effect::GaveUp => self.gave_up = Some(self.now),
                Effect::Done => {
                    self.done = Some(self.now);
                    self.timers.clear();
                }
            }
        }
    }

    /// Fires timers until `end`.
    fn play(&mut self, end: u64, mut fire: impl FnMut(TxTimer, &mut Effects)) {
        while let Some((timer, at)) = self
            .timers
            .iter()
            .map(|(t, at)| (*t, *at))
            .min_by_key(|(_, at)| *at)
        {
            if at > end {
                break;
            }
            self.now = at;
            self.timers.remove(&timer);
            let mut effects = Effects::new();
            fire(timer, &mut effects);
            self.take(effects);
        }
        self.now = end;
    }

    fn instants(&self, word: &str) -> Vec<u64> {
        self.sent
            .iter()
            .filter(|(_, sent)| sent == word)
            .map(|(at, _)| *at)
            .collect()
    }
}

fn start(method: Method, timing: Timing) -> (Client, Played, Request) {
    let request = a_request(method);
    let (mut effects, mut played) = (Effects::new(), Played::default());
    let client = Client::start(request.clone(), timing, &mut effects);
    played.take(effects);
    (client, played, request)
}

fn client_step(client: &mut Client, played: &mut Played, input: ClientInput<'_>) {
    let mut effects = Effects::new();
    client.step(input, &mut effects);
    played.take(effects);
}

fn server_step(server: &mut Server, played: &mut Played, input: ServerInput) {
    let mut effects = Effects::new();
    server.step(input, &mut effects);
    played.take(effects);
}

fn respond(request: &Request, status: u16) -> ServerInput {
    let response = response(request, status);
    ServerInput::Respond(response.status(), response.as_bytes().clone())
}

#[test]
fn an_invite_is_repeated_at_doubling_intervals() {
    let (mut client, mut played, _) = start(Method::Invite, UDP);
    played.play(60_000, |timer, effects| {
        client.step(ClientInput::Timer(timer), effects);
    });
    assert_eq!(
        played.instants("INVITE"),
        [0, 500, 1500, 3500, 7500, 15_500, 31_500]
    );
    assert_eq!((played.gave_up, played.done), (Some(32_000), Some(32_000)));
}

#[test]
fn nothing_is_repeated_over_a_connection() {
    for method in [Method::Invite, Method::Options] {
        let (mut client, mut played, _) = start(method, WSS);
        played.play(60_000, |timer, effects| {
            client.step(ClientInput::Timer(timer), effects);
        });
        assert_eq!(played.sent.len(), 1);
        assert_eq!(played.gave_up, Some(32_000));
    }
}

#[test]
fn another_request_is_repeated_up_to_t2() {
    let (mut client, mut played, request) = start(Method::Options, UDP);
    played.play(12_000, |timer, effects| {
        client.step(ClientInput::Timer(timer), effects);
    });
    assert_eq!(
        played.instants("OPTIONS"),
        [0, 500, 1500, 3500, 7500, 11_500]
    );
    // A provisional response: every T2 from now on.
    client_step(
        &mut client,
        &mut played,
        ClientInput::Response(&response(&request, 100)),
    );
    played.play(24_000, |timer, effects| {
        client.step(ClientInput::Timer(timer), effects);
    });
    assert_eq!(played.instants("OPTIONS")[6..], [15_500, 19_500, 23_500]);
    // The final one: repetitions of it are absorbed for T4.
    client_step(
        &mut client,
        &mut played,
        ClientInput::Response(&response(&request, 200)),
    );
    client_step(
        &mut client,
        &mut played,
        ClientInput::Response(&response(&request, 200)),
    );
    assert_eq!(played.delivered, 2);
    played.play(60_000, |timer, effects| {
        client.step(ClientInput::Timer(timer), effects);
    });
    assert_eq!((played.gave_up, played.done), (None, Some(29_000)));
}

#[test]
fn a_refusal_is_acknowledged_each_time_and_shown_once() {
    let (mut client, mut played, request) = start(Method::Invite, UDP);
    for _ in 0..3 {
        client_step(
            &mut client,
            &mut played,
            ClientInput::Response(&response(&request, 486)),
        );
    }
    assert_eq!((played.instants("ACK").len(), played.delivered), (3, 1));
    played.play(60_000, |timer, effects| {
        client.step(ClientInput::Timer(timer), effects);
    });
    assert_eq!(played.done, Some(32_000));
}

#[test]
fn the_ack_of_a_refusal_has_branch_and_route_of_its_invite() {
    let invite = a_request(Method::Invite);
    let mut effects = Effects::new();
    let mut client = Client::start(invite.clone(), WSS, &mut effects);
    effects.clear();
    client.step(ClientInput::Response(&response(&invite, 603)), &mut effects);
    let Some(Effect::Send(bytes)) = effects
        .iter()
        .find(|effect| matches!(effect, Effect::Send(_)))
    else {
        panic!("no ACK")
    };
    let ack = request(bytes);
    for name in [
        HeaderName::Via,
        HeaderName::Route,
        HeaderName::From,
        HeaderName::CallId,
    ] {
        assert_eq!(ack.headers().get(&name), invite.headers().get(&name));
    }
    assert_eq!(ack.headers().to().unwrap().unwrap().tag(), Some("b"));
    assert_eq!(ack.headers().cseq().unwrap().unwrap().to_string(), "1 ACK");
    assert!(effects.contains(&Effect::Done));
}

#[test]
fn each_2xx_goes_to_the_user() {
    // RFC 6026 7.2
    let (mut client, mut played, request) = start(Method::Invite, WSS);
    for _ in 0..3 {
        client_step(
            &mut client,
            &mut played,
            ClientInput::Response(&response(&request, 200)),
        );
    }
    client_step(
        &mut client,
        &mut played,
        ClientInput::Response(&response(&request, 486)),
    );
    assert_eq!((played.delivered, played.instants("ACK").len()), (3, 0));
    played.play(60_000, |timer, effects| {
        client.step(ClientInput::Timer(timer), effects);
    });
    assert_eq!((played.gave_up, played.done), (None, Some(32_000)));
}

#[test]
fn a_refusal_is_repeated_until_its_ack() {
    let invite = a_request(Method::Invite);
    let (mut server, mut played) = (Server::new(true, UDP), Played::default());
    server_step(&mut server, &mut played, respond(&invite, 180));
    server_step(&mut server, &mut played, ServerInput::Repeated);
    assert_eq!(played.sent.len(), 2, "the provisional response again");
    server_step(&mut server, &mut played, respond(&invite, 486));
    played.play(12_000, |timer, effects| {
        server.step(ServerInput::Timer(timer), effects);
    });
    assert_eq!(
        played.instants("SIP/2.0")[2..],
        [0, 500, 1500, 3500, 7500, 11_500]
    );
    server_step(&mut server, &mut played, ServerInput::Ack);
    played.play(60_000, |timer, effects| {
        server.step(ServerInput::Timer(timer), effects);
    });
    assert_eq!((played.sent.len(), played.done), (8, Some(17_000)));
}

#[test]
fn a_refusal_without_ack_is_given_up() {
    let invite = a_request(Method::Invite);
    for (timing, repetitions) in [(UDP, 11), (WSS, 1)] {
        let (mut server, mut played) = (Server::new(true, timing), Played::default());
        server_step(&mut server, &mut played, respond(&invite, 486));
        played.play(60_000, |timer, effects| {
            server.step(ServerInput::Timer(timer), effects);
        });
        assert_eq!(
            (played.sent.len(), played.done),
            (repetitions, Some(32_000))
        );
    }
}

#[test]
fn after_a_2xx_the_invite_is_absorbed_and_the_ack_handed_on() {
    // RFC 6026 7.1
    let invite = a_request(Method::Invite);
    let (mut server, mut played) = (Server::new(true, UDP), Played::default());
    server_step(&mut server, &mut played, respond(&invite, 200));
    server_step(&mut server, &mut played, ServerInput::Repeated);
    server_step(&mut server, &mut played, ServerInput::Ack);
    assert_eq!((played.sent.len(), played.delivered), (1, 1));
    played.play(60_000, |timer, effects| {
        server.step(ServerInput::Timer(timer), effects);
    });
    assert_eq!((played.sent.len(), played.done), (1, Some(32_000)));
}

#[test]
fn a_repeated_request_gets_the_same_answer() {
    let options = a_request(Method::Options);
    for timing in [UDP, WSS] {
        let (mut server, mut played) = (Server::new(false, timing), Played::default());
        server_step(&mut server, &mut played, ServerInput::Repeated);
        assert!(played.sent.is_empty(), "nothing was said yet");
        server_step(&mut server, &mut played, respond(&options, 200));
        server_step(&mut server, &mut played, ServerInput::Repeated);
        // Only one final response (17.2.2).
        server_step(&mut server, &mut played, respond(&options, 500));
        assert_eq!(played.sent.len(), 2);
        played.play(60_000, |timer, effects| {
            server.step(ServerInput::Timer(timer), effects);
        });
        assert_eq!(played.done, Some(32_000));
    }
}

#[test]
fn an_invite_that_nobody_waits_for_has_an_end() {
    let (mut client, mut played, request) = start(Method::Invite, WSS);
    played.play(1_000, |timer, effects| {
        client.step(ClientInput::Timer(timer), effects);
    });
    client_step(
        &mut client,
        &mut played,
        ClientInput::Response(&response(&request, 100)),
    );
    client_step(&mut client, &mut played, ClientInput::Unwanted);
    played.play(20_000, |timer, effects| {
        client.step(ClientInput::Timer(timer), effects);
    });
    client_step(
        &mut client,
        &mut played,
        ClientInput::Response(&response(&request, 180)),
    );
    played.play(60_000, |timer, effects| {
        client.step(ClientInput::Timer(timer), effects);
    });
    assert_eq!((played.done, played.gave_up), (Some(33_000), None));
    assert_eq!(played.delivered, 1);
}

#[test]
fn an_invite_that_nobody_waits_for_is_acknowledged_when_refused() {
    let (mut client, mut played, request) = start(Method::Invite, WSS);
    client_step(
        &mut client,
        &mut played,
        ClientInput::Response(&response(&request, 100)),
    );
    client_step(&mut client, &mut played, ClientInput::Unwanted);
    client_step(
        &mut client,
        &mut played,
        ClientInput::Response(&response(&request, 487)),
    );
    assert_eq!(played.instants("ACK"), [0]);
    assert_eq!(played.done, Some(0));
}
