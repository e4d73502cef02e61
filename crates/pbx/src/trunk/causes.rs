//! Why the phone network does not connect a call, in words that an agent understands.
//!
//! A gateway says it twice: by a SIP status, and by the cause of the network behind it (ITU-T Q.850, in a
//! `Reason` header field: RFC 3326, RFC 6432), which is the more exact one where it is there. RFC 3398
//! section 8.2.6.1 says how the two are related.

use alo_sip::header::Reason;

/// Protocol name of the causes of the network in `Reason`.
const Q850: &str = "Q.850";

/// What the agent is told when the network refuses a call with this status, and these reasons.
#[must_use]
pub fn explain(status: u16, reasons: &[Reason]) -> &'static str {
    let causes = reasons.iter().filter(|reason| is_q850(reason));
    let said = causes.filter_map(|reason| of_cause(reason.cause?)).next();
    said.unwrap_or_else(|| of_status(status))
}

/// The reason to pass on, unchanged: that of the network, where it gave one.
#[must_use]
pub fn network_reason(reasons: &[Reason]) -> Option<&Reason> {
    reasons.iter().find(|reason| is_q850(reason))
}

fn is_q850(reason: &Reason) -> bool {
    reason.protocol.eq_ignore_ascii_case(Q850)
}

/// Causes of Q.850 that say more than the status.
fn of_cause(cause: u16) -> Option<&'static str> {
    Some(match cause {
        1 => "This number does not exist",
        2 | 3 => "The phone network has no way to this number",
        17 => "Busy",
        18 | 19 => "Nobody answered",
        20 => "The phone is switched off or out of reach",
        21 => "The call was declined",
        22 => "This number has changed",
        27 => "The phone is out of order",
        28 => "This is not a whole number",
        34 | 42 | 47 => "The phone network is overloaded",
        38 | 41 => "The phone network has a fault",
        _ => return None,
    })
}

/// By the status alone.
fn of_status(status: u16) -> &'static str {
    match status {
        404 | 604 => "This number does not exist",
        410 => "This number has changed",
        408 | 480 | 487 => "Nobody answered",
        484 => "This is not a whole number",
        486 | 600 => "Busy",
        603 | 607 | 608 => "The call was declined",
        401 | 403 | 407 => "The phone network does not allow this call",
        488 | 606 => "The phone network has no audio codec in common",
        503 => "The phone network is overloaded",
        500..=599 => "The phone network has a fault",
        _ => "The phone network refused the call",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn q850(cause: u16) -> Reason {
        Reason {
            protocol: "q.850".into(),
            cause: Some(cause),
            text: None,
        }
    }

    #[test]
    fn the_cause_of_the_network_says_more_than_the_status() {
        assert_eq!(explain(480, &[]), "Nobody answered");
        let off = [Reason::sip(alo_sip::status::StatusCode::OK, "x"), q850(20)];
        assert_eq!(
            explain(480, &off),
            "The phone is switched off or out of reach"
        );
        assert_eq!(explain(404, &[q850(16)]), "This number does not exist");
        assert_eq!(explain(500, &[q850(34)]), "The phone network is overloaded");
        assert_eq!(explain(502, &[]), "The phone network has a fault");
    }

    #[test]
    fn only_the_cause_of_the_network_is_passed_on() {
        let sip = Reason::sip(alo_sip::status::StatusCode::DECLINE, "Declined");
        assert_eq!(network_reason(std::slice::from_ref(&sip)), None);
        let reasons = [sip, q850(17)];
        assert_eq!(network_reason(&reasons), Some(&q850(17)));
    }
}
