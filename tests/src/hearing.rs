//! The hearing matrix: who hears whom.
//!
//! Every page's microphone plays a tone of its own, and so does the telephone's. The tones lie a quarter of a tone beside the
//! notes of the tempered scale, so that no music and no signalling tone passes for a person.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tokio::time::sleep;

use crate::baresip::Baresip;
use crate::page::Page;
use crate::sound::{Sound, Tone};
use crate::until::{PATIENCE, until};

/// The tones of at most six people, in Hz.
pub const TONES: [f64; 6] = [640.0, 807.0, 1017.0, 1281.0, 1614.0, 2033.0];

/// A tone of the microphone (a sine at -14 dBFS) arrives at about -28 dB in the analyser.
const HEARD_DB: f64 = -50.0;
/// A sine stands out from its surroundings; music and speech do not as far.
const CONTRAST_DB: f64 = 15.0;
/// Below this, a tone is not heard.
const SILENT_DB: f64 = -62.0;

/// What is none of the tones is sound above this: the music in `crates/pbx/prompts` never falls
/// below -42 dB in a window of the analyser, and the spoken prompt only in its pauses ...
const SOUND_DB: f64 = -44.0;
/// ... and silence below this. What lies between says nothing.
const NO_SOUND_DB: f64 = -50.0;

/// What is heard is heard for at least so long: longer than the analyser looks back, so that it
/// is all new.
const STEADY: Duration = Duration::from_millis(400);

/// A machine that is busy for a moment loses packets. What the browser makes up in their place is
/// noise beside the tone, or a gap in it, and the analyser looks back over a third of a second.
const GLITCH: Duration = Duration::from_millis(800);

/// Between two looks at what has to stay as it is. The analyser looks back further, so nothing
/// passes in between; looking all the time would keep the pages from playing.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What somebody hears besides the tones of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// Nothing at all.
    Silence,
    /// Music, speech or a signalling tone.
    Sound,
}

/// Whose ears.
#[derive(Clone, Copy)]
pub enum Ears<'a> {
    /// Somebody's at a page.
    Page(&'a Page),
    /// Somebody's at a telephone.
    Telephone(&'a Baresip),
}

impl<'a> From<&'a Page> for Ears<'a> {
    fn from(page: &'a Page) -> Self {
        Ears::Page(page)
    }
}

impl<'a> From<&'a Baresip> for Ears<'a> {
    fn from(telephone: &'a Baresip) -> Self {
        Ears::Telephone(telephone)
    }
}

impl Ears<'_> {
    /// Who has them.
    pub fn who(&self) -> &str {
        match self {
            Ears::Page(page) => page.who(),
            Ears::Telephone(telephone) => telephone.who(),
        }
    }

    /// What arrives at them now.
    ///
    /// # Errors
    /// When the page or the telephone is gone.
    pub async fn hear(&self, tones: &[f64]) -> Result<Sound> {
        match self {
            Ears::Page(page) => heard_at(page, tones).await,
            Ears::Telephone(telephone) => telephone.hear(tones),
        }
    }
}

async fn heard_at(page: &Page, tones: &[f64]) -> Result<Sound> {
    let answer = page
        .evaluate(&format!("__ear.hear({})", json!(tones)))
        .await?;
    let number = |value: &serde_json::Value| value.as_f64().context("no number in what is heard");
    let heard = answer["tones"].as_array().context("tones")?.iter();
    let tones = heard.map(|tone| {
        Ok(Tone {
            level: number(&tone["level"])?,
            contrast: number(&tone["contrast"])?,
        })
    });
    Ok(Sound {
        tones: tones.collect::<Result<_>>()?,
        other: number(&answer["other"])?,
    })
}

/// What one person is to hear: exactly these people, and nothing or something beside them.
#[derive(Clone)]
pub struct Hears<'a> {
    /// Whose ears.
    pub ears: Ears<'a>,
    /// Tones of the people that are heard; all others must not be.
    pub people: Vec<f64>,
    /// What else is heard.
    pub beside: Beside,
}

/// What one person hears now.
#[derive(Debug, Clone, PartialEq)]
struct Heard {
    /// For each of [`TONES`]: heard, not heard, or in between (`None`).
    people: [Option<bool>; TONES.len()],
    /// The same for everything else.
    sound: Option<bool>,
    details: String,
}

