// Loops over samples: stream formats, converters, noise.
#pragma once
#include "air.hpp"
#include <string>

// The loops are compiled twice, and the processor's version is taken when the module is loaded.
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define NRFLOW_CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define NRFLOW_CLONES
#endif

namespace nrflow {

enum class Format { CF32, CS16, CS8 };
/// Throws for any other name.
Format format_named(const std::string &name);
size_t bytes_per_sample(Format format);

/// From the user's format, full scale 1, to samples times `amplitude`.
void decode(Format format, const void *in, size_t n, float amplitude, Sample *out);
/// To the user's format, clipped where that is of integers.
void encode(Format format, const Sample *in, size_t n, void *out);

void scale(Sample *x, size_t n, float amplitude);
/// What a converter of so many bits makes of the samples: full scale is -1 to 1 less one step.
void quantise(Sample *x, size_t n, unsigned bits);
/// y += coefficient x
void accumulate(Sample *y, const Sample *x, size_t n, Sample coefficient);
double mean_power(const Sample *x, size_t n);

/// Adds complex white Gaussian noise of this mean power. It depends only on the key and the positions of the samples,
/// not on how they are cut into calls.
void add_noise(Sample *x, size_t n, uint64_t key, int64_t position, float power);

} // namespace nrflow
