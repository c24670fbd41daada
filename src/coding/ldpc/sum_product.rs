use super::base_graph::{Circulant, MAX_ROW_DEGREE, PUNCTURED_COLUMNS};
use super::decoder::decoding_order;
use super::plan::SchPlan;
use crate::coding::SoftBit;
use std::ops::Range;

/// When a row's messages count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// In the next iteration: all rows see the same state, as belief propagation is defined.
    Flooding,
    /// At once, for the rows that follow: about half the iterations.
    Layered,
}

/// Sum-product decoder of one code block in `f32`, without approximation of the check nodes: the measure that the
/// production decoder's loss is taken against.
#[derive(Clone, Debug)]
pub(super) struct SumProductDecoder {
    schedule: Schedule,
    max_iterations: usize,
    received: Vec<f32>,
    values: Vec<f32>,
    next: Vec<f32>,
    messages: Vec<f32>,
    to_check: Vec<f32>,
    phi: Vec<f32>,
    /// Of each edge, the sum of the phi of the edges behind it.
    behind: Vec<f32>,
    before: Vec<f32>,
    negative: Vec<bool>,
}

impl SumProductDecoder {
    pub fn new(schedule: Schedule, max_iterations: usize) -> Self {
        let none = Vec::new;
        Self {
            schedule,
            max_iterations,
            received: none(),
            values: none(),
            next: none(),
            messages: none(),
            to_check: none(),
            phi: none(),
            behind: none(),
            before: none(),
            negative: Vec::new(),
        }
    }

    /// The hard decisions of the K' bits of the code block whose N soft bits are `soft`, and the iterations spent.
    pub fn decode(&mut self, plan: &SchPlan, soft: &[f32]) -> (Vec<u8>, usize) {
        let (graph, s) = (plan.graph(), plan.segmentation());
        let z = s.lifting_size();
        let mut order = Vec::new();
        decoding_order(graph, plan.rows(), &mut order);
        let rows: Vec<&[Circulant]> = order.iter().map(|&row| graph.row(row)).collect();
        self.received.clear();
        self.received.resize(PUNCTURED_COLUMNS * z, 0.0);
        self.received.extend_from_slice(soft);
        self.received[s.used_bits()..s.block_bits()].fill(f32::CERTAIN_ZERO);
        self.values.clone_from(&self.received);
        self.messages.clear();
        self.messages.resize(rows.iter().map(|row| row.len()).sum::<usize>() * z, 0.0);
        for of_layer in [&mut self.to_check, &mut self.phi, &mut self.behind] {
            of_layer.resize(MAX_ROW_DEGREE * z, 0.0);
        }
        self.before.resize(z, 0.0);
        self.negative.resize(z, false);
        let mut iterations = 0;
        while iterations < self.max_iterations && !self.is_codeword(&rows, z) {
            iterations += 1;
            if self.schedule == Schedule::Flooding {
                self.next.clone_from(&self.received);
            }
            let mut first = 0;
            for row in &rows {
                let messages = first..first + row.len() * z;
                first = messages.end;
                self.update_row(row, messages, z);
            }
            if self.schedule == Schedule::Flooding {
                std::mem::swap(&mut self.values, &mut self.next);
            }
        }
        (self.values[..s.used_bits()].iter().map(|value| value.hard()).collect(), iterations)
    }

    fn is_codeword(&self, rows: &[&[Circulant]], z: usize) -> bool {
        let one = |c: &&Circulant, check: usize| self.values[c.column * z + (check + c.shift) % z] <= 0.0;
        rows.iter().all(|row| (0..z).all(|check| row.iter().filter(|c| one(c, check)).count() % 2 == 0))
    }

