//! Audio elements.

use web_sys::{HtmlAudioElement, MediaStream};

use super::sound::Sound;
use crate::platform::js;

/// An audio element that stops and lets go of what it plays when dropped.
pub(crate) struct Player {
    element: HtmlAudioElement,
    sound: Sound,
}

impl Player {
    /// Plays a stream, on the device with this id (empty: the system's choice).
    ///
    /// An element and not Web Audio: a remote stream in Web Audio alone is silent in Chromium, and
    /// an element can be given a device of its own in every browser that can do so at all.
    pub(crate) fn stream(stream: &MediaStream, device: &str, sound: &Sound) -> Option<Self> {
        let player = Self::new(sound)?;
        player.element.set_src_object(Some(stream));
        player.set_device(device);
        player.play();
        Some(player)
    }

    /// Plays a sound from its URL, once or for ever.
    pub(crate) fn url(url: &str, repeat: bool, device: &str, sound: &Sound) -> Option<Self> {
        let player = Self::new(sound)?;
        player.element.set_loop(repeat);
        player.element.set_src(url);
        player.set_device(device);
        player.play();
        Some(player)
    }

    fn new(sound: &Sound) -> Option<Self> {
        let element = HtmlAudioElement::new().ok()?;
        Some(Self {
            element,
            sound: sound.clone(),
        })
    }

    /// Uses this device from now on. A browser that cannot choose plays where it always does.
    pub(crate) fn set_device(&self, device: &str) {
        if js::text(&self.element, "sinkId").is_none_or(|now| now == device) {
            return;
        }
        if let Some(done) = js::call(&self.element, "setSinkId", &device.into()) {
            self.sound.ignore_failure(done);
        }
    }

    /// Whether it is heard; it plays on in any case.
    pub(crate) fn set_audible(&self, audible: bool) {
        self.element.set_muted(!audible);
    }

    /// Plays, where the browser did not let it before.
    pub(crate) fn play(&self) {
        if let Ok(started) = self.element.play() {
            self.sound.watch(started);
        }
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        release(&self.element);
    }
}

/// Lets an element go of what it plays at once, and not when it is collected: a browser refuses
/// more than some dozens of players in a page.
pub(crate) fn release(element: &HtmlAudioElement) {
    let _ = element.pause();
    let _ = element.remove_attribute("src");
    // This runs the element's load algorithm (HTML, section 4.8.11.2), which finds nothing.
    element.set_src_object(None);
}
