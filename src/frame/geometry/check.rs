//! The rules, one function each.

use super::{CarrierPosition, CellGeometry, Coreset0Place, GeometryConfig, SsbFrequency, SsbPlace, Type0Config};
use super::{k_ssb_unit_hz, offset_unit_hz};
use crate::ConfigError;
use crate::frame::{
    Band, ChannelBandwidth, Coreset0, Coreset0Bands, Duplex, FrequencyRange, Gscn, NrArfcn, Numerology, SsbCase,
    Type0Monitoring, mhz,
};

pub(super) fn check(config: &GeometryConfig) -> Result<CellGeometry, ConfigError> {
    spacings(config)?;
    let (point_a_hz, centre_hz) = carrier(config)?;
    let mut notes = Vec::new();
    let bandwidth = channel_bandwidth(config, &mut notes)?;
    if let Some(bandwidth) = bandwidth {
        band_edges(config.band, bandwidth, centre_hz)?;
    }
    channel_raster(config, centre_hz, &mut notes)?;

    let type0 = config.type0.map(|type0| rows(config, type0)).transpose()?;

    let entry = type0.map(|(entry, _)| entry);
    let parts = Parts { config, point_a_hz, entry };
    let hz = config.ssb.hz();
    let ssb = parts.ssb(hz).map_err(|problem| problem.with(&parts.ssb_way_out(hz)))?;
    let coreset0 = match type0 {
        None => None,
        Some((entry, monitoring)) => {
            let start_crb =
                parts.coreset0(&ssb, &entry).map_err(|problem| problem.with(&parts.coreset0_way_out(hz, &ssb)))?;
            Some(Coreset0Place { entry, start_crb, monitoring })
        }
    };
    let mut geometry = CellGeometry { config: *config, point_a_hz, bandwidth, ssb, coreset0, notes };
    remarks(&mut geometry);
    Ok(geometry)
}

/// A broken rule to which a way out is still to be added.
struct Problem {
    parameter: &'static str,
    got: String,
    rule: String,
    clause: &'static str,
}

impl Problem {
    fn with(self, way_out: &str) -> ConfigError {
        ConfigError::new(self.parameter, self.got, format!("{}; {way_out}", self.rule), self.clause)
    }
}

fn list_khz(numerologies: &[Numerology]) -> String {
    numerologies.iter().map(|n| n.scs_khz().to_string()).collect::<Vec<_>>().join(" or ")
}

