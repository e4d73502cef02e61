//! What the far end's SDP says of the far end.

use alo_sip::sdp::Sdp;

/// What the far end's SDP says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct FarMedia {
    /// It does not want to hear this side: hold (RFC 3264, section 8.4).
    pub(crate) holds: bool,
    /// It has a video line that it did not refuse.
    pub(crate) video: bool,
    /// It sends video.
    pub(crate) sends_video: bool,
}

impl FarMedia {
    /// Reads an offer or answer of the far end. What cannot be read says nothing; the browser will
    /// say what is wrong with it.
    pub(crate) fn read(sdp: &str) -> Self {
        let Ok(sdp) = Sdp::parse(sdp) else {
            return Self::default();
        };
        let video = sdp.video().filter(|video| !video.is_rejected());
        Self {
            holds: sdp
                .audio()
                .is_some_and(|audio| !audio.is_rejected() && !audio.direction.receives()),
            video: video.is_some(),
            sends_video: video.is_some_and(|video| video.direction.sends()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(direction: &str) -> FarMedia {
        let head = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";
        let audio = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:u\r\n";
        FarMedia::read(&[head, audio, direction].concat())
    }

    #[test]
    fn a_far_end_that_does_not_listen_holds() {
        assert!(read("a=sendonly\r\n").holds);
        assert!(read("a=inactive\r\n").holds);
        assert!(!read("a=recvonly\r\n").holds);
        assert!(!read("").holds);
        assert_eq!(FarMedia::read("nonsense"), FarMedia::default());
    }

    #[test]
    fn a_refused_video_line_is_none() {
        let video = "a=sendrecv\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=sendonly\r\n";
        assert!(read(video).video && read(video).sends_video);
        let refused = "a=sendrecv\r\nm=video 0 UDP/TLS/RTP/SAVPF 96\r\n";
        assert!(!read(refused).video);
    }
}
