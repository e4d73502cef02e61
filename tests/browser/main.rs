//! Real browsers against the real server. Run by `cargo xtask test`; by hand:
//! `cargo test -p alo-browser-tests -- hold` after `cargo xtask build` and
//! `cargo build -p alo-pbx`.
//!
//! One Chromium serves all stories, one at a time: two cores talk and listen best alone.

mod calls;
mod customer;
mod ears;
mod foreign;
mod foreign_refer;
mod history;
mod in_call;
mod ivr;
mod looks;
mod people;
mod queues;
mod signing_in;
mod telephone;
mod transfer_attended;
mod transfer_blind;
mod transfer_trouble;
mod trouble;
mod working;

use std::process::ExitCode;
use std::sync::Arc;

use alo_browser_tests::scene::Scene;
use alo_browser_tests::story::{Stage, Story};
use anyhow::Result;
use libtest_mimic::{Arguments, Trial};
use tokio::runtime::Runtime;

/// Makes a test of a story.
struct Teller {
    runtime: Arc<Runtime>,
    stage: Arc<Stage>,
    trials: Vec<Trial>,
}

impl Teller {
    fn add<F>(&mut self, name: &'static str, story: fn(Story) -> F)
    where
        F: Future<Output = Result<()>> + 'static,
    {
        self.add_in(Scene::default(), name, story);
    }

    /// A story in another call centre than the demo's.
    fn add_in<F>(&mut self, scene: Scene, name: &'static str, story: fn(Story) -> F)
    where
        F: Future<Output = Result<()>> + 'static,
    {
        self.add_bare(name, async move |stage| {
            stage.tell(name, scene, story).await
        });
    }

    /// A test that needs the browser and no server.
    fn add_bare(
        &mut self,
        name: &'static str,
        test: impl AsyncFnOnce(&Stage) -> Result<()> + Send + 'static,
    ) {
        let (runtime, stage) = (Arc::clone(&self.runtime), Arc::clone(&self.stage));
        self.trials.push(Trial::test(name, move || {
            let result = runtime.block_on(test(&stage));
            result.map_err(|error| format!("{error:#}").into())
        }));
    }
}

fn main() -> Result<ExitCode> {
    let mut arguments = Arguments::from_args();
    // Most of a story is waiting: two at a time take six tenths of the time. More would be heard, since each
    // needs a core for its audio.
    arguments.test_threads = Some(2);
    let mut teller = Teller {
        runtime: Arc::new(Runtime::new()?),
        stage: Arc::default(),
        trials: Vec::new(),
    };
    ears::add(&mut teller);
    signing_in::add(&mut teller);
    calls::add(&mut teller);
    in_call::add(&mut teller);
    customer::add(&mut teller);
    queues::add(&mut teller);
    ivr::add(&mut teller);
    working::add(&mut teller);
    people::add(&mut teller);
    history::add(&mut teller);
    telephone::add(&mut teller);
    transfer_blind::add(&mut teller);
    transfer_attended::add(&mut teller);
    transfer_trouble::add(&mut teller);
    foreign_refer::add(&mut teller);
    trouble::add(&mut teller);
    foreign::add(&mut teller);
    looks::add(&mut teller);
    let Teller {
        runtime,
        stage,
        trials,
    } = teller;
    let conclusion = libtest_mimic::run(&arguments, trials);
    if let Ok(stage) = Arc::try_unwrap(stage) {
        runtime.block_on(stage.close());
    }
    Ok(conclusion.exit_code())
}
