use super::codebook::I1;
use super::cqi::CqiTable;
use super::csi_rs::CsiRsMeasurement;
use super::hermitian::{cholesky, forward};
use super::interference::NoiseCovariance;
use super::mmse::{MAX_LAYERS, MmseSinr};
use super::mutual_information::mutual_information;
use super::report_config::CsiReportConfig;
use crate::modulation::LayerMapping;
use crate::pdsch::{Precoder, PrgSize};
use crate::{Complex32, ConfigError};
use num_complex::Complex64;
use std::f64::consts::LN_2;

/// Modulations of a CQI table at most.
const MAX_MODULATIONS: usize = 5;

/// A CSI report of type I: rank, precoding matrix and quality.
#[derive(Clone, Debug, PartialEq)]
#[doc(alias = "TS 38.214 5.2.1.4")]
pub struct CsiReport {
    /// Layers, 1 to 8; the rank indicator counts them from 0 over the ranks that are allowed.
    pub rank: usize,
    /// i_1.
    pub i1: I1,
    /// i_2 of each subband with subband PMI, else the one of all.
    pub i2: Vec<u8>,
    /// The CQI of each codeword (the second is 0 up to rank 4) over all that is reported.
    pub wideband_cqi: [u8; 2],
    /// The same of each subband; differences are [`super::differential_cqi`].
    pub subband_cqi: Vec<[u8; 2]>,
    /// Mean of log2(1 + SINR) over the blocks, summed over the layers: bits an element that Gaussian symbols could carry.
    pub capacity: f64,
}

impl CsiReport {
    /// Codewords: 1 up to rank 4, then 2.
    pub const fn n_codewords(&self) -> usize {
        if self.rank > 4 { 2 } else { 1 }
    }
}

/// Chooses rank, precoding matrix and CQI from a measured channel and noise.
///
/// For each rank it takes the matrix of the codebook with the largest sum of log2(1 + SINR) after a linear MMSE
/// receiver, over layers and blocks (one element a block, its centre); then the rank at which the CQI of all codewords
/// promise the most bits, the lower one of equals. A codeword's CQI follows from the mean mutual information of its
/// symbols ([`super::CqiTable::highest`]).
#[doc(alias = "TS 38.214 5.2.2")]
#[derive(Clone, Debug)]
pub struct CsiReporter {
    config: CsiReportConfig,
    n_antennas: usize,
    /// H^H R^-1 H of each reported block, `[block][port][port]`.
    gram: Vec<Complex64>,
    /// The subband of each of them.
    subband: Vec<usize>,
    noise: Vec<Complex64>,
    whitened: Vec<Complex64>,
    weights: Vec<Complex32>,
    solver: MmseSinr,
    /// Of the matrices of one i_1: `[subband]`, the best sum so far and its i_2.
    best: Vec<(f64, u8)>,
    sums: Vec<f64>,
    choices: Vec<Choice>,
    report: CsiReport,
}

/// The best of a rank.
#[derive(Clone, Debug, Default)]
struct Choice {
    i1: I1,
    i2: Vec<u8>,
    sum: f64,
    wideband_cqi: [u8; 2],
    subband_cqi: Vec<[u8; 2]>,
    /// What the CQI promise, bits an element.
    bits: f64,
}

/// Mutual information of a codeword's symbols in each modulation of a table, summed over `n` of them.
#[derive(Clone, Copy, Default)]
struct Information {
    sums: [f64; MAX_MODULATIONS],
    n: usize,
}

impl Information {
    fn add(&mut self, more: &Self) {
        self.sums.iter_mut().zip(more.sums).for_each(|(sum, more)| *sum += more);
        self.n += more.n;
    }

    fn cqi(&self, table: CqiTable) -> u8 {
        let of = |modulation| {
            let i = table.modulations().iter().position(|&m| m == modulation);
            i.map_or(0.0, |i| self.sums[i] / self.n as f64)
        };
        if self.n == 0 { 0 } else { table.highest(of) }
    }
}

impl CsiReporter {
    /// With a workspace for `n_antennas` receive antennas.
    ///
    /// # Errors
    /// If there is no antenna, or fewer than the layers of the lowest rank that the codebook allows.
    pub fn new(config: &CsiReportConfig, n_antennas: usize) -> Result<Self, ConfigError> {
        let n_ports = config.parameters().codebook.n_ports();
        let lowest = config.parameters().codebook.ranks().next().unwrap_or(1);
        if n_antennas < lowest {
            let rule = format!("must be at least the {lowest} layers of the lowest rank allowed");
            return Err(ConfigError::new("receive antennas", n_antennas, rule, "TS 38.214 5.2.2.2.1"));
        }
        let subband: Vec<usize> = (config.subbands().iter().enumerate())
            .flat_map(|(i, &(first, end))| (first..end).map(move |_| i))
            .collect();
        let n_subbands = config.n_subbands();
        let n_i2 = if config.parameters().subband_pmi { n_subbands } else { 1 };
        let choice = Choice { i2: vec![0; n_i2], subband_cqi: vec![[0; 2]; n_subbands], ..Choice::default() };
        Ok(Self {
            config: config.clone(),
            n_antennas,
            gram: vec![Complex64::ZERO; subband.len() * n_ports * n_ports],
            subband,
            noise: vec![Complex64::ZERO; n_antennas * n_antennas],
            whitened: vec![Complex64::ZERO; n_antennas * n_ports],
            weights: vec![Complex32::ZERO; n_ports * MAX_LAYERS],
            solver: MmseSinr::new(n_ports),
            best: vec![(0.0, 0); n_subbands],
            sums: vec![0.0; n_subbands],
            choices: vec![choice; MAX_LAYERS],
            report: CsiReport {
                rank: lowest,
                i1: I1::default(),
                i2: Vec::with_capacity(n_i2),
                wideband_cqi: [0; 2],
                subband_cqi: vec![[0; 2]; n_subbands],
                capacity: 0.0,
            },
        })
    }

