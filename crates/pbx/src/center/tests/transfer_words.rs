//! What phones, watchers and records are told of transfers.

use alo_api::{header, plays};
use alo_sip::header::{HeaderName, ReferTo};
use alo_sip::message::Request;
use alo_sip::presence::{Activity, DialogInfo};
use alo_sip::ua::{Invite, Refer, SessionId};
use alo_sip::uri::{NameAddr, Uri};

use super::world::{SALES, SDP, World};
use crate::records::EndedBy;

const AN: &str = "\"An Nguyễn\" <sip:101@alo.local>";
const BINH: &str = "\"Bình Trần\" <sip:102@alo.local>";
const NOTHING: [[&str; 4]; 0] = [];
const LAN: &str = "\"Lan\" <sip:guest-1@alo.local>";

/// Lan has called Sales, and talks with An: An's session of it.
fn lan_talks_with_an() -> (World, SessionId) {
    let mut world = World::shift(&["101", "102", "103"], |config| {
        let mut queues = config.queues.iter_mut();
        queues.find(|queue| queue.id == "sales").unwrap().agents = vec!["101".into()];
    });
    world.call_as(("guest-1", "Lan"), SALES);
    let lan = world.answer("101");
    world.words("guest-1");
    (world, lan)
}

fn address(user: &str) -> NameAddr {
    NameAddr::new(Uri::sip(Some(user), "alo.local").unwrap())
}

/// An asks Bình about Lan: An's session of it.
fn consults(world: &mut World, lan: SessionId) -> SessionId {
    world.hold("101", lan, true);
    let now = world.now;
    let an = world.phone("101");
    let about = an.ua.target_dialog(lan).unwrap();
    let invite = Invite {
        target: Uri::sip(Some("102"), "alo.local").unwrap(),
        from: address("101"),
        to: address("102"),
        contact: Uri::sip(Some("101"), "tab.invalid").unwrap(),
        headers: vec![(HeaderName::TargetDialog, about.to_string())],
        route: Vec::new(),
        offer: Some(SDP.into()),
        credentials: None,
    };
    let session = an.ua.invite(now, an.flow, invite);
    world.settle();
    session
}

/// An sends Lan there.
fn refers(world: &mut World, lan: SessionId, to: ReferTo) {
    let now = world.now;
    let refer = Refer {
        to,
        referred_by: Some(address("101")),
        headers: Vec::new(),
    };
    world.phone("101").ua.refer(now, lan, refer).unwrap();
    world.settle();
}

fn completes(world: &mut World, lan: SessionId, binh: SessionId) {
    let replaces = world.phone("101").ua.replaces(binh);
    let to = ReferTo {
        replaces,
        ..ReferTo::new(address("102"))
    };
    refers(world, lan, to);
}

/// All that a word says: who is there, what is heard, who else is there, what it is about.
fn whole(word: &Request) -> [String; 4] {
    let field = |name: HeaderName| {
        let value = word.headers().get(&name);
        value.map_or_else(|| "-".into(), |value| value.to_string())
    };
    let ours = HeaderName::from_static;
    [
        field(HeaderName::PAssertedIdentity),
        field(ours(header::PLAYS)),
        field(ours(header::WITH)),
        field(ours(header::ABOUT)),
    ]
}

fn whole_words(world: &mut World, who: &str) -> Vec<[String; 4]> {
    let words = std::mem::take(&mut world.phone(who).words);
    words.iter().map(whole).collect()
}

fn word(who: &str, plays: &str, with: &str, about: &str) -> [String; 4] {
    [who, plays, with, about].map(String::from)
}

/// What An's phone, or Bình's, is doing, as Chi's lamp shows it.
fn lamp(world: &mut World) -> Vec<Activity> {
    let (bodies, _) = world.told("103");
    let all = bodies.iter().map(|body| DialogInfo::parse(body).unwrap());
    all.map(|info| info.activity()).collect()
}

#[test]
fn who_has_a_customer_after_talking_with_a_colleague_sees_number_and_name() {
    let (mut world, lan) = lan_talks_with_an();
    let binh = consults(&mut world, lan);
    assert_eq!(world.words("guest-1"), [("-".into(), plays::MUSIC.into())]);
    assert_eq!(world.phone("102").told(header::ABOUT).as_deref(), Some(LAN));
    world.answer("102");
    assert_eq!(
        whole_words(&mut world, "102"),
        NOTHING,
        "the INVITE has told it"
    );
    assert_eq!(
        whole_words(&mut world, "101"),
        [word(BINH, plays::VOICE, "-", "-")]
    );
    completes(&mut world, lan, binh);
    assert_eq!(
        whole_words(&mut world, "102"),
        [word(LAN, plays::VOICE, "-", "-")]
    );
    assert_eq!(world.words("guest-1"), [("-".into(), plays::VOICE.into())]);
    assert_eq!(whole_words(&mut world, "101"), NOTHING, "An is out");
    world.seconds(30);
    assert_eq!(whole_words(&mut world, "102"), NOTHING);
}