/// Spacings of carrier and SIB1, and the SSB case, against the frequency range and the band.
fn spacings(config: &GeometryConfig) -> Result<(), ConfigError> {
    let (range, ssb_hz) = (config.ssb_case.frequency_range(), config.ssb.hz());
    let of_ssb = [config.ssb_case.numerology()];
    let (carrier, common): (&[_], &[_]) = match range {
        FrequencyRange::Fr1 => {
            (&[Numerology::MU0, Numerology::MU1, Numerology::MU2], &[Numerology::MU0, Numerology::MU1])
        }
        FrequencyRange::Fr2 if FrequencyRange::is_fr2_2(ssb_hz) => {
            (&[Numerology::MU3, Numerology::MU5, Numerology::MU6], &of_ssb)
        }
        FrequencyRange::Fr2 => (&[Numerology::MU2, Numerology::MU3], &[Numerology::MU2, Numerology::MU3]),
    };
    if !config.ssb_case.exists_at(ssb_hz) {
        let part = match config.ssb_case {
            SsbCase::A | SsbCase::B | SsbCase::C => "FR1",
            SsbCase::D => "FR2",
            SsbCase::E => "FR2-1",
            SsbCase::F | SsbCase::G => "FR2-2",
        };
        let rule = format!(
            "case {} ({} kHz) exists in {part} only: choose the SSB case of the band",
            config.ssb_case,
            config.ssb_case.numerology().scs_khz()
        );
        return Err(ConfigError::new("SSB frequency", format!("{} MHz", mhz(ssb_hz)), rule, "TS 38.213 4.1"));
    }
    for (name, numerology, allowed, clause) in [
        ("carrier subcarrier spacing (kHz)", config.carrier.numerology(), carrier, "TS 38.104 Table 5.3.2-1"),
        ("subCarrierSpacingCommon (kHz)", config.common, common, "TS 38.331 MIB"),
    ] {
        if !allowed.contains(&numerology) {
            let part = if FrequencyRange::is_fr2_2(ssb_hz) { "FR2-2" } else { range.name() };
            let rule = format!("must be {} in {part}", list_khz(allowed));
            return Err(ConfigError::new(name, numerology.scs_khz(), rule, clause));
        }
    }
    let Some(band) = config.band else { return Ok(()) };
    if band.duplex() == Duplex::Sul {
        let rule = "is a supplementary uplink and has no SS/PBCH block: choose a band with a downlink";
        return Err(ConfigError::new("band", band, rule, "TS 38.104 Table 5.2-1"));
    }
    let cases: Vec<_> = band.ssb_cases().collect();
    if !cases.is_empty() && !cases.contains(&config.ssb_case) {
        let allowed: Vec<String> =
            cases.iter().map(|case| format!("{case} ({} kHz)", case.numerology().scs_khz())).collect();
        let rule = format!("{band} has SSB case {}", allowed.join(" or "));
        return Err(ConfigError::new("SSB case", config.ssb_case, rule, "TS 38.104 Table 5.4.3.3-1"));
    }
    Ok(())
}

/// The rows of the CORESET#0 and monitoring tables.
fn rows(config: &GeometryConfig, type0: Type0Config) -> Result<(Coreset0, Type0Monitoring), ConfigError> {
    let entry = Coreset0::new(
        config.ssb_case.numerology(),
        config.common,
        coreset0_bands(config),
        type0.control_resource_set_zero,
    )?;
    Ok((entry, Type0Monitoring::new(&entry, config.ssb_case, type0.search_space_zero)?))
}

fn coreset0_bands(config: &GeometryConfig) -> Coreset0Bands {
    match config.band {
        Some(band) => band.coreset0_bands(),
        None => Coreset0Bands::of_ssb(config.ssb.hz(), config.ssb_case),
    }
}

/// Point A and the middle of the carrier.
fn carrier(config: &GeometryConfig) -> Result<(u64, u64), ConfigError> {
    let from_centre = |hz: u64| {
        config.carrier.point_a_hz(hz).map(|point_a| (point_a, hz)).ok_or_else(|| {
            let rule = format!(
                "Point A would lie {} MHz below it, under 0 Hz: lower offsetToCarrier ({}) or N_grid^size ({})",
                mhz(config.carrier.centre_hz(0)),
                config.carrier.start_crb(),
                config.carrier.n_prb()
            );
            ConfigError::new("carrier centre", format!("{} MHz", mhz(hz)), rule, "TS 38.211 4.4.4.2")
        })
    };
    // 100 GHz bounds every sum of frequencies.
    let bounded = |hz: u64| {
        if hz <= NrArfcn::MAX.hz() {
            return Ok(hz);
        }
        let got = format!("{} MHz", mhz(hz));
        Err(ConfigError::new("carrier frequency", got, "must lie below 100 GHz", "TS 38.104 5.4.2.1"))
    };
    match config.position {
        CarrierPosition::CentreHz(hz) => from_centre(bounded(hz)?),
        CarrierPosition::CentreArfcn(arfcn) => from_centre(arfcn.hz()),
        CarrierPosition::PointAHz(hz) => bounded(hz).map(|hz| (hz, config.carrier.centre_hz(hz))),
        CarrierPosition::PointAArfcn(arfcn) => Ok((arfcn.hz(), config.carrier.centre_hz(arfcn.hz()))),
    }
}

