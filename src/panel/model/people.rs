//! Colleagues: in which order, and what they are doing.

use std::collections::BTreeSet;
use std::ops::Range;

use alo_api::{Directory, DirectoryAgent};
use alo_phone::language::{Millis, PersonPresence, PersonStatus};

use super::dialling::{fits, fold};
use super::working::{dot, state_name};
use crate::i18n::Catalogue;
use crate::i18n::format::span;

/// So many colleagues are watched at most, as the phone's own default limit
/// ([`Limits::watched`](alo_phone::phone::Limits::watched)) has it.
pub const WATCHED: usize = 48;

/// Colleagues that fit what is searched for (nothing: all), available ones first, then by name.
pub fn listed(
    directory: &Directory,
    wanted: &str,
    available: &BTreeSet<String>,
) -> Vec<DirectoryAgent> {
    let wanted = fold(wanted.trim());
    let found = directory.agents.iter().filter(|agent| fits(agent, &wanted));
    let mut found: Vec<DirectoryAgent> = found.cloned().collect();
    found.sort_by_cached_key(|agent| {
        let later = !available.contains(&agent.extension);
        (later, fold(&agent.name), agent.extension.clone())
    });
    found
}

/// Takes note of who is available. Of those who are not watched any more, what was known last.
pub fn note_available(available: &mut BTreeSet<String>, people: &[PersonPresence]) {
    for person in people {
        if person.status == PersonStatus::Available {
            available.insert(person.extension.clone());
        } else {
            available.remove(&person.extension);
        }
    }
}

/// Whom to watch: all of a list that is short enough, because who is available comes first; else
/// those that are on the screen. Sorted.
pub fn watched(listed: &[DirectoryAgent], shown: Range<usize>, own: &str) -> Vec<String> {
    let there = if listed.len() <= WATCHED {
        listed
    } else {
        listed.get(shown).unwrap_or_default()
    };
    let others = there.iter().map(|agent| agent.extension.as_str());
    let mut watched: Vec<String> = others
        .filter(|extension| *extension != own)
        .map(str::to_owned)
        .collect();
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

/// What a colleague is doing, and for how long, where that is known.
pub fn status_text(
    presence: &PersonPresence,
    now: Millis,
    directory: &Directory,
    words: &Catalogue,
) -> String {
    let status = match &presence.status {
        PersonStatus::Available => words.state_available.to_owned(),
        PersonStatus::Ringing => words.person_ringing.to_owned(),
        PersonStatus::InCall => words.person_in_call.to_owned(),
        PersonStatus::Away { state } => state_name(state, directory, words),
        PersonStatus::Offline => words.person_offline.to_owned(),
    };
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
        }
    }

    fn extensions(listed: &[DirectoryAgent]) -> Vec<&str> {
        listed
            .iter()
            .map(|agent| agent.extension.as_str())
            .collect()
    }

    #[test]
    fn whoever_is_available_comes_first_then_by_name() {
        let mut directory = directory();
        directory.agents.reverse();
        let mut available = BTreeSet::new();
        let order = |available: &BTreeSet<String>| {
            let listed = listed(&directory, "", available);
            extensions(&listed).join(" ")
        };
        assert_eq!(order(&available), "101 102 103 104");
        let people = [
            is("103", PersonStatus::Available),
            is("104", PersonStatus::Available),
        ];
        note_available(&mut available, &people);
        assert_eq!(order(&available), "103 104 101 102");
        note_available(&mut available, &[is("103", PersonStatus::InCall)]);
        assert_eq!(order(&available), "104 101 102 103", "104 is remembered");
    }

    #[test]
    fn a_search_leaves_whom_it_finds() {
        let found = listed(&directory(), " dũng ", &BTreeSet::new());
        assert_eq!(extensions(&found), ["104"]);
        assert!(listed(&directory(), "nobody", &BTreeSet::new()).is_empty());
    }

    #[test]
    fn of_many_only_those_on_the_screen_are_watched() {
        let few = directory().agents;
        assert_eq!(watched(&few, 0..1, "101"), ["102", "103", "104"]);
        let many: Vec<DirectoryAgent> = (0..2_000)
            .map(|number| DirectoryAgent {
                extension: (3_000 - number).to_string(),
                name: String::new(),
            })
            .collect();
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
