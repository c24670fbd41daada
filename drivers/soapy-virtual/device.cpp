// Identification, channels, frequencies, rates, clocks and time of a device.
#include "device.hpp"
#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace nrflow {

constexpr double MASTER_CLOCK_LEAST_HZ = 5e6, MASTER_CLOCK_MOST_HZ = 61.44e6;

Device::Device(const SoapySDR::Kwargs &args) : radio(parse_arguments(args)) {}

const Chain &Device::chain(int direction, size_t channel) const {
    const auto &chain = radio.profile.chain[direction == SOAPY_SDR_RX ? SOAPY_SDR_RX : SOAPY_SDR_TX];
    const std::string name = direction == SOAPY_SDR_RX ? "receive" : "transmit";
    if (!chain.exists) throw std::runtime_error(radio.profile.name + " has no " + name + " channel");
    if (channel >= radio.args.channels)
        throw std::runtime_error(radio.profile.name + " has no " + name + " channel " + std::to_string(channel) +
                                 "; it has " + std::to_string(radio.args.channels));
    return chain;
}

const ChannelSettings &Device::of(int direction, size_t channel) const {
    chain(direction, channel);
    return radio.settings.channel[direction][channel];
}

ChannelSettings &Device::change(int direction, size_t channel) {
    chain(direction, channel);
    if (radio.gone) throw std::runtime_error("no such device: " + radio.args.serial + " is unplugged");
    return radio.settings.channel[direction][channel];
}

void Device::require(bool can, const char *what) const {
    if (!can) throw std::runtime_error(radio.profile.name + " has no " + what);
}

std::string Device::getDriverKey() const { return "nrflow-virtual"; }
std::string Device::getHardwareKey() const { return radio.profile.name; }

SoapySDR::Kwargs Device::getHardwareInfo() const {
    const auto &args = radio.args;
    return {{"serial", args.serial}, {"air", args.air}, {"clock", args.realtime ? "realtime" : "lockstep"}};
}

size_t Device::getNumChannels(int direction) const {
    const bool known = direction == SOAPY_SDR_RX || direction == SOAPY_SDR_TX;
    return known && radio.profile.chain[direction].exists ? radio.args.channels : 0;
}

SoapySDR::Kwargs Device::getChannelInfo(int direction, size_t channel) const {
    double nominal = 0;
    for (const auto &stage : chain(direction, channel).gains) nominal += stage.nominal_db;
    return {{"nominal_gain_db", std::to_string(nominal)}, {"converter_bits", std::to_string(radio.bits)}};
}

bool Device::getFullDuplex(int, size_t) const { return radio.profile.full_duplex; }

void Device::setFrequency(int direction, size_t channel, double hz, const SoapySDR::Kwargs &args) {
    const auto take = [&](const char *key) {
        const auto entry = args.find(key);
        const bool given = entry != args.end() && entry->second != "IGNORE" && entry->second != "DEFAULT";
        if (!given) return std::optional<double>();
        const auto number = number_in(entry->second);
        if (!number) throw std::runtime_error(std::string(key) + "=" + entry->second + ": must be a frequency in Hz");
        return number;
    };
    if (!std::isfinite(hz)) throw std::runtime_error("the frequency must be a number");
    const auto offset = take("OFFSET"), rf = take("RF"), bb = take("BB");
    const auto &range = radio.profile.frequency_hz;
    const double overall = std::clamp(hz, range.minimum(), range.maximum());
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    auto &settings = change(direction, channel);
    const bool has_bb = radio.profile.frequency_components.size() > 1;
    settings.rf_hz = !has_bb ? overall : rf ? *rf : bb ? overall - *bb : overall + offset.value_or(0);
    settings.bb_hz = overall - settings.rf_hz;
}

void Device::setFrequency(int direction, size_t channel, const std::string &name, double hz, const SoapySDR::Kwargs &) {
    getFrequencyRange(direction, channel, name);
    if (!std::isfinite(hz)) throw std::runtime_error("the frequency must be a number");
    const auto &range = radio.profile.frequency_hz;
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    auto &settings = change(direction, channel);
    if (name == "RF") settings.rf_hz = std::clamp(hz, range.minimum(), range.maximum());
    else settings.bb_hz = std::clamp(hz, -MASTER_CLOCK_MOST_HZ / 2, MASTER_CLOCK_MOST_HZ / 2);
}

double Device::getFrequency(int direction, size_t channel) const {
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    return of(direction, channel).rf_hz + of(direction, channel).bb_hz;
}

double Device::getFrequency(int direction, size_t channel, const std::string &name) const {
    getFrequencyRange(direction, channel, name);
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    return name == "RF" ? of(direction, channel).rf_hz : of(direction, channel).bb_hz;
}

std::vector<std::string> Device::listFrequencies(int direction, size_t channel) const {
    chain(direction, channel);
    return radio.profile.frequency_components;
}

SoapySDR::RangeList Device::getFrequencyRange(int direction, size_t channel) const {
    chain(direction, channel);
    return {radio.profile.frequency_hz};
}

SoapySDR::RangeList Device::getFrequencyRange(int direction, size_t channel, const std::string &name) const {
    chain(direction, channel);
    const auto &names = radio.profile.frequency_components;
    if (std::count(names.begin(), names.end(), name) == 0)
        throw std::runtime_error(radio.profile.name + " has no frequency component " + name);
    if (name == "RF") return {radio.profile.frequency_hz};
    return {SoapySDR::Range(-MASTER_CLOCK_MOST_HZ / 2, MASTER_CLOCK_MOST_HZ / 2)};
}

