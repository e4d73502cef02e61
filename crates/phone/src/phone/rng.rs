//! Randomness from the seed that was handed in.

use crate::language::Millis;

/// What the phone draws: tokens that go out in `Contact` and `Via`, which must tell nobody the others, and
/// the seeds of its user agents.
#[derive(Debug, Clone)]
pub(crate) struct Rng(alo_sip::rng::Rng);

impl Rng {
    pub(crate) fn from_seed(seed: &[u8; 32]) -> Self {
        Self(alo_sip::rng::Rng::new("phone", seed))
    }

    /// From a small number, for a test that is the same in every run.
    #[cfg(test)]
    pub(crate) fn new(seed: u64) -> Self {
        Self::from_seed(&padded(seed))
    }

    /// The seed of a user agent.
    pub(crate) fn seed(&mut self) -> [u8; 32] {
        self.0.seed()
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0.draw()
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

/// A seed from a small number.
#[cfg(test)]
pub(crate) fn padded(seed: u64) -> [u8; 32] {
    let mut padded = [0; 32];
    padded[..8].copy_from_slice(&seed.to_le_bytes());
    padded
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
