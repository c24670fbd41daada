#include "path.hpp"
#include <algorithm>
#include <cmath>
#include <cstring>

namespace nrflow {
namespace {

/// Taps at the lower of the two rates: a transition of 8 % of it, 60 dB down.
constexpr double TAPS = 48, KAISER = 5.65;
constexpr int PHASES = 128;
/// So much of the lower rate may a band be off the middle of the filter.
constexpr double TOLERANCE = 0.005;
constexpr size_t MAX_FILTERS = 16;
/// Rates that differ by less count as near: over half of eight samples the phase moves by 1.2e-4 samples, -68 dB.
constexpr double NEAR = 3e-5;
constexpr int STRIDE = 16; // taps in one round of the loop
constexpr int BLOCK = 64; // samples that are turned from one exact phase

/// How a receiver hears a signal.
struct Plan {
    bool heard;        ///< the bands overlap
    bool whole;        ///< equal rates, delay of whole samples: no resampling
    int64_t delay;     ///< in samples, where whole
    double width_hz;   ///< of the band that both have
    double premix_hz;  ///< the middle of that band in the signal
    double mix_hz;     ///< and in the receiver
    double offset_hz;  ///< of the signal's carrier from the receiver's
    int half;          ///< taps to either side
};

int taps_of(double signal_rate_hz, double ear_rate_hz) {
    const double taps = TAPS * std::max(1., signal_rate_hz / ear_rate_hz);
    return STRIDE * int(std::ceil(taps / STRIDE));
}

Plan plan_of(const Ear &ear, double rate_hz, double carrier_hz) {
    Plan plan{};
    plan.offset_hz = carrier_hz - ear.carrier_hz;
    const double low = std::max(plan.offset_hz - rate_hz / 2, -ear.rate_hz / 2);
    const double high = std::min(plan.offset_hz + rate_hz / 2, ear.rate_hz / 2);
    plan.heard = high > low;
    if (!plan.heard) return plan;
    plan.width_hz = high - low;
    plan.mix_hz = (low + high) / 2;
    plan.premix_hz = plan.offset_hz - plan.mix_hz;
    const double lower = std::min(rate_hz, ear.rate_hz);
    if (std::abs(plan.premix_hz) <= TOLERANCE * lower) {
        plan.premix_hz = 0;
        plan.mix_hz = plan.offset_hz;
        plan.width_hz = lower;
    }
    const double delay = ear.delay_s * rate_hz;
    plan.delay = std::llround(delay);
    plan.whole = rate_hz == ear.rate_hz && std::abs(delay - double(plan.delay)) < 1e-6 && plan.premix_hz == 0;
    plan.half = plan.whole ? 0 : taps_of(rate_hz, ear.rate_hz) / 2;
    return plan;
}

double turns(long double cycles) { return double(cycles - std::floor(cycles)); }

NRFLOW_CLONES void turn_block(float *x, size_t n, const float *table, float c, float d) {
    for (size_t i = 0; i < n; i++) {
        const float a = c * table[2 * i] - d * table[2 * i + 1], b = c * table[2 * i + 1] + d * table[2 * i];
        const float re = x[2 * i], im = x[2 * i + 1];
        x[2 * i] = a * re - b * im;
        x[2 * i + 1] = a * im + b * re;
    }
}

/// x[i] times e^(2πj (start + i step)), in turns.
void mix(Sample *x, size_t n, long double start, double step) {
    Sample table[BLOCK];
    for (int i = 0; i < BLOCK; i++) table[i] = Sample(std::polar(1., 2 * M_PI * turns((long double)step * i)));
    for (size_t done = 0; done < n; done += BLOCK) {
        const auto base = std::polar(1., 2 * M_PI * turns(start + (long double)step * done));
        turn_block(reinterpret_cast<float *>(x + done), std::min<size_t>(BLOCK, n - done),
                   reinterpret_cast<const float *>(table), float(base.real()), float(base.imag()));
    }
}

NRFLOW_CLONES void deinterleave(const Sample *x, size_t n, float *re, float *im) {
    const float *from = reinterpret_cast<const float *>(x);
    for (size_t i = 0; i < n; i++) {
        re[i] = from[2 * i];
        im[i] = from[2 * i + 1];
    }
}

typedef float Lanes __attribute__((vector_size(32), aligned(4), may_alias));
#define LANES_AT(place) (*reinterpret_cast<const Lanes *>(place))

NRFLOW_CLONES void resample(const float *re, const float *im, double start, double step, size_t n, const Filter &filter,
                            Sample *out) {
    const int taps = filter.taps, phases = filter.phases;
    const float *value = filter.value.data(), *slope = filter.step.data();
    for (size_t k = 0; k < n; k++) {
        const double at = start + double(k) * step;
        const int64_t whole = int64_t(at); // at >= 0
        const double phase = (at - double(whole)) * phases;
        const int row = std::min(int(phase), phases - 1);
        const float part = float(phase - row);
        const float *v = value + size_t(row) * size_t(taps), *s = slope + size_t(row) * size_t(taps);
        const float *r = re + whole, *q = im + whole;
        Lanes sum_re[2]{}, sum_im[2]{};
        for (int t = 0; t < taps; t += STRIDE) {
            for (int u = 0; u < 2; u++) {
                const Lanes c = LANES_AT(v + t + 8 * u) + part * LANES_AT(s + t + 8 * u);
                sum_re[u] += c * LANES_AT(r + t + 8 * u);
                sum_im[u] += c * LANES_AT(q + t + 8 * u);
            }
        }
        const Lanes a = sum_re[0] + sum_re[1], b = sum_im[0] + sum_im[1];
        const Lanes fours = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11) +
                            __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
        const Lanes twos = fours + __builtin_shufflevector(fours, fours, 2, 3, 0, 1, 6, 7, 4, 5);
        out[k] = Sample(twos[0] + twos[1], twos[4] + twos[5]);
    }
}

/// The same at all but equal rates, where eight neighbours can share the phase of their middle.
NRFLOW_CLONES void resample_near(const float *re, const float *im, double start, double step, size_t n,
                                 const Filter &filter, Sample *out) {
    const int taps = filter.taps, phases = filter.phases;
    std::vector<float> c(static_cast<size_t>(taps));
    size_t k = 0;
    for (; k + 8 <= n; k += 8) {
        // The fourth and fifth's mean phase; just outside of 0 to 1 the line goes on.
        const double at = start + double(k) * step;
        const int64_t whole = int64_t(at);
        const double phase = (at - double(whole) + 3.5 * (step - 1)) * phases;
        const int row = std::clamp(int(std::floor(phase)), 0, phases - 1);
        const float part = float(phase - row);
        const float *v = filter.value.data() + size_t(row) * size_t(taps);
        const float *s = filter.step.data() + size_t(row) * size_t(taps);
        for (int t = 0; t < taps; t++) c[size_t(t)] = v[t] + part * s[t];
        Lanes sum_re[2]{}, sum_im[2]{};
        for (int t = 0; t < taps; t += 2) {
            for (int u = 0; u < 2; u++) {
                sum_re[u] += c[size_t(t + u)] * LANES_AT(re + whole + t + u);
                sum_im[u] += c[size_t(t + u)] * LANES_AT(im + whole + t + u);
            }
        }
        const Lanes a = sum_re[0] + sum_re[1], b = sum_im[0] + sum_im[1];
        for (int i = 0; i < 8; i++) out[k + size_t(i)] = Sample(a[i], b[i]);
    }
    resample(re, im, start + double(k) * step, step, n - k, filter, out + k);
}

/// The modified Bessel function of the first kind and order 0.
double bessel(double x) {
    double sum = 1, term = 1;
    for (int k = 1; term > 1e-12 * sum; k++) sum += term *= x * x / (4. * k * k);
    return sum;
}

} // namespace

