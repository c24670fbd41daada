//! The slot path of a running graph in steady state: slots are recycled, whatever the depth of its ports.
#![allow(unsafe_code, reason = "a global allocator is unsafe by its trait; it only counts and hands on")]

use futuresdr::prelude::*;
use futuresdr::runtime::dev::prelude::*;
use nrflow::frame::{Carrier, CellId, CyclicPrefix, Numerology, SlotPoint};
use nrflow::propagation::Awgn;
use nrflow::reference_signal::dmrs::TypeAPosition;
use nrflow_blocks::receive::{
    AssistedCell, AssistedControl, CellSync, DeviceScrambling, OfdmReceive, PdcchReceive, PdschReceive, Report, RxSlot,
    SyncSettings,
};
use nrflow_blocks::slot_port::DEFAULT_DEPTH;
use nrflow_blocks::{PerSlot, Pool, SlotProcessor, SlotSink};
use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

struct Counting;

/// Allocations of at least [`LARGE`] bytes, of all threads.
static LARGE_ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
/// No message of the runtime is so long, and every buffer of a slot is longer.
const LARGE: usize = 4096;

fn count(size: usize) {
    LARGE_ALLOCATIONS.fetch_add(u64::from(size >= LARGE), Ordering::Relaxed);
}

// SAFETY: every call is handed to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static GLOBAL: Counting = Counting;

/// What a tap has seen go by.
#[derive(Default)]
struct Seen {
    slots: usize,
    /// Where the grids lay.
    places: BTreeSet<usize>,
    /// Large allocations when the second half began and ended.
    allocations: (u64, u64),
}

/// Hands slots on, through a pool of its own.
struct Tap {
    seen: Arc<Mutex<Seen>>,
    half: usize,
    pool: Option<Pool<RxSlot>>,
    pool_len: Arc<AtomicU64>,
}

impl SlotProcessor for Tap {
    type In = Arc<RxSlot>;
    type Out = Arc<RxSlot>;

    fn process(&mut self, slot: Arc<RxSlot>) -> Option<Arc<RxSlot>> {
        let mut seen = self.seen.lock().ok()?;
        seen.slots += 1;
        seen.places.insert(slot.grid.as_slice().as_ptr() as usize);
        let now = LARGE_ALLOCATIONS.load(Ordering::Relaxed);
        if seen.slots > self.half {
            seen.allocations.1 = now;
        } else {
            seen.allocations.0 = now;
        }
        let pool = self.pool.get_or_insert_with(|| Pool::new(RxSlot::clone(&slot)));
        let out = pool.share(|out| {
            let RxSlot { cell, at, start, continuity, whole_symbols, grid, wide, ssbs } = &*slot;
            out.cell = Arc::clone(cell);
            (out.at, out.start, out.continuity, out.whole_symbols) = (*at, *start, *continuity, *whole_symbols);
            out.grid.as_mut_slice().copy_from_slice(grid.as_slice());
            out.wide.as_mut_slice().copy_from_slice(wide.as_slice());
            out.ssbs.clone_from(ssbs);
        });
        self.pool_len.store(pool.len() as u64, Ordering::Relaxed);
        Some(out)
    }
}

/// Noise without end.
#[derive(Block)]
struct Noise {
    #[output]
    output: DefaultCpuWriter<Complex32>,
    noise: Vec<Complex32>,
    left: usize,
}

impl Kernel for Noise {
    async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        let out = self.output.slice();
        let n = out.len().min(self.left).min(self.noise.len());
        out[..n].copy_from_slice(&self.noise[..n]);
        self.output.produce(n);
        self.left -= n;
        io.finished = self.left == 0;
        io.call_again = n > 0;
        Ok(())
    }
}

const RATE_HZ: usize = 7_680_000;
const SLOTS: usize = 2000;

fn assisted() -> AssistedCell {
    let carrier = Carrier::new(Numerology::MU0, CyclicPrefix::Normal, 0, 25).unwrap();
    AssistedCell {
        cell_id: CellId::new(1).unwrap(),
        first_slot: SlotPoint::new(Numerology::MU0, 0, 0).unwrap(),
        carrier,
        centre_offset_hz: 0.0,
        phase_compensation_hz: None,
        type_a_position: TypeAPosition::Pos2,
        time_allocations: None,
        device: DeviceScrambling::default(),
        control: AssistedControl::Coreset0 { start_crb: 0, n_rb: 24, n_symbols: 2, first_symbols: vec![0] },
    }
}

fn run() -> Result<()> {
    let mut noise = vec![Complex32::new(0.0, 0.0); RATE_HZ / 100];
    Awgn::new(0.01, 1, 0)?.process(&mut noise);
    let mut source = Noise { output: DefaultCpuWriter::default(), noise, left: SLOTS * RATE_HZ / 1000 };
    source.output.set_min_buffer_size_in_items(8 * RATE_HZ / 1000);
    let settings = SyncSettings { assist: Some(assisted()), ..SyncSettings::new(RATE_HZ as f64, None) };
    let sync = CellSync::new(settings)?;
    let ofdm = PerSlot::new(OfdmReceive::new(sync.slot_rate_hz()));
    let (seen, pool_len) = (Arc::<Mutex<Seen>>::default(), Arc::<AtomicU64>::default());
    let tap = Tap { seen: Arc::clone(&seen), half: SLOTS / 2, pool: None, pool_len: Arc::clone(&pool_len) };
    let tap = PerSlot::new(tap);
    let (pdcch, pdsch) = (PdcchReceive::new(&[]), PdschReceive::default());
    let reports = Arc::<AtomicU64>::default();
    let tally = Arc::clone(&reports);
    let sink = SlotSink::new(move |r: Vec<Report>| {
        tally.fetch_add(r.len() as u64, Ordering::Relaxed);
        Ok(())
    });
    // A second reader of the grids, which only lets them go.
    let other = SlotSink::new(|_: Arc<RxSlot>| Ok(()));
    let mut fg = Flowgraph::new();
    connect!(fg,
        source > inputs[0].sync > ofdm > tap > slots.pdcch > pdsch > sink;
        ofdm > other;
        pdsch.learnt > learnt.pdcch;
    );
    Runtime::new().run(fg)?;
    let seen = seen.lock().map_err(|e| anyhow::anyhow!("{e}"))?;
    let allocated = seen.allocations.1 - seen.allocations.0;
    println!(
        "{} slots in {} grids, {} behind the tap; {allocated} large allocations in the second half",
        seen.slots,
        seen.places.len(),
        pool_len.load(Ordering::Relaxed)
    );
    assert_eq!((seen.slots, reports.load(Ordering::Relaxed)), (SLOTS, 0));
    // A full queue waits at each of two readers, which have one each in their hands, and one is being filled.
    let most = 2 * DEFAULT_DEPTH + 3;
    assert!(seen.places.len() <= most, "{} grids", seen.places.len());
    // A full queue waits at the PDCCH receiver and at the PDSCH receiver, which have one each in their hands.
    assert!(pool_len.load(Ordering::Relaxed) <= most as u64, "{pool_len:?} grids behind the tap");
    // The pools may grow to these bounds at any time; without recycling there were a thousand of each.
    assert!(allocated <= 2 * most as u64, "{allocated} large allocations in the second half");
    Ok(())
}

#[test]
fn slots_are_recycled() {
    futuresdr::runtime::config::set("ctrlport_enable", false);
    let (done, wait) = mpsc::channel();
    std::thread::spawn(move || done.send(run().map_err(|e| e.to_string())));
    wait.recv_timeout(Duration::from_secs(120)).expect("the flowgraph hangs").unwrap();
}
