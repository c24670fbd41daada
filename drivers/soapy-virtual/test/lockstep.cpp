// The lockstep clock: who waits for whom, and that nothing is lost.
#include "harness.hpp"
#include <algorithm>
#include <thread>
#include <unistd.h>

constexpr double RATE = 23.04e6, CARRIER = 3.5e9;

static long long ns_of(double samples, double rate = RATE) { return std::llround(samples * 1e9 / rate); }

/// y is x from sample `start` on, and silence elsewhere.
static void check_burst(const std::vector<Sample> &y, size_t from, size_t to, size_t start,
                        const std::vector<Sample> &x) {
    for (size_t i = from; i < to; i++) {
        const Sample wanted = i >= start && i < start + x.size() ? x[i - start] : Sample();
        CHECK(y[i] == wanted, "sample " << i << " of a burst from " << start << ": " << y[i] << wanted);
    }
}

TEST(two_devices_carry_samples_unchanged) {
    Device a("serial=a,native=CF32,wait_rx=1"), b("serial=b,native=CF32,wait_burst=1");
    a.tune(SOAPY_SDR_TX, RATE, CARRIER);
    b.tune(SOAPY_SDR_RX, RATE, CARRIER);
    const auto x = noise(3000000, 1);
    Receiver receiver(b);
    CHECK(receiver.activate() == 0, "");
    std::thread writing([&] {
        Transmitter transmitter(a);
        transmitter.activate();
        transmitter.write_all(x, SOAPY_SDR_END_BURST);
    });
    receiver.read_all(x.size() + 100000);
    writing.join();
    check_burst(receiver.got[0], 0, x.size() + 100000, 0, x);
    CHECK(receiver.first_ns == 0, receiver.first_ns);
}

TEST(two_processes_carry_samples_unchanged) {
    const auto x = noise(5000000, 2);
    Child child([&] {
        Device a("serial=a,native=CF32,wait_rx=1");
        a.tune(SOAPY_SDR_TX, RATE, CARRIER);
        Transmitter transmitter(a);
        transmitter.activate();
        transmitter.write_all(x, SOAPY_SDR_END_BURST);
    });
    {
        Device b("serial=b,native=CF32,wait_burst=1");
        b.tune(SOAPY_SDR_RX, RATE, CARRIER);
        Receiver receiver(b);
        CHECK(receiver.activate() == 0, "");
        // Also what the other process wrote last, which by then is gone.
        receiver.read_all(x.size() - 100000);
        CHECK(child.wait() == 0, "");
        receiver.read_all(x.size() + 100000);
        check_burst(receiver.got[0], 0, x.size() + 100000, 0, x);
        CHECK(::access(segment().c_str(), F_OK) == 0, "");
    }
    CHECK(::access(segment().c_str(), F_OK) != 0, "the last to leave removes the air");
}

TEST(who_holds_is_waited_for_between_bursts) {
    Device a("serial=a,native=CF32,wait_rx=1,holds=1"), b("serial=b,native=CF32,wait_tx=1,delay_s=0.00001");
    a.tune(SOAPY_SDR_TX, RATE, CARRIER);
    b.tune(SOAPY_SDR_RX, 15.36e6, CARRIER);
    Receiver receiver(b);
    CHECK(receiver.activate() == 0, "");
    // Nearer to each other than a transmitter may be ahead, and farther; the reader is always there first.
    constexpr size_t COUNT = 40, PERIOD = 23040, PAUSE = 2304000;
    const auto x = noise(11520, 5);
    std::thread writing([&] {
        Transmitter transmitter(a);
        transmitter.activate();
        for (size_t burst = 0; burst < COUNT; burst++) {
            ::usleep(2000);
            const size_t start = PAUSE + burst * PERIOD + (burst < COUNT / 2 ? 0 : PAUSE);
            transmitter.write_all(x, SOAPY_SDR_HAS_TIME | SOAPY_SDR_END_BURST, ns_of(double(start)));
        }
        CHECK(transmitter.status().code == SOAPY_SDR_TIMEOUT, "nothing was late");
    });
    // Once its stream is closed nobody waits for it.
    receiver.read_all(size_t(double(COUNT * PERIOD + 2 * PAUSE) / 1.5) + 1000000);
    writing.join();
    const auto &y = receiver.got[0];
    for (size_t burst = 0; burst < COUNT; burst++) {
        const size_t start = (PAUSE + burst * PERIOD + (burst < COUNT / 2 ? 0 : PAUSE)) * 2 / 3 + 154;
        CHECK(mean_power(y, start + 100, 7000) > 0.02, "burst " << burst);
        CHECK(mean_power(y, start + 7680 + 100, 7000) < 1e-6, "after burst " << burst);
    }
}

