// The SoapySDR device: a radio behind SoapySDR's interface.
#pragma once
#include "stream.hpp"
#include <SoapySDR/Device.hpp>

namespace nrflow {

class Device : public SoapySDR::Device {
  public:
    explicit Device(const SoapySDR::Kwargs &args);

    // Identification and channels
    std::string getDriverKey() const override;
    std::string getHardwareKey() const override;
    SoapySDR::Kwargs getHardwareInfo() const override;
    size_t getNumChannels(int direction) const override;
    SoapySDR::Kwargs getChannelInfo(int direction, size_t channel) const override;
    bool getFullDuplex(int direction, size_t channel) const override;

    // Streams
    std::vector<std::string> getStreamFormats(int direction, size_t channel) const override;
    std::string getNativeStreamFormat(int direction, size_t channel, double &full_scale) const override;
    SoapySDR::ArgInfoList getStreamArgsInfo(int direction, size_t channel) const override;
    SoapySDR::Stream *setupStream(int direction, const std::string &format, const std::vector<size_t> &channels,
                                  const SoapySDR::Kwargs &args) override;
    void closeStream(SoapySDR::Stream *stream) override;
    size_t getStreamMTU(SoapySDR::Stream *stream) const override;
    int activateStream(SoapySDR::Stream *stream, int flags, long long time_ns, size_t n) override;
    int deactivateStream(SoapySDR::Stream *stream, int flags, long long time_ns) override;
    int readStream(SoapySDR::Stream *stream, void *const *buffers, size_t n, int &flags, long long &time_ns,
                   long timeout_us) override;
    int writeStream(SoapySDR::Stream *stream, const void *const *buffers, size_t n, int &flags, long long time_ns,
                    long timeout_us) override;
    int readStreamStatus(SoapySDR::Stream *stream, size_t &channel_mask, int &flags, long long &time_ns,
                         long timeout_us) override;

    // Antennas
    std::vector<std::string> listAntennas(int direction, size_t channel) const override;
    void setAntenna(int direction, size_t channel, const std::string &name) override;
    std::string getAntenna(int direction, size_t channel) const override;

    // Corrections
    bool hasDCOffsetMode(int direction, size_t channel) const override;
    void setDCOffsetMode(int direction, size_t channel, bool automatic) override;
    bool getDCOffsetMode(int direction, size_t channel) const override;
    bool hasDCOffset(int direction, size_t channel) const override;
    void setDCOffset(int direction, size_t channel, const std::complex<double> &offset) override;
    std::complex<double> getDCOffset(int direction, size_t channel) const override;
    bool hasIQBalance(int direction, size_t channel) const override;
    void setIQBalance(int direction, size_t channel, const std::complex<double> &balance) override;
    std::complex<double> getIQBalance(int direction, size_t channel) const override;
    bool hasIQBalanceMode(int direction, size_t channel) const override;
    void setIQBalanceMode(int direction, size_t channel, bool automatic) override;
    bool getIQBalanceMode(int direction, size_t channel) const override;
    bool hasFrequencyCorrection(int direction, size_t channel) const override;
    void setFrequencyCorrection(int direction, size_t channel, double ppm) override;
    double getFrequencyCorrection(int direction, size_t channel) const override;

    // Gain
    std::vector<std::string> listGains(int direction, size_t channel) const override;
    bool hasGainMode(int direction, size_t channel) const override;
    void setGainMode(int direction, size_t channel, bool automatic) override;
    bool getGainMode(int direction, size_t channel) const override;
    void setGain(int direction, size_t channel, double db) override;
    void setGain(int direction, size_t channel, const std::string &name, double db) override;
    double getGain(int direction, size_t channel) const override;
    double getGain(int direction, size_t channel, const std::string &name) const override;
    SoapySDR::Range getGainRange(int direction, size_t channel) const override;
    SoapySDR::Range getGainRange(int direction, size_t channel, const std::string &name) const override;

    // Frequency
    void setFrequency(int direction, size_t channel, double hz, const SoapySDR::Kwargs &args) override;
    void setFrequency(int direction, size_t channel, const std::string &name, double hz,
                      const SoapySDR::Kwargs &args) override;
    double getFrequency(int direction, size_t channel) const override;
    double getFrequency(int direction, size_t channel, const std::string &name) const override;
    std::vector<std::string> listFrequencies(int direction, size_t channel) const override;
    SoapySDR::RangeList getFrequencyRange(int direction, size_t channel) const override;
    SoapySDR::RangeList getFrequencyRange(int direction, size_t channel, const std::string &name) const override;
    SoapySDR::ArgInfoList getFrequencyArgsInfo(int direction, size_t channel) const override;

    // Rates and bandwidths
    void setSampleRate(int direction, size_t channel, double hz) override;
    double getSampleRate(int direction, size_t channel) const override;
    std::vector<double> listSampleRates(int direction, size_t channel) const override;
    SoapySDR::RangeList getSampleRateRange(int direction, size_t channel) const override;
    void setBandwidth(int direction, size_t channel, double hz) override;
    double getBandwidth(int direction, size_t channel) const override;
    std::vector<double> listBandwidths(int direction, size_t channel) const override;
    SoapySDR::RangeList getBandwidthRange(int direction, size_t channel) const override;

    // Clocks and time
    void setMasterClockRate(double hz) override;
    double getMasterClockRate() const override;
    SoapySDR::RangeList getMasterClockRates() const override;
    std::vector<std::string> listClockSources() const override;
    void setClockSource(const std::string &source) override;
    std::string getClockSource() const override;
    std::vector<std::string> listTimeSources() const override;
    void setTimeSource(const std::string &source) override;
    std::string getTimeSource() const override;
    bool hasHardwareTime(const std::string &what) const override;
    long long getHardwareTime(const std::string &what) const override;
    void setHardwareTime(long long time_ns, const std::string &what) override;

  private:
    const Chain &chain(int direction, size_t channel) const;
    size_t stage(int direction, size_t channel, const std::string &name) const;
    /// The channel's settings, for reading and for writing; the radio's settings mutex must be held.
    const ChannelSettings &of(int direction, size_t channel) const;
    ChannelSettings &change(int direction, size_t channel);
    void require(bool can, const char *what) const;
    double possible_rate(double hz) const;
    Stream &open_stream(SoapySDR::Stream *stream) const;

    mutable Radio radio;
    std::vector<std::unique_ptr<Stream>> streams;
    mutable std::mutex streams_mutex;
};

} // namespace nrflow
