//! What waits to be carried out by the host.

use std::collections::VecDeque;

use crate::io::{MediaRequest, Output, SocketRequest};
use crate::language::Event;

/// Outputs in the order in which they are to be carried out.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    queue: VecDeque<Output>,
}

impl Outbox {
    pub(crate) fn socket(&mut self, request: SocketRequest) {
        self.queue.push_back(Output::Socket(request));
    }

    pub(crate) fn media(&mut self, request: MediaRequest) {
        self.queue.push_back(Output::Media(request));
    }

    pub(crate) fn event(&mut self, event: Event) {
        self.queue.push_back(Output::Event(event));
    }

    pub(crate) fn state_changed(&mut self) {
        if !self.queue.contains(&Output::StateChanged) {
            self.queue.push_back(Output::StateChanged);
        }
    }

    pub(crate) fn next(&mut self) -> Option<Output> {
        self.queue.pop_front()
    }
}
