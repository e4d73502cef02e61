//! Randomness from the seed that was handed in.

use crate::language::Millis;

/// SplitMix64 (Steele, Lea, Flood 2014): small, and every seed is a good one.
#[derive(Debug, Clone)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Sixteen hexadecimal digits.
    pub(crate) fn token(&mut self) -> String {
        let bits = self.next();
        (0..16)
            .map(|i| char::from_digit((bits >> (60 - 4 * i)) as u32 & 0xf, 16).unwrap_or('0'))
            .collect()
    }

    /// `around`, up to a fifth shorter or longer, so that a thousand phones that lost the same
    /// server do not come back in the same instant.
    pub(crate) fn jitter(&mut self, around: Millis) -> Millis {
        let fifth = around / 5;
        around - fifth + self.next() % (2 * fifth + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_tokens_again() {
        let (mut a, mut b) = (Rng::new(7), Rng::new(7));
        assert_eq!(a.token(), b.token());
        assert_ne!(a.token(), Rng::new(8).token());
        assert_eq!(a.token().len(), 16);
    }

    #[test]
    fn jitter_stays_within_a_fifth() {
        let mut rng = Rng::new(1);
        let drawn: Vec<_> = (0..1000).map(|_| rng.jitter(1000)).collect();
        assert!(drawn.iter().all(|ms| (800..=1200).contains(ms)));
        assert!(drawn.iter().any(|ms| *ms < 850) && drawn.iter().any(|ms| *ms > 1150));
        assert_eq!(rng.jitter(0), 0);
    }
}
