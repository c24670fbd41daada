use super::crc_mask::{DCI_MAX_BITS, DCI_MIN_BITS, PARITY, attach};
use super::dmrs::{DATA_SUBCARRIERS, DMRS_SUBCARRIERS, sequence};
use super::{PdcchCandidate, PdcchConfig};
use crate::coding::polar::{PolarCode, PolarEncoder};
use crate::frame::{PrecoderGranularity, ResourceGrid, Rnti};
use crate::modulation::{Modulation, map, scramble};
use crate::{Complex32, ConfigError};
use std::collections::HashMap;
use std::sync::Arc;

/// One PDCCH: which DCI, where and how strong.
#[derive(Clone, Copy, Debug)]
pub struct PdcchTransmission<'a> {
    /// Slot in the frame, n_s,f.
    pub slot_in_frame: u16,
    /// Aggregation level and first CCE.
    pub candidate: PdcchCandidate,
    /// DCI bits, first bit first.
    pub dci: &'a [u8],
    /// The RNTI that masks the CRC.
    pub rnti: Rnti,
    /// beta_PDCCH, the amplitude of the data elements.
    pub data_amplitude: f32,
    /// The amplitude of the DM-RS elements.
    pub dmrs_amplitude: f32,
    /// The weight of antenna port 2000 on each port of the grid.
    pub weights: &'a [Complex32],
}

impl<'a> PdcchTransmission<'a> {
    /// With amplitude 1 on the one port of the grid.
    pub fn new(slot_in_frame: u16, candidate: PdcchCandidate, dci: &'a [u8], rnti: Rnti) -> Self {
        const ONE: &[Complex32] = &[Complex32::ONE];
        Self { slot_in_frame, candidate, dci, rnti, data_amplitude: 1.0, dmrs_amplitude: 1.0, weights: ONE }
    }
}

/// DCI bits in, resource elements of PDCCH and its DM-RS out.
#[derive(Debug)]
#[doc(alias = "TS 38.211 7.3.2")]
pub struct PdcchTransmitter {
    config: PdcchConfig,
    block_subcarriers: Vec<usize>,
    /// By (K, E): made when first needed, then kept.
    encoders: HashMap<(usize, usize), PolarEncoder>,
    b: Vec<u8>,
    coded: Vec<u8>,
    symbols: Vec<Complex32>,
    dmrs: Vec<Complex32>,
    blocks: Vec<usize>,
}

impl PdcchTransmitter {
    /// For PDCCHs of one CORESET and search space.
    pub fn new(config: &PdcchConfig) -> Self {
        Self {
            block_subcarriers: config.block_subcarriers(),
            config: config.clone(),
            encoders: HashMap::new(),
            b: Vec::with_capacity(DCI_MAX_BITS + PARITY),
            coded: Vec::with_capacity(1728),
            symbols: Vec::with_capacity(864),
            dmrs: vec![Complex32::ZERO; config.coreset().n_rb() * 3],
            blocks: Vec::with_capacity(config.coreset().n_rb()),
        }
    }

    /// The configuration.
    pub const fn config(&self) -> &PdcchConfig {
        &self.config
    }

