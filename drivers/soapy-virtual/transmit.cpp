#include "stream.hpp"
#include <SoapySDR/Errors.h>
#include <algorithm>
#include <cmath>
#include <limits>

namespace nrflow {
namespace {

/// What a ring holds: what is ahead, what a slow reader still needs, and room to spare.
constexpr double RING_LOCKSTEP_S = 0.12, RING_REALTIME_S = 0.25;
/// In real time an untimed burst begins so long after now, as behind the buffers of a real radio.
constexpr double LEAD_S = 0.005;
constexpr size_t MAX_EVENTS = 1000;

} // namespace

int TransmitStream::start(int flags, long long time_ns, size_t n) {
    if (const int error = may_run(flags, SOAPY_SDR_HAS_TIME)) return error;
    if (n != 0) return SOAPY_SDR_NOT_SUPPORTED;
    Air &air = *radio.air;
    tuned = radio.tuned(direction);
    const double ring_s = air.header().realtime ? RING_REALTIME_S : RING_LOCKSTEP_S;
    const int64_t pages = int64_t(std::max(ring_s * tuned.rate_hz, 4. * double(mtu)) / 512) + 1;
    const int64_t length = pages * 512; // whole pages of 4 KiB
    const auto run = [&](Air::Guard &guard) {
        auto &slot = this->slot();
        slot.rate_hz = tuned.rate_hz;
        for (size_t j = 0; j < channels.size(); j++) slot.channel[j] = uint32_t(channels[j]);
        slot.in_burst = false;
        slot.holds = radio.args.holds;
        slot.silent_to = 0;
        if (slot.holds) note_tuning(guard);
        slot.state = TransmitSlot::Active;
        const double now = air.now_s(guard);
        planned.reset();
        if (flags & SOAPY_SDR_HAS_TIME) planned = radio.position_at(time_ns, tuned.nominal_rate_hz, now);
        dropped = muted = false;
        radio.faults.start(now);
        if (!counted) air.header().transmit_ever++;
        counted = running = true;
        radio.active[direction]++;
        air.notify(guard);
    };
    if (ring && ring->samples == length) {
        // After a pause it goes on in the same ring, of which the last may still be heard.
        Air::Guard guard(air);
        if (slot().generation == generation && slot().rate_hz == tuned.rate_hz) {
            run(guard);
            return 0;
        }
    }
    ring.reset();
    index = air.claim_transmit(radio.device, unsigned(channels.size()), length);
    ring = air.map_ring(index, unsigned(channels.size()), length);
    Air::Guard guard(air);
    generation = slot().generation;
    run(guard);
    return 0;
}

void TransmitStream::stop() {
    running = false;
    radio.active[direction]--;
    Air::Guard guard(*radio.air);
    if (slot().generation != generation) return; // it vanished, and its slot has another owner
    slot().in_burst = false;
    slot().state = TransmitSlot::Draining;
    radio.air->notify(guard);
}

void TransmitStream::report(int code, long long time_ns) {
    const std::lock_guard<std::mutex> lock(events_mutex);
    if (events.size() == MAX_EVENTS) events.pop_front();
    events.push_back({code, time_ns});
    events_changed.notify_all();
}

int TransmitStream::status(size_t &channel_mask, int &flags, long long &time_ns, long timeout_us) {
    flags = 0;
    if (radio.gone) return SOAPY_SDR_STREAM_ERROR;
    std::unique_lock<std::mutex> lock(events_mutex);
    events_changed.wait_for(lock, Deadline(timeout_us).left(), [&] { return !events.empty() || radio.gone; });
    if (radio.gone) return SOAPY_SDR_STREAM_ERROR;
    if (events.empty()) return SOAPY_SDR_TIMEOUT;
    const Event event = events.front();
    events.pop_front();
    channel_mask = 0;
    for (const size_t c : channels) channel_mask |= size_t(1) << c;
    if (radio.profile.hardware_time) {
        flags |= SOAPY_SDR_HAS_TIME;
        time_ns = event.time_ns;
    }
    return event.code;
}

long long TransmitStream::now_or_time_ns(int64_t at) const {
    return radio.time_ns(at, tuned.nominal_rate_hz, double(at) / tuned.rate_hz);
}

/// Whether a burst that begins here would come after some receiver has listened, or after its time.
bool TransmitStream::is_late(Air::Guard &guard, int64_t start) const {
    const double start_s = (double(start) + 0.5) / tuned.rate_hz;
    if (start < slot().head) return true;
    return start_s < (radio.air->header().realtime ? radio.air->clock_s() : radio.air->most_heard_s(guard));
}

/// Where a burst without a time begins: now, or as planned at the activation.
int64_t TransmitStream::next_start(Air::Guard &guard) const {
    const double now = radio.air->header().realtime ? radio.air->clock_s() + LEAD_S
                                                    : std::max(radio.air->now_s(guard), radio.air->most_heard_s(guard));
    const int64_t earliest = std::max(slot().head, int64_t(std::ceil(now * tuned.rate_hz - 1e-3)));
    return planned ? std::max(*planned, earliest) : earliest;
}

/// So many samples may be written from `start` on now.
int64_t TransmitStream::room_after(Air::Guard &guard, int64_t start) const {
    const Header &header = radio.air->header();
    if (header.receive_ever < radio.args.wait_rx) return 0;
    const double base_s = header.realtime ? radio.air->clock_s() : radio.air->least_heard_s(guard);
    if (std::isinf(base_s)) return std::numeric_limits<int64_t>::max();
    return std::max<int64_t>(0, int64_t(std::floor((base_s + AHEAD_S) * tuned.rate_hz + 1e-3)) - start);
}

/// Readers wait for us from here on. What lies between the last burst and this one becomes silence.
void TransmitStream::begin_burst(Air::Guard &guard, int64_t start) {
    auto &slot = this->slot();
    if (slot.head == slot.begin || start - slot.head >= slot.ring) {
        slot.begin = start;
    } else {
        for (int64_t at = slot.head; at < start;) {
            const int64_t place = at % slot.ring, piece = std::min(start - at, slot.ring - place);
            for (unsigned j = 0; j < slot.channels; j++)
                std::fill_n(ring->channel(j) + place, piece, Sample());
            at += piece;
        }
    }
    slot.head = start;
    if (!begun) radio.air->header().burst_ever++;
    begun = slot.in_burst = true;
    planned.reset();
    note_tuning(guard);
}

void TransmitStream::end_burst(Air::Guard &guard) {
    dropped = muted = false;
    slot().in_burst = false;
    radio.air->notify(guard);
}

void TransmitStream::note_tuning(Air::Guard &) {
    auto &slot = this->slot();
    const auto &last = slot.tuning[(slot.tunings - 1) % MAX_TUNINGS];
    bool same = slot.tunings != 0;
    for (size_t j = 0; j < channels.size(); j++) same = same && last.carrier_hz[j] == tuned.carrier_hz[channels[j]];
    if (same) return;
    auto &next = slot.tuning[slot.tunings % MAX_TUNINGS];
    next.from = slot.head;
    for (size_t j = 0; j < channels.size(); j++) next.carrier_hz[j] = tuned.carrier_hz[channels[j]];
    slot.tunings++;
}

/// From the user's buffers through the converter and the gain into the ring.
void TransmitStream::copy(const void *const *buffers, int64_t at, size_t n) {
    for (size_t j = 0; j < channels.size(); j++) {
        const char *from = static_cast<const char *>(buffers[j]);
        for (size_t done = 0; done < n;) {
            const int64_t place = (at + int64_t(done)) % ring->samples;
            const size_t piece = std::min(n - done, size_t(ring->samples - place));
            Sample *to = ring->channel(unsigned(j)) + place;
            const float amplitude = tuned.amplitude[channels[j]];
            if (muted) {
                std::fill_n(to, piece, Sample());
            } else {
                decode(format, from + done * bytes_per_sample(format), piece, 1, to);
                quantise(to, piece, radio.bits);
                if (amplitude != 1) scale(to, piece, amplitude);
            }
            done += piece;
        }
    }
}

int TransmitStream::write(const void *const *buffers, size_t wanted, int &flags, long long time_ns, long timeout_us) {
    if (radio.gone) return SOAPY_SDR_STREAM_ERROR;
    const bool timed = flags & SOAPY_SDR_HAS_TIME;
    if (timed && !radio.profile.hardware_time) return SOAPY_SDR_NOT_SUPPORTED;
    const Deadline deadline(timeout_us);
    std::unique_lock<std::mutex> alone(calls);
    if (!enter(alone, deadline)) return SOAPY_SDR_TIMEOUT;
    Air &air = *radio.air;
    const double rate_hz = tuned.rate_hz;
    tuned = radio.tuned(direction);
    tuned.rate_hz = rate_hz; // of the activation
    int64_t n = int64_t(std::min({wanted, mtu, size_t(0.8 * AHEAD_S * tuned.rate_hz)}));
    int64_t at = 0;
    {
        Air::Guard guard(air);
        auto &slot = this->slot();
        const double now = air.now_s(guard);
        if (timed) at = radio.position_at(time_ns, tuned.nominal_rate_hz, now);
        const double at_s = double(timed ? at : slot.head) / rate_hz;
        if (radio.faults.vanished(at_s)) radio.gone = true;
        if (wanted == 0) {
            if (flags & SOAPY_SDR_END_BURST) end_burst(guard);
            return 0;
        }
        for (auto i = radio.faults.underflows(at_s); i > 0; i--) report(SOAPY_SDR_UNDERFLOW, now_or_time_ns(slot.head));
        if (timed) {
            dropped = false;
            muted = radio.faults.late(at_s);
            if (muted) report(SOAPY_SDR_TIME_ERROR, time_ns);
            if (slot.in_burst && at != slot.head) slot.in_burst = false;
        }
        for (;;) {
            if (radio.gone) {
                slot.in_burst = false;
                slot.state = TransmitSlot::Draining;
                air.notify(guard);
                events_changed.notify_all();
                return SOAPY_SDR_STREAM_ERROR;
            }
            const bool waits = air.header().receive_ever < radio.args.wait_rx;
            const bool behind = air.header().realtime && double(slot.head) / rate_hz < air.clock_s();
            if (!timed && !dropped && slot.in_burst && behind) {
                report(SOAPY_SDR_UNDERFLOW, now_or_time_ns(slot.head));
                slot.in_burst = false;
            }
            const bool continues = slot.in_burst && (!timed || at == slot.head);
            if (!timed) at = slot.in_burst ? slot.head : next_start(guard);
            const bool may_be_late = timed && (!continues || air.header().realtime);
            if (!waits && may_be_late && is_late(guard, at)) {
                dropped = true;
                slot.in_burst = false;
                report(SOAPY_SDR_TIME_ERROR, time_ns);
            }
            if (dropped) {
                if ((flags & SOAPY_SDR_END_BURST) && size_t(n) == wanted) end_burst(guard);
                else air.notify(guard);
                return int(n);
            }
            const int64_t room = room_after(guard, at);
            if (slot.holds && !continues && at > slot.silent_to) {
                slot.silent_to = at;
                air.notify(guard);
            }
            const auto left = deadline.left();
            if (room >= n || (room > 0 && left.count() == 0)) {
                n = std::min(n, room);
                if (continues) note_tuning(guard);
                else begin_burst(guard, at);
                break;
            }
            if (left.count() == 0 || leaving != 0) return SOAPY_SDR_TIMEOUT;
            auto most = left;
            if (air.header().realtime) {
                const double needed_s = (double(at + n) / rate_hz - AHEAD_S - air.clock_s()) / air.header().speed;
                most = std::min(most, std::chrono::nanoseconds(int64_t(std::clamp(needed_s, 0., 1.) * 1e9) + 1000));
            }
            air.wait(guard, most);
        }
    }
    copy(buffers, at, size_t(n));
    Air::Guard guard(air);
    slot().head = at + n;
    air.reached(guard, double(slot().head) / rate_hz);
    if ((flags & SOAPY_SDR_END_BURST) && size_t(n) == wanted) end_burst(guard);
    else air.notify(guard);
    return int(n);
}

} // namespace nrflow
