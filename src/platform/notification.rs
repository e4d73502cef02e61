//! Notifications of the system.

use gloo::events::EventListener;
use web_sys::{Notification, NotificationOptions, NotificationPermission};

use super::page::window;

/// A notification, taken away again when dropped.
#[derive(Debug)]
pub(crate) struct Shown {
    notification: Notification,
    _click: EventListener,
}

impl Shown {
    /// Shows a notification, if the person has allowed it. A click brings the page to the front.
    /// `tag` names what it is about: a second one of the same tag replaces the first.
    pub(crate) fn new(title: &str, body: &str, tag: &str) -> Option<Self> {
        if !is_supported() || Notification::permission() != NotificationPermission::Granted {
            return None;
        }
        let options = NotificationOptions::new();
        options.set_body(body);
        options.set_tag(tag);
        options.set_require_interaction(true);
        // Throws where only a service worker may notify (Chrome on Android).
        let notification = Notification::new_with_options(title, &options).ok()?;
        let click = EventListener::new(&notification, "click", |_| {
            // Refused where the system does not let a page come to the front by itself.
            let _ = window().focus();
        });
        Some(Self {
            notification,
            _click: click,
        })
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.notification.close();
    }
}

/// Asks the person once whether notifications may be shown. To be called in the course of a click.
pub(crate) fn ask() {
    if is_supported() && Notification::permission() == NotificationPermission::Default {
        // The answer is read when there is something to show.
        let _ = Notification::request_permission();
    }
}

fn is_supported() -> bool {
    !super::js::get(&window(), "Notification").is_undefined()
}
