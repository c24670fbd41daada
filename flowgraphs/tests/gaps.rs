//! A radio that loses samples: the receiver goes on, says what is missing, and decodes again soon after.

use nrflow::Complex32;
use nrflow::kernel::Isa;
use nrflow_blocks::file::{Recording, SampleFormat};
use nrflow_blocks::radio::{
    Chunk, DeviceTime, Pace, RadioSource, ReceiveOptions, Received, SampleInput, StreamCounts, WireFormat,
};
use nrflow_blocks::receive::{Report, SyncSettings};
use nrflow_flowgraphs::channel_settings::ChannelSettings;
use nrflow_flowgraphs::config::Cell;
use nrflow_flowgraphs::receive_graph::ReceiveGraph;
use nrflow_flowgraphs::transmit::{self, TransmitOptions};
use std::ops::Range;
use std::sync::{OnceLock, mpsc};

/// What happens at a sample of the air.
#[derive(Clone)]
enum Fault {
    /// Samples are lost; the device says so.
    Overflow(u64),
    /// It transmits for so many reads, and does not hear so many samples meanwhile.
    Turn(u32, u64),
    /// Samples are lost without a word.
    Gap(u64),
    /// The clock is set anew.
    Jump(i64),
    /// Nothing comes for so many reads.
    TimeOut(u32),
    /// The stream fails, and the device can be opened again at this many attempts; samples are lost meanwhile.
    Vanish(u32, u64),
}

/// A recording as a radio that has faults.
struct Faulty {
    samples: Vec<Complex32>,
    rate: f64,
    position: u64,
    clock: Option<i64>,
    faults: Vec<(u64, Fault)>,
    reads: usize,
    waits: u32,
    turns: u32,
    refusals: u32,
}

impl SampleInput for Faulty {
    fn format(&self) -> WireFormat {
        WireFormat::Cs16
    }

    fn n_channels(&self) -> usize {
        1
    }

    fn sample_rate_hz(&self) -> f64 {
        self.rate
    }

    fn pace(&self) -> Pace {
        Pace::OnDemand
    }

    fn read(&mut self, chunk: &mut Chunk) -> Received {
        if self.waits > 0 {
            self.waits -= 1;
            return Received::TimedOut;
        }
        if self.turns > 0 {
            self.turns -= 1;
            return Received::Paused;
        }
        if let Some(index) = self.faults.iter().position(|(at, _)| *at <= self.position) {
            match self.faults.remove(index).1 {
                Fault::Overflow(n) => {
                    self.position += n;
                    return Received::Overflow;
                }
                Fault::Gap(n) => self.position += n,
                Fault::Turn(reads, n) => (self.position, self.turns) = (self.position + n, reads),
                Fault::Jump(by) => self.clock = self.clock.map(|clock| clock + by),
                Fault::TimeOut(n) => self.waits = n,
                Fault::Vanish(refusals, n) => {
                    self.position += n;
                    self.refusals = refusals;
                    return Received::Failed("unplugged".to_string());
                }
            }
            return Received::TimedOut;
        }
        // Up to the next fault, in pieces of many sizes.
        self.reads += 1;
        let piece = [8192, 1, 4000, 113, 8191][self.reads % 5];
        let to_fault = self.faults.iter().map(|(at, _)| at - self.position).min().unwrap_or(u64::MAX);
        let left = self.samples.len() as u64 - self.position.min(self.samples.len() as u64);
        let n = piece.min(to_fault).min(left) as usize;
        if n == 0 {
            return Received::Ended;
        }
        let from = self.position as usize;
        chunk.encode(Isa::detect(), 0, chunk.len, &self.samples[from..from + n]);
        self.position += n as u64;
        Received::Samples { n, time: self.clock.map(|clock| DeviceTime(clock + from as i64)) }
    }

    fn reopen(&mut self) -> Result<(), String> {
        if self.refusals > 0 {
            self.refusals -= 1;
            return Err("no such device".to_string());
        }
        Ok(())
    }
}

/// The default cell for 600 ms: samples, sample rate and centre frequency.
fn air() -> (Vec<Complex32>, f64, f64) {
    static AIR: OnceLock<(Vec<Complex32>, f64, f64)> = OnceLock::new();
    AIR.get_or_init(make_air).clone()
}

fn make_air() -> (Vec<Complex32>, f64, f64) {
    let path = std::env::temp_dir().join(format!("nrflow-gaps-{}", std::process::id()));
    let cell = Cell::default_cell().unwrap();
    let options =
        TransmitOptions { duration_ms: 600.0, format: SampleFormat::Cs16, keep_blocks: false, progress: false };
    let channel = ChannelSettings { snr: Some(25.0), cfo: Some(700.0), ..ChannelSettings::default() };
    transmit::run(&cell, &channel, &path, &options).unwrap();
    let recording = Recording::open_sigmf(&path).unwrap();
    let mut samples = vec![Complex32::ZERO; recording.n_samples() as usize];
    let mut reader = recording.reader().unwrap();
    let mut filled = 0;
    while filled < samples.len() {
        filled += reader.read(&mut samples[filled..]).unwrap();
    }
    for extension in ["sigmf-meta", "sigmf-data"] {
        std::fs::remove_file(path.with_extension(extension)).unwrap();
    }
    (samples, recording.sample_rate_hz(), recording.frequency_hz().unwrap())
}

