//! What is known about a call, term by term.

use alo_api::{Directory, QueueFacts};
use alo_phone::language::{Call, CallDirection, Millis};

use super::introduction::{introduction_text, note_of};
use super::party::{line_of, number_of};
use super::standing::talk_time;
use crate::components::Fact;
use crate::i18n::Catalogue;
use crate::i18n::format::{percent, short_clock, time_of_day};

/// What the server says about the queue of a call that began `since` milliseconds ago: its name, how
/// long this customer has waited by now, how many others wait, which number was called.
pub fn queue_facts(queue: &QueueFacts, since: Millis, words: &Catalogue) -> Vec<Fact> {
    let waited = queue
        .waited_s
        .map(|seconds| Millis::from(seconds) * 1000 + since);
    said([
        (words.queue, queue.name.clone()),
        (words.waited, waited.map(short_clock)),
        (
            words.others_waiting,
            queue.waiting.map(|count| count.to_string()),
        ),
        (words.called, queue.called.clone()),
    ])
}

/// What the desk shows of a call that goes on.
pub fn call_facts(call: &Call, directory: &Directory, now: Millis, words: &Catalogue) -> Vec<Fact> {
    let direction = match call.direction {
        CallDirection::Incoming => words.history_incoming,
        CallDirection::Outgoing => words.history_outgoing,
    };
    let quality = call.quality;
    let queue = call.queue.as_ref();
    let waited = queue.and_then(|queue| queue.waited_s);
    let milliseconds = |span: u32| format!("{span} ms");
    said([
        (words.detail_number, number_of(&call.remote)),
        (words.detail_came, introduction_text(call, directory, words)),
        (words.note, note_of(call)),
        (words.detail_direction, Some(direction.to_owned())),
        (words.detail_hotline, line_of(call, directory)),
        (words.queue, queue.and_then(|queue| queue.name.clone())),
        (
            words.waited,
            waited.map(|seconds| short_clock(Millis::from(seconds) * 1000)),
        ),
        (words.detail_began, Some(time_of_day(call.began))),
        (words.detail_time, talk_time(call, now)),
        (
            words.detail_round_trip,
            quality.and_then(|it| it.round_trip).map(milliseconds),
        ),
        (
            words.detail_loss,
            quality.map(|it| percent(it.lost_per_mille, words)),
        ),
        (
            words.detail_jitter,
            quality.map(|it| milliseconds(it.jitter)),
        ),
    ])
}

/// Those of which anything is known.
fn said<const N: usize>(facts: [(&'static str, Option<String>); N]) -> Vec<Fact> {
    let facts = facts.into_iter();
    facts
        .filter_map(|(term, value)| Some((term, value?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::EN;

    #[test]
    fn only_what_the_server_says_is_listed() {
        let mut queue = QueueFacts::default();
        assert!(queue_facts(&queue, 6_000, &EN).is_empty());
        queue.name = Some("Sales".into());
        queue.waited_s = Some(84);
        queue.waiting = Some(0);
        let facts = queue_facts(&queue, 6_000, &EN);
        let values: Vec<&str> = facts.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["Sales", "1:30", "0"]);
    }
}
