//! Transmitter and receiver against the clause letter for letter, over the whole space of configurations.

use super::*;
use crate::frame::{BandwidthPart, Carrier, CyclicPrefix, FrequencyRange, Numerology, ResourceGrid, SlotPoint};
use crate::sequence::GoldSequence;
use crate::{Complex32, ConfigError};
use proptest::prelude::*;
use std::f32::consts::FRAC_1_SQRT_2;

/// X, CDM type, how many k_i, and the l_bar of the rows of Table 7.4.1.5.3-1, in which the groups run over the k_bar
/// at the first l_bar, then at the next: 'a' = l_0, 'b' = l_0 + 1, 'c' = l_1, 'd' = l_1 + 1.
const ROWS: [(u8, CdmType, usize, &str); 18] = [
    (1, CdmType::None, 1, "a"),
    (1, CdmType::None, 1, "a"),
    (2, CdmType::Fd2, 1, "a"),
    (4, CdmType::Fd2, 1, "a"),
    (4, CdmType::Fd2, 1, "ab"),
    (8, CdmType::Fd2, 4, "a"),
    (8, CdmType::Fd2, 2, "ab"),
    (8, CdmType::Fd2Td2, 2, "a"),
    (12, CdmType::Fd2, 6, "a"),
    (12, CdmType::Fd2Td2, 3, "a"),
    (16, CdmType::Fd2, 4, "ab"),
    (16, CdmType::Fd2Td2, 4, "a"),
    (24, CdmType::Fd2, 3, "abcd"),
    (24, CdmType::Fd2Td2, 3, "ac"),
    (24, CdmType::Fd2Td4, 3, "a"),
    (32, CdmType::Fd2, 4, "abcd"),
    (32, CdmType::Fd2Td2, 4, "ac"),
    (32, CdmType::Fd2Td4, 4, "a"),
];

/// k' and l' of a CDM type.
const fn extent(cdm_type: CdmType) -> (usize, usize) {
    match cdm_type {
        CdmType::None => (1, 1),
        CdmType::Fd2 => (2, 1),
        CdmType::Fd2Td2 => (2, 2),
        CdmType::Fd2Td4 => (2, 4),
    }
}

/// A valid resource, and what the test knows of it.
#[derive(Clone, Debug)]
pub(crate) struct Draw {
    row: usize,
    /// The k_i.
    k: Vec<usize>,
    pub carrier: Carrier,
    pub slot: SlotPoint,
    pub p: CsiRsParameters,
}

impl Draw {
    fn l_bars(&self) -> Vec<usize> {
        let (l_0, l_1) = (self.p.mapping.first_symbol, self.p.mapping.first_symbol_2.unwrap_or(0));
        let l_bar = |c| usize::from(if c < 'c' { l_0 } else { l_1 }) + usize::from(c == 'b' || c == 'd');
        ROWS[self.row - 1].3.chars().map(l_bar).collect()
    }

    fn k_bars(&self) -> Vec<usize> {
        let k_0 = self.k[0];
        match self.row {
            1 => vec![k_0, k_0 + 4, k_0 + 8],
            4 => vec![k_0, k_0 + 2],
            _ => self.k.clone(),
        }
    }

