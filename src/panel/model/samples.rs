//! Calls and a directory for the tests of the model.

use alo_api::{Directory, DirectoryAgent, Hotline};
use alo_phone::language::{
    Call, CallActions, CallDirection, CallId, Change, Hearing, Outcome, Party, Phase, Sound,
    VideoState,
};

/// An incoming call that talks.
pub(crate) fn call(id: &str) -> Call {
    Call {
        id: CallId(id.into()),
        direction: CallDirection::Incoming,
        remote: Party {
            name: Some("Lan Phạm".into()),
            number: "+84901234567".into(),
        },
        hotline: Some("+842873001001".into()),
        queue: None,
        others: Vec::new(),
        introduction: None,
        consultation: None,
        began: 1_000,
        phase: Phase::Talking { since: 5_000 },
        hold: Change::Confirmed {
            on: false,
            since: 5_000,
        },
        held_by_remote: false,
        muted: false,
        hearing: Hearing {
            to_remote: Sound::Voice,
            from_remote: Sound::Voice,
        },
        recovery: None,
        quality: None,
        video: VideoState::default(),
        digits_pending: 0,
        actions: CallActions::default(),
    }
}

/// A call that rings here.
pub(crate) fn ringing(id: &str) -> Call {
    Call {
        phase: Phase::Ringing { answer_by: None },
        ..call(id)
    }
}

/// A call that is over.
pub(crate) fn ended(id: &str) -> Call {
    Call {
        phase: Phase::Ended {
            outcome: Outcome::HungUpThere,
            at: 9_000,
            talked: Some(4_000),
        },
        ..call(id)
    }
}

/// The people and hotlines of the demo.
pub(crate) fn directory() -> Directory {
    let agent = |extension: &str, name: &str| DirectoryAgent {
        extension: extension.into(),
        name: name.into(),
    };
    Directory {
        agents: vec![
            agent("101", "An Nguyễn"),
            agent("102", "Bình Trần"),
            agent("103", "Chi Lê"),
            agent("104", "Dũng Phạm"),
        ],
        hotlines: vec![Hotline {
            number: "+842873001001".into(),
            name: "Sales".into(),
        }],
        ..Directory::default()
    }
}
