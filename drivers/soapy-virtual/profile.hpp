// What each kind of radio can do: numbers only.
#pragma once
#include <SoapySDR/Types.hpp>
#include <string>
#include <vector>

namespace nrflow {

/// One gain stage. A chain whose stages stand at their nominal gains hears (or sends) the air 1:1.
struct GainStage {
    std::string name;
    double least_db, most_db, step_db, nominal_db;
};

/// What one direction of a radio can do.
struct Chain {
    bool exists;
    std::vector<GainStage> gains;
    std::vector<std::string> antennas;
    bool automatic_gain;
};

struct Profile {
    std::string name;
    bool full_duplex;
    bool hardware_time;         ///< timestamps, timed bursts
    bool corrections;           ///< DC offset and IQ balance
    bool frequency_correction;  ///< in ppm
    std::string native;         ///< stream format of the hardware
    std::vector<std::string> formats;
    unsigned bits;              ///< of its converters
    SoapySDR::Range frequency_hz;
    std::vector<std::string> frequency_components;
    SoapySDR::RangeList rates_hz;
    std::vector<double> listed_rates_hz;
    double default_rate_hz;
    SoapySDR::RangeList bandwidths_hz;
    std::vector<std::string> clock_sources, time_sources;
    Chain chain[2]; ///< by SOAPY_SDR_TX, SOAPY_SDR_RX

    /// The value of `list` that is nearest: inside a range (on its step), or at its edge.
    static double nearest(const SoapySDR::RangeList &list, double value);
};

const Profile &profile_named(const std::string &name);

/// Amplitude of full scale in counts of a format: CS16 32768, CS8 128, CF32 1.
double full_scale_of(const std::string &format);

} // namespace nrflow
