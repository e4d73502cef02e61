//! sipp: many telephones at once, and a phone network that refuses.

use std::fmt::Write as _;
use std::fs;
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use tokio::net::UdpSocket;
use tokio::process::{Child, Command};

use crate::ports;
use crate::scratch::Scratch;
use crate::until::{PATIENCE, until};

/// A running sipp with a scenario of its own.
pub struct Sipp {
    port: u16,
    /// Ends when this is dropped.
    process: Child,
    folder: Scratch,
}

impl Sipp {
    /// Starts one that plays a scenario, with more arguments behind the usual ones.
    ///
    /// # Errors
    /// When sipp is not installed, or there is no free port.
    pub fn start(scenario: &str, arguments: &[String]) -> Result<Self> {
        let folder = Scratch::new("sipp");
        fs::create_dir_all(folder.path())?;
        Self::start_in(folder, scenario, arguments)
    }

    fn start_in(folder: Scratch, scenario: &str, arguments: &[String]) -> Result<Self> {
        fs::write(folder.path().join("scenario.xml"), scenario)?;
        let log = fs::File::create(folder.path().join("log"))?;
        let (port, media) = (ports::free()?, ports::free()?);
        let process = Command::new("sipp")
            // OPTIONS, by which a trunk is watched, is answered beside the scenario.
            .args(["-sf", "scenario.xml", "-i", "127.0.0.1", "-nostdin", "-aa"])
            .args(["-p", &port.to_string(), "-mp", &media.to_string()])
            .args(["-trace_err", "-error_file", "errors"])
            .args(["-trace_stat", "-stf", "statistics", "-fd", "1"])
            .args(arguments)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .context("starting sipp: `apt-get install --no-install-recommends sip-tester`")?;
        Ok(Self {
            port,
            process,
            folder,
        })
    }

    /// A phone network in which the last three digits of a number are what it answers with.
    ///
    /// # Errors
    /// When sipp does not start.
    pub async fn refusing() -> Result<Self> {
        Self::start(&refusing(), &[])?.listens().await
    }

    /// A phone network that says something before a call is answered, five seconds long: this tone.
    ///
    /// # Errors
    /// When sipp does not start.
    pub async fn announcing(tone: f64) -> Result<Self> {
        let folder = Scratch::new("sipp");
        fs::create_dir_all(folder.path())?;
        fs::write(folder.path().join("tone"), tone_of(tone))?;
        Self::start_in(folder, ANNOUNCING, &[])?.listens().await
    }

    async fn listens(mut self) -> Result<Self> {
        until("sipp to take calls", PATIENCE, async || {
            let ended = self.process.try_wait()?;
            ensure!(ended.is_none(), "it ended: {}", self.errors());
            let is_taken = UdpSocket::bind(("127.0.0.1", self.port)).await.is_err();
            ensure!(is_taken, "it does not listen");
            Ok(())
        })
        .await?;
        Ok(self)
    }

    /// Its SIP port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its process, for those who measure it.
    pub fn process(&self) -> Option<u32> {
        self.process.id()
    }

    /// What went wrong, in its words.
    pub fn errors(&self) -> String {
        let read = |name| fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        let errors: String = read("errors").lines().take(20).collect();
        if errors.is_empty() {
            read("log")
        } else {
            errors
        }
    }

    /// What it counted so far.
    ///
    /// # Errors
    /// When it has counted nothing yet.
    pub fn counts(&self) -> Result<Counts> {
        let file = self.folder.path().join("statistics");
        counts(&fs::read_to_string(file)?)
    }

    /// Waits until it has made all its calls, and gives what it counted.
    ///
    /// # Errors
    /// When it ends in another way.
    pub async fn finish(mut self) -> Result<Counts> {
        let status = self.process.wait().await?;
        // 1: at least one call failed, which the counts say.
        ensure!(
            matches!(status.code(), Some(0 | 1)),
            "sipp ended with {status}: {}",
            self.errors()
        );
        self.counts()
    }
}

/// What one sipp counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Calls that went as the scenario has it.
    pub good: u32,
    /// The others.
    pub failed: u32,
    /// Calls that go on.
    pub current: u32,
}