    /// The grid as 7.4.1.5.2 and 7.4.1.5.3 write it.
    fn grid_by_definition(&self) -> ResourceGrid {
        let CsiRsMapping { density, cdm_type, occupation, n_ports, .. } = self.p.mapping;
        let (n_k, n_l) = extent(cdm_type);
        let rho = match density {
            CsiRsDensity::Three => 3.0,
            CsiRsDensity::One => 1.0,
            CsiRsDensity::HalfEven | CsiRsDensity::HalfOdd => 0.5,
        };
        let alpha = if n_ports == 1 { rho } else { 2.0 * rho };
        let n_id = u64::from(self.p.scrambling_id);
        let n_symb = self.carrier.symbols_per_slot();
        let mut grid = ResourceGrid::for_carrier(&self.carrier, n_ports.into());
        for (g, (l_bar, k_bar)) in
            self.l_bars().into_iter().flat_map(|l| self.k_bars().into_iter().map(move |k| (l, k))).enumerate()
        {
            for l_prime in 0..n_l {
                let l = l_bar + l_prime;
                let time = n_symb as u64 * u64::from(self.slot.slot()) + l as u64 + 1;
                let c_init = (1024 * time * (2 * n_id + 1) + n_id) % (1 << 31);
                let c: Vec<u8> = GoldSequence::new(c_init as u32).take(2 * 3 * 2400).collect();
                for n in usize::from(occupation.start_crb)..usize::from(occupation.start_crb + occupation.n_rb) {
                    match density {
                        CsiRsDensity::HalfEven if n % 2 == 1 => continue,
                        CsiRsDensity::HalfOdd if n % 2 == 0 => continue,
                        _ => {}
                    }
                    for k_prime in 0..n_k {
                        let m = (n as f64 * alpha).floor() + k_prime as f64 + (k_bar as f64 * rho / 12.0).floor();
                        let m = m as usize;
                        let axis = |c: u8| (1.0 - 2.0 * f32::from(c)) * FRAC_1_SQRT_2;
                        let r = Complex32::new(axis(c[2 * m]), axis(c[2 * m + 1]));
                        for s in 0..n_k * n_l {
                            let (t, w) = (s >> 1, |odd: usize| if odd % 2 == 1 { -1.0 } else { 1.0 });
                            let w_f = w((s & 1) * k_prime);
                            let w_t = w((t & 1) * (l_prime & 1) + (t >> 1) * (l_prime >> 1));
                            let port = if n_ports == 1 { 0 } else { g * n_k * n_l + s };
                            let k = 12 * n + k_bar + k_prime - 12 * usize::from(self.carrier.start_crb());
                            let a = &mut grid.symbol_mut(port, l)[k];
                            assert_eq!(*a, Complex32::ZERO, "each element of a port is mapped once");
                            *a = self.p.amplitude * w_f * w_t * r;
                        }
                    }
                }
            }
        }
        grid
    }
}

pub(crate) fn draws() -> impl Strategy<Value = Draw> {
    let place = (0..=6u8, any::<bool>(), 0..60u16, 1..=40u16, (0.0..1.0f64, 0.0..1.0f64));
    let mapping = (1..=18usize, 0..3usize, Just((0..12usize).collect::<Vec<_>>()).prop_shuffle(), any::<[u16; 2]>());
    (place, mapping, 0..1024u16, 0.1..4.0f32, any::<[u16; 2]>()).prop_map(
        |((mu, extended, start_crb, n_prb, run), (row, density, order, l), scrambling_id, amplitude, at)| {
            let (n_ports, cdm_type, n_k, l_bars) = ROWS[row - 1];
            let densities: &[CsiRsDensity] = match row {
                1 => &[CsiRsDensity::Three],
                2 | 3 | 11..=18 => &[CsiRsDensity::One, CsiRsDensity::HalfEven, CsiRsDensity::HalfOdd],
                _ => &[CsiRsDensity::One],
            };
            let density = densities[density % densities.len()];
            // Half of the blocks need two, so that one of them is of the right parity.
            let n_prb = n_prb.max(2);
            let numerology = Numerology::new(mu).unwrap();
            let prefix = if extended && mu == 2 { CyclicPrefix::Extended } else { CyclicPrefix::Normal };
            let carrier = Carrier::new(numerology, prefix, start_crb, n_prb).unwrap();
            let n_rb = 2 + (run.0 * f64::from(n_prb - 1)) as u16;
            let start = start_crb + (run.1 * f64::from(n_prb - n_rb + 1)) as u16;

            let (n_bits, step) = match row {
                1 => (4, 1),
                2 => (12, 1),
                4 => (3, 4),
                _ => (6, 2),
            };
            let mut f: Vec<usize> = order.into_iter().filter(|&f| f < n_bits).take(n_k).collect();
            f.sort_unstable();
            let bits = f.iter().fold(0u16, |bits, f| bits | 1 << f);
            let frequency = match row {
                1 => FrequencyAllocation::Row1(bits as u8),
                2 => FrequencyAllocation::Row2(bits),
                4 => FrequencyAllocation::Row4(bits as u8),
                _ => FrequencyAllocation::Other(bits as u8),
            };
            let n_symbols = carrier.symbols_per_slot() as u16;
            let span = if l_bars.contains('b') { 2 } else { extent(cdm_type).1 as u16 };
            let (l_0, l_1) = if l_bars.contains('c') {
                let places = (0..n_symbols - 1).flat_map(|a| (2..=12.min(n_symbols - 2)).map(move |b| (a, b)));
                let places: Vec<_> = places.filter(|(a, b)| a.abs_diff(*b) >= 2).collect();
                let (a, b) = places[usize::from(l[0]) % places.len()];
                (a, Some(b as u8))
            } else {
                (l[0] % (n_symbols - span + 1), (l[1] % 2 == 1).then_some(l[1] as u8))
            };
            let mapping = CsiRsMapping {
                n_ports,
                density,
                cdm_type,
                frequency,
                first_symbol: l_0 as u8,
                first_symbol_2: l_1,
                occupation: CsiFrequencyOccupation { start_crb: start, n_rb },
            };
            Draw {
                row,
                k: f.iter().map(|f| step * f).collect(),
                carrier,
                slot: SlotPoint::new(numerology, at[0] % 1024, at[1] % numerology.slots_per_frame()).unwrap(),
                p: CsiRsParameters { mapping, scrambling_id, amplitude, periodicity: None },
            }
        },
    )
}

