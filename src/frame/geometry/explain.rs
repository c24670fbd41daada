use super::CellGeometry;
use crate::frame::{Band, Type0Frame, mhz};

/// Columns of the drawing's frequency axis.
const WIDTH: usize = 64;

impl CellGeometry {
    /// The geometry in plain text: frequencies, raster numbers, what MIB and SIB1 signal, then the notes. One line an
    /// item, no line breaks inside.
    pub fn explain(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut line = |label: &str, text: String| lines.push(format!("{label:<12}{text}"));
        let config = &self.config;
        let carrier = &config.carrier;
        let number = |arfcn: Option<_>| arfcn.map_or("no NR-ARFCN".to_owned(), |n| format!("NR-ARFCN {n}"));

        match config.band {
            Some(band) => {
                let edges = |label, edges: Option<(u64, u64)>| {
                    edges.map_or(String::new(), |(low, high)| format!(", {label} {}..{} MHz", mhz(low), mhz(high)))
                };
                line(
                    "band",
                    format!("{band} {}{}{}", band.duplex(), edges("downlink", band.downlink_hz()), {
                        let uplink = band.uplink_hz().filter(|_| band.uplink_hz() != band.downlink_hz());
                        edges("uplink", uplink)
                    }),
                );
            }
            None => line("band", format!("none given ({})", self.frequency_range())),
        }
        if let Some(bandwidth) = self.bandwidth {
            let guard = bandwidth.min_guardband_hz(carrier.numerology()).unwrap_or(0);
            let half = bandwidth.hz() / 2;
            let (low, high) = (self.centre_hz().saturating_sub(half), self.centre_hz() + half);
            let guard_khz = guard as f64 / 1e3;
            line(
                "channel",
                format!("{bandwidth}, {}..{} MHz, guard bands of {guard_khz} kHz or more", mhz(low), mhz(high)),
            );
        }
        line(
            "carrier",
            format!(
                "{} resource blocks of {} kHz, centre {} MHz = {}",
                carrier.n_prb(),
                carrier.numerology().scs_khz(),
                mhz(self.centre_hz()),
                number(self.centre_arfcn())
            ),
        );
        let low = carrier.lowest_subcarrier_hz(self.point_a_hz);
        line(
            "Point A",
            format!(
                "{} MHz = {}; offsetToCarrier {}: lowest subcarrier {} MHz",
                mhz(self.point_a_hz),
                number(self.point_a_arfcn()),
                carrier.start_crb(),
                mhz(low)
            ),
        );
        let positions = self.ssb_positions();
        line(
            "SSB",
            format!(
                "case {}, {} kHz, {} candidates a half frame, SS_REF {} MHz = {}",
                config.ssb_case,
                config.ssb_case.numerology().scs_khz(),
                positions.n_candidates(),
                mhz(self.ssb_frequency_hz()),
                self.gscn().map_or("no GSCN".to_owned(), |gscn| format!("GSCN {gscn}"))
            ),
        );
        line(
            "",
            format!(
                "subcarrier 0 at {} MHz, {} kHz above Point A: offsetToPointA {}, k_SSB {}",
                mhz(self.ssb_lowest_subcarrier_hz()),
                (self.ssb_lowest_subcarrier_hz() - self.point_a_hz) as f64 / 1e3,
                self.offset_to_point_a(),
                self.k_ssb()
            ),
        );
        let crbs = self.ssb_crbs();
        let prb = |crb: u16| crb - carrier.start_crb();
        let exact = self.ssb_first_subcarrier().map_or(String::new(), |k| format!(", from subcarrier {k}"));
        line("", format!("touches resource blocks {}..{} of the carrier{exact}", prb(crbs.start), prb(crbs.end)));
        match &self.coreset0 {
            None => line("CORESET#0", format!("none: the MIB says k_SSB {}, no SIB1", self.mib_k_ssb())),
            Some(place) => {
                let entry = &place.entry;
                let end = place.start_crb + entry.n_rb();
                line(
                    "CORESET#0",
                    format!(
                        "Table {} index {}: pattern {}, {} resource blocks of {} kHz, {} symbol{}",
                        entry.table(),
                        entry.index(),
                        entry.pattern(),
                        entry.n_rb(),
                        entry.numerology().scs_khz(),
                        entry.n_symbols(),
                        if entry.n_symbols() == 1 { "" } else { "s" }
                    ),
                );
                let in_carrier = self.coreset0_first_prb().map_or(String::new(), |first| {
                    format!(" = resource blocks {first}..{} of the carrier", first + entry.n_rb())
                });
                line(
                    "",
                    format!(
                        "offset {} from block {}: common resource blocks {}..{end}{in_carrier}",
                        entry.rb_offset(self.k_ssb()),
                        self.ssb.crb_common,
                        place.start_crb
                    ),
                );
                let slots: Vec<String> = place
                    .monitoring
                    .slots(0, 0)
                    .map(|o| {
                        let frame = match o.frame {
                            Type0Frame::Even => "even frames",
                            Type0Frame::Odd => "odd frames",
                            Type0Frame::OfSsb => "frames of the SSB",
                        };
                        format!("{frame} slot {} symbol {}", o.slot, o.first_symbol)
                    })
                    .collect();
                let index = place.monitoring.index();
                line("", format!("searchSpaceZero {index}: for SSB 0 monitored in {}", slots.join(", ")));
            }
        }
        line(
            "MIB",
            format!(
                "subCarrierSpacingCommon {} kHz, k_SSB {}, pdcch-ConfigSIB1 {}",
                config.common.scs_khz(),
                self.mib_k_ssb(),
                self.pdcch_config_sib1()
            ),
        );
        for note in &self.notes {
            line("note", note.clone());
        }
        lines
    }

