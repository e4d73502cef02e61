//! Why a transfer came to nothing, in the words of the language, from status codes.

use alo_sip::status::StatusCode;

use crate::language::{Outcome, TransferFailure};
use crate::phone::text::clean;

/// What is known of a transfer when it comes to nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Circumstances {
    /// The target rang.
    pub(crate) rang: bool,
    /// The customer's call is still here.
    pub(crate) here: bool,
}

/// The word for a status code: the answer to the REFER, or the last fragment of a NOTIFY.
pub(crate) fn failure(
    status: StatusCode,
    reason: &str,
    known: Circumstances,
    longest: usize,
) -> TransferFailure {
    match status {
        StatusCode::BUSY_HERE | StatusCode::BUSY_EVERYWHERE => TransferFailure::Busy,
        StatusCode::DECLINE | StatusCode::UNWANTED => TransferFailure::Declined,
        StatusCode::NOT_FOUND
        | StatusCode::GONE
        | StatusCode::ADDRESS_INCOMPLETE
        | StatusCode::DOES_NOT_EXIST_ANYWHERE => TransferFailure::UnknownTarget,
        StatusCode::TEMPORARILY_UNAVAILABLE if known.rang || reason == "No Answer" => {
            TransferFailure::NoAnswer
        }
        StatusCode::TEMPORARILY_UNAVAILABLE => TransferFailure::Unreachable,
        // The call to the target ended before it was answered: by the customer, if he is gone.
        StatusCode::REQUEST_TERMINATED if !known.here => TransferFailure::CustomerHungUp,
        StatusCode::REQUEST_TIMEOUT | StatusCode::REQUEST_TERMINATED if known.rang => {
            TransferFailure::NoAnswer
        }
        // The dialog is gone, and the call with it.
        StatusCode::CALL_DOES_NOT_EXIST if !known.here => TransferFailure::CustomerHungUp,
        _ => TransferFailure::Refused {
            status: status.code(),
            reason: clean(reason, longest),
        },
    }
}

/// Why a customer is back, from the status that came with the call.
pub(crate) fn returned(status: Option<u16>, longest: usize) -> TransferFailure {
    let status = status.and_then(StatusCode::new);
    let status = status.unwrap_or(StatusCode::TEMPORARILY_UNAVAILABLE);
    let known = Circumstances {
        rang: true,
        here: true,
    };
    failure(status, status.reason(), known, longest)
}

/// The status that tells how a call ended which somebody asked this phone to place.
pub(crate) fn status_of(outcome: &Outcome) -> StatusCode {
    match outcome {
        Outcome::Busy => StatusCode::BUSY_HERE,
        Outcome::NoAnswer | Outcome::Unavailable | Outcome::NoMicrophone => {
            StatusCode::TEMPORARILY_UNAVAILABLE
        }
        Outcome::DeclinedThere => StatusCode::DECLINE,
        Outcome::UnknownNumber => StatusCode::NOT_FOUND,
        Outcome::MediaFailed => StatusCode::NOT_ACCEPTABLE_HERE,
        Outcome::NetworkFailed { status } | Outcome::Refused { status, .. } => {
            let refused = StatusCode::new(*status);
            refused.unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
        }
        _ => StatusCode::REQUEST_TERMINATED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(status: u16, reason: &str, rang: bool, here: bool) -> TransferFailure {
        let known = Circumstances { rang, here };
        failure(StatusCode::new(status).unwrap(), reason, known, 20)
    }

    #[test]
    fn every_status_that_has_a_word_gets_it() {
        for (status, rang, here, expected) in [
            (404, false, true, TransferFailure::UnknownTarget),
            (410, false, true, TransferFailure::UnknownTarget),
            (480, false, true, TransferFailure::Unreachable),
            (480, true, false, TransferFailure::NoAnswer),
            (481, false, false, TransferFailure::CustomerHungUp),
            (484, false, true, TransferFailure::UnknownTarget),
            (486, true, false, TransferFailure::Busy),
            (487, true, false, TransferFailure::CustomerHungUp),
            (487, true, true, TransferFailure::NoAnswer),
            (408, true, true, TransferFailure::NoAnswer),
            (600, false, false, TransferFailure::Busy),
            (603, true, false, TransferFailure::Declined),
            (604, false, true, TransferFailure::UnknownTarget),
        ] {
            assert_eq!(word(status, "", rang, here), expected, "{status}");
        }
        assert_eq!(
            word(480, "No Answer", false, false),
            TransferFailure::NoAnswer
        );
    }

    #[test]
    fn all_others_are_told_with_the_words_of_the_server_made_harmless() {
        for status in [403, 408, 481, 488, 500, 503] {
            let reason = "So\u{202e} what\r\n, and much more than that";
            let expected = TransferFailure::Refused {
                status,
                reason: "So what , and much m".into(),
            };
            assert_eq!(word(status, reason, false, true), expected);
        }
    }

    #[test]
    fn a_customer_who_is_back_has_a_reason() {
        assert_eq!(returned(Some(486), 120), TransferFailure::Busy);
        assert_eq!(returned(Some(480), 120), TransferFailure::NoAnswer);
        assert_eq!(returned(None, 120), TransferFailure::NoAnswer);
        assert_eq!(returned(Some(9), 120), TransferFailure::NoAnswer);
    }

    #[test]
    fn an_outcome_has_a_status_again() {
        assert_eq!(status_of(&Outcome::Busy), StatusCode::BUSY_HERE);
        let failed = Outcome::NetworkFailed { status: 503 };
        assert_eq!(status_of(&failed), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(
            status_of(&Outcome::Cancelled),
            StatusCode::REQUEST_TERMINATED
        );
    }
}
