//! Queues, IVR trees and hotlines.

use std::collections::BTreeMap;
use std::time::Duration;

use toml::de::DeValue;

use super::links::{Kind, Links};
use super::values::{NUMBER, phone_number, same_number, seconds_of, user_part};
use crate::config::reader::{At, Section, text, texts};
use crate::config::types::{
    Agent, Announce, Destination, Hotline, Ivr, IvrAction, Overflow, Queue, Strategy, Transfer,
};
use crate::media::Digit;

/// What is spoken where a call ends without a person, unless the file says otherwise.
const APOLOGY: [&str; 2] = ["apology-vi", "apology-en"];
const HOLD: [&str; 4] = [
    "please-hold-vi",
    "position-vi",
    "please-hold-en",
    "position-en",
];
const WRONG_KEY: [&str; 2] = ["wrong-key-vi", "wrong-key-en"];

const PROMPTS: &str = "the name of a prompt, or a list of them";
const STRATEGIES: &str = "\"longest-idle\", \"ring-all\", \"round-robin\" or \"fewest-calls\"";
const ACTION: &str = "\"repeat\", \"back\", or a destination such as { queue = \"sales\" }";

/// All queues.
pub(super) fn queues(root: &Section<'_>, links: &Links, agents: &[At<Agent>]) -> Vec<Queue> {
    let sections = root.sections("queue").into_iter();
    sections
        .filter_map(|section| {
            let queue = queue(&section, links, agents);
            section.finish();
            queue
        })
        .collect()
}

fn queue(section: &Section<'_>, links: &Links, agents: &[At<Agent>]) -> Option<Queue> {
    let id = section.need("id", "an id such as \"sales\"", user_part);
    if let Some(id) = &id {
        links.name(section, id);
        links.define(Kind::Queue, &id.value);
    }
    let from = id.as_ref().map(|id| &*id.value);
    let name = section.get("name", "the queue's name", text);
    let music = section.get("music", "the name of hold music", text);
    let max_wait = section.get(
        "max_wait_seconds",
        "a whole number from 1 to 86400",
        |value| seconds_of(value, 1, 86400),
    );
    let queue = Queue {
        id: String::new(),
        name: String::new(),
        music: String::new(),
        agents: members(section, links, agents),
        strategy: section
            .get("strategy", STRATEGIES, strategy)
            .map_or(Strategy::LongestIdle, |at| at.value),
        priority: section.number("priority", 0, 0..=100) as u8,
        ring: section.seconds("ring_seconds", 20, 1..=3600),
        wrap_up: section.seconds("wrap_up_seconds", 15, 0..=3600),
        misses: section.number("misses", 3, 0..=100),
        max_wait: max_wait.map(|at| at.value),
        overflow: overflow(section, links, from),
        announce: announce(section, links),
    };
    if section.has("overflow") && !section.has("max_wait_seconds") {
        section.complain("overflow", "needs `max_wait_seconds` beside it");
    }
    let id = id?.value;
    Some(Queue {
        name: name.map_or_else(|| id.clone(), |at| at.value),
        music: music.map_or_else(|| id.clone(), |at| at.value),
        id,
        ..queue
    })
}

/// The agents of a queue; everybody where it names none.
fn members(section: &Section<'_>, links: &Links, agents: &[At<Agent>]) -> Vec<String> {
    let expected = "a list of extensions such as [\"101\"]";
    let listed = section.get("agents", expected, |value| {
        texts(value).filter(|members| !members.is_empty())
    });
    let Some(listed) = listed else {
        let everybody = agents.iter().map(|at| at.value.extension.clone());
        return everybody.collect();
    };
    for (index, member) in listed.value.iter().enumerate() {
        links.refer(Kind::Agent, listed.with(member.clone()));
        if listed.value[..index].contains(member) {
            section.fault(listed.fault(format!("names {member:?} twice")));
        }
    }
    listed.value
}

fn overflow(section: &Section<'_>, links: &Links, from: Option<&str>) -> Overflow {
    let apology = || Overflow::Apology(APOLOGY.map(String::from).to_vec());
    let Some(inner) = section.table("overflow") else {
        return apology();
    };
    let spoken = prompts(&inner, links, "apology");
    let overflow = match spoken {
        Some(spoken) => {
            for other in ["queue", "ivr", "agent", "number"] {
                if inner.has(other) {
                    inner.complain(other, "stands beside `apology`; expected one of them");
                }
            }
            Overflow::Apology(spoken)
        }
        None => match destination(&inner, links, &ANYWHERE, Some("apology")) {
            Some(to) => {
                if let (Some(from), Destination::Queue(id)) = (from, &to.value) {
                    links.lead(Kind::Queue, from, to.with(id.clone()));
                }
                Overflow::To(to.value)
            }
            None => apology(),
        },
    };
    inner.finish();
    overflow
}

