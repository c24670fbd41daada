//! The unaligned packed encoding rules of ITU-T X.691 as far as the messages here need them: a reader, a writer, and
//! how each kind of type is coded.
//!
//! The types themselves are written down with the macros of `notation`. Whatever a structure's `...` hides is kept
//! as octets ([`Extension`]), so that encoding what was decoded gives the same bits, also from a later release.

use super::error::{DecodeError, DecodeProblem};
use super::value::{Value, hex};
use crate::ConfigError;
use crate::coding::bits;
use std::borrow::Cow;

/// Where the rules on values that cannot be encoded stand.
pub(super) const CLAUSE: &str = "TS 38.331 6.3.2";

/// Reads values off a bit sequence; every read checks what is left.
pub(super) struct Reader<'a> {
    bits: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub fn new(bits: &'a [u8]) -> Self {
        Self { bits, at: 0 }
    }

    /// Bits read so far.
    pub fn position(&self) -> usize {
        self.at
    }

    pub fn error(&self, problem: DecodeProblem) -> DecodeError {
        DecodeError::new(self.at, problem)
    }

    /// The next `n` bits.
    pub fn take(&mut self, n: usize) -> Result<&'a [u8], DecodeError> {
        let left = self.bits.len() - self.at;
        if n > left {
            return Err(self.error(DecodeProblem::EndOfData { needed: n, left }));
        }
        self.at += n;
        Ok(&self.bits[self.at - n..self.at])
    }

    /// The bits from `start`, an earlier position, to here.
    pub fn since(&self, start: usize) -> &'a [u8] {
        &self.bits[start..self.at]
    }

    /// All bits that are left.
    pub fn rest(&mut self) -> &'a [u8] {
        let rest = &self.bits[self.at..];
        self.at = self.bits.len();
        rest
    }

    pub fn flag(&mut self) -> Result<bool, DecodeError> {
        Ok(self.take(1)?[0] == 1)
    }

    /// X.691 11.5.7.1: a number of a finite range, offset by its lower end, in the fewest bits.
    pub fn number(&mut self, range: Range) -> Result<i64, DecodeError> {
        let start = self.at;
        let got = range.low + bits::to_number(self.take(range.width())?) as i64;
        if got > range.high {
            return Err(DecodeError::new(start, DecodeProblem::OutOfRange { got, low: range.low, high: range.high }));
        }
        Ok(got)
    }

    /// The index of one of `known` values, as enumerations and choices have it.
    pub fn index(&mut self, known: usize) -> Result<usize, DecodeError> {
        let start = self.at;
        let got = bits::to_number(self.take(range(0, known as i64 - 1).width())?);
        if got < known as u64 {
            Ok(got as usize)
        } else {
            Err(DecodeError::new(start, DecodeProblem::UnknownValue { got: got as i64, known }))
        }
    }

    /// X.691 11.6: a normally small number; the large form (64 and more) is beyond all that is defined.
    pub fn small_number(&mut self) -> Result<u8, DecodeError> {
        let start = self.at;
        let got = bits::to_number(self.take(7)?) as u8;
        let problem = DecodeProblem::OutOfRange { got: i64::from(got), low: 0, high: 63 };
        if got < 64 { Ok(got) } else { Err(DecodeError::new(start, problem)) }
    }

    /// X.691 11.9.3.6–8: a length without upper bound.
    pub fn length(&mut self) -> Result<usize, DecodeError> {
        if !self.flag()? {
            return Ok(bits::to_number(self.take(7)?) as usize);
        }
        if !self.flag()? {
            return Ok(bits::to_number(self.take(14)?) as usize);
        }
        self.at -= 2;
        Err(self.error(DecodeProblem::FragmentedLength))
    }

    /// Octets behind a length: OCTET STRING and open types.
    pub fn octets(&mut self) -> Result<Vec<u8>, DecodeError> {
        let length = self.length()?;
        Ok(bits::pack(self.take(8 * length)?))
    }
}

/// Collects the bits of a message.
#[derive(Default)]
pub(super) struct Writer {
    pub bits: Vec<u8>,
}

impl Writer {
    pub fn flag(&mut self, flag: bool) {
        self.bits.push(u8::from(flag));
    }

