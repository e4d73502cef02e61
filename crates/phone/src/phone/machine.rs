//! [`Phone`]: inputs in, outputs out, and the order in which things are done.

use alo_sip::method::Method;
use alo_sip::time::Instant;
use alo_sip::ua::{Config, PublicationId, UserAgent};

use super::account::Account;
use super::connection::{Connection, Link};
use super::context::{Context, LateBye};
use super::devices::DeviceState;
use super::handover::Transfers;
use super::line::{Line, LineTimer, Stage};
use super::notices::Notices;
use super::outbox::Outbox;
use super::presence::Desk;
use super::registration::Registration;
use super::rng::Rng;
use super::tones::Tones;
use super::{PhoneConfig, Refusal};
use crate::io::{Input, MediaEvent, MicrophoneState, Output};
use crate::language::{CallId, Command, Millis, State, Trouble};

/// A softphone. See the [crate] for the loop that drives it.
#[derive(Debug)]
pub struct Phone {
    pub(super) config: PhoneConfig,
    pub(super) rng: Rng,
    pub(super) ua: UserAgent,
    /// When the user agent wants to be woken.
    pub(super) ua_wakes_at: Option<Millis>,
    pub(super) connection: Connection,
    pub(super) registration: Registration,
    pub(super) account: Option<Account>,
    /// Working states and colleagues.
    pub(super) presence: Presence,
    pub(super) lines: Vec<Line>,
    /// Calls that go somewhere else.
    pub(super) transfers: Transfers,
    /// The call that the person talks to: the only one that is heard here and hears.
    pub(super) active: Option<CallId>,
    pub(super) late: Vec<LateBye>,
    /// A call has a reason to doubt that the WebSocket still carries anything.
    pub(super) doubtful: bool,
    pub(super) devices: DeviceState,
    pub(super) tones: Tones,
    pub(super) notices: Notices,
    pub(super) out: Outbox,
    pub(super) state: State,
}

/// What the phone has to do with working states and colleagues.
#[derive(Debug)]
pub(super) enum Presence {
    /// Nothing: nobody is signed in, or a guest.
    Off,
    /// An agent is signed in.
    On(Box<Desk>),
    /// Signing out; the end of this publication is waited for.
    Leaving(PublicationId),
}

/// Why the phone wakes up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Timer {
    /// The user agent: retransmissions, refreshes, keep-alive.
    UserAgent,
    /// The WebSocket: it does not open, it is tried again, nothing comes over it, it is closed after
    /// signing out.
    Connection,
    /// A refused registration is tried again.
    Registration,
    /// A BYE that waits for the WebSocket is no use any more.
    LateBye,
    /// A working state that the server took is not confirmed.
    Working,
    /// A colleague has been on the screen, or away from it, for long enough.
    People,
    /// A transfer is not answered, nothing is told of it any more, or it leaves the screen.
    Transfer,
    /// A notice of something past leaves the screen.
    Notice,
    /// The beeps after a refused call are over.
    Beeps,
    /// A call.
    Line(CallId, LineTimer),
}

impl Phone {
    /// A phone that nobody has signed in to yet. Everything that has to be unguessable or random is
    /// drawn from `seed`: hand in 32 bytes of the host's cryptographic generator.
    pub fn new(config: PhoneConfig, seed: [u8; 32]) -> Self {
        let mut rng = Rng::from_seed(&seed);
        Self {
            ua: user_agent(&config, &mut rng),
            config,
            rng,
            ua_wakes_at: None,
            connection: Connection::new(),
            registration: Registration::None,
            account: None,
            presence: Presence::Off,
            lines: Vec::new(),
            transfers: Transfers::default(),
            active: None,
            late: Vec::new(),
            doubtful: false,
            devices: DeviceState::new(),
            tones: Tones::default(),
            notices: Notices::default(),
            out: Outbox::default(),
            state: State::default(),
        }
    }

    /// Takes something that happened. `now` never goes backwards. A command that cannot be carried
    /// out changes nothing; [`command`](Phone::command) says why.
    pub fn handle_input(&mut self, now: Millis, input: Input) {
        match input {
            Input::Command(command) => {
                if let Err(refusal) = self.command(now, command) {
                    tracing::debug!(%refusal, "command");
                }
                return;
            }
            Input::Socket(event) => self.on_socket(now, event),
            Input::Media(event) => self.on_media(now, event),
            Input::Timeout => {}
        }
        self.settle(now);
    }

    /// Carries out a command, as [`handle_input`](Phone::handle_input) does, and says why not.
    ///
    /// # Errors
    /// The command cannot be carried out now; nothing was changed.
    pub fn command(&mut self, now: Millis, command: Command) -> Result<(), Refusal> {
        let done = self.carry_out(now, command);
        self.settle(now);
        done
    }