fn mask_of(elements: &CsiElements, crb: u16, l: usize) -> u16 {
    (0..12).fold(0, |mask, k| mask | u16::from(elements.contains(crb, k, l)) << k)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_resource_is_the_clause(draw in draws()) {
        let config = CsiRsConfig::new(&draw.carrier, draw.p).unwrap();
        let pattern = config.pattern();
        prop_assert_eq!(usize::from(pattern.row()), draw.row);
        let expected = draw.grid_by_definition();
        let mut got = ResourceGrid::for_carrier(&draw.carrier, config.n_ports());
        CsiRsTransmitter::new(&config).transmit(draw.slot, &mut got);
        prop_assert_eq!(&got, &expected);

        // The elements that the pattern names are those of the grid, by port and together.
        let start = draw.carrier.start_crb();
        let mut of_groups = 0;
        for port in 0..config.n_ports() {
            let elements = pattern.port_elements(port);
            let filled = expected.as_slice().chunks_exact(expected.as_slice().len() / expected.n_ports()).nth(port);
            prop_assert_eq!(filled.unwrap().iter().filter(|a| **a != Complex32::ZERO).count(), elements.count());
            for l in 0..draw.carrier.symbols_per_slot() {
                for crb in start..start + draw.carrier.n_prb() {
                    let block = &expected.symbol(port, l)[12 * usize::from(crb - start)..][..12];
                    let filled = (0..12).fold(0u16, |mask, k| mask | u16::from(block[k] != Complex32::ZERO) << k);
                    prop_assert_eq!(filled, mask_of(&elements, crb, l), "port {}", port);
                }
            }
            if port % pattern.cdm_size() == 0 {
                of_groups += elements.count();
            }
        }
        // CDM groups share no element, so that their sum is the whole.
        prop_assert_eq!(of_groups, pattern.elements().count());
    }

    #[test]
    fn a_flat_channel_comes_back_from_every_port(draw in draws(), phase in 0.0..6.0f32) {
        let config = CsiRsConfig::new(&draw.carrier, draw.p).unwrap();
        let sent = draw.grid_by_definition();
        let gain = |antenna: usize, port: usize| {
            Complex32::from_polar(0.3 + port as f32 / 16.0, phase * (1 + antenna) as f32 + 0.7 * port as f32)
        };
        let mut air = ResourceGrid::for_carrier(&draw.carrier, 2);
        let size = air.as_slice().len() / 2;
        for (antenna, port) in (0..2).flat_map(|antenna| (0..config.n_ports()).map(move |port| (antenna, port))) {
            let row = &mut air.as_mut_slice()[antenna * size..][..size];
            for (sum, x) in row.iter_mut().zip(&sent.as_slice()[port * size..]) {
                *sum += gain(antenna, port) * x;
            }
        }
        let mut receiver = CsiRsReceiver::new(&config, 2);
        // The second estimate forgets the first.
        receiver.estimate(draw.slot, &air);
        let estimates = receiver.estimate(draw.slot, &air);
        for (antenna, port) in (0..2).flat_map(|antenna| (0..config.n_ports()).map(move |port| (antenna, port))) {
            let h = estimates.port(antenna, port);
            prop_assert_eq!(h.len(), estimates.subcarriers(port).count());
            for h in h {
                prop_assert!((h - gain(antenna, port)).norm() < 1e-4, "{} {}: {}", antenna, port, h);
            }
        }
    }

    #[test]
    fn estimates_lie_where_they_say(draw in draws(), port in any::<usize>()) {
        let config = CsiRsConfig::new(&draw.carrier, draw.p).unwrap();
        let port = port % config.n_ports();
        let mut sent = ResourceGrid::for_carrier(&draw.carrier, config.n_ports());
        CsiRsTransmitter::new(&config).transmit(draw.slot, &mut sent);
        // One port alone: others of its group would come through where the channel changes.
        let phase = |k: f32, l: f32| 0.02 * k - 0.03 * l;
        let mut air = ResourceGrid::for_carrier(&draw.carrier, 1);
        for l in 0..draw.carrier.symbols_per_slot() {
            for (k, (y, x)) in air.symbol_mut(0, l).iter_mut().zip(sent.symbol(port, l)).enumerate() {
                *y = x * Complex32::from_polar(1.0, phase(k as f32, l as f32));
            }
        }
        let mut receiver = CsiRsReceiver::new(&config, 1);
        let estimates = receiver.estimate(draw.slot, &air);
        let places: Vec<f32> = estimates.subcarriers(port).collect();
        prop_assert!(places.is_sorted_by(|a, b| a < b));
        for (h, k) in estimates.port(0, port).iter().zip(places) {
            let expected = Complex32::from_polar(1.0, phase(k, estimates.symbol(port)));
            prop_assert!((h / h.norm() - expected).norm() < 1e-3 && h.norm() > 0.99, "{} for {}", h, expected);
        }
    }

    #[test]
    fn whatever_is_configured_is_valid_or_refused(
        (n_ports, density, cdm_type) in (0..40u8, 0..4usize, 0..4usize),
        (kind, bits) in (0..4u8, any::<u16>()),
        (l_0, l_1) in (any::<u8>(), any::<Option<u8>>()),
        (start_crb, n_rb) in (any::<u16>(), any::<u16>()),
        (id, amplitude) in (any::<u16>(), any::<f32>()),
        small in any::<[bool; 3]>(),
    ) {
        let carrier = Carrier::new(Numerology::MU1, CyclicPrefix::Normal, 10, 51).unwrap();
        // Half of the draws near the valid ones.
        let (l_0, l_1) = if small[0] { (l_0 % 16, l_1.map(|l| l % 16)) } else { (l_0, l_1) };
        let (start_crb, n_rb) = if small[1] { (start_crb % 70, n_rb % 60) } else { (start_crb, n_rb) };
        let bits = if small[2] { bits % 64 } else { bits };
        let mapping = CsiRsMapping {
            n_ports: if small[2] { [1, 2, 4, 8, 12, 16, 24, 32][usize::from(n_ports) % 8] } else { n_ports },
            density: [CsiRsDensity::HalfEven, CsiRsDensity::HalfOdd, CsiRsDensity::One, CsiRsDensity::Three][density],
            cdm_type: [CdmType::None, CdmType::Fd2, CdmType::Fd2Td2, CdmType::Fd2Td4][cdm_type],
            frequency: match kind {
                0 => FrequencyAllocation::Row1(bits as u8),
                1 => FrequencyAllocation::Row2(bits),
                2 => FrequencyAllocation::Row4(bits as u8),
                _ => FrequencyAllocation::Other(bits as u8),
            },
            first_symbol: l_0,
            first_symbol_2: l_1,
            occupation: CsiFrequencyOccupation { start_crb, n_rb },
        };
        let p = CsiRsParameters { mapping, scrambling_id: id, amplitude, periodicity: None };
        match CsiRsConfig::new(&carrier, p) {
            Err(error) => prop_assert!(error.clause().starts_with("TS 38.")),
            Ok(config) => {
                let elements = config.pattern().elements();
                prop_assert!(elements.subcarriers() < 1 << 12 && elements.symbols() < 1 << 14);
                prop_assert!(elements.crbs().all(|crb| (10..61).contains(&crb)));
                let mut grid = ResourceGrid::for_carrier(&carrier, config.n_ports());
                let slot = SlotPoint::new(Numerology::MU1, 0, 3).unwrap();
                CsiRsTransmitter::new(&config).transmit(slot, &mut grid);
                let filled = grid.as_slice().iter().filter(|a| **a != Complex32::ZERO).count();
                prop_assert_eq!(filled, elements.count() * config.pattern().cdm_size());
                let antennas = ResourceGrid::for_carrier(&carrier, 1);
                CsiRsReceiver::new(&config, 1).estimate(slot, &antennas);
            }
        }
        let occupation = CsiFrequencyOccupation { start_crb, n_rb };
        for pattern in [
            CsiImPattern::Pattern0 { subcarrier: id as u8, symbol: l_0 },
            CsiImPattern::Pattern1 { subcarrier: id as u8, symbol: l_0 },
        ] {
            if let Ok(csi_im) = CsiIm::new(&carrier, pattern, occupation, None) {
                prop_assert_eq!(csi_im.elements().count(), 4 * usize::from(n_rb));
                prop_assert!(csi_im.elements().subcarriers() < 1 << 12 && csi_im.elements().symbols() < 1 << 14);
            }
        }
    }
}

