//! Reading of the vector folders.
#![allow(dead_code, reason = "each group uses what its format needs")]

use nrflow::Complex32;
use nrflow::frame::{Carrier, ResourceGrid};
use serde_json::Value;
use std::path::PathBuf;

/// The folder of a group of vectors, from `NRFLOW_VECTORS` (default `../shared/vectors`); `None`, said loudly, if
/// the folder is absent.
pub fn group(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("NRFLOW_VECTORS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors"), PathBuf::from);
    let folder = root.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no vectors in {} (set NRFLOW_VECTORS)", folder.display());
    None
}

/// All vectors of a group: the lines of `<group>.jsonl`, or each `NNN.json`, sorted by name.
pub fn vectors(name: &str) -> Vec<Value> {
    let Some(folder) = group(name) else { return Vec::new() };
    let lines = folder.join(format!("{name}.jsonl"));
    let vectors: Vec<Value> = if lines.is_file() {
        let text = std::fs::read_to_string(lines).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    } else {
        let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "json"))
            .collect();
        files.sort();
        files.iter().map(|path| serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()).collect()
    };
    assert!(!vectors.is_empty(), "{} holds no vectors", folder.display());
    vectors
}

/// All records of a group of the uplink set, which lies in the folder `vectors-uplink` beside the other
/// (`NRFLOW_VECTORS_UPLINK`): each `NNN.json`, sorted by name; empty, said loudly, if the folder is absent.
pub fn vectors_uplink(name: &str) -> Vec<Value> {
    let root = std::env::var_os("NRFLOW_VECTORS_UPLINK")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors-uplink"), PathBuf::from);
    let folder = root.join(name);
    if !folder.is_dir() {
        eprintln!("SKIPPED: no vectors in {} (set NRFLOW_VECTORS_UPLINK)", folder.display());
        return Vec::new();
    }
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} holds no vectors", folder.display());
    files.iter().map(|path| serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()).collect()
}

/// A raw cf32 file of a group.
pub fn cf32(group_name: &str, file: &str) -> Vec<Complex32> {
    let bytes = std::fs::read(group(group_name).unwrap().join(file)).unwrap();
    let float = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
    bytes.chunks_exact(8).map(|b| Complex32::new(float(&b[..4]), float(&b[4..]))).collect()
}

/// Bytes of a hex string.
pub fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect()
}

/// The first `n` bits of a hex string, first bit = most significant of the first byte.
pub fn bits(hex: &str, n: usize) -> Vec<u8> {
    let mut bits = nrflow::coding::bits::unpack(&bytes(hex));
    assert!(bits.len() >= n && bits.len() < n + 8, "{n} bits in {} digits", hex.len());
    bits.truncate(n);
    bits
}

/// A field as an unsigned number.
pub fn uint(vector: &Value, field: &str) -> u64 {
    vector[field].as_u64().unwrap_or_else(|| panic!("no unsigned field {field} in {vector}"))
}

/// A field as text.
pub fn text<'v>(vector: &'v Value, field: &str) -> &'v str {
    vector[field].as_str().unwrap_or_else(|| panic!("no text field {field}"))
}

/// A list of unsigned numbers.
pub fn numbers(v: &Value) -> Vec<u16> {
    v.as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as u16).collect()
}

/// A list of small numbers as a mask, bit i for number i.
pub fn mask(v: &Value) -> u16 {
    numbers(v).into_iter().fold(0, |mask, i| mask | 1 << i)
}

/// The whole grid of a vector on a carrier that starts at common resource block 0: its bounding box in zeros.
pub fn grid(group_name: &str, v: &Value, carrier: &Carrier) -> ResourceGrid {
    let g = &v["grid"];
    let shape = numbers(&g["shape"]);
    let (ports, symbols, width) = (usize::from(shape[0]), usize::from(shape[1]), usize::from(shape[2]));
    let samples = cf32(group_name, text(g, "file"));
    let mut grid = ResourceGrid::for_carrier(carrier, ports);
    let (first_symbol, first) = (uint(g, "first_symbol") as usize, 12 * uint(g, "first_crb") as usize);
    for (i, row) in samples.chunks_exact(width).enumerate() {
        grid.symbol_mut(i / symbols, first_symbol + i % symbols)[first..first + width].copy_from_slice(row);
    }
    grid
}

/// That a grid is the vector's within the precision of the vectors' grids; elements that no port uses are exactly zero
/// (on one port layers may cancel, but for rounding).
pub fn assert_grid(got: &ResourceGrid, expected: &ResourceGrid, index: &Value) {
    assert_eq!(got.as_slice().len(), expected.as_slice().len(), "vector {index}");
    let largest = expected.as_slice().iter().map(|x| x.norm()).fold(0.0, f32::max);
    assert!(largest > 0.0, "vector {index} is empty");
    let tolerance = 0.012 * largest;
    let of_port = got.as_slice().len() / got.n_ports();
    let is_used = |i: usize| expected.as_slice()[i % of_port..].iter().step_by(of_port).any(|x| *x != Complex32::ZERO);
    for (i, (got, expected)) in got.as_slice().iter().zip(expected.as_slice()).enumerate() {
        assert!(is_used(i) || *got == Complex32::ZERO, "vector {index}, element {i}: {got} instead of nothing");
        let near = (got.re - expected.re).abs() <= tolerance && (got.im - expected.im).abs() <= tolerance;
        assert!(near, "vector {index}, element {i}: {got} instead of {expected}");
    }
}
