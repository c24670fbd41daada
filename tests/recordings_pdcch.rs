//! PDCCH in real signals: from the known start of a slot to the DCI bits that the recordings are known to hold.
//!
//! Folder from `NRFLOW_RECORDINGS` (default `../shared/recordings`).

use nrflow::Complex32;
use nrflow::frame::{
    BandwidthPart, Carrier, CceRegMapping, CellId, Coreset, CyclicPrefix, Numerology, PrecoderGranularity,
    ResourceGrid, Rnti,
};
use nrflow::mac::RaRntiSpace;
use nrflow::ofdm::{OfdmConfig, OfdmDemodulator};
use nrflow::pdcch::{
    DciLayout, DecodedDci, PdcchConfig, PdcchReceiver, PdcchScrambling, PdcchSearch, RntiKind, RntiSet, SearchSpace,
};
use serde_json::Value;
use std::path::PathBuf;

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("NRFLOW_RECORDINGS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/recordings"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no recordings in {} (set NRFLOW_RECORDINGS)", folder.display());
    None
}

struct Recording {
    samples: Vec<Complex32>,
    sample_rate_hz: u64,
    frequency_hz: f64,
    truth: Vec<Value>,
}

fn recording(name: &str) -> Option<Recording> {
    let folder = folder()?;
    let read = |end: &str| std::fs::read(folder.join(format!("{name}.{end}"))).unwrap();
    let meta: Value = serde_json::from_slice(&read("sigmf-meta")).unwrap();
    assert_eq!(meta["global"]["core:datatype"], "cf32_le");
    let float = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
    let data = read("sigmf-data");
    let truth = String::from_utf8(read("truth.jsonl")).unwrap();
    Some(Recording {
        samples: data.chunks_exact(8).map(|b| Complex32::new(float(&b[..4]), float(&b[4..]))).collect(),
        sample_rate_hz: meta["global"]["core:sample_rate"].as_f64().unwrap() as u64,
        frequency_hz: meta["captures"][0]["core:frequency"].as_f64().unwrap(),
        truth: truth.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
    })
}

impl Recording {
    /// The slot that starts at `start`, whose middle of the grid lies at 0 Hz.
    fn grid(&self, carrier: &Carrier, slot_in_subframe: u16, start: usize, compensate: bool) -> ResourceGrid {
        let config = OfdmConfig::new(carrier, self.sample_rate_hz, 0, compensate.then_some(self.frequency_hz)).unwrap();
        let mut demodulator = OfdmDemodulator::new(&config);
        let mut grid = ResourceGrid::for_carrier(carrier, 1);
        let len = demodulator.slot_len(slot_in_subframe);
        // A slot that began before the file, or ends a few samples after it.
        let mut slot = vec![Complex32::ZERO; len];
        let rest = &self.samples[start..];
        let n = len.min(rest.len());
        slot[..n].copy_from_slice(&rest[..n]);
        demodulator.demodulate_slot(slot_in_subframe, &slot, 0, &mut grid);
        grid
    }
}

fn carrier(scs_khz: u32, n_prb: u16) -> Carrier {
    Carrier::new(Numerology::from_scs_khz(scs_khz).unwrap(), CyclicPrefix::Normal, 0, n_prb).unwrap()
}

fn show(name: &str, dci: &DecodedDci) {
    println!(
        "{name}: rnti {} AL {} CCE {} {} | SNR {:.1} dB, EVM {:.1} %, agreement {:.3}, penalty {:.1}, {:.0} bits, {:?}, {:.2} us",
        dci.rnti,
        dci.candidate.level.get(),
        dci.candidate.first_cce,
        dci.bits,
        dci.dmrs_snr_db,
        100.0 * dci.evm,
        dci.codeword_agreement,
        dci.path_metric,
        dci.false_alarm_bits,
        dci.pilot_span,
        1e6 * dci.delay_s
    );
}

fn check(name: &str, found: &[DecodedDci], expected: &Value, rnti: u16) {
    found.iter().for_each(|dci| show(name, dci));
    assert_eq!(found.len(), 1, "{name}: {found:?}");
    let number = |field: &str| expected[field].as_u64().unwrap() as usize;
    assert_eq!(found[0].rnti, Rnti(rnti), "{name}");
    assert_eq!(found[0].bits.to_string(), expected["dci_bits"].as_str().unwrap(), "{name}");
    let level = number(if expected["AL"].is_null() { "al" } else { "AL" });
    let candidate = found[0].candidate;
    assert_eq!((candidate.level.get(), usize::from(candidate.first_cce)), (level, number("cce")), "{name}");
}

