//! TS 38.212 5.3.1 and 5.4.1 as the standard writes them, and successive cancellation as a recursion.

use super::Parameters;
use crate::table;
use std::collections::BTreeSet;

pub struct Encoded {
    pub u: Vec<u8>,
    pub d: Vec<u8>,
    pub f: Vec<u8>,
}

pub struct Sets {
    pub q_i: BTreeSet<usize>,
    pub q_f: BTreeSet<usize>,
    pub q_pc: BTreeSet<usize>,
}

fn column(csv: &'static str) -> Vec<usize> {
    table::rows(csv).map(|row| table::number(row[1])).collect()
}

/// n_PC and n_PC^wm of the uplink.
fn parity_checks(p: Parameters) -> (usize, usize) {
    if p.uplink && (18..=25).contains(&p.k) {
        (3, if p.e as i64 - p.k as i64 + 3 > 192 { 1 } else { 0 })
    } else {
        (0, 0)
    }
}

/// 5.3.1
fn code_length(k: usize, e: usize, n_max: u32) -> usize {
    let (kf, ef) = (k as f64, e as f64);
    let log_e = ef.log2().ceil();
    let n_1 = if ef <= 9.0 / 8.0 * 2f64.powf(log_e - 1.0) && kf / ef < 9.0 / 16.0 { log_e - 1.0 } else { log_e };
    let r_min = 1.0 / 8.0;
    let n_2 = (kf / r_min).log2().ceil();
    let n_min = 5.0f64;
    1 << (n_1.min(n_2).min(f64::from(n_max))).max(n_min) as u32
}

/// 5.3.1.1
pub fn input_interleaver(big_k: usize) -> Vec<usize> {
    let pi_max = column(include_str!("../../../../tables/polar_input_bit_interleaver.csv"));
    const K_IL_MAX: usize = 164;
    let mut pi = vec![0; big_k];
    let mut k = 0;
    for m in 0..K_IL_MAX {
        if pi_max[m] >= K_IL_MAX - big_k {
            pi[k] = pi_max[m] - (K_IL_MAX - big_k);
            k += 1;
        }
    }
    assert_eq!(k, big_k);
    pi
}

/// 5.4.1.1
fn j_of(n: usize, big_n: usize) -> usize {
    let p = column(include_str!("../../../../tables/polar_subblock_interleaver.csv"));
    let i = 32 * n / big_n;
    p[i] * (big_n / 32) + n % (big_n / 32)
}

/// 5.4.1.1 and the set of parity-check bits of 5.3.1.2.
pub fn sets(k: usize, e: usize, n: usize, n_pc: usize, n_pc_wm: usize) -> Sets {
    let q_max = column(include_str!("../../../../tables/polar_reliability_sequence.csv"));
    // Q_0^{N-1}, in ascending reliability.
    let q_n: Vec<usize> = q_max.into_iter().filter(|&q| q < n).collect();
    let (kf, ef, nf) = (k as f64, e as f64, n as f64);
    let mut q_f_tmp = BTreeSet::new();
    if e < n {
        if kf / ef <= 7.0 / 16.0 {
            q_f_tmp.extend((0..n - e).map(|i| j_of(i, n)));
            if ef >= 3.0 * nf / 4.0 {
                q_f_tmp.extend(0..(3.0 * nf / 4.0 - ef / 2.0).ceil() as usize);
            } else {
                q_f_tmp.extend(0..(9.0 * nf / 16.0 - ef / 4.0).ceil() as usize);
            }
        } else {
            q_f_tmp.extend((e..n).map(|i| j_of(i, n)));
        }
    }
    let q_i_tmp: Vec<usize> = q_n.iter().copied().filter(|q| !q_f_tmp.contains(q)).collect();
    let q_i_ordered = &q_i_tmp[q_i_tmp.len() - (k + n_pc)..];
    let q_i: BTreeSet<usize> = q_i_ordered.iter().copied().collect();
    let q_f = (0..n).filter(|q| !q_i.contains(q)).collect();

    let mut q_pc: BTreeSet<usize> = q_i_ordered[..n_pc - n_pc_wm].iter().copied().collect();
    // Q~_I: the |Q_I| - n_PC most reliable.
    let rest = &q_i_ordered[n_pc..];
    let weight = |j: usize| (0..n).filter(|&column| generator(j, column) == 1).count();
    for _ in 0..n_pc_wm {
        let candidates: Vec<usize> = rest.iter().copied().filter(|q| !q_pc.contains(q)).collect();
        let least = candidates.iter().map(|&q| weight(q)).min().unwrap();
        q_pc.insert(candidates.into_iter().rfind(|&q| weight(q) == least).unwrap());
    }
    Sets { q_i, q_f, q_pc }
}

/// Element (i, j) of the n-th Kronecker power of [1 0; 1 1]: the product of the elements that the binary digits
/// choose.
fn generator(i: usize, j: usize) -> u8 {
    const G_2: [[u8; 2]; 2] = [[1, 0], [1, 1]];
    (0..10).map(|s| G_2[i >> s & 1][j >> s & 1]).product()
}

