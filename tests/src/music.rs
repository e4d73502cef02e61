//! Which queue's music somebody hears, told by its notes.
//!
//! `crates/pbx/prompts/music.py` is the score: the music of Sales is in G major and has C, that of
//! Support in D major and has C sharp. Neither has the other's, as a note of its own, and within
//! twenty seconds each has its.

use std::time::Duration;

use anyhow::{Result, bail, ensure};

use crate::hearing::Ears;
use crate::until::until;

/// Hold music of the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Music {
    /// Of the queue `sales`.
    Sales,
    /// Of the queue `support`.
    Support,
}

/// C4 and C5; C#4 and C#5.
const NOTES: [f64; 4] = [261.63, 523.25, 277.18, 554.37];

/// Longer than either goes without its note.
const PATIENCE: Duration = Duration::from_secs(25);

/// A note is heard above this ...
const HEARD_DB: f64 = -52.0;
/// ... and by so much more than the other one, which voices and the start of other notes have a
/// little of.
const CLEAR_DB: f64 = 12.0;

/// Waits until somebody hears this music, told by a note that the other one does not have.
///
/// # Errors
/// With what is heard instead.
pub async fn hears_music<'a>(ears: impl Into<Ears<'a>>, music: Music) -> Result<()> {
    let ears = ears.into();
    let what = format!("{} to hear the music of {music:?}", ears.who());
    let mut wrong = None;
    until(&what, PATIENCE, async || {
        let heard = ears.hear(&NOTES).await?;
        let level = |at: usize| heard.tones[at].level;
        let (natural, sharp) = (level(0).max(level(1)), level(2).max(level(3)));
        let is = match natural - sharp {
            _ if natural.max(sharp) < HEARD_DB => None,
            apart if apart > CLEAR_DB => Some(Music::Sales),
            apart if apart < -CLEAR_DB => Some(Music::Support),
            _ => None,
        };
        if is == Some(music) {
            return Ok(());
        }
        wrong = wrong.or(is);
        ensure!(wrong.is_none(), "it is that of {wrong:?}");
        bail!("C {natural:.0} dB, C sharp {sharp:.0} dB")
    })
    .await
}
