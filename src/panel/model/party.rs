//! How the other end of a call is called.

use alo_api::Directory;
use alo_phone::language::{Call, CallDirection, Party, TransferTarget};

use crate::i18n::Catalogue;
use crate::i18n::format::spaced_number;

/// The name of a party: its own, or the one that the directory has for its number.
pub fn name_of(party: &Party, directory: &Directory) -> Option<String> {
    let own = party.name.as_deref().map(str::trim);
    own.filter(|name| !name.is_empty() && *name != party.number)
        .map(str::to_owned)
        .or_else(|| listed_name(&party.number, directory))
}

/// The name that the directory has for a number: of a colleague, a hotline, a queue or an IVR tree.
pub fn listed_name(number: &str, directory: &Directory) -> Option<String> {
    let agents = directory.agents.iter().map(|it| (&it.extension, &it.name));
    let hotlines = directory.hotlines.iter().map(|it| (&it.number, &it.name));
    let queues = directory.queues.iter().map(|it| (&it.id, &it.name));
    let ivrs = directory.ivrs.iter().map(|it| (&it.id, &it.name));
    let mut all = agents.chain(hotlines).chain(queues).chain(ivrs);
    let found = all.find(|(address, _)| *address == number);
    found.map(|(_, name)| name.clone())
}

/// Whether this number is a place of the call centre, behind which a menu speaks, music plays or
/// somebody talks: the far end is connected in any of these cases, and does not say which.
pub fn is_place(number: &str, directory: &Directory) -> bool {
    let hotline = directory.hotlines.iter().any(|it| it.number == number);
    let queue = directory.queues.iter().any(|it| it.id == number);
    hotline || queue || directory.ivrs.iter().any(|it| it.id == number)
}

/// Name, else number, else a word for somebody without either: what a heading or a region says.
pub fn title_of(party: &Party, directory: &Directory, words: &Catalogue) -> String {
    name_of(party, directory).unwrap_or_else(|| {
        if party.number.is_empty() {
            words.unknown_caller.to_owned()
        } else if is_guest(&party.number) {
            words.web_caller.to_owned()
        } else {
            party.number.clone()
        }
    })
}

/// The number to show below a name; `None` where there is none that says anything.
pub fn number_of(party: &Party) -> Option<String> {
    let shown = !party.number.is_empty() && !is_guest(&party.number);
    shown.then(|| party.number.clone())
}

/// Callers from a web page have a made-up user name instead of a number.
fn is_guest(number: &str) -> bool {
    number.starts_with("guest-")
}

/// What a sentence calls the other end: its name, else "the customer" where one called in, else
/// the number.
pub fn subject_of(call: &Call, directory: &Directory, words: &Catalogue) -> String {
    if let Some(name) = name_of(&call.remote, directory) {
        return name;
    }
    let number = &call.remote.number;
    let called_in = call.direction == CallDirection::Incoming
        && (call.queue.is_some()
            || number.is_empty()
            || number.starts_with('+')
            || is_guest(number));
    if called_in {
        words.the_customer.to_owned()
    } else {
        spaced_number(number)
    }
}

/// What a sentence calls somebody: the name, else the number, else "the customer" for somebody who calls
/// from a web page.
pub fn called(party: &Party, directory: &Directory, words: &Catalogue) -> String {
    let number = || number_of(party).map(|number| spaced_number(&number));
    name_of(party, directory)
        .or_else(number)
        .unwrap_or_else(|| words.the_customer.to_owned())
}

/// What a sentence calls a customer: the name, else "the customer".
pub fn customer(party: &Party, directory: &Directory, words: &Catalogue) -> String {
    name_of(party, directory).unwrap_or_else(|| words.the_customer.to_owned())
}

/// What a sentence calls the target of a transfer.
pub fn target_title(target: &TransferTarget, directory: &Directory, words: &Catalogue) -> String {
    let party = Party {
        name: target.name.clone(),
        number: target.address.clone(),
    };
    called(&party, directory, words)
}

/// What the chip of a call says: the queue it came from, else the name or number of the hotline.
pub fn line_of(call: &Call, directory: &Directory) -> Option<String> {
    let queue = call.queue.as_ref().and_then(|facts| facts.name.clone());
    queue.or_else(|| {
        call.hotline
            .as_ref()
            .map(|number| listed_name(number, directory).unwrap_or_else(|| number.clone()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::EN;
    use crate::panel::model::samples::{call, directory};

    fn party(name: Option<&str>, number: &str) -> Party {
        Party {
            name: name.map(str::to_owned),
            number: number.to_owned(),
        }
    }

    #[test]
    fn a_name_comes_from_the_network_or_the_directory() {
        let directory = directory();
        let title = |name, number| title_of(&party(name, number), &directory, &EN);
        assert_eq!(title(Some("Lan Phạm"), "+84901234567"), "Lan Phạm");
        assert_eq!(title(None, "102"), "Bình Trần");
        assert_eq!(title(Some("102"), "102"), "Bình Trần");
        assert_eq!(title(Some("  "), "+84901234567"), "+84901234567");
        assert_eq!(title(None, ""), "Unknown caller");
        assert_eq!(title(None, "guest-1a2b"), "Web caller");
        assert_eq!(number_of(&party(None, "guest-1a2b")), None);
    }

    #[test]
    fn a_caller_without_a_name_is_the_customer() {
        let directory = directory();
        let mut call = call("a");
        call.remote = party(None, "+84901234567");
        assert_eq!(subject_of(&call, &directory, &EN), "the customer");
        call.remote = party(None, "199");
        call.queue = None;
        assert_eq!(subject_of(&call, &directory, &EN), "199");
        call.direction = CallDirection::Outgoing;
        call.remote = party(None, "+84900000002");
        assert_eq!(subject_of(&call, &directory, &EN), "+84 90 000 0002");
    }
}
