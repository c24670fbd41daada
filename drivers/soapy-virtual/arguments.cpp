#include "arguments.hpp"
#include <cmath>
#include <cstdlib>
#include <limits>
#include <set>
#include <sstream>
#include <stdexcept>

namespace nrflow {

std::optional<double> number_in(const std::string &text) {
    char *end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != 0 || !std::isfinite(value)) return std::nullopt;
    return value;
}

namespace {

/// Takes arguments by name and remembers which names exist, so that at the end the unknown ones stand out.
class Reader {
  public:
    explicit Reader(const SoapySDR::Kwargs &args) : args(args) {}

    bool has(const std::string &key) {
        known.insert(key);
        return args.count(key) != 0;
    }

    /// Another spelling, understood and not advertised.
    bool has_alias(const std::string &key) {
        aliases.insert(key);
        return args.count(key) != 0;
    }

    std::string text(const std::string &key, const std::string &otherwise) {
        return has(key) ? args.at(key) : otherwise;
    }

    std::string choice(const std::string &key, const std::vector<std::string> &allowed) {
        const std::string value = text(key, allowed.front());
        std::string list;
        for (const auto &one : allowed) {
            if (one == value) return value;
            list += (list.empty() ? "" : ", ") + (one.empty() ? "nothing" : one);
        }
        refuse(key, "one of " + list);
    }

    bool flag(const std::string &key, bool otherwise) {
        return choice(key, otherwise ? std::vector<std::string>{"1", "0"} : std::vector<std::string>{"0", "1"}) == "1";
    }

    double number(const std::string &key, double otherwise, double least, double most) {
        if (!has(key)) return otherwise;
        const auto value = number_in(args.at(key));
        std::ostringstream range;
        range.precision(12);
        range << "a number from " << least << " to " << most;
        if (!value || *value < least || *value > most) refuse(key, range.str());
        return *value;
    }

    unsigned whole(const std::string &key, unsigned otherwise, unsigned least, unsigned most) {
        const double value = number(key, otherwise, least, most);
        if (value != std::floor(value)) refuse(key, "a whole number");
        return unsigned(value);
    }

    [[noreturn]] void refuse(const std::string &key, const std::string &allowed) const {
        const auto got = args.find(key);
        throw std::runtime_error("nrflow-virtual: " + key + (got == args.end() ? " is missing" : "=" + got->second) +
                                 ": must be " + allowed);
    }

    void refuse_unknown() const {
        for (const auto &[key, value] : args) {
            if (known.count(key) || aliases.count(key) || key.rfind("remote:", 0) == 0) continue;
            std::string list;
            for (const auto &one : known)
                if (!aliases.count(one)) list += " " + one;
            throw std::runtime_error("nrflow-virtual: unknown argument " + key + "=" + value + "; known are" + list);
        }
    }

