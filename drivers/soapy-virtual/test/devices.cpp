// What the devices say of themselves, what they take, what they refuse, and how they are found.
#include "harness.hpp"
#include <algorithm>
#include <cstdlib>

TEST(devices_are_found_only_where_asked_for) {
    const auto labels = [](const std::string &args) {
        std::string all;
        for (const auto &one : SoapySDR::Device::enumerate(args))
            if (one.at("driver") == "nrflow-virtual") all += one.at("label") + "; ";
        return all;
    };
    CHECK(labels("") == "", labels(""));
    CHECK(labels("driver=nrflow-virtual") == "nrflow virtual usrp usrp0; ", labels("driver=nrflow-virtual"));
    const char *list = "profile=usrp,serial=u0,gain_db=3;profile=hackrf,serial=h0,faults=gap@1:2+gap@2:3";
    ::setenv("NRFLOW_VIRTUAL_DEVICES", list, 1);
    CHECK(labels("serial=h0") == "nrflow virtual hackrf h0; ", labels("serial=h0"));
    CHECK(labels("profile=usrp") == "nrflow virtual usrp u0; ", labels("profile=usrp"));
    CHECK(labels("driver=nrflow-virtual,profile=rtlsdr") == "nrflow virtual rtlsdr rtlsdr0; ", "as the caller says");
    const auto both = "nrflow virtual usrp u0; nrflow virtual hackrf h0; ";
    CHECK(labels("driver=nrflow-virtual") == both, labels("driver=nrflow-virtual"));
    Device hackrf("serial=h0");
    CHECK(hackrf->getHardwareKey() == "hackrf" && hackrf->getDriverKey() == "nrflow-virtual", hackrf->getHardwareKey());
}

TEST(arguments_are_checked) {
    const std::pair<const char *, const char *> cases[] = {
        {"nonsense=1", "unknown argument nonsense=1; known are air"},
        {"profile=limesdr", "profile=limesdr: must be one of usrp, hackrf, rtlsdr"},
        {"channels=5", "channels=5: must be a number from 1 to 4"},
        {"channels=1.5", "channels=1.5: must be a whole number"},
        {"profile=hackrf,channels=2", "channels=2: must be"},
        {"clock=fast", "clock=fast: must be one of lockstep, realtime"},
        {"speed=2", "speed=2: must be left out"},
        {"ppm=ten", "ppm=ten: must be a number"},
        {"gain_db=nan", "gain_db=nan: must be a number"},
        {"native=CU8", "native=CU8: must be one of nothing, CS16, CS8, CF32"},
        {"play=/nowhere,play_rate=1e6,play_freq=1e9", "play=/nowhere: No such file"},
        {"play=/tmp,play_rate=1e6,play_freq=1e9", "play=/tmp: is no file"},
        {"play=/dev/null,play_freq=1e9", "play_rate is missing"},
        {"play2=/dev/null,play2_rate=1e6", "play2_freq is missing"},
        {"profile=hackrf,master_clock_rate=10e6", "master_clock_rate=10e6: must be left out"},
        {"busy=1", "device busy: usrp0"},
        {"denied=1", "permission denied: usrp0"},
    };
    for (const auto &[given, wanted] : cases) {
        const std::string message = message_of([&, g = given] { Device device(g); });
        CHECK(message.find(wanted) != message.npos, given << ": " << message);
    }
    for (const char *name : {"../x", ".x", "a/b", ""}) {
        const std::string message = message_of([&] {
            SoapySDR::Device::unmake(SoapySDR::Device::make(std::string("driver=nrflow-virtual,air=") + name));
        });
        CHECK(message.find("air=" + std::string(name) + ": must be") != message.npos, message);
    }
}

TEST(faults_also_come_from_the_environment) {
    ::setenv("NRFLOW_VIRTUAL_FAULTS", "timeout@0:2", 1);
    Device device("serial=a"), calm("serial=b,faults=");
    for (const bool with : {true, false}) {
        Receiver receiver(with ? device : calm);
        CHECK(receiver.activate() == 0, "");
        for (int i = 0; i < 4; i++) CHECK((receiver.read(10) == SOAPY_SDR_TIMEOUT) == (with && i < 2), with << i);
    }
}

