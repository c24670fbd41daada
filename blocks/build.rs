//! Finds libSoapySDR, or says in one sentence what to install.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "soapy")]
    find_soapysdr();
}

/// Links libSoapySDR. `.cargo/config.toml` keeps the build script of `soapysdr-sys` from doing so: what that says where
/// the library is missing helps nobody.
#[cfg(feature = "soapy")]
fn find_soapysdr() {
    for root in ["SOAPY_SDR_ROOT", "SoapySDR_DIR"] {
        println!("cargo::rerun-if-env-changed={root}");
        let library = std::env::var_os(root).map(|root| std::path::Path::new(&root).join("lib"));
        if let Some(library) = library.filter(|folder| folder.join("libSoapySDR.so").exists()) {
            println!("cargo::rustc-link-search={}", library.display());
            println!("cargo::rustc-link-lib=SoapySDR");
            return;
        }
    }
    if pkg_config::Config::new().atleast_version("0.8.0").probe("SoapySDR").is_err() {
        println!(
            "cargo::error=libSoapySDR 0.8 was not found: install it with pkg-config (Debian: apt install \
             libsoapysdr-dev pkg-config), or build without radios: --no-default-features"
        );
    }
}
