//! Working states and presence: what phones publish, and what they are told.

use std::time::Duration;

use alo_sip::auth::Credentials;
use alo_sip::header::HeaderName;
use alo_sip::presence::{Activity, DIALOG_INFO, DialogInfo, PIDF, Presence};
use alo_sip::ua::{Event, OutOfDialog, Publish, Subscribe, SubscriptionEvent, SubscriptionId};
use alo_sip::uri::{NameAddr, Uri};

use super::super::*;
use super::world::World;

/// A document that says this state.
fn document(state: &str) -> Vec<u8> {
    let presence = Presence {
        entity: "sip:101@alo.local".into(),
        open: true,
        activity: Activity::None,
        state: Some(state.into()),
        ..Presence::default()
    };
    presence.to_pidf().into_bytes()
}

/// What a PUBLISH was answered with.
#[derive(Debug)]
pub(super) struct Answer {
    status: u16,
    tag: String,
    expires: String,
    least: String,
}

impl World {
    /// A PUBLISH by hand: from whom, for whom, with which tag, expiry and body.
    pub(super) fn publish(
        &mut self,
        (from, to): (&'static str, &str),
        (tag, expires): (Option<&str>, u32),
        body: Option<(&str, Vec<u8>)>,
    ) -> Answer {
        let now = self.now;
        let phone = self.phone(from);
        let mut headers = vec![
            (HeaderName::from_static("Event"), "presence".to_owned()),
            (HeaderName::Expires, expires.to_string()),
        ];
        let tag = tag.map(str::to_owned);
        headers.extend(tag.map(|tag| (HeaderName::from_static("SIP-If-Match"), tag)));
        let request = OutOfDialog {
            method: Method::Publish,
            target: Uri::sip(Some(to), "alo.local").unwrap(),
            from: NameAddr::new(Uri::sip(Some(from), "alo.local").unwrap()),
            to: NameAddr::new(Uri::sip(Some(to), "alo.local").unwrap()),
            headers,
            body: body.map(|(kind, body)| (kind.to_owned(), body)),
            credentials: None,
        };
        let id = phone.ua.send_request(now, phone.flow, request).unwrap();
        self.settle();
        let events = std::mem::take(&mut self.phone(from).events);
        let response = events.into_iter().find_map(|event| match event {
            Event::Response {
                id: of, response, ..
            } if of == id => response.ok(),
            _ => None,
        });
        let response = response.expect("PUBLISH is answered");
        let header = |name| {
            let name = HeaderName::from_static(name);
            let value = response.headers().get(&name);
            value.map_or_else(String::new, |value| value.to_string())
        };
        Answer {
            status: response.status().code(),
            tag: header("SIP-ETag"),
            expires: header("Expires"),
            least: header("Min-Expires"),
        }
    }

    pub(super) fn chooses(&mut self, agent: &'static str, state: &str) -> Answer {
        self.publish((agent, agent), (None, 600), Some((PIDF, document(state))))
    }

    fn state_of(&self, agent: &str) -> String {
        self.center.agent_view(agent).unwrap().state
    }

    /// Watches somebody.
    pub(super) fn watch(&mut self, by: &'static str, whom: &str, package: &str) -> SubscriptionId {
        let now = self.now;
        let phone = self.phone(by);
        let uri = Uri::sip(Some(whom), "alo.local").unwrap();
        let subscribe = Subscribe {
            target: uri.clone(),
            from: NameAddr::new(Uri::sip(Some(by), "alo.local").unwrap()),
            to: NameAddr::new(uri),
            contact_user: by.into(),
            event: package.parse().unwrap(),
            accept: Vec::new(),
            expires: 600,
            headers: Vec::new(),
            credentials: None,
        };
        let id = phone.ua.subscribe(now, phone.flow, subscribe);
        self.settle();
        id
    }

    /// Bodies that a phone was notified of since it was asked last, and how subscriptions failed.
    pub(super) fn told(&mut self, who: &str) -> (Vec<Bytes>, Vec<u16>) {
        let events = std::mem::take(&mut self.phone(who).events);
        let (mut bodies, mut failed) = (Vec::new(), Vec::new());
        for event in events {
            match event {
                Event::Subscription {
                    event: SubscriptionEvent::Notify { body, .. },
                    ..
                } => bodies.push(body),
                Event::Subscription {
                    event: SubscriptionEvent::Failed { status, .. },
                    ..
                } => failed.push(status.code()),
                _ => {}
            }
        }
        (bodies, failed)
    }

    /// The presence that a phone was told since it was asked last: state and activity.
    fn sees(&mut self, who: &str) -> Vec<(bool, String, Activity)> {
        let (bodies, failed) = self.told(who);
        assert_eq!(failed, [0; 0]);
        let all = bodies.iter().map(|body| Presence::parse(body).unwrap());
        all.map(|presence| {
            let state = presence.state.unwrap_or_default();
            (presence.open, state, presence.activity)
        })
        .collect()
    }
}

fn seen(state: &str, activity: Activity) -> (bool, String, Activity) {
    (true, state.into(), activity)
}

#[test]
fn an_agent_chooses_a_state_refreshes_it_and_takes_it_back() {
    let mut world = World::with(&["101"]);
    assert_eq!(world.state_of("101"), "available");
    let chosen = world.chooses("101", "lunch-break");
    assert_eq!((chosen.status, chosen.expires.as_str()), (200, "600"));
    assert_eq!(world.state_of("101"), "lunch-break");
    // The server knows better meanwhile; a refresh says nothing new.
    let refreshed = world.publish(("101", "101"), (Some(&chosen.tag), 600), None);
    assert_eq!(refreshed.status, 200);
    let changed = Some((PIDF, document("available")));
    let again = world.publish(("101", "101"), (Some(&chosen.tag), 600), changed.clone());
    assert_eq!(again.status, 412, "the tag is that of before");
    assert_eq!(world.state_of("101"), "lunch-break");
    let changed = world.publish(("101", "101"), (Some(&refreshed.tag), 600), changed);
    assert_eq!(
        (changed.status, world.state_of("101").as_str()),
        (200, "available")
    );
    world.chooses("101", "short-break");
    let gone = world.publish(("101", "101"), (Some(&changed.tag), 0), None);
    assert_eq!((gone.status, gone.expires.as_str()), (200, "0"));
    assert_eq!(
        world.state_of("101"),
        "short-break",
        "it outlives its publication"
    );
}

#[test]
fn what_cannot_be_published_is_refused() {
    let mut world = World::with(&["101", "102"]);
    world.add("guest-1");
    let lunch = || Some((PIDF, document("lunch-break")));
    let brief = world.publish(("101", "101"), (None, 20), lunch());
    assert_eq!((brief.status, brief.least.as_str()), (423, "30"));
    let nothing = world.publish(("101", "101"), (None, 600), None);
    assert_eq!(nothing.status, 400);
    for (kind, body, status) in [
        ("text/plain", b"lunch".to_vec(), 415),
        (PIDF, b"<presence".to_vec(), 400),
        (PIDF, document("holiday"), 400),
    ] {
        let refused = world.publish(("101", "101"), (None, 600), Some((kind, body)));
        assert_eq!(refused.status, status);
    }
    let for_binh = world.publish(("101", "102"), (None, 600), lunch());
    assert_eq!(for_binh.status, 403);
    let of_a_guest = world.publish(("guest-1", "101"), (None, 600), lunch());
    assert_eq!(of_a_guest.status, 403);
    let for_nobody = world.publish(("101", "999"), (None, 600), lunch());
    assert_eq!(for_nobody.status, 404);
    for agent in ["101", "102"] {
        assert_eq!(world.state_of(agent), "available");
    }
}

#[test]
fn over_a_connection_that_is_not_registered_a_password_is_wanted() {
    let mut world = World::with(&["101"]);
    world.add("102");
    let unproven = world.chooses("102", "lunch-break");
    assert_eq!(unproven.status, 401);
    world.watch("102", "101", "presence");
    let (bodies, failed) = world.told("102");
    assert_eq!((bodies.len(), failed), (0, vec![401]));
}

/// What Alo's own phone publishes.
fn publication(state: &str) -> Publish {
    let uri = Uri::sip(Some("101"), "alo.local").unwrap();
    Publish {
        target: uri.clone(),
        from: NameAddr::new(uri),
        event: "presence".into(),
        content_type: PIDF.into(),
        body: document(state),
        expires: 600,
        headers: Vec::new(),
        credentials: Some(Credentials::password("101", "alo-101")),
    }
}

#[test]
fn a_password_is_as_good_as_a_registration() {
    let mut world = World::new();
    world.add("101");
    let now = world.now;
    let phone = world.phone("101");
    phone
        .ua
        .publish(now, phone.flow, publication("lunch-break"));
    world.settle();
    assert_eq!(world.state_of("101"), "lunch-break");
}

#[test]
fn a_publication_lives_on_over_a_new_connection_and_a_new_server() {
    let mut world = World::with(&["101"]);
    let now = world.now;
    let phone = world.phone("101");
    let id = phone
        .ua
        .publish(now, phone.flow, publication("lunch-break"));
    world.settle();
    world.cut("101");
    world.connect("101");
    let now = world.now;
    world
        .phone("101")
        .ua
        .republish(now, id, document("short-break"));
    world.settle();
    assert_eq!(world.state_of("101"), "short-break");
    world.restart();
    assert_eq!(
        world.state_of("101"),
        "available",
        "it knows nothing of before"
    );
    world.connect("101");
    // The refresh meets a server that does not know its tag (412), and becomes a new publication.
    world.wait(Duration::from_secs(600));
    assert_eq!(world.state_of("101"), "short-break");
}

#[test]
fn colleagues_see_one_another_live() {
    let mut world = World::with(&["101", "102", "103"]);
    world.watch("103", "102", "presence");
    assert_eq!(world.sees("103"), [seen("available", Activity::None)]);
    let call = world.call("101", "102");
    assert_eq!(world.sees("103"), [seen("available", Activity::Ringing)]);
    world.answer("102");
    assert_eq!(world.sees("103"), [seen("available", Activity::OnThePhone)]);
    world.hang_up("101", call);
    assert_eq!(world.sees("103"), [seen("available", Activity::None)]);
    world.chooses("102", "lunch-break");
    assert_eq!(world.sees("103"), [seen("lunch-break", Activity::Meal)]);
    world.chooses("102", "lunch-break");
    assert_eq!(world.sees("103"), [], "nothing is new");
    world.cut("102");
    let offline = (false, "lunch-break".to_owned(), Activity::Meal);
    assert_eq!(world.sees("103"), [offline]);
}

#[test]
fn since_when_somebody_is_away_who_was_never_there_nobody_knows() {
    let mut world = World::with(&["101"]);
    world.seconds(32);
    world.watch("101", "102", "presence");
    let seconds = |world: &mut World| {
        let (bodies, _) = world.told("101");
        let last = Presence::parse(bodies.last().unwrap()).unwrap();
        (last.open, last.for_s)
    };
    assert_eq!(seconds(&mut world), (false, None));
    world.add("102");
    world.sign_in("102");
    assert_eq!(seconds(&mut world), (true, Some(0)));
    world.cut("102");
    assert_eq!(seconds(&mut world), (false, Some(0)));
}

#[test]
fn all_tabs_of_an_agent_learn_of_his_state() {
    let mut world = World::with(&["101"]);
    world.watch("101", "101", "presence");
    assert_eq!(world.sees("101").len(), 1);
    let chosen = world.chooses("101", "short-break");
    assert_eq!(chosen.status, 200);
    // The answer was read with the events; the state comes with the next change.
    assert_eq!(world.state_of("101"), "short-break");
}

#[test]
fn a_busy_lamp_shows_the_phone_and_nothing_else() {
    let mut world = World::with(&["101", "102", "103"]);
    world.watch("103", "102", "dialog");
    world.chooses("102", "lunch-break");
    world.call("101", "102");
    world.answer("102");
    let (bodies, _) = world.told("103");
    let all: Vec<_> = bodies
        .iter()
        .map(|body| DialogInfo::parse(body).unwrap())
        .collect();
    let versions: Vec<_> = all.iter().map(|dialogs| dialogs.version).collect();
    assert_eq!(
        versions,
        [0, 1, 2],
        "nothing, ringing, talking: {DIALOG_INFO}"
    );
    let lamps: Vec<_> = all.iter().map(DialogInfo::activity).collect();
    assert_eq!(
        lamps,
        [Activity::None, Activity::Ringing, Activity::OnThePhone]
    );
}

#[test]
fn who_may_not_watch_or_asks_for_what_there_is_not_is_refused() {
    let mut world = World::with(&["101"]);
    world.add("guest-1");
    for (who, whom, package, status) in [
        ("guest-1", "101", "presence", 403),
        ("101", "999", "presence", 404),
        ("101", "102", "conference", 489),
    ] {
        world.watch(who, whom, package);
        let (bodies, failed) = world.told(who);
        assert_eq!(
            (bodies.len(), failed),
            (0, vec![status]),
            "{package} of {whom}"
        );
    }
}

#[test]
fn a_phone_that_comes_back_over_another_connection_keeps_its_subscriptions() {
    let mut world = World::with(&["101", "102"]);
    world.watch("101", "102", "presence");
    world.sees("101");
    world.cut("101");
    world.chooses("102", "lunch-break");
    world.connect("101");
    let (now, registration) = (world.now, world.phone("101").registration.unwrap());
    world.phone("101").ua.register_now(now, registration);
    world.settle();
    world.wait(Duration::from_secs(5));
    let last = world.sees("101").pop();
    assert_eq!(last, Some(seen("lunch-break", Activity::Meal)));
    assert_eq!(
        world.center.watchers.len(),
        1,
        "not one for each connection"
    );
    world.chooses("102", "available");
    assert_eq!(world.sees("101"), [seen("available", Activity::None)]);
}

#[test]
fn a_chosen_state_is_remembered_over_signing_out() {
    let mut world = World::with(&["101"]);
    world.chooses("101", "lunch-break");
    let (now, registration) = (world.now, world.phone("101").registration.unwrap());
    world.phone("101").ua.unregister(now, registration);
    world.settle();
    world.wait(Duration::from_secs(1000));
    world.sign_in("101");
    assert_eq!(world.state_of("101"), "lunch-break");
}

#[test]
fn a_subscription_ends_with_its_time() {
    let mut world = World::with(&["101", "102"]);
    world.watch("101", "102", "presence");
    assert_eq!(world.center.watchers.len(), 1);
    world.cut("101");
    world.wait(Duration::from_secs(700));
    assert!(world.center.watchers.is_empty());
}
