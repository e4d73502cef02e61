//! Whatever agents do with their calls, in whatever order: the customer is with a person, hears music or a
//! menu, or is gone because somebody hung up.

use alo_sip::header::ReferTo;
use alo_sip::status::StatusCode;
use alo_sip::ua::{Invite, Refer, SessionId};
use alo_sip::uri::{NameAddr, Uri};

use super::world::{SALES, SDP, World};
use crate::acd;
use crate::call::Engagement;

const AGENTS: [&str; 3] = ["101", "102", "103"];
const GUEST: &str = "guest-1";

/// Where calls go: people, numbers that speak, are busy or do not answer, a queue, a tree, nowhere.
const TARGETS: [&str; 9] = [
    "101",
    "102",
    "103",
    "+84900000001",
    "+84900000002",
    "+84900000003",
    "vip",
    "main",
    "999",
];

/// Numbers that look random, from a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        // Knuth's multiplier; the high bits are the good ones.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn of<T: Copy>(&mut self, some: &[T]) -> Option<T> {
        (!some.is_empty()).then(|| some[self.roll(some.len())])
    }
}

/// What somebody did last, and whether a customer may be gone because of it.
type Done = (String, bool);

impl World {
    /// Sessions of a phone that are connected, and those that ring there.
    fn sessions(&mut self, user: &str) -> (Vec<SessionId>, Vec<SessionId>) {
        let phone = self.phone(user);
        let over = |id: &SessionId| phone.ended.iter().any(|(ended, _)| ended == id);
        let up = phone.answered.iter().chain(&phone.taken);
        let up = up.copied().filter(|id| !over(id)).collect();
        let rings = phone.called.iter().copied();
        let rings = rings.filter(|id| !over(id) && !phone.taken.contains(id));
        (up, rings.collect())
    }

    fn may_refer(&mut self, user: &str, session: SessionId, to: ReferTo) {
        let now = self.now;
        let refer = Refer {
            to,
            referred_by: None,
            headers: Vec::new(),
        };
        let _too_late = self.phone(user).ua.refer(now, session, refer);
    }

    fn may_consult(&mut self, user: &str, about: SessionId, target: &str) {
        let now = self.now;
        let uri = Uri::sip(Some(target), "alo.local").unwrap();
        let phone = self.phone(user);
        let dialog = phone
            .ua
            .target_dialog(about)
            .map(|dialog| dialog.to_string());
        let invite = Invite {
            target: uri.clone(),
            from: NameAddr::new(Uri::sip(Some(user), "alo.local").unwrap()),
            to: NameAddr::new(uri),
            contact: Uri::sip(Some(user), "tab.invalid").unwrap(),
            headers: dialog
                .map(|dialog| (alo_sip::header::HeaderName::TargetDialog, dialog))
                .into_iter()
                .collect(),
            route: Vec::new(),
            offer: Some(SDP.into()),
            credentials: None,
        };
        let session = phone.ua.invite(now, phone.flow, invite);
        phone.begun.push(session);
    }