/// Two ports on a carrier of 51 blocks from CRB 10, of which tests change one thing.
fn valid() -> (Carrier, CsiRsParameters) {
    let mapping = CsiRsMapping {
        n_ports: 2,
        density: CsiRsDensity::One,
        cdm_type: CdmType::Fd2,
        frequency: FrequencyAllocation::Other(0b100),
        first_symbol: 5,
        first_symbol_2: None,
        occupation: CsiFrequencyOccupation { start_crb: 12, n_rb: 24 },
    };
    let p = CsiRsParameters { mapping, scrambling_id: 1, amplitude: 1.0, periodicity: None };
    (Carrier::new(Numerology::MU1, CyclicPrefix::Normal, 10, 51).unwrap(), p)
}

#[test]
fn what_is_impossible_is_refused_with_its_clause() {
    let refused = |change: fn(&mut CsiRsParameters), words: &str| {
        let (carrier, mut p) = valid();
        assert!(CsiRsConfig::new(&carrier, p).is_ok());
        change(&mut p);
        let error = CsiRsConfig::new(&carrier, p).unwrap_err().to_string();
        assert!(error.contains(words) && error.contains("(TS 38."), "{error}");
    };
    let row_13 = |p: &mut CsiRsParameters| {
        p.mapping.n_ports = 24;
        p.mapping.frequency = FrequencyAllocation::Other(0b111);
    };
    let (carrier, mut p) = valid();
    row_13(&mut p);
    p.mapping.first_symbol_2 = Some(7);
    assert_eq!(CsiRsConfig::new(&carrier, p).unwrap().pattern().row(), 13);
    refused(|p| p.mapping.n_ports = 3, "no row of the table");
    refused(|p| p.mapping.density = CsiRsDensity::Three, "no row of the table");
    refused(|p| p.mapping.cdm_type = CdmType::None, "no row of the table");
    refused(|p| p.mapping.frequency = FrequencyAllocation::Other(0b101), "no row of the table");
    refused(|p| p.mapping.frequency = FrequencyAllocation::Other(64), "no bit above bit 5");
    refused(|p| p.mapping.first_symbol = 14, "must lie in 0..=13");
    refused(|p| p.mapping.occupation.start_crb = 9, "inside the carrier, CRB 10..61");
    refused(|p| p.mapping.occupation.n_rb = 50, "inside the carrier, CRB 10..61");
    refused(|p| p.mapping.occupation.n_rb = 0, "must be some");
    refused(|p| p.scrambling_id = 1024, "must lie in 0..=1023");
    refused(|p| p.amplitude = 0.0, "finite and above 0");
    refused(|p| p.amplitude = f32::NAN, "finite and above 0");
    refused(
        |p| {
            p.mapping.density = CsiRsDensity::HalfOdd;
            p.mapping.occupation.n_rb = 1;
        },
        "none of these carries",
    );
    refused(
        |p| {
            p.mapping.n_ports = 8;
            p.mapping.cdm_type = CdmType::Fd2Td2;
            p.mapping.frequency = FrequencyAllocation::Other(0b11);
            p.mapping.first_symbol = 13;
        },
        "ends at 14",
    );
    refused(
        |p| {
            p.mapping.n_ports = 24;
            p.mapping.frequency = FrequencyAllocation::Other(0b111);
        },
        "row 13 needs it",
    );
    for (l_1, words) in [(1, "2..=12"), (13, "2..=12"), (4, "share elements"), (5, "share"), (6, "share")] {
        p.mapping.first_symbol_2 = Some(l_1);
        let error = CsiRsConfig::new(&carrier, p).unwrap_err().to_string();
        assert!(error.contains(words), "{l_1}: {error}");
    }
    assert!(csi_rs_amplitude(1).is_err());
    assert!((csi_rs_amplitude(-3).unwrap() - 0.707_945_8).abs() < 1e-6);
}

