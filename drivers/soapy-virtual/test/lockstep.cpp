// The lockstep clock: who waits for whom, and that nothing is lost.
#include "harness.hpp"
#include <thread>
#include <unistd.h>

TEST(two_devices_carry_samples_unchanged) {
    const double rate = 23.04e6;
    Device a("serial=a,native=CF32,wait_rx=1"), b("serial=b,native=CF32,wait_tx=1");
    a.tune(SOAPY_SDR_TX, rate, 3.5e9);
    b.tune(SOAPY_SDR_RX, rate, 3.5e9);
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
    const auto &y = receiver.got[0];
    // The reader ran ahead until the writer's first call; from there on all is there, and nothing else.
    size_t start = 0;
    while (start < y.size() && y[start] == Sample()) start++;
    receiver.read_all(start + x.size() + 5000);
    for (size_t i = 0; i < x.size(); i++) CHECK(y[start + i] == x[i], "sample " << i << " of " << start);
    for (size_t i = start + x.size(); i < y.size(); i++) CHECK(y[i] == Sample(), "sample " << i);
    CHECK(receiver.first_ns == 0, receiver.first_ns);
}
