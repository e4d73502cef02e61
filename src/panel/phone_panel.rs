//! The panel: header, what is the matter, the middle, the sections.

use leptos::prelude::*;

use super::call_view::CallView;
use super::ended_card::EndedCard;
use super::followed_transfers::FollowedTransfers;
use super::incoming_view::IncomingView;
use super::model::stage::{Main, stage};
use super::model::working::wrap_up_card;
use super::notices::Notices;
use super::other_calls::OtherCalls;
use super::panel_header::PanelHeader;
use super::recovery_banner::PhoneBanner;
use super::sections::Sections;
use super::shortcut_keys::listen_for_shortcuts;
use super::transfer_dialog::TransferDialog;
use super::waiting_call::WaitingCall;
use super::working_menu::WorkingAnnouncement;
use super::wrap_up_card::WrapUpCard;
use super::{Announcement, use_panel_ui, use_phone};
use crate::i18n::t;
use crate::platform::focus;

/// The whole phone. Needs [`PhoneHandle`](super::PhoneHandle) and [`PanelUi`](super::PanelUi) in
/// the context.
#[component]
pub fn PhonePanel() -> impl IntoView {
    let phone = use_phone();
    let ui = use_panel_ui();
    let stage = Memo::new(move |_| phone.state.with(|state| stage(state)));
    let main = Memo::new(move |_| stage.get().main);
    let ended = Memo::new(move |_| stage.get().ended);
    let waiting = Memo::new(move |_| stage.get().waiting);
    let others = Signal::derive(move || stage.get().others);
    let kind = move || match main.get() {
        Main::Idle => "idle",
        Main::Incoming(_) => "incoming",
        Main::Call(_) => "call",
    };
    listen_for_shortcuts();
    // After-call work goes away under the hand that ends it.
    let wraps_up = phone.select(|state| wrap_up_card(state).is_some());
    // A followed transfer with the button that dismisses it, and the dialog with all its own.
    let followed = phone.select(|state| state.transfers.iter().map(|it| it.id).collect::<Vec<_>>());
    focus::hand_on(move || {
        stage.track();
        // Read, as a memo that nobody reads notices nothing.
        wraps_up.get();
        followed.get();
        ui.transfer_of.track();
    });
    view! {
        <section class="panel" data-stage=kind aria-label=t(|w| w.panel)>
            <Announcement popup=true/>
            <WorkingAnnouncement/>
            <PanelHeader main/>
            <PhoneBanner/>
            <Notices/>
            <FollowedTransfers/>
            <WrapUpCard/>
            {move || waiting.get().map(|id| view! { <WaitingCall id/> })}
            {move || ended.get().map(|id| view! { <EndedCard id/> })}
            {move || match main.get() {
                Main::Idle => view! { <Sections/> }.into_any(),
                Main::Incoming(id) => view! { <IncomingView id/> }.into_any(),
                Main::Call(id) => view! { <CallView id/> }.into_any(),
            }}
            <OtherCalls ids=others/>
            {move || ui.transfer_of.get().map(|id| view! { <TransferDialog id/> })}
        </section>
    }
}