TEST(integers_arrive_to_the_step) {
    for (const std::string format : {"CS16", "CS8"}) {
        Device a("serial=a,native=CF32"), b("serial=b,bits=0,native=" + format);
        a.tune(SOAPY_SDR_TX, RATE, CARRIER);
        b.tune(SOAPY_SDR_RX, RATE, CARRIER);
        double full_scale = 0;
        CHECK(b->getNativeStreamFormat(SOAPY_SDR_RX, 0, full_scale) == format, "");
        CHECK(full_scale == (format == "CS16" ? 32768 : 128), full_scale);
        std::vector<Sample> x = noise(8192, 3, 1.2f);
        x[0] = Sample(1, -1);
        x[1] = Sample(std::nanf(""), INFINITY);
        Transmitter transmitter(a);
        SoapySDR::Stream *in = b->setupStream(SOAPY_SDR_RX, format);
        b->activateStream(in);
        transmitter.activate();
        transmitter.write_all(x, SOAPY_SDR_END_BURST);
        std::vector<int16_t> wide(2 * 8192);
        void *to[] = {wide.data()};
        int flags = 0;
        long long time_ns = 0;
        CHECK(b->readStream(in, to, 8192, flags, time_ns) == 8192, "");
        const auto *narrow = reinterpret_cast<const int8_t *>(wide.data());
        for (size_t i = 2; i < x.size(); i++) {
            for (const bool imaginary : {false, true}) {
                const float part = imaginary ? x[i].imag() : x[i].real();
                const int got = format == "CS16" ? wide[2 * i + imaginary] : narrow[2 * i + imaginary];
                const double wanted = std::clamp(double(part) * full_scale, -full_scale, full_scale - 1);
                CHECK(std::abs(got - wanted) <= 0.5001, got << " in place of " << wanted);
            }
        }
        const auto at = [&](size_t i) { return format == "CS16" ? int(wide[i]) : int(narrow[i]); };
        CHECK(at(0) == full_scale - 1 && at(1) == -full_scale, at(0) << " " << at(1));
        CHECK(at(3) == full_scale - 1, "infinity is full scale, not " << at(3));
        b->closeStream(in);
    }
}

TEST(timed_bursts_lie_where_they_belong) {
    Device a("serial=a,native=CF32"), b("serial=b,native=CF32");
    a.tune(SOAPY_SDR_TX, RATE, CARRIER);
    b.tune(SOAPY_SDR_RX, RATE, CARRIER);
    Transmitter transmitter(a);
    Receiver receiver(b);
    CHECK(receiver.activate() == 0 && transmitter.activate() == 0, "");
    const auto x = noise(11520, 4);
    // A TDD pattern: 0.5 ms of each 1.25 ms, for longer than the ring is.
    size_t read = 0;
    const int timed = SOAPY_SDR_HAS_TIME | SOAPY_SDR_END_BURST;
    std::vector<Sample> wanted;
    for (size_t burst = 0; burst < 200; burst++) {
        const size_t start = 5000 + burst * 28801;
        transmitter.write_all(x, timed, ns_of(double(start)));
        read = start + x.size() + (burst % 7) * 2000;
        receiver.read_all(read);
        wanted.resize(start);
        wanted.insert(wanted.end(), x.begin(), x.end());
    }
    wanted.resize(read);
    for (size_t i = 0; i < read; i++) CHECK(receiver.got[0][i] == wanted[i], "sample " << i);
    // After a long pause too.
    const size_t start = read + 100000;
    transmitter.write_all(x, timed, ns_of(double(start)));
    receiver.read_all(start + 20000);
    check_burst(receiver.got[0], read, start + 20000, start, x);
    CHECK(transmitter.status().code == SOAPY_SDR_TIMEOUT, "nothing was late");
    // Two parts of one burst, the second timed where the first ends, then one that leaves a gap and ends the burst.
    const size_t second = start + 50000;
    transmitter.write({x.data()}, 3000, SOAPY_SDR_HAS_TIME, ns_of(double(second)));
    transmitter.write({x.data() + 3000}, 4000, SOAPY_SDR_HAS_TIME, ns_of(double(second) + 3000));
    transmitter.write({x.data() + 7000}, 2000, timed, ns_of(double(second) + 9000));
    receiver.read_all(second + 20000);
    auto parts = x;
    parts.resize(7000);
    parts.resize(9000);
    parts.insert(parts.end(), x.begin() + 7000, x.begin() + 9000);
    check_burst(receiver.got[0], start + 20000, second + 20000, second, parts);
}

