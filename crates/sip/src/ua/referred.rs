//! REFERs of others, and what else comes in dialogs whose sessions may be over (RFC 3515, RFC 5057).

use super::acts;
use super::agent::UserAgent;
use super::event::{Event, Output};
use super::incoming::to_tag;
use super::tables::DialogOwner;
use super::usages::{Remnant, Usage};
use crate::dialog::{Dialog, HeaderFields, Place};
use crate::header::HeaderName;
use crate::ids::{FlowId, ReferredId, SessionId, TxId};
use crate::message::Request;
use crate::method::Method;
use crate::referral::{ReferError, Referred, ReferredStep, refer_of};
use crate::session::Reply;
use crate::sipfrag::Fragment;
use crate::status::StatusCode;
use crate::time::Instant;
use crate::uri::{NameAddr, Uri};

impl UserAgent {
    /// Do what a REFER asks for: 202, and NOTIFY 100 at once; 200 with `Refer-Sub: false` and nothing more
    /// where it came with that (RFC 4488), after which it is not known any more.
    ///
    /// # Errors
    /// No such REFER, or it was accepted already.
    pub fn accept_refer(&mut self, now: Instant, id: ReferredId) -> Result<(), ReferError> {
        self.referred_verb(now, id, Referred::accept)
    }

    /// Refuse a REFER (300 to 699): 403, 404, 603. Nothing can be told of it afterwards.
    ///
    /// # Errors
    /// No such REFER, it was accepted already, or a status that refuses nothing.
    pub fn reject_refer(
        &mut self,
        now: Instant,
        id: ReferredId,
        status: StatusCode,
        headers: HeaderFields,
    ) -> Result<(), ReferError> {
        self.referred_verb(now, id, |referred, _, step| {
            referred.reject(status, headers, step)
        })
    }

    /// Tell what became of a referred request so far. Only the latest state goes out where the far end could
    /// not be reached meanwhile; a final one (200 to 699) ends it, and is kept until the far end has it or
    /// the subscription expires. All this goes on after the session is over, and follows the far end to
    /// another flow.
    ///
    /// # Errors
    /// No such REFER, or nobody wants to know; it was not accepted yet, or its end was told already.
    pub fn refer_progress(
        &mut self,
        now: Instant,
        id: ReferredId,
        fragment: Fragment,
    ) -> Result<(), ReferError> {
        self.referred_verb(now, id, |referred, place, step| {
            referred.progress(fragment, place, step)
        })
    }

    fn referred_verb(
        &mut self,
        now: Instant,
        id: ReferredId,
        run: impl FnOnce(&mut Referred, &mut Place<'_>, &mut ReferredStep<'_>) -> Result<(), ReferError>,
    ) -> Result<(), ReferError> {
        self.now = now;
        self.with_referred(id, run)
            .unwrap_or(Err(ReferError::Unknown(id)))
    }

    /// One step of the REFER of somebody else, and what it asks for.
    pub(super) fn with_referred<R>(
        &mut self,
        id: ReferredId,
        run: impl FnOnce(&mut Referred, &mut Place<'_>, &mut ReferredStep<'_>) -> R,
    ) -> Option<R> {
        let session = self.tables.usages.asked.get(&id)?.session();
        let flow = self.tables.flow_of(session)?;
        let reachable = self.is_open(flow) && !self.waits_for_bye(session, flow);
        let tables = &mut self.tables;
        let referred = tables.usages.asked.get_mut(&id)?;
        let mut step = acts::step(&self.config, self.now, reachable, &mut self.rng);
        let place = match tables.sessions.get_mut(&session) {
            Some(entry) => entry.session.place(referred.remote_tag()),
            None => {
                let left = tables.usages.remnants.get_mut(&session)?;
                left.place(referred.remote_tag())
            }
        };
        let result = match place {
            Some(mut place) => Some(run(referred, &mut place, &mut step)),
            None => {
                referred.forget("no dialog", &mut step);
                None
            }
        };
        let acts = step.acts;
        if self.carry_out((id, session), flow, acts) {
            self.forget_usage(Usage::Asked(id));
        }
        result
    }

    /// Whether a NOTIFY could overtake the BYE before it, which a far end that keeps to RFC 3261 12.2.2 would
    /// refuse then: over datagrams it waits until the BYE is answered.
    fn waits_for_bye(&self, session: SessionId, flow: FlowId) -> bool {
        let entry = self.tables.sessions.get(&session);
        let leaving = entry.is_some_and(|entry| entry.session.is_leaving());
        leaving && !self.timing(flow).reliable
    }

    /// A REFER, in the dialog of a session or outside of any (RFC 3515 2.4.2).
    pub(super) fn on_refer(
        &mut self,
        tx: TxId,
        flow: FlowId,
        within: Option<(SessionId, &str)>,
        request: Request,
    ) {
        let Some(refer) = request.headers().refer_to() else {
            // RFC 3515 2.4.2: exactly one.
            return self.reply(tx, &Reply::new(StatusCode::BAD_REQUEST));
        };
        if self.has_enough(flow, within.map(|(session, _)| session)) {
            return self.refuse_another(tx, flow);
        }
        let place = match within {
            Some((session, tag)) => {
                self.with_session(session, |session, _| session.retarget(tag, &request));
                Some((session, String::from(tag)))
            }
            None => self.begin_remnant(tx, flow, &request),
        };
        let Some((session, remote_tag)) = place else {
            return self.reply(tx, &Reply::new(StatusCode::BAD_REQUEST));
        };
        let id = ReferredId(self.tables.next_id());
        let referred = Referred::asked((id, session, tx), &remote_tag, &request);
        self.tables.usages.add_asked(id, referred);
        self.out.push_back(Output::Event(Event::Referred {
            id,
            session: within.map(|(session, _)| session),
            flow,
            request,
            refer,
        }));
    }

