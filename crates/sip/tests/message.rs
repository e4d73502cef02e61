//! Reading, looking into and writing messages.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]

#[cfg(target_arch = "wasm32")]
#[macro_use]
extern crate alo_wasm_test;

mod corpus;

use alo_sip::bounds::Limits;
use alo_sip::header::{Contacts, HeaderName, Refresher, Via};
use alo_sip::message::{
    LineFault, Message, ParseErrorKind, Rejection, Reply, Request, RequestBuilder, Response,
    ResponseBuilder, parse_datagram,
};
use alo_sip::method::Method;
use alo_sip::status::StatusCode;
use alo_sip::uri::{NameAddr, Uri};
use bytes::Bytes;

fn read(text: impl Into<Vec<u8>>) -> Message {
    let message = parse_datagram(Bytes::from(text.into()), &Limits::DEFAULT).unwrap();
    message.check().unwrap();
    message
}

fn request(text: impl Into<Vec<u8>>) -> Request {
    match read(text) {
        Message::Request(request) => request,
        Message::Response(response) => panic!("{response:?}"),
    }
}

/// A request whose fields after the mandatory ones are these lines.
fn request_with(lines: &str) -> Request {
    request(format!(
        "INVITE sip:binh@alo.example SIP/2.0\r\nVia: SIP/2.0/WSS a.invalid;branch=z9hG4bK1;rport\r\n\
         From: \"An\" <sip:an@alo.example>;tag=1\r\nTo: <sip:binh@alo.example>\r\nCall-ID: c1\r\n\
         CSeq: 7 INVITE\r\n{lines}\r\n"
    ))
}

fn error(text: impl Into<Vec<u8>>, limits: &Limits) -> (ParseErrorKind, Option<Box<Rejection>>) {
    let error = parse_datagram(Bytes::from(text.into()), limits).unwrap_err();
    (error.kind, error.rejection)
}

fn uri(text: &str) -> Uri {
    text.parse().unwrap()
}

#[test]
fn the_corpus_is_thirty_messages_that_can_be_processed() {
    let messages = corpus::messages();
    assert_eq!(messages.len(), 30);
    for bytes in messages {
        read(bytes);
    }
}

#[test]
fn printing_hands_out_the_bytes_that_came() {
    for bytes in corpus::messages() {
        let bytes = Bytes::from(bytes);
        let message = parse_datagram(bytes.clone(), &Limits::DEFAULT).unwrap();
        assert_eq!(message.as_bytes(), &bytes);
        assert_eq!(message.as_bytes().as_ptr(), bytes.as_ptr(), "not copied");
        assert_eq!(message.body(), &bytes[bytes.len() - message.body().len()..]);
    }
}

#[test]
fn folded_values_are_one_line() {
    let message = request_with("Subject: one\r\n two\r\n\t \r\n  three\r\n");
    let subject = message.headers().get(&HeaderName::Subject);
    assert_eq!(subject.as_deref(), Some("one two three"));
}

#[test]
fn lists_go_over_lines_and_respect_quotes_and_brackets() {
    let message = request_with("Route: \"a, b\" <sip:x,y@c;lr> , <sip:d;lr>\r\nROUTE: <sip:e>\r\n");
    let elements: Vec<_> = message.headers().list(&HeaderName::Route).collect();
    assert_eq!(
        elements,
        ["\"a, b\" <sip:x,y@c;lr>", "<sip:d;lr>", "<sip:e>"]
    );
    let routes = message.headers().route().unwrap();
    assert_eq!(routes.len(), 3);
    assert_eq!(routes[0].display().as_deref(), Some("a, b"));
    assert!(routes[1].uri().is_loose_router() && !routes[2].uri().is_loose_router());
}

#[test]
fn fields_that_nobody_knows_are_found_without_case() {
    let message = request_with("X-Alo-Queue: sales\r\nx-alo-queue: support\r\nX-Alo-Other: no\r\n");
    let name = HeaderName::from_static("X-ALO-QUEUE");
    let values: Vec<_> = message.headers().all(&name).collect();
    assert_eq!(values, ["sales", "support"]);
    assert_eq!(message.headers().count(&name), 2);
}

