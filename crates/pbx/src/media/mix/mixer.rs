//! Who hears what, 50 times a second.
//!
//! All mixes of the server are one machine with one clock: what a leg says is decoded once for all lists
//! that it is in. For each frame the listeners are sorted by what of their list is to be heard at the
//! moment; those who hear the same have one [`Bus`]. Somebody who begins to speak, and so no longer hears
//! what all others hear, gets a bus of his own which goes on where he was.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::bus::Bus;
use super::frame::{Fade, Frame, SILENT};
use super::recording::Recording;
use super::voice::Voice;
use crate::media::api::{LegId, Repeat, Source};
use crate::media::clip::Clip;
use crate::media::codec::{AudioCodec, AudioPacket, Payload};
use crate::media::rtp::LATE;

/// Length of a frame.
const FRAME_TIME: Duration = Duration::from_millis(20);

/// One of those that are added up.
pub(in crate::media) enum Part {
    /// What a leg says.
    Leg(LegId),
    /// What is played: the clips of this source. Forever it is the same for all who hear it, once for
    /// all who begin to hear it at the same time.
    Clips(Source, Vec<Arc<Clip>>, Repeat),
}

/// What comes out of it.
pub(in crate::media) enum Mixed {
    /// The next 20 ms for this listener.
    Packet(LegId, Payload),
    /// The last of what this listener heard once has ended.
    Ended(LegId),
}

type InputId = u64;
type BusId = u64;

/// What is added up.
struct Input {
    what: What,
    /// How many lists it is in.
    lists: usize,
    frame: Box<Frame>,
    is_heard: bool,
}

enum What {
    Voice(LegId, Box<Voice>),
    /// What is played once is known by the frame that it began with.
    Recording(Source, Option<u64>, Box<Recording>),
}

#[derive(Default)]
struct Listener {
    /// In order.
    inputs: Vec<InputId>,
    /// Those that end and have not yet.
    once: Vec<InputId>,
    bus: Option<BusId>,
}

/// Listeners who hear the same.
struct Group {
    /// What is to be heard of their lists.
    inputs: Vec<InputId>,
    listeners: Vec<(LegId, AudioCodec)>,
}

/// All mixes.
#[derive(Default)]
pub(in crate::media) struct Mixer {
    inputs: BTreeMap<InputId, Input>,
    voices: HashMap<LegId, InputId>,
    listeners: BTreeMap<LegId, Listener>,
    /// Whether something is in no list any more.
    is_left: bool,
    /// Each with what was in it last.
    buses: HashMap<BusId, (Bus, Vec<InputId>)>,
    /// When the next frame is due, and how many there were.
    next: Option<Instant>,
    frames: u64,
    last_id: u64,
}

impl Mixer {
    /// What this listener hears from now on.
    pub(in crate::media) fn hear(&mut self, now: Instant, listener: LegId, parts: Vec<Part>) {
        let ids: BTreeSet<_> = parts
            .into_iter()
            .filter_map(|part| self.input(part))
            .collect();
        let mut once = Vec::new();
        for id in &ids {
            if let Some(input) = self.inputs.get_mut(id) {
                input.lists += 1;
                if matches!(input.what, What::Recording(_, Some(_), _)) {
                    once.push(*id);
                }
            }
        }
        let entry = self.listeners.entry(listener).or_default();
        let before = std::mem::replace(&mut entry.inputs, ids.into_iter().collect());
        entry.once = once;
        self.let_go(&before);
        self.next.get_or_insert(now + FRAME_TIME);
    }

    /// This leg hears none of it any more.
    pub(in crate::media) fn leave(&mut self, listener: LegId) {
        if let Some(gone) = self.listeners.remove(&listener) {
            self.let_go(&gone.inputs);
        }
        if self.listeners.is_empty() {
            self.next = None;
            self.buses.clear();
            self.forget();
        }
    }

    /// A packet of a leg came that somebody may hear.
    pub(in crate::media) fn packet(&mut self, now: Instant, from: LegId, packet: &AudioPacket) {
        let tick = self.next.unwrap_or(now);
        if let Some(voice) = self.voice(from) {
            voice.packet(now, tick, packet);
        }
    }

