//! The few looks into SDP that str0m does not take: which line is the audio, which way it flows,
//! which clock telephone-event has there; and the narrowing of an offer's direction.

use super::api::Allow;

/// SDP longer than this is refused.
pub(super) const LONGEST: usize = 64 * 1024;

/// The first audio line of a description.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AudioLine<'a> {
    /// `a=mid` (RFC 8843).
    pub(super) mid: Option<&'a str>,
    /// Whether it has a telephone-event of 48 kHz (RFC 4733).
    pub(super) event_48k: bool,
}

/// Finds the first audio line.
pub(super) fn audio_line(sdp: &str) -> Option<AudioLine<'_>> {
    let mut lines = sdp
        .lines()
        .skip_while(|line| !line.starts_with("m=audio"))
        .take_while({
            let mut first = true;
            move |line| std::mem::take(&mut first) || !line.starts_with("m=")
        });
    lines.next()?;
    let mut found = AudioLine {
        mid: None,
        event_48k: false,
    };
    for line in lines {
        if let Some(mid) = line.strip_prefix("a=mid:") {
            found.mid = Some(mid.trim());
        } else if line.starts_with("a=rtpmap:") && line.contains(" telephone-event/48000") {
            found.event_48k = true;
        }
    }
    Some(found)
}

/// Takes away from an offer what is not allowed, so that the answer to it does not allow it either
/// (RFC 3264 section 6.1). The direction is seen from the far end: it sends what is received here.
pub(super) fn narrow(sdp: &str, allow: Allow) -> String {
    let mut out = String::with_capacity(sdp.len() + 32);
    let mut session = Flow {
        sends: true,
        receives: true,
    };
    let mut section = None;
    for line in sdp.lines().map(str::trim_end) {
        if line.starts_with("m=") {
            close_section(&mut out, &mut section, allow);
            section = Some(session);
        } else if let Some(flow) = Flow::parse(line) {
            match &mut section {
                // Written at the end of the section.
                Some(of_section) => *of_section = flow,
                None => session = flow,
            }
            continue;
        }
        out.push_str(line);
        out.push_str("\r\n");
    }
    close_section(&mut out, &mut section, allow);
    out
}

/// Writes the direction of the section that ends here.
fn close_section(out: &mut String, section: &mut Option<Flow>, allow: Allow) {
    if let Some(flow) = section.take() {
        let flow = Flow {
            sends: flow.sends && allow.recv,
            receives: flow.receives && allow.send,
        };
        out.push_str(flow.attribute());
        out.push_str("\r\n");
    }
}

/// A direction attribute (RFC 8866 section 6.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Flow {
    sends: bool,
    receives: bool,
}

impl Flow {
    fn parse(line: &str) -> Option<Self> {
        let (sends, receives) = match line {
            "a=sendrecv" => (true, true),
            "a=sendonly" => (true, false),
            "a=recvonly" => (false, true),
            "a=inactive" => (false, false),
            _ => return None,
        };
        Some(Self { sends, receives })
    }

    fn attribute(self) -> &'static str {
        match (self.sends, self.receives) {
            (true, true) => "a=sendrecv",
            (true, false) => "a=sendonly",
            (false, true) => "a=recvonly",
            (false, false) => "a=inactive",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "v=0\r\na=sendonly\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111 110\r\n\
        a=mid:0\r\na=sendrecv\r\na=rtpmap:110 telephone-event/48000\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n";

    #[test]
    fn the_audio_line_is_found() {
        let line = audio_line(OFFER).unwrap();
        assert_eq!(line.mid, Some("0"));
        assert!(line.event_48k);
        assert_eq!(audio_line("v=0\r\nm=video 9 X 96\r\na=mid:0\r\n"), None);
    }

    #[test]
    fn a_direction_is_narrowed_in_every_section() {
        let both = narrow(OFFER, Allow::BOTH);
        assert!(both.contains("a=mid:0\r\na=rtpmap:110 telephone-event/48000\r\na=sendrecv\r\nm="));
        assert!(both.ends_with("a=mid:1\r\na=sendonly\r\n"), "{both}");
        let hold = narrow(
            OFFER,
            Allow {
                send: true,
                recv: false,
            },
        );
        assert!(hold.contains("a=recvonly\r\nm=video"), "{hold}");
        assert!(hold.ends_with("a=inactive\r\n"), "{hold}");
        assert!(!hold.contains("sendonly"), "{hold}");
    }
}
