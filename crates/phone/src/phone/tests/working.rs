//! Choosing a working state, and what the server makes of it.

use alo_sip::method::Method;
use alo_sip::status::StatusCode;

use super::world::World;
use crate::language::{
    Command, Event, Millis, Trouble, Working, WorkingNow, WorkingState, WorkingSupport,
};
use crate::phone::Refusal;

fn state(id: &str) -> WorkingState {
    WorkingState {
        id: id.into(),
        name: None,
    }
}

fn choose(world: &mut World, id: &str) {
    let state = state(id);
    world.command(Command::SetWorking { state }).unwrap();
}

fn working(world: &World) -> Working {
    world.phone.state().working.clone()
}

/// Id of the state that the server confirmed.
fn now(world: &World) -> String {
    working(world).now.expect("the server told").state.id
}

fn changes(world: &World) -> Vec<&str> {
    let events = world.events.iter();
    events
        .filter_map(|event| match event {
            Event::WorkingChanged { working } => Some(working.state.id.as_str()),
            _ => None,
        })
        .collect()
}

fn notices(world: &World) -> Vec<Trouble> {
    let notices = world.phone.state().notices.iter();
    notices.map(|notice| notice.trouble.clone()).collect()
}

#[test]
fn after_signing_in_the_server_says_which_state_it_is_and_nothing_is_published() {
    let mut world = World::new(1);
    world.server.presence.own.state = "lunch-break".into();
    world.server.presence.own.since = world.now - 600_000;
    world.sign_in();
    assert_eq!(working(&world).support, WorkingSupport::Unknown);
    assert_eq!(world.phone.state().actions.set_working, None);
    world.run(300);
    assert_eq!(working(&world).support, WorkingSupport::Yes);
    let WorkingNow {
        state,
        since,
        until,
    } = working(&world).now.unwrap();
    assert_eq!((state.id.as_str(), until), ("lunch-break", None));
    let ago = world.now - since;
    assert!((599_000..602_000).contains(&ago), "{ago}");
    assert!(world.phone.state().actions.set_working.is_some());
    assert!(!world.server.heard.contains(&Method::Publish));
    assert_eq!(changes(&world), ["lunch-break"]);
}

#[test]
fn a_chosen_state_is_requested_and_then_confirmed() {
    let mut world = World::ready(2);
    choose(&mut world, "short-break");
    assert_eq!(working(&world).requested, Some(state("short-break")));
    assert_eq!(now(&world), "available");
    world.run(200);
    assert_eq!(working(&world).requested, None);
    assert_eq!(now(&world), "short-break");
    assert_eq!(world.server.presence.published, ["short-break"]);
    assert_eq!(changes(&world), ["available", "short-break"]);
    // Hours later it is still the same instant, and the publication was refreshed without a word about it.
    let since = working(&world).now.unwrap().since;
    world.run(3 * 3_600_000);
    assert_eq!(working(&world).now.unwrap().since, since);
    assert_eq!(world.server.presence.published, ["short-break"]);
    assert_eq!(world.server.presence.publications(world.now), 1);
    assert_eq!(changes(&world).len(), 2);
}

#[test]
fn a_state_of_the_call_centres_own_has_its_name() {
    let mut world = World::ready(3);
    let state = WorkingState {
        id: "training".into(),
        name: Some("Đào tạo".into()),
    };
    let chosen = state.clone();
    world
        .command(Command::SetWorking { state: chosen })
        .unwrap();
    world.run(200);
    assert_eq!(working(&world).now.unwrap().state, state);
}

#[test]
fn what_is_chosen_in_a_call_comes_next() {
    let mut world = World::ready(4);
    let (call, _) = world.rings("+84901");
    world.answer(&call);
    world.run(500);
    choose(&mut world, "lunch-break");
    world.run(200);
    assert_eq!(now(&world), "available");
    assert_eq!(working(&world).next, Some(state("lunch-break")));
    assert_eq!(working(&world).requested, None);
    world.hang_up(&call);
    world.run(200);
    assert_eq!(now(&world), "lunch-break");
    assert_eq!(working(&world).next, None);
}