/// What a receiver made of a faulty radio: the times of good SIB1 blocks and of SS/PBCH blocks in ms of the stream, and
/// the counters.
struct Outcome {
    ssb_ms: Vec<f64>,
    sib1_slots: Vec<String>,
    failed_blocks: usize,
    counts: StreamCounts,
    result: anyhow::Result<()>,
    notices: Vec<String>,
}

fn receive(faults: Vec<(u64, Fault)>, clock: Option<i64>) -> Outcome {
    let (samples, rate, frequency_hz) = air();
    let radio = Faulty { samples, rate, position: 0, clock, faults, reads: 0, waits: 0, turns: 0, refusals: 0 };
    let options = ReceiveOptions { reopen_for: std::time::Duration::from_secs(5), ..ReceiveOptions::default() };
    let source = RadioSource::new(Box::new(radio) as Box<dyn SampleInput>, options);
    let (counters, notices) = (source.counters(), source.notices());
    let (sender, reports) = mpsc::channel();
    let settings = SyncSettings::new(rate, Some(frequency_hz));
    let graph = ReceiveGraph::new(settings, &[], move |report| Ok(sender.send(report)?)).unwrap();
    let result = graph.run_from_radio(source);
    let mut outcome = Outcome {
        ssb_ms: Vec::new(),
        sib1_slots: Vec::new(),
        failed_blocks: 0,
        counts: counters.read(),
        result,
        notices: notices.take(),
    };
    for report in reports {
        match report {
            Report::Ssb(ssb) => outcome.ssb_ms.push(ssb.ssb.ssb_start / rate * 1e3),
            Report::Pdsch(pdsch) if pdsch.sib1.is_some() => outcome.sib1_slots.push(pdsch.at.to_string()),
            Report::Pdsch(pdsch) => outcome.failed_blocks += usize::from(!pdsch.figures.crc_ok),
            Report::Dci(_) => {}
        }
    }
    outcome
}

/// Milliseconds in samples.
fn ms(range: Range<f64>) -> (u64, u64) {
    ((range.start * 23_040.0) as u64, ((range.end - range.start) * 23_040.0) as u64)
}

#[test]
fn without_faults_every_block_comes() {
    let outcome = receive(Vec::new(), Some(-77));
    outcome.result.unwrap();
    assert_eq!((outcome.ssb_ms.len(), outcome.sib1_slots.len()), (30, 30));
    let expected = StreamCounts { samples: 600 * 23_040, ..outcome.counts };
    assert_eq!(outcome.counts, expected);
    assert_eq!(outcome.counts.nonzero().map(|(name, _)| name).collect::<Vec<_>>(), ["samples", "queue_high"]);
}

#[test]
fn lost_samples_with_a_clock_are_counted_exactly_and_cost_only_themselves() {
    // Short ones become zeros, long ones a leap; between them all of 100.3 to 130.3 and 200 to 233.4 ms is missing.
    let (a, long) = ms(100.3..130.3);
    let (b, longer) = ms(200.0..233.4);
    let mut faults = vec![(a, Fault::Overflow(long)), (b, Fault::Gap(longer))];
    let short: u64 = (0..20)
        .map(|i| {
            let (at, n) = ms(300.0 + 5.0 * f64::from(i)..300.7 + 5.0 * f64::from(i));
            faults.push((at, Fault::Gap(n)));
            n
        })
        .sum();
    let outcome = receive(faults, Some(1_000_000_007));
    outcome.result.unwrap();
    let lost = long + longer + short;
    assert_eq!((outcome.counts.lost, outcome.counts.gaps, outcome.counts.overflows), (lost, 22, 1));
    assert_eq!(outcome.counts.samples + outcome.counts.lost, 600 * 23_040);
    assert_eq!((outcome.counts.jumps, outcome.counts.dropped, outcome.counts.errors), (0, 0, 0));
    // The time of what follows a gap is right, and the first block after each is received: it comes within 20 ms.
    for after in [130.3, 233.4] {
        assert!(outcome.ssb_ms.iter().any(|t| (after..after + 21.0).contains(t)), "{:?}", outcome.ssb_ms);
    }
    for pair in outcome.ssb_ms.windows(2) {
        let periods = (pair[1] - pair[0]) / 20.0;
        assert!((periods - periods.round()).abs() < 1e-4, "{:?}", outcome.ssb_ms);
    }
    // Missing: the blocks of 120, 200, 220 and 300 to 380 ms, and SIB1 half a millisecond later, also that of 100 ms.
    assert_eq!((outcome.ssb_ms.len(), outcome.sib1_slots.len()), (22, 21), "{:?}", outcome.sib1_slots);
}

