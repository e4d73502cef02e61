//! Customers who walk through menus.

use std::time::Duration;

use alo_api::header;
use alo_sip::ua::EndedBy;

use super::world::{SALES, SUPPORT, World};
use crate::config::{Destination, IvrAction, Overflow};
use crate::media::{Digit, MusicId, PromptId, Source, Tone};

const MAIN: [&str; 4] = [
    "main-welcome-vi",
    "main-menu-vi",
    "main-welcome-en",
    "main-menu-en",
];

fn prompts(names: &[&str]) -> Source {
    Source::Prompts(names.iter().map(|name| PromptId((*name).into())).collect())
}

fn music(name: &str) -> Source {
    Source::Music(MusicId(name.into()))
}

fn digit(key: char) -> Digit {
    Digit::from_char(key).unwrap()
}

#[test]
fn the_menu_is_heard_at_once_and_a_key_ends_it_and_leads_to_the_queue() {
    let mut world = World::shift(&["101"], |_| {});
    let call = world.call("guest-1", SUPPORT);
    assert_eq!(world.phone("guest-1").answered, [call]);
    assert_eq!(world.hears("guest-1"), prompts(&MAIN));
    assert!(world.phone("101").called.is_empty());
    world.press("guest-1", '2');
    assert_eq!(world.hears("guest-1"), music("support"));
    let an = world.phone("101");
    assert_eq!(an.told(header::QUEUE).as_deref(), Some("Support"));
    assert_eq!(an.told(header::CALLED).as_deref(), Some(SUPPORT));
    world.answer("101");
    let an = world.leg("101");
    assert_eq!(world.hears("guest-1"), Source::Leg(an));
}

#[test]
fn the_end_of_a_prompt_that_crosses_with_the_next_ends_nothing() {
    let mut world = World::shift(&["101"], |_| {});
    world.call("guest-1", SUPPORT);
    let leg = world.leg("guest-1");
    let main = world.turns[&leg];
    world.press("guest-1", '3');
    let after_hours = world.hears("guest-1");
    // The key came with the last packet of the menu.
    let turn = world.turns[&leg];
    world.ends(leg, main);
    world.seconds(30);
    assert_eq!(world.hears("guest-1"), after_hours);
    assert_eq!(world.turns[&leg], turn, "no key is waited for yet");
    world.press("guest-1", '#');
    assert_eq!(world.hears("guest-1"), prompts(&MAIN));
    assert_ne!(world.turns[&leg], main, "the same once more");
}

#[test]
fn the_end_of_an_announcement_that_crosses_with_an_apology_does_not_hang_up() {
    let mut world = World::shift(&[], |config| {
        config.queues[0].max_wait = Some(Duration::from_secs(10));
        let goodbye = Overflow::Apology(vec!["goodbye-vi".into()]);
        config.queues[0].overflow = goodbye;
    });
    world.call("guest-1", SALES);
    let leg = world.leg("guest-1");
    let before = world.turns[&leg];
    world.seconds(10);
    assert_eq!(world.hears("guest-1"), prompts(&["goodbye-vi"]));
    world.ends(leg, before);
    assert_eq!(world.phone("guest-1").ended.len(), 0);
    world.spoken("guest-1");
    assert_eq!(world.phone("guest-1").ended.len(), 1);
    world.is_clean();
}

#[test]
fn a_digit_by_info_is_as_good() {
    let mut world = World::shift(&["101"], |_| {});
    let call = world.call("guest-1", SUPPORT);
    let now = world.now;
    let body = b"Signal=1\r\nDuration=160\r\n".to_vec();
    let phone = world.phone("guest-1");
    phone
        .ua
        .info(now, call, "application/dtmf-relay", body)
        .unwrap();
    world.settle();
    assert_eq!(world.hears("guest-1"), music("sales"));
}

