//! The machine of a transfer by itself.

use alo_sip::status::StatusCode;

use super::{Input, Journey, Output, Told};
use crate::language::{AfterFailure, Millis, Party, TransferFailure, TransferStage};
use crate::phone::Times;

/// A transfer, the time, and whether the customer's call is still here.
struct Story {
    journey: Journey,
    times: Times,
    now: Millis,
    here: bool,
}

impl Story {
    fn begin() -> Self {
        let times = Times::default();
        Self {
            journey: Journey::begin(1, 0, &times),
            times,
            now: 0,
            here: true,
        }
    }

    /// The far end took it, and the customer is gone from here.
    fn taken() -> Self {
        let mut story = Self::begin();
        assert_eq!(story.hears(Input::Taken { followed: true }), []);
        story.here = false;
        story
    }

    fn hears(&mut self, input: Input) -> Vec<Output> {
        self.journey
            .step(self.now, &self.times, 120, self.here, input)
    }

    fn is_told(&mut self, status: StatusCode) -> Vec<Output> {
        self.hears(Input::Progress(told(status, None)))
    }

    /// Lets time pass until it wakes up by itself.
    fn wakes(&mut self) -> Vec<Output> {
        let at = self.journey.wakes_at().expect("it wakes up by itself");
        assert!(at > self.now);
        self.now = at - 1;
        assert_eq!(self.hears(Input::Timeout), [], "not earlier");
        self.now = at;
        self.hears(Input::Timeout)
    }

    fn refused(&mut self, status: StatusCode) -> Vec<Output> {
        let reason = status.reason().into();
        self.hears(Input::Refused { status, reason })
    }

    fn stage(&self) -> TransferStage {
        self.journey.shown()
    }

    fn failure(&self) -> Option<(TransferFailure, AfterFailure)> {
        match self.stage() {
            TransferStage::Failed { why, then, .. } => Some((why, then)),
            _ => None,
        }
    }
}

fn told(status: StatusCode, then: Option<AfterFailure>) -> Told {
    Told {
        status,
        reason: status.reason().into(),
        by: Some(Party {
            name: Some("Bình".into()),
            number: "102".into(),
        }),
        then,
    }
}

#[test]
fn rings_and_is_answered() {
    let mut story = Story::taken();
    assert_eq!(story.stage(), TransferStage::Trying);
    story.now = 10;
    assert_eq!(story.is_told(StatusCode::RINGING), []);
    assert_eq!(story.stage(), TransferStage::Ringing { since: 10 });
    story.now = 20;
    assert_eq!(story.is_told(StatusCode::RINGING), []);
    assert_eq!(story.stage(), TransferStage::Ringing { since: 10 });
    assert_eq!(story.is_told(StatusCode::OK), [Output::LetGo]);
    let TransferStage::Done { by: Some(by), at } = story.stage() else {
        panic!("done");
    };
    assert_eq!((by.number.as_str(), at), ("102", 20));
    assert_eq!(story.journey.wakes_at(), None);
}

#[test]
fn waits_in_a_queue_and_is_offered_around() {
    let mut story = Story::taken();
    let mut seen = vec![];
    for status in [
        StatusCode::TRYING,
        StatusCode::QUEUED,
        StatusCode::FORWARDED,
        StatusCode::RINGING,
        StatusCode::QUEUED,
    ] {
        story.now += 10;
        story.is_told(status);
        seen.push(story.stage());
    }
    assert_eq!(
        seen,
        [
            TransferStage::Trying,
            TransferStage::Waiting { since: 20 },
            TransferStage::Waiting { since: 20 },
            TransferStage::Ringing { since: 40 },
            TransferStage::Waiting { since: 50 },
        ]
    );
    assert_eq!(story.wakes(), []);
    assert!(story.journey.wakes_at() > Some(3_000_000), "it may last");
}

#[test]
fn a_refusal_leaves_everything_as_it_was() {
    let mut story = Story::begin();
    assert_eq!(story.refused(StatusCode::NOT_FOUND), [Output::Stay]);
    let why = TransferFailure::UnknownTarget;
    assert_eq!(story.failure(), Some((why, AfterFailure::StillHere)));
    assert_eq!(story.is_told(StatusCode::OK), [], "nothing comes after it");
    assert_eq!(story.refused(StatusCode::DECLINE), []);
}

#[test]
fn a_notify_may_come_before_the_202() {
    let mut story = Story::begin();
    assert_eq!(story.is_told(StatusCode::RINGING), []);
    assert_eq!(story.stage(), TransferStage::Ringing { since: 0 });
    assert_eq!(story.hears(Input::Taken { followed: true }), []);
    assert_eq!(story.stage(), TransferStage::Ringing { since: 0 });
    let mut story = Story::begin();
    assert_eq!(story.is_told(StatusCode::OK), [Output::LetGo]);
    assert_eq!(story.hears(Input::Taken { followed: true }), []);
}

