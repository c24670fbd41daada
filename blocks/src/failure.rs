use std::sync::{Arc, Mutex, PoisonError};

/// Why a block ended its flowgraph. FutureSDR says only that some block did: those at the ends of a graph, which meet
/// files and pipes, keep their error here, to be taken when the graph has ended.
#[derive(Clone, Debug, Default)]
pub struct Failure(Arc<Mutex<Option<anyhow::Error>>>);

impl Failure {
    /// Keeps the error of `result`, if it is one, and gives one of the same text.
    pub(crate) fn note<T>(&self, result: Result<T, impl Into<anyhow::Error>>) -> anyhow::Result<T> {
        result.map_err(|error| {
            let error = error.into();
            let text = error.to_string();
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            anyhow::Error::msg(text)
        })
    }

    /// Whether there was one that nobody has taken yet.
    pub(crate) fn is_noted(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// The error, if there was one.
    pub fn take(&self) -> Option<anyhow::Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
