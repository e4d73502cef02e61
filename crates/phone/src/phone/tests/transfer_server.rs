//! The scripted server's side of transfers: what becomes of a REFER, by the address that it goes to. Unless it
//! is a plain proxy, it takes the calls over as the embedded call centre does.

use alo_api::header;
use alo_sip::header::{HeaderName, Reason, ReferTo};
use alo_sip::message::Request;
use alo_sip::sipfrag::Fragment;
use alo_sip::status::StatusCode;
use alo_sip::time::Instant;
use alo_sip::ua::{Refer, ReferralEvent, ReferredId, SessionId};
use alo_sip::uri::{NameAddr, Uri};

use super::server::{Act, Server};
use crate::language::Millis;

/// One REFER that came.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) id: ReferredId,
    pub(super) session: SessionId,
    pub(super) refer: ReferTo,
    pub(super) by: Option<NameAddr>,
    pub(super) note: Option<String>,
}

/// Something that the server does about a REFER.
#[derive(Debug, Clone)]
pub(super) enum ReferAct {
    Accept(ReferredId),
    Refuse(ReferredId, StatusCode),
    Tell(ReferredId, Fragment),
    /// Ends a call because it goes on elsewhere.
    Leave(SessionId, &'static str),
}

/// What the server does about transfers.
#[derive(Debug, Default)]
pub(super) struct TransferService {
    /// It keeps no calls: what is asked of it is done by the customer's own phone.
    pub(super) plain: bool,
    /// The next REFERs are refused so, the last first.
    pub(super) refuse: Vec<StatusCode>,
    pub(super) asked: Vec<Asked>,
    /// What is told of REFERs that went to the phone.
    pub(super) followed: Vec<ReferralEvent>,
    pub(super) last_invite: Option<Request>,
    /// What the 200 to an INVITE says is played.
    pub(super) answer_plays: Option<&'static str>,
    /// How calls to the phone were refused.
    pub(super) refused_calls: Vec<u16>,
}

/// How a transfer goes on, by its address.
fn plan(user: &str) -> Vec<(Millis, Fragment)> {
    let say = |status: StatusCode| Fragment::new(status);
    let then = |status: StatusCode, then: &str| {
        say(status).with(HeaderName::from_static(header::THEN), then)
    };
    let rings = (30, say(StatusCode::RINGING));
    let waits = (20, say(StatusCode::QUEUED));
    let done = || say(StatusCode::OK).with(HeaderName::To, "\"Bình Trần\" <sip:102@alo.test>");
    match user {
        "busy" => vec![(40, then(StatusCode::BUSY_HERE, "returns"))],
        "declines" => vec![rings, (600, then(StatusCode::DECLINE, "returns"))],
        "away" => {
            let elsewhere = "\"Sales\" <sip:sales@alo.test>";
            let over = then(StatusCode::TEMPORARILY_UNAVAILABLE, elsewhere);
            vec![rings, (900, over.with_reason("No Answer"))]
        }
        "gone" => vec![rings, (300, say(StatusCode::REQUEST_TERMINATED))],
        "sales" => vec![
            waits,
            (500, say(StatusCode::RINGING)),
            (900, say(StatusCode::QUEUED)),
            (1200, say(StatusCode::RINGING)),
            (1500, done()),
        ],
        "menu" => vec![(10, say(StatusCode::OK))],
        "mute" => vec![],
        "rings-on" => vec![rings],
        "waits-on" => vec![waits],
        _ => vec![rings, (500, done())],
    }
}

impl Server {
    pub(super) fn on_referred(
        &mut self,
        now: Millis,
        id: ReferredId,
        session: Option<SessionId>,
        request: &Request,
        refer: &ReferTo,
    ) {
        let Some(session) = session else {
            return self.refer_act(now, ReferAct::Refuse(id, StatusCode::FORBIDDEN));
        };
        let headers = request.headers();
        let note = headers.user_to_user().and_then(|data| data.text());
        self.transfers.asked.push(Asked {
            id,
            session,
            refer: refer.clone(),
            by: headers.referred_by(),
            note,
        });
        if let Some(status) = self.transfers.refuse.pop() {
            return self.at(now + 20, ReferAct::Refuse(id, status));
        }
        let user = refer.target().user().unwrap_or_default().into_owned();
        let status = match user.as_str() {
            "nobody" => Some(StatusCode::NOT_FOUND),
            "offline" => Some(StatusCode::TEMPORARILY_UNAVAILABLE),
            "forbidden" => Some(StatusCode::FORBIDDEN),
            "unheard" => return,
            "never-joins" => return self.at(now + 10, ReferAct::Accept(id)),
            _ => None,
        };
        if let Some(status) = status {
            return self.at(now + 20, ReferAct::Refuse(id, status));
        }
        if let Some(join) = &refer.join {
            let named = (&*join.call_id, &*join.to_tag, &*join.from_tag);
            return self.take_in(now, id, named, "Merged");
        }
        if let Some(replaces) = &refer.replaces
            && !self.transfers.plain
        {
            let named = (&*replaces.call_id, &*replaces.to_tag, &*replaces.from_tag);
            self.at(now + 25, ReferAct::Leave(session, "Transferred"));
            return self.take_in(now, id, named, "Transferred");
        }
        self.at(now + 10, ReferAct::Accept(id));
        if !self.transfers.plain {
            self.at(now + 15, ReferAct::Leave(session, "Transferred"));
        }
        for (after, fragment) in plan(&user) {
            self.at(now + 20 + after, ReferAct::Tell(id, fragment));
        }
    }