Filter::Filter(double signal_rate_hz, double ear_rate_hz, double width_hz)
    : signal_rate_hz(signal_rate_hz), ear_rate_hz(ear_rate_hz), width_hz(width_hz) {
    taps = taps_of(signal_rate_hz, ear_rate_hz);
    phases = std::max(8, int(std::ceil(PHASES * TAPS / taps))); // the longer the filter, the smoother
    const double cutoff = width_hz / signal_rate_hz, half = taps / 2., top = bessel(KAISER);
    const auto impulse = [&](double u) {
        const double edge = u / half, x = M_PI * cutoff * u;
        if (std::abs(edge) >= 1) return 0.;
        return cutoff * (std::abs(x) < 1e-9 ? 1 : std::sin(x) / x) * bessel(KAISER * std::sqrt(1 - edge * edge)) / top;
    };
    value.resize(size_t(phases) * size_t(taps));
    step.resize(value.size());
    for (int p = 0; p < phases; p++) {
        for (int t = 0; t < taps; t++) {
            const double u = half - 1 - t, here = impulse(u + double(p) / phases);
            const size_t at = size_t(p) * size_t(taps) + size_t(t);
            value[at] = float(here);
            step[at] = float(impulse(u + double(p + 1) / phases) - here);
        }
    }
}

