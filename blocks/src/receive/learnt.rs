use super::{ControlPlace, FollowedDevice, SsbElements};
use nrflow::frame::Rnti;
use nrflow::pdcch::RntiKind;
use std::sync::Arc;

/// What the PDSCHs of one slot told the PDCCH receiver. One goes back for each slot, mostly empty, so that it takes
/// effect at a fixed later slot and not whenever a thread comes round to it.
#[derive(Clone, Debug, Default)]
pub struct Learnt {
    /// Index of the cell.
    pub cell: usize,
    /// Identifiers to look for from now on.
    pub rntis: Vec<(Rnti, RntiKind)>,
    /// Places to look at besides those known.
    pub places: Vec<ControlPlace>,
    /// Where SS/PBCH blocks lie in the grid of the control channel, if it was learnt here.
    pub ssbs: Option<SsbElements>,
    /// Devices to follow from now on; a device that is followed already has this configuration instead.
    pub devices: Vec<Arc<FollowedDevice>>,
}
