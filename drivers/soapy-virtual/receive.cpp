#include "stream.hpp"
#include <SoapySDR/Errors.h>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace nrflow {
namespace {

/// What the hardware buffers for a slow reader (real-time clock).
constexpr double FIFO_S = 0.1;
constexpr double AUTOMATIC_GAIN_S = 5e-3, AUTOMATIC_GAIN_POWER = 0.0631; // -12 dBFS

/// From transmit channel j to receive channel i.
Sample coefficient(unsigned j, size_t i) {
    if (i == 0 && j == 0) return 1;
    return Sample(std::polar(i == j ? 1. : 0.3, 2 * M_PI * (3. * double(i) + 5. * j) / 16));
}

} // namespace

int ReceiveStream::start(int flags, long long time_ns, size_t n) {
    if (const int error = may_run(flags, SOAPY_SDR_HAS_TIME | SOAPY_SDR_END_BURST)) return error;
    Air &air = *radio.air;
    Air::Guard guard(air);
    tuned = radio.tuned(direction);
    const double now = air.now_s(guard);
    position = int64_t(std::ceil(now * tuned.rate_hz - 1e-3));
    if (flags & SOAPY_SDR_HAS_TIME) {
        const int64_t wanted = radio.position_at(time_ns, tuned.nominal_rate_hz, now);
        if (wanted < position) return SOAPY_SDR_TIME_ERROR;
        position = wanted;
    }
    remaining = n == 0 ? -1 : int64_t(n);
    slot = air.claim_receive(guard, radio.device, position_s() - radio.args.delay_s);
    radio.faults.start(now);
    if (!counted) air.header().receive_ever++;
    counted = running = true;
    radio.active[direction]++;
    air.notify(guard);
    return 0;
}

void ReceiveStream::stop() {
    running = false;
    radio.active[direction]--;
    Air::Guard guard(*radio.air);
    radio.air->header().receive[slot].used = false;
    radio.air->notify(guard);
}

/// Takes over the settings; after a change of the rate it goes on at the same time.
void ReceiveStream::retune() {
    const double before = tuned.rate_hz;
    tuned = radio.tuned(direction);
    if (tuned.rate_hz != before) position = std::llround(double(position) / before * tuned.rate_hz);
}

void ReceiveStream::publish(Air::Guard &guard) {
    radio.air->header().receive[slot].heard_s = position_s() - radio.args.delay_s;
    radio.air->reached(guard, position_s());
    radio.air->notify(guard);
}

/// Our samples that are complete by what this transmitter has written, or said that it will not write.
int64_t ReceiveStream::reach(const TransmitSlot &slot) const {
    const int64_t known = slot.in_burst ? slot.head : std::max(slot.head, slot.silent_to);
    if (slot.device == radio.device && !radio.args.loopback)
        return int64_t(std::floor(double(known) / slot.rate_hz * tuned.rate_hz + 1e-3));
    int64_t least = std::numeric_limits<int64_t>::max();
    const auto &tuning = slot.tuning[(slot.tunings - 1) % MAX_TUNINGS];
    for (const size_t c : channels) {
        const Ear ear{tuned.rate_hz, tuned.carrier_hz[c], radio.args.delay_s};
        for (unsigned j = 0; j < slot.channels; j++)
            least = std::min(least, Path::reach(ear, slot.rate_hz, tuning.carrier_hz[j], known));
    }
    return least;
}

/// Samples that can be read now; in real time those that the clock has reached.
int64_t ReceiveStream::available(Air::Guard &) const {
    const Header &header = radio.air->header();
    if (header.transmit_ever < radio.args.wait_tx || header.burst_ever < radio.args.wait_burst) return 0;
    if (header.realtime) return int64_t(std::floor(radio.air->clock_s() * tuned.rate_hz)) - position;
    int64_t end = std::numeric_limits<int64_t>::max();
    for (const auto &one : header.transmit)
        if (one.state == TransmitSlot::Active && (one.in_burst || one.holds)) end = std::min(end, reach(one));
    return end - position;
}

