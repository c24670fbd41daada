//! A random valid cell: where its carrier, SS/PBCH block and CORESET#0 lie, and what its MIB says.

use nrflow::frame::{
    Band, Carrier, CarrierPosition, CellGeometry, CellId, CyclicPrefix, Duplex, FrequencyRange, GeometryConfig,
    NrArfcn, Numerology, SlotPoint, SsbFrequency, Type0Config, Type0Frame, ssb_raster,
};
use nrflow::ofdm::{Mixer, OfdmConfig, OfdmModulator};
use nrflow::rrc::{CellBarred, CommonSubcarrierSpacing, DmrsTypeAPosition, IntraFreqReselection, Mib, PdcchConfigSib1};
use nrflow::ssb::{LMax, PbchPayload, SsbBlock, SsbTransmitter};
use nrflow::{Complex32, frame::ResourceGrid};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Frames of a stream: enough for an SS/PBCH block and both frames of a Type0-PDCCH monitoring occasion.
pub const FRAMES: u16 = 2;

/// One of `options`, which must not be empty.
pub fn pick<T: Clone>(rng: &mut ChaCha8Rng, options: &[T]) -> T {
    options[rng.random_range(0..options.len())].clone()
}

/// A cell and the one SS/PBCH block that it sends.
#[derive(Debug)]
pub struct TestCell {
    pub geometry: CellGeometry,
    pub cell_id: CellId,
    pub mib: Mib,
    pub l_max: LMax,
    pub ssb_index: u8,
    /// SFN of the stream's first frame, even; the frame (0 or 1) and half frame of the block.
    pub sfn: u16,
    pub ssb_frame: u16,
    pub half_frame: u8,
    pub sample_rate_hz: u64,
}

impl TestCell {
    /// A cell of 15 or 30 kHz in FR1 of at most 106 blocks, its SS/PBCH block of the same spacing or the other; `None`
    /// where the draws contradict each other.
    pub fn draw(rng: &mut ChaCha8Rng) -> Option<Self> {
        let bands: Vec<Band> = Band::all()
            .filter(|b| b.frequency_range() == FrequencyRange::Fr1 && b.duplex() != Duplex::Sul)
            .filter(|b| !b.is_shared_spectrum())
            .collect();
        let band = pick(rng, &bands);
        let numerology = pick(rng, &[Numerology::MU0, Numerology::MU1]);
        let widths: Vec<_> =
            band.channel_bandwidths(numerology).filter(|b| b.n_rb(numerology).is_some_and(|n| n <= 106)).collect();
        let rasters: Vec<_> = band.channel_raster().filter_map(|row| row.downlink()).collect();
        if widths.is_empty() || rasters.is_empty() {
            return None;
        }
        let (bandwidth, range) = (pick(rng, &widths), pick(rng, &rasters));
        let (low, high) = band.downlink_hz()?;
        let wanted = rng.random_range(low..=high).clamp(low + bandwidth.hz() / 2, high.max(low + bandwidth.hz()));
        let arfcn = range.nearest(NrArfcn::nearest(wanted));
        let points: Vec<_> =
            ssb_raster(arfcn.hz() - bandwidth.hz() / 2, arfcn.hz() + bandwidth.hz() / 2, Some(band)).collect();
        let point = if points.is_empty() { return None } else { pick(rng, &points) };
        let start_crb = if rng.random() { 0 } else { rng.random_range(0..300) };
        let carrier = Carrier::new(numerology, CyclicPrefix::Normal, start_crb, bandwidth.n_rb(numerology)?).ok()?;
        let geometry = CellGeometry::new(&GeometryConfig {
            band: Some(band),
            carrier,
            position: CarrierPosition::CentreArfcn(arfcn),
            channel_bandwidth_mhz: Some(bandwidth.mhz()),
            ssb_case: point.case,
            ssb: SsbFrequency::Gscn(point.gscn),
            common: numerology,
            type0: Some(Type0Config {
                control_resource_set_zero: rng.random_range(0..16),
                search_space_zero: rng.random_range(0..16),
            }),
        })
        .ok()?;
        let l_max = LMax::new(geometry.ssb_positions().n_candidates() as u8).ok()?;
        let sfn = 2 * rng.random_range(0..512);
        let mib = Mib {
            system_frame_number: 0,
            sub_carrier_spacing_common: if numerology == Numerology::MU1 {
                CommonSubcarrierSpacing::Scs30Or120
            } else {
                CommonSubcarrierSpacing::Scs15Or60
            },
            ssb_subcarrier_offset: geometry.mib_k_ssb() & 15,
            dmrs_type_a_position: pick(rng, &[DmrsTypeAPosition::Pos2, DmrsTypeAPosition::Pos3]),
            pdcch_config_sib1: PdcchConfigSib1 {
                control_resource_set_zero: geometry.pdcch_config_sib1() >> 4,
                search_space_zero: geometry.pdcch_config_sib1() & 15,
            },
            cell_barred: pick(rng, &[CellBarred::Barred, CellBarred::NotBarred]),
            intra_freq_reselection: pick(rng, &[IntraFreqReselection::Allowed, IntraFreqReselection::NotAllowed]),
            spare: rng.random_range(0..2),
        };
        // Some room for the filters of a fractional delay, and more at times: any size 2^a 3^b.
        let room = pick(rng, &[1.15, 1.4, 2.0]);
        let finer = numerology.max(point.numerology());
        let needed = (carrier.n_subcarriers() as f64 * room * f64::from(numerology.scs_hz())) as u64;
        let sample_rate_hz = OfdmConfig::next_rate(finer, 0, needed.max(3_840_000 << finer.mu()))?;
        Some(Self {
            cell_id: CellId::new(rng.random_range(0..1008)).ok()?,
            mib,
            l_max,
            ssb_index: rng.random_range(0..l_max.get()),
            sfn,
            ssb_frame: rng.random_range(0..FRAMES),
            half_frame: rng.random_range(0..2),
            sample_rate_hz,
            geometry,
        })
    }

