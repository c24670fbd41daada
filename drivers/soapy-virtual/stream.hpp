// The streams of a radio.
#pragma once
#include "radio.hpp"
#include <array>
#include <condition_variable>
#include <deque>

namespace nrflow {

/// What SoapySDR asks of a stream, with its flags and codes.
class Stream {
  public:
    Stream(Radio &radio, int direction, Format format, std::vector<size_t> channels, size_t mtu)
        : radio(radio), direction(direction), format(format), channels(std::move(channels)), mtu(mtu) {}
    virtual ~Stream() = default;
    virtual int activate(int flags, long long time_ns, size_t n) = 0;
    virtual int deactivate() = 0;
    virtual int read(void *const *buffers, size_t n, int &flags, long long &time_ns, long timeout_us);
    virtual int write(const void *const *buffers, size_t n, int &flags, long long time_ns, long timeout_us);
    virtual int status(size_t &channel_mask, int &flags, long long &time_ns, long timeout_us);

    Radio &radio;
    const int direction;
    const Format format;
    const std::vector<size_t> channels;
    const size_t mtu;

  protected:
    /// 0, or why a stream of this direction cannot run now.
    int may_run(int flags, int known_flags) const;
    /// Of a stream that does not run.
    static int sit_out(long timeout_us);

    bool running = false;
    bool counted = false; ///< among the streams ever activated
};

class ReceiveStream : public Stream {
  public:
    using Stream::Stream;
    ~ReceiveStream() override { deactivate(); }
    int activate(int flags, long long time_ns, size_t n) override;
    int deactivate() override;
    int read(void *const *buffers, size_t n, int &flags, long long &time_ns, long timeout_us) override;

  private:
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
    int activate(int flags, long long time_ns, size_t n) override;
    int deactivate() override;
    int write(const void *const *buffers, size_t n, int &flags, long long time_ns, long timeout_us) override;
    int status(size_t &channel_mask, int &flags, long long &time_ns, long timeout_us) override;

  private:
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
