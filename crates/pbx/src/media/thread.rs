//! The thread that drives the [`Server`]: waits for commands, datagrams and time.

use std::collections::{HashSet, VecDeque};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use mio::event::Event;
use mio::{Events, Interest, Poll, Token, Waker};
use thread_priority::unix::{
    RealtimeThreadSchedulePolicy, ThreadSchedulePolicy, set_thread_priority_and_policy,
    thread_native_id,
};
use thread_priority::{ThreadPriority, set_current_thread_priority};

use super::command::Command;
use super::net::Inbox;
use super::server::Server;

const SOCKET: Token = Token(0);
const WAKER: Token = Token(1);

/// At most so many system calls for datagrams of the socket of all before time and commands have
/// their turn.
const MOST_READS: usize = 8;

/// At most so many for those of legs, each of which has its turn: a flood at one does not keep the
/// others waiting.
const MOST_LEG_READS: usize = 128;

/// At most so many commands before audio has its turn.
const MOST_COMMANDS: usize = 32;

/// Of SCHED_FIFO's 1 to 99: above everything ordinary, below what runs the machine.
const PRIORITY: u8 = 20;

/// The thread's own things.
pub(super) struct MediaThread {
    poll: Poll,
    server: Server,
    commands: Receiver<Command>,
    ready: Ready,
}

/// Sockets of legs that have something to read, each of them once, the one that waits longest first.
#[derive(Default)]
struct Ready {
    queue: VecDeque<Token>,
    waiting: HashSet<Token>,
}

impl Ready {
    fn push(&mut self, token: Token) {
        if self.waiting.insert(token) {
            self.queue.push_back(token);
        }
    }

    fn pop(&mut self) -> Option<Token> {
        let token = self.queue.pop_front()?;
        self.waiting.remove(&token);
        Some(token)
    }
}

impl MediaThread {
    /// Prepares it; the waker is for those who send commands.
    pub(super) fn new(
        poll: Poll,
        mut server: Server,
        commands: Receiver<Command>,
    ) -> std::io::Result<(Self, Waker)> {
        let waker = Waker::new(poll.registry(), WAKER)?;
        poll.registry().register(
            &mut server.net_mut().port.socket,
            SOCKET,
            Interest::READABLE,
        )?;
        Ok((
            Self {
                poll,
                server,
                commands,
                ready: Ready::default(),
            },
            waker,
        ))
    }

    /// Runs until nobody can send commands any more.
    pub(super) fn run(mut self) {
        raise_priority();
        let mut inbox = Inbox::new(self.server.net());
        let mut events = Events::with_capacity(256);
        // The first look is a read, so that nothing that came before is missed.
        let mut more = true;
        loop {
            let wait = if more || !self.ready.queue.is_empty() {
                Some(Duration::ZERO)
            } else {
                self.wait()
            };
            if let Err(error) = self.poll.poll(&mut events, wait)
                && error.kind() != std::io::ErrorKind::Interrupted
            {
                tracing::error!(%error, "waiting for media failed");
                return;
            }
            // mio tells of what is readable once: it is read until there is no more.
            for token in events.iter().map(Event::token) {
                match token {
                    SOCKET => more = true,
                    WAKER => {}
                    leg => self.ready.push(leg),
                }
            }
            if more {
                more = self.read(&mut inbox);
            }
            self.read_legs(&mut inbox);
            match self.obey() {
                Some(left) => more |= left,
                None => return,
            }
            self.server.handle_timeout(Instant::now());
        }
    }

    /// How long there is nothing to do.
    fn wait(&self) -> Option<Duration> {
        let deadline = self.server.deadline()?;
        Some(deadline.saturating_duration_since(Instant::now()))
    }

    /// Reads datagrams; `true` where there may be more.
    fn read(&mut self, inbox: &mut Inbox) -> bool {
        for _ in 0..MOST_READS {
            let now = Instant::now();
            if !self.server.receive(now, inbox) {
                return false;
            }
        }
        true
    }

    /// Reads the sockets of legs, one system call each and then again those that may have more.
    fn read_legs(&mut self, inbox: &mut Inbox) {
        for _ in 0..MOST_LEG_READS {
            let Some(token) = self.ready.pop() else {
                return;
            };
            if self.server.receive_at(Instant::now(), token, inbox) {
                self.ready.push(token);
            }
        }
    }

    /// Carries out commands; says whether some are left, `None` where no more can come.
    fn obey(&mut self) -> Option<bool> {
        for _ in 0..MOST_COMMANDS {
            match self.commands.try_recv() {
                Ok(command) => self.server.command(Instant::now(), command),
                Err(TryRecvError::Empty) => return Some(false),
                Err(TryRecvError::Disconnected) => return None,
            }
        }
        Some(true)
    }
}

/// Asks for real-time priority: at normal priority a busy machine is heard.
fn raise_priority() {
    let wanted = ThreadPriority::try_from(PRIORITY).unwrap_or(ThreadPriority::Max);
    let real_time = set_thread_priority_and_policy(
        thread_native_id(),
        wanted,
        ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo),
    );
    match real_time {
        Ok(()) => tracing::info!(policy = "SCHED_FIFO", PRIORITY, "media thread"),
        Err(refused) => {
            let nice = set_current_thread_priority(ThreadPriority::Max);
            tracing::warn!(
                ?refused,
                nice = nice.is_ok(),
                "media thread without real-time priority: on a busy machine audio may stutter \
                 (grant CAP_SYS_NICE or an rtprio limit)"
            );
        }
    }
}
