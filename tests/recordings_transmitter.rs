//! Our transmitters against an independent signal: a slot with SS/PBCH block, PDCCH and PDSCH that another base
//! station sent by cable, without noise. Equal but for one complex gain.

use nrflow::Complex32;
use nrflow::frame::{BandwidthPart, Carrier, CellId, Coreset, CyclicPrefix, Numerology, ResourceGrid, Rnti, SlotPoint};
use nrflow::ofdm::{OfdmConfig, OfdmDemodulator, OfdmModulator};
use nrflow::pdcch::{
    AggregationLevel, Dci1_0, DciLayout, PdcchCandidate, PdcchConfig, PdcchScrambling, PdcchTransmission,
    PdcchTransmitter, RntiKind,
};
use nrflow::pdsch::{
    DefaultTimeTable, FallbackContext, FallbackGrant, GrantKind, McsTable, PdschConfig, PdschTransmitter, TimeTable,
};
use nrflow::reference_signal::dmrs::TypeAPosition;
use nrflow::ssb::{LMax, PbchPayload, SsbBlock, SsbTransmitter};
use num_complex::Complex64;
use serde_json::Value;
use std::path::PathBuf;

const NAME: &str = "cable-n3-sib1-15M36";
const RATE_HZ: u64 = 15_360_000;
const CENTRE_HZ: f64 = 1_842_500_000.0;

/// The samples and the truth's lines by their kind.
fn recording() -> Option<(Vec<Complex32>, impl Fn(&str) -> Value)> {
    let folder = std::env::var_os("NRFLOW_RECORDINGS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/recordings"), PathBuf::from);
    let Ok(data) = std::fs::read(folder.join(format!("{NAME}.sigmf-data"))) else {
        eprintln!("SKIPPED: no recording {NAME} in {} (set NRFLOW_RECORDINGS)", folder.display());
        return None;
    };
    let float = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
    let samples = data.chunks_exact(8).map(|b| Complex32::new(float(&b[..4]), float(&b[4..]))).collect();
    let truth = std::fs::read_to_string(folder.join(format!("{NAME}.truth.jsonl"))).unwrap();
    let lines: Vec<Value> = truth.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    Some((samples, move |kind: &str| lines.iter().find(|line| line["kind"] == kind).unwrap().clone()))
}

/// The elements that each channel takes in slot 0: (symbol, subcarrier).
type Places = Vec<(usize, usize)>;

