//! The catalogues agree with each other, and no text stands outside them.

use super::format::{clock, initials, number_groups, percent, seconds_until, short_clock};
use super::*;

/// Places of a text, in any order.
fn places(text: &str) -> Vec<String> {
    let mut found: Vec<String> = text
        .split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'))
        .map(|(name, _)| name.to_lowercase())
        .collect();
    found.sort();
    found.dedup();
    found
}

#[test]
fn every_text_has_the_same_places_in_both_languages() {
    for ((key, english), (other, vietnamese)) in EN.entries().into_iter().zip(VI.entries()) {
        assert_eq!(key, other);
        assert!(
            !english.is_empty() && !vietnamese.is_empty(),
            "{key} is empty"
        );
        assert_eq!(places(english), places(vietnamese), "places of {key}");
    }
}

#[test]
fn the_contact_centres_own_words_are_used() {
    assert_eq!(VI.mute, "Ngắt tiếng");
    assert_eq!(VI.hold, "Giữ máy");
    assert_eq!(VI.keypad, "Bàn phím số");
    assert_eq!(VI.transfer, "Chuyển cuộc gọi");
    assert_eq!(VI.queue, "Hàng đợi");
}

/// Letters between tags, or in an attribute that people read, would be a text outside the
/// catalogue. Views quote their text, so any quoted string with a letter in it that is not an
/// attribute value is one.
#[test]
#[cfg(not(target_arch = "wasm32"))]
fn no_visible_text_stands_outside_the_catalogue() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut looked_at = 0;
    let mut found = Vec::new();
    for folder in ["components", "dialogs", "pages", "panel"] {
        let mut waiting = vec![source.join(folder)];
        while let Some(path) = waiting.pop() {
            if path.is_dir() {
                let entries = std::fs::read_dir(&path).expect("a folder of the sources");
                waiting.extend(entries.map(|entry| entry.expect("an entry").path()));
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                looked_at += 1;
                let text = std::fs::read_to_string(&path).expect("a source file");
                found.extend(
                    visible_strings(&text).map(|line| format!("{}: {line}", path.display())),
                );
            }
        }
    }
    assert!(looked_at > 20, "only {looked_at} files were looked at");
    assert!(found.is_empty(), "{found:#?}");
}

/// Lines of a view that show a literal: a string that stands alone, that follows `>`, or that is
/// the value of an attribute which people read or hear.
#[cfg(not(target_arch = "wasm32"))]
fn visible_strings(source: &str) -> impl Iterator<Item = String> {
    let views = source.split("#[cfg(test)]").next().unwrap_or_default();
    views
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("//"))
        .filter(|line| {
            let alone = line.starts_with('"') && line.ends_with('"');
            let after_tag = line.split_once(">\"").map(|(_, text)| text);
            let attribute = ["aria-label=\"", "title=\"", "placeholder=\"", "alt=\""]
                .iter()
                .find_map(|name| line.split_once(name).map(|(_, text)| text));
            let text = if alone {
                Some(&line[1..])
            } else {
                after_tag.or(attribute)
            };
            text.and_then(|text| text.split_once('"'))
                .is_some_and(|(text, _)| text.chars().any(char::is_alphabetic))
        })
        .map(str::to_owned)
        .collect::<Vec<_>>()
        .into_iter()
}

#[test]
#[cfg(not(target_arch = "wasm32"))]
fn the_search_for_visible_text_finds_some() {
    let source =
        "<p>\"Hello\"</p>\n\"Alone\"\n<p aria-label=\"Spoken\"/>\n<p class=\"quiet\">\"·\"</p>";
    assert_eq!(visible_strings(source).count(), 3);
}

#[test]
fn a_language_is_chosen_from_the_wishes() {
    assert_eq!(Language::choose(["fr", "vi-VN", "en"]), Language::Vi);
    assert_eq!(Language::choose(["en-GB", "vi"]), Language::En);
    assert_eq!(Language::choose(["fr"]), Language::En);
    assert_eq!(Language::from_tag("VI_vn"), Some(Language::Vi));
    assert_eq!(Language::from_tag("vie"), None);
}

#[test]
fn places_are_filled() {
    assert_eq!(fill("{who} rings", &[("who", "lan")]), "lan rings");
    assert_eq!(
        fill("{Who} rings", &[("who", "the customer")]),
        "The customer rings"
    );
    assert_eq!(fill("{Who} gọi", &[("who", "đức")]), "Đức gọi");
    assert_eq!(fill("{other} {who", &[("who", "x")]), "{other} {who");
    // What is filled in is text: places inside it are not filled again.
    assert_eq!(fill("{a}{b}", &[("a", "{b}"), ("b", "x")]), "{b}x");
}

#[test]
fn times_read_as_on_a_clock() {
    assert_eq!(clock(161_999), "02:41");
    assert_eq!(clock(3_761_000), "1:02:41");
    assert_eq!(short_clock(18_000), "0:18");
    assert_eq!(short_clock(754_000), "12:34");
    assert_eq!(seconds_until(1_000, 1_001), 1);
    assert_eq!(seconds_until(2_000, 1_000), 0);
}

#[test]
fn numbers_are_read_in_groups_and_stay_the_same() {
    assert_eq!(number_groups("+84900000001"), ["+84", "90", "000", "0001"]);
    assert_eq!(
        number_groups("+842873001001"),
        ["+84", "28", "7300", "1001"]
    );
    assert_eq!(number_groups("102"), ["102"]);
    assert_eq!(number_groups("guest-12345678"), ["guest-12345678"]);
    for number in [
        "+4930123456789012345678",
        "0901234567",
        "12345678",
        "+84",
        "",
    ] {
        assert_eq!(number_groups(number).concat(), number);
    }
}

#[test]
fn a_decimal_has_the_mark_of_its_language() {
    assert_eq!(percent(15, &EN), "1.5 %");
    assert_eq!(percent(3, &VI), "0,3 %");
}

#[test]
fn faces_have_initials() {
    assert_eq!(initials("Lan Phạm"), "LP");
    assert_eq!(initials("đức"), "Đ");
    assert_eq!(initials("An Thị Nguyễn"), "AN");
    assert_eq!(initials("..."), "");
}
