//! Who hears whom: worked out from what the media server was asked for, what was agreed on, and the
//! switches of the phones.

use std::collections::BTreeSet;
use std::fmt;

use alo_pbx::media::{LegId, Repeat, Source};
use alo_phone::io::Tone;
use alo_phone::language::CallId;

use super::studio::Leg;
use super::{Who, World};

/// What somebody hears.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Heard {
    /// This person, by extension, number or name.
    Voice(String),
    Music,
    /// What the call centre says.
    Says,
    /// A tone of the telephone network.
    Tone,
}

impl fmt::Display for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Voice(who) => f.write_str(who),
            Self::Music => f.write_str("music"),
            Self::Says => f.write_str("says"),
            Self::Tone => f.write_str("tone"),
        }
    }
}

impl World {
    /// What each of these hears, in all of its calls: `"101"`, `"101+102"`, `"music"`, `"-"`.
    pub(crate) fn matrix(&self, people: &[&str]) -> Vec<String> {
        people.iter().map(|who| self.sounds(who)).collect()
    }

    /// What this person hears, as a word.
    pub(crate) fn sounds(&self, who: &str) -> String {
        let heard = self.heard(who);
        let words: Vec<_> = heard.iter().map(Heard::to_string).collect();
        if words.is_empty() {
            return "-".into();
        }
        words.join("+")
    }

    /// Whether the one hears the other.
    pub(crate) fn hears(&self, who: &str, whom: &str) -> bool {
        self.heard(who).contains(&Heard::Voice(whom.to_owned()))
    }

    /// What this person hears, in all of its calls.
    pub(crate) fn heard(&self, who: &str) -> BTreeSet<Heard> {
        let Some(tab) = self.tabs.get(who) else {
            return BTreeSet::new();
        };
        let calls = tab.peers.keys();
        let rings_there = (tab.tone == Some(Tone::Ringback)).then_some(Heard::Tone);
        let heard = calls.flat_map(|call| self.heard_in(who, call));
        heard.chain(rings_there).collect()
    }

    /// What this person hears in one of its calls.
    pub(crate) fn heard_in(&self, who: &str, call: &CallId) -> BTreeSet<Heard> {
        let peer = self.tabs.get(who).and_then(|tab| tab.peers.get(call));
        let mut heard = BTreeSet::new();
        if let Some(peer) = peer.filter(|peer| peer.ways().recv)
            && let Some((id, leg)) = peer
                .leg
                .and_then(|id| Some((id, self.studio.legs.get(&id)?)))
            && leg.up
            && leg.agreed.is_some_and(|agreed| agreed.send)
        {
            self.resolve(id, &leg.source, &mut heard);
        }
        heard
    }

    /// What comes out of this source.
    fn resolve(&self, of: LegId, source: &Source, heard: &mut BTreeSet<Heard>) {
        match source {
            Source::Mix(all) => {
                for one in all {
                    self.resolve(of, one, heard);
                }
            }
            Source::Leg(leg) => heard.extend(self.voice(*leg).map(Heard::Voice)),
            Source::Echo => heard.extend(self.voice(of).map(Heard::Voice)),
            Source::Music(_) => _ = heard.insert(Heard::Music),
            // Only simulated phones say the same for ever.
            Source::Prompt(says, Repeat::Forever) => {
                heard.insert(Heard::Voice(says.0.clone()));
            }
            Source::Prompt(..) | Source::Prompts(_) => _ = heard.insert(Heard::Says),
            Source::Tone(_) => _ = heard.insert(Heard::Tone),
            Source::Silence => {}
        }
    }

    /// Whoever is heard on this leg.
    fn voice(&self, leg: LegId) -> Option<String> {
        let open = self.studio.legs.get(&leg)?;
        let receives = open.up && open.agreed.is_some_and(|agreed| agreed.recv);
        let (who, _, call) = self.named(open.far.as_deref()?)?;
        let peer = self.tabs.get(who)?.peers.get(&call)?;
        let speaks = receives && peer.ways().send && peer.leg == Some(leg);
        speaks.then(|| who.to_owned())
    }

    /// The leg of this call of this person, where both ends know each other.
    pub(crate) fn leg_of(&self, who: &str, call: &CallId) -> Option<LegId> {
        self.tabs.get(who)?.peers.get(call)?.leg
    }

    /// What the leg of this call was told to hear.
    pub(crate) fn told(&self, leg: LegId) -> Option<&Source> {
        self.studio.legs.get(&leg).map(|open| &open.source)
    }

    /// Who is at this leg, and in which call, as long as the tab is there.
    pub(crate) fn at_leg(&self, leg: LegId) -> Option<(Who, CallId)> {
        let far = self.studio.legs.get(&leg)?.far.as_deref()?;
        let (who, _, call) = self.named(far)?;
        Some((who, call))
    }

    /// All legs that are open in the media server.
    pub(crate) fn legs(&self) -> impl Iterator<Item = (LegId, &Leg)> {
        self.studio.legs.iter().map(|(id, leg)| (*id, leg))
    }

    /// Whom a voice on this leg reaches: all others at once, for a person has one mouth.
    pub(crate) fn microphones(&self, who: &str) -> Vec<CallId> {
        let peers = self.tabs.get(who).into_iter().flat_map(|tab| &tab.peers);
        let speaking = peers.filter(|(_, peer)| peer.ways().send);
        speaking.map(|(call, _)| call.clone()).collect()
    }
}
