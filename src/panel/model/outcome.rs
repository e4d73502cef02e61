//! How a call ended, in words: a sentence for the moment, a few words for the history.

use alo_api::Directory;
use alo_phone::language::{Call, CallDirection, Outcome};

use super::history::{Entry, Standing};
use super::party::{subject_of, target_title};
use crate::i18n::{Catalogue, fill};

/// Why the call is over, and what can be done about it.
pub fn outcome_text(
    call: &Call,
    outcome: &Outcome,
    directory: &Directory,
    words: &Catalogue,
) -> String {
    let who = subject_of(call, directory, words);
    let place = [("who", who.as_str())];
    match outcome {
        Outcome::HungUpHere => words.ended_hung_up_here.to_owned(),
        Outcome::HungUpThere => fill(words.ended_hung_up_there, &place),
        Outcome::Transferred { target } => fill(
            words.ended_transferred,
            &[("target", &target_title(target, directory, words))],
        ),
        Outcome::Merged => words.ended_merged.to_owned(),
        Outcome::Cancelled => words.ended_cancelled.to_owned(),
        Outcome::Declined => words.ended_declined.to_owned(),
        Outcome::Missed => fill(words.ended_missed, &place),
        Outcome::AnsweredElsewhere { by: None } => words.ended_elsewhere.to_owned(),
        Outcome::AnsweredElsewhere { by: Some(by) } => {
            fill(words.ended_elsewhere_by, &[("by", by)])
        }
        Outcome::Busy => fill(words.ended_busy, &place),
        Outcome::NoAnswer => fill(words.ended_no_answer, &place),
        Outcome::DeclinedThere => fill(words.ended_declined_there, &place),
        Outcome::UnknownNumber => fill(
            words.ended_unknown_number,
            &[("number", &call.remote.number)],
        ),
        Outcome::Unavailable => fill(words.ended_unavailable, &place),
        Outcome::NetworkFailed { status } => fill(
            words.ended_network_failed,
            &[("status", &status.to_string())],
        ),
        Outcome::Refused { status, reason } => fill(
            words.ended_refused,
            &[("status", &status.to_string()), ("reason", reason)],
        ),
        Outcome::MediaFailed => words.ended_media_failed.to_owned(),
        Outcome::NoMicrophone => words.ended_no_microphone.to_owned(),
    }
}

/// Whether the call did not come about, so that the reason is an `alert`.
pub fn is_trouble(outcome: &Outcome) -> bool {
    !matches!(
        outcome,
        Outcome::HungUpHere
            | Outcome::HungUpThere
            | Outcome::Transferred { .. }
            | Outcome::Merged
            | Outcome::Cancelled
            | Outcome::Declined
            | Outcome::AnsweredElsewhere { .. }
    )
}

/// How a call of the history ended, or that it has not.
pub fn short_outcome(entry: &Entry, directory: &Directory, words: &Catalogue) -> String {
    let incoming = entry.direction == CallDirection::Incoming;
    let (outcome, talked) = match &entry.standing {
        Standing::Rings if incoming => return words.phase_ringing_there.to_owned(),
        Standing::Rings => return words.phase_dialing.to_owned(),
        Standing::Joined { .. } => return words.history_in_progress.to_owned(),
        Standing::CutOff => return words.history_cut_off.to_owned(),
        Standing::Over {
            outcome, talked, ..
        } => (outcome, talked),
    };
    let word = match outcome {
        Outcome::Transferred { target } => {
            let target = target_title(target, directory, words);
            return fill(words.history_transferred, &[("target", &target)]);
        }
        Outcome::Merged => words.history_merged,
        _ if talked.is_some() => words.history_answered,
        Outcome::AnsweredElsewhere { by: Some(by) } => {
            return fill(words.history_elsewhere_by, &[("by", by)]);
        }
        Outcome::AnsweredElsewhere { by: None } => words.history_elsewhere,
        Outcome::Declined => words.history_declined,
        Outcome::Busy => words.history_busy,
        Outcome::NoAnswer => words.history_no_answer,
        Outcome::DeclinedThere => words.history_declined_there,
        Outcome::UnknownNumber => words.history_unknown_number,
        Outcome::Unavailable => words.history_unavailable,
        Outcome::NetworkFailed { status } => return failed(*status, "", words),
        Outcome::Refused { status, reason } => return failed(*status, reason, words),
        Outcome::MediaFailed => words.history_media_failed,
        Outcome::NoMicrophone => words.history_no_microphone,
        Outcome::Missed | Outcome::HungUpThere if incoming => words.history_missed,
        Outcome::Missed | Outcome::HungUpThere => words.history_no_answer,
        Outcome::Cancelled | Outcome::HungUpHere => words.history_cancelled,
    };
    word.to_owned()
}

