use super::base_graph::{Circulant, MAX_ROW_DEGREE, PUNCTURED_COLUMNS};
use super::decoder::decoding_order;
use super::plan::SchPlan;
use crate::coding::SoftBit;

/// Layered sum-product decoder of one code block in `f32`, without approximation of the check nodes: the measure
/// that the production decoder's loss is taken against. Slow.
#[derive(Clone, Debug)]
pub(super) struct SumProductDecoder {
    max_iterations: usize,
    values: Vec<f32>,
    messages: Vec<f32>,
}

impl SumProductDecoder {
    pub fn new(max_iterations: usize) -> Self {
        Self { max_iterations, values: Vec::new(), messages: Vec::new() }
    }

    /// The hard decisions of the K' bits of the code block whose N soft bits are `soft`, and the iterations spent.
    pub fn decode(&mut self, plan: &SchPlan, soft: &[f32]) -> (Vec<u8>, usize) {
        let (graph, s) = (plan.graph(), plan.segmentation());
        let z = s.lifting_size();
        let mut order = Vec::new();
        decoding_order(graph, plan.rows(), &mut order);
        let rows: Vec<&[Circulant]> = order.iter().map(|&row| graph.row(row)).collect();
        self.values.clear();
        self.values.resize(PUNCTURED_COLUMNS * z, 0.0);
        self.values.extend_from_slice(soft);
        self.values[s.used_bits()..s.block_bits()].fill(f32::CERTAIN_ZERO);
        self.messages.clear();
        self.messages.resize(rows.iter().map(|row| row.len()).sum::<usize>() * z, 0.0);
        let mut iterations = 0;
        while iterations < self.max_iterations && !self.is_codeword(&rows, z) {
            iterations += 1;
            let mut messages = self.messages.as_mut_slice();
            for row in &rows {
                let (of_row, rest) = messages.split_at_mut(row.len() * z);
                messages = rest;
                for (check, messages) in of_row.chunks_exact_mut(row.len()).enumerate() {
                    let at = |e: usize| row[e].column * z + (check + row[e].shift) % z;
                    update_check(&mut self.values, messages, at);
                }
            }
        }
        (self.values[..s.used_bits()].iter().map(|value| value.hard()).collect(), iterations)
    }

    fn is_codeword(&self, rows: &[&[Circulant]], z: usize) -> bool {
        let one = |c: &&Circulant, check: usize| self.values[c.column * z + (check + c.shift) % z] <= 0.0;
        rows.iter().all(|row| (0..z).all(|check| row.iter().filter(|c| one(c, check)).count() % 2 == 0))
    }
}

/// One check: the message to each bit is the box-plus of those from all others, with phi(x) = -ln tanh(x / 2),
/// |message| = phi(sum of phi(|other|)). The sums come from both ends, so that no difference loses precision.
fn update_check(values: &mut [f32], messages: &mut [f32], at: impl Fn(usize) -> usize) {
    let mut to_check = [0.0; MAX_ROW_DEGREE];
    let mut phis = [0.0; MAX_ROW_DEGREE];
    let mut from_end = [0.0; MAX_ROW_DEGREE + 1];
    let degree = messages.len();
    let mut negative = false;
    for e in 0..degree {
        to_check[e] = values[at(e)] - messages[e];
        negative ^= to_check[e] < 0.0;
        phis[e] = phi(to_check[e].abs());
    }
    for e in (0..degree).rev() {
        from_end[e] = from_end[e + 1] + phis[e];
    }
    let mut from_start = 0.0;
    for e in 0..degree {
        let magnitude = phi(from_start + from_end[e + 1]);
        messages[e] = if negative != (to_check[e] < 0.0) { -magnitude } else { magnitude };
        values[at(e)] = to_check[e] + messages[e];
        from_start += phis[e];
    }
}

/// -ln tanh(x / 2), its own inverse, for x >= 0; arguments are held to 1e-7 and above.
fn phi(x: f32) -> f32 {
    let e = (-x.max(1e-7)).exp();
    // ln((1 + e) / (1 - e)) = 2 (e + e^3 / 3 + ...): the logarithm of a number near 1 would lose all digits.
    if e < 1e-3 { 2.0 * e } else { ((1.0 + e) / (1.0 - e)).ln() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phi_is_its_own_inverse_and_accurate() {
        for i in 1..200 {
            let x = i as f32 * 0.07;
            let exact = -(f64::from(x) / 2.0).tanh().ln();
            assert!((f64::from(phi(x)) / exact - 1.0).abs() < 1e-3, "x = {x}");
            assert!((phi(phi(x)) / x - 1.0).abs() < 1e-3, "x = {x}: {}", phi(phi(x)));
        }
    }

    #[test]
    fn a_check_is_the_box_plus_of_the_others() {
        let mut values = [1.5, -0.8, 2.5, -3.0];
        let before = values;
        let mut messages = [0.0; 4];
        update_check(&mut values, &mut messages, |e| e);
        for e in 0..4 {
            let product: f64 = (0..4).filter(|&o| o != e).map(|o| (f64::from(before[o]) / 2.0).tanh()).product();
            let expected = 2.0 * product.atanh();
            assert!((f64::from(messages[e]) - expected).abs() < 1e-5);
            assert!((values[e] - before[e] - messages[e]).abs() < 1e-6);
        }
    }
}
