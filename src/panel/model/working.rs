//! The working state of this agent, in words and in time.

use alo_api::{Directory, working};
use alo_phone::language::{Command, Millis, State, Working, WorkingState, WorkingSupport};

use super::stage::{goes_on, is_over};
use crate::components::{MenuItem, MenuMark};
use crate::i18n::Catalogue;
use crate::i18n::format::{seconds_until, span};

/// What the control of the working state shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkingView {
    /// The dot, as [`StateDot`](crate::components::StateDot) has them.
    pub dot: &'static str,
    /// The state; what was asked for, as long as it is not confirmed.
    pub name: String,
    /// Whether it is asked for and not confirmed.
    pub pending: bool,
    /// What follows when the call ends.
    pub next: Option<Next>,
}

/// What follows when the call ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// The dot.
    pub dot: &'static str,
    /// The state.
    pub name: String,
    /// Whether it is asked for and not confirmed.
    pub pending: bool,
}

/// Whether the server keeps working states; not as long as that is not known.
pub fn keeps_working_states(state: &State) -> bool {
    state.working.support == WorkingSupport::Yes
}

/// What the control shows; `None` where the server keeps no working states, or has not said yet
/// whether it does.
pub fn working_view(
    state: &State,
    directory: &Directory,
    words: &Catalogue,
) -> Option<WorkingView> {
    let Working {
        now,
        requested,
        next,
        ..
    } = &state.working;
    if !keeps_working_states(state) {
        return None;
    }
    let told = |state: &WorkingState| (dot(&state.id), state_name(state, directory, words));
    let in_call = state.calls.iter().any(goes_on);
    let asked = requested.as_ref();
    let follows = |state, pending| {
        let (dot, name) = told(state);
        Next { dot, name, pending }
    };
    let later = asked
        .filter(|_| in_call)
        .map(|asked| follows(asked, true))
        .or_else(|| next.as_ref().map(|next| follows(next, false)));
    let at_once = asked.filter(|_| !in_call);
    let shown = at_once.or(now.as_ref().map(|now| &now.state));
    let (dot, name) = shown.map_or_else(|| ("unknown", words.working_state.to_owned()), told);
    Some(WorkingView {
        dot,
        name,
        pending: at_once.is_some(),
        next: later,
    })
}

/// How long in this state; of one that ends by itself, how much of it is left. `None` while
/// another one is asked for, and while the card of after-call work counts.
pub fn time_in_state(state: &State, now: Millis, words: &Catalogue) -> Option<String> {
    let current = state.working.now.as_ref()?;
    let moves = state.working.requested.is_some() && !state.calls.iter().any(goes_on);
    if moves || wrap_up_card(state).is_some() {
        return None;
    }
    let time = match current.until {
        Some(until) => seconds_until(now, until) * 1000,
        None => now.saturating_sub(current.since),
    };
    Some(span(time, words))
}

/// After-call work, as long as it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrapUp {
    /// Since when.
    pub since: Millis,
    /// When it ends by itself.
    pub until: Millis,
}

/// After-call work that ends by itself, if that is the state.
pub fn wrap_up(state: &State) -> Option<WrapUp> {
    let now = state.working.now.as_ref()?;
    let until = now.until?;
    (now.state.id == working::AFTER_CALL_WORK).then_some(WrapUp {
        since: now.since,
        until,
    })
}

/// The same, while nothing else is in hand: a call that rings or goes on comes first.
pub fn wrap_up_card(state: &State) -> Option<WrapUp> {
    wrap_up(state).filter(|_| state.calls.iter().all(is_over))
}

impl WrapUp {
    /// Seconds left.
    pub fn seconds_left(self, now: Millis) -> u64 {
        seconds_until(now, self.until)
    }

    /// What is left of it, in thousandths of the whole.
    pub fn part_left(self, now: Millis) -> u32 {
        let whole = self.until.saturating_sub(self.since).max(1);
        let left = self.until.saturating_sub(now).min(whole);
        u32::try_from(left * 1000 / whole).unwrap_or(1000)
    }
}

/// The name of a state: of those that every call centre has, the catalogue's.
pub fn state_name(state: &WorkingState, directory: &Directory, words: &Catalogue) -> String {
    if let Some(word) = word(&state.id, words) {
        return word.to_owned();
    }
    let listed = || {
        let mut all = directory.working_states.iter();
        let own = all.find(|own| own.id == state.id);
        own.map(|own| own.name.clone())
    };
    let told = state.name.clone().filter(|name| !name.trim().is_empty());
    listed().or(told).unwrap_or_else(|| state.id.clone())
}

fn word(id: &str, words: &Catalogue) -> Option<&'static str> {
    match id {
        working::AVAILABLE => Some(words.state_available),
        working::LUNCH_BREAK => Some(words.state_lunch_break),
        working::SHORT_BREAK => Some(words.state_short_break),
        working::NOT_AVAILABLE => Some(words.state_not_available),
        working::AFTER_CALL_WORK => Some(words.state_after_call_work),
        _ => None,
    }
}

/// The dot of a state.
pub fn dot(id: &str) -> &'static str {
    match id {
        working::AVAILABLE => "available",
        working::NOT_AVAILABLE => "blocked",
        working::AFTER_CALL_WORK => "wrap-up",
        _ => "away",
    }
}

/// The states that can be chosen: those of every call centre, then its own. In a call, the one that
/// is to follow is marked.
pub fn choices(state: &State, directory: &Directory, words: &Catalogue) -> Vec<MenuItem> {
    let Working {
        now,
        requested,
        next,
        ..
    } = &state.working;
    let holds = requested.as_ref().or(next.as_ref());
    let holds = holds.or(now.as_ref().map(|now| &now.state));
    let item = |id: &str| {
        let state = WorkingState {
            id: id.to_owned(),
            name: None,
        };
        MenuItem {
            text: state_name(&state, directory, words),
            mark: MenuMark::State(dot(id)),
            chosen: Some(holds.is_some_and(|holds| holds.id == id)),
            value: state.id,
        }
    };
    let own = directory.working_states.iter().map(|own| own.id.as_str());
    working::CHOICES.into_iter().chain(own).map(item).collect()
}

