//! URIs and addresses.

#[cfg(target_arch = "wasm32")]
#[macro_use]
extern crate alo_wasm_test;

use alo_sip::uri::{Host, NameAddr, Scheme, Uri, UriError};

fn uri(text: &str) -> Uri {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn every_part_is_found() {
    let uri =
        uri("sips:alice;day=tuesday:pa$s@[2001:db8::10]:5061;transport=tcp;lr?subject=a%20b&to=x");
    assert_eq!(uri.scheme(), Scheme::Sips);
    assert_eq!(uri.user().as_deref(), Some("alice;day=tuesday"));
    assert_eq!(uri.password_raw(), Some("pa$s"));
    assert!(matches!(uri.host(), Some(Host::V6(_))));
    assert_eq!(uri.port(), Some(5061));
    assert_eq!(
        (uri.param("TRANSPORT"), uri.param("lr"), uri.param("maddr")),
        (Some("tcp"), Some(""), None)
    );
    assert_eq!(uri.header("Subject").as_deref(), Some("a b"));
}

/// RFC 4475 3.1.1.9, 3.1.1.2
#[test]
fn a_user_part_may_look_like_anything() {
    let semicolon = uri("sip:user;par=u%40example.net@example.com");
    assert_eq!(semicolon.user().as_deref(), Some("user;par=u@example.net"));
    assert_eq!(semicolon.host_str(), "example.com");
    let odd = uri("sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com");
    assert_eq!(
        odd.user_raw(),
        Some("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*")
    );
}

#[test]
fn other_schemes() {
    let tel = uri("tel:+84-90-123-4567;phone-context=example.com");
    assert_eq!(
        (tel.scheme(), tel.user_raw()),
        (Scheme::Tel, Some("+84-90-123-4567"))
    );
    assert_eq!(tel.param("phone-context"), Some("example.com"));
    let opaque = uri("isbn:2983792873");
    assert_eq!(
        (opaque.scheme(), opaque.host(), opaque.user_raw()),
        (Scheme::Other, None, None)
    );
    assert_eq!(opaque.with_param("a", None), opaque);
}

#[test]
fn what_is_no_uri() {
    for (text, error) in [
        ("", UriError::Scheme),
        ("example.com", UriError::Scheme),
        ("1sip:a@b", UriError::Scheme),
        ("sip:", UriError::Host),
        ("sip:@b", UriError::User),
        ("sip:a b@c", UriError::User),
        ("sip:a@", UriError::Host),
        ("sip:a@b:", UriError::Host),
        ("sip:a@b:65536", UriError::Host),
        ("sip:a@b c", UriError::Host),
        ("sip:2001:db8::10", UriError::Host),
        ("sip:a@[2001:db8::10", UriError::Host),
        ("sip:a@300.1.1.1", UriError::Host),
        ("sip:a@b;", UriError::Params),
        ("sip:a@b;;lr", UriError::Params),
        ("sip:a@b;x=a b", UriError::Params),
        ("sip:a@b?", UriError::Headers),
        ("sip:a@b?x", UriError::Headers),
        ("sip:a@b?x=1&", UriError::Headers),
        ("sip:a%4@b", UriError::Escape),
        ("sip:a%gg@b", UriError::Escape),
        ("sip:a@b\r\nVia: x", UriError::Host),
        ("sip:a@b;x=\r\n", UriError::Params),
        ("tel:", UriError::User),
        ("tel:abcxyz", UriError::User),
        ("http://a b", UriError::Character),
    ] {
        assert_eq!(text.parse::<Uri>(), Err(error), "{text:?}");
    }
}

/// RFC 3261 19.1.4, its own examples
#[test]
fn the_same_and_not_the_same() {
    for (a, b) in [
        (
            "sip:%61lice@atlanta.com;transport=TCP",
            "sip:alice@AtLanTa.CoM;Transport=tcp",
        ),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
        ("tel:+1-201-555-0123", "tel:+12015550123"),
        ("sip:a@[2001:DB8:0::1]", "sip:a@[2001:db8::1]"),
        ("sip:a@b;x=1;x=2", "sip:a@b;x=1;x=2"),
    ] {
        assert!(
            uri(a).equivalent(&uri(b)) && uri(b).equivalent(&uri(a)),
            "{a} {b}"
        );
    }
    for (a, b) in [
        (
            "SIP:ALICE@AtLanTa.CoM;Transport=udp",
            "sip:alice@AtLanTa.CoM;Transport=UDP",
        ),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;user=phone"),
        (
            "sip:carol@chicago.com",
            "sip:carol@chicago.com?Subject=next%20meeting",
        ),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        (
            "sip:carol@chicago.com;security=on",
            "sip:carol@chicago.com;security=off",
        ),
        ("sip:a@b", "sips:a@b"),
    ] {
        assert!(
            !uri(a).equivalent(&uri(b)) && !uri(b).equivalent(&uri(a)),
            "{a} {b}"
        );
    }
}

#[test]
fn made_uris_are_escaped_and_read_back() {
    let made = Uri::sip(Some("Bình #1@work"), "[2001:db8::1]:5060").unwrap();
    assert_eq!(
        made.as_str(),
        "sip:B%C3%ACnh%20%231%40work@[2001:db8::1]:5060"
    );
    assert_eq!(made.user().as_deref(), Some("Bình #1@work"));
    let more = made.with_param("x y", Some("a;b")).with_param("lr", None);
    assert_eq!(uri(more.as_str()), more);
    assert_eq!(more.param("x y"), Some("a%3Bb"));
    assert_eq!(
        more.without_param("LR")
            .with_param("x y", None)
            .without_param("x y"),
        made
    );
    assert!(Uri::sip(Some("a"), "b c").is_err());
    assert!(Uri::sip(None, "b;x=1").unwrap().without_params() == uri("sip:b"));
}

#[test]
fn setting_a_parameter_keeps_the_rest() {
    let start = uri("sip:a@b;lr;transport=udp?x=1");
    let set = start.with_param("transport", Some("ws"));
    assert_eq!(set.as_str(), "sip:a@b;lr;transport=ws?x=1");
    assert_eq!(
        (set.param("transport"), set.header("x").as_deref()),
        (Some("ws"), Some("1"))
    );
    assert_eq!(set.without_headers().as_str(), "sip:a@b;lr;transport=ws");
    assert_eq!(
        uri("tel:+84").with_param("ext", Some("5")).as_str(),
        "tel:+84;ext=5"
    );
}

#[test]
fn debug_masks_the_user() {
    let shown = format!("{:?}", uri("sip:+84901234567:secret@alo.example:5060"));
    assert_eq!(shown, "sip:[12]67@alo.example:5060");
    assert_eq!(format!("{:?}", uri("tel:+84901234567")), "tel:[12]67");
}

#[test]
fn addresses_in_both_forms() {
    let quoted: NameAddr = "\"A. \\\"G\\\" Bell\" <sip:a@b;lr> ; tag = a48s"
        .parse()
        .unwrap();
    assert_eq!(quoted.display().as_deref(), Some("A. \"G\" Bell"));
    assert_eq!(
        (quoted.tag(), quoted.uri().as_str()),
        (Some("a48s"), "sip:a@b;lr")
    );
    let tokens: NameAddr = "Anonymous Caller <sip:c8oqz84zk7z@privacy.org>;tag=hyh8"
        .parse()
        .unwrap();
    assert_eq!(tokens.display().as_deref(), Some("Anonymous Caller"));
    let bare: NameAddr = "sip:+12125551212@server.phone2net.com;tag=887s"
        .parse()
        .unwrap();
    assert_eq!((bare.tag(), bare.uri().param("tag")), (Some("887s"), None));
    let tight: NameAddr = "caller<sip:caller@example.com>;tag=323".parse().unwrap();
    assert_eq!(tight.display().as_deref(), Some("caller"));
}

#[test]
fn what_is_no_address() {
    for bad in [
        "",
        "An",
        "<sip:a@b",
        "\"An <sip:a@b>",
        "\"An\" sip:a@b",
        "Bell, Alexander <sip:a@b>",
        "< sip:a@b >",
        "<sip:a@b> x",
        "<sip:a@b>;",
        "<sip:a@b>;tag=",
        "sip:a@b?x=1",
        "sip:a@b,sip:c@d",
        "<sip:a@b>;x=\"y",
    ] {
        assert!(bad.parse::<NameAddr>().is_err(), "{bad:?}");
    }
}

#[test]
fn addresses_are_built_and_read_back() {
    let built = NameAddr::new(uri("sip:a@b;lr"))
        .with_display("Nguyễn \"An\" \\ <x>")
        .with_tag("t1")
        .with_param("x", Some("two words"))
        .with_param("flag", None);
    let read: NameAddr = built.to_string().parse().unwrap();
    assert_eq!(read, built);
    assert_eq!(read.display().as_deref(), Some("Nguyễn \"An\" \\ <x>"));
    assert_eq!(
        (
            read.tag(),
            read.param("x").as_deref(),
            read.param("FLAG").as_deref()
        ),
        (Some("t1"), Some("two words"), Some(""))
    );
    assert_eq!(read.with_tag("t2").tag(), Some("t2"));
    assert_eq!(read.without_tag().tag(), None);
    assert_eq!(read.with_display("").display(), None);
}

#[test]
fn uris_with_more_parts_than_any_call_has_are_compared_as_text() {
    let many = |count: usize, last: &str| {
        let params: String = (0..count).map(|n| format!(";p{n}={n}")).collect();
        uri(&format!("sip:a@b{params}{last}"))
    };
    assert!(many(31, ";x=1").equivalent(&many(31, ";X=1")));
    assert!(!many(32, ";x=1").equivalent(&many(32, ";X=1")));
    assert!(many(32, ";x=1").equivalent(&many(32, ";x=1")));
    let headers: Vec<String> = (0..40).map(|n| format!("h{n}=1")).collect();
    let with = |name: &str| uri(&format!("sip:a@b?{}&{name}=1", headers.join("&")));
    assert!(with("x").equivalent(&with("x")) && !with("x").equivalent(&with("X")));
}
