//! What a media server tells, as it comes and all of it.

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "not every test uses all of it"
)]

use std::time::{Duration, Instant};

use alo_pbx::media::{LegId, MediaEvent};
use tokio::sync::mpsc::UnboundedReceiver;

pub struct Told {
    events: UnboundedReceiver<MediaEvent>,
    all: Vec<MediaEvent>,
}

impl Told {
    pub fn new(events: UnboundedReceiver<MediaEvent>) -> Self {
        let all = Vec::new();
        Self { events, all }
    }

    /// What was told so far.
    pub fn all(&mut self) -> &[MediaEvent] {
        while self.next().is_some() {}
        &self.all
    }

    /// What is told next, where it is there.
    pub fn next(&mut self) -> Option<MediaEvent> {
        let event = self.events.try_recv().ok()?;
        self.all.push(event.clone());
        Some(event)
    }

    pub fn wait_for(&mut self, what: &str, is_it: impl Fn(&MediaEvent) -> bool) -> MediaEvent {
        let end = Instant::now() + Duration::from_secs(10);
        loop {
            while let Some(event) = self.next() {
                if is_it(&event) {
                    return event;
                }
            }
            let seen = &self.all;
            assert!(Instant::now() < end, "waited in vain for {what}: {seen:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The digits told of a leg until there are so many.
    pub fn digits(&mut self, leg: LegId, count: usize) -> String {
        let of_leg = |event: &MediaEvent| match *event {
            MediaEvent::Digit { leg: of, digit, .. } if of == leg => Some(digit.as_char()),
            _ => None,
        };
        let mut digits = String::new();
        while digits.len() < count {
            let event = self.wait_for("a digit", |event| of_leg(event).is_some());
            digits.extend(of_leg(&event));
        }
        digits
    }
}
