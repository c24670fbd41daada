#include "radio.hpp"
#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace nrflow {
namespace {

Arguments allowed(Arguments args) {
    Faults::parse(args.faults); // before anything is claimed
    if (args.denied) throw std::runtime_error("permission denied: " + args.serial + " may not be opened by this user");
    if (args.busy) throw std::runtime_error("device busy: " + args.serial + " is opened by another program");
    return args;
}

std::vector<std::unique_ptr<FileSignal>> open_files(const std::vector<Played> &played) {
    std::vector<std::unique_ptr<FileSignal>> files;
    for (const auto &one : played) files.push_back(std::make_unique<FileSignal>(one));
    return files;
}

unsigned converter_bits(const Arguments &args, const Profile &profile, const std::string &native) {
    if (args.bits) return *args.bits;
    if (native == profile.native) return profile.bits;
    return native == "CS16" ? 16 : native == "CS8" ? 8 : 0;
}

Settings initial_settings(const Arguments &args, const Profile &profile) {
    Settings settings;
    settings.master_clock_rate_hz = args.master_clock_rate_hz.value_or(61.44e6);
    settings.master_clock_fixed = args.master_clock_rate_hz.has_value();
    if (!profile.clock_sources.empty()) settings.clock_source = profile.clock_sources.front();
    if (!profile.time_sources.empty()) settings.time_source = profile.time_sources.front();
    for (const int direction : {SOAPY_SDR_TX, SOAPY_SDR_RX}) {
        const auto &chain = profile.chain[direction];
        settings.rate_hz[direction] = profile.default_rate_hz;
        if (!chain.exists) continue;
        ChannelSettings channel;
        channel.rf_hz = 100e6;
        channel.antenna = chain.antennas.front();
        channel.bandwidth_hz = Profile::nearest(profile.bandwidths_hz, profile.default_rate_hz);
        for (const auto &stage : chain.gains) channel.gains_db.push_back(stage.nominal_db);
        settings.channel[direction].assign(args.channels, channel);
    }
    return settings;
}

float amplitude(double db) { return db == 0 ? 1.f : float(std::pow(10, db / 20)); }

} // namespace

Radio::Radio(Arguments arguments)
    : args(allowed(std::move(arguments))), profile(profile_named(args.profile)),
      native(args.native.empty() ? profile.native : args.native), bits(converter_bits(args, profile, native)),
      files(open_files(args.played)), air(Air::open(args.air, args.realtime, args.speed)),
      device(air->claim_device(args.serial, Faults::hash(args.faults))),
      faults(Faults::parse(args.faults), air->header().device[device]), settings(initial_settings(args, profile)) {
    if (!args.faults.empty()) Air::keep(air);
}

Radio::~Radio() { air->release_device(device); }

double Radio::clock_error() const { return 1 + (args.ppm - settings.correction_ppm) * 1e-6; }

Tuned Radio::tuned(int direction) const {
    const std::lock_guard<std::mutex> lock(settings_mutex);
    const auto &chain = profile.chain[direction];
    Tuned tuned{};
    tuned.nominal_rate_hz = settings.rate_hz[direction];
    tuned.rate_hz = tuned.nominal_rate_hz * clock_error();
    for (size_t c = 0; c < settings.channel[direction].size(); c++) {
        const auto &channel = settings.channel[direction][c];
        double gain = direction == SOAPY_SDR_RX ? args.gain_db : 0, least = gain, most = gain;
        for (size_t stage = 0; stage < chain.gains.size(); stage++) {
            const auto &range = chain.gains[stage];
            gain += channel.gains_db[stage] - range.nominal_db;
            least += range.least_db - range.nominal_db;
            most += range.most_db - range.nominal_db;
        }
        tuned.carrier_hz[c] = (channel.rf_hz + channel.bb_hz) * clock_error();
        tuned.amplitude[c] = amplitude(gain);
        tuned.automatic_gain[c] = channel.automatic_gain;
        tuned.least_amplitude[c] = amplitude(least);
        tuned.most_amplitude[c] = amplitude(most);
    }
    return tuned;
}

long long Radio::time_ns(int64_t position, double nominal_rate_hz, double air_s) const {
    const long double ns = (long double)position * 1e9L / (long double)nominal_rate_hz;
    return std::llround(ns) + clock_offset_ns + faults.jump_ns(air_s);
}

int64_t Radio::position_at(long long time_ns, double nominal_rate_hz, double now_s) const {
    const long double ns = (long double)time_ns - (long double)(clock_offset_ns + faults.jump_ns(now_s));
    // Hostile times stay within what can be counted.
    const long double most = 4e18L;
    return std::llround(std::clamp(ns * (long double)nominal_rate_hz / 1e9L, -most, most));
}

long long Radio::hardware_time_ns() const {
    Air::Guard guard(*air);
    const double now = air->now_s(guard);
    const std::lock_guard<std::mutex> lock(settings_mutex);
    return std::llround(now * clock_error() * 1e9) + clock_offset_ns + faults.jump_ns(now);
}

void Radio::set_hardware_time(long long time_ns) {
    Air::Guard guard(*air);
    const double now = air->now_s(guard);
    const std::lock_guard<std::mutex> lock(settings_mutex);
    clock_offset_ns = time_ns - faults.jump_ns(now) - std::llround(now * clock_error() * 1e9);
}

} // namespace nrflow
