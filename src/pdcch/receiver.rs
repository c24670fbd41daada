use super::channel::{CandidateChannel, PilotQuality, PilotSpan};
use super::crc_mask::{DCI_MAX_BITS, DCI_MIN_BITS, PARITY, rnti_of};
use super::evidence::{agreement, evidence_bits};
use super::{PdcchCandidate, PdcchConfig, RntiKind, RntiSet};
use crate::Complex32;
use crate::ConfigError;
use crate::coding::SoftBit;
use crate::coding::polar::{PolarCode, PolarDecoder, PolarEncoder};
use crate::frame::{CceRegMapping, PrecoderGranularity, ResourceGrid, Rnti};
use crate::modulation::{Modulation, descramble, map, scramble};
use std::collections::HashMap;
use std::sync::Arc;

/// What to look for in one slot.
#[derive(Clone, Copy, Debug)]
pub struct PdcchSearch<'a> {
    /// Slot in the frame, n_s,f.
    pub slot_in_frame: u16,
    /// Where: those that lie outside the CORESET are passed over, and each place is looked at once.
    pub candidates: &'a [PdcchCandidate],
    /// DCI sizes in bits, before the CRC.
    pub dci_sizes: &'a [usize],
    /// For whom.
    pub rntis: &'a RntiSet,
    /// Whether DCIs for other RNTIs are wanted too: the RNTI is then read from the CRC's mask, and the codeword
    /// must be plainer in proportion.
    pub unknown_rntis: bool,
}

/// DCI bits, first bit first.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DciBits {
    bits: [u8; DCI_MAX_BITS],
    len: u8,
}

impl DciBits {
    fn new(bits: &[u8]) -> Self {
        let mut all = [0; DCI_MAX_BITS];
        all[..bits.len()].copy_from_slice(bits);
        Self { bits: all, len: bits.len() as u8 }
    }
}

impl std::ops::Deref for DciBits {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bits[..usize::from(self.len)]
    }
}

impl std::fmt::Display for DciBits {
    /// As `0` and `1`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.iter().try_for_each(|bit| write!(f, "{bit}"))
    }
}

impl std::fmt::Debug for DciBits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// A DCI found in a slot, and how well.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DecodedDci {
    /// The bits.
    pub bits: DciBits,
    /// For whom.
    pub rnti: Rnti,
    /// The use of the RNTI; `None` if it was not in the set searched for.
    pub kind: Option<RntiKind>,
    /// Where.
    pub candidate: PdcchCandidate,
    /// Which pilots the channel estimate joined.
    pub pilot_span: PilotSpan,
    /// -log2 of a bound on the probability that a candidate without this DCI gives any DCI for any RNTI of this
    /// kind with as much evidence.
    pub false_alarm_bits: f32,
    /// The fraction of the received coded bits that agree with the codeword.
    pub codeword_agreement: f32,
    /// Path metric of the polar decoder: sum of the soft bits (natural units) that contradict the codeword.
    pub path_metric: f32,
    /// Signal-to-noise ratio of a DM-RS element per antenna in dB.
    pub dmrs_snr_db: f32,
    /// Error vector magnitude of the equalised elements, rms, as a fraction of the signal.
    pub evm: f32,
    /// Delay of the channel's centre in seconds, positive = late.
    pub delay_s: f32,
}

/// Looks for DCIs in the slots of one CORESET and search space, on all antennas of the grid.
///
/// Candidates are equalised, demapped and list-decoded; what decides is the CRC with the RNTIs searched for and
/// the evidence of the re-encoded codeword (see [`PdcchReceiver::with_false_alarm_bits`]). Only where the DM-RS show
/// that there is nothing to decode is a candidate passed over (see [`PdcchReceiver::with_every_candidate`]).
pub struct PdcchReceiver {
    config: PdcchConfig,
    n_antennas: usize,
    list_size: usize,
    false_alarm_bits: f32,
    skip_empty: bool,
    block_subcarriers: Vec<usize>,
    channel: CandidateChannel,
    /// By (K, E): made when first needed, then kept; `None` where there is no such code.
    codecs: HashMap<(usize, usize), Option<Codec>>,
    work: Work,
}

struct Codec {
    decoder: PolarDecoder<i8>,
    encoder: PolarEncoder,
}

/// Of one candidate.
struct Work {
    candidates: Vec<PdcchCandidate>,
    /// Those that held a DCI in the slot before.
    before: Vec<PdcchCandidate>,
    blocks: Vec<usize>,
    matched: Vec<Complex32>,
    gram: Vec<f32>,
    llr: Vec<i8>,
    b: Vec<u8>,
    codeword: Vec<u8>,
    symbols: Vec<Complex32>,
}

