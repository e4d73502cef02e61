//! `/call`: the customer's call button. No account: the phone signs in as a guest when the button
//! is pressed, and calls when it may.

use alo_phone::language::{Call, Command, Phase, SignIn};
use leptos::prelude::*;

use super::{Config, RunningPhone};
use crate::components::{
    Alert, Button, Choice, Icon, RoundControl, Select, TextField, Tone, icons,
};
use crate::i18n::format::clock;
use crate::i18n::{t, use_i18n};
use crate::panel::model::stage::is_over;
use crate::panel::model::status::banner;
use crate::panel::{
    EndedReason, Hearing, KeypadPad, MuteControl, Notices, PhoneHandle, use_panel_ui, use_phone,
};

/// The page.
#[component]
pub fn CallPage() -> impl IntoView {
    view! {
        <RunningPhone directory_at_once=true>
            <CustomerCall/>
        </RunningPhone>
    }
}

/// The card: form before the call, controls in it.
#[component]
pub fn CustomerCall() -> impl IntoView {
    let phone = use_phone();
    let Config(config) = expect_context::<Config>();
    let allowed = config.with_value(|config| config.guest_calls);
    // An ended call leaves the state after some seconds; why it ended stays to be read.
    let call = Memo::new(move |before: Option<&Option<Call>>| {
        let last = phone.state.with(|state| state.calls.last().cloned());
        last.or_else(|| before.cloned().flatten())
    });
    let form = Filled::default();
    let going_on =
        Memo::new(move |_| call.with(|call| call.as_ref().is_some_and(|call| !is_over(call))));
    view! {
        <main class="customer">
            <div class="customer__card">
                <header class="customer__head">
                    <span class="customer__mark" aria-hidden="true">
                        <Icon icon=icons::PHONE/>
                    </span>
                    <h1>{t(|w| w.call_us_heading)}</h1>
                    <p>{t(|w| w.call_us_lead)}</p>
                </header>
                <Notices/>
                <Trouble/>
                {move || if !allowed {
                    view! { <Alert text=t(|w| w.guest_calls_off)/> }.into_any()
                } else if going_on.get() {
                    view! { <InCall call/> }.into_any()
                } else {
                    view! {
                        {move || call.with(Option::is_some).then(|| view! { <EndedReason call/> })}
                        <CallForm form/>
                    }
                    .into_any()
                }}
            </div>
        </main>
    }
}

/// What keeps the call from being made.
#[component]
fn Trouble() -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let shown = Memo::new(move |_| {
        let words = i18n.words();
        phone
            .state
            .with(|state| banner(state, phone.now.get(), words).map(|banner| banner.rest))
    });
    let is_shown = Memo::new(move |_| shown.get().is_some());
    let enable = phone.select(|state| state.actions.enable_devices.clone());
    let retry = phone.select(|state| state.actions.retry.clone());
    view! {
        <Show when=move || is_shown.get()>
            <Alert text=move || shown.get().unwrap_or_default()>
                {move || enable.get().map(|command| view! {
                    <Button
                        label=t(|w| w.enable_devices)
                        on_press=move |()| phone.send.run(command.clone())
                    />
                })}
                {move || retry.get().map(|command| view! {
                    <Button
                        label=t(|w| w.try_now)
                        on_press=move |()| phone.send.run(command.clone())
                    />
                })}
            </Alert>
        </Show>
    }
}

/// What the customer filled in, kept from call to call.
#[derive(Clone, Copy, Default)]
struct Filled {
    name: RwSignal<String>,
    hotline: RwSignal<Option<String>>,
}

