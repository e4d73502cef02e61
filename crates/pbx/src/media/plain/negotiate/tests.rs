use super::*;

const LEG: LegId = LegId(1);
const HOLD: Allow = Allow {
    send: true,
    recv: false,
};

fn negotiation(codecs: &[AudioCodec]) -> Negotiation {
    let local = SocketAddr::from(([198, 51, 100, 1], 20_000));
    Negotiation::new(LEG, codecs.to_vec(), local, 77)
}

fn all() -> Negotiation {
    negotiation(&[AudioCodec::Pcma, AudioCodec::Pcmu, AudioCodec::Opus])
}

/// A description of a telephone at 192.0.2.5:4000.
fn phone(media: &str) -> String {
    format!("v=0\r\no=- 5 5 IN IP4 192.0.2.5\r\ns=-\r\nc=IN IP4 192.0.2.5\r\nt=0 0\r\n{media}")
}

/// That of baresip.
const BARESIP: &str = "m=audio 4000 RTP/AVP 0 8 107 101\r\na=rtpmap:0 PCMU/8000\r\n\
    a=rtpmap:8 PCMA/8000\r\na=rtpmap:107 opus/48000/2\r\na=fmtp:107 stereo=1\r\n\
    a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=rtcp:4001\r\na=sendrecv\r\n\
    a=ptime:20\r\n";

fn far(port: u16) -> Option<SocketAddr> {
    Some(SocketAddr::from(([192, 0, 2, 5], port)))
}

