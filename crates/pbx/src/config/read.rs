//! From the text of a file to a [`Config`].

use std::path::PathBuf;
use std::time::Duration;

use toml::de::{DeTable, DeValue};

use super::reader::{At, Fault, Reader, Section, all_parsed, parsed, text, texts, whole};
use super::types::{
    Agent, Calls, Config, Hotline, Http, Log, LogFormat, MediaSettings, Network, Password,
    PhoneBehaviour, Queue, Registrations, SimulatedNumber, Tls,
};
use super::{number, suggest};

/// Reads a file.
pub(super) fn config(file: &str) -> Result<Config, Vec<Fault>> {
    let reader = Reader::new(file);
    let table = match DeTable::parse(file) {
        Ok(table) => table,
        Err(error) => {
            let line = reader.line(error.span().map_or(0, |span| span.start));
            return Err(vec![Fault {
                line,
                key: String::new(),
                problem: format!("is not TOML: {}", error.message().trim()),
            }]);
        }
    };
    let config = {
        let root = Section::root(&reader, &table);
        let config = everything(&root);
        root.finish();
        config
    };
    let faults = reader.into_faults();
    if faults.is_empty() {
        Ok(config)
    } else {
        Err(faults)
    }
}

fn everything(root: &Section<'_>) -> Config {
    let agents = agents(root);
    let queues = queues(root, &agents);
    let section = root.section("phone_network");
    // What the numbers of all sections mean depends on it.
    let country_code = section
        .get(
            "country_code",
            "a country code such as \"84\"",
            country_code,
        )
        .map_or_else(|| "84".into(), |at| at.value);
    let hotlines = hotlines(root, &queues, &agents, &country_code);
    let network = network(section, country_code, &hotlines);
    Config {
        domain: root
            .get("domain", "a host name such as \"alo.local\"", host_name)
            .map_or_else(|| "alo.local".into(), |at| at.value),
        title: root
            .get("title", "a text", text)
            .map_or_else(|| "Alo".into(), |at| at.value),
        http: http(root),
        media: media(root),
        registrations: registrations(root),
        calls: calls(root),
        log: log(root),
        agents: agents.into_iter().map(|at| at.value).collect(),
        queues: queues.into_iter().map(|at| at.value).collect(),
        hotlines: hotlines.into_iter().map(|at| at.value).collect(),
        network,
    }
}

fn http(root: &Section<'_>) -> Http {
    let section = root.section("http");
    let path = |key, expected| section.get(key, expected, text).map(|at| at.value);
    let certificate = path("tls_cert", "the path of a PEM file");
    let key = path("tls_key", "the path of a PEM file");
    for (one, other) in [("tls_cert", "tls_key"), ("tls_key", "tls_cert")] {
        if section.has(one) && !section.has(other) {
            // The half that is there says where.
            if let Some(at) = section.get(one, "a path", text) {
                section.fault(at.fault(format!("needs `{other}` beside it")));
            }
        }
    }
    let http = Http {
        bind: section
            .get(
                "bind",
                "an IP address such as \"127.0.0.1\" or \"::\"",
                parsed,
            )
            .map_or_else(|| [127, 0, 0, 1].into(), |at| at.value),
        port: port(&section, 8080),
        app: path("app", "the path of the built app").map_or_else(|| "dist".into(), PathBuf::from),
        tls: certificate.zip(key).map(|(certificate, key)| Tls {
            certificate: certificate.into(),
            key: key.into(),
        }),
        embed: section
            .get(
                "embed",
                "a list of origins such as \"https://crm.example.com\"",
                |value| origins(value, "-.:*[]"),
            )
            .map_or_else(Vec::new, |at| at.value),
        origins: section
            .get(
                "origins",
                "a list of origins such as \"https://phone.example.com\", without wildcards",
                |value| origins(value, "-.:[]"),
            )
            .map_or_else(Vec::new, |at| at.value),
        sip_url: section
            .get(
                "sip_url",
                "a path such as \"/sip\", or a URL such as \"wss://pbx.example.com/sip\"",
                |value| text(value).filter(|url| Http::is_sip_url(url)),
            )
            .map_or_else(|| "/sip".into(), |at| at.value),
        max_connections: section.number("max_connections", 1000, 1..=100_000) as usize,
        max_connections_per_address: section.number("max_connections_per_address", 200, 1..=100_000)
            as usize,
        offer_accounts: section.flag("offer_accounts", false),
    };
    section.finish();
    http
}

