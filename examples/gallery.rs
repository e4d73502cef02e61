//! Every state of the phone at once, without a phone: hand-made states in the product's own views.
//!
//! For the eye: `cargo build --example gallery --target wasm32-unknown-unknown`, bind it with
//! `wasm-bindgen --target web`, and open it beside `target/styles/alo.css`. `?lang=vi` as in the
//! app; `?theme=dark`; `?only=held` shows one state alone, `?only=transfer` a dialog, which lies over all.

use std::sync::Arc;

use alo::pages::{CallButton, Config, Desk, SignInCard};
use alo::panel::model::history::CallHistory;
use alo::panel::{
    DirectoryState, HistoryHandle, MinimisedBar, PanelUi, PhoneHandle, PhonePanel, Section,
};
use alo::preferences::{Preferences, Theme};
use alo_api::{
    AppConfig, DemoAccount, Directory, DirectoryAgent, DirectoryIvr, DirectoryQueue, Hotline,
    OwnWorkingState, QueueFacts, working,
};
use alo_phone::language::{
    AccountState, AfterFailure, Call, CallActions, CallDirection, CallId, Change, ChangeKind,
    Check, Checks, Command, Consultation, Digits, Event, Hearing, Introduced, Introduction, Millis,
    Notice, Outcome, Party, PersonPresence, PersonStatus, Phase, PhoneActions, Quality, QueueLoad,
    Reachability, Recovery, RecoveryKind, Sound, State, TargetKind, Transfer, TransferFailure,
    TransferStage, TransferTarget, Trouble, VideoState, Working, WorkingNow, WorkingState,
    WorkingSupport,
};
use leptos::prelude::*;
use leptos::tachys::reactive_graph::OwnedView;

#[path = "gallery/transfers.rs"]
mod transfers;

const NOW: Millis = 1_795_000_000_000;

fn main() {
    std::panic::set_hook(Box::new(|fault| leptos::logging::error!("{fault}")));
    leptos::mount::mount_to_body(Gallery);
}

/// One state and how it is shown.
struct Shot {
    name: &'static str,
    state: State,
    view: View,
    size: (u32, u32),
    /// So many colleagues.
    colleagues: usize,
}

