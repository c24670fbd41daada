//! From the first slot on, sending CSI-RS and estimating from it allocates nothing.

use crate::allocator::allocations;
use nrflow::csi_rs::{
    CdmType, CsiFrequencyOccupation, CsiRsConfig, CsiRsDensity, CsiRsMapping, CsiRsParameters, CsiRsReceiver,
    CsiRsTransmitter, FrequencyAllocation,
};
use nrflow::frame::{Carrier, CyclicPrefix, Numerology, ResourceGrid, SlotPoint};

#[test]
fn a_slot_allocates_nothing() {
    let carrier = Carrier::new(Numerology::MU1, CyclicPrefix::Normal, 0, 51).unwrap();
    let mapping = CsiRsMapping {
        n_ports: 32,
        density: CsiRsDensity::HalfOdd,
        cdm_type: CdmType::Fd2Td2,
        frequency: FrequencyAllocation::Other(0b110_101),
        first_symbol: 2,
        first_symbol_2: Some(8),
        occupation: CsiFrequencyOccupation { start_crb: 0, n_rb: 51 },
    };
    let p = CsiRsParameters { mapping, scrambling_id: 500, amplitude: 1.0, periodicity: None };
    let config = CsiRsConfig::new(&carrier, p).unwrap();
    let (mut transmitter, mut receiver) = (CsiRsTransmitter::new(&config), CsiRsReceiver::new(&config, 32));
    let mut grid = ResourceGrid::for_carrier(&carrier, 32);
    for slot in 0..3 {
        let slot = SlotPoint::new(Numerology::MU1, 0, slot).unwrap();
        let before = allocations();
        transmitter.transmit(slot, &mut grid);
        let estimates = receiver.estimate(slot, &grid);
        let gain = estimates.port(5, 5)[3];
        assert_eq!(allocations() - before, 0, "{slot}");
        // Antenna 5 is port 5.
        assert!((gain - 1.0).norm() < 1e-5, "{gain}");
    }
}
