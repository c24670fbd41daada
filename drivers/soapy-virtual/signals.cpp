#include "signals.hpp"
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nrflow {

RingSignal::RingSignal(const TransmitSlot &slot, const Ring &ring, unsigned channel)
    : samples(ring.channel(channel)), length(slot.ring), begin(std::max(slot.begin, slot.head - slot.ring)),
      end(slot.head) {
    rate_hz = slot.rate_hz;
}

void RingSignal::fetch(int64_t first, size_t n, Sample *out) const {
    const int64_t last = first + int64_t(n);
    const int64_t from = std::clamp(begin, first, last), to = std::clamp(end, from, last);
    std::fill(out, out + (from - first), Sample());
    for (int64_t at = from; at < to;) {
        const int64_t place = at % length, piece = std::min(to - at, length - place);
        std::memcpy(static_cast<void *>(out + (at - first)), samples + place, size_t(piece) * sizeof(Sample));
        at += piece;
    }
    std::fill(out + (to - first), out + n, Sample());
}

FileSignal::FileSignal(const Played &played)
    : format(format_named(played.format)), amplitude(float(std::pow(10, played.gain_db / 20))), loop(played.loop) {
    rate_hz = played.rate_hz;
    carrier_hz = played.carrier_hz;
    const auto fail = [&](const std::string &why) {
        throw std::runtime_error("nrflow-virtual: play=" + played.file + ": " + why);
    };
    const int fd = ::open(played.file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) fail(std::strerror(errno));
    struct stat info;
    const bool regular = ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    length = regular ? int64_t(size_t(info.st_size) / bytes_per_sample(format)) : 0;
    bytes = size_t(length) * bytes_per_sample(format);
    if (bytes != 0) data = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd, 0);
    const int error = errno;
    ::close(fd);
    if (bytes == 0) fail(regular ? "holds no sample" : "is no file");
    if (data == MAP_FAILED) fail(std::strerror(error));
}

FileSignal::~FileSignal() { ::munmap(data, bytes); }

void FileSignal::fetch(int64_t first, size_t n, Sample *out) const {
    const int64_t last = first + int64_t(n), silent = std::clamp<int64_t>(0, first, last);
    std::fill(out, out + (silent - first), Sample());
    int64_t at = silent;
    while (at < last && (loop || at < length)) {
        const int64_t place = at % length, piece = std::min(last - at, length - place);
        const char *from = static_cast<const char *>(data) + size_t(place) * bytes_per_sample(format);
        decode(format, from, size_t(piece), amplitude, out + (at - first));
        at += piece;
    }
    std::fill(out + (at - first), out + n, Sample());
}

} // namespace nrflow
