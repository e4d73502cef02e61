//! The measure itself is measured first: what these tests call hearing, on a page of two peer
//! connections that talk to each other, with no phone in between.

use std::time::Duration;

use alo_browser_tests::hearing::{Beside, Hears, TONES, hears, keeps_hearing};
use alo_browser_tests::page::{Microphone, Page, PageOptions};
use alo_browser_tests::story::{Stage, all_released};
use anyhow::{Result, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::Teller;

/// `talk()` joins two peer connections; the far one's sound is played.
const PAGE: &str = "<!doctype html><title>ears</title><script>
async function talk() {
  window.stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const [a, b] = window.ends = [new RTCPeerConnection(), new RTCPeerConnection()];
  a.onicecandidate = ({ candidate }) => b.addIceCandidate(candidate);
  b.onicecandidate = ({ candidate }) => a.addIceCandidate(candidate);
  window.player = new Audio();
  b.ontrack = ({ streams }) => { player.srcObject = streams[0]; player.play(); };
  window.sender = a.addTrack(stream.getAudioTracks()[0], stream);
  await a.setLocalDescription();
  await b.setRemoteDescription(a.localDescription);
  await b.setLocalDescription();
  await a.setRemoteDescription(b.localDescription);
}
function switchOn(on) { stream.getAudioTracks()[0].enabled = on; }
async function music() {
  const context = new AudioContext();
  const destination = context.createMediaStreamDestination();
  for (const note of [261.6, 329.6, 392, 523.3]) {
    const voice = context.createOscillator();
    voice.type = 'triangle';
    voice.frequency.value = note;
    const gain = context.createGain();
    gain.gain.value = 0.1;
    voice.connect(gain).connect(destination);
    voice.start();
  }
  await sender.replaceTrack(destination.stream.getAudioTracks()[0]);
}
function hangUp() { ends.forEach(end => end.close()); stream.getTracks().forEach(t => t.stop()); }
</script>";

pub(crate) fn add(teller: &mut Teller) {
    teller.add_bare("ears_tell_a_person_from_silence_and_music", tell_apart);
    teller.add_bare(
        "ears_forgive_a_gap_and_nobody_who_is_not_to_be_heard",
        forgive_a_gap,
    );
    teller.add_bare("ears_hear_digits", hear_digits);
}

async fn tell_apart(stage: &Stage) -> Result<()> {
    let page = page(stage, TONES[2]).await?;
    page.evaluate("talk()").await?;
    hears(&[row(&page, &[TONES[2]], Beside::Silence)]).await?;
    page.evaluate("void (player.muted = true)").await?;
    hears(&[row(&page, &[], Beside::Silence)]).await?;
    page.evaluate("void (player.muted = false)").await?;
    page.evaluate("switchOn(false)").await?;
    hears(&[row(&page, &[], Beside::Silence)]).await?;
    page.evaluate("music()").await?;
    hears(&[row(&page, &[], Beside::Sound)]).await?;
    let open = page
        .evaluate("[__ear.openConnections(), __ear.liveMicrophones()]")
        .await?;
    ensure!(
        open == serde_json::json!([2, 1]),
        "open connections and microphones: {open}"
    );
    page.evaluate("hangUp()").await?;
    all_released(&page).await?;
    page.close().await
}

async fn forgive_a_gap(stage: &Stage) -> Result<()> {
    let page = page(stage, TONES[3]).await?;
    page.evaluate("talk()").await?;
    let heard = [row(&page, &[TONES[3]], Beside::Silence)];
    hears(&heard).await?;
    // As long as a busy machine makes one.
    page.evaluate(
        "void setTimeout(() => { switchOn(false); setTimeout(switchOn, 150, true); }, 1000)",
    )
    .await?;
    keeps_hearing(&heard, Duration::from_secs(2)).await?;
    // Once a second for a moment, so that one of them falls into the time in which nobody is to be
    // heard.
    page.evaluate(
        "switchOn(false); void setInterval(() => { switchOn(true); setTimeout(switchOn, 200, false); }, 1000)",
    )
    .await?;
    let nobody = [row(&page, &[], Beside::Silence)];
    let overheard = keeps_hearing(&nobody, Duration::from_secs(5)).await;
    ensure!(overheard.is_err(), "somebody spoke and was not noticed");
    page.close().await
}

async fn hear_digits(stage: &Stage) -> Result<()> {
    let page = page(stage, TONES[0]).await?;
    page.evaluate("talk()").await?;
    hears(&[row(&page, &[TONES[0]], Beside::Silence)]).await?;
    page.wait_for("a way to send digits", "sender.dtmf.canInsertDTMF")
        .await?;
    page.evaluate("sender.dtmf.insertDTMF('1595D*0#', 200, 120)")
        .await?;
    page.hears_digits("1595D*0#").await?;
    page.hide().await?;
    page.close().await
}

fn row<'a>(page: &'a Page, people: &[f64], beside: Beside) -> Hears<'a> {
    Hears {
        ears: page.into(),
        people: people.to_vec(),
        beside,
    }
}

async fn page(stage: &Stage, tone: f64) -> Result<Page> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://localhost:{}/", listener.local_addr()?.port());
    tokio::spawn(serve(listener));
    let options = PageOptions {
        who: "Ear".into(),
        tone,
        microphone: Microphone::Tone,
        size: (600, 400),
        language: "en-GB",
    };
    let page = stage.browser().await?.open(options).await?;
    page.go(&address).await?;
    Ok(page)
}

/// Answers everything with the page.
async fn serve(listener: TcpListener) -> Result<()> {
    loop {
        let (mut connection, _) = listener.accept().await?;
        let mut request = [0; 4096];
        let _ = connection.read(&mut request).await?;
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n",
            PAGE.len()
        );
        connection.write_all(head.as_bytes()).await?;
        connection.write_all(PAGE.as_bytes()).await?;
    }
}
