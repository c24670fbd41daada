use super::device::DeviceTraffic;
use nrflow::ConfigError;
use nrflow::frame::{
    BandwidthPart, Carrier, CellGeometry, CellId, Coreset, Duplex, MultiplexingPattern, Rnti, SlotPoint, SsbSchedule,
    Type0Monitoring,
};
use nrflow::pdcch::{AggregationLevel, DciLayout, PdcchScrambling, SearchSpace};
use nrflow::pdsch::{DefaultTimeTable, VrbRun};
use nrflow::reference_signal::dmrs::TypeAPosition;
use nrflow::rrc::{DmrsTypeAPosition, Mib, TddUlDlPattern};
use nrflow::ssb::LMax;
use std::sync::Arc;

/// The SS/PBCH blocks of a cell.
#[derive(Clone, Debug, PartialEq)]
pub struct SsbBurst {
    /// Indices that are sent, ascending.
    pub indices: Vec<u8>,
    /// 5, 10, 20, 40, 80 or 160.
    pub period_ms: u32,
    /// Half frame, 0 or 1; of no account with a period of 5 ms.
    pub half_frame: u8,
    /// Amplitude of an element, 1 being that of all other channels.
    pub amplitude: f32,
    /// The PSS above the rest, dB.
    pub pss_offset_db: f32,
}

/// SIB1 on PDCCH and PDSCH.
#[derive(Clone, Debug, PartialEq)]
pub struct Sib1Broadcast {
    /// The message, without padding.
    pub message: Vec<u8>,
    /// One transmission for each SS/PBCH block every 20, 40, 80 or 160 ms.
    pub period_ms: u32,
    /// Aggregation level of the DCI; 8 or what fits without one.
    pub level: Option<AggregationLevel>,
    /// MCS of Table 5.1.3.1-1; the lowest that fits without one.
    pub mcs: Option<u8>,
}

/// Where user data comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// These bytes, again from their start when they end.
    Bytes(Arc<[u8]>),
    /// A generator with this seed.
    Seeded(u64),
}

/// Data for one device: DCI format 1_0 with a C-RNTI in a common search space in CORESET#0, or format 1_1 in a search
/// space of its own, and its PDSCH.
#[derive(Clone, Debug, PartialEq)]
pub struct UserTraffic {
    /// C-RNTI.
    pub rnti: Rnti,
    /// Aggregation level of the DCI.
    pub level: AggregationLevel,
    /// The search space of format 1_0, monitored in every slot from the first symbol on.
    pub search_space: SearchSpace,
    /// The configuration by which it gets format 1_1; format 1_0 without one.
    pub device: Option<DeviceTraffic>,
    /// Virtual resource blocks, counted in CORESET#0, or with format 1_1 in the bandwidth part; all without one.
    pub vrbs: Option<VrbRun>,
    /// VRB-to-PRB mapping: interleaved.
    pub interleaved: bool,
    /// MCS of Table 5.1.3.1-1, or with format 1_1 of the table configured.
    pub mcs: u8,
    /// First symbol and number of symbols, a row of the default table; the longest that fits without one.
    pub symbols: Option<(u8, u8)>,
    /// One PDSCH in so many slots.
    pub every_slots: u32,
    /// How often each transport block is sent, 1..=4, with redundancy versions 0, 2, 3, 1.
    pub transmissions: u8,
    /// What is sent.
    pub payload: Payload,
}

/// What [`TransmitCell::new`] checks.
#[derive(Clone, Debug)]
pub struct TransmitParameters {
    /// Where the parts of the cell lie in frequency.
    pub geometry: CellGeometry,
    /// Physical cell identity.
    pub cell_id: CellId,
    /// The MIB; SFN and k_SSB follow from the rest.
    pub mib: Mib,
    /// SS/PBCH blocks.
    pub ssb: SsbBurst,
    /// Patterns of uplink and downlink, none in FDD.
    pub tdd: Vec<TddUlDlPattern>,
    /// SIB1, if it is sent.
    pub sib1: Option<Sib1Broadcast>,
    /// Data, if there is any.
    pub user: Option<UserTraffic>,
    /// The SFN of the first slot, which is slot 0 of its frame.
    pub first_sfn: u16,
    /// Antenna ports, 1..=8. Port 0 sends all but the layers of a device beyond its first.
    pub n_ports: usize,
}

/// CORESET#0 and what goes with it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Control {
    pub coreset: Coreset,
    pub monitoring: Type0Monitoring,
    pub layout: DciLayout,
    pub time_table: DefaultTimeTable,
    pub scrambling: PdcchScrambling,
}

/// A cell that a transmit graph can send. A value that exists is valid.
#[derive(Clone, Debug)]
pub struct TransmitCell {
    parameters: TransmitParameters,
    first_slot: SlotPoint,
    first_subcarrier: usize,
    l_max: LMax,
    ssbs: SsbSchedule,
    control: Option<Control>,
    bwp: BandwidthPart,
    mib: u32,
    /// Downlink symbols (bit l = symbol l) of each slot of the TDD period; one full entry in FDD.
    downlink: Vec<u16>,
}

