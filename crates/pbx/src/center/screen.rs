//! What strangers say of themselves, fit for a screen.

/// What is shown of a user part, and of a name.
const LONGEST_USER: usize = 64;
const LONGEST_NAME: usize = 60;

/// A user part, which a guest makes up as it likes.
pub(super) fn user(text: &str) -> String {
    shown(text, LONGEST_USER)
}

/// A name.
pub(super) fn name(text: &str) -> String {
    shown(text, LONGEST_NAME)
}

/// Without what cannot be seen or turns around what stands beside it, and not for ever.
fn shown(text: &str, longest: usize) -> String {
    let seen = text
        .chars()
        .filter(|c| !c.is_control() && !is_invisible(*c));
    seen.take(longest).collect()
}

/// Characters of no width, and those that change the direction of writing (Unicode UAX 9).
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_guests_say_of_themselves_is_fit_for_a_screen() {
        let tricky = "An\u{202e}gnah\u{202c} \u{200b}\u{feff}Nguy\u{2066}ễn\u{2069}\r\n";
        assert_eq!(name(tricky), "Angnah Nguyễn");
        assert_eq!(user("guest-\u{200d}1"), "guest-1");
        assert_eq!(name(&"ễ".repeat(200)).chars().count(), 60);
        assert_eq!(user(&"ễ".repeat(200)).chars().count(), 64);
    }
}
