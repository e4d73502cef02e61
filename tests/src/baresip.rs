//! A real telephone: baresip, standing for a mobile phone in the network behind the trunk.
//!
//! It speaks SIP over UDP, sends a tone of its own as its microphone, and writes down what it
//! hears. It is told what to do, and tells what happens, over its control port: JSON objects in
//! netstrings.

use std::fs::{self, File};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{Child, Command};

use crate::devtools::lock;
use crate::ports;
use crate::scratch::Scratch;
use crate::sound::{self, Sound};
use crate::until::{PATIENCE, until};
use crate::wave;

/// What it hears is written every 20 ms; after so long without, it hears nothing.
const NOTHING_COMES: Duration = Duration::from_millis(400);

/// What a telephone is like.
#[derive(Debug, Clone)]
pub struct Subscriber {
    /// Who has it, for messages.
    pub who: String,
    /// Its number, in E.164.
    pub number: &'static str,
    /// What its microphone plays, in whole Hz.
    pub tone: f64,
    /// What it does when it is called.
    pub answers: Answers,
    /// Its codecs, the best first.
    pub codecs: &'static str,
}

/// G.711 first, as the phone network has it.
pub const G711_FIRST: &str = "PCMU/8000/1,PCMA/8000/1,opus/48000/2";

/// What a telephone does when it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// Rings until it is told to answer.
    WhenTold,
    /// Answers at once.
    AtOnce,
}

impl Answers {
    fn word(self) -> &'static str {
        match self {
            Answers::WhenTold => "manual",
            Answers::AtOnce => "auto",
        }
    }
}

/// Where a telephone is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In the telephone network, with a port of its own and no server.
    Network,
    /// Beside the browsers, at the same SIP server. ICE takes no loopback addresses there.
    Extension { server: u16 },
}

/// A running baresip.
pub struct Baresip {
    who: String,
    folder: Scratch,
    port: u16,
    /// Killed when this is dropped.
    _process: Child,
    control: tokio::sync::Mutex<OwnedWriteHalf>,
    tokens: AtomicU32,
    said: Arc<Mutex<Said>>,
}

/// Everything it said on its control port.
#[derive(Default)]
struct Said {
    events: Vec<Value>,
    responses: Vec<Value>,
}

/// What became of its last call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LastCall {
    /// There was none.
    None,
    /// It calls, or is called and has not told anybody yet.
    Begins,
    /// It is called, by this SIP URI.
    RingsHere(String),
    /// It rings at the other end, perhaps with sound already.
    RingsThere,
    /// It was answered.
    Talks,
    /// It is over; what baresip says about it.
    Ended(String),
}

impl Baresip {
    /// Starts one on a free port.
    ///
    /// # Errors
    /// When it is not installed or does not start; the error has its log.
    pub async fn start(subscriber: &Subscriber) -> Result<Self> {
        Self::start_in(subscriber, Place::Network).await
    }

    /// Starts one that is an extension of the domain `alo.local`, registered at the SIP server at a
    /// port of 127.0.0.1, with media as browsers have it: ICE and DTLS-SRTP.
    ///
    /// # Errors
    /// As [`Baresip::start`], and when it is not registered.
    pub async fn start_at(subscriber: &Subscriber, server: u16) -> Result<Self> {
        let phone = Self::start_in(subscriber, Place::Extension { server }).await?;
        until(
            &format!("{} to register", phone.who),
            PATIENCE,
            async || {
                // It may have done so before anybody listened at its control port.
                let log = phone.log();
                ensure!(log.contains("200 OK"), "it has not; its log:\n{log}");
                Ok(())
            },
        )
        .await?;
        Ok(phone)
    }

    async fn start_in(subscriber: &Subscriber, place: Place) -> Result<Self> {
        let mut refused = None;
        // A port may be taken between looking for it and using it.
        for _ in 0..3 {
            match Self::start_once(subscriber, place).await {
                Ok(phone) => return Ok(phone),
                Err(error) => refused = Some(error),
            }
        }
        Err(refused.context("it was tried")?)
    }

