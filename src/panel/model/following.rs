//! How a followed transfer stands, in words.

use alo_api::Directory;
use alo_phone::language::{
    AfterFailure, Millis, Notice, State, TargetKind, Transfer, TransferFailure, TransferStage,
    TransferTarget, Trouble,
};

use super::party::{called, customer, target_title};
use super::stage::{find, goes_on};
use crate::i18n::format::{capitalised, seconds_between, short_clock};
use crate::i18n::{Catalogue, fill};

/// What is shown of a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// [`Transfer::id`].
    pub id: u64,
    /// `way`, `done` or `failed`, for the style sheet.
    pub tone: &'static str,
    /// How it stands. Nothing in it counts: it is read out.
    pub lead: String,
    /// Whom it is about, or what becomes of the customer.
    pub rest: String,
    /// Since when the seconds are counted, where they are.
    pub since: Option<Millis>,
    /// Whether it can be dismissed.
    pub can_dismiss: bool,
}

impl Followed {
    /// The seconds, where they are counted; a clock from a minute on.
    pub fn seconds(&self, now: Millis, words: &Catalogue) -> Option<String> {
        let seconds = seconds_between(self.since?, now);
        Some(if seconds < 60 {
            fill(words.seconds, &[("seconds", &seconds.to_string())])
        } else {
            short_clock(seconds * 1000)
        })
    }
}

/// The transfers that are to be seen, oldest first. Not one whose call is still here and waits for the
/// first answer: its control says that. Nor one that failed, while a notice says so.
pub fn followed(state: &State, directory: &Directory, words: &Catalogue) -> Vec<Followed> {
    let shown = state.transfers.iter().filter(|it| is_shown(state, it));
    shown.map(|it| view(it, directory, words)).collect()
}

fn is_shown(state: &State, transfer: &Transfer) -> bool {
    match transfer.stage {
        TransferStage::Asked => !is_here(state, transfer),
        TransferStage::Failed { .. } => !state.notices.iter().any(|it| tells_of(it, transfer)),
        _ => true,
    }
}

/// Whether the customer's call still goes on here.
fn is_here(state: &State, transfer: &Transfer) -> bool {
    find(state, &transfer.call).is_some_and(goes_on)
}

/// Whether a transfer of this call was asked for and is not answered yet.
pub fn is_asked(state: &State, call: &alo_phone::language::CallId) -> bool {
    let mut transfers = state.transfers.iter();
    transfers.any(|it| it.call == *call && it.stage == TransferStage::Asked)
}

/// Whether a notice tells that this transfer failed. Of a call that is still here, one tells of all that
/// fail alike.
pub fn tells_of(notice: &Notice, transfer: &Transfer) -> bool {
    match &notice.trouble {
        Trouble::TransferFailed {
            transfer: id,
            target,
            ..
        } => {
            let alike = notice.call.as_ref() == Some(&transfer.call) && *target == transfer.target;
            (*id == transfer.id || alike) && matches!(transfer.stage, TransferStage::Failed { .. })
        }
        _ => false,
    }
}

