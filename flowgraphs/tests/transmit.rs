//! A cell from its configuration file into a recording: what is broken is named, the schedule obeys the standard, and
//! the recording holds what was sent, as the pure receivers see it.

use nrflow::Complex32;
use nrflow::coding::ldpc::HarqBuffer;
use nrflow::frame::{ResourceGrid, Rnti, SampleTime, SlotPoint};
use nrflow::ofdm::OfdmDemodulator;
use nrflow::pdcch::{
    Dci1_0, DciLayout, PdcchConfig, PdcchReceiver, PdcchScrambling, PdcchSearch, RntiKind, RntiSet, SearchSpace,
};
use nrflow::pdsch::{
    DefaultTimeTable, FallbackContext, FallbackGrant, GrantKind, McsTable, PdschConfig, PdschReceiver, ReceiverOptions,
    ReservedElements, TimeTable,
};
use nrflow::rrc::{Mib, Sib1};
use nrflow::ssb::{PbchReceiver, PbchReception, SsbBlock};
use nrflow_blocks::file::Recording;
use nrflow_blocks::transmit::{BlockKind, CellSchedule, SentBlock, SlotJobs};
use nrflow_flowgraphs::channel_settings::ChannelSettings;
use nrflow_flowgraphs::config::{Cell, DEFAULT_CELL};
use nrflow_flowgraphs::transmit::{Summary, TransmitOptions, run};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

fn parse(text: &str) -> Result<Cell, String> {
    Cell::parse(text, Path::new(".")).map_err(|e| e.to_string())
}

/// The default with one line changed.
fn with(from: &str, to: &str) -> String {
    assert!(DEFAULT_CELL.contains(from), "{from}");
    DEFAULT_CELL.replace(from, to)
}

/// Band n3, 10 MHz, 15 kHz, two SS/PBCH blocks every 5 ms, SIB1 of both.
const FDD: &str = r#"
[cell]
pci = 500
[carrier]
band = 3
scs_khz = 15
bandwidth_mhz = 10
centre_mhz = 1842.5
[ssb]
indexes = [0, 2]
period_ms = 5
[user]
rnti = 17
mcs = 4
interleaved = true
aggregation_level = 8
every_slots = 2
"#;

/// Eight SS/PBCH blocks in n78; searchSpaceZero 4 keeps SIB1 clear of them.
fn eight_blocks() -> String {
    with("indexes = [0]", "indexes = [0, 1, 2, 3, 4, 5, 6, 7]")
        .replace("search_space_zero = 0", "search_space_zero = 4")
        .replace("downlink_slots = 7", "downlink_slots = 9")
        .replace("downlink_symbols = 6", "downlink_symbols = 0")
        .replace("period_us = 5000", "period_us = 10000")
        .replace("uplink_slots = 2", "uplink_slots = 1")
        .replace("downlink_slots = 9", "downlink_slots = 18")
}

#[test]
fn the_examples_are_cells() {
    let cell = Cell::default_cell().unwrap();
    assert_eq!(cell.centre_hz(), 3_489_420_000);
    assert_eq!((cell.ofdm().sample_rate_hz(), cell.transmit().carrier().n_prb()), (23_040_000, 51));
    let report = nrflow_flowgraphs::check::report(&cell);
    for part in ["PCI 1", "n78", "CORESET#0", "Point A", "SIB1", "23.04 Msps", "user PDSCH"] {
        assert!(report.contains(part), "{part} in\n{report}");
    }
    parse(FDD).unwrap();
    assert_eq!(parse(&eight_blocks()).unwrap().schedule().sib1_slots().len(), 8);
}

