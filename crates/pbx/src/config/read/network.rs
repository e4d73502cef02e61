//! The phone network, simulated or behind a trunk, and the records of what came and went.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

use toml::de::DeValue;

use super::links::Links;
use super::values::{NUMBER, host_name, phone_number, same_number, seconds_of};
use crate::config::reader::{At, Section, all_parsed, parsed, text, texts};
use crate::config::types::{
    CallerId, Codec, Hotline, Network, NumberFormat, Password, PhoneBehaviour, Records,
    SimulatedNumber, SyncPolicy, Trunk, TrunkAccount,
};

/// The simulated phone network.
pub(super) fn simulated(
    section: Section<'_>,
    links: &Links,
    country_code: String,
    hotlines: &[At<Hotline>],
) -> Network {
    let same = |a: &str, b: &str| same_number(a, b, &country_code);
    let mut numbers: Vec<SimulatedNumber> = Vec::new();
    for phone in section.sections("phone") {
        let number = phone.need("number", NUMBER, phone_number);
        let behaviour = phone.need("does", BEHAVIOURS, behaviour);
        let rings = phone.number("rings", 1, 0..=20);
        let says = phone.get("says", "the name of a prompt", text);
        links.prompts(says.iter().cloned());
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

/// Where call records go.
pub(super) fn records(root: &Section<'_>) -> Records {
    let section = root.section("records");
    let file = section.get("file", "the path of a file", text);
    let sync = section.seconds("sync_seconds", 0, 0..=3600);
    section.finish();
    Records {
        file: file.map(|at| at.value.into()),
        sync: if sync.is_zero() {
            SyncPolicy::Every
        } else {
            SyncPolicy::Interval(sync)
        },
    }
}

const ADDRESS: &str = "a host and a port such as \"sip.example.net:5060\"";
const BIND: &str = "an IP address and a port such as \"0.0.0.0:5060\"";
const CODECS: &str = "a list of \"opus\", \"pcma\" and \"pcmu\", the preferred one first";
const PORTS: &str =
    "a range of UDP ports such as \"20000-20999\", from an even port to a higher one";
const CALLER_ID: &str = "\"from\", \"p-asserted-identity\", \"p-preferred-identity\" or \
                         \"remote-party-id\"";
const FORMATS: &str = "\"e164\", \"digits\" or \"national\"";

/// The trunk, where the file has one.
pub(super) fn trunk(root: &Section<'_>) -> Option<Trunk> {
    if !root.has("trunk") {
        return None;
    }
    let section = root.section("trunk");
    let address = section.need("address", ADDRESS, host_and_port);
    let domain = section.get("domain", "a host name such as \"example.net\"", host_name);
    let register = section.flag("register", false);
    let account = account(&section, register);
    let trunk = address.map(|address| Trunk {
        bind: section.get("bind", BIND, parsed).map_or_else(
            || SocketAddr::from((Ipv4Addr::UNSPECIFIED, 5060)),
            |at| at.value,
        ),
        domain: domain.map_or_else(|| address.value.0.clone(), |at| at.value),
        address: address.value,
        register,
        account,
        expires: section
            .get(
                "expires_seconds",
                "a whole number from 60 to 86400",
                |value| seconds_of(value, 60, 86400),
            )
            .map_or(Duration::from_secs(300), |at| at.value),
        peers: section
            .get(
                "peers",
                "a list of IP addresses such as [\"203.0.113.9\"]",
                all_parsed,
            )
            .map_or_else(Vec::new, |at| at.value),
        codecs: section.get("codecs", CODECS, codecs).map_or_else(
            || vec![Codec::Opus, Codec::Pcma, Codec::Pcmu],
            |at| at.value,
        ),
        rtp_ports: section
            .get("rtp_ports", PORTS, port_range)
            .map_or(20000..=20999, |at| at.value),
        advertise: section
            .get("advertise", "an IP address such as \"203.0.113.7\"", parsed)
            .map(|at| at.value),
        caller_id: section
            .get("caller_id", CALLER_ID, caller_id)
            .map_or(CallerId::From, |at| at.value),
        numbers: section
            .get("numbers", FORMATS, number_format)
            .map_or(NumberFormat::E164, |at| at.value),
    });
    // Without an address the other keys are known all the same, and one fault is enough.
    if trunk.is_some() {
        section.finish();
    }
    trunk
}

/// The account with the provider; registering needs one, and a name needs a password.
fn account(section: &Section<'_>, register: bool) -> Option<TrunkAccount> {
    let username = section.get("username", "a text", text);
    let password = section.get("password", "a text", text);
    if let (Some(at), false) = (&username, section.has("password")) {
        section.fault(at.fault("needs `password` beside it"));
    }
    if let (Some(at), false) = (&password, section.has("username")) {
        section.fault(at.fault("needs `username` beside it"));
    }
    if register
        && !section.has("username")
        && !section.has("password")
        && let Some(at) = section.get("register", "true or false", |value| value.as_bool())
    {
        section.fault(at.fault("needs `username` and `password` beside it"));
    }
    let (username, password) = (username?, password?);
    Some(TrunkAccount {
        username: username.value,
        password: Password(password.value),
    })
}

/// `host`, `host:port`, `[v6]:port`; 5060 where there is no port.
fn host_and_port(value: &DeValue<'_>) -> Option<(String, u16)> {
    let written = text(value)?;
    if let Ok(address) = written.parse::<SocketAddr>() {
        return (address.port() > 0).then(|| (address.ip().to_string(), address.port()));
    }
    if let Ok(address) = written.parse::<std::net::IpAddr>() {
        return Some((address.to_string(), 5060));
    }
    let (host, port) = match written.split_once(':') {
        Some((host, port)) => (host, port.parse().ok().filter(|port| *port > 0)?),
        None => (&*written, 5060),
    };
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"-.".contains(&b);
    let named = !host.is_empty() && host.len() <= 253 && host.bytes().all(legal);
    named.then(|| (host.to_owned(), port))
}

/// RTP takes even ports (RFC 3550 section 11).
fn port_range(value: &DeValue<'_>) -> Option<RangeInclusive<u16>> {
    let written = text(value)?;
    let (from, to) = written.split_once('-')?;
    let (from, to): (u16, u16) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
    (from >= 1024 && from % 2 == 0 && from < to).then_some(from..=to)
}

fn codecs(value: &DeValue<'_>) -> Option<Vec<Codec>> {
    let mut codecs = Vec::new();
    for name in texts(value)? {
        let codec = match &*name {
            "opus" => Codec::Opus,
            "pcma" => Codec::Pcma,
            "pcmu" => Codec::Pcmu,
            _ => return None,
        };
        if codecs.contains(&codec) {
            return None;
        }
        codecs.push(codec);
    }
    (!codecs.is_empty()).then_some(codecs)
}

fn caller_id(value: &DeValue<'_>) -> Option<CallerId> {
    Some(match value.as_str()? {
        "from" => CallerId::From,
        "p-asserted-identity" => CallerId::PAssertedIdentity,
        "p-preferred-identity" => CallerId::PPreferredIdentity,
        "remote-party-id" => CallerId::RemotePartyId,
        _ => return None,
    })
}

fn number_format(value: &DeValue<'_>) -> Option<NumberFormat> {
    Some(match value.as_str()? {
        "e164" => NumberFormat::E164,
        "digits" => NumberFormat::Digits,
        "national" => NumberFormat::National,
        _ => return None,
    })
}
