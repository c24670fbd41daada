use super::config::PdschConfig;
use super::frequency_allocation::{PrbList, RbgConfiguration, ResourceBlockGroups, VrbRun, VrbToPrb};
use super::grant::TimeTable;
use super::mcs::McsTable;
use super::parameters::{PdschCodeword, PdschDmrs, PdschParameters, ReservedElements};
use super::precoder::{Precoder, PrgSize};
use super::ptrs::{PdschPtrs, PtrsDownlink};
use super::tbs::TbScaling;
use super::time_allocation::TimeAllocation;
use crate::ConfigError;
use crate::frame::{BandwidthPart, Carrier, CellId, Rnti, SlotPoint};
use crate::modulation::LayerMapping;
use crate::reference_signal::dmrs::{DmrsLength, DmrsType, MappingType, TypeAPosition, pdsch_dmrs_symbols};
use crate::reference_signal::dmrs_port::DmrsPorts;
use std::sync::Arc;

/// DM-RS of the PDSCHs of one mapping type: DMRS-DownlinkConfig of TS 38.331. The default holds where it is absent.
#[derive(Clone, Copy, Debug, PartialEq)]
#[doc(alias = "TS 38.214 5.1.6.2")]
pub struct DmrsDownlink {
    /// dmrs-Type.
    pub dmrs_type: DmrsType,
    /// maxLength.
    pub max_length: DmrsLength,
    /// dmrs-AdditionalPosition, 0..=3.
    pub additional_position: u8,
    /// scramblingID0 and scramblingID1; the cell identity where one is absent.
    pub scrambling_ids: [Option<u16>; 2],
    /// phaseTrackingRS.
    pub ptrs: Option<PtrsDownlink>,
}

impl Default for DmrsDownlink {
    fn default() -> Self {
        Self {
            dmrs_type: DmrsType::One,
            max_length: DmrsLength::Single,
            additional_position: 2,
            scrambling_ids: [None; 2],
            ptrs: None,
        }
    }
}

/// prb-BundlingType: the blocks of a device's PDSCH that have one precoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "TS 38.214 5.1.2.3")]
pub enum PrbBundling {
    /// staticBundling.
    Static(PrgSize),
    /// dynamicBundling: the PRB bundling size indicator chooses.
    Dynamic {
        /// bundleSizeSet1, chosen by 1.
        set_1: PrgSize,
        /// bundleSizeSet1 has wideband as its second value: it holds for contiguous blocks that are more than half of
        /// the bandwidth part.
        or_wideband: bool,
        /// bundleSizeSet2, chosen by 0.
        set_2: PrgSize,
    },
}

impl PrbBundling {
    fn size(self, indicator: bool, prbs: &PrbList, bwp: &BandwidthPart) -> PrgSize {
        let (lowest, highest) = prbs.bounds();
        let n = prbs.crbs().len();
        let wide = usize::from(highest - lowest) + 1 == n && 2 * n > usize::from(bwp.n_prb());
        match self {
            Self::Static(size) => size,
            Self::Dynamic { set_2, .. } if !indicator => set_2,
            Self::Dynamic { or_wideband: true, .. } if wide => PrgSize::Wideband,
            Self::Dynamic { set_1, .. } => set_1,
        }
    }
}

/// What RRC configures of a device's PDSCHs in a bandwidth part, as plain values: PDSCH-Config and
/// PDSCH-ServingCellConfig of TS 38.331.
#[derive(Clone, Debug, PartialEq)]
pub struct DedicatedContext {
    /// The grid; it need not be the whole carrier.
    pub carrier: Carrier,
    /// The bandwidth part.
    pub bwp: BandwidthPart,
    /// Physical cell identity.
    pub cell_id: CellId,
    /// dmrs-TypeA-Position of the MIB.
    pub type_a_position: TypeAPosition,
    /// dataScramblingIdentityPDSCH.
    pub data_scrambling_id: Option<u16>,
    /// dmrs-DownlinkForPDSCH-MappingTypeA.
    pub dmrs_a: DmrsDownlink,
    /// dmrs-DownlinkForPDSCH-MappingTypeB.
    pub dmrs_b: DmrsDownlink,
    /// Time domain resource allocation table.
    pub time_table: TimeTable,
    /// Slots in which a block comes, pdsch-AggregationFactor: 1, 2, 4 or 8.
    pub aggregation: u8,
    /// rbg-Size.
    pub rbg: RbgConfiguration,
    /// vrb-ToPRB-Interleaver, 2 or 4 blocks.
    pub interleaver: Option<u8>,
    /// prb-BundlingType.
    pub bundling: PrbBundling,
    /// mcs-Table.
    pub mcs_table: McsTable,
    /// xOverhead: 0, 6, 12 or 18.
    pub overhead_per_prb: u8,
    /// `TBS_LBRM`, see [`super::tbs_lbrm`].
    pub tbs_lbrm: Option<usize>,
}