fn failed(status: u16, reason: &str, words: &Catalogue) -> String {
    let places = [("status", &*status.to_string()), ("reason", reason)];
    fill(words.history_refused, &places).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::EN;
    use crate::panel::model::samples::{call, directory};

    #[test]
    fn every_refusal_has_a_reason_of_its_own() {
        let call = call("a");
        let refused = Outcome::Refused {
            status: 403,
            reason: "Forbidden".into(),
        };
        let all = [
            Outcome::Missed,
            Outcome::Busy,
            Outcome::NoAnswer,
            Outcome::DeclinedThere,
            Outcome::UnknownNumber,
            Outcome::Unavailable,
            refused,
            Outcome::NetworkFailed { status: 503 },
            Outcome::MediaFailed,
            Outcome::NoMicrophone,
        ];
        let mut texts: Vec<String> = all
            .iter()
            .map(|outcome| outcome_text(&call, outcome, &directory(), &EN))
            .collect();
        assert!(all.iter().all(is_trouble));
        assert!(texts[6].contains("403 Forbidden"));
        assert!(texts.iter().all(|text| !text.contains('{')), "{texts:?}");
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), all.len());
    }

    #[test]
    fn a_call_taken_by_somebody_else_is_no_trouble() {
        let by = Outcome::AnsweredElsewhere {
            by: Some("Chi Lê".into()),
        };
        assert!(!is_trouble(&by));
        assert_eq!(
            outcome_text(&call("a"), &by, &directory(), &EN),
            "Answered by Chi Lê."
        );
    }

    #[test]
    fn the_history_says_how_every_call_ended() {
        let mut entry = Entry {
            call: alo_phone::language::CallId("a".into()),
            direction: CallDirection::Incoming,
            remote: alo_phone::language::Party::default(),
            queue: None,
            hotline: None,
            began: 1_000,
            waited_before: None,
            standing: Standing::Rings,
        };
        let mut over = |outcome, talked| {
            entry.standing = Standing::Over {
                outcome,
                rang: 1_000,
                talked,
            };
            short_outcome(&entry, &directory(), &EN)
        };
        let by = Outcome::AnsweredElsewhere {
            by: Some("Chi Lê".into()),
        };
        assert_eq!(over(by, None), "Answered by Chi Lê");
        let target = alo_phone::language::TransferTarget {
            kind: alo_phone::language::TargetKind::Agent,
            address: "102".into(),
            name: None,
        };
        let sent = over(Outcome::Transferred { target }, Some(1));
        assert_eq!(sent, "Transferred to Bình Trần");
        assert_eq!(over(Outcome::Merged, Some(1)), "Merged");
        assert_eq!(over(Outcome::HungUpThere, Some(1)), "Answered");
        assert_eq!(over(Outcome::Missed, None), "Missed");
        assert_eq!(
            over(Outcome::NetworkFailed { status: 503 }, None),
            "Failed: 503"
        );
        let refused = Outcome::Refused {
            status: 403,
            reason: "Forbidden".into(),
        };
        assert_eq!(over(refused, None), "Failed: 403 Forbidden");
        entry.standing = Standing::CutOff;
        let text = short_outcome(&entry, &directory(), &EN);
        assert_eq!(text, "No end on record");
    }
}
