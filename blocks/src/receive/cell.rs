use nrflow::ConfigError;
use nrflow::frame::{
    BandwidthPart, Carrier, CellId, Coreset, Coreset0Bands, Coreset0Indication, CyclicPrefix, MultiplexingPattern,
    Numerology, ReceivedCoreset0, ReceivedSsb, ResourceGrid, SlotPoint, SsbCase, Type0Monitoring,
};
use nrflow::pdcch::{DciLayout, PdcchConfig, PdcchScrambling, SearchSpace};
use nrflow::pdsch::{DefaultTimeTable, TimeAllocation};
use nrflow::reference_signal::dmrs::TypeAPosition;
use nrflow::rrc::{DmrsTypeAPosition, Mib};
use nrflow::ssb::FoundSsb;
use std::sync::Arc;

/// A cell as a receiver follows it.
#[derive(Clone, Debug)]
pub struct ReceivedCell {
    /// Position in the list of the receiver's cells, from 0.
    pub index: usize,
    /// Physical cell identity.
    pub cell_id: CellId,
    /// The SS/PBCH block by which it was found; none for an assisted cell.
    pub ssb: Option<FoundSsb>,
    /// Nominal frequency of the block in Hz, if the stream's frequency is known.
    pub ssb_frequency_hz: Option<u64>,
    /// Numerology of its slots.
    pub numerology: Numerology,
    /// Receive antennas.
    pub n_antennas: usize,
    /// The part of its carrier in which PDCCH and PDSCH are received.
    pub control: Option<ControlGrid>,
    /// Why there is nothing to receive but SS/PBCH blocks, if so.
    pub no_control: Option<String>,
}

/// The part of a cell's carrier in which PDCCH and PDSCH are received, and what is known about it.
#[derive(Clone, Debug)]
pub struct ControlGrid {
    /// The grid: CORESET#0's blocks, or what an assisted configuration says. Before SIB1 its common resource blocks
    /// are counted from its own lowest block.
    pub carrier: Carrier,
    /// The bandwidth part of the grants.
    pub bwp: BandwidthPart,
    /// Blocks that are received below the grid, and blocks that are received in all: what of the carrier may lie in
    /// the recorded band, for devices that have more of it than CORESET#0.
    pub blocks_below: u16,
    /// See `blocks_below`.
    pub n_blocks: u16,
    /// The middle of the blocks received, in Hz from the stream's 0 Hz.
    pub centre_offset_hz: f64,
    /// f_0 of TS 38.211 5.4: the radio frequency of the middle of the blocks received, if it is known and compensated
    /// for.
    pub phase_compensation_hz: Option<f64>,
    /// Blocks that the frequency field of common search spaces counts.
    pub frequency_size: u16,
    /// Lowest block of the CORESET of common search spaces.
    pub coreset_start_crb: u16,
    /// Whether the grid's common resource blocks are counted from Point A.
    pub from_point_a: bool,
    /// dmrs-TypeA-Position.
    pub type_a_position: TypeAPosition,
    /// Default time domain resource allocation table of system information.
    pub default_table: DefaultTimeTable,
    /// pdsch-TimeDomainAllocationList of SIB1, if it is known and has one.
    pub time_allocations: Option<Arc<[TimeAllocation]>>,
    /// Scrambling identities of devices' PDSCHs.
    pub device: DeviceScrambling,
    /// Layout of DCI formats 0_0 and 1_0 in common search spaces.
    pub layout: DciLayout,
    /// Where to look for PDCCHs.
    pub places: Vec<ControlPlace>,
    /// The block and CORESET#0 in absolute frequency, to find Point A by SIB1.
    pub received: Option<(ReceivedSsb, ReceivedCoreset0)>,
}

impl ControlGrid {
    /// The blocks that are received, as a carrier counted from the lowest of them.
    ///
    /// # Errors
    /// If there are more than a carrier has.
    pub fn received_carrier(&self) -> Result<Carrier, ConfigError> {
        Carrier::new(self.carrier.numerology(), self.carrier.cyclic_prefix(), 0, self.n_blocks)
    }

    /// Empty grids of a slot with so many antennas: this one, and that of all blocks received, or an empty one if those
    /// are no more.
    pub fn grids(&self, n_antennas: usize) -> (ResourceGrid, ResourceGrid) {
        let wide = self.received_carrier().ok().filter(|_| self.n_blocks != self.carrier.n_prb());
        let wide = wide.map_or(ResourceGrid::new(0, 0, 0), |carrier| ResourceGrid::for_carrier(&carrier, n_antennas));
        (ResourceGrid::for_carrier(&self.carrier, n_antennas), wide)
    }
}

