// Tells SoapySDR of the driver: which devices there are, and how to open one.
#include "device.hpp"
#include <SoapySDR/Registry.hpp>
#include <cstdlib>
#include <sstream>

namespace {

const std::string DRIVER = "nrflow-virtual";

std::string text_of(const SoapySDR::Kwargs &args, const std::string &key, const std::string &otherwise) {
    const auto entry = args.find(key);
    return entry == args.end() ? otherwise : entry->second;
}

/// The device of these arguments with what tells it apart.
SoapySDR::Kwargs described(SoapySDR::Kwargs args) {
    args["driver"] = DRIVER;
    const std::string profile = args["profile"] = text_of(args, "profile", "usrp");
    const std::string serial = args["serial"] = text_of(args, "serial", profile + "0");
    args["label"] = "nrflow virtual " + profile + " " + serial;
    return args;
}

/// The devices of NRFLOW_VIRTUAL_DEVICES that fit the caller's arguments; else, where the caller asks for this driver,
/// the one that the caller describes. Never a device that nobody has asked for.
SoapySDR::KwargsList find(const SoapySDR::Kwargs &wanted) {
    SoapySDR::KwargsList found;
    const std::string driver = text_of(wanted, "driver", "");
    if (!driver.empty() && driver != DRIVER) return found;
    const char *environment = std::getenv("NRFLOW_VIRTUAL_DEVICES");
    std::istringstream list(environment ? environment : "");
    for (std::string entry; std::getline(list, entry, ';');) {
        if (entry.find_first_not_of(" ") == entry.npos) continue;
        auto device = described(SoapySDR::KwargsFromString(entry));
        bool fits = true;
        for (const char *key : {"serial", "profile"}) fits &= text_of(wanted, key, device[key]) == device[key];
        if (!fits) continue;
        if (!driver.empty())
            for (const auto &[key, value] : wanted) device[key] = value;
        found.push_back(device);
    }
    if (found.empty() && driver == DRIVER) found.push_back(described(wanted));
    return found;
}

SoapySDR::Device *make(const SoapySDR::Kwargs &args) { return new nrflow::Device(args); }

const SoapySDR::Registry registry(DRIVER, &find, &make, SOAPY_SDR_ABI_VERSION);

} // namespace