/// Waits until everybody hears exactly who and what is expected, all at the same time and for a
/// while without a break.
///
/// # Errors
/// When it does not become so; the error is the whole matrix.
pub async fn hears(expected: &[Hears<'_>]) -> Result<()> {
    let mut good_since: Option<Instant> = None;
    until("the hearing matrix", PATIENCE, async || {
        let look = look(expected).await?;
        good_since = look
            .is_right
            .then(|| good_since.unwrap_or_else(Instant::now));
        let steady = good_since.is_some_and(|since| since.elapsed() >= STEADY);
        ensure!(steady, "not long enough:\n{}", look.matrix);
        Ok(())
    })
    .await
}

/// Checks that the matrix stays true for a while, for what must not happen later either.
///
/// Somebody who must not be heard is never heard, not even once. Any other fault may be one of
/// the sound itself and counts when it lasts.
///
/// # Errors
/// With the whole matrix, as soon as it is not true.
pub async fn keeps_hearing(expected: &[Hears<'_>], span: Duration) -> Result<()> {
    hears(expected).await?;
    let end = Instant::now() + span;
    let mut wrong_since: Option<Instant> = None;
    while Instant::now() < end || wrong_since.is_some() {
        sleep(LOOK_EVERY).await;
        let look = look(expected).await?;
        wrong_since = (!look.is_right).then(|| wrong_since.unwrap_or_else(Instant::now));
        let lasts = wrong_since.is_some_and(|since| since.elapsed() > GLITCH);
        ensure!(
            !look.is_overheard && !lasts,
            "it did not stay so:\n{}",
            look.matrix
        );
    }
    Ok(())
}

/// What everybody hears at one moment.
struct Look {
    matrix: String,
    is_right: bool,
    /// Somebody is heard who must not be.
    is_overheard: bool,
}

async fn look(expected: &[Hears<'_>]) -> Result<Look> {
    let mut look = Look {
        matrix: String::new(),
        is_right: true,
        is_overheard: false,
    };
    for row in expected {
        let heard = listen(row.ears).await?;
        look.is_right &= heard.is(row);
        look.is_overheard |= heard.overhears(row);
        describe(&mut look.matrix, row, &heard);
    }
    Ok(look)
}

async fn listen(ears: Ears<'_>) -> Result<Heard> {
    let Sound { tones, other } = ears.hear(&TONES).await?;
    let mut people = [None; TONES.len()];
    let mut details = String::new();
    for (person, Tone { level, contrast }) in people.iter_mut().zip(tones) {
        *person = if level > HEARD_DB && contrast > CONTRAST_DB {
            Some(true)
        } else if level < SILENT_DB || contrast < CONTRAST_DB / 2.0 {
            Some(false)
        } else {
            None
        };
        write!(details, " {level:.0}/{contrast:.0}")?;
    }
    write!(details, " | {other:.0}")?;
    let sound = if other > SOUND_DB {
        Some(true)
    } else if other < NO_SOUND_DB {
        Some(false)
    } else {
        None
    };
    Ok(Heard {
        people,
        sound,
        details,
    })
}

impl Heard {
    fn is(&self, row: &Hears<'_>) -> bool {
        let people = TONES.iter().zip(self.people);
        let right_people = people
            .into_iter()
            .all(|(tone, heard)| heard == Some(row.people.contains(tone)));
        right_people && self.sound == Some(row.beside == Beside::Sound)
    }

    /// Somebody is heard who must not be.
    fn overhears(&self, row: &Hears<'_>) -> bool {
        let mut people = TONES.iter().zip(self.people);
        people.any(|(tone, heard)| heard == Some(true) && !row.people.contains(tone))
    }
}

fn describe(matrix: &mut String, row: &Hears<'_>, heard: &Heard) {
    let tones: Vec<_> = TONES
        .iter()
        .zip(heard.people)
        .filter(|(_, heard)| *heard == Some(true))
        .map(|(tone, _)| tone)
        .collect();
    // Writing into a String cannot fail.
    let _ = writeln!(
        matrix,
        "{} {} is to hear {:?} and {:?}, hears {tones:?}, sound: {:?} (level/contrast in dB:{})",
        if heard.is(row) { "  " } else { "! " },
        row.ears.who(),
        row.people,
        row.beside,
        heard.sound,
        heard.details
    );
}