int ReceiveStream::read(void *const *buffers, size_t wanted, int &flags, long long &time_ns, long timeout_us) {
    flags = 0;
    if (radio.gone) return SOAPY_SDR_STREAM_ERROR;
    const Deadline deadline(timeout_us);
    std::unique_lock<std::mutex> alone(calls);
    if (!enter(alone, deadline)) return SOAPY_SDR_TIMEOUT;
    if (wanted == 0) return 0;
    Air &air = *radio.air;
    retune();
    int64_t n = int64_t(std::min(wanted, mtu));
    if (remaining >= 0) n = std::min(n, remaining);
    {
        Air::Guard guard(air);
        Faults::Read fault = radio.faults.before_read(position, tuned.rate_hz, n);
        for (; fault.skip != 0; fault = radio.faults.before_read(position, tuned.rate_hz, n)) {
            position += fault.skip;
            publish(guard);
            if (fault.what == Faults::Read::Overflow) return SOAPY_SDR_OVERFLOW;
        }
        n = fault.most;
        if (fault.what == Faults::Read::Overflow) return SOAPY_SDR_OVERFLOW;
        if (fault.what == Faults::Read::Timeout) return SOAPY_SDR_TIMEOUT;
        if (fault.what == Faults::Read::Vanish) radio.gone = true;
        for (;;) {
            if (radio.gone) {
                air.header().receive[slot].used = false;
                air.notify(guard);
                return SOAPY_SDR_STREAM_ERROR;
            }
            const int64_t there = available(guard);
            if (air.header().realtime && double(there) > FIFO_S * tuned.rate_hz) {
                position += there;
                publish(guard);
                return SOAPY_SDR_OVERFLOW;
            }
            const auto left = deadline.left();
            // In lockstep what is there is given at once: who writes may wait for us.
            if (there >= n || (there > 0 && (!air.header().realtime || left.count() == 0))) {
                n = std::min(n, there);
                break;
            }
            if (left.count() == 0 || leaving != 0) return SOAPY_SDR_TIMEOUT;
            auto most = left;
            if (air.header().realtime) {
                const double needed_s = double(n - there) / tuned.rate_hz / air.header().speed;
                most = std::min(most, std::chrono::nanoseconds(int64_t(std::min(needed_s, 1.) * 1e9) + 1000));
            }
            air.wait(guard, most);
        }
        find_signals(guard, size_t(n));
    }
    hear(size_t(n));
    finish(size_t(n), buffers);
    if (radio.profile.hardware_time) {
        flags |= SOAPY_SDR_HAS_TIME;
        time_ns = radio.time_ns(position, tuned.nominal_rate_hz, position_s());
    }
    {
        Air::Guard guard(air);
        position += n;
        publish(guard);
    }
    if (remaining >= 0 && (remaining -= n) == 0) {
        flags |= SOAPY_SDR_END_BURST;
        stop();
    }
    return int(n);
}

/// Notes the transmit streams that the next n samples may hear.
void ReceiveStream::find_signals(Air::Guard &, size_t n) {
    heard.clear();
    const double delay = radio.args.delay_s, from = position_s() - delay, to = from + double(n) / tuned.rate_hz;
    const double margin = 1e-2 + 1e3 / tuned.rate_hz; // more than any filter's length
    const Header &header = radio.air->header();
    for (unsigned i = 0; i < MAX_TRANSMIT; i++) {
        const auto &one = header.transmit[i];
        if (one.state != TransmitSlot::Active && one.state != TransmitSlot::Draining) continue;
        if (one.device == radio.device && !radio.args.loopback) continue;
        if (one.head == one.begin || double(one.head) / one.rate_hz < from - margin) continue;
        if (double(one.begin) / one.rate_hz > to + margin) continue;
        auto &mapped = rings[i];
        if (mapped.generation != one.generation) {
            mapped.ring = radio.air->map_ring(i, one.channels, one.ring);
            mapped.generation = one.generation;
        }
        heard.push_back({one, mapped.ring});
    }
}

