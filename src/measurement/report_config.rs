use super::codebook::TypeICodebook;
use super::cqi::CqiTable;
use crate::ConfigError;
use crate::csi_rs::CsiRsConfig;
use crate::frame::BandwidthPart;

/// What a CSI report holds, unchecked; [`CsiReportConfig::new`] checks it.
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.331 CSI-ReportConfig")]
pub struct CsiReportParameters {
    /// The codebook of PMI and RI.
    pub codebook: TypeICodebook,
    /// cqi-Table.
    pub cqi_table: CqiTable,
    /// The bandwidth part.
    pub bwp: BandwidthPart,
    /// subbandSize in blocks, one of the two that [`subband_sizes`] gives; `None` for one band.
    pub subband_size: Option<u16>,
    /// csi-ReportingBand: bit i is subband i, the lowest first; `None` for all of them.
    pub reporting_band: Option<u32>,
    /// pmi-FormatIndicator subbandPMI: an i_2 for each subband.
    pub subband_pmi: bool,
    /// powerControlOffset, the power of a PDSCH element over that of a CSI-RS element, in dB: -8..=15.
    pub power_control_offset_db: i8,
}

/// The two subband sizes, in blocks, of a bandwidth part of `n_prb` blocks; `None` below 24 blocks, which have no
/// subbands.
#[doc(alias = "TS 38.214 Table 5.2.1.4-2")]
pub const fn subband_sizes(n_prb: u16) -> Option<[u16; 2]> {
    match n_prb {
        24..=72 => Some([4, 8]),
        73..=144 => Some([8, 16]),
        145..=275 => Some([16, 32]),
        _ => None,
    }
}

/// A valid CSI report on a CSI-RS resource.
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.214 5.2.1.4")]
pub struct CsiReportConfig {
    p: CsiReportParameters,
    /// Blocks of the resource (counted from its freqBand's first), of each subband that is reported.
    subbands: Vec<(u16, u16)>,
    /// The first block of the resource.
    first_crb: u16,
    amplitude: f32,
}

const CLAUSE: &str = "TS 38.214 5.2.1.4";

impl CsiReportConfig {
    /// # Errors
    /// If the resource has other ports than the codebook or leaves out a block that is reported; if the subband size is
    /// none of the two, a subband is named that does not exist or none is; if the offset lies outside its range.
    pub fn new(resource: &CsiRsConfig, p: CsiReportParameters) -> Result<Self, ConfigError> {
        if resource.n_ports() != p.codebook.n_ports() {
            let rule = format!("must be the codebook's {}", p.codebook.n_ports());
            return Err(ConfigError::new("CSI-RS ports", resource.n_ports(), rule, "TS 38.214 5.2.2.2.1"));
        }
        if !(-8..=15).contains(&p.power_control_offset_db) {
            let (rule, clause) = ("must lie in -8..=15 dB", "TS 38.331 NZP-CSI-RS-Resource");
            return Err(ConfigError::new("powerControlOffset", p.power_control_offset_db, rule, clause));
        }
        let (start, end) = (p.bwp.start_crb(), p.bwp.start_crb() + p.bwp.n_prb());
        let size = match p.subband_size {
            None => end,
            Some(size) if subband_sizes(p.bwp.n_prb()).is_some_and(|sizes| sizes.contains(&size)) => size,
            Some(size) => {
                let rule =
                    format!("must be one of the two of {} blocks: {:?}", p.bwp.n_prb(), subband_sizes(p.bwp.n_prb()));
                return Err(ConfigError::new("subbandSize", size, rule, "TS 38.214 Table 5.2.1.4-2"));
            }
        };
        // Subbands begin at multiples of their size; the first and the last are what is left of the part.
        let all: Vec<(u16, u16)> =
            (start / size..end.div_ceil(size)).map(|i| ((i * size).max(start), ((i + 1) * size).min(end))).collect();
        let band = p.reporting_band.unwrap_or(u32::MAX >> (32 - all.len().min(32)));
        if band == 0 || u64::from(band) >> all.len() != 0 {
            let rule = format!("must name some of the {} subbands", all.len());
            return Err(ConfigError::new("csi-ReportingBand", format!("{band:#b}"), rule, CLAUSE));
        }
        let occupation = resource.parameters().mapping.occupation;
        let within = occupation.start_crb..occupation.start_crb + occupation.n_rb;
        let mut subbands = Vec::with_capacity(all.len());
        for (_, &(first, end)) in all.iter().enumerate().filter(|(i, _)| band >> i & 1 == 1) {
            if first < within.start || end > within.end {
                let rule = format!("the resource must reach over them; it has CRB {within:?}");
                return Err(ConfigError::new("subband, CRB", format!("{first}..{end}"), rule, CLAUSE));
            }
            subbands.push((first - within.start, end - within.start));
        }
        Ok(Self { p, subbands, first_crb: within.start, amplitude: resource.parameters().amplitude })
    }

    /// The parameters as given.
    pub const fn parameters(&self) -> &CsiReportParameters {
        &self.p
    }

    /// How many subbands are reported; 1 if the report is of one band.
    pub const fn n_subbands(&self) -> usize {
        self.subbands.len()
    }

    /// The blocks of each subband, first and end, counted from the first block of the resource.
    pub(super) fn subbands(&self) -> &[(u16, u16)] {
        &self.subbands
    }

    /// The subband of a common resource block: the first that ends above it, or the last.
    pub(super) fn nearest_subband(&self, crb: u16) -> usize {
        let block = crb.saturating_sub(self.first_crb);
        self.subbands.partition_point(|&(_, end)| end <= block).min(self.subbands.len() - 1)
    }

    /// The amplitude of a PDSCH element over that of an SSS element, before precoding.
    pub(super) fn pdsch_amplitude(&self) -> f64 {
        f64::from(self.amplitude) * 10f64.powf(f64::from(self.p.power_control_offset_db) / 20.0)
    }
}
