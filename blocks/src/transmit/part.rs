use super::{PdcchJob, SlotJobs, TransmitCell, TxSlot};
use crate::Pool;
use crate::slot_port::{DEFAULT_DEPTH, SlotReader, SlotWriter};
use futuresdr::runtime::dev::prelude::*;
use nrflow::frame::{Carrier, ResourceGrid, SlotPoint};
use nrflow::pdcch::{PdcchTransmission, PdcchTransmitter};
use nrflow::pdsch::PdschTransmitter;
use nrflow::ssb::{SsbBlock, SsbTransmitter};
use nrflow::{Complex32, ConfigError};
use std::sync::Arc;

/// One channel's part of a slot.
pub trait GridPart: Send + 'static {
    /// Writes what `jobs` have for this channel into the empty `grid`; whether there was anything.
    ///
    /// # Errors
    /// If a job cannot be done as it stands.
    fn write(&mut self, jobs: &SlotJobs, grid: &mut ResourceGrid) -> Result<bool, ConfigError>;
}

/// The block around a [`GridPart`]: jobs in, one [`TxSlot`] a slot out.
#[derive(Block)]
pub struct PartTransmit<P: GridPart> {
    #[input]
    input: SlotReader<Arc<SlotJobs>>,
    #[output]
    output: SlotWriter<Arc<TxSlot>>,
    part: P,
    pool: Pool<TxSlot>,
}

impl<P: GridPart> PartTransmit<P> {
    /// A block that lets `part` write into grids of `carrier` with `n_ports` antenna ports; `any` is any slot of its
    /// numerology.
    pub fn new(part: P, carrier: &Carrier, n_ports: usize, any: SlotPoint) -> Self {
        Self {
            input: SlotReader::default(),
            output: SlotWriter::shared(DEFAULT_DEPTH),
            part,
            pool: Pool::new(TxSlot::empty(carrier, n_ports, any)),
        }
    }
}

impl<P: GridPart> Kernel for PartTransmit<P> {
    async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        while let Some(space) = self.output.reserve() {
            let Some(jobs) = self.input.pop() else { break };
            let mut done = Ok(false);
            let slot = self.pool.share(|slot| {
                slot.begin(jobs.at, jobs.t0);
                done = self.part.write(&jobs, &mut slot.grid);
                // After an error the grid may hold something; it must be cleared before its next use.
                slot.occupied = done != Ok(false);
            });
            done?;
            space.send(slot);
        }
        io.finished = self.input.drained();
        Ok(())
    }
}

/// SS/PBCH blocks.
pub struct SsbPart {
    transmitter: SsbTransmitter,
    block: SsbBlock,
    amplitude: f32,
}

/// All on the first of up to eight antenna ports.
const FIRST_PORT: [Complex32; 8] = {
    let mut weights = [Complex32::ZERO; 8];
    weights[0] = Complex32::ONE;
    weights
};

/// PDCCHs.
#[derive(Default)]
pub struct PdcchPart {
    /// One for each CORESET and symbol, made when first needed.
    transmitters: Vec<PdcchTransmitter>,
}

/// PDSCHs.
pub struct PdschPart {
    transmitter: PdschTransmitter,
}

/// The block that sends SS/PBCH blocks.
pub type SsbTransmit = PartTransmit<SsbPart>;
/// The block that sends DCIs.
pub type PdcchTransmit = PartTransmit<PdcchPart>;
/// The block that sends transport blocks.
pub type PdschTransmit = PartTransmit<PdschPart>;

/// The SS/PBCH blocks of `cell`.
///
/// # Errors
/// If the PSS offset is beyond its range.
pub fn ssb_transmit(cell: &TransmitCell) -> Result<SsbTransmit, ConfigError> {
    let ssb = &cell.parameters().ssb;
    let transmitter = SsbTransmitter::new(cell.cell_id(), cell.l_max(), ssb.pss_offset_db)?;
    let part = SsbPart { transmitter, block: SsbBlock::default(), amplitude: ssb.amplitude };
    Ok(PartTransmit::new(part, cell.carrier(), cell.n_ports(), cell.first_slot()))
}

/// The DCIs of `cell`.
pub fn pdcch_transmit(cell: &TransmitCell) -> PdcchTransmit {
    PartTransmit::new(PdcchPart::default(), cell.carrier(), cell.n_ports(), cell.first_slot())
}

/// The transport blocks of `cell`.
pub fn pdsch_transmit(cell: &TransmitCell) -> PdschTransmit {
    let part = PdschPart { transmitter: PdschTransmitter::new(cell.carrier()) };
    PartTransmit::new(part, cell.carrier(), cell.n_ports(), cell.first_slot())
}

impl GridPart for SsbPart {
    fn write(&mut self, jobs: &SlotJobs, grid: &mut ResourceGrid) -> Result<bool, ConfigError> {
        for job in &jobs.ssbs {
            self.transmitter.transmit(job.payload, job.ssb_index, &mut self.block)?;
            self.block.as_mut_slice().iter_mut().for_each(|a| *a *= self.amplitude);
            self.block.place(grid, 0, job.first_symbol, job.first_subcarrier)?;
        }
        Ok(!jobs.ssbs.is_empty())
    }
}

impl PdcchPart {
    fn transmitter(&mut self, job: &PdcchJob) -> &mut PdcchTransmitter {
        let known = self.transmitters.iter().position(|t| t.config() == &*job.config);
        let index = known.unwrap_or_else(|| {
            self.transmitters.push(PdcchTransmitter::new(&job.config));
            self.transmitters.len() - 1
        });
        &mut self.transmitters[index]
    }
}

impl GridPart for PdcchPart {
    fn write(&mut self, jobs: &SlotJobs, grid: &mut ResourceGrid) -> Result<bool, ConfigError> {
        for job in &jobs.pdcchs {
            let pdcch = PdcchTransmission {
                weights: &FIRST_PORT[..grid.n_ports()],
                ..PdcchTransmission::new(jobs.at.slot(), job.candidate, &job.dci, job.rnti)
            };
            self.transmitter(job).transmit(&pdcch, grid)?;
        }
        Ok(!jobs.pdcchs.is_empty())
    }
}

impl GridPart for PdschPart {
    fn write(&mut self, jobs: &SlotJobs, grid: &mut ResourceGrid) -> Result<bool, ConfigError> {
        for job in &jobs.pdschs {
            let n_codewords = job.config.layers().n_codewords();
            if n_codewords != 1 || 8 * job.block.len() != job.config.tbs() {
                let rule = format!("must be one of the {} bits of the transport block size", job.config.tbs());
                let got = format!("{} bytes for {n_codewords} codewords", job.block.len());
                return Err(ConfigError::new("transport block", got, rule, "TS 38.214 5.1.3.2"));
            }
            self.transmitter.transmit(&[&job.block], &job.config, grid);
        }
        Ok(!jobs.pdschs.is_empty())
    }
}
