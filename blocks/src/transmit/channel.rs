use futuresdr::runtime::dev::prelude::*;
use nrflow::Complex32;

/// What happens to a stream of samples on its way: a channel model, an impairment, a resampler. It may give out more or
/// fewer samples than it takes.
pub trait SampleProcessor: Send + 'static {
    /// Takes `input` and appends what comes out to `output`.
    fn process(&mut self, input: &[Complex32], output: &mut Vec<Complex32>);

    /// Appends what is still inside after the last input.
    fn finish(&mut self, output: &mut Vec<Complex32>) {
        let _ = output;
    }
}

/// The block that sends samples through any number of [`SampleProcessor`]s, one after another; without one it copies.
/// Each chunk that leaves carries its first sample's number as `Tag::Id`.
#[derive(Block)]
pub struct SampleChain {
    #[input]
    input: DefaultCpuReader<Complex32>,
    #[output]
    output: DefaultCpuWriter<Complex32>,
    stages: Vec<Box<dyn SampleProcessor>>,
    /// What came out of the last stage and has not left yet, from `sent` on.
    pending: Vec<Complex32>,
    sent: usize,
    scratch: Vec<Complex32>,
    position: u64,
    flushed: bool,
}

/// Samples taken at a time.
const CHUNK: usize = 1 << 14;

impl SampleChain {
    /// Through `stages` in their order, into a buffer of `buffer_samples`.
    pub fn new(stages: Vec<Box<dyn SampleProcessor>>, buffer_samples: usize) -> Self {
        let mut output = DefaultCpuWriter::<Complex32>::default();
        output.set_min_buffer_size_in_items(buffer_samples);
        Self {
            input: DefaultCpuReader::default(),
            output,
            stages,
            pending: Vec::new(),
            sent: 0,
            scratch: Vec::new(),
            position: 0,
            flushed: false,
        }
    }

    /// Moves what is pending into the output as far as there is room; whether all of it left.
    fn push(&mut self) -> bool {
        let left = &self.pending[self.sent..];
        if !left.is_empty() {
            let (space, mut tags) = self.output.slice_with_tags();
            let n = left.len().min(space.len());
            if n > 0 {
                space[..n].copy_from_slice(&left[..n]);
                tags.add_tag(0, Tag::Id(self.position));
                self.position += n as u64;
                self.sent += n;
                self.output.produce(n);
            }
        }
        self.sent == self.pending.len()
    }

    /// Samples in `pending` (just taken, or none) through all stages from `first` on.
    fn run(&mut self, first: usize) {
        for stage in &mut self.stages[first..] {
            self.scratch.clear();
            stage.process(&self.pending, &mut self.scratch);
            std::mem::swap(&mut self.pending, &mut self.scratch);
        }
    }

    /// What the stages still hold; the last output of each goes through those after it.
    fn flush(&mut self) {
        let mut all = Vec::new();
        for i in 0..self.stages.len() {
            self.pending.clear();
            self.stages[i].finish(&mut self.pending);
            self.run(i + 1);
            all.append(&mut self.pending);
        }
        self.pending = all;
    }
}

impl Kernel for SampleChain {
    async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        if !self.push() {
            return Ok(());
        }
        self.sent = 0;
        self.pending.clear();
        // Asked before the slice is taken: what comes in between is seen in the next call.
        let ended = self.input.finished();
        let samples = self.input.slice();
        let n = samples.len().min(CHUNK);
        self.pending.extend_from_slice(&samples[..n]);
        self.input.consume(n);
        if n > 0 {
            self.run(0);
        } else if ended && !self.flushed {
            self.flushed = true;
            self.flush();
        } else if ended {
            io.finished = true;
            return Ok(());
        }
        // Even where nothing came out there may be more to take.
        let all_left = self.push();
        io.call_again = all_left && (n > 0 || ended);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Holds back the last two samples.
    struct Late(Vec<Complex32>);

    impl SampleProcessor for Late {
        fn process(&mut self, input: &[Complex32], output: &mut Vec<Complex32>) {
            self.0.extend_from_slice(input);
            let n = self.0.len().saturating_sub(2);
            output.extend(self.0.drain(..n));
        }

        fn finish(&mut self, output: &mut Vec<Complex32>) {
            output.append(&mut self.0);
        }
    }

    #[test]
    fn what_stages_hold_back_comes_at_the_end_and_in_order() {
        let mut chain = SampleChain::new(vec![Box::new(Late(Vec::new())), Box::new(Late(Vec::new()))], 64);
        let mut out = Vec::new();
        for n in 0..5 {
            chain.pending = vec![Complex32::new(n as f32, 0.0)];
            chain.run(0);
            out.append(&mut chain.pending);
        }
        assert_eq!(out.len(), 1);
        chain.flush();
        out.append(&mut chain.pending);
        assert_eq!(out.iter().map(|x| x.re).collect::<Vec<_>>(), [0.0, 1.0, 2.0, 3.0, 4.0]);
    }
}
