//! The lines of `nrflow decode --json` against docs/json.schema.json.

mod virtual_radio;

use regex_lite::Regex;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use virtual_radio::Air;

/// What of `value` breaks `schema`, with its path. Keywords that are not known here are a mistake in the schema: none is
/// passed over.
fn problems(root: &Value, schema: &Value, value: &Value, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (keyword, rule) in schema.as_object().expect("a schema is an object") {
        let mut check = |ok: bool| {
            if !ok {
                found.push(format!("{path}: {value} breaks {keyword} {rule}"));
            }
        };
        let one_of = |rules: &Value| {
            rules.as_array().unwrap().iter().filter(|rule| problems(root, rule, value, path).is_empty()).count()
        };
        match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" => {}
            "$ref" => {
                let pointer = rule.as_str().and_then(|r| r.strip_prefix('#')).expect("a reference into the schema");
                found.extend(problems(root, root.pointer(pointer).expect(pointer), value, path));
            }
            "oneOf" => check(one_of(rule) == 1),
            "const" => check(rule == value),
            "enum" => check(rule.as_array().unwrap().contains(value)),
            "minimum" => check(value.as_f64().is_none_or(|v| v >= rule.as_f64().unwrap())),
            "maximum" => check(value.as_f64().is_none_or(|v| v <= rule.as_f64().unwrap())),
            "pattern" => {
                let pattern = Regex::new(rule.as_str().unwrap()).unwrap();
                check(value.as_str().is_none_or(|text| pattern.is_match(text)));
            }
            "type" => {
                let is = |name: &Value| match name.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "null" => value.is_null(),
                    "number" => value.is_number(),
                    "integer" => value.is_i64() || value.is_u64(),
                    other => panic!("type {other}"),
                };
                check(rule.as_array().map_or_else(|| is(rule), |names| names.iter().any(is)));
            }
            "required" => {
                let has = |name: &Value| value.get(name.as_str().unwrap()).is_some();
                check(rule.as_array().unwrap().iter().all(has));
            }
            "properties" => {
                for (name, rule) in rule.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        found.extend(problems(root, rule, value, &format!("{path}.{name}")));
                    }
                }
            }
            "items" => {
                for (i, value) in value.as_array().into_iter().flatten().enumerate() {
                    found.extend(problems(root, rule, value, &format!("{path}[{i}]")));
                }
            }
            other => panic!("{path}: the test does not know the keyword {other}"),
        }
    }
    found
}

/// What is wrong with a line; its own kind's schema says more than "none of all".
fn problems_of_line(schema: &Value, line: &Value) -> Vec<String> {
    let all = problems(schema, schema, line, "line");
    match line["kind"].as_str().and_then(|kind| schema["$defs"].get(kind)) {
        Some(own) if !all.is_empty() => problems(schema, own, line, "line"),
        _ => all,
    }
}