#[test]
fn what_breaks_a_rule_is_named_with_its_key() {
    let d = DEFAULT_CELL;
    for (text, parts) in [
        (with("pci = 1\n", "pci = 1008\n"), ["cell.pci", "1008"]),
        (with("pci = 1\n", "pci = 1\nname = 3\n"), ["name", "unknown field"]),
        (with("pci = 1\n", "pci = \"one\"\n"), ["pci", "invalid type"]),
        (with("scs_khz = 30", "scs_khz = 31"), ["carrier.scs_khz", "31"]),
        (with("centre_mhz = 3489.42", "centre_mhz = 3489.421"), ["channel raster", "3489.42 MHz"]),
        (with("centre_mhz = 3489.42", "centre_mhz = 4000.02"), ["carrier centre", "n78"]),
        (with("centre_mhz = 3489.42", "centre_mhz = nan"), ["carrier.centre_mhz", "NaN"]),
        (with("centre_mhz = 3489.42", ""), ["carrier", "exactly one"]),
        (with("bandwidth_mhz = 20", "bandwidth_mhz = 21"), ["21", "bandwidth"]),
        (with("bandwidth_mhz = 20", ""), ["carrier", "bandwidth_mhz or n_prb"]),
        (with("indexes = [0]", "indexes = [8]"), ["ssb.indexes", "8"]),
        (with("indexes = [0]", "indexes = []"), ["SSB", "at least one"]),
        (with("indexes = [0]", "indexes = [0]\ngscn = 7000"), ["carrier, ssb or coreset0", "SSB frequency"]),
        (with("period_ms = 20\npower", "period_ms = 30\npower"), ["ssb.period_ms", "30"]),
        (with("search_space_zero = 0", "search_space_zero = 16"), ["searchSpaceZero", "16"]),
        (with("search_space_zero = 0", "index = 16"), ["controlResourceSetZero", "16"]),
        (with("downlink_slots = 7", "downlink_slots = 9"), ["tdd", "slots"]),
        (with("downlink_slots = 7", "downlink_slots = 0"), ["sib1", "searchSpaceZero"]),
        (with("downlink_slots = 7\ndownlink_symbols = 6", "downlink_slots = 0"), ["SSB index", "downlink"]),
        (with("001-01", "1"), ["sib1.plmns", "PLMN"]),
        (with("cell_identity = 1", "cell_identity = 0x1000000000"), ["sib1", "cellIdentity"]),
        (with("rnti = 0x4601", "rnti = 0xffff"), ["user", "C-RNTI"]),
        (with("mcs = 16", "mcs = 29"), ["user", "I_MCS"]),
        (with("mcs = 16", "mcs = 16\nmcs_table = \"qam256\""), ["user.mcs_table", "qam64"]),
        (with("mcs = 16", "mcs = 16\nsymbols = [3, 3]"), ["user", "symbols"]),
        (with("mcs = 16", "mcs = 16\naggregation_level = 3"), ["user.aggregation_level", "3"]),
        (with("mcs = 16", "mcs = 16\naggregation_level = 1"), ["user", "candidates"]),
        (with("mcs = 16", "mcs = 16\nn_prb = 500"), ["user", "500"]),
        (with("every_slots = 1", "every_slots = 0"), ["user", "every n slots"]),
        (with("seed = 1", "payload_file = \"/nonexistent/x\""), ["/nonexistent/x", "No such file"]),
        (with("duration_ms = 200.0", "duration_ms = -1.0"), ["output.duration_ms", "-1"]),
        (with("[tdd]", "[other]"), ["other", "unknown field"]),
        (d.replace("band = 78", "band = 1000"), ["carrier.band", "1000"]),
        (d.replace("scs_khz = 30", "scs_khz = 60"), ["carrier.scs_khz", "SS/PBCH"]),
    ] {
        let error = parse(&text).expect_err(&format!("expected an error about {parts:?}"));
        for part in parts {
            assert!(error.contains(part), "{part:?} in {error:?}");
        }
    }
}

fn jobs(cell: &Cell, n: usize) -> Vec<SlotJobs> {
    let mut schedule: CellSchedule = cell.schedule().clone();
    (0..n).map(|_| schedule.next_slot(SampleTime(0)).unwrap()).collect()
}