    /// An agent does something.
    fn acts(&mut self, dice: &mut Dice) -> Option<Done> {
        let agent = AGENTS[dice.roll(AGENTS.len())];
        let (up, rings) = self.sessions(agent);
        let now = self.now;
        let target = TARGETS[dice.roll(TARGETS.len())];
        let to = ReferTo::new(NameAddr::new(Uri::sip(Some(target), "alo.local").unwrap()));
        let done = |what: &str| Some((format!("{agent} {what}"), false));
        match dice.roll(14) {
            0..=2 => {
                let session = dice.of(&rings)?;
                let phone = self.phone(agent);
                phone.ua.accept(now, session, SDP.into(), Vec::new()).ok()?;
                phone.taken.push(session);
                done("answers")
            }
            3 => {
                let session = dice.of(&rings)?;
                let status = [StatusCode::BUSY_HERE, StatusCode::DECLINE][dice.roll(2)];
                let phone = self.phone(agent);
                phone.ua.reject(now, session, status, Vec::new()).ok()?;
                done("declines")
            }
            4 | 5 => {
                self.may_refer(agent, dice.of(&up)?, to);
                done(&format!("refers to {target}"))
            }
            6 | 7 => {
                self.may_consult(agent, dice.of(&up)?, target);
                done(&format!("asks {target}"))
            }
            8..=10 => {
                let customer = dice.of(&up)?;
                let phone = self.phone(agent);
                let other = match dice.roll(2) {
                    0 => dice.of(&up)?,
                    _ => *phone.begun.last()?,
                };
                let merges = dice.roll(3) == 0;
                let mut to = to;
                if merges {
                    to.join = phone.ua.join(other);
                } else {
                    to.replaces = phone.ua.replaces(other);
                }
                self.may_refer(agent, customer, to);
                done(if merges { "merges" } else { "completes" })
            }
            11 => {
                let session = dice.of(&up)?;
                let direction = ["sendonly", "sendrecv"][dice.roll(2)];
                let offer = SDP.replace("sendrecv", direction);
                let offer = offer.replace("0.0.0.0", "127.0.0.1");
                let _glare = self.phone(agent).ua.offer(now, session, offer);
                done(direction)
            }
            12 if self.phone(agent).connected => {
                let sessions = self.phone(agent).begun.clone();
                let session = dice.of(&sessions).or_else(|| dice.of(&up))?;
                let _over = self.phone(agent).ua.hang_up(now, session, None);
                Some((format!("{agent} hangs up"), true))
            }
            12 => None,
            _ => {
                if self.phone(agent).connected {
                    self.cut(agent);
                    return done("is cut off");
                }
                self.connect(agent);
                self.sign_in(agent);
                done("is back")
            }
        }
    }

    /// Nobody is in a call who is not counted, and the other way round.
    fn everybody_is_counted(&self) {
        for agent in AGENTS {
            let calls = self.center.calls.values();
            let mut talks = calls.flat_map(|active| active.call.engaged());
            let talks = talks.any(|(who, how)| who == agent && how == Engagement::Talks);
            assert_eq!(self.does(agent) == acd::Phone::InCall, talks, "{agent}");
        }
    }
}

fn storm(seed: u64) {
    let mut world = World::with(&AGENTS);
    world.add(GUEST);
    let mut dice = Dice(seed);
    let mut story: Vec<String> = Vec::new();
    // Somebody did, and all know it.
    let mut hung_up = false;
    for _ in 0..120 {
        let (up, _) = world.sessions(GUEST);
        if up.is_empty() {
            world.call(GUEST, SALES);
            story.push("the customer calls".into());
            continue;
        }
        let (what, may_be_gone) = match dice.roll(8) {
            0 => (String::from("time passes"), false),
            1 if dice.roll(6) == 0 => {
                world.hang_up(GUEST, up[0]);
                ("the customer hangs up".into(), true)
            }
            _ => match world.acts(&mut dice) {
                Some(done) => done,
                None => continue,
            },
        };
        story.push(what.clone());
        hung_up |= may_be_gone;
        if what == "time passes" {
            world.pass(1 + dice.roll(30) as u64);
        } else if dice.roll(4) == 0 {
            // The next thing happens in the same instant.
            continue;
        }
        world.settle();
        world.nobody_is_lost();
        world.everybody_is_counted();
        let gone = world.sessions(GUEST).0.is_empty();
        let apologised = || {
            let mut records = world.records.iter();
            records.any(|record| record.reason.contains("was told so"))
        };
        assert!(
            !gone || hung_up || apologised(),
            "seed {seed}: lost after {story:#?}"
        );
        hung_up = false;
    }
    let now = world.now;
    world.center.stop(now);
    world.settle();
    world.is_clean();
    // After the last call each has had the work of that.
    world.seconds(60);
    for agent in AGENTS {
        assert_ne!(
            world.does(agent),
            acd::Phone::InCall,
            "seed {seed}: {agent}"
        );
    }
}

#[test]
fn whatever_agents_do_nobody_is_lost() {
    for seed in 0..24 {
        let told = std::panic::catch_unwind(|| storm(seed));
        assert!(told.is_ok(), "seed {seed}");
    }
}
