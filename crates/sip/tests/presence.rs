//! Documents of presence (RFC 3863, RFC 4479, RFC 4480) and of dialogs (RFC 4235), of ours and of others.

#[cfg(target_arch = "wasm32")]
#[macro_use]
extern crate alo_wasm_test;

use alo_sip::presence::{
    Activity, DialogEntry, DialogInfo, DialogState, Direction, DocumentError, Presence, QueueLoad,
};

fn lunch() -> Presence {
    Presence {
        entity: "sip:1001@alo.test".into(),
        open: true,
        activity: Activity::Meal,
        state: Some("lunch".into()),
        note: Some("Nghỉ trưa <\"&'>".into()),
        next: Some("available".into()),
        next_note: Some("Sẵn sàng".into()),
        for_s: Some(90),
        left_s: None,
        queue: None,
    }
}

fn read(document: &str) -> Presence {
    Presence::parse(document.as_bytes()).expect("a document")
}

#[test]
fn what_is_written_is_read_back() {
    let document = lunch().to_pidf();
    assert_eq!(read(&document), lunch(), "{document}");
}

/// How a document looks on the wire: another program may rely on it.
#[test]
fn a_document_looks_as_the_standards_want_it() {
    let mut presence = lunch();
    presence.note = Some("Lunch break".into());
    presence.left_s = Some(30);
    assert_eq!(
        presence.to_pidf().replace('\n', ""),
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\
         <presence xmlns=\"urn:ietf:params:xml:ns:pidf\" \
         xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\" \
         xmlns:rpid=\"urn:ietf:params:xml:ns:pidf:rpid\" \
         xmlns:alo=\"urn:alo:presence:1\" entity=\"sip:1001@alo.test\">\
         <tuple id=\"phone\"><status><basic>open</basic></status></tuple>\
         <dm:person id=\"person\"><rpid:activities><rpid:meal/></rpid:activities>\
         <alo:state id=\"lunch\"/><alo:next id=\"available\" name=\"Sẵn sàng\"/>\
         <alo:for seconds=\"90\"/><alo:left seconds=\"30\"/>\
         <dm:note>Lunch break</dm:note></dm:person></presence>"
    );
}

#[test]
fn the_load_of_a_queue_stands_in_its_document() {
    let sales = Presence {
        entity: "sip:sales@alo.test".into(),
        open: true,
        queue: Some(QueueLoad {
            waiting: 3,
            free: 2,
        }),
        ..Presence::default()
    };
    let document = sales.to_pidf();
    let load = "<q:load xmlns:q=\"urn:alo:queue\" waiting=\"3\" free=\"2\"/>";
    assert!(document.contains(load), "{document}");
    assert_eq!(read(&document), sales, "{document}");
    // What others call so, and what is broken, says nothing.
    for (from, to) in [
        ("urn:alo:queue", "urn:other"),
        ("\"3\"", "\"-3\""),
        ("\"2\"", "\"many\""),
        (" free=", " idle="),
    ] {
        assert_eq!(read(&document.replace(from, to)).queue, None, "{to}");
    }
}

/// RFC 4480 4.1, shortened.
#[test]
fn the_example_of_rfc_4480_is_read() {
    let document = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
        <presence xmlns=\"urn:ietf:params:xml:ns:pidf\"
             xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\"
             xmlns:rpid=\"urn:ietf:params:xml:ns:pidf:rpid\"
             entity=\"pres:someone@example.com\">
          <tuple id=\"bs35r9\">
            <status><basic>open</basic></status>
            <dm:deviceID>urn:device:0003ba4811e3</dm:deviceID>
            <rpid:relationship><rpid:self/></rpid:relationship>
            <contact priority=\"0.8\">im:someone@mobile.example.net</contact>
            <note xml:lang=\"en\">Don't Disturb Please!</note>
          </tuple>
          <tuple id=\"eg92n8\">
            <status><basic>open</basic></status>
            <contact priority=\"1.0\">mailto:someone@example.com</contact>
          </tuple>
          <note>I'll be in Tokyo next week</note>
          <dm:device id=\"pc147\"><dm:note>PC</dm:note></dm:device>
          <dm:person id=\"p1\">
            <rpid:activities from=\"2005-05-30T12:00:00+05:00\" until=\"2005-05-30T17:00:00+05:00\">
              <rpid:note>Far away</rpid:note>
              <rpid:away/>
            </rpid:activities>
            <rpid:mood><rpid:angry/></rpid:mood>
            <dm:note>Scoring 120</dm:note>
          </dm:person>
        </presence>";
    let presence = read(document);
    assert_eq!(presence.entity, "pres:someone@example.com");
    assert!(presence.open);
    assert_eq!(presence.activity, Activity::Away);
    assert_eq!(presence.note.as_deref(), Some("Scoring 120"));
    assert_eq!((presence.state, presence.for_s), (None, None));
}

