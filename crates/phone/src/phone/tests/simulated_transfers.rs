//! Transfers in the simulations: what the person, the server and the far ends do about them by chance.

use std::collections::{BTreeMap, BTreeSet};

use alo_api::header;
use alo_sip::header::HeaderName;
use alo_sip::status::StatusCode;

use super::handing_over::target;
use super::simulation::{Day, seeds, watching};
use super::world::World;
use crate::language::{Command, Event, Outcome, TransferStage, Trouble};

/// Everything that a transfer can come to at the scripted server.
const PLACES: [&str; 13] = [
    "102", "busy", "declines", "away", "gone", "sales", "menu", "mute", "rings-on", "waits-on",
    "nobody", "offline", "unheard",
];

impl World {
    /// The template of the panel with a target and a note.
    pub(super) fn filled_in(&mut self, template: Command) -> Command {
        let note = self
            .pick(&[None, Some("Khách hỏi hoá đơn".to_owned())])
            .unwrap();
        match template {
            Command::Transfer { call, .. } => {
                let place = self.pick(&PLACES).unwrap();
                let target = target(place);
                Command::Transfer { call, target, note }
            }
            Command::Consult { call, .. } => {
                let places = [
                    "102", "busy", "never", "early", "late", "at-once", "declines",
                ];
                let target = target(self.pick(&places).unwrap());
                Command::Consult { call, target, note }
            }
            other => other,
        }
    }

    /// A far end, or the server for it, says or asks something.
    pub(super) fn far_end_asks(&mut self, badly: bool) {
        let sessions: Vec<_> = self.server.calls.keys().copied().collect();
        let Some(session) = self.pick(&sessions) else {
            return;
        };
        match self.rng.next() % 5 {
            0 if badly => {
                let statuses = [491, 403, 481, 500, 603].map(StatusCode::new);
                let status = self.pick(&statuses).flatten().unwrap();
                self.server.transfers.refuse.push(status);
            }
            0 | 1 => self.says_something(session),
            2 => {
                let to = self
                    .pick(&["102", "busy", "never", "declines", "nobody"])
                    .unwrap();
                let to = ["<sip:", to, "@alo.test>"].concat();
                self.server(|server, now| server.try_refer_phone(now, session, &to));
            }
            3 if self.server.calls.len() < 3 => {
                if let Some(replaces) = self.server.ua.replaces(session) {
                    let headers = vec![(HeaderName::Replaces, replaces.to_string())];
                    let offer = self.chance(2);
                    self.server(|server, now| server.call_phone(now, "+84907", headers, offer));
                }
            }
            _ => {}
        }
    }

    /// The person does something with a call that has to do with handing it over, if anything is offered.
    fn person_hands_over(&mut self) {
        let calls = self.phone.state().calls.clone();
        let offered = calls.into_iter().flat_map(|call| {
            let actions = call.actions;
            [
                actions.transfer,
                actions.consult,
                actions.complete_transfer,
                actions.merge,
                actions.back_to_customer,
                actions.swap_to,
            ]
        });
        let offered: Vec<_> = offered.flatten().collect();
        if let Some(command) = self.pick(&offered) {
            let command = self.filled_in(command);
            self.command(command).unwrap();
        }
    }

    fn says_something(&mut self, session: alo_sip::ua::SessionId) {
        let words: [&[(&str, &str)]; 4] = [
            &[("P-Asserted-Identity", "\"Lan\" <sip:+84901@alo.test>")],
            &[(header::PLAYS, "music")],
            &[(header::PLAYS, "voice")],
            &[
                ("P-Asserted-Identity", "<sip:102@alo.test>"),
                (header::WITH, "<sip:103@alo.test>"),
            ],
        ];
        let word = self.pick(&words).unwrap();
        self.server(|server, now| server.try_says(now, session, word));
    }

    /// Whoever is still followed is not any more.
    pub(super) fn follow_nobody(&mut self) {
        for transfer in self.phone.state().transfers.clone() {
            let dismiss = transfer.dismiss.expect("no call is left that hangs on it");
            self.command(dismiss).unwrap();
        }
    }

    pub(super) fn every_transfer_came_to_an_end(&self) {
        let mut last = BTreeMap::new();
        for event in &self.events {
            if let Event::TransferChanged { transfer } = event {
                let before = last.insert(transfer.id, transfer.stage.clone());
                assert_ne!(before.as_ref(), Some(&transfer.stage), "told twice");
                assert!(!before.is_some_and(|stage| is_over(&stage)), "{transfer:?}");
            }
        }
        assert!(last.values().all(is_over), "{last:?}");
    }
}

fn is_over(stage: &TransferStage) -> bool {
    matches!(
        stage,
        TransferStage::Done { .. }
            | TransferStage::Failed { .. }
            | TransferStage::Unfollowed { .. }
    )
}

fn ended_by_transfer(event: &Event) -> Option<&'static str> {
    let outcome = match event {
        Event::CallEnded { outcome, .. } => outcome,
        Event::Trouble { notice } => match notice.trouble {
            Trouble::ConsultationEnded { .. } => return Some("taken back"),
            Trouble::CustomerHungUp { .. } => return Some("customer hung up"),
            _ => return None,
        },
        _ => return None,
    };
    match outcome {
        Outcome::Transferred { .. } => Some("transferred"),
        Outcome::Merged => Some("merged"),
        _ => None,
    }
}

#[test]
fn days_behind_a_plain_proxy_leave_nothing_behind() {
    for seed in seeds(300, 12) {
        let mut world = watching(seed);
        world.server.is_a_plain_proxy();
        let day = if seed.is_multiple_of(3) {
            Day::Good
        } else {
            Day::Bad
        };
        world.shift(day, 150);
        world.clean_up();
    }
}

#[test]
fn days_full_of_transfers_lose_nobody() {
    let mut seen = BTreeSet::new();
    for seed in seeds(400, 12) {
        let mut world = watching(seed);
        world.sign_in();
        world.run(300);
        for _ in 0..30 {
            let (call, _) = world.rings("+84901");
            if world.call(&call).actions.answer.is_some() {
                world.answer(&call);
            }
            for _ in 0..4 {
                let pause = world.rng.next() % 900;
                world.run(pause);
                world.person_hands_over();
                match world.rng.next() % 12 {
                    0 => world.drop_socket(),
                    1 => world.far_end(),
                    2 => world.far_end_asks(true),
                    _ => {}
                }
            }
            world.run(2_000);
            for call in world.phone.state().calls.clone() {
                if let Some(hang_up) = call.actions.hang_up {
                    world.command(hang_up).unwrap();
                }
            }
            world.run(10_000);
        }
        world.clean_up();
        seen.extend(world.stages_told());
        seen.extend(world.events.iter().filter_map(ended_by_transfer));
    }
    let all = [
        "asked",
        "trying",
        "ringing",
        "waiting",
        "done",
        "failed",
        "unfollowed",
        "transferred",
        "merged",
        "taken back",
        "customer hung up",
    ];
    if option_env!("PHONE_SIMULATION_SEED").is_none() {
        assert_eq!(seen, all.into_iter().collect(), "the days are long enough");
    }
}
