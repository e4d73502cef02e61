//! Stories of what is told in a dialog besides offers (RFC 3311), and of calls that name another dialog: to
//! take its place (RFC 3891), to come into it (RFC 3911), or to be about it (RFC 4538).

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]

#[cfg(target_arch = "wasm32")]
#[macro_use]
extern crate alo_wasm_test;

mod support;

use std::time::Duration;

use alo_sip::header::HeaderName;
use alo_sip::method::Method;
use alo_sip::status::StatusCode;
use alo_sip::ua::{Config, Event, Role, SessionError, SessionEvent};

use support::{Network, Pair};

fn config(role: Role) -> Config {
    let mut config = Config {
        role,
        user_agent: String::new(),
        ..Config::default()
    };
    config
        .supported
        .extend(["replaces", "join"].map(String::from));
    config
}

/// Two sides that know calls which take the place of others.
fn pair() -> Pair {
    let configs = (config(Role::Phone), config(Role::Server));
    Pair::with_configs(Network::websocket(), 1, configs.0, configs.1)
}

fn identity(name: &str) -> Vec<(HeaderName, String)> {
    let value = format!("\"{name}\" <sip:{name}@bob.test>");
    vec![(HeaderName::PAssertedIdentity, value)]
}

/// Who Alice was told to talk with.
fn told(pair: &mut Pair) -> Vec<String> {
    let events = std::mem::take(&mut pair.alice.events);
    let names = events.iter().filter_map(|event| match event {
        Event::Session {
            event: SessionEvent::Refreshed { request },
            ..
        } => {
            let identity = request.headers().asserted_identity();
            Some(identity.map_or("-".into(), |who| who.display().unwrap().into_owned()))
        }
        _ => None,
    });
    names.collect()
}

#[test]
fn who_is_there_now_is_told_in_an_update() {
    let mut pair = pair();
    pair.refreshes = true;
    let (_, b) = pair.talk();
    pair.bob.ua.update(pair.now, b, identity("Carol")).unwrap();
    pair.run_ms(100);
    assert_eq!(told(&mut pair), ["Carol"]);
    let update = pair.bob.last_request("UPDATE");
    assert!(update.body().is_empty());
    assert!(update.headers().has(&HeaderName::Contact));
    assert_eq!(
        pair.alice
            .last_response(200)
            .headers()
            .cseq()
            .unwrap()
            .unwrap()
            .method,
        Method::Update
    );
    assert!(pair.bob.story().is_empty());
}

#[test]
fn only_the_latest_is_told_while_an_update_is_under_way() {
    let mut pair = pair();
    pair.refreshes = true;
    let (_, b) = pair.talk();
    for name in ["Carol", "Dave", "Erin"] {
        pair.bob.ua.update(pair.now, b, identity(name)).unwrap();
    }
    pair.run_ms(100);
    assert_eq!(told(&mut pair), ["Carol", "Erin"]);
    assert_eq!(pair.bob.sent_count("UPDATE"), 2);
    pair.bob.ua.update(pair.now, b, identity("Frank")).unwrap();
    pair.run_ms(100);
    assert_eq!(told(&mut pair), ["Frank"]);
}

#[test]
fn an_update_that_offers_nothing_goes_out_while_offers_are_open() {
    let mut pair = pair();
    pair.refreshes = true;
    let (a, b) = pair.talk();
    pair.alice
        .ua
        .offer(pair.now, a, support::sdp("alice2"))
        .unwrap();
    pair.run_ms(50);
    assert_eq!(pair.bob.story(), ["refreshed INVITE", "offer alice2"]);
    pair.bob.ua.update(pair.now, b, identity("Carol")).unwrap();
    pair.run_ms(100);
    assert_eq!(told(&mut pair), ["Carol"]);
    pair.bob
        .ua
        .answer(pair.now, b, support::sdp("bob2"))
        .unwrap();
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["offer answered bob2"]);
}

#[test]
fn who_rings_is_told_before_the_answer() {
    let mut pair = pair();
    pair.refreshes = true;
    let a = pair.call();
    let early = pair.alice.ua.update(pair.now, a, identity("Alice"));
    assert!(matches!(early, Err(SessionError::WrongState { .. })));
    pair.run_ms(100);
    let b = pair.ringing();
    let ua = &mut pair.bob.ua;
    ua.progress(pair.now, b, StatusCode::RINGING, None, Vec::new())
        .unwrap();
    pair.run_ms(100);
    pair.bob.ua.update(pair.now, b, identity("Carol")).unwrap();
    pair.run_ms(100);
    assert_eq!(told(&mut pair), ["Carol"]);
    let ua = &mut pair.bob.ua;
    ua.accept(pair.now, b, support::sdp("bob1"), Vec::new())
        .unwrap();
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["answered bob1"]);
}

#[test]
fn nothing_is_told_to_a_phone_that_knows_no_update() {
    let mut alice = config(Role::Phone);
    alice.allow.retain(|method| *method != Method::Update);
    let mut pair = Pair::with_configs(Network::websocket(), 1, alice, config(Role::Server));
    let (_, b) = pair.talk();
    let refused = pair.bob.ua.update(pair.now, b, identity("Carol"));
    assert_eq!(refused, Err(SessionError::NotAllowed(Method::Update)));
    assert_eq!(pair.bob.sent_count("UPDATE"), 0);
    pair.bob.ua.hang_up(pair.now, b, None).unwrap();
    let over = pair.bob.ua.update(pair.now, b, identity("Carol"));
    assert_eq!(over, Err(SessionError::Unknown(b)));
}

