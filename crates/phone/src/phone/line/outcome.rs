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
    let (held, joins) = (line.hold.wanted(), line.word.joins());
    if let Some(outcome) = line.bound.outcome(&by, reason, held, joins) {
        return outcome;
    }
    match (line.about.direction, by) {
        (_, EndedBy::Local) => Outcome::HungUpHere,
        // Somebody else's answer was faster than the one from here, and crossed it on the wire.
        (CallDirection::Incoming, EndedBy::Remote)
            if reason.is_some_and(Reason::is_completed_elsewhere) =>
        {
            Outcome::AnsweredElsewhere {
                by: reason.and_then(|reason| answerer(reason, longest)),
            }
        }
        (_, EndedBy::Remote) => Outcome::HungUpThere,
        (
            CallDirection::Outgoing,
            EndedBy::Refused {
                status,
                reason: phrase,
                response,
            },
        ) => {
            let reasons = response.headers().reasons();
            refusal(status, has_rung(line), &reasons).unwrap_or_else(|| Outcome::Refused {
                status: status.code(),
                reason: clean(&phrase, longest),
            })
        }
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
            Some(reason) if reason.is_completed_elsewhere() || is_non_selected(reason) => {
                Outcome::AnsweredElsewhere {
                    by: answerer(reason, longest),
                }
            }
            _ => Outcome::Missed,
        },
    }
}

/// Who has the call, where the server says so in the text of its Reason: `Answered by NAME`.
fn answerer(reason: &Reason, longest: usize) -> Option<String> {
    let name = reason.text.as_deref()?.strip_prefix("Answered by ")?;
    Some(clean(name, longest)).filter(|name| !name.is_empty())
}

/// Q.850 cause 26, non-selected user clearing: what some PBXs say to the phones of a group that did not
/// get the call.
fn is_non_selected(reason: &Reason) -> bool {
    reason.protocol.eq_ignore_ascii_case("Q.850") && reason.cause == Some(26)
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
fn refusal(status: StatusCode, rang: bool, reasons: &[Reason]) -> Option<Outcome> {
    reasons
        .iter()
        .filter(|reason| reason.protocol.eq_ignore_ascii_case("Q.850"))
        .filter_map(|reason| reason.cause)
        .find_map(|cause| network_cause(cause, status))
        .or_else(|| refusal_status(status, rang))
}

/// Causes of ITU-T Q.850 as RFC 3398, section 7.2.4.1 and RFC 4497, section 8.4.4 carry them. 16 and 31
/// (normal clearing, unspecified) say nothing that the status does not say better.
fn network_cause(cause: u16, status: StatusCode) -> Option<Outcome> {
    Some(match cause {
        17 => Outcome::Busy,
        18 | 19 => Outcome::NoAnswer,
        // Unallocated, changed, and incomplete or badly written numbers.
        1 | 22 | 28 => Outcome::UnknownNumber,
        21 => Outcome::DeclinedThere,
        // Subscriber absent, destination out of order.
        20 | 27 => Outcome::Unavailable,
        // No circuit, network out of order, temporary failure, congestion, no resources.
        34 | 38 | 41 | 42 | 47 => Outcome::NetworkFailed {
            status: status.code(),
        },
        _ => return None,
    })
}

fn refusal_status(status: StatusCode, rang: bool) -> Option<Outcome> {
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
        StatusCode::NOT_ACCEPTABLE_HERE | StatusCode::NOT_ACCEPTABLE_ANYWHERE => {
            Some(Outcome::MediaFailed)
        }
        StatusCode::SERVER_INTERNAL_ERROR
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::SERVER_TIMEOUT => Some(Outcome::NetworkFailed {
            status: status.code(),
        }),
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
        let word = |status: u16, rang| refusal(StatusCode::new(status).unwrap(), rang, &[]);
        let failed = |status| Outcome::NetworkFailed { status };
        for (status, rang, outcome) in [
            (404, false, Outcome::UnknownNumber),
            (408, false, Outcome::NoAnswer),
            (410, false, Outcome::UnknownNumber),
            (480, true, Outcome::NoAnswer),
            (480, false, Outcome::Unavailable),
            (484, false, Outcome::UnknownNumber),
            (486, false, Outcome::Busy),
            (487, true, Outcome::NoAnswer),
            (488, false, Outcome::MediaFailed),
            (500, false, failed(500)),
            (502, false, failed(502)),
            (503, true, failed(503)),
            (504, false, failed(504)),
            (600, true, Outcome::Busy),
            (603, true, Outcome::DeclinedThere),
            (604, false, Outcome::UnknownNumber),
            (606, false, Outcome::MediaFailed),
        ] {
            assert_eq!(word(status, rang), Some(outcome), "{status}");
        }
        assert_eq!(word(403, false), None);
    }

    #[test]
    fn the_cause_of_the_telephone_network_goes_first() {
        let failed = || Outcome::NetworkFailed { status: 503 };
        for (cause, outcome) in [
            (1, Outcome::UnknownNumber),
            (16, failed()),
            (17, Outcome::Busy),
            (18, Outcome::NoAnswer),
            (19, Outcome::NoAnswer),
            (20, Outcome::Unavailable),
            (21, Outcome::DeclinedThere),
            (22, Outcome::UnknownNumber),
            (27, Outcome::Unavailable),
            (28, Outcome::UnknownNumber),
            (34, failed()),
            (38, failed()),
            (41, failed()),
            (42, failed()),
        ] {
            let word = refusal(StatusCode::SERVICE_UNAVAILABLE, false, &[q850(cause)]);
            assert_eq!(word, Some(outcome), "cause {cause}");
        }
        let normal = refusal(StatusCode::BUSY_HERE, false, &[q850(16)]);
        assert_eq!(normal, Some(Outcome::Busy));
        let congested = refusal(StatusCode::NOT_FOUND, false, &[q850(42)]);
        assert_eq!(congested, Some(Outcome::NetworkFailed { status: 404 }));
    }
}
