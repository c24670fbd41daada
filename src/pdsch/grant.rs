use super::config::PdschConfig;
use super::frequency_allocation::{PrbList, VrbRun, VrbToPrb};
use super::mcs::McsTable;
use super::parameters::{PdschCodeword, PdschDmrs, PdschParameters, ReservedElements};
use super::precoder::{Precoder, PrgSize};
use super::tbs::TbScaling;
use super::time_allocation::{DefaultTimeTable, TimeAllocation};
use crate::ConfigError;
use crate::frame::{BandwidthPart, Carrier, CellId, CyclicPrefix, Rnti, SlotPoint};
use crate::reference_signal::dmrs::{DmrsLength, DmrsType, MappingType, TypeAPosition, pdsch_dmrs_symbols};
use crate::reference_signal::dmrs_port::DmrsPorts;
use std::sync::Arc;

/// What the RNTI of a grant is, as far as the PDSCH depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GrantKind {
    /// SI-RNTI in the Type0 common search space in CORESET#0: SIB1.
    Sib1,
    /// SI-RNTI elsewhere: other system information.
    SystemInformation,
    /// P-RNTI.
    Paging,
    /// RA-RNTI.
    RandomAccess,
    /// TC-RNTI.
    ContentionResolution,
    /// C-RNTI, MCS-C-RNTI or CS-RNTI.
    Device,
}

/// The fields of a DCI format 1_0 that say where and how its PDSCH is sent, as plain numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
#[doc(alias = "TS 38.212 7.3.1.2.1")]
pub struct FallbackGrant {
    /// Kind of RNTI and search space.
    pub kind: GrantKind,
    /// The RNTI.
    pub rnti: Rnti,
    /// Whether the DCI came in a common search space (always, but for [`GrantKind::Device`]).
    pub common_search_space: bool,
    /// Frequency domain resource assignment.
    pub frequency_resource: u32,
    /// Time domain resource assignment.
    pub time_resource: u8,
    /// VRB-to-PRB mapping: interleaved.
    pub interleaved: bool,
    /// Modulation and coding scheme.
    pub mcs: u8,
    /// Redundancy version (0 where the format has no such field).
    pub rv: u8,
    /// TB scaling field (0 where the format has no such field).
    pub tb_scaling: u8,
    /// Transport block size and target code rate times 1024 of the first transmission, for a reserved MCS.
    pub first_transmission: Option<(usize, f64)>,
}

/// Time domain resource allocation table in force.
#[derive(Clone, Debug, PartialEq)]
pub enum TimeTable {
    /// A default table.
    Default(DefaultTimeTable),
    /// pdsch-TimeDomainAllocationList of SIB1 or a dedicated configuration.
    List(Arc<[TimeAllocation]>),
}

impl TimeTable {
    /// The row of the DCI field `m`.
    ///
    /// # Errors
    /// If the table has no such row, or its symbols do not fit its mapping type.
    pub fn row(
        &self,
        m: u8,
        type_a_position: TypeAPosition,
        cyclic_prefix: CyclicPrefix,
    ) -> Result<TimeAllocation, ConfigError> {
        let row = match self {
            Self::Default(table) => table.row(m, type_a_position, cyclic_prefix)?,
            Self::List(rows) => *rows.get(usize::from(m)).ok_or_else(|| {
                let rule = format!("the configured list has {} rows", rows.len());
                ConfigError::new("time domain resource assignment", m, rule, "TS 38.214 5.1.2.1")
            })?,
        };
        row.check(type_a_position, cyclic_prefix)?;
        Ok(row)
    }
}

/// What a receiver (or transmitter) knows of the cell that a grant does not say.
#[derive(Clone, Debug, PartialEq)]
pub struct FallbackContext {
    /// The carrier.
    pub carrier: Carrier,
    /// The active bandwidth part (CORESET#0 before a larger one is known).
    pub bwp: BandwidthPart,
    /// Physical cell identity.
    pub cell_id: CellId,
    /// The slot of the DCI.
    pub dci_slot: SlotPoint,
    /// Blocks that the frequency field counts: CORESET#0's if the cell has one, else of the initial bandwidth part, for
    /// common search spaces; the active bandwidth part's for UE-specific ones.
    pub frequency_size: u16,
    /// Lowest common resource block of the CORESET of the DCI.
    pub coreset_start_crb: u16,
    /// dmrs-TypeA-Position of the MIB.
    pub type_a_position: TypeAPosition,
    /// Time domain resource allocation table.
    pub time_table: TimeTable,
    /// MCS table for device grants; the others use Table 5.1.3.1-1.
    pub mcs_table: McsTable,
    /// dataScramblingIdentityPDSCH, for device grants in a UE-specific search space.
    pub data_scrambling_id: Option<u16>,
    /// scramblingID0 of the DM-RS, for device grants.
    pub dmrs_scrambling_id: Option<u16>,
    /// xOverhead, for device grants and contention resolution: 0, 6, 12 or 18.
    pub overhead_per_prb: u8,
    /// `TBS_LBRM`, see [`super::tbs_lbrm`].
    pub tbs_lbrm: Option<usize>,
    /// Elements left out, SS/PBCH blocks among them.
    pub reserved: Option<Arc<[ReservedElements]>>,
}