fn view(transfer: &Transfer, directory: &Directory, words: &Catalogue) -> Followed {
    let who = target_title(&transfer.target, directory, words);
    let about = customer(&transfer.customer, directory, words);
    let with_who = |text: &str| fill(text, &[("who", &who), ("customer", &about)]);
    let mut rest = capitalised(&about);
    let (tone, lead, since) = match &transfer.stage {
        TransferStage::Asked | TransferStage::Trying => {
            ("way", with_who(words.follow_trying), Some(transfer.began))
        }
        TransferStage::Ringing { since } => {
            let text = match transfer.target.kind {
                TargetKind::Queue => words.follow_offered,
                _ => words.follow_rings,
            };
            ("way", with_who(text), Some(*since))
        }
        TransferStage::Waiting { since } => {
            rest = fill(words.follow_queue, &[("who", &who)]);
            ("way", with_who(words.follow_waits), Some(*since))
        }
        TransferStage::Done { by, .. } => {
            let by = by.as_ref().map(|by| called(by, directory, words));
            let text = match (&by, transfer.target.kind) {
                (_, TargetKind::Ivr) | (None, TargetKind::Queue) => words.follow_is_in,
                _ => words.follow_answered,
            };
            let who = by.unwrap_or_else(|| who.clone());
            let lead = fill(text, &[("who", &who), ("customer", &about)]);
            ("done", lead, None)
        }
        TransferStage::Failed { why, then, .. } => {
            rest = Some(then_text(then, directory, words))
                .filter(|then| !then.is_empty())
                .unwrap_or(rest);
            ("failed", failure_text(why, &who, words), None)
        }
        TransferStage::Unfollowed { .. } => {
            rest = words.follow_silent.to_owned();
            ("way", with_who(words.follow_gone), None)
        }
    };
    Followed {
        id: transfer.id,
        tone,
        lead,
        rest,
        since,
        can_dismiss: transfer.dismiss.is_some(),
    }
}

/// Why a transfer came to nothing.
pub fn failure_text(why: &TransferFailure, who: &str, words: &Catalogue) -> String {
    let (status, reason) = match why {
        TransferFailure::Refused { status, reason } => (status.to_string(), reason.as_str()),
        _ => (String::new(), ""),
    };
    let text = match why {
        TransferFailure::Busy => words.fail_busy,
        TransferFailure::NoAnswer => words.fail_no_answer,
        TransferFailure::Declined => words.fail_declined,
        TransferFailure::UnknownTarget => words.fail_unknown,
        TransferFailure::Unreachable => words.fail_unreachable,
        TransferFailure::CustomerHungUp => words.fail_customer,
        TransferFailure::Refused { .. } => words.fail_refused,
    };
    fill(
        text,
        &[("who", who), ("status", &status), ("reason", reason)],
    )
}

/// What becomes of the customer; empty where that is not known.
fn then_text(then: &AfterFailure, directory: &Directory, words: &Catalogue) -> String {
    match then {
        AfterFailure::StillHere => words.then_here.to_owned(),
        AfterFailure::Waits => words.then_waits.to_owned(),
        AfterFailure::Returns => words.then_returns.to_owned(),
        AfterFailure::Elsewhere { place: Some(place) } => fill(
            words.then_elsewhere,
            &[("place", &called(place, directory, words))],
        ),
        AfterFailure::Elsewhere { place: None } => words.then_somewhere.to_owned(),
        AfterFailure::Unknown => String::new(),
    }
}

/// The sentence of a notice: why a transfer came to nothing, and what becomes of the customer.
pub fn failed_text(
    target: &TransferTarget,
    why: &TransferFailure,
    then: &AfterFailure,
    directory: &Directory,
    words: &Catalogue,
) -> String {
    let who = target_title(target, directory, words);
    let mut text = failure_text(why, &who, words);
    let then = then_text(then, directory, words);
    if *why != TransferFailure::CustomerHungUp && !then.is_empty() {
        text.push(' ');
        text.push_str(&then);
    }
    text
}

#[cfg(test)]
mod tests {
    use alo_phone::language::{CallId, Party};

    use super::*;
    use crate::i18n::{EN, VI};
    use crate::panel::model::samples::{call, directory};

    fn transfer(stage: TransferStage) -> Transfer {
        Transfer {
            id: 7,
            call: CallId("a".into()),
            customer: Party {
                name: None,
                number: "+84900000001".into(),
            },
            target: TransferTarget {
                kind: TargetKind::Agent,
                address: "102".into(),
                name: None,
            },
            attended: false,
            began: 1_000,
            stage,
            dismiss: None,
        }
    }

    fn shown(transfer: Transfer, state: State, words: &Catalogue) -> Vec<Followed> {
        let state = State {
            transfers: vec![transfer],
            ..state
        };
        followed(&state, &directory(), words)
    }

    fn lead(stage: TransferStage) -> String {
        let all = shown(transfer(stage), State::default(), &EN);
        all[0].lead.clone()
    }

