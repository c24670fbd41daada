//! The slot edge inside running flowgraphs: order, back pressure, fan-out, early end. Every graph has a time limit,
//! since a block that panics would make its flowgraph hang.

use futuresdr::prelude::*;
use futuresdr::runtime::dev::prelude::*;
use nrflow_blocks::{PerSlot, SlotProcessor, SlotReader, SlotWriter};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Counts up; remembers how far it ever was ahead of `taken`.
#[derive(Block)]
struct Counter {
    #[output]
    output: SlotWriter<Arc<usize>>,
    next: usize,
    end: usize,
    taken: Arc<AtomicUsize>,
    lead: Arc<AtomicUsize>,
}

impl Kernel for Counter {
    async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        if self.output.abandoned() {
            io.finished = true;
            return Ok(());
        }
        while let Some(space) = self.output.reserve() {
            if self.next == self.end {
                io.finished = true;
                break;
            }
            space.send(Arc::new(self.next));
            self.next += 1;
            self.lead.fetch_max(self.next - self.taken.load(Ordering::Relaxed).min(self.next), Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Collects until `limit`.
#[derive(Block)]
struct Collect {
    #[input]
    input: SlotReader<Arc<usize>>,
    seen: Arc<Mutex<Vec<usize>>>,
    taken: Arc<AtomicUsize>,
    limit: usize,
}

impl Kernel for Collect {
    async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        while let Some(item) = self.input.pop() {
            let mut seen = self.seen.lock().map_err(|e| anyhow::anyhow!("{e}"))?;
            seen.push(*item);
            self.taken.fetch_add(1, Ordering::Relaxed);
            if seen.len() == self.limit {
                io.finished = true;
                return Ok(());
            }
        }
        io.finished = self.input.drained();
        Ok(())
    }
}

struct Double;

impl SlotProcessor for Double {
    type In = Arc<usize>;
    type Out = Arc<usize>;

    fn process(&mut self, item: Arc<usize>) -> Option<Arc<usize>> {
        item.is_multiple_of(2).then(|| Arc::new(2 * *item))
    }

    fn finish(&mut self) -> Option<Arc<usize>> {
        Some(Arc::new(usize::MAX))
    }
}

fn within_a_minute(run: impl FnOnce() -> Result<()> + Send + 'static) {
    futuresdr::runtime::config::set("ctrlport_enable", false);
    let (done, wait) = mpsc::channel();
    std::thread::spawn(move || done.send(run().map_err(|e| e.to_string())));
    wait.recv_timeout(Duration::from_secs(60)).expect("the flowgraph hangs").unwrap();
}

fn counter(end: usize, writer: SlotWriter<Arc<usize>>) -> Counter {
    Counter { output: writer, next: 0, end, taken: Arc::default(), lead: Arc::default() }
}

fn collect(limit: usize) -> Collect {
    Collect { input: SlotReader::default(), seen: Arc::default(), taken: Arc::default(), limit }
}

#[test]
fn items_arrive_in_order_and_the_writer_never_runs_ahead_of_the_depth() {
    within_a_minute(|| {
        let mut fg = Flowgraph::new();
        let source = counter(10_000, SlotWriter::new(3));
        let mut sink = collect(usize::MAX);
        sink.taken = Arc::clone(&source.taken);
        let (seen, lead) = (Arc::clone(&sink.seen), Arc::clone(&source.lead));
        connect!(fg, source > sink);
        Runtime::new().run(fg)?;
        assert_eq!(*seen.lock().unwrap(), (0..10_000).collect::<Vec<_>>());
        // At most three wait, and one may have been taken but not yet counted.
        assert!(lead.load(Ordering::Relaxed) <= 4, "{lead:?}");
        Ok(())
    });
}

#[test]
fn a_shared_port_serves_all_and_goes_on_when_one_reader_ends() {
    within_a_minute(|| {
        let mut fg = Flowgraph::new();
        let source = counter(1000, SlotWriter::shared(2));
        let (all, few) = (collect(usize::MAX), collect(5));
        let (seen_all, seen_few) = (Arc::clone(&all.seen), Arc::clone(&few.seen));
        connect!(fg, source > all; source > few);
        Runtime::new().run(fg)?;
        assert_eq!(*seen_all.lock().unwrap(), (0..1000).collect::<Vec<_>>());
        assert_eq!(*seen_few.lock().unwrap(), (0..5).collect::<Vec<_>>());
        Ok(())
    });
}

#[test]
fn a_port_for_one_reader_refuses_a_second() {
    within_a_minute(|| {
        let mut fg = Flowgraph::new();
        let source = counter(10, SlotWriter::new(2));
        let (a, b) = (collect(usize::MAX), collect(usize::MAX));
        connect!(fg, source > a; source > b);
        assert!(Runtime::new().run(fg).is_err());
        Ok(())
    });
}

#[test]
fn per_slot_processes_every_item_and_finishes_after_the_last() {
    within_a_minute(|| {
        let mut fg = Flowgraph::new();
        let (source, double, sink) = (counter(7, SlotWriter::new(2)), PerSlot::new(Double), collect(usize::MAX));
        let seen = Arc::clone(&sink.seen);
        connect!(fg, source > double > sink);
        Runtime::new().run(fg)?;
        assert_eq!(*seen.lock().unwrap(), [0, 4, 8, 12, usize::MAX]);
        Ok(())
    });
}
