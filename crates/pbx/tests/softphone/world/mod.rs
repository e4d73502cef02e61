//! The call centre and the softphones in virtual time: the real parts on both sides, and between them a network
//! and media that are made up, from one seed. Time jumps to whatever happens next.

mod hearing;
mod rng;
mod sdp;
mod studio;
mod tab;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use alo_pbx::center::{Center, Seeds};
use alo_pbx::config::{Config, Strategy};
use alo_phone::io::{Input, SocketEvent};
use alo_phone::language::{Call, Command, Event, Millis, PersonStatus, Phase, State};
use alo_phone::phone::Refusal;
use alo_sip::time::Instant;
use alo_sip::ua::FlowId;

pub(crate) use self::hearing::Heard;
pub(crate) use self::rng::Rng;
use self::studio::Studio;
pub(crate) use self::tab::Pace;
use self::tab::{Tab, TabId};
use self::wire::Happening;

/// An agent by extension, or a guest by this name.
pub(crate) type Who = &'static str;

/// Hotline straight to the queue of sales.
pub(crate) const SALES: &str = "+842873001001";
/// Hotline to the main menu.
pub(crate) const SUPPORT: &str = "+842473002002";
/// The customer, who calls from a web page.
pub(crate) const CUSTOMER: Who = "customer";
/// Another one.
pub(crate) const OTHER: Who = "customer-2";

/// So much may happen in one instant.
const AT_ONCE: u32 = 10_000;

/// All of it.
pub(crate) struct World {
    now: Millis,
    pub(crate) config: Arc<Config>,
    center: Center,
    center_wakes: Option<Millis>,
    tabs: BTreeMap<Who, Tab>,
    studio: Studio,
    /// What the media server takes for a request, and at most so much more.
    pub(crate) studio_pace: (Millis, Millis),
    /// Connections that the call centre has, and whose.
    flows: BTreeMap<FlowId, Who>,
    /// Connections that are broken, though not everybody knows it.
    broken: BTreeSet<FlowId>,
    /// What is on its way.
    agenda: BTreeMap<(Millis, u64), Happening>,
    serial: u64,
    /// What the media server has still to do, where it is slow.
    media: Option<Vec<alo_pbx::media_io::MediaDone>>,
    pub(crate) rng: Rng,
    /// How many things happened.
    pub(crate) steps: u64,
    /// When the last one did, keep-alives and the like apart.
    stirred: Millis,
    /// What went over the network, where it is wanted.
    pub(crate) trace: Option<Vec<String>>,
}

/// Whether this is somebody without an account.
pub(crate) fn is_guest(who: Who) -> bool {
    who.starts_with(CUSTOMER)
}

impl World {
    /// The demo's call centre with these people there; An (101) and Bình (102) take calls.
    pub(crate) fn with(people: &[Who]) -> Self {
        Self::with_strategy(people, Strategy::LongestIdle)
    }

    /// The same; Sales calls go to its agents in this way.
    pub(crate) fn with_strategy(people: &[Who], sales: Strategy) -> Self {
        let mut config = demo().clone();
        if let Some(queue) = config.queues.iter_mut().find(|queue| queue.id == "sales") {
            queue.strategy = sales;
        }
        let mut world = Self::of(Arc::new(config), 1);
        for who in people {
            world.sign_in(who);
        }
        world
    }

    /// A call centre where nobody is yet.
    pub(crate) fn of(config: Arc<Config>, seed: u64) -> Self {
        Self {
            now: 1_000_000,
            center: center(&config),
            center_wakes: None,
            config,
            tabs: BTreeMap::new(),
            studio: Studio::default(),
            studio_pace: (0, 0),
            flows: BTreeMap::new(),
            broken: BTreeSet::new(),
            agenda: BTreeMap::new(),
            serial: 0,
            media: None,
            rng: Rng::new(seed),
            steps: 0,
            stirred: 0,
            trace: None,
        }
    }

    /// Signs in as the agent of this extension, or as a guest, in a new tab.
    pub(crate) fn sign_in(&mut self, who: Who) {
        self.opens_tab(who, Pace::default());
        self.run(1_000);
    }

    /// Opens a tab, and begins to sign in.
    pub(crate) fn opens_tab(&mut self, who: Who, pace: Pace) {
        self.close_tab(who, 0);
        self.serial += 1;
        let seed = self.rng.next();
        let mut tab = Tab::new(who, TabId(self.serial), seed);
        tab.pace = pace;
        self.tabs.insert(who, tab);
        self.command(who, Command::SignIn(tab::sign_in(who)));
    }