fn schema() -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/json.schema.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn nrflow(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_nrflow")).args(args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Checks each line; how many there are of each kind.
fn check(text: &str) -> BTreeMap<String, usize> {
    let schema = schema();
    let mut kinds = BTreeMap::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let problems = problems_of_line(&schema, &line);
        assert!(problems.is_empty(), "{problems:#?}\nin {line:#}");
        *kinds.entry(line["kind"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    kinds
}

#[test]
fn a_cell_of_our_own() {
    let folder = std::env::temp_dir().join(format!("nrflow-schema-{}", std::process::id()));
    let path = folder.to_str().unwrap();
    nrflow(&["transmit", "--out", path, "--duration", "45"]);
    let kinds = check(&nrflow(&["decode", path, "--json", "--rnti", "0x4601"]));
    for kind in ["cell", "mib", "dci", "pdsch", "sib1"] {
        assert!(kinds[kind] >= 3, "{kinds:?}");
    }
    for extension in ["sigmf-meta", "sigmf-data"] {
        std::fs::remove_file(folder.with_extension(extension)).unwrap();
    }
}

#[test]
fn a_radio() {
    let air = Air::new("schema");
    let folder = std::env::temp_dir().join(format!("nrflow-schema-radio-{}", std::process::id()));
    let path = folder.to_str().unwrap();
    nrflow(&["transmit", "--out", path, "--duration", "100"]);
    let play = format!("profile=usrp,play={path}.sigmf-data,play_rate=23040000,play_freq=3489420000");
    let device = air.device(&format!("{play},faults=vanish@0.03:1"));
    let decode = ["decode", "--device", &device, "--wait", "--frequency", "3489.42e6", "--duration", "0.08", "--json"];
    let kinds = check(&virtual_radio::text(&air.run(&decode)).0);
    assert!(kinds["stream"] >= 1 && kinds["notice"] >= 2 && kinds["cell"] >= 2, "{kinds:?}");
    let device = air.device(&play);
    let transmit =
        ["transmit", "--device", &air.device("profile=usrp,serial=t"), "--wait", "--i-may-transmit", "--json"];
    let kinds = check(&virtual_radio::text(&air.run(&transmit)).0);
    assert!(kinds["sent"] == 1 && kinds["stream"] >= 1, "{kinds:?}");
    let scan = ["scan", "--device", &device, "--wait", "--range", "3485:3495", "--json"];
    assert_eq!(check(&virtual_radio::text(&air.run(&scan)).0)["scanned"], 1);
    for extension in ["sigmf-meta", "sigmf-data"] {
        std::fs::remove_file(folder.with_extension(extension)).unwrap();
    }
}

#[test]
fn a_link() {
    let base = std::env::temp_dir().join(format!("nrflow-schema-link-{}", std::process::id()));
    let [data, air, out] = ["data", "sigmf-meta", "out"].map(|ending| base.with_extension(ending));
    let [from, path, to] = [&data, &air, &out].map(|path| path.to_str().unwrap());
    std::fs::write(&data, [7; 5000]).unwrap();
    assert!(check(&nrflow(&["link", "tx", "--in", from, "--out", path, "--lead", "0.04", "--json"]))["link"] >= 1);
    assert!(check(&nrflow(&["link", "rx", path, "--out", to, "--json"]))["link"] >= 1);
    for ending in ["data", "sigmf-meta", "sigmf-data", "out"] {
        std::fs::remove_file(base.with_extension(ending)).unwrap();
    }
}

#[test]
fn a_test_model() {
    let base = std::env::temp_dir().join(format!("nrflow-schema-evm-{}", std::process::id()));
    let path = base.to_str().unwrap();
    // One with a result, one without.
    for (model, frequency) in [("TM3.2", "3.5e9"), ("TM1.2", "0")] {
        let model = ["--test-model", model, "--bandwidth", "5M", "--scs", "30k"];
        let more = if frequency == "0" { &[][..] } else { &["--frequency", frequency][..] };
        nrflow(&[&["test-model", "--out", path], &model[..], more].concat());
        assert_eq!(check(&nrflow(&[&["evm", path, "--json"], &model[..]].concat()))["evm"], 1);
    }
    for ending in ["sigmf-meta", "sigmf-data"] {
        std::fs::remove_file(base.with_extension(ending)).unwrap();
    }
}

#[test]
fn recordings() {
    let folder = std::env::var_os("NRFLOW_RECORDINGS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/recordings"), PathBuf::from);
    if !folder.is_dir() {
        eprintln!("SKIPPED: no recordings in {} (set NRFLOW_RECORDINGS)", folder.display());
        return;
    }
    let assist = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/assist/singtel-n1-20MHz-rar.toml");
    let decode = |name: &str, more: &[&str]| {
        let recording = folder.join(format!("{name}.sigmf-meta"));
        check(&nrflow(&[&["decode", recording.to_str().unwrap(), "--json"], more].concat()))
    };
    // A cell without SIB1, a random access response, a cell with everything.
    assert!(decode("ota-n78-46M", &[])["mib"] >= 1);
    assert_eq!(decode("singtel-n1-20MHz-rar", &["--assist", assist])["rar"], 1);
    assert_eq!(decode("cable-n3-sib1-15M36", &[])["sib1"], 1);
}

#[test]
fn what_breaks_the_schema_is_seen() {
    let schema = schema();
    let good = serde_json::json!({
        "kind": "dci", "pci": 1, "at": "0.1", "rnti": "0xffff", "format": "1_0", "al": 8, "cce": 0, "bits": "01",
        "dmrs_snr_db": null,
    });
    assert_eq!(problems_of_line(&schema, &good), [""; 0]);
    for (name, bad) in [
        ("kind", serde_json::json!("dcx")),
        ("pci", serde_json::json!(1008)),
        ("pci", serde_json::json!("1")),
        ("at", serde_json::json!("0,1")),
        ("rnti", serde_json::json!("0xFFFF")),
        ("al", serde_json::json!(3)),
        ("bits", serde_json::json!("")),
        ("refused", serde_json::json!(true)),
    ] {
        let mut line = good.clone();
        line[name] = bad;
        assert!(!problems_of_line(&schema, &line).is_empty(), "{line}");
    }
    for name in ["kind", "pci", "cce", "dmrs_snr_db"] {
        let mut line = good.clone();
        line.as_object_mut().unwrap().remove(name);
        assert!(!problems_of_line(&schema, &line).is_empty(), "{line}");
    }
}
