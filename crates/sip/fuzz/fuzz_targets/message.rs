//! A received message: whatever the bytes are, it is read or refused; what is read is not copied; a
//! refusal that can be answered has an answer that can be read.

#![no_main]

use alo_sip::bounds::Limits;
use alo_sip::header::HeaderName;
use alo_sip::message::{Headers, Message, Reply, parse_datagram};
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;

fn look(headers: &Headers) {
    for name in HeaderName::KNOWN {
        let _ = (headers.list(name).count(), headers.all(name).count());
        let _ = (headers.addresses(name), headers.address(name));
    }
    let _ = (
        headers.vias(),
        headers.contacts(),
        headers.cseq(),
        headers.call_id(),
    );
    let _ = (
        headers.accept(),
        headers.allow(),
        headers.require(),
        headers.content_type(),
    );
    let _ = (
        headers.www_authenticate(),
        headers.authorization(),
        headers.reasons(),
    );
    let _ = (
        headers.session_expires(),
        headers.min_se(),
        headers.rack(),
        headers.rseq(),
    );
    let _ = (
        headers.replaces(),
        headers.join(),
        headers.target_dialog(),
        headers.refer_to(),
        headers.referred_by(),
        headers.refer_sub(),
        headers.user_to_user(),
        headers.asserted_identity(),
        headers.event(),
        headers.subscription_state(),
        headers.retry_after(),
    );
}

fuzz_target!(|data: &[u8]| {
    // Small bounds, so that they are met.
    let limits = Limits {
        message: 4096,
        headers: 24,
        line: 512,
    };
    let bytes = Bytes::copy_from_slice(data);
    let error = match parse_datagram(bytes.clone(), &limits) {
        Ok(message) => {
            look(message.headers());
            assert!(bytes.as_ptr_range().contains(&message.as_bytes().as_ptr()));
            if let Message::Request(request) = &message {
                let again = request.to_builder().build();
                let read = parse_datagram(again.as_bytes().clone(), &Limits::DEFAULT);
                assert!(matches!(read, Ok(Message::Request(_))), "{read:?}");
            }
            message.check().err()
        }
        Err(error) => Some(error),
    };
    if let Some(rejection) = error.and_then(|error| error.rejection) {
        let source = "192.0.2.1:5060".parse().ok();
        let answer = rejection.response(&Reply {
            to_tag: Some("t"),
            source,
            reason: None,
        });
        let read = parse_datagram(
            answer.as_bytes().clone(),
            &Limits {
                line: 1 << 20,
                ..Limits::DEFAULT
            },
        );
        assert!(matches!(read, Ok(Message::Response(_))), "{read:?}");
    }
});
