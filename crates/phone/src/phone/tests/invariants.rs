//! What is so after every single step of every test.

use super::world::World;
use crate::io::Tone;
use crate::language::{
    AfterFailure, Call, CallId, Change, Command, Consultation, Outcome, Phase, Sound, State,
    TransferStage, Working,
};
use crate::phone::line::permits;
use crate::phone::machine::{Presence, Timer};

/// Checks everything that must always be so.
pub(super) fn check(world: &mut World) {
    let state = world.phone.state().clone();
    if world.before.as_ref() != Some(&state) {
        round_trips(&state);
    }
    one_call_is_heard(world);
    the_engine_has_what_calls_need(world);
    the_tone_fits(world, &state);
    presence_is_what_the_server_said(world, &state);
    transfers_come_to_an_end(world, &state);
    for call in &state.calls {
        pairs_agree(&state, call);
        buttons_do_something(world, call);
        the_hearing_line_is_true(world, call);
    }
    if let Some(before) = world.before.take() {
        calls_end_only_for_a_reason(&before, &state, world.by_person);
        failures_lose_nobody(&before, &state);
    }
    world.before = Some(state);
}

fn round_trips(state: &State) {
    let json = serde_json::to_string(state).unwrap();
    let back: State = serde_json::from_str(&json).unwrap();
    assert_eq!(back, *state);
}

/// After a wake-up: one that is due and stays due would spin.
pub(super) fn timers_lie_ahead(world: &World) {
    for (timer, at) in world.phone.timers() {
        let now = world.now;
        assert!(at > now, "{timer:?} is due at {at}, now {now}");
    }
}

fn one_call_is_heard(world: &World) {
    let legs = &world.engine.legs;
    let heard = legs.values().filter(|leg| leg.microphone).count();
    assert!(heard <= 1, "{heard} calls have the microphone");
    let joined = world.phone.lines.iter().filter(|line| line.is_talking());
    let audible = joined.filter(|line| legs.get(&line.id).is_some_and(|leg| leg.speaker));
    assert!(audible.count() <= 1, "two calls are heard here");
    for line in &world.phone.lines {
        let Some(leg) = legs.get(&line.id) else {
            continue;
        };
        assert!(
            !leg.microphone || (line.hold.is_off() && !line.muted && !line.bound.is_leaving()),
            "the microphone is on for a held or muted call, or one that is being transferred"
        );
    }
}

/// An open peer connection belongs to a call, and no call keeps anything after its end.
fn the_engine_has_what_calls_need(world: &World) {
    for id in world.engine.legs.keys() {
        let line = world.phone.lines.iter().find(|line| line.id == *id);
        assert!(
            line.is_some_and(|line| line.is_live()),
            "a leg without call"
        );
    }
    if world.phone.lines.is_empty() {
        let of_calls = |(timer, _): &(Timer, _)| matches!(timer, Timer::Line(..));
        assert!(!world.phone.timers().iter().any(of_calls));
        assert_eq!(world.phone.active, None);
    }
}

fn presence_is_what_the_server_said(world: &World, state: &State) {
    if let Some(now) = &state.working.now {
        let id = &now.state.id;
        assert!(
            world.told.as_ref() == Some(id) || world.server.presence.was_believed(id),
            "{now:?} is not what the server told last: {:?}",
            world.told
        );
    }
    let desk = match &world.phone.presence {
        Presence::On(desk) => desk,
        Presence::Off | Presence::Leaving(_) => {
            assert_eq!(state.working, Working::default());
            assert!(state.people.is_empty());
            return;
        }
    };
    let most = world.phone.config.limits.watched;
    assert!(desk.subscriptions() <= most + 1, "{}", desk.subscriptions());
    assert!(state.people.len() <= most + 1);
    let in_order = state.people.is_sorted_by(|a, b| a.extension < b.extension);
    assert!(in_order, "people are sorted, each once");
    if state.working.now.is_none() {
        assert_eq!(state.actions.end_wrap_up, None);
    }
}

fn the_tone_fits(world: &World, state: &State) {
    let rings = state
        .calls
        .iter()
        .any(|call| matches!(call.phase, Phase::Ringing { .. }));
    let tone = world.engine.tone;
    assert_eq!(tone, world.phone.tones.sounding());
    let ringing = matches!(tone, Some(Tone::Ringing | Tone::CallWaiting));
    assert_eq!(
        ringing, rings,
        "the ringing tone sounds iff something rings"
    );
}

/// Every action names its own call, and would be accepted.
fn buttons_do_something(world: &World, call: &Call) {
    let line = world.phone.lines.iter().find(|line| line.id == call.id);
    let accepted = line
        .unwrap()
        .actions(&world.phone.surroundings(line.unwrap()));
    for command in buttons(call) {
        assert!(permits(&accepted, &command), "{command:?} is shown");
    }
    let over = matches!(call.phase, Phase::Ended { .. });
    assert_eq!(call.actions.hang_up.is_some(), !over);
    assert_eq!(call.actions.dismiss.is_some(), over);
}

