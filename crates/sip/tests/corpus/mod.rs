//! Thirty messages of a contact-centre call as they are seen on a WebSocket: what the tests read and
//! the benchmarks measure. Written out by hand, not by the builders of this crate.

/// A session description as a browser writes it, about a kilobyte.
pub(crate) fn webrtc_sdp(version: u32, direction: &str) -> String {
    let lines = [
        "v=0".to_owned(),
        format!("o=- 6027413312718093871 {version} IN IP4 127.0.0.1"),
        "s=-".to_owned(),
        "t=0 0".to_owned(),
        "a=group:BUNDLE 0".to_owned(),
        "a=extmap-allow-mixed".to_owned(),
        "a=msid-semantic: WMS 3c1f6a6e-6f0e-4b8a-9a51-2f2d5d7f2f10".to_owned(),
        "m=audio 50542 UDP/TLS/RTP/SAVPF 111 9 0 8 110".to_owned(),
        "c=IN IP4 192.0.2.17".to_owned(),
        "a=rtcp:9 IN IP4 0.0.0.0".to_owned(),
        "a=candidate:2998376163 1 udp 2122260223 192.0.2.17 50542 typ host generation 0 network-id 1".to_owned(),
        "a=ice-ufrag:Rk3q".to_owned(),
        "a=ice-pwd:o6b0xQ1V2uUe8hYbq9k1c7Zt".to_owned(),
        "a=ice-options:trickle".to_owned(),
        "a=fingerprint:sha-256 6B:8B:F0:65:5F:78:E2:51:3B:AC:6F:F3:3F:46:1B:35:DC:B8:5F:64:1A:24:C2:43:F0:A1:58:D0:A1:2C:19:08"
            .to_owned(),
        "a=setup:actpass".to_owned(),
        "a=mid:0".to_owned(),
        "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level".to_owned(),
        format!("a={direction}"),
        "a=rtcp-mux".to_owned(),
        "a=rtpmap:111 opus/48000/2".to_owned(),
        "a=fmtp:111 minptime=10;useinbandfec=1".to_owned(),
        "a=rtpmap:9 G722/8000".to_owned(),
        "a=rtpmap:0 PCMU/8000".to_owned(),
        "a=rtpmap:8 PCMA/8000".to_owned(),
        "a=rtpmap:110 telephone-event/48000".to_owned(),
        "a=ssrc:1399694169 cname:4TOk42mSjXCkVIa6".to_owned(),
        String::new(),
    ];
    lines.join("\r\n")
}

const INSTANCE: &str = "urn:uuid:f81d4fae-7dec-41d0-a765-00a0c91e6bf6";

/// A message of a start line, fields and body; the length is written.
fn message(start: &str, fields: &[String], body: &str) -> Vec<u8> {
    format!(
        "{start}\r\n{}\r\nContent-Length: {}\r\n\r\n{body}",
        fields.join("\r\n"),
        body.len()
    )
    .into_bytes()
}

/// Fields that requests and responses of one transaction share.
struct Exchange {
    number: u32,
    method: &'static str,
    to_tag: bool,
}

impl Exchange {
    fn fields(&self) -> Vec<String> {
        let number = self.number;
        let to_tag = if self.to_tag { ";tag=314159-b" } else { "" };
        vec![
            format!("Via: SIP/2.0/WSS df7jal23ls0d.invalid;branch=z9hG4bK56sdasks{number};rport"),
            format!("From: \"An Nguyen\" <sip:101@alo.example>;tag=asdyka899{number}"),
            format!("To: <sip:+84901234567@alo.example;user=phone>{to_tag}"),
            format!("Call-ID: asidkj3ss{number}@df7jal23ls0d.invalid"),
            format!("CSeq: {number} {}", self.method),
        ]
    }

    fn request(&self, target: &str, more: &[&str], body: &str) -> Vec<u8> {
        let mut fields = self.fields();
        fields.push("Max-Forwards: 70".to_owned());
        fields.push(format!(
            "Contact: <sip:k3j2@df7jal23ls0d.invalid;transport=ws>;+sip.instance=\"<{INSTANCE}>\";reg-id=1"
        ));
        fields.push("Supported: outbound, path, gruu, 100rel, timer, replaces".to_owned());
        fields.push("User-Agent: Alo/0.1".to_owned());
        fields.extend(more.iter().map(|field| (*field).to_owned()));
        message(&format!("{} {target} SIP/2.0", self.method), &fields, body)
    }

    fn response(&self, status: &str, more: &[&str], body: &str) -> Vec<u8> {
        let mut fields = self.fields();
        fields[0].push_str("=50981;received=198.51.100.7");
        fields.push("Contact: <sip:b2bua@198.51.100.1:5060;transport=ws>".to_owned());
        fields.push("Record-Route: <sip:edge.alo.example;transport=ws;lr>,<sip:core.alo.example;lr;ftag=9a8b>".to_owned());
        fields.push(
            "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, REFER, NOTIFY"
                .to_owned(),
        );
        fields.push("Server: Alo call centre/0.1".to_owned());
        fields.extend(more.iter().map(|field| (*field).to_owned()));
        message(&format!("SIP/2.0 {status}"), &fields, body)
    }
}

const fn exchange(number: u32, method: &'static str, to_tag: bool) -> Exchange {
    Exchange {
        number,
        method,
        to_tag,
    }
}

