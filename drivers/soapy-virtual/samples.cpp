#include "samples.hpp"
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace nrflow {
namespace {

template <typename Integer> inline void from_integers(const Integer *in, size_t n, float factor, float *out) {
    for (size_t i = 0; i < n; i++) out[i] = float(in[i]) * factor;
}

/// The nearest integer of a float below 2^22, by the rounding of an addition.
inline float rounded(float x) {
    constexpr float shift = 12582912; // 1.5 * 2^23
    return (x + shift) - shift;
}

/// Clipped to the range of an integer of `full_scale`; what is not a number becomes the least.
inline float clipped(float x, float full_scale) {
    x = x > -full_scale ? x : -full_scale;
    return x < full_scale - 1 ? x : full_scale - 1;
}

template <typename Integer> inline void to_integers(const float *in, size_t n, float full_scale, Integer *out) {
    for (size_t i = 0; i < n; i++) out[i] = Integer(int32_t(rounded(clipped(in[i] * full_scale, full_scale))));
}

inline uint32_t scrambled(uint32_t x) {
    x = (x ^ (x >> 16)) * 0x21f0aaadu;
    x = (x ^ (x >> 15)) * 0x735a2d97u;
    return x ^ (x >> 15);
}

inline float bits_to_float(uint32_t bits) {
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

inline uint32_t float_to_bits(float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
}

/// -ln u for u in (0, 1]: the exponent, and 2 artanh((m-1)/(m+1)) of a mantissa m around 1.
inline float minus_log(float u) {
    const uint32_t bits = float_to_bits(u);
    const uint32_t offset = bits - 0x3f3504f3u; // of sqrt(1/2)
    const int32_t exponent = int32_t(offset) >> 23;
    const float m = bits_to_float((offset & 0x7fffffu) + 0x3f3504f3u);
    const float s = (m - 1) / (m + 1), q = s * s;
    const float log_m = 2 * s * (1 + q * (1 / 3.f + q * (1 / 5.f + q * (1 / 7.f))));
    return -(float(exponent) * 0.69314718f + log_m);
}

NRFLOW_CLONES void noise_loop(float *x, size_t n, uint32_t first, uint32_t key_radius, uint32_t key_angle,
                              float power) {
    constexpr float pi = 3.14159265f;
    for (size_t i = 0; i < n; i++) {
        const uint32_t at = first + uint32_t(i);
        const uint32_t a = scrambled(scrambled(at ^ key_radius) + key_angle);
        const uint32_t b = scrambled(scrambled(at ^ key_angle) + key_radius);
        // (0, 1], of 24 bits and, where it is small, of 32
        const float u = (float(int32_t(a >> 1)) + 0.5f) * (1 / 2147483648.f);
        const float radius = std::sqrt(minus_log(u < 1 ? u : 1) * power);
        // Half a turn by series, the other half by a sign.
        const float angle = float(int32_t(b)) * (pi / 4294967296.f), q = angle * angle;
        const float sine = angle * (1 + q * (-1 / 6.f + q * (1 / 120.f + q * (-1 / 5040.f + q * (1 / 362880.f)))));
        const float cosine =
            1 + q * (-1 / 2.f + q * (1 / 24.f + q * (-1 / 720.f + q * (1 / 40320.f + q * (-1 / 3628800.f)))));
        const float signed_radius = a & 1 ? radius : -radius;
        x[2 * i] += signed_radius * cosine;
        x[2 * i + 1] += signed_radius * sine;
    }
}

} // namespace

Format format_named(const std::string &name) {
    if (name == "CF32") return Format::CF32;
    if (name == "CS16") return Format::CS16;
    if (name == "CS8") return Format::CS8;
    throw std::runtime_error("nrflow-virtual: stream format " + name + ": must be one of CS16, CF32, CS8");
}

size_t bytes_per_sample(Format format) { return format == Format::CF32 ? 8 : format == Format::CS16 ? 4 : 2; }

NRFLOW_CLONES void decode(Format format, const void *in, size_t n, float amplitude, Sample *out) {
    float *to = reinterpret_cast<float *>(out);
    switch (format) {
    case Format::CF32:
        if (in != out) std::memcpy(static_cast<void *>(out), in, n * sizeof(Sample));
        if (amplitude != 1) scale(out, n, amplitude);
        break;
    case Format::CS16: from_integers(static_cast<const int16_t *>(in), 2 * n, amplitude / 32768, to); break;
    case Format::CS8: from_integers(static_cast<const int8_t *>(in), 2 * n, amplitude / 128, to); break;
    }
}

NRFLOW_CLONES void encode(Format format, const Sample *in, size_t n, void *out) {
    const float *from = reinterpret_cast<const float *>(in);
    switch (format) {
    case Format::CF32: std::memcpy(out, in, n * sizeof(Sample)); break;
    case Format::CS16: to_integers(from, 2 * n, 32768, static_cast<int16_t *>(out)); break;
    case Format::CS8: to_integers(from, 2 * n, 128, static_cast<int8_t *>(out)); break;
    }
}

NRFLOW_CLONES void scale(Sample *x, size_t n, float amplitude) {
    float *y = reinterpret_cast<float *>(x);
    for (size_t i = 0; i < 2 * n; i++) y[i] *= amplitude;
}

NRFLOW_CLONES void quantise(Sample *x, size_t n, unsigned bits) {
    if (bits == 0) return;
    const float full_scale = std::ldexp(1.f, int(bits) - 1), step = 1 / full_scale;
    float *y = reinterpret_cast<float *>(x);
    for (size_t i = 0; i < 2 * n; i++) y[i] = rounded(clipped(y[i] * full_scale, full_scale)) * step;
}

NRFLOW_CLONES void accumulate(Sample *y, const Sample *x, size_t n, Sample coefficient) {
    const float c = coefficient.real(), d = coefficient.imag();
    float *to = reinterpret_cast<float *>(y);
    const float *from = reinterpret_cast<const float *>(x);
    if (coefficient == Sample(1)) { // unchanged, whatever it is
        for (size_t i = 0; i < 2 * n; i++) to[i] += from[i];
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const float re = from[2 * i], im = from[2 * i + 1];
        to[2 * i] += c * re - d * im;
        to[2 * i + 1] += c * im + d * re;
    }
}

double mean_power(const Sample *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += double(std::norm(x[i]));
    return n ? sum / double(n) : 0;
}

void add_noise(Sample *x, size_t n, uint64_t key, int64_t position, float power) {
    for (size_t done = 0; done < n;) {
        // One pair of keys for each 2^32 samples.
        const uint64_t at = uint64_t(position) + done;
        const uint64_t epoch = at >> 32;
        const size_t piece = size_t(std::min<uint64_t>(n - done, (uint64_t(1) << 32) - (at & 0xffffffffu)));
        const uint64_t mixed = (key + 1) * 0x9e3779b97f4a7c15ull + epoch * 0xd1b54a32d192ed03ull;
        const uint32_t key_radius = scrambled(uint32_t(mixed >> 32));
        const uint32_t key_angle = scrambled(uint32_t(mixed) ^ key_radius);
        noise_loop(reinterpret_cast<float *>(x + done), piece, uint32_t(at), key_radius, key_angle, power);
        done += piece;
    }
}

} // namespace nrflow
