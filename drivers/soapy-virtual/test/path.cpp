// What a receiver hears: rates, carriers, clock errors, delays, gains, noise, several channels.
#include "harness.hpp"
#include <algorithm>

namespace {

struct Case {
    const char *name;
    double write_rate, read_rate;
    double offset_hz; ///< of the transmitter's carrier from the receiver's
    double tone_hz;   ///< in the transmitter's band
    double write_ppm, read_ppm, delay_s;
};

std::string precise(double value) {
    std::ostringstream text;
    text.precision(17);
    text << value;
    return text.str();
}

/// A tone arrives with the amplitude, frequency and phase that the model gives, and nothing else arrives.
void carry_tone(const Case &c) {
    const double carrier = 3.5e9;
    Device a("serial=a,native=CF32,ppm=" + precise(c.write_ppm));
    Device b("serial=b,native=CF32,ppm=" + precise(c.read_ppm) + ",delay_s=" + precise(c.delay_s));
    a.tune(SOAPY_SDR_TX, c.write_rate, carrier + c.offset_hz);
    b.tune(SOAPY_SDR_RX, c.read_rate, carrier);
    const double seconds = 0.03;
    Transmitter transmitter(a);
    Receiver receiver(b);
    const size_t n = size_t(seconds * c.read_rate), skip = n / 4;
    // It begins after what the receiver has heard when it is activated at time 0.
    const long long first = (long long)std::ceil(std::max(0., -c.delay_s) * c.write_rate);
    const auto x = tone(size_t((seconds + 0.04) * c.write_rate), c.write_rate, c.tone_hz, 0.5, first);
    carry(transmitter, receiver, {x}, n);
    const auto &y = receiver.got[0];
    const long double write_clock = 1 + c.write_ppm * 1e-6L, read_clock = 1 + c.read_ppm * 1e-6L;
    const long double tone_hz = c.tone_hz * write_clock;
    const long double offset = (carrier + c.offset_hz) * write_clock - carrier * read_clock;
    double error = 0, power = 0;
    for (size_t k = skip; k < n; k++) {
        const long double t = (long double)k / (c.read_rate * read_clock);
        const long double turns = tone_hz * (t - (long double)c.delay_s) + offset * t;
        const auto model = std::polar(0.5, 2 * M_PI * double(turns - std::floor(turns)));
        error += std::norm(std::complex<double>(y[k]) - model);
        power += std::norm(model);
    }
    CHECK(decibel(error / power) < -60, c.name << ": error " << decibel(error / power) << " dB");
}

} // namespace

TEST(tones_arrive_as_the_model_says) {
    const Case cases[] = {
        {"equal rates", 23.04e6, 23.04e6, 0, 3.1e6, 0, 0, 0},
        {"delay of 1000 samples", 23.04e6, 23.04e6, 0, 3.1e6, 0, 0, 1000 / 23.04e6},
        {"delay of 0.37 samples", 23.04e6, 23.04e6, 0, 9.5e6, 0, 0, 0.37 / 23.04e6},
        {"negative delay", 23.04e6, 23.04e6, 0, -5e6, 0, 0, -1.23456e-6},
        {"carrier 1 kHz off", 23.04e6, 23.04e6, 1e3, 3.1e6, 0, 0, 0},
        {"carrier 5 MHz off", 23.04e6, 23.04e6, 5e6, -3.1e6, 0, 0, 1e-6},
        {"carrier 5 MHz below", 23.04e6, 23.04e6, -5e6, 3.1e6, 0, 0, 1e-6},
        {"transmitter 10 ppm fast", 23.04e6, 23.04e6, 0, 9.5e6, 10, 0, 0},
        {"receiver 10 ppm fast", 23.04e6, 23.04e6, 0, 9.5e6, 0, 10, 0},
        {"30 ppm between them, delay", 23.04e6, 23.04e6, 20e3, -9.5e6, -12, 18, 2.5e-5},
        {"100 ppm", 11.52e6, 11.52e6, 0, 4.7e6, 100, 0, 0},
        {"23.04 to 20", 23.04e6, 20e6, 0, 8e6, 0, 0, 0},
        {"20 to 23.04 with all", 20e6, 23.04e6, 1.1e6, -8.2e6, 3, -7, 3.3e-6},
        {"3.84 to 61.44", 3.84e6, 61.44e6, 20e6, 1.5e6, 0, 0, 0},
        {"61.44 to 3.84", 61.44e6, 3.84e6, -20e6, 21e6, 0, 5, 0},
        {"61.44 to 0.25", 61.44e6, 0.25e6, 10e6, -10.05e6, 0, 0, 0},
        {"1.92 to 2.4", 1.92e6, 2.4e6, 0, 0.7e6, 0, 0, 0},
    };
    for (const auto &one : cases) carry_tone(one);
}

