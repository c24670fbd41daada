#include "faults.hpp"
#include "arguments.hpp"
#include <cmath>
#include <stdexcept>

namespace nrflow {
namespace {

struct Form {
    const char *name;
    Fault::Kind kind;
    const char *fields; ///< T: time, D: duration, P: period, N: count
};

constexpr Form FORMS[] = {
    {"overflow", Fault::Overflow, "TN"}, {"gap", Fault::Gap, "TN"},         {"storm", Fault::Storm, "TDPN"},
    {"short", Fault::Short, "TD"},       {"timeout", Fault::Timeout, "TN"}, {"jump", Fault::Jump, "TN"},
    {"vanish", Fault::Vanish, "TN"},     {"late", Fault::Late, "TN"},       {"underflow", Fault::Underflow, "TN"},
};

constexpr int64_t SHORT_READS[] = {1, 7, 3, 113, 2, 200, 64, 5, 31, 150, 11, 17};

std::vector<std::string> split(const std::string &text, const char *at) {
    std::vector<std::string> parts;
    for (size_t from = 0; from <= text.size();) {
        const size_t to = std::min(text.find_first_of(at, from), text.size());
        if (to > from) parts.push_back(text.substr(from, to - from));
        from = to + 1;
    }
    return parts;
}

Fault parse_entry(const std::string &entry) {
    const size_t at = entry.find('@');
    std::string forms;
    for (const auto &form : FORMS) {
        std::string shape = std::string(form.name) + "@";
        for (const char *f = form.fields; *f; f++) shape += std::string(f == form.fields ? "" : ":") + *f;
        forms += " " + shape;
        if (entry.substr(0, at) != form.name) continue;
        const auto values = split(entry.substr(at == entry.npos ? entry.size() : at + 1), ":");
        bool good = values.size() == std::string(form.fields).size();
        Fault fault{form.kind, 0};
        for (size_t i = 0; good && i < values.size(); i++) {
            const auto number = number_in(values[i]);
            const char field = form.fields[i];
            good = number && std::abs(*number) <= 1e12 && (*number >= 0 || fault.kind == Fault::Jump);
            if (!good) break;
            if (field == 'N') good = *number == std::floor(*number), fault.count = int64_t(*number);
            else if (field == 'T') good = *number >= 0, fault.at_s = *number;
            else good = *number > 0, (field == 'D' ? fault.duration_s : fault.period_s) = *number;
        }
        if (!good) throw std::runtime_error("nrflow-virtual: faults: " + entry + ": must be " + shape + " in numbers");
        return fault;
    }
    throw std::runtime_error("nrflow-virtual: faults: " + entry + ": must be one of" + forms);
}

} // namespace

std::vector<Fault> Faults::parse(const std::string &list) {
    std::vector<Fault> faults;
    for (const auto &entry : split(list, ";+ ")) faults.push_back(parse_entry(entry));
    if (faults.size() > MAX_FAULTS)
        throw std::runtime_error("nrflow-virtual: faults: at most " + std::to_string(MAX_FAULTS) + " entries");
    return faults;
}

uint64_t Faults::hash(const std::string &list) {
    uint64_t hash = list.empty() ? 0 : 0xcbf29ce484222325;
    for (const unsigned char c : list) hash = (hash ^ c) * 0x100000001b3;
    return hash;
}

void Faults::start(double now_s) {
    if (std::isnan(slot.origin_s.load())) slot.origin_s = now_s;
}

/// Counts one more of `of` times; false where all have been.
bool Faults::take(size_t i, int64_t of) {
    int64_t done = slot.done[i];
    while (done < of)
        if (slot.done[i].compare_exchange_weak(done, done + 1)) return true;
    return false;
}

Faults::Read Faults::before_read(int64_t position, double rate_hz, int64_t wanted) {
    Read read;
    read.most = wanted;
    const auto sample_at = [&](double air_s) { return int64_t(std::ceil(air_s * rate_hz - 1e-3)); };
    const auto end_before = [&](int64_t sample) {
        if (sample > position) read.most = std::min(read.most, sample - position);
    };
    for (size_t i = 0; i < list.size(); i++) {
        const auto &fault = list[i];
        const int64_t begins = sample_at(begins_s(fault));
        const bool now = position >= begins;
        switch (fault.kind) {
        case Fault::Overflow:
        case Fault::Gap:
            end_before(begins);
            if (read.what == Read::Go && read.skip == 0 && now && take(i, 1)) {
                read.skip = fault.count;
                if (fault.kind == Fault::Overflow) read.what = Read::Overflow;
            }
            break;
        case Fault::Storm: {
            // The multiples of the period that lie within the duration, those too that were slept through.
            const int64_t times = int64_t(std::ceil(fault.duration_s / fault.period_s - 1e-9));
            const int64_t done = slot.done[i];
            if (done >= times) break;
            const int64_t next = sample_at(begins_s(fault) + double(done) * fault.period_s);
            end_before(next);
            if (read.what == Read::Go && read.skip == 0 && position >= next && take(i, times)) {
                read.skip = fault.count;
                read.what = Read::Overflow;
            }
            break;
        }
        case Fault::Short:
            end_before(begins);
            if (now && position < sample_at(begins_s(fault) + fault.duration_s))
                read.most = std::min(read.most, SHORT_READS[short_reads++ % std::size(SHORT_READS)]);
            break;
        case Fault::Timeout:
            end_before(begins);
            if (read.what == Read::Go && read.skip == 0 && now && take(i, fault.count)) read.what = Read::Timeout;
            break;
        case Fault::Jump:
            end_before(begins);
            break;
        case Fault::Vanish:
            end_before(begins);
            if (now && vanished(double(position + 1) / rate_hz)) {
                read.what = Read::Vanish;
                return read;
            }
            break;
        case Fault::Late:
        case Fault::Underflow:
            break;
        }
    }
    return read;
}

int64_t Faults::jump_ns(double air_s) const {
    int64_t sum = 0;
    for (const auto &fault : list)
        if (fault.kind == Fault::Jump && air_s >= begins_s(fault) - 1e-10) sum += fault.count;
    return sum;
}

bool Faults::vanished(double air_s) {
    for (size_t i = 0; i < list.size(); i++) {
        if (list[i].kind != Fault::Vanish || !(air_s >= begins_s(list[i])) || !take(i, 1)) continue;
        slot.refusals = list[i].count;
        return true;
    }
    return false;
}

bool Faults::late(double air_s) {
    for (size_t i = 0; i < list.size(); i++)
        if (list[i].kind == Fault::Late && air_s >= begins_s(list[i]) - 1e-10 && take(i, list[i].count)) return true;
    return false;
}

int64_t Faults::underflows(double air_s) {
    int64_t sum = 0;
    for (size_t i = 0; i < list.size(); i++)
        if (list[i].kind == Fault::Underflow && air_s >= begins_s(list[i]))
            while (take(i, list[i].count)) sum++;
    return sum;
}

} // namespace nrflow
