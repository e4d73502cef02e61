//! Reading an INVITE that came in: who calls, from which queue, for how long.

use alo_api::{QueueFacts, header};
use alo_sip::header::HeaderName;
use alo_sip::message::Request;
use alo_sip::ua::SessionId;

use super::Limits;
use super::line::{Invitation, introduction, request_joins};
use super::party::party;
use super::text::{clean, percent_decode};
use crate::language::{Millis, Party};

/// An offer that lasts longer than an hour, or no time at all, is a mistake of the server: it rings as if
/// the server had said nothing.
const LONGEST_OFFER_S: u32 = 3600;

/// What a person wants to know of an INVITE. Everything in it comes from the network: a fact that
/// cannot be read is one that was not told.
pub(crate) fn read(
    session: SessionId,
    request: &Request,
    offer: Option<String>,
    limits: &Limits,
) -> Invitation {
    let queue = queue_facts(request, limits.text);
    let server_says = queue.as_ref().and_then(|facts| facts.answer_within_s);
    Invitation {
        session,
        remote: caller(request, limits.text),
        lasts: server_says.map(|seconds| Millis::from(seconds).saturating_mul(1000)),
        queue,
        offer,
        introduction: introduction(request, limits),
        joins: request_joins(request),
    }
}

/// Who calls.
pub(crate) fn caller(request: &Request, longest: usize) -> Party {
    match request.headers().from() {
        Ok(Some(from)) => party(&from, longest),
        _ => Party::default(),
    }
}

fn queue_facts(request: &Request, longest: usize) -> Option<QueueFacts> {
    let text = |name: &'static str| {
        let value = request.headers().get(&HeaderName::from_static(name))?;
        Some(value.into_owned()).filter(|value| !value.is_empty())
    };
    let number = |name| text(name)?.trim().parse::<u32>().ok();
    let facts = QueueFacts {
        name: text(header::QUEUE).map(|name| clean(&percent_decode(&name), longest)),
        waiting: number(header::WAITING),
        waited_s: number(header::WAITED),
        called: text(header::CALLED).map(|called| clean(&called, longest)),
        answer_within_s: number(header::ANSWER_WITHIN)
            .filter(|seconds| (1..=LONGEST_OFFER_S).contains(seconds)),
    };
    (facts != QueueFacts::default()).then_some(facts)
}