    /// What is reported.
    pub const fn config(&self) -> &CsiReportConfig {
        &self.config
    }

    /// The report on a measurement, with `noise` from the same slot (of CSI-RS elements or a CSI-IM resource). Where
    /// nothing was received that is rank 1 (or the lowest allowed) with CQI 0.
    ///
    /// # Panics
    /// If measurement or noise have not `n_antennas`, or the measurement is of another resource than the report's (other
    /// ports or blocks).
    pub fn report(&mut self, measurement: &CsiRsMeasurement<'_>, noise: &NoiseCovariance) -> &CsiReport {
        assert_eq!(measurement.n_antennas(), self.n_antennas, "antennas of the measurement");
        assert_eq!(noise.n_antennas(), self.n_antennas, "antennas of the noise");
        let n_ports = self.config.parameters().codebook.n_ports();
        assert_eq!(measurement.config().n_ports(), n_ports, "ports of the measurement");
        self.load_channel(measurement, noise);
        let mut best: Option<usize> = None;
        for rank in 1..=self.n_antennas.min(n_ports).min(MAX_LAYERS) {
            if !self.config.parameters().codebook.ranks().any(|allowed| allowed == rank) {
                continue;
            }
            self.choose_precoder(rank);
            self.rate(rank);
            if best.is_none_or(|best| self.choices[rank - 1].bits > self.choices[best - 1].bits) {
                best = Some(rank);
            }
        }
        if let Some(rank) = best {
            let Choice { i1, i2, sum, wideband_cqi, subband_cqi, .. } = &self.choices[rank - 1];
            let report = &mut self.report;
            (report.rank, report.i1, report.wideband_cqi) = (rank, *i1, *wideband_cqi);
            report.i2.clone_from(i2);
            report.subband_cqi.clone_from(subband_cqi);
            report.capacity = sum / (LN_2 * self.subband.len() as f64);
        }
        &self.report
    }

    /// The last report's precoder: that of subband `subband` with subband PMI, else the one of all. It allocates the
    /// precoder's memory.
    ///
    /// # Errors
    /// None: weights of a codebook are finite.
    ///
    /// # Panics
    /// If there is no such subband.
    pub fn precoder(&self, subband: usize) -> Result<Precoder, ConfigError> {
        let CsiReport { rank, i1, i2, .. } = &self.report;
        let codebook = &self.config.parameters().codebook;
        let i2 = if self.config.parameters().subband_pmi { i2[subband] } else { i2.first().copied().unwrap_or(0) };
        let mut weights = vec![Complex32::ZERO; codebook.n_ports() * rank];
        codebook.weights(*rank, *i1, i2, &mut weights);
        Precoder::new(*rank, &weights)
    }

    /// The last report's precoder for an allocation of the whole bandwidth part, by precoding resource block groups: each
    /// has the weights of the subband that it lies in, the first or last that is reported where its own is not. It
    /// allocates the precoder's memory.
    ///
    /// # Errors
    /// None: weights of a codebook are finite.
    pub fn precoder_per_group(&self, prg: PrgSize) -> Result<Precoder, ConfigError> {
        let p = self.config.parameters();
        let CsiReport { rank, i1, i2, .. } = &self.report;
        let n_ports = p.codebook.n_ports();
        let (start, end) = (p.bwp.start_crb(), p.bwp.start_crb() + p.bwp.n_prb());
        let n_groups = prg.group(end - 1, start) + 1;
        let mut weights = vec![Complex32::ZERO; n_groups * n_ports * rank];
        for crb in start..end {
            let subband = if p.subband_pmi { self.config.nearest_subband(crb) } else { 0 };
            let group = &mut weights[prg.group(crb, start) * n_ports * rank..][..n_ports * rank];
            p.codebook.weights(*rank, *i1, i2.get(subband).copied().unwrap_or(0), group);
        }
        Precoder::per_group(*rank, n_ports, &weights)
    }

