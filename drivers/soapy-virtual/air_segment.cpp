// Creating, joining, leaving and removing the shared memory of an air.
#include "air.hpp"
#include <cmath>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <fstream>
#include <map>
#include <mutex>
#include <new>
#include <set>
#include <sstream>
#include <stdexcept>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace nrflow {
namespace {

constexpr uint64_t MAGIC = 0x6e72666c6f770002; // "nrflow" and the version of the layout
const std::string FOLDER = "/dev/shm/", PREFIX = "nrflow-air-";
/// So long a stopped transmitter's samples are needed beyond their end: more than any filter's length.
constexpr double LINGER_S = 0.02;
constexpr off_t HEADER_SPAN = 1 << 20;
/// File range kept for the ring of one slot; only what is claimed takes memory.
constexpr off_t RING_SPAN = off_t(1) << 30;
static_assert(sizeof(Header) <= HEADER_SPAN);
static_assert(std::atomic<double>::is_always_lock_free && std::atomic<int64_t>::is_always_lock_free);

[[noreturn]] void fail(const std::string &what, int error) {
    throw std::runtime_error("nrflow-virtual: " + what + ": " + std::strerror(error));
}

/// Closes on the way out what was not handed over.
struct File {
    int fd;
    ~File() {
        if (fd >= 0) ::close(fd);
    }
    int hand_over() { return std::exchange(fd, -1); }
};

Header *map_header(int segment) {
    void *at = ::mmap(nullptr, sizeof(Header), PROT_READ | PROT_WRITE, MAP_SHARED, segment, 0);
    if (at == MAP_FAILED) fail("cannot map the air", errno);
    return static_cast<Header *>(at);
}

/// A file that is no whole air of this layout: left half-made by a dead process, or of another version.
bool is_broken(int segment) {
    struct stat info;
    uint64_t magic = 0;
    if (::fstat(segment, &info) != 0 || info.st_size < HEADER_SPAN) return true;
    return ::pread(segment, &magic, sizeof magic, offsetof(Header, magic)) != sizeof magic || magic != MAGIC;
}

void create_header(int segment) {
    if (const int error = ::posix_fallocate(segment, 0, HEADER_SPAN)) fail("no shared memory for the air", error);
    Header *header = new (map_header(segment)) Header();
    for (auto &device : header->device) device.origin_s = std::nan("");
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&header->mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
    header->magic = MAGIC;
    ::munmap(header, sizeof(Header));
}

} // namespace

/// The airs that this process has open. At its end all are left, also those whose devices were never closed.
struct OpenAirs {
    std::mutex mutex;
    std::map<std::string, std::weak_ptr<Air>> by_name;
    std::set<std::shared_ptr<Air>> kept;

    ~OpenAirs() {
        for (auto &[name, weak] : by_name)
            if (auto air = weak.lock()) air->detach();
    }

    static OpenAirs &get() {
        static OpenAirs airs;
        return airs;
    }
};

ProcessId ProcessId::self() {
    // Not kept in a static: a child of fork() has another answer.
    ProcessId id;
    id.pid = ::getpid();
    std::ifstream file("/proc/self/stat");
    std::string line;
    std::getline(file, line);
    std::istringstream fields(line.substr(line.rfind(')') + 1));
    std::string field;
    for (int i = 3; i <= 22 && fields >> field; i++)
        if (i == 22) id.started = std::stoull(field);
    return id;
}

bool ProcessId::lives() const {
    if (pid == 0) return false;
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    if (!std::getline(file, line)) return false;
    std::istringstream fields(line.substr(line.rfind(')') + 1));
    std::string state, field;
    fields >> state;
    for (int i = 4; i <= 22; i++) fields >> field;
    // A killed child whose parent has not waited yet is dead to us.
    return state != "Z" && state != "X" && field == std::to_string(started);
}

std::shared_ptr<Air> Air::open(const std::string &name, bool realtime, double speed) {
    OpenAirs &airs = OpenAirs::get();
    const std::lock_guard<std::mutex> one_at_a_time(airs.mutex);
    if (airs.by_name.empty()) remove_dead_segments();
    if (auto air = airs.by_name[name].lock()) {
        air->attach(realtime, speed, false);
        return air;
    }
    const std::string path = FOLDER + PREFIX + name;
    for (;;) {
        File file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
        if (file.fd < 0) fail("cannot open " + path, errno);
        ::flock(file.fd, LOCK_EX);
        struct stat info;
        if (::fstat(file.fd, &info) != 0 || info.st_nlink == 0) continue; // removed before we had the lock
        const bool fresh = info.st_size == 0;
        if (fresh) {
            create_header(file.fd);
        } else if (is_broken(file.fd)) {
            ::unlink(path.c_str());
            continue;
        }
        const int fd = file.hand_over();
        std::shared_ptr<Air> air(new Air(path, fd));
        if (!fresh && !air->anybody_lives()) { // left behind by processes that died
            ::unlink(path.c_str());
            continue;
        }
        air->attach(realtime, speed, fresh);
        ::flock(fd, LOCK_UN);
        airs.by_name[name] = air;
        return air;
    }
}

void Air::keep(std::shared_ptr<Air> air) {
    OpenAirs &airs = OpenAirs::get();
    const std::lock_guard<std::mutex> one_at_a_time(airs.mutex);
    airs.kept.insert(std::move(air));
}

Air::Air(const std::string &path, int segment) : path(path), segment(segment), shared(map_header(segment)) {}

