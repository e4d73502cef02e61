//! Why the phone does not carry out what was asked for, in words.

use alo_phone::phone::Refusal;

use crate::i18n::Catalogue;

/// The sentence.
pub fn refusal_text(refusal: &Refusal, words: &Catalogue) -> &'static str {
    match refusal {
        Refusal::NotConnected | Refusal::SignedOut => words.refused_not_connected,
        Refusal::TooManyCalls => words.refused_too_many,
        Refusal::NotANumber => words.number_bad,
        Refusal::NoteTooLong => words.note_too_long,
        _ => words.refused_not_now,
    }
}
