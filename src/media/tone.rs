//! Ringing, call waiting, ringback and busy.

use std::cell::RefCell;

use alo_phone::io::Tone;

use super::devices::{DeviceBook, Outlet};
use super::player::Player;
use super::sound::Sound;
use super::wave::{Piece, Wave};

/// Plays at most one tone at a time.
#[derive(Default)]
pub(crate) struct ToneDesk {
    playing: RefCell<Option<Playing>>,
}

struct Playing {
    tone: Tone,
    // Before the wave: the element lets go of it first.
    player: Option<Player>,
    _wave: Wave,
}

impl ToneDesk {
    /// Plays this tone instead of the one before.
    pub(crate) fn play(&self, tone: Option<Tone>, devices: &DeviceBook, sound: &Sound) {
        self.playing.take();
        let Some(tone) = tone else {
            return;
        };
        let wave = Wave::new(&pieces(tone));
        let device = devices.outlet(outlet(tone));
        let player = Player::url(wave.url(), tone != Tone::Busy, &device, sound);
        *self.playing.borrow_mut() = Some(Playing {
            tone,
            player,
            _wave: wave,
        });
    }

    /// The choice of devices, or what is plugged in, changed.
    pub(crate) fn devices_changed(&self, devices: &DeviceBook) {
        if let Some(playing) = self.playing.borrow().as_ref()
            && let Some(player) = playing.player.as_ref()
        {
            player.set_device(&devices.outlet(outlet(playing.tone)));
        }
    }

    /// Sound may play now: what should be heard is heard from now on.
    pub(crate) fn resume(&self) {
        // Busy is over by then.
        if let Some(playing) = self.playing.borrow().as_ref()
            && playing.tone != Tone::Busy
            && let Some(player) = playing.player.as_ref()
        {
            player.play();
        }
    }
}

fn outlet(tone: Tone) -> Outlet {
    match tone {
        Tone::Ringing => Outlet::Ringer,
        Tone::CallWaiting | Tone::Ringback | Tone::Busy => Outlet::Speaker,
    }
}

/// The tones of a call are those of ITU-T E.180 as most countries have them: 425 Hz. Ringing is a
/// matter of taste: a third and a fifth on small bells.
fn pieces(tone: Tone) -> Vec<Piece> {
    let beep = |ms, volume| Piece {
        hertz: &[425.0],
        ms,
        volume,
        bell: false,
    };
    let pause = |ms| Piece {
        hertz: &[],
        ms,
        volume: 0.0,
        bell: false,
    };
    let bell = |hertz, ms| Piece {
        hertz,
        ms,
        volume: 0.6,
        bell: true,
    };
    match tone {
        Tone::Ringing => vec![
            bell(&[659.3, 1318.5], 220),
            bell(&[830.6, 1661.2], 220),
            bell(&[987.8, 1975.5], 700),
            bell(&[830.6, 1661.2], 220),
            bell(&[987.8, 1975.5], 900),
            pause(1300),
        ],
        Tone::CallWaiting => vec![beep(200, 0.12), pause(200), beep(200, 0.12), pause(4400)],
        Tone::Ringback => vec![beep(1000, 0.2), pause(4000)],
        Tone::Busy => [beep(400, 0.2), pause(400)].repeat(4),
    }
}
