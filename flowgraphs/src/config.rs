//! The cell configuration file, `cell.toml`, and the cell that it describes.

use crate::cell_file::{CarrierTable, CellFile, DciFormatName, McsTableName, UserTable, candidates};
use nrflow::ConfigError;
use nrflow::frame::{
    Band, Carrier, CarrierPosition, CellGeometry, CellId, ChannelBandwidth, CyclicPrefix, Duplex, FrequencyRange,
    GeometryConfig, Gscn, NrArfcn, Numerology, Rnti, SsbCase, SsbFrequency, Type0Config,
};
use nrflow::ofdm::OfdmConfig;
use nrflow::pdcch::{AggregationLevel, SearchSpace};
use nrflow::pdsch::VrbRun;
use nrflow::rrc::{
    CellBarred, CellDescription, CellGroupConfig, CommonSearchSpaceDescription, CommonSubcarrierSpacing,
    DeviceDescription, DmrsTypeAPosition, IntraFreqReselection, McsTable, Mib, PdcchConfigSib1, PlmnIdentity, Sib1,
    SsbPeriodicity, SsbPositionsInBurst, TddUlDlPattern,
};
use nrflow_blocks::transmit::{
    BlockSource, CellSchedule, DeviceTraffic, Payload, Sib1Broadcast, SsbBurst, TransmitCell, TransmitParameters,
    UserTraffic,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The cell that is sent where no file is given.
pub const DEFAULT_CELL: &str = include_str!("default_cell.toml");

/// Why a configuration file describes no cell.
#[derive(Debug, thiserror::Error)]
pub enum CellError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// It is no TOML, a key is unknown, or a value has another type.
    #[error("cell configuration: {0}")]
    Toml(#[from] toml::de::Error),
    /// A value breaks a rule.
    #[error("[{key}] {source}")]
    Value {
        /// Table and key of the file.
        key: &'static str,
        /// The rule.
        source: ConfigError,
    },
}

/// Names the key beside the rule that its value breaks.
trait At<T> {
    fn at(self, key: &'static str) -> Result<T, CellError>;
}

impl<T> At<T> for Result<T, ConfigError> {
    fn at(self, key: &'static str) -> Result<T, CellError> {
        self.map_err(|source| CellError::Value { key, source })
    }
}

fn broken<T>(key: &'static str, got: impl std::fmt::Display, rule: &'static str) -> Result<T, CellError> {
    let source = ConfigError::new("value", got, rule, "cell configuration");
    Err(CellError::Value { key, source })
}

/// A cell, checked and planned.
#[derive(Clone, Debug)]
pub struct Cell {
    transmit: Arc<TransmitCell>,
    schedule: CellSchedule,
    sib1: Option<Sib1>,
    ofdm: OfdmConfig,
    gain: f32,
    duration_ms: f64,
}

impl Cell {
    /// From a file.
    ///
    /// # Errors
    /// If the file cannot be read or describes no cell that the standard allows.
    pub fn load(path: &Path) -> Result<Self, CellError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| CellError::Io { path: path.to_path_buf(), source })?;
        Self::parse(&text, path.parent().unwrap_or(Path::new(".")))
    }

    /// The embedded default.
    ///
    /// # Errors
    /// Never, or the default is broken (a test says it is not).
    pub fn default_cell() -> Result<Self, CellError> {
        Self::parse(DEFAULT_CELL, Path::new("."))
    }

    /// From the text of a file; names of other files in it are relative to `folder`.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn parse(text: &str, folder: &Path) -> Result<Self, CellError> {
        Self::from_config(&toml::from_str(text)?, folder)
    }

    /// From a configuration; names of files in it are relative to `folder`.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn from_config(file: &CellFile, folder: &Path) -> Result<Self, CellError> {
        let cell_id = CellId::new(file.cell.pci).at("cell.pci")?;
        let geometry = geometry(file)?;
        let carrier = *geometry.carrier();
        let tdd = match &file.tdd {
            Some(t) => {
                let (downlink, uplink) = ((t.downlink_slots, t.downlink_symbols), (t.uplink_slots, t.uplink_symbols));
                vec![TddUlDlPattern::new(carrier.numerology(), t.period_us, downlink, uplink).at("tdd")?]
            }
            None => Vec::new(),
        };
        let mib = mib(file, &geometry)?;
        let sib1 = geometry.coreset0().map(|_| sib1(file, &geometry, &tdd)).transpose()?;
        let broadcast = match &sib1 {
            Some(sib1) => Some(Sib1Broadcast {
                message: sib1.encode().at("sib1")?,
                period_ms: file.sib1.period_ms,
                level: file
                    .sib1
                    .aggregation_level
                    .map(AggregationLevel::new)
                    .transpose()
                    .at("sib1.aggregation_level")?,
                mcs: file.sib1.mcs,
            }),
            None => None,
        };
        let parameters = TransmitParameters {
            geometry,
            cell_id,
            mib,
            ssb: SsbBurst {
                indices: file.ssb.indexes.clone(),
                period_ms: file.ssb.period_ms,
                half_frame: file.ssb.half_frame,
                amplitude: 10f32.powf(file.ssb.power_offset_db / 20.0),
                pss_offset_db: file.ssb.pss_offset_db,
            },
            tdd,
            sib1: broadcast,
            user: file.user.as_ref().map(|user| traffic(user, &carrier, folder)).transpose()?,
            first_sfn: file.output.first_sfn,
            n_ports: file.cell.antenna_ports.unwrap_or(file.user.as_ref().map_or(1, |user| user.layers)),
        };
        let ofdm = ofdm(file, &parameters.geometry)?;
        // The first half names its own values well; what it cannot know is the table of the file.
        let has_user = parameters.user.clone();
        let transmit = Arc::new(TransmitCell::new(parameters).at("ssb, tdd or coreset0")?);
        let schedule = match CellSchedule::new(Arc::clone(&transmit)) {
            Ok(schedule) => schedule,
            Err(source) => {
                // SIB1 alone tells whose fault it is.
                let mut alone = transmit.parameters().clone();
                alone.user = None;
                let alone = TransmitCell::new(alone).and_then(|cell| CellSchedule::new(Arc::new(cell)));
                let key = if has_user.is_some() && alone.is_ok() { "user" } else { "sib1" };
                return Err(CellError::Value { key, source });
            }
        };
        let level = file.output.level_dbfs;
        if !(-100.0..=10.0).contains(&level) {
            return broken("output.level_dbfs", level, "must lie in -100..=10 dB");
        }
        let duration_ms = file.output.duration_ms;
        if !(duration_ms > 0.0 && duration_ms <= 86_400_000.0) {
            return broken("output.duration_ms", duration_ms, "must be above 0 and at most a day");
        }
        // The modulator's transform is unitary.
        let full = ofdm.fft_size() as f64 / carrier.n_subcarriers() as f64;
        let gain = (10f64.powf(level / 20.0) * full.sqrt()) as f32;
        Ok(Self { transmit, schedule, sib1, ofdm, gain, duration_ms })
    }

    /// The same, with user data from `source` in place of the payload that the configuration names.
    #[must_use]
    pub fn with_source(mut self, source: impl BlockSource) -> Self {
        self.schedule = self.schedule.with_source(source);
        self
    }

    /// What the transmit graph sends.
    pub fn transmit(&self) -> &TransmitCell {
        &self.transmit
    }

    /// The plan, at its first slot.
    pub fn schedule(&self) -> &CellSchedule {
        &self.schedule
    }

    /// SIB1, if the cell has one.
    pub fn sib1(&self) -> Option<&Sib1> {
        self.sib1.as_ref()
    }

    /// Samples: the stream's 0 Hz is the carrier's middle.
    pub fn ofdm(&self) -> &OfdmConfig {
        &self.ofdm
    }

    /// Amplitude of a sample for that of an element.
    pub fn gain(&self) -> f32 {
        self.gain
    }

    /// Length in ms where none is asked for.
    pub fn duration_ms(&self) -> f64 {
        self.duration_ms
    }

    /// RF frequency of the stream's 0 Hz, the carrier's middle, Hz.
    pub fn centre_hz(&self) -> u64 {
        self.transmit.geometry().centre_hz()
    }
}

