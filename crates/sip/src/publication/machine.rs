//! The machine of one publication (RFC 3903 4).

use core::time::Duration;

use super::event::PublicationEvent;
use super::publish::Publish;
use crate::dialog::Draft;
use crate::header::HeaderName;
use crate::message::Response;
use crate::method::Method;
use crate::retry::{longer_lifetime, refresh_after, retry_after};
use crate::rng::Rng;
use crate::status::StatusCode;
use crate::step::{Act, Step};
use crate::text::Text;

/// Why a publication has to be woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PublicationTimer {
    /// It is refreshed before it expires (RFC 3903 4.1).
    Refresh,
    /// A PUBLISH that failed is tried again.
    Retry,
}

/// A step of a publication.
pub(crate) type PublicationStep<'a> = Step<'a, PublicationTimer, PublicationEvent>;

/// A publication of this user agent.
#[derive(Debug)]
pub(crate) struct Publication {
    /// Its body is the last one that was handed in.
    publish: Publish,
    call_id: Text,
    from: Text,
    /// Sequence number of the last PUBLISH.
    cseq: u32,
    /// How many bodies were handed in.
    handed_in: u64,
    /// Which body the last PUBLISH was about.
    sent: u64,
    /// What the server knows of it, where it does.
    known: Option<Known>,
    /// Asked-for lifetime; grows by 423.
    expires: u32,
    /// Failures in a row.
    failures: u32,
    state: State,
}

/// What the server has.
#[derive(Debug)]
struct Known {
    /// `SIP-ETag`.
    etag: String,
    /// Which body.
    body: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Failed, or not begun; the next try is scheduled, or waits for another flow.
    Waiting,
    /// Refused for good, until the application hands in something else.
    Refused,
    /// PUBLISH sent.
    Publishing,
    /// The same, and it is to be removed after that: without the new entity tag it cannot be.
    PublishingLast,
    /// Confirmed; the refresh is scheduled.
    Published,
    /// PUBLISH with lifetime 0 sent.
    Removing,
    Gone,
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Refused => "refused",
            Self::Publishing => "publishing",
            Self::PublishingLast => "publishing for the last time",
            Self::Published => "published",
            Self::Removing => "removing",
            Self::Gone => "gone",
        }
    }
}

impl Publication {
    /// A publication that [`Publication::go`] begins.
    pub(crate) fn new(publish: Publish, rng: &mut Rng) -> Self {
        Self {
            call_id: Text::from(rng.token() + &rng.token()),
            from: publish.from.with_tag(&rng.token()).as_text().clone(),
            cseq: 0,
            handed_in: 1,
            sent: 0,
            known: None,
            expires: publish.expires,
            failures: 0,
            state: State::Waiting,
            publish,
        }
    }

    fn set_state(&mut self, new: State, why: &'static str) {
        let (old, new_name) = (self.state.name(), new.name());
        tracing::debug!(old, new = new_name, why, "publication");
        self.state = new;
    }

    /// Publishes, or refreshes, what no PUBLISH is under way for; over a closed flow it waits for the next.
    pub(crate) fn go(&mut self, why: &'static str, step: &mut PublicationStep<'_>) {
        match self.state {
            State::Waiting | State::Refused | State::Published if step.reachable => {
                self.send(State::Publishing, why, step);
            }
            State::Waiting | State::Refused | State::Published => {
                step.push(Act::StopAll);
                self.set_state(State::Waiting, "no flow");
            }
            State::Publishing | State::PublishingLast | State::Removing | State::Gone => {}
        }
    }

    /// Another body takes the place of the one before; what is under way is waited for.
    pub(crate) fn replace(&mut self, body: Vec<u8>, step: &mut PublicationStep<'_>) {
        self.publish.body = body;
        self.handed_in += 1;
        self.go("another body", step);
    }

    /// The flow was replaced. What is under way is sent again over the new one; what was refused stays so.
    pub(crate) fn moved(&mut self, step: &mut PublicationStep<'_>) {
        if self.state != State::Refused {
            self.go("new flow", step);
        }
    }

    /// Removes it (RFC 3903 4.5).
    pub(crate) fn remove(&mut self, step: &mut PublicationStep<'_>) {
        let why = "unpublish";
        match self.state {
            State::Publishing if step.reachable => self.set_state(State::PublishingLast, why),
            State::PublishingLast | State::Removing | State::Gone => {}
            _ if step.reachable => self.remove_known(why, step),
            _ => self.gone(why, step),
        }
    }

    fn remove_known(&mut self, why: &'static str, step: &mut PublicationStep<'_>) {
        if self.known.is_some() {
            self.send(State::Removing, why, step);
        } else {
            self.gone(why, step);
        }
    }

    fn gone(&mut self, why: &'static str, step: &mut PublicationStep<'_>) {
        self.set_state(State::Gone, why);
        step.tell(PublicationEvent::Unpublished);
        step.push(Act::Forget);
    }

    /// The sequence number of another try with credentials; `None` where the PUBLISH of this number is not
    /// the last one, or nobody waits for its answer.
    pub(crate) fn next_seq(&mut self, tried: u32) -> Option<u32> {
        (self.is_under_way() && tried == self.cseq).then(|| {
            self.cseq += 1;
            self.cseq
        })
    }

    const fn is_under_way(&self) -> bool {
        matches!(
            self.state,
            State::Publishing | State::PublishingLast | State::Removing
        )
    }

