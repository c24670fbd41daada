use super::decoder::{CheckMethod, CodeBlockDecoder, LdpcSoftBit};
use super::encoder::CodeBlockEncoder;
use super::harq::HarqBuffer;
use super::plan::SchPlan;
use crate::coding::Crc;
use crate::kernel::Isa;

/// Encodes transport blocks: CRC, segmentation, LDPC, rate matching, bit interleaving, concatenation.
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.212 7.2")]
pub struct SchEncoder {
    encoder: CodeBlockEncoder,
}

impl Default for SchEncoder {
    fn default() -> Self {
        Self::new()
    }
}

impl SchEncoder {
    /// With a workspace for the largest code block.
    pub fn new() -> Self {
        Self { encoder: CodeBlockEncoder::new() }
    }

    /// Encodes `tb_bits` (A bits) into `out` (G bits).
    ///
    /// # Panics
    /// If `tb_bits.len() != plan.tbs()` or `out.len() != plan.coded_bits()`.
    pub fn encode(&mut self, plan: &SchPlan, tb_bits: &[u8], out: &mut [u8]) {
        assert_eq!(tb_bits.len(), plan.tbs(), "bits of the transport block");
        assert_eq!(out.len(), plan.coded_bits(), "coded bits");
        let crc = plan.crc().of_bits(tb_bits);
        let parity = |p: usize| (crc >> (plan.crc().len() - 1 - p) & 1) as u8;
        let s = plan.segmentation();
        let rows = 64 - plan.rows().leading_zeros() as usize;
        for (r, range) in plan.code_block_ranges().enumerate() {
            let block = self.encoder.block(plan.graph());
            let (payload, rest) = block.split_at_mut(s.payload_bits());
            // b = the transport block and its CRC; this block has b[first..first + payload].
            let first = r * payload.len();
            let of_tb = tb_bits.len().saturating_sub(first).min(payload.len());
            payload[..of_tb].copy_from_slice(&tb_bits[first..first + of_tb]);
            for (i, bit) in payload.iter_mut().enumerate().skip(of_tb) {
                *bit = parity(first + i - tb_bits.len());
            }
            rest.fill(0);
            if s.code_block_crc_bits() > 0 {
                let crc = Crc::Crc24B.of_bits(payload);
                rest.iter_mut().take(24).enumerate().for_each(|(i, bit)| *bit = (crc >> (23 - i) & 1) as u8);
            }
            let d = self.encoder.encode(plan.graph(), rows);
            plan.buffer().select(plan.qm(), d, &mut out[range]);
        }
    }
}

/// What came of one transmission of a transport block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SchOutcome {
    /// Whether the CRC of the transport block (and with several code blocks each of theirs) holds.
    pub crc_ok: bool,
    /// Whether all bits of the transport block are 0. Such a block has a CRC of 0: silence that was decoded as the
    /// all-zero word passes, and a receiver that hunts for unknown transmissions should not believe it.
    pub all_zero: bool,
    /// Decoder iterations, summed over the code blocks (those decoded by an earlier transmission spend none).
    pub iterations: usize,
    /// C, the number of code blocks.
    pub code_blocks: usize,
    /// Code blocks whose CRC holds, earlier transmissions included; of a single code block the CRC is that of the
    /// transport block.
    pub code_blocks_ok: usize,
}

/// Decodes transport blocks by layered (corrected) min-sum, combining the transmissions of each in a [`HarqBuffer`].
///
/// Only the rows of the base graph that the transmissions so far reach are decoded. A code block ends as soon as
/// its parity checks hold, or its CRC with the checks of the core.
#[derive(Clone, Debug)]
pub struct SchDecoder<S> {
    max_iterations: usize,
    decoder: CodeBlockDecoder<S>,
    method: CheckMethod,
}

impl<S: LdpcSoftBit> SchDecoder<S> {
    /// With at most `max_iterations` for a code block (12 is a good choice) and a workspace for the largest.
    pub fn new(isa: Isa, max_iterations: usize) -> Self {
        Self { max_iterations, decoder: CodeBlockDecoder::new(isa), method: CheckMethod::BoxPlus }
    }