/// A frequency domain resource assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrequencyGrant {
    /// Type 0: a bit for each resource block group, group 0 in the most significant.
    Groups(u32),
    /// Type 1: the resource indication value.
    Riv(u32),
}

/// What the first transmission of a block said, for a retransmission with a reserved MCS.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FirstTransmission {
    /// Transport block size in bits.
    pub tbs: usize,
    /// Target code rate times 1024.
    pub rate_x1024: f64,
    /// `I_MCS`.
    pub mcs: u8,
}

/// A transport block of a grant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockGrant {
    /// Modulation and coding scheme, 0..=31.
    pub mcs: u8,
    /// Redundancy version, 0..=3.
    pub rv: u8,
    /// What is known of the block, for a reserved MCS.
    pub first_transmission: Option<FirstTransmission>,
}

/// The fields of a DCI format 1_1 that say where and how its PDSCH is sent, as plain numbers.
#[derive(Clone, Debug, PartialEq)]
#[doc(alias = "TS 38.212 7.3.1.2.2")]
pub struct DedicatedGrant {
    /// The C-RNTI (or MCS-C-RNTI, CS-RNTI).
    pub rnti: Rnti,
    /// Frequency domain resource assignment.
    pub frequency: FrequencyGrant,
    /// Time domain resource assignment.
    pub time_resource: u8,
    /// VRB-to-PRB mapping: interleaved.
    pub interleaved: bool,
    /// PRB bundling size indicator.
    pub bundling_indicator: bool,
    /// The transport blocks that are sent, one or two.
    pub blocks: [Option<BlockGrant>; 2],
    /// The DM-RS port of each layer.
    pub ports: DmrsPorts,
    /// DM-RS CDM groups without data.
    pub cdm_groups_without_data: u8,
    /// Front-load DM-RS symbols.
    pub front_load: DmrsLength,
    /// n_SCID.
    pub n_scid: u8,
}

impl DedicatedContext {
    /// The row of the time domain resource allocation table that a DCI's field means.
    ///
    /// # Errors
    /// If there is no such row, or its symbols do not fit its mapping type.
    pub fn time_allocation(&self, time_resource: u8) -> Result<TimeAllocation, ConfigError> {
        self.time_table.row(time_resource, self.type_a_position, self.carrier.cyclic_prefix())
    }

    /// The DM-RS of a mapping type.
    pub const fn dmrs(&self, mapping_type: MappingType) -> &DmrsDownlink {
        match mapping_type {
            MappingType::A => &self.dmrs_a,
            MappingType::B => &self.dmrs_b,
        }
    }

    fn blocks(&self, grant: &DedicatedGrant) -> Result<PrbList, ConfigError> {
        match grant.frequency {
            FrequencyGrant::Groups(bitmap) => {
                let groups = ResourceBlockGroups::new(&self.bwp, self.rbg)?;
                // Type 0 is never interleaved.
                PrbList::of_vrbs(groups.blocks_of_bitmap(bitmap)?, VrbToPrb::NonInterleaved, &self.bwp)
            }
            FrequencyGrant::Riv(riv) => {
                let mapping = match (grant.interleaved, self.interleaver) {
                    (false, _) => VrbToPrb::NonInterleaved,
                    (true, Some(bundle_size)) => VrbToPrb::Interleaved { bundle_size },
                    (true, None) => {
                        let (rule, clause) = ("needs a vrb-ToPRB-Interleaver", "TS 38.211 7.3.1.6");
                        return Err(ConfigError::new("VRB-to-PRB mapping", "interleaved", rule, clause));
                    }
                };
                PrbList::contiguous(VrbRun::from_riv(riv, self.bwp.n_prb())?, mapping, &self.bwp)
            }
        }
    }

    fn codeword(&self, block: &BlockGrant, repetition: u8) -> Result<PdschCodeword, ConfigError> {
        let mcs = self.mcs_table.entry(block.mcs)?;
        let (tbs, rate_x1024) = match (mcs.rate_x1024, block.first_transmission) {
            (Some(rate), _) => (None, rate),
            (None, Some(first)) => (Some(first.tbs), first.rate_x1024),
            (None, None) => {
                let rule = "is reserved for retransmissions of a block whose size is known";
                return Err(ConfigError::new("I_MCS", block.mcs, rule, "TS 38.214 5.1.3.2"));
            }
        };
        Ok(PdschCodeword {
            modulation: mcs.modulation,
            rate_x1024,
            rv: redundancy_version(block.rv, repetition),
            tbs,
            scaling: TbScaling::One,
            overhead_per_prb: self.overhead_per_prb,
            tbs_lbrm: self.tbs_lbrm,
        })
    }