/// The command that asks for a state, made of the template in the state.
pub fn choose(template: &Command, id: String, directory: &Directory) -> Command {
    match template {
        Command::SetWorking { .. } => {
            let mut own = directory.working_states.iter();
            let name = own.find(|own| own.id == id).map(|own| own.name.clone());
            Command::SetWorking {
                state: WorkingState { id, name },
            }
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use alo_phone::language::WorkingNow;

    use super::*;
    use crate::i18n::{EN, VI};
    use crate::panel::model::samples::{call, directory, ended, ringing};

    fn named(id: &str) -> WorkingState {
        WorkingState {
            id: id.into(),
            name: None,
        }
    }

    fn in_state(id: &str) -> State {
        State {
            working: Working {
                support: WorkingSupport::Yes,
                now: Some(WorkingNow {
                    state: named(id),
                    since: 10_000,
                    until: None,
                }),
                ..Working::default()
            },
            ..State::default()
        }
    }

    fn view(state: &State) -> WorkingView {
        working_view(state, &directory(), &EN).expect("the server keeps working states")
    }

    #[test]
    fn a_server_without_working_states_has_no_control() {
        let mut state = State::default();
        for support in [WorkingSupport::Unknown, WorkingSupport::No] {
            state.working.support = support;
            assert_eq!(working_view(&state, &directory(), &EN), None);
        }
        state.working.support = WorkingSupport::Yes;
        assert_eq!(view(&state).name, "Working state", "it has not said which");
    }

    #[test]
    fn what_is_asked_for_is_not_shown_as_confirmed() {
        let mut state = in_state(working::AVAILABLE);
        assert_eq!(view(&state).dot, "available");
        assert_eq!(time_in_state(&state, 75_000, &EN).as_deref(), Some("1:05"));
        state.working.requested = Some(named(working::LUNCH_BREAK));
        let shown = view(&state);
        assert_eq!((shown.name.as_str(), shown.pending), ("Lunch break", true));
        assert_eq!(time_in_state(&state, 75_000, &EN), None);
    }

    #[test]
    fn a_state_chosen_in_a_call_follows_it() {
        let mut state = in_state(working::AVAILABLE);
        state.calls.push(call("a"));
        state.working.requested = Some(named(working::SHORT_BREAK));
        let shown = view(&state);
        assert_eq!((shown.name.as_str(), shown.pending), ("Available", false));
        let next = shown.next.expect("what follows");
        assert_eq!((next.name.as_str(), next.pending), ("Short break", true));
        assert!(time_in_state(&state, 75_000, &EN).is_some());
        state.working.next = state.working.requested.take();
        assert!(!view(&state).next.expect("what follows").pending);
        let chosen = choices(&state, &directory(), &EN);
        let chosen: Vec<_> = chosen.iter().filter(|it| it.chosen == Some(true)).collect();
        assert_eq!(chosen.len(), 1);
        assert_eq!(chosen[0].value, working::SHORT_BREAK);
        state.calls = vec![ringing("a")];
        state.working.next = None;
        state.working.requested = Some(named(working::SHORT_BREAK));
        assert!(view(&state).pending, "a call that rings is none yet");
    }

    #[test]
    fn after_call_work_counts_down_and_is_no_choice() {
        let mut state = in_state(working::AFTER_CALL_WORK);
        assert_eq!(wrap_up(&state), None, "it does not end by itself");
        if let Some(now) = &mut state.working.now {
            now.until = Some(40_000);
        }
        let work = wrap_up(&state).expect("after-call work");
        assert_eq!(
            (work.seconds_left(12_500), work.part_left(25_000)),
            (28, 500)
        );
        assert_eq!((work.seconds_left(99_000), work.part_left(99_000)), (0, 0));
        assert_eq!(time_in_state(&state, 12_500, &EN), None, "the card counts");
        state.calls = vec![ended("a")];
        assert_eq!(wrap_up_card(&state), Some(work));
        for live in [call("a"), ringing("a")] {
            state.calls = vec![live];
            assert_eq!(wrap_up_card(&state), None, "it would stand in the way");
            let counts = time_in_state(&state, 12_500, &EN);
            assert_eq!(counts.as_deref(), Some("0:28"));
        }
        let choices = choices(&state, &directory(), &VI);
        assert!(choices.iter().all(|choice| choice.chosen == Some(false)));
        assert_eq!(choices[1].text, "Nghỉ trưa");
    }

    #[test]
    fn the_call_centres_own_states_have_their_own_names() {
        let mut directory = directory();
        directory.working_states.push(alo_api::OwnWorkingState {
            id: "training".into(),
            name: "Training".into(),
        });
        let state = in_state("training");
        let shown = working_view(&state, &directory, &VI).expect("a state");
        assert_eq!((shown.name.as_str(), shown.dot), ("Training", "away"));
        let all = choices(&state, &directory, &VI);
        assert_eq!((all.len(), all[4].chosen), (5, Some(true)));
        let template = Command::SetWorking { state: named("") };
        let asked = choose(&template, "training".into(), &directory);
        assert!(
            matches!(asked, Command::SetWorking { state } if state.name.as_deref() == Some("Training"))
        );
        let foreign = WorkingState {
            id: "x-7".into(),
            name: Some(" ".into()),
        };
        assert_eq!(state_name(&foreign, &directory, &EN), "x-7");
    }
}