    /// A packet of a leg with nothing to be heard.
    pub(in crate::media) fn skip(&mut self, from: LegId, ssrc: u32, seq: u64) {
        if let Some(voice) = self.voice(from) {
            voice.skip(ssrc, seq);
        }
    }

    /// When to call [`tick`](Self::tick).
    pub(in crate::media) fn deadline(&self) -> Option<Instant> {
        self.next
    }

    /// Makes the next frame, where it is due. `codec` is that of a listener who can be sent to.
    pub(in crate::media) fn tick(
        &mut self,
        now: Instant,
        codec: impl Fn(LegId) -> Option<AudioCodec>,
        out: &mut Vec<Mixed>,
    ) {
        let Some(due) = self.next.filter(|due| *due <= now) else {
            return;
        };
        let late = now.saturating_duration_since(due) > LATE;
        self.next = Some(if late { now } else { due } + FRAME_TIME);
        self.frames += 1;
        self.take(out);
        let groups = self.group(codec);
        self.send(groups, out);
        self.forget();
    }

    /// Finds or makes an input.
    fn input(&mut self, part: Part) -> Option<InputId> {
        let known = match &part {
            Part::Leg(leg) => self.voices.get(leg).copied(),
            Part::Clips(wanted, _, repeat) => {
                let begins = (*repeat == Repeat::Once).then_some(self.frames);
                let is_it = |input: &Input| {
                    matches!(&input.what, What::Recording(source, began, _)
                        if source == wanted && *began == begins)
                };
                let mut known = self.inputs.iter().filter(|(_, input)| is_it(input));
                known.next().map(|(id, _)| *id)
            }
        };
        if known.is_some() {
            return known;
        }
        let id = self.new_id();
        let what = match part {
            Part::Leg(leg) => {
                self.voices.insert(leg, id);
                What::Voice(leg, Box::new(Voice::new()))
            }
            Part::Clips(source, clips, repeat) => {
                let recording = Recording::new(clips, repeat).ok()?;
                let begins = (repeat == Repeat::Once).then_some(self.frames);
                What::Recording(source, begins, Box::new(recording))
            }
        };
        let input = Input {
            what,
            lists: 0,
            frame: Box::new(SILENT),
            is_heard: false,
        };
        self.inputs.insert(id, input);
        Some(id)
    }

    fn new_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// These are in one list less.
    fn let_go(&mut self, inputs: &[InputId]) {
        for id in inputs {
            if let Some(input) = self.inputs.get_mut(id) {
                input.lists -= 1;
                self.is_left |= input.lists == 0;
            }
        }
    }

    /// Forgets what is in no list any more. Not at once: it is faded out.
    fn forget(&mut self) {
        if !std::mem::take(&mut self.is_left) {
            return;
        }
        let voices = &mut self.voices;
        self.inputs.retain(|_, input| {
            if let (What::Voice(leg, _), 0) = (&input.what, input.lists) {
                voices.remove(leg);
            }
            input.lists > 0
        });
    }

    fn voice(&mut self, leg: LegId) -> Option<&mut Voice> {
        match &mut self.inputs.get_mut(self.voices.get(&leg)?)?.what {
            What::Voice(_, voice) => Some(voice),
            What::Recording(..) => None,
        }
    }

    /// The next frame of all that is added up.
    fn take(&mut self, out: &mut Vec<Mixed>) {
        let mut ended = Vec::new();
        for (id, input) in &mut self.inputs {
            input.is_heard = match &mut input.what {
                What::Voice(_, voice) => voice.take(&mut input.frame),
                What::Recording(_, _, recording) => {
                    let had_ended = recording.has_ended();
                    let is_heard = recording.take(&mut input.frame);
                    if recording.has_ended() && !had_ended {
                        ended.push(*id);
                    }
                    is_heard
                }
            };
        }
        if ended.is_empty() {
            return;
        }
        for (leg, listener) in &mut self.listeners {
            let before = listener.once.len();
            listener.once.retain(|id| !ended.contains(id));
            if before > 0 && listener.once.is_empty() {
                out.push(Mixed::Ended(*leg));
            }
        }
    }

