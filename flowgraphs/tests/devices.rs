//! `nrflow devices`, and what is said of devices that cannot be used as asked: through libSoapySDR, on virtual radios.

#![cfg(feature = "soapy")]

mod virtual_radio;

use serde_json::Value;
use std::time::Duration;
use virtual_radio::{Air, finish, text};

const THREE: [&str; 3] = ["profile=usrp,serial=u0,channels=2", "profile=hackrf,serial=h0", "profile=rtlsdr,serial=r0"];

/// `nrflow devices` where SoapySDR finds these radios.
fn devices(air: &Air, radios: &[&str], more: &[&str]) -> (bool, String, String) {
    let mut command = air.nrflow(&[&["devices"], more].concat());
    command.env("NRFLOW_VIRTUAL_DEVICES", air.found(radios));
    let output = finish(command, Duration::from_secs(60));
    let (stdout, stderr) = text(&output);
    assert!(!stderr.contains("panicked"), "{stderr}");
    (output.status.success(), stdout, stderr)
}

fn lines(json: &str) -> Vec<Value> {
    json.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The section of a device in the text, from its name to the empty line.
fn section<'a>(text: &'a str, name: &str) -> &'a str {
    let from = text.find(name).unwrap_or_else(|| panic!("{name} is not in:\n{text}"));
    &text[from..][..text[from..].find("\n\n").unwrap_or(text.len() - from)]
}

fn holds(text: &str, words: &[&str]) {
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for word in words {
        assert!(joined.contains(word), "'{word}' is not in:\n{text}");
    }
}

#[test]
fn three_radios_in_words() {
    let air = Air::new("devices-text");
    let (ok, stdout, stderr) = devices(&air, &THREE, &[]);
    assert!(ok && stderr.is_empty(), "{stderr}");
    holds(
        section(&stdout, "nrflow virtual usrp u0"),
        &[
            "arguments driver=nrflow-virtual,serial=u0",
            "duplex full",
            "hardware time yes",
            "clock sources internal, external, gpsdo",
            "time sources none, external, gpsdo",
            "receive channels 0 to 1",
            "frequency 50 to 6000 MHz",
            "sample rate 0.2 to 61.44 MHz",
            "bandwidth 0.2 to 56 MHz",
            "gain 0 to 76 dB (PGA 0 to 76 in steps of 1 dB)",
            "antennas RX2, TX/RX",
            "DC offset (auto or I,Q), IQ balance (auto or I,Q), LO offset",
            "formats CS16 (native), CF32, CS8",
            "NR downlink receives and transmits n1 ",
            "n78",
            "50 MHz at 15 kHz, 60 MHz at 30 kHz",
        ],
    );
    let hackrf = section(&stdout, "nrflow virtual hackrf h0");
    holds(
        hackrf,
        &[
            "receives or transmits, one at a time",
            "lost samples are not counted exactly",
            "no timed bursts",
            "hardware time no",
            "sample rate 2 to 20 in steps of 1 MHz",
            "LNA 0 to 40 in steps of 8 dB, AMP 0 to 14 in steps of 14 dB, VGA 0 to 62 in steps of 2 dB",
            "formats CS8 (native), CS16, CF32",
        ],
    );
    assert!(!hackrf.contains("corrections") && !hackrf.contains("AGC") && !hackrf.contains("clock sources"));
    let rtlsdr = section(&stdout, "nrflow virtual rtlsdr r0");
    holds(
        rtlsdr,
        &[
            "limits receives only;",
            "too slow for a whole SS/PBCH block",
            "frequency 24 to 1766 MHz",
            "sample rate 0.225001 to 0.3, 0.900001 to 3.2 MHz",
            "gain 0 to 49.6 dB (TUNER 0 to 49.6 in steps of 0.1 dB); AGC",
            "corrections ppm",
        ],
    );
    assert!(!rtlsdr.contains("transmit") && !rtlsdr.contains("n78"));
}

