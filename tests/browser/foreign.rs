//! Another SIP server than ours: a plain proxy, which leaves everything to the phones. It plays no music
//! and knows of no transfer, so that REFER, NOTIFY and Replaces have to do.

use alo_browser_tests::baresip::{Answers, Baresip, Subscriber};
use alo_browser_tests::chromium::Chromium;
use alo_browser_tests::desk::answer;
use alo_browser_tests::hearing::hears;
use alo_browser_tests::page::Page;
use alo_browser_tests::scene::{Registrar, Scene};
use alo_browser_tests::story::{Story, Who, alerts, connect, dial, incoming};
use alo_browser_tests::transfer::{complete, follows, is_free, transfer};
use anyhow::{Result, ensure};

use crate::Teller;

pub(crate) fn add(teller: &mut Teller) {
    let proxy = || Scene::default().registrar(Registrar::Proxy);
    teller.add_in(
        proxy(),
        "by_a_plain_proxy_a_call_is_sent_on_and_comes_back_if_nobody_takes_it",
        blind,
    );
    teller.add_in(
        proxy(),
        "by_a_plain_proxy_a_colleague_is_asked_and_takes_the_call",
        attended,
    );
    teller.add_in(
        proxy(),
        "a_telephone_of_another_make_is_sent_on_and_sends_on",
        telephone,
    );
}

/// Chi calls An, and they talk.
async fn chi_talks_to_an(story: &Story) -> Result<(Page, Page)> {
    let an = story.agent(Who::An).await?;
    let chi = story.agent(Who::Chi).await?;
    connect((&chi, Who::Chi), (&an, Who::An)).await?;
    these_talk((&an, Who::An), (&chi, Who::Chi)).await?;
    Ok((an, chi))
}

async fn these_talk(one: (&Page, Who), other: (&Page, Who)) -> Result<()> {
    hears(&[Who::hears(one.0, &[other.1]), Who::hears(other.0, &[one.1])]).await
}

async fn nobody_hears(pages: [&Page; 3]) -> Result<()> {
    hears(&pages.map(|page| Who::hears(page, &[]))).await
}

async fn blind(story: Story) -> Result<()> {
    let (an, chi) = chi_talks_to_an(&story).await?;
    let binh = story.agent(Who::Binh).await?;
    transfer(&an).blind_to(Who::Binh).await?;
    incoming(&binh)
        .wait_texts(&["Chi Lê", "Transferred by An Nguyễn"])
        .await?;
    // Chi's phone does it, and says so.
    alerts(
        &chi,
        "An Nguyễn sends you on: you are being connected to Bình Trần.",
    )
    .await?;
    follows(&an, "Bình Trần rings").await?;
    nobody_hears([&an, &binh, &chi]).await?;
    binh.button("Decline").click().await?;
    alerts(&an, "Bình Trần declined. You are back with the customer.").await?;
    these_talk((&an, Who::An), (&chi, Who::Chi)).await?;
    transfer(&an).blind_to(Who::Binh).await?;
    answer(&binh).await?;
    follows(&an, "Bình Trần answered").await?;
    these_talk((&binh, Who::Binh), (&chi, Who::Chi)).await?;
    is_free(&an).await?;
    connect((&an, Who::An), (&story.agent(Who::Dung).await?, Who::Dung)).await
}

async fn attended(story: Story) -> Result<()> {
    let (an, chi) = chi_talks_to_an(&story).await?;
    let binh = story.agent(Who::Binh).await?;
    transfer(&an).attended_to(Who::Binh).await?;
    answer(&binh).await?;
    hears(&[
        Who::hears(&an, &[Who::Binh]),
        Who::hears(&binh, &[Who::An]),
        Who::hears(&chi, &[]),
    ])
    .await?;
    // Nobody here could mix three.
    an.button("Merge").wait_disabled().await?;
    complete(&an).await?;
    is_free(&an).await?;
    these_talk((&binh, Who::Binh), (&chi, Who::Chi)).await?;
    ensure!(!incoming(&binh).is_there().await?, "it rang again");
    // Back to An, and Bình does not wait for the answer.
    transfer(&binh).attended_to(Who::An).await?;
    incoming(&an).wait_text("Bình Trần").await?;
    complete(&binh).await?;
    incoming(&an)
        .wait_texts(&["Chi Lê", "Transferred by Bình Trần"])
        .await?;
    answer(&an).await?;
    these_talk((&an, Who::An), (&chi, Who::Chi)).await?;
    is_free(&binh).await
}

/// What baresip knows of ICE leaves out loopback addresses, so the browser does too.
async fn telephone(story: Story) -> Result<()> {
    let chromium = Chromium::start_without_loopback().await?;
    let result = story.elsewhere(&chromium, telephone_of_dung).await;
    chromium.close().await;
    result
}

async fn telephone_of_dung(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    let dung = extension(Who::Dung, story.proxy()?).await?;
    dial(&an, Who::Dung.extension()).await?;
    hears(&[Who::hears(&an, &[Who::Dung]), Who::hears(&dung, &[Who::An])]).await?;
    transfer(&an).blind_to(Who::Binh).await?;
    answer(&binh).await?;
    is_free(&an).await?;
    hears(&[
        Who::hears(&binh, &[Who::Dung]),
        Who::hears(&dung, &[Who::Binh]),
    ])
    .await?;
    // And back, by Dũng this time: it is Bình's phone that follows.
    dung.transfer("sip:101@alo.local").await?;
    alerts(&binh, Who::An.name()).await?;
    answer(&an).await?;
    these_talk((&an, Who::An), (&binh, Who::Binh)).await?;
    dung.ended().await?;
    Ok(())
}

/// A baresip that is somebody's phone at the proxy, and answers whoever calls.
async fn extension(who: Who, proxy: u16) -> Result<Baresip> {
    let subscriber = Subscriber {
        who: who.name().into(),
        number: who.extension(),
        tone: who.tone(),
        answers: Answers::AtOnce,
        codecs: "opus/48000/2",
    };
    Baresip::start_at(&subscriber, proxy).await
}