    pub fn carrier(&self) -> &Carrier {
        self.geometry.carrier()
    }

    /// The carrier in a stream around its middle.
    pub fn ofdm(&self) -> OfdmConfig {
        OfdmConfig::new(self.carrier(), self.sample_rate_hz, 0, Some(self.geometry.centre_hz() as f64)).unwrap()
    }

    /// Slot `number` of the stream.
    pub fn slot(&self, number: u16) -> SlotPoint {
        SlotPoint::new(self.carrier().numerology(), self.sfn, 0).unwrap().offset(number.into())
    }

    /// Slots of the carrier in the stream.
    pub fn n_slots(&self) -> u16 {
        FRAMES * self.carrier().numerology().slots_per_frame()
    }

    /// First sample of slot `number`.
    pub fn slot_start(&self, number: u16) -> usize {
        let per_subframe = self.carrier().numerology().slots_per_subframe();
        let timing = self.ofdm();
        let subframe = usize::from(number / per_subframe) * timing.timing().n_samples();
        subframe + timing.timing().slot_start(number % per_subframe)
    }

    /// The symbols of a slot that the block takes, bit l = symbol l; all of them where the spacings differ.
    pub fn ssb_symbols(&self, number: u16) -> u16 {
        let time = self.geometry.ssb_positions().get(self.ssb_index.into()).unwrap();
        let (ssb, own) = (self.geometry.config().ssb_case.numerology(), self.carrier().numerology());
        let slot = self.ssb_frame * ssb.slots_per_frame() + time.slot_in_frame(ssb, self.half_frame);
        // Compared in the units of the finer spacing.
        let (a, b) = (slot << own.mu() >> ssb.mu().min(own.mu()), number << ssb.mu() >> ssb.mu().min(own.mu()));
        let (len_a, len_b) = (1 << own.mu().saturating_sub(ssb.mu()), 1 << ssb.mu().saturating_sub(own.mu()));
        match a < b + len_b && b < a + len_a {
            false => 0,
            true if ssb == own => 0xf << time.first_symbol,
            true => 0x3fff,
        }
    }

    /// The Type0-PDCCH monitoring occasions of the block: slot of the stream and first symbol.
    pub fn type0_slots(&self) -> Vec<(u16, u8)> {
        let per_frame = self.carrier().numerology().slots_per_frame();
        let frame = |frame| match frame {
            Type0Frame::Even => 0,
            Type0Frame::Odd => 1,
            Type0Frame::OfSsb => self.ssb_frame,
        };
        let monitoring = self.geometry.coreset0().unwrap().monitoring;
        monitoring
            .slots(self.ssb_index, self.half_frame)
            .map(|occasion| (frame(occasion.frame) * per_frame + occasion.slot, occasion.first_symbol))
            .collect()
    }

    fn payload(&self) -> PbchPayload {
        let bytes = self.expected_mib().encode().unwrap();
        let mib = u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]);
        let (sfn, k_ssb) = (self.sfn + self.ssb_frame, self.geometry.mib_k_ssb());
        PbchPayload::new(mib, sfn, self.half_frame, self.ssb_index, k_ssb, self.l_max).unwrap()
    }

    /// The MIB as the block carries it.
    pub fn expected_mib(&self) -> Mib {
        let sfn = self.sfn + self.ssb_frame;
        Mib { system_frame_number: (sfn >> 4) as u8, ..self.mib.clone() }
    }

    /// Adds the SS/PBCH block to the stream: modulated around its own middle, then moved, since it may stand between the
    /// carrier's subcarriers.
    pub fn add_ssb(&self, samples: &mut [Complex32]) {
        let mut block = SsbBlock::default();
        let transmitter = SsbTransmitter::new(self.cell_id, self.l_max, 0.0).unwrap();
        transmitter.transmit(self.payload(), self.ssb_index, &mut block).unwrap();
        let numerology = self.geometry.config().ssb_case.numerology();
        let carrier = Carrier::new(numerology, CyclicPrefix::Normal, 0, 20).unwrap();
        let hz = self.geometry.ssb_frequency_hz() as f64;
        let config = OfdmConfig::new(&carrier, self.sample_rate_hz, 0, Some(hz)).unwrap();
        let time = self.geometry.ssb_positions().get(self.ssb_index.into()).unwrap();
        let mut grid = ResourceGrid::for_carrier(&carrier, 1);
        block.place(&mut grid, 0, time.first_symbol.into(), 0).unwrap();
        let slot = self.ssb_frame * numerology.slots_per_frame() + time.slot_in_frame(numerology, self.half_frame);
        let (subframe, slot) = (slot / numerology.slots_per_subframe(), slot % numerology.slots_per_subframe());
        let mut slot_samples = vec![Complex32::ZERO; config.slot_len(slot)];
        OfdmModulator::new(&config).modulate_slot(slot, &grid, 0, &mut slot_samples);
        let start = usize::from(subframe) * config.timing().n_samples() + config.timing().slot_start(slot);
        let shift = hz - self.geometry.centre_hz() as f64;
        let mut mixer = Mixer::new(shift, self.sample_rate_hz).unwrap();
        mixer.seek(nrflow::frame::SampleTime(start as u64));
        mixer.process_in_place(&mut slot_samples);
        samples[start..][..slot_samples.len()].iter_mut().zip(&slot_samples).for_each(|(a, b)| *a += b);
    }
}
