//! What a user agent refuses by itself (RFC 3261 8.2.1 to 8.2.3, 11.2).

use super::config::Config;
use super::incoming::to_tag;
use crate::header::{Event, HeaderName};
use crate::message::Request;
use crate::method::Method;
use crate::referral::refer_of;
use crate::session::{Reply, too_short};
use crate::status::StatusCode;

/// Methods separated by commas.
pub(super) fn allow(config: &Config) -> String {
    let names: Vec<&str> = config.allow.iter().map(Method::as_str).collect();
    names.join(", ")
}

/// Method, scheme of the Request-URI, and required extensions, in this order (8.2).
pub(super) fn refuse(config: &Config, request: &Request) -> Option<Reply> {
    let method = request.method();
    if !config.allow.contains(method) && !is_of_refer(config, request) {
        let status = if method.is_known() {
            StatusCode::METHOD_NOT_ALLOWED
        } else {
            StatusCode::NOT_IMPLEMENTED
        };
        return Some(Reply::new(status).with(HeaderName::Allow, allow(config)));
    }
    // 8.2.2.1
    if !request.target().is_ok_and(|uri| uri.is_sip()) {
        return Some(Reply::new(StatusCode::UNSUPPORTED_URI_SCHEME));
    }
    // 8.2.2.3
    let unknown: Vec<String> = request
        .headers()
        .list(&HeaderName::Require)
        .filter(|tag| {
            !config
                .supported
                .iter()
                .any(|known| known.eq_ignore_ascii_case(tag))
        })
        .map(|tag| tag.into_owned())
        .collect();
    if !unknown.is_empty() {
        return Some(
            Reply::new(StatusCode::BAD_EXTENSION).with(HeaderName::Unsupported, unknown.join(", ")),
        );
    }
    // 8.2.3
    let headers = request.headers();
    let coded = headers
        .list(&HeaderName::ContentEncoding)
        .any(|coding| !coding.eq_ignore_ascii_case("identity"));
    if coded {
        let reply = Reply::new(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        return Some(reply.with(HeaderName::AcceptEncoding, "identity"));
    }
    if matches!(method, Method::Invite | Method::Update | Method::Prack) {
        refuse_body(request)
    } else {
        None
    }
}

/// A SUBSCRIBE that refreshes or ends what a REFER began is taken by who takes REFER, whether or not any other
/// subscription is (RFC 3515 2.4.4, RFC 6665 4.2.1).
fn is_of_refer(config: &Config, request: &Request) -> bool {
    *request.method() == Method::Subscribe
        && config.allow.contains(&Method::Refer)
        && to_tag(request).is_some()
        && matches!(request.headers().event(), Ok(Some(event)) if refer_of(&event).is_some())
}

/// Bodies of INVITE, UPDATE and PRACK are session descriptions (8.2.3).
fn refuse_body(request: &Request) -> Option<Reply> {
    let headers = request.headers();
    let is_sdp = match headers.content_type() {
        Ok(Some(content_type)) => content_type.is("application/sdp"),
        _ => false,
    };
    // 20.11: a body that need not be understood.
    let optional = headers
        .get(&HeaderName::ContentDisposition)
        .is_some_and(|value| {
            value
                .to_ascii_lowercase()
                .replace(' ', "")
                .contains("handling=optional")
        });
    if request.body().is_empty() || is_sdp || optional {
        return None;
    }
    Some(Reply::new(StatusCode::UNSUPPORTED_MEDIA_TYPE).with(HeaderName::Accept, "application/sdp"))
}

/// An INVITE outside a dialog: what the answer may be made of, and the session interval.
pub(super) fn refuse_invite(config: &Config, request: &Request) -> Option<Reply> {
    // 21.4.7: an Accept that leaves session descriptions out.
    if let Ok(Some(types)) = request.headers().accept()
        && !types.is_empty()
        && !types.iter().any(|media| media.accepts("application/sdp"))
    {
        return Some(Reply::new(StatusCode::NOT_ACCEPTABLE));
    }
    refuse_replaced(config, request)
        .or_else(|| too_short(request.headers(), config.min_session_expires))
}

/// `Replaces` and `Join`: one of them, once, and legal (RFC 3891 3, RFC 3911 4); where the extension is not
/// known they say nothing.
fn refuse_replaced(config: &Config, request: &Request) -> Option<Reply> {
    let headers = request.headers();
    let supported = |tag: &str| {
        let mut all = config.supported.iter();
        all.any(|known| known.eq_ignore_ascii_case(tag))
    };
    let count = |tag, name| {
        if supported(tag) {
            headers.count(name)
        } else {
            0
        }
    };
    let replaces = count("replaces", &HeaderName::Replaces);
    let join = count("join", &HeaderName::Join);
    let broken = replaces + join > 1
        || replaces == 1 && headers.replaces().is_none()
        || join == 1 && headers.join().is_none();
    broken.then(|| Reply::new(StatusCode::BAD_REQUEST))
}

/// Methods that only make sense in a dialog, once `To` has a tag.
pub(super) const fn needs_dialog(method: &Method) -> bool {
    matches!(
        method,
        Method::Invite
            | Method::Bye
            | Method::Update
            | Method::Prack
            | Method::Info
            | Method::Refer
            | Method::Subscribe
            | Method::Notify
    )
}

/// Methods that a request outside any dialog cannot have.
pub(super) const fn never_outside(method: &Method) -> bool {
    matches!(
        method,
        Method::Bye | Method::Update | Method::Prack | Method::Info
    )
}

/// The answer to OPTIONS (11.2).
pub(super) fn options(config: &Config) -> Reply {
    Reply::new(StatusCode::OK)
        .with(HeaderName::Allow, allow(config))
        .with(HeaderName::Accept, config.accept.join(", "))
        .with(HeaderName::Supported, config.supported.join(", "))
        .with_events(config)
}

impl Reply {
    /// With `Allow-Events` (RFC 6665 8.2.2), where there are any.
    pub(super) fn with_events(self, config: &Config) -> Self {
        if config.events.is_empty() {
            return self;
        }
        self.with(HeaderName::AllowEvents, config.events.join(", "))
    }
}

/// A SUBSCRIBE outside any dialog: whether its event package is one of this side (RFC 6665 4.2.1.1), and
/// which subscription it is.
pub(super) fn subscribed_event(config: &Config, request: &Request) -> Result<Event, Reply> {
    let bad_event = || Reply::new(StatusCode::BAD_EVENT).with_events(config);
    let event = request.headers().event();
    let event = event.map_err(|_| Reply::new(StatusCode::BAD_REQUEST))?;
    let event = event.ok_or_else(bad_event)?;
    if config.is_server() || config.events.contains(&event.package) {
        Ok(event)
    } else {
        Err(bad_event())
    }
}