/// Identities of PDSCHs with C-RNTI that RRC may set; the cell's own without them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceScrambling {
    /// dataScramblingIdentityPDSCH, 0..=1023.
    pub data: Option<u16>,
    /// scramblingID0 of the DM-RS, 0..=65535.
    pub dmrs: Option<u16>,
}

/// A search space set in a CORESET at a symbol.
#[derive(Clone, Debug, PartialEq)]
pub struct ControlPlace {
    /// CORESET, symbol and scrambling.
    pub config: PdcchConfig,
    /// Candidates.
    pub search_space: SearchSpace,
    /// In which slots.
    pub monitoring: Monitoring,
    /// Sizes of frequency fields.
    pub layout: DciLayout,
}

/// In which slots a search space is monitored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "TS 38.213 10.1")]
pub enum Monitoring {
    /// In all.
    EverySlot,
    /// In `duration` slots from slot `offset` of every `period`, counted from SFN 0.
    Periodic {
        /// k_s in slots.
        period: u32,
        /// O_s in slots.
        offset: u32,
        /// T_s in slots.
        duration: u32,
    },
}

impl Monitoring {
    /// Whether `at` is one of the slots.
    pub fn includes(self, at: SlotPoint) -> bool {
        match self {
            Self::EverySlot => true,
            Self::Periodic { period, offset, duration } => {
                let n = u32::from(at.sfn()) * u32::from(at.numerology().slots_per_frame()) + u32::from(at.slot());
                (n + period - offset % period.max(1)) % period.max(1) < duration
            }
        }
    }
}

/// What a person says of a cell whose SS/PBCH block is not in the recording.
#[derive(Clone, Debug)]
pub struct AssistedCell {
    /// Physical cell identity.
    pub cell_id: CellId,
    /// The slot that begins with the stream's first sample.
    pub first_slot: SlotPoint,
    /// The carrier, counted from Point A.
    pub carrier: Carrier,
    /// Its middle in Hz from the stream's 0 Hz.
    pub centre_offset_hz: f64,
    /// f_0 in Hz, or none if the signal is not compensated.
    pub phase_compensation_hz: Option<f64>,
    /// dmrs-TypeA-Position.
    pub type_a_position: TypeAPosition,
    /// pdsch-TimeDomainAllocationList of SIB1, if it has one.
    pub time_allocations: Option<Arc<[TimeAllocation]>>,
    /// Scrambling identities of devices' PDSCHs.
    pub device: DeviceScrambling,
    /// CORESET and search space.
    pub control: AssistedControl,
}

/// The CORESET and search space of an [`AssistedCell`].
#[derive(Clone, Debug)]
pub enum AssistedControl {
    /// CORESET#0.
    Coreset0 {
        /// Lowest block, counted from Point A.
        start_crb: u16,
        /// Blocks.
        n_rb: u16,
        /// Symbols.
        n_symbols: u8,
        /// First symbols in the slot at which it may lie.
        first_symbols: Vec<u8>,
    },
    /// A configured CORESET with a common search space.
    Configured {
        /// The CORESET.
        coreset: Coreset,
        /// Its first symbol in the slot.
        first_symbol: u8,
        /// Candidates.
        search_space: SearchSpace,
        /// The bandwidth part whose size the frequency field has.
        bwp: BandwidthPart,
    },
}

impl AssistedCell {
    /// The cell for a receiver.
    ///
    /// # Errors
    /// If the CORESET does not lie inside the carrier or the slot.
    pub fn received(&self) -> Result<ReceivedCell, ConfigError> {
        let scrambling = PdcchScrambling::cell(self.cell_id);
        let (bwp, frequency_size, coreset_start_crb, places, layout) = match &self.control {
            AssistedControl::Coreset0 { start_crb, n_rb, n_symbols, first_symbols } => {
                let coreset = Coreset::zero(*start_crb, *n_rb, *n_symbols, self.cell_id)?;
                let layout = DciLayout::common(*n_rb, None)?;
                let place = |&symbol: &u8| coreset0_place(&self.carrier, &coreset, symbol, scrambling, layout);
                let places = first_symbols.iter().map(place).collect::<Result<Vec<_>, _>>()?;
                let bwp = BandwidthPart::new(&self.carrier, *start_crb, *n_rb)?;
                (bwp, *n_rb, *start_crb, places, layout)
            }
            AssistedControl::Configured { coreset, first_symbol, search_space, bwp } => {
                let layout = DciLayout::common(bwp.n_prb(), None)?;
                let config = PdcchConfig::new(&self.carrier, coreset, (*first_symbol).into(), scrambling)?;
                let monitoring = Monitoring::EverySlot;
                let place = ControlPlace { config, search_space: *search_space, monitoring, layout };
                (*bwp, bwp.n_prb(), coreset.first_crb(), vec![place], layout)
            }
        };
        let control = ControlGrid {
            carrier: self.carrier,
            bwp,
            blocks_below: 0,
            n_blocks: self.carrier.n_prb(),
            centre_offset_hz: self.centre_offset_hz,
            phase_compensation_hz: self.phase_compensation_hz,
            frequency_size,
            coreset_start_crb,
            from_point_a: true,
            type_a_position: self.type_a_position,
            default_table: DefaultTimeTable::A,
            time_allocations: self.time_allocations.clone(),
            device: self.device,
            layout,
            places,
            received: None,
        };
        Ok(ReceivedCell {
            index: 0,
            cell_id: self.cell_id,
            ssb: None,
            ssb_frequency_hz: None,
            numerology: self.carrier.numerology(),
            n_antennas: 1,
            control: Some(control),
            no_control: None,
        })
    }
}