    /// This tab is closed, or its browser dies; the call centre sees its connections go so much later.
    pub(crate) fn close_tab(&mut self, who: Who, later: Millis) {
        let Some(tab) = self.tabs.remove(who) else {
            return;
        };
        for flow in tab.socket.into_iter().chain(tab.opening) {
            self.broken.insert(flow);
            self.later(later, Happening::CenterLoses(flow));
        }
        for leg in tab.peers.values().filter_map(|peer| peer.leg) {
            let failed = alo_pbx::media::MediaEvent::Failed(leg);
            self.later(later, Happening::Studio(failed));
        }
        self.settle();
    }

    /// Does what this person asks for.
    pub(crate) fn command(&mut self, who: Who, command: Command) {
        let done = self.tries(who, command);
        assert_eq!(done, Ok(()));
    }

    /// The same; it may be too late for it.
    pub(crate) fn tries(&mut self, who: Who, command: Command) -> Result<(), Refusal> {
        let now = self.now;
        let done = self.tab(who).phone.command(now, command);
        self.poll_phone(who);
        self.settle();
        done
    }

    /// What the phone of this person shows.
    pub(crate) fn state(&self, who: &str) -> &State {
        self.tabs[who].phone.state()
    }

    /// Whether this person has a tab.
    pub(crate) fn is_there(&self, who: &str) -> bool {
        self.tabs.contains_key(who)
    }

    /// Everybody who has a tab.
    pub(crate) fn people(&self) -> Vec<Who> {
        self.tabs.keys().copied().collect()
    }

    /// What happened to this person.
    pub(crate) fn events(&self, who: &str) -> &[Event] {
        &self.tabs[who].events
    }

    /// Calls of this person that are not over.
    pub(crate) fn calls(&self, who: &str) -> Vec<&Call> {
        let Some(tab) = self.tabs.get(who) else {
            return Vec::new();
        };
        let calls = tab.phone.state().calls.iter();
        let live = |call: &&Call| !matches!(call.phase, Phase::Ended { .. });
        calls.filter(live).collect()
    }

    /// What this person sees of a colleague.
    pub(crate) fn sees(&self, who: &str, extension: &str) -> Option<PersonStatus> {
        let mut people = self.state(who).people.iter();
        let person = people.find(|person| person.extension == extension)?;
        Some(person.status.clone())
    }

    /// The present instant.
    pub(crate) fn now(&self) -> Millis {
        self.now
    }

    /// Lets so many milliseconds pass.
    pub(crate) fn run(&mut self, millis: Millis) {
        let end = self.now + millis;
        while self.step_until(end) {}
        self.now = end;
    }

    /// The next thing happens, if it does before then.
    pub(crate) fn step_until(&mut self, end: Millis) -> bool {
        let Some(at) = self.next_at().filter(|at| *at <= end) else {
            return false;
        };
        self.now = self.now.max(at);
        if self.center_wakes.is_some_and(|at| at <= self.now) {
            self.center.timeout(self.instant());
            self.poll_center();
        }
        let due = |tab: &Tab| tab.wakes.is_some_and(|at| at <= self.now);
        let due: Vec<_> = self
            .tabs
            .iter()
            .filter(|(_, tab)| due(tab))
            .map(|(who, _)| *who)
            .collect();
        for who in due {
            let now = self.now;
            self.tab(who).phone.handle_input(now, Input::Timeout);
            self.poll_phone(who);
        }
        self.settle();
        true
    }

    /// When something happens next.
    pub(crate) fn next_at(&self) -> Option<Millis> {
        let on_its_way = self.agenda.keys().next().map(|(at, _)| *at);
        let tabs = self.tabs.values().filter_map(|tab| tab.wakes);
        let others = [on_its_way, self.center_wakes];
        others.into_iter().flatten().chain(tabs).min()
    }

    /// For how long nothing has happened, and nothing is on its way.
    pub(crate) fn quiet_for(&self) -> Millis {
        if self.agenda.values().all(Happening::is_routine) {
            self.now - self.stirred
        } else {
            0
        }
    }

    /// Nothing happens any more before then.
    pub(crate) fn wait_until(&mut self, at: Millis) {
        self.now = self.now.max(at);
    }

    /// Whether this person's phone has a connection.
    pub(crate) fn is_connected(&self, who: &str) -> bool {
        self.tabs.get(who).is_some_and(|tab| tab.socket.is_some())
    }

