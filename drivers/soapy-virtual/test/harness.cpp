#include "harness.hpp"
#include <algorithm>
#include <csignal>
#include <cstring>
#include <fstream>
#include <random>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace {

struct Entry {
    std::string name;
    void (*run)();
    bool only_when_named;
};

std::vector<Entry> &tests() {
    static std::vector<Entry> list;
    return list;
}

/// A test that has not ended by then hangs. A sanitizer makes the arithmetic many times slower.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr unsigned LIMIT_S = 900;
#else
constexpr unsigned LIMIT_S = 120;
#endif
std::string air_name, folder;

/// The test in a child; 0 where it passed.
int run_apart(const Entry &test) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::setpgid(0, 0); // its children end with it
        ::alarm(LIMIT_S);
        air_name = "selftest-" + std::to_string(::getpid()) + "-" + test.name;
        try {
            test.run();
            std::exit(0);
        } catch (const std::exception &error) {
            std::cerr << "  " << error.what() << std::endl;
            std::exit(1);
        }
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ::kill(-child, SIGKILL);
    if (WIFSIGNALED(status))
        std::cerr << "  ended by signal " << WTERMSIG(status)
                  << (WTERMSIG(status) == SIGALRM ? ": it hung" : "") << std::endl;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

} // namespace

Test::Test(const char *name, void (*run)(), bool only_when_named) { tests().push_back({name, run, only_when_named}); }

void check(bool good, const char *what, const char *file, int line, const std::function<void(std::ostream &)> &values) {
    if (good) return;
    std::ostringstream text;
    text << file << ":" << line << ": " << what << ": ";
    values(text);
    throw std::runtime_error(text.str());
}

std::string args(const std::string &more) {
    return "driver=nrflow-virtual,air=" + air_name + (more.empty() ? "" : ",") + more;
}

void Device::tune(int direction, double rate_hz, double frequency_hz) const {
    for (size_t c = 0; c < device->getNumChannels(direction); c++) {
        device->setSampleRate(direction, c, rate_hz);
        device->setFrequency(direction, c, frequency_hz);
    }
}

std::string message_of(const std::function<void()> &act) {
    try {
        act();
    } catch (const std::exception &error) {
        return error.what();
    }
    return "nothing was thrown";
}

Receiver::Receiver(const Device &device, std::vector<size_t> channels, const SoapySDR::Kwargs &stream_args)
    : got(channels.size()), dev(device.get()), stream(dev->setupStream(SOAPY_SDR_RX, "CF32", channels, stream_args)) {}

Receiver::~Receiver() { dev->closeStream(stream); }

int Receiver::read(size_t n, long timeout_us) {
    const size_t before = got[0].size();
    std::vector<void *> buffers;
    for (auto &one : got) {
        one.resize(before + n);
        buffers.push_back(one.data() + before);
    }
    const int done = dev->readStream(stream, buffers.data(), n, flags, time_ns, timeout_us);
    for (auto &one : got) one.resize(before + size_t(std::max(done, 0)));
    if (done > 0 && first_ns < 0 && (flags & SOAPY_SDR_HAS_TIME)) first_ns = time_ns;
    return done;
}

void Receiver::read_all(size_t n) {
    while (got[0].size() < n) {
        const int done = read(std::min<size_t>(n - got[0].size(), 65536), 5000000);
        CHECK(done > 0, SoapySDR::errToStr(done) << " after " << got[0].size() << " samples");
    }
}

Transmitter::Transmitter(const Device &device, std::vector<size_t> channels,
                         const SoapySDR::Kwargs &stream_args)
    : dev(device.get()), stream(dev->setupStream(SOAPY_SDR_TX, "CF32", channels, stream_args)),
      channels(channels.size()) {}

Transmitter::~Transmitter() { dev->closeStream(stream); }

int Transmitter::write(const std::vector<const Sample *> &x, size_t n, int flags, long long time_ns,
                       long timeout_us) {
    std::vector<const void *> buffers(x.begin(), x.end());
    return dev->writeStream(stream, buffers.data(), n, flags, time_ns, timeout_us);
}

void Transmitter::write_all(const std::vector<Sample> &x, int flags, long long time_ns) {
    for (size_t done = 0; done < x.size();) {
        const size_t n = std::min<size_t>(x.size() - done, 8192);
        const int last = done + n == x.size() ? flags & SOAPY_SDR_END_BURST : 0;
        const int first = done == 0 ? flags & SOAPY_SDR_HAS_TIME : 0;
        const std::vector<const Sample *> from(channels, x.data() + done);
        const int now = write(from, n, first | last, time_ns, 5000000);
        CHECK(now > 0, SoapySDR::errToStr(now) << " after " << done << " samples");
        done += size_t(now);
    }
}