#[test]
fn every_slot_obeys_the_rules() {
    let other = with("mcs = 16", "mcs = 3\nsymbols = [2, 12]\nfirst_prb = 3\nn_prb = 9");
    for text in [DEFAULT_CELL.to_string(), FDD.to_string(), eight_blocks(), other] {
        let cell = parse(&text).unwrap();
        let transmit = cell.transmit();
        let parameters = transmit.parameters();
        let per_frame = usize::from(transmit.carrier().numerology().slots_per_frame());
        let all = jobs(&cell, 64 * per_frame);
        let (mut ssbs, mut sib1, mut user) = (0, 0, 0);
        for job in &all {
            assert_eq!(job.at, transmit.first_slot().offset(job.number as i64));
            ssbs += job.ssbs.len();
            let downlink = transmit.downlink_symbols(job.at);
            let mut ssb_symbols = 0u16;
            for ssb in &job.ssbs {
                let mask = 0xf << ssb.first_symbol;
                assert_eq!(ssb_symbols & mask, 0, "blocks overlap in {}", job.at);
                ssb_symbols |= mask;
                assert_eq!(ssb.payload.sfn(), job.at.sfn());
            }
            assert_eq!(ssb_symbols & !downlink, 0);
            let mut cces = vec![false; transmit.coreset0().unwrap().n_cce()];
            assert_eq!(job.pdcchs.len(), job.pdschs.len());
            for (dci, data) in job.pdcchs.iter().zip(&job.pdschs) {
                let first = usize::from(dci.candidate.first_cce);
                for cce in &mut cces[first..first + dci.candidate.level.get()] {
                    assert!(!std::mem::replace(cce, true), "CCE used twice in {}", job.at);
                }
                let start = dci.config.first_symbol();
                let end = start + dci.config.coreset().duration();
                assert!((start..end).all(|l| downlink >> l & 1 == 1 && ssb_symbols >> l & 1 == 0), "{}", job.at);
                assert!(data.config.symbols().start >= end && data.config.slot() == job.at);
                assert!(data.config.symbols().all(|l| downlink >> l & 1 == 1), "{}", job.at);
                assert_eq!(8 * data.block.len(), data.config.tbs());
                let over_ssb = data.config.symbols().any(|l| ssb_symbols >> l & 1 == 1);
                match data.kind {
                    BlockKind::Sib1 => {
                        assert!(!over_ssb, "SIB1 over an SS/PBCH block in {}", job.at);
                        assert_eq!(&Sib1::decode(&data.block).unwrap().0, cell.sib1().unwrap());
                        sib1 += 1;
                    }
                    BlockKind::User => {
                        let reserved = data.config.parameters().reserved.as_deref();
                        let around: u16 =
                            reserved.map_or(0, |r| r.iter().fold(0, |m, r: &ReservedElements| m | r.symbols));
                        assert!(!over_ssb || around == ssb_symbols, "{}", job.at);
                        assert_eq!(job.number % u64::from(parameters.user.as_ref().unwrap().every_slots), 0);
                        user += 1;
                    }
                }
            }
        }
        let half_frames = 128;
        let bursts = half_frames / (parameters.ssb.period_ms as usize / 5);
        assert_eq!(ssbs, bursts * parameters.ssb.indices.len());
        assert_eq!(sib1, 32 * parameters.ssb.indices.len(), "every 20 ms");
        assert!(user > all.len() / 8, "{user} blocks in {} slots", all.len());
    }
}

#[test]
fn the_same_seed_sends_the_same_and_a_file_is_sent_in_order() {
    let bytes = |cell: &Cell| -> Vec<u8> {
        let blocks = jobs(cell, 40).into_iter().flat_map(|j| j.pdschs).filter(|p| p.kind == BlockKind::User);
        blocks.flat_map(|p| p.block.to_vec()).collect()
    };
    let one = bytes(&Cell::default_cell().unwrap());
    assert_eq!(one, bytes(&Cell::default_cell().unwrap()));
    assert_ne!(one, bytes(&parse(&with("seed = 1", "seed = 2")).unwrap()));
    let path = scratch("payload");
    let text: Vec<u8> = (0..251).collect();
    std::fs::write(&path, &text).unwrap();
    let sent = bytes(&parse(&with("seed = 1", &format!("payload_file = {path:?}"))).unwrap());
    assert!(sent.iter().enumerate().all(|(i, byte)| *byte == text[i % 251]));
    std::fs::remove_file(path).unwrap();
}

fn scratch(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("nrflow-transmit-{}-{name}", std::process::id()))
}

fn sent(text: &str, channel: ChannelSettings, duration_ms: f64, name: &str) -> (Cell, Summary, Recording, PathBuf) {
    let cell = parse(text).unwrap();
    let path = scratch(name);
    let options = TransmitOptions { duration_ms, keep_blocks: true, ..TransmitOptions::of(&cell) };
    let (done, wait) = mpsc::channel();
    let (thread_cell, thread_path) = (cell.clone(), path.clone());
    std::thread::spawn(move || done.send(run(&thread_cell, &channel, &thread_path, &options)));
    let summary = wait.recv_timeout(Duration::from_secs(120)).expect("the flowgraph hangs").unwrap();
    let recording = Recording::open_sigmf(&path).unwrap();
    assert_eq!(recording.sample_rate_hz(), cell.ofdm().sample_rate_hz() as f64);
    assert_eq!(recording.frequency_hz(), Some(cell.centre_hz() as f64));
    (cell, summary, recording, path)
}

fn remove(path: &Path) {
    for extension in [".sigmf-meta", ".sigmf-data"] {
        let mut name = path.as_os_str().to_owned();
        name.push(extension);
        std::fs::remove_file(name).unwrap();
    }
}

