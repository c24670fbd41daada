// Through a real SoapyRemote server on loopback.
#include "harness.hpp"
#include <arpa/inet.h>
#include <cstdlib>
#include <fcntl.h>
#include <netinet/in.h>
#include <thread>
#include <unistd.h>

static std::string free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    const bool good = ::bind(fd, reinterpret_cast<sockaddr *>(&address), length) == 0 &&
                      ::getsockname(fd, reinterpret_cast<sockaddr *>(&address), &length) == 0;
    ::close(fd);
    CHECK(good, "no free port");
    return std::to_string(ntohs(address.sin_port));
}

static void carry_through(const Device &a, const Device &b) {
    const double rate = 7.68e6;
    CHECK(a->getHardwareKey() == "usrp" && a->hasHardwareTime() && b->getHardwareTime() == 0, "");
    a.tune(SOAPY_SDR_TX, rate, 3.5e9);
    b.tune(SOAPY_SDR_RX, rate, 3.5e9);
    const SoapySDR::Kwargs tcp = {{"remote:prot", "tcp"}};
    Receiver receiver(b, {0}, tcp);
    CHECK(receiver.activate() == 0, "");
    const auto x = noise(3000000, 1);
    std::string error;
    std::thread writing([&] {
        error = message_of([&] {
            Transmitter transmitter(a, {0}, tcp);
            CHECK(transmitter.activate() == 0, "");
            transmitter.write_all(x, SOAPY_SDR_HAS_TIME | SOAPY_SDR_END_BURST, 1000000);
            transmitter.write_all(x, SOAPY_SDR_HAS_TIME | SOAPY_SDR_END_BURST, 0);
            const auto status = transmitter.status(5000000);
            CHECK(status.code == SOAPY_SDR_TIME_ERROR && status.time_ns == 0, status.code);
        });
    });
    // By time, as the server drops what it has read just before an overflow.
    size_t right = 0, overflows = 0, at = 0;
    while (at < x.size() + 100000) {
        receiver.got[0].clear();
        const int n = receiver.read(8192, 10000000);
        if (n == SOAPY_SDR_OVERFLOW) {
            overflows++;
            continue;
        }
        CHECK(n > 0 && (receiver.flags & SOAPY_SDR_HAS_TIME), SoapySDR::errToStr(n));
        at = size_t(std::llround(double(receiver.time_ns) * rate / 1e9));
        for (size_t i = 0; i < size_t(n); i++, at++) {
            const bool inside = at >= 7680 && at < x.size() + 7680;
            CHECK(receiver.got[0][i] == (inside ? x[at - 7680] : Sample()), "sample " << at);
            right++;
        }
    }
    writing.join();
    CHECK(error == "nothing was thrown", error);
    CHECK(overflows == 1, overflows);
    const size_t lost = at - right;
    CHECK(lost >= 12345 && lost < 12345 + 8192, lost);
}

TEST(through_soapy_remote) {
    const char *serve = std::getenv("SERVE"), *out = std::getenv("SERVE_FROM");
    if (!serve || !out) {
        std::cout << "        not under a sanitizer, which the server has not: through_soapy_remote" << std::endl;
        return;
    }
    const std::string where = "127.0.0.1:" + free_port();
    Child server([&] {
        const int nowhere = ::open("/dev/null", O_RDWR);
        ::dup2(nowhere, 1);
        ::dup2(nowhere, 2);
        ::execl(serve, serve, out, where.c_str(), nullptr);
        std::exit(1);
    });
    const auto open = [&](const std::string &more) {
        SoapySDR::Device *device = nullptr;
        std::string message;
        for (int i = 0; i < 200 && !device; i++) {
            // "remote:" before a key is for the server's driver of the same name.
            message = message_of([&] {
                device = SoapySDR::Device::make("driver=remote,remote=tcp://" + where + ",remote:" + args(more));
            });
            if (!device) ::usleep(50000);
        }
        CHECK(device, message);
        return device;
    };
    carry_through(Device(open("serial=a,native=CF32,wait_rx=1,remote:timeout=1000000")),
                  Device(open("serial=b,native=CF32,wait_burst=1,faults=overflow@0.3:12345")));
    server.interrupt();
    CHECK(server.wait() == 0, "");
}
