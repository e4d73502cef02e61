//! Those who work here, and what they can be doing.

use alo_api::working;

use super::links::{Kind, Links};
use super::values::user_part;
use crate::config::reader::{At, Section, text};
use crate::config::types::{Agent, OwnState, Password};

/// All agents.
pub(super) fn agents(root: &Section<'_>, links: &Links) -> Vec<At<Agent>> {
    let mut agents: Vec<At<Agent>> = Vec::new();
    for section in root.sections("agent") {
        let extension = section.need("extension", "an extension such as \"101\"", user_part);
        let name = section.need("name", "the agent's name", text);
        let password = section.need("password", "a text", text);
        if let (Some(extension), Some(name), Some(password)) = (extension, name, password) {
            links.name(&section, &extension);
            links.define(Kind::Agent, &extension.value);
            agents.push(At {
                line: extension.line,
                key: extension.key,
                value: Agent {
                    extension: extension.value,
                    name: name.value,
                    password: Password(password.value),
                },
            });
        }
        section.finish();
    }
    agents
}

/// The working states of the call centre's own.
pub(super) fn working_states(root: &Section<'_>) -> Vec<OwnState> {
    let mut states: Vec<At<OwnState>> = Vec::new();
    for section in root.sections("working_state") {
        let id = section.need("id", "an id such as \"training\"", user_part);
        let name = section.need("name", "the name that agents see", text);
        if let (Some(id), Some(name)) = (id, name) {
            let built_in = working::CHOICES.contains(&&*id.value);
            if built_in || id.value == working::AFTER_CALL_WORK {
                section.fault(id.fault(format!("{:?} is there in any case", id.value)));
            } else if let Some(taken) = states.iter().find(|state| state.value.id == id.value) {
                let taken = format!("{:?} is taken by line {}", id.value, taken.line);
                section.fault(id.fault(taken));
            }
            states.push(At {
                line: id.line,
                key: id.key,
                value: OwnState {
                    id: id.value,
                    name: name.value,
                },
            });
        }
        section.finish();
    }
    states.into_iter().map(|at| at.value).collect()
}