/// 5.4.1.3
pub fn coded_bit_interleaver<T: Copy>(e_bits: &[T]) -> Vec<T> {
    let e = e_bits.len();
    let mut t = 0;
    while t * (t + 1) / 2 < e {
        t += 1;
    }
    let mut v = vec![vec![None; t]; t];
    let mut k = 0;
    for i in 0..t {
        for j in 0..t - i {
            if k < e {
                v[i][j] = Some(e_bits[k]);
            }
            k += 1;
        }
    }
    let mut f = Vec::new();
    for j in 0..t {
        for i in 0..t - j {
            if let Some(bit) = v[i][j] {
                f.push(bit);
            }
        }
    }
    f
}

/// 5.4.1.2
fn select(p: Parameters, n: usize, k: usize) -> usize {
    if p.e >= n {
        k % n
    } else if p.k as f64 / p.e as f64 <= 7.0 / 16.0 {
        k + n - p.e
    } else {
        k
    }
}

/// For each f_k the index in d.
fn index_in_d(p: Parameters, n: usize) -> Vec<usize> {
    let e: Vec<usize> = (0..p.e).map(|k| j_of(select(p, n, k), n)).collect();
    if p.uplink { coded_bit_interleaver(&e) } else { e }
}

pub fn encode(p: Parameters, c: &[u8]) -> Encoded {
    let n = code_length(p.k, p.e, if p.uplink { 10 } else { 9 });
    let (n_pc, n_pc_wm) = parity_checks(p);
    let sets = sets(p.k, p.e, n, n_pc, n_pc_wm);
    let c_prime: Vec<u8> = if p.uplink { c.to_vec() } else { input_interleaver(p.k).iter().map(|&pi| c[pi]).collect() };

    // 5.3.1.2
    let mut u = vec![0; n];
    let mut k = 0;
    if n_pc > 0 {
        let [mut y0, mut y1, mut y2, mut y3, mut y4] = [0; 5];
        for i in 0..n {
            let y_t = y0;
            y0 = y1;
            y1 = y2;
            y2 = y3;
            y3 = y4;
            y4 = y_t;
            if sets.q_i.contains(&i) {
                if sets.q_pc.contains(&i) {
                    u[i] = y0;
                } else {
                    u[i] = c_prime[k];
                    k += 1;
                    y0 ^= u[i];
                }
            }
        }
    } else {
        for i in 0..n {
            if sets.q_i.contains(&i) {
                u[i] = c_prime[k];
                k += 1;
            }
        }
    }
    let d: Vec<u8> = (0..n).map(|j| (0..n).fold(0, |acc, i| acc ^ (u[i] & generator(i, j)))).collect();
    let f = index_in_d(p, n).into_iter().map(|i| d[i]).collect();
    Encoded { u, d, f }
}

/// Min-sum successive cancellation, one bit after the other; the result is c.
pub fn successive_cancellation(p: Parameters, llr: &[f32]) -> Vec<u8> {
    let n = code_length(p.k, p.e, if p.uplink { 10 } else { 9 });
    let (n_pc, n_pc_wm) = parity_checks(p);
    let sets = sets(p.k, p.e, n, n_pc, n_pc_wm);
    let mut root = vec![0.0; n];
    index_in_d(p, n).into_iter().zip(llr).for_each(|(i, &llr)| root[i] += llr);
    if p.e < n && p.k as f64 / p.e as f64 > 7.0 / 16.0 {
        (p.e..n).for_each(|i| root[j_of(i, n)] = 1e4);
    }
    let mut u = Vec::new();
    visit(&root, &sets, &mut u);
    let information = (0..n).filter(|i| sets.q_i.contains(i) && !sets.q_pc.contains(i));
    let c_prime: Vec<u8> = information.map(|i| u[i]).collect();
    let mut c = vec![0; p.k];
    if p.uplink {
        c.copy_from_slice(&c_prime);
    } else {
        input_interleaver(p.k).into_iter().zip(c_prime).for_each(|(pi, bit)| c[pi] = bit);
    }
    c
}

/// Decides the inputs of a node, which follow those in `u`; the result is the node's code word.
fn visit(llr: &[f32], sets: &Sets, u: &mut Vec<u8>) -> Vec<u8> {
    if let [llr] = *llr {
        let i = u.len();
        let bit = if !sets.q_i.contains(&i) {
            0
        } else if sets.q_pc.contains(&i) {
            let before = (0..i).filter(|&m| m % 5 == i % 5 && sets.q_i.contains(&m) && !sets.q_pc.contains(&m));
            before.fold(0, |acc, m| acc ^ u[m])
        } else {
            u8::from(llr < 0.0)
        };
        u.push(bit);
        return vec![bit];
    }
    let (a, b) = llr.split_at(llr.len() / 2);
    let f: Vec<f32> = a
        .iter()
        .zip(b)
        .map(|(a, b)| if (*a < 0.0) != (*b < 0.0) { -1.0 } else { 1.0 } * a.abs().min(b.abs()))
        .collect();
    let left = visit(&f, sets, u);
    let g: Vec<f32> = a.iter().zip(b).zip(&left).map(|((a, b), &bit)| if bit == 1 { b - a } else { b + a }).collect();
    let right = visit(&g, sets, u);
    left.iter().zip(&right).map(|(l, r)| l ^ r).chain(right.iter().copied()).collect()
}
