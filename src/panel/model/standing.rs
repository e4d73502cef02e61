//! Where a call stands, in words and in time.

use alo_phone::language::{Call, Millis, Phase};

use crate::i18n::Catalogue;
use crate::i18n::format::{clock, seconds_until};

/// The word for where a call stands.
pub fn phase_word(call: &Call, words: &Catalogue) -> &'static str {
    match &call.phase {
        Phase::Dialing => words.phase_dialing,
        Phase::RemoteRinging { .. } => words.phase_ringing_there,
        Phase::Ringing { .. } => words.incoming_call,
        Phase::Answering => words.phase_answering,
        Phase::Talking { .. } if call.hold.is_on() => words.phase_held,
        Phase::Talking { .. } => words.phase_talking,
        Phase::Ending => words.phase_ending,
        Phase::Ended { .. } => words.phase_ended,
    }
}

/// The time since two people were joined; `None` before and after.
pub fn talk_time(call: &Call, now: Millis) -> Option<String> {
    match call.phase {
        Phase::Talking { since } => Some(clock(now.saturating_sub(since))),
        _ => None,
    }
}

/// The time since two people were joined, else the word for where the call stands.
pub fn time_or_phase(call: &Call, now: Millis, words: &Catalogue) -> String {
    talk_time(call, now).unwrap_or_else(|| phase_word(call, words).to_owned())
}

/// Seconds left to answer, and the part of the whole span that they are, in thousandths.
pub fn left_to_answer(call: &Call, now: Millis) -> Option<(u64, u32)> {
    let Phase::Ringing {
        answer_by: Some(until),
    } = call.phase
    else {
        return None;
    };
    let span = until.saturating_sub(call.began).max(1);
    let left = until.saturating_sub(now);
    let part = u32::try_from(left.saturating_mul(1000) / span).unwrap_or(1000);
    Some((seconds_until(now, until), part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::EN;
    use crate::panel::model::samples::{call, ended, ringing};

    #[test]
    fn a_call_that_talks_shows_its_time_and_any_other_its_phase() {
        assert_eq!(time_or_phase(&call("a"), 166_000, &EN), "02:41");
        assert_eq!(time_or_phase(&ringing("a"), 166_000, &EN), "Incoming call");
        assert_eq!(time_or_phase(&ended("a"), 166_000, &EN), "Call ended");
    }

    #[test]
    fn the_seconds_left_run_out_with_the_span() {
        let mut call = ringing("a");
        assert_eq!(left_to_answer(&call, 1_000), None, "nobody said how long");
        call.phase = Phase::Ringing {
            answer_by: Some(21_000),
        };
        assert_eq!(left_to_answer(&call, 1_000), Some((20, 1000)));
        assert_eq!(left_to_answer(&call, 15_500), Some((6, 275)));
        assert_eq!(left_to_answer(&call, 30_000), Some((0, 0)));
    }
}
