//! Colleagues: who is watched, and what is shown of them.

use std::collections::BTreeSet;

use alo_sip::presence::Activity;
use alo_sip::status::StatusCode;

use super::world::World;
use crate::language::{Command, PersonPresence, PersonStatus, WorkingState};
use crate::phone::Refusal;

fn watch(world: &mut World, extensions: &[&str]) {
    let extensions = extensions.iter().map(|it| (*it).to_owned()).collect();
    world.command(Command::WatchPeople { extensions }).unwrap();
}

fn status(world: &World, extension: &str) -> Option<PersonStatus> {
    let people = world.phone.state().people.iter();
    let mut of_them = people.filter(|person| person.extension == extension);
    of_them.next().map(|person| person.status.clone())
}

fn shown(world: &World) -> Vec<&str> {
    let people = world.phone.state().people.iter();
    people.map(|person| person.extension.as_str()).collect()
}

fn away(id: &str) -> PersonStatus {
    PersonStatus::Away {
        state: WorkingState {
            id: id.into(),
            name: None,
        },
    }
}

/// An office of colleagues 200, 201, ..., all available.
fn office(seed: u64, count: usize) -> World {
    let mut world = World::ready(seed);
    for number in 0..count {
        let who = (200 + number).to_string();
        let available = Some((Activity::None, "available"));
        world.server(|server, now| server.colleague(now, &who, available));
    }
    world
}

#[test]
fn colleagues_on_the_screen_are_shown_live() {
    let mut world = office(1, 3);
    assert_eq!(shown(&world), Vec::<&str>::new());
    watch(&mut world, &["202", "200", "900"]);
    world.run(500);
    assert_eq!(shown(&world), ["200", "202", "900"]);
    assert_eq!(status(&world, "200"), Some(PersonStatus::Available));
    assert_eq!(status(&world, "900"), Some(PersonStatus::Offline));
    let steps = [
        (
            Some((Activity::Ringing, "available")),
            PersonStatus::Ringing,
        ),
        (
            Some((Activity::OnThePhone, "available")),
            PersonStatus::InCall,
        ),
        (
            Some((Activity::OnThePhone, "lunch-break")),
            PersonStatus::InCall,
        ),
        (Some((Activity::Meal, "lunch-break")), away("lunch-break")),
        (None, PersonStatus::Offline),
    ];
    for (is, expected) in steps {
        world.server(|server, now| server.colleague(now, "200", is));
        world.run(100);
        assert_eq!(status(&world, "200"), Some(expected));
        assert_eq!(status(&world, "202"), Some(PersonStatus::Available));
    }
}

#[test]
fn how_long_a_colleague_has_been_so_is_shown_and_does_not_jump() {
    let mut world = World::ready(2);
    let lunch = Some((Activity::Meal, "lunch-break"));
    world.server(|server, now| server.colleague(now, "200", lunch));
    world.run(60_400);
    watch(&mut world, &["200"]);
    world.run(500);
    let since = world.phone.state().people[0].since.unwrap();
    let ago = world.now - since;
    assert!((60_000..62_000).contains(&ago), "{ago}");
    world.run(3_600_000);
    assert_eq!(world.phone.state().people[0].since, Some(since));
}

#[test]
fn who_is_scrolled_past_is_not_asked_about() {
    let mut world = office(3, 40);
    for number in 0..40 {
        watch(&mut world, &[&(200 + number).to_string()]);
        world.run(20);
    }
    world.run(500);
    let asked: Vec<_> = world.server.presence.asked.keys().collect();
    assert_eq!(asked, ["101", "239"]);
}

#[test]
fn who_leaves_the_screen_for_a_moment_is_kept() {
    let mut world = office(4, 3);
    watch(&mut world, &["200", "201"]);
    world.run(500);
    watch(&mut world, &["201", "202"]);
    world.run(2_000);
    assert_eq!(shown(&world), ["200", "201", "202"]);
    watch(&mut world, &["200", "201"]);
    world.run(4_000);
    assert_eq!(world.server.presence.asked["200"], 1);
    assert_eq!(shown(&world), ["200", "201", "202"]);
    world.run(2_000);
    assert_eq!(shown(&world), ["200", "201"]);
    assert_eq!(
        world.server.presence.watched(),
        BTreeSet::from(["200", "201"])
    );
    watch(&mut world, &[]);
    world.run(10_000);
    assert_eq!(shown(&world), Vec::<&str>::new());
    assert_eq!(world.server.presence.watched(), BTreeSet::new());
}

