//! How often what happened, so that nobody thinks that nothing did.

use std::collections::BTreeMap;

use alo_phone::language::{AfterFailure, Event, Outcome, TransferStage};

use super::story::Story;

/// How often what happened.
pub(super) type Tally = BTreeMap<&'static str, u64>;

impl Story {
    pub(super) fn tally(&self) -> Tally {
        let mut tally = BTreeMap::from([("happenings", self.world.steps)]);
        for who in self.world.people() {
            let words = self.world.events(who).iter().filter_map(word);
            for word in words {
                *tally.entry(word).or_default() += 1;
            }
        }
        tally
    }
}

/// What is counted.
fn word(event: &Event) -> Option<&'static str> {
    Some(match event {
        Event::CallEnded { outcome, .. } => match outcome {
            Outcome::Transferred { .. } => "calls transferred",
            Outcome::Merged => "calls merged",
            _ => "other calls",
        },
        Event::TransferChanged { transfer } => match &transfer.stage {
            TransferStage::Ringing { .. } => "transfers that ring",
            TransferStage::Waiting { .. } => "transfers that wait in a queue",
            TransferStage::Done { .. } => "transfers done",
            TransferStage::Failed { then, .. } => match then {
                AfterFailure::StillHere => "failed transfers, still here",
                AfterFailure::Waits => "failed transfers, still here and held",
                AfterFailure::Returns => "failed transfers, returned",
                AfterFailure::Elsewhere { .. } => "failed transfers, elsewhere",
                AfterFailure::Unknown => "failed transfers, the customer gone",
            },
            TransferStage::Unfollowed { .. } => "transfers not followed to the end",
            _ => return None,
        },
        Event::Trouble { .. } => "troubles",
        _ => return None,
    })
}