TEST(what_lies_outside_the_receiver_is_not_heard) {
    struct Out {
        double write_rate, read_rate, offset_hz, tone_hz;
    };
    // In the transmitter's band, beyond the receiver's: it must not fold back.
    const Out cases[] = {{61.44e6, 7.68e6, 0, 4.5e6},    {61.44e6, 7.68e6, 0, 25e6},  {23.04e6, 20e6, 5e6, 7e6},
                         {23.04e6, 20e6, -5e6, -7e6},    {20e6, 23.04e6, 8e6, 5e6},   {61.44e6, 0.25e6, 0, 0.2e6},
                         {23.04e6, 23.04e6, 40e6, 1e6}};
    for (const auto &c : cases) {
        Device a("serial=a,native=CF32"), b("serial=b,native=CF32");
        a.tune(SOAPY_SDR_TX, c.write_rate, 2e9 + c.offset_hz);
        b.tune(SOAPY_SDR_RX, c.read_rate, 2e9);
        Transmitter transmitter(a);
        Receiver receiver(b);
        const size_t n = size_t(0.02 * c.read_rate);
        carry(transmitter, receiver, {tone(size_t(0.06 * c.write_rate), c.write_rate, c.tone_hz, 1)}, n);
        const double level = decibel(mean_power(receiver.got[0], n / 2, n / 2));
        CHECK(level < -60, c.write_rate << " to " << c.read_rate << ": " << level << " dB");
    }
}

TEST(the_cut_into_calls_changes_nothing) {
    const auto x = tone(400000, 15.36e6, 5e6);
    std::vector<Sample> first;
    for (const size_t most : {8192, 1000, 37}) {
        Device a("serial=a,native=CF32,ppm=4"), b("serial=b,native=CF32,ppm=-3,delay_s=4e-6,noise_dbfs=-30,seed=7");
        a.tune(SOAPY_SDR_TX, 15.36e6, 2e9);
        b.tune(SOAPY_SDR_RX, 11.52e6, 2.001e9);
        Transmitter transmitter(a);
        Receiver receiver(b, {0}, {{"mtu", std::to_string(most)}});
        carry(transmitter, receiver, {x}, 100000);
        const auto &y = receiver.got[0];
        if (first.empty()) first = y;
        for (size_t i = 0; i < y.size(); i++)
            CHECK(std::abs(y[i] - first[i]) < 2e-5f, most << " a call, sample " << i << ": " << y[i] << first[i]);
    }
}

TEST(a_retuned_stream_stays_consistent) {
    // Whoever tunes away and back finds the phase as if nobody had ever been away.
    const double rate = 10e6, offset = 300e3;
    Device a("serial=a,native=CF32"), b("serial=b,native=CF32");
    a.tune(SOAPY_SDR_TX, rate, 1e9);
    b.tune(SOAPY_SDR_RX, rate, 1e9 - offset);
    const auto x = tone(8192, rate, 0);
    Transmitter transmitter(a);
    Receiver receiver(b);
    CHECK(receiver.activate() == 0 && transmitter.activate() == 0, "");
    const auto &y = receiver.got[0];
    size_t written = 0;
    const auto go_to = [&](size_t n) {
        while (y.size() < n) {
            const int wrote = transmitter.write({x.data()}, 8192, 0, 0, 0);
            if (wrote > 0) written += size_t(wrote);
            receiver.read(std::min<size_t>(n - y.size(), 8192), 0);
        }
    };
    go_to(100000);
    b->setFrequency(SOAPY_SDR_RX, 0, 1e9 - 2 * offset);
    go_to(200000);
    b->setFrequency(SOAPY_SDR_RX, 0, 1e9 - offset);
    go_to(300000);
    a->setFrequency(SOAPY_SDR_TX, 0, 1e9 + offset);
    const size_t away = written; // what was written before sounds as before
    go_to(1000000);
    a->setFrequency(SOAPY_SDR_TX, 0, 1e9);
    const size_t back = written;
    go_to(1700000);
    CHECK(away > 300000 && back > 1000000 && back < 1600000, away << " " << back);
    const auto expect = [&](size_t from, size_t to, double hz) {
        const auto here = amplitude_at(y, from, to - from, rate, hz);
        CHECK(std::abs(here - 0.5) < 1e-3, from << " to " << to << ": " << here);
    };
    expect(0, 100000, offset);
    expect(100000, 200000, 2 * offset);
    expect(200000, away - 100, offset);
    expect(away + 100, back - 100, 2 * offset);
    expect(back + 100, 1700000, offset);
}