#[test]
fn a_period_names_its_slots_through_all_frames() {
    for numerology in Numerology::ALL {
        let per_frame = u32::from(numerology.slots_per_frame());
        for period in CsiPeriodicity::PERIODS {
            let at = CsiPeriodicity::new(period, period * 3 / 4).unwrap();
            let mut slot = SlotPoint::new(numerology, 0, 0).unwrap().offset((period * 3 / 4).into());
            let n = per_frame * 1024 / u32::from(period);
            // Through the wrap of the frame number, back to the first.
            for _ in 0..=n {
                assert!(at.is_in(slot) && !at.is_in(slot.next()) && !at.is_in(slot.offset(-1)), "{at:?}, {slot}");
                slot = slot.offset(period.into());
            }
        }
    }
    assert!(CsiPeriodicity::new(6, 0).is_err());
    assert!(CsiPeriodicity::new(5, 5).is_err());
    let (carrier, mut p) = valid();
    let slot = SlotPoint::new(Numerology::MU1, 1, 1).unwrap();
    assert!(!CsiRsConfig::new(&carrier, p).unwrap().is_in(slot));
    p.periodicity = Some(CsiPeriodicity::new(10, 1).unwrap());
    assert!(CsiRsConfig::new(&carrier, p).unwrap().is_in(slot));
    let zero_power = ZpCsiRs::new(&carrier, p.mapping, p.periodicity).unwrap();
    assert!(zero_power.is_in(slot) && !zero_power.is_in(slot.next()));
    assert_eq!(zero_power.elements(), CsiRsConfig::new(&carrier, p).unwrap().pattern().elements());
}

