//! Stories of a server that wants a proof for each call, and of phones that know it by now.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]

#[cfg(target_arch = "wasm32")]
#[macro_use]
extern crate alo_wasm_test;

mod support;

use std::time::Duration;

use alo_sip::auth::{Credentials, Key, Verdict, Verifier};
use alo_sip::header::HeaderName;
use alo_sip::message::Request;
use alo_sip::method::Method;
use alo_sip::status::StatusCode;
use alo_sip::ua::{Event, OutOfDialog, SessionId};
use alo_sip::uri::NameAddr;

use support::{Network, Pair, sdp, uri};

/// Longer than a nonce is good.
const LATER: Duration = Duration::from_secs(301);

/// Alice is registered at Bob, who wanted a proof.
fn registered() -> Pair {
    let mut pair = Pair::new(Network::websocket(), 7);
    let (flow, registration) = (pair.flow(), pair.registration());
    pair.alice.ua.register(pair.now, flow, registration);
    pair.run_ms(200);
    assert_eq!(pair.alice.story(), ["registered 600 first"]);
    pair
}

/// What Bob's realm makes of a request.
fn verdict(pair: &Pair, request: &Request) -> Option<Verdict> {
    let mut answers = request.headers().authorization().unwrap();
    answers.extend(request.headers().proxy_authorization().unwrap());
    let answer = answers.first()?;
    let key = Key::password(pair.password.clone());
    let (method, uri, body) = (request.method(), request.uri(), request.body());
    Some(
        pair.verifier
            .verify(pair.now, answer, method, uri, body, &key),
    )
}

/// Bob takes the calls that are proved, and asks for the proof of the others, as `verifier` does.
fn serve(pair: &mut Pair, verifier: &Verifier, status: StatusCode) {
    let field = if status == StatusCode::UNAUTHORIZED {
        HeaderName::WwwAuthenticate
    } else {
        HeaderName::ProxyAuthenticate
    };
    for unique in 0..4 {
        pair.run_ms(100);
        for event in std::mem::take(&mut pair.bob.events) {
            let Event::Invited {
                session, request, ..
            } = event
            else {
                continue;
            };
            let (now, verdict) = (pair.now, verdict(pair, &request));
            if matches!(verdict, Some(Verdict::Good { .. })) {
                let taken = pair.bob.ua.accept(now, session, sdp("bob1"), Vec::new());
                taken.unwrap();
                continue;
            }
            let stale = verdict == Some(Verdict::Stale);
            let challenges = verifier.challenges(now, 1000 + unique, stale);
            let fields = challenges
                .iter()
                .map(|challenge| (field.clone(), challenge.to_string()));
            let refused = pair.bob.ua.reject(now, session, status, fields.collect());
            refused.unwrap();
        }
    }
}

/// Alice calls and hangs up; her INVITEs.
fn call(pair: &mut Pair, status: StatusCode) -> Vec<Request> {
    let (a, invites) = call_on(pair, status);
    pair.alice.ua.hang_up(pair.now, a, None).unwrap();
    pair.run_ms(200);
    invites
}

fn call_on(pair: &mut Pair, status: StatusCode) -> (SessionId, Vec<Request>) {
    pair.alice.sent.clear();
    pair.alice.events.clear();
    let a = pair.call();
    let verifier = pair.verifier.clone();
    serve(pair, &verifier, status);
    assert_eq!(pair.alice.story(), ["answered bob1"]);
    (a, invites(pair))
}

fn invites(pair: &Pair) -> Vec<Request> {
    let sent = pair.alice.sent.iter();
    sent.filter(|bytes| support::start_line(bytes).starts_with("INVITE"))
        .map(support::request)
        .collect()
}

/// The call that just came to Bob.
fn ringing(pair: &mut Pair) -> SessionId {
    let session = pair.ringing();
    pair.bob.events.clear();
    session
}

/// How often the nonce of this request was used, as it says.
fn count(pair: &Pair, request: &Request) -> Option<u32> {
    match verdict(pair, request) {
        Some(Verdict::Good { count, .. }) => count,
        _ => None,
    }
}

#[test]
fn the_second_call_is_proved_at_once() {
    for status in [
        StatusCode::UNAUTHORIZED,
        StatusCode::PROXY_AUTHENTICATION_REQUIRED,
    ] {
        let mut pair = registered();
        let first = call(&mut pair, status);
        assert_eq!(first.len(), 2);
        assert_eq!(verdict(&pair, &first[0]), None, "nobody asked for it yet");
        // INVITE and BYE have used the nonce.
        let second = call(&mut pair, status);
        assert_eq!(second.len(), 1);
        assert_eq!(count(&pair, &second[0]), Some(3));
        let other = HeaderName::ProxyAuthorization;
        let proxy = status != StatusCode::UNAUTHORIZED;
        assert_eq!(second[0].headers().has(&other), proxy);
    }
}

#[test]
fn two_calls_at_a_time_count_together() {
    let mut pair = registered();
    let status = StatusCode::UNAUTHORIZED;
    let (first, _) = call_on(&mut pair, status);
    let (second, invites) = call_on(&mut pair, status);
    assert_eq!(count(&pair, &invites[0]), Some(2));
    for (session, used) in [(first, 3), (second, 4)] {
        pair.alice.ua.hang_up(pair.now, session, None).unwrap();
        pair.run_ms(1);
        let bye = pair.alice.last_request("BYE");
        assert_eq!(count(&pair, &bye), Some(used));
    }
}