fn coreset0_place(
    carrier: &Carrier,
    coreset: &Coreset,
    first_symbol: u8,
    scrambling: PdcchScrambling,
    layout: DciLayout,
) -> Result<ControlPlace, ConfigError> {
    let config = PdcchConfig::new(carrier, coreset, first_symbol.into(), scrambling)?;
    Ok(ControlPlace { config, search_space: SearchSpace::type0(), monitoring: Monitoring::EverySlot, layout })
}

impl ReceivedCell {
    /// A cell found by a block of its SSBs in a stream of `sample_rate_hz` around `centre_frequency_hz` (if known).
    pub fn found(index: usize, ssb: &FoundSsb, sample_rate_hz: f64, centre_frequency_hz: Option<f64>) -> Self {
        // Without a frequency the band is unknown: one in the middle of FR1 stands for it, since CORESET#0 lies where
        // it lies relative to the block.
        let assumed_hz = if ssb.numerology >= Numerology::MU3 { 28e9 } else { 2.5e9 };
        let block_hz = (centre_frequency_hz.unwrap_or(assumed_hz) + ssb.ssb_offset_hz).round().max(0.0) as u64;
        let mut cell = Self {
            index,
            cell_id: ssb.cell_id,
            ssb: Some(*ssb),
            ssb_frequency_hz: centre_frequency_hz.map(|_| block_hz),
            numerology: ssb.numerology,
            n_antennas: 1,
            control: None,
            no_control: None,
        };
        match control_of(ssb, block_hz, sample_rate_hz, centre_frequency_hz) {
            Ok(control) => {
                cell.numerology = control.carrier.numerology();
                cell.control = Some(control);
            }
            Err(reason) => cell.no_control = Some(reason),
        }
        cell
    }
}

impl ReceivedCell {
    /// The same cell, of which only SS/PBCH blocks are received.
    #[must_use]
    pub fn ssb_only(mut self) -> Self {
        if self.control.take().is_some() {
            self.no_control = Some("only SS/PBCH blocks are asked for".to_string());
        }
        self
    }
}

/// The SSB case of a block: by the bands at its frequency, or by its spacing.
pub(super) fn case_of(numerology: Numerology, block_hz: u64) -> SsbCase {
    let of_band = nrflow::frame::Band::of_downlink_hz(block_hz).find_map(|band| band.ssb_case(numerology));
    of_band.unwrap_or(match numerology.mu() {
        0 => SsbCase::A,
        1 => SsbCase::C,
        3 => SsbCase::D,
        4 => SsbCase::E,
        5 => SsbCase::F,
        _ => SsbCase::G,
    })
}