/// The channel that holds the carrier, as given or the smallest.
fn channel_bandwidth(
    config: &GeometryConfig,
    notes: &mut Vec<String>,
) -> Result<Option<ChannelBandwidth>, ConfigError> {
    let (range, numerology) = (config.ssb_case.frequency_range(), config.carrier.numerology());
    let (scs, n_prb) = (numerology.scs_khz(), config.carrier.n_prb());
    let per_band = match range {
        FrequencyRange::Fr1 => "TS 38.101-1 Table 5.3.5-1",
        FrequencyRange::Fr2 => "TS 38.101-2 Table 5.3.5-1",
    };
    let of_band: Vec<_> = config.band.map(|band| band.channel_bandwidths(numerology).collect()).unwrap_or_default();
    let list =
        |bandwidths: &[ChannelBandwidth]| bandwidths.iter().map(|b| b.mhz().to_string()).collect::<Vec<_>>().join(", ");
    let bandwidth = match config.channel_bandwidth_mhz {
        Some(mhz) => {
            let bandwidth = ChannelBandwidth::new(range, mhz)?;
            if let Some(band) = config.band
                && !of_band.contains(&bandwidth)
            {
                let rule = if of_band.is_empty() {
                    format!("{band} has no channels of {scs} kHz: choose another carrier spacing")
                } else {
                    format!("{band} at {scs} kHz has {} MHz", list(&of_band))
                };
                return Err(ConfigError::new("channel bandwidth (MHz)", mhz, rule, per_band));
            }
            if bandwidth.n_rb(numerology).is_none_or(|n_rb| n_prb > n_rb) {
                let rule = match bandwidth.n_rb(numerology) {
                    Some(n_rb) => format!("a channel of {bandwidth} holds at most {n_rb} blocks of {scs} kHz"),
                    None => format!("{scs} kHz is not used in channels of {bandwidth}: choose another bandwidth"),
                };
                return Err(ConfigError::new("N_grid^size", n_prb, rule, "TS 38.104 Table 5.3.2-1"));
            }
            Some(bandwidth)
        }
        None if of_band.is_empty() => ChannelBandwidth::holding(range, numerology, n_prb),
        None => {
            let fits = |b: &&ChannelBandwidth| b.n_rb(numerology).is_some_and(|n_rb| n_rb >= n_prb);
            let found = of_band.iter().find(fits).copied();
            if found.is_none() {
                let most = of_band.iter().filter_map(|b| b.n_rb(numerology)).max().unwrap_or(0);
                let rule = format!(
                    "the widest channel at {scs} kHz holds {most} blocks (bandwidths {} MHz): lower it or change the \
                     spacing or band",
                    list(&of_band)
                );
                return Err(ConfigError::new("N_grid^size", n_prb, rule, per_band));
            }
            found
        }
    };
    match bandwidth {
        None => notes.push(format!("no channel bandwidth holds {n_prb} blocks of {scs} kHz: band edges not checked")),
        Some(bandwidth) => {
            if let Some(n_rb) = bandwidth.n_rb(numerology).filter(|n_rb| *n_rb > n_prb) {
                notes.push(format!("the carrier uses {n_prb} of the {n_rb} blocks of a {bandwidth} channel"));
            }
        }
    }
    Ok(bandwidth)
}

/// The channel must lie inside the band.
fn band_edges(band: Option<Band>, bandwidth: ChannelBandwidth, centre_hz: u64) -> Result<(), ConfigError> {
    let Some((band, (low, high))) = band.and_then(|band| Some((band, band.downlink_hz()?))) else { return Ok(()) };
    let half = bandwidth.hz() / 2;
    if centre_hz >= low + half && centre_hz + half <= high {
        return Ok(());
    }
    let rule = if high - low < bandwidth.hz() {
        format!("a channel of {bandwidth} is wider than the downlink of {band}, {}..{} MHz", mhz(low), mhz(high))
    } else {
        format!(
            "a channel of {bandwidth} must lie inside the downlink of {band}, {}..{} MHz: centre {}..{} MHz",
            mhz(low),
            mhz(high),
            mhz(low + half),
            mhz(high - half)
        )
    };
    Err(ConfigError::new("carrier centre", format!("{} MHz", mhz(centre_hz)), rule, "TS 38.104 Table 5.2-1"))
}

