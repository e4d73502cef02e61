//! Where a call can be transferred to: in which order, and why not.

use alo_api::Directory;
use alo_phone::language::{
    Call, Command, PersonPresence, PersonStatus, QueueLoad, TargetKind, TransferTarget,
};

use super::dialling::{fold, is_found, target};
use super::party::listed_name;
use super::people::{Known, ranked, status_word};
use crate::i18n::{Catalogue, fill};

/// The tabs, in their order.
pub const KINDS: [TargetKind; 4] = [
    TargetKind::Agent,
    TargetKind::Number,
    TargetKind::Queue,
    TargetKind::Ivr,
];

/// So many bytes a note may have, as the phone's own default limit
/// ([`Limits::note`](alo_phone::phone::Limits::note)) has it.
pub const NOTE: usize = 256;

/// From so many bytes left on it is said how many.
const NEAR: usize = 64;

/// Whom a call can be transferred to, as far as a search finds them: those that were used last, then
/// those who can take a call or of whom nothing is known, then the others. Those that are in the call
/// are left out.
pub fn agents(
    directory: &Directory,
    wanted: &str,
    known: &Known,
    last: &[String],
    present: &[String],
) -> Vec<String> {
    ranked(directory, wanted, &|extension| {
        if present.iter().any(|it| it == extension) {
            return None;
        }
        let used = last.iter().position(|it| it == extension);
        let busy = known.get(extension) == Some(&false);
        Some(used.unwrap_or(last.len() + usize::from(busy)))
    })
}

/// Ids of the queues or IVR trees that a search finds, those that were used last first.
pub fn places(
    directory: &Directory,
    kind: TargetKind,
    wanted: &str,
    last: &[String],
) -> Vec<String> {
    let wanted = fold(wanted.trim());
    let all = named(directory, kind);
    let mut found: Vec<&str> = all
        .iter()
        .filter(|(id, name)| is_found(id, name, &wanted))
        .map(|(id, _)| *id)
        .collect();
    // The others stay as the directory has them.
    found.sort_by_key(|id| last.iter().position(|it| it == id).unwrap_or(last.len()));
    found.into_iter().map(str::to_owned).collect()
}

/// Address and name of everything of a kind that the directory has.
fn named(directory: &Directory, kind: TargetKind) -> Vec<(&str, &str)> {
    match kind {
        TargetKind::Queue => {
            let queues = directory.queues.iter();
            queues.map(|it| (&*it.id, &*it.name)).collect()
        }
        TargetKind::Ivr => {
            let ivrs = directory.ivrs.iter();
            ivrs.map(|it| (&*it.id, &*it.name)).collect()
        }
        TargetKind::Agent | TargetKind::Number => {
            let agents = directory.agents.iter();
            agents.map(|it| (&*it.extension, &*it.name)).collect()
        }
    }
}

/// A target with the name that the directory has for it.
pub fn target_of(kind: TargetKind, address: &str, directory: &Directory) -> TransferTarget {
    let all = named(directory, kind);
    let found = all.into_iter().find(|(it, _)| *it == address);
    TransferTarget {
        kind,
        address: address.to_owned(),
        name: found
            .map(|(_, name)| name.to_owned())
            .or_else(|| listed_name(address, directory)),
    }
}

/// Why a colleague cannot take a call; `None` where that is not known, too.
pub fn why_not(
    presence: Option<&PersonPresence>,
    directory: &Directory,
    words: &Catalogue,
) -> Option<String> {
    let status = &presence?.status;
    (*status != PersonStatus::Available).then(|| status_word(status, directory, words))
}

/// How busy a queue is.
pub fn load_text(load: QueueLoad, words: &Catalogue) -> String {
    let (waiting, free) = (load.waiting.to_string(), load.free.to_string());
    fill(words.queue_load, &[("waiting", &waiting), ("free", &free)])
}

/// Who is in the call, by number or extension: this phone's own person, too.
pub fn present(call: &Call, own: &str) -> Vec<String> {
    let others = call.others.iter().chain([&call.remote]);
    let mut present: Vec<String> = others.map(|party| party.number.clone()).collect();
    present.push(own.to_owned());
    present
}

/// What was typed, as a target; else what is wrong with it.
///
/// # Errors
/// The sentence to show.
pub fn typed_target(
    typed: &str,
    directory: &Directory,
    own: &str,
    present: &[String],
    words: &'static Catalogue,
) -> Result<TransferTarget, &'static str> {
    let address = target(typed, directory, own).ok_or(if typed.trim().is_empty() {
        words.number_missing
    } else {
        words.number_bad
    })?;
    if address == own {
        Err(words.number_own)
    } else if present.contains(&address) {
        Err(words.number_present)
    } else {
        Ok(target_of(TargetKind::Number, &address, directory))
    }
}

/// Whether a number is one of the telephone network, which is called from a hotline.
pub fn is_outside(address: &str) -> bool {
    address.starts_with('+') || address.len() >= 7
}

/// The command for a transfer or a consultation, made of its template.
pub fn filled_in(template: Command, to: TransferTarget, written: &str) -> Command {
    let written = written.trim();
    let text = (!written.is_empty()).then(|| written.to_owned());
    match template {
        Command::Transfer { call, .. } => Command::Transfer {
            call,
            target: to,
            note: text,
        },
        Command::Consult { call, .. } => Command::Consult {
            call,
            target: to,
            note: text,
        },
        other => other,
    }
}

