//! `directory.json`: agents, queues, IVR trees and hotlines.

use serde::{Deserialize, Serialize};

/// `directory.json`, from the PBX or any web server.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Directory {
    /// Colleagues.
    pub agents: Vec<DirectoryAgent>,
    /// Queues that a call can be transferred to.
    pub queues: Vec<DirectoryQueue>,
    /// IVR trees that a call can be transferred to.
    pub ivrs: Vec<DirectoryIvr>,
    /// Numbers that calls go out from and come in by.
    pub hotlines: Vec<Hotline>,
    /// Working states of the call centre's own, beside those of [`working`](crate::working).
    pub working_states: Vec<OwnWorkingState>,
}

/// A working state of the call centre's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnWorkingState {
    /// Id, as presence documents have it.
    pub id: String,
    /// Name.
    pub name: String,
}

/// One colleague.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryAgent {
    /// Extension, which is also the user part of the SIP URI.
    pub extension: String,
    /// Name.
    pub name: String,
}

/// One queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryQueue {
    /// Id, which is also the user part of its SIP URI.
    pub id: String,
    /// Name.
    pub name: String,
}

/// One IVR tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryIvr {
    /// Id, which is also the user part of its SIP URI.
    pub id: String,
    /// Name.
    pub name: String,
}

/// One hotline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hotline {
    /// E.164 number.
    pub number: String,
    /// Name.
    pub name: String,
}
