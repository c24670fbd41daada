use crate::Complex32;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Seeded circular complex Gaussian numbers of mean power 1.
#[derive(Clone, Debug)]
pub struct ComplexGaussian(ChaCha8Rng);

impl ComplexGaussian {
    /// Number `stream` of the independent sequences of `seed`.
    pub fn new(seed: u64, stream: u64) -> Self {
        Self(generator(seed, stream))
    }

    /// The next number.
    pub fn sample(&mut self) -> Complex32 {
        // Box and Muller: an exponential power and a uniform phase. The argument of the logarithm is never 0.
        let word: u64 = self.0.random();
        let uniform = ((word >> 32) as f32 + 0.5) / 4_294_967_296.0;
        let turns = (word & 0xffff_ffff) as f32 / 4_294_967_296.0;
        let (sin, cos) = (turns * std::f32::consts::TAU).sin_cos();
        // A uniform just below 1 may round to 1, never above.
        let amplitude = (-uniform.min(1.0).ln()).sqrt();
        Complex32::new(amplitude * cos, amplitude * sin)
    }
}

pub(super) fn generator(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(stream);
    generator
}