fn media(root: &Section<'_>) -> MediaSettings {
    let section = root.section("media");
    let media = MediaSettings {
        bind: section
            .get("bind", "an IP address such as \"0.0.0.0\"", parsed)
            .map_or_else(|| [0, 0, 0, 0].into(), |at| at.value),
        port: port(&section, 0),
        advertise: section
            .get(
                "advertise",
                "a list of IP addresses such as [\"203.0.113.7\"]",
                all_parsed,
            )
            .map_or_else(Vec::new, |at| at.value),
        prompts: section
            .get("prompts", "the path of a folder", text)
            .map(|at| at.value.into()),
    };
    section.finish();
    media
}

fn registrations(root: &Section<'_>) -> Registrations {
    let section = root.section("registrations");
    let min_expires = section.seconds("min_expires_seconds", 30, 1..=3600);
    let max = section.get(
        "max_expires_seconds",
        "a whole number from 10 to 86400",
        |value| seconds_of(value, 10, 86400),
    );
    if let Some(at) = &max
        && at.value < min_expires
    {
        section.fault(at.fault(format!(
            "expected at least min_expires_seconds, which is {}",
            min_expires.as_secs()
        )));
    }
    let registrations = Registrations {
        min_expires,
        max_expires: max.map_or(Duration::from_secs(600), |at| at.value),
        max_bindings: section.number("max_tabs", 10, 1..=100) as usize,
        nonce: section.seconds("nonce_seconds", 300, 10..=86400),
    };
    section.finish();
    registrations
}

fn calls(root: &Section<'_>) -> Calls {
    let section = root.section("calls");
    let max_calls = section.number("max_calls", 200, 1..=10_000);
    let max_guest_calls = section.get(
        "max_guest_calls",
        &format!("a whole number from 1 to max_calls, which is {max_calls}"),
        |value| whole(value).filter(|number| (1..=max_calls).contains(number)),
    );
    let calls = Calls {
        ring: section.seconds("ring_seconds", 30, 1..=600),
        guests: section.flag("guests", true),
        max_calls: max_calls as usize,
        // Guests can be anybody: the other half is the agents' own.
        max_guest_calls: max_guest_calls.map_or(max_calls.div_ceil(2), |at| at.value) as usize,
        guest_calls_per_address: section.number("guest_calls_per_address", 20, 1..=10_000) as usize,
        guest_invites_per_minute: section.number("guest_invites_per_minute", 60, 1..=60_000),
        lost_media: section.seconds("lost_media_seconds", 30, 1..=3600),
        lost_signalling: section.seconds("lost_signalling_seconds", 20, 1..=3600),
    };
    section.finish();
    calls
}

fn log(root: &Section<'_>) -> Log {
    let section = root.section("log");
    let log = Log {
        filter: section
            .get(
                "filter",
                "a filter such as \"info\" or \"info,alo_pbx=debug\"",
                filter,
            )
            .map_or_else(|| "info".into(), |at| at.value),
        format: section
            .get("format", "\"text\" or \"json\"", |value| {
                match value.as_str()? {
                    "text" => Some(LogFormat::Text),
                    "json" => Some(LogFormat::Json),
                    _ => None,
                }
            })
            .map_or(LogFormat::Text, |at| at.value),
        redact_numbers: section.flag("redact_numbers", false),
    };
    section.finish();
    log
}

fn agents(root: &Section<'_>) -> Vec<At<Agent>> {
    let mut agents: Vec<At<Agent>> = Vec::new();
    for section in root.sections("agent") {
        let extension = section.need("extension", "an extension such as \"101\"", user_part);
        let name = section.need("name", "the agent's name", text);
        let password = section.need("password", "a text", text);
        if let (Some(extension), Some(name), Some(password)) = (extension, name, password) {
            let taken = agents
                .iter()
                .find(|agent| agent.value.extension == extension.value);
            if let Some(taken) = taken {
                let taken = format!("{:?} is taken by line {}", extension.value, taken.line);
                section.fault(extension.fault(taken));
            }
            agents.push(At {
                line: extension.line,
                key: extension.key,
                value: Agent {
                    extension: extension.value,
                    name: name.value,
                    password: Password(password.value),
                },
            });
        }
        section.finish();
    }
    agents
}