/// The pure receivers on one slot: (SS/PBCH blocks, DCIs, transport blocks).
struct Receiver<'c> {
    cell: &'c Cell,
    pbch: PbchReceiver,
    pdcch: PdcchReceiver,
    pdsch: PdschReceiver<i8>,
    layout: DciLayout,
    rntis: RntiSet,
}

impl<'c> Receiver<'c> {
    fn new(cell: &'c Cell) -> Self {
        let transmit = cell.transmit();
        let coreset = transmit.coreset0().unwrap();
        let config = PdcchConfig::new(transmit.carrier(), coreset, 0, PdcchScrambling::cell(transmit.cell_id()));
        let mut rntis = RntiSet::broadcast();
        rntis.insert(transmit.parameters().user.as_ref().unwrap().rnti, RntiKind::C);
        Self {
            cell,
            pbch: PbchReceiver::new(transmit.carrier().numerology()),
            pdcch: PdcchReceiver::new(&config.unwrap(), 1).unwrap(),
            pdsch: PdschReceiver::new(transmit.carrier(), 1, ReceiverOptions::default()),
            layout: DciLayout::common(coreset.n_rb() as u16, None).unwrap(),
            rntis,
        }
    }

    fn ssbs(&mut self, at: SlotPoint, grid: &ResourceGrid) -> usize {
        let transmit = self.cell.transmit();
        let mut found = 0;
        for (index, first_symbol) in transmit.ssbs_in(at) {
            let mut block = SsbBlock::default();
            block.read(grid, 0, first_symbol, transmit.ssb_first_subcarrier()).unwrap();
            let mut reception = PbchReception::new();
            self.pbch.receive(transmit.cell_id(), 0, block.as_slice(), &mut reception);
            let decoded = self.pbch.decode(&mut [reception], transmit.l_max()).expect("PBCH");
            assert_eq!((decoded.ssb_index, decoded.payload.sfn()), (index, at.sfn()));
            assert_eq!(decoded.payload.k_ssb(transmit.l_max()), transmit.geometry().k_ssb());
            let [_, a, b, c] = decoded.payload.mib().to_be_bytes();
            let mib = Mib::decode([a, b, c]).unwrap();
            assert_eq!(mib.pdcch_config_sib1, transmit.parameters().mib.pdcch_config_sib1);
            found += 1;
        }
        found
    }

    /// The transport blocks of the DCIs found.
    fn blocks(&mut self, at: SlotPoint, grid: &ResourceGrid) -> Vec<(Rnti, Vec<u8>, f32)> {
        let transmit = self.cell.transmit();
        let n_cce = transmit.coreset0().unwrap().n_cce();
        let mut candidates = SearchSpace::type0().candidates(n_cce, at.slot());
        let user = transmit.parameters().user.as_ref().unwrap();
        candidates.extend(user.search_space.candidates(n_cce, at.slot()));
        let search = PdcchSearch {
            slot_in_frame: at.slot(),
            candidates: &candidates,
            dci_sizes: &[self.layout.size()],
            rntis: &self.rntis,
            unknown_rntis: false,
        };
        let mut blocks = Vec::new();
        for dci in self.pdcch.search(grid, &search) {
            let fields = Dci1_0::decode(&dci.bits, dci.kind.unwrap(), &self.layout).unwrap();
            let config = self.pdsch_config(at, dci.rnti, &fields);
            let report = self.pdsch.decode(grid, &config, &mut HarqBuffer::new(config.tbs()));
            assert!(report.crc_ok, "{} in {at}: {report:?}", dci.rnti);
            blocks.push((dci.rnti, self.pdsch.transport_block().to_vec(), report.evm_percent));
        }
        blocks
    }