#[test]
fn typed_fields() {
    let message = request_with(
        "Max-Forwards: 070\r\nSupported: timer, 100rel\r\nk: replaces\r\nSession-Expires: 1800;refresher=uas\r\n\
         Min-SE: 90\r\nAllow: INVITE, ACK, FOO\r\nAccept: application/sdp, text/*;q=0.1\r\nContact: *\r\n\
         Reason: SIP;cause=486, Q.850;cause=17\r\nExpires: soon\r\nContent-Type: application/sdp\r\n",
    );
    let headers = message.headers();
    assert_eq!(headers.max_forwards(), Ok(Some(70)));
    assert_eq!(
        headers.supported().unwrap(),
        ["timer", "100rel", "replaces"]
    );
    assert!(headers.has_option(&HeaderName::Supported, "Timer"));
    let session = headers.session_expires().unwrap().unwrap();
    assert_eq!(
        (session.seconds, session.refresher),
        (1800, Some(Refresher::Uas))
    );
    assert_eq!(headers.min_se(), Ok(Some(90)));
    let shouted = "FOO".parse::<Method>().unwrap();
    assert_eq!(
        headers.allow().unwrap().unwrap(),
        [Method::Invite, Method::Ack, shouted]
    );
    assert!(headers.accept().unwrap().unwrap()[1].accepts("text/plain"));
    assert_eq!(headers.contacts(), Ok(Contacts::All));
    assert!(headers.contact().is_err());
    assert_eq!(
        headers
            .reasons()
            .iter()
            .map(|reason| reason.cause)
            .collect::<Vec<_>>(),
        [Some(486), Some(17)]
    );
    // RFC 3261 20.19
    assert_eq!(headers.expires(), Some(3600));
    assert!(
        headers
            .content_type()
            .unwrap()
            .unwrap()
            .is("application/sdp")
    );
    assert_eq!(headers.rack(), Ok(None));
}

#[test]
fn debug_shows_no_numbers() {
    let message = request_with("Contact: <sip:+84901234567@a.invalid>\r\n");
    let shown = format!("{message:?} {:?}", message.headers().contact().unwrap());
    assert!(
        !shown.contains("84901234567") && !shown.contains("an@alo"),
        "{shown}"
    );
}

/// Neither the error nor the answer to it hold or lose anything else: the next message is read.
#[test]
fn a_header_of_two_megabytes_is_refused_and_can_be_answered() {
    let long = "x".repeat(2 << 20);
    let text = format!(
        "MESSAGE sip:a@b SIP/2.0\r\nSubject: {long}\r\nVia: SIP/2.0/WSS a.invalid;branch=z9hG4bK1\r\n\
         From: <sip:a@b>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\n\r\n"
    );
    let size = text.len();
    let (kind, rejection) = error(text.clone(), &Limits::DEFAULT);
    assert_eq!(
        kind,
        ParseErrorKind::TooLarge {
            size,
            limit: Limits::DEFAULT.message
        }
    );
    let rejection = rejection.unwrap();
    assert_eq!(rejection.status(), StatusCode::MESSAGE_TOO_LARGE);
    let answer = rejection.response(&Reply::default());
    assert_eq!(
        answer.headers().get(&HeaderName::CallId).as_deref(),
        Some("1")
    );

    let wide = Limits {
        message: 4 << 20,
        ..Limits::DEFAULT
    };
    let (kind, rejection) = error(text, &wide);
    assert_eq!(
        kind,
        ParseErrorKind::LineTooLong {
            at: 25,
            limit: wide.line
        }
    );
    assert_eq!(rejection.unwrap().status(), StatusCode::MESSAGE_TOO_LARGE);
}

