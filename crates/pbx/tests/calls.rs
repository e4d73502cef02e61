//! The whole server, over real WebSockets: phones register, call and talk.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::time::Duration;

use alo_api::header;
use alo_pbx::config::Config;
use alo_pbx::server::Server;
use alo_sip::header::HeaderName;
use str0m::media::Direction;
use support::browser::Setup;
use support::phone::{Ended, Phone};

const AN: f64 = 440.0;
const BINH: f64 = 620.0;
const SALES: &str = "+842873001001";

/// The demo call centre, with short times.
async fn demo() -> (Server, String) {
    demo_with(|_| {}).await
}

async fn demo_with(change: impl FnOnce(&mut Config)) -> (Server, String) {
    let mut config = Config::demo().unwrap();
    config.http.port = 0;
    config.media.bind = [127, 0, 0, 1].into();
    config.network.ring = Duration::from_millis(200);
    config.network.no_answer = Duration::from_secs(1);
    change(&mut config);
    if let Ok(filter) = std::env::var("ALO_TEST_LOG") {
        config.log.filter = filter;
        // The first test of the process starts it for all.
        let _ = alo_pbx::logging::start(&config.log);
    }
    let server = Server::start(config).await.unwrap();
    let url = format!("http://{}/", server.address());
    (server, url)
}

/// A guest, whose microphone hears Bình's tone.
async fn guest(url: &str) -> Phone {
    let setup = Setup {
        tone: Some(BINH),
        ..Setup::default()
    };
    Phone::connect(url, "guest-7f3a", setup).await
}

/// An and Bình talk.
async fn talking(url: &str) -> (Phone, Phone, [alo_sip::ua::SessionId; 2]) {
    let mut an = Phone::agent(url, "101", AN).await;
    let mut binh = Phone::agent(url, "102", BINH).await;
    let outgoing = an.call("102");
    an.flush().await;
    let (incoming, offer, _) = binh.rings().await;
    an.hears_ringing(outgoing).await;
    binh.answer(incoming, offer).await;
    an.is_answered(outgoing).await;
    an.browser
        .wait_until("An hears Bình", |heard| heard.hears(BINH));
    binh.browser
        .wait_until("Bình hears An", |heard| heard.hears(AN));
    (an, binh, [outgoing, incoming])
}

