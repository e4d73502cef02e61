//! What went wrong, in words: what happened, and what is being done or to be done.

use alo_phone::language::{ChangeKind, Trouble};

use crate::i18n::{Catalogue, fill};

/// The sentence of a notice.
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
            };
            with_status(text, *status, "")
        }
        Trouble::WorkingRefused { status, reason, .. } => {
            with_status(words.trouble_working_refused, *status, reason)
        }
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
