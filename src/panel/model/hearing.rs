//! The hearing line: one sentence that says who hears whom, and what its drawing shows.

use alo_api::Directory;
use alo_phone::language::{Call, CallDirection, Hearing, Phase, Sound};

use super::party::{is_place, subject_of};
use crate::i18n::{Catalogue, fill};

/// The sentence, its first part to be seen first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HearingText {
    /// What matters most.
    pub lead: String,
    /// The rest, where there is any.
    pub rest: Option<String>,
}

impl HearingText {
    /// Both parts as one text.
    pub fn whole(self) -> String {
        match self.rest {
            Some(rest) => format!("{} {rest}", self.lead),
            None => self.lead,
        }
    }
}

/// What the line between the two faces looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// They talk.
    Talking,
    /// One of them, or both, hears music.
    Music,
    /// One hears the other, but not the other way round.
    OneWay,
    /// It rings, or an announcement plays.
    Ringing,
    /// It should be heard, and is not at the moment.
    Broken,
    /// Nothing.
    None,
}

impl Link {
    /// For style sheets and tests.
    pub fn name(self) -> &'static str {
        match self {
            Link::Talking => "talking",
            Link::Music => "music",
            Link::OneWay => "one-way",
            Link::Ringing => "ringing",
            Link::Broken => "broken",
            Link::None => "none",
        }
    }
}

/// The line between the two faces.
pub fn link(hearing: Hearing) -> Link {
    match (hearing.to_remote, hearing.from_remote) {
        (Sound::Interrupted, _) | (_, Sound::Interrupted) => Link::Broken,
        (Sound::Music, _) | (_, Sound::Music) => Link::Music,
        (_, Sound::Ringback | Sound::EarlyMedia) => Link::Ringing,
        (Sound::Voice, Sound::Voice) => Link::Talking,
        (Sound::Voice, _) | (_, Sound::Voice) => Link::OneWay,
        _ => Link::None,
    }
}

/// The sentence.
pub fn hearing_text(call: &Call, directory: &Directory, words: &Catalogue) -> HearingText {
    let who = subject_of(call, directory, words);
    let place =
        call.direction == CallDirection::Outgoing && is_place(&call.remote.number, directory);
    let (lead, rest) = match (call.hearing.to_remote, call.hearing.from_remote) {
        // A hotline has answered; whether with a person, it does not say.
        (Sound::Voice, Sound::Voice) if place => (words.hear_connected, None),
        _ => keys(call, words),
    };
    let names = [("who", who.as_str())];
    HearingText {
        lead: fill(lead, &names),
        rest: rest.map(|rest| fill(rest, &names)),
    }
}

fn keys(call: &Call, words: &Catalogue) -> (&'static str, Option<&'static str>) {
    let Hearing {
        to_remote,
        from_remote,
    } = call.hearing;
    match (to_remote, from_remote) {
        (Sound::Interrupted, _) | (_, Sound::Interrupted) => (
            words.hear_interrupted_lead,
            Some(words.hear_interrupted_rest),
        ),
        (Sound::Music, Sound::Music) => (words.hear_held_lead, Some(words.hear_held_both_rest)),
        (Sound::Music, _) => (words.hear_held_lead, Some(words.hear_held_rest)),
        (_, Sound::Music) => (
            words.hear_held_by_them_lead,
            Some(words.hear_held_by_them_rest),
        ),
        (_, Sound::Ringback) => (words.hear_ringback_lead, Some(words.hear_ringback_rest)),
        (_, Sound::EarlyMedia) => (words.hear_early_lead, Some(words.hear_early_rest)),
        (Sound::Voice, Sound::Voice) => (words.hear_talking, None),
        (Sound::Muted, Sound::Muted) => (words.hear_muted_lead, Some(words.hear_muted_wait_rest)),
        (Sound::Muted, _) => (words.hear_muted_lead, Some(words.hear_muted_rest)),
        (Sound::Voice, _) => (words.hear_unheard_lead, Some(words.hear_unheard_rest)),
        (_, Sound::Voice) => (words.hear_one_way_lead, Some(words.hear_one_way_rest)),
        _ => silent_keys(&call.phase, words),
    }
}

/// Nobody hears anything: what the call is doing instead.
fn silent_keys(phase: &Phase, words: &Catalogue) -> (&'static str, Option<&'static str>) {
    match phase {
        Phase::Dialing => (words.hear_dialing_lead, Some(words.hear_dialing_rest)),
        Phase::RemoteRinging { .. } => (words.hear_ringback_lead, Some(words.hear_ringback_rest)),
        Phase::Answering => (words.hear_answering_lead, Some(words.hear_answering_rest)),
        _ => (words.hear_nothing_lead, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::{EN, VI};
    use crate::panel::model::samples::{call, directory};

    fn say(to_remote: Sound, from_remote: Sound, words: &Catalogue) -> String {
        let mut call = call("a");
        call.hearing = Hearing {
            to_remote,
            from_remote,
        };
        hearing_text(&call, &directory(), words).whole()
    }

    #[test]
    fn the_sentence_is_true_for_every_pair_of_sounds() {
        use Sound::{Interrupted, Music, Muted, Nothing, Ringback, Voice};
        assert_eq!(say(Voice, Voice, &EN), "You and Lan Phạm are talking.");
        assert_eq!(
            say(Music, Nothing, &EN),
            "Lan Phạm hears music. Lan Phạm does not hear you."
        );
        assert_eq!(
            say(Muted, Voice, &EN),
            "You are muted. Lan Phạm does not hear you."
        );
        assert!(say(Nothing, Music, &EN).starts_with("Lan Phạm put you on hold."));
        assert!(say(Nothing, Ringback, &EN).contains("Nobody hears you yet"));
        assert!(say(Voice, Interrupted, &EN).contains("interrupted"));
        assert!(say(Music, Nothing, &VI).contains("nhạc chờ"));
    }

    #[test]
    fn who_calls_a_hotline_is_connected_and_not_said_to_talk_to_somebody() {
        let mut call = call("a");
        call.direction = CallDirection::Outgoing;
        call.remote.name = None;
        call.remote.number = "+842873001001".into();
        call.hearing = Hearing {
            to_remote: Sound::Voice,
            from_remote: Sound::Voice,
        };
        let text = hearing_text(&call, &directory(), &EN);
        assert_eq!(text.lead, "You are connected to Sales.");
        call.direction = CallDirection::Incoming;
        let text = hearing_text(&call, &directory(), &EN);
        assert_eq!(text.lead, "You and Sales are talking.");
    }

    #[test]
    fn a_caller_without_a_name_begins_the_sentence_with_a_capital() {
        let mut call = call("a");
        call.remote.name = None;
        call.hearing = Hearing {
            to_remote: Sound::Music,
            from_remote: Sound::Nothing,
        };
        let text = hearing_text(&call, &directory(), &EN);
        assert_eq!(text.lead, "The customer hears music.");
    }

    #[test]
    fn the_line_is_solid_only_when_both_are_heard() {
        let of = |to_remote, from_remote| {
            link(Hearing {
                to_remote,
                from_remote,
            })
        };
        assert_eq!(of(Sound::Voice, Sound::Voice), Link::Talking);
        assert_eq!(of(Sound::Muted, Sound::Voice), Link::OneWay);
        assert_eq!(of(Sound::Music, Sound::Nothing), Link::Music);
        assert_eq!(of(Sound::Voice, Sound::Interrupted), Link::Broken);
        assert_eq!(of(Sound::Nothing, Sound::Nothing), Link::None);
    }
}