impl TransmitCell {
    /// # Errors
    /// If a value lies outside its range, an SS/PBCH block lies where the TDD pattern has no downlink, or the cell
    /// needs what is not implemented: spacings of SS/PBCH block, CORESET#0 and carrier that differ, shared spectrum
    /// channel access.
    pub fn new(parameters: TransmitParameters) -> Result<Self, ConfigError> {
        if !(1..=8).contains(&parameters.n_ports) {
            let rule = "must lie in 1..=8";
            return Err(ConfigError::new("antenna ports", parameters.n_ports, rule, "TS 38.211 7.3.1.3"));
        }
        let geometry = &parameters.geometry;
        let carrier = geometry.carrier();
        let numerology = carrier.numerology();
        let Some(first_subcarrier) = geometry.ssb_first_subcarrier() else {
            let got = format!("{} kHz", geometry.config().ssb_case.numerology().scs_khz());
            let rule = format!(
                "valid, but a transmitter sends SS/PBCH blocks of the carrier's spacing ({} kHz) and on its \
                 subcarriers only",
                numerology.scs_khz()
            );
            return Err(ConfigError::new("SSB subcarrier spacing", got, rule, "TS 38.211 7.4.3.1"));
        };
        let positions = geometry.ssb_positions();
        let Ok(l_max) = LMax::new(positions.n_candidates() as u8) else {
            let rule = "valid, but shared spectrum channel access is not implemented";
            return Err(ConfigError::new("SSB candidates", positions.n_candidates(), rule, "TS 38.213 4.1"));
        };
        let ssb = &parameters.ssb;
        let ssbs = SsbSchedule::new(
            positions,
            ssb.indices.iter().map(|&index| index.into()),
            ssb.period_ms,
            0,
            ssb.half_frame,
        )?;
        let first_slot = SlotPoint::new(numerology, parameters.first_sfn, 0)?;
        let control = control(&parameters)?;
        let bwp = BandwidthPart::new(carrier, carrier.start_crb(), carrier.n_prb())?;
        let mib = parameters.mib.encode()?;
        let mib = u32::from_be_bytes([0, mib[0], mib[1], mib[2]]);
        let downlink = downlink_symbols(&parameters)?;
        let cell = Self {
            first_slot,
            first_subcarrier: first_subcarrier.into(),
            l_max,
            ssbs,
            control,
            bwp,
            mib,
            downlink,
            parameters,
        };
        cell.check_ssbs()?;
        Ok(cell)
    }

    fn check_ssbs(&self) -> Result<(), ConfigError> {
        const CLAUSE: &str = "TS 38.213 4.1";
        let ssb = &self.parameters.ssb;
        if !(ssb.amplitude.is_finite() && ssb.amplitude > 0.0) {
            return Err(ConfigError::new("SSB amplitude", ssb.amplitude, "must be a positive number", CLAUSE));
        }
        let mut previous = None;
        for &index in &ssb.indices {
            if previous.is_some_and(|p| p >= index) {
                return Err(ConfigError::new("SSB indexes", index, "must ascend, each once", CLAUSE));
            }
            previous = Some(index);
            // All of them are candidates.
            let Some(time) = self.ssbs.positions().get(index.into()) else { continue };
            let halves = if ssb.period_ms == 5 { 0..2 } else { ssb.half_frame..ssb.half_frame + 1 };
            for half_frame in halves {
                let slot = time.slot_in_frame(self.first_slot.numerology(), half_frame);
                let needed = 0xf << time.first_symbol;
                // A TDD period divides two frames: both may have another pattern here.
                for sfn in [0, 1] {
                    let at = SlotPoint::new(self.first_slot.numerology(), sfn, slot)?;
                    if self.downlink_symbols(at) & needed != needed {
                        let rule =
                            format!("lies in slot {slot}, whose symbols are not all downlink in the TDD pattern");
                        return Err(ConfigError::new("SSB index", index, rule, "TS 38.213 11.1"));
                    }
                }
            }
        }
        Ok(())
    }

    /// The parameters as given.
    pub const fn parameters(&self) -> &TransmitParameters {
        &self.parameters
    }

    /// Antenna ports.
    pub const fn n_ports(&self) -> usize {
        self.parameters.n_ports
    }

    /// The carrier.
    pub const fn carrier(&self) -> &Carrier {
        self.parameters.geometry.carrier()
    }

    /// Physical cell identity.
    pub const fn cell_id(&self) -> CellId {
        self.parameters.cell_id
    }

    /// Where the parts lie in frequency.
    pub const fn geometry(&self) -> &CellGeometry {
        &self.parameters.geometry
    }

    /// L_max.
    pub const fn l_max(&self) -> LMax {
        self.l_max
    }

    /// The slot that the first sample begins.
    pub const fn first_slot(&self) -> SlotPoint {
        self.first_slot
    }

    /// The lowest subcarrier of the SS/PBCH blocks in the grid.
    pub const fn ssb_first_subcarrier(&self) -> usize {
        self.first_subcarrier
    }

