//! Starts the phone for a page: configuration, engine, directory, history.

use std::sync::Arc;

use alo_api::{AppConfig, Directory};
use alo_phone::language::Check;
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::kept_history::keep_history;
use crate::components::{Button, Tone};
use crate::engine::{Engine, LoadError, Words, load_config, load_directory};
use crate::i18n::{Catalogue, alerts, fill, t, use_i18n};
use crate::panel::model::party::{line_of, title_of};
use crate::panel::{DirectoryState, PanelUi, PhoneHandle};

/// What `config.json` says, from the context.
#[derive(Clone, Copy)]
pub struct Config(pub StoredValue<AppConfig>);

/// Shows its children once the phone runs; until then that it starts, or why it cannot.
#[component]
pub fn RunningPhone(
    /// Whether the directory is wanted before anybody is signed in.
    #[prop(optional)]
    directory_at_once: bool,
    /// What needs the phone. It finds [`PhoneHandle`], [`PanelUi`] and [`Config`] in the context.
    children: ChildrenFn,
) -> impl IntoView {
    let loaded = RwSignal::new(None::<Result<AppConfig, LoadError>>);
    let load = move || {
        loaded.set(None);
        spawn_local(async move {
            let config = load_config().await;
            // The page may have been left meanwhile.
            let _left = loaded.try_set(Some(config));
        });
    };
    load();
    let i18n = use_i18n();
    move || match loaded.get() {
        None => view! { <Starting/> }.into_any(),
        Some(Ok(config)) => {
            start(config, directory_at_once);
            children().into_any()
        }
        Some(Err(error)) => view! {
            <main class="shell">
                <p role="alert" class="shell__trouble">
                    {move || error_text(&error, i18n.words())}
                </p>
                <Button
                    label=t(|w| w.try_again)
                    tone=Tone::Brand
                    on_press=move |()| load()
                />
            </main>
        }
        .into_any(),
    }
}

/// The phone is on its way.
#[component]
fn Starting() -> impl IntoView {
    view! {
        <main class="shell" aria-busy="true">
            <p class="visually-hidden">{t(|w| w.loading)}</p>
            <span class="spinner" aria-hidden="true"></span>
        </main>
    }
}

/// Starts the phone in the current owner, and puts it into the context.
fn start(config: AppConfig, directory_at_once: bool) {
    let i18n = use_i18n();
    let directory_url = config.directory_url.clone();
    let domain = config.sip_domain.clone();
    provide_context(Config(StoredValue::new(config.clone())));
    let engine = Engine::start(config);
    let Listing {
        directory,
        standing,
        load,
    } = listing(engine, directory_url, directory_at_once);
    engine.announce(move |call| {
        let language = i18n.language().get_untracked();
        let people = directory.get_untracked();
        let who = title_of(&call.remote, &people, language.words());
        let queue = line_of(call, &people);
        Words {
            title: alerts::incoming_title(language).to_owned(),
            body: alerts::incoming_body(language, &who, queue.as_deref()),
        }
    });
    provide_context(PhoneHandle {
        state: engine.state(),
        now: engine.now(),
        send: Callback::new(move |command| engine.send(command)),
        expect_call: Callback::new(move |expected| {
            if expected {
                engine.expect_call();
            } else {
                engine.expect_no_call();
            }
        }),
        directory,
        directory_state: standing,
        load_directory: load,
        history: keep_history(engine, domain),
    });
    PanelUi::provide();
}

/// Colleagues and hotlines.
struct Listing {
    directory: Signal<Arc<Directory>>,
    standing: Signal<DirectoryState>,
    load: Callback<()>,
}

/// The directory, empty until it is there. It is loaded when the server has confirmed who this is,
/// so that it keeps nobody waiting for the sign-in page; after a failure, when it confirms again or
/// when the person asks for it.
fn listing(engine: Engine, url: String, at_once: bool) -> Listing {
    let directory = RwSignal::new(Arc::new(Directory::default()));
    let standing = RwSignal::new(DirectoryState::Loading);
    let load = Callback::new(move |()| {
        let url = url.clone();
        standing.set(DirectoryState::Loading);
        spawn_local(async move {
            // The page may have been left meanwhile.
            let _left = match load_directory(&url).await {
                Ok(loaded) => {
                    let _left = directory.try_set(Arc::new(loaded));
                    standing.try_set(DirectoryState::There)
                }
                Err(_) => standing.try_set(DirectoryState::Failed),
            };
        });
    });
    let wanted = Memo::new(move |_| {
        let registration = engine.state().with(|state| state.checks.registration);
        at_once || registration == Check::Good
    });
    // The network is the world outside.
    Effect::new(move || {
        if wanted.get() && standing.get_untracked() != DirectoryState::There {
            load.run(());
        }
    });
    Listing {
        directory: directory.into(),
        standing: standing.into(),
        load,
    }
}

fn error_text(error: &LoadError, words: &Catalogue) -> String {
    match error {
        LoadError::Unreachable { url } => fill(words.config_unreachable, &[("url", url)]),
        LoadError::Status { url, status } => fill(
            words.config_status,
            &[("url", url), ("status", &status.to_string())],
        ),
        LoadError::Content { url, detail } => {
            fill(words.config_content, &[("url", url), ("detail", detail)])
        }
    }
}