void ReceiveStream::hear(size_t n) {
    one.resize(std::max(one.size(), n));
    for (const size_t c : channels) {
        sum[c].resize(std::max(sum[c].size(), n));
        std::memset(static_cast<void *>(sum[c].data()), 0, n * sizeof(Sample));
    }
    for (const auto &each : heard) hear_slot(each.slot, *each.ring, n);
    for (const auto &file : radio.files) hear_signal(*file, 0, position, n);
}

/// The pieces of its signal between its retunings, each with its carriers.
void ReceiveStream::hear_slot(const TransmitSlot &slot, const Ring &ring, size_t n) {
    const int64_t last = position + int64_t(n);
    const uint64_t oldest = slot.tunings - std::min<uint64_t>(slot.tunings, MAX_TUNINGS);
    int64_t from = position;
    for (uint64_t t = oldest; t < slot.tunings && from < last; t++) {
        int64_t to = last;
        if (t + 1 < slot.tunings) {
            const double next = double(slot.tuning[(t + 1) % MAX_TUNINGS].from) / slot.rate_hz + radio.args.delay_s;
            to = std::clamp(int64_t(std::ceil(next * tuned.rate_hz - 1e-3)), from, last);
        }
        if (to == from) continue;
        for (unsigned j = 0; j < slot.channels; j++) {
            RingSignal signal(slot, ring, j);
            signal.carrier_hz = slot.tuning[t % MAX_TUNINGS].carrier_hz[j];
            hear_signal(signal, slot.channel[j], from, size_t(to - from));
        }
        from = to;
    }
}

/// Adds a signal to every channel; it is brought to our rate once for all channels on one carrier.
void ReceiveStream::hear_signal(const Signal &signal, unsigned channel, int64_t first, size_t n) {
    const size_t at = size_t(first - position);
    double carrier = std::nan("");
    bool any = false;
    for (const size_t c : channels) {
        const Ear ear{tuned.rate_hz, tuned.carrier_hz[c], radio.args.delay_s};
        if (ear.carrier_hz != carrier) any = path.hear(ear, signal, first, n, one.data());
        carrier = ear.carrier_hz;
        if (any) accumulate(sum[c].data() + at, one.data(), n, coefficient(channel, c));
    }
}

/// From the antenna to the user: gain, noise, converter, format.
void ReceiveStream::finish(size_t n, void *const *buffers) {
    for (size_t i = 0; i < channels.size(); i++) {
        const size_t c = channels[i];
        Sample *x = sum[c].data();
        const float amplitude = tuned.automatic_gain[c] ? gain_control(c, n) : tuned.amplitude[c];
        if (amplitude != 1) scale(x, n, amplitude);
        if (const auto db = radio.args.noise_dbfs)
            add_noise(x, n, radio.args.seed * MAX_CHANNELS + c, position, float(std::pow(10, *db / 10)));
        quantise(x, n, radio.bits);
        encode(format, x, n, buffers[i]);
    }
}

/// Goes towards the amplitude that brings the signal to its level, as far as the gain stages reach.
float ReceiveStream::gain_control(size_t c, size_t n) {
    const double power = mean_power(sum[c].data(), n);
    const double wanted = power > 0 ? std::sqrt(AUTOMATIC_GAIN_POWER / power) : tuned.most_amplitude[c];
    const double there = std::clamp(wanted, double(tuned.least_amplitude[c]), double(tuned.most_amplitude[c]));
    const double part = 1 - std::exp(-double(n) / tuned.rate_hz / AUTOMATIC_GAIN_S);
    float &now = automatic_amplitude[c];
    now = float(double(now) * std::pow(there / double(now), part));
    return now;
}

} // namespace nrflow