    pub fn number(&mut self, value: i64, range: Range, name: &'static str) -> Result<(), ConfigError> {
        if !(range.low..=range.high).contains(&value) {
            let rule = format!("must lie in {}..={}", range.low, range.high);
            return Err(ConfigError::new(name, value, rule, CLAUSE));
        }
        bits::push_number(&mut self.bits, (value - range.low) as u64, range.width());
        Ok(())
    }

    pub fn index(&mut self, index: usize, known: usize) {
        bits::push_number(&mut self.bits, index as u64, range(0, known as i64 - 1).width());
    }

    pub fn small_number(&mut self, number: u8, name: &'static str) -> Result<(), ConfigError> {
        self.flag(false);
        self.number(i64::from(number), range(0, 63), name)
    }

    pub fn length(&mut self, length: usize, name: &'static str) -> Result<(), ConfigError> {
        match length {
            0..0x80 => bits::push_number(&mut self.bits, length as u64, 8),
            0x80..0x4000 => bits::push_number(&mut self.bits, 0x8000 | length as u64, 16),
            _ => return Err(ConfigError::new(name, length, "a length must be less than 16384", "ITU-T X.691 11.9.3")),
        }
        Ok(())
    }

    pub fn octets(&mut self, octets: &[u8], name: &'static str) -> Result<(), ConfigError> {
        self.length(octets.len(), name)?;
        bits::unpack_into(octets, &mut self.bits);
        Ok(())
    }
}

/// The numbers that a type allows, both ends included; also the lengths of a list.
#[derive(Clone, Copy)]
pub(super) struct Range {
    low: i64,
    high: i64,
}

/// A bound of INTEGER; BIT STRING of a fixed size n is coded alike, as `range(0, 2^n - 1)`.
pub(super) const fn range(low: i64, high: i64) -> Range {
    Range { low, high }
}

impl Range {
    const fn width(self) -> usize {
        (64 - ((self.high - self.low) as u64).leading_zeros()) as usize
    }
}

/// The bounds of SEQUENCE OF: those of its length and those of its elements.
pub(super) struct List<B>(Range, B);

/// Bounds of a list whose elements need none.
pub(super) const fn list(low: i64, high: i64) -> List<()> {
    List(range(low, high), ())
}

/// Bounds of a list and of its elements.
pub(super) const fn list_of<B>(low: i64, high: i64, element: B) -> List<B> {
    List(range(low, high), element)
}