    /// What the call centre still has of calls, as its own words have it; empty where it has nothing.
    pub(crate) fn left_over(&self) -> String {
        let all = format!("{:?}", self.center);
        let tables = ["calls: {", "legs: {", "sessions: {"];
        let places = tables.iter().flat_map(|table| all.match_indices(table));
        let full = places.filter(|(place, table)| !all[place + table.len()..].starts_with('}'));
        let words: Vec<_> = full
            .map(|(place, _)| all[place..].chars().take(200).collect::<String>())
            .collect();
        words.join("\n")
    }

    /// The WebSocket of this person is gone.
    pub(crate) fn cut(&mut self, who: Who) {
        self.lose_socket(who, 0, 0);
    }

    /// The same; the two ends see it so much later. What is on its way is lost.
    pub(crate) fn lose_socket(&mut self, who: Who, phone: Millis, center: Millis) {
        let tab = self.tab(who);
        let (id, flow) = (tab.id, tab.socket);
        if let Some(flow) = flow {
            self.broken.insert(flow);
            self.later(phone, Happening::PhoneLoses(who, id, flow));
            self.later(center, Happening::CenterLoses(flow));
        }
        self.settle();
    }

    /// Whether this person has a network: without one no WebSocket opens.
    pub(crate) fn set_online(&mut self, who: Who, online: bool) {
        self.tab(who).online = online;
        if online {
            let now = self.now;
            let back = Input::Socket(SocketEvent::NetworkOnline);
            self.tab(who).phone.handle_input(now, back);
            self.poll_phone(who);
        }
        self.settle();
    }

    /// From now on this person's network and browser are so fast.
    pub(crate) fn set_pace(&mut self, who: Who, pace: Pace) {
        self.tab(who).pace = pace;
    }

    /// What the call centre sends to this person from now on is on its way until it arrives.
    pub(crate) fn slow(&mut self, who: Who) {
        self.tab(who).late = Some(Vec::new());
    }

    /// All of it arrives, and the way is fast again.
    pub(crate) fn arrives(&mut self, who: Who) {
        let now = self.now;
        let tab = self.tab(who);
        for event in tab.late.take().into_iter().flatten() {
            tab.phone.handle_input(now, Input::Socket(event));
        }
        self.poll_phone(who);
        self.settle();
    }

    /// The media server takes its time.
    pub(crate) fn slow_media(&mut self) {
        self.media = Some(Vec::new());
    }

    /// It has done all that it was asked for.
    pub(crate) fn media_catches_up(&mut self) {
        for done in self.media.take().into_iter().flatten() {
            self.later(0, Happening::Done(done));
        }
        self.settle();
    }

    /// The call centre starts anew, and knows nothing.
    pub(crate) fn restart(&mut self) {
        self.center = center(&self.config);
        self.studio = Studio::default();
        self.flows.clear();
        self.agenda.clear();
        for who in self.people() {
            let now = self.now;
            let tab = self.tab(who);
            tab.socket = None;
            let closed = Input::Socket(SocketEvent::Closed);
            tab.phone.handle_input(now, closed);
            self.poll_phone(who);
        }
        self.poll_center();
        self.settle();
    }

    fn tab(&mut self, who: &str) -> &mut Tab {
        self.tabs.get_mut(who).expect("is signed in")
    }

    fn instant(&self) -> Instant {
        Instant::from_millis(self.now)
    }

    fn later(&mut self, after: Millis, happening: Happening) {
        self.at(self.now + after, happening);
    }

    fn at(&mut self, at: Millis, happening: Happening) {
        self.serial += 1;
        self.agenda.insert((at, self.serial), happening);
    }

    /// Lets everything happen that is to happen now.
    fn settle(&mut self) {
        for _ in 0..AT_ONCE {
            let Some(first) = self.agenda.first_entry() else {
                return;
            };
            if first.key().0 > self.now {
                return;
            }
            let happening = first.remove();
            self.steps += 1;
            if !happening.is_routine() {
                self.stirred = self.now;
            }
            self.happen(happening);
        }
        panic!("it never settles");
    }
}

/// The demo; every simulated phone says its own number.
pub(crate) fn demo() -> &'static Config {
    static DEMO: OnceLock<Config> = OnceLock::new();
    DEMO.get_or_init(|| {
        let mut config = Config::demo().expect("the demo is in order");
        for queue in &mut config.queues {
            let takes_calls = |agent: &String| agent == "101" || agent == "102";
            queue.agents.retain(takes_calls);
        }
        for phone in &mut config.network.numbers {
            phone.says.clone_from(&phone.number);
        }
        config
    })
}

fn center(config: &Arc<Config>) -> Center {
    let seeds = Seeds {
        user_agent: [7; 32],
        nonce_secret: [7; 32],
        first_call: 1,
    };
    Center::new(Arc::clone(config), &seeds)
}
