//! Documents of presence, from and to the wire. Everything that is read comes from the network.

use alo_api::working::{
    AFTER_CALL_WORK, AVAILABLE, CHOICES, LUNCH_BREAK, NOT_AVAILABLE, SHORT_BREAK,
};
use alo_sip::header::{Subscription, SubscriptionState};
use alo_sip::presence::{Activity, DialogInfo, Presence};
use alo_sip::ua::SubscriptionEvent;
use bytes::Bytes;

use super::news::{News, Says, Seen, Told, Watched, status_of};
use super::people::Package;
use crate::language::{Millis, PersonStatus, QueueLoad, WorkingNow, WorkingState};
use crate::phone::text::clean;

/// Event package of presence (RFC 3856).
pub(super) const PRESENCE: &str = "presence";
/// Event package of the calls of a phone (RFC 4235).
pub(super) const DIALOG: &str = "dialog";

/// What the subscription to the own presence tells; `None`: nothing new.
pub(super) fn of_own(
    now: Millis,
    event: SubscriptionEvent,
    longest: usize,
) -> Option<Watched<Told>> {
    let (state, body) = match told_or_over(event) {
        Ok(told) => told,
        Err(over) => return over,
    };
    if state.state != Subscription::Active {
        return Some(Watched::Silent);
    }
    if body.is_empty() {
        return Some(Watched::Empty);
    }
    let presence = presence(&body)?;
    Some(Watched::Told(told(now, &presence, longest)))
}

/// What the subscription to a colleague tells; `None`: nothing new.
pub(super) fn of_person(
    now: Millis,
    package: Package,
    event: SubscriptionEvent,
    longest: usize,
) -> Option<Watched<News>> {
    let (state, body) = match told_or_over(event) {
        Ok(told) => told,
        Err(over) => return over,
    };
    // While it is not decided whether the colleague may be watched, the document says nothing (RFC 3856,
    // section 6.7), and after the end of a subscription nothing keeps it true.
    if state.state != Subscription::Active {
        return Some(Watched::Silent);
    }
    let news = match package {
        Package::Presence if body.is_empty() => return Some(Watched::Empty),
        Package::Dialog if body.is_empty() => return None,
        Package::Presence => News::Presence(seen(now, &presence(&body)?, longest)),
        Package::Dialog => dialogs(&body)?,
    };
    Some(Watched::Told(news))
}

/// A NOTIFY with its body, or what else the event means.
fn told_or_over<T>(
    event: SubscriptionEvent,
) -> Result<(SubscriptionState, Bytes), Option<Watched<T>>> {
    match event {
        SubscriptionEvent::Notify { state, body, .. } => Ok((state, body)),
        SubscriptionEvent::Failed {
            status,
            retry_at: None,
            ..
        } => Err(Some(Watched::Refused { status })),
        SubscriptionEvent::Failed { .. } => Err(Some(Watched::Silent)),
        SubscriptionEvent::Ended { .. } => Err(Some(Watched::Ended)),
        SubscriptionEvent::Active { .. } => Err(None),
    }
}

fn presence(body: &[u8]) -> Option<Presence> {
    Presence::parse(body)
        .inspect_err(|error| tracing::debug!(%error, "presence document not read"))
        .ok()
}

fn told(now: Millis, presence: &Presence, longest: usize) -> Told {
    let seen = seen(now, presence, longest);
    let by_call = matches!(call(presence), Some(Call::Ringing | Call::Talking));
    let says = match presence.state {
        Some(_) => Says::State,
        None if by_call => Says::Call,
        None => Says::Activity,
    };
    let working = working_state(presence, longest).map(|state| WorkingNow {
        state,
        since: seen.since.unwrap_or(now),
        until: presence
            .left_s
            .map(|left| now.saturating_add(left.saturating_mul(1000))),
    });
    let next = presence.next.as_deref();
    Told {
        says,
        working,
        next: next.and_then(|id| named(id, presence.next_note.as_deref(), longest)),
        seen,
    }
}

fn seen(now: Millis, presence: &Presence, longest: usize) -> Seen {
    let status = match call(presence) {
        Some(Call::Ringing) => PersonStatus::Ringing,
        Some(Call::Talking) => PersonStatus::InCall,
        None if !presence.open => PersonStatus::Offline,
        None => working_state(presence, longest)
            .map_or(PersonStatus::Available, |state| status_of(&state)),
    };
    let passed = presence.for_s.map(|seconds| seconds.saturating_mul(1000));
    Seen {
        status,
        since: passed.map(|passed| now.saturating_sub(passed)),
        queue: presence.queue.map(|load| QueueLoad {
            waiting: load.waiting,
            free: load.free,
        }),
    }
}

/// What a document says of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    Ringing,
    Talking,
}

/// What a document says of a call. Who is closed in a document of the call centre is not signed in; other
/// servers mean by it that another call is not wanted now. Asterisk says only in its note why.
fn call(presence: &Presence) -> Option<Call> {
    let ours = presence.state.is_some();
    match (presence.open, presence.activity, presence.note.as_deref()) {
        (false, _, _) if ours => None,
        (_, Activity::Ringing, _) => Some(Call::Ringing),
        (_, Activity::OnThePhone, _) => Some(Call::Talking),
        (false, Activity::Busy, Some("Ringing")) => Some(Call::Ringing),
        (false, Activity::Busy, Some("On the phone" | "On hold")) => Some(Call::Talking),
        _ => None,
    }
}

