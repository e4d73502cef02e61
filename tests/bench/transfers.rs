//! How long a transfer takes, from the click to what the others hear of it.

use alo_browser_tests::desk::answer;
use alo_browser_tests::hearing::hears;
use alo_browser_tests::page::Page;
use alo_browser_tests::story::{Who, all_released, incoming};
use alo_browser_tests::transfer::{complete, transfer};
use anyhow::{Context as _, Result};

use crate::figures::{Bench, close, median, number};

/// Takes and prints both figures.
pub(crate) async fn all(bench: &Bench<'_>, runs: usize) -> Result<()> {
    let desk = Desk {
        an: bench.agent(Who::An).await?,
        binh: bench.agent(Who::Binh).await?,
        customer: bench.customer().await?,
    };
    desk.blind_to_ringing(runs).await?;
    desk.complete_to_hearing(runs).await?;
    close(vec![desk.an, desk.binh, desk.customer]).await
}

struct Desk {
    an: Page,
    binh: Page,
    customer: Page,
}

/// When somebody hears somebody else than before.
struct Turn {
    /// In milliseconds of the clock that all pages share.
    at: f64,
    /// How long there was nothing to hear before.
    silence: f64,
}

impl Desk {
    /// The customer and An talk, and Bình is free.
    async fn begin(&self) -> Result<()> {
        self.customer.button("Call us").click().await?;
        answer(&self.an).await?;
        hears(&[Who::hears(&self.customer, &[Who::An])]).await
    }

    async fn end(&self) -> Result<()> {
        self.customer.button("Hang up").click().await?;
        for page in [&self.an, &self.binh, &self.customer] {
            all_released(page).await?;
        }
        Ok(())
    }

    /// From the click on Blind until the other page shows who calls.
    async fn blind_to_ringing(&self, runs: usize) -> Result<()> {
        let mut times = Vec::new();
        for _ in 0..runs {
            self.begin().await?;
            let rings = tokio::spawn({
                let binh = self.binh.clone();
                async move { number(&binh, "__probe.rings()").await }
            });
            transfer(&self.an).blind_to(Who::Binh).await?;
            times.push(rings.await?? - clicked(&self.an).await?);
            self.end().await?;
            incoming(&self.binh).wait_gone().await?;
        }
        println!("click on Blind to ringing: {:.0} ms", median(&mut times));
        Ok(())
    }

    /// From the click on Complete transfer until customer and colleague hear each other.
    async fn complete_to_hearing(&self, runs: usize) -> Result<()> {
        let (mut hear, mut silences) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
        for _ in 0..runs {
            self.begin().await?;
            transfer(&self.an).attended_to(Who::Binh).await?;
            answer(&self.binh).await?;
            hears(&[
                Who::hears(&self.binh, &[Who::An]),
                Who::hears_sound(&self.customer),
            ])
            .await?;
            let customer = tokio::spawn(turns_to(self.customer.clone(), Who::Binh.tone()));
            let binh = tokio::spawn(turns_to(self.binh.clone(), Who::Customer.tone()));
            complete(&self.an).await?;
            let turns = [customer.await??, binh.await??];
            let clicked = clicked(&self.an).await?;
            for (at, turn) in turns.into_iter().enumerate() {
                hear[at].push(turn.at - clicked);
                silences[at].push(turn.silence);
            }
            self.end().await?;
        }
        println!(
            "click on Complete transfer to hearing each other: customer {:.0} ms, colleague {:.0} ms; \
             nothing to hear before: {:.0} ms, {:.0} ms",
            median(&mut hear[0]),
            median(&mut hear[1]),
            median(&mut silences[0]),
            median(&mut silences[1])
        );
        Ok(())
    }
}

/// The last click in a page, in milliseconds of the clock that all pages share.
async fn clicked(page: &Page) -> Result<f64> {
    number(page, "performance.timeOrigin + __probe.clicked").await
}

async fn turns_to(page: Page, tone: f64) -> Result<Turn> {
    let turn = page.evaluate(&format!("__probe.turnsTo({tone})")).await?;
    let figure = |key| {
        turn[key]
            .as_f64()
            .with_context(|| format!("{turn} has no {key}"))
    };
    Ok(Turn {
        at: figure("at")?,
        silence: figure("silence")?,
    })
}
