//! `--sib1` and `--dedicated`: messages that a recording does not hold, from files.

use anyhow::{Context, bail};
use nrflow::rrc::{CellGroupConfig, DlCcchMessage, Sib1};
use std::path::Path;

/// The bytes of a file: as they are, or of hexadecimal digits (with any white space).
fn bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    let digits: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return Ok(bytes);
    }
    let value = |digit: u8| (digit as char).to_digit(16);
    // At most 255.
    let of_hex: Option<Vec<u8>> =
        digits.chunks_exact(2).map(|pair| Some((value(pair[0])? << 4 | value(pair[1])?) as u8)).collect();
    Ok(of_hex.unwrap_or(bytes))
}

/// SIB1: a BCCH-DL-SCH-Message.
///
/// # Errors
/// If the file cannot be read, or holds none.
pub fn sib1(path: &Path) -> anyhow::Result<Sib1> {
    let decoded = Sib1::decode(&bytes(path)?);
    Ok(decoded.with_context(|| format!("{} is no SIB1", path.display()))?.0)
}

/// The configuration of a device in an RRCSetup: a DL-CCCH-Message.
///
/// # Errors
/// If the file cannot be read, or holds none.
pub fn cell_group(path: &Path) -> anyhow::Result<CellGroupConfig> {
    let decoded = DlCcchMessage::decode(&bytes(path)?);
    match decoded.with_context(|| format!("{} is no RRCSetup", path.display()))?.0 {
        DlCcchMessage::Setup(setup) => Ok(setup.cell_group().clone()),
        DlCcchMessage::Reject(_) => bail!("{} is an RRCReject, which configures nothing", path.display()),
    }
}
