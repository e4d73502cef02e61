//! Devices, and which are chosen.

use serde::{Deserialize, Serialize};

/// Kinds of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DeviceKind {
    /// Microphone.
    Microphone,
    /// Where calls are heard.
    Speaker,
    /// Where ringing is heard.
    Ringer,
    /// Camera.
    Camera,
}

/// One device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// The browser's id.
    pub id: String,
    /// The browser's label; empty until the microphone was allowed.
    pub label: String,
}

/// Devices that there are, and which are chosen (`None`: the system's choice).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Devices {
    /// Microphones.
    pub microphones: Vec<Device>,
    /// Speakers.
    pub speakers: Vec<Device>,
    /// Cameras.
    pub cameras: Vec<Device>,
    /// Chosen microphone.
    pub microphone: Option<String>,
    /// Chosen speaker.
    pub speaker: Option<String>,
    /// Chosen ringer.
    pub ringer: Option<String>,
    /// Chosen camera.
    pub camera: Option<String>,
}