const CHALLENGE: &str = "Digest realm=\"alo.example\", nonce=\"0000018d3f4e5a6b0000000000000001c0ffee\", algorithm=SHA-256, qop=\"auth\"";
const ANSWER: &str = "Digest username=\"101\", realm=\"alo.example\", nonce=\"0000018d3f4e5a6b0000000000000001c0ffee\", \
     uri=\"sip:alo.example\", response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\", \
     algorithm=SHA-256, cnonce=\"f2wE4q74E6zIJEtW\", qop=auth, nc=00000001";

/// The thirty messages.
pub(crate) fn messages() -> Vec<Vec<u8>> {
    [registration(), call(), in_call(), ending()].concat()
}

fn registration() -> Vec<Vec<u8>> {
    let (first, second) = (
        exchange(1, "REGISTER", false),
        exchange(2, "REGISTER", false),
    );
    let www = format!("WWW-Authenticate: {CHALLENGE}");
    let md5 = www.replace("SHA-256", "MD5");
    let answer = format!("Authorization: {ANSWER}");
    vec![
        first.request("sip:alo.example", &["Expires: 600"], ""),
        first.response("401 Unauthorized", &[&www, &md5], ""),
        second.request("sip:alo.example", &["Expires: 600", &answer], ""),
        second.response(
            "200 OK",
            &["Expires: 600", "Path: <sip:edge.alo.example;lr;ob>"],
            "",
        ),
        exchange(3, "OPTIONS", false).request("sip:alo.example", &["Accept: application/sdp"], ""),
        exchange(3, "OPTIONS", false).response(
            "200 OK",
            &["Accept: application/sdp, application/dtmf-relay"],
            "",
        ),
    ]
}

const SDP: &str = "Content-Type: application/sdp";
const CALLED: &str = "sip:+84901234567@alo.example;user=phone";
const REMOTE: &str = "sip:b2bua@198.51.100.1:5060;transport=ws";

fn call() -> Vec<Vec<u8>> {
    let (first, second) = (exchange(11, "INVITE", false), exchange(12, "INVITE", false));
    let offer = webrtc_sdp(2, "sendrecv");
    let proxy = format!("Proxy-Authenticate: {CHALLENGE}");
    let answer = format!("Proxy-Authorization: {ANSWER}");
    let tagged = exchange(12, "INVITE", true);
    vec![
        first.request(
            CALLED,
            &[SDP, "Session-Expires: 1800", "X-Alo-Hotline: +842873001001"],
            &offer,
        ),
        first.response("100 Trying", &[], ""),
        first.response("407 Proxy Authentication Required", &[&proxy], ""),
        exchange(11, "ACK", true).request(CALLED, &[], ""),
        second.request(CALLED, &[SDP, "Session-Expires: 1800", &answer], &offer),
        tagged.response("180 Ringing", &[], ""),
        tagged.response(
            "183 Session Progress",
            &[SDP, "Require: 100rel", "RSeq: 988789"],
            &offer,
        ),
        exchange(13, "PRACK", true).request(REMOTE, &["RAck: 988789 12 INVITE"], ""),
        exchange(13, "PRACK", true).response("200 OK", &[], ""),
        tagged.response(
            "200 OK",
            &[SDP, "Session-Expires: 1800;refresher=uac"],
            &offer,
        ),
        exchange(12, "ACK", true).request(
            REMOTE,
            &["Route: <sip:edge.alo.example;transport=ws;lr>"],
            "",
        ),
    ]
}

fn in_call() -> Vec<Vec<u8>> {
    let hold = exchange(14, "INVITE", true);
    vec![
        hold.request(REMOTE, &[SDP], &webrtc_sdp(3, "sendonly")),
        hold.response("200 OK", &[SDP], &webrtc_sdp(3, "recvonly")),
        exchange(15, "INVITE", true).request(REMOTE, &[SDP], &webrtc_sdp(4, "sendrecv")),
        exchange(15, "INVITE", true).response("491 Request Pending", &["Retry-After: 2"], ""),
        exchange(16, "UPDATE", true).request(
            REMOTE,
            &["Session-Expires: 1800;refresher=uac", "Min-SE: 90"],
            "",
        ),
        exchange(17, "INFO", true).request(
            REMOTE,
            &["Content-Type: application/dtmf-relay"],
            "Signal=5\r\nDuration=160\r\n",
        ),
        exchange(18, "REFER", true).request(
            REMOTE,
            &[
                "Refer-To: <sip:102@alo.example>",
                "Referred-By: <sip:101@alo.example>",
            ],
            "",
        ),
        exchange(19, "NOTIFY", true).request(
            REMOTE,
            &[
                "Event: refer;id=18",
                "Subscription-State: active;expires=60",
                "Content-Type: message/sipfrag",
            ],
            "SIP/2.0 180 Ringing\r\n",
        ),
    ]
}

fn ending() -> Vec<Vec<u8>> {
    vec![
        exchange(20, "INVITE", false).request(CALLED, &[SDP], &webrtc_sdp(1, "sendrecv")),
        exchange(20, "CANCEL", false).request(
            CALLED,
            &["Reason: SIP;cause=200;text=\"Call completed elsewhere\""],
            "",
        ),
        exchange(20, "INVITE", true).response("487 Request Terminated", &[], ""),
        exchange(21, "BYE", true).request(REMOTE, &["Reason: Q.850;cause=16;text=\"Normal\""], ""),
        exchange(21, "BYE", true).response("200 OK", &[], ""),
    ]
}
