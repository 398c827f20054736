//! The simulator on its own port.

use std::{process::ExitCode, time::Duration};

use simulator::{Options, Simulator};

const HELP: &str = "\
A simulated WeChat.

  --listen ADDRESS             where to listen (127.0.0.1:8088; port 0 takes a free one)
  --state FILE                 keep the state in FILE
  --appid APPID                the component's appid
  --secret SECRET              its AppSecret
  --token TOKEN                its token for pushes
  --encoding-aes-key KEY       its key for pushes, 43 characters
  --event-url URL              where authorization events go
  --message-url URL            where messages go, with $APPID$ in it
  --authorization-host HOST    the domain that authorizations start from
  --ticket-interval SECONDS    how often a ticket is pushed (600; 0 for never)
  --auto-review SECONDS        approve reviews after so long (never)
  --privacy-detection SECONDS  how long the privacy detection runs (3)
  --seed NUMBER                the seed of all tokens and ids

Verbs: POST /simulator/<verb>; state: GET /simulator/state; a page: GET /.";

#[tokio::main]
async fn main() -> ExitCode {
    let options = match read(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("{error}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    let component = options.components.first().map(|component| component.appid.clone());
    let simulator = match Simulator::start(options).await {
        Ok(simulator) => simulator,
        Err(error) => {
            eprintln!(
                "{error}: {}",
                std::error::Error::source(&error).map_or_else(String::new, ToString::to_string)
            );
            return ExitCode::FAILURE;
        }
    };
    println!("{}", simulator.base_url());
    println!("component {}", component.unwrap_or_default());
    if let Err(error) = tokio::signal::ctrl_c().await {
        eprintln!("cannot wait for Ctrl-C: {error}");
        return ExitCode::FAILURE;
    }
    simulator.stop();
    ExitCode::SUCCESS
}

/// Reads the command line; `None` asks for help.
fn read(mut arguments: impl Iterator<Item = String>) -> Result<Option<Options>, String> {
    let mut options = Options {
        listen: ([127, 0, 0, 1], 8088).into(),
        ticket_interval: Some(Duration::from_secs(600)),
        ..Options::default()
    };
    while let Some(name) = arguments.next() {
        if name == "--help" {
            return Ok(None);
        }
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        let component = &mut options.components[0];
        match name.as_str() {
            "--listen" => options.listen = parse(&name, &value)?,
            "--state" => options.state_file = Some(value.into()),
            "--appid" => component.appid = value,
            "--secret" => component.secret = value,
            "--token" => component.token = value,
            "--encoding-aes-key" => component.encoding_aes_key = value,
            "--event-url" => component.event_url = Some(value),
            "--message-url" => component.message_url = Some(value),
            "--authorization-host" => component.authorization_host = Some(value),
            "--ticket-interval" => options.ticket_interval = seconds(&name, &value)?,
            "--auto-review" => options.auto_review = seconds(&name, &value)?,
            "--privacy-detection" => {
                options.privacy_detection = seconds(&name, &value)?.unwrap_or_default();
            }
            "--seed" => options.seed = parse(&name, &value)?,
            _ => return Err(format!("{name} is unknown")),
        }
    }
    Ok(Some(options))
}

fn parse<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("{name}: {value} does not fit"))
}

/// Seconds; 0 stands for never.
fn seconds(name: &str, value: &str) -> Result<Option<Duration>, String> {
    let seconds: u64 = parse(name, value)?;
    Ok((seconds > 0).then_some(Duration::from_secs(seconds)))
}