#[test]
fn after_call_work_counts_down_is_extended_and_ended() {
    let mut world = World::ready(5);
    assert_eq!(world.phone.state().actions.end_wrap_up, None);
    world.server(|server, now| server.wrap_up(now, 30));
    world.run(100);
    let first = working(&world).now.unwrap();
    assert_eq!(first.state.id, "after-call-work");
    let left = first.until.unwrap() - world.now;
    assert!((28_000..=30_000).contains(&left), "{left}");
    world.run(20_000);
    let actions = world.phone.state().actions.clone();
    world.command(actions.extend_wrap_up.unwrap()).unwrap();
    world.run(200);
    let second = working(&world).now.unwrap();
    assert_eq!(second.since, first.since, "it is the same after-call work");
    let left = second.until.unwrap() - world.now;
    assert!((28_000..=30_000).contains(&left), "{left}");
    assert_eq!(working(&world).requested, None);
    world.command(actions.end_wrap_up.unwrap()).unwrap();
    world.run(200);
    assert_eq!(now(&world), "available");
    assert_eq!(world.phone.state().actions.extend_wrap_up, None);
    let told = [
        "available",
        "after-call-work",
        "after-call-work",
        "available",
    ];
    assert_eq!(changes(&world), told);
}

#[test]
fn after_call_work_can_only_be_extended() {
    let mut world = World::ready(5);
    let state = state("after-call-work");
    let done = world.command(Command::SetWorking { state });
    assert_eq!(done, Err(Refusal::NoSuchWorkingState));
}

#[test]
fn after_call_work_that_runs_out_leaves_the_choice_of_before() {
    let mut world = World::ready(6);
    world.server(|server, now| server.wrap_up(now, 10));
    world.run(9_000);
    assert_eq!(now(&world), "after-call-work");
    world.run(2_000);
    assert_eq!(now(&world), "available");
}

#[test]
fn a_refused_state_is_told_and_the_one_before_stands() {
    let mut world = World::ready(7);
    choose(&mut world, "lunch-break");
    world.run(200);
    world.server.presence.publish_status = StatusCode::FORBIDDEN;
    choose(&mut world, "available");
    world.run(200);
    assert_eq!(working(&world).requested, None);
    assert_eq!(now(&world), "lunch-break");
    let refused = Trouble::WorkingRefused {
        state: state("available"),
        status: 403,
        reason: "Forbidden".into(),
    };
    assert_eq!(notices(&world), [refused]);
    let publishes = |world: &World| {
        let heard = world.server.heard.iter();
        heard.filter(|method| **method == Method::Publish).count()
    };
    // Both, the one before again, and then the end of it: a server that refuses is not hammered.
    assert_eq!(publishes(&world), 4);
    world.run(600_000);
    assert_eq!(publishes(&world), 4);
    world.server.presence.publish_status = StatusCode::OK;
    choose(&mut world, "available");
    world.run(200);
    assert_eq!(now(&world), "available");
}

#[test]
fn a_server_in_trouble_is_asked_again() {
    let mut world = World::ready(8);
    world.server.presence.publish_status = StatusCode::SERVICE_UNAVAILABLE;
    choose(&mut world, "lunch-break");
    world.run(1_000);
    assert_eq!(working(&world).requested, Some(state("lunch-break")));
    world.server.presence.publish_status = StatusCode::OK;
    world.run(60_000);
    assert_eq!(now(&world), "lunch-break");
    assert_eq!(notices(&world), []);
}

#[test]
fn what_is_chosen_without_websocket_is_published_when_it_is_back() {
    let mut world = World::ready(9);
    world.net.up = false;
    world.drop_socket();
    choose(&mut world, "lunch-break");
    choose(&mut world, "not-available");
    world.run(20_000);
    assert_eq!(working(&world).requested, Some(state("not-available")));
    assert_eq!(now(&world), "available");
    world.net.up = true;
    world.run(60_000);
    assert_eq!(now(&world), "not-available");
    assert_eq!(world.server.presence.published, ["not-available"]);
}