fn hz(key: &'static str, mhz: f64) -> Result<u64, CellError> {
    if (0.0..=100_000.0).contains(&mhz) {
        // Rounded to Hz: decimal MHz are not exact in binary.
        return Ok((mhz * 1e6).round() as u64);
    }
    broken(key, mhz, "must lie in 0..=100000 MHz")
}

fn position(carrier: &CarrierTable) -> Result<CarrierPosition, CellError> {
    let arfcn = |key, n| NrArfcn::new(n).at(key);
    match (carrier.centre_mhz, carrier.centre_arfcn, carrier.point_a_mhz, carrier.point_a_arfcn) {
        (Some(mhz), None, None, None) => Ok(CarrierPosition::CentreHz(hz("carrier.centre_mhz", mhz)?)),
        (None, Some(n), None, None) => Ok(CarrierPosition::CentreArfcn(arfcn("carrier.centre_arfcn", n)?)),
        (None, None, Some(mhz), None) => Ok(CarrierPosition::PointAHz(hz("carrier.point_a_mhz", mhz)?)),
        (None, None, None, Some(n)) => Ok(CarrierPosition::PointAArfcn(arfcn("carrier.point_a_arfcn", n)?)),
        _ => broken("carrier", "position", "give exactly one of centre_mhz, centre_arfcn, point_a_mhz, point_a_arfcn"),
    }
}

