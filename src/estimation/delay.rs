//! The power delay profile of pilots, and which delays a fit should allow.

/// A range of delay taps, inclusive, counted from the strongest path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TapRange {
    pub first: isize,
    pub last: isize,
}

impl TapRange {
    pub fn len(self) -> usize {
        (self.last - self.first + 1) as usize
    }
}

/// Taps on either side of a path that a fit needs for a path between taps: an oversampled delay grid resolves a path
/// at tap 0.05 to about -60 dB with them.
const MARGIN: isize = 2;

/// Where the strongest path lies, in bins of the profile, found within `search` bins of zero and refined between
/// them.
pub(super) fn strongest_path(profile: &[f32], search: isize) -> f64 {
    let size = profile.len() as isize;
    let at = |bin: isize| f64::from(profile[bin.rem_euclid(size) as usize]);
    let mut peak = 0;
    for bin in 1..=search {
        for candidate in [bin, -bin] {
            if at(candidate) > at(peak) {
                peak = candidate;
            }
        }
    }
    if search == 0 {
        return 0.0;
    }
    let ln = |bin| at(bin).max(1e-300).ln();
    let (left, middle, right) = (ln(peak - 1), ln(peak), ln(peak + 1));
    let curvature = left - 2.0 * middle + right;
    let fraction = if curvature < 0.0 { (0.5 * (left - right) / curvature).clamp(-0.5, 0.5) } else { 0.0 };
    peak as f64 + fraction
}

/// The ranges of taps that a channel may occupy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidates {
    /// What rises above noise and -30 dB.
    pub seen: TapRange,
    /// The first eighth, quarter and half of a cyclic prefix, where late paths are too weak to be seen.
    parts: [TapRange; 3],
    /// A whole cyclic prefix.
    pub prefix: TapRange,
    /// A single path, with a narrow and a wider margin, and where else it may lie: pilots with gaps (an interleaved
    /// allocation) give a profile of lobes that differ little, of which noise or the grid may lift a wrong one.
    single: [TapRange; 2 + MAX_LOBES],
    n_single: usize,
}

impl Candidates {
    /// All of them, narrowest first.
    pub fn iter(&self) -> impl Iterator<Item = TapRange> + use<> {
        let Self { seen, parts, prefix, single, n_single } = *self;
        let wider = parts.into_iter().filter(move |part| part.len() > seen.len());
        (0..n_single).map(move |i| single[i]).chain([seen]).chain(wider).chain([prefix])
    }
}

/// Other lobes that a single path is looked for in.
const MAX_LOBES: usize = 4;
/// How far, in power, another lobe may lie below the highest.
const LOBE_RATIO: f32 = 0.3;

/// Candidate ranges from a profile: one path, what is seen, and `longest` taps (the cyclic prefix) where the most power
/// lies. None reaches beyond `region` taps from the peak.
///
/// `template` is the profile of a single path at zero, `order` a workspace as long as the profile.
pub(super) fn candidates(
    profile: &[f32],
    template: &[f32],
    order: &mut [f32],
    peak: f64,
    region: isize,
    longest: isize,
) -> Candidates {
    let size = profile.len() as isize;
    let centre = peak.round() as isize;
    let at = |tap: isize| profile[(centre + tap).rem_euclid(size) as usize];
    let strongest = at(0);
    order.copy_from_slice(profile);
    let (_, &mut median, _) = order.select_nth_unstable_by(profile.len() / 2, f32::total_cmp);
    // The median of noise lies below its mean: ln 2 of it for a single profile, closer for a sum.
    let noise_floor = median / 0.8;
    let threshold = (strongest * 1e-3).max(4.0 * noise_floor);

    let ratio = threshold / strongest;
    let lobe = (1..size / 2).find(|&bin| template[bin as usize] < ratio * template[0]).unwrap_or(1) - 1;
    let (mut first, mut last) = (0, 0);
    let (mut weight, mut moment) = (f64::from(strongest), 0.0);
    for tap in -region..=region {
        if at(tap) > threshold {
            first = first.min(tap);
            last = last.max(tap);
            weight += f64::from(at(tap));
            moment += f64::from(at(tap)) * tap as f64;
        }
    }
    let clamp = |first: isize, last: isize| TapRange { first: first.max(-region), last: last.min(region) };
    let one_path = clamp(-MARGIN, MARGIN);
    // From a little before the first path that is seen; where that leaves some out, around all.
    let whole = longest + 2 * MARGIN;
    let early = (first + lobe - MARGIN - longest / 16).min(-MARGIN);
    let prefix = if last - lobe + MARGIN <= early + whole {
        clamp(early, (early + whole).max(MARGIN))
    } else {
        let centroid = (moment / weight).round() as isize;
        clamp((centroid - whole / 2).min(-MARGIN), (centroid + whole / 2).max(MARGIN))
    };
    let seen = clamp((first + lobe - MARGIN).min(-MARGIN), (last - lobe + MARGIN).max(MARGIN));
    let seen = TapRange { first: seen.first.max(prefix.first), last: seen.last.min(prefix.last) };
    let parts =
        [8, 4, 2].map(|part| TapRange { first: seen.first, last: (seen.first + whole / part).min(prefix.last) });
    let mut candidates = Candidates { seen, parts, prefix, single: [one_path; 2 + MAX_LOBES], n_single: 2 };
    candidates.single[0] = clamp(-1, 1);
    for tap in (1..=region - MARGIN).flat_map(|tap| [tap, -tap]) {
        let lobe = at(tap) >= at(tap - 1) && at(tap) >= at(tap + 1) && at(tap) > LOBE_RATIO * strongest;
        if lobe && candidates.n_single < candidates.single.len() {
            candidates.single[candidates.n_single] = clamp(tap - MARGIN, tap + MARGIN);
            candidates.n_single += 1;
        }
    }
    candidates
}
