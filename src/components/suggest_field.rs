//! A line to type in, with suggestions below it.

use leptos::{ev, html, prelude::*};

use super::{Avatar, IconButton, icons};
use crate::i18n::Text;

/// One suggestion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What is taken over when it is picked.
    pub value: String,
    /// What is read first.
    pub text: String,
    /// What is read below.
    pub detail: String,
}

/// A text field whose suggestions are walked with the arrow keys and picked with Enter or a press.
/// Enter without a suggestion submits. Suggestions show only while the field has the keyboard, and
/// only for what was typed there: what comes from elsewhere (a keypad below it) opens nothing that
/// would lie over it.
#[component]
pub fn SuggestField(
    /// The accessible name, shown as long as nothing is typed.
    #[prop(into)]
    label: Text,
    /// The name of the list of suggestions.
    #[prop(into)]
    list_label: Text,
    /// The name of the button that deletes the last character.
    #[prop(into)]
    delete_label: Text,
    /// What is typed.
    value: RwSignal<String>,
    /// What could be meant.
    #[prop(into)]
    suggestions: Signal<Vec<Suggestion>>,
    /// One was picked.
    #[prop(into)]
    on_pick: Callback<String>,
    /// Enter was pressed and no suggestion is marked.
    #[prop(into)]
    on_submit: Callback<()>,
) -> impl IntoView {
    let marked = RwSignal::new(None::<usize>);
    let open = RwSignal::new(false);
    let input = NodeRef::<html::Input>::new();
    let shown = Memo::new(move |_| {
        if open.get() {
            suggestions.get()
        } else {
            Vec::new()
        }
    });
    let close = move || {
        marked.set(None);
        open.set(false);
    };
    let pick = move |suggestion: &Suggestion| {
        close();
        on_pick.run(suggestion.value.clone());
    };
    let keys = move |event: ev::KeyboardEvent| {
        let all = shown.get_untracked();
        let at = marked.get_untracked().filter(|at| *at < all.len());
        match (event.key().as_str(), all.len()) {
            ("ArrowDown", 1..) => marked.set(Some(at.map_or(0, |at| (at + 1) % all.len()))),
            ("ArrowUp", 1..) => {
                marked.set(Some(
                    at.map_or(all.len() - 1, |at| (at + all.len() - 1) % all.len()),
                ));
            }
            ("Escape", 1..) => close(),
            ("Enter", _) => match at {
                Some(at) => pick(&all[at]),
                None => {
                    close();
                    on_submit.run(());
                }
            },
            _ => return,
        }
        event.prevent_default();
    };
    let typed = move |text: String| {
        marked.set(None);
        open.set(true);
        value.set(text);
    };
    let delete = move |()| {
        value.update(|text| {
            text.pop();
        });
        // With the last character the button goes, and the keyboard with it.
        if let Some(input) = input
            .get_untracked()
            .filter(|_| value.with_untracked(String::is_empty))
        {
            let _focused = input.focus();
        }
    };
    let is_open = move || !shown.get().is_empty();
    view! {
        <div class="suggest-field">
            <div class="suggest-field__line">
                <input
                    node_ref=input
                    type="text"
                    class="suggest-field__input"
                    inputmode="text"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    translate="no"
                    aria-label=label
                    placeholder=label
                    aria-autocomplete="list"
                    aria-controls=move || is_open().then_some("suggestions")
                    aria-activedescendant=move || {
                        marked.get().filter(|_| is_open()).map(|at| format!("suggestion-{at}"))
                    }
                    prop:value=value
                    data-long=move || (value.get().chars().count() > 14).to_string()
                    on:input=move |event| typed(event_target_value(&event))
                    on:keydown=keys
                    on:blur=move |_| close()
                />
                <Show when=move || !value.get().is_empty()>
                    <IconButton label=delete_label icon=icons::DELETE on_press=delete/>
                </Show>
            </div>
            <Show when=is_open>
                <div class="suggest-field__list" id="suggestions" role="listbox" aria-label=list_label>
                    {move || {
                        let all = shown.get().into_iter().enumerate();
                        all.map(|(at, suggestion)| {
                            let face = Some(suggestion.text.clone());
                            let (text, detail) = (suggestion.text.clone(), suggestion.detail.clone());
                            view! {
                                <div
                                    role="option"
                                    id=format!("suggestion-{at}")
                                    class="suggest-field__option"
                                    aria-selected=move || (marked.get() == Some(at)).to_string()
                                    on:mousedown=move |event| event.prevent_default()
                                    on:click=move |_| pick(&suggestion)
                                >
                                    <Avatar name=face size="small"/>
                                    <span class="suggest-field__text" translate="no">{text}</span>
                                    <span class="suggest-field__detail" translate="no">{detail}</span>
                                </div>
                            }
                        })
                        .collect_view()
                    }}
                </div>
            </Show>
        </div>
    }
}