    /// Writes one PDCCH and its DM-RS into `grid`; other elements stay as they are.
    ///
    /// # Errors
    /// If the candidate lies outside the CORESET or there is no code for the DCI's length at its aggregation level.
    ///
    /// # Panics
    /// If `grid` is not of the configured carrier or has not as many ports as `weights`.
    pub fn transmit(&mut self, pdcch: &PdcchTransmission, grid: &mut ResourceGrid) -> Result<(), ConfigError> {
        let carrier = self.config.carrier();
        assert_eq!(
            (grid.n_ports(), grid.n_symbols(), grid.n_subcarriers()),
            (pdcch.weights.len(), carrier.symbols_per_slot(), carrier.n_subcarriers()),
            "ports, symbols and subcarriers of the grid"
        );
        if !self.config.holds(pdcch.candidate) {
            let got = format!("{} from {}", pdcch.candidate.level.get(), pdcch.candidate.first_cce);
            let rule = format!("must lie inside the CORESET's {}", self.config.coreset().n_cce());
            return Err(ConfigError::new("CCEs", got, rule, "TS 38.211 7.3.2.2"));
        }
        self.encode(pdcch)?; //                                              38.212 7.3.2-4
        scramble(&mut self.coded, self.config.scrambling().c_init_data()); // 38.211 7.3.2.3
        self.symbols.resize(self.coded.len() / 2, Complex32::ZERO);
        map(Modulation::Qpsk, &self.coded, &mut self.symbols); //                    7.3.2.4
        self.map_to_grid(pdcch, grid); //                                            7.3.2.5, 7.4.1.3.2
        Ok(())
    }

    fn encode(&mut self, pdcch: &PdcchTransmission) -> Result<(), ConfigError> {
        if pdcch.dci.len() > DCI_MAX_BITS {
            let rule = format!("must have at most {DCI_MAX_BITS} bits");
            return Err(ConfigError::new("DCI", format!("{} bits", pdcch.dci.len()), rule, "TS 38.212 5.3.1"));
        }
        let a = pdcch.dci.len().max(DCI_MIN_BITS);
        let (k, e) = (a + PARITY, pdcch.candidate.level.coded_bits());
        let encoder = match self.encoders.entry((k, e)) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(PolarEncoder::new(Arc::new(PolarCode::downlink(k, e)?)))
            }
        };
        let mut padded = [0; DCI_MAX_BITS];
        padded[..pdcch.dci.len()].copy_from_slice(pdcch.dci);
        self.b.resize(k, 0);
        attach(&padded[..a], pdcch.rnti, &mut self.b);
        self.coded.resize(e, 0);
        encoder.encode(&self.b, &mut self.coded);
        Ok(())
    }

    fn map_to_grid(&mut self, pdcch: &PdcchTransmission, grid: &mut ResourceGrid) {
        let coreset = self.config.coreset();
        self.config.blocks_of(pdcch.candidate, &mut self.blocks);
        let mut data = self.symbols.iter();
        for symbol in 0..coreset.duration() {
            let l = self.config.first_symbol() + symbol;
            sequence(&self.config, pdcch.slot_in_frame, symbol, &mut self.dmrs);
            for &block in &self.blocks {
                let k0 = self.block_subcarriers[block];
                for (k, &d) in DATA_SUBCARRIERS.into_iter().zip(&mut data) {
                    for (port, &weight) in pdcch.weights.iter().enumerate() {
                        grid.symbol_mut(port, l)[k0 + k] = d * weight * pdcch.data_amplitude;
                    }
                }
            }
            // With one precoder over contiguous blocks, the DM-RS stand in every block of the run, so that a
            // device can interpolate across it.
            let whole_runs = coreset.precoder_granularity() == PrecoderGranularity::AllContiguousRbs;
            for block in 0..coreset.n_rb() {
                let used = if whole_runs {
                    self.blocks.iter().any(|&b| self.in_one_run(b, block))
                } else {
                    self.blocks.binary_search(&block).is_ok()
                };
                if !used {
                    continue;
                }
                let k0 = self.block_subcarriers[block];
                for (i, k) in DMRS_SUBCARRIERS.into_iter().enumerate() {
                    let r = self.dmrs[3 * block + i] * pdcch.dmrs_amplitude;
                    for (port, &weight) in pdcch.weights.iter().enumerate() {
                        grid.symbol_mut(port, l)[k0 + k] = r * weight;
                    }
                }
            }
        }
    }

    /// Whether the blocks of the CORESET from `a` to `b` are contiguous.
    fn in_one_run(&self, a: usize, b: usize) -> bool {
        self.block_subcarriers[a].abs_diff(self.block_subcarriers[b]) == a.abs_diff(b) * 12
    }
}