    /// The PT-RS of a grant: with the codeword of the higher MCS, and in it with the layer of the lowest port.
    fn ptrs(
        &self,
        grant: &DedicatedGrant,
        time: &TimeAllocation,
        n_rb: usize,
        layers: LayerMapping,
    ) -> Result<Option<PdschPtrs>, ConfigError> {
        let Some(ptrs) = &self.dmrs(time.mapping_type).ptrs else { return Ok(None) };
        // A reserved row of the table does not say which it was first.
        let i_mcs = |block: &BlockGrant| match (self.mcs_table.entry(block.mcs), block.first_transmission) {
            (Ok(mcs), Some(first)) if mcs.rate_x1024.is_none() => first.mcs,
            _ => block.mcs,
        };
        let mut codewords = grant.blocks.iter().flatten().map(i_mcs).enumerate();
        let Some((mut q, mut mcs)) = codewords.next() else { return Ok(None) };
        if let Some((second, of_second)) = codewords.next()
            && of_second > mcs
        {
            (q, mcs) = (second, of_second);
        }
        let of_codeword = layers.layers_of(q);
        // At most 275 blocks and 8 layers.
        let found = ptrs.of_pdsch(self.mcs_table, mcs, n_rb as u16, time.length, of_codeword.len() as u8)?;
        let lowest = of_codeword.min_by_key(|&layer| grant.ports.as_slice()[layer].offset()).unwrap_or(0);
        Ok(found.map(|found| PdschPtrs { layer: lowest as u8, ..found }))
    }
}

/// The redundancy version of repetition `n` (0 for the first) of a block whose DCI says `rv`.
#[doc(alias = "TS 38.214 Table 5.1.2.1-2")]
fn redundancy_version(rv: u8, n: u8) -> u8 {
    const ORDER: [u8; 4] = [0, 2, 3, 1];
    match ORDER.iter().position(|&of| of == rv) {
        Some(first) => ORDER[(first + usize::from(n)) % 4],
        None => rv,
    }
}

impl PdschConfig {
    /// The PDSCH of a DCI format 1_1 received in `dci_slot`, `repetition` slots after its first (0 but with slot
    /// aggregation), around the `reserved` elements.
    ///
    /// # Errors
    /// If a field is reserved or the grant is one that a device must not expect; and as [`PdschConfig::new`].
    #[doc(alias = "TS 38.214 5.1")]
    pub fn from_dedicated_grant(
        context: &DedicatedContext,
        grant: &DedicatedGrant,
        dci_slot: SlotPoint,
        repetition: u8,
        reserved: Option<Arc<[ReservedElements]>>,
    ) -> Result<Self, ConfigError> {
        if repetition >= context.aggregation {
            let rule = format!("the block comes in {} slots", context.aggregation);
            return Err(ConfigError::new("repetition", repetition, rule, "TS 38.214 5.1.2.1"));
        }
        let time = context.time_allocation(grant.time_resource)?;
        let prbs = context.blocks(grant)?;
        let configured = context.dmrs(time.mapping_type);
        let layers = LayerMapping::new(grant.ports.n_layers())?;
        let mut codewords = grant.blocks.iter().flatten().map(|block| context.codeword(block, repetition));
        let codewords = [codewords.next().transpose()?, codewords.next().transpose()?];
        let Some(scrambling_id) = configured.scrambling_ids.get(usize::from(grant.n_scid)) else {
            return Err(ConfigError::new("n_SCID", grant.n_scid, "must be 0 or 1", "TS 38.211 7.4.1.1.1"));
        };
        let own_id = context.cell_id.get();
        let symbols = pdsch_dmrs_symbols(
            time.mapping_type,
            time.start,
            time.length,
            context.type_a_position,
            configured.additional_position,
            grant.front_load,
        )?;
        Self::new(
            &context.carrier,
            PdschParameters {
                slot: dci_slot.offset(i64::from(time.k0) + i64::from(repetition)),
                rnti: grant.rnti,
                data_scrambling_id: context.data_scrambling_id.unwrap_or(own_id),
                start: time.start,
                length: time.length,
                prbs,
                dmrs: PdschDmrs {
                    dmrs_type: configured.dmrs_type,
                    symbols,
                    ports: grant.ports,
                    scrambling_id: scrambling_id.unwrap_or(own_id),
                    n_scid: grant.n_scid,
                    cdm_groups_without_data: grant.cdm_groups_without_data,
                    reference_crb: 0,
                    amplitude: None,
                },
                ptrs: context.ptrs(grant, &time, prbs.crbs().len(), layers)?,
                codewords,
                reserved,
                amplitude: 1.0,
                prg: context.bundling.size(grant.bundling_indicator, &prbs, &context.bwp),
                precoder: match grant.ports.n_layers() {
                    1 => Precoder::single_port(),
                    n => Precoder::identity(n)?,
                },
            },
        )
    }
}
