//! Parts of a message that are read over: their structure is known, their fields have no Rust names. The bits are
//! kept, so that encoding gives back what was decoded.

use super::error::{DecodeError, DecodeProblem};
use super::uper::{CLAUSE, Coded, Extension, Range, Reader, Writer, range};
use super::value::Value;
use crate::ConfigError;

/// A structure of the standard that is read over, as its bits, one an element.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Skipped(pub Vec<u8>);

impl Coded for Skipped {
    type Bound = Shape;

    fn decode(reader: &mut Reader, shape: &Shape) -> Result<Self, DecodeError> {
        let start = reader.position();
        shape.skip(reader)?;
        Ok(Self(reader.since(start).to_vec()))
    }

    fn encode(&self, writer: &mut Writer, shape: &Shape, name: &'static str) -> Result<(), ConfigError> {
        let mut reader = Reader::new(&self.0);
        if shape.skip(&mut reader).is_err() || reader.position() != self.0.len() {
            return Err(ConfigError::new(name, format!("{} bits", self.0.len()), "must be an encoding of it", CLAUSE));
        }
        writer.bits.extend(self.0.iter().map(|bit| bit & 1));
        Ok(())
    }

    fn value(&self) -> Value {
        Value::Text(self.0.iter().map(|bit| if bit & 1 == 1 { '1' } else { '0' }).collect())
    }
}

/// How a structure is coded, as far as is needed to find its end.
pub(super) enum Shape {
    /// INTEGER of a finite range.
    Number(Range),
    /// ENUMERATED, by the number of its values.
    Enumerated(usize),
    /// ENUMERATED with `...`, by the number of its first values.
    ExtensibleEnumerated(usize),
    /// SEQUENCE.
    Sequence(&'static [Component]),
    /// SEQUENCE with `...`.
    ExtensibleSequence(&'static [Component]),
    /// SEQUENCE OF, the bounds of its length first.
    SequenceOf(Range, &'static Shape),
    /// CHOICE.
    Choice(&'static [Shape]),
    /// CHOICE with `...`, by its first alternatives.
    ExtensibleChoice(&'static [Shape]),
}

/// BOOLEAN.
pub(super) const BOOLEAN: Shape = Shape::Number(range(0, 1));
/// NULL.
pub(super) const NULL: Shape = Shape::Sequence(&[]);

/// A component of SEQUENCE.
pub(super) struct Component {
    name: &'static str,
    optional: bool,
    shape: Shape,
}

/// A component that is always there.
pub(super) const fn required(name: &'static str, shape: Shape) -> Component {
    Component { name, optional: false, shape }
}

/// A component with OPTIONAL or DEFAULT.
pub(super) const fn optional(name: &'static str, shape: Shape) -> Component {
    Component { name, optional: true, shape }
}

impl Shape {
    /// Reads to the end of the structure.
    fn skip(&self, reader: &mut Reader) -> Result<(), DecodeError> {
        match *self {
            Self::Number(range) => reader.number(range).map(drop),
            Self::Enumerated(known) => reader.index(known).map(drop),
            Self::ExtensibleEnumerated(known) => {
                if reader.flag()? {
                    reader.small_number().map(drop)
                } else {
                    reader.index(known).map(drop)
                }
            }
            Self::Sequence(components) => skip_components(components, reader),
            Self::ExtensibleSequence(components) => {
                let extended = reader.flag()?;
                skip_components(components, reader)?;
                if extended { Extension::decode(reader).map(drop) } else { Ok(()) }
            }
            Self::SequenceOf(length, element) => {
                let length = reader.number(length)?;
                (0..length).try_for_each(|i| element.skip(reader).map_err(|error| error.inside(&format!("[{i}]"))))
            }
            Self::Choice(alternatives) => skip_choice(alternatives, reader),
            Self::ExtensibleChoice(alternatives) => {
                if reader.flag()? {
                    reader.small_number()?;
                    reader.octets().map(drop)
                } else {
                    skip_choice(alternatives, reader)
                }
            }
        }
    }
}

fn skip_components(components: &[Component], reader: &mut Reader) -> Result<(), DecodeError> {
    let optional = reader.take(components.iter().filter(|component| component.optional).count())?;
    let mut present = optional.iter();
    for component in components {
        if !component.optional || present.next() == Some(&1) {
            component.shape.skip(reader).map_err(|error| error.inside(component.name))?;
        }
    }
    Ok(())
}

fn skip_choice(alternatives: &[Shape], reader: &mut Reader) -> Result<(), DecodeError> {
    let known = alternatives.len();
    let index = reader.index(known)?;
    let unknown = DecodeProblem::UnknownValue { got: index as i64, known };
    alternatives.get(index).ok_or_else(|| reader.error(unknown))?.skip(reader)
}