/// The buttons of a call that can be pressed.
pub(super) fn buttons(call: &Call) -> Vec<Command> {
    let actions = call.actions.clone();
    [
        actions.answer,
        actions.decline,
        actions.hang_up,
        actions.toggle_mute,
        actions.toggle_hold,
        actions.send_digits,
        actions.swap_to,
        actions.dismiss,
        actions.transfer,
        actions.consult,
        actions.complete_transfer,
        actions.merge,
        actions.back_to_customer,
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn the_hearing_line_is_true(world: &World, call: &Call) {
    let microphone = world.microphone(&call.id);
    if call.hearing.to_remote == Sound::Voice {
        assert!(microphone, "says that the far end hears a voice");
        assert!(!call.muted && !call.hold.is_on());
    }
    if matches!(call.hearing.to_remote, Sound::Muted | Sound::Nothing) {
        let talks = matches!(call.phase, Phase::Talking { .. });
        let up = talks && call.recovery.is_none() && !call.held_by_remote;
        let heard = microphone && up && call.hearing.from_remote == Sound::Voice;
        assert!(!heard, "says that the far end hears nothing");
    }
    if call.hold == (Change::Confirmed { on: true, since: 0 }) {
        assert!(!microphone);
    }
    if matches!(call.phase, Phase::Ended { .. }) {
        assert_eq!(call.hearing.from_remote, Sound::Nothing);
        assert_eq!(call.hearing.to_remote, Sound::Nothing);
    }
}

/// A call never vanishes without having ended, and an ended one stays as it is.
fn calls_end_only_for_a_reason(before: &State, now: &State, by_person: bool) {
    for old in &before.calls {
        let new = now.calls.iter().find(|call| call.id == old.id);
        match (&old.phase, new.map(|call| &call.phase)) {
            (ended @ Phase::Ended { .. }, Some(phase)) => assert_eq!(ended, phase),
            (Phase::Ended { .. }, None) => {}
            (_, None) => panic!("a call vanished"),
            (_, Some(Phase::Ended { outcome, .. })) => {
                let here = matches!(
                    outcome,
                    Outcome::HungUpHere | Outcome::Cancelled | Outcome::Declined
                );
                assert!(!here || by_person, "{outcome:?} by nobody");
            }
            _ => {}
        }
    }
}

/// Whatever the server does or does not do: nobody is followed for ever.
fn transfers_come_to_an_end(world: &World, state: &State) {
    let timers = world.phone.timers();
    let wakes = timers.iter().find(|(timer, _)| *timer == Timer::Transfer);
    let times = &world.phone.config.times;
    if !state.transfers.is_empty() {
        let (_, at) = wakes.expect("a transfer waits for something");
        assert!(*at <= world.now + times.transfer_waits);
    }
    let most = world.phone.config.limits.transfers;
    assert!(state.transfers.len() <= most);
    for transfer in &state.transfers {
        let call = state.calls.iter().find(|call| call.id == transfer.call);
        let here = call.is_some_and(|call| !matches!(call.phase, Phase::Ended { .. }));
        let over = matches!(
            transfer.stage,
            TransferStage::Done { .. }
                | TransferStage::Failed { .. }
                | TransferStage::Unfollowed { .. }
        );
        assert_eq!(transfer.dismiss.is_some(), over || !here);
        let done = matches!(transfer.stage, TransferStage::Done { .. });
        assert!(!done || !here, "the customer is here and there");
    }
}

/// That a transfer came to nothing ends no call.
fn failures_lose_nobody(before: &State, now: &State) {
    let is_live = |state: &State, call: &CallId| {
        let mut calls = state.calls.iter();
        calls.any(|it| it.id == *call && !matches!(it.phase, Phase::Ended { .. }))
    };
    for transfer in &now.transfers {
        let old = before.transfers.iter().find(|old| old.id == transfer.id);
        let TransferStage::Failed { then, .. } = &transfer.stage else {
            continue;
        };
        if old.is_none_or(|old| old.stage != transfer.stage) {
            let here = is_live(now, &transfer.call);
            assert_eq!(*then == AfterFailure::StillHere, here, "{transfer:?}");
        }
    }
}

/// Two calls that belong together say so of each other.
fn pairs_agree(state: &State, call: &Call) {
    let (other, mirrored) = match &call.consultation {
        None => return,
        Some(Consultation::Customer { consulted }) => {
            let customer = call.id.clone();
            (consulted, Consultation::Consulted { customer })
        }
        Some(Consultation::Consulted { customer }) => {
            let consulted = call.id.clone();
            (customer, Consultation::Customer { consulted })
        }
    };
    if let Some(other) = state.calls.iter().find(|it| it.id == *other) {
        assert_eq!(other.consultation, Some(mirrored));
    }
}
