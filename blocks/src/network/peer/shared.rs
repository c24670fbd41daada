use super::reply::Replies;
use super::request::Requests;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What both directions of a virtual radio know of each other.
pub(super) struct Shared {
    lead: u64,
    /// Whether there is a receiving side, which holds transmission back.
    gated: bool,
    state: Mutex<State>,
    received: Condvar,
}

struct State {
    /// Samples received, a channel.
    received: u64,
    input: Side<Requests>,
    output: Side<Replies>,
}

/// A direction: at work, ended with its ports left for the other direction, or over.
enum Side<P> {
    Runs,
    Left(P),
    Over,
}

impl Shared {
    pub fn new(lead: u64, receives: bool, sends: bool) -> Self {
        let input = if receives { Side::Runs } else { Side::Over };
        let output = if sends { Side::Runs } else { Side::Over };
        let state = Mutex::new(State { received: 0, input, output });
        Self { lead, gated: receives, state, received: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Samples from `position` on that may be sent by now.
    pub fn allowed(&self, position: u64) -> u64 {
        self.allowed_by(self.lock().received, position)
    }

    /// The same, waiting for at most `patience` until there are some.
    pub fn wait_allowed(&self, position: u64, patience: Duration) -> u64 {
        let closed = |state: &mut State| self.allowed_by(state.received, position) == 0;
        let (state, _) =
            self.received.wait_timeout_while(self.lock(), patience, closed).unwrap_or_else(PoisonError::into_inner);
        self.allowed_by(state.received, position)
    }

    fn allowed_by(&self, received: u64, position: u64) -> u64 {
        if self.gated { received.saturating_add(self.lead).saturating_sub(position) } else { u64::MAX }
    }

    /// Notes that `n` more samples were received.
    pub fn receive(&self, n: usize) {
        self.lock().received += n as u64;
        self.received.notify_all();
    }

    /// The receiving side ends; what is left of it is for the transmitting side, if that still runs.
    pub fn end_input(&self, requests: Requests) {
        let mut state = self.lock();
        state.input = if matches!(state.output, Side::Runs) { Side::Left(requests) } else { Side::Over };
        drop(state);
        self.received.notify_all();
    }

    /// The transmitting side ends; what is left of it is for the receiving side, if that still runs.
    pub fn end_output(&self, replies: Replies) {
        let mut state = self.lock();
        state.output = if matches!(state.input, Side::Runs) { Side::Left(replies) } else { Side::Over };
    }

    /// What the receiving side left, once.
    pub fn take_requests(&self) -> Option<Requests> {
        let mut state = self.lock();
        match std::mem::replace(&mut state.input, Side::Over) {
            Side::Left(requests) => Some(requests),
            other => {
                state.input = other;
                None
            }
        }
    }

    /// What the transmitting side left, once.
    pub fn take_replies(&self) -> Option<Replies> {
        let mut state = self.lock();
        match std::mem::replace(&mut state.output, Side::Over) {
            Side::Left(replies) => Some(replies),
            other => {
                state.output = other;
                None
            }
        }
    }
}
