//! The second slot allocates nothing: a counting allocator under each chain in steady state.

mod allocator;
mod chain;
mod control;
mod csi_rs;
mod detector;
mod measurement;
mod pdsch;
mod search;

use allocator::{allocations, assert_steady};
use nrflow::Complex32;
use nrflow::coding::polar::{PolarCode, PolarDecoder, PolarEncoder};
use nrflow::frame::{Carrier, CellId, Coreset, CyclicPrefix, Numerology, ResourceGrid, Rnti};
use nrflow::kernel::Isa;
use nrflow::modulation::{LayerMapping, Modulation, demap, descramble, map, scramble};
use nrflow::ofdm::{Mixer, OfdmConfig, OfdmDemodulator, OfdmModulator, Resampler};
use nrflow::pdcch::{
    AggregationLevel, PdcchCandidate, PdcchConfig, PdcchReceiver, PdcchScrambling, PdcchSearch, PdcchTransmission,
    PdcchTransmitter, RntiSet, SearchSpace,
};
use nrflow::propagation::{Channel, ChannelConfig, DelayProfile, SimplifiedTdl};
use std::sync::Arc;

#[test]
fn the_counter_counts() {
    let before = allocations();
    drop(std::hint::black_box(vec![1u8; 100]));
    assert!(allocations() > before);
}

#[test]
fn ofdm_and_modulation() {
    let carrier = Carrier::new(Numerology::MU1, CyclicPrefix::Normal, 0, 51).unwrap();
    let config = OfdmConfig::new(&carrier, 23_040_000, 5, Some(3.5e9)).unwrap();
    let (mut modulator, mut demodulator) = (OfdmModulator::new(&config), OfdmDemodulator::new(&config));
    let mut mixer = Mixer::new(1000.0, config.sample_rate_hz()).unwrap();
    let mut resampler = Resampler::new(23_040_000, 15_360_000).unwrap();
    let mut samples = vec![Complex32::ZERO; config.slot_len(0)];
    let mut resampled = samples.clone();
    let (mut sent, mut received) = (ResourceGrid::for_carrier(&carrier, 1), ResourceGrid::for_carrier(&carrier, 1));
    let n = sent.as_slice().len();
    let modulation = Modulation::Qam64;
    let layers = LayerMapping::new(2).unwrap();
    let mut bits = vec![0u8; n * modulation.bits_per_symbol()];
    let (mut symbols, noise) = (vec![Complex32::ZERO; n], vec![0.01f32; n]);
    let mut llr = vec![0i8; bits.len()];
    let mut wrong = 0;
    assert_steady("the OFDM chain", |slot| {
        bits.fill((slot % 2) as u8);
        scramble(&mut bits, 77);
        map(modulation, &bits, &mut symbols);
        layers.map(0, &symbols, sent.as_mut_slice());
        modulator.modulate_slot(slot as u16 % 2, &sent, 0, &mut samples);
        demodulator.demodulate_slot(slot as u16 % 2, &samples, 0, &mut received);
        layers.demap(0, received.as_slice(), &mut symbols);
        demap(Isa::detect(), modulation, &symbols, &noise, &mut llr);
        descramble(&mut llr, 77);
        wrong += llr.iter().filter(|&&llr| (llr < 0) != (slot % 2 == 1)).count();
        mixer.process_in_place(&mut samples);
        mixer.set_shift(slot as f64).unwrap();
        let progress = resampler.process(&samples, &mut resampled);
        assert_eq!(progress.consumed, samples.len());
    });
    assert_eq!(wrong, 0);
}

#[test]
fn polar_codec() {
    let code = Arc::new(PolarCode::downlink(64, 432).unwrap());
    let mut encoder = PolarEncoder::new(code.clone());
    let mut decoder = PolarDecoder::<i8>::new(code, 8).adaptive();
    let (c, mut f, mut out) = ([1; 64], [0; 432], [0; 64]);
    let mut llr = [0; 432];
    assert_steady("polar", |slot| {
        encoder.encode(&c, &mut f);
        for (i, (llr, &bit)) in llr.iter_mut().zip(&f).enumerate() {
            // Some of them wrong, so that the list has work.
            *llr = (if bit == 0 { 10 } else { -10 }) * if (i + slot) % 7 == 0 { -1 } else { 1 };
        }
        let _ = decoder.decode(&llr, &mut out, |word| word == c);
    });
}

#[test]
fn propagation_channel() {
    let config = ChannelConfig::new(15_360_000).unwrap().with_antennas(1, 2).unwrap();
    let config = config.with_profile(DelayProfile::simplified(SimplifiedTdl::Tdlc300), 100.0).unwrap();
    let config = config.with_cfo(500.0).unwrap().with_clock_offset(2.0).unwrap().with_noise_power(0.1).unwrap();
    let mut channel = Channel::new(&config).unwrap();
    let input = vec![Complex32::ONE; 7680];
    let mut output = [const { Vec::new() }; 2];
    output.iter_mut().for_each(|antenna| antenna.reserve(8000));
    assert_steady("channel", |_| {
        output.iter_mut().for_each(Vec::clear);
        channel.process(&[&input], &mut output);
    });
}

#[test]
fn pdcch() {
    let carrier = Carrier::new(Numerology::MU1, CyclicPrefix::Normal, 0, 48).unwrap();
    let cell_id = CellId::new(77).unwrap();
    let coreset = Coreset::zero(0, 48, 1, cell_id).unwrap();
    let config = PdcchConfig::new(&carrier, &coreset, 0, PdcchScrambling::cell(cell_id)).unwrap();
    let (mut transmitter, mut receiver) = (PdcchTransmitter::new(&config), PdcchReceiver::new(&config, 1).unwrap());
    let mut grid = ResourceGrid::for_carrier(&carrier, 1);
    let (mut candidates, mut found, rntis) = (Vec::new(), Vec::new(), RntiSet::broadcast());
    let candidate = PdcchCandidate { level: AggregationLevel::new(4).unwrap(), first_cce: 4 };
    assert_steady("PDCCH", |slot| {
        let slot_in_frame = slot as u16;
        SearchSpace::type0().candidates_into(coreset.n_cce(), slot_in_frame, &mut candidates);
        let dci = [(slot % 2) as u8; 39];
        grid.clear();
        transmitter.transmit(&PdcchTransmission::new(slot_in_frame, candidate, &dci, Rnti::SI), &mut grid).unwrap();
        // A precoder of its own for each bundle in one of the slots, so that both estimates are used.
        if slot % 2 == 1 {
            grid.symbol_mut(0, 0).iter_mut().enumerate().for_each(|(k, z)| {
                *z *= Complex32::cis((k / 72) as f32 * 2.0);
            });
        }
        let (candidates, dci_sizes) = (&candidates[..], &[39, 41][..]);
        let search = PdcchSearch { slot_in_frame, candidates, dci_sizes, rntis: &rntis, unknown_rntis: true };
        receiver.search_into(&grid, &search, &mut found);
        assert!(found.len() == 1 && found[0].bits[..] == dci, "slot {slot}: {found:?}");
    });
}