TEST(usrp) {
    Device d("channels=2");
    CHECK(d->getNumChannels(SOAPY_SDR_RX) == 2 && d->getNumChannels(SOAPY_SDR_TX) == 2 && d->getFullDuplex(1, 0), "");
    d->setSampleRate(SOAPY_SDR_RX, 0, 11.52e6 + 0.25);
    CHECK(d->getSampleRate(SOAPY_SDR_RX, 1) == 11.52e6 + 0.25, "every rate, one for all channels");
    d->setSampleRate(SOAPY_SDR_RX, 0, 1e9);
    CHECK(d->getSampleRate(SOAPY_SDR_RX, 0) == 61.44e6, "");
    d->setMasterClockRate(30.72e6);
    d->setSampleRate(SOAPY_SDR_RX, 0, 7e6);
    CHECK(d->getSampleRate(SOAPY_SDR_RX, 0) == 30.72e6 / 4, d->getSampleRate(SOAPY_SDR_RX, 0));
    d->setFrequency(SOAPY_SDR_RX, 1, 3.5e9, {{"OFFSET", "5e6"}});
    CHECK(d->getFrequency(SOAPY_SDR_RX, 1) == 3.5e9 && d->getFrequency(SOAPY_SDR_RX, 1, "RF") == 3.505e9, "");
    d->setFrequency(SOAPY_SDR_RX, 1, "BB", 1e6);
    CHECK(d->getFrequency(SOAPY_SDR_RX, 1) == 3.506e9 && d->getFrequency(SOAPY_SDR_RX, 0) == 100e6, "");
    d->setFrequency(SOAPY_SDR_RX, 0, 10e9);
    CHECK(d->getFrequency(SOAPY_SDR_RX, 0) == 6e9, "");
    d->setGain(SOAPY_SDR_RX, 0, 33.4);
    d->setGain(SOAPY_SDR_TX, 0, 100);
    CHECK(d->getGain(SOAPY_SDR_RX, 0) == 33 && d->getGain(SOAPY_SDR_TX, 0) == 89.8, d->getGain(SOAPY_SDR_TX, 0));
    d->setAntenna(SOAPY_SDR_RX, 0, "TX/RX");
    CHECK(d->getAntenna(SOAPY_SDR_RX, 0) == "TX/RX" && d->getAntenna(SOAPY_SDR_RX, 1) == "RX2", "");
    d->setClockSource("gpsdo");
    d->setTimeSource("external");
    CHECK(d->getClockSource() == "gpsdo" && d->getTimeSource() == "external", "");
    d->setDCOffsetMode(SOAPY_SDR_RX, 0, true);
    d->setDCOffset(SOAPY_SDR_RX, 0, {0.1, 0.2});
    d->setIQBalance(SOAPY_SDR_RX, 0, {0.3, 0.4});
    CHECK(d->getDCOffsetMode(SOAPY_SDR_RX, 0) && d->getDCOffset(SOAPY_SDR_RX, 0) == std::complex<double>(0.1, 0.2), "");
    CHECK(d->getIQBalance(SOAPY_SDR_RX, 0) == std::complex<double>(0.3, 0.4), "");
    CHECK(message_of([&] { d->setAntenna(SOAPY_SDR_RX, 0, "RX9"); }) == "usrp has no antenna RX9", "");
    CHECK(message_of([&] { d->setClockSource("moon"); }) == "usrp has no clock source moon", "");
    CHECK(message_of([&] { d->setFrequencyCorrection(SOAPY_SDR_RX, 0, 1); }) == "usrp has no frequency correction", "");
    CHECK(message_of([&] { d->setGain(SOAPY_SDR_RX, 0, "LNA", 1); }) == "usrp has no gain stage LNA", "");
    CHECK(message_of([&] { d->setGain(SOAPY_SDR_RX, 2, 1); }) == "usrp has no receive channel 2; it has 2", "");
    Receiver first(d, {1});
    const auto second = message_of([&] { Receiver(d, {0, 1}); });
    CHECK(second == "nrflow-virtual: channel 1 is in use by another stream", second);
    const auto format = message_of([&] { d->setupStream(SOAPY_SDR_RX, "CU8"); });
    CHECK(format == "nrflow-virtual: stream format CU8: must be one of CS16, CF32, CS8", format);
}

