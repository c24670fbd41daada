/// Bytes that are no message this module can read: which field, at which bit, and why.
///
/// The message reads as in `servingCellConfigCommon.ss-PBCH-BlockPower at bit 502: 111 lies outside 0..=110`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path} at bit {bit}: {problem}")]
pub struct DecodeError {
    path: String,
    bit: usize,
    problem: DecodeProblem,
}

/// What is wrong with the bits of a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeProblem {
    /// The data ends inside the field.
    #[error("needs {needed} bits, {left} are left")]
    EndOfData {
        /// Bits that the field needs.
        needed: usize,
        /// Bits that are left.
        left: usize,
    },
    /// A number beyond the range of its type.
    #[error("{got} lies outside {low}..={high}")]
    OutOfRange {
        /// The number in the data.
        got: i64,
        /// Smallest allowed.
        low: i64,
        /// Largest allowed.
        high: i64,
    },
    /// The index of an enumeration or choice beyond its last value.
    #[error("index {got} is none of the {known} defined values")]
    UnknownValue {
        /// The index in the data.
        got: i64,
        /// Number of defined values.
        known: usize,
    },
    /// A length of 16384 or more, which no message read here reaches.
    #[error("the length is fragmented, it exceeds every message")]
    FragmentedLength,
    /// The contents of an octet string end before it does.
    #[error("{left} bits of the octet string are left over")]
    DataLeft {
        /// Bits behind the contents.
        left: usize,
    },
    /// The bits are another message than the one asked for.
    #[error("this is the message {0}")]
    OtherMessage(&'static str),
}

impl DecodeError {
    pub(super) fn new(bit: usize, problem: DecodeProblem) -> Self {
        Self { path: String::new(), bit, problem }
    }

    /// The same error as seen from the structure that holds the failed field.
    pub(super) fn inside(mut self, name: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{name}{dot}{}", self.path);
        self
    }

    /// The field in the standard's names, from the message down: `cellAccessRelatedInfo.plmn-IdentityInfoList[0]`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Position of the failed value: bits before it in the data.
    pub fn bit(&self) -> usize {
        self.bit
    }

    /// What is wrong there.
    pub fn problem(&self) -> &DecodeProblem {
        &self.problem
    }
}