    /// Sorts the listeners by what they hear.
    fn group(&self, codec: impl Fn(LegId) -> Option<AudioCodec>) -> Vec<Group> {
        let heard = self.inputs.iter().filter(|(_, input)| input.is_heard);
        let heard: Vec<_> = heard.map(|(id, _)| *id).collect();
        let mut groups: Vec<Group> = Vec::new();
        let mut known: HashMap<Vec<InputId>, usize> = HashMap::new();
        let mut own = Vec::new();
        for (leg, listener) in &self.listeners {
            let Some(codec) = codec(*leg) else {
                continue;
            };
            own.clear();
            // The shorter one is looked through, the other one is looked up in.
            let (short, long) = if heard.len() < listener.inputs.len() {
                (&heard, &listener.inputs)
            } else {
                (&listener.inputs, &heard)
            };
            own.extend(short.iter().filter(|id| long.binary_search(id).is_ok()));
            let place = match known.get(own.as_slice()) {
                Some(place) => *place,
                None => {
                    groups.push(Group {
                        inputs: own.clone(),
                        listeners: Vec::new(),
                    });
                    known.insert(own.clone(), groups.len() - 1);
                    groups.len() - 1
                }
            };
            groups[place].listeners.push((*leg, codec));
        }
        // The largest has the first choice of a bus.
        groups.sort_by_key(|group| std::cmp::Reverse(group.listeners.len()));
        groups
    }

    /// Adds up and encodes.
    fn send(&mut self, groups: Vec<Group>, out: &mut Vec<Mixed>) {
        let mut taken = HashSet::new();
        for group in groups {
            let id = self.bus_for(&group, &taken);
            taken.insert(id);
            let (bus, before) = self
                .buses
                .entry(id)
                .or_insert_with(|| (Bus::new(), Vec::new()));
            let now = group.inputs;
            let stays = now.iter().map(|id| match before.binary_search(id) {
                Ok(_) => (id, Fade::No),
                Err(_) => (id, Fade::In),
            });
            let goes = before.iter().filter(|id| now.binary_search(id).is_err());
            let all = stays.chain(goes.map(|id| (id, Fade::Out)));
            let heard = all.filter_map(|(id, fade)| {
                let input = self.inputs.get(id).filter(|input| input.is_heard)?;
                Some((&*input.frame, fade))
            });
            bus.add_up(heard);
            *before = now;
            for (leg, codec) in group.listeners {
                out.push(Mixed::Packet(leg, bus.packet(codec)));
                if let Some(listener) = self.listeners.get_mut(&leg) {
                    listener.bus = Some(id);
                }
            }
        }
        self.buses.retain(|id, _| taken.contains(id));
    }

    /// The bus that most of a group had, where that is free; else a new one that goes on from what one of
    /// them heard.
    fn bus_for(&mut self, group: &Group, taken: &HashSet<BusId>) -> BusId {
        let listeners = group.listeners.iter();
        let before = listeners.filter_map(|(leg, _)| self.listeners.get(leg)?.bus);
        let mut votes: BTreeMap<BusId, usize> = BTreeMap::new();
        for bus in before {
            *votes.entry(bus).or_default() += 1;
        }
        let free = votes
            .iter()
            .filter(|(bus, _)| !taken.contains(bus) && self.buses.contains_key(bus));
        if let Some((bus, _)) = free.max_by_key(|(_, votes)| **votes) {
            return *bus;
        }
        let before = votes.keys().find_map(|bus| self.buses.get(bus));
        let bus = before.map(|(bus, inputs)| (Bus::after(bus), inputs.clone()));
        let id = self.new_id();
        self.buses
            .insert(id, bus.unwrap_or_else(|| (Bus::new(), Vec::new())));
        id
    }

    /// Encodings of the last frame, and how many are decoded.
    #[cfg(test)]
    pub(super) fn work(&self) -> (usize, usize) {
        let awake = self.inputs.values().filter(|input| match &input.what {
            What::Voice(_, voice) => voice.is_awake(),
            What::Recording(..) => false,
        });
        let encodings = self.buses.values().map(|(bus, _)| bus.encodings()).sum();
        (awake.count(), encodings)
    }

    /// Whether nothing is left of what was heard.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.inputs.is_empty() && self.voices.is_empty() && self.buses.is_empty()
    }

    /// How long the voice of a leg takes through here, beyond the next frame.
    #[cfg(test)]
    pub(super) fn delay(&mut self, leg: LegId) -> Option<Duration> {
        self.voice(leg).map(|voice| voice.delay())
    }
}