TEST(hackrf_is_half_duplex_and_has_no_time) {
    Device d("profile=hackrf");
    CHECK(!d->getFullDuplex(SOAPY_SDR_RX, 0) && !d->hasHardwareTime(), "");
    CHECK(message_of([&] { d->getHardwareTime(); }) == "hackrf has no hardware time", "");
    CHECK(d->listSampleRates(SOAPY_SDR_RX, 0).size() == 19, "2 to 20 Msps");
    d->setSampleRate(SOAPY_SDR_RX, 0, 7.68e6);
    CHECK(d->getSampleRate(SOAPY_SDR_RX, 0) == 8e6, d->getSampleRate(SOAPY_SDR_RX, 0));
    d->setBandwidth(SOAPY_SDR_RX, 0, 11.5e6);
    CHECK(d->getBandwidth(SOAPY_SDR_RX, 0) == 12e6, d->getBandwidth(SOAPY_SDR_RX, 0));
    d->setGain(SOAPY_SDR_RX, 0, "LNA", 21);
    d->setGain(SOAPY_SDR_RX, 0, "AMP", 9);
    d->setGain(SOAPY_SDR_RX, 0, "VGA", 21.1);
    CHECK(d->getGain(SOAPY_SDR_RX, 0) == 24 + 14 + 22, d->getGain(SOAPY_SDR_RX, 0));
    d->setGain(SOAPY_SDR_RX, 0, 47);
    CHECK(d->getGain(SOAPY_SDR_RX, 0, "LNA") == 40 && d->getGain(SOAPY_SDR_RX, 0) == 48, "the stages in turn");
    CHECK(message_of([&] { d->setGainMode(SOAPY_SDR_RX, 0, true); }) == "hackrf has no automatic gain", "");
    double full_scale = 0;
    CHECK(d->getNativeStreamFormat(SOAPY_SDR_RX, 0, full_scale) == "CS8" && full_scale == 128, full_scale);
    Receiver receiver(d);
    Transmitter transmitter(d);
    CHECK(receiver.activate(SOAPY_SDR_HAS_TIME, 1000) == SOAPY_SDR_NOT_SUPPORTED, "");
    CHECK(receiver.activate() == 0, "");
    CHECK(transmitter.activate() == SOAPY_SDR_NOT_SUPPORTED, "one direction at a time");
    CHECK(receiver.read(1000) == 1000 && receiver.flags == 0, "");
    receiver.deactivate();
    CHECK(transmitter.activate() == 0, "");
    CHECK(receiver.activate() == SOAPY_SDR_NOT_SUPPORTED, "");
    const auto x = noise(1000, 1);
    CHECK(transmitter.write({x.data()}, 1000, SOAPY_SDR_HAS_TIME, 5000000) == SOAPY_SDR_NOT_SUPPORTED, "");
    CHECK(transmitter.write({x.data()}, 1000) == 1000, "");
    transmitter.deactivate();
    CHECK(receiver.activate() == 0, "");
}

TEST(half_duplex_devices_take_turns) {
    Device a("profile=hackrf,serial=a"), b("profile=hackrf,serial=b");
    for (Device *device : {&a, &b})
        for (const int direction : {SOAPY_SDR_RX, SOAPY_SDR_TX}) device->tune(direction, 4e6, 1e9);
    Receiver ra(a), rb(b);
    Transmitter ta(a), tb(b);
    const auto x = noise(20000, 1, 0.7f);
    for (int turn = 0; turn < 40; turn++) {
        Receiver &receiver = turn % 2 ? ra : rb;
        Transmitter &transmitter = turn % 2 ? ta : tb;
        Transmitter &sender = turn % 2 ? tb : ta;
        transmitter.deactivate();
        receiver.got[0].clear();
        CHECK(receiver.activate() == 0, turn);
        (turn % 2 ? rb : ra).deactivate();
        CHECK(sender.activate() == 0, turn);
        sender.write_all(x, SOAPY_SDR_END_BURST);
        receiver.read_all(25000);
        size_t start = 0;
        while (receiver.got[0][start] == Sample()) start++;
        for (size_t i = 0; i < x.size(); i++)
            CHECK(std::abs(receiver.got[0][start + i] - x[i]) < 0.01f || std::abs(x[i]) < 0.02f, turn << ": " << i);
    }
}

TEST(rtlsdr_receives_and_corrects_its_clock) {
    Device d("profile=rtlsdr,ppm=37,serial=r,bits=0,native=CF32"), a("serial=a,native=CF32");
    CHECK(d->getNumChannels(SOAPY_SDR_TX) == 0 && d->getNumChannels(SOAPY_SDR_RX) == 1, "");
    CHECK(message_of([&] { d->setupStream(SOAPY_SDR_TX, "CS8"); }) == "rtlsdr has no transmit channel", "");
    d->setSampleRate(SOAPY_SDR_RX, 0, 0.5e6);
    CHECK(d->getSampleRate(SOAPY_SDR_RX, 0) == 300e3, d->getSampleRate(SOAPY_SDR_RX, 0));
    d.tune(SOAPY_SDR_RX, 2.4e6, 1e9);
    a.tune(SOAPY_SDR_TX, 2.4e6, 1e9);
    Receiver receiver(d);
    Transmitter transmitter(a);
    carry(transmitter, receiver, {tone(100000, 2.4e6, 0)}, 50000);
    CHECK(std::abs(amplitude_at(receiver.got[0], 10000, 40000, 2.4e6, -37e3)) > 0.499, "37 kHz too high");
    receiver.deactivate();
    transmitter.deactivate();
    d->setFrequencyCorrection(SOAPY_SDR_RX, 0, 37);
    CHECK(d->getFrequencyCorrection(SOAPY_SDR_RX, 0) == 37, "");
    receiver.got[0].clear();
    carry(transmitter, receiver, {tone(100000, 2.4e6, 0)}, 50000);
    CHECK(std::abs(amplitude_at(receiver.got[0], 10000, 40000, 2.4e6, 0)) > 0.499, "corrected");
}
