//! The torture messages of RFC 4475 and RFC 5118, as a whole user agent answers them.
//!
//! They are read from the folder that `SIP_TORTURE_DIR` names, with their index
//! (`rfc4475/index.json`, `rfc5118/index.json`): what a user agent answers, by status codes.
//! `cargo xtask test` runs them where that folder is named; the messages of this repository always run.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use alo_sip::status::StatusCode;
use alo_sip::time::Instant;
use alo_sip::ua::{Config, Event, FlowId, FlowInfo, Output, Transport, UserAgent};
use bytes::Bytes;

/// One entry of an index.
#[derive(Debug)]
struct Case {
    name: String,
    file: PathBuf,
    kind: String,
    codes: String,
    retarget: bool,
}

/// The value of a key in one flat JSON object.
fn field<'a>(object: &'a str, key: &str) -> &'a str {
    let found = object
        .split_once(&format!("\"{key}\":"))
        .map(|(_, rest)| rest.trim_start());
    let rest = found.unwrap_or_else(|| panic!("no {key} in {object}"));
    match rest.strip_prefix('"') {
        Some(text) => text.split('"').next().unwrap_or_default(),
        None => rest
            .split([',', '\n', '}'])
            .next()
            .unwrap_or_default()
            .trim(),
    }
}

fn read_index(folder: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(folder.join("index.json")).expect("an index");
    let (_, list) = text.split_once("\"messages\"").expect("messages");
    list.split('{')
        .skip(1)
        .map(|object| Case {
            name: field(object, "name").into(),
            file: folder.join(field(object, "file")),
            kind: field(object, "kind").into(),
            codes: field(object, "codes").into(),
            retarget: field(object, "retarget") == "true",
        })
        .collect()
}

/// Puts the user agent's own address into the request line, so that nothing is excused by its not
/// being the right one.
fn retarget(message: &[u8], own: &str) -> Vec<u8> {
    let end = message
        .iter()
        .position(|byte| *byte == b'\n')
        .expect("a line");
    let line = String::from_utf8_lossy(&message[..end]).into_owned();
    if line.starts_with("SIP/") {
        return message.to_vec();
    }
    let (method, rest) = line.split_once(' ').expect("a request line");
    let version = rest
        .rsplit_once(' ')
        .map(|(_, version)| version)
        .expect("a version");
    let mut out = format!("{method} {own} {version}").into_bytes();
    out.extend_from_slice(&message[end..]);
    out
}

/// What a small phone answers to a message, as status codes; what it must not do ends the test.
fn answers(transport: Transport, message: &[u8]) -> Vec<u16> {
    let (flow, now) = (FlowId(1), Instant::from_millis(1000));
    let mut config = Config::default();
    config
        .supported
        .extend(["replaces", "join"].map(String::from));
    let mut ua = UserAgent::new(config, [1; 32]);
    let remote = "192.0.2.9:5060".parse().ok();
    ua.flow_opened(
        now,
        flow,
        FlowInfo {
            transport,
            sent_by: "ua.example.net".into(),
            remote,
            keep_alive: None,
        },
    );
    ua.handle_input(now, flow, Bytes::copy_from_slice(message));
    let mut codes = Vec::new();
    loop {
        match ua.poll_output() {
            Output::Transmit { bytes, .. } => {
                let line = support::start_line(&bytes);
                let code = line
                    .strip_prefix("SIP/2.0 ")
                    .and_then(|rest| rest.get(..3))
                    .expect("a response");
                codes.push(code.parse().expect("a status"));
            }
            Output::Event(Event::Invited { session, offer, .. }) => {
                // The policy of the small phone: it rings for audio, and has no use for anything else.
                let audio = offer.is_none_or(|sdp| sdp.contains("m=audio"));
                let result = match audio {
                    true => ua.progress(now, session, StatusCode::RINGING, None, Vec::new()),
                    false => ua.reject(now, session, StatusCode::NOT_ACCEPTABLE_HERE, Vec::new()),
                };
                result.expect("an open call");
            }
            Output::Event(Event::Referred { id, .. }) => {
                let refused = ua.reject_refer(now, id, StatusCode::DECLINE, Vec::new());
                refused.expect("an open REFER");
            }
            Output::Event(Event::Request { tx, .. }) => {
                ua.respond(
                    now,
                    tx,
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    Vec::new(),
                    None,
                )
                .expect("an open request");
            }
            Output::Event(_) => {}
            Output::Timeout(_) => return codes,
        }
    }
}

/// Whether an answer is among those that the index allows; no codes: nothing may be answered.
fn fits(codes: &[u16], allowed: &str) -> bool {
    match codes.last() {
        None => allowed.is_empty(),
        Some(code) => allowed
            .split(' ')
            .any(|one| one == "1xx" && *code < 200 || one == code.to_string()),
    }
}

fn run(cases: &[Case], transport: Transport) {
    let mut wrong = String::new();
    for case in cases {
        let message = std::fs::read(&case.file).expect("the message");
        let message = if case.retarget {
            retarget(&message, "sip:ua@ua.example.net")
        } else {
            message
        };
        let codes = answers(transport, &message);
        if !fits(&codes, &case.codes) {
            let _ = writeln!(
                wrong,
                "{} ({}): answered {codes:?}, allowed {:?}",
                case.name, case.kind, case.codes
            );
        }
    }
    assert!(
        wrong.is_empty(),
        "{transport:?}, {} messages:\n{wrong}",
        cases.len()
    );
    println!(
        "{transport:?}: {} of {} messages answered as a user agent should",
        cases.len(),
        cases.len()
    );
}

#[test]
#[ignore = "reads the folder that SIP_TORTURE_DIR names"]
fn every_torture_message_is_answered_as_a_user_agent_should() {
    let folder = torture_dir();
    let mut cases = read_index(&folder.join("rfc4475"));
    cases.extend(read_index(&folder.join("rfc5118")));
    assert_eq!(cases.len(), 61);
    for transport in [Transport::Wss, Transport::Udp] {
        run(&cases, transport);
    }
}

/// The messages of this repository, whose index says what the message layer makes of them: what it
/// takes is processed, what it refuses is refused with that status, and the rest is not answered.
#[test]
fn the_own_torture_messages_are_answered_as_their_index_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torture-own");
    let index = std::fs::read_to_string(folder.join("index.txt")).expect("an index");
    let mut wrong = String::new();
    for line in index.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split(" | ").collect();
        let message = std::fs::read(folder.join(format!("{}.sip", columns[0]))).expect("a message");
        let silent = message.starts_with(b"SIP/") || message.starts_with(b"ACK");
        for transport in [Transport::Wss, Transport::Udp] {
            let codes = answers(transport, &message);
            let verdict = columns[2].rsplit(' ').next().unwrap_or_default();
            let right = match verdict {
                "ok" if silent => codes.is_empty(),
                "ok" => codes
                    .last()
                    .is_some_and(|code| !matches!(code, 400 | 505 | 513)),
                "drop" => codes.is_empty(),
                status => codes.iter().map(u16::to_string).collect::<Vec<_>>() == [status],
            };
            if !right {
                let _ = writeln!(wrong, "{} ({}): {codes:?}", columns[0], columns[2]);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn torture_dir() -> PathBuf {
    let folder = std::env::var_os("SIP_TORTURE_DIR");
    folder.expect("SIP_TORTURE_DIR is set").into()
}
