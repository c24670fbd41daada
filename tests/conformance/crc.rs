use crate::support::{bits, text, uint, vectors};
use nrflow::coding::Crc;

#[test]
fn crc_vectors() {
    for v in vectors("crc") {
        let crc = match text(&v, "polynomial") {
            "CRC24A" => Crc::Crc24A,
            "CRC24B" => Crc::Crc24B,
            "CRC24C" => Crc::Crc24C,
            "CRC16" => Crc::Crc16,
            "CRC11" => Crc::Crc11,
            "CRC6" => Crc::Crc6,
            other => panic!("unknown polynomial {other}"),
        };
        let data = bits(text(&v, "data_hex"), uint(&v, "nof_bits") as usize);
        let expected = u32::from_str_radix(text(&v, "crc_value_hex"), 16).unwrap();
        assert_eq!(crc.of_bits(&data), expected, "vector {}", v["index"]);
    }
}
