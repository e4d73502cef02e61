//! What one call has of the microphone.

use crate::io::MicrophoneState;

/// What one call has of the microphone, as the media engine told it last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Capture {
    /// Nothing yet, or it is being opened again.
    #[default]
    Opening,
    /// Its track is sent.
    Open,
    /// It is not to be had at the moment.
    Away(MicrophoneState),
}

impl Capture {
    /// The media engine reports; whether it is newly away, or for another reason.
    pub(crate) fn report(&mut self, state: MicrophoneState) -> bool {
        let before = *self;
        *self = match state {
            MicrophoneState::Ready => Capture::Open,
            MicrophoneState::Unknown => Capture::Opening,
            MicrophoneState::Denied | MicrophoneState::Missing | MicrophoneState::Broken => {
                Capture::Away(state)
            }
        };
        before != *self && matches!(self, Capture::Away(_))
    }
}
