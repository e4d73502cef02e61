//! The hearing matrix: who hears whom.
//!
//! Every page's microphone plays a tone of its own. The tones lie a quarter of a tone beside the
//! notes of the tempered scale, so that no music and no signalling tone passes for a person.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;

use crate::page::Page;
use crate::until::{PATIENCE, until};

/// The tones of at most five people, in Hz.
pub const TONES: [f64; 5] = [640.0, 807.0, 1017.0, 1281.0, 1614.0];

/// A tone of the microphone (a sine at -14 dBFS) arrives at about -28 dB in the analyser.
const HEARD_DB: f64 = -50.0;
/// A sine stands out from its surroundings; music and speech do not as far.
const CONTRAST_DB: f64 = 15.0;
/// Below this, a tone is not heard.
const SILENT_DB: f64 = -62.0;

/// What somebody hears besides the tones of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// Nothing at all.
    Silence,
    /// Music, speech or a signalling tone.
    Sound,
}

/// What one person is to hear: exactly these people, and nothing or something beside them.
#[derive(Clone)]
pub struct Hears<'a> {
    /// Whose ears.
    pub page: &'a Page,
    /// Tones of the people that are heard; all others must not be.
    pub people: Vec<f64>,
    /// What else is heard.
    pub beside: Beside,
}

/// What one page hears now.
#[derive(Debug, Clone, PartialEq)]
struct Heard {
    /// For each of [`TONES`]: heard, not heard, or in between (`None`).
    people: [Option<bool>; TONES.len()],
    sound: bool,
    details: String,
}

/// Waits until everybody hears exactly who and what is expected, all at the same time and twice in
/// a row.
///
/// # Errors
/// When it does not become so; the error is the whole matrix.
pub async fn hears(expected: &[Hears<'_>]) -> Result<()> {
    let mut in_a_row = 0;
    until("the hearing matrix", PATIENCE, async || {
        let mut matrix = String::new();
        let mut good = true;
        for row in expected {
            let heard = listen(row.page).await?;
            let is_right = heard.is(row);
            good &= is_right;
            describe(&mut matrix, row, &heard, is_right);
        }
        in_a_row = if good { in_a_row + 1 } else { 0 };
        ensure!(in_a_row >= 2, "\n{matrix}");
        Ok(())
    })
    .await
}

/// Checks that the matrix stays true for a while, for what must not happen later either.
///
/// # Errors
/// With the whole matrix, as soon as it is not true.
pub async fn keeps_hearing(expected: &[Hears<'_>], span: Duration) -> Result<()> {
    hears(expected).await?;
    let end = std::time::Instant::now() + span;
    while std::time::Instant::now() < end {
        for row in expected {
            let heard = listen(row.page).await?;
            if !heard.is(row) {
                let mut matrix = String::new();
                describe(&mut matrix, row, &heard, false);
                bail!("it did not stay so:\n{matrix}");
            }
        }
    }
    Ok(())
}

async fn listen(page: &Page) -> Result<Heard> {
    let answer = page
        .evaluate(&format!("__ear.hear({})", json!(TONES)))
        .await?;
    let number = |value: &serde_json::Value| value.as_f64().context("no number in what is heard");
    let mut people = [None; TONES.len()];
    let mut details = String::new();
    for (person, tone) in people
        .iter_mut()
        .zip(answer["tones"].as_array().context("tones")?)
    {
        let (level, contrast) = (number(&tone["level"])?, number(&tone["contrast"])?);
        *person = if level > HEARD_DB && contrast > CONTRAST_DB {
            Some(true)
        } else if level < SILENT_DB || contrast < CONTRAST_DB / 2.0 {
            Some(false)
        } else {
            None
        };
        write!(details, " {level:.0}/{contrast:.0}")?;
    }
    let other = number(&answer["other"])?;
    write!(details, " | {other:.0}")?;
    Ok(Heard {
        people,
        sound: other > HEARD_DB,
        details,
    })
}

impl Heard {
    fn is(&self, row: &Hears<'_>) -> bool {
        let people = TONES.iter().zip(self.people);
        let right_people = people
            .into_iter()
            .all(|(tone, heard)| heard == Some(row.people.contains(tone)));
        right_people && self.sound == (row.beside == Beside::Sound)
    }
}

fn describe(matrix: &mut String, row: &Hears<'_>, heard: &Heard, is_right: bool) {
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
        if is_right { "  " } else { "! " },
        row.page.who(),
        row.people,
        row.beside,
        heard.sound,
        heard.details
    );
}
