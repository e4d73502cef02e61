//! The whole server, over real WebSockets and with real audio: customers wait, walk through menus and
//! are told, and agents are offered them.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::time::Duration;

use alo_api::header;
use alo_pbx::config::{Config, Overflow, Strategy};
use alo_pbx::records::{CallRecord, EndedBy, Step};
use alo_pbx::server::Server;
use alo_sip::header::HeaderName;
use alo_sip::message::Request;
use support::browser::Setup;
use support::phone::{Ended, Phone};

const AN: f64 = 440.0;
const BINH: f64 = 620.0;
const GUEST: f64 = 930.0;
const SALES: &str = "+842873001001";
const SUPPORT: &str = "+842473002002";

async fn demo(change: impl FnOnce(&mut Config)) -> (Server, String) {
    let mut config = Config::demo().unwrap();
    config.http.port = 0;
    config.media.bind = [127, 0, 0, 1].into();
    change(&mut config);
    let server = Server::start(config).await.unwrap();
    let url = format!("http://{}/", server.address());
    (server, url)
}

async fn guest(url: &str) -> Phone {
    let setup = Setup {
        tone: Some(GUEST),
        ..Setup::default()
    };
    Phone::connect(url, "guest-7f3a", setup).await
}

fn told(invite: &Request, name: &'static str) -> Option<String> {
    let value = invite.headers().get(&HeaderName::from_static(name));
    value.map(|value| value.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_hears_music_until_an_agent_comes() {
    let (server, url) = demo(|_| {}).await;
    let mut guest = guest(&url).await;
    let call = guest.call(SALES);
    guest.is_answered(call).await;
    guest
        .browser
        .wait_until("music", |heard| heard.hears_sound());
    let mut an = Phone::agent(&url, "101", AN).await;
    let (incoming, offer, invite) = an.rings().await;
    assert_eq!(told(&invite, header::QUEUE).as_deref(), Some("Sales"));
    assert_eq!(told(&invite, header::CALLED).as_deref(), Some(SALES));
    assert_eq!(told(&invite, header::WAITING).as_deref(), Some("0"));
    assert_eq!(told(&invite, header::ANSWER_WITHIN).as_deref(), Some("20"));
    an.answer(incoming, offer).await;
    an.browser
        .wait_until("An hears the guest", |heard| heard.hears(GUEST));
    guest
        .browser
        .wait_until("the guest hears An", |heard| heard.hears(AN));
    an.hang_up(incoming).await;
    assert_eq!(guest.ends(call).await, Ended::ByRemote);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_ring_one_answers_and_the_others_learn_who() {
    let (server, url) = demo(|config| config.queues[0].strategy = Strategy::RingAll).await;
    let mut an = Phone::agent(&url, "101", AN).await;
    let mut binh = Phone::agent(&url, "102", BINH).await;
    let mut guest = guest(&url).await;
    let call = guest.call(SALES);
    guest.is_answered(call).await;
    let (at_an, offer, _) = an.rings().await;
    let (at_binh, _, _) = binh.rings().await;
    an.answer(at_an, offer).await;
    let Ended::Cancelled(Some(reason)) = binh.ends(at_binh).await else {
        panic!("cancelled with a reason");
    };
    assert!(reason.is_completed_elsewhere());
    assert_eq!(reason.text.as_deref(), Some("Answered by An Nguyễn"));
    an.browser
        .wait_until("An hears the guest", |heard| heard.hears(GUEST));

    // An is in a call now: the next one rings Bình alone.
    let mut other = Phone::connect(&url, "guest-2", Setup::default()).await;
    let second = other.call(SALES);
    other.is_answered(second).await;
    binh.rings().await;
    an.silence(Duration::from_millis(300)).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_the_menu_leads_to_the_right_queue() {
    let (server, url) = demo(|_| {}).await;
    let mut an = Phone::agent(&url, "101", AN).await;
    for by_info in [false, true] {
        let mut guest = guest(&url).await;
        let call = guest.call(SUPPORT);
        guest.is_answered(call).await;
        guest
            .browser
            .wait_until("the menu", |heard| heard.hears_sound());
        if by_info {
            guest.info(call, "Signal=0\r\nDuration=160\r\n").await;
        } else {
            guest.browser.press("2");
        }
        let queue = if by_info { "Anyone free" } else { "Support" };
        let (incoming, offer, invite) = an.rings().await;
        assert_eq!(told(&invite, header::QUEUE).as_deref(), Some(queue));
        assert_eq!(told(&invite, header::CALLED).as_deref(), Some(SUPPORT));
        if by_info {
            an.answer(incoming, offer).await;
            an.browser
                .wait_until("An hears the guest", |heard| heard.hears(GUEST));
            guest
                .browser
                .wait_until("the guest hears An", |heard| heard.hears(AN));
        } else {
            guest.hang_up(call).await;
            assert_eq!(an.ends(incoming).await, Ended::Cancelled(None));
        }
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_apology_is_spoken_to_its_end_and_then_it_is_over() {
    let records = std::env::temp_dir().join(format!("alo-apology-{}.jsonl", std::process::id()));
    let _ = std::fs::remove_file(&records);
    let (server, url) = demo(|config| {
        config.records.file = Some(records.clone());
        config.queues[0].max_wait = Some(Duration::from_secs(1));
        config.queues[0].overflow = Overflow::Apology(vec!["goodbye-en".into()]);
    })
    .await;
    let mut guest = guest(&url).await;
    guest.patience = Duration::from_secs(30);
    let call = guest.call(SALES);
    guest.is_answered(call).await;
    guest
        .browser
        .wait_until("music, then words", |heard| heard.hears_sound());
    assert_eq!(guest.ends(call).await, Ended::ByRemote);
    server.stop().await;
    // What a stop leaves behind is all there.
    let lines = std::fs::read_to_string(&records).unwrap();
    std::fs::remove_file(&records).unwrap();
    let record: CallRecord = serde_json::from_str(lines.trim()).unwrap();
    assert_eq!(record.called, SALES);
    assert_eq!(record.ended_by, EndedBy::Server);
    let [Step::Queue { queue, .. }, Step::Apology { for_s, .. }] = &record.path[..] else {
        panic!("{:?}", record.path);
    };
    assert_eq!(queue, "sales");
    assert!(for_s.0 > Duration::from_secs(1), "it was spoken: {for_s:?}");
}