impl Work {
    fn new(config: &PdcchConfig) -> Self {
        let n_rb = config.coreset().n_rb();
        let n_re = 9 * n_rb * config.coreset().duration();
        Self {
            candidates: Vec::with_capacity(128),
            before: Vec::with_capacity(16),
            blocks: Vec::with_capacity(n_rb),
            matched: Vec::with_capacity(n_re),
            gram: Vec::with_capacity(n_re),
            llr: Vec::with_capacity(2 * n_re),
            b: Vec::with_capacity(DCI_MAX_BITS + PARITY),
            codeword: Vec::with_capacity(2 * n_re),
            symbols: Vec::with_capacity(n_re),
        }
    }
}

/// A codeword that the decoder's list gave and that was accepted.
struct Accepted {
    rnti: Rnti,
    kind: Option<RntiKind>,
    false_alarm_bits: f32,
}

impl PdcchReceiver {
    /// For slots with `n_antennas` receive antennas (ports of the grid). List size 8, false alarms at most 2^-20 a
    /// decoding attempt.
    ///
    /// # Errors
    /// If there is no antenna.
    pub fn new(config: &PdcchConfig, n_antennas: usize) -> Result<Self, ConfigError> {
        if n_antennas == 0 {
            return Err(ConfigError::new("receive antennas", 0, "must be at least one", "TS 38.211 7.3.2"));
        }
        Ok(Self {
            block_subcarriers: config.block_subcarriers(),
            channel: CandidateChannel::new(config, n_antennas),
            config: config.clone(),
            n_antennas,
            list_size: 8,
            false_alarm_bits: 20.0,
            skip_empty: true,
            codecs: HashMap::new(),
            work: Work::new(config),
        })
    }

    /// With a list of `list_size` paths in the polar decoder, 1..=32.
    ///
    /// # Errors
    /// If the size lies outside its range.
    pub fn with_list_size(mut self, list_size: usize) -> Result<Self, ConfigError> {
        if !(1..=32).contains(&list_size) {
            return Err(ConfigError::new("list size", list_size, "must lie in 1..=32", "TS 38.212 5.3.1"));
        }
        self.list_size = list_size;
        self.codecs.clear();
        Ok(self)
    }

    /// With a false alarm probability of at most 2^-`bits` for each attempt (candidate and DCI size) and kind of
    /// RNTI.
    ///
    /// An accepted DCI of A bits for one of n RNTIs has an evidence (the probability of its codeword given the
    /// soft bits, against a guess) of at least A + log2(n) + `bits`. That bounds the false alarms by
    /// 2^-`bits` with no assumption on noise or interference but that the scrambled codewords have nothing to do with
    /// it. A DCI that the decoder can find at all seldom has less at the default of 20.
    #[must_use]
    pub const fn with_false_alarm_bits(mut self, bits: f32) -> Self {
        self.false_alarm_bits = bits;
        self
    }

    /// Decodes candidates without visible DM-RS too. By default such are passed over, which saves most of the time in
    /// empty slots and costs less than 0.02 dB (bounded in a test).
    #[must_use]
    pub const fn with_every_candidate(mut self) -> Self {
        self.skip_empty = false;
        self
    }

    /// The configuration.
    pub const fn config(&self) -> &PdcchConfig {
        &self.config
    }

    /// The DCIs in a slot, by first CCE, each once: in the place with the most evidence.
    ///
    /// # Panics
    /// If `grid` is not of the configured carrier and number of antennas.
    pub fn search(&mut self, grid: &ResourceGrid, search: &PdcchSearch) -> Vec<DecodedDci> {
        let mut found = Vec::new();
        self.search_into(grid, search, &mut found);
        found
    }

