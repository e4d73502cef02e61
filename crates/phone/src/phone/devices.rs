//! Microphone, sound and devices, as the media engine reports them.

use super::line::microphone_trouble;
use crate::io::MicrophoneState;
use crate::language::{Check, Devices, Trouble};

/// What is known of the devices.
#[derive(Debug)]
pub(crate) struct DeviceState {
    microphone: MicrophoneState,
    sound: Option<bool>,
    pub(crate) devices: Devices,
    /// The media engine was asked and has not answered yet.
    microphone_asked: bool,
    sound_asked: bool,
}

impl DeviceState {
    pub(crate) fn new() -> Self {
        Self {
            microphone: MicrophoneState::Unknown,
            sound: None,
            devices: Devices::default(),
            microphone_asked: false,
            sound_asked: false,
        }
    }

    /// The media engine was asked for microphone and sound.
    pub(crate) fn asked(&mut self) {
        self.microphone_asked = true;
        self.sound_asked = true;
    }

    pub(crate) fn microphone(&mut self, state: MicrophoneState) {
        self.microphone = state;
        self.microphone_asked = false;
    }

    pub(crate) fn sound(&mut self, allowed: bool) {
        self.sound = Some(allowed);
        self.sound_asked = false;
    }

    pub(crate) fn microphone_check(&self) -> Check {
        match self.microphone {
            _ if self.microphone_asked => Check::Pending,
            MicrophoneState::Ready => Check::Good,
            MicrophoneState::Unknown => Check::Unknown,
            MicrophoneState::Denied | MicrophoneState::Missing | MicrophoneState::Broken => {
                Check::Bad
            }
        }
    }

    pub(crate) fn sound_check(&self) -> Check {
        match self.sound {
            _ if self.sound_asked => Check::Pending,
            Some(true) => Check::Good,
            Some(false) => Check::Bad,
            None => Check::Unknown,
        }
    }

    /// What is missing.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        let silent = (self.sound_check() == Check::Bad).then_some(Trouble::SoundBlocked);
        microphone_trouble(self.microphone)
            .filter(|_| self.microphone_check() == Check::Bad)
            .or(silent)
    }

    /// Both are known to work.
    pub(crate) fn is_ready(&self) -> bool {
        self.microphone_check() == Check::Good && self.sound_check() == Check::Good
    }
}
