//! Presence of somebody: `application/pidf+xml` (RFC 3863, RFC 4479, RFC 4480).

use roxmltree::Node;

use super::activity::{Activity, BREAK};
use super::error::DocumentError;
use super::read::{children, document, text};
use super::write::Writer;

/// Content type of a [`Presence`].
pub const PIDF: &str = "application/pidf+xml";

const PIDF_SPACE: &str = "urn:ietf:params:xml:ns:pidf";
const MODEL_SPACE: &str = "urn:ietf:params:xml:ns:pidf:data-model";
const RPID_SPACE: &str = "urn:ietf:params:xml:ns:pidf:rpid";
/// What no standard has a word for.
const OWN_SPACE: &str = "urn:alo:presence:1";
const QUEUE_SPACE: &str = "urn:alo:queue";

/// How a queue of a call centre stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueueLoad {
    /// How many callers wait.
    pub waiting: u32,
    /// How many of its agents could be offered a call now.
    pub free: u32,
}

/// The presence of somebody.
///
/// From the state on, all are facts of the call centre. Those of a person are in the namespace
/// `urn:alo:presence:1` inside the person, and count seconds from the document on, because two clocks
/// never agree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Presence {
    /// Whose: a `sip:` or `pres:` URI.
    pub entity: String,
    /// Whether somebody can be reached there: `basic` of any tuple is `open`.
    pub open: bool,
    /// What is being done.
    pub activity: Activity,
    /// The id of the working state: `<alo:state id="lunch"/>`.
    pub state: Option<String>,
    /// A text for people, which is the name of the state where there is one: `note` of the person, or else of
    /// the tuple, or of the document.
    pub note: Option<String>,
    /// The id of the working state that follows a call: `<alo:next id="lunch" name="Lunch break"/>`.
    pub next: Option<String>,
    /// The name of that.
    pub next_note: Option<String>,
    /// Seconds since the state began: `<alo:for seconds="90"/>`.
    pub for_s: Option<u64>,
    /// Seconds after which the state ends by itself: `<alo:left seconds="30"/>`.
    pub left_s: Option<u64>,
    /// The load, where it is a queue and nobody: `<q:load waiting="3" free="2"/>` of the namespace
    /// `urn:alo:queue`, inside the document.
    pub queue: Option<QueueLoad>,
}

impl Presence {
    /// The document. Characters that XML cannot hold are left out.
    #[must_use]
    pub fn to_pidf(&self) -> String {
        let mut xml = Writer::new();
        xml.open("presence");
        xml.attribute("xmlns", PIDF_SPACE);
        xml.attribute("xmlns:dm", MODEL_SPACE);
        xml.attribute("xmlns:rpid", RPID_SPACE);
        xml.attribute("xmlns:alo", OWN_SPACE);
        xml.attribute("entity", &self.entity);
        xml.open("tuple");
        xml.attribute("id", "phone");
        xml.open("status");
        xml.element("basic", if self.open { "open" } else { "closed" });
        xml.close();
        xml.close();
        xml.open("dm:person");
        xml.attribute("id", "person");
        self.write_activity(&mut xml);
        self.write_own(&mut xml);
        if let Some(note) = &self.note {
            xml.element("dm:note", note);
        }
        xml.close();
        if let Some(load) = self.queue {
            xml.open("q:load");
            xml.attribute("xmlns:q", QUEUE_SPACE);
            xml.attribute("waiting", &load.waiting.to_string());
            xml.attribute("free", &load.free.to_string());
            xml.close();
        }
        xml.finish()
    }

    fn write_activity(&self, xml: &mut Writer) {
        let name = match self.activity {
            Activity::None => return,
            Activity::OnThePhone => "rpid:on-the-phone",
            Activity::Ringing => "alo:ringing",
            Activity::Away => "rpid:away",
            Activity::Busy => "rpid:busy",
            Activity::Meal => "rpid:meal",
            Activity::Break | Activity::Other => "rpid:other",
            Activity::Working => "rpid:working",
        };
        xml.open("rpid:activities");
        match self.activity {
            Activity::Break => xml.element(name, BREAK),
            _ => xml.empty(name),
        }
        xml.close();
    }