    /// Whether so many REFERs of others are open in a dialog, or over a flow, that there is no room for
    /// another one.
    fn has_enough(&self, flow: FlowId, session: Option<SessionId>) -> bool {
        let limits = self.config.refers;
        let asked = |usages: &[Usage]| {
            let all = usages.iter();
            all.filter(|usage| matches!(usage, Usage::Asked(_))).count()
        };
        let here = session.map_or(0, |session| asked(self.tables.usages.of(session)));
        let over_flow = self.tables.usages.sessions();
        let over_flow = over_flow
            .filter(|(session, _)| self.tables.flow_of(*session) == Some(flow))
            .map(|(_, usages)| asked(usages));
        here >= limits.per_session || over_flow.sum::<usize>() >= limits.per_flow
    }

    /// The dialog of a REFER outside of any (RFC 3515 2.4.4); it has the name of a session that never was.
    fn begin_remnant(
        &mut self,
        tx: TxId,
        flow: FlowId,
        request: &Request,
    ) -> Option<(SessionId, String)> {
        let tag = self.tables.servers.get(tx)?.tag.clone();
        let dialog = Dialog::of_callee(request, &tag).ok()?;
        let user = request.target().ok();
        let user = user.as_ref().and_then(Uri::user);
        let contact = self.contact_uri(flow, user.as_deref());
        let id = SessionId(self.tables.next_id());
        let remote_tag = String::from(dialog.remote_tag());
        let remnant = Remnant {
            dialog,
            flow,
            contact: NameAddr::new(contact).as_text().to_string(),
        };
        self.tables.usages.remnants.insert(id, remnant);
        self.tables.tags.insert(tag, DialogOwner::Session(id));
        Some((id, remote_tag))
    }

    /// A request in a dialog whose session is over. False where there is no such dialog.
    pub(super) fn on_remnant_request(&mut self, tx: TxId, flow: FlowId, request: &Request) -> bool {
        let owner = to_tag(request).and_then(|tag| self.tables.tags.get(&tag).copied());
        let Some(DialogOwner::Session(id)) = owner else {
            return false;
        };
        let headers = request.headers();
        let from = headers.from().ok().flatten();
        let remote_tag = from.as_ref().and_then(NameAddr::tag).unwrap_or_default();
        let call_id = headers.call_id().ok().flatten();
        let left = self.tables.usages.remnants.get(&id);
        let ours = left.is_some_and(|left| {
            call_id.as_deref() == Some(left.dialog.call_id())
                && left.dialog.remote_tag() == remote_tag
        });
        if !ours {
            return false;
        }
        self.learn_flow(id, flow);
        if let Some(entry) = self.tables.servers.get_mut(tx) {
            entry.session = Some(id);
        }
        if !self.on_usage_request(tx, id, remote_tag, request) {
            self.reply(tx, &Reply::new(StatusCode::CALL_DOES_NOT_EXIST));
        }
        true
    }

    /// NOTIFY of a REFER of this side, SUBSCRIBE of one of the far end. False where the request is neither.
    pub(super) fn on_usage_request(
        &mut self,
        tx: TxId,
        session: SessionId,
        remote_tag: &str,
        request: &Request,
    ) -> bool {
        let notify = match request.method() {
            Method::Notify => true,
            Method::Subscribe => false,
            _ => return false,
        };
        let Ok(Some(event)) = request.headers().event() else {
            return false;
        };
        let Some(id) = refer_of(&event) else {
            return false;
        };
        let usages = &self.tables.usages;
        let done = if notify {
            let found = usages.find_asking(session, remote_tag, id);
            found.and_then(|id| {
                self.with_referral(id, |it, place, step| it.on_notify(tx, request, place, step))
            })
        } else {
            let found = usages.find_asked(session, remote_tag, id);
            found.and_then(|id| {
                self.with_referred(id, |it, place, step| {
                    it.on_subscribe(tx, request, place, step);
                })
            })
        };
        if done.is_none() {
            // RFC 6665 4.1.3, 4.2.1.1
            self.reply(tx, &Reply::new(StatusCode::CALL_DOES_NOT_EXIST));
        }
        true
    }

    /// RFC 3261 21.5.4, RFC 6665 4.2.1.3
    fn refuse_another(&mut self, tx: TxId, flow: FlowId) {
        tracing::debug!(flow = flow.0, "no room for another REFER");
        let after = (self.config.t1 * 64).as_secs().max(1);
        let full = Reply::new(StatusCode::SERVICE_UNAVAILABLE)
            .with(HeaderName::RetryAfter, after.to_string());
        self.reply(tx, &full);
    }
}
