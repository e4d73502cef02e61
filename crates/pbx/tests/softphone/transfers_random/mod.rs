//! Random stories: two or three agents and one or two customers press what their phones offer, at any moment,
//! over a network that loses connections and tells old things again. No customer is lost.
//!
//! `ALO_STORIES=100000 cargo test --release -p alo-pbx --test softphone random` tells so many;
//! `ALO_STORY=SEED` tells one, with all that goes over the network.

mod buttons;
mod checks;
mod ending;
mod story;
mod tally;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use self::story::{Failure, tell};
use self::tally::Tally;

/// The call centre tells phones what they hear (UPDATE).
const WORDS: bool = true;
/// A customer whose agent is gone is sent on.
const NOBODY_IS_LOST: bool = true;

/// So many stories are told where nobody says how many.
const STORIES: u64 = 1_000;

fn of(seed: u64, steps: usize, without: &BTreeSet<usize>, traced: bool) -> Result<Tally, Failure> {
    let told = catch_unwind(AssertUnwindSafe(|| tell(seed, steps, without, traced)));
    told.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let word = panic.downcast_ref::<&str>().map(|word| (*word).to_owned());
        let what = text.or(word).unwrap_or_default();
        let log = Vec::new();
        Err(Failure { what, log })
    })
}

/// The shortest beginning of the story that fails, without what has nothing to do with it.
fn shortest(seed: u64, steps: usize) -> (usize, BTreeSet<usize>) {
    let none = BTreeSet::new();
    let fails = |steps: &usize| of(seed, *steps, &none, false).is_err();
    let steps = (1..=steps).find(fails).unwrap_or(steps);
    let mut without = BTreeSet::new();
    for step in (0..steps).rev() {
        without.insert(step);
        if of(seed, steps, &without, false).is_ok() {
            without.remove(&step);
        }
    }
    (steps, without)
}

fn describe(seed: u64, failure: &Failure, steps: usize, traced: bool) -> String {
    let (short, without) = shortest(seed, steps);
    let mut text = format!(
        "story {seed}: {}\nwith its first {short} of {steps} steps, and without {without:?}:\n",
        failure.what
    );
    if let Err(failure) = of(seed, short, &without, traced) {
        let _ = writeln!(text, "{}", failure.what);
        for line in failure.log {
            let _ = writeln!(text, "  {line}");
        }
    }
    text
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Tells every second story.
fn tells_every_second(first: u64) {
    if let Some(seed) = number("ALO_STORY") {
        if seed % 2 == first {
            tells_one(seed);
        }
        return;
    }
    let count = number("ALO_STORIES").unwrap_or(STORIES);
    let from = number("ALO_FIRST").unwrap_or(0);
    let mut failed = Vec::new();
    let mut happened = Tally::new();
    let seeds = (from..from + count).filter(|seed| seed % 2 == first);
    for seed in seeds {
        let steps = story::steps(seed);
        match of(seed, steps, &BTreeSet::new(), false) {
            Ok(tally) => {
                for (word, count) in tally {
                    *happened.entry(word).or_default() += count;
                }
            }
            Err(failure) => failed.push((seed, steps, failure)),
        }
    }
    println!("of {count} stories every second: {happened:?}");
    let Some((seed, steps, failure)) = failed.first() else {
        return;
    };
    let told = describe(*seed, failure, *steps, false);
    let all = failed.iter().take(40).map(|(seed, _, failure)| {
        let what: String = failure.what.chars().take(160).collect();
        format!("{seed}: {what}")
    });
    let all: Vec<_> = all.collect();
    panic!("{told}\n{} fail:\n{}", failed.len(), all.join("\n"));
}

/// Tells one, and all that goes over the network where it fails.
fn tells_one(seed: u64) {
    let steps = story::steps(seed);
    if let Err(failure) = of(seed, steps, &BTreeSet::new(), false) {
        panic!("{}", describe(seed, &failure, steps, true));
    }
}

#[test]
fn no_customer_is_lost_in_any_random_story_of_an_even_seed() {
    tells_every_second(0);
}

#[test]
fn no_customer_is_lost_in_any_random_story_of_an_odd_seed() {
    tells_every_second(1);
}
