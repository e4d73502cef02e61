//! The messages of `torture-own/`, each against what `index.txt` says of it.
#![cfg(not(target_arch = "wasm32"))]
#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]

use std::fs;
use std::path::Path;

use alo_sip::bounds::Limits;
use alo_sip::header::HeaderName;
use alo_sip::message::{Message, ParseError, Reply, parse_datagram};
use bytes::Bytes;

struct Case {
    name: String,
    verdict: String,
    bytes: Bytes,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torture-own");
    let index = fs::read_to_string(folder.join("index.txt")).unwrap();
    let lines = index.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let columns: Vec<&str> = line.split(" | ").collect();
            let bytes = fs::read(folder.join(format!("{}.sip", columns[0]))).unwrap();
            Case {
                name: columns[0].to_owned(),
                // A second word is what a user agent says.
                verdict: columns[2].split(' ').next().unwrap_or_default().to_owned(),
                bytes: bytes.into(),
            }
        })
        .collect()
}

fn read(bytes: &Bytes) -> Result<Message, ParseError> {
    let message = parse_datagram(bytes.clone(), &Limits::DEFAULT)?;
    message.check().map(|()| message)
}

#[test]
fn each_message_is_taken_refused_or_dropped_as_its_index_says() {
    let cases = cases();
    assert!(cases.len() > 40);
    for case in &cases {
        let verdict = match read(&case.bytes) {
            Ok(_) => "ok".to_owned(),
            Err(error) => match error.rejection {
                Some(rejection) => rejection.status().to_string(),
                None => "drop".to_owned(),
            },
        };
        assert_eq!(
            verdict,
            case.verdict,
            "{}: {:?}",
            case.name,
            read(&case.bytes).err()
        );
    }
}

#[test]
fn every_file_is_in_the_index() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torture-own");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let messages = files
        .filter(|path| path.extension().is_some_and(|ext| ext == "sip"))
        .count();
    assert_eq!(messages, cases().len());
}

/// RFC 3261 8.2.6.2: a refusal goes back by the Vias of the request, to the same transaction.
#[test]
fn each_refusal_can_be_sent_and_read() {
    for case in cases() {
        let Some(rejection) = read(&case.bytes).err().and_then(|error| error.rejection) else {
            continue;
        };
        let reply = Reply {
            to_tag: Some("refused"),
            ..Reply::default()
        };
        let sent = rejection.response(&reply);
        let read = parse_datagram(sent.as_bytes().clone(), &Limits::DEFAULT);
        let Ok(Message::Response(response)) = read else {
            panic!("{}: {read:?}", case.name);
        };
        assert_eq!(response.status(), rejection.status(), "{}", case.name);
        let via = response.headers().get(&HeaderName::Via);
        assert_eq!(
            via.as_deref(),
            rejection.get(&HeaderName::Via),
            "{}",
            case.name
        );
        assert!(response.headers().has(&HeaderName::CSeq), "{}", case.name);
    }
}
