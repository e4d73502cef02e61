//! What the server says about a call: how it came here, who is there, what is heard.

use alo_api::header;
use alo_sip::header::HeaderName;
use alo_sip::ua::SessionId;

use super::world::World;
use crate::io::Direction;
use crate::language::{CallId, Introduced, Introduction, Party, Sound, TransferFailure};

const IDENTITY: &str = "P-Asserted-Identity";
const LAN: &str = "\"Lan\" <sip:+84901234567@alo.test>";
const BINH: &str = "\"Bình Trần\" <sip:102@alo.test>";

fn party(name: &str, number: &str) -> Party {
    Party {
        name: Some(name.into()),
        number: number.into(),
    }
}

/// Rings with these header fields.
fn brought(seed: u64, headers: &[(&'static str, &str)]) -> (World, CallId, SessionId) {
    let mut world = World::ready(seed);
    let field =
        |(name, value): &(&'static str, &str)| (HeaderName::from_static(name), (*value).to_owned());
    let headers = headers.iter().map(field).collect();
    let (call, session) = world.rings_with("+84901234567", headers, true);
    (world, call, session)
}

fn introduction(world: &World, call: &CallId) -> Option<Introduction> {
    world.call(call).introduction.clone()
}

fn hex(text: &str) -> String {
    let data = alo_sip::header::UserToUser::from_text(text, 1000);
    data.to_string()
}

impl World {
    fn is_told_word(&mut self, session: SessionId, word: &[(&'static str, &str)]) {
        self.server(|server, now| server.says(now, session, word));
        self.run(50);
    }

    fn heard(&self, call: &CallId) -> (Sound, Sound) {
        let hearing = self.call(call).hearing;
        (hearing.to_remote, hearing.from_remote)
    }
}

#[test]
fn a_call_that_a_colleague_transferred_says_so_while_it_rings() {
    let note = hex("Hỏi hoá đơn,\r\ntháng 11");
    let (world, call, _) = brought(1, &[("Referred-By", BINH), ("User-to-User", &note)]);
    let by = party("Bình Trần", "102");
    let expected = Introduction {
        how: Introduced::Transferred { by },
        note: Some("Hỏi hoá đơn, tháng 11".into()),
    };
    assert_eq!(introduction(&world, &call), Some(expected));
}

#[test]
fn a_customer_who_is_back_says_why() {
    let from = [BINH, ";status=486"].concat();
    let (world, call, _) = brought(2, &[(header::RETURNED, &from)]);
    let expected = Introduced::Returned {
        from: party("Bình Trần", "102"),
        why: TransferFailure::Busy,
    };
    assert_eq!(introduction(&world, &call).unwrap().how, expected);
}

#[test]
fn what_cannot_be_read_was_not_told() {
    for (name, value) in [
        ("Referred-By", "<<sip:102"),
        ("Referred-By", ""),
        (header::RETURNED, "102;status=486"),
        (header::ABOUT, "\"Lan <sip:1@a>"),
        ("User-to-User", "not hex"),
    ] {
        let (world, call, _) = brought(3, &[(name, value)]);
        assert_eq!(introduction(&world, &call), None, "{name}: {value}");
    }
    let odd = [
        "\u{1}zz;encoding=hex".to_owned(),
        "c328;encoding=hex".into(),
        "00;encoding=ascii".into(),
    ];
    for note in odd {
        let (world, call, _) = brought(3, &[("Referred-By", BINH), ("User-to-User", &note)]);
        assert_eq!(
            introduction(&world, &call).map(|it| it.note),
            Some(None),
            "{note}"
        );
    }
}

#[test]
fn who_brings_a_call_cannot_write_what_he_likes() {
    let by = "\"Bình\u{202e}\u{7} \tTrần\u{200b}\" <sip:10%002@alo.test>";
    let note = hex(&["a\u{0}\u{202e}b\n\n", &"x".repeat(900)].concat());
    let (world, call, _) = brought(4, &[("Referred-By", by), ("User-to-User", &note)]);
    let introduction = introduction(&world, &call).unwrap();
    let Introduced::Transferred { by } = introduction.how else {
        panic!("transferred");
    };
    assert_eq!(by.name.as_deref(), Some("Bình Trần"));
    assert!(!by.number.contains('\0'));
    let note = introduction.note.unwrap();
    assert!(
        note.starts_with("a b x") || note.starts_with("ab x"),
        "{note:?}"
    );
    assert_eq!(note.chars().count(), 256);
}

#[test]
fn a_colleague_who_asks_about_a_customer_leaves_him_here() {
    let about = [(header::ABOUT, LAN), ("User-to-User", &hex("VIP"))];
    let (mut world, call, session) = brought(5, &about);
    let customer = || party("Lan", "+84901234567");
    let consults = |gone| {
        Some(Introduction {
            how: Introduced::Consults {
                about: customer(),
                gone,
            },
            note: Some("VIP".into()),
        })
    };
    assert_eq!(introduction(&world, &call), consults(false));
    world.answer(&call);
    world.run(1000);
    let word = [(IDENTITY, BINH), (header::ABOUT, LAN)];
    world.is_told_word(session, &word);
    assert_eq!(introduction(&world, &call), consults(false));
    assert_eq!(world.call(&call).remote, party("Bình Trần", "102"));
    // The colleague is out, and the customer is there, who hears music until then.
    world.is_told_word(session, &[(IDENTITY, LAN)]);
    assert_eq!(world.call(&call).remote, customer());
    let transferred = Introduction {
        how: Introduced::Transferred {
            by: party("Bình Trần", "102"),
        },
        note: Some("VIP".into()),
    };
    assert_eq!(introduction(&world, &call), Some(transferred));
}

#[test]
fn a_customer_who_does_not_wait_any_more_is_said_to_be_gone() {
    let (mut world, call, session) = brought(6, &[(header::ABOUT, LAN)]);
    world.answer(&call);
    world.run(1000);
    let gone = [LAN, ";gone"].concat();
    world.is_told_word(session, &[(IDENTITY, BINH), (header::ABOUT, &gone)]);
    let how = introduction(&world, &call).unwrap().how;
    assert!(matches!(how, Introduced::Consults { gone: true, .. }));
    world.is_told_word(session, &[(IDENTITY, BINH)]);
    assert_eq!(introduction(&world, &call), None);
}

#[test]
fn nobody_hears_while_the_server_plays() {
    let (mut world, call, session) = World::with_customer(7);
    for (plays, sound) in [
        ("music", Sound::Music),
        ("announcement", Sound::Announcement),
        ("ringing", Sound::Ringback),
    ] {
        world.is_told_word(session, &[(IDENTITY, LAN), (header::PLAYS, plays)]);
        assert_eq!(world.heard(&call), (Sound::Nothing, sound));
        assert!(!world.microphone(&call), "whoever says so");
    }
    for word in [
        &[(IDENTITY, LAN)][..],
        &[(header::PLAYS, "voice")],
        &[(header::PLAYS, "?")],
    ] {
        world.is_told_word(session, word);
        assert_eq!(world.heard(&call), (Sound::Voice, Sound::Voice));
        assert!(world.microphone(&call));
        world.is_told_word(session, &[(header::PLAYS, "music")]);
    }
}

#[test]
fn an_update_that_says_nothing_changes_nothing() {
    let (mut world, call, session) = World::with_customer(8);
    let word = [
        (IDENTITY, LAN),
        (header::PLAYS, "music"),
        (header::WITH, BINH),
    ];
    world.is_told_word(session, &word);
    let before = world.call(&call).clone();
    world.is_told_word(session, &[]);
    assert_eq!(*world.call(&call), before, "a session refresh");
    world.server(|server, now| server.offer(now, session, Direction::SendRecv));
    world.run(200);
    assert_eq!(world.call(&call).others, before.others, "a re-INVITE");
}

#[test]
fn everybody_in_a_conversation_is_shown_and_heard() {
    let (mut world, call, session) = World::with_customer(9);
    let with = [BINH, ", \"Chi\" <sip:103@alo.test>"].concat();
    world.is_told_word(session, &[(IDENTITY, LAN), (header::WITH, &with)]);
    let others = [party("Bình Trần", "102"), party("Chi", "103")];
    assert_eq!(world.call(&call).others, others);
    assert_eq!(world.heard(&call), (Sound::Voice, Sound::Everybody));
    world.is_told_word(session, &[(IDENTITY, LAN)]);
    assert_eq!(world.call(&call).others, []);
    assert_eq!(world.heard(&call), (Sound::Voice, Sound::Voice));
    let crowd = vec![BINH; 60].join(",");
    world.is_told_word(session, &[(IDENTITY, LAN), (header::WITH, &crowd)]);
    assert_eq!(world.call(&call).others.len(), 32);
    world.is_told_word(session, &[(IDENTITY, LAN), (header::WITH, "<<,")]);
    assert_eq!(world.call(&call).others, []);
}

#[test]
fn a_name_that_is_known_stays_where_the_server_tells_only_the_number() {
    let (mut world, call, session) = World::with_customer(10);
    let number = "<sip:+84901234567@alo.test>";
    world.is_told_word(session, &[(IDENTITY, number)]);
    assert_eq!(
        world.call(&call).remote,
        party("Khách hàng", "+84901234567")
    );
    world.is_told_word(session, &[(IDENTITY, "<tel:+84999>")]);
    assert_eq!(world.call(&call).remote.name, None);
}

#[test]
fn an_own_hold_is_music_there_and_silence_here_whatever_is_played() {
    let (mut world, call, session) = World::with_customer(11);
    world.is_told_word(session, &[(IDENTITY, LAN), (header::PLAYS, "announcement")]);
    world.hold(&call, true);
    world.run(300);
    assert_eq!(world.heard(&call), (Sound::Music, Sound::Nothing));
}

#[test]
fn who_dials_a_queue_knows_that_it_is_no_person_who_answers() {
    let mut world = World::ready(12);
    world.server.transfers.answer_plays = Some("announcement");
    let call = world.dial("102");
    world.run(1500);
    assert_eq!(world.heard(&call), (Sound::Nothing, Sound::Announcement));
    let session = world.last_session();
    world.is_told_word(session, &[(IDENTITY, BINH)]);
    assert_eq!(world.heard(&call), (Sound::Voice, Sound::Voice));
}
