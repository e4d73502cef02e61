//! How often something happens, per whoever does it; in bounded memory.

use std::collections::BTreeMap;
use std::time::Duration;

use alo_sip::time::Instant;

/// So many are remembered; above that, those that matter least are forgotten.
const MOST: usize = if cfg!(test) { 10 } else { 10_000 };

/// Counts per key, each within a window of time that begins with the first.
#[derive(Debug)]
pub(super) struct Counts<K> {
    window: Duration,
    counts: BTreeMap<K, Count>,
}

#[derive(Debug)]
struct Count {
    until: Instant,
    number: u32,
}

impl<K: Ord + Clone> Counts<K> {
    /// Nothing yet.
    pub(super) fn new(window: Duration) -> Self {
        Self {
            window,
            counts: BTreeMap::new(),
        }
    }

    /// One more; says how many in the window that runs.
    pub(super) fn add(&mut self, now: Instant, key: K) -> u32 {
        if !self.counts.contains_key(&key) {
            make_room(&mut self.counts, |count| count.until, now);
        }
        let new = Count {
            until: now + self.window,
            number: 0,
        };
        let count = self.counts.entry(key).or_insert(new);
        if count.until <= now {
            (count.until, count.number) = (now + self.window, 0);
        }
        count.number = count.number.saturating_add(1);
        count.number
    }

    /// How long it is until there may be more, where there were `most` already.
    pub(super) fn wait(&self, now: Instant, key: &K, most: u32) -> Option<Duration> {
        let count = self.counts.get(key)?;
        (count.until > now && count.number >= most).then(|| count.until - now)
    }
}

/// A bucket of tokens per key, full at first and filled again at an even pace: so many at once, and
/// as many in a minute.
#[derive(Debug)]
pub(super) struct Buckets<K> {
    /// Time for one token.
    pace: Duration,
    /// Time for all of them but one.
    depth: Duration,
    /// When a bucket is full again; none: it is.
    full_at: BTreeMap<K, Instant>,
}

impl<K: Ord + Clone> Buckets<K> {
    /// Full ones, of so many tokens a minute.
    pub(super) fn new(per_minute: u32) -> Self {
        let pace = Duration::from_secs(60) / per_minute.max(1);
        Self {
            pace,
            depth: pace * per_minute.saturating_sub(1),
            full_at: BTreeMap::new(),
        }
    }

    /// Takes a token.
    ///
    /// # Errors
    /// How long it is until there is one.
    pub(super) fn take(&mut self, now: Instant, key: K) -> Result<(), Duration> {
        let full_at = self.full_at.get(&key).copied().unwrap_or(now).max(now);
        let missing = full_at - now;
        if missing > self.depth {
            return Err(missing - self.depth);
        }
        if !self.full_at.contains_key(&key) {
            make_room(&mut self.full_at, |full_at| *full_at, now);
        }
        self.full_at.insert(key, full_at + self.pace);
        Ok(())
    }
}

/// Forgets what is over, and where that is nothing, what is over first.
fn make_room<K: Ord + Clone, V>(
    map: &mut BTreeMap<K, V>,
    until: impl Fn(&V) -> Instant,
    now: Instant,
) {
    if map.len() < MOST {
        return;
    }
    map.retain(|_, value| until(value) > now);
    if map.len() >= MOST {
        let first = map.iter().min_by_key(|(_, value)| until(value));
        if let Some(key) = first.map(|(key, _)| key.clone()) {
            map.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_millis(seconds * 1000)
    }

    #[test]
    fn counts_begin_anew_after_their_window() {
        let mut counts = Counts::new(Duration::from_secs(60));
        assert_eq!([counts.add(at(0), "a"), counts.add(at(59), "a")], [1, 2]);
        assert_eq!(counts.wait(at(59), &"a", 2), Some(Duration::from_secs(1)));
        assert_eq!(counts.wait(at(59), &"a", 3), None);
        assert_eq!(counts.wait(at(60), &"a", 2), None);
        assert_eq!(counts.add(at(60), "a"), 1);
        assert_eq!(counts.wait(at(60), &"b", 1), None);
    }

    #[test]
    fn a_bucket_has_so_many_at_once_and_then_so_many_a_minute() {
        let mut buckets = Buckets::new(6);
        for _ in 0..6 {
            buckets.take(at(0), "a").unwrap();
        }
        assert_eq!(buckets.take(at(0), "a"), Err(Duration::from_secs(10)));
        assert_eq!(buckets.take(at(3), "a"), Err(Duration::from_secs(7)));
        buckets.take(at(3), "b").unwrap();
        buckets.take(at(10), "a").unwrap();
        assert!(buckets.take(at(10), "a").is_err());
        for _ in 0..6 {
            buckets.take(at(100), "a").unwrap();
        }
        assert!(buckets.take(at(100), "a").is_err());
    }

    #[test]
    fn memory_is_bounded_and_the_latest_are_remembered() {
        let mut counts = Counts::new(Duration::from_secs(60));
        let mut buckets = Buckets::new(1);
        for n in 0..100 {
            counts.add(at(n), n);
            buckets.take(at(n), n).unwrap();
            assert!(counts.counts.len() <= MOST && buckets.full_at.len() <= MOST);
        }
        assert!(counts.wait(at(99), &95, 1).is_some());
        assert!(buckets.take(at(99), 95).is_err());
    }
}
