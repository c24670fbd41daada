use std::borrow::Cow;
use std::fmt::Display;

/// A configuration that the standard (or this library) does not allow.
///
/// The message names the parameter, its value, the rule and where the rule stands, as in
/// `N_ID^cell = 1008: must lie in 0..=1007 (TS 38.211 7.4.2.1)`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{parameter} = {got}: {rule} ({clause})")]
pub struct ConfigError {
    parameter: &'static str,
    got: String,
    rule: Cow<'static, str>,
    clause: &'static str,
}

impl ConfigError {
    /// `rule` is a sentence part that follows the value, with the way out; `clause` names the source.
    pub fn new(
        parameter: &'static str,
        got: impl Display,
        rule: impl Into<Cow<'static, str>>,
        clause: &'static str,
    ) -> Self {
        Self { parameter, got: got.to_string(), rule: rule.into(), clause }
    }

    /// The parameter in the standard's words.
    pub fn parameter(&self) -> &'static str {
        self.parameter
    }

    /// The clause or table that the value breaks.
    pub fn clause(&self) -> &'static str {
        self.clause
    }
}
