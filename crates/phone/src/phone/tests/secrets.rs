//! What must never stand in a log.

use std::cell::RefCell;
use std::fmt::{Debug, Write};
use std::sync::Once;

use alo_sip::status::StatusCode;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Metadata, Subscriber};

use super::engine::Keys;
use super::world::World;
use crate::language::{CallId, Command, Secret, SignIn, TargetKind, TransferTarget, WorkingState};

thread_local! {
    /// Everything that this thread logged, at every level, while it is kept.
    static KEPT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The subscriber of all tests: each thread keeps its own. One for a single thread would not do,
/// because what another thread logs for the first time is switched off for all if that thread has
/// no subscriber.
struct Log;

/// What is logged while `act` runs.
fn logged(act: impl FnOnce()) -> String {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| tracing::subscriber::set_global_default(Log).unwrap());
    KEPT.set(Some(String::new()));
    act();
    KEPT.take().unwrap_or_default()
}

fn keep(write: impl FnOnce(&mut String)) {
    KEPT.with_borrow_mut(|kept| kept.as_mut().map(write));
}

struct Fields;

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        keep(|text| {
            let _ = write!(text, " {}={value:?}", field.name());
        });
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut Fields);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Fields);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut Fields);
        keep(|text| text.push('\n'));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Asks somebody about the second call, in vain, and transfers the first.
fn transfers(world: &mut World, first: &CallId, second: &CallId) {
    let target = |address: &str| TransferTarget {
        kind: TargetKind::Number,
        address: address.into(),
        name: Some("Zahnarzt".into()),
    };
    let consult = Command::Consult {
        call: second.clone(),
        target: target("+84977665544"),
        note: Some("Notiz".into()),
    };
    world.command(consult).unwrap();
    world.run(1000);
    let complete = world.call(second).actions.complete_transfer.clone();
    world.server.transfers.refuse = vec![StatusCode::NOT_FOUND];
    world.command(complete.unwrap()).unwrap();
    world.run(500);
    let back = world.call(second).actions.back_to_customer.clone();
    world.command(back.unwrap()).unwrap();
    let transfer = Command::Transfer {
        call: first.clone(),
        target: target("+84966554433"),
        note: Some("Notiz".into()),
    };
    world.command(transfer).unwrap();
    world.run(1000);
}

#[test]
fn the_log_of_a_whole_call_has_no_digits_numbers_names_or_passwords() {
    let text = logged(|| {
        let mut world = World::new(1);
        world
            .command(Command::SignIn(SignIn {
                extension: "70915".into(),
                name: Some("Anwalt".into()),
                password: Some(Secret("geheimnis".into())),
            }))
            .unwrap();
        world.run(500);
        let state = WorkingState {
            id: "sprechstunde".into(),
            name: Some("Krankmeldung".into()),
        };
        world.command(Command::SetWorking { state }).unwrap();
        let extensions = vec!["70916".into(), "70917".into()];
        let watch = Command::WatchPeople { extensions };
        world.command(watch).unwrap();
        world.run(500);
        world.server.presence.publish_status = StatusCode::FORBIDDEN;
        let available = world.phone.state().actions.set_working.clone();
        world.command(available.unwrap()).unwrap();
        let first = world.dial("+84908070605");
        world.run(1500);
        world.press(&first, "48151623");
        world.run(2000);
        world.engine.keys = Keys::Refused;
        world.press(&first, "99887");
        world.run(2000);
        let (second, _) = world.rings("+84911223344");
        world.answer(&second);
        world.run(500);
        transfers(&mut world, &first, &second);
        world.drop_socket();
        world.run(3000);
        world.hang_up(&second);
        world.run(20_000);
        world.command(Command::SignOut).unwrap();
        world.run(5000);
        let _ = format!("{:?} {:?}", world.phone.account, world.phone.lines);
    });
    assert!(text.contains("talking"), "something was logged: {text}");
    for secret in [
        "70915",
        "Anwalt",
        "geheimnis",
        "908070605",
        "48151623",
        "99887",
        "Signal=",
        "911223344",
        "Khách",
        "70916",
        "Krankmeldung",
        "977665544",
        "966554433",
        "Zahnarzt",
        "Notiz",
        "4e6f74697a",
        "Bình",
    ] {
        assert!(!text.contains(secret), "{secret} is in the log:\n{text}");
    }
}
