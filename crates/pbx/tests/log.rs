//! The log of whole calls: one span each, and no secret.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alo_pbx::config::{Config, LogFormat};
use alo_pbx::logging;
use alo_pbx::server::Server;
use support::phone::Phone;

/// Where the log goes.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl io::Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_one_span_and_no_secret_is_in_it() {
    let mut config = Config::demo().unwrap();
    config.http.port = 0;
    config.media.bind = [127, 0, 0, 1].into();
    config.network.ring = Duration::from_millis(100);
    config.log.filter = "trace".into();
    config.log.format = LogFormat::Json;
    config.log.redact_numbers = true;
    let paper = Paper::default();
    let writer = paper.clone();
    logging::start_to(&config.log, move || writer.clone()).unwrap();
    let server = Server::start(config).await.unwrap();
    let url = format!("http://{}/", server.address());

    let mut an = Phone::agent(&url, "101", 440.0).await;
    let mut binh = Phone::agent(&url, "102", 620.0).await;
    let outgoing = an.call("102");
    an.flush().await;
    let (incoming, offer, _) = binh.rings().await;
    binh.answer(incoming, offer).await;
    an.is_answered(outgoing).await;
    an.browser
        .wait_until("An hears Bình", |heard| heard.hears(620.0));
    // No time and no port looks like this.
    an.browser.press("4711*4711");
    binh.browser
        .wait_until("the digits came", |heard| heard.dialled() == "4711*4711");
    an.info(outgoing, "Signal=8\r\nDuration=160\r\n").await;
    binh.browser
        .wait_until("one more came", |heard| heard.dialled() == "4711*47118");
    an.hang_up(outgoing).await;
    binh.ends(incoming).await;
    let to_phone = an.call_elsewhere("+84900000006").await;
    an.hears_ringing(to_phone).await;
    an.hang_up(to_phone).await;
    // Whoever answers is named in the log too.
    let answered = an.call_elsewhere("+84900000006").await;
    an.is_answered(answered).await;
    an.hang_up(answered).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    server.stop().await;

    let bytes = paper.0.lock().unwrap().clone();
    let log = String::from_utf8(bytes).unwrap();
    for secret in [
        "alo-101",
        "alo-102",
        "4711*4711",
        "Signal=",
        "response=",
        "84900000006",
    ] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret:?} is in the log");
    }
    let of_calls: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &serde_json::Value| line["span"]["name"] == "call")
        .collect();
    let said = |message: &str| {
        let says = |line: &&serde_json::Value| line["message"] == message;
        of_calls.iter().filter(says).collect::<Vec<_>>()
    };
    assert_eq!(said("calls").len(), 3);
    assert_eq!(said("talking").len(), 2);
    assert_eq!(said("calls")[1]["to"], "...006");
    assert_eq!(said("answered")[1]["by"], "...006");
    let over = said("over");
    assert_eq!(over[0]["outcome"], "the caller hung up");
    assert_eq!(over[1]["outcome"], "the caller gave up");
    let first = &said("calls")[0]["span"]["id"];
    assert_eq!(&over[0]["span"]["id"], first);
    assert_ne!(&over[1]["span"]["id"], first);
}
