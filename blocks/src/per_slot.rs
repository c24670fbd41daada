//! A user's own block in about 15 lines, without a word of FutureSDR.

use crate::slot_port::{DEFAULT_DEPTH, SlotReader, SlotWriter};
use futuresdr::runtime::dev::prelude::*;

/// What a block does with each item of a slot edge.
pub trait SlotProcessor: Send + 'static {
    /// What comes in, `Arc<RxSlot>` say.
    type In: Send + 'static;
    /// What goes out.
    type Out: Send + Clone + 'static;

    /// Processes one item; `None` sends nothing for it.
    fn process(&mut self, item: Self::In) -> Option<Self::Out>;

    /// Called once when the input has ended: a last item, a summary say.
    fn finish(&mut self) -> Option<Self::Out> {
        None
    }
}

/// The block around a [`SlotProcessor`]: ports `input` and `output`; several readers may share the output.
#[derive(Block)]
pub struct PerSlot<P: SlotProcessor> {
    #[input]
    input: SlotReader<P::In>,
    #[output]
    output: SlotWriter<P::Out>,
    processor: P,
    ended: bool,
}

impl<P: SlotProcessor> PerSlot<P> {
    /// A block that calls `processor` for each item.
    pub fn new(processor: P) -> Self {
        Self { input: SlotReader::default(), output: SlotWriter::shared(DEFAULT_DEPTH), processor, ended: false }
    }

    /// The processor, to read from it after the flowgraph has ended.
    pub fn processor(&self) -> &P {
        &self.processor
    }
}

impl<P: SlotProcessor> Kernel for PerSlot<P> {
    async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        while let Some(space) = self.output.reserve() {
            let result = match self.input.pop() {
                Some(item) => self.processor.process(item),
                None if self.input.drained() && !self.ended => {
                    self.ended = true;
                    self.processor.finish()
                }
                None => break,
            };
            if let Some(item) = result {
                space.send(item);
            }
        }
        io.finished = self.ended;
        Ok(())
    }
}
