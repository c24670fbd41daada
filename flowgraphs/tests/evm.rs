//! `nrflow test-model` and `nrflow evm`: transmitters with known faults, and input that is none.

mod scratch;

use scratch::Folder;
use serde_json::Value;
use std::process::{Command, Output};

fn nrflow(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nrflow")).args(args).output().unwrap()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Generates a model; the recording's metadata file.
fn generate(folder: &Folder, name: &str, model: &[&str], more: &[&str]) -> String {
    let out = folder.path(name);
    let output = nrflow(&[&["test-model", "--out", &out], model, more].concat());
    assert!(output.status.success(), "{}", text(&output));
    out + ".sigmf-meta"
}

fn measure(recording: &str, model: &[&str], more: &[&str]) -> Value {
    let output = nrflow(&[&["evm", recording, "--json"], model, more].concat());
    assert!(output.status.success(), "{}", text(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn refused(args: &[&str], words: &[&str]) {
    let output = nrflow(args);
    let text = text(&output);
    assert!(!output.status.success() && !text.contains("panicked"), "{args:?}: {text}");
    for word in words {
        assert!(text.contains(word), "{args:?}: '{word}' is not in: {text}");
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

const TM3_1: [&str; 6] = ["--test-model", "TM3.1", "--bandwidth", "20M", "--scs", "30k"];
const TM3_1A: [&str; 6] = ["--test-model", "NR-FR1-TM3.1a", "--bandwidth", "10M", "--scs", "15k"];
const TM3_2: [&str; 7] = ["--test-model", "tm3.2", "--bandwidth", "20", "--scs", "30", "--tdd"];

#[test]
fn noise_gives_its_own_evm_and_the_powers_are_nominal() {
    let folder = Folder::new("evm-noise");
    for (model, modulation, snr_db, own_db, limit) in [
        (&TM3_1[..], "64QAM", "28", 28.0, 8.0),
        (&TM3_1A[..], "256QAM", "35", 35.0, 3.5),
        // 3 dB weaker than the mean.
        (&TM3_2[..], "16QAM", "24", 21.0, 12.5),
    ] {
        let more = ["--snr", snr_db, "--frequency", "3500.01e6", "--level", "-20"];
        let recording = generate(&folder, modulation, model, &more);
        let line = measure(&recording, model, &[]);
        let result = &line["results"][0];
        assert_eq!((line["kind"].as_str(), result["modulation"].as_str()), (Some("evm"), Some(modulation)));
        assert_eq!((line["passed"].as_bool(), number(&result["limit_percent"])), (Some(true), limit));
        let expected = 100.0 * 10f64.powf(-own_db / 20.0);
        assert!((number(&result["evm_percent"]) / expected - 1.0).abs() < 0.02, "{line:#}");
        assert!((number(&line["frequency_error_hz"])).abs() < 1.0, "{line:#}");
        assert_eq!(number(&line["phase_compensation_hz"]), 3.50001e9);
        assert_eq!(line["frames"], if model.len() == 7 { 2 } else { 1 });
        for channel in line["channels"].as_array().unwrap() {
            let off = number(&channel["power_db"]) - number(&channel["nominal_db"]);
            assert!(off.abs() < 0.15, "{channel:#}");
        }
        let blind = measure(&recording, model, &["--reference", "nearest"]);
        let blind = number(&blind["results"][0]["evm_percent"]);
        assert!((blind / number(&result["evm_percent"]) - 1.0).abs() < 0.02, "{blind}");
    }
}

#[test]
fn frequency_time_rate_and_format_are_taken_as_they_come() {
    let folder = Folder::new("evm-offsets");
    let more = ["--frames", "3", "--cfo", "-21000.5", "--delay", "41234.5", "--rate", "46080000", "--format", "cs16"];
    let recording = generate(&folder, "late", &TM3_1, &[&more[..], &["--frequency", "2.6e9"]].concat());
    let line = measure(&recording, &TM3_1, &["--frames", "2"]);
    assert!(number(&line["results"][0]["evm_percent"]) < 0.5, "{line:#}");
    assert!((number(&line["frequency_error_hz"]) + 21_000.5).abs() < 1.0, "{line:#}");
    assert!((number(&line["frame_start_sample"]) - 41_234.5).abs() < 0.5, "{line:#}");
    // From the middle of a frame on, as a raw file whose middle is beside the carrier; no phase compensation.
    let recording = generate(&folder, "raw", &TM3_1, &["--frames", "3", "--cfo", "2e6", "--rate", "61440000"]);
    let raw = recording.replace("sigmf-meta", "sigmf-data");
    let flags =
        ["--format", "cf32", "--rate", "61.44e6", "--frequency", "3.5e9", "--carrier", "3.502e9", "--skip", "3.3"];
    let line = measure(&raw, &TM3_1, &flags);
    assert!(number(&line["results"][0]["evm_percent"]) < 0.5, "{line:#}");
    assert!(number(&line["frequency_error_hz"]).abs() < 1.0 && line["phase_compensation_hz"].is_null(), "{line:#}");
    assert!((number(&line["frame_start_sample"]) - 614_400.0).abs() < 0.5, "{line:#}");
}

#[test]
fn an_image_counts_and_what_is_beyond_the_limit_fails() {
    let folder = Folder::new("evm-image");
    // (1 dB, 3 degrees): the image lies at 10 log10(((g - 1)^2 + g (phi)^2) / ((g + 1)^2)) = -24.0 dB.
    let recording = generate(&folder, "image", &TM3_1, &["--iq-gain", "1", "--iq-phase", "3"]);
    let line = measure(&recording, &TM3_1, &[]);
    let g = 10f64.powf(1.0 / 20.0);
    let phi = 3f64.to_radians();
    let image = ((g * g + 1.0 - 2.0 * g * phi.cos()) / (g * g + 1.0 + 2.0 * g * phi.cos())).sqrt();
    assert!((number(&line["results"][0]["evm_percent"]) / (100.0 * image) - 1.0).abs() < 0.05, "{image} {line:#}");
    let bad = generate(&folder, "bad", &TM3_1, &["--snr", "19.5"]);
    let output = nrflow(&[&["evm", &bad][..], &TM3_1].concat());
    let text = text(&output);
    assert!(!output.status.success() && text.contains("FAILED") && text.contains("EVM of 64QAM: 10."), "{text}");
    // A model that is for emissions has no limit to keep.
    let model = ["--test-model", "TM1.2", "--bandwidth", "15M", "--scs", "30k"];
    let line = measure(&generate(&folder, "boosted", &model, &[]), &model, &[]);
    assert_eq!((line["passed"].is_null(), line["results"].as_array().unwrap().len()), (true, 0));
    let channel = line["channels"].as_array().unwrap().iter().find(|c| c["name"] == "PDSCH n_RNTI 0").unwrap();
    assert!((number(&channel["power_db"]) - 3.0).abs() < 0.02, "{channel:#}");
}

#[test]
fn what_is_not_the_model_is_said() {
    let folder = Folder::new("evm-wrong");
    let recording = generate(&folder, "tm31", &TM3_1, &["--frames", "2"]);
    let other = |model: &'static str| ["--test-model", model, "--bandwidth", "20M", "--scs", "30k"];
    refused(&[&["evm", &recording][..], &other("TM1.1")].concat(), &["this is NR-FR1-TM3.1", "not NR-FR1-TM1.1"]);
    refused(&[&["evm", &recording][..], &TM3_1, &["--tdd"]].concat(), &["30 kHz, FDD"]);
    refused(
        &[&["evm", &recording][..], &TM3_1, &["--cell-id", "2"]].concat(),
        &["no NR-FR1-TM3.1", "cell 2", "--cell-id"],
    );
    refused(&[&["evm", &recording][..], &TM3_1[..4], &["--scs", "15k"]].concat(), &["at 15 kHz", "found"]);
    refused(&["evm", &recording, "--test-model", "TM9", "--bandwidth", "20M", "--scs", "30k"], &["TM9", "TM3.1a"]);
    refused(&["evm", &recording, "--test-model", "TM2", "--bandwidth", "21M", "--scs", "30k"], &["21", "20, 25"]);
    refused(&["evm", &recording, "--test-model", "TM2", "--bandwidth", "100M", "--scs", "15k"], &["100 MHz at 15 kHz"]);
    refused(
        &["evm", &recording, "--test-model", "TM2", "--bandwidth", "100M", "--scs", "30k"],
        &["98.280 MHz", "30.720"],
    );
    refused(&["evm", &recording, "--test-model", "TM2", "--bandwidth", "wide", "--scs", "30k"], &["wide", "20M"]);
    refused(&[&["evm", &recording][..], &TM3_1, &["--skip", "1000"]].concat(), &["1000", "20.0 ms"]);
    refused(&[&["evm", &recording][..], &TM3_1, &["--carrier", "3.5e9"]].concat(), &["--frequency"]);
    refused(&[&["evm", "/nonexistent/x.sigmf-meta"][..], &TM3_1].concat(), &["/nonexistent/x"]);
    refused(
        &[&["test-model", "--out", "/tmp/x", "--rate", "20000000"][..], &TM3_1].concat(),
        &["20000000", "the next is"],
    );
    let short = folder.file("short.cf32", &[0; 80_000]);
    let raw = ["--format", "cf32", "--rate", "30.72e6"];
    refused(&[&["evm", &short][..], &TM3_1, &raw].concat(), &["no NR-FR1-TM3.1", "0.3 ms"]);
    let not_numbers: Vec<u8> = (0..400_000).flat_map(|_| f32::NAN.to_le_bytes()).collect();
    let silly = folder.file("silly.cf32", &[not_numbers.as_slice(); 3].concat());
    refused(&[&["evm", &silly][..], &TM3_1, &raw].concat(), &["no NR-FR1-TM3.1"]);
}