TEST(noise_is_white_and_as_strong_as_told) {
    const auto listen = [](const std::string &more, size_t n) {
        Device device("noise_dbfs=-30,native=CF32" + more);
        device.tune(SOAPY_SDR_RX, 5e6, 1e9);
        Receiver receiver(device);
        CHECK(receiver.activate() == 0, "");
        receiver.read_all(n);
        return receiver.got[0];
    };
    const size_t n = 2000000;
    const auto y = listen("", n), again = listen("", 1000), other = listen(",seed=2", n);
    CHECK(std::equal(again.begin(), again.end(), y.begin()), "the same seed gives the same noise");
    const double power = mean_power(y, 0, n);
    CHECK(std::abs(decibel(power) + 30) < 0.02, decibel(power));
    double fourth = 0, real = 0;
    std::complex<double> mean = 0, square = 0, cross = 0;
    for (size_t i = 0; i < n; i++) {
        const std::complex<double> here = y[i];
        mean += here;
        square += here * here;
        cross += here * std::conj(std::complex<double>(other[i]));
        fourth += std::norm(here) * std::norm(here);
        real += here.real() * here.real();
    }
    const double scale = 1 / (double(n) * power), few = 5 / std::sqrt(double(n));
    CHECK(std::abs(fourth * scale / power - 2) < 0.02, "a Gaussian has 2, not " << fourth * scale / power);
    CHECK(std::abs(real * scale - 0.5) < 0.005, real * scale);
    CHECK(std::abs(mean) * scale * std::sqrt(power) < few, mean);
    CHECK(std::abs(square) * scale < few, "the parts are independent");
    CHECK(std::abs(cross) * scale < few, "seeds are independent");
    for (const size_t lag : {1, 2, 3, 8, 64, 1000, 8192}) {
        std::complex<double> sum = 0;
        for (size_t i = lag; i < n; i++) sum += std::complex<double>(y[i] * std::conj(y[i - lag]));
        CHECK(std::abs(sum) * scale < few, "lag " << lag << ": " << std::abs(sum) * scale);
    }
}

TEST(gain_and_converters) {
    const double rate = 5e6, hz = 1.0123456e6;
    const auto x = tone(200000, rate, hz, 0.25);
    const auto level = [&](const std::string &args, double rx_db, double tx_db) {
        Device a("serial=a,native=CF32"), b("serial=b" + args);
        a.tune(SOAPY_SDR_TX, rate, 1e9);
        b.tune(SOAPY_SDR_RX, rate, 1e9);
        a->setGain(SOAPY_SDR_TX, 0, tx_db);
        b->setGain(SOAPY_SDR_RX, 0, rx_db);
        Transmitter transmitter(a);
        Receiver receiver(b);
        carry(transmitter, receiver, {x}, 100000);
        const auto &y = receiver.got[0];
        const auto heard = amplitude_at(y, 0, y.size(), rate, hz);
        double rest = 0;
        for (size_t i = 0; i < y.size(); i++)
            rest += std::norm(std::complex<double>(y[i]) / heard - std::complex<double>(x[i]) / 0.25);
        return std::make_pair(20 * std::log10(std::abs(heard) / 0.25), decibel(rest / double(y.size())));
    };
    const auto near = [](double value, double wanted, double by) {
        CHECK(std::abs(value - wanted) < by, value << " in place of " << wanted);
    };
    near(level(",native=CF32", 40, 60).first, 0, 1e-3);
    near(level(",native=CF32,gain_db=-17", 43, 58).first, -16, 1e-3);
    // Quantisation of both parts: step^2/6 against 0.25^2.
    for (const unsigned bits : {8, 12, 16})
        near(level(",bits=" + std::to_string(bits), 40, 60).second,
             decibel(std::pow(2., 2 - 2. * bits) / 6 / 0.0625), bits == 16 ? 3 : 1);
    near(level("", 40, 60).second, decibel(std::pow(2., -22.) / 6 / 0.0625), 1);
    CHECK(level(",native=CF32", 70, 60).first > 29, "no converter, no clipping");
    near(level("", 70, 60).first, 20 * std::log10(4 * 4 / M_PI), 1); // clipped to a square wave in both parts
    // Automatic gain brings the level to -12 dBFS from wherever it is.
    for (const double tx_db : {40., 60., 70.}) {
        Device a("serial=a,native=CF32"), b("serial=b,native=CF32");
        a.tune(SOAPY_SDR_TX, rate, 1e9);
        b.tune(SOAPY_SDR_RX, rate, 1e9);
        a->setGain(SOAPY_SDR_TX, 0, tx_db);
        b->setGainMode(SOAPY_SDR_RX, 0, true);
        Transmitter transmitter(a);
        Receiver receiver(b);
        carry(transmitter, receiver, {tone(1000000, rate, 1e6, 0.25)}, 700000);
        near(decibel(mean_power(receiver.got[0], 600000, 100000)), -12, 0.2);
    }
}