#[test]
fn who_is_consulted_is_told_that_the_customer_is_gone() {
    let (mut world, lan) = lan_talks_with_an();
    consults(&mut world, lan);
    world.answer("102");
    world.words("101");
    let call = *world.phone("guest-1").begun.last().unwrap();
    world.hang_up("guest-1", call);
    let gone = format!("{LAN};gone");
    assert_eq!(
        whole_words(&mut world, "102"),
        [word(AN, plays::VOICE, "-", &gone)]
    );
    assert_eq!(whole_words(&mut world, "101"), NOTHING);
}

#[test]
fn three_who_talk_see_each_other_and_the_customer_nobody() {
    let (mut world, lan) = lan_talks_with_an();
    let binh = consults(&mut world, lan);
    world.answer("102");
    whole_words(&mut world, "101");
    let join = world.phone("101").ua.join(binh);
    let to = ReferTo {
        join,
        ..ReferTo::new(address("102"))
    };
    refers(&mut world, lan, to);
    world.hold("101", lan, false);
    assert_eq!(
        whole_words(&mut world, "101").last(),
        Some(&word(LAN, plays::VOICE, BINH, "-"))
    );
    assert_eq!(
        whole_words(&mut world, "102"),
        [word(LAN, plays::VOICE, AN, "-")]
    );
    let told = whole_words(&mut world, "guest-1");
    assert_eq!(told.last(), Some(&word("-", plays::VOICE, "-", "-")));
    // An leaves, and two are left.
    world.hang_up("101", lan);
    assert_eq!(
        whole_words(&mut world, "102"),
        [word(LAN, plays::VOICE, "-", "-")]
    );
    assert_eq!(whole_words(&mut world, "guest-1"), NOTHING);
}

#[test]
fn who_is_rung_by_a_transfer_or_a_recall_rings_for_all_to_see() {
    use Activity::{None, OnThePhone, Ringing};
    let (mut world, lan) = lan_talks_with_an();
    world.watch("103", "102", "dialog");
    assert_eq!(lamp(&mut world), [None]);
    refers(&mut world, lan, ReferTo::new(address("102")));
    assert_eq!(world.words("guest-1"), [("-".into(), plays::MUSIC.into())]);
    assert_eq!(lamp(&mut world), [Ringing]);
    world.watch("103", "101", "dialog");
    assert_eq!(lamp(&mut world), [None], "An is free at once");
    world.decline("102", 486);
    // Bình's lamp goes out, and An's lights.
    assert_eq!(lamp(&mut world), [Ringing, None]);
    world.answer("101");
    assert_eq!(lamp(&mut world), [OnThePhone]);
    assert_eq!(world.words("guest-1"), [("-".into(), plays::VOICE.into())]);
}

#[test]
fn a_record_says_who_transferred_a_call_and_what_came_of_it() {
    let (mut world, lan) = lan_talks_with_an();
    world.seconds(10);
    refers(&mut world, lan, ReferTo::new(address("102")));
    world.seconds(4);
    world.decline("102", 486);
    world.seconds(3);
    let back = world.answer("101");
    world.seconds(5);
    let binh = consults(&mut world, back);
    world.answer("102");
    world.seconds(2);
    completes(&mut world, back, binh);
    world.seconds(8);
    let call = *world.phone("guest-1").begun.last().unwrap();
    world.hang_up("guest-1", call);
    let customers = world.records.iter();
    let mut customers = customers.filter(|record| record.caller == "guest-1");
    let path = super::records::path(customers.next().unwrap());
    let transfers: Vec<_> = path
        .iter()
        .filter(|step| step.starts_with("transfer"))
        .collect();
    assert_eq!(
        transfers,
        [
            "transfer 101 102 Blind Busy 10..14 recall Answered",
            "transfer 101 102 Attended Done 24..24"
        ],
        "{path:?}"
    );
    let talks: Vec<_> = path
        .iter()
        .filter(|step| step.starts_with("talk"))
        .collect();
    assert_eq!(
        talks,
        ["talk 101 0..10", "talk 101 17..24", "talk 102 24..32"]
    );
}

#[test]
fn a_record_says_who_hung_up_though_the_caller_had_left() {
    let mut world = World::with(&["101", "102"]);
    let call = world.call("101", "+84900000006");
    world.seconds(3);
    assert_eq!(world.phone("101").answered, [call]);
    refers(&mut world, call, ReferTo::new(address("102")));
    world.answer("102");
    world.seconds(10);
    let [record] = &world.records[..] else {
        panic!("{:?}", world.records);
    };
    assert_eq!(record.caller, "101");
    assert_eq!(record.called, "+84900000006");
    let how = (record.ended_by, record.reason.as_str());
    assert_eq!(how, (EndedBy::Called, "the called side hung up"));
    assert_eq!(record.answered_by.as_deref(), Some("102"));
}
