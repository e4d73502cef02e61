//! Colleagues, one click from a call.

use alo_api::DirectoryAgent;
use leptos::prelude::*;

use super::dial_view::{own_extension, place_call};
use super::model::dialling::{fits, fold};
use super::{DirectoryState, use_panel_ui, use_phone};
use crate::components::{Avatar, Button, Icon, IconButton, Tone, icons};
use crate::i18n::{Text, fill, t, use_i18n};

/// The section that lists colleagues. Who of them is online comes with presence.
#[component]
pub(super) fn PeopleView() -> impl IntoView {
    let phone = use_phone();
    let search = RwSignal::new(String::new());
    let nobody = move || phone.directory.with(|all| all.agents.is_empty());
    let found = Memo::new(move |_| {
        let wanted = fold(search.get().trim());
        phone.directory.with(|all| {
            let agents = all.agents.iter();
            agents
                .filter(|agent| fits(agent, &wanted))
                .cloned()
                .collect::<Vec<_>>()
        })
    });
    view! {
        <div class="people-view">
            <label class="search">
                <Icon icon=icons::SEARCH/>
                <input
                    type="search"
                    aria-label=t(|w| w.search_people)
                    placeholder=t(|w| w.search_people)
                    autocomplete="off"
                    prop:value=search
                    on:input=move |event| search.set(event_target_value(&event))
                />
            </label>
            <ul class="people-view__list" aria-label=t(|w| w.people)>
                <For each=move || found.get() key=|agent| agent.extension.clone() let:agent>
                    <Person agent/>
                </For>
            </ul>
            <Show when=move || found.with(Vec::is_empty)>
                <div class="empty">
                    <Icon icon=icons::PEOPLE/>
                    {move || match phone.directory_state.get() {
                        DirectoryState::Loading => {
                            view! { <p>{t(|w| w.directory_loading)}</p> }.into_any()
                        }
                        DirectoryState::Failed => view! {
                            <p role="alert">{t(|w| w.directory_failed)}</p>
                            <Button
                                label=t(|w| w.try_again)
                                on_press=move |()| phone.load_directory.run(())
                            />
                        }
                        .into_any(),
                        DirectoryState::There if nobody() => {
                            view! { <p>{t(|w| w.no_people)}</p> <p>{t(|w| w.no_people_hint)}</p> }.into_any()
                        }
                        DirectoryState::There => {
                            view! { <p role="status">{t(|w| w.nobody_found)}</p> }.into_any()
                        }
                    }}
                </div>
            </Show>
        </div>
    }
}

/// One colleague.
#[component]
fn Person(
    /// Who.
    agent: DirectoryAgent,
) -> impl IntoView {
    let phone = use_phone();
    let ui = use_panel_ui();
    let i18n = use_i18n();
    let DirectoryAgent { extension, name } = agent;
    let own = phone.select(own_extension);
    let is_own = {
        let extension = extension.clone();
        Memo::new(move |_| own.get() == extension)
    };
    let label = {
        let name = name.clone();
        Text::from(move || fill(i18n.words().call_person, &[("name", &name)]))
    };
    let detail = {
        let extension = extension.clone();
        move || {
            if is_own.get() {
                format!("{extension} · {}", i18n.words().that_is_you)
            } else {
                extension.clone()
            }
        }
    };
    let target = StoredValue::new(extension);
    let cannot = phone.cannot_dial();
    view! {
        <li class="person">
            <Avatar name=Some(name.clone())/>
            <div class="person__who" translate="no">
                <strong>{name}</strong>
                <span>{detail}</span>
            </div>
            <Show when=move || !is_own.get()>
                <IconButton
                    label
                    icon=icons::PHONE
                    tone=Tone::Go
                    disabled=cannot
                    on_press=move |()| place_call(phone, ui, target.get_value())
                />
            </Show>
        </li>
    }
}