/// As Asterisk and FreeSWITCH write it, after a draft of RPID.
#[test]
fn the_documents_of_other_servers_are_read() {
    let document = |activities: &str, note: &str, basic: &str| {
        format!(
            "\r\n<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>
            <presence xmlns=\"urn:ietf:params:xml:ns:pidf\"
              xmlns:pp=\"urn:ietf:params:xml:ns:pidf:person\"
              xmlns:es=\"urn:ietf:params:xml:ns:pidf:rpid:status:rpid-status\"
              xmlns:ep=\"urn:ietf:params:xml:ns:pidf:rpid:rpid-person\" entity=\"sip:1002@pbx.test\">
            <pp:person><status>{activities}</status></pp:person>
            <note>{note}</note>
            <tuple id=\"1002\"><contact priority=\"1\">sip:1002@pbx.test</contact>
            <status><basic>{basic}</basic></status></tuple></presence>"
        )
    };
    let idle = read(&document("", "Ready", "open"));
    assert_eq!((idle.open, idle.activity), (true, Activity::None));
    assert_eq!(idle.note.as_deref(), Some("Ready"));
    for (activities, activity) in [
        ("<ep:activities><ep:busy/></ep:activities>", Activity::Busy),
        ("<ep:activities>ep:away</ep:activities>", Activity::Away),
        (
            "<ep:activities><ep:activity>on-the-phone</ep:activity></ep:activities>",
            Activity::OnThePhone,
        ),
        ("<ep:activities> </ep:activities>", Activity::None),
        (
            "<ep:activities><ep:unknown/></ep:activities>",
            Activity::None,
        ),
        (
            "<ep:activities><ep:gardening/></ep:activities>",
            Activity::Other,
        ),
    ] {
        let presence = read(&document(activities, "x", "closed"));
        assert_eq!(
            (presence.open, presence.activity),
            (false, activity),
            "{activities}"
        );
    }
}

#[test]
fn of_several_activities_the_call_counts() {
    let document = lunch().to_pidf().replace(
        "<rpid:meal/>",
        "<rpid:other/><rpid:meal/><rpid:on-the-phone/><rpid:away/>",
    );
    assert_eq!(read(&document).activity, Activity::OnThePhone);
    let ringing = lunch().to_pidf().replace(
        "<rpid:meal/>",
        "<rpid:other>break</rpid:other><alo:ringing/>",
    );
    assert_eq!(read(&ringing).activity, Activity::Ringing);
}

#[test]
fn what_looks_like_our_own_and_is_of_others_is_passed_over() {
    let document = lunch()
        .to_pidf()
        .replace("urn:alo:presence:1", "urn:somebody:else");
    let presence = read(&document);
    assert_eq!((presence.state, presence.for_s), (None, None));
    let odd = lunch().to_pidf().replace("\"90\"", "\"-90\"");
    assert_eq!(read(&odd).for_s, None);
}