    /// The initial bandwidth part: the whole carrier.
    pub const fn bwp(&self) -> &BandwidthPart {
        &self.bwp
    }

    /// CORESET#0, if there is one.
    pub fn coreset0(&self) -> Option<&Coreset> {
        self.control.as_ref().map(|control| &control.coreset)
    }

    /// dmrs-TypeA-Position.
    pub const fn type_a_position(&self) -> TypeAPosition {
        match self.parameters.mib.dmrs_type_a_position {
            DmrsTypeAPosition::Pos2 => TypeAPosition::Pos2,
            DmrsTypeAPosition::Pos3 => TypeAPosition::Pos3,
        }
    }

    /// The downlink symbols of a slot, bit l = symbol l.
    pub fn downlink_symbols(&self, at: SlotPoint) -> u16 {
        let n = usize::from(at.sfn()) * usize::from(at.numerology().slots_per_frame()) + usize::from(at.slot());
        self.downlink[n % self.downlink.len()]
    }

    /// The SS/PBCH blocks of a slot: index and first symbol.
    ///
    /// # Panics
    /// If `at` is not of the carrier's numerology.
    pub fn ssbs_in(&self, at: SlotPoint) -> impl Iterator<Item = (u8, usize)> + use<> {
        self.ssbs.in_slot(at).map(|(index, first_symbol)| (index, first_symbol.into()))
    }

    /// The symbols of a slot that SS/PBCH blocks take, bit l = symbol l.
    pub fn ssb_symbols(&self, at: SlotPoint) -> u16 {
        self.ssbs_in(at).fold(0, |mask, (_, first)| mask | 0xf << first)
    }

    pub(super) const fn control(&self) -> Option<&Control> {
        self.control.as_ref()
    }

    /// The 24 bits of the MIB, SFN and k_SSB still to be put in.
    pub(super) const fn mib_bits(&self) -> u32 {
        self.mib
    }
}

fn control(parameters: &TransmitParameters) -> Result<Option<Control>, ConfigError> {
    let geometry = &parameters.geometry;
    let Some(place) = geometry.coreset0() else { return Ok(None) };
    let (carrier, entry) = (geometry.carrier(), &place.entry);
    if entry.numerology() != carrier.numerology() {
        let rule = format!(
            "valid, but a transmitter sends CORESET#0 of the carrier's spacing ({} kHz) only",
            carrier.numerology().scs_khz()
        );
        let khz = entry.numerology().scs_khz();
        return Err(ConfigError::new("subCarrierSpacingCommon (kHz)", khz, rule, "TS 38.331 MIB"));
    }
    Ok(Some(Control {
        coreset: entry.coreset(place.start_crb, parameters.cell_id)?,
        monitoring: place.monitoring,
        layout: DciLayout::common(entry.n_rb(), None)?,
        time_table: match entry.pattern() {
            MultiplexingPattern::Pattern1 => DefaultTimeTable::A,
            MultiplexingPattern::Pattern2 => DefaultTimeTable::B,
            MultiplexingPattern::Pattern3 => DefaultTimeTable::C,
        },
        scrambling: PdcchScrambling::cell(parameters.cell_id),
    }))
}

/// The downlink symbols of each slot of the patterns' period.
fn downlink_symbols(parameters: &TransmitParameters) -> Result<Vec<u16>, ConfigError> {
    const ALL: u16 = 0x3fff;
    const CLAUSE: &str = "TS 38.213 11.1";
    let tdd = &parameters.tdd;
    match (parameters.geometry.config().band.map(|band| band.duplex()), tdd.is_empty()) {
        (Some(Duplex::Tdd), true) => {
            let rule = "a TDD band needs a pattern";
            return Err(ConfigError::new("TDD pattern", "none", rule, CLAUSE));
        }
        (Some(Duplex::Fdd | Duplex::Sdl), false) => {
            let rule = "the band is not a TDD band: leave it out";
            return Err(ConfigError::new("TDD pattern", "given", rule, CLAUSE));
        }
        (_, true) => return Ok(vec![ALL]),
        (_, false) => {}
    }
    let numerology = parameters.geometry.carrier().numerology();
    let period_us: u32 = tdd.iter().map(TddUlDlPattern::period_us).sum();
    if 20_000 % period_us != 0 {
        let rule = "the periods of both patterns together must divide 20 ms";
        return Err(ConfigError::new("TDD period (µs)", period_us, rule, CLAUSE));
    }
    let mut symbols = Vec::new();
    for pattern in tdd {
        let n_slots = (pattern.period_us() * u32::from(numerology.slots_per_subframe()) / 1000) as u16;
        symbols.extend((0..n_slots).map(|slot| match slot.cmp(&pattern.nrof_downlink_slots) {
            std::cmp::Ordering::Less => ALL,
            std::cmp::Ordering::Equal => (1u16 << pattern.nrof_downlink_symbols) - 1,
            std::cmp::Ordering::Greater => 0,
        }));
    }
    Ok(symbols)
}
