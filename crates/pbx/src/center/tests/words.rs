//! What phones are told of how their calls stand.

use alo_api::{header, plays};
use alo_sip::header::HeaderName;
use alo_sip::message::Request;
use alo_sip::method::Method;
use alo_sip::ua;
use alo_sip::uri::NameAddr;

use super::super::transfer::Place;
use super::world::{SALES, SUPPORT, World};
use crate::config::{Destination, IvrAction, Overflow};
use crate::media::{Digit, MediaEvent};

/// A header field of a word; "-" where it is not there.
fn field(word: &Request, name: &HeaderName) -> String {
    let value = word.headers().get(name);
    value.map_or_else(|| "-".into(), |value| value.to_string())
}

/// What a word says: who is there, and what is heard.
fn says(word: &Request) -> (String, String) {
    let plays = field(word, &HeaderName::from_static(header::PLAYS));
    (field(word, &HeaderName::PAssertedIdentity), plays)
}

impl World {
    /// The words that this phone was told since it was asked last.
    pub(super) fn words(&mut self, who: &str) -> Vec<(String, String)> {
        let words = std::mem::take(&mut self.phone(who).words);
        words.iter().map(says).collect()
    }

    /// What this phone was told that it hears, since it was asked last.
    fn told_to_hear(&mut self, who: &str) -> Vec<String> {
        let words = self.words(who).into_iter();
        words.map(|(_, plays)| plays).collect()
    }

    /// What the last 200 to an INVITE of this phone said that it hears.
    fn first_told_to_hear(&mut self, who: &str) -> String {
        let name = HeaderName::from_static(header::PLAYS);
        let answer = self.phone(who).answers.last().expect("it was answered");
        let plays = answer.headers().get(&name);
        plays.map_or_else(|| "-".into(), |plays| plays.to_string())
    }
}

fn told(who: &str, plays: &str) -> (String, String) {
    (who.into(), plays.into())
}

#[test]
fn a_customer_who_waits_is_told_that_it_is_music_and_then_that_it_is_a_voice() {
    let mut world = World::shift(&["101"], |_| {});
    let call = world.call("guest-1", SALES);
    assert_eq!(world.first_told_to_hear("guest-1"), plays::MUSIC);
    assert_eq!(world.words("guest-1"), [], "the 200 has told it");
    world.answer("101");
    // Customers are not told the names of agents.
    assert_eq!(world.words("guest-1"), [told("-", plays::VOICE)]);
    assert_eq!(world.words("101"), [], "the INVITE has told it");
    world.hang_up("guest-1", call);
    assert_eq!(
        (world.words("guest-1"), world.words("101")),
        (vec![], vec![])
    );
    world.is_clean();
}

#[test]
fn a_menu_is_an_announcement_also_while_it_waits_for_a_key() {
    let mut world = World::shift(&["101"], |_| {});
    world.call("guest-1", SUPPORT);
    assert_eq!(world.first_told_to_hear("guest-1"), plays::ANNOUNCEMENT);
    world.spoken("guest-1");
    world.seconds(3);
    assert_eq!(world.words("guest-1"), []);
    world.press("guest-1", '1');
    assert_eq!(world.told_to_hear("guest-1"), [plays::MUSIC]);
    world.answer("101");
    assert_eq!(world.told_to_hear("guest-1"), [plays::VOICE]);
}

#[test]
fn what_is_said_to_whoever_waits_is_an_announcement() {
    let mut world = World::shift(&[], |_| {});
    world.call("guest-1", SALES);
    world.seconds(41);
    assert_eq!(world.told_to_hear("guest-1"), [plays::ANNOUNCEMENT]);
    world.spoken("guest-1");
    assert_eq!(world.told_to_hear("guest-1"), [plays::MUSIC]);
}

#[test]
fn an_apology_is_an_announcement_of_nobody() {
    let mut world = World::shift(&["101"], |config| {
        let mut queues = config.queues.iter_mut();
        let sales = queues.find(|queue| queue.id == "sales").unwrap();
        sales.agents = vec!["104".into()];
        sales.announce = None;
        sales.overflow = Overflow::Apology(vec!["apology-en".into()]);
    });
    world.call("101", "sales");
    world.words("101");
    world.seconds(301);
    assert_eq!(world.words("101"), [told("-", plays::ANNOUNCEMENT)]);
}

#[test]
fn an_agent_who_dials_a_queue_sees_it_and_then_who_answers() {
    let mut world = World::shift(&["101", "102"], |_| {});
    world.call("101", "sales");
    assert_eq!(world.first_told_to_hear("101"), plays::MUSIC);
    let sales = told("\"Sales\" <sip:sales@alo.local>", plays::MUSIC);
    assert_eq!(world.words("101"), [sales]);
    world.answer("102");
    let binh = told("\"Bình Trần\" <sip:102@alo.local>", plays::VOICE);
    assert_eq!(world.words("101"), [binh]);
    world.seconds(60);
    assert_eq!((world.words("101"), world.words("102")), (vec![], vec![]));
}

