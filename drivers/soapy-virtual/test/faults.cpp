// Each fault does what it says, once in the life of an air.
#include "harness.hpp"
#include <algorithm>
#include <thread>

constexpr double RATE = 4e6; // 250 ns a sample

/// A ramp that tells each sample's place: counts modulo 30000 in thousandths.
static std::string ramp() {
    std::vector<int16_t> x;
    for (int i = 0; i < 30000; i++) {
        x.push_back(int16_t(i));
        x.push_back(0);
    }
    return file_of("ramp.cs16", x.data(), x.size() * 2);
}

static std::string listening(const std::string &faults) {
    return "native=CF32,play=" + ramp() + ",play_rate=4e6,play_freq=1e9,faults=" + faults;
}

static long place(Sample x) { return std::lround(x.real() * 32768.f); }

/// Reads to this place in the air; notes for each call where it began by its samples and by its time, and what it gave.
struct Call {
    long begin, begin_by_time;
    int result;
};

static std::vector<Call> read_to(Receiver &receiver, long end, size_t most = 8192) {
    std::vector<Call> calls;
    for (long at = 0; at < end;) {
        receiver.got[0].clear();
        const int result = receiver.read(most, 0);
        if (result <= 0) {
            calls.push_back({-1, -1, result});
            if (calls.size() > 100000) break;
            continue;
        }
        const auto &y = receiver.got[0];
        for (size_t i = 1; i < y.size(); i++) CHECK(place(y[i]) == (place(y[0]) + long(i)) % 30000, "inside of a call");
        const long by_time = std::lround(double(receiver.time_ns) / 250);
        const long begin = place(y[0]) + (at + 15000 - place(y[0])) / 30000 * 30000;
        calls.push_back({begin, by_time, result});
        at = begin + result;
    }
    return calls;
}

TEST(overflow_and_gap) {
    Device device(listening("overflow@0.01:5000+gap@0.02:7000;overflow@0.02:1"));
    device.tune(SOAPY_SDR_RX, RATE, 1e9);
    Receiver receiver(device);
    CHECK(receiver.activate() == 0, "");
    const auto calls = read_to(receiver, 120000);
    long at = 0, overflows = 0;
    for (const auto &call : calls) {
        if (call.result < 0) {
            CHECK(call.result == SOAPY_SDR_OVERFLOW, SoapySDR::errToStr(call.result));
            overflows++;
            if (overflows == 1) CHECK(at == 40000, at);
            if (overflows == 1) at += 5000;
            continue;
        }
        if (at == 80000) at += 7001;
        CHECK(call.begin == at && call.begin_by_time == at, call.begin << " " << call.begin_by_time << " " << at);
        at += call.result;
    }
    CHECK(overflows == 2, overflows);
    // They have been: neither the same stream nor a device that is opened anew has them again.
    receiver.deactivate();
    receiver.activate();
    for (const auto &call : read_to(receiver, 200000)) CHECK(call.result > 0, "");
}

TEST(faults_happen_once) {
    const std::string with = listening("overflow@0.01:5000");
    int overflows = 0;
    for (int i = 0; i < 3; i++) {
        Device device(with);
        device.tune(SOAPY_SDR_RX, RATE, 1e9);
        Receiver receiver(device);
        CHECK(receiver.activate() == 0, "");
        for (int calls = 0; calls < 20; calls++) overflows += receiver.read(4000) == SOAPY_SDR_OVERFLOW;
    }
    CHECK(overflows == 1, overflows);
    Device device(listening("overflow@0.01:5001"));
    device.tune(SOAPY_SDR_RX, RATE, 1e9);
    Receiver receiver(device);
    CHECK(receiver.activate() == 0, "");
    for (int calls = 0; calls < 20; calls++) overflows += receiver.read(4000) == SOAPY_SDR_OVERFLOW;
    CHECK(overflows == 2, "another list of faults begins anew");
}

TEST(storm_short_and_timeout) {
    Device device(listening("storm@0.01:0.02:0.002:300+short@0.04:0.001+timeout@0.05:4"));
    device.tune(SOAPY_SDR_RX, RATE, 1e9);
    Receiver receiver(device);
    CHECK(receiver.activate() == 0, "");
    const auto calls = read_to(receiver, 240000);
    long at = 0, overflows = 0, timeouts = 0, shorts = 0;
    std::vector<int> lengths;
    for (const auto &call : calls) {
        if (call.result == SOAPY_SDR_OVERFLOW) {
            CHECK(at == 40000 + overflows * 8000, at);
            overflows++;
            at += 300;
        } else if (call.result == SOAPY_SDR_TIMEOUT) {
            CHECK(at == 200000, at);
            timeouts++;
        } else {
            CHECK(call.begin == at && call.begin_by_time == at, call.begin << " " << call.begin_by_time << " " << at);
            if (at >= 160000 && at < 164000) shorts++, lengths.push_back(call.result);
            at += call.result;
        }
    }
    CHECK(overflows == 10 && timeouts == 4, overflows << " " << timeouts);
    CHECK(shorts > 40 && *std::max_element(lengths.begin(), lengths.end()) <= 200, shorts);
    CHECK(lengths[0] == 1 && lengths[1] == 7 && lengths[2] == 3 && lengths[3] == 113 && lengths[4] == 2, "");
}

TEST(jump) {
    Device device(listening("jump@0.01:12345+jump@0.02:-2000000"));
    device.tune(SOAPY_SDR_RX, RATE, 1e9);
    Receiver receiver(device);
    CHECK(receiver.activate() == 0, "");
    for (size_t at = 0; at < 120000; at = receiver.got[0].size()) {
        CHECK(receiver.read(8192) > 0, "");
        const long long jumped = at >= 80000 ? -1987655 : at >= 40000 ? 12345 : 0;
        CHECK(receiver.time_ns == (long long)at * 250 + jumped, at << ": " << receiver.time_ns);
        CHECK(place(receiver.got[0][at]) == long(at % 30000), "nothing is lost");
    }
    const long long end = (long long)receiver.got[0].size() * 250 - 1987655;
    CHECK(device->getHardwareTime() == end, device->getHardwareTime());
}