    /// Fills the blocks' H^H R^-1 H, the power of the PDSCH in them.
    fn load_channel(&mut self, measurement: &CsiRsMeasurement<'_>, noise: &NoiseCovariance) {
        let (n, n_ports) = (self.n_antennas, self.config.parameters().codebook.n_ports());
        let amplitude = self.config.pdsch_amplitude();
        for (at, r) in self.noise.iter_mut().enumerate() {
            *r = noise.at(at / n, at % n);
        }
        // A covariance from few elements may be singular; one of no noise is zero.
        let mean = (0..n).map(|i| self.noise[i * (n + 1)].re).sum::<f64>() / n as f64;
        let load = (1e-6 * mean).max(1e-30);
        (0..n).for_each(|i| self.noise[i * (n + 1)] += load);
        cholesky(&mut self.noise, n, load);
        let blocks = self.config.subbands().iter().flat_map(|&(first, end)| first..end);
        for (block, gram) in blocks.zip(self.gram.chunks_exact_mut(n_ports * n_ports)) {
            for (to, h) in self.whitened.iter_mut().zip(measurement.channel(block.into())) {
                *to = Complex64::new(h.re.into(), h.im.into()) * amplitude;
            }
            forward(&self.noise, n, &mut self.whitened, n_ports);
            for i in 0..n_ports {
                for j in 0..n_ports {
                    gram[i * n_ports + j] = self.whitened.chunks_exact(n_ports).map(|row| row[i].conj() * row[j]).sum();
                }
            }
        }
    }

    /// The best matrix of a rank, into `choices`.
    fn choose_precoder(&mut self, rank: usize) {
        let Self { config, gram, subband, weights, solver, best, sums, choices, .. } = self;
        let codebook = &config.parameters().codebook;
        let choice = &mut choices[rank - 1];
        choice.sum = f64::NEG_INFINITY;
        let n_ports = codebook.n_ports();
        let weights = &mut weights[..n_ports * rank];
        let n_i2 = codebook.ranges(rank).i2;
        for i1 in codebook.i1(rank) {
            // With one i_2 for all, the whole band is one.
            best.fill((f64::NEG_INFINITY, 0));
            for i2 in (0..n_i2).filter(|&i2| codebook.allows(rank, i1, i2)) {
                codebook.weights(rank, i1, i2, weights);
                solver.set_weights(rank, weights);
                sums.fill(0.0);
                for (gram, &subband) in gram.chunks_exact(n_ports * n_ports).zip(&*subband) {
                    let into = if config.parameters().subband_pmi { subband } else { 0 };
                    sums[into] += solver.sinr(gram).iter().map(|sinr| sinr.ln_1p()).sum::<f64>();
                }
                for (best, &sum) in best.iter_mut().zip(&*sums) {
                    if sum > best.0 {
                        *best = (sum, i2);
                    }
                }
            }
            let sum: f64 = best[..choice.i2.len()].iter().map(|(sum, _)| sum).sum();
            if sum > choice.sum {
                (choice.i1, choice.sum) = (i1, sum);
                choice.i2.iter_mut().zip(&*best).for_each(|(to, (_, i2))| *to = *i2);
            }
        }
    }

    /// The CQI of a rank's choice.
    fn rate(&mut self, rank: usize) {
        let Self { config, gram, solver, weights, choices, .. } = self;
        let p = config.parameters();
        let (codebook, table) = (&p.codebook, p.cqi_table);
        let choice = &mut choices[rank - 1];
        let size = codebook.n_ports() * codebook.n_ports();
        let weights = &mut weights[..codebook.n_ports() * rank];
        // Ranks are 1 to 8: there is always a mapping.
        let Ok(mapping) = LayerMapping::new(rank) else { return };
        let mut whole = [Information::default(); 2];
        let mut grams = gram.chunks_exact(size);
        for (s, &(first, end)) in config.subbands().iter().enumerate() {
            codebook.weights(rank, choice.i1, choice.i2[if p.subband_pmi { s } else { 0 }], weights);
            solver.set_weights(rank, weights);
            let mut part = [Information::default(); 2];
            for gram in grams.by_ref().take(usize::from(end - first)) {
                let sinr = solver.sinr(gram);
                for (q, part) in part.iter_mut().enumerate().take(mapping.n_codewords()) {
                    for &sinr in &sinr[mapping.layers_of(q)] {
                        let of_symbol = table.modulations().iter().map(|&m| mutual_information(m, sinr));
                        part.sums.iter_mut().zip(of_symbol).for_each(|(sum, bits)| *sum += bits);
                        part.n += 1;
                    }
                }
            }
            choice.subband_cqi[s] = part.map(|part| part.cqi(table));
            whole.iter_mut().zip(&part).for_each(|(whole, part)| whole.add(part));
        }
        choice.wideband_cqi = whole.map(|whole| whole.cqi(table));
        let bits = |q: usize| match table.entry(choice.wideband_cqi[q]) {
            Ok(Some(cqi)) => cqi.efficiency() * mapping.layers_of(q).len() as f64,
            _ => 0.0,
        };
        choice.bits = (0..mapping.n_codewords()).map(bits).sum();
    }
}
