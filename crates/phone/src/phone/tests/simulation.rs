//! Many shifts, from many seeds: random people, a bad network, far ends that hang up, hold and
//! refuse, media that fails. What must always be so is checked after every step.

use alo_sip::presence::Activity;
use alo_sip::status::StatusCode;

use super::engine::{Engine, Keys, Opening};
use super::invariants::buttons;
use super::server::Act;
use super::world::World;
use crate::io::{ConnectionState, Direction, Input, MicrophoneState, SocketEvent};
use crate::language::{Command, Digits, Event, Outcome, PersonStatus, Reachability, WorkingState};
use crate::phone::line::LineTimer;
use crate::phone::machine::Timer;

/// How bad a day it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Day {
    /// Calls come and go.
    Good,
    /// Everything that can fail fails now and then.
    Bad,
}

impl World {
    pub(super) fn chance(&mut self, one_in: u64) -> bool {
        self.rng.next().is_multiple_of(one_in)
    }

    pub(super) fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        let count = from.len() as u64;
        let index = self.rng.next().checked_rem(count)?;
        from.get(usize::try_from(index).unwrap()).cloned()
    }

    /// The person does something that the panel offers.
    fn person(&mut self) {
        let calls = self.phone.state().calls.clone();
        let offered: Vec<_> = calls.iter().flat_map(buttons).collect();
        let command = match self.rng.next() % 10 {
            0..=2 => {
                let target = self
                    .pick(&["102", "busy", "never", "early", "late", "at-once", "nobody"])
                    .unwrap();
                let template = self.phone.state().dial.clone();
                template.map(|_| Command::Dial {
                    target: target.into(),
                    hotline: None,
                    video: false,
                })
            }
            3 if self.chance(8) => self.phone.state().actions.retry.clone(),
            4 if self.chance(3) => {
                let transfers = self.phone.state().transfers.clone();
                let dismiss: Vec<_> = transfers.into_iter().filter_map(|it| it.dismiss).collect();
                self.pick(&dismiss)
            }
            _ => self.pick(&offered),
        };
        let command = match command {
            Some(command @ (Command::Transfer { .. } | Command::Consult { .. })) => {
                Some(self.filled_in(command))
            }
            Some(Command::SendDigits { call, .. }) => Some(Command::SendDigits {
                call,
                digits: Digits("1,2".into()),
            }),
            other => other,
        };
        if let Some(command) = command {
            let done = self.command(command.clone());
            let full = matches!(command, Command::SendDigits { .. });
            assert!(done.is_ok() || full, "{command:?}: {done:?}");
        }
    }

    /// The agent chooses a working state that is offered, or scrolls through the people.
    fn agent(&mut self) {
        let actions = self.phone.state().actions.clone();
        if self.chance(2) {
            let first = self.rng.next() % 20;
            let count = self.rng.next() % 9;
            let seen = (first..first + count).map(|number| (100 + number).to_string());
            let extensions = seen.collect();
            self.command(Command::WatchPeople { extensions }).unwrap();
            return;
        }
        let id = self
            .pick(&["available", "lunch-break", "short-break", "training"])
            .unwrap();
        let chosen = actions.set_working.map(|_| Command::SetWorking {
            state: WorkingState {
                id: id.into(),
                name: None,
            },
        });
        let offered = [chosen, actions.end_wrap_up, actions.extend_wrap_up];
        let offered: Vec<_> = offered.into_iter().flatten().collect();
        if let Some(command) = self.pick(&offered) {
            self.command(command).unwrap();
        }
    }

    /// Colleagues come, talk and go; the server ends the agent's call with wrap-up, or another tab of the same
    /// agent chooses.
    fn office(&mut self) {
        let who = (100 + self.rng.next() % 28).to_string();
        let is = self
            .pick(&[
                None,
                Some((Activity::None, "available")),
                Some((Activity::Ringing, "available")),
                Some((Activity::OnThePhone, "available")),
                Some((Activity::Meal, "lunch-break")),
            ])
            .unwrap();
        let seconds = 1 + self.rng.next() % 20;
        match self.rng.next() % 6 {
            0 => self.server(|server, now| server.wrap_up(now, seconds)),
            1 => self.server(|server, now| server.put_into(now, "not-available", None)),
            _ => self.server(|server, now| server.colleague(now, &who, is)),
        }
    }

    /// The server does not want to hear of working states and people for a while.
    fn deaf_server(&mut self) {
        let statuses = [
            StatusCode::OK,
            StatusCode::OK,
            StatusCode::FORBIDDEN,
            StatusCode::SERVICE_UNAVAILABLE,
        ];
        self.server.presence.publish_status = self.pick(&statuses).unwrap();
        let status = self.pick(&statuses).unwrap();
        if status.is_success() {
            self.server.presence.refused.clear();
        } else {
            self.server.presence.refused.insert("presence", status);
        }
    }

    /// A far end does something.
    pub(super) fn far_end(&mut self) {
        let sessions: Vec<_> = self.server.calls.keys().copied().collect();
        let session = self.pick(&sessions);
        let direction = self
            .pick(&[
                Direction::SendRecv,
                Direction::SendOnly,
                Direction::Inactive,
            ])
            .unwrap();
        let choice = self.rng.next() % 6;
        self.server(|server, now| match (choice, session) {
            (0, Some(id)) => server.act(now, Act::HangUp(id)),
            (1, Some(id)) if !server.calls[&id].answered => server.answered_elsewhere(now, id),
            (2, Some(id)) => server.offer(now, id, direction),
            (3..=5, _) if server.calls.len() < 3 => {
                server.call_phone(now, "+84901", vec![], choice > 3);
            }
            _ => {}
        });
    }

    /// Something goes wrong.
    fn accident(&mut self) {
        let calls: Vec<_> = self.engine.legs.keys().cloned().collect();
        let call = self.pick(&calls);
        match (self.rng.next() % 15, call) {
            (0, _) => self.drop_socket(),
            (1, _) => self.net.up = !self.net.up,
            (2, _) => {
                self.net.black_hole = !self.net.black_hole;
                self.net.was_black_hole = true;
            }
            (3, Some(call)) => self.connection(&call, ConnectionState::Disconnected),
            (4, Some(call)) => self.connection(&call, ConnectionState::Failed),
            (5, _) => {
                let statuses = [
                    StatusCode::REQUEST_PENDING,
                    StatusCode::NOT_ACCEPTABLE_HERE,
                    StatusCode::SERVER_INTERNAL_ERROR,
                ];
                let status = self.pick(&statuses).unwrap();
                self.server.refuse_offers.push(status);
            }
            (6, _) => self.engine.fail_next = true,
            (7, _) => self.engine.no_path = !self.engine.no_path,
            (8, _) => {
                let keys = [
                    Keys::Sent,
                    Keys::Refused,
                    Keys::StopsAfter(0),
                    Keys::StopsAfter(1),
                    Keys::Swallowed,
                ];
                self.engine.keys = self.pick(&keys).unwrap();
            }
            (9, _) if self.chance(4) => {
                self.drop_socket();
                self.server.restart(self.now);
            }
            (10, _) => self.microphone_accident(),
            (11, _) => {
                let openings = [
                    Opening::Granted,
                    Opening::Asks(400),
                    Opening::Asks(40_000),
                    Opening::Fails(MicrophoneState::Broken),
                ];
                self.engine.opening = self.pick(&openings).unwrap();
            }
            (12, _) => {
                let statuses = [
                    StatusCode::OK,
                    StatusCode::OK,
                    StatusCode::NOT_FOUND,
                    StatusCode::SERVICE_UNAVAILABLE,
                ];
                self.server.register_status = self.pick(&statuses).unwrap();
            }
            (13, _) => self.input(Input::Socket(SocketEvent::NetworkOnline)),
            (14, _) => self.deaf_server(),
            _ => {}
        }
    }

    /// Somebody trips over the cord, or plugs it in again.
    fn microphone_accident(&mut self) {
        if self.engine.microphone != MicrophoneState::Ready {
            self.media(Engine::microphone_is_back);
        } else if self.chance(3) {
            self.media(|engine, now| engine.microphone_goes(now, MicrophoneState::Missing));
        }
    }

    pub(super) fn shift(&mut self, day: Day, steps: u32) {
        self.net.jitter = 40;
        self.net.repeat_one_in = if day == Day::Bad { 20 } else { 0 };
        self.sign_in();
        for _ in 0..steps {
            let pause = self.rng.next() % 1200;
            self.run(pause);
            match self.rng.next() % 14 {
                0..=5 => self.person(),
                6..=7 => self.far_end(),
                8 => self.far_end_asks(day == Day::Bad),
                9..=10 => self.agent(),
                11..=12 => self.office(),
                _ if day == Day::Bad => self.accident(),
                _ => {}
            }
        }
    }

    /// Everything works again, everybody goes home, and nothing is left.
    pub(super) fn clean_up(&mut self) {
        self.net.up = true;
        self.net.black_hole = false;
        self.engine.no_path = false;
        self.server.register_status = StatusCode::OK;
        self.server.presence.publish_status = StatusCode::OK;
        self.server.presence.refused.clear();
        // Whoever is still being asked for the microphone answers, for better or worse.
        self.run(41_000);
        self.media(Engine::microphone_is_back);
        self.command(Command::EnableDevices).unwrap();
        // Longer than any dead WebSocket stays unnoticed, and any retry waits.
        self.run(120_000);
        assert_eq!(self.phone.state().reachability, Reachability::Ready);
        for call in self.phone.state().calls.clone() {
            if let Some(hang_up) = call.actions.hang_up {
                self.command(hang_up).unwrap();
            }
        }
        self.follow_nobody();
        self.run(200_000);
        assert!(self.phone.state().calls.is_empty());
        assert!(self.phone.transfers.is_empty());
        self.every_transfer_came_to_an_end();
        assert!(self.engine.legs.is_empty(), "media is left open");
        assert_eq!(self.engine.tone, None);
        assert!(self.phone.late.is_empty());
        if self.net.was_black_hole {
            // A BYE that vanished in silence: the server finds out by its session timer.
            self.run(2_000_000);
        }
        assert!(
            self.server.calls.is_empty(),
            "calls left at the server: {:?}",
            self.server.calls
        );
        let allowed = |timer: &Timer| matches!(timer, Timer::UserAgent);
        assert!(self.phone.timers().iter().all(|(timer, _)| allowed(timer)));
        let placed = count(&self.events, |event| {
            matches!(event, Event::CallPlaced { .. } | Event::CallIncoming { .. })
        });
        let ended = count(&self.events, |event| {
            matches!(event, Event::CallEnded { .. })
        });
        assert_eq!(placed, ended, "every call ends once");
        self.presence_agrees();
        self.leave();
    }

    /// Phone and server are of one mind about the agent and the colleagues.
    fn presence_agrees(&mut self) {
        let working = self.phone.state().working.clone();
        let own = &self.server.presence.own;
        let told = working.now.expect("the server told").state.id;
        assert_eq!(told, own.state);
        assert_eq!(working.requested, None);
        let next = working.next.map(|state| state.id);
        assert_eq!(next, own.next.as_ref().map(|(id, _)| id.clone()));
        let shown = self.phone.state().people.iter();
        let shown: Vec<_> = shown
            .map(|person| (&person.extension, &person.status))
            .collect();
        for (extension, status) in shown {
            let known = self.server.presence.people.get(extension);
            let agrees = match known.map(|(activity, _, _)| *activity) {
                _ if extension == "101" => true,
                None => *status == PersonStatus::Offline,
                Some(Activity::None) => *status == PersonStatus::Available,
                Some(Activity::Ringing) => *status == PersonStatus::Ringing,
                Some(Activity::OnThePhone) => *status == PersonStatus::InCall,
                Some(_) => matches!(status, PersonStatus::Away { .. }),
            };
            assert!(
                agrees,
                "{extension} is shown as {status:?}, but is {known:?}"
            );
        }
    }

    /// The agent goes home, and the server keeps nothing of it.
    fn leave(&mut self) {
        self.command(Command::SignOut).unwrap();
        self.run(3_000);
        assert_eq!(self.server.flow, None);
        assert!(self.phone.timers().is_empty());
        if self.sockets_opened.len() > 1 {
            // What ended while the connection was away, or was lost on the way, expires.
            self.run(700_000);
        }
        let presence = &self.server.presence;
        assert!(presence.notifiers.is_empty(), "{:?}", presence.notifiers);
        assert_eq!(presence.publications(self.now), 0);
    }
}