/// The middle of the carrier must lie on the band's channel raster.
fn channel_raster(config: &GeometryConfig, centre_hz: u64, notes: &mut Vec<String>) -> Result<(), ConfigError> {
    let Some(band) = config.band else {
        if NrArfcn::from_hz(centre_hz).is_err() {
            notes.push(format!("the carrier centre, {} MHz, is off the global frequency raster", mhz(centre_hz)));
        }
        return Ok(());
    };
    let rows: Vec<_> = band.channel_raster().filter_map(|row| Some((row.raster_hz(), row.downlink()?))).collect();
    if rows.is_empty() {
        notes.push(format!("no channel raster is tabulated for {band}: the carrier centre was not checked"));
        return Ok(());
    }
    let arfcn = NrArfcn::nearest(centre_hz);
    let on = |range: &crate::frame::ArfcnRange| arfcn.hz() == centre_hz && range.contains(arfcn);
    if !rows.iter().any(|(_, range)| on(range)) {
        let mut near: Vec<NrArfcn> = rows.iter().map(|(_, range)| range.nearest(arfcn)).collect();
        near.sort_by_key(|n| n.hz().abs_diff(centre_hz));
        near.dedup();
        let near: Vec<String> = near.iter().map(|n| format!("{} MHz (NR-ARFCN {n})", mhz(n.hz()))).collect();
        let rule = format!("is off the channel raster of {band}: the nearest is {}", near.join(" or "));
        let got = format!("{} MHz", mhz(centre_hz));
        return Err(ConfigError::new("carrier centre", got, rule, "TS 38.104 5.4.2.3"));
    }
    // Of two rasters by spacing, the wider holds for channels that use no narrower spacing.
    let wide = rows.iter().map(|(hz, _)| *hz).filter(|hz| *hz != 100_000).max().unwrap_or(0);
    let narrow = rows.iter().any(|(hz, range)| *hz < wide && on(range));
    let spacings = [config.carrier.numerology(), config.common, config.ssb_case.numerology()];
    let only_wide = spacings.iter().all(|numerology| numerology.scs_hz() >= wide);
    if only_wide && narrow && !rows.iter().any(|(hz, range)| (*hz == wide || *hz == 100_000) && on(range)) {
        notes.push(format!(
            "the carrier centre is on the {} kHz raster of {band} only; channels without narrower spacings use the \
             {} kHz raster (TS 38.104 5.4.2.3)",
            rows.iter().map(|(hz, _)| hz / 1_000).min().unwrap_or(0),
            wide / 1_000
        ));
    }
    Ok(())
}

/// The carrier in its place, into which SS/PBCH block and CORESET#0 are to fit.
struct Parts<'c> {
    config: &'c GeometryConfig,
    point_a_hz: u64,
    entry: Option<Coreset0>,
}