/// Slot 0 as we send it, and where the channels lie in it.
fn our_slot(carrier: &Carrier, truth: impl Fn(&str) -> Value) -> (ResourceGrid, [(&'static str, Places); 3]) {
    let cell_id = CellId::new(500).unwrap();
    let mut grid = ResourceGrid::for_carrier(carrier, 1);

    let row = truth("SSB");
    let payload = u32::from_str_radix(row["pbch_payload_hex"].as_str().unwrap(), 16).unwrap();
    let mut block = SsbBlock::default();
    let transmitter = SsbTransmitter::new(cell_id, LMax::L4, 0.0).unwrap();
    transmitter.transmit(PbchPayload::from_bits(payload), 0, &mut block).unwrap();
    // Subcarrier 120 of the block at SS_REF; case A begins at symbol 2.
    let offset = (row["ssb_frequency_hz"].as_f64().unwrap() - CENTRE_HZ) / 15e3;
    let first = (carrier.n_subcarriers() as f64 / 2.0 + offset) as usize - 120;
    block.place(&mut grid, 0, 2, first).unwrap();
    let ssb = (2..6).flat_map(|l| (first..first + 240).map(move |k| (l, k))).collect();

    let bits: Vec<u8> = truth("PDCCH")["dci_bits"].as_str().unwrap().bytes().map(|b| b - b'0').collect();
    let coreset = Coreset::zero(1, 48, 1, cell_id).unwrap();
    let config = PdcchConfig::new(carrier, &coreset, 0, PdcchScrambling::cell(cell_id)).unwrap();
    let candidate = PdcchCandidate { level: AggregationLevel::new(4).unwrap(), first_cce: 0 };
    let pdcch = PdcchTransmission::new(0, candidate, &bits, Rnti::SI);
    PdcchTransmitter::new(&config).transmit(&pdcch, &mut grid).unwrap();
    // All of the CORESET: what is empty must be empty.
    let pdcch = (12..12 * 49).map(|k| (0, k)).collect();

    let dci = Dci1_0::decode(&bits, RntiKind::Si, &DciLayout::common(48, None).unwrap()).unwrap();
    let assignment = dci.assignment().unwrap();
    let context = FallbackContext {
        carrier: *carrier,
        bwp: BandwidthPart::new(carrier, 0, carrier.n_prb()).unwrap(),
        cell_id,
        dci_slot: SlotPoint::new(Numerology::MU0, 784, 0).unwrap(),
        frequency_size: 48,
        coreset_start_crb: 1,
        type_a_position: TypeAPosition::Pos2,
        time_table: TimeTable::Default(DefaultTimeTable::A),
        mcs_table: McsTable::Qam64,
        data_scrambling_id: None,
        dmrs_scrambling_id: None,
        overhead_per_prb: 0,
        tbs_lbrm: None,
        reserved: None,
    };
    let grant = FallbackGrant {
        kind: GrantKind::Sib1,
        rnti: Rnti::SI,
        common_search_space: true,
        frequency_resource: assignment.frequency_resource.into(),
        time_resource: assignment.time_resource,
        interleaved: assignment.interleaved_vrb_to_prb,
        mcs: assignment.mcs,
        rv: dci.rv(),
        tb_scaling: 0,
        first_transmission: None,
    };
    let config = PdschConfig::from_fallback_grant(&context, &grant).unwrap();
    let hex = truth("PDSCH")["hex"].as_str().unwrap().to_owned();
    let bytes: Vec<u8> = (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect();
    PdschTransmitter::new(carrier).transmit(&[&bytes], &config, &mut grid);
    let pdsch = (2..14).flat_map(|l| (12..12 * 8).map(move |k| (l, k))).collect();
    (grid, [("SSB", ssb), ("PDCCH", pdcch), ("PDSCH", pdsch)])
}

fn dot<'a>(a: impl Iterator<Item = &'a Complex32>, b: impl Iterator<Item = &'a Complex32>) -> Complex64 {
    let wide = |z: Complex32| Complex64::new(z.re.into(), z.im.into());
    a.zip(b).map(|(&a, &b)| wide(a).conj() * wide(b)).sum()
}

/// Power of `theirs - gain * ours` against that of `theirs`, dB.
fn error_db(ours: &[Complex32], theirs: &[Complex32], gain: Complex64) -> f64 {
    let cross = dot(ours.iter(), theirs.iter());
    let (own, power) = (dot(ours.iter(), ours.iter()).re, dot(theirs.iter(), theirs.iter()).re);
    let expanded = power - 2.0 * (gain.conj() * cross).re + gain.norm_sqr() * own;
    10.0 * (expanded.abs() / power).log10()
}

#[test]
fn a_slot_equals_the_recorded_one() {
    let Some((samples, truth)) = recording() else { return };
    let carrier = Carrier::new(Numerology::MU0, CyclicPrefix::Normal, 0, 52).unwrap();
    let ofdm = OfdmConfig::new(&carrier, RATE_HZ, 0, Some(CENTRE_HZ)).unwrap();
    let (ours, channels) = our_slot(&carrier, truth);
    let theirs_samples = &samples[..ofdm.slot_len(0)];
    let mut theirs = ResourceGrid::for_carrier(&carrier, 1);
    OfdmDemodulator::new(&ofdm).demodulate_slot(0, theirs_samples, 0, &mut theirs);

    // One gain for all three channels, and for the samples.
    let gain =
        dot(ours.as_slice().iter(), theirs.as_slice().iter()) / dot(ours.as_slice().iter(), ours.as_slice().iter()).re;
    for (name, places) in &channels {
        let of = |grid: &ResourceGrid| places.iter().map(|&(l, k)| grid.symbol(0, l)[k]).collect::<Vec<_>>();
        let (ours, theirs) = (of(&ours), of(&theirs));
        let own = dot(ours.iter(), theirs.iter()) / dot(ours.iter(), ours.iter()).re;
        let error = error_db(&ours, &theirs, gain);
        println!("{name}: error {error:.1} dB; its own gain is {:.6} of the common one", own / gain);
        assert!(error < -60.0, "{name}: {error:.1} dB");
    }
    let mut our_samples = vec![Complex32::ZERO; ofdm.slot_len(0)];
    OfdmModulator::new(&ofdm).modulate_slot(0, &ours, 0, &mut our_samples);
    let gain = dot(our_samples.iter(), theirs_samples.iter()) / dot(our_samples.iter(), our_samples.iter()).re;
    let error = error_db(&our_samples, theirs_samples, gain);
    println!("all samples of the slot: error {error:.1} dB");
    assert!(error < -60.0, "samples: {error:.1} dB");
}
