// Setting up, closing and calling the streams of a device.
#include "device.hpp"
#include <SoapySDR/Errors.h>
#include <algorithm>
#include <stdexcept>

namespace nrflow {

constexpr size_t MTU = 8192, MTU_MAX = 1 << 20;

std::vector<std::string> Device::getStreamFormats(int direction, size_t channel) const {
    chain(direction, channel);
    // The native one first, as the others are made of it.
    std::vector<std::string> formats = radio.profile.formats;
    std::stable_partition(formats.begin(), formats.end(), [&](const auto &one) { return one == radio.native; });
    return formats;
}

std::string Device::getNativeStreamFormat(int direction, size_t channel, double &full_scale) const {
    chain(direction, channel);
    full_scale = full_scale_of(radio.native);
    return radio.native;
}

SoapySDR::ArgInfoList Device::getStreamArgsInfo(int direction, size_t channel) const {
    chain(direction, channel);
    SoapySDR::ArgInfo mtu;
    mtu.key = "mtu";
    mtu.value = std::to_string(MTU);
    mtu.name = "MTU";
    mtu.description = "Most samples that one call reads or writes";
    mtu.units = "samples";
    mtu.type = SoapySDR::ArgInfo::INT;
    mtu.range = SoapySDR::Range(1, MTU_MAX, 1);
    return {mtu};
}

SoapySDR::Stream *Device::setupStream(int direction, const std::string &format, const std::vector<size_t> &channels,
                                      const SoapySDR::Kwargs &args) {
    const std::vector<size_t> wanted = channels.empty() ? std::vector<size_t>{0} : channels;
    size_t mtu = MTU;
    for (const auto &[key, value] : args) {
        if (key == "WIRE" || key.rfind("remote:", 0) == 0) continue; // the wire is shared memory, or SoapyRemote's
        const auto number = number_in(value);
        if (key != "mtu")
            throw std::runtime_error("nrflow-virtual: unknown stream argument " + key + "; known are mtu WIRE");
        if (!number || *number < 1 || *number > MTU_MAX)
            throw std::runtime_error("nrflow-virtual: stream argument mtu=" + value + ": must be 1 to " +
                                     std::to_string(MTU_MAX));
        mtu = size_t(*number);
    }
    const std::lock_guard<std::mutex> lock(streams_mutex);
    for (size_t i = 0; i < wanted.size(); i++) {
        chain(direction, wanted[i]);
        bool taken = std::count(wanted.begin(), wanted.end(), wanted[i]) > 1;
        for (const auto &one : streams) {
            const auto &theirs = one->channels;
            taken |= one->direction == direction && std::count(theirs.begin(), theirs.end(), wanted[i]) != 0;
        }
        const std::string channel = "channel " + std::to_string(wanted[i]);
        if (taken) throw std::runtime_error("nrflow-virtual: " + channel + " is in use by another stream");
    }
    if (direction == SOAPY_SDR_RX)
        streams.push_back(std::make_unique<ReceiveStream>(radio, direction, format_named(format), wanted, mtu));
    else
        streams.push_back(std::make_unique<TransmitStream>(radio, direction, format_named(format), wanted, mtu));
    return reinterpret_cast<SoapySDR::Stream *>(streams.back().get());
}

void Device::closeStream(SoapySDR::Stream *stream) {
    const std::lock_guard<std::mutex> lock(streams_mutex);
    const auto is_it = [&](const auto &one) { return reinterpret_cast<SoapySDR::Stream *>(one.get()) == stream; };
    streams.erase(std::remove_if(streams.begin(), streams.end(), is_it), streams.end());
}

Stream &Device::open_stream(SoapySDR::Stream *stream) const { return *reinterpret_cast<Stream *>(stream); }

size_t Device::getStreamMTU(SoapySDR::Stream *stream) const { return open_stream(stream).mtu; }

int Device::activateStream(SoapySDR::Stream *stream, int flags, long long time_ns, size_t n) {
    return open_stream(stream).activate(flags, time_ns, n);
}

int Device::deactivateStream(SoapySDR::Stream *stream, int flags, long long) {
    if (flags != 0) return SOAPY_SDR_NOT_SUPPORTED;
    const int done = open_stream(stream).deactivate();
    return radio.gone ? SOAPY_SDR_STREAM_ERROR : done;
}

int Device::readStream(SoapySDR::Stream *stream, void *const *buffers, size_t n, int &flags, long long &time_ns,
                       long timeout_us) {
    return open_stream(stream).read(buffers, n, flags, time_ns, timeout_us);
}

int Device::writeStream(SoapySDR::Stream *stream, const void *const *buffers, size_t n, int &flags, long long time_ns,
                        long timeout_us) {
    return open_stream(stream).write(buffers, n, flags, time_ns, timeout_us);
}

int Device::readStreamStatus(SoapySDR::Stream *stream, size_t &channel_mask, int &flags, long long &time_ns,
                             long timeout_us) {
    return open_stream(stream).status(channel_mask, flags, time_ns, timeout_us);
}

} // namespace nrflow
