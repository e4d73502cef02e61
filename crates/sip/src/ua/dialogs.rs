//! How the dialogs of sessions are named to others, and found by their names.

use super::agent::UserAgent;
use super::tables::DialogOwner;
use crate::header::{DialogId, Join, Replaces, TargetDialog};
use crate::ids::SessionId;

impl UserAgent {
    /// The dialog of a session, as this side knows it; of a call that was forked and is not answered yet the
    /// latest one. `None` before the far end answered at all, and after the end of the session.
    pub fn dialog_id(&self, session: SessionId) -> Option<DialogId> {
        let session = self.session(session)?;
        Some(DialogId {
            call_id: String::from(session.call_id()),
            local_tag: String::from(session.local_tag()),
            remote_tag: String::from(session.remote_tag()?),
        })
    }

    /// What names the dialog of a session to its far end, for an INVITE there that is to take its place (RFC
    /// 3891 6.1): `to-tag` is the tag of the side that receives it.
    pub fn replaces(&self, session: SessionId) -> Option<Replaces> {
        let dialog = self.dialog_id(session)?.mirrored();
        Some(Replaces {
            call_id: dialog.call_id,
            to_tag: dialog.local_tag,
            from_tag: dialog.remote_tag,
            early_only: false,
        })
    }

    /// What names the dialog of a session to its far end, for an INVITE there that is to come into it (RFC
    /// 3911 7.1).
    pub fn join(&self, session: SessionId) -> Option<Join> {
        let dialog = self.dialog_id(session)?.mirrored();
        Some(Join {
            call_id: dialog.call_id,
            to_tag: dialog.local_tag,
            from_tag: dialog.remote_tag,
        })
    }

    /// What names the dialog of a session to its far end, for a request there that is about it (RFC 4538 7):
    /// `local-tag` is the tag of the side that receives it.
    pub fn target_dialog(&self, session: SessionId) -> Option<TargetDialog> {
        let dialog = self.dialog_id(session)?.mirrored();
        Some(TargetDialog {
            call_id: dialog.call_id,
            local_tag: dialog.local_tag,
            remote_tag: dialog.remote_tag,
        })
    }

    /// The session that has a dialog of this name, early or confirmed. A tag "0" stands for none (RFC 3891
    /// 6.1).
    pub fn find_dialog(
        &self,
        call_id: &str,
        local_tag: &str,
        remote_tag: &str,
    ) -> Option<SessionId> {
        let Some(DialogOwner::Session(id)) = self.tables.tags.get(local_tag).copied() else {
            return None;
        };
        let session = self.session(id)?;
        let has = |tag| session.call_id() == call_id && session.has_dialog(tag);
        (has(remote_tag) || remote_tag == "0" && has("")).then_some(id)
    }
}
