//! What went wrong, in words: what happened, and what is being done or to be done.

use alo_api::Directory;
use alo_phone::language::{ChangeKind, Outcome, Party, Trouble};

use super::following::failed_text;
use super::party::called;
use crate::i18n::{Catalogue, fill};

/// The sentence of a notice, with the names that the directory has.
pub fn notice_text(trouble: &Trouble, directory: &Directory, words: &Catalogue) -> String {
    match trouble {
        Trouble::TransferFailed {
            target, why, then, ..
        } => failed_text(target, why, then, directory, words),
        Trouble::ConsultationEnded {
            party,
            outcome,
            back,
        } => {
            let then = if *back {
                words.then_here
            } else {
                words.then_waits
            };
            let text = gone_text(party, outcome, directory, words);
            format!("{text} {then}")
        }
        Trouble::CustomerHungUp { with, answered, .. } => {
            let text = if *answered {
                words.trouble_customer_gone
            } else {
                words.trouble_customer_gone_early
            };
            fill(text, &[("who", &called(with, directory, words))])
        }
        Trouble::SentElsewhere { by, to } => {
            let (by, to) = (called(by, directory, words), called(to, directory, words));
            fill(words.trouble_sent_elsewhere, &[("who", &by), ("to", &to)])
        }
        other => trouble_text(other, words),
    }
}

/// That whoever was asked is gone, and why.
fn gone_text(party: &Party, outcome: &Outcome, directory: &Directory, words: &Catalogue) -> String {
    let text = match outcome {
        Outcome::Busy => words.fail_busy,
        Outcome::NoAnswer => words.fail_no_answer,
        Outcome::DeclinedThere => words.fail_declined,
        Outcome::UnknownNumber => words.fail_unknown,
        Outcome::HungUpThere => words.ended_hung_up_there,
        Outcome::HungUpHere | Outcome::Cancelled => words.trouble_asked_over,
        _ => words.fail_unreachable,
    };
    fill(text, &[("who", &called(party, directory, words))])
}

/// The sentence for what is the matter with the phone, or with one of its calls.
pub fn trouble_text(trouble: &Trouble, words: &Catalogue) -> String {
    match trouble {
        Trouble::WrongPassword => words.trouble_wrong_password.to_owned(),
        Trouble::NotAllowed { status, reason } => {
            with_status(words.trouble_not_allowed, *status, reason)
        }
        Trouble::ServerDown => words.trouble_server_down.to_owned(),
        Trouble::RegistrationFailed { status, reason } => {
            with_status(words.trouble_registration_failed, *status, reason)
        }
        Trouble::MicrophoneDenied => words.trouble_microphone_denied.to_owned(),
        Trouble::MicrophoneMissing => words.trouble_microphone_missing.to_owned(),
        Trouble::MicrophoneBroken => words.trouble_microphone_broken.to_owned(),
        Trouble::SoundBlocked => words.trouble_sound_blocked.to_owned(),
        Trouble::Replaced => words.trouble_replaced.to_owned(),
        Trouble::ChangeRefused { what, status } => {
            let text = match what {
                ChangeKind::Hold => words.trouble_hold_refused,
                ChangeKind::Resume => words.trouble_resume_refused,
                ChangeKind::Video => words.trouble_video_refused,
                ChangeKind::IceRestart => words.trouble_path_refused,
                ChangeKind::Merge => words.trouble_merge_refused,
            };
            with_status(text, *status, "")
        }
        Trouble::WorkingRefused { status, reason, .. } => {
            with_status(words.trouble_working_refused, *status, reason)
        }
        Trouble::TransferFailed { .. }
        | Trouble::ConsultationEnded { .. }
        | Trouble::CustomerHungUp { .. }
        | Trouble::SentElsewhere { .. } => notice_text(trouble, &Directory::default(), words),
        Trouble::DigitsNotSent => words.trouble_digits.to_owned(),
        Trouble::MediaFailed { detail } => fill(words.trouble_media, &[("detail", detail)]),
    }
}

/// The sentence for somebody who calls from a web page, and has no phone that could be reached.
pub fn customer_text(trouble: &Trouble, words: &Catalogue) -> String {
    match trouble {
        Trouble::ServerDown => words.customer_server_down.to_owned(),
        Trouble::SoundBlocked => words.customer_sound_blocked.to_owned(),
        other => trouble_text(other, words),
    }
}

