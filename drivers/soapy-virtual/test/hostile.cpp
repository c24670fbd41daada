// Processes that are killed, and what they leave behind: nobody hangs.
#include "harness.hpp"
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <random>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

constexpr double RATE = 11.52e6;

static void transmit_for_ever(const std::string &serial, const std::string &more = "") {
    Device device("serial=" + serial + more);
    device.tune(SOAPY_SDR_TX, RATE, 2e9);
    Transmitter transmitter(device);
    transmitter.activate();
    const auto x = noise(8192, 1);
    for (;;) transmitter.write({x.data()}, 8192, 0, 0, 100000);
}

static void receive_for_ever(const std::string &serial) {
    Device device("serial=" + serial);
    device.tune(SOAPY_SDR_RX, RATE, 2.0001e9);
    Receiver receiver(device);
    receiver.activate();
    for (;;) {
        receiver.got[0].clear();
        receiver.read(8192, 100000);
    }
}

static bool within_s(double limit, const std::function<bool()> &done) {
    const auto start = std::chrono::steady_clock::now();
    while (std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < limit)
        if (done()) return true;
    return false;
}

TEST(a_killed_transmitter_holds_nobody) {
    Child child([] { transmit_for_ever("a"); });
    Device device("serial=b,wait_burst=1");
    device.tune(SOAPY_SDR_RX, RATE, 2e9);
    Receiver receiver(device);
    receiver.activate();
    receiver.read_all(500000);
    child.kill(); // not yet waited for: a zombie is dead too
    receiver.read_all(2000000);
    Device again("serial=a"); // its name is free
}

TEST(a_stopped_reader_holds_and_a_killed_one_does_not) {
    Child child([] { receive_for_ever("b"); });
    Device device("serial=a,wait_rx=1");
    device.tune(SOAPY_SDR_TX, RATE, 2e9);
    Transmitter transmitter(device);
    transmitter.activate();
    const auto x = noise(8192, 1);
    const auto goes = [&] { return transmitter.write({x.data()}, 8192) > 0 && device->getHardwareTime() > 500000000; };
    CHECK(within_s(20, goes), "");
    ::kill(pid_t(child.pid), SIGSTOP);
    const auto waits = [&] { return transmitter.write({x.data()}, 8192, 0, 0, 300000) == SOAPY_SDR_TIMEOUT; };
    CHECK(within_s(20, waits), "");
    child.kill();
    for (int i = 0; i < 1000; i++) {
        const int wrote = transmitter.write({x.data()}, 8192);
        CHECK(wrote == 8192, SoapySDR::errToStr(wrote));
    }
}

TEST(killed_at_any_moment) {
    // Over and over a transmitter and a reader are killed somewhere, also inside the mutex; this one goes on.
    std::mt19937 random(1);
    std::vector<std::unique_ptr<Child>> children;
    for (int i = 0; i < 30; i++) {
        const std::string serial = std::to_string(i);
        children.push_back(std::make_unique<Child>([=] {
            ::usleep(useconds_t(20000 * i)); // they come one after the other
            i % 2 ? transmit_for_ever(serial) : receive_for_ever(serial);
        }));
    }
    Device device("serial=own");
    device.tune(SOAPY_SDR_RX, RATE, 2e9);
    Receiver receiver(device);
    receiver.activate();
    for (auto &child : children) {
        for (int i = 0; i < 20; i++) {
            receiver.got[0].clear();
            const int got = receiver.read(1000 + random() % 3000);
            CHECK(got > 0, SoapySDR::errToStr(got));
        }
        ::usleep(random() % 30000);
        child->kill();
    }
    receiver.got[0].clear();
    receiver.read_all(3000000);
}

TEST(an_air_left_behind_is_made_anew) {
    {
        Child child([] { transmit_for_ever("a"); });
        CHECK(within_s(20, [] { return ::access(segment().c_str(), F_OK) == 0; }), "");
        ::usleep(200000);
        child.kill();
    }
    CHECK(::access(segment().c_str(), F_OK) == 0, "a killed process cannot clean up");
    {
        Device device("serial=a");
        CHECK(device->getHardwareTime() == 0, device->getHardwareTime());
    }
    CHECK(::access(segment().c_str(), F_OK) != 0, "");
    // One that is no air at all, and one that was cut short.
    for (const size_t n : {100, 3 << 20}) {
        std::ofstream(segment()) << std::string(n, 'x');
        Device device("serial=a");
        CHECK(device->getHardwareTime() == 0, "");
    }
}

TEST(airs_of_the_dead_are_swept_away) {
    const std::string other = segment() + "-other";
    Child child([] {
        auto *device = SoapySDR::Device::make(args("") + "-other");
        (void)device;
        ::kill(::getpid(), SIGKILL);
    });
    child.wait();
    CHECK(::access(other.c_str(), F_OK) == 0, "");
    Device device("serial=a"); // any other air
    CHECK(::access(other.c_str(), F_OK) != 0, "");
}

TEST(a_device_is_opened_once) {
    Child child([] {
        Device device("serial=a");
        ::sleep(100);
    });
    const auto open = [] {
        return message_of([] { Device device("serial=a"); });
    };
    CHECK(within_s(20, [&] { return open() != "nothing was thrown"; }), "");
    const std::string wanted = "device busy: a is opened by process " + std::to_string(child.pid);
    CHECK(open() == wanted, open());
    Device other("serial=b");
    CHECK(message_of([] { Device same("serial=b,gain_db=1"); }) ==
              "device busy: b is opened by process " + std::to_string(::getpid()),
          "in one process too");
    child.kill();
    CHECK(within_s(20, [&] { return open() == "nothing was thrown"; }), "");
}