fn queues(root: &Section<'_>, agents: &[At<Agent>]) -> Vec<At<Queue>> {
    let mut queues: Vec<At<Queue>> = Vec::new();
    let everybody = || agents.iter().map(|at| at.value.extension.clone()).collect();
    for section in root.sections("queue") {
        let id = section.need("id", "an id such as \"sales\"", user_part);
        let name = section.get("name", "the queue's name", text);
        let members = section.get("agents", "a list of extensions such as [\"101\"]", texts);
        let music = section.get("music", "the name of hold music", text);
        let ring = section.seconds("ring_seconds", 30, 1..=3600);
        if let Some(members) = &members {
            for member in &members.value {
                refer(
                    &section,
                    members,
                    member,
                    "agent",
                    agents.iter().map(|at| &*at.value.extension),
                );
            }
        }
        if let Some(id) = id {
            if let Some(taken) = queues.iter().find(|queue| queue.value.id == id.value) {
                let taken = format!("{:?} is taken by line {}", id.value, taken.line);
                section.fault(id.fault(taken));
            }
            queues.push(At {
                line: id.line,
                key: id.key,
                value: Queue {
                    name: name.map_or_else(|| id.value.clone(), |at| at.value),
                    music: music.map_or_else(|| id.value.clone(), |at| at.value),
                    agents: members.map_or_else(everybody, |at| at.value),
                    id: id.value,
                    ring,
                },
            });
        }
        section.finish();
    }
    queues
}

fn hotlines(
    root: &Section<'_>,
    queues: &[At<Queue>],
    agents: &[At<Agent>],
    country_code: &str,
) -> Vec<At<Hotline>> {
    let mut hotlines: Vec<At<Hotline>> = Vec::new();
    for section in root.sections("hotline") {
        let number = section.need("number", NUMBER, phone_number);
        let name = section.need("name", "the hotline's name", text);
        let queue = section.need("queue", "the id of a [[queue]]", text);
        if let Some(queue) = &queue {
            refer(
                &section,
                queue,
                &queue.value,
                "queue",
                queues.iter().map(|at| &*at.value.id),
            );
        }
        if let (Some(number), Some(name), Some(queue)) = (number, name, queue) {
            let hotline = hotlines
                .iter()
                .find(|hotline| same_number(&hotline.value.number, &number.value, country_code));
            let agent = agents
                .iter()
                .find(|agent| agent.value.extension == number.value);
            if let Some(line) = hotline.map(|at| at.line).or(agent.map(|at| at.line)) {
                section.fault(number.fault(format!("{:?} is taken by line {line}", number.value)));
            }
            hotlines.push(At {
                line: number.line,
                key: number.key,
                value: Hotline {
                    number: number.value,
                    name: name.value,
                    queue: queue.value,
                },
            });
        }
        section.finish();
    }
    hotlines
}

fn network(section: Section<'_>, country_code: String, hotlines: &[At<Hotline>]) -> Network {
    let same = |a: &str, b: &str| same_number(a, b, &country_code);
    let mut numbers: Vec<SimulatedNumber> = Vec::new();
    for phone in section.sections("phone") {
        let number = phone.need("number", NUMBER, phone_number);
        let behaviour = phone.need("does", BEHAVIOURS, behaviour);
        let rings = phone.number("rings", 1, 0..=20);
        let says = phone.get("says", "the name of a prompt", text);
        let stays = phone.seconds("stays_seconds", 5, 1..=3600);
        if let (Some(number), Some(behaviour)) = (number, behaviour) {
            let taken = numbers
                .iter()
                .any(|phone| same(&phone.number, &number.value));
            let hotline = hotlines
                .iter()
                .any(|at| same(&at.value.number, &number.value));
            if taken || hotline {
                let what = if hotline {
                    "a hotline"
                } else {
                    "another phone"
                };
                phone.fault(number.fault(format!("{:?} is taken by {what}", number.value)));
            }
            numbers.push(SimulatedNumber {
                number: number.value,
                behaviour: behaviour.value,
                rings,
                says: says.map_or_else(|| "hello".into(), |at| at.value),
                stays,
            });
        }
        phone.finish();
    }
    let network = Network {
        country_code,
        ring: section.seconds("ring_seconds", 3, 1..=60),
        no_answer: section.seconds("no_answer_seconds", 45, 1..=600),
        numbers,
    };
    section.finish();
    network
}

