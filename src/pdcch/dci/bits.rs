//! Fields one after the other, first bit = most significant.

use crate::ConfigError;
use crate::coding::bits;

/// What a field of DCI holds: a number that fits its width, or a flag.
pub(super) trait FieldValue: Copy + Into<u32> {
    fn from_number(number: u32) -> Self;
}

impl FieldValue for bool {
    fn from_number(number: u32) -> Self {
        number != 0
    }
}

impl FieldValue for u8 {
    fn from_number(number: u32) -> Self {
        number as u8
    }
}

impl FieldValue for u32 {
    fn from_number(number: u32) -> Self {
        number
    }
}

pub(super) struct Writer<'a> {
    bits: &'a mut Vec<u8>,
    clause: &'static str,
}

impl<'a> Writer<'a> {
    pub(super) fn new(clause: &'static str, bits: &'a mut Vec<u8>) -> Self {
        bits.clear();
        Self { bits, clause }
    }

    pub(super) fn field(&mut self, name: &'static str, value: impl Into<u32>, width: usize) -> Result<(), ConfigError> {
        let value = value.into();
        if u64::from(value) >= 1 << width {
            return Err(ConfigError::new(name, value, format!("must fit {width} bits"), self.clause));
        }
        bits::push_number(self.bits, value.into(), width);
        Ok(())
    }

    pub(super) fn pad_to(self, size: usize) {
        self.bits.resize(size, 0);
    }
}

/// Takes fields off the front; the caller has checked the total length.
pub(super) struct Reader<'a> {
    bits: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bits: &'a [u8]) -> Self {
        Self { bits }
    }

    /// What has not been taken.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bits
    }

    /// A field of up to 32 bits.
    pub(super) fn value<T: FieldValue>(&mut self, width: usize) -> T {
        let (field, rest) = self.bits.split_at(width);
        self.bits = rest;
        T::from_number(bits::to_number(field) as u32)
    }

    pub(super) fn u16(&mut self, width: usize) -> u16 {
        self.value::<u32>(width) as u16
    }

    pub(super) fn u8(&mut self, width: usize) -> u8 {
        self.value(width)
    }

    pub(super) fn bool(&mut self) -> bool {
        self.value(1)
    }
}

/// The `width` least significant bits of a field.
pub(super) fn low_bits<T: FieldValue>(value: T, width: u8) -> T {
    let mask = u32::MAX.checked_shr(32 - u32::from(width)).unwrap_or(0);
    T::from_number(value.into() & mask)
}