SoapySDR::ArgInfoList Device::getFrequencyArgsInfo(int direction, size_t channel) const {
    chain(direction, channel);
    if (radio.profile.frequency_components.size() == 1) return {};
    SoapySDR::ArgInfo offset;
    offset.key = "OFFSET";
    offset.value = "0";
    offset.name = "LO offset";
    offset.description = "Puts the local oscillator so far above the frequency";
    offset.units = "Hz";
    offset.type = SoapySDR::ArgInfo::FLOAT;
    offset.range = SoapySDR::Range(-MASTER_CLOCK_MOST_HZ / 2, MASTER_CLOCK_MOST_HZ / 2);
    return {offset};
}

/// The nearest rate that the hardware offers. Under the settings mutex.
double Device::possible_rate(double hz) const {
    const double nearest = Profile::nearest(radio.profile.rates_hz, hz);
    if (!radio.settings.master_clock_fixed) return nearest;
    const double clock = radio.settings.master_clock_rate_hz, least = radio.profile.rates_hz.front().minimum();
    const double divisor = std::clamp(std::round(clock / nearest), 1., std::floor(clock / least));
    return clock / divisor;
}

void Device::setSampleRate(int direction, size_t channel, double hz) {
    if (!(hz > 0) || !std::isfinite(hz)) throw std::runtime_error("the sample rate must be above 0");
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    change(direction, channel);
    const double rate = possible_rate(hz);
    double &now = radio.settings.rate_hz[direction]; // one for all channels
    if (rate != now && direction == SOAPY_SDR_TX && radio.active[SOAPY_SDR_TX] != 0)
        throw std::runtime_error("the transmit rate can only be changed while no transmit stream is active");
    now = rate;
}

double Device::getSampleRate(int direction, size_t channel) const {
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    of(direction, channel);
    return radio.settings.rate_hz[direction];
}

std::vector<double> Device::listSampleRates(int direction, size_t channel) const {
    chain(direction, channel);
    return radio.profile.listed_rates_hz;
}

SoapySDR::RangeList Device::getSampleRateRange(int direction, size_t channel) const {
    chain(direction, channel);
    SoapySDR::RangeList ranges;
    for (const auto &range : radio.profile.rates_hz)
        if (range.step() == 0) ranges.push_back(range);
    if (ranges.empty())
        for (const double rate : radio.profile.listed_rates_hz) ranges.emplace_back(rate, rate);
    return ranges;
}

void Device::setBandwidth(int direction, size_t channel, double hz) {
    if (!(hz >= 0) || !std::isfinite(hz)) throw std::runtime_error("the bandwidth must not be below 0");
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    change(direction, channel).bandwidth_hz = Profile::nearest(radio.profile.bandwidths_hz, hz);
}

double Device::getBandwidth(int direction, size_t channel) const {
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    return of(direction, channel).bandwidth_hz;
}

std::vector<double> Device::listBandwidths(int direction, size_t channel) const {
    chain(direction, channel);
    std::vector<double> list;
    for (const auto &range : radio.profile.bandwidths_hz)
        if (range.minimum() == range.maximum()) list.push_back(range.minimum());
    return list;
}

SoapySDR::RangeList Device::getBandwidthRange(int direction, size_t channel) const {
    chain(direction, channel);
    return radio.profile.bandwidths_hz;
}

void Device::setMasterClockRate(double hz) {
    require(radio.profile.hardware_time, "master clock to set");
    if (!std::isfinite(hz)) throw std::runtime_error("the master clock rate must be a number");
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    if (radio.active[SOAPY_SDR_RX] != 0 || radio.active[SOAPY_SDR_TX] != 0)
        throw std::runtime_error("the master clock rate can only be changed while no stream is active");
    radio.settings.master_clock_rate_hz = std::clamp(hz, MASTER_CLOCK_LEAST_HZ, MASTER_CLOCK_MOST_HZ);
    radio.settings.master_clock_fixed = true;
    for (double &rate : radio.settings.rate_hz) rate = possible_rate(rate);
}

double Device::getMasterClockRate() const {
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    return radio.settings.master_clock_rate_hz;
}

SoapySDR::RangeList Device::getMasterClockRates() const {
    if (!radio.profile.hardware_time) return {};
    return {SoapySDR::Range(MASTER_CLOCK_LEAST_HZ, MASTER_CLOCK_MOST_HZ)};
}

std::vector<std::string> Device::listClockSources() const { return radio.profile.clock_sources; }
std::vector<std::string> Device::listTimeSources() const { return radio.profile.time_sources; }

void Device::setClockSource(const std::string &source) {
    const auto &list = radio.profile.clock_sources;
    require(std::count(list.begin(), list.end(), source) != 0, ("clock source " + source).c_str());
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    radio.settings.clock_source = source;
}

std::string Device::getClockSource() const {
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    return radio.settings.clock_source;
}

void Device::setTimeSource(const std::string &source) {
    const auto &list = radio.profile.time_sources;
    require(std::count(list.begin(), list.end(), source) != 0, ("time source " + source).c_str());
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    radio.settings.time_source = source;
}

std::string Device::getTimeSource() const {
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    return radio.settings.time_source;
}

bool Device::hasHardwareTime(const std::string &) const { return radio.profile.hardware_time; }

long long Device::getHardwareTime(const std::string &) const {
    require(radio.profile.hardware_time, "hardware time");
    return radio.hardware_time_ns();
}

void Device::setHardwareTime(long long time_ns, const std::string &) {
    require(radio.profile.hardware_time, "hardware time");
    radio.set_hardware_time(time_ns);
}

} // namespace nrflow
