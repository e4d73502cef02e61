//! Plays clips at the pace of their packets.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::api::Repeat;
use super::clip::Clip;
use super::codec::{AudioCodec, Payload};
use super::rtp::{LATE, rescale};

/// Where playing has got to, and when it goes on.
pub(super) struct Player {
    /// Played one after the other; never none.
    clips: Vec<Arc<Clip>>,
    repeat: Repeat,
    /// Which clip, and which packet of it.
    clip: usize,
    index: usize,
    next: Option<Instant>,
}

/// What a player has to say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Played {
    /// This packet is due; its length is in units of the codec's clock.
    Packet(Payload, u32),
    /// Not yet.
    Wait,
    /// The last clip came to its end.
    Ended,
}

impl Player {
    /// Clips from the beginning of the first.
    pub(super) fn new(clips: Vec<Arc<Clip>>, repeat: Repeat) -> Self {
        Self {
            clips,
            repeat,
            clip: 0,
            index: 0,
            next: None,
        }
    }

    /// A clip over and over, from this place on, counted over all its rounds.
    pub(super) fn from(clip: Arc<Clip>, at: Duration) -> Self {
        let index = clip.place(at);
        Self {
            index,
            ..Self::new(vec![clip], Repeat::Forever)
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
        let Some((payload, ticks)) = self.next_packet(codec) else {
            return Played::Ended;
        };
        let length = Duration::from_micros(u64::from(ticks) * 1000 / 48);
        // Later than this is not made up for: the listener's clock went on.
        let late = now.saturating_duration_since(due) > LATE;
        self.next = Some(if late { now } else { due } + length);
        Played::Packet(payload, rescale(ticks, 48_000, codec.clock()))
    }

    /// Goes on by one packet; `None` at the end of all.
    pub(super) fn next_packet(&mut self, codec: AudioCodec) -> Option<(Payload, u32)> {
        loop {
            let clip = self.clips.get(self.clip)?;
            if let Some(packet) = clip.packet(self.index, codec) {
                self.index += 1;
                return Some(packet);
            }
            self.index = 0;
            self.clip += 1;
            if self.clip == self.clips.len() && self.repeat == Repeat::Forever {
                self.clip = 0;
            }
        }
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
        let mut player = Player::new(vec![clip(3)], Repeat::Once);
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
        let mut player = Player::new(vec![clip(2)], Repeat::Forever);
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
    fn music_goes_on_anywhere_in_its_rounds() {
        for (at, packet) in [(0, 0), (59, 2), (60, 0), (100, 2), (60_020, 1)] {
            let mut player = Player::from(clip(3), Duration::from_millis(at));
            let Played::Packet(payload, _) = player.poll(Instant::now(), AudioCodec::Opus) else {
                panic!("the first packet is due");
            };
            assert_eq!(payload[1], packet, "{at} ms");
        }
    }

    #[test]
    fn a_late_player_does_not_send_a_burst() {
        let mut player = Player::new(vec![clip(200)], Repeat::Forever);
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
        let mut player = Player::new(vec![clip(2)], Repeat::Forever);
        let Played::Packet(payload, samples) = player.poll(Instant::now(), AudioCodec::Pcma) else {
            panic!("the first packet is due");
        };
        assert_eq!((payload.len(), samples), (160, 160));
    }
}
