//! `/call`: the customer's call button. No account: the phone signs in as a guest when the button
//! is pressed, and calls when it may.

use std::time::Duration;

use alo_phone::language::{Call, CallId, Command, SignIn};
use leptos::prelude::*;

use super::call_form::CallForm;
use super::customer_call::CustomerCall;
use super::customer_trouble::CustomerTrouble;
use super::{Config, RunningPhone};
use crate::components::{Alert, Icon, icons};
use crate::i18n::t;
use crate::panel::model::stage::is_over;
use crate::panel::{
    Announcement, CallRef, EndedReason, Notices, PhoneHandle, listen_for_digits, use_phone,
};
use crate::platform::focus;

/// A customer who is not put through for so long is told so, instead of being called back out of the
/// blue when the server is there again.
const PATIENCE: Duration = Duration::from_secs(30);

/// The page.
#[component]
pub fn CallPage() -> impl IntoView {
    view! {
        <RunningPhone directory_at_once=true>
            <CallButton/>
        </RunningPhone>
    }
}

/// What the customer wants.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Wish {
    /// No call, or the one that goes on.
    #[default]
    Nothing,
    /// A call to this hotline, as soon as the phone can.
    Call(String),
    /// The call was asked for, and is not in the state yet.
    Placed {
        /// The hotline.
        hotline: String,
        /// The newest call before it.
        after: Option<CallId>,
    },
    /// A call, and the phone could not in time.
    InVain,
}

/// What the customer filled in and asked for, kept from call to call.
#[derive(Clone, Copy, Default)]
pub(super) struct Customer {
    pub(super) name: RwSignal<String>,
    /// The hotline that was chosen; `None`: the first one.
    pub(super) hotline: RwSignal<Option<String>>,
    pub(super) wish: RwSignal<Wish>,
}

impl Customer {
    /// Signs in under the name that is filled in, and wants a call.
    pub(super) fn call(self, phone: PhoneHandle, hotline: String) {
        let name = self.name.get_untracked().trim().to_owned();
        let name = (!name.is_empty()).then_some(name);
        let known = phone.state.with_untracked(|state| {
            let account = state.account.as_ref();
            account.map(|account| account.name.clone())
        });
        if known.as_ref() != Some(&name) {
            phone.send.run(Command::SignIn(SignIn {
                extension: String::new(),
                name,
                password: None,
            }));
        }
        self.wish.set(Wish::Call(hotline));
    }

    /// Wants no call any more. Signing out is what makes sure that none comes about later.
    pub(super) fn give_up(self, phone: PhoneHandle, wish: Wish) {
        self.wish.set(wish);
        phone.send.run(Command::SignOut);
    }

    /// Whether a call is wanted and not there yet.
    pub(super) fn waits(self) -> bool {
        self.wish
            .with(|wish| matches!(wish, Wish::Call(_) | Wish::Placed { .. }))
    }
}

/// What stands below the head of the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    SwitchedOff,
    Form,
    Call,
}

/// The card: form before the call, controls in it.
#[component]
pub fn CallButton() -> impl IntoView {
    let phone = use_phone();
    let Config(config) = expect_context::<Config>();
    let allowed = config.with_value(|config| config.guest_calls);
    let customer = Customer::default();
    // An ended call leaves the state after some seconds; why it ended stays to be read.
    let last = Memo::new(move |before: Option<&Option<Call>>| {
        let last = phone.state.with(|state| state.calls.last().cloned());
        last.or_else(|| before.cloned().flatten())
    });
    let call = CallRef::new(last);
    let shown = Memo::new(move |_| {
        if !allowed {
            Shown::SwitchedOff
        } else if customer.waits() || call.is(|call| !is_over(call)) {
            Shown::Call
        } else {
            Shown::Form
        }
    });
    place_when_possible(phone, customer);
    listen_for_digits();
    focus::hand_on(move || shown.track());
    let is_form = move || shown.with(|shown| *shown == Shown::Form);
    let in_vain = Memo::new(move |_| customer.wish.get() == Wish::InVain);
    view! {
        <main class="customer">
            <Announcement/>
            <div class="customer__card">
                <header class="customer__head">
                    <span class="customer__mark" aria-hidden="true">
                        <Icon icon=icons::PHONE/>
                    </span>
                    // In a call, what it says inherits the keyboard.
                    <h1 tabindex="-1" data-heir=move || is_form().then_some("")>
                        {t(|w| w.call_us_heading)}
                    </h1>
                    <p>{t(|w| w.call_us_lead)}</p>
                </header>
                <Notices/>
                <CustomerTrouble busy=Signal::derive(move || shown.get() == Shown::Call)/>
                {move || match shown.get() {
                    Shown::SwitchedOff => view! { <Alert text=t(|w| w.guest_calls_off)/> }.into_any(),
                    Shown::Call => view! { <CustomerCall call customer/> }.into_any(),
                    Shown::Form => view! {
                        {move || if in_vain.get() {
                            view! { <Alert text=t(|w| w.customer_gave_up)/> }.into_any()
                        } else {
                            let over = Memo::new(move |_| call.is(is_over));
                            view! {
                                <Show when=move || over.get()><EndedReason call/></Show>
                            }
                            .into_any()
                        }}
                        <CallForm customer/>
                    }
                    .into_any(),
                }}
            </div>
        </main>
    }
}

/// Places the call that is wanted when the phone can, and gives up when it cannot for too long. The
/// phone and the clock are the world outside: a guest may call only once its connection is up.
fn place_when_possible(phone: PhoneHandle, customer: Customer) {
    let template = phone.select(|state| state.dial.clone());
    let newest = phone.select(|state| state.calls.last().map(|call| call.id.clone()));
    Effect::new(move || {
        if let (Some(Command::Dial { hotline, .. }), Wish::Call(target)) =
            (template.get(), customer.wish.get())
        {
            customer.wish.set(Wish::Placed {
                hotline: target.clone(),
                after: newest.get_untracked(),
            });
            phone.send.run(Command::Dial {
                target,
                hotline,
                video: false,
            });
        }
    });
    Effect::new(move || {
        let newest = newest.get();
        let is_there = customer
            .wish
            .with(|wish| matches!(wish, Wish::Placed { after, .. } if *after != newest));
        if is_there && newest.is_some() {
            customer.wish.set(Wish::Nothing);
        }
    });
    let waits = Memo::new(move |_| customer.waits());
    Effect::new(move || {
        if waits.get() {
            let give_up = move || customer.give_up(phone, Wish::InVain);
            if let Ok(timer) = set_timeout_with_handle(give_up, PATIENCE) {
                on_cleanup(move || timer.clear());
            }
        }
    });
}
