// What the self-tests share: checks, devices that close themselves, streams, signals.
#pragma once
#include <SoapySDR/Device.hpp>
#include <SoapySDR/Errors.hpp>
#include <cmath>
#include <complex>
#include <functional>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

using Sample = std::complex<float>;

/// Fails the test with the place and the values.
#define CHECK(condition, ...)                                                                                          \
    check((condition), #condition, __FILE__, __LINE__, [&](std::ostream &out) { out << __VA_ARGS__; })
void check(bool good, const char *what, const char *file, int line, const std::function<void(std::ostream &)> &values);

struct Test {
    Test(const char *name, void (*run)(), bool only_when_named);
};
/// Registers a test; each runs in a process of its own, which is killed after a time limit.
#define TEST(name) REGISTERED_TEST(name, false)
/// One that runs only when it is named.
#define MEASUREMENT(name) REGISTERED_TEST(name, true)
#define REGISTERED_TEST(name, only_when_named)                                                                         \
    static void name();                                                                                                \
    static const Test test_##name(#name, name, only_when_named);                                                       \
    static void name()

/// Arguments for a device of this driver in an air of this test's own.
std::string args(const std::string &more);

class Device {
  public:
    explicit Device(const std::string &more) : device(SoapySDR::Device::make(args(more))) {}
    explicit Device(SoapySDR::Device *made) : device(made) {}
    ~Device() { close(); }
    Device(const Device &) = delete;
    void close() {
        if (device) SoapySDR::Device::unmake(device);
        device = nullptr;
    }
    SoapySDR::Device *operator->() const { return device; }
    SoapySDR::Device *get() const { return device; }
    /// Rate and frequency of all channels.
    void tune(int direction, double rate_hz, double frequency_hz) const;

  private:
    SoapySDR::Device *device;
};

/// The message of the exception that `act` throws, or "nothing was thrown".
std::string message_of(const std::function<void()> &act);

class Receiver {
  public:
    Receiver(const Device &device, std::vector<size_t> channels = {0}, const SoapySDR::Kwargs &stream_args = {});
    ~Receiver();
    Receiver(const Receiver &) = delete;
    int activate(int flags = 0, long long time_ns = 0, size_t n = 0) {
        return dev->activateStream(stream, flags, time_ns, n);
    }
    int deactivate() { return dev->deactivateStream(stream); }
    /// One call. What it gives is added to `got`, its time to `times`.
    int read(size_t n, long timeout_us = 2000000);
    /// Until so many samples are in `got[0]`; fails at the first error.
    void read_all(size_t n);

    std::vector<std::vector<Sample>> got;
    int flags = 0;
    long long time_ns = 0, first_ns = -1;
    SoapySDR::Device *dev;
    SoapySDR::Stream *stream;
};

class Transmitter {
  public:
    explicit Transmitter(const Device &device, std::vector<size_t> channels = {0},
                         const SoapySDR::Kwargs &stream_args = {});
    ~Transmitter();
    Transmitter(const Transmitter &) = delete;
    int activate() { return dev->activateStream(stream); }
    int deactivate() { return dev->deactivateStream(stream); }
    /// One call.
    int write(const std::vector<const Sample *> &x, size_t n, int flags = 0, long long time_ns = 0,
              long timeout_us = 2000000);
    /// All of it, the flags with the first and END_BURST with the last call.
    void write_all(const std::vector<Sample> &x, int flags = 0, long long time_ns = 0);
    struct Status {
        int code, flags;
        long long time_ns;
    };
    Status status(long timeout_us = 0);

    SoapySDR::Device *dev;
    SoapySDR::Stream *stream;
    size_t channels;
};

/// Seeded noise of this amplitude in each part.
std::vector<Sample> noise(size_t n, unsigned seed, float amplitude = 0.3f);
/// A tone, its phase 0 at sample `first` = 0.
std::vector<Sample> tone(size_t n, double rate_hz, double hz, double amplitude = 0.5, long long first = 0);
double decibel(double power);
double mean_power(const std::vector<Sample> &x, size_t from, size_t n);
/// The complex amplitude of a tone, by correlation with a window; its phase counts from sample 0.
std::complex<double> amplitude_at(const std::vector<Sample> &x, size_t from, size_t n, double rate_hz, double hz);
/// Writes bytes to a file of this test that goes with it, and gives its path.
std::string file_of(const std::string &name, const void *bytes, size_t n);
/// Writes x and reads n samples in turn, in one thread; both streams are activated here unless they run.
void carry(Transmitter &transmitter, Receiver &receiver, const std::vector<std::vector<Sample>> &x, size_t n);

/// Another process. Make it before the test's own process opens a device.
class Child {
  public:
    explicit Child(const std::function<void()> &act);
    ~Child();
    Child(const Child &) = delete;
    void kill();
    void interrupt();
    int wait();
    long pid;
};
/// The shared memory of this test's air.
std::string segment();
