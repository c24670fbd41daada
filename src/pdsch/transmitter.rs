use super::{PdschConfig, PdschPtrsElements};
use crate::Complex32;
use crate::coding::bits;
use crate::coding::ldpc::SchEncoder;
use crate::frame::{Carrier, ResourceGrid};
use crate::modulation::{map, scramble};
use crate::reference_signal::dmrs::dmrs_sequence;

/// Sends PDSCHs: transport blocks into resource grids.
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.211 7.3.1")]
pub struct PdschTransmitter {
    encoder: SchEncoder,
    tb_bits: Vec<u8>,
    coded: Vec<u8>,
    symbols: Vec<Complex32>,
    subcarriers: Vec<u16>,
    pilots: Pilots,
    ptrs: PdschPtrsElements,
}

/// The pilots of a configuration and a workspace for their sequence.
#[derive(Clone, Debug)]
pub(super) struct Pilots {
    /// The grid's subcarriers, ascending.
    pub subcarriers: Vec<u16>,
    places: Vec<usize>,
    sequence: Vec<Complex32>,
}

impl Pilots {
    pub fn new(carrier: &Carrier) -> Self {
        let most = 6 * usize::from(carrier.n_prb());
        Self {
            subcarriers: Vec::with_capacity(most),
            places: Vec::with_capacity(most),
            sequence: Vec::with_capacity(most),
        }
    }

    pub fn configure(&mut self, config: &PdschConfig) {
        self.subcarriers.clear();
        self.places.clear();
        config.push_pilots(&mut self.subcarriers, &mut self.places);
        // Never empty: an allocation has a block, and that has pilots.
        let span = self.places[self.places.len() - 1] - self.places[0] + 1;
        self.sequence.clear();
        self.sequence.resize(span, Complex32::ZERO);
    }

    /// Generates the sequence of symbol `l`.
    pub fn generate(&mut self, config: &PdschConfig, l: usize) {
        dmrs_sequence(config.dmrs_c_init(l), self.places[0], &mut self.sequence);
    }

    /// Each pilot's subcarrier in the grid, ascending, and its value, of magnitude 1, in the symbol generated last.
    pub fn iter(&self) -> impl Iterator<Item = (usize, Complex32)> + '_ {
        let first = self.places[0];
        self.subcarriers
            .iter()
            .zip(&self.places)
            .map(move |(&k, &place)| (usize::from(k), self.sequence[place - first]))
    }
}

impl PdschTransmitter {
    /// With a workspace for any single-layer PDSCH of `carrier`.
    pub fn new(carrier: &Carrier) -> Self {
        let re = carrier.n_subcarriers() * carrier.symbols_per_slot();
        Self {
            encoder: SchEncoder::new(),
            tb_bits: Vec::with_capacity(re * 10),
            coded: Vec::with_capacity(re * 10),
            symbols: Vec::with_capacity(re),
            subcarriers: Vec::with_capacity(carrier.n_subcarriers()),
            pilots: Pilots::new(carrier),
            ptrs: PdschPtrsElements::new(carrier),
        }
    }

    /// Writes the PDSCH of transport block `tb`, its DM-RS and its PT-RS into `grid`; other elements stay as they are.
    ///
    /// # Panics
    /// If `tb` has not `config.tbs() / 8` bytes, or the grid is not the carrier's or has fewer ports than the precoder.
    pub fn transmit(&mut self, tb: &[u8], config: &PdschConfig, grid: &mut ResourceGrid) {
        assert_eq!(8 * tb.len(), config.tbs(), "bits of the transport block");
        let carrier = config.carrier();
        assert_eq!(grid.n_subcarriers(), carrier.n_subcarriers(), "subcarriers of the grid");
        assert_eq!(grid.n_symbols(), carrier.symbols_per_slot(), "symbols of the grid");
        assert!(grid.n_ports() >= config.parameters().precoder.n_ports(), "ports of the grid");
        self.tb_bits.clear();
        bits::unpack_into(tb, &mut self.tb_bits);
        modulate(&mut self.encoder, &self.tb_bits, config, &mut self.coded, &mut self.symbols);
        self.map_to_grid(config, grid);
    }

    /// Precoding and mapping: 7.3.1.4 to 7.3.1.6, the DM-RS, 7.4.1.1.2, and the PT-RS, 7.4.1.2.2.
    fn map_to_grid(&mut self, config: &PdschConfig, grid: &mut ResourceGrid) {
        let p = config.parameters();
        self.pilots.configure(config);
        self.ptrs.configure(config);
        let mut next = 0;
        for l in config.symbols() {
            self.subcarriers.clear();
            config.push_data_subcarriers(l, &mut self.subcarriers);
            let data = &self.symbols[next..next + self.subcarriers.len()];
            next += data.len();
            for port in 0..p.precoder.n_ports() {
                let weight = p.precoder.weight(port, 0) * p.amplitude;
                let out = grid.symbol_mut(port, l);
                for (&k, d) in self.subcarriers.iter().zip(data) {
                    out[usize::from(k)] = weight * d;
                }
            }
            if config.dmrs_symbols() >> l & 1 == 1 {
                self.pilots.generate(config, l);
                for port in 0..p.precoder.n_ports() {
                    let weight = p.precoder.weight(port, 0) * (p.amplitude * config.dmrs_amplitude());
                    let out = grid.symbol_mut(port, l);
                    for (k, r) in self.pilots.iter() {
                        out[k] = weight * r;
                    }
                }
            }
            if let Some(ptrs_amplitude) = config.ptrs_amplitude() {
                for port in 0..p.precoder.n_ports() {
                    let weight = p.precoder.weight(port, 0) * (p.amplitude * ptrs_amplitude);
                    let out = grid.symbol_mut(port, l);
                    for (k, r) in self.ptrs.iter(config, l) {
                        out[k] = weight * r;
                    }
                }
            }
        }
    }
}

/// From transport block to modulation symbols: TS 38.212 7.2, TS 38.211 7.3.1.1, 7.3.1.2.
pub(super) fn modulate(
    encoder: &mut SchEncoder,
    tb_bits: &[u8],
    config: &PdschConfig,
    coded: &mut Vec<u8>,
    symbols: &mut Vec<Complex32>,
) {
    coded.clear();
    coded.resize(config.plan().coded_bits(), 0);
    symbols.clear();
    symbols.resize(config.n_re(), Complex32::ZERO);
    encoder.encode(config.plan(), tb_bits, coded);
    scramble(coded, config.scrambling_c_init(0));
    map(config.modulation(), coded, symbols);
}
