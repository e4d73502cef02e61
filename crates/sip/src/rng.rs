//! Tags, branches and draws; seeded by the caller.

use core::fmt;

use sha2::{Digest, Sha256};

/// SHA-256 of a seed and a counter. Whoever sees some tags and branches (and everybody who is sent
/// a response does) must not be able to tell the others: they keep strangers out of dialogs
/// and transactions (RFC 3261 sections 19.3 and 26.1).
#[derive(Clone)]
pub struct Rng {
    seed: [u8; 32],
    count: u64,
    left: Vec<u64>,
}

/// What it holds tells everything that it will draw.
impl fmt::Debug for Rng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rng(..)")
    }
}

impl Rng {
    /// A generator for the purpose that `label` names. From one seed, those of two labels have nothing in
    /// common, and neither tells anything of the other or of the seed.
    #[must_use]
    pub fn new(label: &str, seed: &[u8; 32]) -> Self {
        Self {
            seed: Sha256::new()
                .chain_update(label)
                .chain_update(seed)
                .finalize()
                .into(),
            count: 0,
            left: Vec::new(),
        }
    }

    fn block(&mut self) -> [u8; 32] {
        self.count += 1;
        Sha256::new()
            .chain_update(self.seed)
            .chain_update(self.count.to_be_bytes())
            .finalize()
            .into()
    }

    /// A seed for another generator, which nothing else is drawn from.
    pub fn seed(&mut self) -> [u8; 32] {
        self.block()
    }

    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        if let Some(drawn) = self.left.pop() {
            return drawn;
        }
        let block = self.block();
        let (words, _) = block.as_chunks::<8>();
        self.left
            .extend(words.iter().map(|word| u64::from_be_bytes(*word)));
        self.left.pop().unwrap_or_default()
    }

    /// A draw from `0..bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.draw() % bound }
    }

    /// 13 characters of `0-9a-v`: 64 random bits (RFC 3261 19.3 asks for 32).
    pub fn token(&mut self) -> String {
        const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
        let mut bits = self.draw();
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
        let rng = |seed| Rng::new("test", &[seed; 32]);
        let (mut a, mut b, mut c) = (rng(7), rng(7), rng(8));
        assert_eq!(a.token(), b.token());
        assert_ne!(a.token(), c.token());
        assert!((0..1000).all(|_| a.below(10) < 10));
        assert_eq!(a.below(0), 0);
    }

    #[test]
    fn another_label_draws_something_else() {
        let (mut a, mut b) = (Rng::new("a", &[7; 32]), Rng::new("b", &[7; 32]));
        assert_ne!(a.token(), b.token());
    }

    #[test]
    fn every_bit_of_a_seed_counts() {
        let mut last = [0; 32];
        last[31] = 1;
        assert_ne!(
            Rng::new("test", &last).token(),
            Rng::new("test", &[0; 32]).token()
        );
    }

    #[test]
    fn a_seed_that_is_handed_on_is_not_drawn_from() {
        let mut rng = Rng::new("test", &[7; 32]);
        let seed = rng.seed();
        let drawn: Vec<u64> = (0..100).map(|_| rng.draw()).collect();
        let (words, _) = seed.as_chunks::<8>();
        assert!(
            words
                .iter()
                .all(|word| !drawn.contains(&u64::from_be_bytes(*word)))
        );
    }

    #[test]
    fn debug_shows_nothing_that_tells_the_next_draw() {
        let mut rng = Rng::new("test", &[7; 32]);
        rng.draw();
        assert_eq!(format!("{rng:?}"), "Rng(..)");
    }
}
