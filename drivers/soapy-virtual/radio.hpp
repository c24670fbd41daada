// A radio's state: what its settings and its streams share.
#pragma once
#include "arguments.hpp"
#include "faults.hpp"
#include "profile.hpp"
#include "signals.hpp"
#include <SoapySDR/Constants.h>
#include <mutex>

namespace nrflow {

/// The settings of one channel in one direction.
struct ChannelSettings {
    double rf_hz = 0, bb_hz = 0;
    std::vector<double> gains_db; ///< by stage
    bool automatic_gain = false;
    std::string antenna;
    double bandwidth_hz = 0;
    bool automatic_dc = false, automatic_iq = false;
    std::complex<double> dc_offset, iq_balance;
};

/// The settings of a radio, by SOAPY_SDR_TX and SOAPY_SDR_RX.
struct Settings {
    double rate_hz[2];
    std::vector<ChannelSettings> channel[2];
    double correction_ppm = 0;
    double master_clock_rate_hz = 0;
    bool master_clock_fixed = false; ///< rates are whole fractions of it
    std::string clock_source, time_source;
};

/// What the settings of one direction amount to on the air.
struct Tuned {
    double nominal_rate_hz; ///< in samples per second of the radio's own clock
    double rate_hz;         ///< and of the air's
    double carrier_hz[MAX_CHANNELS];
    float amplitude[MAX_CHANNELS];
    bool automatic_gain[MAX_CHANNELS];
    float least_amplitude[MAX_CHANNELS], most_amplitude[MAX_CHANNELS]; ///< in reach of the gain stages
};

class Radio {
  public:
    /// Opens the device. Throws where it is busy, unplugged or not allowed.
    explicit Radio(Arguments arguments);
    ~Radio();
    Radio(const Radio &) = delete;
    Radio &operator=(const Radio &) = delete;

    const Arguments args;
    const Profile &profile;
    const std::string native; ///< stream format
    const unsigned bits;      ///< of the converters, 0: none
    const std::vector<std::unique_ptr<FileSignal>> files;
    const std::shared_ptr<Air> air;
    const unsigned device; ///< our slot in the air
    Faults faults;

    mutable std::mutex settings_mutex;
    Settings settings;

    std::atomic<bool> gone{false};  ///< unplugged
    std::atomic<int> active[2] = {}; ///< streams that run
    std::atomic<int64_t> clock_offset_ns{0};

    Tuned tuned(int direction) const;

    /// The hardware clock at a sample of a stream that lies at this air time.
    long long time_ns(int64_t position, double nominal_rate_hz, double air_s) const;
    /// The sample of a stream at a time of the hardware clock, as that clock goes at air time `now_s`.
    int64_t position_at(long long time_ns, double nominal_rate_hz, double now_s) const;
    long long hardware_time_ns() const;
    void set_hardware_time(long long time_ns);

  private:
    /// True frequencies and rates over nominal ones. Under the settings mutex.
    double clock_error() const;
};

} // namespace nrflow
