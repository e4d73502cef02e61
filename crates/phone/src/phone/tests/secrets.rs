//! What must never stand in a log.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Metadata, Subscriber};

use super::world::World;
use crate::language::{Command, Secret, SignIn};

/// Keeps everything that is logged, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Log {
    fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }
}

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0.lock().unwrap(), " {}={value:?}", field.name());
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut self.clone());
        self.0.lock().unwrap().push('\n');
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[test]
fn the_log_of_a_whole_call_has_no_digits_numbers_names_or_passwords() {
    let log = Log::default();
    tracing::subscriber::with_default(log.clone(), || {
        let mut world = World::new(1);
        world
            .command(Command::SignIn(SignIn {
                extension: "70915".into(),
                name: Some("Anwalt".into()),
                password: Some(Secret("geheimnis".into())),
            }))
            .unwrap();
        world.run(500);
        let first = world.dial("+84908070605");
        world.run(1500);
        world.press(&first, "48151623");
        world.run(2000);
        world.engine.telephone_event = false;
        world.press(&first, "99887");
        world.run(2000);
        let (second, _) = world.rings("+84911223344");
        world.answer(&second);
        world.run(500);
        world.drop_socket();
        world.run(3000);
        world.hang_up(&second);
        world.hang_up(&first);
        world.run(20_000);
        world.command(Command::SignOut).unwrap();
        world.run(5000);
        let _ = format!("{:?} {:?}", world.phone.account, world.phone.lines);
    });
    let text = log.text();
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
    ] {
        assert!(!text.contains(secret), "{secret} is in the log:\n{text}");
    }
}