    async fn start_once(subscriber: &Subscriber, place: Place) -> Result<Self> {
        let (port, control) = (ports::free()?, ports::free()?);
        let folder = Scratch::new("baresip");
        fs::create_dir_all(folder.path())?;
        configure(folder.path(), subscriber, place, (port, control))?;
        let log = File::create(folder.path().join("log"))?;
        let mut command = Command::new("baresip");
        command.arg("-4");
        if place == Place::Network {
            command.args(["-n", "127.0.0.1"]);
        }
        let mut process = command
            .arg("-f")
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .context("starting baresip")?;
        let connected = until("baresip's control port", PATIENCE, async || {
            let connected = TcpStream::connect((Ipv4Addr::LOCALHOST, control)).await?;
            // One that could not have its SIP port ends, and somebody else's may answer.
            ensure!(process.try_wait()?.is_none(), "it ended");
            Ok(connected)
        });
        let (reader, writer) = match connected.await {
            Ok(connected) => connected.into_split(),
            Err(error) => bail!("{error:#}:\n{}", log_of(folder.path())),
        };
        let said = Arc::default();
        tokio::spawn(listen(reader, Arc::clone(&said)));
        Ok(Self {
            who: subscriber.who.clone(),
            folder,
            port,
            _process: process,
            control: writer.into(),
            tokens: AtomicU32::default(),
            said,
        })
    }

    /// Who has it.
    pub fn who(&self) -> &str {
        &self.who
    }

    /// Its SIP port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it wrote about itself.
    pub fn log(&self) -> String {
        log_of(self.folder.path())
    }

    /// Calls a number by way of the SIP server at a port of 127.0.0.1.
    ///
    /// # Errors
    /// When baresip refuses.
    pub async fn dial(&self, number: &str, port: u16) -> Result<()> {
        self.tell("dial", &format!("sip:{number}@127.0.0.1:{port}"))
            .await
    }

    /// Answers.
    ///
    /// # Errors
    /// When baresip refuses.
    pub async fn answer(&self) -> Result<()> {
        self.tell("accept", "").await
    }

    /// Hangs up, or declines.
    ///
    /// # Errors
    /// When baresip refuses.
    pub async fn hang_up(&self) -> Result<()> {
        self.tell("hangup", "").await
    }

    /// Holds the call.
    ///
    /// # Errors
    /// When baresip refuses.
    pub async fn hold(&self) -> Result<()> {
        self.tell("hold", "").await
    }

    /// Takes the held call back.
    ///
    /// # Errors
    /// When baresip refuses.
    pub async fn resume(&self) -> Result<()> {
        self.tell("resume", "").await
    }

    /// Sends the far end of its call to somebody else (REFER).
    ///
    /// # Errors
    /// When baresip refuses.
    pub async fn transfer(&self, to: &str) -> Result<()> {
        self.tell("transfer", to).await
    }

    /// Presses a key of the keypad.
    ///
    /// # Errors
    /// When baresip refuses.
    pub async fn press(&self, digit: char) -> Result<()> {
        self.tell("sndcode", &digit.to_string()).await
    }

    /// Waits until it rings, and says which SIP URI calls.
    ///
    /// # Errors
    /// With what became of its call instead.
    pub async fn rings(&self) -> Result<String> {
        self.wait_call("to ring", |call| match call {
            LastCall::RingsHere(from) => Some(from),
            _ => None,
        })
        .await
    }

    /// Waits until it is in a call.
    ///
    /// # Errors
    /// With what became of its call instead.
    pub async fn talks(&self) -> Result<()> {
        self.wait_call("to talk", |call| (call == LastCall::Talks).then_some(()))
            .await
    }

    /// Waits until it rings at the other end.
    ///
    /// # Errors
    /// With what became of its call instead.
    pub async fn rings_there(&self) -> Result<()> {
        self.wait_call("to hear that it rings there", |call| {
            (call == LastCall::RingsThere).then_some(())
        })
        .await
    }

    /// Waits until its call is over, and gives baresip's words for why.
    ///
    /// # Errors
    /// With what became of its call instead.
    pub async fn ended(&self) -> Result<String> {
        self.wait_call("to be out of the call", |call| match call {
            LastCall::Ended(why) => Some(why),
            _ => None,
        })
        .await
    }

    async fn wait_call<T>(&self, what: &str, wanted: fn(LastCall) -> Option<T>) -> Result<T> {
        until(&format!("{} {what}", self.who), PATIENCE, async || {
            let call = self.last_call();
            let is = format!("{call:?}");
            wanted(call).with_context(|| format!("its last call: {is}"))
        })
        .await
    }

