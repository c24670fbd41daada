//! How well DCIs are found in noise and fading, with fixed seeds.

use super::{
    AggregationLevel, PdcchCandidate, PdcchConfig, PdcchReceiver, PdcchScrambling, PdcchSearch, PdcchTransmission,
    PdcchTransmitter, RntiKind, RntiSet,
};
use crate::frame::{Carrier, CellId, Coreset, CyclicPrefix, Numerology, ResourceGrid, Rnti};
use crate::propagation::{ComplexGaussian, DelayProfile, FadingGrid, SimplifiedTdl, add_over};
use crate::quality::{Bench, RequiredSnr};
use crate::{Complex32, ConfigError};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

/// A DCI of 40 bits in a CORESET of 48 blocks of 30 kHz and two symbols (16 CCEs), its one candidate searched for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Case {
    /// Aggregation level: 1, 2, 4, 8 or 16.
    pub level: usize,
    /// Delays and the largest Doppler shift in Hz; a random phase without.
    pub fading: Option<(SimplifiedTdl, f64)>,
    /// Receive antennas.
    pub n_rx: usize,
    /// Below where BLER 1 % lies, in dB.
    pub near_db: f64,
}

/// What is measured: every level in noise, and over a fading channel with two antennas.
pub const CASES: [Case; 10] = {
    const fn noise(level: usize, near_db: f64) -> Case {
        Case { level, fading: None, n_rx: 1, near_db }
    }
    const fn fading(level: usize, near_db: f64) -> Case {
        Case { level, fading: Some((SimplifiedTdl::Tdlc300, 100.0)), n_rx: 2, near_db }
    }
    [
        noise(1, 6.0),
        noise(2, -0.5),
        noise(4, -4.0),
        noise(8, -7.0),
        noise(16, -9.5),
        fading(1, 11.0),
        fading(2, 5.0),
        fading(4, 0.5),
        fading(8, -3.5),
        fading(16, -7.0),
    ]
};

impl Case {
    /// Level and channel.
    pub fn name(&self) -> String {
        match self.fading {
            Some((profile, hz)) => format!("AL {}, {}-{hz}, 1x{}", self.level, profile.name(), self.n_rx),
            None => format!("AL {}, AWGN, 1x{}", self.level, self.n_rx),
        }
    }

    /// The signal-to-noise ratio (of an element, at each antenna) that each of `blocks` needs: the DCI is found as it was
    /// sent, and nothing else.
    ///
    /// # Errors
    /// If there is no such level.
    pub fn required_snr(
        &self,
        seed: u64,
        blocks: Range<u64>,
        range_db: Range<f64>,
        step_db: f64,
    ) -> Result<RequiredSnr, ConfigError> {
        Ok(RequiredSnr::measure(&mut DciBench::new(self, seed)?, blocks, range_db, step_db))
    }
}

const RNTI: Rnti = Rnti(0x4601);
const DCI_BITS: usize = 40;
const SLOT: u16 = 3;

struct DciBench {
    seed: u64,
    candidate: PdcchCandidate,
    config: PdcchConfig,
    fading: FadingGrid,
    transmitter: PdcchTransmitter,
    receiver: PdcchReceiver,
    rntis: RntiSet,
    dci: Vec<u8>,
    sent: ResourceGrid,
    channel: ResourceGrid,
    arrived: ResourceGrid,
    unit_noise: ResourceGrid,
    received: ResourceGrid,
}

impl DciBench {
    fn new(case: &Case, seed: u64) -> Result<Self, ConfigError> {
        let carrier = Carrier::new(Numerology::MU1, CyclicPrefix::Normal, 0, 51)?;
        let cell_id = CellId::new(321)?;
        let coreset = Coreset::zero(0, 48, 2, cell_id)?;
        let config = PdcchConfig::new(&carrier, &coreset, 0, PdcchScrambling::cell(cell_id))?;
        let (profile, doppler) = match case.fading {
            Some((profile, doppler)) => (DelayProfile::simplified(profile), doppler),
            None => (DelayProfile::direct(), 0.0),
        };
        let grid = |n_ports| ResourceGrid::for_carrier(&carrier, n_ports);
        Ok(Self {
            seed,
            candidate: PdcchCandidate { level: AggregationLevel::new(case.level)?, first_cce: 0 },
            fading: FadingGrid::new(profile, doppler, case.n_rx, 1)?,
            transmitter: PdcchTransmitter::new(&config),
            receiver: PdcchReceiver::new(&config, case.n_rx)?,
            config,
            rntis: [(RNTI, RntiKind::C)].into_iter().collect(),
            dci: vec![0; DCI_BITS],
            sent: grid(1),
            channel: grid(case.n_rx),
            arrived: grid(case.n_rx),
            unit_noise: grid(case.n_rx),
            received: grid(case.n_rx),
        })
    }
}

impl Bench for DciBench {
    fn draw(&mut self, block: u64) {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(block);
        self.dci.iter_mut().for_each(|bit| *bit = rng.random::<bool>().into());
        self.sent.clear();
        let sent = PdcchTransmission::new(SLOT, self.candidate, &self.dci, RNTI);
        // A code of 40 bits exists at every level.
        let is_sent = self.transmitter.transmit(&sent, &mut self.sent);
        debug_assert_eq!(is_sent, Ok(()));
        self.fading.draw(self.config.carrier(), self.seed ^ 0xfad1_0000_0000, block, &mut self.channel);
        self.arrived.clear();
        add_over(&self.channel, &self.sent, &mut self.arrived);
        let mut gaussian = ComplexGaussian::new(self.seed, block);
        self.unit_noise.as_mut_slice().iter_mut().for_each(|z| *z = gaussian.sample());
    }

    fn passes(&mut self, snr_db: f64) -> bool {
        let deviation = 10f64.powf(-snr_db / 20.0) as f32;
        let sums = self.arrived.as_slice().iter().zip(self.unit_noise.as_slice());
        let received = self.received.as_mut_slice().iter_mut();
        received.zip(sums).for_each(|(y, (x, z)): (&mut Complex32, _)| *y = x + z * deviation);
        let search = PdcchSearch {
            slot_in_frame: SLOT,
            candidates: &[self.candidate],
            dci_sizes: &[DCI_BITS],
            rntis: &self.rntis,
            unknown_rntis: false,
        };
        let found = self.receiver.search(&self.received, &search);
        found.len() == 1 && found[0].rnti == RNTI && found[0].bits[..] == self.dci[..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Thinned; `nrflow bler` measures more blocks.
    #[test]
    fn twice_the_elements_need_less() {
        let mut last = f64::INFINITY;
        for case in CASES.iter().filter(|case| case.fading.is_none() && case.level > 1) {
            let needed = case.required_snr(1, 0..300, case.near_db - 2.0..case.near_db + 6.0, 0.05).unwrap();
            let at = needed.at_bler(0.02).unwrap();
            println!("{}: {at:.2} dB", case.name());
            assert!((1.5..8.0).contains(&(last - at)) || last.is_infinite(), "{}: {at} after {last}", case.name());
            last = at;
        }
        assert!(last < -7.5, "AL 16: {last}");
    }
}
