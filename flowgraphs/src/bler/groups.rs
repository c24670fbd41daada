use super::Group;
use super::curves::{Curve, Figures};
use super::parallel::Workers;
use super::row::{Requirement, Row};
use anyhow::Context;
use nrflow::coding::{ldpc, polar};
use nrflow::kernel::Isa;
use nrflow::propagation::SimplifiedTdl;
use nrflow::quality::{RequiredSnr, Share};
use nrflow::{ConfigError, pdcch, pdsch, ssb};
use std::ops::Range;

/// The error rate at which losses are stated.
const BLER: f64 = 1e-2;
/// To what the ratio that a block needs is found, in dB.
const STEP_DB: f64 = 0.01;

/// Takes each figure as soon as it is there.
type Take<'a> = &'a mut dyn FnMut(Row) -> anyhow::Result<()>;

/// Measures a group.
///
/// # Errors
/// If so few blocks were asked for that a figure does not exist, if a drawing cannot be written, or if `take` refuses.
pub fn measure(group: Group, workers: &Workers, figures: &Figures, take: Take<'_>) -> anyhow::Result<()> {
    match group {
        Group::Ssb => detection(workers, take),
        Group::Noise => noise(workers, take),
        Group::Ldpc => ldpc_loss(workers, take),
        Group::Polar => polar_loss(workers, take),
        Group::Pdsch => pdsch_loss(workers, take),
        Group::Fading => fading_loss(workers, figures, take),
        Group::Pdcch => pdcch_points(workers, figures, take),
        Group::Pbch => pbch_points(workers, figures, take),
    }
}

fn detection(workers: &Workers, take: Take<'_>) -> anyhow::Result<()> {
    for case in ssb::quality::CASES {
        let blocks = workers.blocks(200);
        let name = match case.n_blocks {
            1 => format!("search and PBCH at {} dB per RE, 1 SSB", case.snr_db),
            n => format!("search and PBCH at {} dB per RE, {n} SSBs", case.snr_db),
        };
        let mut share = Share::default();
        workers
            .run(&name, blocks, 4, |trials| ssb::quality::detection(&case, workers.seed, trials))?
            .into_iter()
            .for_each(|more| share.append(more));
        take(Row {
            group: "ssb",
            case: name,
            requirement: Requirement::AtLeastPercent(100.0 * case.min_share),
            measured: 100.0 * share.ratio(),
            standard_error: None,
            detail: format!("{} of {} found", share.successes, share.trials),
            blocks,
        })?;
    }
    Ok(())
}

fn noise(workers: &Workers, take: Take<'_>) -> anyhow::Result<()> {
    let (name, blocks) = ("half frames of noise at 7.68 Msps", workers.blocks(1000));
    // Each piece is a stream of its own, long enough for every look of the search.
    let found = workers.run(name, blocks, 100, |range| ssb::quality::false_cells(workers.seed, range))?.concat();
    let cells: Vec<String> =
        found.iter().map(|ssb| format!("PCI {} SSB {}", ssb.cell_id.get(), ssb.ssb_index)).collect();
    take(Row {
        group: "noise",
        case: name.to_string(),
        requirement: Requirement::NoCell,
        measured: found.len() as f64,
        standard_error: None,
        detail: cells.join(", "),
        blocks,
    })
}

/// A row of the loss of `ours` against `reference`.
fn loss(
    group: &'static str,
    case: String,
    requirement: Requirement,
    (name, reference): (&str, &RequiredSnr),
    ours: &RequiredSnr,
    bler: f64,
) -> anyhow::Result<Row> {
    let few = || format!("{case}: BLER {bler} lies outside what was searched with {} blocks", ours.n_blocks());
    let loss = ours.loss_against(reference, bler).with_context(few)?;
    let (at, from) = (ours.at_bler(bler).with_context(few)?, reference.at_bler(bler).with_context(few)?);
    Ok(Row {
        group,
        requirement,
        measured: loss.db,
        standard_error: Some(loss.standard_error_db),
        detail: format!("{at:.2} dB, {name} {from:.2} dB"),
        blocks: ours.n_blocks() as u64,
        case,
    })
}

/// Joins what was measured in pieces.
fn joined(pieces: Vec<RequiredSnr>) -> anyhow::Result<RequiredSnr> {
    let join = |mut all: RequiredSnr, piece| {
        all.append(piece);
        all
    };
    pieces.into_iter().reduce(join).context("no block to measure")
}