    /// What became of its last call.
    pub fn last_call(&self) -> LastCall {
        last_call(&lock(&self.said).events)
    }

    /// Waits until it has heard exactly these digits since it was started.
    ///
    /// # Errors
    /// With the digits that it heard.
    pub async fn hears_digits(&self, digits: &str) -> Result<()> {
        let what = format!("{} to hear the digits {digits}", self.who);
        until(&what, PATIENCE, async || {
            let heard = self.digits();
            ensure!(heard == digits, "heard {heard}");
            Ok(())
        })
        .await
    }

    fn digits(&self) -> String {
        let said = lock(&self.said);
        let events = said.events.iter();
        let starts = events.filter(|event| event["type"] == "CALL_DTMF_START");
        starts.filter_map(|event| event["param"].as_str()).collect()
    }

    /// What it hears now. Once a call was held, by whichever side, baresip 1.0.0 hears and records no
    /// more: it forgets what stands between its decoder and its player, and this is silence.
    ///
    /// # Errors
    /// When its recording cannot be read.
    pub fn hear(&self, tones: &[f64]) -> Result<Sound> {
        let Some(recording) = self.recording()? else {
            return Ok(sound::hear(&[], 8000.0, tones));
        };
        let wave = wave::read(&fs::read(recording)?)?;
        Ok(sound::hear(&wave.samples, wave.rate, tones))
    }

    /// The file that it writes into now. A phone that is sent nothing writes nothing.
    fn recording(&self) -> Result<Option<PathBuf>> {
        let mut newest = None;
        for entry in fs::read_dir(self.folder.path())? {
            let entry = entry?;
            let name = entry.file_name();
            if name.to_string_lossy().ends_with("-dec.wav") {
                let written = (entry.metadata()?.modified()?, entry.path());
                newest = newest.max(Some(written));
            }
        }
        Ok(newest.and_then(|(at, path)| {
            let is_old = at.elapsed().is_ok_and(|age| age > NOTHING_COMES);
            (!is_old).then_some(path)
        }))
    }

    async fn tell(&self, command: &str, parameters: &str) -> Result<()> {
        let token = self.tokens.fetch_add(1, Ordering::Relaxed).to_string();
        let text = json!({ "command": command, "params": parameters, "token": token }).to_string();
        let netstring = format!("{}:{text},", text.len());
        let mut control = self.control.lock().await;
        control.write_all(netstring.as_bytes()).await?;
        let what = format!("{} to {command} {parameters}", self.who);
        let response = until(&what, PATIENCE, async || {
            let said = lock(&self.said);
            let mut responses = said.responses.iter();
            let own = responses.find(|response| response["token"] == token.as_str());
            own.cloned().context("baresip does not answer")
        })
        .await?;
        ensure!(response["ok"] == true, "{what}: baresip says {response}");
        Ok(())
    }
}

/// The three files that baresip reads.
fn configure(
    folder: &Path,
    subscriber: &Subscriber,
    place: Place,
    (port, control): (u16, u16),
) -> Result<()> {
    let tone = subscriber.tone.round();
    let (number, codecs) = (subscriber.number, subscriber.codecs);
    let (account, more) = match place {
        Place::Network => (format!("<sip:{number}@127.0.0.1:{port}>;regint=0"), ""),
        Place::Extension { server } => (
            format!(
                "<sip:{number}@alo.local>;outbound=\"sip:127.0.0.1:{server};transport=udp\";\
                 regint=600;medianat=ice;mediaenc=dtls_srtp"
            ),
            "rtcp_mux yes\nmodule ice.so\nmodule dtls_srtp.so\n",
        ),
    };
    // ausine knows one rate and two channels. The player is a device that nobody listens to: what
    // is heard is written by sndfile before it gets there.
    let config = format!(
        "sip_listen 127.0.0.1:{port}\n\
         ctrl_tcp_listen 127.0.0.1:{control}\n\
         audio_source ausine,{tone}\n\
         audio_player aubridge,sink\n\
         audio_alert aubridge,sink\n\
         ausrc_srate 48000\n\
         ausrc_channels 2\n\
         snd_path {}\n\
         menu_bell no\n\
         statmode_default off\n\
         module_path {}\n\
         module opus.so\n\
         module g711.so\n\
         module ausine.so\n\
         module aubridge.so\n\
         module sndfile.so\n\
         module uuid.so\n\
         module_app account.so\n\
         module_app menu.so\n\
         module_app ctrl_tcp.so\n\
         {more}",
        folder.display(),
        modules()?.display(),
    );
    let answers = subscriber.answers.word();
    let account = format!("{account};answermode={answers};audio_codecs={codecs}\n");
    fs::write(folder.join("config"), config)?;
    fs::write(folder.join("accounts"), account)?;
    // Without one, it makes one of examples.
    fs::write(folder.join("contacts"), "")?;
    Ok(())
}

