//! The graph of the receiver behind its source: synchronisation, OFDM, PDCCH, PDSCH.

use futuresdr::prelude::*;
use futuresdr::runtime::BlockRef;
use nrflow::frame::Rnti;
use nrflow::pdcch::RntiKind;
use nrflow_blocks::file::FileSource;
use nrflow_blocks::radio::RadioSource;
use nrflow_blocks::receive::{CellSync, Known, OfdmReceive, PdcchReceive, PdschReceive, Report, SyncSettings};
use nrflow_blocks::{Failure, PerSlot, SlotSink};

/// A receiver that waits for its source.
pub struct ReceiveGraph {
    graph: Flowgraph,
    sync: BlockRef<CellSync>,
    n_antennas: usize,
    failure: Failure,
}

impl ReceiveGraph {
    /// A receiver that calls `take` with each report, in order.
    ///
    /// # Errors
    /// If the sample rate or the assisted cell is impossible.
    pub fn new(
        settings: SyncSettings,
        rntis: &[(Rnti, RntiKind)],
        take: impl FnMut(Report) -> anyhow::Result<()> + Send + 'static,
    ) -> anyhow::Result<Self> {
        Self::with_known(settings, rntis, Known::default(), take)
    }

    /// The same with what a person knows of the first cell and its devices.
    ///
    /// # Errors
    /// As [`ReceiveGraph::new`].
    pub fn with_known(
        settings: SyncSettings,
        rntis: &[(Rnti, RntiKind)],
        known: Known,
        mut take: impl FnMut(Report) -> anyhow::Result<()> + Send + 'static,
    ) -> anyhow::Result<Self> {
        let n_antennas = settings.n_antennas;
        let sync = CellSync::new(settings)?;
        let ofdm = PerSlot::new(OfdmReceive::new(sync.slot_rate_hz()));
        let pdcch = PdcchReceive::with_known(rntis, known.clone());
        let pdsch = PdschReceive::with_known(known);
        let sink = SlotSink::new(move |reports: Vec<Report>| reports.into_iter().try_for_each(&mut take));
        let failure = sink.failure();
        let mut graph = Flowgraph::new();
        connect!(graph,
            sync > ofdm > slots.pdcch > pdsch > sink;
            pdsch.learnt > learnt.pdcch;
        );
        Ok(Self { graph, sync, n_antennas, failure })
    }

    /// Receives a recording of one antenna to its end.
    ///
    /// # Errors
    /// As [`Self::run_from_files`].
    pub fn run_from_file(self, source: FileSource) -> anyhow::Result<()> {
        self.run_from_files(vec![source])
    }

    /// Receives the recordings of all antennas to their end.
    ///
    /// # Errors
    /// If there is not one for each antenna of the settings; what a recording or the taker of reports failed of.
    pub fn run_from_files(self, sources: Vec<FileSource>) -> anyhow::Result<()> {
        let Self { mut graph, sync, n_antennas, failure } = self;
        anyhow::ensure!(sources.len() == n_antennas, "{} recordings for {n_antennas} antennas", sources.len());
        let mut ends: Vec<Failure> = sources.iter().map(FileSource::failure).collect();
        ends.push(failure);
        for (antenna, source) in sources.into_iter().enumerate() {
            let source = graph.add(source);
            graph.stream(&source, |b| b.output(), &sync, |b| &mut b.inputs()[antenna])?;
        }
        run(graph, &ends)
    }

    /// Receives the first channels of a radio, one for each antenna, until it ends or is stopped.
    ///
    /// # Errors
    /// If the radio has too few; what it or the taker of reports failed of.
    pub fn run_from_radio(self, source: RadioSource) -> anyhow::Result<()> {
        let Self { mut graph, sync, n_antennas, failure } = self;
        let ends = [source.failure(), failure];
        let n_channels = source.n_channels();
        anyhow::ensure!(n_channels >= n_antennas, "{n_channels} channels of a radio for {n_antennas} antennas");
        let source = graph.add(source);
        for antenna in 0..n_antennas {
            graph.stream(&source, |b| &mut b.outputs()[antenna], &sync, |b| &mut b.inputs()[antenna])?;
        }
        run(graph, &ends)
    }
}

/// Runs a graph to its end.
///
/// # Errors
/// What one of the blocks at its ends failed of, or else what FutureSDR says.
pub fn run<'a>(graph: Flowgraph, ends: impl IntoIterator<Item = &'a Failure>) -> anyhow::Result<()> {
    futuresdr::runtime::config::set("ctrlport_enable", false);
    // What a block fails of is told by the caller; FutureSDR would print it with a backtrace.
    futuresdr::runtime::config::set("log_level", "off");
    let result = Runtime::new().run(graph);
    let of_end = ends.into_iter().find_map(Failure::take);
    result.map(drop).map_err(|e| of_end.unwrap_or_else(|| e.into()))
}