/// Name, hotline, and the buttons.
#[component]
fn CallForm(
    /// What is filled in.
    form: Filled,
) -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let Filled { name, hotline } = form;
    let wanted = RwSignal::new(None::<String>);
    let choices = move || {
        let hotlines = phone.directory.get();
        let hotlines = hotlines.hotlines.iter();
        let choices = hotlines.map(|hotline| Choice {
            value: hotline.number.clone(),
            text: hotline.name.clone(),
        });
        choices.collect::<Vec<_>>()
    };
    let chosen = Memo::new(move |_| {
        let first = || {
            phone
                .directory
                .with(|all| Some(all.hotlines.first()?.number.clone()))
        };
        hotline.get().or_else(first).unwrap_or_default()
    });
    let nothing = Memo::new(move |_| chosen.with(String::is_empty));
    // The engine is the world outside: a guest may call only once its connection is up.
    Effect::new(move || {
        let template = phone.state.with(|state| state.dial.clone());
        if let (Some(Command::Dial { hotline, .. }), Some(target)) = (template, wanted.get()) {
            wanted.set(None);
            phone.send.run(Command::Dial {
                target,
                hotline,
                video: false,
            });
        }
    });
    let press = move |()| {
        sign_in(phone, &name.get_untracked());
        wanted.set(Some(chosen.get_untracked()));
    };
    let label = move || {
        let words = i18n.words();
        if wanted.with(Option::is_some) {
            words.calling_us
        } else {
            words.call_us
        }
        .to_owned()
    };
    view! {
        <form class="customer__form" on:submit=move |event| event.prevent_default()>
            <TextField
                label=t(|w| w.your_name)
                remark=t(|w| w.optional)
                value=name
                autocomplete="name"
            />
            <Show
                when=move || !nothing.get()
                fallback=|| view! { <Alert text=t(|w| w.no_hotlines) kind="waiting"/> }
            >
                <Select
                    label=t(|w| w.hotline)
                    choices
                    chosen
                    on_choose=move |number: String| hotline.set(Some(number))
                />
            </Show>
            <Button
                label
                icon=icons::PHONE
                tone=Tone::Go
                disabled=Signal::derive(move || nothing.get() || wanted.with(Option::is_some))
                on_press=press
            />
            <Button
                label=t(|w| w.video_call_us)
                icon=icons::VIDEO
                title=t(|w| w.video_later)
                disabled=true
            />
        </form>
    }
}

/// Signs in as a guest of that name, unless it is signed in already.
fn sign_in(phone: PhoneHandle, name: &str) {
    if phone.state.with_untracked(|state| state.account.is_some()) {
        return;
    }
    let name = name.trim();
    phone.send.run(Command::SignIn(SignIn {
        extension: String::new(),
        name: (!name.is_empty()).then(|| name.to_owned()),
        password: None,
    }));
}

/// The call: how long, who hears whom, mute, keypad, hang up.
#[component]
fn InCall(
    /// The call.
    call: Memo<Option<Call>>,
) -> impl IntoView {
    let phone = use_phone();
    let ui = use_panel_ui();
    let i18n = use_i18n();
    let state = move || {
        let words = i18n.words();
        let now = phone.now.get();
        call.with(|call| match call.as_ref().map(|call| &call.phase) {
            Some(Phase::Talking { since }) => clock(now.saturating_sub(*since)),
            Some(Phase::Dialing) => words.phase_dialing.to_owned(),
            Some(Phase::RemoteRinging { .. }) => words.phase_ringing_there.to_owned(),
            _ => words.phase_ending.to_owned(),
        })
    };
    let open = Memo::new(move |_| {
        call.with(|call| {
            call.as_ref()
                .is_some_and(|call| ui.keypad_is_open(&call.id))
        })
    });
    let digits = Memo::new(move |_| call.with(|call| call.as_ref()?.actions.send_digits.clone()));
    let hang_up = Memo::new(move |_| call.with(|call| call.as_ref()?.actions.hang_up.clone()));
    let video = Memo::new(move |_| call.with(|call| call.as_ref()?.actions.toggle_video.clone()));
    let toggle = move |()| {
        if let Some(call) = call.get_untracked() {
            ui.toggle_keypad(&call.id);
        }
    };
    view! {
        <section class="customer__call">
            <p class="customer__time">{state}</p>
            <Hearing call/>
            {move || open.get().then(|| view! { <KeypadPad call/> })}
            <div class="call-controls" role="group" aria-label=t(|w| w.call_controls)>
                <MuteControl call/>
                <RoundControl
                    name=t(|w| w.keypad)
                    caption=t(|w| w.keypad)
                    icon=icons::KEYPAD
                    expanded=open
                    disabled=phone.lacks(move || digits.get())
                    on_press=toggle
                />
                <RoundControl
                    name=t(|w| w.video)
                    caption=t(|w| w.video)
                    icon=icons::VIDEO
                    disabled=phone.lacks(move || video.get())
                    title=t(|w| w.not_yet)
                    on_press=move |()| phone.ask(video.get_untracked())
                />
            </div>
            <Button
                label=t(|w| w.hang_up)
                icon=icons::PHONE
                tone=Tone::Stop
                disabled=phone.lacks(move || hang_up.get())
                on_press=move |()| phone.ask(hang_up.get_untracked())
            />
        </section>
    }
}