impl Parts<'_> {
    /// Lowest subcarrier of the carrier, and one block's width past the last block's.
    fn carrier_hz(&self) -> (u64, u64) {
        let carrier = &self.config.carrier;
        let low = carrier.lowest_subcarrier_hz(self.point_a_hz);
        (low, low + carrier.n_subcarriers() as u64 * u64::from(carrier.numerology().scs_hz()))
    }

    /// SS/PBCH block with SS_REF at `hz`.
    fn ssb(&self, hz: u64) -> Result<SsbPlace, Problem> {
        let case = self.config.ssb_case;
        let range = case.frequency_range();
        let scs = u64::from(case.numerology().scs_hz());
        let problem = |rule: String, clause| Problem {
            parameter: "SSB frequency",
            got: format!("{} MHz", mhz(hz)),
            rule,
            clause,
        };
        if self.config.type0.is_some() {
            self.sync_raster(hz).map_err(|rule| problem(rule, "TS 38.104 5.4.3"))?;
        }
        let (low, high) = self.carrier_hz();
        let first = hz.saturating_sub(120 * scs);
        let end = hz.saturating_add(120 * scs);
        if first < low || end > high {
            let rule = format!(
                "its 20 resource blocks, {}..{} MHz, leave the carrier, {}..{} MHz",
                mhz(first),
                mhz(end),
                mhz(low),
                mhz(high)
            );
            return Err(problem(rule, "TS 38.211 7.4.3.1"));
        }
        let offset = first - self.point_a_hz;
        let unit = k_ssb_unit_hz(range, self.config.common);
        if !offset.is_multiple_of(unit) {
            let rule = format!(
                "its subcarrier 0, {} MHz, lies {} kHz above a multiple of {} kHz from Point A, {} MHz, so k_SSB would \
                 be no integer",
                mhz(first),
                (offset % unit) as f64 / 1e3,
                unit / 1_000,
                mhz(self.point_a_hz)
            );
            return Err(problem(rule, "TS 38.211 7.4.3.1"));
        }
        let block = 12 * u64::from(self.config.common.scs_hz());
        let crb_common = offset / block;
        let offset_to_point_a = crb_common * block / offset_unit_hz(range);
        if offset_to_point_a > 2199 {
            let rule = format!(
                "offsetToPointA would be {offset_to_point_a}, above 2199: Point A, {} MHz, is too far below (lower \
                 offsetToCarrier)",
                mhz(self.point_a_hz)
            );
            return Err(problem(rule, "TS 38.331 FrequencyInfoDL-SIB"));
        }
        let k_ssb = offset % block / unit;
        if self.config.band.is_some_and(Band::is_shared_spectrum) && k_ssb % 2 == 1 {
            let rule = format!("k_SSB would be {k_ssb}, which is even with shared spectrum channel access");
            return Err(problem(rule, "TS 38.211 7.4.3.1"));
        }
        Ok(SsbPlace {
            // Below 24 in FR1 (12 * 30 / 15) and below 12 in FR2.
            k_ssb: k_ssb as u8,
            offset_to_point_a: offset_to_point_a as u16,
            crb_common: crb_common as u16,
        })
    }

    /// A block with CORESET#0 stands on the synchronisation raster.
    fn sync_raster(&self, hz: u64) -> Result<(), String> {
        let rule = "is off the synchronisation raster, where a block with SIB1 must stand";
        let gscn = Gscn::from_hz(hz).map_err(|_| rule.to_owned())?;
        let Some(band) = self.config.band else { return Ok(()) };
        let mut of_case = band.sync_raster().filter(|row| row.case() == self.config.ssb_case).peekable();
        if of_case.peek().is_none() || of_case.any(|row| row.contains(gscn)) {
            return Ok(());
        }
        Err(format!("GSCN {gscn} is not one of those of {band} for case {}", self.config.ssb_case))
    }

    /// The lowest common resource block of CORESET#0.
    fn coreset0(&self, ssb: &SsbPlace, entry: &Coreset0) -> Result<u16, Problem> {
        let config = self.config;
        let block = 12 * i64::from(config.common.scs_hz());
        let start = i64::from(ssb.crb_common) - i64::from(entry.rb_offset(ssb.k_ssb));
        let end = start + i64::from(entry.n_rb());
        let hz = |crb: i64| self.point_a_hz as i64 + crb * block;
        let (low, high) = self.carrier_hz();
        if start < 0 || hz(start) < low as i64 || hz(end) > high as i64 {
            let side = |hz: i64| mhz(u64::try_from(hz).unwrap_or(0));
            return Err(Problem {
                parameter: "CORESET#0",
                got: format!("index {}, {} blocks of {} kHz", entry.index(), entry.n_rb(), config.common.scs_khz()),
                rule: format!(
                    "with offset {} from block {} of the SSB it takes common resource blocks {start}..{end}, {}..{} MHz, \
                     and leaves the carrier, {}..{} MHz",
                    entry.rb_offset(ssb.k_ssb),
                    ssb.crb_common,
                    side(hz(start)),
                    side(hz(end)),
                    mhz(low),
                    mhz(high)
                ),
                clause: "TS 38.213 13",
            });
        }
        Ok(start as u16)
    }

    /// The places nearest to `hz` where everything fits.
    fn ssb_way_out(&self, hz: u64) -> String {
        let (low, high) = self.carrier_hz();
        let case = self.config.ssb_case;
        let mut fitting: Vec<Gscn> = Gscn::in_window(low, high)
            .filter(|gscn| {
                let place = self.sync_raster(gscn.hz()).ok().and_then(|()| self.ssb(gscn.hz()).ok());
                place.is_some_and(|place| self.entry.is_none_or(|entry| self.coreset0(&place, &entry).is_ok()))
            })
            .collect();
        fitting.sort_by_key(|gscn| gscn.hz().abs_diff(hz));
        match fitting[..] {
            [] => match self.entry {
                Some(entry) => format!(
                    "no place of case {case} in this carrier fits together with controlResourceSetZero {}: move or \
                     widen the carrier, or take another index",
                    entry.index()
                ),
                None => format!("no place of case {case} in this carrier fits: move or widen the carrier"),
            },
            [one] => format!("GSCN {one} ({} MHz) fits", mhz(one.hz())),
            [one, two, ..] => {
                format!("GSCN {one} ({} MHz) or {two} ({} MHz) fits", mhz(one.hz()), mhz(two.hz()))
            }
        }
    }

    /// The indices that fit here, or else other places.
    fn coreset0_way_out(&self, hz: u64, ssb: &SsbPlace) -> String {
        let (ssb_numerology, bands) = (self.config.ssb_case.numerology(), coreset0_bands(self.config));
        let fitting: Vec<String> = (0..16)
            .filter_map(|index| Coreset0::new(ssb_numerology, self.config.common, bands, index).ok())
            .filter(|entry| self.coreset0(ssb, entry).is_ok())
            .map(|entry| entry.index().to_string())
            .collect();
        if fitting.is_empty() {
            format!("no other index fits either; with this one {}", self.ssb_way_out(hz))
        } else {
            format!("controlResourceSetZero {} fits here", fitting.join(", "))
        }
    }
}