/// The working state that a document tells; `None`: nobody is there, or the document is only about a call. A
/// server that knows only RPID (RFC 4480, section 3.2) tells what its activities come to.
fn working_state(presence: &Presence, longest: usize) -> Option<WorkingState> {
    if let Some(id) = presence.state.as_deref() {
        return named(id, presence.note.as_deref(), longest);
    }
    let id = match presence.activity {
        _ if !presence.open => return None,
        Activity::OnThePhone | Activity::Ringing => return None,
        Activity::None | Activity::Working => AVAILABLE,
        Activity::Meal => LUNCH_BREAK,
        Activity::Break => SHORT_BREAK,
        Activity::Away | Activity::Busy | Activity::Other => NOT_AVAILABLE,
    };
    let note = presence.note.as_deref().filter(|_| id != AVAILABLE);
    Some(WorkingState {
        id: id.to_owned(),
        name: note.and_then(|note| some_text(note, longest)),
    })
}

/// A state by its id; those that every call centre has are named in the catalogue.
fn named(id: &str, name: Option<&str>, longest: usize) -> Option<WorkingState> {
    let id = some_text(id, longest)?;
    let common = CHOICES.contains(&id.as_str()) || id == AFTER_CALL_WORK;
    let name = name.filter(|_| !common);
    Some(WorkingState {
        name: name.and_then(|name| some_text(name, longest)),
        id,
    })
}

fn some_text(text: &str, longest: usize) -> Option<String> {
    Some(clean(text, longest)).filter(|text| !text.is_empty())
}

fn dialogs(body: &[u8]) -> Option<News> {
    DialogInfo::parse(body)
        .inspect_err(|error| tracing::debug!(%error, "dialog document not read"))
        .ok()
        .map(News::Dialogs)
}

/// The document that asks for a working state.
pub(super) fn to_publish(entity: &str, state: &WorkingState) -> String {
    let activity = match state.id.as_str() {
        AVAILABLE => Activity::None,
        LUNCH_BREAK => Activity::Meal,
        SHORT_BREAK => Activity::Break,
        AFTER_CALL_WORK => Activity::Working,
        _ => Activity::Away,
    };
    let presence = Presence {
        entity: entity.to_owned(),
        open: true,
        activity,
        state: Some(state.id.clone()),
        note: state.name.clone(),
        ..Presence::default()
    };
    presence.to_pidf()
}

#[cfg(test)]
mod tests {
    use alo_sip::status::StatusCode;
    use alo_sip::time::Instant;

    use super::*;

    const NOW: Millis = 1_000_000;

    fn read(document: &str) -> Told {
        told(NOW, &presence(document.as_bytes()).unwrap(), 20)
    }

    /// A document of a server that knows RPID, and nothing of this phone.
    fn foreign(basic: &str, activities: &str, note: &str) -> Told {
        read(&format!(
            "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\" \
             xmlns:rpid=\"urn:ietf:params:xml:ns:pidf:rpid\" entity=\"pres:102@alo.test\">\
             <tuple id=\"t\"><status><basic>{basic}</basic></status></tuple>\
             <dm:person id=\"p\"><rpid:activities>{activities}</rpid:activities>{note}</dm:person></presence>"
        ))
    }

    fn away(id: &str, name: Option<&str>) -> PersonStatus {
        PersonStatus::Away {
            state: WorkingState {
                id: id.into(),
                name: name.map(String::from),
            },
        }
    }

    #[test]
    fn the_activities_of_any_server_are_shown() {
        let status = |activities, note| foreign("open", activities, note).seen.status;
        assert_eq!(status("", ""), PersonStatus::Available);
        assert_eq!(status("<rpid:on-the-phone/>", ""), PersonStatus::InCall);
        assert_eq!(status("<rpid:meal/>", ""), away(LUNCH_BREAK, None));
        let meeting = status("<rpid:meeting/>", "<dm:note>Họp giao ban</dm:note>");
        assert_eq!(meeting, away(NOT_AVAILABLE, Some("Họp giao ban")));
        let closed = foreign("closed", "<rpid:meal/>", "");
        assert_eq!(closed.seen.status, PersonStatus::Offline);
        assert_eq!(closed.working, None);
    }

    /// A document of Asterisk (`res_pjsip_pidf_body_generator` with the supplement for activities): open means
    /// that the phone is free, and everything else is in the note.
    fn asterisk(basic: &str, activity: &str, note: &str) -> Told {
        let document = include_str!("../tests/fixtures/asterisk.pidf.xml");
        let marks = [("BASIC", basic), ("ACTIVITY", activity), ("NOTE", note)];
        let filled = marks
            .iter()
            .fold(document.to_owned(), |document, (mark, text)| {
                document.replace(mark, text)
            });
        read(&filled)
    }

