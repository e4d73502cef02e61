//! Plays a clip at the pace of its packets.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::api::Repeat;
use super::clip::Clip;
use super::codec::{AudioCodec, OpusToLaw, Payload};
use super::rtp::LATE;

/// Where a clip is, and when it goes on.
pub(super) struct Player {
    clip: Arc<Clip>,
    repeat: Repeat,
    index: usize,
    next: Option<Instant>,
    decoder: Option<(AudioCodec, OpusToLaw)>,
}

/// What a player has to say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Played {
    /// This packet is due; its length is in units of the codec's clock.
    Packet(Payload, u32),
    /// Not yet.
    Wait,
    /// It came to its end.
    Ended,
}

impl Player {
    /// A clip from its beginning.
    pub(super) fn new(clip: Arc<Clip>, repeat: Repeat) -> Self {
        Self {
            clip,
            repeat,
            index: 0,
            next: None,
            decoder: None,
        }
    }

    /// When the next packet is due; `None` where nothing was sent yet: at once.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.next
    }

    /// Begins at `start`, where it has not begun yet.
    pub(super) fn begin(&mut self, start: Instant) {
        self.next.get_or_insert(start);
    }

    /// The packet that is due, in this codec.
    pub(super) fn poll(&mut self, now: Instant, codec: AudioCodec) -> Played {
        let due = *self.next.get_or_insert(now);
        if now < due {
            return Played::Wait;
        }
        let Some((payload, ticks)) = self.clip.packet(self.index) else {
            if self.repeat == Repeat::Once {
                return Played::Ended;
            }
            self.index = 0;
            return self.poll(now, codec);
        };
        let payload = payload.clone();
        let length = Duration::from_micros(u64::from(ticks) * 1000 / 48);
        self.index += 1;
        // Later than this is not made up for: the listener's clock went on.
        let late = now.saturating_duration_since(due) > LATE;
        self.next = Some(if late { now } else { due } + length);
        match self.in_codec(payload, ticks, codec) {
            Some((payload, samples)) => Played::Packet(payload, samples),
            None => Played::Wait,
        }
    }

    /// The packet as it is for an Opus leg, decoded for others.
    fn in_codec(
        &mut self,
        payload: Payload,
        ticks: u32,
        codec: AudioCodec,
    ) -> Option<(Payload, u32)> {
        if codec == AudioCodec::Opus {
            return Some((payload, ticks));
        }
        if self.decoder.as_ref().is_none_or(|(law, _)| *law != codec) {
            self.decoder = Some((codec, OpusToLaw::new(codec).ok()?));
        }
        let (_, decoder) = self.decoder.as_mut()?;
        let payload = decoder.decode(&payload).ok()?;
        let samples = payload.len() as u32;
        Some((payload, samples))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(packets: u8) -> Arc<Clip> {
        // CELT, 20 ms, mono, whatever is in it.
        Arc::new(Clip::from_packets((0..packets).map(|n| vec![0xf8, n, n]).collect()).unwrap())
    }

    #[test]
    fn packets_come_at_their_pace_and_once() {
        let mut player = Player::new(clip(3), Repeat::Once);
        let start = Instant::now();
        for n in 0..3u8 {
            let now = start + Duration::from_millis(20) * u32::from(n);
            let Played::Packet(payload, samples) = player.poll(now, AudioCodec::Opus) else {
                panic!("packet {n} is due");
            };
            assert_eq!((&payload[..], samples), (&[0xf8, n, n][..], 960));
            assert_eq!(player.poll(now, AudioCodec::Opus), Played::Wait);
        }
        let end = start + Duration::from_millis(60);
        assert_eq!(player.poll(end, AudioCodec::Opus), Played::Ended);
    }

    #[test]
    fn a_loop_goes_on_without_a_gap() {
        let mut player = Player::new(clip(2), Repeat::Forever);
        let start = Instant::now();
        for n in 0..50u32 {
            let now = start + Duration::from_millis(20) * n;
            let Played::Packet(payload, _) = player.poll(now, AudioCodec::Opus) else {
                panic!("packet {n} is due");
            };
            assert_eq!(u32::from(payload[1]), n % 2);
        }
    }

    #[test]
    fn a_late_player_does_not_send_a_burst() {
        let mut player = Player::new(clip(200), Repeat::Forever);
        let start = Instant::now();
        player.poll(start, AudioCodec::Opus);
        let late = start + Duration::from_secs(1);
        assert!(matches!(
            player.poll(late, AudioCodec::Opus),
            Played::Packet(..)
        ));
        assert_eq!(player.poll(late, AudioCodec::Opus), Played::Wait);
        assert_eq!(player.deadline(), Some(late + Duration::from_millis(20)));
    }

    #[test]
    fn g711_legs_get_as_many_samples_as_time_passed() {
        let mut player = Player::new(clip(2), Repeat::Forever);
        let Played::Packet(payload, samples) = player.poll(Instant::now(), AudioCodec::Pcma) else {
            panic!("the first packet is due");
        };
        assert_eq!((payload.len(), samples), (160, 160));
    }
}
