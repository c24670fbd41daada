//! Propagation channels and impairments for loopback and simulation.
