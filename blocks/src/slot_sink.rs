use crate::{Failure, SlotReader};
use futuresdr::runtime::dev::prelude::*;

/// The end of a slot edge: calls a function with every item.
#[derive(Block)]
pub struct SlotSink<T: Send + 'static> {
    #[input]
    input: SlotReader<T>,
    take: Box<dyn FnMut(T) -> anyhow::Result<()> + Send>,
    failure: Failure,
}

impl<T: Send + 'static> SlotSink<T> {
    /// A sink that calls `take`; its error ends the flowgraph.
    pub fn new(take: impl FnMut(T) -> anyhow::Result<()> + Send + 'static) -> Self {
        Self { input: SlotReader::default(), take: Box::new(take), failure: Failure::default() }
    }

    /// What ended the graph, if it was this block.
    pub fn failure(&self) -> Failure {
        self.failure.clone()
    }
}

impl<T: Send + 'static> Kernel for SlotSink<T> {
    async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        while let Some(item) = self.input.pop() {
            self.failure.note((self.take)(item))?;
        }
        if self.input.drained() {
            io.finished = true;
        }
        Ok(())
    }
}
