// Antennas, gains and corrections of a device.
#include "device.hpp"
#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace nrflow {

std::vector<std::string> Device::listAntennas(int direction, size_t channel) const {
    return chain(direction, channel).antennas;
}

void Device::setAntenna(int direction, size_t channel, const std::string &name) {
    const auto &list = chain(direction, channel).antennas;
    require(std::count(list.begin(), list.end(), name) != 0, ("antenna " + name).c_str());
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    change(direction, channel).antenna = name;
}

std::string Device::getAntenna(int direction, size_t channel) const {
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    return of(direction, channel).antenna;
}

bool Device::hasDCOffsetMode(int, size_t) const { return radio.profile.corrections; }
bool Device::hasDCOffset(int, size_t) const { return radio.profile.corrections; }
bool Device::hasIQBalance(int, size_t) const { return radio.profile.corrections; }
bool Device::hasIQBalanceMode(int, size_t) const { return radio.profile.corrections; }
bool Device::hasFrequencyCorrection(int, size_t) const { return radio.profile.frequency_correction; }

void Device::setDCOffsetMode(int direction, size_t channel, bool automatic) {
    require(radio.profile.corrections, "DC offset correction");
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    change(direction, channel).automatic_dc = automatic;
}

bool Device::getDCOffsetMode(int direction, size_t channel) const {
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    return of(direction, channel).automatic_dc;
}

void Device::setDCOffset(int direction, size_t channel, const std::complex<double> &offset) {
    require(radio.profile.corrections, "DC offset correction");
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    change(direction, channel).dc_offset = offset;
}

std::complex<double> Device::getDCOffset(int direction, size_t channel) const {
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    return of(direction, channel).dc_offset;
}

void Device::setIQBalance(int direction, size_t channel, const std::complex<double> &balance) {
    require(radio.profile.corrections, "IQ balance correction");
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    change(direction, channel).iq_balance = balance;
}

std::complex<double> Device::getIQBalance(int direction, size_t channel) const {
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    return of(direction, channel).iq_balance;
}

void Device::setIQBalanceMode(int direction, size_t channel, bool automatic) {
    require(radio.profile.corrections, "IQ balance correction");
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    change(direction, channel).automatic_iq = automatic;
}

bool Device::getIQBalanceMode(int direction, size_t channel) const {
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    return of(direction, channel).automatic_iq;
}

void Device::setFrequencyCorrection(int direction, size_t channel, double ppm) {
    require(radio.profile.frequency_correction, "frequency correction");
    if (!(std::abs(ppm) <= 1000)) throw std::runtime_error("the frequency correction must be -1000 to 1000 ppm");
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    change(direction, channel);
    radio.settings.correction_ppm = ppm;
}

double Device::getFrequencyCorrection(int direction, size_t channel) const {
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    of(direction, channel);
    return radio.settings.correction_ppm;
}

std::vector<std::string> Device::listGains(int direction, size_t channel) const {
    std::vector<std::string> names;
    for (const auto &stage : chain(direction, channel).gains) names.push_back(stage.name);
    return names;
}

bool Device::hasGainMode(int direction, size_t channel) const { return chain(direction, channel).automatic_gain; }

void Device::setGainMode(int direction, size_t channel, bool automatic) {
    if (!automatic && !hasGainMode(direction, channel)) return; // manual is what it is
    require(hasGainMode(direction, channel), "automatic gain");
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    change(direction, channel).automatic_gain = automatic;
}

bool Device::getGainMode(int direction, size_t channel) const {
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    return of(direction, channel).automatic_gain;
}

size_t Device::stage(int direction, size_t channel, const std::string &name) const {
    const auto &gains = chain(direction, channel).gains;
    for (size_t i = 0; i < gains.size(); i++)
        if (gains[i].name == name) return i;
    throw std::runtime_error(radio.profile.name + " has no gain stage " + name);
}

/// Fills the stages in their order, each as far as it reaches.
void Device::setGain(int direction, size_t channel, double db) {
    if (!std::isfinite(db)) throw std::runtime_error("the gain must be a number");
    const auto &gains = chain(direction, channel).gains;
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    auto &settings = change(direction, channel);
    double rest = db;
    for (size_t i = 0; i < gains.size(); i++) {
        const auto &stage = gains[i];
        const double here = std::clamp(rest, stage.least_db, stage.most_db);
        const double steps = (here - stage.least_db) / stage.step_db;
        // The last stage rounds, the others leave the rest to it.
        const double whole = i + 1 == gains.size() ? std::round(steps) : std::floor(steps + 1e-9);
        settings.gains_db[i] = std::min(stage.most_db, stage.least_db + whole * stage.step_db);
        rest -= settings.gains_db[i];
    }
}

void Device::setGain(int direction, size_t channel, const std::string &name, double db) {
    if (!std::isfinite(db)) throw std::runtime_error("the gain must be a number");
    const size_t i = stage(direction, channel, name);
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    change(direction, channel).gains_db[i] = Profile::nearest({getGainRange(direction, channel, name)}, db);
}

double Device::getGain(int direction, size_t channel) const {
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    double sum = 0;
    for (const double db : of(direction, channel).gains_db) sum += db;
    return sum;
}

double Device::getGain(int direction, size_t channel, const std::string &name) const {
    const size_t i = stage(direction, channel, name);
    const std::lock_guard<std::mutex> lock(radio.settings_mutex);
    return of(direction, channel).gains_db[i];
}

SoapySDR::Range Device::getGainRange(int direction, size_t channel) const {
    double least = 0, most = 0;
    for (const auto &stage : chain(direction, channel).gains) {
        least += stage.least_db;
        most += stage.most_db;
    }
    return SoapySDR::Range(least, most);
}

SoapySDR::Range Device::getGainRange(int direction, size_t channel, const std::string &name) const {
    const auto &one = chain(direction, channel).gains[stage(direction, channel, name)];
    return SoapySDR::Range(one.least_db, one.most_db, one.step_db);
}

} // namespace nrflow
