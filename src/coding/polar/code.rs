use super::construction::{self, Input, K_IL_MAX};
use super::rate_matching::{self, RateMatching};
use super::schedule::Schedule;
use crate::ConfigError;

/// A polar code of K input bits (CRC included) and E rate-matched output bits, with its tables.
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.212 5.3.1")]
pub struct PolarCode {
    k: usize,
    e: usize,
    n: usize,
    rate_matching: RateMatching,
    inputs: Vec<Input>,
    /// For each c_k its index in u.
    information: Vec<u16>,
    /// For each f_k its index in d.
    sent: Vec<u16>,
    /// Indices in d of the bits known to be 0.
    shortened: Vec<u16>,
    schedule: Schedule,
}

impl PolarCode {
    /// The code of PBCH and PDCCH: n_max = 9, I_IL = 1, n_PC = 0, I_BIL = 0 (TS 38.212 7.1.4, 7.1.5, 7.3.3, 7.3.4).
    ///
    /// # Errors
    /// If K (CRC included) lies outside 36..=164 or E outside K..=8192.
    pub fn downlink(k: usize, e: usize) -> Result<Self, ConfigError> {
        if k < 36 {
            let rule = "must be at least 36: DCI is padded to 12 bits, and 24 CRC bits follow";
            return Err(ConfigError::new("K", k, rule, "TS 38.212 7.3.1"));
        }
        if k > K_IL_MAX {
            let rule = "must be at most K_IL^max = 164, the input bit interleaver's length";
            return Err(ConfigError::new("K", k, rule, "TS 38.212 5.3.1.1"));
        }
        Self::new(k, e, 9, 0, 0, Direction::Downlink)
    }

    /// The code of UCI on PUCCH and PUSCH for one code block: n_max = 10, I_IL = 0, I_BIL = 1; with K <= 25 three
    /// parity-check bits, one of them by row weight if E - K + 3 > 192 (TS 38.212 6.3.1.3.1, 6.3.1.4.1).
    ///
    /// # Errors
    /// If K (CRC included) lies outside 18..=25 and 31..=1023, or E outside K + n_PC..=8192.
    pub fn uplink(k: usize, e: usize) -> Result<Self, ConfigError> {
        match k {
            18..=25 => Self::new(k, e, 10, 3, usize::from(e + 3 > 192 + k), Direction::Uplink),
            31..=1023 => Self::new(k, e, 10, 0, 0, Direction::Uplink),
            _ => {
                let rule = "must lie in 18..=25 (12 to 19 UCI bits with CRC6) or 31..=1023 (20 to 1012 with CRC11)";
                Err(ConfigError::new("K", k, rule, "TS 38.212 6.3.1.2.1, 6.3.1.3.1"))
            }
        }
    }

    fn new(
        k: usize,
        e: usize,
        n_max: usize,
        n_pc: usize,
        n_pc_wm: usize,
        direction: Direction,
    ) -> Result<Self, ConfigError> {
        if e < k + n_pc {
            let rule = format!("must be at least K + n_PC = {}", k + n_pc);
            return Err(ConfigError::new("E", e, rule, "TS 38.212 5.3.1"));
        }
        if e > 8192 {
            return Err(ConfigError::new("E", e, "must be at most 8192", "TS 38.212 5.4.1.3"));
        }
        let n = 1 << construction::log_length(k, e, n_max);
        let Some(inputs) = construction::inputs(k, e, n, n_pc, n_pc_wm) else {
            let rule = format!("leaves fewer than K + n_PC = {} inputs of N = {n}", k + n_pc);
            return Err(ConfigError::new("E", e, rule, "TS 38.212 5.4.1.1"));
        };

        let mut information = vec![0; k];
        let places = (0..n).filter(|&i| inputs[i] == Input::Information);
        match direction {
            Direction::Downlink => {
                construction::input_interleaver(k).into_iter().zip(places).for_each(|(c, u)| information[c] = u as u16);
            }
            Direction::Uplink => information.iter_mut().zip(places).for_each(|(c, u)| *c = u as u16),
        }

        let rate_matching = RateMatching::of(k, e, n);
        let y_of_e = |i| rate_matching::bit_selection(rate_matching, i, e, n);
        let d_of_y = |i| rate_matching::sub_block_interleaver(i, n) as u16;
        let sent = match direction {
            Direction::Downlink => (0..e).map(|i| d_of_y(y_of_e(i))).collect(),
            Direction::Uplink => {
                rate_matching::coded_bit_interleaver(e).into_iter().map(|i| d_of_y(y_of_e(i))).collect()
            }
        };
        let shortened = match rate_matching {
            RateMatching::Shortening => (e..n).map(d_of_y).collect(),
            _ => Vec::new(),
        };
        let schedule = Schedule::new(&inputs);
        Ok(Self { k, e, n, rate_matching, inputs, information, sent, shortened, schedule })
    }

    /// K: input bits, CRC included.
    pub const fn k(&self) -> usize {
        self.k
    }

    /// E: output bits.
    pub const fn e(&self) -> usize {
        self.e
    }

    /// N: the length of the code before rate matching, 32 to 1024.
    pub const fn n(&self) -> usize {
        self.n
    }

    /// n_PC: parity-check bits, 0 or 3.
    pub fn n_pc(&self) -> usize {
        self.inputs.iter().filter(|&&input| input == Input::ParityCheck).count()
    }

    /// How N bits become E.
    pub const fn rate_matching(&self) -> RateMatching {
        self.rate_matching
    }

    pub(super) fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    pub(super) fn information(&self) -> &[u16] {
        &self.information
    }

    pub(super) fn sent(&self) -> &[u16] {
        &self.sent
    }

    pub(super) fn shortened(&self) -> &[u16] {
        &self.shortened
    }

    pub(super) fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// Words of 64 bits that hold N bits.
    pub(super) fn n_words(&self) -> usize {
        self.n.div_ceil(64)
    }

    /// The same code decoded with leaves of at most `1 << level` bits (0: bit by bit).
    #[cfg(test)]
    pub(super) fn with_leaves_up_to(mut self, level: usize) -> Self {
        self.schedule = Schedule::with_leaves_up_to(&self.inputs, level);
        self
    }
}

enum Direction {
    Downlink,
    Uplink,
}