#[test]
fn what_is_no_document_is_refused() {
    let refused = |document: &[u8]| Presence::parse(document).unwrap_err();
    let good = lunch().to_pidf();
    assert_eq!(refused(b""), DocumentError::Malformed { line: 1 });
    assert_eq!(refused(b"busy"), DocumentError::Malformed { line: 1 });
    assert_eq!(refused(b"<a/>"), DocumentError::OtherDocument);
    assert_eq!(
        refused(b"<presence entity='x'/>"),
        DocumentError::OtherDocument
    );
    assert_eq!(refused(b"<a>\xff</a>"), DocumentError::NotUtf8);
    let without = good.replace("entity=", "entities=");
    assert_eq!(
        refused(without.as_bytes()),
        DocumentError::Missing("entity")
    );
    // Entities that grow (a billion laughs), and files of others.
    for declared in [
        "<!DOCTYPE p [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>",
        "<!DOCTYPE p SYSTEM \"file:///etc/passwd\">",
        "<!DOCTYPE p [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>",
    ] {
        let declared = good.replace("<presence ", &format!("{declared}<presence "));
        let refused = refused(declared.as_bytes());
        assert!(matches!(refused, DocumentError::Malformed { .. }));
    }
    let mut large = good.into_bytes();
    large.resize(64 * 1024, b' ');
    assert!(Presence::parse(&large).is_ok());
    large.push(b' ');
    assert_eq!(refused(&large), DocumentError::TooLarge);
    // Elements in elements, as deep and as many as fit.
    let deep = format!("{}{}", "<a>".repeat(9000), "</a>".repeat(9000));
    assert!(matches!(
        refused(deep.as_bytes()),
        DocumentError::Malformed { .. } | DocumentError::OtherDocument
    ));
    let wide = format!("<a>{}</a>", "<b/>".repeat(9000));
    assert!(matches!(
        refused(wide.as_bytes()),
        DocumentError::Malformed { .. }
    ));
}

fn dialog(id: &str, direction: Option<Direction>, state: DialogState) -> DialogEntry {
    DialogEntry {
        id: id.into(),
        direction,
        state,
    }
}

/// RFC 4235 3.6.1 and 4.4.1, shortened.
#[test]
fn dialogs_are_read_and_followed() {
    let document = |version: u32, state: &str, dialogs: &str| {
        let document = format!(
            "<?xml version=\"1.0\"?><dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\"
             version=\"{version}\" state=\"{state}\" entity=\"sip:alice@example.com\">{dialogs}</dialog-info>"
        );
        DialogInfo::parse(document.as_bytes()).unwrap()
    };
    let mut known = document(0, "full", "");
    assert_eq!(known.activity(), Activity::None);
    let early = "<dialog id=\"as7d900as8\" call-id=\"a84b4c76e66710\" local-tag=\"1928301774\"
         direction=\"recipient\"><state event=\"replaced\">early</state>
         <remote><identity>sip:bob@example.com</identity></remote></dialog>
         <dialog id=\"odd\"><state>strange</state></dialog><dialog><state>early</state></dialog>";
    assert!(known.update(document(1, "partial", early)));
    let recipient = Some(Direction::Recipient);
    assert_eq!(
        known.dialogs,
        [dialog("as7d900as8", recipient, DialogState::Early)]
    );
    assert_eq!(known.activity(), Activity::Ringing);
    let confirmed = early.replace("early</state>\n", "confirmed</state>\n");
    // One between them is missing.
    assert!(!known.update(document(3, "partial", &confirmed)));
    assert_eq!(known.activity(), Activity::OnThePhone);
    let over = "<dialog id=\"as7d900as8\"><state>terminated</state></dialog>";
    assert!(known.update(document(4, "partial", over)));
    assert_eq!(known.dialogs, []);
    // As Asterisk tells that there is no call; and versions that begin anew.
    let idle = "<dialog id=\"1002\"><state>terminated</state></dialog>";
    assert!(known.update(document(0, "full", idle)));
    assert_eq!(known.activity(), Activity::None);
    let calling = "<dialog id=\"1\" direction=\"initiator\"><state>early</state></dialog>";
    assert_eq!(
        document(0, "full", calling).activity(),
        Activity::OnThePhone
    );
}

#[test]
fn what_is_no_document_of_dialogs_is_refused() {
    let refused = |document: &str| DialogInfo::parse(document.as_bytes()).unwrap_err();
    assert_eq!(refused(&lunch().to_pidf()), DocumentError::OtherDocument);
    let space = "<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\"";
    assert_eq!(
        refused(&format!("{space} entity=\"sip:a@b\"/>")),
        DocumentError::Missing("version")
    );
    assert_eq!(
        refused(&format!("{space} version=\"x\" entity=\"sip:a@b\"/>")),
        DocumentError::Missing("version")
    );
    assert_eq!(
        refused(&format!("{space} version=\"1\"/>")),
        DocumentError::Missing("entity")
    );
}