#[test]
fn a_choice_on_its_way_when_the_websocket_goes_is_not_lost() {
    let mut world = World::ready(10);
    choose(&mut world, "lunch-break");
    world.drop_socket();
    world.run(10_000);
    assert_eq!(now(&world), "lunch-break");
    assert_eq!(working(&world).requested, None);
}

#[test]
fn a_server_that_forgot_everything_is_told_the_choice_again() {
    let mut world = World::ready(11);
    choose(&mut world, "lunch-break");
    world.run(1_000);
    world.drop_socket();
    let at = world.now;
    world.server.restart(at);
    world.run(10_000);
    assert_eq!(now(&world), "lunch-break");
    assert_eq!(world.server.presence.own.state, "lunch-break");
}

#[test]
fn a_refused_choice_does_not_take_the_one_before_with_it() {
    let mut world = World::ready(11);
    choose(&mut world, "lunch-break");
    world.run(1_000);
    world.server.presence.refuses_next = true;
    choose(&mut world, "no-such-state");
    world.run(1_000);
    assert_eq!(notices(&world).len(), 1);
    world.drop_socket();
    let at = world.now;
    world.server.restart(at);
    world.run(10_000);
    assert_eq!(now(&world), "lunch-break");
}

#[test]
fn another_tab_chooses_and_an_old_choice_does_not_come_back() {
    let mut world = World::ready(12);
    choose(&mut world, "lunch-break");
    world.run(1_000);
    world.server(|server, now| server.put_into(now, "available", None));
    world.run(1_000);
    assert_eq!(now(&world), "available");
    // A document so soon after the choice might have been of before.
    assert_eq!(world.server.presence.publications(world.now), 1);
    world.run(9_000);
    assert_eq!(world.server.presence.publications(world.now), 0);
    world.drop_socket();
    let at = world.now;
    world.server.restart(at);
    world.run(600_000);
    assert_eq!(now(&world), "available");
}

#[test]
fn two_choices_in_a_hurry_end_with_the_second() {
    let mut world = World::ready(13);
    choose(&mut world, "lunch-break");
    choose(&mut world, "available");
    choose(&mut world, "short-break");
    world.run(500);
    assert_eq!(now(&world), "short-break");
    assert_eq!(working(&world).requested, None);
}

#[test]
fn a_server_that_takes_a_state_and_says_nothing_new_is_believed() {
    let mut world = World::ready(14);
    world.server.presence.deaf = true;
    choose(&mut world, "lunch-break");
    world.run(1_000);
    assert_eq!(working(&world).requested, Some(state("lunch-break")));
    world.run(10_000);
    assert_eq!(working(&world).requested, None);
    assert_eq!(now(&world), "available", "that is what it says");
}

#[test]
fn another_tab_chooses_while_the_connection_is_away() {
    let mut world = World::ready(21);
    choose(&mut world, "lunch-break");
    world.run(20_000);
    world.drop_socket();
    world.server(|server, now| server.put_into(now, "available", None));
    world.run(30_000);
    assert_eq!(now(&world), "available");
    assert_eq!(world.server.presence.publications(world.now), 0);
}

#[test]
fn a_server_that_takes_its_time_to_tell_is_waited_for() {
    let mut world = World::ready(22);
    world.server.presence.deaf = true;
    choose(&mut world, "lunch-break");
    world.run(4_000);
    // This was under way before it looked at the choice.
    world.server(|server, now| server.tell(now, "101"));
    world.run(2_000);
    assert_eq!(working(&world).requested, Some(state("lunch-break")));
    world.server(|server, now| server.put_into(now, "lunch-break", None));
    world.run(60_000);
    assert_eq!(now(&world), "lunch-break");
    assert_eq!(working(&world).requested, None);
    assert_eq!(world.server.presence.publications(world.now), 1);
}

