//! What holds for every input: tried with many that a small generator makes from a seed.

#[cfg(target_arch = "wasm32")]
#[macro_use]
extern crate alo_wasm_test;

mod corpus;

use alo_sip::bounds::Limits;
use alo_sip::header::{Authorization, Challenge, Contact, HeaderName, Reason, Via};
use alo_sip::message::{Headers, Message, Reply, RequestBuilder, parse_datagram};
use alo_sip::method::Method;
use alo_sip::presence::{
    Activity, DialogEntry, DialogInfo, DialogState, Direction, Presence, QueueLoad,
};
use alo_sip::sdp::Sdp;
use alo_sip::uri::{NameAddr, Uri};
use bytes::Bytes;

/// Numbers that look random and are the same in every run (SplitMix64).
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    /// Text of characters that make trouble, and of some that do not.
    fn text(&mut self) -> String {
        const ALPHABET: &[char] = &[
            'a',
            'Z',
            '0',
            '9',
            '-',
            '.',
            '_',
            '+',
            '*',
            '#',
            '%',
            '@',
            ':',
            ';',
            ',',
            '<',
            '>',
            '"',
            '\\',
            '\'',
            '(',
            ')',
            '[',
            ']',
            '{',
            '}',
            '?',
            '&',
            '=',
            '/',
            '~',
            '!',
            '$',
            ' ',
            '\t',
            '\r',
            '\n',
            '\0',
            '\u{7f}',
            'ễ',
            '電',
            '\u{1f4de}',
        ];
        (0..self.below(12))
            .map(|_| ALPHABET[self.below(ALPHABET.len())])
            .collect()
    }

    /// A byte that means something to a parser, or any.
    fn byte(&mut self) -> u8 {
        const SHARP: &[u8] = b"\r\n \t:;,<>\"\\=@/?&%[]()*\0\x80\xff0";
        match self.below(3) {
            0 => self.next() as u8,
            _ => SHARP[self.below(SHARP.len())],
        }
    }

    /// Does up to four small things to the bytes.
    fn damage(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            match self.below(5) {
                0 => bytes[at] = self.byte(),
                1 => bytes.insert(at, self.byte()),
                2 => drop(bytes.remove(at)),
                3 => bytes.truncate(at.max(1)),
                _ => {
                    let end = (at + self.below(40)).min(bytes.len());
                    let piece = bytes[at..end].to_vec();
                    let to = self.below(bytes.len());
                    bytes.splice(to..to, piece);
                }
            }
            if bytes.is_empty() {
                bytes.push(self.byte());
            }
        }
    }
}

/// Enough to meet every kind of damage; the fuzz targets go further.
const ROUNDS: usize = if cfg!(target_arch = "wasm32") {
    1_000
} else {
    5_000
};

/// Reads every field in every way.
fn look_at_everything(headers: &Headers) -> usize {
    let mut seen = 0;
    for name in HeaderName::KNOWN {
        seen += headers.all(name).map(|value| value.len()).sum::<usize>();
        seen += headers.list(name).count();
        seen += usize::from(headers.addresses(name).is_ok())
            + usize::from(headers.address(name).is_ok());
    }
    let oks = [
        headers.via().is_ok(),
        headers.vias().is_ok(),
        headers.contact().is_ok(),
        headers.contacts().is_ok(),
        headers.cseq().is_ok(),
        headers.max_forwards().is_ok(),
        headers.require().is_ok(),
        headers.allow().is_ok(),
        headers.accept().is_ok(),
        headers.content_type().is_ok(),
        headers.rack().is_ok(),
        headers.rseq().is_ok(),
        headers.session_expires().is_ok(),
        headers.min_se().is_ok(),
        headers.retry_after().is_ok(),
        headers.replaces().is_some(),
        headers.join().is_some(),
        headers.target_dialog().is_some(),
        headers.refer_to().is_some(),
        headers.referred_by().is_some(),
        headers.refer_sub().is_some(),
        headers.user_to_user().is_some(),
        headers.asserted_identity().is_some(),
        headers.event().is_ok(),
        headers.subscription_state().is_ok(),
        headers.www_authenticate().is_ok(),
        headers.proxy_authorization().is_ok(),
    ];
    seen + oks.iter().filter(|ok| **ok).count() + headers.reasons().len()
}

