//! Reads the corpus of the tests in a browser, for the measurement beside JsSIP.

#[path = "../../tests/corpus/mod.rs"]
mod corpus;

use std::hint::black_box;

use alo_sip::bounds::Limits;
use alo_sip::message::{Message, parse_datagram};
use bytes::Bytes;
use wasm_bindgen::prelude::wasm_bindgen;

/// The messages, as a WebSocket hands them over: text.
#[wasm_bindgen]
pub fn messages() -> Vec<String> {
    let all = corpus::messages().into_iter();
    all.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect()
}

/// Parses one message, copied in from JavaScript, and reads its first Via, From, To, CSeq, Contact,
/// Record-Route and challenge; `false` where it is not a message or a field is not legal.
#[wasm_bindgen]
pub fn typed(message: String) -> bool {
    parse_datagram(Bytes::from(message), &Limits::DEFAULT)
        .ok()
        .and_then(|message| read(&message))
        .is_some()
}

fn read(message: &Message) -> Option<()> {
    let headers = message.headers();
    black_box(headers.via().ok()??);
    black_box(headers.from().ok()??);
    black_box(headers.to().ok()??);
    black_box(headers.cseq().ok()??);
    black_box(headers.contact().ok()?);
    black_box(headers.record_route().ok()?);
    black_box(headers.www_authenticate().ok()?);
    Some(())
}
