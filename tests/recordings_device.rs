//! Connected devices in real signals: from SIB1 and RRCSetup of a cell to every DCI and PDSCH of its recordings.
//!
//! Folder from `NRFLOW_RECORDINGS` (default `../shared/recordings`).

use nrflow::Complex32;
use nrflow::coding::ldpc::HarqBuffer;
use nrflow::device::{Announced, CellContext, DeviceConfig, DeviceSearchSpace};
use nrflow::estimation::cp_frequency_offset;
use nrflow::frame::{Carrier, CellId, Coreset, CyclicPrefix, Numerology, ResourceGrid, Rnti, SlotPoint};
use nrflow::mac::{DlSchSubPdus, Lcid};
use nrflow::ofdm::{OfdmConfig, OfdmDemodulator};
use nrflow::pdcch::dci::{Dci0_1, Dci1_1};
use nrflow::pdcch::{Dci0_0, Dci1_0, DecodedDci, PdcchConfig, PdcchReceiver, PdcchSearch, RntiKind, RntiSet};
use nrflow::pdsch::{PdschConfig, PdschReceiver, ReceiverOptions};
use nrflow::reference_signal::dmrs::TypeAPosition;
use nrflow::rrc::{CellGroupConfig, DlCcchMessage, McsTable, SetupRelease, Sib1};
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

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect()
}

fn number(value: &Value, field: &str) -> u64 {
    value[field].as_u64().unwrap_or_else(|| panic!("{field} of {value}"))
}

