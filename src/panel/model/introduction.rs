//! How a call came here that somebody brought, in words.

use alo_api::Directory;
use alo_phone::language::{Call, Introduced, Party};

use super::following::failure_text;
use super::party::{called, name_of, number_of};
use crate::i18n::format::{capitalised, spaced_number};
use crate::i18n::{Catalogue, fill};

/// Who brought it, why it is back, or whom it is about. Who brought it and is still in the conversation has
/// not left it to anybody.
pub fn introduction_text(call: &Call, directory: &Directory, words: &Catalogue) -> Option<String> {
    let how = &call.introduction.as_ref()?.how;
    let is_there = |by: &Party| call.others.iter().any(|it| it.number == by.number);
    Some(match how {
        Introduced::Transferred { by } if is_there(by) => return None,
        Introduced::Transferred { by } => fill(
            words.came_transferred,
            &[("who", &called(by, directory, words))],
        ),
        Introduced::Returned { from, why } => {
            let why = failure_text(why, &called(from, directory, words), words);
            fill(words.came_back, &[("why", why.trim_end_matches('.'))])
        }
        Introduced::Consults { about, gone } => {
            let text = if *gone {
                words.came_about_gone
            } else {
                words.came_about
            };
            let who = capitalised(&called(&call.remote, directory, words));
            let about = number_and_name(about, directory, words);
            fill(text, &[("who", &who), ("customer", &about)])
        }
    })
}

/// What was written for whoever takes the call.
pub fn note_of(call: &Call) -> Option<String> {
    let note = call.introduction.as_ref()?.note.as_deref()?.trim();
    (!note.is_empty()).then(|| note.to_owned())
}

/// The number to recognise a customer by, and the name, as far as there are any.
fn number_and_name(party: &Party, directory: &Directory, words: &Catalogue) -> String {
    let number = number_of(party).map(|number| spaced_number(&number));
    match (number, name_of(party, directory)) {
        (Some(number), Some(name)) => format!("{number} ({name})"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => words.the_customer.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use alo_phone::language::{Introduction, TransferFailure};

    use super::*;
    use crate::i18n::EN;
    use crate::panel::model::samples::{directory, ringing};

    fn party(name: Option<&str>, number: &str) -> Party {
        Party {
            name: name.map(str::to_owned),
            number: number.to_owned(),
        }
    }

    fn say(how: Introduced) -> String {
        let mut call = ringing("a");
        call.remote = party(None, "102");
        call.introduction = Some(Introduction { how, note: None });
        introduction_text(&call, &directory(), &EN).expect("it was brought")
    }

    #[test]
    fn a_call_says_how_it_came() {
        let by = party(Some("An Nguyễn"), "101");
        assert_eq!(
            say(Introduced::Transferred { by }),
            "Transferred by An Nguyễn"
        );
        let back = Introduced::Returned {
            from: party(None, "103"),
            why: TransferFailure::Busy,
        };
        assert_eq!(say(back), "Back: Chi Lê is busy");
        let about = |gone| Introduced::Consults {
            about: party(Some("Lan"), "+84900000001"),
            gone,
        };
        assert_eq!(
            say(about(false)),
            "Bình Trần asks about +84 90 000 0001 (Lan)"
        );
        assert!(say(about(true)).ends_with("The customer hung up."));
        let web = |name| Introduced::Consults {
            about: party(name, "guest-1a2b"),
            gone: false,
        };
        assert_eq!(say(web(Some("Lan"))), "Bình Trần asks about Lan");
        assert_eq!(say(web(None)), "Bình Trần asks about the customer");
        assert_eq!(introduction_text(&ringing("a"), &directory(), &EN), None);
    }

    #[test]
    fn who_is_still_there_has_transferred_nothing() {
        let mut call = ringing("a");
        let by = party(Some("An Nguyễn"), "101");
        call.others = vec![by.clone()];
        let how = Introduced::Transferred { by };
        call.introduction = Some(Introduction { how, note: None });
        assert_eq!(introduction_text(&call, &directory(), &EN), None);
        call.others.clear();
        assert!(introduction_text(&call, &directory(), &EN).is_some());
    }

    #[test]
    fn a_note_of_blanks_is_none() {
        let mut call = ringing("a");
        assert_eq!(note_of(&call), None);
        call.introduction = Some(Introduction {
            how: Introduced::Transferred {
                by: party(None, "101"),
            },
            note: Some(" \n".into()),
        });
        assert_eq!(note_of(&call), None);
    }
}
