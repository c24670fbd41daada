// What is on the air: transmit streams in their rings, and recordings that are played.
#pragma once
#include "arguments.hpp"
#include "path.hpp"

namespace nrflow {

/// One channel of a transmit stream.
class RingSignal : public Signal {
  public:
    RingSignal(const TransmitSlot &slot, const Ring &ring, unsigned channel);
    void fetch(int64_t first, size_t n, Sample *out) const override;

  private:
    const Sample *samples;
    int64_t length, begin, end;
};

/// A recording, its sample 0 at air time 0.
class FileSignal : public Signal {
  public:
    /// Throws where the file cannot be read or holds no sample.
    explicit FileSignal(const Played &played);
    ~FileSignal() override;
    FileSignal(const FileSignal &) = delete;
    FileSignal &operator=(const FileSignal &) = delete;
    void fetch(int64_t first, size_t n, Sample *out) const override;

  private:
    Format format;
    float amplitude;
    bool loop;
    void *data = nullptr;
    size_t bytes = 0;
    int64_t length = 0;
};

} // namespace nrflow