Air::~Air() {
    detach();
    ::munmap(shared, sizeof(Header));
    ::close(segment);
}

void Air::attach(bool realtime, double speed, bool fresh) {
    const ProcessId self = ProcessId::self();
    Guard guard(*this);
    release_dead();
    bool in_use = false;
    for (const auto &device : shared->device) in_use |= device.owner.pid != 0;
    if (!in_use && (fresh || realtime != shared->realtime || speed != shared->speed)) {
        // The clock goes on from where it stood.
        const double now = fresh ? 0 : now_s(guard);
        shared->realtime = realtime;
        shared->speed = speed;
        shared->epoch_ns = 0;
        shared->epoch_ns = int64_t((clock_s() - now) / speed * 1e9);
        shared->latest_s = now;
    }
    if (shared->realtime != realtime || (realtime && shared->speed != speed)) {
        std::ostringstream is;
        is << "nrflow-virtual: this air runs on clock=" << (shared->realtime ? "realtime" : "lockstep");
        if (shared->realtime) is << " with speed=" << shared->speed;
        throw std::runtime_error(is.str());
    }
    if (process && shared->process[*process] == self) return;
    for (unsigned i = 0; i < MAX_PROCESSES; i++) {
        if (shared->process[i].pid != 0) continue;
        shared->process[i] = self;
        process = i;
        return;
    }
    throw std::runtime_error("nrflow-virtual: too many processes in this air");
}

void Air::detach() {
    // The child of a fork() has a copy of its parent's.
    if (!process || !(shared->process[*process] == ProcessId::self())) return;
    ::flock(segment, LOCK_EX);
    {
        Guard guard(*this);
        shared->process[*process] = ProcessId();
        process.reset();
        release_dead();
        notify(guard);
    }
    if (!anybody_lives()) ::unlink(path.c_str());
    ::flock(segment, LOCK_UN);
}

bool Air::anybody_lives() const {
    for (const auto &process : shared->process)
        if (process.lives()) return true;
    return false;
}

/// Removes what killed processes have left in /dev/shm under any name.
void Air::remove_dead_segments() {
    DIR *folder = ::opendir(FOLDER.c_str());
    if (!folder) return;
    while (const dirent *entry = ::readdir(folder)) {
        const std::string path = FOLDER + entry->d_name;
        if (std::strncmp(entry->d_name, PREFIX.c_str(), PREFIX.size()) != 0) continue;
        File file{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
        // Whoever holds the lock is alive and at work on it.
        if (file.fd < 0 || ::flock(file.fd, LOCK_EX | LOCK_NB) != 0 || is_broken(file.fd)) continue;
        Header *header = map_header(file.fd);
        bool dead = true;
        for (const auto &process : header->process) dead &= !process.lives();
        ::munmap(header, sizeof(Header));
        if (dead) ::unlink(path.c_str());
    }
    ::closedir(folder);
}

Ring::Ring(int segment, unsigned slot, unsigned channels, int64_t samples)
    : samples(samples), bytes(size_t(samples) * channels * sizeof(Sample)) {
    const off_t offset = HEADER_SPAN + off_t(slot) * RING_SPAN;
    void *at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, segment, offset);
    if (at == MAP_FAILED) fail("cannot map a transmit ring", errno);
    base = static_cast<Sample *>(at);
}

Ring::~Ring() { ::munmap(base, bytes); }

std::shared_ptr<Ring> Air::map_ring(unsigned slot, unsigned channels, int64_t samples) const {
    return std::make_shared<Ring>(segment, slot, channels, samples);
}

unsigned Air::claim_transmit(unsigned device, unsigned channels, int64_t ring) {
    const off_t bytes = off_t(ring) * channels * off_t(sizeof(Sample));
    if (bytes > RING_SPAN) throw std::runtime_error("nrflow-virtual: the mtu of this stream is too large");
    unsigned slot = MAX_TRANSMIT;
    {
        Guard guard(*this);
        release_dead();
        // The one free or, where all have been used, the one that stopped first.
        for (unsigned i = 0; i < MAX_TRANSMIT; i++) {
            const auto &one = shared->transmit[i];
            if (one.state == TransmitSlot::Free) {
                slot = i;
                break;
            }
            const bool heard = double(one.head) / one.rate_hz + LINGER_S < least_heard_s(guard);
            if (one.state == TransmitSlot::Draining && heard &&
                (slot == MAX_TRANSMIT || one.generation < shared->transmit[slot].generation))
                slot = i;
        }
        if (slot == MAX_TRANSMIT) throw std::runtime_error("nrflow-virtual: too many transmit streams in this air");
        TransmitSlot fresh{};
        fresh.state = TransmitSlot::Claimed;
        fresh.device = device;
        fresh.generation = ++shared->generations;
        fresh.owner = ProcessId::self();
        fresh.channels = channels;
        fresh.ring = ring;
        fresh.rate_hz = 1;
        shared->transmit[slot] = fresh;
    }
    const off_t offset = HEADER_SPAN + off_t(slot) * RING_SPAN;
    ::fallocate(segment, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, RING_SPAN); // of who had it before
    // All of it now: to run out of memory later would be a SIGBUS.
    if (const int error = ::posix_fallocate(segment, offset, bytes)) {
        Guard guard(*this);
        shared->transmit[slot].state = TransmitSlot::Free;
        fail("no shared memory for a transmit ring of " + std::to_string(bytes >> 20) + " MiB", error);
    }
    return slot;
}

} // namespace nrflow