fn refused(ended: &Ended) -> u16 {
    match ended {
        Ended::Refused { status, .. } => *status,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_refused_and_a_right_one_not() {
    let (server, url) = demo().await;
    let mut phone = Phone::connect(&url, "101", Setup::default()).await;
    assert_eq!(phone.sign_in("alo-102").await, Err(401));
    assert_eq!(phone.sign_in("alo-101").await, Ok(()));
    let mut nobody = Phone::connect(&url, "999", Setup::default()).await;
    assert_eq!(nobody.sign_in("alo-999").await, Err(401));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_agents_talk_and_one_hangs_up() {
    let (server, url) = demo().await;
    let (mut an, mut binh, [outgoing, incoming]) = talking(&url).await;
    an.hang_up(outgoing).await;
    assert_eq!(binh.ends(incoming).await, Ended::ByRemote);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_called_agent_sees_who_calls_and_how_long_it_rings() {
    let (server, url) = demo().await;
    let mut an = Phone::agent(&url, "101", AN).await;
    let mut binh = Phone::agent(&url, "102", BINH).await;
    let call = an.call("102");
    an.flush().await;
    let (_, _, invite) = binh.rings().await;
    let from = invite.headers().from().unwrap().unwrap();
    assert_eq!(from.display().as_deref(), Some("An Nguyễn"));
    assert_eq!(from.uri().user().as_deref(), Some("101"));
    let within = HeaderName::from_static(header::ANSWER_WITHIN);
    assert_eq!(invite.headers().get(&within).as_deref(), Some("30"));
    an.hang_up(call).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn declined_busy_gone_and_unknown_are_told_apart() {
    let (server, url) = demo().await;
    let mut an = Phone::agent(&url, "101", AN).await;
    let mut binh = Phone::agent(&url, "102", BINH).await;
    for status in [603, 486] {
        let call = an.call("102");
        an.flush().await;
        let (incoming, _, _) = binh.rings().await;
        binh.decline(incoming, status).await;
        assert_eq!(refused(&an.ends(call).await), status);
    }
    binh.sign_out().await;
    let call = an.call("102");
    let Ended::Refused { status, warning } = an.ends(call).await else {
        panic!("refused");
    };
    assert_eq!(status, 480);
    assert_eq!(warning, "399 alo.local \"102 is not signed in\"");
    let call = an.call("105");
    assert_eq!(refused(&an.ends(call).await), 404);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_answers_and_the_phone_stops_ringing() {
    let (server, url) = demo_with(|config| config.calls.ring = Duration::from_secs(1)).await;
    let mut an = Phone::agent(&url, "101", AN).await;
    let mut binh = Phone::agent(&url, "102", BINH).await;
    let call = an.call("102");
    an.flush().await;
    let (incoming, _, _) = binh.rings().await;
    assert_eq!(refused(&an.ends(call).await), 480);
    assert!(
        matches!(binh.ends(incoming).await, Ended::Cancelled(Some(reason)) if reason.cause == Some(408))
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_gives_up_stops_the_ringing() {
    let (server, url) = demo().await;
    let mut an = Phone::agent(&url, "101", AN).await;
    let mut binh = Phone::agent(&url, "102", BINH).await;
    let call = an.call("102");
    an.flush().await;
    let (incoming, _, _) = binh.rings().await;
    an.hears_ringing(call).await;
    an.hang_up(call).await;
    assert_eq!(binh.ends(incoming).await, Ended::Cancelled(None));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_no_agent_reaches_hotlines_only() {
    let (server, url) = demo().await;
    let _an = Phone::agent(&url, "101", AN).await;
    let mut guest = guest(&url).await;
    for target in ["101", "+84900000001", "*43"] {
        let call = guest.call(target);
        assert_eq!(refused(&guest.ends(call).await), 403, "{target}");
    }
    let mut pretender = Phone::connect(&url, "101", Setup::default()).await;
    let call = pretender.call("102");
    assert_eq!(refused(&pretender.ends(call).await), 401);
    let mut stranger = Phone::connect(&url, "4711", Setup::default()).await;
    let call = stranger.call(SALES);
    assert_eq!(refused(&stranger.ends(call).await), 403);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_simulated_phone_network_behaves_as_the_handbook_says() {
    let (server, url) = demo().await;
    let mut an = Phone::agent(&url, "101", AN).await;
    for (number, status) in [
        ("+84900000002", 486),
        ("+84900000003", 480),
        ("+84900000004", 603),
        ("+84900000009", 404),
    ] {
        let call = an.call(number);
        assert_eq!(refused(&an.ends(call).await), status, "{number}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_simulated_phone_answers_and_speaks() {
    let (server, url) = demo().await;
    let mut an = Phone::agent(&url, "101", AN).await;
    let hotline = HeaderName::from_static(header::HOTLINE);
    let call = an.call_with(
        "+84900000001",
        vec![(hotline.clone(), "+842473002002".into())],
    );
    an.hears_ringing(call).await;
    an.is_answered(call).await;
    an.browser
        .wait_until("An hears the phone speak", |heard| heard.hears_sound());
    an.hang_up(call).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hotline_that_is_not_there_is_not_called_from() {
    let (server, url) = demo().await;
    let mut an = Phone::agent(&url, "101", AN).await;
    let hotline = HeaderName::from_static(header::HOTLINE);
    let call = an.call_with("+84900000001", vec![(hotline, "+8411".into())]);
    assert_eq!(refused(&an.ends(call).await), 403);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_echo_echoes() {
    let (server, url) = demo().await;
    let mut an = Phone::agent(&url, "101", AN).await;
    let call = an.call("*43");
    an.is_answered(call).await;
    an.browser
        .wait_until("An hears An", |heard| heard.hears(AN));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hold_is_music_and_resume_is_the_voice() {
    let (server, url) = demo().await;
    let (mut an, binh, [outgoing, _]) = talking(&url).await;
    an.renegotiate(outgoing, |browser| {
        browser.offer_direction(Direction::SendOnly)
    })
    .await;
    binh.browser
        .wait_until("Bình hears music and not An", |heard| {
            heard.hears_sound() && !heard.hears(AN)
        });
    an.renegotiate(outgoing, |browser| {
        browser.offer_direction(Direction::SendRecv)
    })
    .await;
    binh.browser
        .wait_until("Bình hears An again", |heard| heard.hears(AN));
    an.browser
        .wait_until("An hears Bình again", |heard| heard.hears(BINH));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn digits_arrive_as_events_however_they_were_sent() {
    let (server, url) = demo().await;
    let (mut an, binh, [outgoing, _]) = talking(&url).await;
    an.browser.press("42#");
    binh.browser
        .wait_until("three digits came", |heard| heard.dialled() == "42#");
    an.info(outgoing, "Signal=7\r\nDuration=120\r\n").await;
    binh.browser
        .wait_until("a fourth came", |heard| heard.dialled() == "42#7");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn digits_go_as_info_to_a_phone_without_telephone_event() {
    let (server, url) = demo().await;
    let mut an = Phone::agent(&url, "101", AN).await;
    let setup = Setup {
        event_clocks: Vec::new(),
        ..Setup::default()
    };
    let mut binh = Phone::connect(&url, "102", setup).await;
    binh.sign_in("alo-102").await.unwrap();
    let outgoing = an.call("102");
    an.flush().await;
    let (incoming, offer, _) = binh.rings().await;
    binh.answer(incoming, offer).await;
    an.is_answered(outgoing).await;
    an.browser
        .wait_until("it is connected", |heard| heard.connected);
    an.browser.press("5");
    let body = binh.takes_info().await;
    assert!(body.starts_with("Signal=5\r\n"), "{body}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ice_restart_is_answered_and_the_call_goes_on() {
    let (server, url) = demo().await;
    let (mut an, binh, [outgoing, _]) = talking(&url).await;
    an.renegotiate(outgoing, |browser| browser.offer_restart())
        .await;
    binh.browser.forget();
    binh.browser
        .wait_until("Bình hears An", |heard| heard.hears(AN));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_survives_a_lost_connection_and_is_hung_up_over_the_new_one() {
    let (server, url) = demo().await;
    let (mut an, mut binh, [_, incoming]) = talking(&url).await;
    binh.cut();
    tokio::time::sleep(Duration::from_millis(500)).await;
    an.browser.forget();
    an.browser
        .wait_until("An still hears Bình", |heard| heard.hears(BINH));
    an.silence(Duration::from_millis(100)).await;
    binh.reconnect().await;
    binh.hang_up(incoming).await;
    an.some_call_ends().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_reaches_a_phone_on_its_new_connection() {
    let (server, url) = demo().await;
    let (mut an, mut binh, [outgoing, incoming]) = talking(&url).await;
    binh.cut();
    binh.reconnect().await;
    an.hang_up(outgoing).await;
    assert_eq!(binh.ends(incoming).await, Ended::ByRemote);
    // And it can be called again.
    let mut chi = Phone::agent(&url, "103", AN).await;
    let again = chi.call("102");
    chi.flush().await;
    binh.rings().await;
    chi.hears_ringing(again).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_comes_back_by_any_request_in_the_dialog() {
    let (server, url) = demo().await;
    let mut an = Phone::agent(&url, "101", AN).await;
    let mut guest = guest(&url).await;
    let call = guest.call(SALES);
    guest.flush().await;
    let (incoming, offer, _) = an.rings().await;
    an.answer(incoming, offer).await;
    guest.is_answered(call).await;
    guest.cut();
    guest.reconnect().await;
    guest.options_in_dialog(call).await;
    an.hang_up(incoming).await;
    assert_eq!(guest.ends(call).await, Ended::ByRemote);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_tabs_of_an_agent_ring_and_one_has_the_call() {
    let (server, url) = demo().await;
    let mut an = Phone::agent(&url, "101", AN).await;
    let mut left = Phone::agent(&url, "102", BINH).await;
    let mut right = Phone::agent(&url, "102", BINH).await;
    let call = an.call("102");
    an.flush().await;
    let (at_left, _, _) = left.rings().await;
    let (at_right, offer, _) = right.rings().await;
    right.answer(at_right, offer).await;
    an.is_answered(call).await;
    assert!(
        matches!(left.ends(at_left).await, Ended::Cancelled(Some(reason)) if reason.is_completed_elsewhere())
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_was_away_when_the_other_hung_up_is_told_when_it_is_back() {
    let (server, url) = demo().await;
    let (mut an, mut binh, [outgoing, incoming]) = talking(&url).await;
    binh.cut();
    tokio::time::sleep(Duration::from_millis(200)).await;
    an.hang_up(outgoing).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    binh.reconnect_and_wait_for_end(incoming).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_phone_lost_connection_and_media_is_ended() {
    let short = |config: &mut Config| config.calls.lost_media = Duration::from_secs(1);
    let (server, url) = demo_with(short).await;
    let (mut an, mut binh, [outgoing, _]) = talking(&url).await;
    binh.browser.blackout(true);
    binh.cut();
    an.patience = Duration::from_secs(40);
    assert_eq!(an.ends(outgoing).await, Ended::ByRemote);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_on_another_connection_calls_with_his_password() {
    let (server, url) = demo().await;
    let mut an = Phone::agent(&url, "101", AN).await;
    let mut binh = Phone::connect(&url, "102", Setup::default()).await;
    let call = binh.call_as("101", "alo-102");
    tokio::join!(an.rings(), binh.hears_ringing(call));
    let mut thief = Phone::connect(&url, "102", Setup::default()).await;
    let wrong = thief.call_as("101", "alo-101");
    assert_eq!(refused(&thief.ends(wrong).await), 401);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hold_by_the_called_side_and_by_both() {
    let (server, url) = demo().await;
    let (mut an, mut binh, [outgoing, incoming]) = talking(&url).await;
    binh.renegotiate(incoming, |browser| {
        browser.offer_direction(Direction::SendOnly)
    })
    .await;
    an.browser
        .wait_until("An hears music and not Bình", |heard| {
            heard.hears_sound() && !heard.hears(BINH)
        });
    an.takes_offers(1).await;
    an.renegotiate(outgoing, |browser| {
        browser.offer_direction(Direction::SendOnly)
    })
    .await;
    binh.takes_offers(1).await;
    binh.renegotiate(incoming, |browser| {
        browser.offer_direction(Direction::SendRecv)
    })
    .await;
    an.takes_offers(2).await;
    binh.browser
        .wait_until("Bình hears music: An still holds", |heard| {
            heard.hears_sound() && !heard.hears(AN)
        });
    an.renegotiate(outgoing, |browser| {
        browser.offer_direction(Direction::SendRecv)
    })
    .await;
    binh.takes_offers(2).await;
    an.browser
        .wait_until("An hears Bình", |heard| heard.hears(BINH));
    binh.browser
        .wait_until("Bình hears An", |heard| heard.hears(AN));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_server_stops_calls_are_hung_up() {
    let (server, url) = demo().await;
    let (mut an, mut binh, [outgoing, incoming]) = talking(&url).await;
    let ((), at_an, at_binh) = tokio::join!(server.stop(), an.ends(outgoing), binh.ends(incoming));
    assert_eq!((at_an, at_binh), (Ended::ByRemote, Ended::ByRemote));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_is_answered_with_a_pong() {
    let (server, url) = demo().await;
    let mut an = Phone::agent(&url, "101", AN).await;
    // RFC 5626 section 4.4.1 over RFC 7118 section 6.
    assert_eq!(an.raw("\r\n\r\n").await, "\r\n");
    assert!(an.raw("nonsense\r\n\r\n").await.is_empty());
    // The connection is still good.
    let call = an.call("105");
    assert_eq!(refused(&an.ends(call).await), 404);
    server.stop().await;
}