/// Everything that is done with what comes from the network.
fn take_in(bytes: Vec<u8>) -> bool {
    let bytes = Bytes::from(bytes);
    let result = parse_datagram(bytes.clone(), &Limits::DEFAULT).and_then(|message| {
        look_at_everything(message.headers());
        assert!(
            bytes
                .windows(message.as_bytes().len())
                .any(|part| part == message.as_bytes())
        );
        if let Message::Request(request) = &message {
            let again = request.to_builder().build();
            assert_eq!(again.body(), request.body());
        }
        message.check().map(|()| message)
    });
    let Err(error) = result else {
        return true;
    };
    if let Some(rejection) = error.rejection {
        let answer = rejection.response(&Reply {
            to_tag: Some("t"),
            source: "192.0.2.1:5060".parse().ok(),
            reason: None,
        });
        let read = parse_datagram(answer.as_bytes().clone(), &Limits::DEFAULT);
        assert!(matches!(read, Ok(Message::Response(_))), "{read:?}");
    }
    false
}

#[test]
fn damaged_messages_are_read_or_refused() {
    let corpus = corpus::messages();
    let mut draw = Draw(1);
    let mut taken = 0;
    for round in 0..ROUNDS {
        let mut bytes = corpus[round % corpus.len()].clone();
        draw.damage(&mut bytes);
        taken += usize::from(take_in(bytes));
    }
    // Damage in a value that nobody reads leaves a good message; damage elsewhere does not.
    assert!(taken > ROUNDS / 20 && taken < ROUNDS, "{taken} of {ROUNDS}");
}

/// Names, spaces and values around and far above the bounds, where a colon may be missing.
#[test]
fn huge_fields_are_read_or_refused() {
    let mut draw = Draw(7);
    let corpus = corpus::messages();
    for round in 0..ROUNDS / 10 {
        let size = |draw: &mut Draw| match draw.below(4) {
            0 => draw.below(8),
            1 => draw.below(Limits::DEFAULT.message),
            _ => Limits::DEFAULT.line - 8 + draw.below(16),
        };
        let mut field = vec![b'n'; size(&mut draw)];
        field.resize(field.len() + size(&mut draw), b' ');
        if draw.below(4) > 0 {
            field.push(b':');
        }
        field.resize(field.len() + draw.below(20), b'v');
        if draw.below(4) > 0 {
            field.extend_from_slice(b"\r\n");
        }
        let mut bytes = corpus[round % corpus.len()].clone();
        let line = bytes.windows(2).position(|pair| pair == b"\r\n").unwrap();
        bytes.splice(line + 2..line + 2, field);
        take_in(bytes);
    }
}

#[test]
fn every_beginning_of_a_message_is_refused() {
    for bytes in corpus::messages().into_iter().step_by(4) {
        for end in 0..bytes.len() {
            assert!(
                !take_in(bytes[..end].to_vec()),
                "{end} bytes of {}",
                bytes.len()
            );
        }
    }
}

#[test]
fn noise_is_no_message() {
    let mut draw = Draw(2);
    for _ in 0..ROUNDS {
        let bytes = (0..draw.below(200)).map(|_| draw.byte()).collect();
        assert!(!take_in(bytes));
    }
}

#[test]
fn noise_in_values() {
    let mut draw = Draw(3);
    for _ in 0..ROUNDS {
        let text = draw.text() + &draw.text() + &draw.text();
        let wrapped = format!("<sip:{}@b>;{}={}", draw.text(), draw.text(), draw.text());
        for text in [&text, &wrapped] {
            if let Ok(uri) = Uri::parse(text) {
                assert_eq!(uri.to_string().parse(), Ok(uri.clone()));
                assert!(uri.equivalent(&uri));
            }
            if let Ok(address) = NameAddr::parse(text) {
                assert_eq!(address.to_string().parse(), Ok(address.clone()));
                assert_eq!(
                    address.with_tag("t").to_string().parse(),
                    Ok(address.with_tag("t"))
                );
            }
            let _ = (
                Via::parse(text),
                Contact::parse(text),
                Challenge::parse(text),
                Authorization::parse(text),
            );
        }
    }
}

