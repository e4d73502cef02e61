//! The state of one dialog (RFC 3261 12).

use core::fmt;

use super::draft::Draft;
use crate::header::HeaderName;
use crate::message::{Headers, Request, Response};
use crate::method::Method;
use crate::text::Text;
use crate::uri::{NameAddr, Uri};

/// A dialog, early or confirmed.
#[derive(Debug, Clone)]
pub struct Dialog {
    call_id: Text,
    /// `From` of requests that go out, with tag.
    local: Text,
    local_tag: Text,
    /// `To` of requests that go out, with tag.
    remote: Text,
    /// Empty where the far end speaks RFC 2543.
    remote_tag: Text,
    local_seq: u32,
    remote_seq: Option<u32>,
    routes: Vec<Text>,
    target: Uri,
}

/// Why a message makes no dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DialogError {
    /// `From`, `To`, `Call-ID` or `CSeq` is missing or broken.
    BadHeader,
    /// There is no usable `Contact`.
    NoTarget,
}

impl fmt::Display for DialogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadHeader => "a header field that names the dialog is missing or broken",
            Self::NoTarget => "there is no usable Contact",
        })
    }
}

impl core::error::Error for DialogError {}

/// The value of a header field that every message has.
fn value(headers: &Headers, name: &HeaderName) -> Result<Text, DialogError> {
    headers
        .get(name)
        .map(|value| Text::from(value.as_ref()))
        .ok_or(DialogError::BadHeader)
}

/// The tag in a `From` or `To` value; empty where there is none.
fn tag(value: &Text) -> Result<Text, DialogError> {
    let address = NameAddr::from_text(value.clone()).map_err(|_| DialogError::BadHeader)?;
    Ok(Text::from(address.tag().unwrap_or_default()))
}

/// The URI of the first `Contact`.
pub(crate) fn contact_uri(headers: &Headers) -> Option<Uri> {
    let first = headers.list(&HeaderName::Contact).next()?;
    NameAddr::parse(&first)
        .ok()
        .map(|address| address.uri().clone())
}

fn record_routes(headers: &Headers) -> Vec<Text> {
    headers
        .list(&HeaderName::RecordRoute)
        .map(|route| Text::from(route.as_ref()))
        .collect()
}

impl Dialog {
    /// The dialog that a response (101 to 299) to our INVITE makes (RFC 3261 12.1.2).
    ///
    /// # Errors
    /// A broken header field. A missing `Contact` is forgiven: the Request-URI stands in for it.
    pub fn of_caller(invite: &Request, response: &Response) -> Result<Self, DialogError> {
        let local = value(invite.headers(), &HeaderName::From)?;
        let remote = value(response.headers(), &HeaderName::To)?;
        let mut routes = record_routes(response.headers());
        routes.reverse();
        let target = match contact_uri(response.headers()) {
            Some(target) => target,
            None => invite.target().map_err(|_| DialogError::NoTarget)?,
        };
        Ok(Self {
            call_id: value(invite.headers(), &HeaderName::CallId)?,
            local_tag: tag(&local)?,
            remote_tag: tag(&remote)?,
            local,
            remote,
            local_seq: invite
                .headers()
                .cseq()
                .ok()
                .flatten()
                .map_or(0, |cseq| cseq.seq),
            remote_seq: None,
            routes,
            target,
        })
    }

    /// The dialog that a response of ours with this tag to a received INVITE makes (RFC 3261 12.1.1).
    /// Without `Contact`, which RFC 2543 allowed, requests go to the URI of `From`.
    ///
    /// # Errors
    /// A broken header field.
    pub fn of_callee(invite: &Request, local_tag: &str) -> Result<Self, DialogError> {
        let remote = value(invite.headers(), &HeaderName::From)?;
        let address = |text: Text| NameAddr::from_text(text).map_err(|_| DialogError::BadHeader);
        let to = address(value(invite.headers(), &HeaderName::To)?)?;
        let from = address(remote.clone())?;
        Ok(Self {
            call_id: value(invite.headers(), &HeaderName::CallId)?,
            local: to.with_tag(local_tag).as_text().clone(),
            local_tag: Text::from(local_tag),
            remote_tag: tag(&remote)?,
            remote,
            local_seq: 0,
            remote_seq: invite.headers().cseq().ok().flatten().map(|cseq| cseq.seq),
            routes: record_routes(invite.headers()),
            target: contact_uri(invite.headers()).unwrap_or_else(|| from.uri().clone()),
        })
    }

    /// `Call-ID`.
    #[must_use]
    pub fn call_id(&self) -> &str {
        &self.call_id
    }

    /// Tag of this side.
    #[must_use]
    pub fn local_tag(&self) -> &str {
        &self.local_tag
    }

    /// Tag of the far end; empty where it gave none (RFC 2543).
    #[must_use]
    pub fn remote_tag(&self) -> &str {
        &self.remote_tag
    }

    /// Where requests go.
    #[must_use]
    pub const fn target(&self) -> &Uri {
        &self.target
    }

    /// Sequence number of the last request of ours.
    #[must_use]
    pub const fn local_seq(&self) -> u32 {
        self.local_seq
    }

    /// The sequence number of the INVITE grew by a try with credentials.
    pub const fn advance_to(&mut self, seq: u32) {
        if seq > self.local_seq {
            self.local_seq = seq;
        }
    }

    /// The next sequence number.
    pub const fn next_seq(&mut self) -> u32 {
        self.local_seq += 1;
        self.local_seq
    }

    /// A 2xx confirms this early dialog: its route set counts (RFC 3261 13.2.2.4).
    pub fn confirm(&mut self, response: &Response) {
        self.routes = record_routes(response.headers());
        self.routes.reverse();
        self.refresh_target(response.headers());
    }

    /// The `Contact` of a target refresh replaces the target (RFC 3261 12.2.1.2, 12.2.2).
    pub fn refresh_target(&mut self, headers: &Headers) {
        if let Some(target) = contact_uri(headers) {
            self.target = target;
        }
    }

    /// Whether a received request is in order (RFC 3261 12.2.2): not older than the last one.
    pub fn take_seq(&mut self, seq: u32) -> bool {
        if self.remote_seq.is_some_and(|last| seq <= last) {
            return false;
        }
        self.remote_seq = Some(seq);
        true
    }

    /// A new request in the dialog (RFC 3261 12.2.1.1); an ACK has the sequence number of its
    /// INVITE, which the caller sets.
    pub fn draft(&mut self, method: Method) -> Draft {
        let cseq = if method == Method::Ack {
            self.local_seq
        } else {
            self.next_seq()
        };
        let (target, routes) = self.path();
        Draft {
            method,
            target,
            routes,
            from: self.local.clone(),
            to: self.remote.clone(),
            call_id: self.call_id.clone(),
            cseq,
            headers: Vec::new(),
            body: None,
        }
    }

    /// Request-URI and `Route`; a strict router takes the place of the Request-URI (RFC 3261 12.2.1.1).
    fn path(&self) -> (Uri, Vec<Text>) {
        let first = self
            .routes
            .first()
            .and_then(|route| NameAddr::parse(route).ok());
        match first {
            Some(first) if !first.uri().is_loose_router() => {
                let mut routes = self.routes[1..].to_vec();
                routes.push(NameAddr::new(self.target.clone()).as_text().clone());
                (first.uri().clone(), routes)
            }
            _ => (self.target.clone(), self.routes.clone()),
        }
    }
}
