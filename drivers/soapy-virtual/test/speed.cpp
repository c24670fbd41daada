// How fast the driver is, in samples per second of one core's time. Runs only when named.
#include "harness.hpp"
#include <ctime>

namespace {

double cpu_s() {
    timespec time;
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return double(time.tv_sec) + double(time.tv_nsec) * 1e-9;
}

/// One thread writes and reads in turn; prints the megasamples per second of each.
void measure(const char *name, const std::string &receiver_args, double write_rate, double read_rate,
             double offset_hz) {
    Device a("serial=a"), b("serial=b" + receiver_args);
    a.tune(SOAPY_SDR_TX, write_rate, 3.5e9);
    b.tune(SOAPY_SDR_RX, read_rate, 3.5e9 + offset_hz);
    SoapySDR::Stream *out = a->setupStream(SOAPY_SDR_TX, "CS16"), *in = b->setupStream(SOAPY_SDR_RX, "CS16");
    b->activateStream(in);
    a->activateStream(out);
    std::vector<int16_t> x(2 * 8192), y(2 * 8192);
    for (size_t i = 0; i < x.size(); i++) x[i] = int16_t(i * 7919 % 20000 - 10000);
    const void *from[] = {x.data()};
    void *to[] = {y.data()};
    double writing = 0, reading = 0, written = 0, read = 0;
    for (int i = 0; written < 2 * write_rate || reading < 0.5; i++) {
        int flags = 0;
        long long time_ns = 0;
        const double start = cpu_s();
        const int wrote = a->writeStream(out, from, 8192, flags, 0, 0);
        const double middle = cpu_s();
        int got = 0;
        do {
            got = b->readStream(in, to, 8192, flags, time_ns, 0);
            if (i > 100 && got > 0) read += got;
        } while (got > 0);
        const double end = cpu_s();
        CHECK(wrote == 8192, wrote);
        written += wrote;
        if (i <= 100) continue; // memory is touched for the first time
        writing += middle - start;
        reading += end - middle;
    }
    std::printf("  %-58s write %7.1f Msps, read %7.1f Msps\n", name, (written - 101 * 8192.) / writing * 1e-6,
                read / reading * 1e-6);
    a->closeStream(out);
    b->closeStream(in);
}

} // namespace

MEASUREMENT(speed) {
    measure("fast path: 61.44 Msps, equal rates", "", 61.44e6, 61.44e6, 0);
    measure("fast path with noise", ",noise_dbfs=-40", 61.44e6, 61.44e6, 0);
    measure("equal rates, carrier 1 kHz off", "", 23.04e6, 23.04e6, 1e3);
    measure("general path: 23.04 Msps, 10 ppm, delay", ",ppm=10,delay_s=1.234567e-5", 23.04e6, 23.04e6, 0);
    measure("general path with noise", ",ppm=10,delay_s=1.234567e-5,noise_dbfs=-40", 23.04e6, 23.04e6, 0);
    measure("general path: 23.04 to 23.04 Msps, 5 MHz off", "", 23.04e6, 23.04e6, 5e6);
    measure("general path: 61.44 to 23.04 Msps", "", 61.44e6, 23.04e6, 0);
    measure("general path: 15.36 to 61.44 Msps", "", 15.36e6, 61.44e6, 0);
    measure("general path: 61.44 to 1.92 Msps", "", 61.44e6, 1.92e6, 0);
}
