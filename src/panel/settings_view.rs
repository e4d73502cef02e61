//! Settings: language, theme, devices, what reachability is made of, keys.

use alo_phone::language::{Check, Command, Device, DeviceKind, Devices, WorkingSupport};
use leptos::prelude::*;

use super::model::shortcuts::SHORTCUTS;
use super::use_phone;
use crate::components::{Choice, Segmented, Select, StatusLight, Switch};
use crate::i18n::{Catalogue, Language, Text, fill, t, use_i18n};
use crate::preferences::{Theme, use_preferences};

/// The section of settings.
#[component]
pub(super) fn SettingsView() -> impl IntoView {
    view! {
        <div class="settings-view">
            <Appearance/>
            <DeviceChoices/>
            <Reached/>
            <Keyboard/>
        </div>
    }
}

/// Language and theme.
#[component]
fn Appearance() -> impl IntoView {
    let preferences = use_preferences();
    let i18n = use_i18n();
    let languages: Vec<Choice> = Language::ALL
        .into_iter()
        .map(|language| Choice {
            value: language.tag().to_owned(),
            text: language.own_name().to_owned(),
        })
        .collect();
    let themes = move || {
        let words = i18n.words();
        let text = |theme| match theme {
            Theme::System => words.theme_system,
            Theme::Light => words.theme_light,
            Theme::Dark => words.theme_dark,
        };
        let themes = Theme::ALL.into_iter();
        themes
            .map(|theme| Choice {
                value: theme.name().to_owned(),
                text: text(theme).to_owned(),
            })
            .collect::<Vec<_>>()
    };
    view! {
        <section class="settings-view__group">
            <h2>{t(|w| w.appearance)}</h2>
            <Segmented
                label=t(|w| w.language)
                group="language"
                choices=languages
                chosen=move || i18n.language().get().tag().to_owned()
                on_choose=move |tag: String| {
                    if let Some(language) = Language::from_tag(&tag) {
                        preferences.choose_language(language);
                    }
                }
            />
            <Segmented
                label=t(|w| w.theme)
                group="theme"
                choices=themes
                chosen=move || preferences.theme().get().name().to_owned()
                on_choose=move |name: String| preferences.choose_theme(Theme::from_name(&name))
            />
        </section>
    }
}

/// One list a kind of device.
#[component]
fn DeviceChoices() -> impl IntoView {
    let phone = use_phone();
    let devices = phone.select(|state| state.devices.clone());
    let nameless = move || {
        devices.with(|devices| {
            devices
                .microphones
                .iter()
                .all(|device| device.label.is_empty())
        })
    };
    let list = move |label: Text, kind: DeviceKind, of: DevicesOf| {
        view! { <DeviceChoice devices label kind of/> }
    };
    view! {
        <section class="settings-view__group">
            <h2>{t(|w| w.devices)}</h2>
            {list(t(|w| w.microphone), DeviceKind::Microphone, |all| (&all.microphones, &all.microphone))}
            {list(t(|w| w.speaker), DeviceKind::Speaker, |all| (&all.speakers, &all.speaker))}
            {list(t(|w| w.ringer), DeviceKind::Ringer, |all| (&all.speakers, &all.ringer))}
            {move || nameless().then(|| view! {
                <p class="settings-view__hint">{t(|w| w.devices_unknown)}</p>
            })}
        </section>
    }
}

/// The devices of a kind, and which is chosen.
type DevicesOf = fn(&Devices) -> (&Vec<Device>, &Option<String>);

/// The list of one kind of device.
#[component]
fn DeviceChoice(
    /// All devices.
    devices: Memo<Devices>,
    /// What the kind is called.
    label: Text,
    /// The kind.
    kind: DeviceKind,
    /// The devices of that kind.
    of: DevicesOf,
) -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let choices = move || {
        let words = i18n.words();
        let system = Choice {
            value: String::new(),
            text: words.system_default.to_owned(),
        };
        devices.with(|all| {
            let named = of(all).0.iter().enumerate().map(|(at, device)| Choice {
                value: device.id.clone(),
                text: device_name(device, at, words),
            });
            // Browsers list the system's own choice as devices of these ids, too.
            let named = named.filter(|choice| !["", "default"].contains(&choice.value.as_str()));
            std::iter::once(system).chain(named).collect::<Vec<_>>()
        })
    };
    let chosen = move || devices.with(|all| of(all).1.clone().unwrap_or_default());
    let choose = move |id: String| {
        let id = (!id.is_empty()).then_some(id);
        phone.send.run(Command::ChooseDevice { kind, id });
    };
    view! { <Select label choices chosen on_choose=choose/> }
}

fn device_name(device: &Device, at: usize, words: &Catalogue) -> String {
    if device.label.is_empty() {
        fill(words.unnamed_device, &[("number", &(at + 1).to_string())])
    } else {
        device.label.clone()
    }
}

/// What reachability is made of, each with its light.
#[component]
fn Reached() -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let unsupported = phone.select(|state| state.working.support == WorkingSupport::No);
    let row = move |label: Text, of: fn(&alo_phone::language::Checks) -> Check| {
        let check = move || phone.state.with(|state| of(&state.checks));
        let light = Signal::derive(move || match check() {
            Check::Good => "good",
            Check::Pending => "waiting",
            Check::Bad => "bad",
            Check::Unknown => "off",
        });
        let word = move || {
            let words = i18n.words();
            match check() {
                Check::Good => words.check_good,
                Check::Pending => words.check_pending,
                Check::Bad => words.check_bad,
                Check::Unknown => words.check_unknown,
            }
        };
        view! {
            <li>
                <StatusLight light/>
                <span>{label}</span>
                <span class="settings-view__value">{word}</span>
            </li>
        }
    };
    view! {
        <section class="settings-view__group">
            <h2>{t(|w| w.checks)}</h2>
            <ul class="settings-view__rows">
                {row(t(|w| w.check_socket), |checks| checks.socket)}
                {row(t(|w| w.check_registration), |checks| checks.registration)}
                {row(t(|w| w.check_microphone), |checks| checks.microphone)}
                {row(t(|w| w.check_sound), |checks| checks.sound)}
                <Show when=move || unsupported.get()>
                    <li>
                        <StatusLight light="off"/>
                        <span>{t(|w| w.working_state)}</span>
                        <span class="settings-view__value">{t(|w| w.working_unsupported)}</span>
                    </li>
                </Show>
            </ul>
        </section>
    }
}

/// The keys, and whether they do anything.
#[component]
fn Keyboard() -> impl IntoView {
    let preferences = use_preferences();
    let keys = |keys: &'static str| {
        let keys = keys.split('+');
        keys.map(|key| view! { <kbd translate="no">{key}</kbd> })
            .collect_view()
    };
    view! {
        <section class="settings-view__group">
            <h2>{t(|w| w.shortcuts)}</h2>
            <Switch
                label=t(|w| w.shortcuts_on)
                on=preferences.shortcuts()
                on_change=move |on| preferences.choose_shortcuts(on)
            />
            <p class="settings-view__hint">{t(|w| w.shortcuts_hint)}</p>
            <ul class="settings-view__rows">
                {SHORTCUTS
                    .into_iter()
                    .map(|shortcut| view! {
                        <li>
                            <span>{t(shortcut.what)}</span>
                            <span class="settings-view__value">{keys(shortcut.keys)}</span>
                        </li>
                    })
                    .collect_view()}
                <li>
                    <span>{t(|w| w.shortcut_digits_what)}</span>
                    <span class="settings-view__value">{t(|w| w.shortcut_digits)}</span>
                </li>
            </ul>
        </section>
    }
}
