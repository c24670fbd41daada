//! PDSCHs of real signals, decoded from a known slot start with the grants of the recordings' truth.

use nrflow::Complex32;
use nrflow::coding::ldpc::HarqBuffer;
use nrflow::estimation::cp_frequency_offset;
use nrflow::frame::{BandwidthPart, Carrier, CellId, CyclicPrefix, Numerology, ResourceGrid, Rnti, SlotPoint};
use nrflow::ofdm::{OfdmConfig, OfdmDemodulator};
use nrflow::pdsch::{
    DefaultTimeTable, FallbackContext, FallbackGrant, GrantKind, McsTable, PdschConfig, PdschReceiver, PdschReport,
    ReceiverOptions, TimeAllocation, TimeTable, tbs_lbrm,
};
use nrflow::reference_signal::dmrs::{MappingType, TypeAPosition};
use serde_json::Value;
use std::path::PathBuf;

/// The samples of a recording and the lines of its truth; `None`, said loudly, without the folder.
fn recording(name: &str) -> Option<(Vec<Complex32>, Vec<Value>)> {
    let folder = std::env::var_os("NRFLOW_RECORDINGS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/recordings"), PathBuf::from);
    let Ok(data) = std::fs::read(folder.join(format!("{name}.sigmf-data"))) else {
        eprintln!("SKIPPED: no recording {name} in {} (set NRFLOW_RECORDINGS)", folder.display());
        return None;
    };
    let float = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
    let samples = data.chunks_exact(8).map(|b| Complex32::new(float(&b[..4]), float(&b[4..]))).collect();
    let truth = std::fs::read_to_string(folder.join(format!("{name}.truth.jsonl"))).unwrap();
    Some((samples, truth.lines().map(|line| serde_json::from_str(line).unwrap()).collect()))
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect()
}

/// What must be known of a recording's cell besides its truth lines.
struct Case {
    name: &'static str,
    rate_hz: u64,
    carrier: (u8, u16),
    phase_compensation_hz: Option<f64>,
    pci: u16,
    /// Slot in the frame and where its first sample lies.
    slot: (u16, usize),
    /// CORESET of the DCI: lowest block and blocks.
    coreset: (u16, u16),
    time_table: TimeTable,
    grant: FallbackGrant,
    hex: String,
}

/// The fields of a format 1_0 in `bits`, whose frequency field counts `size` blocks.
fn grant(bits: &str, size: u32, kind: GrantKind, rnti: u16) -> FallbackGrant {
    let mut rest = bits;
    let mut take = |n: usize| {
        let (field, after) = rest.split_at(n);
        rest = after;
        u32::from_str_radix(field, 2).unwrap()
    };
    let device = kind == GrantKind::Device;
    if device {
        assert_eq!(take(1), 1, "identifier of format 1_0");
    }
    let frequency_resource = take((size * (size + 1) / 2).next_power_of_two().trailing_zeros() as usize);
    let time_resource = take(4) as u8;
    let interleaved = take(1) == 1;
    let mcs = take(5) as u8;
    let ndi_first = if device { take(1) } else { 0 };
    let two_bits = take(2) as u8;
    let _ = ndi_first;
    let scales = matches!(kind, GrantKind::RandomAccess | GrantKind::Paging);
    FallbackGrant {
        kind,
        rnti: Rnti(rnti),
        common_search_space: !device,
        frequency_resource,
        time_resource,
        interleaved,
        mcs,
        rv: if scales { 0 } else { two_bits },
        tb_scaling: if scales { two_bits } else { 0 },
        first_transmission: None,
    }
}

