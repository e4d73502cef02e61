//! Queues that are watched.

use alo_sip::presence::{Presence, QueueLoad};

use super::world::{SALES, World};

impl World {
    /// How this phone was told that a queue stands since it was asked last: whether it is open, how
    /// many wait, how many are free.
    fn loads(&mut self, who: &str) -> Vec<(bool, u32, u32)> {
        let (bodies, failed) = self.told(who);
        assert_eq!(failed, [0; 0]);
        let all = bodies.iter().map(|body| Presence::parse(body).unwrap());
        all.map(|presence| {
            let QueueLoad { waiting, free } = presence.queue.expect("it is a queue");
            (presence.open, waiting, free)
        })
        .collect()
    }
}

#[test]
fn an_agent_who_looks_at_a_queue_sees_how_many_wait_and_how_many_are_free() {
    let mut world = World::shift(&["101", "102", "103"], |_| {});
    world.chooses("103", "training");
    world.watch("103", "sales", "presence");
    assert_eq!(world.loads("103"), [(true, 0, 2)]);
    world.seconds(5);
    let call = world.call("guest-1", SALES);
    assert_eq!(world.loads("103"), [(true, 1, 1)], "it rings at An's");
    world.seconds(5);
    world.answer("101");
    assert_eq!(world.loads("103"), [(true, 0, 1)]);
    world.seconds(5);
    world.chooses("102", "lunch-break");
    assert_eq!(world.loads("103"), [(false, 0, 0)]);
    world.seconds(5);
    world.hang_up("guest-1", call);
    assert_eq!(world.loads("103"), [], "An has after-call work");
    world.seconds(20);
    assert_eq!(world.loads("103"), [(true, 0, 1)]);
    world.seconds(20);
    assert_eq!(world.loads("103"), [], "nothing is told twice");
}

#[test]
fn a_call_of_another_queue_is_no_news() {
    let mut world = World::shift(&["101"], |config| {
        // Nobody is in both.
        let mut queues = config.queues.iter_mut();
        queues.find(|queue| queue.id == "vip").unwrap().agents = vec!["104".into()];
    });
    world.watch("101", "vip", "presence");
    assert_eq!(world.loads("101"), [(false, 0, 0)]);
    world.call("guest-1", SALES);
    world.seconds(3);
    assert_eq!(world.loads("101"), []);
}

#[test]
fn a_queue_is_watched_by_agents_and_by_nobody_else() {
    let mut world = World::shift(&["101"], |_| {});
    for (by, whom, package, status) in [
        ("guest-1", "sales", "presence", 403),
        ("101", "sale", "presence", 404),
        ("101", "main", "presence", 404),
        ("101", "sales", "dialog", 404),
    ] {
        world.watch(by, whom, package);
        let (bodies, failed) = world.told(by);
        assert_eq!((bodies.len(), failed), (0, vec![status]), "{by} {whom}");
    }
}

#[test]
fn a_rush_into_a_queue_is_told_once_in_a_second() {
    let mut world = World::shift(&["101"], |config| {
        config.calls.max_calls = 1_000;
        config.calls.max_guest_calls = 1_000;
        config.calls.guest_calls_per_address = 1_000;
        config.calls.guest_invites_per_minute = 60_000;
    });
    world.chooses("101", "lunch-break");
    for _ in 0..50 {
        world.watch("101", "sales", "presence");
    }
    assert_eq!(world.loads("101").len(), 50);
    world.seconds(3);
    for guest in 1..=100 {
        // A name for as long as the test runs.
        let guest: &'static str = Box::leak(format!("guest-{guest}").into_boxed_str());
        world.add(guest);
        world.call(guest, SALES);
    }
    assert_eq!(world.loads("101"), vec![(false, 1, 0); 50]);
    world.seconds(1);
    assert_eq!(world.loads("101"), vec![(false, 100, 0); 50]);
    world.seconds(3);
    assert_eq!(world.loads("101"), []);
}

#[test]
fn who_does_not_look_any_more_is_told_nothing() {
    let mut world = World::shift(&["101"], |_| {});
    let id = world.watch("101", "sales", "presence");
    world.loads("101");
    let now = world.now;
    world.phone("101").ua.unsubscribe(now, id);
    world.settle();
    world.told("101");
    world.seconds(3);
    world.call("guest-1", SALES);
    world.seconds(3);
    assert_eq!(world.loads("101"), []);
    assert_eq!(world.center.queue_watchers.next_timeout(), None);
}
