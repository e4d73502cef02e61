//! DTMF digits, which never show themselves in a log.

use std::fmt;
use std::ops::Add;
use std::time::Duration;

/// More keys in a second are no person and no telephone system; they are dropped.
const MOST_KEYS: u32 = 25;

/// One key of the telephone keypad: `0`-`9`, `*`, `#`, `A`-`D` (RFC 4733 section 3.2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digit(u8);

/// All digits, in the order of their RFC 4733 event codes.
const KEYS: &[u8; 16] = b"0123456789*#ABCD";

impl Digit {
    /// The digit that this character stands for; small letters are taken too.
    #[must_use]
    pub fn from_char(c: char) -> Option<Self> {
        let c = u8::try_from(c).ok()?.to_ascii_uppercase();
        KEYS.contains(&c).then_some(Self(c))
    }

    /// The digit of an RFC 4733 event code; `None` for events that are not digits.
    #[must_use]
    pub fn from_event(code: u8) -> Option<Self> {
        KEYS.get(usize::from(code)).copied().map(Self)
    }

    /// The character.
    #[must_use]
    pub fn as_char(self) -> char {
        char::from(self.0)
    }

    /// The RFC 4733 event code.
    #[must_use]
    pub fn event(self) -> u8 {
        // Every constructor takes its byte from KEYS, which has 16 entries.
        KEYS.iter().position(|key| *key == self.0).unwrap_or(0) as u8
    }
}

impl fmt::Debug for Digit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digit(...)")
    }
}

/// Digits to be sent one after the other; `,` among them is a pause of two seconds.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Digits(Vec<Key>);

/// One thing to do on the way through [`Digits`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// Send this digit.
    Digit(Digit),
    /// Wait two seconds.
    Pause,
}

impl Digits {
    /// Reads digits as a person writes them.
    ///
    /// # Errors
    /// Where a character is neither a digit nor `,`.
    pub fn parse(text: &str) -> Result<Self, NotADigit> {
        text.chars()
            .map(|c| match c {
                ',' => Ok(Key::Pause),
                c => Digit::from_char(c).map(Key::Digit).ok_or(NotADigit),
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// How many there are, pauses not counted.
    #[must_use]
    pub fn count(&self) -> usize {
        let digits = self.0.iter();
        digits.filter(|key| matches!(key, Key::Digit(_))).count()
    }

    /// How many there are, pauses included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The keys.
    pub(super) fn keys(&self) -> impl Iterator<Item = Key> + '_ {
        self.0.iter().copied()
    }
}

impl From<Digit> for Digits {
    fn from(digit: Digit) -> Self {
        Self(vec![Key::Digit(digit)])
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digits({} of them)", self.0.len())
    }
}

/// A character that no telephone has a key for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotADigit;

impl fmt::Display for NotADigit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a digit (0-9, *, #, A-D) and not a pause (,)")
    }
}

impl std::error::Error for NotADigit {}

/// How many keys there were in the second that runs, on whatever clock `I` is of.
#[derive(Debug)]
pub struct KeyRate<I> {
    second: Option<(I, u32)>,
}

impl<I> Default for KeyRate<I> {
    fn default() -> Self {
        Self { second: None }
    }
}

impl<I: Copy + PartialOrd + Add<Duration, Output = I>> KeyRate<I> {
    /// Counts a key; `false` where there were too many.
    pub fn admits(&mut self, now: I) -> bool {
        let (since, count) = match self.second {
            Some((since, count)) if now < since + Duration::from_secs(1) => (since, count + 1),
            _ => (now, 1),
        };
        self.second = Some((since, count));
        count <= MOST_KEYS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_go_through_event_codes_and_back() {
        for code in 0..16 {
            let digit = Digit::from_event(code).unwrap();
            assert_eq!(digit.event(), code);
            assert_eq!(Digit::from_char(digit.as_char()), Some(digit));
        }
        assert_eq!(Digit::from_event(16), None, "a flash is not a digit");
        assert_eq!(Digit::from_char('d').map(Digit::event), Some(15));
    }

    #[test]
    fn digits_do_not_show_themselves() {
        let digits = Digits::parse("4711,#").unwrap();
        assert_eq!(format!("{digits:?}"), "Digits(6 of them)");
        assert_eq!(digits.count(), 5, "a pause is no digit");
        assert_eq!(format!("{:?}", Digit::from_char('4')), "Some(Digit(...))");
        assert_eq!(Digits::parse("47x"), Err(NotADigit));
    }
}
