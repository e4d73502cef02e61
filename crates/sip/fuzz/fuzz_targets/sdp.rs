//! Session descriptions: read or refused.

#![no_main]

use alo_sip::sdp::Sdp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(sdp) = Sdp::parse(text) {
        let _ = (sdp.audio(), sdp.video(), sdp.origin());
        for media in sdp.media() {
            let _ = (
                media.is_rejected(),
                media.telephone_event(),
                media.has_codec("opus"),
            );
        }
    }
});