#[test]
fn what_is_configured_is_cut_to_the_bandwidth_part() {
    let (carrier, _) = valid();
    let bwp = BandwidthPart::new(&carrier, 14, 45).unwrap();
    let of = |start, n| CsiFrequencyOccupation::in_bwp(&bwp, start, n).map(|o| (o.start_crb, o.n_rb));
    assert_eq!(of(0, 276), Ok((14, 45)));
    assert_eq!(of(20, 24), Ok((20, 24)));
    assert_eq!(of(32, 44), Ok((32, 27)));
    let refused = |result: Result<_, ConfigError>| result.unwrap_err().to_string();
    assert!(refused(of(36, 24)).contains("at least 24 must lie inside"));
    assert!(refused(of(200, 24)).contains("at least 24"));
    assert!(refused(of(2, 24)).contains("multiple of 4"));
    assert!(refused(of(276, 24)).contains("multiple of 4"));
    assert!(refused(of(0, 20)).contains("24..=276"));
    assert!(refused(of(0, 30)).contains("24..=276"));
    // A narrow part needs no more than it has.
    let narrow = BandwidthPart::new(&carrier, 14, 10).unwrap();
    let all = CsiFrequencyOccupation { start_crb: 14, n_rb: 10 };
    assert_eq!(CsiFrequencyOccupation::in_bwp(&narrow, 12, 24), Ok(all));
}

