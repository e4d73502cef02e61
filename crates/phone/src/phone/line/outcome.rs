//! How a call ended, in the words of the language, from status codes and Reason (RFC 3326).

use alo_sip::header::Reason;
use alo_sip::status::StatusCode;
use alo_sip::ua::EndedBy;

use super::record::{Line, Progress, Stage};
use crate::language::{CallDirection, Outcome};
use crate::phone::text::clean;

/// The outcome of a call that the wire ended.
pub(super) fn outcome(
    line: &Line,
    by: EndedBy,
    reason: Option<&Reason>,
    longest: usize,
) -> Outcome {
    match (line.about.direction, by) {
        (_, EndedBy::Local) => Outcome::HungUpHere,
        (_, EndedBy::Remote) => Outcome::HungUpThere,
        (
            CallDirection::Outgoing,
            EndedBy::Refused {
                status,
                reason: phrase,
                ..
            },
        ) => refusal(status, has_rung(line), reason).unwrap_or_else(|| Outcome::Refused {
            status: status.code(),
            reason: clean(&phrase, longest),
        }),
        (CallDirection::Outgoing, EndedBy::Timeout | EndedBy::Cancelled) => {
            if has_rung(line) {
                Outcome::NoAnswer
            } else {
                // Not even the server answered.
                Outcome::Refused {
                    status: StatusCode::REQUEST_TIMEOUT.code(),
                    reason: StatusCode::REQUEST_TIMEOUT.reason().into(),
                }
            }
        }
        (CallDirection::Incoming, EndedBy::Timeout) if line.is_joined() => Outcome::HungUpThere,
        (CallDirection::Incoming, _) => match reason {
            Some(reason) if reason.is_completed_elsewhere() => Outcome::AnsweredElsewhere {
                by: answerer(reason, longest),
            },
            _ => Outcome::Missed,
        },
    }
}

/// Who has the call, where the server says so in the text of its Reason: `Answered by NAME`.
fn answerer(reason: &Reason, longest: usize) -> Option<String> {
    let name = reason.text.as_deref()?.strip_prefix("Answered by ")?;
    Some(clean(name, longest)).filter(|name| !name.is_empty())
}

/// Whether an outgoing call rang there.
fn has_rung(line: &Line) -> bool {
    matches!(
        line.stage,
        Stage::Inviting(Progress::Ringing | Progress::EarlyMedia { .. })
    )
}

/// A refusal of our INVITE that a person has a word for. The telephone network's own cause
/// (Q.850) says more than the SIP status that a gateway made of it (RFC 3398, section 7.2.4.1).
fn refusal(status: StatusCode, rang: bool, reason: Option<&Reason>) -> Option<Outcome> {
    let cause = reason
        .filter(|reason| reason.protocol.eq_ignore_ascii_case("Q.850"))
        .and_then(|reason| reason.cause);
    match cause {
        Some(17) => return Some(Outcome::Busy),
        Some(18 | 19) => return Some(Outcome::NoAnswer),
        Some(1 | 28) => return Some(Outcome::UnknownNumber),
        Some(21) => return Some(Outcome::DeclinedThere),
        Some(20 | 27) => return Some(Outcome::Unavailable),
        _ => {}
    }
    match status {
        StatusCode::BUSY_HERE | StatusCode::BUSY_EVERYWHERE => Some(Outcome::Busy),
        StatusCode::DECLINE | StatusCode::UNWANTED => Some(Outcome::DeclinedThere),
        StatusCode::NOT_FOUND
        | StatusCode::GONE
        | StatusCode::ADDRESS_INCOMPLETE
        | StatusCode::DOES_NOT_EXIST_ANYWHERE => Some(Outcome::UnknownNumber),
        StatusCode::REQUEST_TIMEOUT | StatusCode::REQUEST_TERMINATED => Some(Outcome::NoAnswer),
        StatusCode::TEMPORARILY_UNAVAILABLE if rang => Some(Outcome::NoAnswer),
        StatusCode::TEMPORARILY_UNAVAILABLE => Some(Outcome::Unavailable),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn q850(cause: u16) -> Reason {
        Reason {
            protocol: "Q.850".into(),
            cause: Some(cause),
            text: None,
        }
    }

    #[test]
    fn the_server_may_say_who_has_the_call() {
        let elsewhere = |text: &str| Reason {
            text: Some(text.into()),
            ..Reason::completed_elsewhere()
        };
        let by = |text| answerer(&elsewhere(text), 120);
        assert_eq!(by("Answered by Bình Trần").as_deref(), Some("Bình Trần"));
        assert_eq!(by("Answered by \u{202e}"), None);
        assert_eq!(by("Call completed elsewhere"), None);
    }

    #[test]
    fn every_refusal_that_has_a_word_gets_it() {
        let word = |status: u16, rang| refusal(StatusCode::new(status).unwrap(), rang, None);
        assert_eq!(word(486, false), Some(Outcome::Busy));
        assert_eq!(word(600, true), Some(Outcome::Busy));
        assert_eq!(word(603, true), Some(Outcome::DeclinedThere));
        assert_eq!(word(404, false), Some(Outcome::UnknownNumber));
        assert_eq!(word(408, false), Some(Outcome::NoAnswer));
        assert_eq!(word(480, true), Some(Outcome::NoAnswer));
        assert_eq!(word(480, false), Some(Outcome::Unavailable));
        assert_eq!(word(403, false), None);
    }

    #[test]
    fn the_cause_of_the_telephone_network_goes_first() {
        let busy = refusal(StatusCode::SERVICE_UNAVAILABLE, false, Some(&q850(17)));
        assert_eq!(busy, Some(Outcome::Busy));
        let normal = refusal(StatusCode::BUSY_HERE, false, Some(&q850(16)));
        assert_eq!(normal, Some(Outcome::Busy));
    }
}
