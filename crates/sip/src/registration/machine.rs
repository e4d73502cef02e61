//! The machine of one registration.

use core::time::Duration;

use super::event::RegistrationEvent;
use super::register::Register;
use crate::dialog::Draft;
use crate::header::{Contact, HeaderName};
use crate::message::Response;
use crate::method::Method;
use crate::retry::{longer_lifetime, retry_after};
use crate::rng::Rng;
use crate::status::StatusCode;
use crate::step::{Act, Step};
use crate::text::Text;
use crate::uri::{NameAddr, Uri};

/// Why a registration has to be woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RegistrationTimer {
    /// The binding is refreshed before it expires.
    Refresh,
    /// A failed REGISTER is tried again.
    Retry,
}

/// A step of a registration.
pub(crate) type RegistrationStep<'a> = Step<'a, RegistrationTimer, RegistrationEvent>;

/// A binding of this user agent at a registrar (RFC 3261 10.2, RFC 5626 4.2).
#[derive(Debug)]
pub(crate) struct Registration {
    register: Register,
    /// URI of the contact, which follows the flow.
    contact: Uri,
    call_id: Text,
    from: Text,
    cseq: u32,
    /// Asked-for lifetime; grows by 423.
    expires: u32,
    /// Failures in a row.
    failures: u32,
    /// How often it was confirmed.
    confirmations: u64,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// REGISTER sent.
    Registering,
    /// Confirmed; the refresh is scheduled.
    Registered,
    /// Failed; the next try is scheduled.
    Waiting,
    /// Refused for good, until the application asks again.
    Refused,
    /// REGISTER with lifetime 0 sent.
    Removing,
    Gone,
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::Registering => "registering",
            Self::Registered => "registered",
            Self::Waiting => "waiting",
            Self::Refused => "refused",
            Self::Removing => "removing",
            Self::Gone => "gone",
        }
    }
}

impl Registration {
    /// A registration that [`Registration::go`] begins.
    pub(crate) fn new(register: Register, contact: Uri, rng: &mut Rng) -> Self {
        Self {
            call_id: Text::from(rng.token() + &rng.token()),
            from: register.aor.with_tag(&rng.token()).as_text().clone(),
            cseq: 0,
            expires: register.expires,
            failures: 0,
            confirmations: 0,
            state: State::Waiting,
            contact,
            register,
        }
    }

    /// User part of the contact, if it has one.
    pub(crate) fn contact_user(&self) -> Option<&str> {
        Some(self.register.contact_user.as_str()).filter(|user| !user.is_empty())
    }

    fn set_state(&mut self, new: State, why: &'static str) {
        tracing::debug!(
            old = self.state.name(),
            new = new.name(),
            why,
            "registration"
        );
        self.state = new;
    }

    /// Registers at once; nothing where a REGISTER is on its way.
    pub(crate) fn go(&mut self, why: &'static str, step: &mut RegistrationStep<'_>) {
        match self.state {
            State::Registered | State::Waiting | State::Refused => {
                self.send(State::Registering, why, step);
            }
            State::Registering | State::Removing | State::Gone => {}
        }
    }

    /// The flow was replaced: the binding has to name the new one (RFC 5626 4.3).
    pub(crate) fn moved(&mut self, contact: Uri, step: &mut RegistrationStep<'_>) {
        self.contact = contact;
        match self.state {
            State::Gone | State::Refused => {}
            State::Removing => self.send(State::Removing, "new flow", step),
            _ => self.send(State::Registering, "new flow", step),
        }
    }

    /// Removes the binding.
    pub(crate) fn remove(&mut self, step: &mut RegistrationStep<'_>) {
        match self.state {
            State::Registering | State::Registered if step.reachable => {
                self.send(State::Removing, "unregister", step);
            }
            State::Removing | State::Gone => {}
            _ => self.gone("unregister", step),
        }
    }

    fn gone(&mut self, why: &'static str, step: &mut RegistrationStep<'_>) {
        self.set_state(State::Gone, why);
        step.tell(RegistrationEvent::Unregistered);
        step.push(Act::Forget);
    }

    /// The next sequence number, for a try with credentials.
    pub(crate) const fn next_seq(&mut self) -> u32 {
        self.cseq += 1;
        self.cseq
    }

    /// Whether this is the sequence number of the last REGISTER.
    pub(crate) const fn is_current(&self, seq: u32) -> bool {
        self.cseq == seq
    }