#[test]
fn bounds_are_kept_exactly() {
    let limits = Limits {
        headers: 7,
        line: 64,
        ..Limits::DEFAULT
    };
    let with = |lines: &str| request_with(lines).as_bytes().to_vec();
    assert!(parse_datagram(with("X1: 1\r\nX2: 2\r\n").into(), &limits).is_ok());
    assert_eq!(
        error(with("X1: 1\r\nX2: 2\r\nX3: 3\r\n"), &limits).0,
        ParseErrorKind::TooManyHeaders { limit: 7 }
    );
    let folded = format!("X1: {}\r\n {}\r\n", "x".repeat(40), "y".repeat(40));
    assert!(matches!(
        error(with(&folded), &limits).0,
        ParseErrorKind::LineTooLong { limit: 64, .. }
    ));
}

#[test]
fn a_name_is_part_of_the_line_that_has_a_bound() {
    let limit = Limits::DEFAULT.line;
    let head = "OPTIONS sip:a@b SIP/2.0\r\n";
    for (name, spaces) in [
        (limit - 1, 0),
        (limit, 0),
        (limit + 1, 0),
        (limit * 3, 0),
        (4, limit * 3),
    ] {
        let text = format!(
            "{head}{}{}: 1\r\n\r\n",
            "n".repeat(name),
            " ".repeat(spaces)
        );
        let at = head.len();
        assert_eq!(
            error(text, &Limits::DEFAULT).0,
            ParseErrorKind::LineTooLong { at, limit },
            "a name of {name} and {spaces} spaces"
        );
    }
    let fits = format!("{head}{}:1\r\n\r\n", "n".repeat(limit - 4));
    assert!(parse_datagram(fits.into(), &Limits::DEFAULT).is_ok());
    // Nothing but a name, up to the end of the message.
    let cut = format!("{head}{}", "n".repeat(limit * 3));
    let at = head.len();
    assert_eq!(
        error(cut, &Limits::DEFAULT).0,
        ParseErrorKind::LineTooLong { at, limit }
    );
}

#[test]
fn a_request_uri_has_no_control_characters() {
    for uri in ["sip:a\0b@c", "sip:a@b\tc", "sip:\u{7f}@b"] {
        let text = format!("OPTIONS {uri} SIP/2.0\r\n\r\n");
        let (kind, _) = error(text, &Limits::DEFAULT);
        let fault = LineFault::Start;
        assert_eq!(kind, ParseErrorKind::Line { at: 0, fault }, "{uri:?}");
    }
}

#[test]
fn line_ends_alone_are_no_message() {
    for text in ["", "\r\n", "\r\n\r\n"] {
        assert_eq!(
            error(text, &Limits::DEFAULT),
            (ParseErrorKind::Empty, None),
            "{text:?}"
        );
    }
}

#[test]
fn nothing_can_be_smuggled_into_a_message() {
    let evil = "hello\r\nContact: <sip:evil@example.org>\r\n\r\nbody\0";
    let built = RequestBuilder::new(Method::Message, &uri("sip:a@b"))
        .header(HeaderName::Subject, evil)
        .header(HeaderName::ContentLength, 99)
        .header(
            HeaderName::From,
            NameAddr::new(uri("sip:a@b"))
                .with_display(evil)
                .with_param("x", Some(evil)),
        )
        .body("text/plain\r\nX: y", "hi")
        .build();
    let Message::Request(read) =
        parse_datagram(built.as_bytes().clone(), &Limits::DEFAULT).unwrap()
    else {
        panic!("a request was built");
    };
    let names: Vec<_> = read.headers().iter().map(|(name, _)| name).collect();
    let expected = [
        HeaderName::Subject,
        HeaderName::From,
        HeaderName::ContentType,
        HeaderName::ContentLength,
    ];
    assert_eq!(names, expected);
    assert_eq!(read.body(), b"hi");
    let reason = ResponseBuilder::with_reason(StatusCode::OK, evil).build();
    assert_eq!(reason.headers().len(), 1);
    assert!(parse_datagram(reason.as_bytes().clone(), &Limits::DEFAULT).is_ok());
}