impl Case {
    fn config(&self) -> PdschConfig {
        let (mu, n_prb) = self.carrier;
        let numerology = Numerology::new(mu).unwrap();
        let carrier = Carrier::new(numerology, CyclicPrefix::Normal, 0, n_prb).unwrap();
        let context = FallbackContext {
            carrier,
            bwp: BandwidthPart::new(&carrier, 0, n_prb).unwrap(),
            cell_id: CellId::new(self.pci).unwrap(),
            dci_slot: SlotPoint::new(numerology, 0, self.slot.0).unwrap(),
            frequency_size: self.coreset.1,
            coreset_start_crb: self.coreset.0,
            type_a_position: TypeAPosition::Pos2,
            time_table: self.time_table.clone(),
            mcs_table: McsTable::Qam64,
            data_scrambling_id: None,
            dmrs_scrambling_id: None,
            overhead_per_prb: 0,
            tbs_lbrm: Some(tbs_lbrm(n_prb, 4, 8)),
            reserved: None,
        };
        PdschConfig::from_fallback_grant(&context, &self.grant).unwrap()
    }

    fn ofdm(&self, config: &PdschConfig) -> OfdmConfig {
        OfdmConfig::new(config.carrier(), self.rate_hz, 0, self.phase_compensation_hz).unwrap()
    }

    /// The slot's grid, with the carrier offset that its cyclic prefixes show taken off.
    fn grid(&self, samples: &[Complex32], config: &PdschConfig) -> (ResourceGrid, f64) {
        let ofdm = self.ofdm(config);
        let slot_in_subframe = config.slot().slot_in_subframe();
        let slot = &samples[self.slot.1..][..ofdm.slot_len(slot_in_subframe)];
        let fft_size = ofdm.fft_size();
        let first = usize::from(slot_in_subframe) * 14;
        let prefixes: Vec<usize> =
            ofdm.timing().symbols()[first..first + 14].iter().map(|s| s.useful - s.start).collect();
        let offset = cp_frequency_offset(slot, fft_size, &prefixes, fft_size / 64, self.rate_hz as f64);
        let cfo_hz = f64::from(offset.cfo_hz);
        let turned: Vec<Complex32> = slot
            .iter()
            .enumerate()
            .map(|(n, x)| {
                let phase = -std::f64::consts::TAU * cfo_hz * n as f64 / self.rate_hz as f64;
                x * Complex32::new(phase.cos() as f32, phase.sin() as f32)
            })
            .collect();
        let mut grid = ResourceGrid::for_carrier(config.carrier(), 1);
        OfdmDemodulator::new(&ofdm).demodulate_slot(slot_in_subframe, &turned, 0, &mut grid);
        (grid, cfo_hz)
    }

    fn decode(&self, samples: &[Complex32]) -> PdschReport {
        let config = self.config();
        let (grid, cfo_hz) = self.grid(samples, &config);
        let mut receiver = PdschReceiver::<i8>::new(config.carrier(), 1, ReceiverOptions::default());
        let report = receiver.decode(&grid, &config, &mut HarqBuffer::new(config.tbs()));
        println!("{}: CFO {cfo_hz:.1} Hz by prefixes, {report:?}", self.name);
        assert!(report.crc_ok && !report.all_zero, "{}: CRC failed, {report:?}", self.name);
        assert_eq!(receiver.transport_block(), bytes(&self.hex), "{}", self.name);
        report
    }
}

fn line<'t>(truth: &'t [Value], kind: &str) -> &'t Value {
    truth.iter().find(|line| line["kind"] == kind || line["type"] == kind).unwrap()
}

