//! The keys that somebody may press: what the state of a phone offers, and nothing else.

use alo_phone::language::{Command, Digits, State, TargetKind, TransferTarget};

use crate::world::{Rng, SALES, Who, is_guest};

/// Every key of this phone, and how likely it is pressed.
pub(super) fn of(state: &State) -> Vec<(Command, u64)> {
    let mut keys = Vec::new();
    for call in &state.calls {
        let actions = call.actions.clone();
        let weighed = [
            (actions.answer, 14),
            (actions.decline, 2),
            (actions.hang_up, 1),
            (actions.toggle_mute, 1),
            (actions.toggle_hold, 3),
            (actions.send_digits, 1),
            (actions.swap_to, 4),
            (actions.dismiss, 1),
            (actions.transfer, 6),
            (actions.consult, 8),
            (actions.complete_transfer, 7),
            (actions.merge, 5),
            (actions.back_to_customer, 3),
        ];
        keys.extend(
            weighed
                .into_iter()
                .filter_map(|(key, weight)| Some((key?, weight))),
        );
    }
    let transfers = state.transfers.iter();
    keys.extend(transfers.filter_map(|transfer| Some((transfer.dismiss.clone()?, 1))));
    keys
}

/// One of them.
pub(super) fn press(rng: &mut Rng, keys: &[(Command, u64)]) -> Option<Command> {
    let all: u64 = keys.iter().map(|(_, weight)| weight).sum();
    let mut at = rng.below(all);
    let (key, _) = keys.iter().find(|(_, weight)| {
        let here = at < *weight;
        at = at.saturating_sub(*weight);
        here
    })?;
    Some(key.clone())
}

/// Fills in what a person fills in.
pub(super) fn fill(rng: &mut Rng, who: Who, command: Command) -> Command {
    match command {
        Command::Transfer { call, .. } => Command::Transfer {
            call,
            target: anywhere(rng, who),
            note: note(rng),
        },
        Command::Consult { call, .. } => Command::Consult {
            call,
            target: somebody(rng, who),
            note: note(rng),
        },
        Command::SendDigits { call, .. } => Command::SendDigits {
            call,
            digits: Digits(rng.below(4).to_string()),
        },
        other => other,
    }
}

fn note(rng: &mut Rng) -> Option<String> {
    rng.one_in(3).then(|| "muốn đổi vé".to_owned())
}

fn target(kind: TargetKind, address: &str) -> TransferTarget {
    TransferTarget {
        kind,
        address: address.to_owned(),
        name: None,
    }
}

/// Mostly a colleague who is there.
fn somebody(rng: &mut Rng, who: Who) -> TransferTarget {
    let agents = ["101", "102", "101", "102", "103", "104"];
    if rng.below(10) < 7 {
        let others: Vec<_> = agents.into_iter().filter(|agent| *agent != who).collect();
        let any = rng.one_in(20);
        let agent = rng.pick(if any { &agents } else { &others[..] });
        return target(TargetKind::Agent, agent.unwrap_or("102"));
    }
    let last = if rng.one_in(2) { 1 } else { 1 + rng.below(7) };
    target(TargetKind::Number, &format!("090000000{last}"))
}

fn anywhere(rng: &mut Rng, who: Who) -> TransferTarget {
    match rng.below(20) {
        0..=3 => {
            let queue = rng.pick(&["sales", "support", "vip", "nowhere"]);
            target(TargetKind::Queue, queue.unwrap_or("sales"))
        }
        4..=6 => {
            let tree = rng.pick(&["main", "after-hours", "nowhere"]);
            target(TargetKind::Ivr, tree.unwrap_or("main"))
        }
        _ => somebody(rng, who),
    }
}

/// Whom this person may call.
pub(super) fn dial(rng: &mut Rng, who: Who) -> Command {
    let targets: &[&str] = if is_guest(who) {
        &[SALES, SALES, SALES, crate::world::SUPPORT]
    } else {
        &[
            "101",
            "102",
            "103",
            "0900000001",
            "0900000002",
            "0900000006",
        ]
    };
    Command::Dial {
        target: rng.pick(targets).unwrap_or(SALES).to_owned(),
        hotline: None,
        video: false,
    }
}