#[test]
fn never_more_than_so_many_are_watched_and_who_left_first_goes_first() {
    let mut world = World::with_config(5, |config| config.limits.watched = 3);
    world.sign_in();
    world.run(300);
    watch(&mut world, &["200", "201", "202", "203"]);
    world.run(500);
    assert_eq!(shown(&world), ["200", "201", "202"]);
    watch(&mut world, &["201", "202"]);
    world.run(500);
    watch(&mut world, &["202", "204"]);
    world.run(500);
    assert_eq!(shown(&world), ["201", "202", "204"]);
    watch(&mut world, &["205", "206", "207"]);
    world.run(500);
    assert_eq!(shown(&world), ["205", "206", "207"]);
    assert_eq!(world.server.presence.watched().len(), 3);
}

#[test]
fn the_agent_sees_itself_without_asking_twice() {
    let mut world = World::ready(6);
    watch(&mut world, &["102", "101", "103"]);
    world.run(500);
    assert_eq!(shown(&world), ["101", "102", "103"]);
    assert_eq!(world.server.presence.asked["101"], 1);
    assert_eq!(status(&world, "101"), Some(PersonStatus::Available));
    world.server(|server, now| server.put_into(now, "lunch-break", None));
    world.run(100);
    assert_eq!(status(&world, "101"), Some(away("lunch-break")));
}

#[test]
fn a_server_that_knows_only_calls_is_asked_about_those() {
    let mut world = World::new(7);
    let refused = &mut world.server.presence.refused;
    refused.insert("presence", StatusCode::BAD_EVENT);
    world.sign_in();
    world.run(300);
    watch(&mut world, &["200", "201"]);
    world.run(500);
    assert_eq!(status(&world, "200"), Some(PersonStatus::Available));
    for (activity, expected) in [
        (Activity::Ringing, PersonStatus::Ringing),
        (Activity::OnThePhone, PersonStatus::InCall),
        (Activity::None, PersonStatus::Available),
    ] {
        world.server(|server, now| server.colleague(now, "200", Some((activity, ""))));
        world.run(100);
        assert_eq!(status(&world, "200"), Some(expected));
    }
    // The next one is not asked about presence first.
    watch(&mut world, &["200", "201", "202"]);
    world.run(500);
    assert_eq!(world.server.presence.asked["202"], 1);
}

#[test]
fn a_server_that_tells_nothing_at_all_shows_nobody_and_is_left_alone() {
    let mut world = World::new(8);
    for package in ["presence", "dialog"] {
        let refused = &mut world.server.presence.refused;
        refused.insert(package, StatusCode::BAD_EVENT);
    }
    world.sign_in();
    world.run(300);
    watch(&mut world, &["200"]);
    world.run(3_600_000);
    assert_eq!(world.phone.state().people, Vec::<PersonPresence>::new());
    assert_eq!(world.server.presence.asked["200"], 2);
}

#[test]
fn colleagues_are_watched_on_after_the_connection_comes_back() {
    let mut world = office(9, 2);
    watch(&mut world, &["200", "201"]);
    world.run(500);
    world.drop_socket();
    let busy = Some((Activity::OnThePhone, "available"));
    world.server(|server, now| server.colleague(now, "200", busy));
    world.run(10_000);
    assert_eq!(status(&world, "200"), Some(PersonStatus::InCall));
    world.drop_socket();
    let at = world.now;
    world.server.restart(at);
    world.server(|server, now| server.colleague(now, "200", None));
    world.run(10_000);
    assert_eq!(status(&world, "200"), Some(PersonStatus::Offline));
    assert_eq!(world.server.presence.watched().len(), 2);
}

