//! The control channel's bookkeeping of a slot: what is monitored, dedicated DCI, its antenna ports and blocks.

use crate::allocator::assert_steady;
use nrflow::frame::{BandwidthPart, Carrier, CellId, CyclicPrefix, Numerology, Rnti, SlotPoint};
use nrflow::pdcch::dci::{
    AntennaPorts, Dci1_1, Dci1_1Layout, Dci1_1Parameters, DmrsConfiguration, FrequencyAssignment, FrequencyField,
};
use nrflow::pdcch::{MonitoredSet, MonitoringLimits, MonitoringPattern, MonitoringPlan, PdcchScrambling, SearchSpace};
use nrflow::pdsch::{PrbList, RbgConfiguration, ResourceBlockGroups, VrbToPrb};

#[test]
fn the_control_channel() {
    let carrier = Carrier::new(Numerology::MU1, CyclicPrefix::Normal, 0, 106).unwrap();
    let bwp = BandwidthPart::new(&carrier, 3, 100).unwrap();
    let groups = ResourceBlockGroups::new(&bwp, RbgConfiguration::One).unwrap();
    let n_rbg = groups.n_groups() as u8;
    let parameters = Dci1_1Parameters::new(FrequencyField::DynamicSwitch { n_rbg, n_rb: bwp.n_prb() });
    let layout = Dci1_1Layout::new(&parameters).unwrap();
    let set = |search_space_id, period, space| MonitoredSet {
        search_space_id,
        coreset_id: search_space_id / 2,
        n_cce: 16,
        space,
        pattern: MonitoringPattern::new(period, 0, 1, 0b1001, 2, 14).unwrap(),
        scrambling: PdcchScrambling::cell(CellId::new(3).unwrap()),
        dci_sizes: vec![layout.size(), 37],
    };
    let own = |id| SearchSpace::ue_specific([4, 4, 2, 1, 0], Rnti(0x4601), id).unwrap();
    let sets = vec![set(0, 1, SearchSpace::type0()), set(2, 2, own(1)), set(3, 1, own(1)), set(4, 1, own(2))];
    let mut plan = MonitoringPlan::new(sets, MonitoringLimits { candidates: 60, cces: 56 }).unwrap();
    let (mut bits, mut n_occasions) = (Vec::new(), 0);
    assert_steady("the control channel", |frame| {
        for slot in 0..20 {
            plan.plan(SlotPoint::new(Numerology::MU1, frame as u16, slot).unwrap());
            n_occasions += plan.occasions().filter(|occasion| !occasion.candidates.is_empty()).count();
            let bitmap = groups.bitmap(|group| (group + slot) % 3 == 0);
            let frequency_resource = layout.frequency().value(FrequencyAssignment::GroupBitmap(bitmap)).unwrap();
            let dci = Dci1_1 { frequency_resource, antenna_ports: slot as u8 % 12, mcs: 9, ..Default::default() };
            dci.encode_into(&layout, &mut bits).unwrap();
            let read = Dci1_1::decode(&bits, &layout).unwrap();
            assert_eq!(read, dci);
            let ports = AntennaPorts::lookup(DmrsConfiguration::default(), 1, read.antenna_ports, false).unwrap();
            assert!(ports.ports.n_layers() <= 4);
            let assignment = layout.frequency().assignment(read.frequency_resource);
            assert_eq!(assignment, FrequencyAssignment::GroupBitmap(bitmap));
            let blocks = groups.blocks_of_bitmap(bitmap).unwrap();
            assert!(PrbList::of_vrbs(blocks, VrbToPrb::NonInterleaved, &bwp).unwrap().crbs().len() > 20);
        }
    });
    assert!(n_occasions > 0);
}