    #[test]
    fn a_phone_of_asterisk_that_is_closed_may_be_in_a_call() {
        let busy = "<rpid:activities><rpid:busy/></rpid:activities>";
        let away = "<rpid:activities><rpid:away/></rpid:activities>";
        for (basic, activity, note, status, says) in [
            ("open", "", "Ready", PersonStatus::Available, Says::Activity),
            ("closed", busy, "Ringing", PersonStatus::Ringing, Says::Call),
            (
                "closed",
                busy,
                "On the phone",
                PersonStatus::InCall,
                Says::Call,
            ),
            ("closed", busy, "On hold", PersonStatus::InCall, Says::Call),
            (
                "closed",
                away,
                "Unavailable",
                PersonStatus::Offline,
                Says::Activity,
            ),
        ] {
            let told = asterisk(basic, activity, note);
            assert_eq!((told.seen.status, told.says), (status, says), "{note}");
        }
    }

    #[test]
    fn a_call_wins_over_closed_unless_the_call_centre_says_so() {
        let told = foreign("closed", "<rpid:on-the-phone/>", "");
        assert_eq!(told.seen.status, PersonStatus::InCall);
        assert_eq!((told.says, told.working), (Says::Call, None));
        let document = Presence {
            entity: "sip:101@alo.test".into(),
            activity: Activity::OnThePhone,
            state: Some(AVAILABLE.into()),
            ..Presence::default()
        };
        let told = read(&document.to_pidf());
        assert_eq!(told.seen.status, PersonStatus::Offline);
        assert_eq!(told.says, Says::State);
    }

    #[test]
    fn a_document_of_the_call_centre_tells_everything() {
        let document = Presence {
            entity: "sip:101@alo.test".into(),
            open: true,
            activity: Activity::OnThePhone,
            state: Some(AVAILABLE.into()),
            note: Some("Sẵn sàng".into()),
            next: Some("training".into()),
            next_note: Some("Đào tạo".into()),
            for_s: Some(90),
            left_s: Some(30),
            queue: None,
        };
        let told = read(&document.to_pidf());
        let working = told.working.unwrap();
        assert_eq!(working.state.name, None, "it has its name in the catalogue");
        assert_eq!(working.since, NOW - 90_000);
        assert_eq!(working.until, Some(NOW + 30_000));
        assert_eq!(told.next.unwrap().name.as_deref(), Some("Đào tạo"));
        assert_eq!(told.seen.status, PersonStatus::InCall);
        assert_eq!(told.seen.since, Some(NOW - 90_000));
    }

    #[test]
    fn absurd_documents_are_harmless() {
        let document = Presence {
            entity: "sip:101@alo.test".into(),
            open: true,
            state: Some("\u{202e}".repeat(9) + &"s".repeat(500)),
            note: Some("n".repeat(500)),
            for_s: Some(u64::MAX),
            left_s: Some(u64::MAX),
            ..Presence::default()
        };
        let working = read(&document.to_pidf()).working.unwrap();
        assert_eq!(working.state.id, "s".repeat(20));
        assert_eq!(working.state.name, Some("n".repeat(20)));
        assert_eq!((working.since, working.until), (0, Some(Millis::MAX)));
        assert!(presence(b"<presence").is_none());
    }

    #[test]
    fn what_is_published_is_read_back() {
        for id in CHOICES.into_iter().chain([AFTER_CALL_WORK, "training"]) {
            let name = (id == "training").then(|| String::from("Đào tạo & \"hơn\""));
            let state = WorkingState {
                id: id.into(),
                name,
            };
            let told = read(&to_publish("sip:101@alo.test", &state));
            assert_eq!(told.working.unwrap().state, state);
        }
    }

    #[test]
    fn a_subscription_that_is_tried_again_keeps_nothing_true_meanwhile() {
        let failed = |retry_at| SubscriptionEvent::Failed {
            status: StatusCode::SERVICE_UNAVAILABLE,
            reason: String::new(),
            retry_at,
        };
        let of = |retry_at| of_person(NOW, Package::Presence, failed(retry_at), 20);
        assert!(matches!(
            of(Some(Instant::from_millis(NOW))),
            Some(Watched::Silent)
        ));
        assert!(matches!(of(None), Some(Watched::Refused { .. })));
    }

    #[test]
    fn an_undecided_subscription_and_an_empty_document_tell_nothing() {
        let notify = |state: &str, body: &'static str| SubscriptionEvent::Notify {
            state: state.parse().unwrap(),
            content_type: None,
            body: Bytes::from_static(body.as_bytes()),
        };
        let closed = "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"sip:2@a\"/>";
        let of = |event| of_person(NOW, Package::Presence, event, 20);
        let silent = |event| matches!(of(event), Some(Watched::Silent));
        assert!(silent(notify("pending", closed)));
        assert!(silent(notify("terminated;reason=timeout", closed)));
        assert!(matches!(of(notify("active", "")), Some(Watched::Empty)));
        assert!(matches!(
            of(notify("active", closed)),
            Some(Watched::Told(_))
        ));
        let own = of_own(NOW, notify("active", ""), 20);
        assert!(matches!(own, Some(Watched::Empty)), "{own:?}");
    }
}
