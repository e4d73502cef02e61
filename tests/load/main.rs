//! What one core of the call centre carries, beside Kamailio in the same run: `cargo xtask load`.
//!
//! Figures of calls are by CPU time, which is steadier than the clock: so many calls for each
//! second that a core works.

mod kamailio;
mod process;
mod scenario;

use std::time::Duration;

use alo_browser_tests::config;
use alo_browser_tests::ports;
use alo_browser_tests::scratch::Scratch;
use alo_browser_tests::server::Server;
use alo_browser_tests::sipp::{Counts, Sipp};
use alo_browser_tests::until::until;
use anyhow::{Context as _, Result, ensure};
use kamailio::Kamailio;
use process::Load;
use tokio::time::sleep;

/// Calls in which somebody waits.
const WAITING: u32 = 500;
/// How long they are looked at.
const LOOK: Duration = Duration::from_secs(10);
/// How long a call lasts: one second in the queue, the rest with whoever answers.
const CALL_MS: u32 = 2000;

/// The line that leads to the agent by way of the queue, and the one on which nobody is there.
const TO_AGENT: &str = "+842873001001";
const TO_NOBODY: &str = "+842899999999";

fn main() -> Result<()> {
    let mut counts = std::env::args().skip(1).map(|count| count.parse());
    let rate = counts.next().transpose()?.unwrap_or(40);
    let calls = counts.next().transpose()?.unwrap_or(600);
    tokio::runtime::Runtime::new()?.block_on(load(rate, calls))
}

async fn load(rate: u32, calls: u32) -> Result<()> {
    let app = Scratch::new("no-app");
    std::fs::create_dir_all(app.path())?;
    std::fs::write(app.path().join("index.html"), "")?;
    let relayed = kamailio(rate, calls).await?;
    let mut alo = Alo::start(&app).await?;
    let result = alo.figures(rate, calls, relayed).await;
    if result.is_err() {
        let log = alo.server.log();
        let lines: Vec<&str> = log.lines().collect();
        eprintln!("{}", lines[lines.len().saturating_sub(40)..].join("\n"));
    }
    alo.server.kill().await?;
    result
}

/// Calls for each second that a core works, while it relays them.
async fn kamailio(rate: u32, calls: u32) -> Result<f64> {
    let agent = agent()?;
    let relay = Kamailio::start(agent.port()).await?;
    let before = Load::of(relay.process()?)?;
    let counts = customers(relay.port(), TO_AGENT, rate, calls)?
        .finish()
        .await?;
    all_good("Kamailio", counts, calls)?;
    let used = Load::of(relay.process()?)?.cpu - before.cpu;
    Ok(f64::from(calls) / used)
}

struct Alo {
    server: Server,
    trunk: u16,
    agent: Sipp,
}

impl Alo {
    async fn start(app: &Scratch) -> Result<Self> {
        let agent = agent()?;
        let trunk = ports::free()?;
        // Nobody is signed in: the call waits as long as can be configured, and goes to the agent,
        // who is outside, over the trunk.
        let change = format!(
            "[calls]\nmax_calls = 5000\n[log]\nfilter = \"warn\"\n\
             [[queue]]\nid = \"sales\"\nmax_wait_seconds = 1\noverflow = {{ number = \"+84987654321\" }}\n\
             remove = [\"announce\", \"overflow\"]\n\
             [[hotline]]\nnumber = \"{TO_NOBODY}\"\nname = \"Nobody\"\nqueue = \"vip\"\n\
             [trunk]\naddress = \"127.0.0.1:{}\"\nbind = \"127.0.0.1:{trunk}\"\n\
             rtp_ports = \"20000-29999\"\n",
            agent.port()
        );
        let config = config::demo_with(&[&change])?;
        Ok(Self {
            server: Server::start_with_both(app.path(), &config).await?,
            trunk,
            agent,
        })
    }

