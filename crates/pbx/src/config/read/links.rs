//! What one part of a file says about another: names that are taken, names that are to be there, and
//! ways that lead in a circle. Checked when the whole file is read, so order does not matter.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use crate::config::prompts;
use crate::config::reader::{At, Fault, Section};
use crate::config::suggest;
use crate::config::types::Config;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// An agent's extension.
    Agent,
    /// A queue's id.
    Queue,
    /// A tree's id.
    Ivr,
    /// A phone number.
    Number,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Queue => "queue",
            Self::Ivr => "ivr",
            Self::Number => "number",
        }
    }
}

/// What is collected while the file is read.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// Everything that can be dialled by its name, with its line.
    taken: RefCell<BTreeMap<String, usize>>,
    defined: RefCell<Vec<(Kind, String)>>,
    references: RefCell<Vec<(Kind, At<String>)>>,
    /// Prompts in groups, of each of which only the first that is missing is told.
    prompts: RefCell<Vec<Vec<At<String>>>>,
    /// Where calls go on by themselves: from, and the place that says where to.
    ways: RefCell<Vec<(Kind, String, At<String>)>>,
    numbers: RefCell<Vec<String>>,
}

impl Links {
    /// A name that can be dialled: each only once, whatever it stands for.
    pub(super) fn name(&self, section: &Section<'_>, id: &At<String>) {
        let mut taken = self.taken.borrow_mut();
        if let Some(line) = taken.get(&id.value) {
            section.fault(id.fault(format!("{:?} is taken by line {line}", id.value)));
        } else {
            taken.insert(id.value.clone(), id.line);
        }
    }

    /// Something that others can refer to.
    pub(super) fn define(&self, kind: Kind, id: &str) {
        self.defined.borrow_mut().push((kind, id.to_owned()));
    }

    /// A number of this call centre.
    pub(super) fn number(&self, number: &str) {
        self.numbers.borrow_mut().push(number.to_owned());
    }

    /// A name that is to be there.
    pub(super) fn refer(&self, kind: Kind, name: At<String>) {
        self.references.borrow_mut().push((kind, name));
    }

    /// Prompts that are to be there.
    pub(super) fn prompts(&self, names: impl IntoIterator<Item = At<String>>) {
        let each = names.into_iter().map(|name| vec![name]);
        self.prompts.borrow_mut().extend(each);
    }

    /// Prompts that are to be there all together.
    pub(super) fn prompt_group(&self, names: Vec<At<String>>) {
        self.prompts.borrow_mut().push(names);
    }

    /// A call goes on from here to there without anybody doing anything.
    pub(super) fn lead(&self, kind: Kind, from: &str, to: At<String>) {
        self.ways.borrow_mut().push((kind, from.to_owned(), to));
    }

    /// All that does not hold in this configuration, whose paths are relative to `folder`.
    pub(super) fn faults(&self, config: &Config, folder: &Path) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (kind, name) in &*self.references.borrow() {
            faults.extend(self.reference(config, *kind, name));
        }
        let own = config.media.prompts.as_ref().map(|own| folder.join(own));
        for group in &*self.prompts.borrow() {
            let mut missing = group.iter();
            faults.extend(missing.find_map(|name| prompt(name, own.as_deref())));
        }
        let ways = self.ways.borrow();
        faults.extend(
            ways.iter()
                .filter_map(|(kind, from, to)| circle(&ways, *kind, from, to)),
        );
        faults
    }

    fn reference(&self, config: &Config, kind: Kind, name: &At<String>) -> Option<Fault> {
        if kind == Kind::Number {
            let reached = config.trunk.is_some()
                || config.simulated(&name.value).is_some()
                || config.hotline(&name.value).is_some();
            let problem = format!("{:?} cannot be reached without a [trunk]", name.value);
            return (!reached).then(|| name.fault(problem));
        }
        let defined = self.defined.borrow();
        let mut names = defined.iter().filter(|(other, _)| *other == kind);
        if names.clone().any(|(_, known)| *known == name.value) {
            return None;
        }
        let what = kind.name();
        let near = suggest::nearest(&name.value, names.by_ref().map(|(_, known)| &**known));
        let hint = near.map_or_else(
            || format!("add an [[{what}]] or name one that is there"),
            |near| format!("did you mean {near:?}?"),
        );
        Some(name.fault(format!("there is no {what} {:?}; {hint}", name.value)))
    }
}

/// A fault where there is no such prompt, neither built in nor in the folder of own ones.
fn prompt(name: &At<String>, own: Option<&Path>) -> Option<Fault> {
    if prompts::is_there(&name.value, own) {
        return None;
    }
    let near = suggest::nearest(&name.value, prompts::BUILT_IN.iter().copied());
    let hint = match (near, own) {
        (Some(near), _) => format!("did you mean {near:?}?"),
        (None, Some(own)) => format!("put {} into {}", prompts::file(&name.value), own.display()),
        (None, None) => format!(
            "name a folder that holds {} in media.prompts",
            prompts::file(&name.value)
        ),
    };
    Some(name.fault(format!("there is no prompt {:?}; {hint}", name.value)))
}

/// A fault where calls would go round for ever; told once for a circle, at its first line.
fn circle(
    ways: &[(Kind, String, At<String>)],
    kind: Kind,
    from: &str,
    to: &At<String>,
) -> Option<Fault> {
    let mut passed = Vec::new();
    let mut next = to;
    while next.value != from {
        if passed.contains(&&*next.value) {
            // A circle further on, which is told there.
            return None;
        }
        passed.push(&next.value);
        let (_, _, onward) = ways
            .iter()
            .find(|(other, id, _)| *other == kind && *id == next.value)?;
        if onward.line < to.line {
            return None;
        }
        next = onward;
    }
    let over: Vec<_> = passed.iter().map(|id| format!("{id:?}")).collect();
    let over = if over.is_empty() {
        String::new()
    } else {
        format!(" over {}", over.join(", "))
    };
    Some(to.fault(format!(
        "leads back to {from:?}{over}: nobody would ever get out"
    )))
}