Transmitter::Status Transmitter::status(long timeout_us) {
    Status status{0, 0, 0};
    size_t mask = 0;
    status.code = dev->readStreamStatus(stream, mask, status.flags, status.time_ns, timeout_us);
    return status;
}

void carry(Transmitter &transmitter, Receiver &receiver, const std::vector<std::vector<Sample>> &x, size_t n) {
    CHECK(receiver.activate() == 0, "");
    CHECK(transmitter.activate() == 0, "");
    size_t written = 0;
    while (receiver.got[0].size() < n) {
        const size_t left = std::min<size_t>(x[0].size() - written, 8192);
        std::vector<const Sample *> from;
        for (const auto &one : x) from.push_back(one.data() + written);
        const int wrote = left == 0 ? 0 : transmitter.write(from, left, 0, 0, 0);
        CHECK(wrote >= 0 || wrote == SOAPY_SDR_TIMEOUT, SoapySDR::errToStr(wrote));
        if (wrote > 0) written += size_t(wrote);
        const int got = receiver.read(std::min<size_t>(n - receiver.got[0].size(), 8192), 0);
        CHECK(got > 0 || got == SOAPY_SDR_TIMEOUT, SoapySDR::errToStr(got));
        CHECK(got > 0 || wrote > 0, "stands still: " << written << " written, " << receiver.got[0].size() << " read");
    }
}

std::vector<Sample> noise(size_t n, unsigned seed, float amplitude) {
    std::mt19937 generator(seed);
    std::uniform_real_distribution<float> part(-amplitude, amplitude);
    std::vector<Sample> x(n);
    for (auto &one : x) {
        const float re = part(generator);
        one = Sample(re, part(generator));
    }
    return x;
}

std::vector<Sample> tone(size_t n, double rate_hz, double hz, double amplitude, long long first) {
    std::vector<Sample> x(n);
    for (size_t i = 0; i < n; i++) {
        const double turns = std::fmod(hz * double(first + (long long)i) / rate_hz, 1);
        x[i] = Sample(std::polar(amplitude, 2 * M_PI * turns));
    }
    return x;
}

double decibel(double power) { return 10 * std::log10(power + 1e-30); }

double mean_power(const std::vector<Sample> &x, size_t from, size_t n) {
    double sum = 0;
    for (size_t i = from; i < from + n; i++) sum += double(std::norm(x[i]));
    return sum / double(n);
}

std::complex<double> amplitude_at(const std::vector<Sample> &x, size_t from, size_t n, double rate_hz, double hz) {
    std::complex<double> sum = 0;
    double weight = 0;
    for (size_t i = 0; i < n; i++) {
        // Four cosine terms: side lobes 92 dB down.
        const double u = 2 * M_PI * (double(i) + 0.5) / double(n);
        const double w = 0.35875 - 0.48829 * std::cos(u) + 0.14128 * std::cos(2 * u) - 0.01168 * std::cos(3 * u);
        const double turns = std::fmod(hz * double(from + i) / rate_hz, 1);
        sum += w * std::complex<double>(x[from + i]) * std::polar(1., -2 * M_PI * turns);
        weight += w;
    }
    return sum / weight;
}

Child::Child(const std::function<void()> &act) : pid(::fork()) {
    if (pid != 0) return;
    try {
        act();
        std::exit(0);
    } catch (const std::exception &error) {
        std::cerr << "  " << error.what() << std::endl;
        std::exit(1);
    }
}

Child::~Child() {
    kill();
    wait();
}

void Child::kill() {
    if (pid > 0) ::kill(pid, SIGKILL);
}

void Child::interrupt() {
    if (pid > 0) ::kill(pid, SIGINT);
}

int Child::wait() {
    int status = 0;
    if (pid > 0) ::waitpid(pid, &status, 0);
    pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string segment() { return "/dev/shm/nrflow-air-" + air_name; }

std::string file_of(const std::string &name, const void *bytes, size_t n) {
    const std::string path = folder + "/" + std::to_string(::getpid()) + "-" + name;
    std::ofstream(path, std::ios::binary).write(static_cast<const char *>(bytes), std::streamsize(n));
    return path;
}

/// selftest FOLDER [NAME...]: all tests or those named.
int main(int argc, char **argv) {
    if (argc < 2) return 2;
    folder = argv[1];
    int failed = 0, ran = 0;
    for (const Entry &test : tests()) {
        const auto is_it = [&](const char *name) { return name == test.name; };
        const bool named = std::any_of(argv + 2, argv + argc, is_it);
        if (argc > 2 ? !named : test.only_when_named) continue;
        ran++;
        const bool good = run_apart(test) == 0;
        failed += !good;
        std::cout << (good ? "ok      " : "FAILED  ") << test.name << std::endl;
    }
    std::cout << ran << " tests, " << failed << " failed" << std::endl;
    return failed == 0 && ran > 0 ? 0 : 1;
}
