// The air: what all devices of one name share, in shared memory, over any number of processes.
//
// Every process may be killed at any moment. So: the mutex is robust; waiting is a futex with a short slice (a
// process-shared condition variable can block its next signaller for ever when a waiter is killed); whoever waits in
// vain looks whether the others still live and releases what the dead have left.
#pragma once
#include <atomic>
#include <chrono>
#include <complex>
#include <cstdint>
#include <memory>
#include <optional>
#include <pthread.h>
#include <string>
#include <sys/types.h>

namespace nrflow {

using Sample = std::complex<float>;

constexpr unsigned MAX_PROCESSES = 64, MAX_DEVICES = 32, MAX_TRANSMIT = 16, MAX_RECEIVE = 32;
constexpr unsigned MAX_CHANNELS = 4, MAX_TUNINGS = 16, MAX_FAULTS = 32;

/// A transmitter in lockstep writes at most so far ahead of the slowest receiver; in real time, ahead of the clock.
constexpr double AHEAD_S = 0.05;

/// A process, told apart from a later one with the same number.
struct ProcessId {
    int64_t pid = 0; ///< 0: nobody
    uint64_t started = 0;

    static ProcessId self();
    bool lives() const;
    bool operator==(const ProcessId &other) const { return pid == other.pid && started == other.started; }
};

/// A device by its serial. It stays for the life of the air, so that its faults happen once.
struct DeviceSlot {
    char serial[64];
    ProcessId owner;
    std::atomic<double> origin_s; ///< air time of its first stream activation, NaN before
    std::atomic<uint64_t> faults; ///< hash of the fault list that `done` belongs to
    std::atomic<int64_t> done[MAX_FAULTS];
    std::atomic<int64_t> refusals; ///< so many opens are still refused after it vanished
};

/// The carriers of a transmit stream from one of its samples on.
struct Tuning {
    int64_t from;
    double carrier_hz[MAX_CHANNELS];
};

/// One transmit stream and the ring of its samples; positions are its samples counted from air time 0.
struct TransmitSlot {
    enum State : uint32_t { Free, Claimed, Active, Draining }; ///< Draining: stopped, may still be heard
    State state;
    uint32_t device;
    uint64_t generation;
    ProcessId owner;
    uint32_t channels;
    uint32_t channel[MAX_CHANNELS];
    double rate_hz;  ///< true rate
    int64_t ring;    ///< samples per channel
    bool in_burst;   ///< has begun and not ended: receivers wait for it (lockstep)
    bool holds;      ///< they also wait for the next burst, as far as it is not known to begin later
    int64_t silent_to; ///< where the next burst will begin, if it is known
    int64_t begin, head; ///< samples written: from begin (silence before) to head, of which the ring holds the last
    uint64_t tunings; ///< entries ever made in `tuning`, of which it holds the last
    Tuning tuning[MAX_TUNINGS];
};

/// One active receive stream.
struct ReceiveSlot {
    bool used;
    uint32_t device;
    ProcessId owner;
    double heard_s; ///< air time up to which it has heard transmitters: its position less its delay
};

struct Header {
    uint64_t magic;
    pthread_mutex_t mutex;
    std::atomic<uint32_t> changes; ///< the futex
    std::atomic<uint32_t> waiters;
    bool realtime;
    double speed;
    int64_t epoch_ns;
    double latest_s; ///< the largest position of any stream so far
    uint32_t receive_ever, transmit_ever, burst_ever; ///< streams that were ever activated, that ever began a burst
    uint64_t generations;
    ProcessId process[MAX_PROCESSES];
    DeviceSlot device[MAX_DEVICES];
    TransmitSlot transmit[MAX_TRANSMIT];
    ReceiveSlot receive[MAX_RECEIVE];
};

/// A time limit on the wall clock.
class Deadline {
  public:
    explicit Deadline(long timeout_us);
    std::chrono::nanoseconds left() const;

  private:
    std::chrono::steady_clock::time_point end;
};

/// A ring of a transmit slot, mapped.
class Ring {
  public:
    Ring(int segment, unsigned slot, unsigned channels, int64_t samples);
    ~Ring();
    Ring(const Ring &) = delete;
    Ring &operator=(const Ring &) = delete;
    Sample *channel(unsigned c) const { return base + samples * c; }
    const int64_t samples; ///< per channel

  private:
    Sample *base;
    size_t bytes;
};

class Air {
  public:
    /// The air of this name, created where there is none. Throws where its clock is another one, or without memory.
    static std::shared_ptr<Air> open(const std::string &name, bool realtime, double speed);
    /// Keeps an air with faults open until the process ends: its devices may go and come back.
    static void keep(std::shared_ptr<Air> air);
    ~Air();
    Air(const Air &) = delete;
    Air &operator=(const Air &) = delete;

    /// Holds the mutex; everything below that asks for one reads or changes the header.
    class Guard {
      public:
        explicit Guard(Air &air) : air(air) { air.lock(); }
        ~Guard() { air.unlock(); }
        Guard(const Guard &) = delete;
        Guard &operator=(const Guard &) = delete;

      private:
        friend class Air;
        Air &air;
    };

    Header &header() const { return *shared; }

    /// Claims the device of this serial for this process. Throws "device busy" and "no such device".
    unsigned claim_device(const std::string &serial, uint64_t faults);
    void release_device(unsigned device);

    /// A slot with room for `ring` samples on each channel, in state Claimed. Throws where nothing is left.
    unsigned claim_transmit(unsigned device, unsigned channels, int64_t ring);
    std::shared_ptr<Ring> map_ring(unsigned slot, unsigned channels, int64_t samples) const;
    unsigned claim_receive(Guard &, unsigned device, double heard_s);

    /// Air time: of the clock, or in lockstep the largest position so far.
    double now_s(Guard &) const;
    double clock_s() const;
    /// The least and the largest air time that active receivers have heard; ±infinity where there are none.
    double least_heard_s(Guard &) const;
    double most_heard_s(Guard &) const;
    void reached(Guard &, double position_s);

    /// Tells everybody who waits that something has changed.
    void notify(Guard &);
    /// Waits for a change, for at most a short slice and `most`. The guard is open meanwhile.
    void wait(Guard &, std::chrono::nanoseconds most);

  private:
    Air(const std::string &name, int segment);
    void lock();
    void unlock();
    void attach(bool realtime, double speed, bool fresh);
    void detach();
    void release_dead();
    bool anybody_lives() const;
    static void remove_dead_segments();
    friend struct OpenAirs;

    std::string path;
    int segment;
    Header *shared;
    std::optional<unsigned> process; ///< our entry among the header's processes
};

} // namespace nrflow
