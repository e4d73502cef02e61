//! Types that do not show what they hold in a log.
//!
//! `Debug` of these types never prints the content; what has to go on the wire is taken out by name.

use core::fmt;

/// A password, token or key. `Debug` prints nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps it.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself, for computing with it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl From<&str> for Secret {
    fn from(secret: &str) -> Self {
        Self::new(secret)
    }
}

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        Self(secret)
    }
}

/// Shows a phone number, extension or name by its last two characters and its length only: enough
/// to tell two apart in a log, too little to call anybody.
///
/// Up to four characters (an extension) nothing is shown but the length.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Masked<'a>(pub &'a str);

impl fmt::Display for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.chars().count();
        if count <= 4 {
            return write!(f, "[{count}]");
        }
        let tail = self.0.char_indices().nth_back(1).map_or(0, |(at, _)| at);
        write!(f, "[{count}]{}", &self.0[tail..])
    }
}

impl fmt::Debug for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Digits that a person keyed in (they may be a PIN). `Debug` prints only how many.
#[derive(Clone, PartialEq, Eq)]
pub struct Digits(String);

impl Digits {
    /// Wraps them.
    pub fn new(digits: impl Into<String>) -> Self {
        Self(digits.into())
    }

    /// The digits themselves, for sending them.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digits({} of them)", self.0.chars().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_printed() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(..)");
        assert_eq!(format!("{:?}", Digits::new("1234#")), "Digits(5 of them)");
        assert_eq!(Masked("+84901234567").to_string(), "[12]67");
        assert_eq!(Masked("101").to_string(), "[3]");
        assert_eq!(Masked("Bình Trần").to_string(), "[9]ần");
    }
}