fn with_status(text: &str, status: u16, reason: &str) -> String {
    fill(text, &[("status", &status.to_string()), ("reason", reason)])
}

/// The few words that the reachability light names.
pub fn why_text(trouble: &Trouble, words: &Catalogue) -> String {
    match trouble {
        Trouble::WrongPassword => words.why_wrong_password.to_owned(),
        Trouble::NotAllowed { .. } => words.why_not_allowed.to_owned(),
        Trouble::ServerDown => words.why_server_down.to_owned(),
        Trouble::RegistrationFailed { status, .. } => {
            with_status(words.why_registration_failed, *status, "")
        }
        Trouble::MicrophoneDenied => words.why_microphone_denied.to_owned(),
        Trouble::MicrophoneMissing => words.why_microphone_missing.to_owned(),
        Trouble::MicrophoneBroken => words.why_microphone_broken.to_owned(),
        Trouble::SoundBlocked => words.why_sound_blocked.to_owned(),
        Trouble::Replaced => words.why_replaced.to_owned(),
        Trouble::ChangeRefused { .. }
        | Trouble::WorkingRefused { .. }
        | Trouble::TransferFailed { .. }
        | Trouble::ConsultationEnded { .. }
        | Trouble::CustomerHungUp { .. }
        | Trouble::SentElsewhere { .. }
        | Trouble::DigitsNotSent
        | Trouble::MediaFailed { .. } => words.why_other.to_owned(),
    }
}

/// Whether signing in with other words is what helps.
pub fn is_about_credentials(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::WrongPassword | Trouble::NotAllowed { .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::EN;

    #[test]
    fn a_refused_hold_says_that_the_call_goes_on() {
        let refused = Trouble::ChangeRefused {
            what: ChangeKind::Hold,
            status: 488,
        };
        let text = trouble_text(&refused, &EN);
        assert!(text.contains("488") && text.contains("goes on"), "{text}");
    }

    #[test]
    fn whoever_was_asked_and_is_gone_leaves_the_customer() {
        let directory = crate::panel::model::samples::directory();
        let say = |trouble: Trouble| notice_text(&trouble, &directory, &EN);
        let bình = || Party {
            name: None,
            number: "102".into(),
        };
        let ended = |outcome| Trouble::ConsultationEnded {
            party: bình(),
            outcome,
            back: true,
        };
        assert_eq!(
            say(ended(Outcome::NoAnswer)),
            "Bình Trần did not answer. You are back with the customer."
        );
        assert_eq!(
            say(ended(Outcome::HungUpThere)),
            "Bình Trần hung up. You are back with the customer."
        );
        let elsewhere = Trouble::ConsultationEnded {
            party: bình(),
            outcome: Outcome::Busy,
            back: false,
        };
        assert_eq!(
            say(elsewhere),
            "Bình Trần is busy. The customer is still on hold."
        );
        let gone = |answered| Trouble::CustomerHungUp {
            customer: Party::default(),
            with: bình(),
            answered,
        };
        assert_eq!(
            say(gone(false)),
            "The customer hung up. Bình Trần is still being called."
        );
        assert_eq!(
            say(gone(true)),
            "The customer hung up. You are still connected to Bình Trần."
        );
        let sent = Trouble::SentElsewhere {
            by: bình(),
            to: Party {
                name: None,
                number: "+84900000001".into(),
            },
        };
        assert_eq!(
            say(sent),
            "Bình Trần sends you on: you are being connected to +84 90 000 0001."
        );
        let merge = Trouble::ChangeRefused {
            what: ChangeKind::Merge,
            status: 488,
        };
        assert!(say(merge).contains("could not be joined (488)"));
    }

    #[test]
    fn no_place_is_left_open() {
        let all = [
            Trouble::NotAllowed {
                status: 403,
                reason: "Forbidden".into(),
            },
            Trouble::RegistrationFailed {
                status: 503,
                reason: "Busy".into(),
            },
            Trouble::MediaFailed {
                detail: "no codec".into(),
            },
        ];
        for trouble in &all {
            assert!(!trouble_text(trouble, &EN).contains('{'), "{trouble:?}");
            assert!(!why_text(trouble, &EN).contains('{'), "{trouble:?}");
        }
    }
}
