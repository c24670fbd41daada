#include "profile.hpp"
#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace nrflow {
namespace {

using SoapySDR::Range;

const std::vector<Profile> PROFILES = {
    {
        "usrp", true, true, true, false,
        "CS16", {"CS16", "CF32", "CS8"}, 12,
        Range(50e6, 6e9), {"RF", "BB"},
        {Range(0.2e6, 61.44e6)},
        {0.2e6, 1e6, 1.92e6, 3.84e6, 7.68e6, 11.52e6, 15.36e6, 23.04e6, 30.72e6, 46.08e6, 61.44e6}, 1e6,
        {Range(0.2e6, 56e6)},
        {"internal", "external", "gpsdo"}, {"none", "external", "gpsdo"},
        {
            {true, {{"PGA", 0, 89.8, 0.2, 60}}, {"TX/RX"}, false},
            {true, {{"PGA", 0, 76, 1, 40}}, {"RX2", "TX/RX"}, true},
        },
    },
    {
        "hackrf", false, false, false, false,
        "CS8", {"CS8", "CS16", "CF32"}, 8,
        Range(1e6, 6e9), {"RF"},
        {Range(2e6, 20e6, 1e6)},
        {2e6, 3e6, 4e6, 5e6, 6e6, 7e6, 8e6, 9e6, 10e6, 11e6, 12e6, 13e6, 14e6, 15e6, 16e6, 17e6, 18e6, 19e6, 20e6},
        10e6,
        {Range(1.75e6, 1.75e6), Range(2.5e6, 2.5e6), Range(3.5e6, 3.5e6), Range(5e6, 5e6), Range(5.5e6, 5.5e6),
         Range(6e6, 6e6), Range(7e6, 7e6), Range(8e6, 8e6), Range(9e6, 9e6), Range(10e6, 10e6), Range(12e6, 12e6),
         Range(14e6, 14e6), Range(15e6, 15e6), Range(20e6, 20e6), Range(24e6, 24e6), Range(28e6, 28e6)},
        {}, {},
        {
            {true, {{"VGA", 0, 47, 1, 30}, {"AMP", 0, 14, 14, 0}}, {"TX/RX"}, false},
            {true, {{"LNA", 0, 40, 8, 16}, {"AMP", 0, 14, 14, 0}, {"VGA", 0, 62, 2, 20}}, {"TX/RX"}, false},
        },
    },
    {
        "rtlsdr", false, false, false, true,
        "CS8", {"CS8", "CS16", "CF32"}, 8,
        Range(24e6, 1766e6), {"RF"},
        {Range(225001, 300000), Range(900001, 3200000)},
        {250e3, 1.024e6, 1.536e6, 1.792e6, 1.92e6, 2.048e6, 2.16e6, 2.56e6, 2.88e6, 3.2e6}, 2.048e6,
        {Range(0.29e6, 8e6)},
        {}, {},
        {
            {false, {}, {}, false},
            {true, {{"TUNER", 0, 49.6, 0.1, 30}}, {"RX"}, true},
        },
    },
};

} // namespace

double Profile::nearest(const SoapySDR::RangeList &list, double value) {
    double best = list.front().minimum();
    for (const auto &range : list) {
        const double least = range.minimum(), most = range.maximum(), step = range.step();
        double here = std::clamp(value, least, most);
        if (step > 0) here = std::min(most, least + step * std::round((here - least) / step));
        if (std::abs(here - value) < std::abs(best - value)) best = here;
    }
    return best;
}

const Profile &profile_named(const std::string &name) {
    for (const auto &profile : PROFILES)
        if (profile.name == name) return profile;
    throw std::runtime_error("nrflow-virtual: there is no profile " + name);
}

double full_scale_of(const std::string &format) { return format == "CS16" ? 32768 : format == "CS8" ? 128 : 1; }

} // namespace nrflow
