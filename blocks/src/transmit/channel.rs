use futuresdr::runtime::dev::prelude::*;
use nrflow::Complex32;

/// What happens to the streams of samples of all antennas on their way: a channel model, an impairment, a resampler. It
/// may give out more or fewer samples than it takes, but as many for each antenna.
pub trait SampleProcessor: Send + 'static {
    /// Takes `input`, `[antenna][sample]`, and appends what comes out of each antenna to `output`.
    fn process(&mut self, input: &[&[Complex32]], output: &mut [Vec<Complex32>]);

    /// Appends what is still inside after the last input.
    fn finish(&mut self, output: &mut [Vec<Complex32>]) {
        let _ = output;
    }
}

/// The block that sends samples through any number of [`SampleProcessor`]s, one after another; without one it copies.
/// Ports `inputs[0]`, … and `outputs[0]`, …, an antenna each, as many on both sides. Each chunk that leaves carries its
/// first sample's number as `Tag::Id`.
#[derive(Block)]
pub struct SampleChain {
    #[input]
    inputs: Vec<DefaultCpuReader<Complex32>>,
    #[output]
    outputs: Vec<DefaultCpuWriter<Complex32>>,
    stages: Vec<Box<dyn SampleProcessor>>,
    /// What came out of the last stage and has not left yet, from `sent` on.
    pending: Vec<Vec<Complex32>>,
    sent: usize,
    scratch: Vec<Vec<Complex32>>,
    position: u64,
    flushed: bool,
}

/// Samples taken at a time.
const CHUNK: usize = 1 << 14;

impl SampleChain {
    /// Of `n_antennas` through `stages` in their order, into buffers of `buffer_samples`.
    pub fn new(stages: Vec<Box<dyn SampleProcessor>>, n_antennas: usize, buffer_samples: usize) -> Self {
        let output = || {
            let mut output = DefaultCpuWriter::<Complex32>::default();
            output.set_min_buffer_size_in_items(buffer_samples);
            output
        };
        Self {
            inputs: (0..n_antennas).map(|_| DefaultCpuReader::default()).collect(),
            outputs: (0..n_antennas).map(|_| output()).collect(),
            stages,
            pending: vec![Vec::new(); n_antennas],
            sent: 0,
            scratch: vec![Vec::new(); n_antennas],
            position: 0,
            flushed: false,
        }
    }

    /// Moves what is pending into the outputs as far as there is room; whether all of it left.
    fn push(&mut self) -> bool {
        let left = self.pending[0].len() - self.sent;
        let n = self.outputs.iter_mut().map(|output| output.slice().len()).fold(left, usize::min);
        if n > 0 {
            for (output, pending) in self.outputs.iter_mut().zip(&self.pending) {
                let (space, mut tags) = output.slice_with_tags();
                space[..n].copy_from_slice(&pending[self.sent..self.sent + n]);
                tags.add_tag(0, Tag::Id(self.position));
                output.produce(n);
            }
            self.position += n as u64;
            self.sent += n;
        }
        self.sent == self.pending[0].len()
    }

    /// Samples in `pending` (just taken, or none) through all stages from `first` on.
    fn run(&mut self, first: usize) {
        for stage in &mut self.stages[first..] {
            self.scratch.iter_mut().for_each(Vec::clear);
            let input: Vec<&[Complex32]> = self.pending.iter().map(Vec::as_slice).collect();
            stage.process(&input, &mut self.scratch);
            std::mem::swap(&mut self.pending, &mut self.scratch);
        }
    }

    /// What the stages still hold; the last output of each goes through those after it.
    fn flush(&mut self) {
        let mut all = vec![Vec::new(); self.pending.len()];
        for i in 0..self.stages.len() {
            self.pending.iter_mut().for_each(Vec::clear);
            self.stages[i].finish(&mut self.pending);
            self.run(i + 1);
            all.iter_mut().zip(&mut self.pending).for_each(|(all, pending)| all.append(pending));
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
        // Asked before the slices are taken: what comes in between is seen in the next call.
        let ended = self.inputs.iter().any(|input| input.finished());
        let n = self.inputs.iter_mut().map(|input| input.slice().len()).fold(CHUNK, usize::min);
        for (input, pending) in self.inputs.iter_mut().zip(&mut self.pending) {
            pending.clear();
            pending.extend_from_slice(&input.slice()[..n]);
            input.consume(n);
        }
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

    /// Holds back the last two samples of each antenna.
    struct Late(Vec<Vec<Complex32>>);

    impl SampleProcessor for Late {
        fn process(&mut self, input: &[&[Complex32]], output: &mut [Vec<Complex32>]) {
            for ((held, input), output) in self.0.iter_mut().zip(input).zip(output) {
                held.extend_from_slice(input);
                let n = held.len().saturating_sub(2);
                output.extend(held.drain(..n));
            }
        }

        fn finish(&mut self, output: &mut [Vec<Complex32>]) {
            self.0.iter_mut().zip(output).for_each(|(held, output)| output.append(held));
        }
    }

    #[test]
    fn what_stages_hold_back_comes_at_the_end_and_in_order() {
        let late = || Box::new(Late(vec![Vec::new(); 2]));
        let mut chain = SampleChain::new(vec![late(), late()], 2, 64);
        let mut out = [Vec::new(), Vec::new()];
        let mut take = |pending: &mut [Vec<Complex32>]| out.iter_mut().zip(pending).for_each(|(o, p)| o.append(p));
        for n in 0..5 {
            chain.pending = [0.0, 10.0].map(|antenna| vec![Complex32::new(antenna + n as f32, 0.0)]).to_vec();
            chain.run(0);
            take(&mut chain.pending);
        }
        chain.flush();
        take(&mut chain.pending);
        for (antenna, out) in out.iter().enumerate() {
            let expected: Vec<f32> = (0..5).map(|n| (10 * antenna + n) as f32).collect();
            assert_eq!(out.iter().map(|x| x.re).collect::<Vec<_>>(), expected);
        }
    }
}
