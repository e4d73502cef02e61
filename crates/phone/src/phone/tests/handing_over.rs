//! What stories of transfers share.

use alo_sip::status::StatusCode;
use alo_sip::ua::SessionId;

use super::server::Act;
use super::transfer_server::ReferAct;
use super::world::World;
use crate::language::{
    AfterFailure, CallId, Change, Command, Event, Millis, Outcome, TargetKind, Transfer,
    TransferFailure, TransferStage, TransferTarget, Trouble,
};
use crate::phone::Refusal;

/// A colleague, or whatever has this address.
pub(super) fn target(address: &str) -> TransferTarget {
    TransferTarget {
        kind: TargetKind::Agent,
        address: address.into(),
        name: Some("Bình".into()),
    }
}

impl World {
    /// A customer called and talks.
    pub(super) fn with_customer(seed: u64) -> (Self, CallId, SessionId) {
        Self::ready(seed).takes_customer()
    }

    /// The same with far ends that are on their own.
    pub(super) fn with_customer_behind_a_proxy(seed: u64) -> (Self, CallId, SessionId) {
        let mut world = Self::new(seed);
        world.server.is_a_plain_proxy();
        world.sign_in();
        world.run(300);
        world.takes_customer()
    }

    fn takes_customer(mut self) -> (Self, CallId, SessionId) {
        let (call, session) = self.rings("+84901234567");
        self.answer(&call);
        self.run(1000);
        assert!(self.microphone(&call));
        (self, call, session)
    }

    pub(super) fn try_transfer(&mut self, call: &CallId, to: &str) -> Result<(), Refusal> {
        self.command(Command::Transfer {
            call: call.clone(),
            target: target(to),
            note: None,
        })
    }

    pub(super) fn transfer(&mut self, call: &CallId, to: &str) {
        self.try_transfer(call, to).unwrap();
    }

    /// The latest transfer.
    pub(super) fn transferred(&self) -> &Transfer {
        let transfers = &self.phone.state().transfers;
        transfers.last().expect("a transfer is shown")
    }

    pub(super) fn stage(&self) -> TransferStage {
        self.transferred().stage.clone()
    }

    pub(super) fn failure(&self) -> Option<(TransferFailure, AfterFailure)> {
        match self.stage() {
            TransferStage::Failed { why, then, .. } => Some((why, then)),
            _ => None,
        }
    }

    /// What was told of all transfers, in order.
    pub(super) fn stages_told(&self) -> Vec<&'static str> {
        let told = self.events.iter().filter_map(|event| match event {
            Event::TransferChanged { transfer } => Some(match transfer.stage {
                TransferStage::Asked => "asked",
                TransferStage::Trying => "trying",
                TransferStage::Ringing { .. } => "ringing",
                TransferStage::Waiting { .. } => "waiting",
                TransferStage::Done { .. } => "done",
                TransferStage::Failed { .. } => "failed",
                TransferStage::Unfollowed { .. } => "unfollowed",
            }),
            _ => None,
        });
        told.collect()
    }

    pub(super) fn troubles(&self) -> Vec<Trouble> {
        let notices = self.phone.state().notices.iter();
        notices.map(|notice| notice.trouble.clone()).collect()
    }

    pub(super) fn is_held(&self, call: &CallId) -> bool {
        matches!(self.call(call).hold, Change::Confirmed { on: true, .. })
    }

    pub(super) fn customer_hangs_up(&mut self, session: SessionId) {
        self.server(|server, now| server.act(now, Act::HangUp(session)));
    }

    /// The server tells how the latest REFER goes on.
    pub(super) fn is_told(&mut self, status: StatusCode) {
        let id = self.server.transfers.asked.last().unwrap().id;
        let fragment = alo_sip::sipfrag::Fragment::new(status);
        self.server(|server, now| server.refer_act(now, ReferAct::Tell(id, fragment)));
        self.run(100);
    }

    pub(super) fn over_in(&mut self, millis: Millis) {
        self.run(millis);
        self.run(self.phone.config.times.transfer_shown + 100);
        assert!(self.phone.state().transfers.is_empty());
        assert!(self.phone.transfers.is_empty());
    }
}

/// Whether a call ended because it was sent there.
pub(super) fn is_target(outcome: Option<Outcome>, address: &str) -> bool {
    matches!(outcome, Some(Outcome::Transferred { target }) if target.address == address)
}
