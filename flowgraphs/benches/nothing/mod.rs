use futuresdr::runtime::dev::prelude::*;
use nrflow::Complex32;

/// Takes whatever comes.
#[derive(Block, Default)]
pub struct Nothing {
    #[input]
    input: DefaultCpuReader<Complex32>,
}

impl Kernel for Nothing {
    async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        let ended = self.input.finished();
        let n = self.input.slice().len();
        self.input.consume(n);
        io.finished = ended && n == 0;
        io.call_again = ended && n > 0;
        Ok(())
    }
}