TEST(vanish_and_come_back) {
    const std::string with = listening("vanish@0.01:3");
    {
        Device device(with);
        device.tune(SOAPY_SDR_RX, RATE, 1e9);
        device.tune(SOAPY_SDR_TX, RATE, 1e9);
        Receiver receiver(device);
        Transmitter transmitter(device);
        CHECK(receiver.activate() == 0, "");
        for (size_t at = 0; at < 40000; at = receiver.got[0].size()) CHECK(receiver.read(8192) > 0, at);
        CHECK(receiver.got[0].size() == 40000, receiver.got[0].size());
        const Sample x{};
        for (int i = 0; i < 3; i++) {
            CHECK(receiver.read(8192) == SOAPY_SDR_STREAM_ERROR, "");
            CHECK(receiver.activate() == SOAPY_SDR_STREAM_ERROR, "");
            CHECK(transmitter.activate() == SOAPY_SDR_STREAM_ERROR, "");
            CHECK(transmitter.write({&x}, 1) == SOAPY_SDR_STREAM_ERROR, "");
            CHECK(transmitter.status().code == SOAPY_SDR_STREAM_ERROR, "");
        }
        CHECK(receiver.deactivate() == SOAPY_SDR_STREAM_ERROR, "");
        const std::string message = message_of([&] { device->setFrequency(SOAPY_SDR_RX, 0, 1e9); });
        CHECK(message == "no such device: usrp0 is unplugged", message);
    }
    for (int i = 0; i < 3; i++) {
        const std::string message = message_of([&] { Device device(with); });
        CHECK(message == "no such device: usrp0 is unplugged", message);
    }
    Device device(with);
    device.tune(SOAPY_SDR_RX, RATE, 1e9);
    Receiver receiver(device);
    CHECK(receiver.activate() == 0, "");
    receiver.read_all(100000);
    CHECK(receiver.first_ns == 40000 * 250, "time has not stood still: " << receiver.first_ns);
}

TEST(a_transmitter_that_vanishes_holds_nobody) {
    Device a("serial=a,native=CF32,faults=vanish@0.01:0"), b("serial=b,native=CF32");
    a.tune(SOAPY_SDR_TX, RATE, 1e9);
    b.tune(SOAPY_SDR_RX, RATE, 1e9);
    Transmitter transmitter(a);
    Receiver receiver(b);
    receiver.activate();
    transmitter.activate();
    const auto x = noise(1000, 1);
    int wrote = 0, total = 0;
    while ((wrote = transmitter.write({x.data()}, 1000)) > 0) total += wrote;
    CHECK(wrote == SOAPY_SDR_STREAM_ERROR && total == 40000, total);
    receiver.read_all(100000);
    CHECK(receiver.got[0][39999] == x[999] && receiver.got[0][40000] == Sample(), "");
}

TEST(late_and_underflow) {
    Device a("serial=a,native=CF32,faults=late@0.01:2+underflow@0.03:3"), b("serial=b,native=CF32");
    a.tune(SOAPY_SDR_TX, RATE, 1e9);
    b.tune(SOAPY_SDR_RX, RATE, 1e9);
    Transmitter transmitter(a);
    Receiver receiver(b);
    receiver.activate();
    transmitter.activate();
    const auto x = noise(4000, 1);
    std::vector<Sample> wanted;
    for (long long i = 0; i < 40; i++) {
        const bool thrown_away = i == 10 || i == 11; // 1 ms each, timed, the first six within one burst
        const int flags = SOAPY_SDR_HAS_TIME | (i < 6 ? 0 : SOAPY_SDR_END_BURST);
        CHECK(transmitter.write({x.data()}, 4000, flags, i * 1000000) == 4000, i);
        receiver.read_all(size_t(i) * 4000);
        wanted.resize(size_t(i) * 4000);
        if (!thrown_away) wanted.insert(wanted.end(), x.begin(), x.end());
    }
    receiver.read_all(160000);
    CHECK(std::equal(wanted.begin(), wanted.end(), receiver.got[0].begin()), "");
    for (const long long ms : {10, 11}) {
        const auto status = transmitter.status();
        const bool told = status.code == SOAPY_SDR_TIME_ERROR && status.time_ns == ms * 1000000;
        CHECK(told, status.code << " " << status.time_ns);
    }
    for (int i = 0; i < 3; i++) CHECK(transmitter.status().code == SOAPY_SDR_UNDERFLOW, i);
    CHECK(transmitter.status().code == SOAPY_SDR_TIMEOUT, "");
}

TEST(bad_faults_are_refused) {
    const std::pair<const char *, const char *> cases[] = {
        {"hiccup@1:2", "faults: hiccup@1:2: must be one of overflow@T:N"},
        {"overflow@1", "faults: overflow@1: must be overflow@T:N"},
        {"overflow@-1:2", "must be overflow@T:N"},
        {"overflow@1:2.5", "must be overflow@T:N"},
        {"overflow@1:2:3", "must be overflow@T:N"},
        {"storm@1:2:0:3", "must be storm@T:D:P:N"},
        {"overflow", "must be overflow@T:N"},
        {"jump@nan:1", "must be jump@T:N"},
    };
    for (const auto &[faults, wanted] : cases) {
        const std::string message = message_of([&, f = faults] { Device device(std::string("faults=") + f); });
        CHECK(message.find(wanted) != message.npos, message);
    }
}