#[test]
fn a_refused_update_says_nothing_of_the_call_unless_it_is_unknown() {
    for (code, story) in [
        (405, &[][..]),
        (500, &[]),
        (481, &["uncertain Gone481"]),
        (408, &["uncertain TimedOut408"]),
    ] {
        let mut pair = pair();
        let (a, _) = pair.talk();
        pair.black_hole();
        pair.alice
            .ua
            .update(pair.now, a, identity("Alice"))
            .unwrap();
        pair.run_ms(1);
        let update = pair.alice.last_request("UPDATE");
        pair.answer_alice(&update, code, "x", &[], None);
        assert_eq!(pair.alice.story(), story, "{code}");
        let again = pair.alice.ua.update(pair.now, a, identity("Alice"));
        assert_eq!(again.is_err(), code == 405, "{code}");
    }
}

#[test]
fn both_sides_know_a_dialog_by_its_name() {
    let mut pair = pair();
    let a = pair.call();
    assert_eq!(pair.alice.ua.dialog_id(a), None);
    pair.run_ms(100);
    let b = pair.ringing();
    let ua = &mut pair.bob.ua;
    ua.progress(pair.now, b, StatusCode::RINGING, None, Vec::new())
        .unwrap();
    pair.run_ms(100);
    // Early, and confirmed.
    for _ in 0..2 {
        let dialog = pair.alice.ua.dialog_id(a).unwrap();
        assert_eq!(pair.bob.ua.dialog_id(b), Some(dialog.clone().mirrored()));
        let replaces = pair.alice.ua.replaces(a).unwrap();
        let find = &pair.bob.ua;
        let found = find.find_dialog(&replaces.call_id, &replaces.to_tag, &replaces.from_tag);
        assert_eq!(found, Some(b));
        let join = pair.alice.ua.join(a).unwrap();
        assert_eq!(
            (join.to_tag, join.from_tag),
            (replaces.to_tag, replaces.from_tag)
        );
        let target = pair.alice.ua.target_dialog(a).unwrap();
        let found = find.find_dialog(&target.call_id, &target.local_tag, &target.remote_tag);
        assert_eq!(found, Some(b));
        // The other way round it is the dialog of nobody.
        let wrong = find.find_dialog(&target.call_id, &target.remote_tag, &target.local_tag);
        assert_eq!(wrong, None);
        assert_eq!(
            find.find_dialog("x", &target.local_tag, &target.remote_tag),
            None
        );
        assert_eq!(
            find.find_dialog(&target.call_id, &target.local_tag, "0"),
            None
        );
        let ua = &mut pair.bob.ua;
        let _ = ua.accept(pair.now, b, support::sdp("bob1"), Vec::new());
        pair.run_ms(100);
    }
    let dialog = pair.alice.ua.dialog_id(a).unwrap();
    pair.alice.ua.hang_up(pair.now, a, None).unwrap();
    let found = pair
        .alice
        .ua
        .find_dialog(&dialog.call_id, &dialog.local_tag, &dialog.remote_tag);
    assert_eq!(found, None);
    assert_eq!(pair.alice.ua.replaces(a), None);
}

#[test]
fn a_call_that_names_another_dialog_has_to_name_one() {
    let one = "a@b;to-tag=1;from-tag=2";
    for (fields, story) in [
        (
            &[("Replaces", one), ("Require", "replaces")][..],
            "invited alice1",
        ),
        (&[("Join", one), ("Require", "join")], "invited alice1"),
        (&[("Target-Dialog", one)], "invited alice1"),
        (
            &[("Replaces", one), ("Replaces", "c@d;to-tag=1;from-tag=2")],
            "400",
        ),
        (&[("Replaces", one), ("Join", one)], "400"),
        (&[("Replaces", "a@b;to-tag=1")], "400"),
        (&[("Join", "a@b")], "400"),
        (
            &[("Replaces", one), ("Require", "replaces, teleport")],
            "420",
        ),
    ] {
        let mut pair = pair();
        let flow = pair.flow();
        let mut invitation = pair.invitation();
        let named = fields
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), String::from(*value)));
        invitation.headers.extend(named);
        pair.alice.ua.invite(pair.now, flow, invitation);
        pair.run_ms(100);
        let mut told = pair.bob.story();
        told.extend(pair.alice.story());
        let refused = format!("ended by {story}");
        assert!(told == [story] || told == [refused], "{fields:?}: {told:?}");
    }
}

#[test]
fn where_the_extension_is_not_known_it_cannot_be_required() {
    for (name, status) in [("Require", Some("ended by 420")), ("Supported", None)] {
        let mut pair = Pair::new(Network::websocket(), 1);
        let flow = pair.flow();
        let mut invitation = pair.invitation();
        invitation.headers = vec![
            (HeaderName::from_static(name), "replaces".into()),
            (HeaderName::Replaces, "nonsense".into()),
        ];
        pair.alice.ua.invite(pair.now, flow, invitation);
        pair.run_for(Duration::from_millis(100));
        assert_eq!(pair.alice.story().first().map(String::as_str), status);
    }
}
