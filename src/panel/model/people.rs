//! Colleagues: in which order, and what they are doing.

use std::collections::BTreeMap;
use std::ops::Range;

use alo_api::Directory;
use alo_phone::language::{Millis, PersonPresence, PersonStatus};

use super::dialling::{fits, fold};
use super::working::{dot, state_name};
use crate::i18n::Catalogue;
use crate::i18n::format::span;

/// So many colleagues are watched at most, as the phone's own default limit
/// ([`Limits::watched`](alo_phone::phone::Limits::watched)) has it.
pub const WATCHED: usize = 48;

/// Whether colleagues can take a call, by extension; of those who are not watched any more, what was
/// known last.
pub type Known = BTreeMap<String, bool>;

/// Extensions of the colleagues that fit what is searched for (nothing: all), available ones first,
/// then by name.
pub fn listed(directory: &Directory, wanted: &str, known: &Known) -> Vec<String> {
    let available = |extension: &str| known.get(extension) == Some(&true);
    ranked(directory, wanted, &|extension| {
        Some(usize::from(!available(extension)))
    })
}

/// Extensions of the colleagues that fit what is searched for, by rank, then by name; those without a
/// rank are left out.
pub fn ranked(
    directory: &Directory,
    wanted: &str,
    rank: &dyn Fn(&str) -> Option<usize>,
) -> Vec<String> {
    let wanted = fold(wanted.trim());
    let fitting = directory.agents.iter().filter(|agent| fits(agent, &wanted));
    let mut found: Vec<(usize, String, &str)> = fitting
        .filter_map(|agent| {
            let rank = rank(&agent.extension)?;
            Some((rank, fold(&agent.name), agent.extension.as_str()))
        })
        .collect();
    found.sort();
    let extensions = found.into_iter();
    extensions.map(|(_, _, it)| it.to_owned()).collect()
}

/// Takes note of who can take a call.
pub fn take_note(known: &mut Known, people: &[PersonPresence]) {
    for person in people {
        let available = person.status == PersonStatus::Available;
        known.insert(person.extension.clone(), available);
    }
}

/// Whom to watch: all of a list that is short enough, because who is available comes first; else
/// those that are on the screen. Sorted.
pub fn watched(listed: &[String], shown: Range<usize>, own: &str) -> Vec<String> {
    let there = if listed.len() <= WATCHED {
        listed
    } else {
        listed.get(shown).unwrap_or_default()
    };
    let mut watched = there.to_vec();
    watched.retain(|extension| extension != own);
    watched.sort();
    watched
}

/// What is known of one colleague; `people` is sorted by extension.
pub fn presence_of<'a>(
    people: &'a [PersonPresence],
    extension: &str,
) -> Option<&'a PersonPresence> {
    let found = people.binary_search_by(|person| person.extension.as_str().cmp(extension));
    found.ok().and_then(|at| people.get(at))
}

/// The dot, as [`StateDot`](crate::components::StateDot) has them.
pub fn status_dot(status: &PersonStatus) -> &'static str {
    match status {
        PersonStatus::Available => "available",
        PersonStatus::Ringing => "ringing",
        PersonStatus::InCall => "in-call",
        PersonStatus::Away { state } => dot(&state.id),
        PersonStatus::Offline => "offline",
    }
}

/// What a colleague is doing.
pub fn status_word(status: &PersonStatus, directory: &Directory, words: &Catalogue) -> String {
    match status {
        PersonStatus::Available => words.state_available.to_owned(),
        PersonStatus::Ringing => words.person_ringing.to_owned(),
        PersonStatus::InCall => words.person_in_call.to_owned(),
        PersonStatus::Away { state } => state_name(state, directory, words),
        PersonStatus::Offline => words.person_offline.to_owned(),
    }
}

/// What a colleague is doing, and for how long, where that is known.
pub fn status_text(
    presence: &PersonPresence,
    now: Millis,
    directory: &Directory,
    words: &Catalogue,
) -> String {
    let status = status_word(&presence.status, directory, words);
    match presence.since {
        Some(since) => format!("{status} {}", span(now.saturating_sub(since), words)),
        None => status,
    }
}

#[cfg(test)]
mod tests {
    use alo_phone::language::WorkingState;

    use super::*;
    use crate::i18n::{EN, VI};
    use crate::panel::model::samples::directory;

    fn is(extension: &str, status: PersonStatus) -> PersonPresence {
        PersonPresence {
            extension: extension.into(),
            status,
            since: None,
            queue: None,
        }
    }

    #[test]
    fn whoever_is_available_comes_first_then_by_name() {
        let mut directory = directory();
        directory.agents.reverse();
        let mut known = Known::new();
        let order = |known: &Known| listed(&directory, "", known).join(" ");
        assert_eq!(order(&known), "101 102 103 104");
        let people = [
            is("103", PersonStatus::Available),
            is("104", PersonStatus::Available),
        ];
        take_note(&mut known, &people);
        assert_eq!(order(&known), "103 104 101 102");
        take_note(&mut known, &[is("103", PersonStatus::InCall)]);
        assert_eq!(order(&known), "104 101 102 103", "104 is remembered");
    }

    #[test]
    fn a_search_leaves_whom_it_finds() {
        let found = listed(&directory(), " dũng ", &Known::new());
        assert_eq!(found, ["104"]);
        assert!(listed(&directory(), "nobody", &Known::new()).is_empty());
    }

    #[test]
    fn of_many_only_those_on_the_screen_are_watched() {
        let few = listed(&directory(), "", &Known::new());
        assert_eq!(watched(&few, 0..1, "101"), ["102", "103", "104"]);
        let many: Vec<String> = (0..2_000).map(|it| (3_000 - it).to_string()).collect();
        assert_eq!(watched(&many, 10..13, "2989"), ["2988", "2990"]);
        assert!(
            watched(&many, 1_999..2_050, "").is_empty(),
            "the list got shorter"
        );
    }

    #[test]
    fn what_a_colleague_does_is_said_with_how_long() {
        let lunch = WorkingState {
            id: alo_api::working::LUNCH_BREAK.into(),
            name: Some("Lunch".into()),
        };
        let mut person = is("102", PersonStatus::Away { state: lunch });
        let say =
            |person: &PersonPresence, words| status_text(person, 260_000, &directory(), words);
        assert_eq!(say(&person, &EN), "Lunch break");
        person.since = Some(10_000);
        assert_eq!(say(&person, &VI), "Nghỉ trưa 4:10");
        assert_eq!(status_dot(&person.status), "away");
        let people = [person, is("104", PersonStatus::Offline)];
        assert!(presence_of(&people, "104").is_some());
        assert_eq!(presence_of(&people, "103"), None);
    }
}