fn ldpc_loss(workers: &Workers, take: Take<'_>) -> anyhow::Result<()> {
    use ldpc::quality::{CASES, PRODUCTION, REFERENCE, STRONGER_REFERENCE, required_snr};
    let blocks = workers.blocks(1000);
    for case in CASES {
        let plan = case.plan()?;
        let measure = |what: &str, algorithm, range_db: Range<f64>| {
            let name = format!("{}, {what}", case.name);
            joined(workers.run(&name, blocks, 20, |piece| {
                let isa = Isa::detect();
                Ok::<_, ConfigError>(required_snr(
                    isa,
                    &plan,
                    algorithm,
                    workers.seed,
                    piece,
                    range_db.clone(),
                    STEP_DB,
                ))
            })?)
        };
        let near = case.near_db - 0.15..case.near_db + 0.85;
        let reference = measure("sum-product", REFERENCE, near)?;
        let few = || format!("{}: too few blocks", case.name);
        let at = reference.at_bler(BLER).with_context(few)?;
        let stronger = measure("layered sum-product", STRONGER_REFERENCE, at - 0.2..at + 0.8)?;
        let ours = measure("i8", PRODUCTION, at - 0.05..at + 0.95)?;
        let name = format!("{} at BLER {BLER}, 12 iterations", case.name);
        let requirement = Requirement::AtMostDb(case.max_loss_db);
        take(loss("ldpc", name.clone(), requirement, ("sum-product 50 it.", &reference), &ours, BLER)?)?;
        take(loss("ldpc", name, Requirement::NoneDb, ("layered sum-product 50 it.", &stronger), &ours, BLER)?)?;
    }
    Ok(())
}

fn polar_loss(workers: &Workers, take: Take<'_>) -> anyhow::Result<()> {
    use polar::quality::{CASES, MAX_LOSS_DB, required_snr};
    const LIST: usize = 8;
    let blocks = workers.blocks(20_000);
    for case in CASES {
        let range_db = case.near_db - 0.3..case.near_db + 1.7;
        let reference = joined(workers.run(case.name, blocks, 200, |piece| {
            required_snr::<f32>(&case, LIST, workers.seed, piece, range_db.clone(), STEP_DB)
        })?)?;
        let ours = joined(workers.run(case.name, blocks, 200, |piece| {
            required_snr::<i8>(&case, LIST, workers.seed, piece, range_db.clone(), STEP_DB)
        })?)?;
        let name = format!("{} at BLER {BLER}, list {LIST}", case.name);
        take(loss("polar", name, Requirement::AtMostDb(MAX_LOSS_DB), ("f32", &reference), &ours, BLER)?)?;
    }
    Ok(())
}

fn pdsch_loss(workers: &Workers, take: Take<'_>) -> anyhow::Result<()> {
    use pdsch::quality::{MAX_LOSS_DB, NEAR_DB, Reception, qam256, required_snr};
    let (config, blocks) = (qam256()?, workers.blocks(1000));
    let measure = |name: &str, reception| {
        let range_db = NEAR_DB - 0.15..NEAR_DB + 1.85;
        joined(workers.run(name, blocks, 20, |piece| {
            required_snr(&config, reception, workers.seed, piece, range_db.clone(), STEP_DB)
        })?)
    };
    let alone = measure("PDSCH 256QAM, LDPC alone", Reception::LdpcAlone)?;
    for (reception, max_loss_db) in MAX_LOSS_DB {
        let name = match reception {
            Reception::LdpcAlone => "256QAM, LDPC alone",
            Reception::KnownChannel => "256QAM, known channel",
            Reception::EstimatedChannel => "256QAM, estimated channel",
        };
        let ours = measure(name, reception)?;
        for bler in [0.1, BLER] {
            let requirement = Requirement::AtMostDb(max_loss_db);
            take(loss("pdsch", format!("{name} at BLER {bler}"), requirement, ("LDPC alone", &alone), &ours, bler)?)?;
        }
    }
    Ok(())
}