fn geometry(file: &CellFile) -> Result<CellGeometry, CellError> {
    let table = &file.carrier;
    let numerology = Numerology::from_scs_khz(table.scs_khz).at("carrier.scs_khz")?;
    let band = table.band.map(Band::new).transpose().at("carrier.band")?;
    let position = position(table)?;
    let rough_hz = match position {
        CarrierPosition::CentreHz(hz) | CarrierPosition::PointAHz(hz) => hz,
        CarrierPosition::CentreArfcn(n) | CarrierPosition::PointAArfcn(n) => n.hz(),
    };
    let range = band.map_or(FrequencyRange::of_hz(rough_hz), Band::frequency_range);
    let n_prb = match (table.n_prb, table.bandwidth_mhz) {
        (Some(n_prb), _) => n_prb,
        (None, Some(mhz)) => {
            let bandwidth = ChannelBandwidth::new(range, mhz).at("carrier.bandwidth_mhz")?;
            match bandwidth.n_rb(numerology) {
                Some(n_rb) => n_rb,
                None => return broken("carrier.bandwidth_mhz", mhz, "holds no blocks of this spacing"),
            }
        }
        (None, None) => return broken("carrier", "bandwidth", "give bandwidth_mhz or n_prb"),
    };
    let carrier = Carrier::new(numerology, CyclicPrefix::Normal, table.offset_to_carrier, n_prb).at("carrier")?;
    let case = match (band.and_then(|band| band.ssb_case(numerology)), band, numerology.mu()) {
        (Some(case), _, _) => case,
        (None, None, 0) => SsbCase::A,
        (None, None, 1) => SsbCase::C,
        (None, None, 3) => SsbCase::D,
        _ => {
            let rule = "the band has no SS/PBCH blocks of this spacing; a carrier of another spacing than its SS/PBCH \
                        blocks is valid, but nrflow does not transmit one";
            return broken("carrier.scs_khz", table.scs_khz, rule);
        }
    };
    let point = Place { table, file, band, carrier, position, case };
    match (file.ssb.gscn, file.ssb.frequency_mhz) {
        (Some(_), Some(_)) => broken("ssb", "frequency", "give gscn or frequency_mhz, not both"),
        (Some(gscn), None) => point.with_coreset0(SsbFrequency::Gscn(Gscn::new(gscn).at("ssb.gscn")?)),
        (None, Some(mhz)) => point.with_coreset0(SsbFrequency::Hz(hz("ssb.frequency_mhz", mhz)?)),
        (None, None) => point.nearest(),
    }
}

