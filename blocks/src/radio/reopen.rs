use super::Notices;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Pauses before a device is tried again, the first and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// Tries to open a device that failed for this `reason` again, `for_long`; false if it was told to stop. What is tried,
/// and that it worked, is said in `notices`.
///
/// # Errors
/// Why the last attempt failed.
pub fn reopened(
    mut reopen: impl FnMut() -> Result<(), String>,
    reason: &str,
    for_long: Duration,
    stop: &AtomicBool,
    notices: &Notices,
) -> anyhow::Result<bool> {
    notices.say(format!("the device failed ({reason}); opening it again"));
    let begun = Instant::now();
    let mut pause = PAUSES.0;
    let mut last = reason.to_string();
    while begun.elapsed() < for_long {
        match reopen() {
            Ok(()) => {
                notices.say(format!("the device is back after {:.1} s", begun.elapsed().as_secs_f64()));
                return Ok(true);
            }
            Err(error) => last = error,
        }
        let waited = Instant::now();
        while waited.elapsed() < pause {
            if stop.load(Ordering::Acquire) {
                return Ok(false);
            }
            std::thread::sleep(PAUSES.0.min(pause));
        }
        pause = (2 * pause).min(PAUSES.1);
    }
    Err(anyhow::anyhow!("the device failed and did not come back within {} s: {last}", for_long.as_secs_f64()))
}
