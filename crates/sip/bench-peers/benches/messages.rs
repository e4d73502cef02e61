//! The message layer beside rsip and rsipstack, in one run: parse; parse and read typed fields; parse
//! and print. One iteration is the whole corpus of thirty messages; time is CPU time of the thread,
//! which is steadier than the clock on a busy machine.
//!
//! Before anything is measured, each crate reads the corpus once and what it cannot read is printed:
//! speed counts only where the work was done.

#[path = "../../tests/corpus/mod.rs"]
mod corpus;
mod thread_time;

use std::hint::black_box;

use alo_sip::bounds::Limits;
use alo_sip::message::{Message, parse_datagram};
use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use thread_time::CpuTime;

fn alo_parse(bytes: &Bytes) -> Option<Message> {
    parse_datagram(bytes.clone(), &Limits::DEFAULT).ok()
}

/// First Via, From, To, CSeq, Contact, Record-Route, challenge.
fn alo_typed(message: &Message) -> Option<()> {
    let headers = message.headers();
    black_box(headers.via().ok()??);
    black_box(headers.from().ok()??);
    black_box(headers.to().ok()??);
    black_box(headers.cseq().ok()??);
    black_box(headers.contact().ok()?);
    black_box(headers.record_route().ok()?);
    black_box(headers.www_authenticate().ok()?);
    Some(())
}

mod rsipstack_side {
    use super::{Bytes, black_box};
    use rsipstack::sip::SipMessage;
    use rsipstack::sip::prelude::{HeadersExt, ToTypedHeader};

    pub(crate) fn parse(bytes: &Bytes) -> Option<SipMessage> {
        SipMessage::try_from(bytes.clone()).ok()
    }

    pub(crate) fn typed(message: &SipMessage) -> Option<()> {
        black_box(message.top_via_header().ok()?.typed().ok()?);
        black_box(message.from_header().ok()?.typed().ok()?);
        black_box(message.to_header().ok()?.typed().ok()?);
        black_box(message.cseq_header().ok()?.typed().ok()?);
        if let Ok(contact) = message.contact_header() {
            black_box(contact.typed().ok()?);
        }
        black_box(message.typed_record_route_headers().ok()?);
        if let Some(challenge) = message.www_authenticate_header() {
            black_box(challenge.typed().ok()?);
        }
        Some(())
    }
}

mod rsip_side {
    use super::{Bytes, black_box};
    use rsip::SipMessage;
    use rsip::prelude::{HeadersExt, ToTypedHeader};

    pub(crate) fn parse(bytes: &Bytes) -> Option<SipMessage> {
        SipMessage::try_from(&bytes[..]).ok()
    }

    pub(crate) fn typed(message: &SipMessage) -> Option<()> {
        black_box(message.via_header().ok()?.typed().ok()?);
        black_box(message.from_header().ok()?.typed().ok()?);
        black_box(message.to_header().ok()?.typed().ok()?);
        black_box(message.cseq_header().ok()?.typed().ok()?);
        if let Ok(contact) = message.contact_header() {
            black_box(contact.typed().ok()?);
        }
        if let Some(route) = message.record_route_header() {
            black_box(route.typed().ok()?);
        }
        if let Some(challenge) = message.www_authenticate_header() {
            black_box(challenge.typed().ok()?);
        }
        Some(())
    }
}

fn report(name: &str, corpus: &[Bytes], read: impl Fn(&Bytes) -> Option<()>) {
    let read_by: Vec<bool> = corpus.iter().map(|bytes| read(bytes).is_some()).collect();
    let failed: Vec<usize> = (0..corpus.len()).filter(|at| !read_by[*at]).collect();
    println!(
        "{name}: reads {} of {}; not {failed:?}",
        corpus.len() - failed.len(),
        corpus.len()
    );
}

fn bench(c: &mut Criterion<CpuTime>) {
    let corpus: Vec<Bytes> = corpus::messages().into_iter().map(Bytes::from).collect();
    report("alo-sip", &corpus, |bytes| alo_typed(&alo_parse(bytes)?));
    report("rsipstack", &corpus, |bytes| {
        rsipstack_side::typed(&rsipstack_side::parse(bytes)?)
    });
    report("rsip", &corpus, |bytes| {
        rsip_side::typed(&rsip_side::parse(bytes)?)
    });

    let mut run = |group: &str, name: &str, work: &dyn Fn(&Bytes)| {
        let mut group = c.benchmark_group(group);
        group.throughput(Throughput::Elements(corpus.len() as u64));
        group.bench_function(name, |b| b.iter(|| corpus.iter().for_each(work)));
        group.finish();
    };
    run("parse", "alo-sip", &|bytes| {
        drop(black_box(alo_parse(bytes)))
    });
    run("parse", "rsipstack", &|bytes| {
        drop(black_box(rsipstack_side::parse(bytes)))
    });
    run("parse", "rsip", &|bytes| {
        drop(black_box(rsip_side::parse(bytes)))
    });
    run("typed", "alo-sip", &|bytes| {
        _ = black_box(alo_parse(bytes).and_then(|m| alo_typed(&m)))
    });
    run("typed", "rsipstack", &|bytes| {
        _ = black_box(rsipstack_side::parse(bytes).and_then(|m| rsipstack_side::typed(&m)));
    });
    run("typed", "rsip", &|bytes| {
        _ = black_box(rsip_side::parse(bytes).and_then(|m| rsip_side::typed(&m)))
    });
    run("print", "alo-sip", &|bytes| {
        drop(black_box(alo_parse(bytes).map(|m| m.as_bytes().clone())))
    });
    run("print", "rsipstack", &|bytes| {
        drop(black_box(
            rsipstack_side::parse(bytes).map(|m| m.to_bytes()),
        ))
    });
    run("print", "rsip", &|bytes| {
        drop(black_box(rsip_side::parse(bytes).map(Vec::<u8>::from)))
    });
    run("check", "alo-sip", &|bytes| {
        _ = black_box(alo_parse(bytes).map(|m| m.check().is_ok()))
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(CpuTime).sample_size(30);
    targets = bench
}
criterion_main!(benches);