/// The lines of a recording's truth.
fn truth(name: &str) -> Option<Vec<Value>> {
    let text = std::fs::read_to_string(folder()?.join(format!("{name}.truth.jsonl"))).unwrap();
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// The transport block of a recording with one PDSCH.
fn block(truth: &[Value]) -> Vec<u8> {
    let pdsch = truth.iter().find(|line| line["type"] == "PDSCH").unwrap();
    unhex(pdsch["tb_hex"].as_str().unwrap())
}

/// A cell of several recordings: what its SIB1 and the RRCSetup of one of its devices say.
struct Cell {
    sib1: Sib1,
    group: CellGroupConfig,
    coreset0: (u16, u16, u8),
}

impl Cell {
    fn of(set: &str) -> Option<Self> {
        let sib1 = Sib1::decode(&block(&truth(&format!("{set}-sib"))?)).unwrap().0;
        let setup = truth(&format!("{set}-rrc-setup"))?;
        let message = DlSchSubPdus::new(&block(&setup))
            .find(|sub_pdu| sub_pdu.lcid == Lcid::Ccch)
            .map(|sub_pdu| DlCcchMessage::decode(sub_pdu.payload).unwrap().0);
        let Some(DlCcchMessage::Setup(message)) = message else { panic!("{set}: {message:?}") };
        let coreset = &setup.iter().find(|line| line["type"] == "PDCCH").unwrap()["coreset"];
        assert_eq!(coreset["name"], "CORESET0");
        let [start, n_rb, duration] = ["start_rb", "n_rb", "n_sym"].map(|field| number(coreset, field) as u16);
        Some(Self { sib1, group: message.cell_group().clone(), coreset0: (start, n_rb, duration as u8) })
    }
}

/// A recording of such a cell.
struct Recording {
    name: String,
    truth: Vec<Value>,
    samples: Vec<Complex32>,
    rate_hz: u64,
    carrier: Carrier,
    cell_id: CellId,
}

impl Recording {
    fn open(name: &str) -> Option<Self> {
        let (folder, truth) = (folder()?, truth(name)?);
        let data = std::fs::read(folder.join(format!("{name}.sigmf-data"))).unwrap();
        let float = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
        let head = &truth[0];
        let numerology = Numerology::new((number(head, "scs_khz") / 30) as u8).unwrap();
        let n_prb = number(head, "n_prb") as u16;
        Some(Self {
            name: name.to_owned(),
            samples: data.chunks_exact(8).map(|b| Complex32::new(float(&b[..4]), float(&b[4..]))).collect(),
            rate_hz: head["sample_rate"].as_f64().unwrap() as u64,
            carrier: Carrier::new(numerology, CyclicPrefix::Normal, 0, n_prb).unwrap(),
            cell_id: CellId::new(number(head, "pci") as u16).unwrap(),
            truth,
        })
    }

    fn device(&self, cell: &Cell, c_rnti: Rnti, bwp: Option<u8>) -> DeviceConfig {
        let (start, n_rb, duration) = cell.coreset0;
        let context = CellContext {
            grid: &self.carrier,
            cell_id: self.cell_id,
            type_a_position: TypeAPosition::Pos2,
            coreset0: Some(Coreset::zero(start, n_rb, duration, self.cell_id).unwrap()),
            common: cell.sib1.serving_cell_config_common.as_ref().unwrap(),
        };
        match bwp {
            None => DeviceConfig::new(&context, &cell.group, c_rnti),
            Some(id) => DeviceConfig::of_bandwidth_part(&context, &cell.group, c_rnti, id, id),
        }
        .unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// The slots of the file. Its system frame number is that of its SSB, if it has one.
    fn slots(&self) -> impl Iterator<Item = (SlotPoint, usize)> {
        let head = &self.truth[0];
        let ssb = self.truth.iter().find(|line| line["type"] == "SSB");
        let sfn = ssb.map_or(0, |ssb| number(ssb, "sfn") as u16);
        let first = SlotPoint::new(self.carrier.numerology(), sfn, number(head, "first_slot") as u16).unwrap();
        (0..number(head, "slots_in_file") as usize).map(move |i| (first.offset(i as i64), i))
    }

    /// The grid of slot `i` of the file, with the carrier offset that its cyclic prefixes show taken off.
    fn grid(&self, at: SlotPoint, i: usize) -> ResourceGrid {
        let dl_freq = self.truth[0]["dl_freq"].as_f64();
        let ofdm = OfdmConfig::new(&self.carrier, self.rate_hz, 0, dl_freq).unwrap();
        let in_subframe = at.slot_in_subframe();
        let len = ofdm.slot_len(in_subframe);
        // The buffers of 30 kHz begin 6 samples late.
        let early = if self.carrier.numerology() == Numerology::MU1 { 6 } else { 0 };
        let start = i * ofdm.slot_len(0);
        let sample = |n: usize| (start + n).checked_sub(early).and_then(|n| self.samples.get(n)).copied();
        let mut slot: Vec<Complex32> = (0..len).map(|n| sample(n).unwrap_or_default()).collect();
        let first = usize::from(in_subframe) * 14;
        let prefixes: Vec<usize> =
            ofdm.timing().symbols()[first..first + 14].iter().map(|s| s.useful - s.start).collect();
        let fft_size = ofdm.fft_size();
        let offset = cp_frequency_offset(&slot, fft_size, &prefixes, fft_size / 64, self.rate_hz as f64);
        for (n, x) in slot.iter_mut().enumerate() {
            let turns = f64::from(offset.cfo_hz) * n as f64 / self.rate_hz as f64;
            let phase = -std::f64::consts::TAU * turns;
            *x *= Complex32::new(phase.cos() as f32, phase.sin() as f32);
        }
        let mut grid = ResourceGrid::for_carrier(&self.carrier, 1);
        OfdmDemodulator::new(&ofdm).demodulate_slot(in_subframe, &slot, 0, &mut grid);
        grid
    }

    /// Looks for every DCI of the device, and receives what they announce; all must be as the truth says.
    fn check(&self, device: &DeviceConfig, kind: RntiKind) -> (usize, usize) {
        let mut found = (Vec::new(), Vec::new());
        for (at, i) in self.slots() {
            let grid = self.grid(at, i);
            for space in device.search_spaces() {
                for place in space.places(&self.carrier, at) {
                    for dci in search(device, space, &place, kind, &grid, at) {
                        let from = (&place, &dci);
                        let what = format!("{} {at} {dci:?}", self.name);
                        let announced = announced(device, space, from, kind, at, &what);
                        let key = (u64::from(at.slot()), dci.bits.to_string());
                        if found.0.iter().any(|(known, _)| *known == key) {
                            continue;
                        }
                        found.0.push((key, dci.candidate));
                        for config in announced {
                            assert_eq!(config.slot(), at, "{what}: its slot is in no file");
                            let mut receiver = PdschReceiver::<i8>::new(&self.carrier, 1, ReceiverOptions::default());
                            let report = receiver.decode(&grid, &config, &mut HarqBuffer::new(config.tbs()));
                            println!("{what}\n  {report:?}");
                            assert!(report.crc_ok && !report.all_zero, "{what}: {report:?}, {config:?}");
                            found.1.push((u64::from(at.slot()), receiver.transport_block().to_vec()));
                        }
                    }
                }
            }
        }
        let lines = |kind: &'static str| self.truth.iter().filter(move |line| line["type"] == kind);
        let mut expected: Vec<_> =
            lines("PDCCH").map(|line| (number(line, "slot"), line["dci_bits"].as_str().unwrap().to_owned())).collect();
        let mut bits: Vec<_> = found.0.iter().map(|(key, _)| key.clone()).collect();
        expected.sort();
        bits.sort();
        assert_eq!(bits, expected, "{}", self.name);
        for line in lines("PDCCH") {
            let of_line = |(key, _): &&((u64, String), _)| key.1 == line["dci_bits"].as_str().unwrap();
            let (_, candidate) = found.0.iter().find(of_line).unwrap();
            assert_eq!(candidate.level.get() as u64, number(line, "AL"), "{}", self.name);
            assert_eq!(u64::from(candidate.first_cce), number(line, "cce"), "{}", self.name);
        }
        let expected: Vec<_> =
            lines("PDSCH").map(|l| (number(l, "slot"), unhex(l["tb_hex"].as_str().unwrap()))).collect();
        assert_eq!(found.1, expected, "{}", self.name);
        (found.0.len(), found.1.len())
    }
}

fn search(
    device: &DeviceConfig,
    space: &DeviceSearchSpace,
    place: &PdcchConfig,
    kind: RntiKind,
    grid: &ResourceGrid,
    at: SlotPoint,
) -> Vec<DecodedDci> {
    let rntis: RntiSet = [(device.c_rnti(), kind)].into_iter().collect();
    let candidates = space.candidates.candidates(space.coreset.n_cce(), at.slot());
    let search = PdcchSearch {
        slot_in_frame: at.slot(),
        candidates: &candidates,
        dci_sizes: &device.sizes(space),
        rntis: &rntis,
        unknown_rntis: false,
    };
    PdcchReceiver::new(place, 1).unwrap().search(grid, &search)
}

/// The PDSCHs that a DCI announces.
fn announced(
    device: &DeviceConfig,
    space: &DeviceSearchSpace,
    (place, dci): (&PdcchConfig, &DecodedDci),
    kind: RntiKind,
    slot: SlotPoint,
    what: &str,
) -> Vec<PdschConfig> {
    let at = Announced { slot, space, first_symbol: place.first_symbol(), candidate: dci.candidate };
    if space.formats.format_x_1 {
        let (uplink, downlink) = (device.formats().uplink.dci0_1.unwrap(), device.formats().dci1_1.unwrap());
        if Dci0_1::decode(&dci.bits, &uplink).is_some() {
            return Vec::new();
        }
        let fields = Dci1_1::decode(&dci.bits, &downlink).unwrap_or_else(|| panic!("{what}: neither 0_1 nor 1_1"));
        return device
            .pdsch_of_1_1(&at, &fields, &downlink, &[None; 2], |_| Vec::new())
            .unwrap_or_else(|error| panic!("{what}: {error}"));
    }
    let ue_specific = space.candidates.is_ue_specific();
    let layout = if ue_specific { device.formats().ue_specific() } else { device.formats().common() };
    if Dci0_0::decode(&dci.bits, layout).is_some() {
        return Vec::new();
    }
    let fields = Dci1_0::decode(&dci.bits, kind, layout).unwrap_or_else(|| panic!("{what}: neither 0_0 nor 1_0"));
    vec![device.pdsch_of_1_0(&at, &fields, None, |_| Vec::new()).unwrap_or_else(|error| panic!("{what}: {error}"))]
}

/// Checks the recordings of a set; how many DCIs and PDSCHs they had.
fn check_set(set: &str, names: &[&str], rnti: u16, bwp: Option<u8>, kind: RntiKind) -> Option<(usize, usize)> {
    let cell = Cell::of(set)?;
    let mut sum = (0, 0);
    for name in names {
        let recording = Recording::open(&format!("{set}-{name}"))?;
        let device = recording.device(&cell, Rnti(rnti), bwp);
        let (dcis, blocks) = recording.check(&device, kind);
        sum = (sum.0 + dcis, sum.1 + blocks);
    }
    Some(sum)
}

#[test]
fn setup_and_contention_resolution() {
    for (set, names, rnti) in [
        ("singtel-n1-20MHz", &["rrc-setup", "contention-resolution"][..], 24016),
        ("srsran-n5-10MHz", &["rrc-setup"], 17921),
        ("srsran-n78-20MHz", &["rrc-setup"], 17921),
    ] {
        let Some(sum) = check_set(set, names, rnti, Some(0), RntiKind::Tc) else { return };
        assert_eq!(sum, (names.len(), names.len()), "{set}");
    }
}

#[test]
fn a_laboratory_cell_in_fdd() {
    let names = ["dci-2845", "pdsch-2834"];
    let Some(sum) = check_set("srsran-n5-10MHz", &names, 17921, None, RntiKind::C) else { return };
    assert_eq!(sum, (2, 1));
}

/// Later the cell has given its device the MCS table of 256QAM.
#[test]
fn a_laboratory_cell_with_256qam() {
    let Some(mut cell) = Cell::of("srsran-n5-10MHz") else { return };
    let own = cell.group.sp_cell_config.as_mut().unwrap().sp_cell_config_dedicated.as_mut().unwrap();
    let part = own.initial_downlink_bwp.as_mut().unwrap();
    let Some(SetupRelease::Setup(pdsch)) = &mut part.pdsch_config else { panic!("{part:?}") };
    pdsch.mcs_table = Some(McsTable::Qam256);
    let recording = Recording::open("srsran-n5-10MHz-pdsch-3214").unwrap();
    let device = recording.device(&cell, Rnti(17921), None);
    assert_eq!(recording.check(&device, RntiKind::C), (1, 1));
}

#[test]
fn a_laboratory_cell_in_tdd() {
    let names = ["dci-ul-3422", "dci-ul-3462", "dci-ul-3622", "pdsch-3440", "pdsch-3640", "pdsch-3684"];
    let Some(sum) = check_set("srsran-n78-20MHz", &names, 17921, None, RntiKind::C) else { return };
    assert_eq!(sum, (8, 5));
}

#[test]
fn a_commercial_cell() {
    let names = ["dci-6758", "dci-6764"];
    let Some(sum) = check_set("singtel-n1-20MHz", &names, 24016, None, RntiKind::C) else { return };
    assert_eq!(sum, (2, 0));
}

/// Another connection of the commercial cell, whose setup was not recorded: of it, the recordings' description tells
/// the C-RNTI and the identity of the DM-RS. The device is still in the initial bandwidth part.
#[test]
fn another_device_of_the_commercial_cell() {
    let Some(mut cell) = Cell::of("singtel-n1-20MHz") else { return };
    let own = cell.group.sp_cell_config.as_mut().unwrap().sp_cell_config_dedicated.as_mut().unwrap();
    let mut part = own.downlink_bwp_to_add_mod_list.as_ref().unwrap()[0].bwp_dedicated.clone().unwrap();
    part.pdcch_config = None;
    let Some(SetupRelease::Setup(pdsch)) = &mut part.pdsch_config else { panic!() };
    let Some(SetupRelease::Setup(dmrs)) = &mut pdsch.dmrs_downlink_for_pdsch_mapping_type_a else { panic!() };
    dmrs.scrambling_id0 = Some(292);
    own.initial_downlink_bwp = Some(part);
    for name in ["pdsch-9426", "pdsch-9428"] {
        let recording = Recording::open(&format!("singtel-n1-20MHz-{name}")).unwrap();
        let device = recording.device(&cell, Rnti(18330), Some(0));
        assert_eq!(recording.check(&device, RntiKind::C), (1, 1));
    }
}
