use super::construction::Input;
use super::{PolarCode, transform};
use std::sync::Arc;

/// The polar encoder: input interleaving, parity checks, d = u G_N, rate matching.
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.212 5.3.1.2")]
pub struct PolarEncoder {
    code: Arc<PolarCode>,
    u: Vec<u64>,
    d: Vec<u64>,
}

impl PolarEncoder {
    /// An encoder of `code`.
    pub fn new(code: Arc<PolarCode>) -> Self {
        let n_words = code.n_words();
        Self { code, u: vec![0; n_words], d: vec![0; n_words] }
    }

    /// The code.
    pub fn code(&self) -> &PolarCode {
        &self.code
    }

    /// Encodes the K bits `c` (CRC included) to the E bits `f`.
    ///
    /// # Panics
    /// If `c.len() != K` or `f.len() != E`.
    pub fn encode(&mut self, c: &[u8], f: &mut [u8]) {
        assert_eq!(c.len(), self.code.k(), "K bits in");
        assert_eq!(f.len(), self.code.e(), "E bits out");
        self.u.fill(0);
        for (&bit, &place) in c.iter().zip(self.code.information()) {
            self.u[usize::from(place / 64)] |= u64::from(bit & 1) << (place % 64);
        }
        self.insert_parity_checks();
        self.d.copy_from_slice(&self.u);
        transform::transform(&mut self.d);
        for (bit, &place) in f.iter_mut().zip(self.code.sent()) {
            *bit = (self.d[usize::from(place / 64)] >> (place % 64) & 1) as u8;
        }
    }

    /// The bits u_0..u_{N-1} of the last call of [`Self::encode`], frozen and parity-check bits included.
    pub fn input_bits(&self) -> impl Iterator<Item = u8> {
        bits_of(&self.u, self.code.n())
    }

    /// The bits d_0..d_{N-1} of the last call of [`Self::encode`], before rate matching.
    pub fn coded_bits(&self) -> impl Iterator<Item = u8> {
        bits_of(&self.d, self.code.n())
    }

    /// The shift register y of 5.3.1.2: turning five places a bit, its place for input n is n mod 5.
    fn insert_parity_checks(&mut self) {
        if !self.code.inputs().contains(&Input::ParityCheck) {
            return;
        }
        let mut y = [0; 5];
        for (n, &input) in self.code.inputs().iter().enumerate() {
            match input {
                Input::Frozen => {}
                Input::Information => y[n % 5] ^= self.u[n / 64] >> (n % 64) & 1,
                Input::ParityCheck => self.u[n / 64] |= y[n % 5] << (n % 64),
            }
        }
    }
}

fn bits_of(words: &[u64], n: usize) -> impl Iterator<Item = u8> {
    (0..n).map(move |i| (words[i / 64] >> (i % 64) & 1) as u8)
}
