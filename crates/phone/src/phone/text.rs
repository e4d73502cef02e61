//! Text that comes from the network or a person, made harmless before anything is done with it.

/// Names, numbers and reasons from the network: control characters, and characters that reorder or
/// hide the text around them, are dropped; white space is collapsed; at most `longest` characters
/// are kept.
pub(crate) fn clean(text: &str, longest: usize) -> String {
    let mut kept = String::with_capacity(text.len().min(4 * longest));
    let mut count = 0;
    let mut gap = false;
    for c in text.chars().filter(|c| !hides(*c)) {
        if c.is_whitespace() || c.is_control() {
            gap = !kept.is_empty();
            continue;
        }
        count += 1 + usize::from(gap);
        if count > longest {
            break;
        }
        if gap {
            kept.push(' ');
            gap = false;
        }
        kept.push(c);
    }
    kept
}

/// Zero-width characters, and the bidirectional controls by which a caller could make a name read
/// as another one (Unicode Technical Report 36, section 2.5).
fn hides(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Percent-encoded UTF-8 as text; what is not decodable stays as it is.
pub(crate) fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if let (b'%', [high, low, after @ ..]) = (first, tail)
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            bytes.push(high << 4 | low);
            rest = after;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn hex(digit: u8) -> Option<u8> {
    // A hexadecimal digit is below 16.
    char::from(digit).to_digit(16).map(|value| value as u8)
}

/// What a person typed, as the user part of a SIP URI: the separators that people and web pages put
/// into phone numbers are dropped from what looks like one.
pub(crate) fn dialled(typed: &str) -> String {
    let separators = [' ', '\u{a0}', '-', '.', '(', ')', '/'];
    let number = typed
        .chars()
        .all(|c| c.is_ascii_digit() || "+*#".contains(c) || separators.contains(&c));
    if number {
        typed.replace(separators, "")
    } else {
        typed.trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_letters_and_loses_what_hides_or_reorders_them() {
        assert_eq!(clean(" An  Nguyễn\r\n\u{0}x ", 50), "An Nguyễn x");
        assert_eq!(clean("\u{202e}gnp.exe\u{200b}!", 50), "gnp.exe!");
        assert_eq!(clean("ngắn", 2), "ng");
        assert_eq!(clean("ab cd", 3), "ab");
        assert_eq!(clean(&"x".repeat(5000), 120).len(), 120);
        assert_eq!(clean("", 5), "");
    }

    #[test]
    fn percent_encoding_is_undone_where_it_is_utf8() {
        assert_eq!(percent_decode("B%C3%A1n%20h%C3%A0ng"), "Bán hàng");
        assert_eq!(percent_decode("100%"), "100%");
        assert_eq!(percent_decode("%zz%4"), "%zz%4");
        assert_eq!(percent_decode("%ff"), "%ff");
    }

    #[test]
    fn separators_are_dropped_from_numbers_only() {
        assert_eq!(dialled("+84 90-000.0001"), "+84900000001");
        assert_eq!(dialled(" (028) 7300/1001 "), "02873001001");
        assert_eq!(dialled("*43"), "*43");
        assert_eq!(dialled(" anh.nguyen "), "anh.nguyen");
    }
}
