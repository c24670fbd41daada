// The streams of a radio.
#pragma once
#include "radio.hpp"
#include <array>
#include <condition_variable>
#include <deque>

namespace nrflow {

/// What SoapySDR asks of a stream, with its flags and codes. SoapyRemote reads and writes in one thread while it
/// activates and deactivates in another, so each call has the stream to itself; deactivation ends a waiting one.
class Stream {
  public:
    Stream(Radio &radio, int direction, Format format, std::vector<size_t> channels, size_t mtu)
        : radio(radio), direction(direction), format(format), channels(std::move(channels)), mtu(mtu) {}
    virtual ~Stream() = default;
    int activate(int flags, long long time_ns, size_t n);
    int deactivate();
    virtual int read(void *const *buffers, size_t n, int &flags, long long &time_ns, long timeout_us);
    virtual int write(const void *const *buffers, size_t n, int &flags, long long time_ns, long timeout_us);
    virtual int status(size_t &channel_mask, int &flags, long long &time_ns, long timeout_us);

    Radio &radio;
    const int direction;
    const Format format;
    const std::vector<size_t> channels;
    const size_t mtu;

  protected:
    /// With the stream to itself; `start` only where it does not run, `stop` only where it does.
    virtual int start(int flags, long long time_ns, size_t n) = 0;
    virtual void stop() = 0;
    /// 0, or why a stream of this direction cannot run now.
    int may_run(int flags, int known_flags) const;
    /// The stream to itself, once it runs; false where that takes longer than the limit.
    bool enter(std::unique_lock<std::mutex> &lock, const Deadline &deadline);

    std::mutex calls;
    std::condition_variable started;
    std::atomic<int> leaving{0}; ///< calls to deactivate() that want the stream for themselves
    bool running = false;
    bool counted = false; ///< among the streams ever activated
};

class ReceiveStream : public Stream {
  public:
    using Stream::Stream;
    ~ReceiveStream() override { deactivate(); }
    int read(void *const *buffers, size_t n, int &flags, long long &time_ns, long timeout_us) override;

  private:
    int start(int flags, long long time_ns, size_t n) override;
    void stop() override;
    double position_s() const { return double(position) / tuned.rate_hz; }
    void retune();
    void publish(Air::Guard &guard);
    int64_t available(Air::Guard &guard) const;
    int64_t reach(const TransmitSlot &slot) const;
    void find_signals(Air::Guard &guard, size_t n);
    void hear(size_t n);
    void hear_slot(const TransmitSlot &slot, const Ring &ring, size_t n);
    void hear_signal(const Signal &signal, unsigned channel, int64_t first, size_t n);
    void finish(size_t n, void *const *buffers);
    float gain_control(size_t c, size_t n);

    struct Heard {
        TransmitSlot slot;
        std::shared_ptr<Ring> ring;
    };
    struct Mapped {
        uint64_t generation = 0;
        std::shared_ptr<Ring> ring;
    };

    Tuned tuned{};
    unsigned slot = 0;
    int64_t position = 0;  ///< of the next sample, counted from air time 0
    int64_t remaining = 0; ///< of a burst of given length, else -1
    Path path;
    std::vector<Heard> heard;
    std::array<Mapped, MAX_TRANSMIT> rings;
    std::vector<Sample> one;
    std::vector<Sample> sum[MAX_CHANNELS];
    float automatic_amplitude[MAX_CHANNELS] = {1, 1, 1, 1};
};

class TransmitStream : public Stream {
  public:
    using Stream::Stream;
    ~TransmitStream() override { deactivate(); }
    int write(const void *const *buffers, size_t n, int &flags, long long time_ns, long timeout_us) override;
    int status(size_t &channel_mask, int &flags, long long &time_ns, long timeout_us) override;

  private:
    int start(int flags, long long time_ns, size_t n) override;
    void stop() override;
    struct Event {
        int code;
        long long time_ns;
    };

    TransmitSlot &slot() const { return radio.air->header().transmit[index]; }
    void report(int code, long long time_ns);
    long long now_or_time_ns(int64_t at) const;
    bool is_late(Air::Guard &guard, int64_t start) const;
    int64_t next_start(Air::Guard &guard) const;
    int64_t room_after(Air::Guard &guard, int64_t start) const;
    void begin_burst(Air::Guard &guard, int64_t start);
    void end_burst(Air::Guard &guard);
    void note_tuning(Air::Guard &guard);
    void copy(const void *const *buffers, int64_t at, size_t n);

    Tuned tuned{};
    unsigned index = 0;
    uint64_t generation = 0;
    std::shared_ptr<Ring> ring;
    std::optional<int64_t> planned; ///< start given at the activation
    bool begun = false;             ///< has begun a burst
    bool dropped = false;           ///< the burst was late: nothing of it is sent
    bool muted = false;             ///< the same by a fault: silence is sent in its place
    std::mutex events_mutex;
    std::condition_variable events_changed;
    std::deque<Event> events;
};

} // namespace nrflow
