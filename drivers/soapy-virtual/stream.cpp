#include "stream.hpp"
#include <SoapySDR/Errors.h>

namespace nrflow {

int Stream::read(void *const *, size_t, int &, long long &, long) { return SOAPY_SDR_NOT_SUPPORTED; }
int Stream::write(const void *const *, size_t, int &, long long, long) { return SOAPY_SDR_NOT_SUPPORTED; }
int Stream::status(size_t &, int &, long long &, long) { return SOAPY_SDR_NOT_SUPPORTED; }

int Stream::may_run(int flags, int known_flags) const {
    if (flags & ~known_flags) return SOAPY_SDR_NOT_SUPPORTED;
    if ((flags & SOAPY_SDR_HAS_TIME) && !radio.profile.hardware_time) return SOAPY_SDR_NOT_SUPPORTED;
    const int other = direction == SOAPY_SDR_RX ? SOAPY_SDR_TX : SOAPY_SDR_RX;
    if (!radio.profile.full_duplex && radio.active[other] != 0) return SOAPY_SDR_NOT_SUPPORTED;
    return 0;
}

int Stream::activate(int flags, long long time_ns, size_t n) {
    const std::lock_guard<std::mutex> alone(calls);
    if (radio.gone) return SOAPY_SDR_STREAM_ERROR;
    if (running) return 0;
    const int error = start(flags, time_ns, n);
    started.notify_all();
    return error;
}

int Stream::deactivate() {
    leaving++;
    {
        Air::Guard guard(*radio.air);
        radio.air->notify(guard);
    }
    const std::lock_guard<std::mutex> alone(calls);
    leaving--;
    if (running) stop();
    return 0;
}

bool Stream::enter(std::unique_lock<std::mutex> &lock, const Deadline &deadline) {
    return started.wait_for(lock, deadline.left(), [&] { return running && leaving == 0; });
}

} // namespace nrflow