fn fading_loss(workers: &Workers, figures: &Figures, take: Take<'_>) -> anyhow::Result<()> {
    use pdsch::quality::{FADING_LOSS, FULL_RATE, Reception, fading_cases};
    let (blocks, (bler, max_loss_db)) = (workers.blocks(300), FADING_LOSS);
    let cases: Vec<_> = fading_cases().into_iter().filter(|case| workers.wants(&case.name())).collect();
    for cases in cases.chunk_by(|a, b| (a.profile, a.n_layers) == (b.profile, b.n_layers)) {
        let mut curves = Vec::new();
        for (colour, transmission) in cases.iter().enumerate() {
            let name = transmission.name();
            let near = transmission
                .near_db(workers.seed)?
                .with_context(|| format!("{name}: BLER {bler} lies beyond 60 dB"))?;
            let range_db = near - 4.0..near + 4.0;
            let measure = |what: &str, reception| {
                joined(workers.run(&format!("{name}, {what} channel"), blocks, 10, |piece| {
                    transmission.required_snr(reception, workers.seed, piece, range_db.clone(), STEP_DB)
                })?)
            };
            let known = measure("known", Reception::KnownChannel)?;
            let ours = measure("estimated", Reception::EstimatedChannel)?;
            let requirement = Requirement::AtMostDb(max_loss_db);
            take(loss(
                "fading",
                format!("{name} at BLER {bler}"),
                requirement,
                ("known channel", &known),
                &ours,
                bler,
            )?)?;
            let curve = |dashed, needed| Curve {
                name: format!("MCS {}", transmission.mcs),
                dashed,
                colour,
                needed,
                range_db: range_db.clone(),
            };
            curves.extend([curve(true, known), curve(false, ours)]);
        }
        let (profile, doppler) = (cases[0].profile.name(), cases[0].max_doppler_hz);
        let (n_layers, n_rx) = (cases[0].n_layers, cases[0].n_rx);
        let title = format!("PDSCH, {profile}-{doppler}, {n_layers}x{n_rx}, MCS table 2; dashed: channel known");
        let file = format!("pdsch-{}-{doppler}-{n_layers}x{n_rx}", profile.to_lowercase());
        figures.draw(&file, &title, &curves)?;
    }
    let (case, snr_db) = FULL_RATE;
    let (name, blocks) = (format!("{} at {snr_db} dB", case.name()), workers.blocks(100));
    if !workers.wants(&name) {
        return Ok(());
    }
    let mut share = Share::default();
    workers
        .run(&name, blocks, 4, |piece| {
            case.share_received(case.receiver(), Reception::EstimatedChannel, workers.seed, piece, snr_db)
        })?
        .into_iter()
        .for_each(|more| share.append(more));
    take(Row {
        group: "fading",
        case: name,
        requirement: Requirement::AtLeastPercent(100.0),
        measured: 100.0 * share.ratio(),
        standard_error: None,
        detail: format!("{} of {} received", share.successes, share.trials),
        blocks,
    })
}

/// A row of the ratio that the share `BLER` of the blocks fails at.
fn point(group: &'static str, case: &str, needed: &RequiredSnr) -> anyhow::Result<Row> {
    let few = || format!("{case}: BLER {BLER} lies outside what was searched with {} blocks", needed.n_blocks());
    Ok(Row {
        group,
        case: format!("{case}, SNR at BLER {BLER}"),
        requirement: Requirement::NoneDb,
        measured: needed.at_bler(BLER).with_context(few)?,
        standard_error: None,
        detail: String::new(),
        blocks: needed.n_blocks() as u64,
    })
}

fn pdcch_points(workers: &Workers, figures: &Figures, take: Take<'_>) -> anyhow::Result<()> {
    let blocks = workers.blocks(2000);
    let mut curves = Vec::new();
    for (colour, case) in pdcch::quality::CASES.iter().enumerate() {
        let (name, range_db) = (case.name(), case.near_db - 3.0..case.near_db + 9.0);
        let needed = joined(workers.run(&format!("PDCCH {name}"), blocks, 50, |piece| {
            case.required_snr(workers.seed, piece, range_db.clone(), STEP_DB)
        })?)?;
        take(point("pdcch", &name, &needed)?)?;
        curves.push(Curve { name, dashed: false, colour, needed, range_db });
    }
    figures.draw("pdcch", "PDCCH, DCI of 40 bits, 48 blocks of 2 symbols", &curves)
}

fn pbch_points(workers: &Workers, figures: &Figures, take: Take<'_>) -> anyhow::Result<()> {
    use ssb::quality::{PBCH_NEAR_DB, pbch_required_snr};
    let blocks = workers.blocks(2000);
    let channels = [("AWGN", None), ("TDLC300-100", Some((SimplifiedTdl::Tdlc300, 100.0)))];
    let mut curves = Vec::new();
    for (colour, ((name, fading), near_db)) in channels.into_iter().zip(PBCH_NEAR_DB).enumerate() {
        let range_db = near_db - 3.0..near_db + 12.0;
        let needed = joined(workers.run(&format!("PBCH {name}"), blocks, 50, |piece| {
            pbch_required_snr(fading, workers.seed, piece, range_db.clone(), STEP_DB)
        })?)?;
        take(point("pbch", name, &needed)?)?;
        curves.push(Curve { name: name.to_string(), dashed: false, colour, needed, range_db });
    }
    figures.draw("pbch", "PBCH, one block of 30 kHz, one antenna", &curves)
}
