//! How a call ended, in words.

use alo_api::Directory;
use alo_phone::language::{Call, Outcome};

use super::party::subject_of;
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
            | Outcome::Cancelled
            | Outcome::Declined
            | Outcome::AnsweredElsewhere { .. }
    )
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
}
