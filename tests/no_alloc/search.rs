//! Following a cell in a stream: search, tracking, PBCH.

use crate::allocator::allocations;
use nrflow::Complex32;
use nrflow::frame::{Carrier, CellId, CyclicPrefix, Numerology, ResourceGrid};
use nrflow::ofdm::{OfdmConfig, OfdmModulator};
use nrflow::propagation::Awgn;
use nrflow::ssb::{
    CellSearch, CellSearchConfig, LMax, PbchPayload, SearchRaster, SsbBlock, SsbTransmitter, mib_with_timing,
};

const RATE_HZ: u64 = 7_680_000;
const FRAME: usize = RATE_HZ as usize / 100;
const CENTRE_HZ: u64 = 3_489_600_000;

/// A stream with the blocks 1 and 4 of a cell in every second frame, at `snr_db`.
fn stream(frames: usize, snr_db: f32) -> Vec<Complex32> {
    let cell_id = CellId::new(321).unwrap();
    let carrier = Carrier::new(Numerology::MU1, CyclicPrefix::Normal, 0, 20).unwrap();
    let config = OfdmConfig::new(&carrier, RATE_HZ, 0, Some(CENTRE_HZ as f64)).unwrap();
    let mut modulator = OfdmModulator::new(&config);
    let transmitter = SsbTransmitter::new(cell_id, LMax::L8, 0.0).unwrap();
    let (mut block, mut grid) = (SsbBlock::default(), ResourceGrid::for_carrier(&carrier, 1));
    let mut samples = vec![Complex32::ZERO; frames * FRAME];
    for frame in (0..frames).step_by(2) {
        // Case C: symbol 2 and 8 of each slot, two blocks a slot.
        for (index, slot, symbol) in [(1, 0u16, 8), (4, 2, 2)] {
            let sfn = frame as u16;
            let mib = mib_with_timing(0x00_4a5c, sfn, 5);
            let payload = PbchPayload::new(mib, sfn, 0, index, 5, LMax::L8).unwrap();
            transmitter.transmit(payload, index, &mut block).unwrap();
            grid.clear();
            block.place(&mut grid, 0, symbol, 0).unwrap();
            let start = frame * FRAME + usize::from(slot / 2) * config.timing().n_samples();
            modulator.modulate_slot(0, &grid, 0, &mut samples[start..start + config.slot_len(0)]);
        }
    }
    Awgn::new(Awgn::power_at_snr_per_re(snr_db, 1.0), 1, 0).unwrap().process(&mut samples);
    samples
}

/// Blocks found and allocations made in the last quarter of a stream that comes in milliseconds.
fn last_quarter(samples: &[Complex32], config: &CellSearchConfig) -> (usize, u64) {
    let mut search = CellSearch::new(config).unwrap();
    let mut found = Vec::with_capacity(1000);
    let (begin, last) = samples.split_at(samples.len() * 3 / 4);
    begin.chunks(RATE_HZ as usize / 1000).for_each(|ms| search.push(ms, &mut found));
    let (known, before) = (found.len(), allocations());
    last.chunks(RATE_HZ as usize / 1000).for_each(|ms| search.push(ms, &mut found));
    (found.len() - known, allocations() - before)
}

#[test]
fn a_followed_cell() {
    let config = CellSearchConfig::new(RATE_HZ, Some(CENTRE_HZ)).unwrap().with_rescan_ms(None);
    // 40 frames are two half frames beyond what the search keeps, twice over.
    assert_eq!(last_quarter(&stream(80, 20.0), &config), (20, 0));
}

/// Blocks that seldom decode alone wait for others to be combined with.
#[test]
fn a_weak_cell() {
    let config = CellSearchConfig::new(RATE_HZ, Some(CENTRE_HZ)).unwrap().with_rescan_ms(None);
    let (found, allocated) = last_quarter(&stream(160, -9.0), &config);
    assert!((10..=40).contains(&found), "{found} blocks");
    assert_eq!(allocated, 0);
}

/// A search that finds nothing goes on for ever.
#[test]
fn a_search_in_noise() {
    let raster = SearchRaster::Offsets(vec![0.0]);
    let config = CellSearchConfig::new(RATE_HZ, Some(CENTRE_HZ)).unwrap().with_raster(raster);
    let mut noise = vec![Complex32::ZERO; 80 * FRAME];
    Awgn::new(1.0, 2, 0).unwrap().process(&mut noise);
    assert_eq!(last_quarter(&noise, &config), (0, 0));
}
