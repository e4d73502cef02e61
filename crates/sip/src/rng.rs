//! A small generator of tags, branches and draws; seeded by the caller.

/// SplitMix64 (Steele, Lea, Flood 2014). Not for keys: it makes names that do not collide and
/// waiting times that spread.
#[derive(Debug, Clone)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A draw from `0..bound`.
    pub(crate) const fn below(&mut self, bound: u64) -> u64 {
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
