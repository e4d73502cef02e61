//! From the text of a file to a [`Config`].

use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::de::DeTable;

use self::links::Links;
use self::values::{country_code, filter, host_name, origins, port, seconds_of};
use super::reader::{Fault, Reader, Section, all_parsed, parsed, text, whole};
use super::types::{Calls, Config, Http, Log, LogFormat, MediaSettings, Registrations, Tls};

mod links;
mod network;
mod people;
mod routes;
mod values;

/// Reads a file; paths in it are relative to `folder`.
pub(super) fn config(file: &str, folder: &Path) -> Result<Config, Vec<Fault>> {
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
        let links = Links::default();
        let config = everything(&root, &links);
        root.finish();
        for fault in links.faults(&config, folder) {
            reader.fault(fault);
        }
        config
    };
    let faults = reader.into_faults();
    if faults.is_empty() {
        Ok(config)
    } else {
        Err(faults)
    }
}

fn everything(root: &Section<'_>, links: &Links) -> Config {
    let agents = people::agents(root, links);
    let working_states = people::working_states(root);
    let queues = routes::queues(root, links, &agents);
    let ivrs = routes::ivrs(root, links);
    let section = root.section("phone_network");
    // What the numbers of all sections mean depends on it.
    let country_code = section
        .get(
            "country_code",
            "a country code such as \"84\"",
            country_code,
        )
        .map_or_else(|| "84".into(), |at| at.value);
    let hotlines = routes::hotlines(root, links, &agents, &country_code);
    let network = network::simulated(section, links, country_code, &hotlines);
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
        transfer: routes::transfer(root, links),
        log: log(root),
        records: network::records(root),
        agents: agents.into_iter().map(|at| at.value).collect(),
        working_states,
        queues,
        ivrs,
        hotlines: hotlines.into_iter().map(|at| at.value).collect(),
        network,
        trunk: network::trunk(root),
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
