//! Tags, branches and draws; seeded by the caller.

use sha2::{Digest, Sha256};

/// SHA-256 of the seed and a counter. Whoever sees some tags and branches (and everybody who is sent
/// a response does) must not be able to tell the next ones: they keep strangers out of dialogs
/// and transactions (RFC 3261 sections 19.3 and 26.1).
#[derive(Debug, Clone)]
pub(crate) struct Rng {
    seed: u64,
    count: u64,
    left: Vec<u64>,
}

impl Rng {
    pub(crate) const fn new(seed: u64) -> Self {
        Self {
            seed,
            count: 0,
            left: Vec::new(),
        }
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        if let Some(drawn) = self.left.pop() {
            return drawn;
        }
        self.count += 1;
        let mut hash = Sha256::new();
        hash.update(self.seed.to_be_bytes());
        hash.update(self.count.to_be_bytes());
        let digest: [u8; 32] = hash.finalize().into();
        let (words, _) = digest.as_chunks::<8>();
        self.left
            .extend(words.iter().map(|word| u64::from_be_bytes(*word)));
        self.left.pop().unwrap_or_default()
    }

    /// A draw from `0..bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.next() % bound }
    }

    /// 13 characters of `0-9a-v`: 64 random bits (RFC 3261 19.3 asks for 32).
    pub(crate) fn token(&mut self) -> String {
        const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
        let mut bits = self.next();
        let mut token = String::with_capacity(13);
        for _ in 0..13 {
            token.push(DIGITS[(bits & 31) as usize].into());
            bits >>= 5;
        }
        token
    }
}

#[cfg(test)]
mod tests {
    use super::Rng;

    #[test]
    fn the_same_seed_draws_the_same() {
        let (mut a, mut b, mut c) = (Rng::new(7), Rng::new(7), Rng::new(8));
        assert_eq!(a.token(), b.token());
        assert_ne!(a.token(), c.token());
        assert!((0..1000).all(|_| a.below(10) < 10));
        assert_eq!(a.below(0), 0);
    }
}
