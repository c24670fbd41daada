//! The PBCH from payload to payload, through noise.

use super::*;
use crate::Complex32;
use crate::frame::{CellId, Numerology};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

struct Noise(ChaCha8Rng);

impl Noise {
    fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Complex Gaussian of unit power.
    fn draw(&mut self) -> Complex32 {
        let (u, v): (f32, f32) = (self.0.random(), self.0.random());
        let r = (-(1.0 - u).ln()).sqrt();
        Complex32::from_polar(r, std::f32::consts::TAU * v)
    }

    fn number(&mut self, below: u32) -> u32 {
        self.0.random::<u32>() % below
    }
}

fn random_payload(noise: &mut Noise, index: u8, half_frame: u8, l_max: LMax) -> PbchPayload {
    let (sfn, k_ssb) = (noise.number(1024) as u16, noise.number(12) as u8);
    let mib = mib_with_timing(noise.number(1 << 24), sfn, k_ssb);
    PbchPayload::new(mib, sfn, half_frame, index, k_ssb, l_max).unwrap()
}

/// Decodes `trials` sets of blocks at the given half frames; how many were right (none may be wrong).
fn right(trials: u32, snr_db: f32, half_frames: &[i64], l_max: LMax) -> u32 {
    let mut noise = Noise::new(7 + half_frames.len() as u64);
    let mut receiver = PbchReceiver::new(Numerology::MU1);
    let amplitude = 10f32.powf(snr_db / 20.0);
    let mut receptions: Vec<_> = half_frames.iter().map(|_| PbchReception::new()).collect();
    let mut block = SsbBlock::default();
    let mut n_right = 0;
    for _ in 0..trials {
        let cell_id = CellId::new(noise.number(1008) as u16).unwrap();
        let (index, half_frame) = (noise.number(l_max.get().into()) as u8, noise.number(2) as u8);
        let first = random_payload(&mut noise, index, half_frame, l_max);
        let transmitter = SsbTransmitter::new(cell_id, l_max, 0.0).unwrap();
        for (&at, reception) in half_frames.iter().zip(&mut receptions) {
            transmitter.transmit(first.after_half_frames(at), index, &mut block).unwrap();
            let (turn, delay) = (noise.number(6283) as f32 * 1e-3, noise.number(12) as f32 - 4.0);
            for (i, z) in block.as_mut_slice().iter_mut().enumerate() {
                let (l, k) = ((i / 240) as f32, (i % 240) as f32);
                // 100 Hz of residual offset at 30 kHz are 1.3 degrees a symbol.
                let phase = turn + 0.0224 * l - std::f32::consts::TAU * k * delay / 256.0;
                *z = *z * Complex32::from_polar(amplitude, phase) + noise.draw();
            }
            receiver.receive(cell_id, 77 + at, block.as_slice(), reception);
        }
        if let Some(decoded) = receiver.decode(&mut receptions, l_max) {
            let last = first.after_half_frames(half_frames[half_frames.len() - 1]);
            assert_eq!((decoded.payload, decoded.ssb_index), (last, index), "a wrong payload passed");
            assert_eq!(decoded.n_combined, half_frames.len());
            n_right += 1;
        }
    }
    n_right
}

#[test]
fn one_block_at_minus_6_db() {
    for l_max in [LMax::L4, LMax::L8, LMax::L64] {
        assert!(right(60, -6.0, &[0], l_max) >= 57, "{l_max:?}");
    }
}

#[test]
fn four_blocks_of_different_frames_at_minus_10_db() {
    // 20 ms apart, and an irregular set with both half frames.
    assert!(right(60, -10.0, &[0, 4, 8, 12], LMax::L8) >= 57);
    assert!(right(40, -10.0, &[0, 1, 7, 32], LMax::L4) >= 38);
    assert!(right(40, -10.0, &[0], LMax::L8) <= 32, "one alone would do: the test shows nothing");
}

#[test]
fn noise_and_hostile_elements_give_nothing() {
    let mut noise = Noise::new(3);
    let mut receiver = PbchReceiver::new(Numerology::MU0);
    let mut receptions = [PbchReception::new(), PbchReception::new()];
    let cell_id = CellId::new(500).unwrap();
    let decode = |receiver: &mut PbchReceiver, receptions: &mut [PbchReception; 2], re: &[Complex32]| {
        receiver.receive(cell_id, 0, re, &mut receptions[0]);
        receiver.receive(cell_id, 3, re, &mut receptions[1]);
        receiver.decode(&mut receptions[..1], LMax::L4).or(receiver.decode(receptions, LMax::L8))
    };
    for _ in 0..3 {
        let re: Vec<Complex32> = (0..960).map(|_| noise.draw()).collect();
        assert_eq!(decode(&mut receiver, &mut receptions, &re), None);
    }
    for value in [0.0, f32::NAN, f32::INFINITY, f32::MAX, 1e-30] {
        let re = vec![Complex32::new(value, -value); 960];
        assert_eq!(decode(&mut receiver, &mut receptions, &re), None, "{value}");
    }
    assert_eq!(receiver.decode(&mut [], LMax::L8), None);
}

#[test]
fn a_configuration_outside_the_standard_is_refused() {
    let cell_id = CellId::new(1).unwrap();
    assert!(LMax::new(10).is_err());
    assert!(SsbTransmitter::new(cell_id, LMax::L4, f32::NAN).is_err());
    let transmitter = SsbTransmitter::new(cell_id, LMax::L64, 3.0).unwrap();
    let payload = PbchPayload::new(0, 0, 0, 9, 0, LMax::L64).unwrap();
    let mut block = SsbBlock::default();
    assert!(transmitter.transmit(payload, 64, &mut block).is_err());
    assert!(transmitter.transmit(payload, 17, &mut block).is_err());
    transmitter.transmit(payload, 9, &mut block).unwrap();
    let mut grid = crate::frame::ResourceGrid::new(1, 14, 240);
    assert!(block.place(&mut grid, 0, 11, 0).is_err());
    assert!(block.place(&mut grid, 0, 10, 1).is_err());
    assert!(block.place(&mut grid, 1, 2, 0).is_err());
    block.place(&mut grid, 0, 10, 0).unwrap();
}