/// The last line of its table.
fn counts(table: &str) -> Result<Counts> {
    let mut lines = table.lines();
    let names: Vec<&str> = lines.next().context("no table")?.split(';').collect();
    let last: Vec<&str> = lines.next_back().context("no line")?.split(';').collect();
    let count = |wanted: &str| {
        let column = names.iter().position(|name| *name == wanted);
        let cell = column.and_then(|column| last.get(column));
        cell.and_then(|cell| cell.trim().parse().ok())
            .with_context(|| format!("no number {wanted}"))
    };
    Ok(Counts {
        good: count("SuccessfulCall(C)")?,
        failed: count("FailedCall(C)")?,
        current: count("CurrentCall")?,
    })
}

/// One second of a tone at -14 dBFS in G.711 µ-law: whole Hz come round in it.
fn tone_of(tone: f64) -> Vec<u8> {
    let turn = std::f64::consts::TAU * tone.round() / 8000.0;
    let sample = |n: u32| (6553.0 * (turn * f64::from(n)).sin()) as i16;
    (0..8000).map(|n| mu_law(sample(n))).collect()
}

/// ITU-T G.711, table 2.
fn mu_law(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let biased = (i32::from(sample).abs() + 132).min(32_767);
    // The place of the highest bit, of which 7 is the lowest.
    let segment = (biased.ilog2() - 7) as u8;
    let step = (biased >> (segment + 3)) as u8 & 0x0f;
    !(sign | segment << 4 | step)
}

/// Rings with sound for five seconds, and answers.
const ANNOUNCING: &str = r#"<?xml version="1.0"?>
<scenario name="announcing">
  <recv request="INVITE"/>
  <send><![CDATA[
SIP/2.0 183 Session Progress
[last_Via:]
[last_From:]
[last_To:];tag=[pid]-[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:network@[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [rtpstream_audio_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
a=ptime:20
]]></send>
  <nop><action><exec rtp_stream="tone,-1,0"/></action></nop>
  <pause milliseconds="5000"/>
  <send retrans="500"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[pid]-[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:network@[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [rtpstream_audio_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
a=ptime:20
]]></send>
  <recv request="ACK"/>
  <recv request="BYE"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
</scenario>
"#;

/// What the network behind a trunk may answer.
const CODES: [u16; 9] = [403, 404, 408, 480, 484, 486, 500, 503, 603];

/// Branches by the number that is called: a response code must stand in the scenario itself.
fn refusing() -> String {
    let mut scenario = "<?xml version=\"1.0\"?>\n<scenario name=\"refusing\">\n\
                        <recv request=\"INVITE\"><action>\n"
        .to_owned();
    for code in CODES {
        // Writing into a String cannot fail.
        let _ = writeln!(
            scenario,
            "<ereg regexp=\"sip:[+0-9]*{code}@\" search_in=\"hdr\" header=\"To:\" assign_to=\"is{code}\"/>"
        );
    }
    scenario.push_str("</action></recv>\n");
    for code in CODES {
        let _ = writeln!(scenario, "<nop next=\"{code}\" test=\"is{code}\"/>");
    }
    for code in CODES {
        let _ = write!(
            scenario,
            "<label id=\"{code}\"/>\n<send retrans=\"500\"><![CDATA[\n\
             SIP/2.0 {code} Refused\n\
             [last_Via:]\n[last_From:]\n[last_To:];tag=[pid]-[call_number]\n\
             [last_Call-ID:]\n[last_CSeq:]\nContent-Length: 0\n\n]]></send>\n\
             <recv request=\"ACK\" next=\"1\"/>\n"
        );
    }
    scenario.push_str("<label id=\"1\"/>\n</scenario>\n");
    scenario
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mu_law_is_that_of_the_table() {
        for (sample, byte) in [
            (0, 0xff),
            (-1, 0x7f),
            (32_767, 0x80),
            (-32_768, 0x00),
            (1000, 0xce),
        ] {
            assert_eq!(mu_law(sample), byte, "{sample}");
        }
    }

    #[test]
    fn the_last_line_of_the_table_counts() {
        let table = "StartTime;CurrentCall;SuccessfulCall(C);FailedCall(C);\n\
                     1;5;0;0;\n2;3;7;1;\n";
        let expected = Counts {
            good: 7,
            failed: 1,
            current: 3,
        };
        assert_eq!(counts(table).unwrap(), expected);
        assert!(counts("").is_err());
    }
}