#[test]
fn a_refusal_of_a_choice_that_was_replaced_concerns_nobody() {
    let mut world = World::ready(23);
    world.server.presence.refuses_next = true;
    choose(&mut world, "no-such-state");
    choose(&mut world, "lunch-break");
    world.run(1_000);
    assert_eq!(notices(&world), []);
    assert_eq!(now(&world), "lunch-break");
    assert_eq!(working(&world).requested, None);
    assert_eq!(world.server.presence.publications(world.now), 1);
}

/// What a server tells that knows RPID, and no working states.
fn rpid(basic: &str, activities: &str) -> Option<String> {
    Some(format!(
        "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\" \
         xmlns:rpid=\"urn:ietf:params:xml:ns:pidf:rpid\" entity=\"sip:101@alo.test\">\
         <tuple id=\"t\"><status><basic>{basic}</basic></status></tuple>\
         <dm:person id=\"p\"><rpid:activities>{activities}</rpid:activities></dm:person></presence>"
    ))
}

#[test]
fn a_document_that_is_only_about_a_call_changes_no_working_state() {
    let mut world = World::ready(24);
    choose(&mut world, "lunch-break");
    world.run(20_000);
    for basic in ["open", "closed"] {
        world.server.presence.foreign = rpid(basic, "<rpid:on-the-phone/>");
        world.server(|server, now| server.tell(now, "101"));
        world.run(20_000);
        assert_eq!(now(&world), "lunch-break");
        assert_eq!(world.server.presence.publications(world.now), 1);
    }
    assert_eq!(changes(&world), ["available", "lunch-break"]);
    // Nor does it say that what is chosen in the call was overruled.
    choose(&mut world, "short-break");
    world.run(60_000);
    assert_eq!(now(&world), "lunch-break");
    assert_eq!(world.server.presence.publications(world.now), 1);
}

#[test]
fn a_server_with_presence_and_without_working_states_shows_none() {
    let mut world = World::new(25);
    world.server.presence.foreign = rpid("open", "");
    world.server.presence.publish_status = StatusCode::BAD_EVENT;
    world.sign_in();
    world.run(500);
    assert_eq!(working(&world).support, WorkingSupport::No);
    assert_eq!(working(&world).now, None);
    assert_eq!(world.phone.state().actions.set_working, None);
    assert_eq!(changes(&world), Vec::<&str>::new());
    assert_eq!(notices(&world), []);
    for _ in 0..5 {
        world.server(|server, now| server.tell(now, "101"));
        world.run(1_000);
    }
    let publishes = world.server.heard.iter();
    let publishes = publishes.filter(|method| **method == Method::Publish);
    assert_eq!(publishes.count(), 1, "it is not hammered");
}

#[test]
fn a_server_that_refuses_to_say_whether_it_has_working_states_is_asked_once() {
    let mut world = World::new(26);
    world.server.presence.foreign = rpid("open", "<rpid:meal/>");
    world.server.presence.publish_status = StatusCode::FORBIDDEN;
    world.sign_in();
    world.run(500);
    for _ in 0..5 {
        world.server(|server, now| server.tell(now, "101"));
        world.run(1_000);
    }
    assert_eq!(working(&world).support, WorkingSupport::Unknown);
    assert_eq!(working(&world).now, None);
    let publishes = world.server.heard.iter();
    let publishes = publishes.filter(|method| **method == Method::Publish);
    assert_eq!(publishes.count(), 1);
}

#[test]
fn a_server_with_presence_that_takes_working_states_has_them() {
    let mut world = World::new(27);
    world.server.presence.foreign = rpid("open", "<rpid:meal/>");
    world.sign_in();
    world.run(500);
    assert_eq!(working(&world).support, WorkingSupport::Yes);
    // What was so in any case was told.
    assert_eq!(world.server.presence.published, ["lunch-break"]);
    assert_eq!(now(&world), "lunch-break");
}

fn without_presence(publish: StatusCode) -> World {
    let mut world = World::new(15);
    let refused = &mut world.server.presence.refused;
    refused.insert("presence", StatusCode::BAD_EVENT);
    world.server.presence.publish_status = publish;
    world.sign_in();
    world.run(500);
    world
}