#[test]
fn interference_is_measured_on_four_elements_of_a_block() {
    let (carrier, p) = valid();
    let of = |pattern| {
        let periodicity = Some(CsiPeriodicity::new(20, 7).unwrap());
        CsiIm::new(&carrier, pattern, p.mapping.occupation, periodicity)
    };
    let csi_im = of(CsiImPattern::Pattern0 { subcarrier: 10, symbol: 12 }).unwrap();
    assert_eq!((csi_im.elements().subcarriers(), csi_im.elements().symbols()), (0b11 << 10, 0b11 << 12));
    assert_eq!(csi_im.elements().crbs().collect::<Vec<_>>(), (12..36).collect::<Vec<_>>());
    let csi_im = of(CsiImPattern::Pattern1 { subcarrier: 4, symbol: 13 }).unwrap();
    assert_eq!((csi_im.elements().subcarriers(), csi_im.elements().symbols()), (0b1111 << 4, 1 << 13));
    assert!(csi_im.is_in(SlotPoint::new(Numerology::MU1, 5, 7).unwrap()));
    assert!(!csi_im.is_in(SlotPoint::new(Numerology::MU1, 5, 17).unwrap()));
    for (subcarrier, symbol) in [(1, 0), (12, 0), (0, 13)] {
        assert!(of(CsiImPattern::Pattern0 { subcarrier, symbol }).is_err());
    }
    for (subcarrier, symbol) in [(2, 0), (12, 0), (0, 14)] {
        assert!(of(CsiImPattern::Pattern1 { subcarrier, symbol }).is_err());
    }
}

mod trs {
    use super::*;

    fn parameters() -> TrsParameters {
        TrsParameters {
            n_slots: 2,
            first_symbol: 4,
            subcarrier: 1,
            occupation: CsiFrequencyOccupation { start_crb: 10, n_rb: 51 },
            scrambling_id: 77,
            amplitude: 1.0,
            periodicity: Some(CsiPeriodicity::new(40, 11).unwrap()),
        }
    }

    fn set(range: FrequencyRange, change: impl FnOnce(&mut TrsParameters)) -> Result<TrsSet, ConfigError> {
        let (carrier, _) = valid();
        let bwp = BandwidthPart::new(&carrier, 10, 51).unwrap();
        let mut p = parameters();
        change(&mut p);
        TrsSet::of(&carrier, range, &bwp, false, &p)
    }

