//! Bit sequences are slices of `u8`, one bit (0 or 1) an element, in transmission order; these functions pack
//! them into bytes, first bit = most significant bit, and back.

/// Packs bits into bytes; the last byte is padded with zeros.
pub fn pack(bits: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(bits.len().div_ceil(8));
    pack_into(bits, &mut bytes);
    bytes
}

/// Appends the bytes of `bits`; the last is padded with zeros.
pub fn pack_into(bits: &[u8], bytes: &mut Vec<u8>) {
    let (eights, rest) = bits.as_chunks::<8>();
    // The product brings the bit in byte i to place 63 - i; what else it makes stays below or falls off.
    let whole = |eight: &[u8; 8]| {
        let ones = u64::from_le_bytes(*eight) & 0x0101_0101_0101_0101;
        (ones.wrapping_mul(0x8040_2010_0804_0201) >> 56) as u8
    };
    bytes.extend(eights.iter().map(whole));
    if !rest.is_empty() {
        bytes.push(rest.iter().enumerate().fold(0, |acc, (i, bit)| acc | (bit & 1) << (7 - i)));
    }
}

/// Appends the bits of `bytes` to `bits`.
pub fn unpack_into(bytes: &[u8], bits: &mut Vec<u8>) {
    bits.extend(bytes.iter().flat_map(|byte| (0..8).rev().map(move |i| byte >> i & 1)));
}

/// The bits of `bytes`.
pub fn unpack(bytes: &[u8]) -> Vec<u8> {
    let mut bits = Vec::with_capacity(bytes.len() * 8);
    unpack_into(bytes, &mut bits);
    bits
}

/// The number whose binary digits are `bits`, first bit most significant; at most 64 bits.
///
/// # Panics
/// If there are more than 64 bits.
pub fn to_number(bits: &[u8]) -> u64 {
    assert!(bits.len() <= 64, "{} bits do not fit 64", bits.len());
    bits.iter().fold(0, |acc, bit| acc << 1 | u64::from(bit & 1))
}

/// Appends the `width` low bits of `value`, most significant first.
pub fn push_number(bits: &mut Vec<u8>, value: u64, width: usize) {
    bits.extend((0..width).rev().map(|i| (value >> i & 1) as u8));
}
