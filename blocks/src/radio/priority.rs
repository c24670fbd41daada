use super::Notices;
use thread_priority::{
    RealtimeThreadSchedulePolicy, ThreadPriority, ThreadPriorityValue, ThreadSchedulePolicy,
    set_thread_priority_and_policy, thread_native_id,
};

/// Above every ordinary thread, below the kernel's own.
const PRIORITY: u8 = 10;

/// Raises the calling thread above ordinary ones, where the system allows it; says so where it does not.
pub(super) fn raise(notices: &Notices) {
    let policy = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::RoundRobin);
    let raised = ThreadPriorityValue::try_from(PRIORITY).map_err(|e| e.to_string()).and_then(|value| {
        let priority = ThreadPriority::Crossplatform(value);
        set_thread_priority_and_policy(thread_native_id(), priority, policy).map_err(|e| e.to_string())
    });
    if let Err(error) = raised {
        notices.say(format!(
            "the radio thread runs at ordinary priority ({error}); allow real-time priority (ulimit -r, or CAP_SYS_NICE) \
             if samples are lost"
        ));
    }
}
