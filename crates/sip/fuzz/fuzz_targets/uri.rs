//! URIs and addresses: what is read can be printed and read back, also after it was changed.

#![no_main]

use alo_sip::uri::{NameAddr, Uri};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(uri) = Uri::parse(text) {
        assert_eq!(uri.to_string(), text);
        let changed = uri.with_param("transport", Some(text)).without_headers();
        assert_eq!(Uri::parse(changed.as_str()).as_ref(), Ok(&changed));
        assert_eq!(
            Uri::parse(uri.without_params().as_str()),
            Ok(uri.without_params())
        );
        let _ = (
            uri.user(),
            uri.host(),
            uri.params().count(),
            uri.headers().count(),
        );
        assert!(uri.equivalent(&uri));
    }
    if let Ok(address) = NameAddr::parse(text) {
        let changed = address
            .with_display(text)
            .with_tag("t")
            .with_param("x", Some(text));
        let read = NameAddr::parse(&changed.to_string());
        assert_eq!(read.as_ref(), Ok(&changed));
        assert_eq!(changed.tag(), Some("t"));
        assert_eq!(changed.uri(), address.uri());
    }
    if let Ok(made) = Uri::sip(Some(text).filter(|user| !user.is_empty()), "alo.example") {
        assert_eq!(made.user().as_deref().unwrap_or_default(), text);
    }
});