#[test]
fn the_index_of_a_built_message_is_that_of_the_read_one() {
    let request = RequestBuilder::new(Method::Invite, &uri("sip:b@c;transport=ws?Subject=x"))
        .header(
            HeaderName::Via,
            Via::new("WSS", "a.invalid", "z9hG4bK1").unwrap(),
        )
        .header(HeaderName::from_static("X-Empty"), "")
        .header(HeaderName::Subject, "  spaced  ")
        .body("application/sdp", "v=0\r\n")
        .build();
    let Message::Request(read) =
        parse_datagram(request.as_bytes().clone(), &Limits::DEFAULT).unwrap()
    else {
        panic!("a request was built");
    };
    assert_eq!(request.uri(), "sip:b@c;transport=ws");
    assert_eq!(fields(read.headers()), fields(request.headers()));
    assert_eq!((read.uri(), read.body()), (request.uri(), request.body()));
}

fn fields(headers: &alo_sip::message::Headers) -> Vec<(HeaderName, String)> {
    headers
        .iter()
        .map(|(name, value)| (name, value.into_owned()))
        .collect()
}

#[test]
fn a_request_is_sent_again_with_other_fields() {
    let first = request_with("Subject: a\r\n b\r\nContent-Type: text/plain\r\n");
    let again = first
        .to_builder_without(&[HeaderName::Via, HeaderName::CSeq])
        .header(HeaderName::Via, "SIP/2.0/WSS a.invalid;branch=z9hG4bK2")
        .header(HeaderName::CSeq, "8 INVITE")
        .build();
    assert!(again.check().is_ok());
    assert_eq!(again.headers().cseq().unwrap().unwrap().seq, 8);
    assert_eq!(
        again.headers().get(&HeaderName::Subject).as_deref(),
        Some("a b")
    );
    assert_eq!(first.to_builder().build().uri(), first.uri());
}

/// RFC 3261 8.2.6.2, 18.2.1; RFC 3581 4
#[test]
fn a_response_copies_what_it_has_to() {
    let request = request(
        "INVITE sip:b@c SIP/2.0\r\nVia: SIP/2.0/UDP a.invalid;branch=z9hG4bK1;rport, SIP/2.0/UDP b;branch=z\r\n\
         v: SIP/2.0/UDP c;branch=z2\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@c>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\
         Record-Route: <sip:p;lr>\r\nTimestamp: 54\r\n\r\n",
    );
    let source = "192.0.2.9:5555".parse().ok();
    let reply = Reply {
        to_tag: Some("mine"),
        source,
        reason: None,
    };
    let ringing = ResponseBuilder::reply(&request, StatusCode::RINGING, &reply)
        .copy(&request, &HeaderName::RecordRoute)
        .build();
    let vias: Vec<_> = ringing
        .headers()
        .list(&HeaderName::Via)
        .map(|via| via.into_owned())
        .collect();
    let filled = "SIP/2.0/UDP a.invalid;branch=z9hG4bK1;rport=5555;received=192.0.2.9";
    assert_eq!(
        vias,
        [filled, "SIP/2.0/UDP b;branch=z", "SIP/2.0/UDP c;branch=z2"]
    );
    assert_eq!(ringing.headers().to().unwrap().unwrap().tag(), Some("mine"));
    assert_eq!(ringing.headers().record_route().unwrap().len(), 1);
    assert!(!ringing.headers().has(&HeaderName::Timestamp));
    assert_eq!(ringing.reason(), "Ringing");
    let trying = ResponseBuilder::reply_to(&request, StatusCode::TRYING).build();
    assert_eq!(
        trying.headers().get(&HeaderName::Timestamp).as_deref(),
        Some("54")
    );
    assert_eq!(trying.headers().to().unwrap().unwrap().tag(), None);
    assert!(trying.check().is_ok());
}

#[test]
fn a_tag_that_is_there_stays() {
    let mut text = String::from_utf8(request_with("").as_bytes().to_vec()).unwrap();
    text = text.replace(
        "To: <sip:binh@alo.example>",
        "To: <sip:binh@alo.example> ; tag=theirs",
    );
    let reply = Reply {
        to_tag: Some("mine"),
        ..Reply::default()
    };
    let response: Response = ResponseBuilder::reply(&request(text), StatusCode::OK, &reply).build();
    assert_eq!(
        response.headers().to().unwrap().unwrap().tag(),
        Some("theirs")
    );
}