#[test]
fn from_tree_to_tree_and_back_and_said_again() {
    let mut world = World::shift(&[], |_| {});
    world.call("guest-1", SUPPORT);
    world.spoken("guest-1");
    assert_eq!(
        world.hears("guest-1"),
        Source::Silence,
        "a key is waited for"
    );
    world.press("guest-1", '3');
    assert_eq!(
        world.hears("guest-1"),
        prompts(&["after-hours-vi", "after-hours-en"])
    );
    world.press("guest-1", '#');
    assert_eq!(world.hears("guest-1"), prompts(&MAIN));
    world.spoken("guest-1");
    world.press("guest-1", '*');
    assert_eq!(world.hears("guest-1"), prompts(&MAIN), "from the beginning");
}

#[test]
fn wrong_keys_and_time_outs_lead_to_the_fallback() {
    let mut world = World::shift(&[], |_| {});
    world.call("guest-1", SUPPORT);
    world.press("guest-1", '9');
    let mut wrong = vec!["wrong-key-vi", "wrong-key-en"];
    wrong.extend(MAIN);
    assert_eq!(world.hears("guest-1"), prompts(&wrong));
    world.spoken("guest-1");
    world.seconds(6);
    assert_eq!(world.hears("guest-1"), prompts(&MAIN));
    world.spoken("guest-1");
    world.seconds(6);
    assert_eq!(
        world.hears("guest-1"),
        music("default"),
        "the queue `anyone`"
    );
}

#[test]
fn without_a_fallback_it_says_goodbye_and_hangs_up() {
    let mut world = World::shift(&["101"], |_| {});
    world.call("101", "after-hours");
    for _ in 0..3 {
        world.spoken("101");
        world.seconds(6);
    }
    assert_eq!(world.hears("101"), prompts(&["goodbye-vi", "goodbye-en"]));
    world.press("101", '0');
    assert_eq!(
        world.hears("101"),
        prompts(&["goodbye-vi", "goodbye-en"]),
        "it is too late"
    );
    world.spoken("101");
    assert!(matches!(
        world.phone("101").ended[..],
        [(_, EndedBy::Remote)]
    ));
    world.is_clean();
}

#[test]
fn a_key_leads_to_an_agent_or_a_number() {
    let mut world = World::shift(&["101"], |config| {
        let keys = &mut config.ivrs[0].keys;
        let agent = Destination::Agent("101".into());
        keys.insert(digit('7'), IvrAction::To(agent));
        let number = Destination::Number("+84900000001".into());
        keys.insert(digit('8'), IvrAction::To(number));
    });
    world.call("guest-1", SUPPORT);
    world.press("guest-1", '7');
    assert_eq!(world.hears("guest-1"), Source::Tone(Tone::Ringback));
    assert_eq!(world.ringing(&["101"]), ["101"]);
    world.decline("101", 603);
    assert_eq!(
        world.hears("guest-1"),
        prompts(&["apology-vi", "apology-en"])
    );
    world.add("guest-2");
    world.call("guest-2", SUPPORT);
    world.press("guest-2", '8');
    world.seconds(4);
    assert!(matches!(world.hears("guest-2"), Source::Prompt(..)));
}

#[test]
fn a_caller_hangs_up_in_the_menu() {
    let mut world = World::shift(&["101"], |_| {});
    let call = world.call("guest-1", SUPPORT);
    world.hang_up("guest-1", call);
    world.is_clean();
    world.seconds(60);
    assert!(world.phone("101").called.is_empty());
}

#[test]
fn a_menu_without_media_is_not_for_ever() {
    let mut world = World::shift(&[], |_| {});
    world.call("guest-1", SUPPORT);
    // Nobody says that the prompts are over.
    world.seconds(3 * 130);
    assert_eq!(world.hears("guest-1"), music("default"));
}

#[test]
fn a_simulated_phone_has_heard_every_prompt_at_once() {
    let mut world = World::with(&["101"]);
    let number = world.call("101", "+84900000001");
    world.pass(4);
    world.refer("101", number, "main");
    world.pass(60);
    let active = world.center.calls.values().next().unwrap();
    assert_eq!(active.tree, None, "no key was pressed three times");
}

#[test]
fn digits_in_a_queue_do_nothing() {
    let mut world = World::shift(&[], |_| {});
    world.call("guest-1", SALES);
    world.press("guest-1", '1');
    assert_eq!(world.hears("guest-1"), music("sales"));
}
