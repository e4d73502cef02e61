//! REGISTER: credentials, then the registrar, then the answer (RFC 3261 section 10.3).

use std::borrow::Cow;
use std::time::Duration;

use alo_sip::header::{Contact, Contacts, HeaderName};
use alo_sip::message::Request;
use alo_sip::status::StatusCode;
use alo_sip::time::Instant;
use alo_sip::ua::{FlowId, ServerTxId};

use super::access::Denied;
use super::{Center, Output};
use crate::registrar::{Binding, Input, Refusal, Registered, Wanted};

/// Lifetime of a binding whose REGISTER wishes none (RFC 3261 section 10.2.1.1 leaves it to us).
const DEFAULT_EXPIRES: u32 = 300;

/// Why a REGISTER is not taken.
enum Refused {
    /// With this status.
    Status(StatusCode),
    /// Until it comes with good credentials.
    Denied(Denied),
    /// By the registrar.
    Registrar(Refusal),
}

impl Center {
    /// A REGISTER.
    pub(super) fn register(
        &mut self,
        now: Instant,
        tx: ServerTxId,
        flow: FlowId,
        request: &Request,
    ) {
        let (status, headers) = match self.try_register(now, flow, request) {
            Ok(registered) => (StatusCode::OK, self.granted(now, request, &registered)),
            Err(Refused::Status(status)) => (status, Vec::new()),
            Err(Refused::Denied(denied)) => denied.answer(),
            Err(Refused::Registrar(refusal)) => {
                tracing::info!(flow = flow.0, ?refusal, "registration refused");
                refusal_headers(refusal)
            }
        };
        self.respond(now, tx, status, headers);
    }

    fn try_register(
        &mut self,
        now: Instant,
        flow: FlowId,
        request: &Request,
    ) -> Result<Registered, Refused> {
        let bad = |_| Refused::Status(StatusCode::BAD_REQUEST);
        let to = request.headers().to().map_err(bad)?;
        let to = to.ok_or(Refused::Status(StatusCode::BAD_REQUEST))?;
        // Steps 1 and 5: this registrar has one domain.
        if !to
            .uri()
            .host_str()
            .eq_ignore_ascii_case(&self.config.domain)
        {
            return Err(Refused::Status(StatusCode::NOT_FOUND));
        }
        let account = to.uri().user().map(Cow::into_owned).unwrap_or_default();
        // Steps 3 and 4. An account that is not there is challenged like one that is, so that
        // nobody can find out which there are.
        let proved = self.prove(now, flow, request, &account);
        proved.map_err(Refused::Denied)?;
        let input = input(request, &account, flow).map_err(Refused::Status)?;
        let before = self.registrar.reachable(&account).count();
        let registered = self
            .registrar
            .step(now, input)
            .map_err(Refused::Registrar)?;
        self.moved(now, &registered);
        self.check_reachable(&account);
        let tabs = self.registrar.reachable(&account).count();
        let moved = !registered.moved.is_empty();
        if before != tabs || moved {
            tracing::info!(account, flow = flow.0, tabs, moved, "registered");
        }
        Ok(registered)
    }

    /// Phones that came back take their calls with them (RFC 5626 section 5.3: the newest flow of an
    /// instance and reg-id is the one that counts).
    fn moved(&mut self, now: Instant, registered: &Registered) {
        for (old, new) in &registered.moved {
            self.ua.rebind(now, *old, *new);
            self.outputs.push_back(Output::CloseFlow { flow: *old });
        }
    }

    /// Step 8: all bindings, each with what is left of its lifetime.
    fn granted(
        &self,
        now: Instant,
        request: &Request,
        registered: &Registered,
    ) -> Vec<(HeaderName, String)> {
        let mut headers: Vec<_> = registered
            .bindings
            .iter()
            .filter_map(|binding| contact(now, binding))
            .map(|contact| (HeaderName::Contact, contact))
            .collect();
        // RFC 5626 section 6: says that this registrar speaks outbound, to a client that does.
        let outbound = request
            .headers()
            .has_option(&HeaderName::Supported, "outbound");
        if outbound
            && registered
                .bindings
                .iter()
                .any(|binding| binding.instance.is_some())
        {
            headers.push((HeaderName::Require, "outbound".into()));
        }
        headers
    }
}

/// What a REGISTER wants of the registrar (RFC 3261 section 10.3, steps 6 and 7).
fn input(request: &Request, account: &str, flow: FlowId) -> Result<Input, StatusCode> {
    let bad = |_| StatusCode::BAD_REQUEST;
    let headers = request.headers();
    let account = account.to_owned();
    let expires = headers.expires();
    match headers.contacts().map_err(bad)? {
        Contacts::All if expires == Some(0) => Ok(Input::RemoveAll { account }),
        // A star with any other lifetime makes no sense.
        Contacts::All => Err(StatusCode::BAD_REQUEST),
        Contacts::List(contacts) => Ok(Input::Register {
            account,
            flow,
            call_id: headers
                .call_id()
                .map_err(bad)?
                .map_or_else(String::new, |id| id.to_string()),
            cseq: headers.cseq().map_err(bad)?.map_or(0, |cseq| cseq.seq),
            contacts: contacts
                .iter()
                .map(|contact| wanted(contact, expires))
                .collect(),
        }),
    }
}

/// A contact of a REGISTER (RFC 3261 section 10.2.1.1: its own lifetime goes before that of the
/// request).
fn wanted(contact: &Contact, expires: Option<u32>) -> Wanted {
    let seconds = contact.expires().or(expires).unwrap_or(DEFAULT_EXPIRES);
    Wanted {
        contact: contact.uri().to_string(),
        instance: contact
            .instance()
            .map(|instance| (instance.into_owned(), contact.reg_id().unwrap_or(1))),
        expires: Duration::from_secs(u64::from(seconds)),
    }
}

fn contact(now: Instant, binding: &Binding) -> Option<String> {
    let uri = alo_sip::uri::Uri::parse(&binding.contact).ok()?;
    let mut contact = Contact::new(uri.into());
    if let Some((instance, reg_id)) = &binding.instance {
        contact = contact.with_instance(instance, *reg_id);
    }
    let left = (binding.expires_at - now).as_secs();
    Some(
        contact
            .with_expires(u32::try_from(left).unwrap_or(u32::MAX))
            .to_string(),
    )
}

fn refusal_headers(refusal: Refusal) -> (StatusCode, Vec<(HeaderName, String)>) {
    match refusal {
        Refusal::TooBrief(least) => {
            let least = least.as_secs().to_string();
            let headers = vec![(HeaderName::from_static("Min-Expires"), least)];
            (StatusCode::INTERVAL_TOO_BRIEF, headers)
        }
        Refusal::OutOfOrder => (StatusCode::SERVER_INTERNAL_ERROR, Vec::new()),
        Refusal::TooMany(_) => (StatusCode::FORBIDDEN, Vec::new()),
    }
}