    fn pdsch_config(&self, at: SlotPoint, rnti: Rnti, fields: &Dci1_0) -> PdschConfig {
        let transmit = self.cell.transmit();
        let coreset = transmit.coreset0().unwrap();
        let assignment = fields.assignment().unwrap();
        let kind = if rnti == Rnti::SI { GrantKind::Sib1 } else { GrantKind::Device };
        let ssb = transmit.ssb_symbols(at);
        let reserved = (ssb != 0 && kind == GrantKind::Device).then(|| {
            let crbs = transmit.geometry().ssb_crbs().collect();
            std::sync::Arc::from([ReservedElements { crbs, subcarriers: 0xfff, symbols: ssb }])
        });
        let context = FallbackContext {
            carrier: *transmit.carrier(),
            bwp: *transmit.bwp(),
            cell_id: transmit.cell_id(),
            dci_slot: at,
            frequency_size: coreset.n_rb() as u16,
            coreset_start_crb: coreset.first_crb(),
            type_a_position: transmit.type_a_position(),
            time_table: TimeTable::Default(DefaultTimeTable::A),
            mcs_table: McsTable::Qam64,
            data_scrambling_id: None,
            dmrs_scrambling_id: None,
            overhead_per_prb: 0,
            tbs_lbrm: None,
            reserved,
        };
        let grant = FallbackGrant {
            kind,
            rnti,
            common_search_space: true,
            frequency_resource: assignment.frequency_resource.into(),
            time_resource: assignment.time_resource,
            interleaved: assignment.interleaved_vrb_to_prb,
            mcs: assignment.mcs,
            rv: fields.rv(),
            tb_scaling: 0,
            first_transmission: None,
        };
        PdschConfig::from_fallback_grant(&context, &grant).unwrap()
    }
}

/// Every slot of the recording, from sample `skip` on.
fn received(cell: &Cell, recording: &Recording, skip: usize, n_slots: u64) -> (usize, Vec<(SlotPoint, Rnti, Vec<u8>)>) {
    let mut samples = vec![Complex32::ZERO; recording.n_samples() as usize];
    assert_eq!(recording.reader().unwrap().read(&mut samples).unwrap(), samples.len());
    let mut demodulator = OfdmDemodulator::new(cell.ofdm());
    let mut grid = ResourceGrid::for_carrier(cell.transmit().carrier(), 1);
    let mut receiver = Receiver::new(cell);
    let (mut ssbs, mut blocks, mut start) = (0, Vec::new(), skip);
    for n in 0..n_slots {
        let at = cell.transmit().first_slot().offset(n as i64);
        let len = cell.ofdm().slot_len(at.slot_in_subframe());
        demodulator.demodulate_slot(at.slot_in_subframe(), &samples[start..start + len], 0, &mut grid);
        start += len;
        ssbs += receiver.ssbs(at, &grid);
        blocks.extend(receiver.blocks(at, &grid).into_iter().map(|(rnti, block, _)| (at, rnti, block)));
    }
    (ssbs, blocks)
}

fn same(sent: &[SentBlock], got: &[(SlotPoint, Rnti, Vec<u8>)]) {
    let sent: Vec<_> = sent.iter().map(|b| (b.at, b.rnti, b.bytes.to_vec())).collect();
    let places =
        |list: &[(SlotPoint, Rnti, Vec<u8>)]| list.iter().map(|(at, rnti, _)| (*at, *rnti)).collect::<Vec<_>>();
    assert_eq!(places(&sent), places(got));
    assert!(sent == got, "payloads differ");
}

#[test]
fn the_recording_holds_what_was_sent() {
    for (name, text) in [("tdd", DEFAULT_CELL.to_string()), ("fdd", FDD.to_string()), ("eight", eight_blocks())] {
        let (cell, summary, recording, path) = sent(&text, ChannelSettings::default(), 25.0, name);
        assert_eq!(recording.n_samples(), summary.sent.samples);
        assert_eq!(recording.n_samples(), (25e-3 * recording.sample_rate_hz()).round() as u64);
        let (ssbs, blocks) = received(&cell, &recording, 0, summary.sent.slots);
        assert_eq!(ssbs as u64, summary.sent.ssbs);
        assert!(ssbs >= 2 && summary.sent.sib1_blocks > 0 && summary.sent.user_blocks > 0);
        same(&summary.sent.blocks, &blocks);
        remove(&path);
    }
}

#[test]
fn a_channel_with_noise_delay_and_multipath_still_lets_everything_through() {
    let channel = ChannelSettings {
        snr: Some(25.0),
        delay: Some(3.5),
        cfo: Some(100.0),
        tdl: Some("TDLA30".into()),
        channel_seed: 3,
        ..ChannelSettings::default()
    };
    let text = with("mcs = 16", "mcs = 2");
    let latency = channel.channel(23_040_000, 1.0).unwrap().unwrap().latency();
    let (cell, summary, recording, path) = sent(&text, channel, 10.0, "channel");
    // The delay, and that of the channel's own filters, comes out at the end.
    assert!(recording.n_samples() >= summary.sent.samples, "{} samples", recording.n_samples());
    let (ssbs, blocks) = received(&cell, &recording, latency, summary.sent.slots);
    assert_eq!(ssbs as u64, summary.sent.ssbs);
    same(&summary.sent.blocks, &blocks);
    remove(&path);
}