const Filter &Path::filter(double signal_rate_hz, double ear_rate_hz, double width_hz) {
    for (const auto &one : filters) {
        const bool rates = one->signal_rate_hz == signal_rate_hz && one->ear_rate_hz == ear_rate_hz;
        if (rates && one->width_hz == width_hz) return *one;
    }
    if (filters.size() == MAX_FILTERS) filters.erase(filters.begin());
    filters.push_back(std::make_unique<Filter>(signal_rate_hz, ear_rate_hz, width_hz));
    return *filters.back();
}

int64_t Path::reach(const Ear &ear, double rate_hz, double carrier_hz, int64_t end) {
    const Plan plan = plan_of(ear, rate_hz, carrier_hz);
    if (plan.whole) return end + plan.delay;
    // The last tap of sample k is floor((k/rate - delay) signal_rate) + half, and has to lie before the end.
    const long double last = (long double)(end - plan.half) / (long double)rate_hz + (long double)ear.delay_s;
    return int64_t(std::floor(last * (long double)ear.rate_hz - 1e-3L));
}

bool Path::hear(const Ear &ear, const Signal &signal, int64_t first, size_t n, Sample *out) {
    const Plan plan = plan_of(ear, signal.rate_hz, signal.carrier_hz);
    if (!plan.heard) return false;
    const long double time = (long double)first / (long double)ear.rate_hz;
    if (plan.whole) {
        signal.fetch(first - plan.delay, n, out);
    } else {
        const Filter &filter = this->filter(signal.rate_hz, ear.rate_hz, plan.width_hz);
        const long double at = (time - (long double)ear.delay_s) * (long double)signal.rate_hz;
        const double start = turns(at), step = signal.rate_hz / ear.rate_hz;
        const int64_t begin = int64_t(std::floor(at)) - plan.half + 1;
        const size_t wanted = size_t(start + double(n) * step) + size_t(filter.taps) + 1;
        if (input.size() < wanted) {
            input.resize(wanted);
            re.resize(wanted);
            im.resize(wanted);
        }
        signal.fetch(begin, wanted, input.data());
        if (plan.premix_hz != 0)
            mix(input.data(), wanted, (long double)plan.premix_hz * (long double)begin / (long double)signal.rate_hz,
                plan.premix_hz / signal.rate_hz);
        deinterleave(input.data(), wanted, re.data(), im.data());
        const bool near = std::abs(step - 1) <= NEAR;
        (near ? resample_near : resample)(re.data(), im.data(), start, step, n, filter, out);
    }
    if (plan.offset_hz != 0) {
        // In all the carrier's difference turns by air time; the premix has turned by the signal's time.
        const long double premix = (long double)plan.premix_hz;
        const long double turned = (long double)plan.offset_hz * time - premix * (time - (long double)ear.delay_s);
        mix(out, n, turned, plan.mix_hz / ear.rate_hz);
    }
    return true;
}

} // namespace nrflow
