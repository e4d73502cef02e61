//! Phone numbers as people write them.

/// A phone number in E.164: visual separators go, `00` is `+`, and a leading `0` is the country's
/// own. What has neither is taken as it is, so that a short number such as `1900` is itself and no
/// other; `None` where it is no number.
pub(super) fn e164(written: &str, country_code: &str) -> Option<String> {
    let number: String = written.chars().filter(|c| !" -.()/".contains(*c)).collect();
    let digits = number.strip_prefix('+').unwrap_or(&number);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(if number.starts_with('+') {
        number
    } else if let Some(abroad) = number.strip_prefix("00") {
        format!("+{abroad}")
    } else if let Some(national) = number.strip_prefix('0') {
        format!("+{country_code}{national}")
    } else {
        format!("+{number}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_same_however_they_are_written() {
        for written in [
            "+84900000001",
            "0900000001",
            "090 000 0001",
            "(090) 000-0001",
            "0084900000001",
        ] {
            let number = e164(written, "84");
            assert_eq!(number.as_deref(), Some("+84900000001"), "{written}");
        }
        for nothing in ["", "+", "nobody", "*43", "0900x"] {
            assert_eq!(e164(nothing, "84"), None, "{nothing}");
        }
    }
}
