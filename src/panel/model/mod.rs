//! What the panel shows and does, worked out of the [`State`](alo_phone::language::State) by plain
//! functions: no signal, no DOM, tested without a browser.

pub mod consulting;
pub mod csv;
pub mod days;
pub mod dialling;
pub mod facts;
pub mod following;
pub mod hearing;
pub mod history;
pub mod introduction;
pub mod last_used;
pub mod outcome;
pub mod party;
pub mod people;
pub mod refusal;
pub mod shortcuts;
pub mod stage;
pub mod standing;
pub mod status;
pub mod targets;
pub mod trouble;
pub mod working;

#[cfg(test)]
pub(crate) mod samples;
