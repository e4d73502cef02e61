//! Which devices there are, and which are chosen.

use std::cell::{Cell, RefCell};

use alo_phone::language::{Device, DeviceKind, Devices};
use js_sys::Array;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MediaDeviceInfo, MediaDeviceKind};

use crate::platform::page::window;
use crate::platform::{js, storage};

/// The devices; choices are kept for the next time.
pub(crate) struct DeviceBook {
    devices: RefCell<Devices>,
    listed: Cell<bool>,
}

/// Where something is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outlet {
    /// Calls, and the tones that belong to a call.
    Speaker,
    /// Ringing.
    Ringer,
}

impl DeviceBook {
    /// Knows the choices of the last time, and no devices yet.
    pub(crate) fn new() -> Self {
        let devices = Devices {
            microphone: storage::load(key(DeviceKind::Microphone)),
            speaker: storage::load(key(DeviceKind::Speaker)),
            ringer: storage::load(key(DeviceKind::Ringer)),
            camera: storage::load(key(DeviceKind::Camera)),
            ..Devices::default()
        };
        Self {
            devices: RefCell::new(devices),
            listed: Cell::new(false),
        }
    }

    /// Devices and choices as they are known now.
    pub(crate) fn devices(&self) -> Devices {
        self.devices.borrow().clone()
    }

    /// Asks the browser which devices there are; whether anything changed.
    pub(crate) async fn refresh(&self) -> bool {
        let Some(found) = enumerate().await else {
            return false;
        };
        let mut devices = self.devices.borrow_mut();
        let before = devices.clone();
        devices.microphones = list(&found, MediaDeviceKind::Audioinput);
        devices.speakers = list(&found, MediaDeviceKind::Audiooutput);
        devices.cameras = list(&found, MediaDeviceKind::Videoinput);
        let first = !self.listed.replace(true);
        first || *devices != before
    }

    /// Whether there is a microphone; not known before the first [`refresh`](Self::refresh).
    pub(crate) fn has_microphone(&self) -> bool {
        !self.listed.get() || !self.devices.borrow().microphones.is_empty()
    }

    /// Remembers a choice.
    pub(crate) fn choose(&self, kind: DeviceKind, id: Option<String>) {
        storage::save(key(kind), id.as_deref());
        let mut devices = self.devices.borrow_mut();
        match kind {
            DeviceKind::Microphone => devices.microphone = id,
            DeviceKind::Speaker => devices.speaker = id,
            DeviceKind::Ringer => devices.ringer = id,
            DeviceKind::Camera => devices.camera = id,
        }
    }

    /// The browser's id of the device for this outlet; empty for the system's choice, also while
    /// the chosen one is unplugged.
    pub(crate) fn outlet(&self, outlet: Outlet) -> String {
        let devices = self.devices.borrow();
        let chosen = match outlet {
            Outlet::Speaker => devices.speaker.as_ref(),
            Outlet::Ringer => devices.ringer.as_ref(),
        };
        chosen
            .filter(|id| devices.speakers.iter().any(|device| device.id == **id))
            .cloned()
            .unwrap_or_default()
    }
}

fn key(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Microphone => "alo.microphone",
        DeviceKind::Speaker => "alo.speaker",
        DeviceKind::Ringer => "alo.ringer",
        DeviceKind::Camera => "alo.camera",
    }
}

async fn enumerate() -> Option<Array> {
    let devices = js::get(&window().navigator(), "mediaDevices");
    let devices: web_sys::MediaDevices = devices.dyn_into().ok()?;
    let asked = devices.enumerate_devices().ok()?;
    JsFuture::from(asked).await.ok()?.dyn_into().ok()
}

fn list(found: &Array, kind: MediaDeviceKind) -> Vec<Device> {
    found
        .iter()
        .map(JsCast::unchecked_into::<MediaDeviceInfo>)
        .filter(|info| info.kind() == kind)
        .map(|info| Device {
            id: info.device_id(),
            label: info.label(),
        })
        .collect()
}