TEST(channels_are_mixed_by_their_coefficients) {
    const double rate = 10e6;
    for (const double read_rate : {rate, 8e6}) {
        Device a("serial=a,native=CF32,channels=3"), b("serial=b,native=CF32,channels=4");
        a.tune(SOAPY_SDR_TX, rate, 1e9);
        b.tune(SOAPY_SDR_RX, read_rate, 1e9);
        Transmitter transmitter(a, {0, 1, 2});
        Receiver receiver(b, {3, 0, 1});
        const double hz[] = {1e6, 2e6, -1.5e6};
        std::vector<std::vector<Sample>> x;
        for (const double one : hz) x.push_back(tone(400000, rate, one, 0.2));
        carry(transmitter, receiver, x, 100000);
        const size_t receive[] = {3, 0, 1};
        for (size_t r = 0; r < 3; r++) {
            for (size_t j = 0; j < 3; j++) {
                const size_t i = receive[r];
                const auto wanted = std::polar(i == j ? 0.2 : 0.06, 2 * M_PI * double(3 * i + 5 * j) / 16);
                const auto heard = amplitude_at(receiver.got[r], 20000, 80000, read_rate, hz[j]);
                CHECK(std::abs(heard - wanted) < 5e-4, j << " to " << i << ": " << heard << " in place of " << wanted);
            }
        }
    }
}

TEST(a_device_hears_itself_only_where_told) {
    for (const bool loopback : {false, true}) {
        Device device(std::string("native=CF32,loopback=") + (loopback ? "1" : "0"));
        device.tune(SOAPY_SDR_TX, 5e6, 1e9);
        device.tune(SOAPY_SDR_RX, 5e6, 1e9);
        Transmitter transmitter(device);
        Receiver receiver(device);
        const auto x = noise(100000, 3);
        carry(transmitter, receiver, {x}, 90000);
        for (size_t i = 0; i < 90000; i++)
            CHECK(receiver.got[0][i] == (loopback ? x[i] : Sample()), "sample " << i << ", loopback " << loopback);
    }
}

TEST(recordings_are_on_the_air) {
    const auto x = noise(10000, 4, 0.1f);
    std::vector<int16_t> integers;
    for (const auto &one : noise(777, 5)) {
        integers.push_back(int16_t(one.real() * 32768));
        integers.push_back(int16_t(one.imag() * 32768));
    }
    const auto tones = tone(20000, 2e6, 100e3, 0.1);
    const std::string first = file_of("a.cf32", x.data(), x.size() * sizeof(Sample));
    const std::string second = file_of("b.cs16", integers.data(), integers.size() * 2 - 1); // the last sample is torn
    const std::string third = file_of("c.sigmf-data", tones.data(), tones.size() * sizeof(Sample));
    Device device("native=CF32,delay_s=1e-6,play=" + first + ",play_rate=5e6,play_freq=1e9,play_loop=0" +
                  ",play2=" + second + ",play2_rate=5e6,play_freq2=1e9,play2_gain_db=-6.0206,play3=" + third +
                  ",play3_rate=2e6,play3_freq=2e9");
    device.tune(SOAPY_SDR_RX, 5e6, 1e9);
    Receiver receiver(device);
    CHECK(receiver.activate() == 0, "");
    receiver.read_all(30000);
    for (size_t i = 0; i < 30000; i++) {
        Sample wanted = i >= 5 && i < x.size() + 5 ? x[i - 5] : Sample();
        const size_t at = (i - 5) % 776;
        if (i >= 5) wanted += Sample(integers[2 * at], integers[2 * at + 1]) / 65536.f;
        CHECK(std::abs(receiver.got[0][i] - wanted) < 1e-6f, "sample " << i << ": " << receiver.got[0][i] << wanted);
    }
    // Elsewhere in the band only the third is heard, its phase counted from air time 0 also over its seam.
    device->setFrequency(SOAPY_SDR_RX, 0, 2.001e9);
    receiver.read_all(330000);
    const auto wanted = std::polar(0.1, -2 * M_PI * 100e3 * 1e-6);
    const auto heard = amplitude_at(receiver.got[0], 30000, 300000, 5e6, -0.9e6);
    CHECK(std::abs(heard - wanted) < 1e-4, heard << wanted);
}
