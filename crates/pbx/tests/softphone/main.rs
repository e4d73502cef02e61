//! What an agent sees of working states, colleagues and queues when Alo's own softphone talks to Alo's own call
//! centre: both real, over no network.

mod calls;
mod desk;
mod transfers;
mod transfers_random;
mod world;

use alo_phone::language::{
    Call, Command, Event, Outcome, PersonStatus, Phase, Reachability, Trouble, WorkingNow,
    WorkingState,
};

use alo_pbx::config::Strategy;
use world::{CUSTOMER, SALES, Who, World};

fn state(id: &str) -> WorkingState {
    WorkingState {
        id: id.into(),
        name: None,
    }
}

fn choose(world: &mut World, who: Who, id: &str) {
    let state = state(id);
    world.command(who, Command::SetWorking { state });
    world.run(500);
}

fn watch(world: &mut World, who: Who, extensions: &[&str]) {
    let extensions = extensions.iter().map(|it| (*it).to_owned()).collect();
    world.command(who, Command::WatchPeople { extensions });
    world.run(1_000);
}

fn now(world: &World, who: &str) -> WorkingNow {
    let working = world.state(who).working.clone();
    working.now.expect("the call centre told")
}

fn away(id: &str) -> Option<PersonStatus> {
    let state = state(id);
    Some(PersonStatus::Away { state })
}

/// The customer calls sales; the call as it rings at An.
fn rings(world: &mut World) -> Call {
    let dial = Command::Dial {
        target: SALES.into(),
        hotline: None,
        video: false,
    };
    world.command(CUSTOMER, dial);
    world.run(2_000);
    let call = world.state("101").calls.last().cloned();
    call.expect("it rings at An")
}

fn answer(world: &mut World, call: &Call) {
    let call = call.id.clone();
    world.command("101", Command::Answer { call, video: false });
    world.run(2_000);
}

/// This agent answers what rings last.
fn answers(world: &mut World, who: Who) {
    let ringing = world.state(who).calls.last();
    let call = ringing.expect("a call rings").id.clone();
    world.command(who, Command::Answer { call, video: false });
}

fn hang_up(world: &mut World, call: &Call) {
    let call = call.id.clone();
    world.command("101", Command::HangUp { call });
    world.run(500);
}

#[test]
fn a_chosen_state_is_seen_by_colleagues_and_survives_everything() {
    let mut world = World::with(&["101", "102"]);
    assert_eq!(now(&world, "101").state, state("available"));
    watch(&mut world, "102", &["101", "102", "103"]);
    assert_eq!(world.sees("102", "101"), Some(PersonStatus::Available));
    assert_eq!(world.sees("102", "102"), Some(PersonStatus::Available));
    assert_eq!(world.sees("102", "103"), Some(PersonStatus::Offline));
    choose(&mut world, "101", "lunch-break");
    assert_eq!(world.state("101").working.requested, None);
    let lunch = now(&world, "101");
    assert_eq!(lunch.state, state("lunch-break"));
    assert_eq!(world.sees("102", "101"), away("lunch-break"));
    world.cut("101");
    world.run(10_000);
    assert_eq!(world.state("101").reachability, Reachability::Ready);
    world.run(2_000_000);
    assert_eq!(now(&world, "101"), lunch, "since the same instant");
    assert_eq!(world.sees("102", "101"), away("lunch-break"));
    world.restart();
    world.run(30_000);
    assert_eq!(now(&world, "101").state, lunch.state);
    assert_eq!(world.sees("102", "101"), away("lunch-break"));
    world.command("101", Command::SignOut);
    world.run(1_000);
    assert_eq!(world.sees("102", "101"), Some(PersonStatus::Offline));
    world.sign_in("101");
    assert_eq!(now(&world, "101").state, lunch.state, "it is remembered");
}

#[test]
fn a_state_that_the_call_centre_does_not_have_is_refused() {
    let mut world = World::with(&["101"]);
    choose(&mut world, "101", "holiday");
    assert_eq!(now(&world, "101").state, state("available"));
    let notices = &world.state("101").notices;
    let refused = notices.iter().any(|notice| {
        matches!(&notice.trouble, Trouble::WorkingRefused { state, .. } if state.id == "holiday")
    });
    assert!(refused, "{notices:?}");
}