    /// The checks of a row: the message to each bit is the box-plus of those from all others,
    /// |message| = phi(sum of phi(|other|)). The sums come from both ends, so that no difference loses precision.
    fn update_row(&mut self, row: &[Circulant], messages: Range<usize>, z: usize) {
        let messages = &mut self.messages[messages];
        self.negative.fill(false);
        for (e, circulant) in row.iter().enumerate() {
            let lanes = e * z..(e + 1) * z;
            let to_check = &mut self.to_check[lanes.clone()];
            let column = &self.values[circulant.column * z..][..z];
            let (head, tail) = column.split_at(circulant.shift);
            let (first, last) = to_check.split_at_mut(tail.len());
            first.copy_from_slice(tail);
            last.copy_from_slice(head);
            to_check.iter_mut().zip(&messages[lanes.clone()]).for_each(|(value, message)| *value -= message);
            self.negative.iter_mut().zip(&*to_check).for_each(|(negative, &value)| *negative ^= value < 0.0);
            self.phi[lanes].iter_mut().zip(&*to_check).for_each(|(to, &value)| *to = phi(value.abs()));
        }
        self.behind[(row.len() - 1) * z..row.len() * z].fill(0.0);
        for e in (0..row.len() - 1).rev() {
            let (behind, next) = self.behind[e * z..(e + 2) * z].split_at_mut(z);
            let phis = &self.phi[(e + 1) * z..(e + 2) * z];
            behind.iter_mut().zip(next).zip(phis).for_each(|((sum, next), phi)| *sum = *next + phi);
        }
        self.before.fill(0.0);
        for (e, circulant) in row.iter().enumerate() {
            let lanes = e * z..(e + 1) * z;
            let (to_check, behind) = (&self.to_check[lanes.clone()], &self.behind[lanes.clone()]);
            let new = &mut messages[lanes.clone()];
            new.iter_mut().zip(&self.before).zip(behind).for_each(|((new, a), b)| *new = phi(a + b));
            for ((new, &negative), &value) in new.iter_mut().zip(&self.negative).zip(to_check) {
                *new = if negative != (value < 0.0) { -*new } else { *new };
            }
            self.before.iter_mut().zip(&self.phi[lanes]).for_each(|(sum, phi)| *sum += phi);
            let to = match self.schedule {
                Schedule::Flooding => &mut self.next,
                Schedule::Layered => &mut self.values,
            };
            let (head, tail) = to[circulant.column * z..][..z].split_at_mut(circulant.shift);
            let split = tail.len();
            for (values, lanes) in [(tail, 0..split), (head, split..z)] {
                let of_lanes = values.iter_mut().zip(&new[lanes.clone()]).zip(&to_check[lanes]);
                match self.schedule {
                    Schedule::Flooding => of_lanes.for_each(|((value, new), _)| *value += new),
                    Schedule::Layered => of_lanes.for_each(|((value, new), to_check)| *value = to_check + new),
                }
            }
        }
    }
}

/// -ln tanh(x / 2) for x >= 0, its own inverse; of 0 a large number. To about 1e-6 of its value, in a form that the
/// compiler turns into vectors (the library's exponential and logarithm are calls).
#[inline]
fn phi(x: f32) -> f32 {
    // -ln tanh(x / 2) = ln((1 + e) / (1 - e)) = 2 artanh(e) with e = exp(-x).
    let e = exp_of_negative(x);
    let ratio = (1.0 + e) / (1.0 - e);
    // ratio = 2^k m with m in sqrt(1/2)..sqrt(2); ln m = 2 artanh((m - 1) / (m + 1)).
    let bits = ratio.to_bits();
    let k = (bits.wrapping_sub(0x3f35_04f3) as i32) >> 23;
    let m = f32::from_bits(bits.wrapping_sub((k << 23) as u32));
    // Where m is the ratio itself, (m - 1) / (m + 1) is e, without the digits that the ratio has lost.
    let s = if k == 0 { e } else { (m - 1.0) / (m + 1.0) };
    let s2 = s * s;
    k as f32 * std::f32::consts::LN_2 + 2.0 * s * (1.0 + s2 * (1.0 / 3.0 + s2 * (0.2 + s2 * (1.0 / 7.0 + s2 / 9.0))))
}