fn control_of(
    ssb: &FoundSsb,
    block_hz: u64,
    sample_rate_hz: f64,
    centre_frequency_hz: Option<f64>,
) -> Result<ControlGrid, String> {
    let mib = Mib::decode(mib_bytes(ssb)).map_err(|e| format!("its MIB cannot be read: {e}"))?;
    let case = case_of(ssb.numerology, block_hz);
    let common30 = mib.sub_carrier_spacing_common == nrflow::rrc::CommonSubcarrierSpacing::Scs30Or120;
    let config = mib.pdcch_config_sib1;
    let config = config.control_resource_set_zero << 4 | config.search_space_zero;
    let bands = Coreset0Bands::of_ssb(block_hz, case);
    let received = ReceivedSsb::new(block_hz, case, common30, ssb.k_ssb(), config, bands);
    let coreset0 = match received.coreset0() {
        Coreset0Indication::Present(coreset0) => coreset0,
        Coreset0Indication::SecondSsb(gscn) => {
            return Err(format!(
                "no CORESET#0 here: k_SSB = {} points to the SS/PBCH block at GSCN {gscn}",
                ssb.k_ssb()
            ));
        }
        Coreset0Indication::NoneWithin { first, last } => {
            let k = ssb.k_ssb();
            return Err(format!("no CORESET#0: k_SSB = {k}, nor with blocks of GSCN {first} to {last}"));
        }
        Coreset0Indication::NotHere => return Err(format!("no CORESET#0: k_SSB = {}", ssb.k_ssb())),
        Coreset0Indication::Reserved(error) => return Err(format!("no CORESET#0: {error}")),
    };
    let entry = coreset0.entry();
    let numerology = coreset0.numerology();
    let scs_hz = f64::from(numerology.scs_hz());
    let middle_hz = coreset0.centre_hz() as f64;
    let centre_offset_hz = ssb.ssb_offset_hz + (middle_hz - block_hz as f64);
    let half_width = 6.0 * f64::from(entry.n_rb()) * scs_hz;
    if centre_offset_hz.abs() + half_width > sample_rate_hz / 2.0 {
        return Err(format!(
            "CORESET#0 ({} blocks of {} kHz, {:+.3} to {:+.3} MHz from the centre) lies outside the recorded band",
            entry.n_rb(),
            numerology.scs_khz(),
            (centre_offset_hz - half_width) / 1e6,
            (centre_offset_hz + half_width) / 1e6
        ));
    }
    let (below, above) = blocks_around(centre_offset_hz, entry.n_rb(), 12.0 * scs_hz, sample_rate_hz);
    // From the middle of CORESET#0 to that of the blocks received.
    let shift_hz = 6.0 * scs_hz * (f64::from(above) - f64::from(below));
    let build = || -> Result<ControlGrid, ConfigError> {
        let carrier = Carrier::new(numerology, CyclicPrefix::Normal, 0, entry.n_rb())?;
        let layout = DciLayout::common(entry.n_rb(), None)?;
        let coreset = entry.coreset(0, ssb.cell_id)?;
        let monitoring = Type0Monitoring::new(entry, case, config & 15)?;
        // Every block of the burst has its own occasions, which may begin at other symbols. Besides, the CORESET serves
        // the other common search spaces, which before SIB1 are taken to begin at the same symbols or the slot's first.
        let mut symbols: Vec<u8> = (0..ssb.l_max.get())
            .flat_map(|index| monitoring.slots(index, ssb.half_frame()))
            .map(|occasion| occasion.first_symbol)
            .collect();
        if entry.pattern() == MultiplexingPattern::Pattern1 {
            symbols.push(0);
        }
        symbols.sort_unstable();
        symbols.dedup();
        let scrambling = PdcchScrambling::cell(ssb.cell_id);
        let place = |symbol| coreset0_place(&carrier, &coreset, symbol, scrambling, layout);
        Ok(ControlGrid {
            carrier,
            bwp: BandwidthPart::new(&carrier, 0, entry.n_rb())?,
            blocks_below: below,
            n_blocks: below + entry.n_rb() + above,
            centre_offset_hz: centre_offset_hz + shift_hz,
            phase_compensation_hz: centre_frequency_hz.map(|_| middle_hz + shift_hz),
            frequency_size: entry.n_rb(),
            coreset_start_crb: 0,
            from_point_a: false,
            type_a_position: match mib.dmrs_type_a_position {
                DmrsTypeAPosition::Pos2 => TypeAPosition::Pos2,
                DmrsTypeAPosition::Pos3 => TypeAPosition::Pos3,
            },
            default_table: match entry.pattern() {
                MultiplexingPattern::Pattern1 => DefaultTimeTable::A,
                MultiplexingPattern::Pattern2 => DefaultTimeTable::B,
                MultiplexingPattern::Pattern3 => DefaultTimeTable::C,
            },
            time_allocations: None,
            device: DeviceScrambling::default(),
            layout,
            places: symbols.into_iter().map(place).collect::<Result<_, _>>()?,
            received: Some((received, coreset0)),
        })
    };
    build().map_err(|e| e.to_string())
}

/// Whole blocks of `block_hz` in the recorded band below and above `n_rb` blocks around `centre_offset_hz`: no more than
/// a carrier has in all, about the middle of the band.
fn blocks_around(centre_offset_hz: f64, n_rb: u16, block_hz: f64, sample_rate_hz: f64) -> (u16, u16) {
    const MOST: u16 = 275;
    let room = |edge_hz: f64| (edge_hz / block_hz - f64::from(n_rb) / 2.0).floor().clamp(0.0, 2000.0) as u16;
    let (below, above) = (room(sample_rate_hz / 2.0 + centre_offset_hz), room(sample_rate_hz / 2.0 - centre_offset_hz));
    let excess = (below + n_rb + above).saturating_sub(MOST);
    // Bands have guards of about the same width at both edges.
    let of_below = excess.div_ceil(2).max(excess.saturating_sub(above)).min(below);
    (below - of_below, above - (excess - of_below))
}

/// The three bytes of a block's MIB.
pub(super) fn mib_bytes(ssb: &FoundSsb) -> [u8; 3] {
    let [_, a, b, c] = ssb.mib().to_be_bytes();
    [a, b, c]
}
