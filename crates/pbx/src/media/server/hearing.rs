//! What a leg hears.

use std::sync::Arc;
use std::time::Instant;

use super::Server;
use crate::media::api::{LegId, MediaEvent, PromptId, Repeat, Source, Turn};
use crate::media::clip::Clip;
use crate::media::leg::Leg;
use crate::media::mix::{Mixed, Part};
use crate::media::outlet::Feed;

impl Server {
    /// What a leg hears from now on.
    pub(super) fn hear(&mut self, now: Instant, id: LegId, source: Source, turn: Turn) {
        if !self.legs.contains_key(&id) {
            return;
        }
        let feed = self.feed(now, id, source, turn);
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        let before = leg.hears();
        if feed.is_none() {
            let _ = self.events.send(MediaEvent::PromptEnded(id, turn));
        }
        let feed = feed.unwrap_or(Feed::Silence);
        if !matches!(feed, Feed::Mix) {
            self.mixer.leave(id);
        }
        leg.hear(feed, turn);
        let after = leg.hears();
        self.listen(id, before, after);
        self.schedule(now, id);
    }

    /// What a source is; `None` where there is no such prompt.
    fn feed(&mut self, now: Instant, id: LegId, source: Source, turn: Turn) -> Option<Feed> {
        Some(match source {
            Source::Silence => Feed::Silence,
            Source::Leg(other) => Feed::Leg(other),
            Source::Echo => Feed::Leg(id),
            Source::Music(music) => {
                let clip = self.library.music(&music)?;
                let at = self.legs.get_mut(&id)?.music_at(now, music);
                Feed::Music(clip, at)
            }
            Source::Mix(sources) => return self.feed_of_mix(now, id, sources, turn),
            source => {
                let (clips, repeat) = self.clips(id, &source);
                return Feed::clips(clips, repeat);
            }
        })
    }

    /// What a mix is: of one source it is that, of none it is silence.
    fn feed_of_mix(
        &mut self,
        now: Instant,
        id: LegId,
        sources: Vec<Source>,
        turn: Turn,
    ) -> Option<Feed> {
        let mut flat = Vec::new();
        flatten(id, sources, &mut flat);
        if flat.len() <= 1 {
            let only = flat.pop().unwrap_or(Source::Silence);
            return self.feed(now, id, only, turn);
        }
        let (mut parts, mut is_missing) = (Vec::new(), false);
        for source in flat {
            if let Source::Leg(other) = source {
                parts.push(Part::Leg(other));
                continue;
            }
            let (clips, repeat) = self.clips(id, &source);
            if clips.is_empty() {
                is_missing |= repeat == Repeat::Once;
            } else {
                parts.push(Part::Clips(source, clips, repeat));
            }
        }
        let ends = |part: &Part| matches!(part, Part::Clips(_, _, Repeat::Once));
        if is_missing && !parts.iter().any(ends) {
            let _ = self.events.send(MediaEvent::PromptEnded(id, turn));
        }
        self.mixer.hear(now, id, parts);
        Some(Feed::Mix)
    }

    /// The recordings of a source that is one.
    fn clips(&self, leg: LegId, source: &Source) -> (Vec<Arc<Clip>>, Repeat) {
        let of = |clip: Option<Arc<Clip>>| Vec::from_iter(clip);
        match source {
            Source::Music(music) => (of(self.library.music(music)), Repeat::Forever),
            Source::Tone(tone) => (of(self.library.tone(*tone)), Repeat::Forever),
            Source::Prompt(prompt, repeat) => (of(self.prompt(leg, prompt)), *repeat),
            Source::Prompts(prompts) => {
                let found = prompts.iter().filter_map(|prompt| self.prompt(leg, prompt));
                (found.collect(), Repeat::Once)
            }
            Source::Silence | Source::Leg(_) | Source::Echo | Source::Mix(_) => {
                (Vec::new(), Repeat::Forever)
            }
        }
    }

    /// A prompt by its name.
    fn prompt(&self, leg: LegId, prompt: &PromptId) -> Option<Arc<Clip>> {
        let found = self.library.prompt(prompt);
        if found.is_none() {
            tracing::warn!(leg = leg.0, prompt = %prompt.0, "there is no such prompt");
        }
        found
    }

    /// Sends what is due to all who hear a mix.
    pub(super) fn mix(&mut self, now: Instant) {
        let mut mixed = std::mem::take(&mut self.mixed);
        while self.mixer.deadline().is_some_and(|due| due <= now) {
            let legs = &self.legs;
            let codec = |leg: LegId| legs.get(&leg).and_then(Leg::mixes);
            self.mixer.tick(now, codec, &mut mixed);
            for what in mixed.drain(..) {
                self.hand_out(now, what);
            }
        }
        self.mixed = mixed;
    }

    fn hand_out(&mut self, now: Instant, what: Mixed) {
        match what {
            Mixed::Packet(id, payload) => {
                self.guard(id, |leg, net, outbox, from_legs| {
                    leg.hear_mixed(now, net, payload, outbox, from_legs);
                });
                self.settle(now, id);
            }
            Mixed::Ended(id) => {
                if let Some(leg) = self.legs.get(&id) {
                    let _ = self.events.send(MediaEvent::PromptEnded(id, leg.turn()));
                }
            }
        }
    }
}

/// The sources of a mix, and of those that are in it, each of them once.
fn flatten(listener: LegId, sources: Vec<Source>, flat: &mut Vec<Source>) {
    for source in sources {
        let source = match source {
            Source::Mix(sources) => {
                flatten(listener, sources, flat);
                continue;
            }
            Source::Silence => continue,
            Source::Echo => Source::Leg(listener),
            other => other,
        };
        if !flat.contains(&source) {
            flat.push(source);
        }
    }
}
