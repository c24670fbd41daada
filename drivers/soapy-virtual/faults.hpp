// Faults that a device is told to have, each once in the life of its air.
#pragma once
#include "air.hpp"
#include <string>
#include <vector>

namespace nrflow {

struct Fault {
    enum Kind { Overflow, Gap, Storm, Short, Timeout, Jump, Vanish, Late, Underflow } kind;
    double at_s;           ///< air time since the device's first stream activation in this air
    double duration_s = 0; ///< storm, short
    double period_s = 0;   ///< storm
    int64_t count = 0;     ///< samples, nanoseconds or repetitions
};

class Faults {
  public:
    /// Throws a message that names the entry and its form.
    static std::vector<Fault> parse(const std::string &list);
    static uint64_t hash(const std::string &list);

    /// `slot`: the device's, whose `done` counts what has happened.
    Faults(std::vector<Fault> list, DeviceSlot &slot) : list(std::move(list)), slot(slot) {}

    /// At the first activation of a stream: all times count from here.
    void start(double now_s);

    /// What a read at sample `position` of a stream at `rate_hz` has to do.
    struct Read {
        enum What { Go, Vanish, Timeout, Overflow } what = Go;
        int64_t skip = 0;  ///< samples lost before this read (overflow, gap)
        int64_t most = 0;  ///< the read gives at most so many samples
    };
    Read before_read(int64_t position, double rate_hz, int64_t wanted);

    /// Nanoseconds that the hardware clock is ahead at this air time.
    int64_t jump_ns(double air_s) const;
    bool vanished(double air_s);
    /// Whether this timed write is thrown away as late.
    bool late(double air_s);
    /// So many underflows are to be reported now.
    int64_t underflows(double air_s);

  private:
    double begins_s(const Fault &fault) const { return slot.origin_s + fault.at_s; }
    bool take(size_t i, int64_t of);

    std::vector<Fault> list;
    DeviceSlot &slot;
    size_t short_reads = 0;
};

} // namespace nrflow