    /// [`PdcchReceiver::search`] into a buffer, which is cleared first. After the first slot with the same levels and
    /// sizes nothing is allocated.
    ///
    /// # Panics
    /// If `grid` is not of the configured carrier and number of antennas.
    pub fn search_into(&mut self, grid: &ResourceGrid, search: &PdcchSearch, found: &mut Vec<DecodedDci>) {
        let carrier = self.config.carrier();
        assert_eq!(
            (grid.n_ports(), grid.n_symbols(), grid.n_subcarriers()),
            (self.n_antennas, carrier.symbols_per_slot(), carrier.n_subcarriers()),
            "antennas, symbols and subcarriers of the grid"
        );
        found.clear();
        self.channel.load(&self.config, &self.block_subcarriers, grid, search.slot_in_frame);
        self.work.candidates.clear();
        self.work.candidates.extend(search.candidates.iter().filter(|&&candidate| self.config.holds(candidate)));
        // Where there was a DCI in the slot before, then small ones first, they are quick: CCEs that a DCI was found in
        // hold no other.
        let before = std::mem::take(&mut self.work.before);
        self.work.candidates.sort_unstable_by_key(|candidate| (!before.contains(candidate), *candidate));
        self.work.candidates.dedup();
        self.prepare(search);
        for i in 0..self.work.candidates.len() {
            let candidate = self.work.candidates[i];
            let known = found.iter().find(|dci: &&DecodedDci| dci.candidate.overlaps(candidate));
            if known.is_some_and(|dci| !self.may_be_half_of(dci.candidate, candidate) && !may_be_part(dci, candidate)) {
                continue;
            }
            self.config.blocks_of(candidate, &mut self.work.blocks);
            self.channel.begin(&self.work.blocks, &self.block_subcarriers);
            if self.skip_empty && !self.channel.is_occupied() {
                continue;
            }
            let Some(whole) = self.channel.estimate_candidate() else { continue };
            if self.decode(grid, search, candidate, PilotSpan::Candidate, whole, found) {
                continue;
            }
            if self.config.coreset().precoder_granularity() == PrecoderGranularity::AllContiguousRbs {
                continue;
            }
            let Some(by_bundle) = self.channel.estimate_bundles() else { continue };
            // One channel that explains the pilots as well as many leaves as little noise.
            let unexplained = whole.noise_variance - by_bundle.noise_variance;
            if unexplained > 0.25 * by_bundle.signal_power {
                self.decode(grid, search, candidate, PilotSpan::Bundle, by_bundle, found);
            }
        }
        keep_the_plainer(found);
        self.work.before = before;
        self.work.before.clear();
        self.work.before.extend(found.iter().map(|dci| dci.candidate));
        found.sort_unstable_by_key(|dci| (dci.candidate.first_cce, dci.candidate.level));
    }

    /// Whether a PDCCH in `whole` gives its DCI in `half` too: the coded bits of levels 8 and 16 repeat the same polar
    /// codeword, and in a one-symbol CORESET without interleaving the first 864 of them lie in the first 8 CCEs.
    fn may_be_half_of(&self, half: PdcchCandidate, whole: PdcchCandidate) -> bool {
        let coreset = self.config.coreset();
        let in_order = coreset.mapping() == CceRegMapping::NonInterleaved && coreset.duration() == 1;
        in_order && half.first_cce == whole.first_cce && (half.level.get(), whole.level.get()) == (8, 16)
    }

    /// Makes the codecs that are missing.
    fn prepare(&mut self, search: &PdcchSearch) {
        let mut last = None;
        for level in self.work.candidates.iter().map(|candidate| candidate.level) {
            if last.replace(level) == Some(level) {
                continue;
            }
            for &size in search.dci_sizes.iter().filter(|size| (1..=DCI_MAX_BITS).contains(size)) {
                let (k, e) = (size.max(DCI_MIN_BITS) + PARITY, level.coded_bits());
                self.codecs.entry((k, e)).or_insert_with(|| Codec::new(k, e, self.list_size));
            }
        }
    }

