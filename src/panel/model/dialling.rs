//! From what was typed to whom is called.

use alo_api::{Directory, DirectoryAgent};
use alo_phone::language::Command;

/// At most this many suggestions are shown.
pub const SUGGESTIONS: usize = 4;

/// Colleagues that fit what was typed: extensions that begin with it, and names with a word that
/// begins with it, whatever the case and the accents.
pub fn suggestions<'a>(
    typed: &str,
    directory: &'a Directory,
    own_extension: &str,
) -> Vec<&'a DirectoryAgent> {
    let wanted = fold(typed.trim());
    if wanted.is_empty() {
        return Vec::new();
    }
    let others = directory
        .agents
        .iter()
        .filter(|agent| agent.extension != own_extension);
    others
        .filter(|agent| fits(agent, &wanted))
        .take(SUGGESTIONS)
        .collect()
}

/// Whether a colleague fits the (folded) words.
pub fn fits(agent: &DirectoryAgent, wanted: &str) -> bool {
    is_found(&agent.extension, &agent.name, wanted)
}

/// Whether an address or the beginning of a word of a name fits the (folded) words.
pub fn is_found(address: &str, name: &str, wanted: &str) -> bool {
    let name = fold(name);
    address.starts_with(wanted)
        || name.starts_with(wanted)
        || name.split(' ').any(|word| word.starts_with(wanted))
}

/// Whom to call: the number as the wire wants it, `None` while what was typed names nobody.
///
/// A number may hold spaces, dots, hyphens and brackets; a name is taken when exactly one
/// colleague fits it; anything with an `@` is a SIP address and stays as it is.
pub fn target(typed: &str, directory: &Directory, own_extension: &str) -> Option<String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return None;
    }
    if typed.contains('@') {
        return Some(typed.to_owned());
    }
    if let Some(number) = number(typed) {
        return Some(number);
    }
    match suggestions(typed, directory, own_extension).as_slice() {
        [only] => Some(only.extension.clone()),
        _ => None,
    }
}

/// The bare number of a text that is one.
fn number(typed: &str) -> Option<String> {
    let mut bare = String::with_capacity(typed.len());
    for letter in typed.chars() {
        match letter {
            '0'..='9' | '*' | '#' => bare.push(letter),
            '+' if bare.is_empty() => bare.push(letter),
            ' ' | '.' | '-' | '(' | ')' | '/' | '\u{a0}' => {}
            _ => return None,
        }
    }
    (bare.len() > usize::from(bare.starts_with('+'))).then_some(bare)
}

/// The command for a call, made of the template in the state.
///
/// A call to a colleague (or a short code) stays inside and shows the own extension, so it goes
/// out from no hotline.
pub fn dial(template: &Command, target: String, hotline: Option<String>, video: bool) -> Command {
    let inside = !target.starts_with('+') && target.len() < 7;
    match template {
        Command::Dial { .. } => Command::Dial {
            target,
            hotline: hotline.filter(|number| !inside && !number.is_empty()),
            video,
        },
        other => other.clone(),
    }
}

/// The sign of a key press that numbers are made of.
pub fn dial_key(key: &str) -> Option<char> {
    let mut letters = key.chars();
    match (letters.next(), letters.next()) {
        (Some(letter @ ('0'..='9' | '*' | '#' | '+')), None) => Some(letter),
        _ => None,
    }
}

/// Small letters without accents, so that `binh` finds `Bình` and `dung` finds `Dũng`.
pub fn fold(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(base)
        .collect()
}

/// The letter below the accents of Vietnamese (composed characters, as keyboards type them).
fn base(letter: char) -> char {
    match letter {
        'à' | 'á' | 'ả' | 'ã' | 'ạ' | 'ă' | 'ằ' | 'ắ' | 'ẳ' | 'ẵ' | 'ặ' | 'â' | 'ầ' | 'ấ' | 'ẩ'
        | 'ẫ' | 'ậ' => 'a',
        'è' | 'é' | 'ẻ' | 'ẽ' | 'ẹ' | 'ê' | 'ề' | 'ế' | 'ể' | 'ễ' | 'ệ' => 'e',
        'ì' | 'í' | 'ỉ' | 'ĩ' | 'ị' => 'i',
        'ò' | 'ó' | 'ỏ' | 'õ' | 'ọ' | 'ô' | 'ồ' | 'ố' | 'ổ' | 'ỗ' | 'ộ' | 'ơ' | 'ờ' | 'ớ' | 'ở'
        | 'ỡ' | 'ợ' => 'o',
        'ù' | 'ú' | 'ủ' | 'ũ' | 'ụ' | 'ư' | 'ừ' | 'ứ' | 'ử' | 'ữ' | 'ự' => 'u',
        'ỳ' | 'ý' | 'ỷ' | 'ỹ' | 'ỵ' => 'y',
        'đ' => 'd',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panel::model::samples::directory;

    #[test]
    fn colleagues_are_found_by_name_or_extension_without_accents() {
        let directory = directory();
        let found = |typed| {
            suggestions(typed, &directory, "101")
                .iter()
                .map(|agent| agent.extension.as_str())
                .collect::<Vec<_>>()
        };
        assert_eq!(found("binh"), ["102"]);
        assert_eq!(found("Trần"), ["102"]);
        assert_eq!(found("dũng p"), ["104"]);
        assert_eq!(found("10"), ["102", "103", "104"], "not oneself");
        assert!(found("").is_empty());
        assert!(found("ình").is_empty(), "the beginning of a word");
    }

    #[test]
    fn what_is_typed_becomes_a_target() {
        let directory = directory();
        let to = |typed| target(typed, &directory, "101");
        assert_eq!(to("+84 90 000 0001").as_deref(), Some("+84900000001"));
        assert_eq!(to("(028) 7300-1001").as_deref(), Some("02873001001"));
        assert_eq!(to("*43").as_deref(), Some("*43"));
        assert_eq!(to("binh").as_deref(), Some("102"));
        assert_eq!(
            to("sip:x@example.org").as_deref(),
            Some("sip:x@example.org")
        );
        assert_eq!(to("nobody"), None);
        assert_eq!(to("+"), None);
        assert_eq!(to("1+2"), None);
        assert_eq!(to("  "), None);
    }

    #[test]
    fn only_calls_to_the_outside_go_out_from_a_hotline() {
        let template = Command::Dial {
            target: String::new(),
            hotline: None,
            video: false,
        };
        let hotline =
            |target: &str| match dial(&template, target.into(), Some("+8428".into()), false) {
                Command::Dial { hotline, .. } => hotline,
                _ => None,
            };
        assert_eq!(hotline("+84900000001").as_deref(), Some("+8428"));
        assert_eq!(hotline("0900000001").as_deref(), Some("+8428"));
        assert_eq!(hotline("102"), None);
        assert_eq!(hotline("*43"), None);
    }

    #[test]
    fn dial_keys_are_what_numbers_are_made_of() {
        assert_eq!(dial_key("7"), Some('7'));
        assert_eq!(dial_key("+"), Some('+'));
        assert_eq!(dial_key("#"), Some('#'));
        assert_eq!(dial_key("Enter"), None);
        assert_eq!(dial_key("F1"), None);
    }
}