/// All of a geometry but SS/PBCH block and CORESET#0.
struct Place<'f> {
    table: &'f CarrierTable,
    file: &'f CellFile,
    band: Option<Band>,
    carrier: Carrier,
    position: CarrierPosition,
    case: SsbCase,
}

impl Place<'_> {
    fn geometry(&self, ssb: SsbFrequency, index: Option<u8>) -> Result<CellGeometry, ConfigError> {
        let search_space_zero = self.file.coreset0.search_space_zero;
        CellGeometry::new(&GeometryConfig {
            band: self.band,
            carrier: self.carrier,
            position: self.position,
            channel_bandwidth_mhz: self.table.bandwidth_mhz,
            ssb_case: self.case,
            ssb,
            common: self.carrier.numerology(),
            type0: index.map(|control_resource_set_zero| Type0Config { control_resource_set_zero, search_space_zero }),
        })
    }

    /// The CORESET#0 asked for, or the widest (of those the longest) that fits.
    fn with_coreset0(&self, ssb: SsbFrequency) -> Result<CellGeometry, CellError> {
        let coreset0 = &self.file.coreset0;
        if !coreset0.enabled {
            return self.geometry(ssb, None).at("carrier or ssb");
        }
        if coreset0.index.is_some() {
            return self.geometry(ssb, coreset0.index).at("carrier, ssb or coreset0");
        }
        let all = (0..16).filter_map(|index| self.geometry(ssb, Some(index)).ok());
        let size = |g: &CellGeometry| g.coreset0().map_or((0, 0), |c| (c.entry.n_rb(), c.entry.n_symbols().min(2)));
        // Of equals the first.
        let best = all.reduce(|best, g| if size(&g) > size(&best) { g } else { best });
        best.map_or_else(|| self.geometry(ssb, Some(0)).at("carrier, ssb or coreset0"), Ok)
    }

    /// The raster point nearest the carrier's middle at which everything fits.
    fn nearest(&self) -> Result<CellGeometry, CellError> {
        let centre_hz = match self.position {
            CarrierPosition::CentreHz(hz) => hz,
            CarrierPosition::CentreArfcn(n) => n.hz(),
            CarrierPosition::PointAHz(hz) => self.carrier.centre_hz(hz),
            CarrierPosition::PointAArfcn(n) => self.carrier.centre_hz(n.hz()),
        };
        let half = self.carrier.n_subcarriers() as u64 * u64::from(self.carrier.numerology().scs_hz()) / 2;
        let mut points: Vec<Gscn> = Gscn::in_window(centre_hz.saturating_sub(half), centre_hz + half)
            .filter(|gscn| self.band.is_none_or(|band| self.on_raster(band, *gscn)))
            .collect();
        points.sort_by_key(|gscn| gscn.hz().abs_diff(centre_hz));
        let found = points.iter().find_map(|gscn| self.with_coreset0(SsbFrequency::Gscn(*gscn)).ok());
        // What keeps the nearest from fitting, or the carrier itself, is the message.
        found.map_or_else(
            || {
                let near = points.first().copied().unwrap_or(Gscn::nearest(centre_hz));
                self.with_coreset0(SsbFrequency::Gscn(near))
            },
            Ok,
        )
    }

    fn on_raster(&self, band: Band, gscn: Gscn) -> bool {
        band.sync_raster().any(|row| row.case() == self.case && row.contains(gscn))
    }
}