/// A type of the standard: how it is coded within its bounds, and how it is shown.
pub(super) trait Coded: Sized {
    type Bound;
    fn decode(reader: &mut Reader, bound: &Self::Bound) -> Result<Self, DecodeError>;
    /// `name` is that of the field, for the error.
    fn encode(&self, writer: &mut Writer, bound: &Self::Bound, name: &'static str) -> Result<(), ConfigError>;
    fn value(&self) -> Value;
}

/// A component of SEQUENCE: a mandatory type, an `Option` of one, or a flag (ENUMERATED with one value, OPTIONAL).
pub(super) trait Field: Sized {
    type Bound;
    const OPTIONAL: bool;
    fn present(&self) -> bool;
    fn decode(reader: &mut Reader, present: bool, bound: &Self::Bound) -> Result<Self, DecodeError>;
    fn encode(&self, writer: &mut Writer, bound: &Self::Bound, name: &'static str) -> Result<(), ConfigError>;
    fn value(&self, bound: &Self::Bound) -> Option<Value>;
}

impl<T: Coded> Field for T {
    type Bound = T::Bound;
    const OPTIONAL: bool = false;
    fn present(&self) -> bool {
        true
    }
    fn decode(reader: &mut Reader, _: bool, bound: &T::Bound) -> Result<Self, DecodeError> {
        Coded::decode(reader, bound)
    }
    fn encode(&self, writer: &mut Writer, bound: &T::Bound, name: &'static str) -> Result<(), ConfigError> {
        Coded::encode(self, writer, bound, name)
    }
    fn value(&self, _: &T::Bound) -> Option<Value> {
        Some(Coded::value(self))
    }
}

impl<T: Coded> Field for Option<T> {
    type Bound = T::Bound;
    const OPTIONAL: bool = true;
    fn present(&self) -> bool {
        self.is_some()
    }
    fn decode(reader: &mut Reader, present: bool, bound: &T::Bound) -> Result<Self, DecodeError> {
        if present { Coded::decode(reader, bound).map(Some) } else { Ok(None) }
    }
    fn encode(&self, writer: &mut Writer, bound: &T::Bound, name: &'static str) -> Result<(), ConfigError> {
        self.as_ref().map_or(Ok(()), |value| value.encode(writer, bound, name))
    }
    fn value(&self, _: &T::Bound) -> Option<Value> {
        self.as_ref().map(Coded::value)
    }
}

/// The bound is the name of the one value.
impl Field for bool {
    type Bound = &'static str;
    const OPTIONAL: bool = true;
    fn present(&self) -> bool {
        *self
    }
    fn decode(_: &mut Reader, present: bool, _: &Self::Bound) -> Result<Self, DecodeError> {
        Ok(present)
    }
    fn encode(&self, _: &mut Writer, _: &Self::Bound, _: &'static str) -> Result<(), ConfigError> {
        Ok(())
    }
    fn value(&self, name: &Self::Bound) -> Option<Value> {
        self.then(|| if *name == "true" { Value::Bool(true) } else { Value::Text((*name).to_owned()) })
    }
}

macro_rules! integers {
    ($($int:ty),*) => { $(
        impl Coded for $int {
            type Bound = Range;
            fn decode(reader: &mut Reader, bound: &Range) -> Result<Self, DecodeError> {
                let start = reader.position();
                let got = reader.number(*bound)?;
                Self::try_from(got).map_err(|_| {
                    DecodeError::new(start, DecodeProblem::OutOfRange { got, low: bound.low, high: bound.high })
                })
            }
            fn encode(&self, writer: &mut Writer, bound: &Range, name: &'static str) -> Result<(), ConfigError> {
                // A number beyond i64 is beyond every range of the standard as well.
                writer.number(i64::try_from(*self).unwrap_or(i64::MAX), *bound, name)
            }
            fn value(&self) -> Value {
                Value::Int(i64::try_from(*self).unwrap_or(i64::MAX))
            }
        }
    )* };
}
integers!(u8, u16, u32, u64, i8, i16);

impl<T: Coded> Coded for Box<T> {
    type Bound = T::Bound;
    fn decode(reader: &mut Reader, bound: &Self::Bound) -> Result<Self, DecodeError> {
        T::decode(reader, bound).map(Self::new)
    }
    fn encode(&self, writer: &mut Writer, bound: &Self::Bound, name: &'static str) -> Result<(), ConfigError> {
        T::encode(self, writer, bound, name)
    }
    fn value(&self) -> Value {
        T::value(self)
    }
}

impl<T: Coded> Coded for Vec<T> {
    type Bound = List<T::Bound>;
    fn decode(reader: &mut Reader, bound: &Self::Bound) -> Result<Self, DecodeError> {
        // Each element takes its bits from the data, so the list grows no further than the data reaches.
        let length = reader.number(bound.0)?;
        (0..length).map(|i| T::decode(reader, &bound.1).map_err(|error| error.inside(&format!("[{i}]")))).collect()
    }
    fn encode(&self, writer: &mut Writer, bound: &Self::Bound, name: &'static str) -> Result<(), ConfigError> {
        if !(bound.0.low..=bound.0.high).contains(&(self.len() as i64)) {
            let rule = format!("must have {}..={} entries", bound.0.low, bound.0.high);
            return Err(ConfigError::new(name, format!("{} entries", self.len()), rule, CLAUSE));
        }
        writer.number(self.len() as i64, bound.0, name)?;
        self.iter().try_for_each(|element| element.encode(writer, &bound.1, name))
    }
    fn value(&self) -> Value {
        Value::List(self.iter().map(Coded::value).collect())
    }
}

/// BIT STRING of `N` ≤ 64 bits whose bits have a meaning each; the first bit is the most significant of the N.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BitString<const N: usize>(pub u64);

impl<const N: usize> BitString<N> {
    /// Bit `i`, counted from the first (leftmost) one as the standard does.
    pub const fn bit(self, i: usize) -> bool {
        i < N && self.0 >> (N - 1 - i) & 1 == 1
    }