/// The cases of laboratory and commercial cells, whose truth lines share a format.
fn cell(name: &'static str, kind: GrantKind, time_table: TimeTable) -> Option<(Case, Vec<Complex32>)> {
    let (samples, truth) = recording(name)?;
    let number = |v: &Value, field: &str| v[field].as_u64().unwrap();
    let (head, dci, pdsch) = (&truth[0], line(&truth, "PDCCH"), line(&truth, "PDSCH"));
    let coreset = (number(&dci["coreset"], "start_rb") as u16, number(&dci["coreset"], "n_rb") as u16);
    let rnti = number(dci, "rnti") as u16;
    let case = Case {
        name,
        rate_hz: head["sample_rate"].as_f64().unwrap() as u64,
        carrier: ((number(head, "scs_khz") / 30) as u8, number(head, "n_prb") as u16),
        phase_compensation_hz: head["dl_freq"].as_f64(),
        pci: number(head, "pci") as u16,
        slot: (number(pdsch, "slot") as u16, pdsch["slot_start_sample"].as_f64().unwrap().round().max(0.0) as usize),
        coreset,
        time_table,
        grant: grant(dci["dci_bits"].as_str().unwrap(), coreset.1.into(), kind, rnti),
        hex: pdsch["tb_hex"].as_str().unwrap().to_owned(),
    };
    let config = case.config();
    let prbs = &pdsch["prbs"];
    let bounds = (number(prbs, "first") as u16, number(prbs, "last") as u16);
    assert_eq!(config.prbs().bounds(), bounds, "{name}");
    assert_eq!(config.tbs() as u64, number(pdsch, "tbs"), "{name}");
    Some((case, samples))
}

fn default_a() -> TimeTable {
    TimeTable::Default(DefaultTimeTable::A)
}

#[test]
fn system_information_of_real_cells() {
    for name in ["singtel-n1-20MHz-sib", "srsran-n5-10MHz-sib", "srsran-n78-20MHz-sib"] {
        if let Some((case, samples)) = cell(name, GrantKind::Sib1, default_a()) {
            let report = case.decode(&samples);
            assert!(report.delay_s.abs() < 1.5 / case.rate_hz as f32 + 0.3e-6);
        }
    }
}

#[test]
fn random_access_responses_of_real_cells() {
    // The list that the cell's SIB1 has: 13 symbols from symbol 1.
    let row = TimeAllocation { k0: 0, mapping_type: MappingType::A, start: 1, length: 13 };
    let listed = TimeTable::List([row].into());
    for (name, table) in [("singtel-n1-20MHz-rar", listed), ("srsran-n5-10MHz-rar", default_a())] {
        if let Some((case, samples)) = cell(name, GrantKind::RandomAccess, table) {
            case.decode(&samples);
        }
    }
}

#[test]
fn synthetic_slots() {
    for (name, slot) in [("synthetic-25prb-slot0", 0), ("synthetic-25prb-slot4", 4)] {
        let Some((samples, truth)) = recording(name) else { continue };
        let bits = line(&truth, "PDCCH")["dci_bits"].as_str().unwrap();
        let pdsch = line(&truth, "PDSCH");
        let case = Case {
            name,
            rate_hz: 5_760_000,
            carrier: (0, 25),
            phase_compensation_hz: None,
            pci: 1,
            slot: (slot, 0),
            coreset: (0, 25),
            time_table: default_a(),
            grant: grant(bits, 25, GrantKind::Device, 0x1234),
            hex: pdsch["hex"].as_str().unwrap().to_owned(),
        };
        let report = case.decode(&samples);
        assert!(report.evm_percent < 1.0, "{report:?}");
    }
}

fn cable() -> Option<(Case, Vec<Complex32>)> {
    let (samples, truth) = recording("cable-n3-sib1-15M36")?;
    let bits = line(&truth, "PDCCH")["dci_bits"].as_str().unwrap();
    let case = Case {
        name: "cable-n3-sib1-15M36",
        rate_hz: 15_360_000,
        carrier: (0, 52),
        phase_compensation_hz: Some(1_842_500_000.0),
        pci: 500,
        slot: (0, 0),
        coreset: (1, 48),
        time_table: default_a(),
        grant: grant(bits, 48, GrantKind::Sib1, 0xffff),
        hex: line(&truth, "PDSCH")["hex"].as_str().unwrap().to_owned(),
    };
    Some((case, samples))
}

#[test]
fn system_information_by_cable() {
    let Some((case, samples)) = cable() else { return };
    assert!(case.decode(&samples).evm_percent < 1.0);
}
