use super::{ControlDci, ControlGrid, DeviceDci, RxSlot};
use nrflow::device::DeviceConfig;
use nrflow::frame::{Carrier, ResourceGrid};
use nrflow::pdcch::{DecodedDci, PdcchCandidate, PdcchReceiver, PdcchSearch, RntiKind, RntiSet};
use std::ops::Range;
use std::sync::Arc;

/// A connected device whose DCIs and PDSCHs are received.
#[derive(Clone, Debug)]
pub struct FollowedDevice {
    /// Its configuration.
    pub config: DeviceConfig,
    /// The part of the received grid that its carrier has.
    pub window: GridWindow,
}

/// The blocks of a carrier in the received grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GridWindow {
    /// In the widest grid of a slot, [`RxSlot::widest`].
    first_block: u16,
    carrier: Carrier,
}

impl GridWindow {
    /// The common resource blocks `crbs` as far as they are received; `None` if none is.
    pub fn new(grid: &ControlGrid, crbs: Range<u16>) -> Option<Self> {
        let start = i32::from(grid.carrier.start_crb()) - i32::from(grid.blocks_below);
        let lowest = i32::from(crbs.start).max(start);
        let end = i32::from(crbs.end).min(start + i32::from(grid.n_blocks));
        let (lowest, first_block) = (u16::try_from(lowest).ok()?, u16::try_from(lowest - start).ok()?);
        let n_prb = u16::try_from(end - i32::from(lowest)).ok()?;
        let (numerology, prefix) = (grid.carrier.numerology(), grid.carrier.cyclic_prefix());
        let carrier = Carrier::new(numerology, prefix, lowest, n_prb).ok()?;
        Some(Self { first_block, carrier })
    }

    /// The blocks, counted from Point A.
    pub const fn carrier(&self) -> &Carrier {
        &self.carrier
    }

    /// Copies the blocks of a slot into `out`; false if the slot does not have them.
    pub fn cut(&self, slot: &RxSlot, out: &mut ResourceGrid) -> bool {
        let from = slot.widest();
        let n = self.carrier.n_subcarriers();
        let end = 12 * usize::from(self.first_block) + n;
        if end > from.n_subcarriers() || from.n_symbols() != self.carrier.symbols_per_slot() {
            return false;
        }
        if (out.n_ports(), out.n_symbols(), out.n_subcarriers()) != (from.n_ports(), from.n_symbols(), n) {
            *out = ResourceGrid::for_carrier(&self.carrier, from.n_ports());
        }
        out.copy_blocks(from, self.first_block);
        true
    }
}

/// Looks for the DCIs of one device.
pub(super) struct DeviceWatch {
    device: Arc<FollowedDevice>,
    rntis: RntiSet,
    grid: ResourceGrid,
    /// By search space and first symbol, in the order of the spaces.
    receivers: Vec<(usize, usize, PdcchReceiver)>,
    candidates: Vec<PdcchCandidate>,
    decoded: Vec<DecodedDci>,
}

impl DeviceWatch {
    pub fn new(device: Arc<FollowedDevice>) -> Self {
        let rntis = [(device.config.c_rnti(), RntiKind::C)].into_iter().collect();
        let (grid, receivers) = (ResourceGrid::new(0, 0, 0), Vec::new());
        Self { device, rntis, grid, receivers, candidates: Vec::new(), decoded: Vec::new() }
    }

    /// Whether this is the same device, whatever its configuration.
    pub fn is_of(&self, device: &FollowedDevice) -> bool {
        self.device.config.c_rnti() == device.config.c_rnti()
    }

    /// Adds the DCIs of a slot to those `found`.
    pub fn search(&mut self, slot: &RxSlot, found: &mut Vec<ControlDci>) {
        let device = Arc::clone(&self.device);
        let mut is_cut = false;
        for (index, space) in device.config.search_spaces().iter().enumerate() {
            for place in space.places(device.window.carrier(), slot.at) {
                if !is_cut && !device.window.cut(slot, &mut self.grid) {
                    return;
                }
                is_cut = true;
                let first_symbol = place.first_symbol();
                let known = self.receivers.iter().position(|r| (r.0, r.1) == (index, first_symbol));
                let at = known.unwrap_or(self.receivers.len());
                if known.is_none() {
                    let Ok(receiver) = PdcchReceiver::new(&place, slot.cell.n_antennas) else { continue };
                    self.receivers.push((index, first_symbol, receiver));
                }
                space.candidates.candidates_into(space.coreset.n_cce(), slot.at.slot(), &mut self.candidates);
                let search = PdcchSearch {
                    slot_in_frame: slot.at.slot(),
                    candidates: &self.candidates,
                    dci_sizes: &device.config.sizes(space),
                    rntis: &self.rntis,
                    unknown_rntis: false,
                };
                self.receivers[at].2.search_into(&self.grid, &search, &mut self.decoded);
                for &dci in &self.decoded {
                    if found.iter().any(|known| (known.dci.bits, known.dci.rnti) == (dci.bits, dci.rnti)) {
                        continue;
                    }
                    let of_device = DeviceDci { device: Arc::clone(&device), space: index, first_symbol };
                    let common = !space.candidates.is_ue_specific();
                    found.push(ControlDci { dci, common, device: Some(of_device) });
                }
            }
        }
    }
}