/// A fault where `name` is not one of `names`.
fn refer<'a, T>(
    section: &Section<'_>,
    at: &At<T>,
    name: &str,
    what: &str,
    names: impl Iterator<Item = &'a str> + Clone,
) {
    if names.clone().any(|known| known == name) {
        return;
    }
    let hint = suggest::nearest(name, names).map_or_else(
        || format!("add an [[{what}]] or name one that is there"),
        |near| format!("did you mean {near:?}?"),
    );
    section.fault(at.fault(format!("there is no {what} {name:?}; {hint}")));
}

fn port(section: &Section<'_>, default: u16) -> u16 {
    let port = section.number("port", u32::from(default), 0..=u32::from(u16::MAX));
    u16::try_from(port).unwrap_or(default)
}

fn seconds_of(value: &DeValue<'_>, from: u64, to: u64) -> Option<Duration> {
    let seconds = u64::from(whole(value)?);
    (from..=to)
        .contains(&seconds)
        .then(|| Duration::from_secs(seconds))
}

/// Whether both are the same number, however they are written.
fn same_number(a: &str, b: &str, country_code: &str) -> bool {
    number::e164(a, country_code) == number::e164(b, country_code)
}

const NUMBER: &str = "a phone number such as \"+842873001001\"";

fn phone_number(value: &DeValue<'_>) -> Option<String> {
    let number = text(value)?;
    let digits = number.strip_prefix('+').unwrap_or(&number);
    let legal =
        digits.len() >= 2 && digits.len() <= 20 && digits.bytes().all(|b| b.is_ascii_digit());
    legal.then_some(number)
}

fn country_code(value: &DeValue<'_>) -> Option<String> {
    let code = text(value)?;
    let legal =
        code.len() <= 3 && !code.starts_with('0') && code.bytes().all(|b| b.is_ascii_digit());
    legal.then_some(code)
}

/// The user part of a SIP URI, without anything that would need an escape.
fn user_part(value: &DeValue<'_>) -> Option<String> {
    let user = text(value)?;
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    (user.len() <= 64 && user.bytes().all(legal)).then_some(user)
}

fn host_name(value: &DeValue<'_>) -> Option<String> {
    let host = text(value)?;
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"-.".contains(&b);
    (host.len() <= 253 && host.bytes().all(legal)).then_some(host)
}

fn filter(value: &DeValue<'_>) -> Option<String> {
    let filter = text(value)?;
    filter
        .parse::<tracing_subscriber::filter::Targets>()
        .is_ok()
        .then_some(filter)
}

/// Origins as browsers and a Content-Security-Policy have them: scheme, host, port and nothing else;
/// `marks` are the legal characters of a host besides letters and digits.
fn origins(value: &DeValue<'_>, marks: &str) -> Option<Vec<String>> {
    let origins = texts(value)?;
    let legal = |origin: &String| {
        let host = origin
            .strip_prefix("https://")
            .or_else(|| origin.strip_prefix("http://"));
        host.is_some_and(|host| {
            !host.is_empty()
                && host
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || marks.contains(c))
        })
    };
    origins.iter().all(legal).then_some(origins)
}

const BEHAVIOURS: &str =
    "\"speaks\", \"echoes\", \"hangs-up\", \"busy\", \"no-answer\" or \"declines\"";

fn behaviour(value: &DeValue<'_>) -> Option<PhoneBehaviour> {
    Some(match value.as_str()? {
        "speaks" => PhoneBehaviour::Speaks,
        "echoes" => PhoneBehaviour::Echoes,
        "hangs-up" => PhoneBehaviour::HangsUp,
        "busy" => PhoneBehaviour::Busy,
        "no-answer" => PhoneBehaviour::NoAnswer,
        "declines" => PhoneBehaviour::Declines,
        _ => return None,
    })
}
