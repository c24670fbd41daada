// The device arguments: every one that a caller may give, checked.
#pragma once
#include <SoapySDR/Types.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nrflow {

/// A recording that is on the air for one device from air time 0 on.
struct Played {
    std::string file;
    std::string format; ///< CF32 or CS16
    double rate_hz = 0;
    double carrier_hz = 0;
    double gain_db = 0;
    bool loop = true;
};

struct Arguments {
    std::string profile, serial, air;
    unsigned channels = 1;
    bool realtime = false;
    double speed = 1;             ///< air seconds per wall-clock second, realtime clock only
    unsigned wait_rx = 0;         ///< a transmitter starts once so many receive streams have been activated
    unsigned wait_tx = 0;         ///< a receiver reads once so many transmit streams have been activated
    unsigned wait_burst = 0;      ///< a receiver reads once so many transmit streams have begun their first burst
    bool holds = false;           ///< receivers wait between the bursts of this transmitter too, lockstep clock only
    std::string native;           ///< native stream format, empty: the profile's
    std::optional<unsigned> bits; ///< of the converters, 0: no quantisation
    double gain_db = 0, delay_s = 0, ppm = 0;
    std::optional<double> noise_dbfs;
    uint64_t seed = 1;
    std::vector<Played> played;
    std::optional<double> master_clock_rate_hz;
    bool busy = false, denied = false, loopback = false;
    std::string faults;
};

/// Throws a message that names the argument and what is allowed.
Arguments parse_arguments(const SoapySDR::Kwargs &args);

/// A finite number and nothing else, or nothing.
std::optional<double> number_in(const std::string &text);

} // namespace nrflow