    #[test]
    fn two_resources_lie_in_each_of_two_slots() {
        let trs = set(FrequencyRange::Fr1, |_| {}).unwrap();
        assert_eq!(trs.slots().len(), 2);
        let at = |slot| trs.resources_in(SlotPoint::new(Numerology::MU1, 2, slot).unwrap());
        let symbols = |pair: &[CsiRsConfig; 2]| pair.each_ref().map(|r| r.pattern().elements().symbols());
        assert_eq!(at(11).map(symbols), Some([1 << 4, 1 << 8]));
        assert_eq!(at(12).map(symbols), Some([1 << 4, 1 << 8]));
        assert!(at(10).is_none() && at(13).is_none());
        assert_eq!(trs.slots()[0][0].pattern().elements().subcarriers(), 0b10_0010_0010);
        // The second slot may begin the next period.
        let late = set(FrequencyRange::Fr1, |p| p.periodicity = Some(CsiPeriodicity::new(40, 39).unwrap())).unwrap();
        let first_slots: Vec<_> = late.slots().iter().map(|pair| pair[0].parameters().periodicity).collect();
        assert_eq!(first_slots, [39, 0].map(|offset| Some(CsiPeriodicity::new(40, offset).unwrap())));
        // Resources in any order are the same set; aperiodic ones follow each other.
        let bwp = BandwidthPart::new(trs.slots()[0][0].carrier(), 10, 51).unwrap();
        let [[a, b], [c, d]] = trs.slots() else { panic!("two slots") };
        let shuffled = [d, b, c, a].map(Clone::clone).to_vec();
        let again = TrsSet::new(FrequencyRange::Fr1, &bwp, false, shuffled).unwrap();
        assert_eq!(format!("{again:?}"), format!("{trs:?}"));
        assert_eq!(set(FrequencyRange::Fr1, |p| p.periodicity = None).unwrap().slots().len(), 2);
        assert_eq!(set(FrequencyRange::Fr1, |p| p.n_slots = 1).unwrap().slots().len(), 1);
        // Two of one slot and one each of two others are no set.
        let error = TrsSet::new(FrequencyRange::Fr1, &bwp, false, [a, c].map(Clone::clone).to_vec()).unwrap_err();
        assert!(error.to_string().contains("two resources must lie in each slot"), "{error}");
        assert!(TrsSet::new(FrequencyRange::Fr1, &bwp, false, vec![a.clone()]).is_err());
    }

    #[test]
    fn the_places_are_those_of_the_frequency_range() {
        for l in 0..=255 {
            let at = |range| set(range, |p| p.first_symbol = l).is_ok();
            assert_eq!(at(FrequencyRange::Fr1), (4..=6).contains(&l), "{l}");
            assert_eq!(at(FrequencyRange::Fr2), l <= 9, "{l}");
        }
        for k in 0..=255 {
            assert_eq!(set(FrequencyRange::Fr1, |p| p.subcarrier = k).is_ok(), k < 4);
        }
    }

    #[test]
    fn periods_and_blocks_are_those_of_the_clause() {
        for period in CsiPeriodicity::PERIODS {
            let of = set(FrequencyRange::Fr1, |p| p.periodicity = Some(CsiPeriodicity::new(period, 0).unwrap()));
            assert_eq!(of.is_ok(), [20, 40, 80, 160].contains(&period), "{period}");
        }
        let blocks = |n_rb| set(FrequencyRange::Fr1, |p| p.occupation.n_rb = n_rb);
        assert!(blocks(50).unwrap_err().to_string().contains("must be 51"));
        let wide = Carrier::new(Numerology::MU1, CyclicPrefix::Normal, 10, 106).unwrap();
        let bwp = BandwidthPart::new(&wide, 10, 106).unwrap();
        for (n_rb, period, shared, allowed) in [
            (52, 20, false, true),
            (48, 20, false, false),
            (48, 20, true, true),
            (52, 20, true, false),
            (106, 40, false, true),
            (106, 20, false, false),
        ] {
            let occupation = CsiFrequencyOccupation { start_crb: 10, n_rb };
            let periodicity = Some(CsiPeriodicity::new(period, 3).unwrap());
            let p = TrsParameters { occupation, periodicity, ..parameters() };
            let of = TrsSet::of(&wide, FrequencyRange::Fr1, &bwp, shared, &p);
            assert_eq!(of.is_ok(), allowed, "{n_rb} blocks, {period} slots: {of:?}");
        }
    }
}
