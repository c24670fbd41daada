//! What a radio does to a transmitter: late bursts, underflows, failures. Whatever happens, what follows is sent at its
//! own time.

use nrflow_blocks::radio::{
    Chunk, DeviceTime, Pace, RadioSink, SampleOutput, SlotLengths, StreamCounts, TransmitEvent, TransmitOptions,
    WireFormat, Written,
};
use nrflow_flowgraphs::config::Cell;
use nrflow_flowgraphs::transmit::TransmitGraph;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const RATE_HZ: f64 = 23.04e6;
const SLOTS: u64 = 60;
/// All of them.
const SAMPLES: u64 = 30 * 23_040;

/// One call that took samples: at which time, how many, whether a burst ends with them.
type Call = (Option<i64>, usize, bool);

/// A radio that notes what it is given, and has its troubles when so many samples were taken.
#[derive(Default)]
struct Troubled {
    calls: Arc<Mutex<Vec<Call>>>,
    taken: u64,
    events: Vec<(u64, TransmitEvent)>,
    fails_at: Option<u64>,
    refusals: u32,
    attempts: Arc<Mutex<u32>>,
    now: i64,
}

impl SampleOutput for Troubled {
    fn format(&self) -> WireFormat {
        WireFormat::Cs16
    }

    fn n_channels(&self) -> usize {
        1
    }

    fn sample_rate_hz(&self) -> f64 {
        RATE_HZ
    }

    fn pace(&self) -> Pace {
        Pace::OnDemand
    }

    fn is_timed(&self) -> bool {
        true
    }

    fn now(&mut self) -> Option<DeviceTime> {
        Some(DeviceTime(self.now))
    }

    fn write(&mut self, _: &Chunk, samples: Range<usize>, at: Option<DeviceTime>, ends_burst: bool) -> Written {
        if self.fails_at.is_some_and(|fails_at| self.taken >= fails_at) {
            return Written::Failed("unplugged".to_string());
        }
        // In pieces, as devices take them.
        let n = samples.len().min(5000);
        self.taken += n as u64;
        self.calls.lock().unwrap().push((at.map(|at| at.0), n, ends_burst && n == samples.len()));
        Written::Samples(n)
    }

    fn event(&mut self) -> Option<TransmitEvent> {
        let due = self.events.iter().position(|(at, _)| self.taken >= *at)?;
        Some(self.events.remove(due).1)
    }

    fn reopen(&mut self) -> Result<(), String> {
        *self.attempts.lock().unwrap() += 1;
        if self.refusals > 0 {
            self.refusals -= 1;
            return Err("no such device".to_string());
        }
        // It has another clock when it is back.
        (self.fails_at, self.now) = (None, 1_000_000_000);
        Ok(())
    }
}

struct Outcome {
    calls: Vec<Call>,
    counts: StreamCounts,
    attempts: u32,
    result: anyhow::Result<()>,
}

/// Sends the default cell without a pause.
fn send(radio: Troubled, reopen_for: Duration) -> Outcome {
    let (calls, attempts) = (Arc::clone(&radio.calls), Arc::clone(&radio.attempts));
    let cell = Cell::default_cell().unwrap();
    let ofdm = cell.ofdm();
    let lengths = SlotLengths::new(ofdm.numerology(), ofdm.sample_rate_hz(), RATE_HZ).unwrap();
    let options = TransmitOptions { lead: Duration::from_millis(1), reopen_for, ..TransmitOptions::default() };
    let sink = RadioSink::new(radio, lengths, false, options);
    let counters = sink.counters();
    let graph = TransmitGraph::new(&cell, Vec::new(), SLOTS, false).unwrap();
    let result = graph.run_to_radio(sink).map(drop);
    Outcome {
        calls: calls.lock().unwrap().clone(),
        counts: counters.read(),
        attempts: *attempts.lock().unwrap(),
        result,
    }
}

/// The start of slot `n` of the stream, which begins 1 ms after the device's time 0.
fn start(n: u64) -> i64 {
    let cell = Cell::default_cell().unwrap();
    SlotLengths::new(cell.ofdm().numerology(), 23_040_000, RATE_HZ).unwrap().start(n) as i64 + 23_040
}

/// Calls with a time: how many samples were taken before each, and the time.
fn timed(calls: &[Call]) -> Vec<(i64, i64)> {
    let before = calls.iter().scan(0, |sum, call| Some(std::mem::replace(sum, *sum + call.1 as i64)));
    before.zip(calls).filter_map(|(before, call)| Some((before, call.0?))).collect()
}

#[test]
fn without_trouble_it_is_one_burst() {
    let outcome = send(Troubled::default(), Duration::ZERO);
    outcome.result.unwrap();
    assert_eq!(timed(&outcome.calls), [(0, 23_040)]);
    // What ends the burst is a tail of zeros.
    let (last, samples) = outcome.calls.split_last().unwrap();
    assert_eq!((last.1, last.2), (64, true));
    assert!(samples.iter().all(|call| !call.2));
    assert_eq!((outcome.counts.samples, outcome.counts.late, outcome.counts.errors), (SAMPLES + 64, 0, 0));
}

#[test]
fn after_a_late_burst_and_an_underflow_the_next_slot_is_sent_at_its_time() {
    // Slots have 11520 samples: what is told in the middle of one concerns the next.
    let events = vec![(15_000, TransmitEvent::Late), (115_000, TransmitEvent::Underflow)];
    let outcome = send(Troubled { events, ..Troubled::default() }, Duration::ZERO);
    outcome.result.unwrap();
    let counts = outcome.counts;
    assert_eq!((counts.samples, counts.late, counts.underflows), (SAMPLES + 64, 1, 1));
    assert_eq!(timed(&outcome.calls), [(0, start(0)), (start(2) - 23_040, start(2)), (start(10) - 23_040, start(10))]);
}

#[test]
fn after_a_failure_the_next_slot_begins_anew() {
    let radio = Troubled { fails_at: Some(30_000), refusals: 2, ..Troubled::default() };
    let outcome = send(radio, Duration::from_secs(20));
    outcome.result.unwrap();
    let counts = outcome.counts;
    assert_eq!((counts.errors, counts.reopened, outcome.attempts), (1, 1, 3));
    let [(0, 23_040), (before, time)] = timed(&outcome.calls)[..] else { panic!("{:?}", timed(&outcome.calls)) };
    // By the clock that the device has then, 1 ms ahead.
    assert_eq!(time, 1_000_023_040);
    // What was left of the slot in which it failed is not sent.
    let lost = start(3) - 23_040 - before;
    assert!((0..11_600).contains(&lost), "{lost}");
    assert_eq!(counts.samples + lost as u64, SAMPLES + 64);
}

#[test]
fn a_device_that_does_not_come_back_is_tried_for_no_longer_than_told() {
    let radio = Troubled { fails_at: Some(30_000), refusals: u32::MAX, ..Troubled::default() };
    let outcome = send(radio, Duration::from_millis(300));
    let error = outcome.result.unwrap_err().to_string();
    assert!(error.contains("did not come back within 0.3 s: no such device"), "{error}");
    assert_eq!((outcome.counts.errors, outcome.counts.reopened), (1, 0));
    // Pauses grow from 50 ms on: 0, 50, 150, and at most one more.
    assert!((1..=4).contains(&outcome.attempts), "{}", outcome.attempts);
}
