//! States of transfers and consultations.

use super::*;

pub(super) fn all() -> Vec<Shot> {
    let mut all = dialogs();
    all.extend(consultations());
    all.extend(ways());
    all.extend(popups());
    all.extend(notices());
    all
}

fn bình() -> Party {
    Party {
        name: Some("Bình Trần".into()),
        number: "102".into(),
    }
}

fn an() -> Party {
    Party {
        name: Some("An Nguyễn".into()),
        number: "101".into(),
    }
}

fn to_bình() -> TransferTarget {
    TransferTarget {
        kind: TargetKind::Agent,
        address: "102".into(),
        name: Some("Bình Trần".into()),
    }
}

fn support() -> TransferTarget {
    TransferTarget {
        kind: TargetKind::Queue,
        address: "support".into(),
        name: Some("Support".into()),
    }
}

fn dialogs() -> Vec<Shot> {
    let many = |name, colleagues| Shot {
        colleagues,
        ..shot(name, with(vec![talking("a")]), View::Transfer)
    };
    let asked = State {
        transfers: vec![transfer(to_bình(), TransferStage::Asked)],
        ..with(vec![Call {
            actions: CallActions {
                hang_up: Some(Command::HangUp {
                    call: CallId("a".into()),
                }),
                ..CallActions::default()
            },
            hearing: hearing(Sound::Nothing, Sound::Voice),
            ..talking("a")
        }])
    };
    vec![
        many("transfer", 12),
        many("transfer-many", 2_000),
        many("transfer-nobody", 0),
        panel("transfer-asked", asked),
        Shot {
            size: (1200, 760),
            colleagues: 12,
            ..shot(
                "desk-transfer",
                with(vec![talking("a")]),
                View::DeskTransfer,
            )
        },
    ]
}

/// The customer's call and the one with Bình, in which `talks` says who is talked to.
fn consulting(phase: Phase, talks: &str, can_merge: bool) -> State {
    let y = CallId("y".into());
    let steps = |swap: Option<Command>| CallActions {
        complete_transfer: Some(Command::CompleteTransfer { call: y.clone() }),
        merge: can_merge.then(|| Command::Merge { call: y.clone() }),
        back_to_customer: Some(Command::BackToCustomer { call: y.clone() }),
        swap_to: swap,
        transfer: None,
        consult: None,
        ..talking("y").actions
    };
    let answered = matches!(phase, Phase::Talking { .. });
    let swap_to = |id: &str| {
        (answered && talks != id).then(|| Command::SwapTo {
            call: CallId(id.into()),
        })
    };
    let sound = |id: &str| {
        if talks == id && (answered || id == "x") {
            hearing(Sound::Voice, Sound::Voice)
        } else if id == "x" || answered {
            hearing(Sound::Music, Sound::Nothing)
        } else {
            hearing(Sound::Nothing, Sound::Ringback)
        }
    };
    let customer = Call {
        consultation: Some(Consultation::Customer {
            consulted: y.clone(),
        }),
        hold: Change::Confirmed {
            on: talks != "x",
            since: NOW - 32_000,
        },
        hearing: sound("x"),
        actions: steps(swap_to("x")),
        ..talking("x")
    };
    let consulted = Call {
        direction: CallDirection::Outgoing,
        remote: bình(),
        queue: None,
        hotline: None,
        consultation: Some(Consultation::Consulted {
            customer: CallId("x".into()),
        }),
        began: NOW - 32_000,
        phase,
        hearing: sound("y"),
        actions: steps(swap_to("y")),
        ..talking("y")
    };
    State {
        focus: Some(CallId(talks.into())),
        ..with(vec![customer, consulted])
    }
}

fn consultations() -> Vec<Shot> {
    let rings = Phase::RemoteRinging { early_media: false };
    let talks = Phase::Talking {
        since: NOW - 24_000,
    };
    let merged = Call {
        others: vec![bình()],
        hearing: hearing(Sound::Everybody, Sound::Everybody),
        ..talking("a")
    };
    let mut nameless = consulting(talks.clone(), "y", false);
    nameless.calls[0].remote.name = None;
    vec![
        panel("consult-rings", consulting(rings, "y", false)),
        panel("consult-talks", consulting(talks.clone(), "y", true)),
        panel("consult-swapped", consulting(talks.clone(), "x", true)),
        panel("consult-no-merge", nameless),
        panel("merged", with(vec![merged])),
        Shot {
            size: (240, 48),
            ..shot("bar-consult", consulting(talks, "y", true), View::Bar)
        },
    ]
}

fn transfer(target: TransferTarget, stage: TransferStage) -> Transfer {
    Transfer {
        id: 1,
        call: CallId("a".into()),
        customer: lan(),
        target,
        attended: false,
        began: NOW - 14_000,
        dismiss: Some(Command::DismissTransfer { transfer: 1 }),
        stage,
    }
}

fn failed(then: AfterFailure) -> TransferStage {
    TransferStage::Failed {
        why: TransferFailure::NoAnswer,
        then,
        at: NOW,
    }
}

