//! What is played: music, a tone, prompts.

use std::sync::Arc;

use super::ear::Ear;
use super::frame::{FRAME, Frame, Presence};
use crate::media::api::Repeat;
use crate::media::clip::Clip;
use crate::media::codec::{AudioCodec, CodecFailed};
use crate::media::player::Player;

/// A recording that is being played.
pub(super) struct Recording {
    player: Player,
    ear: Ear,
    pcm: Vec<f32>,
    presence: Presence,
    state: State,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Plays,
    /// Its last packet was decoded.
    Ends,
    Ended,
}

impl Recording {
    /// From the beginning.
    pub(super) fn new(clips: Vec<Arc<Clip>>, repeat: Repeat) -> Result<Self, CodecFailed> {
        Ok(Self {
            player: Player::new(clips, repeat),
            ear: Ear::new(AudioCodec::Opus)?,
            pcm: Vec::new(),
            presence: Presence::new(),
            state: State::Plays,
        })
    }

    /// The next 20 ms; `false` where there is nothing to be heard.
    pub(super) fn take(&mut self, frame: &mut Frame) -> bool {
        if self.has_ended() {
            return false;
        }
        while self.pcm.len() < FRAME && self.state == State::Plays {
            match self.player.next_packet(AudioCodec::Opus) {
                Some((payload, samples)) => {
                    if self.ear.decode(&payload, &mut self.pcm).is_err() {
                        self.ear.conceal(samples as usize, &mut self.pcm);
                    }
                }
                None => self.state = State::Ends,
            }
        }
        self.pcm.resize(self.pcm.len().max(FRAME), 0.0);
        frame.copy_from_slice(&self.pcm[..FRAME]);
        self.pcm.drain(..FRAME);
        if self.state == State::Ends && self.pcm.is_empty() {
            self.state = State::Ended;
        }
        self.presence.hear(frame)
    }

    /// Whether it has come to its end.
    pub(super) fn has_ended(&self) -> bool {
        self.state == State::Ended
    }
}
