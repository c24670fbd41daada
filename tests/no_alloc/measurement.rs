//! From the first slot on, measuring and reporting allocates nothing.

use crate::allocator::allocations;
use nrflow::csi_rs::{
    CdmType, CsiFrequencyOccupation, CsiIm, CsiImPattern, CsiRsConfig, CsiRsDensity, CsiRsMapping, CsiRsParameters,
    CsiRsTransmitter, FrequencyAllocation, TrsParameters, TrsSet,
};
use nrflow::frame::{
    BandwidthPart, Carrier, CellId, CyclicPrefix, FrequencyRange, Numerology, ResourceGrid, SlotPoint,
};
use nrflow::measurement::{
    CodebookMode, CodebookParameters, CqiTable, CsiReportConfig, CsiReportParameters, CsiReporter, CsiRsMeter,
    NoiseCovariance, PanelShape, RssiResources, SsbMeasurementParameters, SsbMeter, TrsTracker, TypeICodebook,
};
use nrflow::ssb::LMax;

#[test]
fn a_report_allocates_nothing() {
    let carrier = Carrier::new(Numerology::MU1, CyclicPrefix::Normal, 0, 51).unwrap();
    let bwp = BandwidthPart::new(&carrier, 0, 51).unwrap();
    let occupation = CsiFrequencyOccupation { start_crb: 0, n_rb: 51 };
    let mapping = CsiRsMapping {
        n_ports: 8,
        density: CsiRsDensity::One,
        cdm_type: CdmType::Fd2Td2,
        frequency: FrequencyAllocation::Other(0b10_0100),
        first_symbol: 5,
        first_symbol_2: None,
        occupation,
    };
    let p = CsiRsParameters { mapping, scrambling_id: 500, amplitude: 1.0, periodicity: None };
    let resource = CsiRsConfig::new(&carrier, p).unwrap();
    let shape = PanelShape::new(2, 2).unwrap();
    let report = CsiReportParameters {
        codebook: TypeICodebook::new(CodebookParameters::unrestricted(shape, CodebookMode::One)).unwrap(),
        cqi_table: CqiTable::Qam256,
        bwp,
        subband_size: Some(8),
        reporting_band: None,
        subband_pmi: true,
        power_control_offset_db: 0,
    };
    let csi_im = CsiIm::new(&carrier, CsiImPattern::Pattern0 { subcarrier: 6, symbol: 9 }, occupation, None).unwrap();
    let trs = TrsParameters {
        n_slots: 1,
        first_symbol: 5,
        subcarrier: 1,
        occupation,
        scrambling_id: 1,
        amplitude: 1.0,
        periodicity: None,
    };
    let trs = TrsSet::of(&carrier, FrequencyRange::Fr2, &bwp, false, &trs).unwrap();
    let ssb = SsbMeasurementParameters {
        cell_id: CellId::new(1).unwrap(),
        l_max: LMax::L8,
        first_subcarrier: 0,
        first_symbol: 2,
        with_dmrs: true,
        rssi: RssiResources::new(&carrier, 0, 51, 0b11_1100).unwrap(),
    };
    let n_antennas = 8;
    let mut transmitter = CsiRsTransmitter::new(&resource);
    let mut meter = CsiRsMeter::new(&resource, n_antennas).unwrap();
    let mut reporter = CsiReporter::new(&CsiReportConfig::new(&resource, report).unwrap(), n_antennas).unwrap();
    let mut tracker = TrsTracker::new(&trs, n_antennas).unwrap();
    let mut ssb_meter = SsbMeter::new(&carrier, n_antennas, ssb).unwrap();
    let (mut noise, mut interference) = (NoiseCovariance::new(n_antennas), NoiseCovariance::new(n_antennas));
    let mut grid = ResourceGrid::for_carrier(&carrier, n_antennas);
    // Tables are built when they are first used.
    CqiTable::Qam256.for_snr(10.0);
    for slot in 0..3 {
        let slot = SlotPoint::new(Numerology::MU1, 0, slot).unwrap();
        transmitter.transmit(slot, &mut grid);
        let before = allocations();
        let measurement = meter.measure(slot, &grid);
        noise.set_independent(measurement.branches());
        interference.measure(&carrier, &csi_im, &grid);
        // Each port goes to one antenna.
        let report = reporter.report(&measurement, &noise);
        assert_eq!((report.rank, report.wideband_cqi), (8, [15, 15]));
        tracker.observe(0, slot, &grid);
        tracker.estimate();
        ssb_meter.measure(0, 0, &grid);
        assert_eq!(allocations() - before, 0, "{slot}");
    }
}