fn ways() -> Vec<Shot> {
    let way = |name, transfer| {
        let state = State {
            transfers: vec![transfer],
            ..ready()
        };
        panel(name, state)
    };
    let since = NOW - 12_000;
    let ivr = TransferTarget {
        kind: TargetKind::Ivr,
        address: "main".into(),
        name: Some("Main menu".into()),
    };
    let sent = Call {
        direction: CallDirection::Incoming,
        remote: lan(),
        ..ended(Outcome::Transferred { target: to_bình() }, Some(161_000))
    };
    let wraps_up = State {
        transfers: vec![transfer(to_bình(), TransferStage::Ringing { since })],
        ..wrap_up(vec![sent.clone()])
    };
    let two = State {
        transfers: vec![
            transfer(to_bình(), TransferStage::Ringing { since }),
            Transfer {
                id: 2,
                ..transfer(
                    support(),
                    TransferStage::Waiting {
                        since: NOW - 95_000,
                    },
                )
            },
        ],
        ..with(vec![talking("b")])
    };
    let done = |by| TransferStage::Done { by, at: NOW };
    vec![
        way("way-trying", transfer(to_bình(), TransferStage::Trying)),
        way(
            "way-rings",
            transfer(to_bình(), TransferStage::Ringing { since }),
        ),
        way(
            "way-waits",
            transfer(support(), TransferStage::Waiting { since }),
        ),
        way("way-done", transfer(to_bình(), done(Some(bình())))),
        way("way-ivr", transfer(ivr, done(None))),
        way(
            "way-failed",
            transfer(to_bình(), failed(AfterFailure::Returns)),
        ),
        way(
            "way-silent",
            transfer(to_bình(), TransferStage::Unfollowed { at: NOW }),
        ),
        panel("way-wrap-up", wraps_up),
        panel("way-call", two),
        panel("transferred", with(vec![sent])),
    ]
}

fn popups() -> Vec<Shot> {
    let brought = |how, note: Option<&str>| Call {
        introduction: Some(Introduction {
            how,
            note: note.map(str::to_owned),
        }),
        ..ringing("a", 14_000)
    };
    let returned = brought(
        Introduced::Returned {
            from: bình(),
            why: TransferFailure::Busy,
        },
        None,
    );
    let note = "Muốn đổi hóa đơn số 1042 sang tên công ty, đã gửi mã số thuế. Ask for the order number first.";
    let transferred = brought(Introduced::Transferred { by: an() }, Some(note));
    let consults = Call {
        remote: an(),
        queue: None,
        hotline: None,
        ..brought(
            Introduced::Consults {
                about: Party {
                    name: Some("Lan".into()),
                    number: "+84900000001".into(),
                },
                gone: false,
            },
            Some(note),
        )
    };
    let answered = Call {
        introduction: transferred.introduction.clone(),
        ..talking("a")
    };
    let waiting = Call {
        id: CallId("b".into()),
        ..consults.clone()
    };
    vec![
        panel("popup-returned", with(vec![returned])),
        panel("popup-transferred", with(vec![transferred.clone()])),
        panel("popup-consults", with(vec![consults])),
        panel("popup-waiting", with(vec![talking("a"), waiting])),
        panel("introduced", with(vec![answered])),
        Shot {
            size: (240, 48),
            ..shot("bar-transferred", with(vec![transferred]), View::Bar)
        },
        Shot {
            size: (420, 640),
            ..shot(
                "customer-waits",
                with(vec![Call {
                    direction: CallDirection::Outgoing,
                    remote: Party {
                        name: None,
                        number: "+842873001001".into(),
                    },
                    hearing: hearing(Sound::Nothing, Sound::Music),
                    ..talking("a")
                }]),
                View::Customer,
            )
        },
    ]
}

fn notices() -> Vec<Shot> {
    let say = |name, troubles: Vec<Trouble>, state| {
        let notices = troubles.into_iter().enumerate();
        let notices = notices.map(|(id, trouble)| Notice {
            id: id as u64,
            at: NOW,
            call: None,
            trouble,
        });
        let state = State {
            notices: notices.collect(),
            ..state
        };
        panel(name, state)
    };
    let fails = |why, then| Trouble::TransferFailed {
        transfer: 1,
        target: to_bình(),
        why,
        then,
    };
    let place = Some(Party {
        name: Some("Sales".into()),
        number: "sales".into(),
    });
    let ended = Trouble::ConsultationEnded {
        party: bình(),
        outcome: Outcome::NoAnswer,
        back: true,
    };
    let gone = Trouble::CustomerHungUp {
        customer: lan(),
        with: bình(),
        answered: true,
    };
    let refused = Trouble::ChangeRefused {
        what: ChangeKind::Merge,
        status: 488,
    };
    vec![
        say(
            "notice-here",
            vec![fails(TransferFailure::NoAnswer, AfterFailure::StillHere)],
            with(vec![talking("a")]),
        ),
        say(
            "notice-returns",
            vec![
                fails(TransferFailure::Busy, AfterFailure::Returns),
                fails(TransferFailure::Declined, AfterFailure::Elsewhere { place }),
            ],
            ready(),
        ),
        say(
            "notice-consult",
            vec![ended, gone],
            with(vec![talking("a")]),
        ),
        say(
            "notice-rings",
            vec![fails(TransferFailure::Declined, AfterFailure::Returns)],
            consulting(Phase::RemoteRinging { early_media: false }, "y", false),
        ),
        say(
            "notice-returned",
            vec![fails(TransferFailure::Busy, AfterFailure::Returns)],
            with(vec![Call {
                introduction: Some(Introduction {
                    how: Introduced::Returned {
                        from: bình(),
                        why: TransferFailure::Busy,
                    },
                    note: None,
                }),
                ..ringing("a", 14_000)
            }]),
        ),
        say(
            "notice-merge",
            vec![refused],
            consulting(
                Phase::Talking {
                    since: NOW - 24_000,
                },
                "y",
                true,
            ),
        ),
    ]
}