#[test]
fn built_addresses_parse_back() {
    let mut draw = Draw(4);
    for _ in 0..ROUNDS {
        let user = draw.text();
        let Ok(uri) = Uri::sip(
            (!user.is_empty()).then_some(user.as_str()),
            "alo.example:5061",
        ) else {
            panic!("{user:?}");
        };
        assert_eq!(uri.user().as_deref().unwrap_or_default(), user);
        let (name, value) = (draw.text() + "p", draw.text());
        let with = uri.with_param(&name, Some(&value));
        assert_eq!(
            Uri::parse(with.as_str()).as_ref(),
            Ok(&with),
            "{name:?} {value:?}"
        );
        assert_eq!(with.without_param(&name), uri);

        let display = draw.text();
        let address = NameAddr::new(with)
            .with_display(&display)
            .with_param("x", Some(&value))
            .with_tag("t");
        let read = NameAddr::parse(&address.to_string());
        assert_eq!(read.as_ref(), Ok(&address));
        let one_line = display.replace(['\r', '\n'], " ");
        assert_eq!(address.display().as_deref().unwrap_or_default(), one_line);
        assert_eq!(address.tag(), Some("t"));

        let reason = Reason {
            protocol: draw.text(),
            cause: Some(draw.next() as u16),
            text: Some(draw.text()),
        };
        let read: Reason = reason.to_string().parse().unwrap();
        assert_eq!(read.cause, reason.cause);
    }
}

#[test]
fn built_requests_parse_back() {
    let mut draw = Draw(5);
    let target = Uri::sip(Some("b"), "alo.example").unwrap();
    for _ in 0..ROUNDS {
        let fields: Vec<(HeaderName, String)> = (0..draw.below(6))
            .map(|_| {
                (
                    HeaderName::KNOWN[draw.below(HeaderName::KNOWN.len())].clone(),
                    draw.text(),
                )
            })
            .filter(|(name, _)| *name != HeaderName::ContentLength)
            .collect();
        let body = draw.text();
        let built = RequestBuilder::new(Method::Message, &target)
            .headers(fields.clone())
            .body("a/b", body.clone())
            .build();
        let Ok(Message::Request(read)) = parse_datagram(built.as_bytes().clone(), &Limits::DEFAULT)
        else {
            panic!("{fields:?}");
        };
        assert_eq!(read.body(), body.as_bytes());
        let seen: Vec<_> = read
            .headers()
            .iter()
            .map(|(name, value)| (name, value.into_owned()))
            .collect();
        let made: Vec<_> = built
            .headers()
            .iter()
            .map(|(name, value)| (name, value.into_owned()))
            .collect();
        assert_eq!(seen, made);
        assert_eq!(seen.len(), fields.len() + 2);
    }
}

#[test]
fn damaged_session_descriptions_are_read_or_refused() {
    let mut draw = Draw(6);
    let mut taken = 0;
    for _ in 0..ROUNDS / 4 {
        let mut bytes = corpus::webrtc_sdp(1, "sendrecv").into_bytes();
        draw.damage(&mut bytes);
        taken += usize::from(Sdp::parse(&String::from_utf8_lossy(&bytes)).is_ok());
    }
    assert!(taken > ROUNDS / 40);
}

/// What XML can hold of a text.
fn in_xml(text: &str) -> String {
    let legal = |c: &char| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{7f}');
    text.chars().filter(legal).collect()
}

