//! Stories of REFER (RFC 3515): one side asks the other to call somebody, is told what becomes of it, and
//! the call that it was asked in ends meanwhile (RFC 5057).

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]

#[cfg(target_arch = "wasm32")]
#[macro_use]
extern crate alo_wasm_test;

mod support;

use std::time::Duration;

use alo_sip::header::{HeaderName, ReferTo};
use alo_sip::method::Method;
use alo_sip::sipfrag::{self, Fragment};
use alo_sip::status::StatusCode;
use alo_sip::ua::{Config, Event, Refer, ReferError, ReferralEvent, SessionError};
use alo_sip::uri::NameAddr;

use support::{Network, Pair};

fn pair() -> Pair {
    Pair::new(Network::websocket(), 1)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn status(code: u16) -> StatusCode {
    StatusCode::new(code).unwrap()
}

/// Both have forgotten everything.
fn assert_nothing_left(pair: &mut Pair) {
    pair.run_for(seconds(100));
    pair.disconnect();
    pair.assert_nothing_left();
}

#[test]
fn who_is_asked_tells_what_became_of_it() {
    let mut pair = pair();
    let (a, b, referred) = pair.referring();
    let refer = pair.alice.last_request("REFER");
    let headers = refer.headers();
    assert_eq!(
        headers.refer_to().unwrap().to_string(),
        "<sip:carol@bob.test>"
    );
    let by = headers.referred_by().unwrap();
    assert_eq!(by.display().as_deref(), Some("Alice"));
    assert!(headers.has(&HeaderName::Contact));
    pair.progress(referred, 180);
    pair.run_ms(50);
    let answered = Fragment::new(StatusCode::OK).with(HeaderName::To, "\"Carol\" <sip:c@bob.test>");
    pair.bob
        .ua
        .refer_progress(pair.now, referred, answered)
        .unwrap();
    pair.run_ms(50);
    let last = pair.alice.events.last().unwrap();
    let Event::Referral {
        event: ReferralEvent::Progress { fragment },
        ..
    } = last
    else {
        panic!("{last:?}")
    };
    assert_eq!(fragment.to().unwrap().display().as_deref(), Some("Carol"));
    assert_eq!(pair.alice.story(), ["refer 180", "refer 200"]);
    let notify = pair.bob.last_request("NOTIFY");
    let state = notify.headers().subscription_state().unwrap().unwrap();
    assert_eq!(state.to_string(), "terminated;reason=noresource");
    assert_eq!(
        notify.headers().get(&HeaderName::ContentType).unwrap(),
        sipfrag::CONTENT_TYPE
    );
    let late = pair
        .bob
        .ua
        .refer_progress(pair.now, referred, Fragment::new(StatusCode::OK));
    assert_eq!(late, Err(ReferError::Unknown(referred)));
    // The call is none the worse for it.
    assert_eq!(pair.alice.ua.session(a).unwrap().state_name(), "confirmed");
    pair.alice.ua.hang_up(pair.now, a, None).unwrap();
    pair.run_for(seconds(1));
    assert!(pair.bob.ua.session(b).is_none());
    assert_nothing_left(&mut pair);
}

#[test]
fn the_referral_outlives_the_call_when_the_asked_side_hangs_up() {
    let mut pair = pair();
    let (a, b, referred) = pair.referring();
    pair.bob.ua.hang_up(pair.now, b, None).unwrap();
    pair.run_for(seconds(1));
    assert_eq!(pair.alice.story(), ["ended by them"]);
    assert!(pair.alice.ua.session(a).is_none());
    assert_eq!(pair.alice.ua.dialog_id(a), None);
    pair.progress(referred, 180);
    pair.run_for(seconds(20));
    pair.progress(referred, 486);
    pair.run_for(seconds(1));
    assert_eq!(pair.alice.story(), ["refer 180", "refer 486"]);
    // NOTIFY 100, BYE, NOTIFY 180 and 486 have one sequence of numbers.
    let seqs: Vec<u32> = pair
        .bob
        .sent
        .iter()
        .filter(|bytes| bytes.starts_with(b"NOTIFY") || bytes.starts_with(b"BYE"))
        .map(|bytes| {
            support::request(bytes)
                .headers()
                .cseq()
                .unwrap()
                .unwrap()
                .seq
        })
        .collect();
    assert_eq!(seqs, [1, 2, 3, 4]);
    assert_nothing_left(&mut pair);
}

#[test]
fn the_referral_outlives_the_call_when_the_asking_side_hangs_up() {
    let mut pair = pair();
    let (a, _, referred) = pair.referring();
    pair.alice.ua.hang_up(pair.now, a, None).unwrap();
    pair.run_for(seconds(1));
    pair.progress(referred, 200);
    pair.run_for(seconds(1));
    assert_eq!(pair.alice.story(), ["ended by us", "refer 200"]);
    assert_eq!(pair.bob.story(), ["ended by them"]);
    assert_nothing_left(&mut pair);
}

#[test]
fn the_asked_side_hangs_up_at_once() {
    let mut pair = pair();
    let (a, b) = pair.talk();
    pair.refer(a);
    pair.run_ms(50);
    let referred = pair.referred();
    let ua = &mut pair.bob.ua;
    ua.accept_refer(pair.now, referred).unwrap();
    ua.hang_up(pair.now, b, None).unwrap();
    ua.refer_progress(pair.now, referred, Fragment::new(StatusCode::OK))
        .unwrap();
    pair.run_for(seconds(1));
    let story = ["refer accepted", "refer 100", "ended by them", "refer 200"];
    assert_eq!(pair.alice.story(), story);
    assert_nothing_left(&mut pair);
}

#[test]
fn only_the_latest_state_is_told_where_one_is_under_way() {
    let mut pair = pair();
    let (_, _, referred) = pair.referring();
    for code in [180, 182, 180, 603] {
        pair.progress(referred, code);
    }
    pair.run_for(seconds(1));
    assert_eq!(pair.alice.story(), ["refer 180", "refer 603"]);
}

#[test]
fn a_refused_refer_changes_nothing() {
    for code in [404, 480, 403, 603] {
        let mut pair = pair();
        let (a, b) = pair.talk();
        pair.refer(a);
        pair.run_ms(50);
        let referred = pair.referred();
        let ua = &mut pair.bob.ua;
        let odd = ua.reject_refer(pair.now, referred, StatusCode::OK, Vec::new());
        assert_eq!(odd, Err(ReferError::NotARefusal(StatusCode::OK)));
        let early = ua.refer_progress(pair.now, referred, Fragment::new(StatusCode::OK));
        assert_eq!(early, Err(ReferError::NotAccepted));
        ua.reject_refer(pair.now, referred, status(code), Vec::new())
            .unwrap();
        pair.run_ms(50);
        assert_eq!(pair.alice.story(), [format!("refer refused {code}")]);
        let again = pair.bob.ua.accept_refer(pair.now, referred);
        assert_eq!(again, Err(ReferError::Unknown(referred)));
        assert!(pair.bob.ua.session(b).is_some());
        assert!(pair.alice.ua.session(a).is_some());
    }
}

#[test]
fn a_refer_that_nobody_answers_is_refused_by_408() {
    let mut pair = Pair::new(Network::udp(), 1);
    let (a, _) = pair.talk();
    pair.refer(a);
    pair.run_for(seconds(40));
    assert_eq!(pair.alice.story(), ["refer refused 408"]);
}

/// RFC 4488
#[test]
fn nobody_wants_to_know_what_becomes_of_it() {
    let mut pair = pair();
    let (a, _) = pair.talk();
    let refer = Refer {
        to: "<sip:carol@bob.test>".parse().unwrap(),
        referred_by: None,
        headers: vec![(HeaderName::ReferSub, "false".into())],
    };
    pair.alice.ua.refer(pair.now, a, refer).unwrap();
    pair.run_ms(50);
    let referred = pair.referred();
    pair.bob.ua.accept_refer(pair.now, referred).unwrap();
    let late = pair
        .bob
        .ua
        .refer_progress(pair.now, referred, Fragment::new(StatusCode::OK));
    assert_eq!(late, Err(ReferError::Unknown(referred)));
    pair.run_for(seconds(60));
    assert_eq!(pair.alice.story(), ["refer accepted, not followed"]);
    assert_eq!(
        pair.bob.last_response(200).headers().refer_sub(),
        Some(false)
    );
    assert_eq!(pair.bob.sent_count("NOTIFY"), 0);
}

#[test]
fn what_asks_for_nothing_is_refused_by_the_user_agent() {
    for fields in [
        &[][..],
        &["alice"],
        &["<sip:c@bob.test>", "<sip:d@bob.test>"],
        &["<sip:c@bob.test>, <sip:d@bob.test>"],
        &["<sip:c@bob.test?Replaces=1>"],
    ] {
        let mut pair = pair();
        let (a, _) = pair.talk();
        let headers = fields
            .iter()
            .map(|value| (HeaderName::ReferTo, (*value).to_owned()));
        let ua = &mut pair.alice.ua;
        ua.request(pair.now, a, Method::Refer, headers.collect(), None)
            .unwrap();
        pair.run_ms(100);
        assert_eq!(pair.alice.story(), ["response 400"], "{fields:?}");
        assert!(pair.bob.story().is_empty(), "{fields:?}");
    }
}

#[test]
fn each_refer_in_a_dialog_is_told_of_by_its_number() {
    let mut pair = pair();
    let (a, _) = pair.talk();
    let (first, second) = (pair.refer(a), pair.refer(a));
    pair.run_ms(50);
    let mut referred = Vec::new();
    for event in std::mem::take(&mut pair.bob.events) {
        if let Event::Referred { id, .. } = event {
            pair.bob.ua.accept_refer(pair.now, id).unwrap();
            referred.push(id);
        }
    }
    pair.run_ms(100);
    pair.alice.events.clear();
    pair.progress(referred[1], 486);
    pair.run_ms(100);
    pair.progress(referred[0], 200);
    pair.run_ms(100);
    let told: Vec<_> = pair
        .alice
        .events
        .iter()
        .map(|event| match event {
            Event::Referral {
                id,
                event: ReferralEvent::Progress { fragment },
            } => (*id, fragment.status.code()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(told, [(second, 486), (first, 200)]);
}

#[test]
fn no_more_than_eight_are_open_in_a_dialog() {
    let mut pair = pair();
    let (a, b) = pair.talk();
    for _ in 0..8 {
        pair.refer(a);
    }
    let refer = || Refer {
        to: ReferTo::new(NameAddr::parse("<sip:d@bob.test>").unwrap()),
        referred_by: None,
        headers: Vec::new(),
    };
    let ninth = pair.alice.ua.refer(pair.now, a, refer());
    assert_eq!(ninth, Err(SessionError::TooMany(a)));
    pair.run_ms(50);
    assert_eq!(pair.bob.story().len(), 8);
    // A hostile peer does not care.
    let fields = vec![(HeaderName::ReferTo, "<sip:d@bob.test>".to_owned())];
    let ua = &mut pair.alice.ua;
    ua.request(pair.now, a, Method::Refer, fields, None)
        .unwrap();
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["response 503"]);
    assert!(pair.bob.story().is_empty());
    // The other side has its own.
    pair.bob.ua.refer(pair.now, b, refer()).unwrap();
    pair.run_ms(50);
    assert_eq!(pair.alice.story(), ["referred to sip:d@bob.test"]);
}

#[test]
fn a_refer_outside_of_a_dialog_makes_one() {
    let mut pair = pair();
    let request = alo_sip::ua::OutOfDialog {
        method: Method::Refer,
        target: support::uri("sip:bob@bob.test"),
        from: NameAddr::parse("<sip:alice@bob.test>").unwrap(),
        to: NameAddr::parse("<sip:bob@bob.test>").unwrap(),
        headers: vec![
            (HeaderName::ReferTo, "<sip:carol@bob.test>".into()),
            (HeaderName::Contact, "<sip:alice@alice1.invalid>".into()),
        ],
        body: None,
        credentials: None,
    };
    let flow = pair.flow();
    pair.alice
        .ua
        .send_request(pair.now, flow, request.clone())
        .unwrap();
    pair.run_ms(50);
    let referred = pair.referred();
    assert_eq!(pair.bob.story(), ["referred outside to sip:carol@bob.test"]);
    pair.bob.ua.accept_refer(pair.now, referred).unwrap();
    pair.run_ms(100);
    // Alice does not know what she is told of.
    assert_eq!(pair.alice.story(), ["response 202"]);
    assert_eq!(pair.bob.sent_count("NOTIFY"), 1);
    let late = pair
        .bob
        .ua
        .refer_progress(pair.now, referred, Fragment::new(StatusCode::OK));
    assert_eq!(late, Err(ReferError::Unknown(referred)));
    pair.alice.ua.send_request(pair.now, flow, request).unwrap();
    pair.run_ms(50);
    let referred = pair.referred();
    let ua = &mut pair.bob.ua;
    ua.reject_refer(pair.now, referred, StatusCode::DECLINE, Vec::new())
        .unwrap();
    pair.run_ms(50);
    assert_eq!(pair.alice.story(), ["response 603"]);
    assert_nothing_left(&mut pair);
}

#[test]
fn it_is_refreshed_before_it_expires() {
    let mut pair = pair();
    let (_, b, referred) = pair.referring();
    pair.bob.ua.hang_up(pair.now, b, None).unwrap();
    // Longer than the subscription of a REFER lives.
    pair.run_for(seconds(3000));
    assert!(pair.alice.sent_count("SUBSCRIBE") >= 3);
    assert_eq!(
        pair.alice.sent_count("SUBSCRIBE"),
        pair.bob.sent_count("NOTIFY") - 1
    );
    pair.progress(referred, 200);
    pair.run_for(seconds(1));
    assert_eq!(pair.alice.story(), ["ended by them", "refer 200"]);
    assert_nothing_left(&mut pair);
}

#[test]
fn it_is_refreshed_at_a_phone_that_takes_no_other_subscription() {
    let allow = Config::default().allow;
    let allow = allow.into_iter().filter(|it| *it != Method::Subscribe);
    let config = Config {
        allow: allow.collect(),
        ..Config::default()
    };
    let mut pair = Pair::with_configs(Network::websocket(), 1, config.clone(), config);
    let (_, b, referred) = pair.referring();
    pair.run_for(seconds(1500));
    assert!(pair.alice.sent_count("SUBSCRIBE") >= 1);
    pair.bob.ua.hang_up(pair.now, b, None).unwrap();
    pair.run_for(seconds(1500));
    pair.progress(referred, 200);
    pair.run_for(seconds(1));
    assert_eq!(pair.alice.story(), ["ended by them", "refer 200"]);
    assert_nothing_left(&mut pair);
}

#[test]
fn nobody_follows_it_any_more() {
    let mut pair = pair();
    let (a, b) = pair.talk();
    let referral = pair.refer(a);
    pair.run_ms(50);
    let referred = pair.referred();
    pair.bob.ua.accept_refer(pair.now, referred).unwrap();
    pair.run_ms(100);
    pair.alice.events.clear();
    pair.alice.ua.stop_following(pair.now, referral);
    pair.run_ms(100);
    let subscribe = pair.alice.last_request("SUBSCRIBE");
    assert_eq!(subscribe.headers().expires(), Some(0));
    let late = pair
        .bob
        .ua
        .refer_progress(pair.now, referred, Fragment::new(StatusCode::OK));
    assert!(late.is_err());
    pair.run_for(seconds(60));
    assert!(pair.alice.story().is_empty());
    // Before it was answered, too.
    let referral = pair.refer(a);
    pair.alice.ua.stop_following(pair.now, referral);
    pair.run_ms(50);
    let referred = pair.referred();
    pair.bob.ua.accept_refer(pair.now, referred).unwrap();
    pair.run_ms(100);
    assert!(
        pair.bob
            .ua
            .refer_progress(pair.now, referred, Fragment::new(StatusCode::OK))
            .is_err()
    );
    assert!(pair.alice.story().is_empty());
    pair.bob.ua.hang_up(pair.now, b, None).unwrap();
    assert_nothing_left(&mut pair);
}

#[test]
fn progress_follows_a_phone_that_comes_back_over_another_flow() {
    for over in [false, true] {
        let mut pair = pair();
        let (_, b, referred) = pair.referring();
        if over {
            pair.bob.ua.hang_up(pair.now, b, None).unwrap();
            pair.run_for(seconds(1));
        }
        pair.alice.events.clear();
        pair.disconnect();
        // Only the latest state matters.
        pair.progress(referred, 180);
        pair.progress(referred, 182);
        pair.run_for(seconds(70));
        pair.connect();
        pair.run_for(seconds(2));
        assert_eq!(pair.alice.story(), ["refer 182"], "{over}");
        pair.disconnect();
        pair.progress(referred, 603);
        pair.run_for(seconds(100));
        assert!(pair.alice.story().is_empty(), "{over}");
        pair.connect();
        pair.run_for(seconds(2));
        assert_eq!(pair.alice.story(), ["refer 603"], "{over}");
        assert!(
            pair.bob
                .ua
                .refer_progress(pair.now, referred, Fragment::new(StatusCode::OK))
                .is_err()
        );
    }
}

#[test]
fn a_state_that_was_on_its_way_when_the_flow_closed_is_told_again() {
    for over in [false, true] {
        let mut pair = pair();
        let (_, b, referred) = pair.referring();
        if over {
            pair.bob.ua.hang_up(pair.now, b, None).unwrap();
            pair.run_for(seconds(1));
        }
        pair.alice.events.clear();
        pair.progress(referred, 200);
        pair.run_ms(1);
        pair.disconnect();
        pair.run_for(seconds(3));
        pair.connect();
        pair.run_for(seconds(2));
        assert_eq!(pair.alice.story(), ["refer 200"], "{over}");
        if over {
            assert_nothing_left(&mut pair);
        }
    }
}

#[test]
fn a_refer_goes_on_over_the_flow_that_takes_over() {
    let mut pair = pair();
    let (a, _) = pair.talk();
    pair.disconnect();
    pair.refer(a);
    pair.run_for(seconds(5));
    pair.connect();
    pair.run_for(seconds(1));
    let referred = pair.referred();
    pair.bob.ua.accept_refer(pair.now, referred).unwrap();
    pair.run_for(seconds(1));
    assert_eq!(pair.alice.story(), ["refer accepted", "refer 100"]);
}

#[test]
fn whether_a_refer_arrived_is_asked_after_a_long_absence() {
    // Bob got the REFER, and his 202 was lost with the flow; or the REFER was lost itself.
    for arrived in [true, false] {
        let mut pair = pair();
        let (a, b) = pair.talk();
        if !arrived {
            pair.disconnect();
        }
        pair.refer(a);
        pair.run_ms(25);
        if arrived {
            let referred = pair.referred();
            pair.disconnect();
            let ua = &mut pair.bob.ua;
            ua.accept_refer(pair.now, referred).unwrap();
            ua.hang_up(pair.now, b, None).unwrap();
            ua.refer_progress(pair.now, referred, Fragment::new(StatusCode::OK))
                .unwrap();
        }
        pair.run_for(seconds(60));
        assert!(pair.alice.story().is_empty());
        pair.connect();
        pair.run_for(seconds(3));
        let story = pair.alice.story();
        if arrived {
            // His BYE was lost too, and of the call he knows nothing any more.
            assert_eq!(story, ["refer accepted", "refer 200", "uncertain Gone481"]);
        } else {
            assert_eq!(story, ["refer refused 408"]);
        }
    }
}

#[test]
fn referrals_come_to_their_end_over_a_network_that_loses_and_reorders() {
    for seed in 0..30 {
        let mut pair = Pair::new(Network::bad_udp(), seed);
        let a = pair.call();
        let (mut b, mut asked, mut told) = (None, false, Vec::new());
        for second in 0..120 {
            pair.run_for(seconds(1));
            for event in std::mem::take(&mut pair.bob.events) {
                match event {
                    Event::Invited { session, .. } => {
                        let ua = &mut pair.bob.ua;
                        ua.accept(pair.now, session, support::sdp("bob1"), Vec::new())
                            .unwrap();
                        b = Some(session);
                    }
                    Event::Referred { id, .. } => {
                        let ua = &mut pair.bob.ua;
                        ua.accept_refer(pair.now, id).unwrap();
                        let _ = ua.hang_up(pair.now, b.unwrap(), None);
                        for code in [180, 200] {
                            pair.progress(id, code);
                            pair.run_ms(700);
                        }
                    }
                    _ => {}
                }
            }
            told.extend(pair.alice.story());
            let stands = pair.alice.ua.session(a);
            let stands = stands.is_some_and(|it| it.state_name() == "confirmed");
            if second > 40 && stands && !asked {
                asked = true;
                pair.refer(a);
            }
        }
        assert!(asked, "seed {seed}: {told:?}");
        let count = |what: &str| told.iter().filter(|told| *told == what).count();
        assert_eq!(count("refer 200"), 1, "seed {seed}: {told:?}");
        assert_eq!(count("ended by them"), 1, "seed {seed}: {told:?}");
        assert!(count("refer 100") <= 1, "seed {seed}: {told:?}");
        assert_nothing_left(&mut pair);
    }
}

/// A far end that keeps to RFC 3261 12.2.2 refuses a BYE that a later NOTIFY overtook.
#[test]
fn over_datagrams_no_notify_overtakes_a_bye() {
    let mut pair = Pair::new(Network::udp(), 1);
    let (_, b, referred) = pair.referring();
    pair.bob.lines();
    pair.bob.ua.hang_up(pair.now, b, None).unwrap();
    pair.progress(referred, 180);
    pair.progress(referred, 200);
    pair.run_ms(39);
    assert_eq!(pair.bob.sent_count("BYE"), 1);
    assert_eq!(pair.bob.sent_count("NOTIFY"), 0);
    pair.run_ms(50);
    assert_eq!(pair.bob.sent_count("NOTIFY"), 1);
    assert_eq!(pair.alice.story(), ["ended by them", "refer 200"]);
    assert_nothing_left(&mut pair);
}

#[test]
fn a_flow_that_never_comes_back_leaves_nothing() {
    for stage in 0..5 {
        let mut pair = pair();
        let (a, b) = pair.talk();
        let referral = pair.refer(a);
        pair.run_ms(if stage == 0 { 1 } else { 25 });
        if stage > 0 {
            let referred = pair.referred();
            pair.bob.ua.accept_refer(pair.now, referred).unwrap();
        }
        pair.run_ms([1, 1, 21, 100, 100][stage]);
        if stage == 4 {
            pair.alice.ua.stop_following(pair.now, referral);
        }
        pair.alice.events.clear();
        pair.disconnect();
        for (peer, session) in [(&mut pair.alice, a), (&mut pair.bob, b)] {
            peer.ua.hang_up(pair.now, session, None).unwrap();
        }
        pair.run_for(seconds(2000));
        let story = pair.alice.story();
        let end = match stage {
            0 | 1 => Some("refer refused 408"),
            4 => None,
            _ => Some("refer ended -"),
        };
        let told: Vec<&str> = ["ended by us"].into_iter().chain(end).collect();
        assert_eq!(story, told, "{stage}");
        pair.assert_nothing_left();
    }
}
