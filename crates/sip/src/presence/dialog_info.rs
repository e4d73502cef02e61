//! The dialogs of somebody: `application/dialog-info+xml` (RFC 4235).

use roxmltree::Node;

use super::activity::Activity;
use super::error::DocumentError;
use super::read::{children, document, text};
use super::write::Writer;

/// Content type of a [`DialogInfo`].
pub const DIALOG_INFO: &str = "application/dialog-info+xml";

const SPACE: &str = "urn:ietf:params:xml:ns:dialog-info";

/// The dialogs of somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DialogInfo {
    /// Whose.
    pub entity: String,
    /// Counts the documents of a subscription (RFC 4235 4.1).
    pub version: u32,
    /// Whether dialogs that are not listed are over. Otherwise they are as they were before (`partial`).
    pub full: bool,
    /// The dialogs, in the order of the document.
    pub dialogs: Vec<DialogEntry>,
}

/// One dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialogEntry {
    /// Names it in all documents of a subscription.
    pub id: String,
    /// Who called, where that is told.
    pub direction: Option<Direction>,
    /// Where it stands.
    pub state: DialogState,
}

/// Who called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The one whose dialog it is.
    Initiator,
    /// The other one.
    Recipient,
}

/// Where a dialog stands (RFC 4235 3.7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DialogState {
    /// The INVITE was sent or received.
    Trying,
    /// There was a provisional response without a tag.
    Proceeding,
    /// There was one with a tag: it rings.
    Early,
    /// The call was answered.
    Confirmed,
    /// It is over.
    Terminated,
}

impl Direction {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Initiator => "initiator",
            Self::Recipient => "recipient",
        }
    }
}

impl DialogState {
    const ALL: [Self; 5] = [
        Self::Trying,
        Self::Proceeding,
        Self::Early,
        Self::Confirmed,
        Self::Terminated,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Trying => "trying",
            Self::Proceeding => "proceeding",
            Self::Early => "early",
            Self::Confirmed => "confirmed",
            Self::Terminated => "terminated",
        }
    }
}

impl DialogInfo {
    /// The document. Characters that XML cannot hold are left out.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut xml = Writer::new();
        xml.open("dialog-info");
        xml.attribute("xmlns", SPACE);
        xml.attribute("version", &self.version.to_string());
        xml.attribute("state", if self.full { "full" } else { "partial" });
        xml.attribute("entity", &self.entity);
        for dialog in &self.dialogs {
            xml.open("dialog");
            xml.attribute("id", &dialog.id);
            if let Some(direction) = dialog.direction {
                xml.attribute("direction", direction.as_str());
            }
            xml.element("state", dialog.state.as_str());
            xml.close();
        }
        xml.close();
        xml.finish()
    }

    /// Reads a document. A dialog without an id or with an unknown state is passed over.
    ///
    /// # Errors
    /// What is wrong with the document.
    pub fn parse(bytes: &[u8]) -> Result<Self, DocumentError> {
        let document = document(bytes)?;
        let root = document.root_element();
        if !root.has_tag_name((SPACE, "dialog-info")) {
            return Err(DocumentError::OtherDocument);
        }
        let attribute = |name| root.attribute(name).ok_or(DocumentError::Missing(name));
        let version = attribute("version")?.trim().parse();
        Ok(Self {
            entity: String::from(attribute("entity")?),
            version: version.map_err(|_| DocumentError::Missing("version"))?,
            // RFC 4235 4.1: it is always there. Without it nothing is taken for over.
            full: root.attribute("state") == Some("full"),
            dialogs: children(root, "dialog").filter_map(entry).collect(),
        })
    }

    /// Takes in the document that came after this one (RFC 4235 3.8, 4.1): a full one takes its place, a partial
    /// one changes it. False where that may not be the whole truth, because a document before it is missing;
    /// the full one that a refresh brings makes that good.
    ///
    /// Departs from RFC 4235 4.1, which drops documents that are not the next: NOTIFYs come in order, and
    /// versions begin anew with each subscription, of which a full document is the first.
    pub fn update(&mut self, newer: Self) -> bool {
        if newer.full {
            *self = newer;
            return true;
        }
        let is_next = self.version.checked_add(1) == Some(newer.version);
        self.version = newer.version;
        for dialog in newer.dialogs {
            match self.dialogs.iter_mut().find(|known| known.id == dialog.id) {
                Some(known) => *known = dialog,
                None => self.dialogs.push(dialog),
            }
        }
        self.dialogs
            .retain(|dialog| dialog.state != DialogState::Terminated);
        is_next
    }

    /// What the dialogs say of the one whose they are: in a call, called and ringing, or nothing.
    #[must_use]
    pub fn activity(&self) -> Activity {
        Activity::first_of(self.dialogs.iter().map(|dialog| match dialog.state {
            DialogState::Confirmed => Activity::OnThePhone,
            DialogState::Terminated => Activity::None,
            // Somebody who calls is busy with that; the far end rings.
            _ if dialog.direction == Some(Direction::Initiator) => Activity::OnThePhone,
            _ => Activity::Ringing,
        }))
    }
}

fn entry(dialog: Node<'_, '_>) -> Option<DialogEntry> {
    let state = children(dialog, "state").find_map(text)?;
    let states = DialogState::ALL.into_iter();
    let directions = [Direction::Initiator, Direction::Recipient].into_iter();
    let direction = dialog.attribute("direction").unwrap_or_default();
    Some(DialogEntry {
        id: String::from(dialog.attribute("id")?),
        direction: { directions }.find(|known| known.as_str() == direction),
        state: { states }.find(|known| known.as_str() == state)?,
    })
}