#[test]
fn three_radios_for_programs() {
    let air = Air::new("devices-json");
    let (ok, stdout, stderr) = devices(&air, &THREE, &["--json"]);
    assert!(ok && stderr.is_empty(), "{stderr}");
    let found = lines(&stdout);
    assert_eq!(found.len(), 3);
    for device in &found {
        assert_eq!((&device["kind"], &device["available"]), (&"device".into(), &true.into()));
        assert_eq!(device["driver"], "nrflow-virtual");
    }
    let (usrp, hackrf, rtlsdr) = (&found[0], &found[1], &found[2]);
    assert_eq!((usrp["serial"].as_str(), usrp["full_duplex"].as_bool()), (Some("u0"), Some(true)));
    assert_eq!((usrp["rx"].as_array().unwrap().len(), usrp["tx"].as_array().unwrap().len()), (2, 2));
    assert_eq!(usrp["rx"][1]["frequency_hz"][0]["high"], 6e9);
    assert_eq!(usrp["tx"][0]["gain_stages"][0]["gain_db"]["high"], 89.8);
    assert_eq!((&usrp["hardware_time"], &usrp["cannot"]), (&true.into(), &Value::Null));
    let band = |device: &Value, name: &str| {
        device["carriers"]["bands"].as_array().unwrap().iter().find(|band| band["band"] == name).cloned()
    };
    let n78 = band(usrp, "n78").unwrap();
    assert_eq!((&n78["receives_downlink"], &n78["transmits_uplink"]), (&true.into(), &true.into()));
    // 162 resource blocks of 30 kHz are 58.32 MHz, 189 are 68.04 MHz (TS 38.104 Table 5.3.2-1).
    assert_eq!(n78["widest_mhz"]["30"], 60);
    assert!(band(usrp, "n257").is_none());
    // 51 resource blocks of 30 kHz are 18.36 MHz.
    assert_eq!(band(hackrf, "n78").unwrap()["widest_mhz"]["30"], 20);
    assert_eq!((&hackrf["full_duplex"], &hackrf["hardware_time"]), (&false.into(), &false.into()));
    assert_eq!(hackrf["rx"][0]["native_format"], "CS8");
    assert_eq!((&rtlsdr["carriers"]["ssb"], rtlsdr["tx"].as_array().unwrap().len()), (&false.into(), 0));
    assert!(band(rtlsdr, "n78").is_none());
    // Channels of 3 MHz have 15 resource blocks of 15 kHz, 2.7 MHz; the next wider, of 5 MHz, have 25.
    assert_eq!(band(rtlsdr, "n100").unwrap()["widest_mhz"], serde_json::json!({ "15": 3 }));
}

#[test]
fn one_radio_of_several() {
    let air = Air::new("devices-one");
    let (ok, stdout, _) = devices(&air, &THREE, &["--json", "--device", "serial=h0"]);
    assert!(ok);
    let found = lines(&stdout);
    assert_eq!((found.len(), found[0]["serial"].as_str()), (1, Some("h0")));
    let (ok, stdout, _) = devices(&air, &[], &["--device", &air.device("profile=rtlsdr")]);
    assert!(ok);
    holds(&stdout, &["nrflow virtual rtlsdr rtlsdr0", "receives only"]);
}

#[test]
fn no_radio_at_all() {
    let air = Air::new("devices-none");
    let (ok, stdout, stderr) = devices(&air, &[], &[]);
    assert!(ok && stderr.is_empty(), "{stderr}");
    holds(&stdout, &["no devices found", "SOAPY_SDR_PLUGIN_PATH"]);
    let (ok, stdout, _) = devices(&air, &[], &["--json"]);
    assert!(ok && stdout.is_empty());
    // SoapySDR's null device is always there, and never found unless it is named.
    let (_, stdout, _) = devices(&air, &[], &["--device", "type=null"]);
    holds(&stdout, &["null"]);
    refused(&air, &[], &["decode", "--device", "any", "--frequency", "3.5e9"], &["no radio found", "nrflow devices"]);
}

#[test]
fn radios_that_do_not_open_are_listed_with_the_reason() {
    let air = Air::new("devices-closed");
    let radios = ["profile=usrp,serial=u0,busy=1", "profile=hackrf,serial=h0,denied=1", "profile=rtlsdr,serial=r0"];
    let (ok, stdout, _) = devices(&air, &radios, &[]);
    assert!(ok);
    holds(section(&stdout, "nrflow virtual usrp u0"), &["not opened", "busy", "another program uses it"]);
    holds(section(&stdout, "nrflow virtual hackrf h0"), &["not opened", "permission denied", "udev"]);
    holds(section(&stdout, "nrflow virtual rtlsdr r0"), &["sample rate"]);
    let (ok, stdout, _) = devices(&air, &radios, &["--json"]);
    let found = lines(&stdout);
    assert!(ok && found.len() == 3);
    assert_eq!((&found[0]["available"], &found[0]["radio"]), (&false.into(), &true.into()));
    assert!(found[0]["reason"].as_str().unwrap().contains("busy"));
    let (ok, _, stderr) = devices(&air, &radios, &["--device", "serial=u0"]);
    assert!(!ok);
    holds(&stderr, &["cannot open the device 'driver=nrflow-virtual,serial=u0'", "busy"]);
}