/// One-millisecond recordings of CORESET#0: broadcast identifiers and every RA-RNTI are looked for, others learnt.
fn check_coreset0(name: &str) {
    let Some(recording) = recording(name) else { return };
    let about = &recording.truth[0];
    let number = |v: &Value| v.as_u64().unwrap();
    let carrier = carrier(number(&about["scs_khz"]) as u32, number(&about["n_prb"]) as u16);
    let cell_id = CellId::new(number(&about["pci"]) as u16).unwrap();
    let pdcch = recording.truth.iter().find(|line| line["type"] == "PDCCH").unwrap();
    let pdsch = recording.truth.iter().find(|line| line["type"] == "PDSCH").unwrap();
    let c = &pdcch["coreset"];
    let n_rb = number(&c["n_rb"]) as u16;
    let coreset = Coreset::zero(number(&c["start_rb"]) as u16, n_rb, number(&c["n_sym"]) as u8, cell_id).unwrap();
    let config = PdcchConfig::new(&carrier, &coreset, 0, PdcchScrambling::cell(cell_id)).unwrap();
    let slot = number(&pdcch["slot"]) as u16;
    let start = pdsch["slot_start_sample"].as_f64().unwrap().round().max(0.0) as usize;
    let grid = recording.grid(&carrier, slot % carrier.numerology().slots_per_subframe(), start, true);

    let mut rntis = RntiSet::broadcast();
    rntis.extend(RaRntiSpace::any(carrier.numerology(), 8).iter().map(|rnti| (rnti, RntiKind::Ra)));
    let layout = DciLayout::common(n_rb, None).unwrap();
    let candidates = SearchSpace::type0().candidates(coreset.n_cce(), slot);
    let mut receiver = PdcchReceiver::new(&config, 1).unwrap();
    let mut search = PdcchSearch {
        slot_in_frame: slot,
        candidates: &candidates,
        dci_sizes: &[layout.size()],
        rntis: &rntis,
        unknown_rntis: true,
    };
    let rnti = number(&pdcch["rnti"]) as u16;
    check(name, &receiver.search(&grid, &search), pdcch, rnti);
    // A slot number that is not the slot's has other DM-RS and gives nothing.
    search.slot_in_frame = (slot + 1) % carrier.numerology().slots_per_frame();
    assert_eq!(receiver.search(&grid, &search), [], "{name}");
}

#[test]
fn singtel_n1_system_information() {
    check_coreset0("singtel-n1-20MHz-sib");
}

#[test]
fn singtel_n1_random_access() {
    check_coreset0("singtel-n1-20MHz-rar");
    check_coreset0("singtel-n1-20MHz-rrc-setup");
    check_coreset0("singtel-n1-20MHz-contention-resolution");
}

#[test]
fn srsran_n5() {
    check_coreset0("srsran-n5-10MHz-sib");
    check_coreset0("srsran-n5-10MHz-rar");
    check_coreset0("srsran-n5-10MHz-rrc-setup");
}

#[test]
fn srsran_n78() {
    check_coreset0("srsran-n78-20MHz-sib");
    check_coreset0("srsran-n78-20MHz-rrc-setup");
}

#[test]
fn cable_n3() {
    let name = "cable-n3-sib1-15M36";
    let Some(recording) = recording(name) else { return };
    let carrier = carrier(15, 52);
    let cell_id = CellId::new(500).unwrap();
    let coreset = Coreset::zero(1, 48, 1, cell_id).unwrap();
    let config = PdcchConfig::new(&carrier, &coreset, 0, PdcchScrambling::cell(cell_id)).unwrap();
    let grid = recording.grid(&carrier, 0, 0, true);
    let candidates = SearchSpace::type0().candidates(coreset.n_cce(), 0);
    let search = PdcchSearch {
        slot_in_frame: 0,
        candidates: &candidates,
        dci_sizes: &[DciLayout::common(48, None).unwrap().size()],
        rntis: &RntiSet::broadcast(),
        unknown_rntis: false,
    };
    let found = PdcchReceiver::new(&config, 1).unwrap().search(&grid, &search);
    let expected = recording.truth.iter().find(|line| line["kind"] == "PDCCH").unwrap();
    check(name, &found, expected, 0xffff);
    assert!(found[0].evm < 0.01);
}

#[test]
fn synthetic_without_phase_compensation() {
    for slot in [0u16, 4] {
        let name = format!("synthetic-25prb-slot{slot}");
        let Some(recording) = recording(&name) else { return };
        let carrier = carrier(15, 25);
        let bwp = BandwidthPart::new(&carrier, 0, 25).unwrap();
        let granularity = PrecoderGranularity::SameAsRegBundle;
        let coreset = Coreset::configured(&bwp, 0xf, None, 2, CceRegMapping::NonInterleaved, granularity).unwrap();
        let scrambling = PdcchScrambling::cell(CellId::new(1).unwrap());
        let config = PdcchConfig::new(&carrier, &coreset, 0, scrambling).unwrap();
        let grid = recording.grid(&carrier, 0, 0, false);
        let candidates = SearchSpace::common([8, 4, 2, 1, 0]).unwrap().candidates(coreset.n_cce(), slot);
        let search = PdcchSearch {
            slot_in_frame: slot,
            candidates: &candidates,
            dci_sizes: &[DciLayout::common(25, None).unwrap().size()],
            rntis: &[(Rnti(0x1234), RntiKind::C)].into_iter().collect(),
            unknown_rntis: true,
        };
        let found = PdcchReceiver::new(&config, 1).unwrap().search(&grid, &search);
        let expected = recording.truth.iter().find(|line| line["kind"] == "PDCCH").unwrap();
        check(&name, &found, expected, 0x1234);
    }
}
