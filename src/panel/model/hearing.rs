//! The hearing line: one sentence that says who hears whom, and what its drawing shows.

use alo_api::Directory;
use alo_phone::language::{Call, CallDirection, Hearing, Introduced, Phase, Sound};

use super::party::{called, customer, is_place, subject_of};
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
    match (one(hearing.to_remote), one(hearing.from_remote)) {
        (Sound::Interrupted, _) | (_, Sound::Interrupted) => Link::Broken,
        (Sound::Music, _) | (_, Sound::Music) => Link::Music,
        (_, Sound::Ringback | Sound::EarlyMedia | Sound::Announcement) => Link::Ringing,
        (Sound::Voice, Sound::Voice) => Link::Talking,
        (Sound::Voice, _) | (_, Sound::Voice) => Link::OneWay,
        _ => Link::None,
    }
}

/// The voices of several people are drawn and said as one.
pub(super) fn one(sound: Sound) -> Sound {
    match sound {
        Sound::Everybody => Sound::Voice,
        other => other,
    }
}

/// The sentence.
pub fn hearing_text(call: &Call, directory: &Directory, words: &Catalogue) -> HearingText {
    if let Some(text) = everybody_text(call, directory, words) {
        return text;
    }
    if let Some(text) = waiting_text(call, directory, words) {
        return text;
    }
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
    match (one(to_remote), one(from_remote)) {
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
        (_, Sound::Announcement) => (words.hear_early_lead, Some(words.hear_unheard_now)),
        (Sound::Voice, Sound::Voice) => (words.hear_talking, None),
        (Sound::Muted, Sound::Muted) => (words.hear_muted_lead, Some(words.hear_muted_wait_rest)),
        (Sound::Muted, _) => (words.hear_muted_lead, Some(words.hear_muted_rest)),
        (Sound::Voice, _) => (words.hear_unheard_lead, Some(words.hear_unheard_rest)),
        (_, Sound::Voice) => (words.hear_one_way_lead, Some(words.hear_one_way_rest)),
        _ => silent_keys(&call.phase, words),
    }
}

/// Of more than two who hear each other; `None` where there are two, or something is the matter.
fn everybody_text(call: &Call, directory: &Directory, words: &Catalogue) -> Option<HearingText> {
    let last = called(call.others.last()?, directory, words);
    let mut most = customer(&call.remote, directory, words);
    for party in &call.others[..call.others.len() - 1] {
        most.push_str(", ");
        most.push_str(&called(party, directory, words));
    }
    let names = [("most", most.as_str()), ("last", last.as_str())];
    let (lead, rest) = match (one(call.hearing.to_remote), one(call.hearing.from_remote)) {
        (Sound::Voice, Sound::Voice) => (words.hear_all, None),
        (Sound::Muted, Sound::Voice) => (words.hear_muted_lead, Some(words.hear_all_muted_rest)),
        (Sound::Music | Sound::Nothing, Sound::Nothing) if call.hold.is_on() => {
            (words.hear_all_away_lead, Some(words.hear_all_away_rest))
        }
        _ => return None,
    };
    Some(HearingText {
        lead: fill(lead, &names),
        rest: rest.map(|rest| fill(rest, &names)),
    })
}

/// What is waited for while the server plays music; `None` where it plays none, or the far end itself
/// holds.
fn waiting_text(call: &Call, directory: &Directory, words: &Catalogue) -> Option<HearingText> {
    let Hearing {
        to_remote: Sound::Nothing,
        from_remote: Sound::Music,
    } = call.hearing
    else {
        return None;
    };
    if call.held_by_remote {
        return None;
    }
    let introduced = call.introduction.as_ref().map(|it| &it.how);
    let lead = match introduced {
        Some(Introduced::Consults { about, gone: false }) => {
            let who = called(&call.remote, directory, words);
            let about = customer(about, directory, words);
            fill(
                words.hear_waits_consult,
                &[("who", &who), ("customer", &about)],
            )
        }
        _ => words.hear_waits_lead.to_owned(),
    };
    Some(HearingText {
        lead,
        rest: Some(words.hear_unheard_now.to_owned()),
    })
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
        assert_eq!(
            say(Nothing, Music, &EN),
            "You hear music until somebody is free. Nobody hears you."
        );
        let mut held = call("a");
        held.held_by_remote = true;
        held.hearing = Hearing {
            to_remote: Nothing,
            from_remote: Music,
        };
        let text = hearing_text(&held, &directory(), &EN);
        assert_eq!(text.lead, "Lan Phạm put you on hold.");
        assert!(say(Nothing, Ringback, &EN).contains("Nobody hears you yet"));
        assert!(say(Voice, Interrupted, &EN).contains("interrupted"));
        assert!(say(Music, Nothing, &VI).contains("nhạc chờ"));
    }

    #[test]
    fn of_three_it_is_said_that_all_hear_each_other() {
        let mut call = call("a");
        call.remote.name = None;
        let party = |number: &str| alo_phone::language::Party {
            name: None,
            number: number.into(),
        };
        call.others = vec![party("102")];
        call.hearing = Hearing {
            to_remote: Sound::Everybody,
            from_remote: Sound::Everybody,
        };
        let say = |call: &Call| hearing_text(call, &directory(), &EN).whole();
        assert_eq!(
            say(&call),
            "You, the customer and Bình Trần hear each other."
        );
        assert_eq!(link(call.hearing), Link::Talking);
        call.others.push(party("103"));
        call.hearing.to_remote = Sound::Muted;
        assert_eq!(
            say(&call),
            "You are muted. The customer, Bình Trần and Chi Lê do not hear you."
        );
    }

    #[test]
    fn whoever_is_asked_and_put_aside_hears_why() {
        let mut call = call("a");
        call.remote = alo_phone::language::Party {
            name: None,
            number: "101".into(),
        };
        call.introduction = Some(alo_phone::language::Introduction {
            how: Introduced::Consults {
                about: alo_phone::language::Party::default(),
                gone: false,
            },
            note: None,
        });
        call.hearing = Hearing {
            to_remote: Sound::Nothing,
            from_remote: Sound::Music,
        };
        let text = hearing_text(&call, &directory(), &EN);
        assert_eq!(
            text.lead,
            "You hear music while An Nguyễn talks to the customer."
        );
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