/// `nrflow` with these arguments ends with an error in one line that holds all the words.
fn refused(air: &Air, radios: &[&str], args: &[&str], words: &[&str]) {
    let mut command = air.nrflow(args);
    command.env("NRFLOW_VIRTUAL_DEVICES", air.found(radios));
    let output = finish(command, Duration::from_secs(60));
    let (_, stderr) = text(&output);
    assert_eq!(output.status.code(), Some(1), "{args:?}: {stderr}");
    assert!(!stderr.contains("panicked"), "{args:?}: {stderr}");
    let last = stderr.lines().last().unwrap_or_default();
    assert!(last.starts_with("nrflow: "), "{args:?}: {stderr}");
    for word in words {
        assert!(last.contains(word), "{args:?}: '{word}' is not in: {stderr}");
    }
}

#[test]
fn devices_that_cannot_be_opened_say_why() {
    let air = Air::new("refused-open");
    let decode = |device: &str, words: &[&str]| {
        refused(&air, &THREE, &["decode", "--device", device, "--frequency", "3.5e9"], words);
    };
    decode("driver=nosuch", &["cannot open the device 'driver=nosuch'", "no SoapySDR module here knows it"]);
    decode("nosuch", &["'nosuch' is not name=value"]);
    decode(&air.device("profile=nosuch"), &["profile=nosuch", "usrp, hackrf, rtlsdr", "correct the"]);
    decode(&air.device("profile=hackrf,colour=red"), &["colour", "correct the device arguments"]);
    decode(&air.device("profile=hackrf,busy=1"), &["busy", "end that one first"]);
    decode(&air.device("profile=hackrf,denied=1"), &["permission denied", "udev rules"]);
    decode("any", &["several radios found", "serial=u0", "serial=h0", "serial=r0"]);
}

#[test]
fn settings_that_a_device_does_not_have_are_named_with_those_it_has() {
    let air = Air::new("refused-settings");
    let usrp = air.device("profile=usrp");
    let hackrf = air.device("profile=hackrf");
    let rtlsdr = air.device("profile=rtlsdr");
    let decode = |device: &str, flags: &[&str], words: &[&str]| {
        let frequency: &[&str] = if flags.contains(&"--frequency") { &[] } else { &["--frequency", "1.5e9"] };
        let args = [&["decode", "--device", device], frequency, flags].concat();
        refused(&air, &[], &args, words);
    };
    decode(&usrp, &["--clock-source", "sundial"], &["clock source 'sundial'", "internal, external, gpsdo"]);
    decode(&usrp, &["--time-source", "sundial"], &["time source 'sundial'", "none, external, gpsdo"]);
    decode(&hackrf, &["--clock-source", "external"], &["clock source 'external'", "none to choose"]);
    decode(&usrp, &["--antenna", "RX9"], &["antenna 'RX9'", "RX2, TX/RX"]);
    decode(&usrp, &["--channels", "1"], &["channel 1", "the receive channel 0 alone"]);
    decode(&hackrf, &["--stage-gain", "XYZ=3"], &["gain stage 'XYZ'", "LNA (0 to 40", "AMP (0 to 14", "VGA (0 to 62"]);
    decode(&hackrf, &["--agc"], &["AGC: this device has none", "dB"]);
    decode(&hackrf, &["--dc-offset", "auto"], &["DC offset auto: this device corrects none"]);
    decode(&hackrf, &["--iq-balance", "0,0"], &["IQ balance 0,0: this device corrects none"]);
    decode(&hackrf, &["--lo-offset", "1e6"], &["LO offset 1000000 Hz", "no second mixer"]);
    decode(&usrp, &["--frequency", "7e9"], &["frequency 7000 MHz", "50 to 6000 MHz"]);
    decode(&usrp, &["--rate", "100e6"], &["100 MHz", "0.2 to 61.44 MHz"]);
    decode(&hackrf, &["--rate", "25e6"], &["25 MHz", "2 to 20 in steps of 1 MHz"]);
    decode(&rtlsdr, &["--rate", "30e6"], &["30 MHz", "0.900001 to 3.2 MHz"]);
}
