//! Offers and answers (JSEP, RFC 8829), by transceivers: no description is edited as text.

use alo_phone::io::{Direction, MediaError, MediaWants};
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    RtcOfferOptions, RtcPeerConnection, RtcRtpTransceiver, RtcRtpTransceiverDirection,
    RtcRtpTransceiverInit, RtcSdpType, RtcSessionDescriptionInit, RtcSignalingState,
};

use super::candidate::{FirstCandidate, Gathering};
use crate::platform::js;

/// Kinds of media, as transceivers have them.
const AUDIO: &str = "audio";
const VIDEO: &str = "video";

/// Makes sure that there is an audio transceiver, and that all transceivers flow as is wanted.
pub(crate) fn arrange(peer: &RtcPeerConnection, wants: MediaWants) -> RtcRtpTransceiver {
    match wants.video {
        Some(direction) => {
            transceiver(peer, VIDEO, direction);
        }
        None => refuse_video(peer),
    }
    transceiver(peer, AUDIO, wants.audio)
}

/// The offer, in force here from now on.
pub(crate) async fn offer(
    peer: &RtcPeerConnection,
    ice_restart: bool,
    gathering: Gathering,
) -> Result<String, MediaError> {
    let options = RtcOfferOptions::new();
    options.set_ice_restart(ice_restart);
    let offer = peer.create_offer_with_rtc_offer_options(&options);
    let offer = JsFuture::from(offer).await.map_err(|e| refused(&e))?;
    take_local(peer, &offer, gathering).await
}

/// Takes an offer of the far end. What is to be answered is arranged after this.
pub(crate) async fn take_offer(peer: &RtcPeerConnection, sdp: &str) -> Result<(), MediaError> {
    take_remote(peer, RtcSdpType::Offer, sdp).await
}

/// The answer to the offer taken before, in force here from now on.
pub(crate) async fn answer(
    peer: &RtcPeerConnection,
    gathering: Gathering,
) -> Result<String, MediaError> {
    let answer = JsFuture::from(peer.create_answer())
        .await
        .map_err(|e| refused(&e))?;
    take_local(peer, &answer, gathering).await
}

/// Takes the answer of the far end.
pub(crate) async fn take_answer(
    peer: &RtcPeerConnection,
    sdp: &str,
    provisional: bool,
) -> Result<(), MediaError> {
    if peer.signaling_state() == RtcSignalingState::Stable {
        // The final response repeats the answer of a reliable provisional one (RFC 3262, section 5).
        let known = peer.remote_description().is_some_and(|it| it.sdp() == sdp);
        return if known {
            Ok(())
        } else {
            Err(MediaError::State("no offer awaits an answer".into()))
        };
    }
    let kind = if provisional {
        RtcSdpType::Pranswer
    } else {
        RtcSdpType::Answer
    };
    take_remote(peer, kind, sdp).await
}

/// Takes the last offer back (RFC 8829, section 4.1.10.2).
pub(crate) async fn roll_back(peer: &RtcPeerConnection) {
    let back = RtcSessionDescriptionInit::new(RtcSdpType::Rollback);
    let done = match peer.signaling_state() {
        RtcSignalingState::HaveLocalOffer => peer.set_local_description(&back),
        RtcSignalingState::HaveRemoteOffer => peer.set_remote_description(&back),
        // Nothing to take back.
        _ => return,
    };
    let _ = JsFuture::from(done).await;
}

async fn take_local(
    peer: &RtcPeerConnection,
    description: &JsValue,
    gathering: Gathering,
) -> Result<String, MediaError> {
    let first = FirstCandidate::watch(peer, gathering);
    let taken = peer.set_local_description(description.unchecked_ref());
    JsFuture::from(taken).await.map_err(|e| refused(&e))?;
    first.found(&local_sdp(peer)?).await;
    local_sdp(peer)
}

async fn take_remote(
    peer: &RtcPeerConnection,
    kind: RtcSdpType,
    sdp: &str,
) -> Result<(), MediaError> {
    let description = RtcSessionDescriptionInit::new(kind);
    description.set_sdp(sdp);
    JsFuture::from(peer.set_remote_description(&description))
        .await
        .map_err(|e| refused(&e))?;
    Ok(())
}

/// The description in force here, with all candidates so far.
pub(crate) fn local_sdp(peer: &RtcPeerConnection) -> Result<String, MediaError> {
    peer.local_description()
        .map(|description| description.sdp())
        .ok_or_else(|| MediaError::State("no local description".into()))
}

/// The first transceiver of this kind, or a new one, in this direction.
fn transceiver(
    peer: &RtcPeerConnection,
    kind: &'static str,
    direction: Direction,
) -> RtcRtpTransceiver {
    let direction = browser_direction(direction);
    if let Some(found) = transceivers(peer, kind).next() {
        found.set_direction(direction);
        return found;
    }
    let init = RtcRtpTransceiverInit::new();
    init.set_direction(direction);
    peer.add_transceiver_with_str_and_init(kind, &init)
}

/// Port 0 in what is described next (RFC 8829, section 5.2.2 and 5.3.1).
fn refuse_video(peer: &RtcPeerConnection) {
    for video in transceivers(peer, VIDEO) {
        video.stop();
    }
}

fn transceivers(
    peer: &RtcPeerConnection,
    kind: &'static str,
) -> impl Iterator<Item = RtcRtpTransceiver> + use<> {
    let all: Array = peer.get_transceivers();
    all.into_iter()
        .map(JsCast::unchecked_into::<RtcRtpTransceiver>)
        .filter(move |it| {
            it.receiver().track().kind() == kind
                && it.direction() != RtcRtpTransceiverDirection::Stopped
        })
}

fn browser_direction(direction: Direction) -> RtcRtpTransceiverDirection {
    match direction {
        Direction::SendRecv => RtcRtpTransceiverDirection::Sendrecv,
        Direction::SendOnly => RtcRtpTransceiverDirection::Sendonly,
        Direction::RecvOnly => RtcRtpTransceiverDirection::Recvonly,
        Direction::Inactive => RtcRtpTransceiverDirection::Inactive,
    }
}

fn refused(error: &JsValue) -> MediaError {
    let text = js::error_text(error);
    match js::error_name(error).as_str() {
        "InvalidStateError" => MediaError::State(text),
        _ => MediaError::Description(text),
    }
}