    /// Numbers of the bits that are set, the first (leftmost) bit being 0.
    pub fn ones(self) -> impl Iterator<Item = usize> {
        (0..N).filter(move |&i| self.bit(i))
    }
}

impl<const N: usize> Coded for BitString<N> {
    type Bound = ();
    fn decode(reader: &mut Reader, (): &()) -> Result<Self, DecodeError> {
        Ok(Self(bits::to_number(reader.take(N)?)))
    }
    fn encode(&self, writer: &mut Writer, (): &(), name: &'static str) -> Result<(), ConfigError> {
        if N < 64 && self.0 >> N != 0 {
            return Err(ConfigError::new(name, format!("{:#x}", self.0), format!("must fit {N} bits"), CLAUSE));
        }
        bits::push_number(&mut writer.bits, self.0, N);
        Ok(())
    }
    fn value(&self) -> Value {
        Value::Text(format!("{:0width$b}", self.0, width = N))
    }
}

/// BIT STRING of `N` bits, more than fit [`BitString`]: one an element, the first (leftmost) one first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LongBitString<const N: usize>(pub Vec<bool>);

impl<const N: usize> LongBitString<N> {
    /// Numbers of the bits that are set, the first (leftmost) bit being 0.
    pub fn ones(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().filter_map(|(i, &bit)| bit.then_some(i))
    }
}

impl<const N: usize> Coded for LongBitString<N> {
    type Bound = ();
    fn decode(reader: &mut Reader, (): &()) -> Result<Self, DecodeError> {
        Ok(Self(reader.take(N)?.iter().map(|&bit| bit == 1).collect()))
    }
    fn encode(&self, writer: &mut Writer, (): &(), name: &'static str) -> Result<(), ConfigError> {
        if self.0.len() != N {
            return Err(ConfigError::new(name, format!("{} bits", self.0.len()), format!("must be {N} bits"), CLAUSE));
        }
        writer.bits.extend(self.0.iter().map(|&bit| u8::from(bit)));
        Ok(())
    }
    fn value(&self) -> Value {
        Value::Text(self.0.iter().map(|&bit| if bit { '1' } else { '0' }).collect())
    }
}

/// BOOLEAN, which has a bit of its own; a plain `bool` is an optional field that is there or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Boolean(pub bool);

impl Coded for Boolean {
    type Bound = ();
    fn decode(reader: &mut Reader, (): &()) -> Result<Self, DecodeError> {
        reader.flag().map(Self)
    }
    fn encode(&self, writer: &mut Writer, (): &(), _: &'static str) -> Result<(), ConfigError> {
        writer.flag(self.0);
        Ok(())
    }
    fn value(&self) -> Value {
        Value::Bool(self.0)
    }
}

/// OCTET STRING (CONTAINING T): the encoding of a `T` on its own, padded to octets, behind its length.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Contained<T>(pub T);

impl<T: Coded<Bound = ()>> Coded for Contained<T> {
    type Bound = ();
    fn decode(reader: &mut Reader, (): &()) -> Result<Self, DecodeError> {
        let n_bits = 8 * reader.length()?;
        let start = reader.at;
        reader.take(n_bits)?;
        // Within the same data, so that an error names the bit of the message.
        let mut inner = Reader { bits: &reader.bits[..reader.at], at: start };
        let value = T::decode(&mut inner, &())?;
        let left = reader.at - inner.at;
        if left < 8 { Ok(Self(value)) } else { Err(inner.error(DecodeProblem::DataLeft { left })) }
    }
    fn encode(&self, writer: &mut Writer, (): &(), name: &'static str) -> Result<(), ConfigError> {
        let mut inner = Writer::default();
        self.0.encode(&mut inner, &(), name)?;
        writer.octets(&bits::pack(&inner.bits), name)
    }
    fn value(&self) -> Value {
        self.0.value()
    }
}

/// OCTET STRING of any length below 16384; here always an extension of the message that is kept as it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OctetString(pub Vec<u8>);

impl Coded for OctetString {
    type Bound = ();
    fn decode(reader: &mut Reader, (): &()) -> Result<Self, DecodeError> {
        reader.octets().map(Self)
    }
    fn encode(&self, writer: &mut Writer, (): &(), name: &'static str) -> Result<(), ConfigError> {
        writer.octets(&self.0, name)
    }
    fn value(&self) -> Value {
        Value::Text(hex(&self.0))
    }
}

/// A `nonCriticalExtension` of a release after those known here: all bits up to the last one that is set, one bit an
/// element. Its end is unknown and the padding behind it is zeros, so zeros at its end count as padding.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UnknownTail(pub Vec<u8>);

impl Coded for UnknownTail {
    type Bound = ();
    fn decode(reader: &mut Reader, (): &()) -> Result<Self, DecodeError> {
        let rest = reader.rest();
        let end = rest.iter().rposition(|&bit| bit == 1).map_or(0, |last| last + 1);
        reader.at -= rest.len() - end;
        Ok(Self(rest[..end].to_vec()))
    }
    fn encode(&self, writer: &mut Writer, (): &(), _: &'static str) -> Result<(), ConfigError> {
        writer.bits.extend(self.0.iter().map(|bit| bit & 1));
        Ok(())
    }
    fn value(&self) -> Value {
        Value::Text(self.0.iter().map(|bit| if bit & 1 == 1 { '1' } else { '0' }).collect())
    }
}

/// What stands behind the `...` of a structure: the additions of later releases as octets, in the standard's order.
///
/// Empty for a structure without additions. `None` is an addition that is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Extension {
    /// Contents of each addition (group): its own encoding, padded to octets.
    pub additions: Vec<Option<Vec<u8>>>,
}

impl Extension {
    /// X.691 19.7–19.9: the number of additions, which of them are present, and each in its own octets.
    pub(super) fn decode(reader: &mut Reader) -> Result<Self, DecodeError> {
        let n = if reader.flag()? { reader.length()? } else { 1 + reader.number(range(0, 63))? as usize };
        let present = reader.take(n)?;
        let additions = present
            .iter()
            .enumerate()
            .map(|(i, &bit)| {
                let octets = if bit == 1 { Some(reader.octets()) } else { None };
                octets.transpose().map_err(|error| error.inside(&format!("extension[{i}]")))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { additions })
    }

    pub(super) fn encode(&self, writer: &mut Writer) -> Result<(), ConfigError> {
        match self.additions.len() {
            0 => return Ok(()),
            n @ 1..=64 => writer.index(n - 1, 128),
            n => {
                writer.flag(true);
                writer.length(n, "extension")?;
            }
        }
        for addition in &self.additions {
            writer.flag(addition.is_some());
        }
        self.additions.iter().flatten().try_for_each(|octets| writer.octets(octets, "extension"))
    }

    /// Addition `index` as the type `T`; `None` if it is absent or cannot be read as one.
    pub(super) fn get<T: Coded<Bound = ()>>(&self, index: usize) -> Option<T> {
        let octets = self.additions.get(index)?.as_ref()?;
        T::decode(&mut Reader::new(&bits::unpack(octets)), &()).ok()
    }

    /// Sets addition `index`.
    pub(super) fn set<T: Coded<Bound = ()>>(&mut self, index: usize, addition: &T) -> Result<(), ConfigError> {
        let mut writer = Writer::default();
        addition.encode(&mut writer, &(), "extension")?;
        if self.additions.len() <= index {
            self.additions.resize(index + 1, None);
        }
        self.additions[index] = Some(bits::pack(&writer.bits));
        Ok(())
    }

    /// Shows the additions among the members of their structure: the fields of those that `known` reads, the octets
    /// of the others.
    pub(super) fn value_into(
        &self,
        known: &[fn(&Self, usize) -> Option<Value>],
        members: &mut Vec<(Cow<'static, str>, Value)>,
    ) {
        for (i, addition) in self.additions.iter().enumerate() {
            let Some(octets) = addition else { continue };
            match known.get(i).and_then(|read| read(self, i)) {
                Some(Value::Object(fields)) => members.extend(fields),
                _ => members.push((format!("extension[{i}]").into(), Value::Text(hex(octets)))),
            }
        }
    }

    pub(super) fn value_of<T: Coded<Bound = ()>>(&self, index: usize) -> Option<Value> {
        self.get::<T>(index).map(|addition| addition.value())
    }
}