    fn write_own(&self, xml: &mut Writer) {
        if let Some(state) = &self.state {
            xml.open("alo:state");
            xml.attribute("id", state);
            xml.close();
        }
        if let Some(next) = &self.next {
            xml.open("alo:next");
            xml.attribute("id", next);
            if let Some(name) = &self.next_note {
                xml.attribute("name", name);
            }
            xml.close();
        }
        for (name, seconds) in [("alo:for", self.for_s), ("alo:left", self.left_s)] {
            if let Some(seconds) = seconds {
                xml.open(name);
                xml.attribute("seconds", &seconds.to_string());
                xml.close();
            }
        }
    }

    /// Reads a document, of this crate or of anybody.
    ///
    /// # Errors
    /// What is wrong with it. What is only unknown is passed over.
    pub fn parse(bytes: &[u8]) -> Result<Self, DocumentError> {
        let document = document(bytes)?;
        let root = document.root_element();
        if !root.has_tag_name((PIDF_SPACE, "presence")) {
            return Err(DocumentError::OtherDocument);
        }
        let entity = root
            .attribute("entity")
            .ok_or(DocumentError::Missing("entity"))?;
        let (open, tuple) = reachable(root);
        let person = children(root, "person").next();
        let note = [person, tuple, Some(root)]
            .into_iter()
            .flatten()
            .find_map(|node| children(node, "note").find_map(text));
        let own = |name| person.and_then(|person| own(person, name));
        let id = |node: Node<'_, '_>| node.attribute("id").map(String::from);
        let next = own("next");
        Ok(Self {
            entity: String::from(entity),
            open,
            activity: activity(root),
            state: own("state").and_then(id),
            note,
            next: next.and_then(id),
            next_note: next.and_then(|node| node.attribute("name").map(String::from)),
            for_s: own("for").and_then(seconds),
            left_s: own("left").and_then(seconds),
            queue: children(root, "load").find_map(load),
        })
    }
}

/// Whether any tuple is open (RFC 3863 4.1.4), and the tuple whose note counts: the first open one, or else
/// the first.
fn reachable<'a, 'input>(root: Node<'a, 'input>) -> (bool, Option<Node<'a, 'input>>) {
    let is_open = |tuple: &Node<'_, '_>| {
        let basic = children(*tuple, "status").flat_map(|status| children(status, "basic"));
        basic
            .filter_map(text)
            .any(|basic| basic.eq_ignore_ascii_case("open"))
    };
    let open = children(root, "tuple").find(is_open);
    (
        open.is_some(),
        open.or_else(|| children(root, "tuple").next()),
    )
}

/// The activity of the person. Old devices put it in the status of the person or of a tuple, and not only as
/// an element: `<activities><activity>away</activity></activities>` is that of a draft,
/// `<activities>ep:away</activities>` that of Asterisk.
fn activity(root: Node<'_, '_>) -> Activity {
    let nodes = root
        .descendants()
        .filter(|node| node.tag_name().name() == "activities")
        .flat_map(|activities| activities.children());
    Activity::first_of(nodes.filter_map(|node| match node.tag_name().name() {
        "activity" => Activity::of_element(&text(node)?, None),
        "" => {
            let word = node.text().filter(|_| node.is_text())?.trim();
            let name = word.rsplit_once(':').map_or(word, |(_, name)| name);
            (!name.is_empty()).then(|| Activity::of_element(name, None))?
        }
        name => Activity::of_element(name, text(node).as_deref()),
    }))
}

/// An element of our own.
fn own<'a, 'input>(person: Node<'a, 'input>, name: &'static str) -> Option<Node<'a, 'input>> {
    children(person, name).find(|node| node.tag_name().namespace() == Some(OWN_SPACE))
}

fn seconds(node: Node<'_, '_>) -> Option<u64> {
    node.attribute("seconds")?.trim().parse().ok()
}

/// What an element says about a queue; `None` where it is another one, or broken.
fn load(node: Node<'_, '_>) -> Option<QueueLoad> {
    let number = |name| node.attribute(name)?.trim().parse().ok();
    let ours = node.tag_name().namespace() == Some(QUEUE_SPACE);
    Some(QueueLoad {
        waiting: number("waiting").filter(|_| ours)?,
        free: number("free")?,
    })
}