    /// The next thing to carry out; poll until [`Output::Timeout`] comes.
    pub fn poll_output(&mut self) -> Output {
        self.out
            .next()
            .unwrap_or_else(|| Output::Timeout(self.timers().into_iter().map(|(_, at)| at).min()))
    }

    /// What the phone shows now.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Every wake-up that is wanted, with its reason.
    pub(super) fn timers(&self) -> Vec<(Timer, Millis)> {
        let ready = self.is_ready();
        let [working, people] = self.presence_wakes_at();
        let mut timers: Vec<_> = [
            (Timer::UserAgent, self.ua_wakes_at),
            (Timer::Connection, self.connection.wakes_at()),
            (Timer::Registration, self.registration_due()),
            (
                Timer::LateBye,
                self.late.iter().map(|late| late.until).min(),
            ),
            (Timer::Working, working),
            (Timer::People, people),
            (Timer::Transfer, self.transfers.wakes_at(&self.config.times)),
            (Timer::Notice, self.notices.wakes_at(&self.config.times)),
            (Timer::Beeps, self.tones.wakes_at(&self.lines)),
        ]
        .into_iter()
        .filter_map(|(timer, at)| at.map(|at| (timer, at)))
        .collect();
        for line in &self.lines {
            let of_line = line.timers(ready, &self.config.times);
            timers.extend(of_line.map(|(timer, at)| (Timer::Line(line.id.clone(), timer), at)));
        }
        timers
    }

    /// Requests can be expected to be answered: the WebSocket is open, and the registrar has
    /// answered over it (a guest needs none).
    pub(super) fn is_ready(&self) -> bool {
        let Some(account) = &self.account else {
            return false;
        };
        let registrar_answered = matches!(
            self.registration,
            Registration::Good { .. } | Registration::Refused { .. }
        );
        matches!(self.connection.link(), Link::Up { .. })
            && (account.shown.guest || registrar_answered)
    }

    /// What calls work with, and the calls.
    pub(super) fn parts(&mut self, now: Millis) -> (Context<'_>, &mut Vec<Line>) {
        let ready = self.is_ready();
        let cx = Context {
            now,
            config: &self.config,
            ua: &mut self.ua,
            out: &mut self.out,
            notices: &mut self.notices,
            late: &mut self.late,
            doubtful: &mut self.doubtful,
            flow: self.connection.flow(),
            ready,
        };
        (cx, &mut self.lines)
    }

