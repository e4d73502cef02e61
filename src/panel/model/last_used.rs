//! The targets that calls were transferred to last: kind and address alone, one a line.

use alo_phone::language::{TargetKind, TransferTarget};

/// So many of each kind are kept.
pub const LAST_USED: usize = 3;

/// The addresses of a kind, the newest first.
pub fn last_used(kept: &str, kind: TargetKind) -> Vec<String> {
    let lines = kept.lines().filter_map(|line| line.split_once(' '));
    let found = lines.filter(|(name, _)| *name == name_of(kind));
    found.map(|(_, address)| address.to_owned()).collect()
}

/// What is to be kept once this target was used, too.
pub fn with_used(kept: &str, target: &TransferTarget) -> String {
    let mut text = line(target.kind, &target.address);
    for kind in super::targets::KINDS {
        let new = (kind == target.kind).then_some(target.address.as_str());
        let room = LAST_USED - usize::from(new.is_some());
        let old = last_used(kept, kind);
        let old = old.iter().filter(|it| Some(it.as_str()) != new);
        text.extend(old.take(room).map(|address| line(kind, address)));
    }
    text
}

fn line(kind: TargetKind, address: &str) -> String {
    format!("{} {address}\n", name_of(kind))
}

/// The word that is kept for a kind.
fn name_of(kind: TargetKind) -> &'static str {
    match kind {
        TargetKind::Agent => "agent",
        TargetKind::Number => "number",
        TargetKind::Queue => "queue",
        TargetKind::Ivr => "ivr",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(kept: &str, kind: TargetKind, address: &str) -> String {
        let target = TransferTarget {
            kind,
            address: address.into(),
            name: Some("never kept".into()),
        };
        with_used(kept, &target)
    }

    #[test]
    fn the_three_newest_of_each_kind_are_kept_without_a_name() {
        let mut kept = String::new();
        for extension in ["102", "103", "104", "103", "105"] {
            kept = used(&kept, TargetKind::Agent, extension);
        }
        kept = used(&kept, TargetKind::Queue, "sales");
        assert_eq!(last_used(&kept, TargetKind::Agent), ["105", "103", "104"]);
        assert_eq!(last_used(&kept, TargetKind::Queue), ["sales"]);
        assert!(!kept.contains("never"), "{kept}");
    }

    #[test]
    fn what_somebody_else_wrote_there_is_passed_over() {
        assert!(last_used("agent\n102\nrobot 7", TargetKind::Agent).is_empty());
    }
}
