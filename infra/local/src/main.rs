//! Starts the whole system on this machine.

use std::{process::ExitCode, time::Duration};

use local::{
    System,
    arguments::{self, Arguments, Command, HELP},
    data::DataDirectory,
    log, ready,
    settings::Settings,
    verify_audit,
};
use tokio::signal::unix::{SignalKind, signal};

/// What a thread may keep on its stack, in bytes: unoptimized, a request's future does not fit into
/// the usual two MiB.
const STACK: usize = 16 * 1024 * 1024;

/// A mistake on the command line.
const MISUSE: u8 = 2;

fn main() -> ExitCode {
    let arguments = match arguments::parse(std::env::args_os().skip(1)) {
        Ok(Command::Run(arguments)) => arguments,
        Ok(Command::Help) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Ok(Command::VerifyAudit(what)) => {
            return match verify_audit::run(&what) {
                Ok(exported) => {
                    println!("{}", verify_audit::words(&exported));
                    if exported.broken.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
                }
                Err(error) => {
                    eprintln!("wechat-fleet: {}", log::with_causes(&error));
                    ExitCode::from(MISUSE)
                }
            };
        }
        Err(error) => {
            eprintln!("wechat-fleet: {error}\n\n{HELP}");
            return ExitCode::from(MISUSE);
        }
    };
    match start(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wechat-fleet: {}", log::with_causes(&*error));
            ExitCode::FAILURE
        }
    }
}

fn start(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    log::start()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_stack_size(STACK)
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(run(arguments));
    // Whatever still runs has had its time.
    runtime.shutdown_timeout(Duration::from_millis(300));
    outcome
}

/// Runs until Ctrl-C or SIGTERM.
async fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;

    let data = DataDirectory::open(&arguments.data)?;
    if let Some(file) = &arguments.ready_file {
        ready::remove(file)?;
    }
    let settings = Settings::on_disk(arguments, data, |name| std::env::var(name).ok())?;
    let system = tokio::select! {
        system = System::start(settings) => system?,
        _ = interrupted.recv() => return Ok(()),
        _ = terminated.recv() => return Ok(()),
    };
    system.begin().await;
    if let Some(file) = &arguments.ready_file {
        ready::write(file, &system)?;
    }
    println!("{}", ready::welcome(&system));

    tokio::select! {
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
    }
    system.stop().await;
    Ok(())
}