#[test]
fn what_may_have_changed_meanwhile_is_not_shown() {
    let mut world = office(13, 2);
    watch(&mut world, &["101", "200"]);
    world.run(500);
    world.net.up = false;
    world.drop_socket();
    world.run(100);
    assert_eq!(shown(&world), Vec::<&str>::new());
    world.net.up = true;
    world.run(40_000);
    assert_eq!(shown(&world), ["101", "200"]);
}

#[test]
fn who_can_no_longer_be_watched_is_not_shown_as_before() {
    let mut world = office(14, 2);
    watch(&mut world, &["200", "201"]);
    world.run(500);
    let refused = &mut world.server.presence.refused;
    refused.insert("presence", StatusCode::SERVICE_UNAVAILABLE);
    world.server(|server, now| server.give_up(now, "200"));
    world.run(2_000);
    assert_eq!(shown(&world), ["201"]);
    world.server.presence.refused.clear();
    world.run(120_000);
    assert_eq!(status(&world, "200"), Some(PersonStatus::Available));
}

#[test]
fn who_is_not_known_any_more_is_not_shown_as_before() {
    let mut world = office(15, 2);
    watch(&mut world, &["101", "200", "201"]);
    world.run(500);
    world.server.presence.foreign = Some(String::new());
    world.server(|server, now| server.tell(now, "200"));
    world.run(500);
    assert_eq!(shown(&world), ["101", "201"]);
    world.server(|server, now| server.tell(now, "101"));
    world.run(500);
    assert_eq!(shown(&world), ["201"], "nobody said that it is offline");
    world.server.presence.foreign = None;
    world.server(|server, now| server.tell(now, "200"));
    world.run(500);
    assert_eq!(status(&world, "200"), Some(PersonStatus::Available));
}

#[test]
fn who_comes_onto_the_screen_while_the_connection_is_away_is_watched_later() {
    let mut world = office(10, 2);
    world.net.up = false;
    world.drop_socket();
    watch(&mut world, &["200"]);
    world.run(5_000);
    assert_eq!(shown(&world), Vec::<&str>::new());
    world.net.up = true;
    world.run(40_000);
    assert_eq!(status(&world, "200"), Some(PersonStatus::Available));
}

#[test]
fn nobody_is_watched_by_somebody_who_signed_out() {
    let mut world = office(11, 2);
    watch(&mut world, &["200", "201"]);
    world.run(500);
    world.command(Command::SignOut).unwrap();
    assert_eq!(world.phone.state().people, Vec::<PersonPresence>::new());
    world.run(1_000);
    assert!(world.server.presence.notifiers.is_empty());
    let extensions = vec!["200".into()];
    let done = world.command(Command::WatchPeople { extensions });
    assert_eq!(done, Err(Refusal::SignedOut));
    world.sign_in();
    world.run(1_000);
    assert_eq!(world.phone.state().people, Vec::<PersonPresence>::new());
}

#[test]
fn odd_extensions_are_nobody() {
    let mut world = World::ready(12);
    watch(&mut world, &["", " ", "@", "200", "200", &"9".repeat(500)]);
    world.run(500);
    assert_eq!(shown(&world), ["200"]);
}

#[test]
fn a_queue_on_the_screen_shows_how_busy_it_is() {
    let mut world = office(30, 1);
    let load = |waiting, free| alo_sip::presence::QueueLoad { waiting, free };
    let shown = |world: &World| {
        let mut people = world.phone.state().people.iter();
        let sales = people.find(|person| person.extension == "sales");
        sales.and_then(|sales| sales.queue.map(|load| (load.waiting, load.free)))
    };
    for (waiting, free) in [(3, 0), (2, 1)] {
        world.server(|server, now| {
            let queues = &mut server.presence.queues;
            queues.insert("sales".into(), load(waiting, free));
            server.tell(now, "sales");
        });
        watch(&mut world, &["200", "sales"]);
        world.run(500);
        assert_eq!(shown(&world), Some((waiting, free)));
    }
    let people = &world.phone.state().people;
    assert_eq!(people[0].queue, None, "nobody is a queue");
}