fn sdp_error(result: Result<String, MediaError>) -> String {
    match result {
        Err(MediaError::Sdp { why, .. }) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_offer_has_everything_in_the_order_of_the_configuration() {
    let offer = all().create_offer(Allow::BOTH).unwrap();
    let wanted = "v=0\r\no=- 77 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\n\
        t=0 0\r\nm=audio 20000 RTP/AVP 8 0 96 101 102\r\na=rtpmap:8 PCMA/8000\r\n\
        a=rtpmap:0 PCMU/8000\r\na=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\n\
        a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n\
        a=rtpmap:102 telephone-event/48000\r\na=fmtp:102 0-16\r\na=ptime:20\r\na=sendrecv\r\n";
    assert_eq!(offer, wanted);
}

#[test]
fn an_answer_has_the_codec_that_is_liked_best_under_the_numbers_of_the_offer() {
    let mut one = negotiation(&[AudioCodec::Opus, AudioCodec::Pcma]);
    let answer = one.accept_offer(&phone(BARESIP), Allow::BOTH).unwrap();
    assert!(
        answer.contains("m=audio 20000 RTP/AVP 107 101\r\n"),
        "{answer}"
    );
    assert!(answer.contains("a=rtpmap:107 opus/48000/2\r\n"));
    assert!(!answer.contains("rtcp-mux"), "it was not offered");
    let terms = one.terms().unwrap();
    assert_eq!((terms.codec, terms.pt), (AudioCodec::Opus, 107));
    assert_eq!(terms.event, Some((101, 8_000)));
    assert_eq!(terms.far, far(4000));
    assert!(terms.sends && terms.receives);
    let mut other = all();
    other.accept_offer(&phone(BARESIP), Allow::BOTH).unwrap();
    assert_eq!(other.terms().unwrap().codec, AudioCodec::Pcma);
}

#[test]
fn events_have_the_clock_of_the_audio_where_both_are_offered() {
    let media = "m=audio 4000 RTP/AVP 111 0 100 101\r\na=rtpmap:111 opus/48000/2\r\n\
        a=rtpmap:100 telephone-event/8000\r\na=rtpmap:101 telephone-event/48000\r\na=rtcp-mux\r\n";
    let mut one = negotiation(&[AudioCodec::Opus, AudioCodec::Pcmu]);
    let answer = one.accept_offer(&phone(media), Allow::BOTH).unwrap();
    assert_eq!(one.terms().unwrap().event, Some((101, 48_000)));
    assert!(answer.contains("a=rtcp-mux\r\n"));
    let mut narrow = negotiation(&[AudioCodec::Pcmu]);
    narrow.accept_offer(&phone(media), Allow::BOTH).unwrap();
    assert_eq!(narrow.terms().unwrap().event, Some((100, 8_000)));
    let mut none = all();
    let media = "m=audio 4000 RTP/AVP 0\r\n";
    none.accept_offer(&phone(media), Allow::BOTH).unwrap();
    assert_eq!(none.terms().unwrap().event, None);
}

#[test]
fn an_answer_may_pick_any_codec_and_have_numbers_of_its_own() {
    let mut one = all();
    one.create_offer(Allow::BOTH).unwrap();
    let answer = phone(
        "m=audio 4000 RTP/AVP 120 97\r\na=rtpmap:120 opus/48000/2\r\n\
         a=rtpmap:97 telephone-event/8000\r\n",
    );
    assert_eq!(one.set_answer(&answer), Ok(true));
    let terms = one.terms().unwrap();
    // Sent as it wants it; what comes may have either numbers.
    assert_eq!((terms.codec, terms.pt), (AudioCodec::Opus, 120));
    assert_eq!(terms.event, Some((97, 8_000)));
    let opus = Some(Format::Audio(AudioCodec::Opus));
    assert_eq!(terms.incoming.incoming(96), opus);
    assert_eq!(terms.incoming.incoming(120), opus);
    assert_eq!(terms.incoming.incoming(97), Some(Format::Event(8_000)));
    assert_eq!(terms.incoming.incoming(99), None);
}

#[test]
fn the_answer_of_a_183_and_of_the_200_are_both_taken() {
    let mut one = all();
    one.create_offer(Allow::BOTH).unwrap();
    let early = phone("m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n");
    assert_eq!(one.set_answer(&early), Ok(true));
    assert!(!one.terms().unwrap().sends);
    assert_eq!(one.set_answer(&early), Ok(false), "nothing new");
    // Another machine answered the call.
    let late = phone("m=audio 6000 RTP/AVP 8\r\n");
    assert_eq!(one.set_answer(&late), Ok(true));
    let terms = one.terms().unwrap();
    assert_eq!((terms.codec, terms.far), (AudioCodec::Pcma, far(6000)));
    // An offer by either side ends it.
    one.accept_offer(&phone(BARESIP), Allow::BOTH).unwrap();
    assert_eq!(one.set_answer(&late), Err(MediaError::NoOffer(LEG)));
}

#[test]
fn hold_in_every_way_that_is_met() {
    let directions = |media: &str, allow| {
        let mut one = all();
        let answer = one.accept_offer(&phone(media), allow).unwrap();
        let line = answer
            .lines()
            .find(|line| ["a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive"].contains(line));
        let terms = one.terms().unwrap();
        let line = line.unwrap().trim_start_matches("a=").to_owned();
        (line, terms.sends, terms.receives)
    };
    let with = |attribute: &str| format!("m=audio 4000 RTP/AVP 8\r\n{attribute}\r\n");
    let is = |line: &str, sends, receives| (line.to_owned(), sends, receives);
    let sent = directions(&with("a=sendonly"), Allow::BOTH);
    assert_eq!(sent, is("recvonly", false, true));
    let sent = directions(&with("a=recvonly"), Allow::BOTH);
    assert_eq!(sent, is("sendonly", true, false));
    let sent = directions(&with("a=inactive"), Allow::BOTH);
    assert_eq!(sent, is("inactive", false, false));
    let sent = directions(&with("a=sendrecv"), HOLD);
    assert_eq!(sent, is("sendonly", true, false));
    let sent = directions(&with("a=sendonly"), HOLD);
    assert_eq!(sent, is("inactive", false, false));
    // As old phones do it (RFC 3264 section 8.4).
    let sent = directions(&with("c=IN IP4 0.0.0.0"), Allow::BOTH);
    assert_eq!(sent, is("recvonly", false, true));
}

#[test]
fn an_own_hold_and_its_end_are_new_versions_with_the_agreed_numbers() {
    let mut one = all();
    one.accept_offer(&phone(BARESIP), Allow::BOTH).unwrap();
    let hold = one.create_offer(HOLD).unwrap();
    assert!(hold.contains("o=- 77 2 IN"), "{hold}");
    assert!(
        hold.contains("RTP/AVP 8 0 107 101 102\r\n") && hold.contains("a=sendonly\r\n"),
        "{hold}"
    );
    let busy = one.create_offer(Allow::BOTH);
    assert_eq!(busy, Err(MediaError::OfferPending(LEG)));
    let held = phone("m=audio 4000 RTP/AVP 8\r\na=recvonly\r\n");
    assert_eq!(one.set_answer(&held), Ok(true));
    let terms = one.terms().unwrap();
    assert!(terms.sends && !terms.receives);
    // The same once more is the same version.
    assert_eq!(one.create_offer(HOLD).unwrap(), hold);
    one.cancel_offer();
    assert!(one.create_offer(Allow::BOTH).unwrap().contains("o=- 77 3"));
}

#[test]
fn a_re_offer_brings_another_address_and_codec() {
    let mut one = all();
    one.accept_offer(&phone(BARESIP), Allow::BOTH).unwrap();
    let moved = "m=audio 5004 RTP/AVP 0\r\nc=IN IP4 192.0.2.99\r\n";
    one.accept_offer(&phone(moved), Allow::BOTH).unwrap();
    let terms = one.terms().unwrap();
    assert_eq!(terms.codec, AudioCodec::Pcmu);
    assert_eq!(terms.far, Some(SocketAddr::from(([192, 0, 2, 99], 5004))));
}

#[test]
fn video_and_secure_lines_are_refused_each_in_its_place() {
    let media = format!(
        "m=audio 4002 RTP/SAVP 0\r\na=crypto:1 x\r\nm=video 4004 RTP/AVP 96\r\n\
         a=rtpmap:96 VP8/90000\r\n{BARESIP}m=application 9 UDP/BFCP *\r\n"
    );
    let mut one = all();
    let answer = one.accept_offer(&phone(&media), Allow::BOTH).unwrap();
    let lines = |text: &str| {
        let lines = text.lines().filter(|line| line.starts_with("m="));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        lines(&answer),
        [
            "m=audio 0 RTP/SAVP 0",
            "m=video 0 RTP/AVP 96",
            "m=audio 20000 RTP/AVP 8 101",
            "m=application 0 UDP/BFCP *",
        ]
    );
    // They stay in their places as long as the session lasts (RFC 3264 section 8).
    let offer = one.create_offer(Allow::BOTH).unwrap();
    assert_eq!(lines(&offer).len(), 4);
    assert!(lines(&offer)[2].starts_with("m=audio 20000 RTP/AVP 8 0 107 101"));
    let answer = phone(
        "m=audio 0 RTP/SAVP 0\r\nm=video 0 RTP/AVP 96\r\nm=audio 4000 RTP/AVP 0\r\n\
         m=application 0 UDP/BFCP *\r\n",
    );
    assert_eq!(one.set_answer(&answer), Ok(true));
    assert_eq!(one.terms().unwrap().codec, AudioCodec::Pcmu);
}

#[test]
fn what_cannot_be_had_is_refused_and_changes_nothing() {
    let mut one = all();
    one.accept_offer(&phone(BARESIP), Allow::BOTH).unwrap();
    let before = one.terms().cloned();
    let mut offer = |media: &str| one.accept_offer(&phone(media), Allow::BOTH);
    assert!(sdp_error(offer("m=audio 4000 RTP/SAVP 0\r\n")).contains("RTP/AVP"));
    assert!(sdp_error(offer("m=audio 0 RTP/AVP 0\r\n")).contains("RTP/AVP"));
    assert!(sdp_error(offer("m=video 4000 RTP/AVP 96\r\n")).contains("RTP/AVP"));
    assert_eq!(
        offer("m=audio 4000 RTP/AVP 18 101\r\na=rtpmap:101 telephone-event/8000\r\n"),
        Err(MediaError::NoCommonCodec(LEG))
    );
    let named = "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 phone.example\r\n";
    assert!(sdp_error(offer(named)).contains("no IP address"));
    let many = "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 224.2.1.1\r\n";
    assert!(sdp_error(offer(many)).contains("cannot be sent to"));
    let six = "m=audio 4000 RTP/AVP 0\r\nc=IN IP6 2001:db8::1\r\n";
    assert!(sdp_error(offer(six)).contains("cannot be sent to"));
    let bent = "m=audio 4000 RTP/AVP 0\r\nm=vi\rdeo 4 RTP/AVP 9\r\n";
    assert!(sdp_error(offer(bent)).contains("unprintable"));
    assert_eq!(one.terms().cloned(), before);
}

#[test]
fn an_answer_has_to_fit_the_offer() {
    let mut one = negotiation(&[AudioCodec::Pcma]);
    let some = phone("m=audio 4000 RTP/AVP 8\r\n");
    assert_eq!(one.set_answer(&some), Err(MediaError::NoOffer(LEG)));
    one.create_offer(Allow::BOTH).unwrap();
    let other = phone("m=audio 4000 RTP/AVP 0\r\n");
    assert_eq!(one.set_answer(&other), Err(MediaError::NoCommonCodec(LEG)));
    for refusal in [
        "m=audio 0 RTP/AVP 8\r\n",
        "m=audio 4000 RTP/SAVP 8\r\n",
        "m=video 4000 RTP/AVP 8\r\n",
        "",
    ] {
        assert!(one.set_answer(&phone(refusal)).is_err(), "{refusal}");
    }
    assert_eq!(one.terms(), None);
    assert_eq!(one.set_answer(&some), Ok(true), "the offer still waits");
}

#[test]
fn broken_descriptions_never_panic() {
    let whole = phone(BARESIP);
    for cut in 0..whole.len() {
        let mut one = all();
        let _ = one.accept_offer(&whole[..cut], Allow::BOTH);
        one.create_offer(Allow::BOTH).unwrap();
        let _ = one.set_answer(&whole[cut..]);
        let _ = one.set_answer(&whole[..cut]);
    }
}
