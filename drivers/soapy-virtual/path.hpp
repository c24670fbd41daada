// The path through the air: what a receiver hears of one signal, at its own rate, carrier and delay.
#pragma once
#include "samples.hpp"
#include <memory>
#include <vector>

namespace nrflow {

/// Samples at a true rate around a true carrier, counted from air time 0.
class Signal {
  public:
    virtual ~Signal() = default;
    /// Samples first to first+n; silence where there are none.
    virtual void fetch(int64_t first, size_t n, Sample *out) const = 0;
    double rate_hz = 0, carrier_hz = 0;
};

/// Where and how a receiver listens, in true values.
struct Ear {
    double rate_hz, carrier_hz, delay_s;
};

/// A windowed sinc by phases of a sample, with the differences from each phase to the next.
struct Filter {
    Filter(double signal_rate_hz, double ear_rate_hz, double width_hz);
    double signal_rate_hz, ear_rate_hz, width_hz;
    int taps;
    int phases;
    std::vector<float> value, step; ///< [phases][taps]
};

class Path {
  public:
    /// So many of the ear's samples (counted from air time 0) are complete once the signal is there up to `end`.
    static int64_t reach(const Ear &ear, double signal_rate_hz, double signal_carrier_hz, int64_t end);

    /// The ear's samples first to first+n of this signal into `out`. False, and `out` untouched, where the bands do not
    /// overlap.
    bool hear(const Ear &ear, const Signal &signal, int64_t first, size_t n, Sample *out);

  private:
    const Filter &filter(double signal_rate_hz, double ear_rate_hz, double width_hz);

    std::vector<std::unique_ptr<Filter>> filters; ///< the last few
    std::vector<Sample> input;
    std::vector<float> re, im;
};

} // namespace nrflow
