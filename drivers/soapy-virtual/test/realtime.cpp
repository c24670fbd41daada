// The real-time clock. Nothing here asks for speed: the air runs slowly, and only what must hold is checked.
#include "harness.hpp"
#include <chrono>
#include <thread>
#include <unistd.h>

constexpr double RATE = 1e6;
static const std::string REALTIME = ",native=CF32,clock=realtime,speed=0.2";

static double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

TEST(realtime_runs_at_its_speed) {
    Device device("serial=a" + REALTIME);
    device.tune(SOAPY_SDR_RX, RATE, 1e9);
    Receiver receiver(device);
    CHECK(receiver.activate() == 0, "");
    CHECK(receiver.read(8192, 0) == SOAPY_SDR_TIMEOUT || !receiver.got[0].empty(), "");
    const auto start = std::chrono::steady_clock::now();
    const size_t before = receiver.got[0].size();
    receiver.read_all(before + 100000);
    const double took = seconds_since(start);
    CHECK(took > 0.49, "0.1 s of air cannot take " << took << " s");
    const std::string message = message_of([] { Device other("serial=b"); });
    CHECK(message == "nrflow-virtual: this air runs on clock=realtime with speed=0.2", message);
}

TEST(realtime_overflow_and_underflow) {
    Device a("serial=a" + REALTIME), b("serial=b" + REALTIME);
    a.tune(SOAPY_SDR_TX, RATE, 1e9);
    b.tune(SOAPY_SDR_RX, RATE, 1e9);
    Receiver receiver(b);
    CHECK(receiver.activate() == 0, "");
    CHECK(receiver.read(100) == 100, "");
    ::usleep(700000); // 0.14 s of air
    CHECK(receiver.read(100) == SOAPY_SDR_OVERFLOW, "");
    const long long before = receiver.time_ns;
    CHECK(receiver.read(100) == 100, "");
    CHECK(receiver.time_ns - before > 100000000, receiver.time_ns - before);
    Transmitter transmitter(a);
    CHECK(transmitter.activate() == 0, "");
    const auto x = noise(8192, 1);
    size_t ahead = 0;
    for (int n; (n = transmitter.write({x.data()}, 8192, 0, 0, 0)) > 0;) ahead += size_t(n);
    CHECK(ahead >= 40000, "writes are taken 50 ms ahead, not " << ahead);
    CHECK(transmitter.status().code == SOAPY_SDR_TIMEOUT, "");
    ::usleep(500000); // 0.1 s of air: it has run dry
    CHECK(transmitter.write({x.data()}, 1000) == 1000, "");
    CHECK(transmitter.status().code == SOAPY_SDR_UNDERFLOW, "");
}

TEST(realtime_bursts) {
    Device a("serial=a" + REALTIME), b("serial=b" + REALTIME);
    a.tune(SOAPY_SDR_TX, RATE, 1e9);
    b.tune(SOAPY_SDR_RX, RATE, 1e9);
    Receiver receiver(b);
    Transmitter transmitter(a);
    CHECK(receiver.activate() == 0 && transmitter.activate() == 0, "");
    const auto x = noise(5000, 1);
    const int timed = SOAPY_SDR_HAS_TIME | SOAPY_SDR_END_BURST;
    const long long past = a->getHardwareTime() - 1000000;
    CHECK(transmitter.write({x.data()}, 5000, timed, past) == 5000, "");
    const auto status = transmitter.status(1000000);
    CHECK(status.code == SOAPY_SDR_TIME_ERROR && status.time_ns == past, status.code);
    const long long soon = (a->getHardwareTime() / 1000 + 60000) * 1000;
    CHECK(transmitter.write({x.data()}, 5000, timed, soon) == 5000, "");
    size_t start = 0;
    while (start == 0) {
        const size_t before = receiver.got[0].size();
        CHECK(receiver.read(2000) > 0, "");
        const long long end_us = receiver.time_ns / 1000 + (long long)(receiver.got[0].size() - before);
        if (end_us > soon / 1000 + 6000) start = receiver.got[0].size() - size_t(end_us - soon / 1000);
    }
    for (size_t i = 0; i < 5000; i++) CHECK(receiver.got[0][start + i] == x[i], "sample " << i);
    CHECK(receiver.got[0][start - 1] == Sample() && receiver.got[0][start + 5000] == Sample(), "");
}