/// A phone that watches fewer colleagues than fit on its screen.
pub(super) fn watching(seed: u64) -> World {
    World::with_config(seed, |config| config.limits.watched = 6)
}

fn count(events: &[Event], fits: impl Fn(&Event) -> bool) -> usize {
    events.iter().filter(|event| fits(event)).count()
}

/// So many seeds from here, or the one that `PHONE_SIMULATION_SEED` named at compile time. Each is
/// printed, so that a failed test says which one it was.
pub(super) fn seeds(from: u64, count: u64) -> impl Iterator<Item = u64> {
    let only: Option<u64> = option_env!("PHONE_SIMULATION_SEED").and_then(|seed| seed.parse().ok());
    let count = if cfg!(target_arch = "wasm32") {
        count / 4
    } else {
        count
    };
    let seeds = only.map_or(from..from + count, |seed| seed..seed + 1);
    seeds.inspect(|seed| println!("seed {seed}"))
}

#[test]
fn good_days_leave_nothing_behind() {
    for seed in seeds(0, 8) {
        let mut world = watching(seed);
        world.shift(Day::Good, 150);
        world.clean_up();
    }
}

#[test]
fn bad_days_leave_nothing_behind() {
    for seed in seeds(100, 24) {
        let mut world = watching(seed);
        world.shift(Day::Bad, 150);
        world.clean_up();
    }
}

/// A day without accidents: whoever hangs up is one of the two people.
#[test]
fn on_a_good_day_calls_end_because_somebody_ends_them() {
    let mut world = World::new(7);
    world.shift(Day::Good, 400);
    world.clean_up();
    for event in &world.events {
        if let Event::CallEnded { outcome, .. } = event {
            assert!(
                !matches!(outcome, Outcome::MediaFailed | Outcome::NoMicrophone),
                "{outcome:?}"
            );
        }
    }
}

#[test]
fn a_thousand_calls_one_after_the_other_leave_the_phone_as_it_was() {
    let mut world = World::ready(42);
    for _ in 0..1000 {
        let call = world.dial("at-once");
        world.run(300);
        assert!(world.is_talking(&call));
        world.hang_up(&call);
        world.command(Command::DismissCall { call }).unwrap();
        world.run(50);
    }
    world.run(60_000);
    assert!(world.engine.legs.is_empty());
    assert!(world.server.calls.is_empty());
    let timers = world.phone.timers();
    assert!(
        !timers
            .iter()
            .any(|(timer, _)| matches!(timer, Timer::Line(_, LineTimer::Vanish)))
    );
    assert_eq!(timers.len(), 1, "only the registration: {timers:?}");
}
