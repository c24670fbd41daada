//! Detection of layers allocates nothing.

use crate::allocator::assert_steady;
use nrflow::Complex32;
use nrflow::estimation::{Breadth, Equaliser, MaxLogDetector};
use nrflow::kernel::Isa;
use nrflow::modulation::Modulation;

#[test]
fn max_log_detection() {
    let (mut equaliser, mut detector) = (Equaliser::new(100, 4), MaxLogDetector::new(Isa::detect(), Breadth::FULL));
    let (y, h) = ([Complex32::ONE; 100], [Complex32::I; 400]);
    let modulations = [Modulation::Qam16; 4];
    let mut llr = [0i8; 1600];
    assert_steady("max-log detection", |slot| {
        let n_layers = 2 + slot % 3;
        equaliser.begin(100, n_layers);
        equaliser.add_antenna(&y, &h[..100 * n_layers], 0.1);
        detector.detect(&equaliser, &modulations[..n_layers], &mut llr[..400 * n_layers]);
    });
}