    /// Sends REGISTER (RFC 3261 10.2, RFC 5626 4.2.1).
    fn send(&mut self, state: State, why: &'static str, step: &mut RegistrationStep<'_>) {
        let expires = if state == State::Removing {
            0
        } else {
            self.expires
        };
        self.set_state(state, why);
        let mut contact = Contact::new(NameAddr::new(self.contact.clone()));
        if !self.register.instance.is_empty() {
            contact = contact.with_instance(&self.register.instance, self.register.reg_id);
        }
        let mut draft = Draft {
            method: Method::Register,
            target: self.register.registrar.clone(),
            routes: Vec::new(),
            from: self.from.clone(),
            to: self.register.aor.without_tag().as_text().clone(),
            call_id: self.call_id.clone(),
            cseq: self.next_seq(),
            headers: vec![
                (
                    HeaderName::Contact,
                    contact.with_expires(expires).to_string(),
                ),
                (HeaderName::Expires, expires.to_string()),
                (HeaderName::Supported, String::from("path, outbound")),
            ],
            body: None,
        };
        draft.headers.extend(self.register.headers.iter().cloned());
        step.push(Act::StopAll);
        step.push(Act::Send(draft));
    }

    /// A final response to the last REGISTER; one to an earlier REGISTER counts no more.
    pub(crate) fn on_response(&mut self, response: &Response, step: &mut RegistrationStep<'_>) {
        let seq = response
            .headers()
            .cseq()
            .ok()
            .flatten()
            .map(|cseq| cseq.seq);
        let status = response.status();
        if seq != Some(self.cseq) || status.is_provisional() {
            return;
        }
        match self.state {
            State::Removing => self.gone("answered", step),
            State::Registering if status.is_success() => self.confirmed(response, step),
            State::Registering => self.refused(response, step),
            _ => {}
        }
    }

    /// No answer to the REGISTER of this sequence number.
    pub(crate) fn on_timeout(&mut self, seq: u32, step: &mut RegistrationStep<'_>) {
        match self.state {
            _ if seq != self.cseq => {}
            State::Removing => self.gone("not answered", step),
            State::Registering => {
                let status = StatusCode::REQUEST_TIMEOUT;
                self.failed(status, String::from(status.reason()), None, step);
            }
            _ => {}
        }
    }

    /// 200 (10.2.4, 10.3 step 8): lists all bindings with what is left of their lifetime.
    fn confirmed(&mut self, response: &Response, step: &mut RegistrationStep<'_>) {
        let seconds = self.granted(response);
        let first = self.confirmations == 0;
        self.confirmations += 1;
        self.failures = 0;
        self.set_state(State::Registered, "confirmed");
        // A quarter of the lifetime is left for failures and retries.
        let refresh = Duration::from_millis(u64::from(seconds) * 750).max(Duration::from_secs(1));
        step.start(RegistrationTimer::Refresh, refresh);
        let flow_timer = response
            .headers()
            .get(&HeaderName::FlowTimer)
            .and_then(|value| value.trim().parse().ok());
        if let Some(seconds @ 5..) = flow_timer {
            step.push(Act::KeepAlive(Duration::from_secs(seconds)));
        }
        let expires = Duration::from_secs(seconds.into());
        step.tell(RegistrationEvent::Registered { expires, first });
    }

    /// The lifetime of our binding in a 200.
    fn granted(&self, response: &Response) -> u32 {
        let headers = response.headers();
        let ours = headers.list(&HeaderName::Contact).find_map(|contact| {
            let contact = Contact::parse(&contact).ok()?;
            contact
                .uri()
                .equivalent(&self.contact)
                .then(|| contact.expires())?
        });
        ours.or_else(|| headers.expires()).unwrap_or(self.expires)
    }

    /// 300 to 699.
    fn refused(&mut self, response: &Response, step: &mut RegistrationStep<'_>) {
        let (status, headers) = (response.status(), response.headers());
        if let Some(seconds) = longer_lifetime(response, self.expires) {
            // 10.2.8: the same with the lifetime that the registrar wants.
            self.expires = seconds;
            self.state = State::Waiting;
            return self.send(State::Registering, "longer lifetime", step);
        }
        let after = retry_after(headers);
        self.failed(status, String::from(response.reason()), after, step);
    }

    /// A failure: tried again where trying again can help.
    fn failed(
        &mut self,
        status: StatusCode,
        reason: String,
        after: Option<Duration>,
        step: &mut RegistrationStep<'_>,
    ) {
        let wait = step.back_off.after(status, after, self.failures, step.rng);
        self.failures += 1;
        match wait {
            Some(wait) => {
                self.set_state(State::Waiting, "failed");
                step.start(RegistrationTimer::Retry, wait);
            }
            None => self.set_state(State::Refused, "refused"),
        }
        let retry_at = wait.map(|wait| step.now + wait);
        step.tell(RegistrationEvent::Refused {
            status,
            reason,
            retry_at,
        });
    }
}
