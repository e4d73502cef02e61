//! PUBLISH: an agent says in which working state he wants to be (RFC 3903 section 6).

use std::time::Duration;

use alo_sip::header::HeaderName;
use alo_sip::message::Request;
use alo_sip::presence::{PIDF, Presence};
use alo_sip::status::StatusCode;
use alo_sip::time::Instant;
use alo_sip::ua::{FlowId, ServerTxId};

use super::Center;
use super::presence::NotAnAgent;
use crate::acd;
use crate::presence::documents;
use crate::presence::publications::{Publish, Published, Refusal};

/// Larger documents are not read; Alo's own are a tenth of it.
const LONGEST: usize = 16 * 1024;

/// A status, and the header fields that come with it.
type Answer = (StatusCode, Vec<(HeaderName, String)>);

impl Center {
    /// A PUBLISH.
    pub(super) fn publish(
        &mut self,
        now: Instant,
        tx: ServerTxId,
        flow: FlowId,
        request: &Request,
    ) {
        let (status, headers) = match self.try_publish(now, flow, request) {
            Ok(published) => (StatusCode::OK, granted(&published)),
            Err(refused) => refused,
        };
        self.respond(now, tx, status, headers);
    }

    /// The steps of section 6, in their order.
    fn try_publish(
        &mut self,
        now: Instant,
        flow: FlowId,
        request: &Request,
    ) -> Result<Published, Answer> {
        let plain = |status| (status, Vec::new());
        let bad = |_| plain(StatusCode::BAD_REQUEST);
        // Step 1.
        let target = self
            .agent_named(request)
            .ok_or(plain(StatusCode::NOT_FOUND))?;
        // Step 2.
        let event = request.headers().event().map_err(bad)?;
        if event.is_none_or(|event| event.package != "presence") {
            let allowed = (HeaderName::AllowEvents, "presence".into());
            return Err((StatusCode::BAD_EVENT, vec![allowed]));
        }
        // Step 3.
        let sender = self
            .agent_who_asks(now, flow, request)
            .map_err(NotAnAgent::answer)?;
        if sender != target {
            return Err(plain(StatusCode::FORBIDDEN));
        }
        // The body before steps 4 and 5, so that nothing has changed when it turns out to be nothing.
        let wish = self.wish(request)?;
        let if_match = request
            .headers()
            .get(&HeaderName::from_static("SIP-If-Match"));
        let publish = Publish {
            account: &target,
            if_match: if_match.as_deref().map(str::trim),
            has_body: wish.is_some(),
            expires: request.headers().expires().map(seconds),
        };
        let published = self.publications.publish(now, publish).map_err(refused)?;
        if let Some(Wish::State(state)) = wish.filter(|_| published.carry_out) {
            tracing::info!(agent = target, state, "chose a working state");
            let agent = target.clone();
            self.tell_acd(acd::Input::Choose { agent, state });
        }
        Ok(published)
    }

    /// What the body says (step 6).
    fn wish(&self, request: &Request) -> Result<Option<Wish>, Answer> {
        let plain = |status| (status, Vec::new());
        if request.body().is_empty() {
            return Ok(None);
        }
        let kind = request.headers().content_type();
        if !matches!(kind, Ok(Some(kind)) if kind.is(PIDF)) {
            let accept = (HeaderName::Accept, PIDF.into());
            return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, vec![accept]));
        }
        if request.body().len() > LONGEST {
            return Err(plain(StatusCode::REQUEST_ENTITY_TOO_LARGE));
        }
        let document = Presence::parse(request.body()).map_err(|error| {
            tracing::info!(%error, "published what is no presence");
            plain(StatusCode::BAD_REQUEST)
        })?;
        let wish = documents::wish(&document, |id| self.acd.knows_state(id));
        match (wish, document.state) {
            (Some(state), _) => Ok(Some(Wish::State(state))),
            (None, None) => Ok(Some(Wish::Nothing)),
            (None, Some(_)) => {
                let text = format!("399 {} \"No such working state\"", self.config.domain);
                let warning = (HeaderName::from_static("Warning"), text);
                Err((StatusCode::BAD_REQUEST, vec![warning]))
            }
        }
    }
}

/// What a document wishes for.
enum Wish {
    /// To be in this working state.
    State(String),
    /// Nothing that is the agent's choice: another phone says that it is busy, say.
    Nothing,
}

fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(seconds.into())
}

/// Step 7 of section 6.
fn granted(published: &Published) -> Vec<(HeaderName, String)> {
    vec![
        (HeaderName::from_static("SIP-ETag"), published.tag.clone()),
        (HeaderName::Expires, published.expires.as_secs().to_string()),
    ]
}

fn refused(refusal: Refusal) -> Answer {
    match refusal {
        Refusal::NoSuchTag => (StatusCode::CONDITIONAL_REQUEST_FAILED, Vec::new()),
        Refusal::TooBrief(least) => {
            let least = least.as_secs().to_string();
            let headers = vec![(HeaderName::from_static("Min-Expires"), least)];
            (StatusCode::INTERVAL_TOO_BRIEF, headers)
        }
        Refusal::NoBody => (StatusCode::BAD_REQUEST, Vec::new()),
    }
}
