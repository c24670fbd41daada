//! nrflow as FutureSDR blocks.