#[test]
fn a_nonce_that_ran_out_costs_what_it_did_before() {
    let mut pair = registered();
    let status = StatusCode::UNAUTHORIZED;
    call(&mut pair, status);
    pair.run_for(LATER);
    let late = call(&mut pair, status);
    assert_eq!(late.len(), 2);
    assert_eq!(verdict(&pair, &late[0]), Some(Verdict::Stale));
    assert_eq!(count(&pair, &late[1]), Some(1));
    assert_eq!(call(&mut pair, status).len(), 1);
}

#[test]
fn the_nonce_of_a_later_registration_is_good_for_calls() {
    let mut pair = registered();
    let status = StatusCode::UNAUTHORIZED;
    call(&mut pair, status);
    // The registration is refreshed, and asked anew.
    pair.run_for(Duration::from_secs(590));
    assert_eq!(pair.bob.sent_count("SIP/2.0 401"), 3);
    let late = call(&mut pair, status);
    assert_eq!(late.len(), 1);
    assert_eq!(count(&pair, &late[0]), Some(2));
}

#[test]
fn a_server_that_takes_no_nonce_twice_is_answered_each_time() {
    let mut pair = registered();
    let status = StatusCode::UNAUTHORIZED;
    call(&mut pair, status);
    // It restarted, and says nothing of staleness.
    pair.verifier = Verifier::new("alo.test", "another secret");
    pair.alice.sent.clear();
    pair.alice.events.clear();
    pair.call();
    pair.run_ms(30);
    let refused = ringing(&mut pair);
    let challenge = pair.verifier.challenges(pair.now, 1, false)[0].to_string();
    let fields = vec![(HeaderName::WwwAuthenticate, challenge)];
    pair.bob
        .ua
        .reject(pair.now, refused, status, fields)
        .unwrap();
    let verifier = pair.verifier.clone();
    serve(&mut pair, &verifier, status);
    assert_eq!(invites(&pair).len(), 2);
    assert_eq!(pair.alice.story(), ["answered bob1"]);
}

#[test]
fn a_call_with_other_credentials_begins_without() {
    let mut pair = registered();
    let status = StatusCode::UNAUTHORIZED;
    call(&mut pair, status);
    pair.alice.sent.clear();
    let mut invitation = pair.invitation();
    invitation.credentials = Some(Credentials::password("carol", "open sesame"));
    let flow = pair.flow();
    pair.alice.ua.invite(pair.now, flow, invitation);
    pair.run_ms(1);
    assert_eq!(verdict(&pair, &invites(&pair)[0]), None);
}

#[test]
fn a_call_without_a_registration_begins_without() {
    let mut pair = Pair::new(Network::websocket(), 7);
    for _ in 0..2 {
        let invites = call(&mut pair, StatusCode::UNAUTHORIZED);
        assert_eq!(invites.len(), 2);
        assert_eq!(verdict(&pair, &invites[0]), None);
    }
}

#[test]
fn what_somebody_else_asked_for_goes_to_nobody_else() {
    let mut pair = registered();
    pair.alice.sent.clear();
    let a = pair.call();
    // A gateway behind Bob has a realm of its own.
    let gateway = Verifier::new("gateway.test", "its secret");
    pair.run_ms(30);
    let ringing = ringing(&mut pair);
    let challenge = gateway.challenges(pair.now, 1, false)[0].to_string();
    let fields = vec![(HeaderName::WwwAuthenticate, challenge)];
    let (now, status) = (pair.now, StatusCode::UNAUTHORIZED);
    pair.bob.ua.reject(now, ringing, status, fields).unwrap();
    pair.run_ms(100);
    let answered = invites(&pair).pop().unwrap();
    assert!(answered.headers().has(&HeaderName::Authorization));
    pair.alice.ua.hang_up(pair.now, a, None).unwrap();
    pair.run_ms(200);
    pair.alice.sent.clear();
    pair.call();
    pair.run_ms(1);
    let next = invites(&pair).pop().unwrap();
    assert!(!next.headers().has(&HeaderName::Authorization));
}

#[test]
fn a_request_outside_of_calls_is_proved_at_once_too() {
    let mut pair = registered();
    call(&mut pair, StatusCode::UNAUTHORIZED);
    let message = OutOfDialog {
        method: Method::Message,
        target: uri("sip:bob@bob.test"),
        from: NameAddr::parse("<sip:alice@bob.test>").unwrap(),
        to: NameAddr::parse("<sip:bob@bob.test>").unwrap(),
        headers: Vec::new(),
        body: None,
        credentials: pair.invitation().credentials,
    };
    let flow = pair.flow();
    pair.alice.ua.send_request(pair.now, flow, message).unwrap();
    pair.run_ms(1);
    let message = pair.alice.last_request("MESSAGE");
    assert_eq!(count(&pair, &message), Some(3));
}

#[test]
fn who_is_not_registered_any_more_is_forgotten() {
    let mut pair = Pair::new(Network::websocket(), 7);
    let (flow, registration) = (pair.flow(), pair.registration());
    let id = pair.alice.ua.register(pair.now, flow, registration);
    pair.run_ms(200);
    call(&mut pair, StatusCode::UNAUTHORIZED);
    pair.run_for(Duration::from_secs(60));
    pair.alice.ua.unregister(pair.now, id);
    pair.run_for(Duration::from_secs(60));
    let shown = format!("{:?}", pair.alice.ua);
    assert!(!shown.contains("DigestClient"), "{shown}");
}