#[test]
fn built_documents_parse_back() {
    const ACTIVITIES: [Activity; 9] = [
        Activity::None,
        Activity::OnThePhone,
        Activity::Ringing,
        Activity::Away,
        Activity::Busy,
        Activity::Meal,
        Activity::Break,
        Activity::Working,
        Activity::Other,
    ];
    let mut draw = Draw(11);
    for _ in 0..3000 {
        let text = |draw: &mut Draw| (draw.below(3) > 0).then(|| draw.text());
        let next = text(&mut draw);
        let mut presence = Presence {
            entity: draw.text(),
            open: draw.below(2) == 0,
            activity: ACTIVITIES[draw.below(ACTIVITIES.len())],
            state: text(&mut draw),
            note: text(&mut draw),
            next_note: next.as_ref().and_then(|_| text(&mut draw)),
            next,
            for_s: (draw.below(2) == 0).then(|| draw.next()),
            left_s: (draw.below(2) == 0).then(|| draw.next()),
            queue: (draw.below(2) == 0).then(|| QueueLoad {
                waiting: draw.next() as u32,
                free: draw.next() as u32,
            }),
        };
        let document = presence.to_pidf();
        let read = Presence::parse(document.as_bytes()).expect("a document of ours");
        presence.entity = in_xml(&presence.entity);
        for text in [
            &mut presence.state,
            &mut presence.next,
            &mut presence.next_note,
        ] {
            *text = text.take().map(|text| in_xml(&text));
        }
        // Space around a note is not told.
        presence.note = presence.note.map(|note| in_xml(&note).trim().to_owned());
        presence.note = presence.note.filter(|note| !note.is_empty());
        assert_eq!(read, presence, "{document}");
    }
}

#[test]
fn built_dialog_documents_parse_back() {
    const STATES: [DialogState; 5] = [
        DialogState::Trying,
        DialogState::Proceeding,
        DialogState::Early,
        DialogState::Confirmed,
        DialogState::Terminated,
    ];
    const DIRECTIONS: [Option<Direction>; 3] =
        [None, Some(Direction::Initiator), Some(Direction::Recipient)];
    let mut draw = Draw(12);
    for _ in 0..1000 {
        let dialogs = (0..draw.below(4)).map(|_| DialogEntry {
            id: draw.text(),
            direction: DIRECTIONS[draw.below(3)],
            state: STATES[draw.below(5)],
        });
        let dialogs: Vec<DialogEntry> = dialogs.collect();
        let mut info = DialogInfo {
            entity: draw.text(),
            version: draw.next() as u32,
            full: draw.below(2) == 0,
            dialogs,
        };
        let document = info.to_xml();
        let read = DialogInfo::parse(document.as_bytes()).expect("a document of ours");
        info.entity = in_xml(&info.entity);
        for dialog in &mut info.dialogs {
            dialog.id = in_xml(&dialog.id);
        }
        assert_eq!(read, info, "{document}");
    }
}

/// Documents that are changed somewhere are read or refused, whatever comes of it.
#[test]
fn damaged_documents_are_read_or_refused() {
    let presence = Presence {
        entity: "sip:1001@alo.test".into(),
        open: true,
        activity: Activity::Meal,
        state: Some("lunch".into()),
        note: Some("Nghỉ trưa".into()),
        next: Some("available".into()),
        next_note: Some("Sẵn sàng".into()),
        for_s: Some(90),
        left_s: Some(10),
        queue: Some(QueueLoad {
            waiting: 3,
            free: 2,
        }),
    };
    let info = DialogInfo {
        entity: "sip:1001@alo.test".into(),
        version: 7,
        full: true,
        dialogs: vec![DialogEntry {
            id: "1".into(),
            direction: Some(Direction::Recipient),
            state: DialogState::Early,
        }],
    };
    let documents = [presence.to_pidf().into_bytes(), info.to_xml().into_bytes()];
    let mut draw = Draw(13);
    for round in 0..6000 {
        let mut bytes = documents[round % 2].clone();
        for _ in 0..=draw.below(3) {
            let at = draw.below(bytes.len());
            match draw.below(3) {
                0 => bytes[at] = draw.next() as u8,
                1 => bytes.truncate(at + 1),
                _ => {
                    let piece = bytes[draw.below(at + 1)..=at].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
        let _ = (Presence::parse(&bytes), DialogInfo::parse(&bytes));
    }
}
