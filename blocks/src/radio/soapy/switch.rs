use super::Device;
use crate::radio::Direction;
use std::sync::atomic::{AtomicU8, Ordering};

/// The switch of a device that receives or transmits, one at a time. The stream whose turn it is not stands still:
/// reads give nothing, and writes wait.
#[derive(Clone)]
pub struct Switch {
    device: Device,
}

impl Switch {
    pub(super) const fn new(device: Device) -> Self {
        Self { device }
    }

    /// Whose turn it is.
    pub fn direction(&self) -> Direction {
        if self.device.turn().is_of(Direction::Tx) { Direction::Tx } else { Direction::Rx }
    }

    /// Turns it. The stream that runs stops at its next call; only then the other begins.
    pub fn turn_to(&self, direction: Direction) {
        self.device.turn().give(direction);
    }
}

/// Whose turn it is, and who runs: at most one, where a device cannot do both.
pub(super) struct Turn {
    half_duplex: bool,
    /// 0: there is no switch.
    whose: AtomicU8,
    running: AtomicU8,
}

const fn code(direction: Direction) -> u8 {
    match direction {
        Direction::Rx => 1,
        Direction::Tx => 2,
    }
}

impl Turn {
    pub const fn new(half_duplex: bool) -> Self {
        Self { half_duplex, whose: AtomicU8::new(0), running: AtomicU8::new(0) }
    }

    /// Gives the turn; false if there is no such thing, since the device can do both, or one alone.
    pub fn give(&self, direction: Direction) -> bool {
        if self.half_duplex {
            self.whose.store(code(direction), Ordering::Release);
        }
        self.half_duplex
    }

    /// Whether both directions may have streams.
    pub fn allows_both(&self) -> bool {
        !self.half_duplex || self.whose.load(Ordering::Acquire) != 0
    }

    /// Whether a stream of this direction may run, as far as the switch is concerned.
    pub fn is_of(&self, direction: Direction) -> bool {
        let whose = self.whose.load(Ordering::Acquire);
        !self.half_duplex || whose == 0 || whose == code(direction)
    }

    /// Takes the right to run; false as long as the other direction does.
    pub fn begin(&self, direction: Direction) -> bool {
        let begun = self.running.compare_exchange(0, code(direction), Ordering::AcqRel, Ordering::Acquire);
        !self.half_duplex || begun.is_ok() || begun == Err(code(direction))
    }

    /// Gives the right to run back.
    pub fn end(&self, direction: Direction) {
        // An error says that it was not ours.
        let _ = self.running.compare_exchange(code(direction), 0, Ordering::AcqRel, Ordering::Acquire);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time() {
        let turn = Turn::new(true);
        assert!(!turn.allows_both() && turn.is_of(Direction::Rx) && turn.is_of(Direction::Tx));
        assert!(turn.begin(Direction::Rx) && turn.begin(Direction::Rx) && !turn.begin(Direction::Tx));
        assert!(turn.give(Direction::Tx) && turn.allows_both());
        assert!(!turn.is_of(Direction::Rx) && turn.is_of(Direction::Tx));
        turn.end(Direction::Tx);
        assert!(!turn.begin(Direction::Tx), "the other has not ended yet");
        turn.end(Direction::Rx);
        assert!(turn.begin(Direction::Tx) && !turn.begin(Direction::Rx));
    }

    #[test]
    fn who_can_do_both_needs_no_switch() {
        let turn = Turn::new(false);
        assert!(!turn.give(Direction::Tx) && turn.allows_both() && turn.is_of(Direction::Rx));
        assert!(turn.begin(Direction::Rx) && turn.begin(Direction::Tx));
    }
}
