//! Reading XML of others.

use roxmltree::{Document, Node, ParsingOptions};

use super::error::DocumentError;

/// Bytes of the largest document that is read.
const LARGEST: usize = 64 * 1024;

/// Nodes of the largest document that is read: attributes and namespaces have bounds of their own.
const MOST_NODES: u32 = 4096;

/// The document in these bytes.
pub(super) fn document(bytes: &[u8]) -> Result<Document<'_>, DocumentError> {
    if bytes.len() > LARGEST {
        return Err(DocumentError::TooLarge);
    }
    let text = core::str::from_utf8(bytes).map_err(|_| DocumentError::NotUtf8)?;
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: MOST_NODES,
        ..ParsingOptions::default()
    };
    // An XML declaration is one only at the beginning; some devices put an empty line before it.
    let text = text.trim_start_matches(|c: char| c == '\u{feff}' || c.is_ascii_whitespace());
    Document::parse_with_options(text, options).map_err(|error| DocumentError::Malformed {
        line: error.pos().row,
    })
}

/// The elements in an element, by local name. Namespaces are looked at where two of them have a name in
/// common: devices write those of drafts and of their makers.
pub(super) fn children<'a, 'input: 'a>(
    node: Node<'a, 'input>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children()
        .filter(move |child| child.tag_name().name() == name)
}

/// The text of an element, without space around it; `None` where there is none.
pub(super) fn text(node: Node<'_, '_>) -> Option<String> {
    let text: String = node
        .children()
        .filter(Node::is_text)
        .filter_map(|child| child.text())
        .collect();
    let text = text.trim();
    (!text.is_empty()).then(|| String::from(text))
}