fn mib(file: &CellFile, geometry: &CellGeometry) -> Result<Mib, CellError> {
    let config = geometry.pdcch_config_sib1();
    let dmrs_type_a_position = match file.mib.dmrs_type_a_position {
        2 => DmrsTypeAPosition::Pos2,
        3 => DmrsTypeAPosition::Pos3,
        other => return broken("mib.dmrs_type_a_position", other, "must be 2 or 3"),
    };
    // 30 kHz in FR1, 120 kHz in FR2.
    let scs_khz = geometry.config().common.scs_khz();
    let common = if matches!(scs_khz, 30 | 120) {
        CommonSubcarrierSpacing::Scs30Or120
    } else {
        CommonSubcarrierSpacing::Scs15Or60
    };
    Ok(Mib {
        system_frame_number: 0,
        sub_carrier_spacing_common: common,
        ssb_subcarrier_offset: geometry.mib_k_ssb() & 15,
        dmrs_type_a_position,
        pdcch_config_sib1: PdcchConfigSib1 { control_resource_set_zero: config >> 4, search_space_zero: config & 15 },
        cell_barred: if file.mib.cell_barred { CellBarred::Barred } else { CellBarred::NotBarred },
        intra_freq_reselection: if file.mib.intra_freq_reselection {
            IntraFreqReselection::Allowed
        } else {
            IntraFreqReselection::NotAllowed
        },
        spare: 0,
    })
}

fn sib1(file: &CellFile, geometry: &CellGeometry, tdd: &[TddUlDlPattern]) -> Result<Sib1, CellError> {
    let carrier = geometry.carrier();
    // Without a band given SIB1 still names one: the first whose downlink has the frequency.
    let band = geometry.config().band.or_else(|| Band::of_downlink_hz(geometry.centre_hz()).next());
    let Some(band) = band else {
        return broken("carrier.band", "none", "SIB1 names a band, and none has this frequency: give one");
    };
    let mut cell = CellDescription::new(band.number(), carrier.numerology(), carrier.n_prb());
    let plmns: Result<Vec<PlmnIdentity>, _> = file.sib1.plmns.iter().map(|text| text.parse()).collect();
    cell.plmns = plmns.at("sib1.plmns")?;
    cell.tracking_area_code = file.sib1.tracking_area_code;
    cell.cell_identity = file.sib1.cell_identity;
    cell.offset_to_point_a = geometry.offset_to_point_a();
    cell.offset_to_carrier = carrier.start_crb();
    let n_candidates = geometry.ssb_positions().n_candidates() as u8;
    let burst = SsbPositionsInBurst::of_indices(&file.ssb.indexes, n_candidates).at("ssb.indexes")?;
    cell.ssb_in_one_group = burst.in_one_group.0 as u8;
    cell.ssb_groups = burst.group_presence.map(|groups| groups.0 as u8);
    let period = SsbPeriodicity::ALL.iter().find(|p| p.ms() == file.ssb.period_ms);
    cell.ssb_periodicity = match period {
        Some(period) => *period,
        None => return broken("ssb.period_ms", file.ssb.period_ms, "must be 5, 10, 20, 40, 80 or 160"),
    };
    cell.ss_pbch_block_power = file.ssb.power_dbm;
    cell.tdd = tdd.to_vec();
    let n_candidates = file.user.as_ref().map_or(candidates(), |user| user.n_candidates).map(usize::from);
    cell.common_search_space = Some(CommonSearchSpaceDescription {
        search_space_id: 1,
        control_resource_set_id: 0,
        first_symbol: 0,
        n_candidates,
        other_system_information: false,
    });
    if file.user.as_ref().is_some_and(|user| user.dci_format == DciFormatName::Configured) {
        // A device that is connected has an uplink.
        let point_a = match (band.duplex(), band.downlink_hz(), band.uplink_hz()) {
            (Duplex::Tdd, ..) => None,
            (_, Some((downlink, _)), Some((uplink, _))) => {
                let hz = (geometry.point_a_hz() + uplink).saturating_sub(downlink);
                Some(NrArfcn::from_hz(hz).at("carrier.band")?.get())
            }
            _ => return broken("carrier.band", band, "has no uplink, and a device with format 1_1 needs one"),
        };
        cell = cell.with_uplink(point_a);
    }
    Sib1::for_cell(&cell).at("sib1")
}