    /// Does something with one call.
    pub(super) fn with_line<T>(
        &mut self,
        now: Millis,
        call: &CallId,
        act: impl FnOnce(&mut Line, &mut Context<'_>) -> T,
    ) -> Option<T> {
        let (mut cx, lines) = self.parts(now);
        let line = lines.iter_mut().find(|line| line.id == *call)?;
        Some(act(line, &mut cx))
    }

    /// After every input: lets time pass, lets every machine do what it can do now, and works out
    /// what is to be heard and shown.
    fn settle(&mut self, now: Millis) {
        // Before anything else: who is not to hear, does not.
        self.set_switches(now);
        self.pass_time(now);
        self.drain_wire(now);
        loop {
            self.look_after_pairs(now);
            self.look_after_errand(now);
            self.advance_lines(now);
            if std::mem::take(&mut self.doubtful) {
                self.try_socket_out(now, "media interrupted");
            }
            if !self.drain_wire(now) {
                break;
            }
        }
        self.forget_returns();
        self.clear_away(now);
        self.set_switches(now);
        self.tones.update(&mut self.out, now, &self.lines);
        self.publish();
    }

    fn pass_time(&mut self, now: Millis) {
        self.connection_time(now);
        self.registration_time(now);
        self.presence_time(now);
        self.transfer_time(now);
        if self.ua_wakes_at.is_some_and(|at| now >= at) {
            self.ua.handle_timeout(Instant::from_millis(now));
        }
        let (over, wait): (Vec<_>, Vec<_>) =
            self.late.drain(..).partition(|late| now >= late.until);
        self.late = wait;
        for late in over {
            // Nobody will hear it; this only lets the user agent forget the session.
            let _ = self
                .ua
                .hang_up(Instant::from_millis(now), late.session, None);
        }
    }

    fn advance_lines(&mut self, now: Millis) {
        let holding = self.lines.iter().filter(|line| line.is_yet_to_be_held());
        let holding: Vec<_> = holding.map(|line| line.id.clone()).collect();
        let (mut cx, lines) = self.parts(now);
        for line in lines {
            let others_held = holding.iter().all(|other| *other == line.id);
            if line.gate.is_some_and(|at| others_held || now >= at) {
                line.gate = None;
            }
            line.advance(&mut cx);
        }
    }

    /// Removes ended calls and notices whose time is over, and sees to it that the person talks to a call that
    /// is still there.
    fn clear_away(&mut self, now: Millis) {
        let shown = self.config.times.ended_shown;
        let notices = &mut self.notices;
        notices.pass_time(now, &self.config.times);
        if self.account.is_none() {
            notices.forget_past();
        }
        self.lines.retain(|line| {
            let over = matches!(line.stage, Stage::Ended { at, .. } if now >= at + shown);
            if over {
                notices.forget_call(&line.id);
            }
            !over
        });
        let gone = !self
            .lines
            .iter()
            .any(|line| line.is_live() && Some(&line.id) == self.active.as_ref());
        if gone {
            self.active = self.next_active(now);
        }
    }

    /// Who the person talks to when the call before is over: a call that is neither held nor to
    /// be, else one that is still being set up (which was to be held only because of the other).
    /// A held call waits until it is taken back.
    fn next_active(&mut self, now: Millis) -> Option<CallId> {
        let joined = |line: &&mut Line| line.is_joined() && line.hold.is_off();
        let begun = |line: &&mut Line| line.is_live() && !line.is_joined() && !line.is_ringing();
        if let Some(line) = self.lines.iter_mut().find(joined) {
            return Some(line.id.clone());
        }
        let line = self.lines.iter_mut().find(begun)?;
        line.hold.ask(now, false);
        Some(line.id.clone())
    }

    /// Those who are not to hear first, then those who are.
    pub(super) fn set_switches(&mut self, now: Millis) {
        let active = self.active.clone();
        let (mut cx, lines) = self.parts(now);
        for line in lines.iter_mut() {
            if Some(&line.id) != active.as_ref() {
                line.set_switches(&mut cx, false);
            }
        }
        for line in lines {
            if Some(&line.id) == active.as_ref() {
                line.set_switches(&mut cx, true);
            }
        }
    }

    fn on_media(&mut self, now: Millis, event: MediaEvent) {
        match event {
            MediaEvent::LocalDescription { call, ask, sdp } => {
                self.with_line(now, &call, |line, cx| line.on_description(cx, ask, sdp));
            }
            MediaEvent::AnswerApplied { call, ask } => {
                self.with_line(now, &call, |line, _| line.on_applied(ask));
            }
            MediaEvent::Failed { call, ask, error } => {
                self.with_line(now, &call, |line, cx| line.on_media_failed(cx, ask, error));
            }
            MediaEvent::AwaitingPerson { call } => {
                self.with_line(now, &call, |line, _| line.on_awaiting_person());
            }
            MediaEvent::CallMicrophone { call, state } => {
                self.with_line(now, &call, |line, cx| line.on_microphone(cx, state));
                if state == MicrophoneState::Ready {
                    self.notices.mended(is_about_microphone);
                }
            }
            MediaEvent::Connection { call, state } => {
                self.with_line(now, &call, |line, cx| line.on_connection(cx, state));
            }
            MediaEvent::DigitsSent { call, ask } => {
                self.with_line(now, &call, |line, _| line.digits.events_sent(ask));
            }
            MediaEvent::DigitsRefused { call, ask, digits } => {
                self.with_line(now, &call, |line, _| line.on_digits_refused(ask, &digits));
            }
            MediaEvent::DigitsLeft { call, ask, digits } => {
                self.with_line(now, &call, |line, cx| line.on_digits_left(cx, ask, &digits));
            }
            MediaEvent::Quality { call, quality } => {
                self.with_line(now, &call, |line, _| {
                    line.quality = Some(quality).filter(|_| line.is_live());
                });
            }
            MediaEvent::Microphone(state) => {
                self.devices.microphone(state);
                if state == MicrophoneState::Ready {
                    self.notices.mended(is_about_microphone);
                }
            }
            MediaEvent::Sound { allowed } => self.devices.sound(allowed),
            MediaEvent::Devices(devices) => self.devices.devices = devices,
        }
    }
}

/// Notices that a working microphone makes untrue.
pub(super) fn is_about_microphone(trouble: &Trouble) -> bool {
    matches!(
        trouble,
        Trouble::MicrophoneDenied | Trouble::MicrophoneMissing | Trouble::MicrophoneBroken
    )
}

/// A user agent that tells of itself exactly what this phone does.
pub(super) fn user_agent(config: &PhoneConfig, rng: &mut Rng) -> UserAgent {
    let sip = Config {
        user_agent: config.user_agent.clone(),
        allow: vec![
            Method::Invite,
            Method::Ack,
            Method::Bye,
            Method::Cancel,
            Method::Prack,
            Method::Update,
            Method::Info,
            Method::Options,
            Method::Notify,
            Method::Refer,
        ],
        supported: ["100rel", "timer", "outbound", "replaces"]
            .map(String::from)
            .to_vec(),
        ..Config::default()
    };
    UserAgent::new(sip, rng.seed())
}