    /// Another method for the check messages than the best one, for comparison.
    pub fn set_check_method(&mut self, method: CheckMethod) {
        self.method = method;
    }

    /// Decodes `llr`, the G soft bits of a transmission, together with those of earlier ones in `harq`; writes the
    /// A decided bits to `tb_bits`, whatever the outcome.
    ///
    /// A buffer that already holds this block decoded gives it again, whatever `llr`: call [`HarqBuffer::reset`]
    /// first for new data.
    ///
    /// # Panics
    /// If `llr.len() != plan.coded_bits()`, `tb_bits.len() != plan.tbs()` or not `harq.fits(plan)`.
    pub fn decode(&mut self, plan: &SchPlan, llr: &[S], harq: &mut HarqBuffer<S>, tb_bits: &mut [u8]) -> SchOutcome {
        assert_eq!(llr.len(), plan.coded_bits(), "soft bits");
        assert_eq!(tb_bits.len(), plan.tbs(), "bits of the transport block");
        assert!(harq.fits(plan), "HARQ buffer too small for a transport block of {} bits", plan.tbs());
        let s = plan.segmentation();
        harq.prepare(plan);
        self.decoder.prepare(plan, harq.rows());
        let code_blocks = plan.code_blocks();
        let rule = S::check_rule(self.method, harq.rows());
        let crc = if code_blocks > 1 { Crc::Crc24B } else { plan.crc() };
        let mut iterations = 0;
        let mut code_blocks_ok = 0;
        for (r, range) in plan.code_block_ranges().enumerate() {
            if !harq.is_decoded(r) {
                let soft = harq.soft_mut(r, s.coded_bits());
                plan.buffer().accumulate(plan.qm(), &llr[range], soft);
                let accept = |bits: &[u8]| crc.check(bits);
                let outcome = self.decoder.decode(plan, soft, self.max_iterations, &rule, accept);
                let payload = harq.payload_mut(r, s.payload_bits());
                payload.copy_from_slice(&self.decoder.bits()[..payload.len()]);
                harq.set_decoded(r, outcome.accepted);
                iterations += outcome.iterations;
            }
            code_blocks_ok += usize::from(harq.is_decoded(r));
        }
        let payload = harq.payload(plan.tbs() + plan.crc().len());
        tb_bits.copy_from_slice(&payload[..plan.tbs()]);
        let crc_ok = code_blocks_ok == code_blocks && (code_blocks == 1 || plan.crc().check(payload));
        if code_blocks_ok == code_blocks && !crc_ok {
            // Some code block passed its CRC by chance: none can be trusted, let a further transmission decide.
            (0..code_blocks).for_each(|r| harq.set_decoded(r, false));
        }
        let all_zero = tb_bits.iter().all(|&bit| bit == 0);
        SchOutcome { crc_ok, all_zero, iterations, code_blocks, code_blocks_ok }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn random_bits(rng: &mut ChaCha8Rng, n: usize) -> Vec<u8> {
        (0..n).map(|_| rng.random_range(0..2)).collect()
    }

    /// Soft bits with Gaussian noise, as of BPSK: mean 4 Es/N0, variance 8 Es/N0.
    fn noisy(rng: &mut ChaCha8Rng, bits: &[u8], es_n0_db: f32) -> Vec<i8> {
        let es_n0 = 10f32.powf(es_n0_db / 10.0);
        let mut gaussian = || {
            let (u, v): (f32, f32) = (1.0 - rng.random::<f32>(), rng.random());
            (-2.0 * u.ln()).sqrt() * (std::f32::consts::TAU * v).cos()
        };
        bits.iter()
            .map(|&bit| {
                let mean = 4.0 * es_n0 * (1.0 - 2.0 * f32::from(bit));
                crate::coding::SoftBit::from_f32(mean + (8.0 * es_n0).sqrt() * gaussian())
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        #[test]
        fn what_is_encoded_is_decoded(
            bytes in prop_oneof![3..480usize, 400..1100usize, 1000..6000usize],
            rate_x1024 in 100.0..948.0f64,
            qm in prop_oneof![Just(1usize), Just(2), Just(4), Just(6), Just(8), Just(10)],
            n_layers in 1..=4usize,
            rv in 0..4u8,
            limited in prop_oneof![Just(None), (0.0..1.0f64).prop_map(Some)],
            stretch in 1.0..3.0f64,
            seed in any::<u64>(),
        ) {
            let rng = &mut ChaCha8Rng::seed_from_u64(seed);
            // The next size that splits evenly.
            let tbs = (bytes * 8..).step_by(8).find(|&a| SchPlan::n_ref(a, rate_x1024, 1).is_ok()).unwrap();
            let coded = tbs as f64 * 1024.0 / rate_x1024.min(850.0) * stretch + 100.0;
            let code_blocks = tbs.div_ceil(3816);
            let symbol_bits = qm * n_layers;
            let g = (coded as usize).div_ceil(symbol_bits).max(code_blocks) * symbol_bits;
            let unlimited = SchPlan::new(tbs, rate_x1024, g, qm, n_layers, rv, None).unwrap();
            let s = unlimited.segmentation();
            let least = s.block_bits() + 8 * s.lifting_size();
            let n_ref = limited.map(|share| least + (share * 1.2 * (s.coded_bits() - least) as f64) as usize);
            let plan = |rv| SchPlan::new(tbs, rate_x1024, g, qm, n_layers, rv, n_ref).unwrap();
            let tb = random_bits(rng, tbs);
            let mut encoder = SchEncoder::new();
            let mut decoder = SchDecoder::<i8>::new(Isa::detect(), 20);
            let mut harq = HarqBuffer::new(tbs);
            let mut coded = vec![0; g];
            let mut decoded = vec![9; tbs];
            let mut outcome = None;
            // A redundancy version that does not suffice alone is followed by others until all are there.
            for rv in [rv, 0, 2, 3, 1] {
                let plan = plan(rv);
                coded.fill(9);
                encoder.encode(&plan, &tb, &mut coded);
                let llr: Vec<i8> = coded.iter().map(|&bit| 60 - 120 * bit as i8).collect();
                let result = decoder.decode(&plan, &llr, &mut harq, &mut decoded);
                prop_assert_eq!(result.code_blocks, plan.code_blocks());
                if result.crc_ok {
                    outcome = Some(result);
                    break;
                }
                prop_assert!(rv != 0 || n_ref.is_some() || stretch < 1.2, "rv 0 alone: {:?}", result);
            }
            prop_assert!(outcome.is_some());
            prop_assert!(decoded == tb);
        }

        /// Whatever comes off the air, and with whatever plan, the decoder ends and does not panic.
        #[test]
        fn garbage_is_no_transport_block(
            tbs in 24..9000usize,
            rate_x1024 in 1.0..1024.0f64,
            symbols in 1..3000usize,
            qm in prop_oneof![Just(2usize), Just(4), Just(6), Just(8)],
            rv in 0..4u8,
            n_ref in prop_oneof![Just(None), (1..30_000usize).prop_map(Some)],
            seed in any::<u64>(),
        ) {
            let rng = &mut ChaCha8Rng::seed_from_u64(seed);
            if let Ok(plan) = SchPlan::new(tbs, rate_x1024, symbols * qm, qm, 1, rv, n_ref) {
                let llr: Vec<i8> = (0..plan.coded_bits()).map(|_| rng.random()).collect();
                let mut tb = vec![0; tbs];
                let mut decoder = SchDecoder::<i8>::new(Isa::detect(), 3);
                let outcome = decoder.decode(&plan, &llr, &mut HarqBuffer::new(tbs), &mut tb);
                prop_assert!(!outcome.crc_ok);
                let erased = vec![0; plan.coded_bits()];
                let outcome = decoder.decode(&plan, &erased, &mut HarqBuffer::new(tbs), &mut tb);
                prop_assert!(!outcome.crc_ok);
                let not_a_number = vec![f32::NAN; plan.coded_bits()];
                let mut decoder = SchDecoder::<f32>::new(Isa::detect(), 2);
                let outcome = decoder.decode(&plan, &not_a_number, &mut HarqBuffer::new(tbs), &mut tb);
                prop_assert!(!outcome.crc_ok || outcome.all_zero);
            }
        }
    }

    #[test]
    fn silence_of_every_kind_does_not_pass() {
        let plan = SchPlan::new(1000, 300.0, 3000, 2, 1, 0, None).unwrap();
        let mut decoder = SchDecoder::<i8>::new(Isa::detect(), 12);
        let mut tb = vec![0; 1000];
        let outcome = decoder.decode(&plan, &vec![0; 3000], &mut HarqBuffer::new(1000), &mut tb);
        assert!(!outcome.crc_ok);
        // An all-zero block that was truly sent passes, and says that it is one.
        let outcome = decoder.decode(&plan, &vec![20; 3000], &mut HarqBuffer::new(1000), &mut tb);
        assert!(outcome.crc_ok && outcome.all_zero);
    }

    /// Transmissions of which none suffices alone, at a rate near 0.85 in 0 dB.
    #[test]
    fn transmissions_combine() {
        let rng = &mut ChaCha8Rng::seed_from_u64(7);
        let (tbs, g) = (20_496, 24_000);
        let plan = |rv| SchPlan::new(tbs, 870.0, g, 4, 1, rv, None).unwrap();
        assert!(plan(0).code_blocks() > 1);
        let mut encoder = SchEncoder::new();
        let mut decoder = SchDecoder::<i8>::new(Isa::detect(), 12);
        let mut harq = HarqBuffer::new(tbs);
        let mut coded = vec![0; g];
        let mut decoded = vec![0; tbs];
        for versions in [&[0, 2, 3, 1][..], &[0, 0, 0, 0], &[2, 1, 0, 3]] {
            let tb = random_bits(rng, tbs);
            harq.reset();
            assert!(harq.is_empty());
            let mut sent = 0;
            for &rv in versions {
                encoder.encode(&plan(rv), &tb, &mut coded);
                let llr = noisy(rng, &coded, -2.0);
                sent += 1;
                let outcome = decoder.decode(&plan(rv), &llr, &mut harq, &mut decoded);
                let mut alone = HarqBuffer::new(tbs);
                assert!(!decoder.decode(&plan(rv), &llr, &mut alone, &mut vec![0; tbs]).crc_ok);
                if outcome.crc_ok {
                    break;
                }
            }
            assert!(decoded == tb, "versions {versions:?}");
            assert!(sent > 1);
        }
        // Without a reset another block of other size is still new data, and a repeated one is kept.
        let small = SchPlan::new(800, 400.0, 2400, 2, 1, 0, None).unwrap();
        let tb = random_bits(rng, 800);
        let mut coded = vec![0; 2400];
        encoder.encode(&small, &tb, &mut coded);
        let llr = noisy(rng, &coded, 3.0);
        let mut decoded = vec![0; 800];
        assert!(decoder.decode(&small, &llr, &mut harq, &mut decoded).crc_ok);
        assert!(decoded == tb);
        let again = decoder.decode(&small, &vec![0; 2400], &mut harq, &mut decoded);
        assert!(again.crc_ok && again.iterations == 0 && decoded == tb);
    }

    #[test]
    fn scalar_and_vector_decoders_are_equal() {
        let rng = &mut ChaCha8Rng::seed_from_u64(11);
        for (tbs, rate, g, es_n0_db) in
            [(8424, 341.0, 25_272, -3.8), (208, 300.0, 700, -3.0), (3000, 600.0, 5400, -1.0)]
        {
            let plan = SchPlan::new(tbs, rate, g, 2, 1, 0, None).unwrap();
            let mut coded = vec![0; g];
            SchEncoder::new().encode(&plan, &random_bits(rng, tbs), &mut coded);
            let llr = noisy(rng, &coded, es_n0_db);
            let results = Isa::all().into_iter().map(|isa| {
                let mut decoded = vec![0; tbs];
                let mut decoder = SchDecoder::<i8>::new(isa, 7);
                (decoder.decode(&plan, &llr, &mut HarqBuffer::new(tbs), &mut decoded), decoded)
            });
            let results: Vec<_> = results.collect();
            assert!(results.iter().all(|result| *result == results[0]), "{tbs} bits");
        }
    }
}