TEST(a_late_burst_is_thrown_away_and_told) {
    Device a("serial=a,native=CF32"), b("serial=b,native=CF32");
    a.tune(SOAPY_SDR_TX, RATE, CARRIER);
    b.tune(SOAPY_SDR_RX, RATE, CARRIER);
    Transmitter transmitter(a);
    Receiver receiver(b);
    CHECK(receiver.activate() == 0 && transmitter.activate() == 0, "");
    receiver.read_all(50000);
    const auto x = noise(3000, 5);
    transmitter.write({x.data()}, 1000, SOAPY_SDR_HAS_TIME, ns_of(49999));
    transmitter.write({x.data()}, 1000); // of the same burst: it goes the same way
    transmitter.write({x.data()}, 1000, SOAPY_SDR_END_BURST);
    transmitter.write_all(x, SOAPY_SDR_HAS_TIME | SOAPY_SDR_END_BURST, ns_of(50000)); // just in time
    receiver.read_all(60000);
    check_burst(receiver.got[0], 0, 60000, 50000, x);
    const auto status = transmitter.status(1000000);
    CHECK(status.code == SOAPY_SDR_TIME_ERROR && (status.flags & SOAPY_SDR_HAS_TIME), SoapySDR::errToStr(status.code));
    CHECK(status.time_ns == ns_of(49999), status.time_ns);
    CHECK(transmitter.status().code == SOAPY_SDR_TIMEOUT, "only one");
}

TEST(each_waits_for_the_other_and_no_longer_than_told) {
    Device a("serial=a,native=CF32,wait_rx=1"), b("serial=b,native=CF32,wait_tx=1");
    a.tune(SOAPY_SDR_TX, RATE, CARRIER);
    b.tune(SOAPY_SDR_RX, RATE, CARRIER);
    Transmitter transmitter(a);
    Receiver receiver(b);
    const auto x = noise(8192, 6);
    CHECK(transmitter.write({x.data()}, 8192, 0, 0, 1000) == SOAPY_SDR_TIMEOUT, "not activated");
    CHECK(receiver.read(8192, 1000) == SOAPY_SDR_TIMEOUT, "not activated");
    CHECK(receiver.activate() == 0, "");
    CHECK(receiver.read(8192, 50000) == SOAPY_SDR_TIMEOUT, "waits for one transmitter");
    CHECK(transmitter.activate() == 0, "");
    size_t ahead = 0;
    for (int n; (n = transmitter.write({x.data()}, 8192, 0, 0, 1000)) > 0;) ahead += size_t(n);
    CHECK(double(ahead) == std::floor(0.05 * RATE), "50 ms ahead of the reader, not " << ahead);
    receiver.read_all(ahead);
    CHECK(receiver.read(1, 50000) == SOAPY_SDR_TIMEOUT, "the transmitter is in a burst");
    transmitter.write({x.data()}, 0, SOAPY_SDR_END_BURST);
    receiver.read_all(ahead + 100000);
    transmitter.write({x.data()}, 100);
    receiver.read_all(ahead + 100100);
    CHECK(receiver.read(1, 50000) == SOAPY_SDR_TIMEOUT, "the transmitter is in a burst");
    transmitter.deactivate();
    receiver.read_all(ahead + 200000);
    CHECK(std::equal(x.begin(), x.begin() + 100, receiver.got[0].begin() + long(ahead) + 100000), "began at now");
    // The clock stands where the reader has come to; a second receiver begins there.
    CHECK(b->getHardwareTime() == ns_of(double(ahead) + 200000), b->getHardwareTime());
    Device c("serial=c,native=CF32");
    c.tune(SOAPY_SDR_RX, RATE, CARRIER);
    Receiver second(c);
    CHECK(second.activate(SOAPY_SDR_HAS_TIME, ns_of(1000)) == SOAPY_SDR_TIME_ERROR, "that is past");
    CHECK(second.activate() == 0, "");
    second.read_all(10);
    CHECK(second.first_ns == ns_of(double(ahead) + 200000), second.first_ns);
    second.deactivate();
    CHECK(second.activate(SOAPY_SDR_HAS_TIME, ns_of(double(ahead) + 300000), 20000) == 0, "");
    second.got[0].clear();
    second.first_ns = -1;
    second.read_all(20000);
    CHECK(second.first_ns == ns_of(double(ahead) + 300000) && (second.flags & SOAPY_SDR_END_BURST), second.first_ns);
    CHECK(second.read(10, 1000) == SOAPY_SDR_TIMEOUT, "it was to be 20000 samples");
}

