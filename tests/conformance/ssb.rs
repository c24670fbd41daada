use crate::support::{cf32, text, uint, vectors};
use nrflow::Complex32;
use nrflow::frame::{CellId, Numerology, ResourceGrid};
use nrflow::ssb::{LMax, PbchPayload, PbchReceiver, PbchReception, SsbBlock, SsbTransmitter};

#[test]
fn ssb_vectors() {
    for v in vectors("ssb") {
        let number = |field| uint(&v, field) as u8;
        let cell_id = CellId::new(uint(&v, "N_ID_cell") as u16).unwrap();
        let l_max = LMax::new(number("L_max")).unwrap();
        let mib = u32::from_str_radix(text(&v, "mib_24bits_hex"), 16).unwrap();
        let (sfn, index) = (uint(&v, "sfn") as u16, number("ssb_index"));
        let payload = PbchPayload::new(mib, sfn, number("half_frame"), index, number("k_SSB"), l_max).unwrap();
        let offset_db = 20.0 * (v["beta_PSS"].as_f64().unwrap() / v["beta_SSS"].as_f64().unwrap()).log10();
        let transmitter = SsbTransmitter::new(cell_id, l_max, offset_db as f32).unwrap();
        let mut block = SsbBlock::default();
        transmitter.transmit(payload, index, &mut block).unwrap();

        let expected = cf32("ssb", text(&v["grid"], "file"));
        let beta = v["beta_SSS"].as_f64().unwrap() as f32;
        let largest = expected.iter().map(|z| z.norm()).fold(0.0, f32::max);
        for (i, (got, expected)) in block.as_slice().iter().zip(&expected).enumerate() {
            assert_eq!(*got == Complex32::ZERO, *expected == Complex32::ZERO, "vector {}, element {i}", v["index"]);
            let error = (got * beta - expected).norm();
            assert!(error <= 0.012 * largest, "vector {}, element {i}: {got} is not {expected}", v["index"]);
        }

        // The reference's own grid decodes to what went in, from its place in a carrier's grid.
        let numerology = Numerology::from_scs_khz(uint(&v, "subcarrierSpacing_SSB_kHz") as u32).unwrap();
        let (symbol, subcarrier) = (uint(&v, "first_symbol_in_slot") as usize, 37);
        let mut grid = ResourceGrid::new(1, 14, 300);
        let mut received = SsbBlock::default();
        received.as_mut_slice().copy_from_slice(&expected);
        received.place(&mut grid, 0, symbol, subcarrier).unwrap();
        received.read(&grid, 0, symbol, subcarrier).unwrap();
        let mut receiver = PbchReceiver::new(numerology);
        let mut reception = [PbchReception::new()];
        receiver.receive(cell_id, 0, received.as_slice(), &mut reception[0]);
        let decoded = receiver.decode(&mut reception, l_max).expect("the reference decodes");
        assert_eq!((decoded.payload, decoded.ssb_index), (payload, index), "vector {}", v["index"]);
    }
}