    /// The four kinds of PUBLISH (RFC 3903 4.1): initial with a body, refresh with a tag, modify with both,
    /// remove with a tag and no lifetime.
    fn send(&mut self, state: State, why: &'static str, step: &mut PublicationStep<'_>) {
        self.set_state(state, why);
        let removes = state == State::Removing;
        let expires = if removes { 0 } else { self.expires };
        let is_known = self.known.as_ref().map(|known| known.body) == Some(self.handed_in);
        self.cseq += 1;
        self.sent = self.handed_in;
        let mut draft = Draft {
            method: Method::Publish,
            target: self.publish.target.clone(),
            routes: Vec::new(),
            from: self.from.clone(),
            to: self.publish.from.without_tag().as_text().clone(),
            call_id: self.call_id.clone(),
            cseq: self.cseq,
            headers: vec![
                (HeaderName::Event, self.publish.event.clone()),
                (HeaderName::Expires, expires.to_string()),
            ],
            body: (!removes && !is_known)
                .then(|| (self.publish.content_type.clone(), self.publish.body.clone())),
        };
        if let Some(known) = &self.known {
            draft.push(HeaderName::SipIfMatch, known.etag.clone());
        }
        draft.headers.extend(self.publish.headers.iter().cloned());
        step.push(Act::StopAll);
        step.push(Act::Send(draft));
    }

    /// A final response to the last PUBLISH; one to an earlier PUBLISH counts no more.
    pub(crate) fn on_response(&mut self, response: &Response, step: &mut PublicationStep<'_>) {
        let seq = response.headers().cseq().ok().flatten();
        let status = response.status();
        if seq.map(|cseq| cseq.seq) != Some(self.cseq) || status.is_provisional() {
            return;
        }
        match (self.state, status.is_success()) {
            (State::Removing, _) => self.gone("answered", step),
            (State::Publishing | State::PublishingLast, true) => self.confirmed(response, step),
            (State::Publishing, false) => self.refused(response, step),
            (State::PublishingLast, false) => {
                if status == StatusCode::CONDITIONAL_REQUEST_FAILED {
                    self.known = None;
                }
                self.remove_known("refused", step);
            }
            _ => {}
        }
    }

    /// No answer to the PUBLISH of this sequence number. While the flow is closed that says nothing of the
    /// server: the flow that takes over asks it again.
    pub(crate) fn on_timeout(&mut self, seq: u32, step: &mut PublicationStep<'_>) {
        match self.state {
            _ if seq != self.cseq => {}
            State::Removing | State::PublishingLast => self.gone("not answered", step),
            State::Publishing if !step.reachable => self.set_state(State::Waiting, "no flow"),
            State::Publishing => {
                let status = StatusCode::REQUEST_TIMEOUT;
                self.failed(status, String::from(status.reason()), None, step);
            }
            _ => {}
        }
    }

    /// 2xx (RFC 3903 4.1): with the tag that names the publication from now on.
    fn confirmed(&mut self, response: &Response, step: &mut PublicationStep<'_>) {
        let headers = response.headers();
        // Departs from RFC 3903 6: a server that gives no tag is published to anew each time.
        self.known = headers.get(&HeaderName::SipETag).map(|etag| Known {
            etag: etag.into_owned(),
            body: self.sent,
        });
        self.failures = 0;
        if self.state == State::PublishingLast {
            return self.remove_known("confirmed", step);
        }
        let seconds = headers.expires().unwrap_or(self.expires);
        step.tell(PublicationEvent::Published {
            expires: Duration::from_secs(seconds.into()),
            body_of: self.sent,
        });
        self.set_state(State::Published, "confirmed");
        if self.sent < self.handed_in {
            self.go("another body", step);
        } else {
            let after = refresh_after(seconds, step.rng);
            step.start(PublicationTimer::Refresh, after);
        }
    }

    /// 300 to 699.
    fn refused(&mut self, response: &Response, step: &mut PublicationStep<'_>) {
        let (status, headers) = (response.status(), response.headers());
        // RFC 3903 4.1: the server lost it, and is told anew.
        if status == StatusCode::CONDITIONAL_REQUEST_FAILED && self.known.take().is_some() {
            return self.send(State::Publishing, "lost by the server", step);
        }
        // RFC 3903 4.1, RFC 3261 10.2.8
        if let Some(seconds) = longer_lifetime(response, self.expires) {
            self.expires = seconds;
            return self.send(State::Publishing, "longer lifetime", step);
        }
        let asked = retry_after(headers);
        self.failed(status, String::from(response.reason()), asked, step);
    }

    /// A failure: tried again where trying again can help.
    fn failed(
        &mut self,
        status: StatusCode,
        reason: String,
        asked: Option<Duration>,
        step: &mut PublicationStep<'_>,
    ) {
        let wait = step.back_off.after(status, asked, self.failures, step.rng);
        self.failures += 1;
        match wait {
            Some(wait) => {
                self.set_state(State::Waiting, "failed");
                step.start(PublicationTimer::Retry, wait);
            }
            None => self.set_state(State::Refused, "refused"),
        }
        step.tell(PublicationEvent::Refused {
            status,
            reason,
            retry_at: wait.map(|wait| step.now + wait),
            body_of: self.sent,
        });
        if wait.is_none() && self.sent < self.handed_in {
            self.go("another body", step);
        }
    }

    /// One of the timers fired.
    pub(crate) fn on_timer(&mut self, timer: PublicationTimer, step: &mut PublicationStep<'_>) {
        match (self.state, timer) {
            (State::Published, PublicationTimer::Refresh) => self.go("refresh", step),
            (State::Waiting, PublicationTimer::Retry) => self.go("another try", step),
            _ => {}
        }
    }
}