    /// A drawing of channel, carrier, SS/PBCH block, CORESET#0 and Point A over frequency: plain text of fixed width,
    /// one line a part. A Point A far below the channel is marked by `<` at the left edge.
    pub fn drawing(&self) -> Vec<String> {
        let carrier = &self.config.carrier;
        let low = carrier.lowest_subcarrier_hz(self.point_a_hz);
        let high = low + carrier.n_subcarriers() as u64 * u64::from(carrier.numerology().scs_hz());
        let channel = self.bandwidth.map_or((low, high), |bandwidth| {
            (
                self.centre_hz().saturating_sub(bandwidth.hz() / 2).min(low),
                (self.centre_hz() + bandwidth.hz() / 2).max(high),
            )
        });
        // Point A is shown in its place if it lies within a quarter of the channel below it.
        let near = channel.0.saturating_sub((channel.1 - channel.0) / 4) <= self.point_a_hz;
        let axis = Axis { low: if near { channel.0.min(self.point_a_hz) } else { channel.0 }, high: channel.1 };

        let mut lines = vec![axis.scale()];
        let mut row = |label: String, (low, high): (u64, u64), ends: (char, char), fill: char| {
            lines.push(format!("{label:<12}{}", axis.bar(low, high, ends, fill)));
        };
        if let Some(bandwidth) = self.bandwidth {
            row(format!("{bandwidth}"), channel, ('|', '|'), '.');
        }
        row(format!("{} RB", carrier.n_prb()), (low, high), ('[', ']'), '=');
        let ssb = self.ssb_lowest_subcarrier_hz();
        let ssb_width = 240 * u64::from(self.config.ssb_case.numerology().scs_hz());
        row("SSB".to_owned(), (ssb, ssb + ssb_width), ('[', ']'), 'S');
        if let Some(place) = &self.coreset0 {
            let block = 12 * u64::from(place.entry.numerology().scs_hz());
            let start = self.point_a_hz + u64::from(place.start_crb) * block;
            row("CORESET#0".to_owned(), (start, start + u64::from(place.entry.n_rb()) * block), ('[', ']'), 'C');
        }
        let marker = if near { axis.column(self.point_a_hz) } else { 0 };
        let text = match near {
            true => format!("{}^ {} MHz", " ".repeat(marker), mhz(self.point_a_hz)),
            false => format!("< {} MHz", mhz(self.point_a_hz)),
        };
        lines.push(format!("{:<12}{text}", "Point A"));
        let band = self.config.band.map_or(String::new(), |band: Band| format!("{band}, "));
        lines.push(format!("{:<12}{band}one column is {:.0} kHz", "", axis.column_hz() / 1e3));
        lines
    }
}

struct Axis {
    low: u64,
    high: u64,
}

impl Axis {
    fn column_hz(&self) -> f64 {
        (self.high - self.low) as f64 / WIDTH as f64
    }

    /// The column in which `hz` lies, 0..WIDTH.
    fn column(&self, hz: u64) -> usize {
        let inside = hz.clamp(self.low, self.high) - self.low;
        ((inside as f64 / self.column_hz()) as usize).min(WIDTH - 1)
    }

    fn scale(&self) -> String {
        let (low, high) = (mhz(self.low), format!("{} MHz", mhz(self.high)));
        let gap = WIDTH.saturating_sub(low.len() + high.len());
        format!("{:<12}{low}{}{high}", "", " ".repeat(gap))
    }

    /// A bar from the column of `low` to the last column below `high`, at least its two ends.
    fn bar(&self, low: u64, high: u64, ends: (char, char), fill: char) -> String {
        let first = self.column(low).min(WIDTH - 2);
        let last = self.column(high.saturating_sub(1)).max(first + 1);
        let mut text = " ".repeat(first);
        text.push(ends.0);
        text.extend(std::iter::repeat_n(fill, last - first - 1));
        text.push(ends.1);
        text
    }
}