/// exp(-x) for x >= 0; at x above 80 as at 80.
#[inline]
fn exp_of_negative(x: f32) -> f32 {
    /// Added and subtracted again, it rounds to a whole number, which its lowest bits then hold.
    const ROUND: f32 = 12_582_912.0;
    let y = x.min(80.0) * -std::f32::consts::LOG2_E;
    let rounded = y + ROUND;
    let f = y - (rounded - ROUND);
    // 2^f for f in -1/2..1/2 by its series.
    let a = f * std::f32::consts::LN_2;
    let series = 1.0 + a * (1.0 + a * (0.5 + a * (1.0 / 6.0 + a * (1.0 / 24.0 + a * (1.0 / 120.0 + a / 720.0)))));
    let whole = rounded.to_bits().wrapping_sub(ROUND.to_bits());
    f32::from_bits(series.to_bits().wrapping_add(whole << 23))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coding::ldpc::SchEncoder;

    #[test]
    fn phi_is_accurate_and_its_own_inverse() {
        for i in 1..4000 {
            let x = i as f32 * 0.01;
            let exact = ((-f64::from(x)).exp().ln_1p() - (-(-f64::from(x)).exp()).ln_1p()) as f32;
            assert!((phi(x) / exact - 1.0).abs() < 2e-5, "x = {x}: {} {exact}", phi(x));
            if x < 12.0 {
                assert!((phi(phi(x)) / x - 1.0).abs() < 1e-3, "x = {x}: {}", phi(phi(x)));
            }
        }
        assert!(phi(0.0) > 15.0 && phi(0.0).is_finite());
        assert!(phi(1e4) >= 0.0 && phi(1e4) < 1e-30);
    }

    #[test]
    fn a_check_is_the_box_plus_of_the_others() {
        for schedule in [Schedule::Flooding, Schedule::Layered] {
            let mut decoder = SumProductDecoder::new(schedule, 1);
            let before = [1.5, -0.8, 2.5, -3.0];
            decoder.values = before.to_vec();
            decoder.next = before.to_vec();
            decoder.messages = vec![0.0; 4];
            (decoder.to_check, decoder.phi, decoder.behind) = (vec![0.0; 4], vec![0.0; 4], vec![0.0; 4]);
            (decoder.before, decoder.negative) = (vec![0.0], vec![false]);
            let row: Vec<Circulant> = (0..4).map(|column| Circulant { column, shift: 0 }).collect();
            decoder.update_row(&row, 0..4, 1);
            let after = if schedule == Schedule::Flooding { &decoder.next } else { &decoder.values };
            for e in 0..4 {
                let product: f64 = (0..4).filter(|&o| o != e).map(|o| (f64::from(before[o]) / 2.0).tanh()).product();
                let expected = 2.0 * product.atanh();
                assert!((f64::from(decoder.messages[e]) - expected).abs() < 1e-5);
                assert!((after[e] - before[e] - decoder.messages[e]).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn corrects_errors_with_either_schedule() {
        for (tbs, rate, g) in [(600, 400.0, 1536), (24, 300.0, 120)] {
            let plan = SchPlan::new(tbs, rate, g, 2, 1, 0, None).unwrap();
            let tb: Vec<u8> = crate::sequence::GoldSequence::new(5).take(tbs).collect();
            let mut coded = vec![0; g];
            SchEncoder::new().encode(&plan, &tb, &mut coded);
            let llr: Vec<f32> = coded.iter().map(|&bit| 3.0 - 6.0 * f32::from(bit)).collect();
            let mut soft = vec![0.0; plan.segmentation().coded_bits()];
            plan.buffer().accumulate(2, &llr, &mut soft);
            // Every eleventh bit is wrong, with less confidence.
            soft.iter_mut().step_by(11).for_each(|value| *value *= -0.3);
            for schedule in [Schedule::Flooding, Schedule::Layered] {
                let (bits, iterations) = SumProductDecoder::new(schedule, 50).decode(&plan, &soft);
                assert!(bits[..tbs] == tb && (2..50).contains(&iterations), "{schedule:?}: {iterations}");
            }
        }
    }
}