    fn load(&self) -> Result<Load> {
        Load::of(self.server.process().context("the server is gone")?)
    }

    async fn figures(&mut self, rate: u32, calls: u32, relayed: f64) -> Result<()> {
        // What is made once and kept is made by then.
        self.calls(rate, 50).await?;
        let before = self.load()?;
        self.calls(rate, calls).await?;
        let used = self.load()?.cpu - before.cpu;
        // Those who wait stay until the server ends, so nothing else is measured after them.
        let waiting = self.waiting().await?;
        let a_second = f64::from(calls) / used;
        let audio = waiting * f64::from(calls) * f64::from(CALL_MS) / 1000.0;
        println!(
            "Alo takes {a_second:.0} calls a second and core: through the queue with its music to an \
             agent over the trunk, each {} s of audio; about {:.0} % of that is audio. Kamailio, which \
             relays the same signalling and no audio: {relayed:.0} ({:.1} times as many)",
            CALL_MS / 1000,
            100.0 * audio / used,
            relayed / a_second
        );
        Ok(())
    }

    /// Calls at a rate, and every one of them has to be as it should.
    async fn calls(&self, rate: u32, calls: u32) -> Result<()> {
        let answered = self.agent.counts().map_or(0, |counts| counts.good);
        let counts = customers(self.trunk, TO_AGENT, rate, calls)?
            .finish()
            .await?;
        all_good("Alo", counts, calls)?;
        until("the agent to be out of all calls", LOOK, async || {
            let counts = self.agent.counts()?;
            ensure!(counts.good == answered + calls, "{counts:?}");
            Ok(())
        })
        .await
    }

    /// Prints what so many waiting calls take, and gives the CPU of one.
    async fn waiting(&self) -> Result<f64> {
        let before = self.load()?;
        let customers = Sipp::start(
            &scenario::customer(60_000),
            &arguments(self.trunk, TO_NOBODY, 50, WAITING),
        )?;
        until(
            "all customers to wait",
            Duration::from_secs(60),
            async || {
                let counts = customers.counts()?;
                ensure!(counts.failed == 0, "{counts:?}: {}", customers.errors());
                ensure!(counts.current == WAITING, "{counts:?}");
                Ok(())
            },
        )
        .await?;
        let first = self.load()?;
        sleep(LOOK).await;
        let last = self.load()?;
        let counts = customers.counts()?;
        ensure!(
            counts.current == WAITING,
            "they did not all wait: {counts:?}"
        );
        let cpu = (last.cpu - first.cpu) / LOOK.as_secs_f64();
        println!(
            "{WAITING} customers hear music: {:.0} % of a core; {:.0} kB of memory each \
             ({:.0} MB before, {:.0} MB with them)",
            100.0 * cpu,
            (last.memory_kb - before.memory_kb) / f64::from(WAITING),
            before.memory_kb / 1000.0,
            last.memory_kb / 1000.0
        );
        Ok(cpu / f64::from(WAITING))
    }
}

fn all_good(who: &str, counts: Counts, calls: u32) -> Result<()> {
    ensure!(
        counts.good == calls && counts.failed == 0,
        "{who}: of {calls} calls: {counts:?}"
    );
    Ok(())
}

/// Customers who call; their sound is what they hear.
fn customers(port: u16, number: &str, rate: u32, calls: u32) -> Result<Sipp> {
    Sipp::start(
        &scenario::customer(CALL_MS),
        &arguments(port, number, rate, calls),
    )
}

fn arguments(port: u16, number: &str, rate: u32, calls: u32) -> Vec<String> {
    let words = format!(
        "-rtp_echo -s {number} -r {rate} -m {calls} -l 100000 -recv_timeout 20000 127.0.0.1:{port}"
    );
    words.split(' ').map(str::to_owned).collect()
}

/// Who answers.
fn agent() -> Result<Sipp> {
    Sipp::start(&scenario::agent(), &["-rtp_echo".into()])
}
