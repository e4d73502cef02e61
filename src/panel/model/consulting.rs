//! Two calls that belong together, because somebody is asked about a customer.

use alo_api::Directory;
use alo_phone::language::{Call, CallActions, Phase, Sound, State};

use super::hearing::{HearingText, hearing_text, link, one};
use super::party::{called, customer, name_of, subject_of};
use super::stage::{Pair, pair};
use crate::components::Face;
use crate::i18n::format::capitalised;
use crate::i18n::{Catalogue, fill};

/// What can be done with a pair, beside hanging up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Leave the two together.
    Complete,
    /// Talk to the other one.
    Swap,
    /// Talk all three.
    Merge,
    /// Drop whoever is asked.
    Back,
}

/// Why a step cannot be taken now.
pub fn why_not(step: Step, pair: Pair<'_>, directory: &Directory, words: &Catalogue) -> String {
    let answered = matches!(pair.consulted.phase, Phase::Talking { .. });
    let text = match step {
        Step::Complete if matches!(pair.consulted.phase, Phase::Dialing) => words.consult_not_rung,
        Step::Swap | Step::Merge if !answered => words.consult_not_answered,
        // Where the two talk and nothing is under way, the server is what is missing.
        Step::Merge if can_complete(&pair.consulted.actions) => words.consult_cannot_merge,
        _ => words.not_now,
    };
    fill(
        text,
        &[("who", &called(&pair.consulted.remote, directory, words))],
    )
}

fn can_complete(actions: &CallActions) -> bool {
    actions.complete_transfer.is_some()
}

/// The sentence and the faces of the drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HearingView {
    /// What is said.
    pub text: HearingText,
    /// Everybody else, as they are drawn.
    pub faces: Vec<Face>,
}

/// The hearing line of a call: of both calls, where it belongs to a pair.
pub fn hearing_view(
    call: &Call,
    state: &State,
    directory: &Directory,
    words: &Catalogue,
) -> HearingView {
    if let Some(pair) = pair(call, state) {
        return pair_hearing(pair, directory, words);
    }
    let link = link(call.hearing).name();
    let face = |name, label| Face { name, label, link };
    let subject = capitalised(&subject_of(call, directory, words));
    let mut faces = vec![face(name_of(&call.remote, directory), subject)];
    faces.extend(
        call.others
            .iter()
            .map(|it| face(name_of(it, directory), called(it, directory, words))),
    );
    HearingView {
        text: hearing_text(call, directory, words),
        faces,
    }
}

/// Who hears whom, of both calls in one sentence: the one that talks first.
fn pair_hearing(pair: Pair<'_>, directory: &Directory, words: &Catalogue) -> HearingView {
    let asked = called(&pair.consulted.remote, directory, words);
    let about = customer(&pair.customer.remote, directory, words);
    let clauses = [
        clause(pair.consulted, &asked, words),
        clause(pair.customer, &about, words),
    ];
    let customer_first = pair.consulted.hearing.to_remote == Sound::Music;
    let [first, second] = if customer_first {
        let [consulted, customer] = clauses;
        [customer, consulted]
    } else {
        clauses
    };
    let faces = |call: &Call, label: String| {
        let link = link(call.hearing).name();
        let name = name_of(&call.remote, directory);
        let first = Face { name, label, link };
        let others = call.others.iter().map(move |it| Face {
            name: name_of(it, directory),
            label: called(it, directory, words),
            link,
        });
        std::iter::once(first).chain(others).collect::<Vec<_>>()
    };
    HearingView {
        text: HearingText {
            lead: fill(words.pair_first, &[("clause", &first)]),
            rest: Some(fill(words.pair_second, &[("clause", &second)])),
        },
        faces: [
            faces(pair.customer, capitalised(&about)),
            faces(pair.consulted, asked),
        ]
        .concat(),
    }
}

/// Who hears whom in one of the calls, as a part of a sentence.
fn clause(call: &Call, who: &str, words: &Catalogue) -> String {
    let text = match (one(call.hearing.to_remote), one(call.hearing.from_remote)) {
        (Sound::Interrupted, _) | (_, Sound::Interrupted) => words.pair_broken,
        (Sound::Music, _) => words.pair_music,
        (_, Sound::Ringback | Sound::EarlyMedia) => words.pair_rings,
        (Sound::Muted, _) => words.pair_muted,
        (_, Sound::Music) if call.held_by_remote => words.pair_held,
        (_, Sound::Music) => words.pair_waits,
        (_, Sound::Announcement) => words.pair_announcement,
        (Sound::Voice, Sound::Voice) => words.pair_talking,
        (_, Sound::Voice) => words.pair_heard,
        _ => match call.phase {
            Phase::Dialing => words.pair_calling,
            Phase::RemoteRinging { .. } => words.pair_rings,
            _ => words.pair_silent,
        },
    };
    fill(text, &[("who", who)])
}

