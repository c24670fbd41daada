// What happens inside an air: its mutex, its waiting, its clock, and who of its users still lives.
#include "air.hpp"
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <linux/futex.h>
#include <stdexcept>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace nrflow {
namespace {

using namespace std::chrono_literals;

/// How long a waiter trusts that the others live.
constexpr std::chrono::nanoseconds SLICE = 20ms;

} // namespace

Deadline::Deadline(long timeout_us) {
    // A day is long enough, and does not overflow.
    const long most = 86400L * 1000000;
    end = std::chrono::steady_clock::now() + std::chrono::microseconds(std::clamp(timeout_us, 0L, most));
}

std::chrono::nanoseconds Deadline::left() const {
    return std::max<std::chrono::nanoseconds>(end - std::chrono::steady_clock::now(), 0ns);
}

void Air::lock() {
    const int error = pthread_mutex_lock(&shared->mutex);
    if (error == EOWNERDEAD) {
        // Its owner was killed inside; every change is small and leaves a header that can be used.
        pthread_mutex_consistent(&shared->mutex);
        release_dead();
    } else if (error != 0) {
        throw std::runtime_error(std::string("nrflow-virtual: the air's mutex: ") + std::strerror(error));
    }
}

void Air::unlock() { pthread_mutex_unlock(&shared->mutex); }

void Air::notify(Guard &) {
    shared->changes.fetch_add(1);
    if (shared->waiters.load() != 0)
        ::syscall(SYS_futex, &shared->changes, FUTEX_WAKE, std::numeric_limits<int>::max(), nullptr, nullptr, 0);
}

void Air::wait(Guard &, std::chrono::nanoseconds most) {
    const uint32_t seen = shared->changes.load();
    const auto slice = std::min(most, SLICE);
    const timespec time{slice.count() / 1000000000, slice.count() % 1000000000};
    shared->waiters.fetch_add(1); // a waiter that is killed leaves it too high: one system call more for each change
    unlock();
    const long woken = ::syscall(SYS_futex, &shared->changes, FUTEX_WAIT, seen, &time, nullptr, 0);
    const bool nothing_happened = woken != 0 && errno == ETIMEDOUT && slice == SLICE;
    shared->waiters.fetch_sub(1);
    lock();
    if (nothing_happened) release_dead();
}

/// Takes from dead processes what they held. Under the mutex.
void Air::release_dead() {
    ProcessId last_alive; // most slots belong to few processes
    const auto dead = [&](const ProcessId &owner) {
        if (owner.pid == 0 || owner == last_alive) return false;
        if (!owner.lives()) return true;
        last_alive = owner;
        return false;
    };
    for (auto &process : shared->process)
        if (dead(process)) process = ProcessId();
    for (auto &device : shared->device)
        if (dead(device.owner)) device.owner = ProcessId();
    for (auto &slot : shared->transmit) {
        if (slot.state == TransmitSlot::Free || !dead(slot.owner)) continue;
        slot.state = slot.state == TransmitSlot::Claimed ? TransmitSlot::Free : TransmitSlot::Draining;
        slot.owner = ProcessId();
        slot.in_burst = false;
    }
    for (auto &slot : shared->receive)
        if (slot.used && dead(slot.owner)) slot.used = false;
}

unsigned Air::claim_device(const std::string &serial, uint64_t faults) {
    Guard guard(*this);
    release_dead();
    // The slot of this serial, else one that was never used, else one of a device that has gone without faults.
    unsigned at = MAX_DEVICES;
    int best = 0;
    for (unsigned i = 0; i < MAX_DEVICES; i++) {
        const auto &one = shared->device[i];
        const bool gone = one.owner.pid == 0 && one.faults == 0;
        const int fit = one.serial == serial ? 3 : one.serial[0] == 0 ? 2 : gone ? 1 : 0;
        if (fit > best) {
            best = fit;
            at = i;
        }
    }
    if (at == MAX_DEVICES) throw std::runtime_error("nrflow-virtual: too many devices in this air");
    auto &slot = shared->device[at];
    if (slot.owner.pid != 0)
        throw std::runtime_error("device busy: " + serial + " is opened by process " + std::to_string(slot.owner.pid));
    if (slot.serial != serial || slot.faults != faults) {
        std::memset(slot.serial, 0, sizeof slot.serial);
        std::memcpy(slot.serial, serial.data(), std::min(serial.size(), sizeof slot.serial - 1));
        slot.origin_s = std::nan("");
        slot.faults = faults;
        slot.refusals = 0;
        for (auto &done : slot.done) done = 0;
    }
    if (slot.refusals > 0) {
        slot.refusals--;
        throw std::runtime_error("no such device: " + serial + " is unplugged");
    }
    slot.owner = ProcessId::self();
    return at;
}

void Air::release_device(unsigned device) {
    Guard guard(*this);
    shared->device[device].owner = ProcessId();
}

unsigned Air::claim_receive(Guard &, unsigned device, double heard_s) {
    for (unsigned i = 0; i < MAX_RECEIVE; i++) {
        auto &slot = shared->receive[i];
        if (slot.used) continue;
        slot.device = device;
        slot.owner = ProcessId::self();
        slot.heard_s = heard_s;
        slot.used = true;
        return i;
    }
    throw std::runtime_error("nrflow-virtual: too many receive streams in this air");
}

double Air::clock_s() const {
    timespec time;
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return (double(time.tv_sec) * 1e9 + double(time.tv_nsec) - double(shared->epoch_ns)) * 1e-9 * shared->speed;
}

double Air::now_s(Guard &) const { return shared->realtime ? clock_s() : shared->latest_s; }

double Air::least_heard_s(Guard &) const {
    double least = std::numeric_limits<double>::infinity();
    for (const auto &slot : shared->receive)
        if (slot.used) least = std::min(least, slot.heard_s);
    return least;
}

double Air::most_heard_s(Guard &) const {
    double most = -std::numeric_limits<double>::infinity();
    for (const auto &slot : shared->receive)
        if (slot.used) most = std::max(most, slot.heard_s);
    return most;
}

void Air::reached(Guard &, double position_s) { shared->latest_s = std::max(shared->latest_s, position_s); }

} // namespace nrflow