/// Where the package has put them.
fn modules() -> Result<PathBuf> {
    let folders = ["/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules"];
    let mut folders = folders.into_iter().map(PathBuf::from);
    folders
        .find(|folder| folder.join("ctrl_tcp.so").is_file())
        .context("baresip is not installed: `apt-get install --no-install-recommends baresip-core`")
}

fn log_of(folder: &Path) -> String {
    let log = fs::read(folder.join("log")).unwrap_or_default();
    String::from_utf8_lossy(&log).into_owned()
}

/// Keeps everything that it says until it ends.
async fn listen(mut from: OwnedReadHalf, said: Arc<Mutex<Said>>) {
    let mut bytes = Vec::new();
    while let Ok(1..) = from.read_buf(&mut bytes).await {
        while let Some((value, length)) = netstring(&bytes) {
            bytes.drain(..length);
            let mut said = lock(&said);
            if value["event"] == true {
                said.events.push(value);
            } else {
                said.responses.push(value);
            }
        }
    }
}

/// The first netstring (`LENGTH:TEXT,`), as the JSON that it holds, and how long it is in all.
fn netstring(bytes: &[u8]) -> Option<(Value, usize)> {
    let colon = bytes.iter().position(|byte| *byte == b':')?;
    let length: usize = std::str::from_utf8(&bytes[..colon]).ok()?.parse().ok()?;
    let (begin, end) = (colon + 1, colon + 1 + length);
    let whole = (bytes.len() > end).then(|| &bytes[begin..end])?;
    Some((serde_json::from_slice(whole).unwrap_or_default(), end + 1))
}

fn last_call(events: &[Value]) -> LastCall {
    let mut call = LastCall::None;
    for event in events {
        let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
        call = match event["type"].as_str() {
            Some("CALL_INCOMING") => LastCall::RingsHere(text("peeruri")),
            Some("CALL_RINGING" | "CALL_PROGRESS") => LastCall::RingsThere,
            Some("CALL_ESTABLISHED") => LastCall::Talks,
            Some("CALL_CLOSED") => LastCall::Ended(text("param")),
            Some("CALL_LOCAL_SDP") if matches!(call, LastCall::None | LastCall::Ended(_)) => {
                LastCall::Begins
            }
            _ => call,
        };
    }
    call
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn netstrings_are_taken_one_by_one_and_only_whole() {
        let two = b"11:{\"event\":1},2:{},";
        let (first, length) = netstring(two).unwrap();
        assert_eq!((first["event"].as_i64(), length), (Some(1), 15));
        assert_eq!(netstring(&two[length..]), Some((json!({}), 5)));
        for part in 0..length {
            assert_eq!(netstring(&two[..part]), None);
        }
    }

    #[test]
    fn the_last_call_is_told_by_its_events() {
        let event = |kind: &str| json!({ "type": kind, "peeruri": "sip:a@b", "param": "why" });
        let after =
            |kinds: &[&str]| last_call(&kinds.iter().map(|kind| event(kind)).collect::<Vec<_>>());
        assert_eq!(after(&[]), LastCall::None);
        let rings = LastCall::RingsHere("sip:a@b".into());
        assert_eq!(after(&["CALL_INCOMING", "CALL_REMOTE_SDP"]), rings);
        let outgoing = [
            "CALL_LOCAL_SDP",
            "CALL_PROGRESS",
            "CALL_ESTABLISHED",
            "CALL_RTCP",
        ];
        assert_eq!(after(&outgoing[..1]), LastCall::Begins);
        assert_eq!(after(&outgoing[..2]), LastCall::RingsThere);
        assert_eq!(after(&outgoing), LastCall::Talks);
        assert_eq!(after(&["CALL_CLOSED"]), LastCall::Ended("why".into()));
    }
}