TEST(deactivation_ends_a_waiting_call) {
    Device a("serial=a,wait_rx=1"), b("serial=b,wait_tx=1");
    a.tune(SOAPY_SDR_TX, RATE, CARRIER);
    b.tune(SOAPY_SDR_RX, RATE, CARRIER);
    const auto x = noise(8192, 1);
    Transmitter transmitter(a);
    Receiver receiver(b);
    CHECK(receiver.activate() == 0, "");
    int read = 0, wrote = 0;
    std::thread reading([&] { read = receiver.read(8192, 100000000); });
    ::usleep(100000);
    receiver.deactivate();
    CHECK(receiver.activate() == 0, "");
    reading.join();
    CHECK(read == SOAPY_SDR_TIMEOUT, read);
    CHECK(transmitter.activate() == 0, "");
    while ((wrote = transmitter.write({x.data()}, 8192, 0, 0, 0)) > 0) continue;
    std::thread writing([&] { wrote = transmitter.write({x.data()}, 8192, 0, 0, 100000000); });
    ::usleep(100000);
    transmitter.deactivate();
    writing.join();
    CHECK(wrote == SOAPY_SDR_TIMEOUT, wrote);
}

TEST(without_receivers_a_transmitter_runs_free) {
    Device a("serial=a,native=CF32");
    a.tune(SOAPY_SDR_TX, RATE, CARRIER);
    Transmitter transmitter(a);
    transmitter.activate();
    transmitter.write_all(noise(6000000, 7));
    CHECK(a->getHardwareTime() == ns_of(6000000), a->getHardwareTime());
}

TEST(the_hardware_clock_can_be_set) {
    Device a("serial=a,native=CF32,ppm=10"), b("serial=b,native=CF32,ppm=10");
    a.tune(SOAPY_SDR_TX, RATE, CARRIER);
    b.tune(SOAPY_SDR_RX, RATE, CARRIER);
    Transmitter transmitter(a);
    Receiver receiver(b);
    receiver.activate();
    transmitter.activate();
    receiver.read_all(20000);
    const long long day = 86400LL * 1000000000;
    a->setHardwareTime(day);
    b->setHardwareTime(-day);
    CHECK(std::abs(b->getHardwareTime() + day) <= 1, b->getHardwareTime());
    const auto x = noise(1000, 8);
    transmitter.write_all(x, SOAPY_SDR_HAS_TIME | SOAPY_SDR_END_BURST, day + ns_of(5000));
    receiver.read_all(30000);
    check_burst(receiver.got[0], 0, 30000, 25000, x);
    CHECK(std::abs(receiver.time_ns + day - ns_of(double(30000 - 20000) - 1808)) < ns_of(8192), receiver.time_ns);
}

TEST(two_full_duplex_devices_answer_each_other) {
    // Two full-duplex devices that answer each other with a lead of 1 ms, over 0.3 s.
    Device a("serial=a,native=CF32"), b("serial=b,native=CF32");
    std::vector<std::thread> threads;
    std::string errors[2];
    int i = 0;
    for (Device *device : {&a, &b}) {
        device->tune(SOAPY_SDR_TX, 7.68e6, CARRIER);
        device->tune(SOAPY_SDR_RX, 7.68e6, CARRIER);
        threads.emplace_back([device, &error = errors[i++]] {
            error = message_of([&] {
                Receiver receiver(*device);
                Transmitter transmitter(*device);
                receiver.activate();
                transmitter.activate();
                std::vector<Sample> x(7680, 0.1f);
                while (receiver.got[0].size() < 2304000) {
                    const int got = receiver.read(7680);
                    CHECK(got > 0, SoapySDR::errToStr(got));
                    const int wrote = transmitter.write({x.data()}, size_t(got), SOAPY_SDR_HAS_TIME,
                                                        receiver.time_ns + 1000000);
                    CHECK(wrote > 0, SoapySDR::errToStr(wrote));
                }
            });
        });
    }
    for (auto &thread : threads) thread.join();
    for (const auto &error : errors) CHECK(error == "nothing was thrown", error);
}