impl PdschConfig {
    /// The PDSCH of a DCI format 1_0, without PT-RS.
    ///
    /// # Errors
    /// If a field is reserved or the grant is one that a device must not expect; and as [`PdschConfig::new`].
    #[doc(alias = "TS 38.214 5.1")]
    pub fn from_fallback_grant(context: &FallbackContext, grant: &FallbackGrant) -> Result<Self, ConfigError> {
        let broadcast = matches!(
            grant.kind,
            GrantKind::Sib1 | GrantKind::SystemInformation | GrantKind::Paging | GrantKind::RandomAccess
        );
        let prefix = context.carrier.cyclic_prefix();
        let time = context.time_table.row(grant.time_resource, context.type_a_position, prefix)?;
        let codeword = codeword(context, grant, broadcast)?;
        let own_id = context.cell_id.get();
        let device = grant.kind == GrantKind::Device;
        let short = time.mapping_type == MappingType::B && time.length == 2;
        let dmrs = PdschDmrs {
            dmrs_type: DmrsType::One,
            symbols: pdsch_dmrs_symbols(
                time.mapping_type,
                time.start,
                time.length,
                context.type_a_position,
                // Format 1_0 has up to two additional symbols, as the duration has room (TS 38.214 5.1.6.2).
                2,
                DmrsLength::Single,
            )?,
            ports: DmrsPorts::single(),
            scrambling_id: context.dmrs_scrambling_id.filter(|_| device).unwrap_or(own_id),
            n_scid: 0,
            cdm_groups_without_data: if short { 1 } else { 2 },
            reference_crb: if grant.kind == GrantKind::Sib1 { context.coreset_start_crb } else { 0 },
            amplitude: None,
        };
        let config = Self::new(
            &context.carrier,
            PdschParameters {
                slot: context.dci_slot.offset(time.k0.into()),
                rnti: grant.rnti,
                data_scrambling_id: context
                    .data_scrambling_id
                    .filter(|_| device && !grant.common_search_space)
                    .unwrap_or(own_id),
                start: time.start,
                length: time.length,
                prbs: blocks(context, grant)?,
                dmrs,
                ptrs: None,
                codewords: [Some(codeword), None],
                reserved: context.reserved.clone(),
                amplitude: 1.0,
                prg: PrgSize::Wideband,
                precoder: Precoder::single_port(),
            },
        )?;
        if matches!(grant.kind, GrantKind::Sib1 | GrantKind::SystemInformation) && config.tbs() > 2976 {
            let rule = "with SI-RNTI at most 2976 bits are sent";
            return Err(ConfigError::new("transport block size", config.tbs(), rule, "TS 38.214 5.1.3.2"));
        }
        Ok(config)
    }
}

fn codeword(context: &FallbackContext, grant: &FallbackGrant, broadcast: bool) -> Result<PdschCodeword, ConfigError> {
    let table = if grant.kind == GrantKind::Device { context.mcs_table } else { McsTable::Qam64 };
    let mcs = table.entry(grant.mcs)?;
    if broadcast && mcs.modulation.bits_per_symbol() > 2 {
        let rule = "with SI-, P- and RA-RNTI only QPSK is sent";
        return Err(ConfigError::new("I_MCS", grant.mcs, rule, "TS 38.214 5.1.3.1"));
    }
    let scales = matches!(grant.kind, GrantKind::Paging | GrantKind::RandomAccess);
    let scaling = if scales { TbScaling::from_field(grant.tb_scaling) } else { Some(TbScaling::One) };
    let Some(scaling) = scaling else {
        return Err(ConfigError::new("TB scaling", grant.tb_scaling, "is reserved", "TS 38.214 Table 5.1.3.2-2"));
    };
    let (tbs, rate_x1024) = match (mcs.rate_x1024, grant.first_transmission) {
        (Some(rate), _) => (None, rate),
        (None, Some((tbs, rate))) => (Some(tbs), rate),
        (None, None) => {
            let rule = "is reserved for retransmissions of a block whose size is known";
            return Err(ConfigError::new("I_MCS", grant.mcs, rule, "TS 38.214 5.1.3.2"));
        }
    };
    Ok(PdschCodeword {
        modulation: mcs.modulation,
        rate_x1024,
        rv: grant.rv,
        tbs,
        scaling,
        overhead_per_prb: if broadcast { 0 } else { context.overhead_per_prb },
        tbs_lbrm: context.tbs_lbrm,
    })
}

/// Resource allocation type 1 and the VRB-to-PRB mapping of format 1_0.
fn blocks(context: &FallbackContext, grant: &FallbackGrant) -> Result<PrbList, ConfigError> {
    let size = context.frequency_size;
    if !grant.common_search_space {
        let run = VrbRun::from_scaled_riv(grant.frequency_resource, size, context.bwp.n_prb())?;
        let mapping =
            if grant.interleaved { VrbToPrb::Interleaved { bundle_size: 2 } } else { VrbToPrb::NonInterleaved };
        return PrbList::contiguous(run, mapping, &context.bwp);
    }
    let run = VrbRun::from_riv(grant.frequency_resource, size)?;
    if grant.kind == GrantKind::Sib1 {
        // The initial bandwidth part is CORESET#0.
        let coreset0 = BandwidthPart::new(&context.carrier, context.coreset_start_crb, size)?;
        let mapping = if grant.interleaved { VrbToPrb::Coreset0Interleaved { size } } else { VrbToPrb::NonInterleaved };
        return PrbList::contiguous(run, mapping, &coreset0);
    }
    let Some(coreset_start) = context.coreset_start_crb.checked_sub(context.bwp.start_crb()) else {
        let rule = format!("must not lie below the bandwidth part, CRB {}", context.bwp.start_crb());
        return Err(ConfigError::new("CORESET", context.coreset_start_crb, rule, "TS 38.211 7.3.1.6"));
    };
    let mapping = if grant.interleaved {
        VrbToPrb::CommonInterleaved { coreset_start, initial_size: size }
    } else {
        VrbToPrb::CommonNonInterleaved { coreset_start }
    };
    PrbList::contiguous(run, mapping, &context.bwp)
}