    #[test]
    fn every_stage_has_its_sentence() {
        assert_eq!(lead(TransferStage::Trying), "Transferring to Bình Trần");
        assert_eq!(lead(TransferStage::Ringing { since: 1 }), "Bình Trần rings");
        let done = |by| lead(TransferStage::Done { by, at: 1 });
        assert_eq!(done(None), "Bình Trần answered");
        let chi = Party {
            name: None,
            number: "103".into(),
        };
        assert_eq!(done(Some(chi)), "Chi Lê answered");
        let mut waits = transfer(TransferStage::Waiting { since: 1 });
        waits.target = TransferTarget {
            kind: TargetKind::Queue,
            address: "support".into(),
            name: Some("Support".into()),
        };
        let offered = Transfer {
            stage: TransferStage::Ringing { since: 1 },
            ..waits.clone()
        };
        let waits = shown(waits, State::default(), &EN);
        assert_eq!(waits[0].lead, "The customer waits in Support");
        let offered = shown(offered, State::default(), &EN);
        assert_eq!(offered[0].lead, "An agent of Support is rung");
    }

    #[test]
    fn the_seconds_count_beside_the_sentence() {
        let ringing = transfer(TransferStage::Ringing { since: 5_000 });
        let all = shown(ringing, State::default(), &VI);
        assert_eq!(all[0].seconds(17_400, &VI).as_deref(), Some("12 giây"));
        assert!(!all[0].lead.contains("12"));
        assert_eq!(all[0].seconds(100_000, &VI).as_deref(), Some("1:35"));
    }

    #[test]
    fn while_the_call_is_here_and_nothing_answered_the_control_says_it() {
        let here = State {
            calls: vec![call("a")],
            ..State::default()
        };
        let asked = transfer(TransferStage::Asked);
        assert!(shown(asked.clone(), here.clone(), &EN).is_empty());
        assert_eq!(shown(asked, State::default(), &EN).len(), 1);
        assert_eq!(shown(transfer(TransferStage::Trying), here, &EN).len(), 1);
    }

    #[test]
    fn a_failure_is_said_once() {
        let failed = transfer(TransferStage::Failed {
            why: TransferFailure::NoAnswer,
            then: AfterFailure::Returns,
            at: 9_000,
        });
        let alone = shown(failed.clone(), State::default(), &EN);
        assert_eq!(alone[0].lead, "Bình Trần did not answer.");
        assert_eq!(alone[0].rest, "The call comes back to you.");
        let notice = Notice {
            id: 1,
            at: 9_000,
            call: None,
            trouble: Trouble::TransferFailed {
                transfer: 7,
                target: failed.target.clone(),
                why: TransferFailure::NoAnswer,
                then: AfterFailure::Returns,
            },
        };
        let state = State {
            notices: vec![notice],
            ..State::default()
        };
        assert!(shown(failed.clone(), state.clone(), &EN).is_empty());
        let another = Transfer { id: 8, ..failed };
        assert_eq!(shown(another, state, &EN).len(), 1, "it is about another");
    }

    #[test]
    fn a_notice_says_what_becomes_of_the_customer() {
        let target = transfer(TransferStage::Asked).target;
        let say = |why, then| failed_text(&target, &why, &then, &directory(), &EN);
        assert_eq!(
            say(TransferFailure::Busy, AfterFailure::StillHere),
            "Bình Trần is busy. You are back with the customer."
        );
        let place = Some(Party {
            name: Some("Sales".into()),
            number: "sales".into(),
        });
        assert_eq!(
            say(TransferFailure::Declined, AfterFailure::Elsewhere { place }),
            "Bình Trần declined. The customer waits in Sales now."
        );
        assert_eq!(
            say(TransferFailure::CustomerHungUp, AfterFailure::Unknown),
            "The customer hung up."
        );
        let refused = TransferFailure::Refused {
            status: 403,
            reason: "Forbidden".into(),
        };
        assert!(say(refused, AfterFailure::StillHere).contains("403 Forbidden"));
    }
}