fn announce(section: &Section<'_>, links: &Links) -> Option<Announce> {
    let inner = section.table("announce")?;
    let every = inner.get("every_seconds", "a whole number from 5 to 3600", |value| {
        seconds_of(value, 5, 3600)
    });
    let prompts = inner.get("prompts", PROMPTS, one_or_more);
    if let Some(prompts) = &prompts {
        announced(links, prompts);
    }
    let announce = Announce {
        every: every.map_or(Duration::from_secs(30), |at| at.value),
        prompts: prompts.map_or_else(|| HOLD.map(String::from).to_vec(), |at| at.value),
    };
    inner.finish();
    Some(announce)
}

/// What is announced is to be there; with places, that of every place.
fn announced(links: &Links, prompts: &At<Vec<String>>) {
    for name in &prompts.value {
        if let Some(voice) = Announce::voice_of_position(name) {
            let places = 1..=Announce::LAST_PLACE;
            let needed = places.flat_map(|place| Announce::place(place, voice));
            links.prompt_group(needed.map(|needed| prompts.with(needed)).collect());
        } else {
            links.prompts([prompts.with(name.clone())]);
        }
    }
}

/// All IVR trees.
pub(super) fn ivrs(root: &Section<'_>, links: &Links) -> Vec<Ivr> {
    let sections = root.sections("ivr").into_iter();
    sections
        .filter_map(|section| {
            let ivr = ivr(&section, links);
            section.finish();
            ivr
        })
        .collect()
}

fn ivr(section: &Section<'_>, links: &Links) -> Option<Ivr> {
    let id = section.need("id", "an id such as \"main\"", user_part);
    if let Some(id) = &id {
        links.name(section, id);
        links.define(Kind::Ivr, &id.value);
    }
    let name = section.get("name", "the name that agents see", text);
    let said = prompts(section, links, "prompts");
    if said.is_none() && !section.has("prompts") {
        section.complain("prompts", &format!("is missing; expected {PROMPTS}"));
    }
    let fallback = fallback(section, links);
    if let (Some(id), Some(to)) = (&id, &fallback)
        && let Destination::Ivr(other) = &to.value
    {
        links.lead(Kind::Ivr, &id.value, to.with(other.clone()));
    }
    let texts = |names: [&str; 2]| names.map(String::from).to_vec();
    let ivr = Ivr {
        id: String::new(),
        name: String::new(),
        prompts: said.unwrap_or_default(),
        keys: keys(section, links),
        timeout: section.seconds("timeout_seconds", 6, 1..=120),
        attempts: section.number("attempts", 3, 1..=20),
        wrong: prompts(section, links, "wrong").unwrap_or_else(|| texts(WRONG_KEY)),
        fallback: fallback.map(|at| at.value),
        apology: prompts(section, links, "apology").unwrap_or_else(|| texts(APOLOGY)),
    };
    let id = id?.value;
    Some(Ivr {
        name: name.map_or_else(|| id.clone(), |at| at.value),
        id,
        ..ivr
    })
}

/// The keys of a telephone, as a file names them.
const KEYS: [&str; 16] = [
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#", "A", "B", "C", "D",
];

fn keys(section: &Section<'_>, links: &Links) -> BTreeMap<Digit, IvrAction> {
    let inner = section.section("keys");
    let mut keys = BTreeMap::new();
    for key in KEYS {
        let action = if inner.is_table(key) {
            let target = inner.section(key);
            let to = destination(&target, links, &ANYWHERE, None);
            target.finish();
            to.map(|at| IvrAction::To(at.value))
        } else {
            inner.get(key, ACTION, action).map(|at| at.value)
        };
        // Each of KEYS is one character, and a digit.
        let digit = key.chars().next().and_then(Digit::from_char);
        keys.extend(digit.zip(action));
    }
    // What is there and wrong has been told.
    let none = !section.has("keys") || section.is_table("keys") && inner.is_empty();
    if none && !section.has("fallback") {
        section.complain(
            "keys",
            "is missing; expected a key such as 1 = { queue = \"sales\" }",
        );
    }
    inner.finish();
    keys
}