/// What the device of format 1_1 is configured with: a CORESET of one symbol over the whole carrier.
fn device(user: &UserTable, carrier: &Carrier) -> Result<DeviceTraffic, CellError> {
    let first_group = carrier.start_crb().next_multiple_of(6) - carrier.start_crb();
    let n_groups = carrier.n_prb().saturating_sub(first_group) / 6;
    let description = DeviceDescription {
        coreset_groups: (1 << n_groups.min(45)) - 1,
        coreset_duration: 1,
        n_candidates: user.n_candidates.map(usize::from),
        mcs_table: match user.mcs_table {
            McsTableName::Qam64 => None,
            McsTableName::Qam256 => Some(McsTable::Qam256),
            McsTableName::Qam64LowSe => Some(McsTable::Qam64LowSe),
            McsTableName::Qam1024 => {
                let rule = "comes with Release 17's fields, which are not configured: use \"qam256\"";
                return broken("user.mcs_table", "qam1024", rule);
            }
        },
        dmrs_additional_position: user.dmrs_additional_position,
        dmrs_double: false,
        aggregation: None,
        // Without a value of its own TBS_LBRM counts four layers or less.
        max_layers: user.layers.clamp(1, 8) as u8,
    };
    Ok(DeviceTraffic { group: CellGroupConfig::for_device(&description).at("user")?, layers: user.layers })
}

fn traffic(user: &UserTable, carrier: &Carrier, folder: &Path) -> Result<UserTraffic, CellError> {
    let device = match user.dci_format {
        DciFormatName::Configured => Some(device(user, carrier)?),
        DciFormatName::Fallback if user.mcs_table != McsTableName::Qam64 => {
            let got = format!("{:?}", user.mcs_table).to_lowercase();
            let rule = "DCI format 1_0 in a common search space uses Table 5.1.3.1-1: \"qam64\" (TS 38.214 5.1.3.1); \
                        others need dci_format = \"1_1\"";
            return broken("user.mcs_table", got, rule);
        }
        DciFormatName::Fallback if user.layers != 1 => {
            let rule = "DCI format 1_0 has one layer (TS 38.214 5.1.6.2): more need dci_format = \"1_1\"";
            return broken("user.layers", user.layers, rule);
        }
        DciFormatName::Fallback => None,
    };
    let payload = match (&user.payload_file, user.seed) {
        (Some(_), Some(_)) => return broken("user", "payload", "give payload_file or seed, not both"),
        (Some(name), None) => {
            let path = folder.join(name);
            Payload::Bytes(std::fs::read(&path).map_err(|source| CellError::Io { path, source })?.into())
        }
        (None, seed) => Payload::Seeded(seed.unwrap_or(1)),
    };
    Ok(UserTraffic {
        rnti: Rnti(user.rnti),
        level: AggregationLevel::new(user.aggregation_level).at("user.aggregation_level")?,
        search_space: SearchSpace::common(user.n_candidates).at("user.n_candidates")?,
        device,
        vrbs: match (user.first_prb, user.n_prb) {
            (start, Some(length)) => Some(VrbRun { start, length }),
            (0, None) => None,
            _ => return broken("user.first_prb", user.first_prb, "needs n_prb beside it"),
        },
        interleaved: user.interleaved,
        mcs: user.mcs,
        symbols: user.symbols.map(|[first, n]| (first, n)),
        every_slots: user.every_slots,
        transmissions: user.transmissions,
        payload,
    })
}

fn ofdm(file: &CellFile, geometry: &CellGeometry) -> Result<OfdmConfig, CellError> {
    let carrier = geometry.carrier();
    let rate = file.carrier.sample_rate_hz.or_else(|| {
        // A little room beside the carrier, so that its edges survive a radio's filters.
        OfdmConfig::next_rate(carrier.numerology(), carrier.n_subcarriers() * 10 / 9, 0)
            .or_else(|| OfdmConfig::next_rate(carrier.numerology(), carrier.n_subcarriers(), 0))
    });
    let Some(rate) = rate else {
        return broken("carrier", carrier.n_prb(), "no sample rate up to 245.76 MHz holds so many blocks");
    };
    OfdmConfig::new(carrier, rate, 0, Some(geometry.centre_hz() as f64)).at("carrier.sample_rate_hz")
}
