//! Payload types and what they stand for (RFC 3551 section 3).

use alo_sip::sdp::{Codec, Media};

use crate::media::codec::AudioCodec;

/// Comfort noise (RFC 3389). It has this number in all of telephony, and comes unasked for.
const COMFORT_NOISE: u8 = 13;

/// Highest event that is offered: digits and flash (RFC 4733 section 3.2).
const EVENTS: &str = "0-16";

/// What a payload type stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Audio(AudioCodec),
    /// Telephone-event of this clock (RFC 4733).
    Event(u32),
    ComfortNoise,
}

impl Format {
    /// What a described codec is; `None` for those that are not spoken here.
    fn of(codec: &Codec<'_>) -> Option<Self> {
        let is = |name, clock| codec.is(name) && codec.clock == clock;
        Some(if is("opus", 48_000) {
            Self::Audio(AudioCodec::Opus)
        } else if is("PCMU", 8_000) && codec.channels == 1 {
            Self::Audio(AudioCodec::Pcmu)
        } else if is("PCMA", 8_000) && codec.channels == 1 {
            Self::Audio(AudioCodec::Pcma)
        } else if is("telephone-event", 8_000) || is("telephone-event", 48_000) {
            Self::Event(codec.clock)
        } else {
            return None;
        })
    }

    /// The payload type that is its own, or that it has here where it is free.
    fn usual(self) -> u8 {
        match self {
            Self::Audio(AudioCodec::Pcmu) => 0,
            Self::Audio(AudioCodec::Pcma) => 8,
            Self::ComfortNoise => COMFORT_NOISE,
            Self::Audio(AudioCodec::Opus) => 96,
            Self::Event(8_000) => 101,
            Self::Event(_) => 102,
        }
    }

    /// Its attributes, one a line (RFC 8866 section 6.6, RFC 7587 section 7).
    pub(super) fn attributes(self, pt: u8) -> String {
        match self {
            Self::Audio(AudioCodec::Pcmu) => format!("a=rtpmap:{pt} PCMU/8000\r\n"),
            Self::Audio(AudioCodec::Pcma) => format!("a=rtpmap:{pt} PCMA/8000\r\n"),
            Self::Audio(AudioCodec::Opus) => {
                format!("a=rtpmap:{pt} opus/48000/2\r\na=fmtp:{pt} useinbandfec=1\r\n")
            }
            Self::Event(clock) => {
                format!("a=rtpmap:{pt} telephone-event/{clock}\r\na=fmtp:{pt} {EVENTS}\r\n")
            }
            Self::ComfortNoise => format!("a=rtpmap:{pt} CN/8000\r\n"),
        }
    }
}

/// Payload types in one direction, best first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Formats(Vec<(u8, Format)>);

impl Formats {
    /// Those of a description that are spoken here.
    pub(super) fn of(media: &Media<'_>) -> Self {
        let mut formats = Self::default();
        for codec in &media.codecs {
            if let Some(format) = Format::of(codec) {
                formats.add(codec.payload, format);
            }
        }
        formats
    }

    /// What is offered: these codecs, and telephone-event of their clocks. `before` has the numbers
    /// that were agreed upon, which are not given to something else (RFC 3264 section 8.3.2).
    pub(super) fn offer(codecs: &[AudioCodec], before: &Self) -> Self {
        let mut wanted: Vec<_> = codecs.iter().copied().map(Format::Audio).collect();
        for clock in codecs.iter().map(|codec| codec.clock()) {
            if !wanted.contains(&Format::Event(clock)) {
                wanted.push(Format::Event(clock));
            }
        }
        let mut offer = Self::default();
        for format in wanted {
            let is_free = |pt: &u8| before.format(*pt).is_none() && offer.format(*pt).is_none();
            let number = before
                .number(format)
                .or_else(|| Some(format.usual()).filter(is_free))
                .or_else(|| (96..=127).find(is_free));
            if let Some(number) = number {
                offer.add(number, format);
            }
        }
        offer
    }

    /// Adds one at the end, where neither number nor format is there.
    pub(super) fn add(&mut self, pt: u8, format: Format) {
        let is_there = |(number, known): &(u8, Format)| *number == pt || *known == format;
        if !self.0.iter().any(is_there) {
            self.0.push((pt, format));
        }
    }

    /// Adds one more number for a format that may be there already.
    pub(super) fn also(&mut self, pt: u8, format: Format) {
        if self.format(pt).is_none() {
            self.0.push((pt, format));
        }
    }

    /// What a number stands for.
    pub(super) fn format(&self, pt: u8) -> Option<Format> {
        let found = self.0.iter().find(|(number, _)| *number == pt);
        found.map(|(_, format)| *format)
    }

    /// What a number of an incoming packet stands for.
    pub(super) fn incoming(&self, pt: u8) -> Option<Format> {
        self.format(pt)
            .or_else(|| (pt == COMFORT_NOISE).then_some(Format::ComfortNoise))
    }

    /// The number of a format.
    pub(super) fn number(&self, wanted: Format) -> Option<u8> {
        let found = self.0.iter().find(|(_, format)| *format == wanted);
        found.map(|(number, _)| *number)
    }

    /// The best codec.
    pub(super) fn codec(&self) -> Option<AudioCodec> {
        self.0.iter().find_map(|(_, format)| match format {
            Format::Audio(codec) => Some(*codec),
            _ => None,
        })
    }

    /// Clock of the telephone-event that goes with this codec: its own, or else another one's.
    pub(super) fn event_clock(&self, codec: AudioCodec) -> Option<u32> {
        let clocks = || {
            self.0.iter().filter_map(|(_, format)| match format {
                Format::Event(clock) => Some(*clock),
                _ => None,
            })
        };
        clocks()
            .find(|clock| *clock == codec.clock())
            .or_else(|| clocks().next())
    }

    /// All, best first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u8, Format)> + '_ {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_has_the_codecs_in_order_and_their_events() {
        let codecs = [AudioCodec::Opus, AudioCodec::Pcma];
        let offer = Formats::offer(&codecs, &Formats::default());
        let all: Vec<_> = offer.iter().collect();
        assert_eq!(
            all,
            [
                (96, Format::Audio(AudioCodec::Opus)),
                (8, Format::Audio(AudioCodec::Pcma)),
                (102, Format::Event(48_000)),
                (101, Format::Event(8_000)),
            ]
        );
    }

    #[test]
    fn numbers_that_were_agreed_upon_keep_their_meaning() {
        let mut before = Formats::default();
        before.add(101, Format::Audio(AudioCodec::Opus));
        before.add(96, Format::Event(8_000));
        let offer = Formats::offer(&[AudioCodec::Pcmu, AudioCodec::Opus], &before);
        let all: Vec<_> = offer.iter().map(|(number, _)| number).collect();
        assert_eq!(all, [0, 101, 96, 102]);
    }

    #[test]
    fn digits_take_the_clock_of_the_audio_where_they_can() {
        let mut formats = Formats::default();
        assert_eq!(formats.event_clock(AudioCodec::Opus), None);
        formats.add(101, Format::Event(8_000));
        assert_eq!(formats.event_clock(AudioCodec::Opus), Some(8_000));
        formats.add(102, Format::Event(48_000));
        assert_eq!(formats.event_clock(AudioCodec::Opus), Some(48_000));
        assert_eq!(formats.event_clock(AudioCodec::Pcma), Some(8_000));
    }
}
