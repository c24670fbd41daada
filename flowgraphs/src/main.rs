//! The command `nrflow`.

use clap::{Parser, Subcommand};
#[cfg(feature = "zmq")]
use nrflow_flowgraphs::antenna;
use nrflow_flowgraphs::live::Interrupted;
use nrflow_flowgraphs::{bler, check, decode, devices, evm, link, loopback, record, scan, test_model, transmit};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "nrflow", version, about = "The 5G NR physical layer: recordings decoded, cells generated")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Decode a recording: cells, MIB, SIB1, DCIs and PDSCHs
    Decode(decode::DecodeArgs),
    /// Explain a cell configuration, or say what is wrong with it
    Check(check::CheckArgs),
    /// Generate a cell into a SigMF recording
    Transmit(transmit::TransmitArgs),
    /// List the radios there are, and what they can do
    Devices(devices::DevicesArgs),
    /// Scan a band, or a recording, for cells
    Scan(scan::ScanArgs),
    /// Publish what a recording or a radio gives, for 'nrflow decode --subscribe' on another machine
    #[cfg(feature = "zmq")]
    Antenna(antenna::AntennaArgs),
    /// Record what a radio receives
    Record(record::RecordArgs),
    /// Send a cell through a bad channel into a file and receive the file
    Loopback(loopback::LoopbackArgs),
    /// A data link from one radio to another
    Link(link::LinkArgs),
    /// Measure error rates against what is required of them
    Bler(bler::BlerArgs),
    /// Generate a test model of TS 38.141-1, the signal that a transmitter is measured with
    TestModel(test_model::GenerateArgs),
    /// Measure the error vector magnitude of a transmitter that sends a test model
    Evm(evm::EvmArgs),
}

fn main() -> ExitCode {
    // A block that panicked would leave its flowgraph waiting for ever: the process ends instead.
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.payload_as_str().is_some_and(|text| text.contains("Broken pipe")) {
            std::process::exit(0);
        }
        report(panic);
        std::process::exit(101);
    }));
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        // `nrflow ... | head`: whoever reads has enough.
        Err(error) if error.downcast_ref::<Interrupted>().is_some() => {
            eprintln!("nrflow: interrupted");
            ExitCode::from(130)
        }
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("nrflow: {}", one_line(&error));
            ExitCode::FAILURE
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let closed = |cause: &std::io::Error| cause.kind() == std::io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref().is_some_and(closed))
}

/// The error and its causes, without what a message repeats of its cause.
fn one_line(error: &anyhow::Error) -> String {
    error.chain().fold(String::new(), |text, cause| {
        let cause = cause.to_string();
        match () {
            () if text.contains(&cause) => text,
            () if cause.starts_with(&text) => cause,
            () => format!("{text}: {cause}"),
        }
    })
}

fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        Command::Decode(args) => decode::command(&args),
        Command::Devices(args) => devices::command(&args),
        Command::Check(args) => check::command(&args),
        Command::Transmit(args) => transmit::command(&args),
        Command::Scan(args) => scan::command(&args),
        #[cfg(feature = "zmq")]
        Command::Antenna(args) => antenna::command(&args),
        Command::Record(args) => record::command(&args),
        Command::Loopback(args) => loopback::command(&args),
        Command::Link(args) => link::command(&args),
        Command::Bler(args) => bler::command(&args),
        Command::TestModel(args) => test_model::command(&args),
        Command::Evm(args) => evm::command(&args),
    }
}