/// How many bytes of a note are left, where there are not many any more; negative when there are too
/// many of them.
pub fn left_of_note(note: &str) -> Option<i64> {
    let used = note.trim().len();
    // Notes are far from that long.
    let left = i64::try_from(NOTE).ok()? - i64::try_from(used).ok()?;
    (used + NEAR >= NOTE).then_some(left)
}

#[cfg(test)]
mod tests {
    use alo_api::{DirectoryIvr, DirectoryQueue};
    use alo_phone::language::{CallId, Party};

    use super::*;
    use crate::i18n::EN;
    use crate::panel::model::samples::{call, directory};

    fn texts(all: &[&str]) -> Vec<String> {
        all.iter().map(|it| (*it).to_owned()).collect()
    }

    #[test]
    fn whoever_can_take_the_call_stands_before_whoever_cannot() {
        let known = Known::from([("102".into(), false), ("104".into(), true)]);
        let order = |last: &[&str], present: &[&str]| {
            agents(&directory(), "", &known, &texts(last), &texts(present)).join(" ")
        };
        assert_eq!(
            order(&[], &["101"]),
            "103 104 102",
            "of 103 nothing is known"
        );
        assert_eq!(order(&["104", "102"], &["101"]), "104 102 103");
        assert_eq!(order(&[], &["101", "103"]), "104 102");
        let found = agents(&directory(), "le", &known, &[], &[]);
        assert_eq!(found, ["103"], "without accents");
    }

    fn with_places() -> Directory {
        let queue = |id: &str, name: &str| DirectoryQueue {
            id: id.into(),
            name: name.into(),
        };
        Directory {
            queues: vec![queue("sales", "Bán hàng"), queue("vip", "VIP")],
            ivrs: vec![DirectoryIvr {
                id: "main".into(),
                name: "Main menu".into(),
            }],
            ..directory()
        }
    }

    #[test]
    fn places_are_found_by_name_or_id_and_the_last_used_comes_first() {
        let all = with_places();
        let queues = |wanted: &str, last: &[&str]| {
            places(&all, TargetKind::Queue, wanted, &texts(last)).join(" ")
        };
        assert_eq!(queues("", &[]), "sales vip");
        assert_eq!(queues("", &["gone", "vip"]), "vip sales");
        assert_eq!(queues("ban", &[]), "sales");
        assert_eq!(places(&all, TargetKind::Ivr, "menu", &[]), ["main"]);
        let vip = target_of(TargetKind::Queue, "vip", &all);
        assert_eq!(vip.name.as_deref(), Some("VIP"));
    }

    #[test]
    fn what_is_typed_is_a_number_an_extension_or_named_as_wrong() {
        let present = texts(&["+84901234567", "101", "103"]);
        let of = |typed| typed_target(typed, &directory(), "101", &present, &EN);
        let outside = of("+84 90 000 0001").expect("a number");
        assert_eq!(outside.address, "+84900000001");
        assert!(is_outside(&outside.address));
        let inside = of("102").expect("an extension");
        assert_eq!(inside.name.as_deref(), Some("Bình Trần"));
        assert!(!is_outside(&inside.address));
        assert_eq!(of("call me"), Err(EN.number_bad));
        assert_eq!(of(" "), Err(EN.number_missing));
        assert_eq!(of("101"), Err(EN.number_own));
        assert_eq!(of("+84 901 234 567"), Err(EN.number_present));
    }

    #[test]
    fn a_template_is_filled_in_and_a_blank_note_is_none() {
        let template = Command::Consult {
            call: CallId("a".into()),
            target: target_of(TargetKind::Agent, "", &directory()),
            note: None,
        };
        let bình = target_of(TargetKind::Agent, "102", &directory());
        let Command::Consult { call, target, note } = filled_in(template, bình, "  ") else {
            panic!("a consultation stays one")
        };
        assert_eq!(call, CallId("a".into()));
        assert_eq!(target.name.as_deref(), Some("Bình Trần"));
        assert_eq!(note, None);
    }

    #[test]
    fn bytes_are_counted_when_there_are_few_left() {
        assert_eq!(left_of_note("Wants the invoice again"), None);
        assert_eq!(left_of_note(&"a".repeat(200)), Some(56));
        assert_eq!(left_of_note(&"ế".repeat(86)), Some(-2), "three bytes each");
    }

    #[test]
    fn everybody_in_the_call_is_left_out() {
        let mut merged = call("a");
        merged.others = vec![Party {
            name: None,
            number: "102".into(),
        }];
        assert_eq!(present(&merged, "101"), ["102", "+84901234567", "101"]);
    }

    #[test]
    fn only_what_is_known_keeps_a_colleague_from_a_call() {
        let is = |status| PersonPresence {
            extension: "102".into(),
            status,
            since: Some(1_000),
            queue: None,
        };
        let why = |presence: Option<PersonPresence>| why_not(presence.as_ref(), &directory(), &EN);
        assert_eq!(why(None), None);
        assert_eq!(why(Some(is(PersonStatus::Available))), None);
        let busy = why(Some(is(PersonStatus::InCall)));
        assert_eq!(
            busy.as_deref(),
            Some("In a call"),
            "without a time that counts"
        );
    }
}
