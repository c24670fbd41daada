//! nrflow's flowgraphs.
