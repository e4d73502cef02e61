//! Documents of presence and of dialogs: what is read can be written and read back.

#![no_main]

use alo_sip::presence::{DialogInfo, Presence};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if bytes.len() > 8192 {
        // What is written grows by escapes and namespaces, and there is a bound on what is read.
        return;
    }
    if let Ok(read) = Presence::parse(bytes) {
        let written = read.to_pidf();
        let again = Presence::parse(written.as_bytes()).expect("a document of ours");
        assert_eq!(again, normal(read));
    }
    if let Ok(mut read) = DialogInfo::parse(bytes) {
        let written = read.to_xml();
        let again = DialogInfo::parse(written.as_bytes()).expect("a document of ours");
        assert_eq!(again, read);
        let _ = read.activity();
        read.update(again);
    }
});

/// What only one of two that belong together says is not written.
fn normal(mut presence: Presence) -> Presence {
    if presence.next.is_none() {
        presence.next_note = None;
    }
    presence
}