/// All hotlines.
pub(super) fn hotlines(
    root: &Section<'_>,
    links: &Links,
    agents: &[At<Agent>],
    country_code: &str,
) -> Vec<At<Hotline>> {
    let mut hotlines: Vec<At<Hotline>> = Vec::new();
    for section in root.sections("hotline") {
        let number = section.need("number", NUMBER, phone_number);
        let name = section.need("name", "the hotline's name", text);
        let to = destination(&section, links, &["queue", "ivr", "agent"], None);
        let music_of = section.get("music_of", "the id of a [[queue]]", text);
        if let Some(music_of) = &music_of {
            links.refer(Kind::Queue, music_of.clone());
        }
        if let (Some(number), Some(name), Some(to)) = (number, name, to) {
            let hotline = hotlines
                .iter()
                .find(|hotline| same_number(&hotline.value.number, &number.value, country_code));
            let agent = agents
                .iter()
                .find(|agent| agent.value.extension == number.value);
            if let Some(line) = hotline.map(|at| at.line).or(agent.map(|at| at.line)) {
                section.fault(number.fault(format!("{:?} is taken by line {line}", number.value)));
            }
            links.number(&number.value);
            hotlines.push(At {
                line: number.line,
                key: number.key,
                value: Hotline {
                    number: number.value,
                    name: name.value,
                    to: to.value,
                    music_of: music_of.map(|at| at.value),
                },
            });
        }
        section.finish();
    }
    hotlines
}

/// How calls are transferred.
pub(super) fn transfer(root: &Section<'_>, links: &Links) -> Transfer {
    let section = root.section("transfer");
    let transfer = Transfer {
        ring: section.seconds("ring_seconds", 20, 1..=600),
        recall: section.seconds("recall_seconds", 20, 1..=600),
        fallback: fallback(&section, links).map(|at| at.value),
    };
    section.finish();
    transfer
}

/// Where a call goes that found nobody.
fn fallback(section: &Section<'_>, links: &Links) -> Option<At<Destination>> {
    let inner = section.table("fallback")?;
    let to = destination(&inner, links, &ANYWHERE, None);
    inner.finish();
    to
}

const ANYWHERE: [&str; 4] = ["queue", "ivr", "agent", "number"];

/// The one destination that a table names, by one of these keys; `beside` is a key that stands for
/// one too.
fn destination(
    section: &Section<'_>,
    links: &Links,
    keys: &[&'static str],
    beside: Option<&str>,
) -> Option<At<Destination>> {
    let mut found: Vec<(&str, At<Destination>)> = Vec::new();
    let mut broken = false;
    for key in keys {
        let named = match *key {
            "number" => section.get(key, NUMBER, phone_number),
            "agent" => section.get(key, "the extension of an [[agent]]", text),
            "ivr" => section.get(key, "the id of an [[ivr]]", text),
            _ => section.get(key, "the id of a [[queue]]", text),
        };
        let Some(named) = named else {
            broken |= section.has(key);
            continue;
        };
        let (kind, to) = match *key {
            "number" => (Kind::Number, Destination::Number(named.value.clone())),
            "agent" => (Kind::Agent, Destination::Agent(named.value.clone())),
            "ivr" => (Kind::Ivr, Destination::Ivr(named.value.clone())),
            _ => (Kind::Queue, Destination::Queue(named.value.clone())),
        };
        links.refer(kind, named.clone());
        if let Some((other, _)) = found.first() {
            section.complain(
                key,
                &format!("stands beside `{other}`; expected one of them"),
            );
        }
        found.push((key, named.with(to)));
    }
    if found.is_empty() && !broken {
        let mut names: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
        names.extend(beside.map(|key| format!("`{key}`")));
        section.complain_here(&format!(
            "leads nowhere; expected one of {}",
            names.join(", ")
        ));
    }
    found.into_iter().next().map(|(_, to)| to)
}

/// Names of prompts: one, or a list.
fn prompts(section: &Section<'_>, links: &Links, key: &'static str) -> Option<Vec<String>> {
    let named = section.get(key, PROMPTS, one_or_more)?;
    links.prompts(named.value.iter().map(|name| named.with(name.clone())));
    Some(named.value)
}

fn one_or_more(value: &DeValue<'_>) -> Option<Vec<String>> {
    match value {
        DeValue::Array(items) if items.is_empty() => None,
        DeValue::Array(_) => texts(value),
        _ => text(value).map(|one| vec![one]),
    }
}

fn strategy(value: &DeValue<'_>) -> Option<Strategy> {
    Some(match value.as_str()? {
        "longest-idle" => Strategy::LongestIdle,
        "ring-all" => Strategy::RingAll,
        "round-robin" => Strategy::RoundRobin,
        "fewest-calls" => Strategy::FewestCalls,
        _ => return None,
    })
}

fn action(value: &DeValue<'_>) -> Option<IvrAction> {
    Some(match value.as_str()? {
        "repeat" => IvrAction::Repeat,
        "back" => IvrAction::Back,
        _ => return None,
    })
}