#[test]
fn a_server_without_presence_shows_no_working_states() {
    let mut world = without_presence(StatusCode::BAD_EVENT);
    assert_eq!(working(&world).support, WorkingSupport::No);
    assert_eq!(working(&world).now, None);
    assert_eq!(world.phone.state().actions.set_working, None);
    assert_eq!(notices(&world), [], "nobody chose anything");
    let state = state("lunch-break");
    let done = world.command(Command::SetWorking { state });
    assert_eq!(done, Err(Refusal::NoSuchWorkingState));
    world.run(3_600_000);
    let publishes = world.server.heard.iter();
    let publishes = publishes.filter(|method| **method == Method::Publish);
    assert_eq!(publishes.count(), 1, "it is not hammered");
}

#[test]
fn a_server_that_takes_states_and_tells_none_is_believed_at_its_200() {
    let mut world = without_presence(StatusCode::OK);
    assert_eq!(working(&world).support, WorkingSupport::Yes);
    assert_eq!(now(&world), "available");
    choose(&mut world, "lunch-break");
    world.run(200);
    assert_eq!(now(&world), "lunch-break");
    assert_eq!(working(&world).requested, None);
}

#[test]
fn signing_out_leaves_nothing_at_the_server() {
    let mut world = World::ready(16);
    choose(&mut world, "lunch-break");
    world.run(500);
    assert_eq!(world.server.presence.publications(world.now), 1);
    assert_eq!(world.server.presence.notifiers.len(), 1);
    world.server.heard.clear();
    world.command(Command::SignOut).unwrap();
    assert_eq!(working(&world), Working::default());
    world.run(1_000);
    assert_eq!(world.server.presence.publications(world.now), 0);
    assert_eq!(world.server.presence.notifiers.len(), 0);
    let heard: &[Method] = &world.server.heard;
    assert_eq!(heard, [Method::Publish, Method::Register]);
    assert!(!world.server.registered);
    assert!(world.server.flow.is_none(), "the WebSocket is closed");
    assert!(world.phone.timers().is_empty());
}

#[test]
fn a_state_chosen_before_signing_out_is_the_servers_to_remember() {
    let mut world = World::ready(17);
    choose(&mut world, "lunch-break");
    world.run(500);
    world.command(Command::SignOut).unwrap();
    world.run(1_000);
    world.sign_in();
    world.run(500);
    assert_eq!(now(&world), "lunch-break");
    assert_eq!(world.server.presence.published.len(), 1);
}

#[test]
fn a_guest_has_no_working_states() {
    let mut world = World::new(18);
    world.sign_in_as_guest();
    world.run(500);
    assert_eq!(working(&world), Working::default());
    assert_eq!(world.phone.state().actions.set_working, None);
    assert!(world.server.presence.asked.is_empty());
    let state = state("lunch-break");
    let done = world.command(Command::SetWorking { state });
    assert_eq!(done, Err(Refusal::NoSuchWorkingState));
    let extensions = vec!["102".into()];
    let done = world.command(Command::WatchPeople { extensions });
    assert_eq!(done, Err(Refusal::NotForGuests));
}

#[test]
fn names_of_states_are_bounded_and_harmless() {
    let mut world = World::ready(19);
    let name = Some("\u{202e}".to_owned() + &"x".repeat(5000));
    world.server(|server, now| server.put_into(now, "own", name));
    world.run(200);
    let told = working(&world).now.unwrap().state;
    assert_eq!(told.name, Some("x".repeat(120)));
}

#[test]
fn a_call_of_the_queue_keeps_the_times_as_they_are() {
    let mut world = World::ready(20);
    let since: Millis = working(&world).now.unwrap().since;
    for _ in 0..5 {
        let (call, _) = world.rings("+84901");
        world.answer(&call);
        world.run(5_300);
        world.server(|server, now| server.put_into(now, "available", None));
        world.hang_up(&call);
        world.run(700);
    }
    assert_eq!(working(&world).now.unwrap().since, since);
    assert_eq!(changes(&world), ["available"]);
}