#[cfg(test)]
mod tests {
    use alo_phone::language::{CallId, Command, Consultation, Hearing, Party};

    use super::*;
    use crate::i18n::{EN, VI};
    use crate::panel::model::samples::{call, directory};

    fn hears(to_remote: Sound, from_remote: Sound, mut call: Call) -> Call {
        call.hearing = Hearing {
            to_remote,
            from_remote,
        };
        call
    }

    /// A customer without a name, and Bình.
    fn two() -> (Call, Call) {
        let mut customer = hears(Sound::Music, Sound::Nothing, call("x"));
        customer.remote.name = None;
        customer.consultation = Some(Consultation::Customer {
            consulted: CallId("y".into()),
        });
        let mut consulted = call("y");
        consulted.remote = Party {
            name: None,
            number: "102".into(),
        };
        consulted.consultation = Some(Consultation::Consulted {
            customer: CallId("x".into()),
        });
        (customer, consulted)
    }

    fn say(customer: &Call, consulted: &Call, words: &Catalogue) -> String {
        let pair = Pair {
            customer,
            consulted,
        };
        pair_hearing(pair, &directory(), words).text.whole()
    }

    #[test]
    fn the_one_who_talks_comes_first() {
        let (customer, consulted) = two();
        assert_eq!(
            say(&customer, &consulted, &EN),
            "You and Bình Trần are talking; the customer hears music."
        );
        let talks = hears(Sound::Voice, Sound::Voice, customer.clone());
        let waits = hears(Sound::Music, Sound::Nothing, consulted.clone());
        assert_eq!(
            say(&talks, &waits, &EN),
            "You and the customer are talking; Bình Trần hears music."
        );
        let mut rings = hears(Sound::Nothing, Sound::Ringback, consulted);
        rings.phase = Phase::RemoteRinging { early_media: false };
        assert_eq!(
            say(&customer, &rings, &EN),
            "Bình Trần rings; the customer hears music."
        );
        assert!(say(&customer, &rings, &VI).ends_with("khách hàng nghe nhạc chờ."));
    }

    #[test]
    fn what_is_heard_of_a_machine_or_of_many_is_not_nothing() {
        let (customer, consulted) = two();
        let first = |from| {
            let consulted = hears(Sound::Voice, from, consulted.clone());
            say(&customer, &consulted, &EN)
        };
        assert!(first(Sound::Everybody).starts_with("You and Bình Trần are talking;"));
        assert!(first(Sound::Announcement).starts_with("You hear an announcement of Bình Trần;"));
        assert!(first(Sound::Music).starts_with("You hear the music of Bình Trần;"));
        let mut held = hears(Sound::Voice, Sound::Music, consulted.clone());
        held.held_by_remote = true;
        assert!(say(&customer, &held, &EN).starts_with("Bình Trần put you on hold;"));
    }

    #[test]
    fn a_pair_is_found_from_either_side() {
        let (customer, consulted) = two();
        let state = State {
            calls: vec![customer.clone(), consulted.clone()],
            ..State::default()
        };
        for call in [&customer, &consulted] {
            let pair = pair(call, &state).expect("a pair");
            assert_eq!(pair.customer.id, CallId("x".into()));
            assert_eq!(pair.consulted.id, CallId("y".into()));
        }
        let alone = State {
            calls: vec![customer.clone()],
            ..State::default()
        };
        assert!(pair(&customer, &alone).is_none());
    }

    #[test]
    fn everybody_of_a_conversation_has_a_face() {
        let mut merged = call("a");
        merged.others = vec![Party {
            name: None,
            number: "102".into(),
        }];
        let view = hearing_view(&merged, &State::default(), &directory(), &EN);
        let labels: Vec<&str> = view.faces.iter().map(|face| &*face.label).collect();
        assert_eq!(labels, ["Lan Phạm", "Bình Trần"]);
    }

    #[test]
    fn a_step_that_cannot_be_taken_says_why() {
        let (customer, mut consulted) = two();
        let why = |step, consulted: &Call| {
            let pair = Pair {
                customer: &customer,
                consulted,
            };
            why_not(step, pair, &directory(), &EN)
        };
        assert_eq!(
            why(Step::Merge, &consulted),
            EN.not_now,
            "something is under way"
        );
        consulted.actions.complete_transfer = Some(Command::CompleteTransfer {
            call: consulted.id.clone(),
        });
        assert_eq!(why(Step::Merge, &consulted), EN.consult_cannot_merge);
        consulted.phase = Phase::RemoteRinging { early_media: false };
        assert_eq!(
            why(Step::Swap, &consulted),
            "Bình Trần has not answered yet"
        );
        consulted.phase = Phase::Dialing;
        assert_eq!(
            why(Step::Complete, &consulted),
            "Bình Trần does not ring yet"
        );
    }
}
