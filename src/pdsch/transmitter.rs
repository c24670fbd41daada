use super::{Codeword, PdschConfig, PdschPtrsElements};
use crate::Complex32;
use crate::coding::bits;
use crate::coding::ldpc::SchEncoder;
use crate::frame::{Carrier, ResourceGrid};
use crate::modulation::{map, scramble};
use crate::reference_signal::dmrs::dmrs_sequence;
use crate::reference_signal::dmrs_port::DmrsPort;

/// Sends PDSCHs: transport blocks into resource grids.
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.211 7.3.1")]
pub struct PdschTransmitter {
    encoder: SchEncoder,
    tb_bits: Vec<u8>,
    coded: Vec<u8>,
    symbols: Vec<Complex32>,
    /// x, `[layer][element]`.
    layers: Vec<Complex32>,
    subcarriers: Vec<u16>,
    pilots: Pilots,
    ptrs: PdschPtrsElements,
}

/// The pilots of a configuration and a workspace for their sequence.
#[derive(Clone, Debug)]
pub(super) struct Pilots {
    /// The grid's subcarriers of CDM group 0, ascending.
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

    /// Each pilot's subcarrier in the grid for CDM group 0, ascending, and r(2n + k'), of magnitude 1, in the symbol
    /// generated last; k' of pilot i is i modulo 2.
    pub fn iter(&self) -> impl Iterator<Item = (usize, Complex32)> + '_ {
        let first = self.places[0];
        self.subcarriers
            .iter()
            .zip(&self.places)
            .map(move |(&k, &place)| (usize::from(k), self.sequence[place - first]))
    }
}

impl PdschTransmitter {
    /// With a workspace for any PDSCH of `carrier` on one layer; it grows with the first that has more.
    pub fn new(carrier: &Carrier) -> Self {
        let re = carrier.n_subcarriers() * carrier.symbols_per_slot();
        Self {
            encoder: SchEncoder::new(),
            tb_bits: Vec::with_capacity(re * 10),
            coded: Vec::with_capacity(re * 10),
            symbols: Vec::with_capacity(re),
            layers: Vec::with_capacity(re),
            subcarriers: Vec::with_capacity(carrier.n_subcarriers()),
            pilots: Pilots::new(carrier),
            ptrs: PdschPtrsElements::new(carrier),
        }
    }

    /// Writes the PDSCH of the transport blocks `tbs`, one a codeword, its DM-RS and its PT-RS into `grid`; other elements
    /// stay as they are.
    ///
    /// # Panics
    /// If there is not a block for each codeword, one has not `tbs() / 8` bytes of its codeword, or the grid is not the
    /// carrier's or has fewer ports than the precoder.
    pub fn transmit(&mut self, tbs: &[&[u8]], config: &PdschConfig, grid: &mut ResourceGrid) {
        assert_eq!(tbs.len(), config.layers().n_codewords(), "transport blocks");
        let carrier = config.carrier();
        assert_eq!(grid.n_subcarriers(), carrier.n_subcarriers(), "subcarriers of the grid");
        assert_eq!(grid.n_symbols(), carrier.symbols_per_slot(), "symbols of the grid");
        assert!(grid.n_ports() >= config.parameters().precoder.n_ports(), "ports of the grid");
        self.layers.clear();
        self.layers.resize(config.layers().n_layers() * config.n_re(), Complex32::ZERO);
        for (q, tb) in tbs.iter().enumerate() {
            assert_eq!(8 * tb.len(), config.codeword(q).tbs(), "bits of transport block {q}");
            self.tb_bits.clear();
            bits::unpack_into(tb, &mut self.tb_bits);
            modulate(&mut self.encoder, &self.tb_bits, config, q, &mut self.coded, &mut self.symbols);
            config.layers().map(q, &self.symbols, &mut self.layers);
        }
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
            for port in 0..p.precoder.n_ports() {
                let out = grid.symbol_mut(port, l);
                for (i, k) in self.subcarriers.iter().map(|&k| usize::from(k)).enumerate() {
                    let x = self.layers[next + i..].iter().step_by(config.n_re());
                    let weights = p.precoder.weights(config.prg_of(k), port);
                    out[k] = weights.iter().zip(x).map(|(w, x)| w * x).sum::<Complex32>() * p.amplitude;
                }
            }
            next += self.subcarriers.len();
            if config.dmrs_symbols() >> l & 1 == 1 {
                self.map_dmrs(config, l, grid);
            }
            if let Some((layer, amplitude)) = config.ptrs_layer() {
                for port in 0..p.precoder.n_ports() {
                    let out = grid.symbol_mut(port, l);
                    for (k, r) in self.ptrs.iter(config, l) {
                        out[k] = p.precoder.weights(config.prg_of(k), port)[layer] * (p.amplitude * amplitude) * r;
                    }
                }
            }
        }
    }

    fn map_dmrs(&mut self, config: &PdschConfig, l: usize, grid: &mut ResourceGrid) {
        let p = config.parameters();
        let dmrs_type = p.dmrs.dmrs_type;
        let amplitude = p.amplitude * config.dmrs_amplitude();
        self.pilots.generate(config, l);
        for port in 0..p.precoder.n_ports() {
            let out = grid.symbol_mut(port, l);
            for group in (0..dmrs_type.cdm_groups()).filter(|&group| config.layers_of_group(group).next().is_some()) {
                for (i, (k, r)) in self.pilots.iter().enumerate() {
                    let weights = p.precoder.weights(config.prg_of(k), port);
                    let of_layer = |(layer, dmrs): (usize, DmrsPort)| {
                        let code = dmrs.frequency_code()[i % 2] * dmrs.time_code(dmrs_type)[config.l_prime(l)];
                        weights[layer] * code
                    };
                    let sum: Complex32 = config.layers_of_group(group).map(of_layer).sum();
                    out[k + dmrs_type.delta(group)] = sum * r * amplitude;
                }
            }
        }
    }
}

/// From transport block `q` to its modulation symbols: TS 38.212 7.2, TS 38.211 7.3.1.1, 7.3.1.2.
pub(super) fn modulate(
    encoder: &mut SchEncoder,
    tb_bits: &[u8],
    config: &PdschConfig,
    q: usize,
    coded: &mut Vec<u8>,
    symbols: &mut Vec<Complex32>,
) {
    let codeword: &Codeword = config.codeword(q);
    coded.clear();
    coded.resize(codeword.plan().coded_bits(), 0);
    symbols.clear();
    symbols.resize(coded.len() / codeword.modulation().bits_per_symbol(), Complex32::ZERO);
    encoder.encode(codeword.plan(), tb_bits, coded);
    scramble(coded, config.scrambling_c_init(q));
    map(codeword.modulation(), coded, symbols);
}
