//! `nrflow check`: what a cell configuration means, or what is wrong with it.

use crate::config::Cell;
use anyhow::Context;
use nrflow::frame::Type0Frame;
use std::path::PathBuf;

/// `nrflow check`
#[derive(clap::Args, Debug)]
pub struct CheckArgs {
    /// Cell configuration; the embedded default without one
    file: Option<PathBuf>,
}

/// Runs the command.
pub fn command(args: &CheckArgs) -> anyhow::Result<()> {
    let cell = match &args.file {
        Some(path) => Cell::load(path).with_context(|| path.display().to_string())?,
        None => Cell::default_cell()?,
    };
    print!("{}", report(&cell));
    Ok(())
}

/// The explanation and the drawing.
pub fn report(cell: &Cell) -> String {
    let mut lines = Vec::new();
    let transmit = cell.transmit();
    let geometry = transmit.geometry();
    let mut line = |label: &str, text: String| lines.push(format!("{label:<12}{text}"));
    let id = transmit.cell_id();
    line("cell", format!("PCI {id} (N_ID^(1) {}, N_ID^(2) {})", id.nid1(), id.nid2()));
    let ofdm = cell.ofdm();
    let mhz = |hz: u64| hz as f64 / 1e6;
    let rate = mhz(ofdm.sample_rate_hz());
    line("samples", format!("{rate} Msps, FFT of {}, 0 Hz at {} MHz", ofdm.fft_size(), mhz(cell.centre_hz())));
    let ssb = &transmit.parameters().ssb;
    for &index in &ssb.indices {
        if let Some(time) = geometry.ssb_positions().get(index.into()) {
            let slot = time.slot_in_frame(ofdm.numerology(), if ssb.period_ms == 5 { 0 } else { ssb.half_frame });
            let (first, last) = (time.first_symbol, time.first_symbol + 3);
            let period = ssb.period_ms;
            line("SSB time", format!("index {index}: slot {slot}, symbols {first}..={last}, every {period} ms"));
        }
    }
    for slot in cell.schedule().sib1_slots() {
        let frame = match slot.occasion.frame {
            Type0Frame::Even => "even frames",
            Type0Frame::Odd => "odd frames",
            Type0Frame::OfSsb => "frames of the block",
        };
        line(
            "SIB1",
            format!(
                "for SSB {}: {frame}, slot {}, PDCCH from symbol {} (CCE {}, level {}), MCS {}, {} bits",
                slot.ssb_index,
                slot.occasion.slot,
                slot.occasion.first_symbol,
                slot.candidate.first_cce,
                slot.candidate.level.get(),
                slot.mcs,
                slot.tbs
            ),
        );
    }
    if let (Some(pdsch), Some(user)) = (cell.schedule().user_pdsch(), &transmit.parameters().user) {
        let symbols = pdsch.symbols();
        line(
            "user PDSCH",
            format!(
                "RNTI {}, {} blocks, symbols {}..={}, {}, {} bits, one in {} slots{}",
                user.rnti,
                pdsch.prbs().crbs().len(),
                symbols.start,
                symbols.end - 1,
                pdsch.modulation(),
                pdsch.tbs(),
                user.every_slots,
                if user.transmissions > 1 {
                    format!(", each sent {} times", user.transmissions)
                } else {
                    String::new()
                }
            ),
        );
    }
    let all = geometry.explain().into_iter().chain(lines).chain([String::new()]).chain(geometry.drawing());
    all.fold(String::new(), |text, line| text + line.trim_end() + "\n")
}