#[test]
fn turns_of_a_half_duplex_radio_are_no_losses() {
    let (a, long) = ms(100.3..130.3);
    let (b, short) = ms(300.0..305.0);
    let faults = || vec![(a, Fault::Turn(7, long)), (b, Fault::Turn(1, short))];
    // A clock tells how long each was; without one, the cell is found again.
    for (clock, paused) in [(Some(99), long + short), (None, 0)] {
        let outcome = receive(faults(), clock);
        outcome.result.unwrap();
        let counts = outcome.counts;
        assert_eq!((counts.pauses, counts.paused), (2, paused));
        assert_eq!(counts.samples, 600 * 23_040 - long - short);
        let names: Vec<_> = counts.nonzero().map(|(name, _)| name).collect();
        assert!(["lost", "overflows", "gaps", "jumps", "timeouts", "errors"].iter().all(|n| !names.contains(n)));
        let (first, second) = if clock.is_some() { (130.3, 305.0) } else { (100.3, 270.0) };
        for after in [first, second] {
            assert!(outcome.ssb_ms.iter().any(|t| (after..after + 40.0).contains(t)), "{:?}", outcome.ssb_ms);
        }
        assert!(outcome.ssb_ms.len() >= 26 && outcome.sib1_slots.len() >= 24, "{:?}", outcome.sib1_slots);
    }
}

#[test]
fn without_a_clock_the_receiver_finds_its_cell_again_within_40_ms() {
    let (a, n) = ms(100.3..130.3);
    let (b, m) = ms(300.0..300.01);
    let outcome = receive(vec![(a, Fault::Overflow(n)), (b, Fault::Overflow(m))], None);
    outcome.result.unwrap();
    assert_eq!((outcome.counts.jumps, outcome.counts.overflows, outcome.counts.lost), (2, 2, 0));
    // In time of the stream, which does not know of what is missing.
    let all = &outcome.ssb_ms;
    for break_at in [100.3, 270.0] {
        assert!(all.iter().any(|t| (break_at..break_at + 21.0).contains(t)), "{all:?}");
    }
    // 600 ms less 30: 28 or 29 blocks, each with its SIB1 but where the break lies.
    assert!(all.len() >= 28 && outcome.sib1_slots.len() >= 26, "{all:?} {:?}", outcome.sib1_slots);
}

#[test]
fn a_clock_set_anew_breaks_the_stream_and_no_more() {
    let (a, _) = ms(150.0..150.1);
    let (b, _) = ms(350.0..350.1);
    for by in [-23_040_000, 23_040 * 3000, i64::MAX / 2] {
        let outcome = receive(vec![(a, Fault::Jump(by)), (b, Fault::TimeOut(3))], Some(5));
        outcome.result.unwrap();
        assert_eq!((outcome.counts.jumps, outcome.counts.lost), (1, 0));
        assert_eq!(outcome.counts.samples, 600 * 23_040);
        assert!(outcome.ssb_ms.len() >= 29 && outcome.sib1_slots.len() >= 28, "{by} {:?}", outcome.ssb_ms);
    }
}

#[test]
fn a_device_that_comes_back_is_received_again_and_one_that_does_not_ends_with_its_reason() {
    let (a, n) = ms(200.0..260.0);
    let outcome = receive(vec![(a, Fault::Vanish(3, n))], Some(0));
    outcome.result.unwrap();
    assert_eq!((outcome.counts.errors, outcome.counts.reopened, outcome.counts.lost), (1, 1, n));
    assert!(outcome.notices.iter().any(|line| line.contains("unplugged")), "{:?}", outcome.notices);
    assert!(outcome.ssb_ms.iter().any(|t| (260.0..281.0).contains(t)), "{:?}", outcome.ssb_ms);

    let (samples, rate, frequency_hz) = air();
    let faults = vec![(a, Fault::Vanish(u32::MAX, 0))];
    let radio = Faulty { samples, rate, position: 0, clock: None, faults, reads: 0, waits: 0, turns: 0, refusals: 0 };
    let options = ReceiveOptions { reopen_for: std::time::Duration::from_millis(200), ..ReceiveOptions::default() };
    let source = RadioSource::new(radio, options);
    let counters = source.counters();
    let graph = ReceiveGraph::new(SyncSettings::new(rate, Some(frequency_hz)), &[], |_| Ok(())).unwrap();
    let error = graph.run_from_radio(source).unwrap_err().to_string();
    assert!(error.contains("no such device"), "{error}");
    assert_eq!(counters.read().samples, a);
}

#[test]
fn a_limit_is_kept_to_the_sample() {
    let (samples, rate, frequency_hz) = air();
    let (a, n) = ms(10.0..12.0);
    let radio = Faulty {
        samples,
        rate,
        position: 0,
        clock: Some(3),
        faults: vec![(a, Fault::Gap(n))],
        reads: 0,
        waits: 0,
        turns: 0,
        refusals: 0,
    };
    let options = ReceiveOptions { limit: Some(500_001), ..ReceiveOptions::default() };
    let source = RadioSource::new(radio, options);
    let counters = source.counters();
    let graph = ReceiveGraph::new(SyncSettings::new(rate, Some(frequency_hz)), &[], |_| Ok(())).unwrap();
    graph.run_from_radio(source).unwrap();
    assert_eq!(counters.read().samples + n, 500_001);
}