#[test]
fn an_agent_in_a_menu_sees_it_and_whom_it_rings_for_him() {
    let mut world = World::shift(&["101", "102"], |config| {
        let mut trees = config.ivrs.iter_mut();
        let main = trees.find(|tree| tree.id == "main").unwrap();
        let two = Digit::from_char('2').unwrap();
        let binh = Destination::Agent("102".into());
        main.keys.insert(two, IvrAction::To(binh));
    });
    world.call("101", SUPPORT);
    let menu = told("\"Main menu\" <sip:main@alo.local>", plays::ANNOUNCEMENT);
    assert_eq!(world.words("101"), [menu]);
    world.press("101", '3');
    let menu = told(
        "\"After hours\" <sip:after-hours@alo.local>",
        plays::ANNOUNCEMENT,
    );
    assert_eq!(world.words("101"), [menu]);
    world.press("101", '#');
    world.words("101");
    world.press("101", '2');
    let rung = "\"Bình Trần\" <sip:102@alo.local>";
    assert_eq!(world.words("101"), [told(rung, plays::RINGING)]);
    world.answer("102");
    assert_eq!(world.words("101"), [told(rung, plays::VOICE)]);
}

#[test]
fn who_is_held_is_told_that_it_is_music_and_by_whom() {
    let (mut world, outgoing, _) = World::talking();
    let binh = |plays| told("\"Bình Trần\" <sip:102@alo.local>", plays);
    assert_eq!(world.words("101"), [binh(plays::VOICE)]);
    assert_eq!(world.words("102"), []);
    world.hold("101", outgoing, true);
    let an = |plays| told("\"An Nguyễn\" <sip:101@alo.local>", plays);
    assert_eq!(world.words("102"), [an(plays::MUSIC)]);
    assert_eq!(world.words("101"), [], "who holds hears nothing new");
    world.hold("101", outgoing, false);
    assert_eq!(world.words("102"), [an(plays::VOICE)]);
}

#[test]
fn a_phone_that_does_not_know_update_is_left_alone() {
    let mut world = World::shift(&["102"], |_| {});
    let mut old = ua::Config::default();
    old.allow.retain(|method| *method != Method::Update);
    world.add_with("101", old);
    world.sign_in("101");
    world.call("101", "sales");
    world.answer("102");
    assert_eq!(world.words("101"), []);
    assert_eq!(world.first_told_to_hear("101"), plays::MUSIC);
}

#[test]
fn a_phone_that_comes_back_is_told_how_it_stands() {
    let mut world = World::shift(&["101", "102"], |_| {});
    world.call("101", "sales");
    world.words("101");
    world.cut("101");
    world.answer("102");
    for leg in world.open_media.clone() {
        let now = world.now;
        world.center.media_event(now, &MediaEvent::Connected(leg));
    }
    world.connect("101");
    world.register("101", "alo-101");
    let binh = told("\"Bình Trần\" <sip:102@alo.local>", plays::VOICE);
    assert_eq!(world.words("101").last(), Some(&binh));
}

#[test]
fn a_phone_that_was_not_heard_for_a_while_is_told_again_how_it_stands() {
    let mut world = World::shift(&["101", "102"], |_| {});
    let call = world.call("101", "sales");
    world.answer("102");
    for leg in world.open_media.clone() {
        let now = world.now;
        world.center.media_event(now, &MediaEvent::Connected(leg));
    }
    let incoming = *world.phone("102").taken.last().unwrap();
    world.words("101");
    // What the centre sends does not arrive, though the connection seems to stand.
    world.phone("101").connected = false;
    world.hold("102", incoming, true);
    world.seconds(40);
    assert_eq!(world.words("101"), []);
    world.phone("101").connected = true;
    world.hold("101", call, false);
    let binh = told("\"Bình Trần\" <sip:102@alo.local>", plays::MUSIC);
    assert_eq!(world.words("101"), [binh]);
}

#[test]
fn who_calls_a_number_is_told_nothing_that_he_knows() {
    let mut world = World::shift(&["101"], |_| {});
    world.call("101", "+84900000001");
    world.seconds(8);
    assert_eq!(world.phone("101").answered.len(), 1);
    assert_eq!(world.first_told_to_hear("101"), "-");
    assert_eq!(world.words("101"), []);
    // As it is dialled here, and as it is written everywhere.
    world.call("101", "0900000005");
    world.seconds(8);
    let number = told("<sip:+84900000005@alo.local>", plays::VOICE);
    assert_eq!(world.words("101"), [number]);
}

#[test]
fn a_name_of_a_stranger_stays_a_name() {
    let name = "Eve\" <sip:101@alo.local>, \"\\";
    let eve = Place {
        user: "+84 900\r\nX-Alo-Plays: voice".into(),
        name: format!("{name}\r\nX-Alo-With: <sip:101@alo.local>"),
    };
    let address = World::new().center.place_address(&eve).unwrap();
    let address = address.to_string();
    assert!(!address.contains(['\r', '\n']), "{address:?}");
    let read = NameAddr::parse(&address).unwrap();
    assert_eq!(
        read.display().as_deref(),
        Some(&*format!("{name}  X-Alo-With: <sip:101@alo.local>"))
    );
    assert_eq!(read.uri().host_str(), "alo.local");
    assert_eq!(read.uri().user().as_deref(), Some(&*eve.user));
}