enum View {
    Panel,
    Section(Section),
    Typed(&'static str),
    KeypadOpen(&'static str),
    /// With the dialog for a transfer open.
    Transfer,
    DeskTransfer,
    Bar,
    SignIn,
    Customer,
    Desk,
}

#[component]
fn Gallery() -> impl IntoView {
    let preferences = Preferences::provide();
    let query = window().location().search().unwrap_or_default();
    let parameter = |name: &str| {
        let pairs = query.trim_start_matches('?').split('&');
        let mut found = pairs.filter_map(|pair| pair.split_once('='));
        found
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.to_owned())
    };
    if let Some(theme) = parameter("theme") {
        preferences.choose_theme(Theme::from_name(&theme));
    }
    let only = parameter("only");
    // It lies over everything, so it is not among all.
    let is_wanted = |shot: &Shot| match &only {
        Some(only) => only.split(',').any(|one| one == shot.name),
        None => !matches!(shot.view, View::Transfer | View::DeskTransfer),
    };
    let size = parameter("size").and_then(|size| {
        let (width, height) = size.split_once('x')?;
        Some((width.parse().ok()?, height.parse().ok()?))
    });
    let shots = shots().into_iter().filter(is_wanted);
    let cells = shots
        .map(|mut shot| {
            if let (
                Some(size),
                View::Panel
                | View::Section(_)
                | View::Typed(_)
                | View::KeypadOpen(_)
                | View::Transfer,
            ) = (size, &shot.view)
            {
                shot.size = size;
            }
            // An owner of its own, so that each has its own context.
            let owner = Owner::new();
            let cell = owner.with(|| view! { <Cell shot/> });
            OwnedView::new_with_owner(cell, owner)
        })
        .collect_view();
    let row = "display:flex;flex-wrap:wrap;gap:24px;padding:24px;align-items:flex-start";
    view! { <div style=row>{cells}</div> }
}

#[component]
fn Cell(shot: Shot) -> impl IntoView {
    let Shot {
        name,
        state,
        view,
        size,
        colleagues,
    } = shot;
    let mut history = CallHistory::default();
    if matches!(view, View::Section(Section::History) | View::Desk) && name != "history-empty" {
        fill_history(&mut history);
    }
    let main = state.calls.first().cloned();
    let state = RwSignal::new(Arc::new(state));
    let history = RwSignal::new(Arc::new(history));
    // Of what is asked for, this much is done: whoever is watched does something.
    let send = move |command| {
        if let Command::WatchPeople { extensions } = command {
            state.update(|state| {
                Arc::make_mut(state).people = extensions.into_iter().map(presence).collect();
                Arc::make_mut(state)
                    .people
                    .sort_by(|a, b| a.extension.cmp(&b.extension));
            });
        }
        None
    };
    provide_context(PhoneHandle {
        state: state.into(),
        now: Signal::stored(NOW),
        send: Callback::new(send),
        expect_call: Callback::new(|_| ()),
        directory: Signal::stored(Arc::new(directory(colleagues))),
        directory_state: Signal::stored(DirectoryState::There),
        load_directory: Callback::new(|()| ()),
        history: HistoryHandle {
            calls: history.into(),
            is_kept: Signal::stored(name != "history-forgotten"),
            clear: Callback::new(move |()| history.set(Arc::default())),
        },
    });
    provide_context(Config(StoredValue::new(config())));
    let ui = PanelUi::provide();
    let inner = match view {
        View::Panel => view! { <PhonePanel/> }.into_any(),
        View::Section(section) => {
            ui.section.set(section);
            view! { <PhonePanel/> }.into_any()
        }
        View::Typed(text) => {
            ui.typed.set(text.into());
            view! { <PhonePanel/> }.into_any()
        }
        View::KeypadOpen(digits) => {
            if let Some(call) = main {
                ui.toggle_keypad(&call.id);
                for digit in digits.chars() {
                    ui.press(expect_context(), &call, digit);
                }
            }
            view! { <PhonePanel/> }.into_any()
        }
        View::Transfer => {
            ui.transfer_of.set(main.map(|call| call.id));
            view! { <PhonePanel/> }.into_any()
        }
        View::DeskTransfer => {
            ui.transfer_of.set(main.map(|call| call.id));
            view! { <Desk/> }.into_any()
        }
        View::Bar => view! { <MinimisedBar/> }.into_any(),
        View::SignIn => view! { <SignInCard/> }.into_any(),
        View::Customer => view! { <CallButton/> }.into_any(),
        View::Desk => view! { <Desk/> }.into_any(),
    };
    let frame = format!(
        "width:{}px;height:{}px;overflow:hidden;border-radius:18px;box-shadow:var(--shadow)",
        size.0, size.1
    );
    view! {
        <figure style="margin:0" data-shot=name>
            <div style=frame>{inner}</div>
            <figcaption style="font-size:12px;color:var(--ink-soft);padding:6px">{name}</figcaption>
        </figure>
    }
}

fn config() -> AppConfig {
    let account = |extension: &str, name: &str| DemoAccount {
        extension: extension.into(),
        name: name.into(),
        password: String::new(),
    };
    AppConfig {
        title: "Alo demo call centre".into(),
        demo_accounts: vec![
            account("101", "An Nguyễn"),
            account("102", "Bình Trần"),
            account("103", "Chi Lê"),
            account("104", "Dũng Phạm"),
        ],
        ..AppConfig::default()
    }
}

fn directory(colleagues: usize) -> Directory {
    let agent = |extension: &str, name: &str| DirectoryAgent {
        extension: extension.into(),
        name: name.into(),
    };
    let hotline = |number: &str, name: &str| Hotline {
        number: number.into(),
        name: name.into(),
    };
    let given = [
        "An", "Bình", "Chi", "Dũng", "Giang", "Hà", "Khánh", "Lan", "Minh", "Ngọc", "Phúc", "Quân",
    ];
    let family = ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi"];
    let agents = (0..colleagues).map(|at| {
        let name = format!(
            "{} {}",
            given[at % given.len()],
            family[(at + at / family.len()) % family.len()]
        );
        agent(&(101 + at).to_string(), &name)
    });
    Directory {
        agents: agents.collect(),
        working_states: vec![OwnWorkingState {
            id: "training".into(),
            name: "Đào tạo".into(),
        }],
        hotlines: vec![
            hotline("+842873001001", "Sales"),
            hotline("+842473002002", "Support"),
        ],
        queues: [("sales", "Sales"), ("support", "Support"), ("vip", "VIP")]
            .map(|(id, name)| DirectoryQueue {
                id: id.into(),
                name: name.into(),
            })
            .to_vec(),
        ivrs: [("main", "Main menu"), ("after-hours", "After hours")]
            .map(|(id, name)| DirectoryIvr {
                id: id.into(),
                name: name.into(),
            })
            .to_vec(),
    }
}

/// Something to do for every colleague.
fn presence(extension: String) -> PersonPresence {
    let number: u64 = extension.parse().unwrap_or_default();
    let away = |id: &str, name: Option<&str>| PersonStatus::Away {
        state: WorkingState {
            id: id.into(),
            name: name.map(str::to_owned),
        },
    };
    let status = match (number + 7) % 9 {
        2 | 5 => PersonStatus::InCall,
        3 => away(working::LUNCH_BREAK, None),
        4 => PersonStatus::Ringing,
        6 => away("training", Some("Đào tạo")),
        7 => PersonStatus::Offline,
        8 => away(working::AFTER_CALL_WORK, None),
        0 if number.is_multiple_of(2) => away(working::NOT_AVAILABLE, None),
        _ => PersonStatus::Available,
    };
    let since = NOW - (number * 7_919_000 % 9_000_000);
    PersonPresence {
        since: (status != PersonStatus::Offline).then_some(since),
        queue: match extension.as_str() {
            "sales" => Some(load(3, 2)),
            "support" => Some(load(0, 4)),
            "vip" => Some(load(1, 0)),
            _ => None,
        },
        status,
        extension,
    }
}

fn load(waiting: u32, free: u32) -> QueueLoad {
    QueueLoad { waiting, free }
}

fn fill_history(history: &mut CallHistory) {
    let party = |name: Option<&str>, number: &str| Party {
        name: name.map(str::to_owned),
        number: number.into(),
    };
    let id = |name: &str| CallId(name.into());
    let incoming = |call: &str, remote, queue: Option<&str>| Event::CallIncoming {
        call: id(call),
        remote,
        hotline: queue.map(|_| "+842873001001".into()),
        queue: queue.map(|name| QueueFacts {
            name: Some(name.into()),
            waited_s: Some(84),
            ..QueueFacts::default()
        }),
    };
    let placed = |call: &str, remote, hotline: Option<&str>| Event::CallPlaced {
        call: id(call),
        remote,
        hotline: hotline.map(str::to_owned),
    };
    let ended = |call: &str, outcome, talked| Event::CallEnded {
        call: id(call),
        outcome,
        rang: 4_000,
        talked,
    };
    let elsewhere = Outcome::AnsweredElsewhere {
        by: Some("Chi Lê".into()),
    };
    let refused = Outcome::Refused {
        status: 403,
        reason: "Forbidden".into(),
    };
    let lan = party(Some("Lan Phạm"), "+84901234567");
    let support = Some("+842473002002");
    // How many minutes ago, and what.
    let events = [
        (8_000, placed("h0", party(None, "+84987654321"), support)),
        (7_999, ended("h0", refused, None)),
        (1_700, incoming("h1", lan.clone(), Some("Sales"))),
        (1_699, ended("h1", Outcome::HungUpThere, Some(321_000))),
        (1_500, placed("h2", party(None, "+84900000002"), support)),
        (1_499, ended("h2", Outcome::Busy, None)),
        (40, incoming("h3", party(None, "102"), None)),
        (39, ended("h3", Outcome::Missed, None)),
        (30, placed("h4", party(None, "103"), None)),
        (29, ended("h4", Outcome::HungUpHere, Some(45_000))),
        (
            20,
            incoming("h5", party(None, "+84912345678"), Some("Sales")),
        ),
        (19, ended("h5", elsewhere, None)),
        (10, incoming("h6", lan, Some("Sales"))),
        (9, ended("h6", Outcome::Declined, None)),
    ];
    for (minutes, event) in &events {
        history.note(event, NOW - minutes * 60_000);
    }
}

fn ready() -> State {
    State {
        account: Some(AccountState {
            extension: "101".into(),
            name: Some("An Nguyễn".into()),
            guest: false,
        }),
        reachability: Reachability::Ready,
        checks: Checks {
            socket: Check::Good,
            registration: Check::Good,
            microphone: Check::Good,
            sound: Check::Good,
        },
        dial: Some(Command::Dial {
            target: String::new(),
            hotline: None,
            video: false,
        }),
        working: Working {
            support: WorkingSupport::Yes,
            now: Some(working_now(working::AVAILABLE, 754_000, None)),
            ..Working::default()
        },
        actions: PhoneActions {
            sign_out: Some(Command::SignOut),
            set_working: Some(Command::SetWorking {
                state: working_state(""),
            }),
            ..PhoneActions::default()
        },
        ..State::default()
    }
}

fn working_state(id: &str) -> WorkingState {
    WorkingState {
        id: id.into(),
        name: None,
    }
}

fn working_now(id: &str, since: Millis, left: Option<Millis>) -> WorkingNow {
    WorkingNow {
        state: working_state(id),
        since: NOW - since,
        until: left.map(|left| NOW + left),
    }
}

fn in_working_state(id: &str, since: Millis, state: State) -> State {
    State {
        working: Working {
            now: Some(working_now(id, since, None)),
            ..state.working
        },
        ..state
    }
}

/// After-call work, with or without what is left of the call.
fn wrap_up(calls: Vec<Call>) -> State {
    let state = with(calls);
    State {
        working: Working {
            now: Some(working_now(working::AFTER_CALL_WORK, 3_000, Some(27_000))),
            ..state.working
        },
        actions: PhoneActions {
            end_wrap_up: Some(Command::SetWorking {
                state: working_state(working::AVAILABLE),
            }),
            extend_wrap_up: Some(Command::SetWorking {
                state: working_state(working::AFTER_CALL_WORK),
            }),
            ..state.actions
        },
        ..state
    }
}

/// Lunch is asked for: in a call it follows, else it is not confirmed yet.
fn asks_for_lunch(state: State) -> State {
    State {
        working: Working {
            requested: Some(working_state(working::LUNCH_BREAK)),
            ..state.working
        },
        ..state
    }
}

fn lunch_follows(state: State) -> State {
    State {
        working: Working {
            next: Some(working_state(working::LUNCH_BREAK)),
            ..state.working
        },
        ..state
    }
}

fn working_states() -> Vec<Shot> {
    let offline = State {
        actions: PhoneActions {
            set_working: None,
            ..ready().actions
        },
        ..ready()
    };
    let unsupported = State {
        working: Working {
            support: WorkingSupport::No,
            ..Working::default()
        },
        ..ready()
    };
    let bare = Call {
        queue: None,
        hotline: None,
        phase: Phase::Ringing { answer_by: None },
        ..ringing("a", 14_000)
    };
    vec![
        panel(
            "lunch",
            in_working_state(working::LUNCH_BREAK, 1_925_000, ready()),
        ),
        panel(
            "not-available",
            in_working_state(working::NOT_AVAILABLE, 4_000_000, ready()),
        ),
        panel(
            "training",
            in_working_state("training", 200_000_000, ready()),
        ),
        panel("asked", asks_for_lunch(ready())),
        panel("offline", offline),
        panel("wrap-up", wrap_up(vec![])),
        panel(
            "wrap-up-ended",
            wrap_up(vec![ended(Outcome::HungUpThere, Some(161_000))]),
        ),
        panel("next", lunch_follows(with(vec![talking("a")]))),
        panel("next-asked", asks_for_lunch(with(vec![talking("a")]))),
        panel("incoming-bare", with(vec![bare])),
        shot("unsupported", unsupported, View::Section(Section::Settings)),
    ]
}

fn lan() -> Party {
    Party {
        name: Some("Lan Phạm".into()),
        number: "+84901234567".into(),
    }
}

fn talking(id: &str) -> Call {
    let id = CallId(id.into());
    let facts = QueueFacts {
        name: Some("Sales".into()),
        waiting: Some(3),
        waited_s: Some(84),
        called: Some("+842873001001".into()),
        answer_within_s: Some(20),
    };
    Call {
        direction: CallDirection::Incoming,
        remote: lan(),
        hotline: Some("+842873001001".into()),
        queue: Some(facts),
        others: Vec::new(),
        introduction: None,
        consultation: None,
        began: NOW - 165_000,
        phase: Phase::Talking {
            since: NOW - 161_000,
        },
        hold: Change::Confirmed {
            on: false,
            since: NOW - 161_000,
        },
        held_by_remote: false,
        muted: false,
        hearing: hearing(Sound::Voice, Sound::Voice),
        recovery: None,
        quality: Some(Quality {
            bars: 4,
            round_trip: Some(38),
            lost_per_mille: 3,
            jitter: 4,
        }),
        video: VideoState::default(),
        digits_pending: 0,
        actions: CallActions {
            hang_up: Some(Command::HangUp { call: id.clone() }),
            toggle_mute: Some(Command::SetMute {
                call: id.clone(),
                muted: true,
            }),
            toggle_hold: Some(Command::SetHold {
                call: id.clone(),
                held: true,
            }),
            send_digits: Some(Command::SendDigits {
                call: id.clone(),
                digits: Digits(String::new()),
            }),
            transfer: Some(Command::Transfer {
                call: id.clone(),
                target: nowhere(),
                note: None,
            }),
            consult: Some(Command::Consult {
                call: id.clone(),
                target: nowhere(),
                note: None,
            }),
            ..CallActions::default()
        },
        id,
    }
}

/// The target of a template.
fn nowhere() -> TransferTarget {
    TransferTarget {
        kind: TargetKind::Agent,
        address: String::new(),
        name: None,
    }
}

fn hearing(to_remote: Sound, from_remote: Sound) -> Hearing {
    Hearing {
        to_remote,
        from_remote,
    }
}

fn ringing(id: &str, left: Millis) -> Call {
    let call = talking(id);
    Call {
        began: NOW - (20_000 - left),
        phase: Phase::Ringing {
            answer_by: Some(NOW + left),
        },
        quality: None,
        hearing: hearing(Sound::Nothing, Sound::Nothing),
        actions: CallActions {
            answer: Some(Command::Answer {
                call: call.id.clone(),
                video: false,
            }),
            decline: Some(Command::Decline {
                call: call.id.clone(),
            }),
            ..CallActions::default()
        },
        ..call
    }
}

fn ended(outcome: Outcome, talked: Option<Millis>) -> Call {
    let call = talking("a");
    Call {
        direction: CallDirection::Outgoing,
        remote: Party {
            name: None,
            number: "+84900000002".into(),
        },
        queue: None,
        phase: Phase::Ended {
            outcome,
            at: NOW,
            talked,
        },
        actions: CallActions {
            dismiss: Some(Command::DismissCall {
                call: call.id.clone(),
            }),
            ..CallActions::default()
        },
        ..call
    }
}

fn with(calls: Vec<Call>) -> State {
    State {
        focus: calls.first().map(|call| call.id.clone()),
        calls,
        ..ready()
    }
}

fn panel(name: &'static str, state: State) -> Shot {
    shot(name, state, View::Panel)
}

fn shot(name: &'static str, state: State, view: View) -> Shot {
    Shot {
        name,
        state,
        view,
        size: (360, 640),
        colleagues: 4,
    }
}

fn held() -> Call {
    Call {
        hold: Change::Confirmed {
            on: true,
            since: NOW - 18_000,
        },
        hearing: hearing(Sound::Music, Sound::Nothing),
        ..talking("a")
    }
}

fn dialing() -> Call {
    Call {
        direction: CallDirection::Outgoing,
        remote: Party {
            name: None,
            number: "102".into(),
        },
        queue: None,
        hotline: None,
        phase: Phase::RemoteRinging { early_media: false },
        hearing: hearing(Sound::Nothing, Sound::Ringback),
        quality: None,
        actions: CallActions {
            hang_up: Some(Command::HangUp {
                call: CallId("a".into()),
            }),
            ..CallActions::default()
        },
        ..talking("a")
    }
}

fn trouble(why: Trouble) -> State {
    State {
        reachability: Reachability::NotReachable {
            why,
            retry_at: None,
        },
        actions: PhoneActions {
            enable_devices: Some(Command::EnableDevices),
            ..ready().actions
        },
        checks: Checks {
            microphone: Check::Bad,
            ..ready().checks
        },
        ..ready()
    }
}

fn reconnecting(calls: Vec<Call>) -> State {
    State {
        reachability: Reachability::Reconnecting {
            since: NOW - 4_000,
            retry_at: Some(NOW + 3_000),
        },
        actions: PhoneActions {
            retry: Some(Command::RetryNow),
            ..ready().actions
        },
        checks: Checks {
            socket: Check::Bad,
            registration: Check::Pending,
            ..ready().checks
        },
        ..with(calls)
    }
}

fn call_states() -> Vec<Shot> {
    let muted = Call {
        muted: true,
        hearing: hearing(Sound::Muted, Sound::Voice),
        ..talking("a")
    };
    let holding = Call {
        hold: Change::Requested {
            on: true,
            since: NOW - 1_000,
        },
        ..talking("a")
    };
    let broken = Call {
        recovery: Some(Recovery {
            kind: RecoveryKind::Media,
            since: NOW - 6_000,
            retry_at: Some(NOW + 2_000),
        }),
        hearing: hearing(Sound::Interrupted, Sound::Interrupted),
        quality: Some(Quality {
            bars: 1,
            round_trip: None,
            lost_per_mille: 1000,
            jitter: 0,
        }),
        ..talking("a")
    };
    let second = Call {
        remote: Party {
            name: Some("Minh Đỗ".into()),
            number: "+84912345678".into(),
        },
        hold: Change::Confirmed {
            on: true,
            since: NOW - 40_000,
        },
        actions: CallActions {
            swap_to: Some(Command::SwapTo {
                call: CallId("b".into()),
            }),
            hang_up: Some(Command::HangUp {
                call: CallId("b".into()),
            }),
            ..CallActions::default()
        },
        ..talking("b")
    };
    let waiting = Call {
        remote: Party {
            name: Some("Minh Đỗ".into()),
            number: "+84912345678".into(),
        },
        ..ringing("b", 12_000)
    };
    vec![
        panel("incoming", with(vec![ringing("a", 14_000)])),
        panel("urgent", with(vec![ringing("a", 4_000)])),
        panel("dialing", with(vec![dialing()])),
        panel("talking", with(vec![talking("a")])),
        panel("held", with(vec![held()])),
        panel("muted", with(vec![muted])),
        panel("holding", with(vec![holding])),
        shot(
            "keypad",
            with(vec![talking("a")]),
            View::KeypadOpen("1234#"),
        ),
        panel("broken", with(vec![broken])),
        panel("waiting", with(vec![talking("a"), waiting])),
        panel("two", with(vec![talking("a"), second])),
        panel("reconnecting-call", reconnecting(vec![talking("a")])),
        panel("busy", with(vec![ended(Outcome::Busy, None)])),
        panel(
            "over",
            with(vec![ended(Outcome::HungUpThere, Some(161_000))]),
        ),
    ]
}

fn shots() -> Vec<Shot> {
    let notice = State {
        notices: vec![Notice {
            id: 1,
            at: NOW,
            call: None,
            trouble: Trouble::DigitsNotSent,
        }],
        ..with(vec![talking("a")])
    };
    let refused = State {
        account: None,
        reachability: Reachability::NotReachable {
            why: Trouble::WrongPassword,
            retry_at: None,
        },
        ..State::default()
    };
    let size = |size, shot| Shot { size, ..shot };
    let mut all = vec![
        panel("idle", ready()),
        shot("typed", ready(), View::Typed("+84900000001")),
        shot("suggestions", ready(), View::Typed("10")),
        Shot {
            colleagues: 24,
            ..shot("people", ready(), View::Section(Section::People))
        },
        Shot {
            colleagues: 2_000,
            ..shot("people-many", ready(), View::Section(Section::People))
        },
        shot("history", ready(), View::Section(Section::History)),
        shot("history-empty", ready(), View::Section(Section::History)),
        shot(
            "history-forgotten",
            ready(),
            View::Section(Section::History),
        ),
        shot("settings", ready(), View::Section(Section::Settings)),
        panel("denied", trouble(Trouble::MicrophoneDenied)),
        panel("reconnecting", reconnecting(vec![])),
        panel("notice", notice),
    ];
    all.extend(working_states());
    all.extend(call_states());
    all.extend(transfers::all());
    all.extend([
        size((420, 720), shot("sign-in", State::default(), View::SignIn)),
        size((420, 780), shot("refused", refused, View::SignIn)),
        size(
            (420, 560),
            shot("customer", State::default(), View::Customer),
        ),
        size(
            (420, 640),
            shot("customer-call", with(vec![talking("a")]), View::Customer),
        ),
        size((240, 48), shot("bar", ready(), View::Bar)),
        size(
            (240, 48),
            shot("bar-call", with(vec![talking("a")]), View::Bar),
        ),
        size(
            (240, 48),
            shot("bar-ringing", with(vec![ringing("a", 9_000)]), View::Bar),
        ),
        size(
            (240, 48),
            shot("bar-asked", asks_for_lunch(ready()), View::Bar),
        ),
        size((240, 48), shot("bar-wrap-up", wrap_up(vec![]), View::Bar)),
        size(
            (1200, 760),
            shot("desk", with(vec![talking("a")]), View::Desk),
        ),
        size((1200, 760), shot("desk-idle", ready(), View::Desk)),
    ]);
    all
}