  private:
    const SoapySDR::Kwargs &args;
    std::set<std::string> known, aliases;
};

constexpr double RATE_MAX = 1e9, CARRIER_MAX = 1e11;

/// `play…` (number empty) or `play2…` to `play4…`; both play2_rate and play_rate2 are understood.
std::optional<Played> parse_played(Reader &reader, const std::string &number) {
    const std::string name = "play" + number;
    const bool given = reader.has(name);
    const auto key = [&](const std::string &suffix) {
        const std::string one = name + suffix, other = "play" + suffix + number;
        const bool has_one = reader.has(one), has_other = other != one && reader.has_alias(other);
        return has_other && !has_one ? other : one;
    };
    Played played;
    played.file = reader.text(name, "");
    const size_t dot = played.file.rfind('.');
    const bool cs16 = dot != played.file.npos && played.file.substr(dot) == ".cs16";
    const std::string format = key("_format"), rate = key("_rate"), carrier = key("_freq");
    const std::vector<std::string> cs16_first = {"cs16", "cf32"}, cf32_first = {"cf32", "cs16"};
    played.format = reader.choice(format, cs16 ? cs16_first : cf32_first) == "cs16" ? "CS16" : "CF32";
    played.rate_hz = reader.number(rate, 0, 1, RATE_MAX);
    played.carrier_hz = reader.number(carrier, 0, 0, CARRIER_MAX);
    played.gain_db = reader.number(key("_gain_db"), 0, -200, 200);
    played.loop = reader.flag(key("_loop"), true);
    if (!given) return std::nullopt;
    if (!reader.has(rate)) reader.refuse(rate, "given with " + name + ": the recording's sample rate in Hz");
    if (!reader.has(carrier)) reader.refuse(carrier, "given with " + name + ": the recording's centre frequency in Hz");
    return played;
}

std::string parse_air(Reader &reader) {
    const std::string name = reader.text("air", "default");
    const std::string allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    const bool fits = !name.empty() && name.size() <= 64 && name[0] != '.';
    if (!fits || name.find_first_not_of(allowed) != name.npos)
        reader.refuse("air", "1 to 64 of A-Z a-z 0-9 . _ -, not beginning with a dot");
    return name;
}

} // namespace

Arguments parse_arguments(const SoapySDR::Kwargs &args) {
    Reader reader(args);
    Arguments a;
    // What SoapySDR and its remote module add by themselves.
    for (const char *key : {"driver", "label", "type", "module", "remote", "timeout", "soapy_remote_no_deeper"})
        reader.has_alias(key);
    a.profile = reader.choice("profile", {"usrp", "hackrf", "rtlsdr"});
    a.serial = reader.text("serial", a.profile + "0");
    if (a.serial.empty() || a.serial.size() > 63) reader.refuse("serial", "1 to 63 characters");
    a.air = parse_air(reader);
    a.channels = reader.whole("channels", 1, 1, a.profile == "usrp" ? 4 : 1);
    a.realtime = reader.choice("clock", {"lockstep", "realtime"}) == "realtime";
    a.speed = reader.number("speed", 1, 1e-4, 1e3);
    if (!a.realtime && args.count("speed")) reader.refuse("speed", "left out: only clock=realtime has a speed");
    a.wait_rx = reader.whole("wait_rx", 0, 0, 32);
    a.wait_tx = reader.whole("wait_tx", 0, 0, 32);
    a.wait_burst = reader.whole("wait_burst", 0, 0, 32);
    a.holds = reader.flag("holds", false);
    if (a.realtime && a.holds) reader.refuse("holds", "left out: clock=realtime waits for nobody");
    a.native = reader.choice("native", {"", "CS16", "CS8", "CF32"});
    if (reader.has("bits")) a.bits = reader.whole("bits", 0, 0, 24);
    a.gain_db = reader.number("gain_db", 0, -200, 200);
    a.delay_s = reader.number("delay_s", 0, -1000, 1000);
    a.ppm = reader.number("ppm", 0, -1000, 1000);
    if (reader.has("noise_dbfs")) a.noise_dbfs = reader.number("noise_dbfs", 0, -300, 100);
    a.seed = reader.whole("seed", 1, 0, std::numeric_limits<uint32_t>::max());
    for (const char *number : {"", "2", "3", "4"})
        if (auto played = parse_played(reader, number)) a.played.push_back(*played);
    if (reader.has("master_clock_rate")) {
        if (a.profile != "usrp") reader.refuse("master_clock_rate", "left out: only profile=usrp has one to set");
        a.master_clock_rate_hz = reader.number("master_clock_rate", 0, 5e6, 61.44e6);
    }
    a.busy = reader.flag("busy", false);
    a.denied = reader.flag("denied", false);
    a.loopback = reader.flag("loopback", false);
    const char *environment = std::getenv("NRFLOW_VIRTUAL_FAULTS");
    a.faults = reader.text("faults", environment ? environment : "");
    reader.refuse_unknown();
    return a;
}

} // namespace nrflow
