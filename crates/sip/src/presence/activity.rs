//! What somebody is doing (RFC 4480 3.2).

/// What somebody is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Activity {
    /// Nothing that is said.
    #[default]
    None,
    /// In a call: `on-the-phone`.
    OnThePhone,
    /// Called, and not answering yet: no activity of RFC 4480, so an element of our own.
    Ringing,
    /// `away`.
    Away,
    /// `busy`.
    Busy,
    /// `meal`.
    Meal,
    /// A short break: `other` with this text.
    Break,
    /// `working`: what comes after a call.
    Working,
    /// Something else.
    Other,
}

/// The text of `other` that is a break.
pub(super) const BREAK: &str = "break";

impl Activity {
    /// The activity that an element of `activities` stands for, by its local name; `None` for one that says
    /// that nothing is known.
    pub(super) fn of_element(name: &str, text: Option<&str>) -> Option<Self> {
        Some(match name {
            // `note` is of the list, not of it.
            "unknown" | "note" => return None,
            "on-the-phone" => Self::OnThePhone,
            "ringing" => Self::Ringing,
            "away" | "holiday" | "in-transit" | "looking-for-work" | "permanent-absence"
            | "playing" | "shopping" | "sleeping" | "spectator" | "travel" | "TV" | "vacation"
            | "worship" => Self::Away,
            "busy" | "appointment" | "meeting" | "performance" | "presentation" | "steering" => {
                Self::Busy
            }
            "meal" | "breakfast" | "dinner" | "lunch" => Self::Meal,
            "other" if text.is_some_and(|text| text.eq_ignore_ascii_case(BREAK)) => Self::Break,
            "working" => Self::Working,
            _ => Self::Other,
        })
    }

    /// Of several activities the one that matters most to somebody who wants to call.
    pub(super) fn first_of(all: impl Iterator<Item = Self>) -> Self {
        all.min_by_key(|activity| match activity {
            Self::OnThePhone => 0,
            Self::Ringing => 1,
            Self::None => u8::MAX,
            Self::Other => 3,
            _ => 2,
        })
        .unwrap_or_default()
    }
}