    /// Equalises with the channel estimated last and tries the sizes; whether any gave a DCI.
    fn decode(
        &mut self,
        grid: &ResourceGrid,
        search: &PdcchSearch,
        candidate: PdcchCandidate,
        pilot_span: PilotSpan,
        quality: PilotQuality,
        found: &mut Vec<DecodedDci>,
    ) -> bool {
        let Work { blocks, matched, gram, llr, b, codeword, symbols, .. } = &mut self.work;
        self.channel.equalise(&self.config, grid, blocks, &self.block_subcarriers, matched, gram);
        // ln P(0)/P(1) of QPSK's bits: 4 Re(conj(h) y) / (sqrt 2 variance), and Im.
        llr.clear();
        llr.extend(matched.iter().flat_map(|m| [m.re, m.im].map(|x| i8::from_f32(2.0 * std::f32::consts::SQRT_2 * x))));
        let c_init = self.config.scrambling().c_init_data();
        descramble(llr, c_init);
        let mut any = false;
        for &size in search.dci_sizes {
            let (a, e) = (size.max(DCI_MIN_BITS), candidate.level.coded_bits());
            let codec = self.codecs.get_mut(&(a + PARITY, e));
            let Some(Some(Codec { decoder, encoder })) = codec else { continue };
            b.clear();
            b.resize(a + PARITY, 0);
            codeword.clear();
            codeword.resize(e, 0);
            let mut accepted = None;
            let metric = decoder.decode(llr, b, |b| {
                let Some(rnti) = rnti_of(b) else { return false };
                let kind = search.rntis.kind(rnti);
                if kind.is_none() && !search.unknown_rntis || b[size..a].contains(&1) {
                    return false;
                }
                encoder.encode(b, codeword);
                let false_alarm_bits = evidence_bits(codeword, llr) - size as f32 - choice_bits(search, kind);
                accepted = Some(Accepted { rnti, kind, false_alarm_bits });
                false_alarm_bits >= self.false_alarm_bits
            });
            let (Some(metric), Some(Accepted { rnti, kind, false_alarm_bits })) = (metric, accepted) else { continue };
            any = true;
            let codeword_agreement = agreement(codeword, llr);
            scramble(codeword, c_init);
            symbols.resize(e / 2, Complex32::ZERO);
            map(Modulation::Qpsk, codeword, symbols);
            found.push(DecodedDci {
                bits: DciBits::new(&b[..size]),
                rnti,
                kind,
                candidate,
                pilot_span,
                false_alarm_bits,
                codeword_agreement,
                path_metric: metric.penalty(),
                dmrs_snr_db: 10.0 * (quality.signal_power / quality.noise_variance).log10(),
                evm: evm(symbols, matched, gram),
                delay_s: quality.delay_s,
            });
        }
        any
    }
}

impl Codec {
    fn new(k: usize, e: usize, list_size: usize) -> Option<Self> {
        let code = Arc::new(PolarCode::downlink(k, e).ok()?);
        Some(Self { decoder: PolarDecoder::new(code.clone(), list_size), encoder: PolarEncoder::new(code) })
    }
}

/// log2 of how many RNTIs of this kind are looked for, and of how many kinds.
fn choice_bits(search: &PdcchSearch, kind: Option<RntiKind>) -> f32 {
    let kinds = [RntiKind::Ra, RntiKind::Si, RntiKind::P, RntiKind::Tc, RntiKind::C];
    let n_kinds = kinds.iter().filter(|&&k| search.rntis.count(k) > 0).count() + usize::from(search.unknown_rntis);
    let n = kind.map_or(1 << 16, |kind| search.rntis.count(kind));
    ((n * n_kinds).max(1) as f32).log2()
}

/// A codeword that fills its candidate agrees with nearly all that was received, where noise allows; of one that fills
/// half of it, and of which the decoder still makes the DCI, three quarters do.
const FILLED: f32 = 0.9;

/// Whether a DCI that was found in a place may have been sent in a smaller one within it.
fn may_be_part(found: &DecodedDci, smaller: PdcchCandidate) -> bool {
    smaller.level < found.candidate.level && found.codeword_agreement < FILLED
}

/// Of the same DCI in two places that share CCEs, keeps the one with more evidence.
fn keep_the_plainer(found: &mut Vec<DecodedDci>) {
    let mut i = 0;
    while i < found.len() {
        let it = found[i];
        let plainer = |other: &DecodedDci| {
            (other.rnti, other.bits) == (it.rnti, it.bits)
                && other.candidate != it.candidate
                && other.candidate.overlaps(it.candidate)
                && other.false_alarm_bits >= it.false_alarm_bits
        };
        if found.iter().any(plainer) {
            found.remove(i);
        } else {
            i += 1;
        }
    }
}

/// Rms error of the equalised elements against `symbols`, relative to the signal; data and DM-RS may differ in
/// amplitude.
fn evm(symbols: &[Complex32], matched: &[Complex32], gram: &[f32]) -> f32 {
    let correlation: f32 = symbols.iter().zip(matched).map(|(x, m)| (x.conj() * m).re).sum();
    let weight: f32 = gram.iter().sum();
    let gain = correlation / weight;
    let errors = symbols.iter().zip(matched).zip(gram).filter(|(_, g)| **g > 0.0);
    let error = |((x, m), &g): ((&Complex32, &Complex32), &f32)| (m / g - x * gain).norm_sqr() * g;
    (errors.map(error).sum::<f32>() / weight).sqrt() / gain.abs()
}