#[test]
fn a_queue_call_is_seen_and_what_is_chosen_in_it_comes_next() {
    let mut world = World::with(&["101", "102", CUSTOMER]);
    watch(&mut world, "102", &["101"]);
    choose(&mut world, "102", "short-break");
    let call = rings(&mut world);
    let queue = call.queue.clone().expect("queue facts");
    assert_eq!(queue.name.as_deref(), Some("Sales"));
    assert_eq!(call.hotline.as_deref(), Some(SALES));
    assert!(matches!(
        call.phase,
        Phase::Ringing { answer_by: Some(at) } if at > world.now()
    ));
    assert_eq!(world.sees("102", "101"), Some(PersonStatus::Ringing));
    answer(&mut world, &call);
    assert_eq!(world.sees("102", "101"), Some(PersonStatus::InCall));
    choose(&mut world, "101", "lunch-break");
    assert_eq!(now(&world, "101").state, state("available"));
    let working = world.state("101").working.clone();
    assert_eq!(working.next, Some(state("lunch-break")));
    assert_eq!(working.requested, None);
    hang_up(&mut world, &call);
    world.run(60_000);
    assert_eq!(now(&world, "101").state, state("lunch-break"));
    assert_eq!(world.sees("102", "101"), away("lunch-break"));
}

#[test]
fn after_call_work_is_extended_and_ended() {
    let mut world = World::with(&["101", CUSTOMER]);
    let call = rings(&mut world);
    answer(&mut world, &call);
    hang_up(&mut world, &call);
    let first = now(&world, "101");
    assert_eq!(first.state, state("after-call-work"));
    assert!(first.until.is_some_and(|until| until > world.now()));
    world.run(5_000);
    let extend = world.state("101").actions.extend_wrap_up.clone();
    world.command("101", extend.expect("it can be extended"));
    world.run(500);
    let second = now(&world, "101");
    assert_eq!((&second.state, second.since), (&first.state, first.since));
    assert!(second.until > first.until);
    let end = world.state("101").actions.end_wrap_up.clone();
    world.command("101", end.expect("it can be ended"));
    world.run(500);
    assert_eq!(now(&world, "101").state, state("available"));
    let told = world.events("101").iter();
    let told: Vec<_> = told
        .filter_map(|event| match event {
            Event::WorkingChanged { working } => Some(working.state.id.as_str()),
            _ => None,
        })
        .collect();
    let wrap_up = "after-call-work";
    assert_eq!(told, ["available", wrap_up, wrap_up, "available"]);
}

/// An and Bình are rung for the same call.
fn both_ring() -> World {
    let mut world = World::with_strategy(&["101", "102", CUSTOMER], Strategy::RingAll);
    rings(&mut world);
    world
}

/// An has the call, and Bình is told so; it is no missed call, and none that the customer ended.
fn an_has_it(world: &World) {
    let told = world.events("102").iter();
    let ended: Vec<_> = told
        .filter_map(|event| match event {
            Event::CallEnded { outcome, .. } => Some(outcome.clone()),
            _ => None,
        })
        .collect();
    let by = Some("An Nguyễn".into());
    assert_eq!(ended, [Outcome::AnsweredElsewhere { by }]);
    let phase = &world.state("101").calls[0].phase;
    assert!(matches!(phase, Phase::Talking { .. }), "{phase:?}");
}

#[test]
fn an_answer_that_crosses_the_news_of_another_is_told_who_has_the_call() {
    let mut world = both_ring();
    world.slow("102");
    answers(&mut world, "101");
    world.run(1_000);
    answers(&mut world, "102");
    world.arrives("102");
    world.run(500);
    an_has_it(&world);
}

#[test]
fn of_two_answers_whose_media_is_slow_the_second_is_told_who_has_the_call() {
    let mut world = both_ring();
    world.slow_media();
    answers(&mut world, "101");
    answers(&mut world, "102");
    world.run(200);
    world.media_catches_up();
    world.run(500);
    an_has_it(&world);
}
