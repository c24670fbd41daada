use crate::support::{bits, cf32, text, uint, vectors};
use nrflow::Complex32;
use nrflow::frame::{Carrier, CyclicPrefix, Numerology, ResourceGrid};
use nrflow::ofdm::{OfdmConfig, OfdmDemodulator, OfdmModulator};

#[test]
fn ofdm_mod_vectors() {
    for v in vectors("ofdm_mod") {
        let numerology = Numerology::from_scs_khz(uint(&v, "subcarrierSpacing_kHz") as u32).unwrap();
        let cyclic_prefix = match text(&v, "cyclicPrefix") {
            "normal" => CyclicPrefix::Normal,
            "extended" => CyclicPrefix::Extended,
            other => panic!("cyclic prefix {other}"),
        };
        let carrier = Carrier::new(numerology, cyclic_prefix, 0, uint(&v, "nof_prb") as u16).unwrap();
        let f0 = v["f0_Hz"].as_f64().unwrap();
        let config = OfdmConfig::new(&carrier, uint(&v, "sample_rate_Hz"), 0, Some(f0)).unwrap();
        assert_eq!(config.fft_size() as u64, uint(&v, "N_FFT"));

        let mut grid = ResourceGrid::for_carrier(&carrier, 1);
        let b = bits(text(&v, "grid_bits_hex"), 2 * grid.as_slice().len());
        for (re, b) in grid.as_mut_slice().iter_mut().zip(b.chunks(2)) {
            *re = Complex32::new(0.5 - f32::from(b[0]), 0.5 - f32::from(b[1]));
        }
        let expected = cf32("ofdm_mod", text(&v["samples"], "file"));
        let slot = uint(&v, "slot_in_subframe") as u16;
        // Their scale multiplies an inverse DFT without normalisation, ours is unitary.
        let scale = v["scale"].as_f64().unwrap() as f32 * (config.fft_size() as f32).sqrt();

        let mut modulator = OfdmModulator::new(&config);
        modulator.set_gain(scale);
        assert_eq!(modulator.slot_len(slot), expected.len(), "vector {}", v["index"]);
        let mut samples = vec![Complex32::ZERO; expected.len()];
        modulator.modulate_slot(slot, &grid, 0, &mut samples);
        let largest = expected.iter().map(|x| x.norm()).fold(0.0, f32::max);
        let worst = samples.iter().zip(&expected).map(|(a, b)| (a - b).norm()).fold(0.0, f32::max);
        assert!(worst < 1e-5 * largest, "vector {}: off by {worst} of {largest}", v["index"]);

        let mut back = ResourceGrid::for_carrier(&carrier, 1);
        OfdmDemodulator::new(&config).demodulate_slot(slot, &expected, 0, &mut back);
        let worst =
            back.as_slice().iter().zip(grid.as_slice()).map(|(a, b)| (a / scale - b).norm()).fold(0.0, f32::max);
        assert!(worst < 1e-5, "vector {}, demodulated: off by {worst}", v["index"]);
    }
}