#[test]
fn the_customer_is_held_only_where_the_far_end_leaves_him_here() {
    let mut story = Story::begin();
    story.hears(Input::Taken { followed: true });
    assert_eq!(story.wakes(), [Output::Hold]);
    assert_eq!(story.now, story.times.transfer_leave);
    let mut story = Story::taken();
    assert_eq!(story.wakes(), []);
}

#[test]
fn what_is_told_of_the_customer_counts_where_he_is_not_here_any_more() {
    let place = AfterFailure::Elsewhere { place: None };
    for (here, expected) in [(false, place.clone()), (true, AfterFailure::StillHere)] {
        let mut story = Story::taken();
        story.here = here;
        let told = told(StatusCode::BUSY_HERE, Some(place.clone()));
        assert_eq!(story.hears(Input::Progress(told)), [Output::Stay]);
        assert_eq!(story.failure(), Some((TransferFailure::Busy, expected)));
    }
    let mut story = Story::taken();
    story.is_told(StatusCode::DECLINE);
    let unknown = (TransferFailure::Declined, AfterFailure::Unknown);
    assert_eq!(story.failure(), Some(unknown));
}

#[test]
fn no_answer_is_an_end() {
    let mut story = Story::begin();
    assert_eq!(story.wakes(), [Output::StopFollowing, Output::Stay]);
    let why = TransferFailure::Refused {
        status: 408,
        reason: "Request Timeout".into(),
    };
    assert_eq!(story.failure(), Some((why, AfterFailure::StillHere)));
    // The far end ended the call: it may well have done as it was asked.
    let mut story = Story::begin();
    story.here = false;
    assert_eq!(story.wakes(), [Output::StopFollowing, Output::Keep]);
    assert!(matches!(story.stage(), TransferStage::Unfollowed { .. }));
    // The user agent says so first.
    let mut story = Story::begin();
    story.here = false;
    let unanswered = Input::Refused {
        status: StatusCode::REQUEST_TIMEOUT,
        reason: "Request Timeout".into(),
    };
    assert_eq!(story.hears(unanswered), [Output::Keep]);
    assert!(matches!(story.stage(), TransferStage::Unfollowed { .. }));
}

#[test]
fn silence_after_the_202_is_an_end() {
    for status in [StatusCode::TRYING, StatusCode::RINGING, StatusCode::QUEUED] {
        let mut story = Story::taken();
        story.is_told(status);
        assert_eq!(story.wakes(), [], "the customer is not here to be held");
        assert_eq!(story.wakes(), [Output::StopFollowing, Output::Keep]);
        assert!(matches!(story.stage(), TransferStage::Unfollowed { .. }));
    }
    let mut story = Story::taken();
    assert_eq!(story.hears(Input::Silent), [Output::Keep]);
    let mut story = Story::begin();
    assert_eq!(
        story.hears(Input::Taken { followed: false }),
        [Output::Keep]
    );
}

#[test]
fn a_glare_is_nobodys_fault() {
    let mut story = Story::begin();
    for _ in 0..3 {
        assert_eq!(story.refused(StatusCode::REQUEST_PENDING), []);
        assert_eq!(story.stage(), TransferStage::Asked);
        assert_eq!(story.wakes(), [Output::Ask]);
    }
    assert_eq!(story.refused(StatusCode::REQUEST_PENDING), [Output::Stay]);
}

#[test]
fn the_customer_hangs_up_between_two_attempts() {
    let mut story = Story::begin();
    story.refused(StatusCode::REQUEST_PENDING);
    story.here = false;
    assert_eq!(story.wakes(), [Output::Keep]);
}

#[test]
fn whatever_is_told_in_whatever_order_it_comes_to_an_end() {
    let statuses = [100, 180, 181, 182, 183, 200, 404, 486, 491, 603].map(StatusCode::new);
    let mut random = crate::phone::rng::Rng::new(5);
    for _ in 0..2_000 {
        let mut story = Story::begin();
        for _ in 0..random.next() % 8 {
            story.now += random.next() % 20_000;
            story.here &= !random.next().is_multiple_of(4);
            let status = statuses[usize::try_from(random.next() % 10).unwrap()].unwrap();
            match random.next() % 6 {
                0 => story.hears(Input::Taken {
                    followed: !random.next().is_multiple_of(3),
                }),
                1 if status.is_final() && !status.is_success() => story.refused(status),
                2 => story.hears(Input::Timeout),
                _ => story.is_told(status),
            };
        }
        for _ in 0..20 {
            match story.journey.wakes_at() {
                Some(at) => {
                    story.now = story.now.max(at);
                    story.hears(Input::Timeout);
                }
                None => break,
            }
        }
        assert!(story.journey.over_since().is_some(), "{:?}", story.stage());
    }
}
