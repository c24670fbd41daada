//! The library against the vectors of independent implementations: one module a group.

mod crc;
mod csi_rs;
mod dci;
mod dci_configured;
mod gold;
mod ldpc;
mod modulation;
mod ofdm_mod;
mod pdcch;
mod pdcch_candidates;
mod pdsch;
mod polar;
mod prs;
mod ptrs_pdsch;
mod ssb;
mod support;
mod tbs;
