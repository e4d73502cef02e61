//! How a call came here that somebody brought: read from an INVITE.

use alo_api::header;
use alo_sip::header::HeaderName;
use alo_sip::message::Request;
use alo_sip::uri::NameAddr;

use crate::language::{Introduced, Introduction};
use crate::phone::Limits;
use crate::phone::party::party;
use crate::phone::text::clean;
use crate::phone::transfer::returned;

/// How the call of an INVITE came here. What cannot be read was not told.
pub(crate) fn introduction(request: &Request, limits: &Limits) -> Option<Introduction> {
    let longest = limits.text;
    let how = came_back(request, longest)
        .or_else(|| about(request, longest))
        .or_else(|| referred(request, longest))?;
    // RFC 7433, section 4.1: text, where both ends agree on it; anything else is no note.
    let note = request.headers().user_to_user();
    let note = note.and_then(|data| data.text());
    Some(Introduction {
        how,
        note: note
            .map(|note| clean(&note, limits.note))
            .filter(|note| !note.is_empty()),
    })
}

fn referred(request: &Request, longest: usize) -> Option<Introduced> {
    let by = request.headers().referred_by()?;
    Some(Introduced::Transferred {
        by: party(&by, longest),
    })
}

fn came_back(request: &Request, longest: usize) -> Option<Introduced> {
    let from = address(request, header::RETURNED)?;
    let status = from.param("status").and_then(|code| code.parse().ok());
    Some(Introduced::Returned {
        from: party(&from, longest),
        why: returned(status, longest),
    })
}

/// The customer whom the colleague at the other end wants to talk about.
pub(super) fn about(request: &Request, longest: usize) -> Option<Introduced> {
    let customer = address(request, header::ABOUT)?;
    Some(Introduced::Consults {
        about: party(&customer, longest),
        gone: customer.params().has("gone"),
    })
}

fn address(request: &Request, name: &'static str) -> Option<NameAddr> {
    let address = request.headers().address(&HeaderName::from_static(name));
    address.ok().flatten()
}