    /// The other call that a REFER names goes too.
    fn take_in(
        &mut self,
        now: Millis,
        id: ReferredId,
        (call_id, local, remote): (&str, &str, &str),
        why: &'static str,
    ) {
        let Some(other) = self.ua.find_dialog(call_id, local, remote) else {
            self.agenda
                .retain(|(_, act)| !matches!(act, Act::Refer(ReferAct::Leave(..))));
            let status = StatusCode::CALL_DOES_NOT_EXIST;
            return self.at(now + 20, ReferAct::Refuse(id, status));
        };
        self.at(now + 10, ReferAct::Accept(id));
        self.at(now + 25, ReferAct::Leave(other, why));
        self.at(now + 30, ReferAct::Tell(id, Fragment::new(StatusCode::OK)));
    }

    fn at(&mut self, at: Millis, act: ReferAct) {
        self.agenda.push((at, Act::Refer(act)));
    }

    pub(super) fn refer_act(&mut self, now: Millis, act: ReferAct) {
        let instant = Instant::from_millis(now);
        let done = match act {
            ReferAct::Accept(id) => self.ua.accept_refer(instant, id),
            ReferAct::Refuse(id, status) => self.ua.reject_refer(instant, id, status, vec![]),
            ReferAct::Tell(id, fragment) => self.ua.refer_progress(instant, id, fragment),
            ReferAct::Leave(session, why) => {
                self.calls.remove(&session);
                let reason = Reason::sip(StatusCode::OK, why);
                let _ = self.ua.hang_up(instant, session, Some(reason));
                Ok(())
            }
        };
        // What is over meanwhile has nobody to be told.
        let _ = done;
    }

    /// The word of the server.
    pub(super) fn says(&mut self, now: Millis, session: SessionId, word: &[(&'static str, &str)]) {
        assert!(self.try_says(now, session, word));
    }

    /// The same; whether it could be said.
    pub(super) fn try_says(
        &mut self,
        now: Millis,
        session: SessionId,
        word: &[(&'static str, &str)],
    ) -> bool {
        let field = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), (*value).to_owned())
        };
        let word = word.iter().map(field).collect();
        let said = self.ua.update(Instant::from_millis(now), session, word);
        said.is_ok()
    }

    /// Asks the phone to call somebody.
    pub(super) fn refer_phone(&mut self, now: Millis, session: SessionId, to: &str) {
        assert!(self.try_refer_phone(now, session, to));
    }

    /// The same; whether it was asked.
    pub(super) fn try_refer_phone(&mut self, now: Millis, session: SessionId, to: &str) -> bool {
        let by = Uri::sip(Some("+84901"), "alo.test").unwrap();
        let refer = Refer {
            to: to.parse().unwrap(),
            referred_by: Some(NameAddr::new(by).with_display("Lan")),
            headers: vec![],
        };
        self.ua
            .refer(Instant::from_millis(now), session, refer)
            .is_ok()
    }
}