/// What is allowed but worth knowing.
fn remarks(geometry: &mut CellGeometry) {
    let mut notes = Vec::new();
    let config = &geometry.config;
    if matches!(config.ssb, SsbFrequency::Hz(_)) && geometry.gscn().is_none() {
        notes.push("the SSB is off the synchronisation raster: no terminal finds it by itself".to_owned());
    }
    if config.ssb_case.numerology() == config.carrier.numerology() && geometry.ssb_first_subcarrier().is_none() {
        notes.push(format!(
            "the SSB lies between the subcarriers of the carrier (k_SSB {} counts 15 kHz): they disturb each other and \
             one OFDM modulator cannot send both; take a GSCN with even k_SSB",
            geometry.ssb.k_ssb
        ));
    }
    if geometry.point_a_arfcn().is_none() {
        let point_a = mhz(geometry.point_a_hz);
        notes.push(format!("Point A, {point_a} MHz, has no NR-ARFCN: absoluteFrequencyPointA cannot name it"));
    }
    if geometry.coreset0.is_some_and(|place| place.entry.n_symbols() == 3) {
        notes.push("CORESET#0 of three symbols needs dmrs-TypeA-Position pos3 (TS 38.211 7.3.2.2)".to_owned());
    }
    geometry.notes.append(&mut notes);
}
