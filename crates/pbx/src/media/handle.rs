//! The handle by which the rest of the call centre drives the media thread.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};

use mio::{Poll, Waker};
use tokio::sync::{mpsc::UnboundedSender, oneshot};

use super::api::{
    Allow, LegId, LegKind, MediaConfig, MediaError, MediaEvent, MediaStartError, RtpConfig, Source,
    Turn,
};
use super::command::Command;
use super::digits::Digits;
use super::library::Library;
use super::net::Net;
use super::plain::Ports;
use super::server::Server;
use super::thread::MediaThread;

/// The media server. A handle, cheap to clone; the thread ends with the last one.
#[derive(Clone)]
pub struct Media {
    // Dropped before the waker wakes the thread for the last time.
    commands: mpsc::Sender<Command>,
    local: SocketAddr,
    waker: Arc<LastWake>,
}

/// Wakes the thread, and once more when the last handle is gone.
struct LastWake(Waker);

impl Drop for LastWake {
    fn drop(&mut self) {
        let _ = self.0.wake();
    }
}

impl fmt::Debug for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Media")
            .field("local", &self.local)
            .finish_non_exhaustive()
    }
}

impl Media {
    /// Opens the socket and starts the thread.
    ///
    /// # Errors
    /// As [`MediaStartError`] says.
    pub fn start(
        mut config: MediaConfig,
        events: UnboundedSender<MediaEvent>,
    ) -> Result<Self, MediaStartError> {
        let rtp = config.rtp.take();
        let library = Library::load(config.prompts.as_deref())?;
        let net = Net::open(config)?;
        let local = net.local();
        tracing::info!(%local, candidates = ?net.candidates(), "media socket open");
        let cert = str0m::crypto::from_feature_flags()
            .dtls_provider
            .generate_certificate()
            .ok_or(MediaStartError::Certificate)?;
        let poll = Poll::new().map_err(MediaStartError::Thread)?;
        let ports = rtp.map(|rtp| open_ports(rtp, &poll)).transpose()?;
        let server = Server::new(net, ports, cert, library, events);
        let (sender, receiver) = mpsc::channel();
        let (thread, waker) =
            MediaThread::new(poll, server, receiver).map_err(MediaStartError::Thread)?;
        std::thread::Builder::new()
            .name("media".to_owned())
            .spawn(move || thread.run())
            .map_err(MediaStartError::Thread)?;
        Ok(Self {
            commands: sender,
            local,
            waker: Arc::new(LastWake(waker)),
        })
    }

    /// Address of the UDP socket.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Takes an offer and makes the answer; opens a leg of this kind where this is its first
    /// description. What is not allowed is not in the answer either, whatever the offer asks for.
    ///
    /// # Errors
    /// As [`MediaError`] says; a leg that was there before goes on as it was.
    pub async fn accept_offer(
        &self,
        leg: LegId,
        kind: LegKind,
        sdp: String,
        allow: Allow,
    ) -> Result<String, MediaError> {
        self.ask(|reply| Command::AcceptOffer {
            leg,
            kind,
            sdp,
            allow,
            reply,
        })
        .await
    }

    /// Makes an offer; opens a leg of this kind where this is its first description.
    ///
    /// # Errors
    /// As [`MediaError`] says.
    pub async fn create_offer(
        &self,
        leg: LegId,
        kind: LegKind,
        allow: Allow,
    ) -> Result<String, MediaError> {
        self.ask(|reply| Command::CreateOffer {
            leg,
            kind,
            allow,
            reply,
        })
        .await
    }

    /// Takes the answer to the last offer. Of a leg by plain RTP there may be another one to the
    /// same offer: that of a 183, and then that of the 200 (RFC 3261 section 13.2.1).
    ///
    /// # Errors
    /// As [`MediaError`] says.
    pub async fn set_answer(&self, leg: LegId, sdp: String) -> Result<(), MediaError> {
        self.ask(|reply| Command::SetAnswer { leg, sdp, reply })
            .await
    }

    /// Takes the last offer back: it was refused, or the far end's offer came first.
    pub fn cancel_offer(&self, leg: LegId) {
        self.tell(Command::CancelOffer { leg });
    }

    /// What this leg hears from now on. A leg that is not open hears nothing, and will not later;
    /// a [`Source::Leg`] that is not open yet is heard when it is.
    ///
    /// `turn` comes back in [`MediaEvent::PromptEnded`].
    pub fn hear(&self, leg: LegId, source: Source, turn: Turn) {
        self.tell(Command::Hear { leg, source, turn });
    }

    /// Sends digits as RFC 4733 events, each so long (60 to 1300 ms), behind those that wait; ends
    /// in [`MediaEvent::DigitsSent`] or [`MediaEvent::DigitsRefused`].
    pub fn send_digits(&self, leg: LegId, digits: Digits, duration_ms: u16) {
        self.tell(Command::SendDigits {
            leg,
            digits,
            duration_ms,
        });
    }

    /// Closes the leg. No more events come from it. Legs that heard it hear silence.
    pub fn close(&self, leg: LegId) {
        self.tell(Command::Close { leg });
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<T, MediaError>>) -> Command,
    ) -> Result<T, MediaError> {
        let (reply, answer) = oneshot::channel();
        self.tell(command(reply));
        answer.await.unwrap_or(Err(MediaError::Stopped))
    }

    fn tell(&self, command: Command) {
        // Where the thread is gone, whoever waits for an answer learns it by the dropped channel.
        if self.commands.send(command).is_ok() {
            let _ = self.waker.0.wake();
        }
    }
}

/// The ports of legs to the telephone network.
fn open_ports(config: RtpConfig, poll: &Poll) -> Result<Ports, MediaStartError> {
    let registry = poll.registry().try_clone();
    let registry = registry.map_err(MediaStartError::Thread)?;
    let mut random = [0; 2];
    // Without randomness it begins with the first of them.
    let _ = getrandom::fill(&mut random);
    let ports = Ports::new(config, registry, u16::from_be_bytes(random))?;
    tracing::info!(config = ?ports.config(), "RTP to the telephone network");
    Ok(ports)
}
