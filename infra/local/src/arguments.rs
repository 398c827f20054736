//! What the command line says.

use std::{ffi::OsString, net::SocketAddr, path::PathBuf};

/// The address without `--listen`.
const DEFAULT_LISTEN: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);

/// More components than this are no help to anybody who tries things out.
const MOST_COMPONENTS: usize = 16;

/// What `--help` prints.
pub const HELP: &str = "\
wechat-fleet: 在本机运行整个系统(一个端口,内嵌 DynamoDB,模拟微信)
              the whole system on this machine: one port, an embedded DynamoDB, a simulated WeChat

用法 / usage: wechat-fleet [--listen ADDR] [--data DIR] [--ready-file FILE] [--wechat simulated|real] [--components N]
              wechat-fleet verify-audit FILE… [--anchors DIR]
              cargo run -- [--listen ADDR] …

  --listen ADDR       监听地址;端口 0 表示任意空闲端口。模拟微信用下一个端口
                      address and port; port 0 takes any free one. The simulated WeChat takes the next port
                      默认 / default: 127.0.0.1:8080
  --data DIR          数据目录,重启后保留
                      where the state is kept between runs
                      默认 / default: .local
  --ready-file FILE   就绪后写入一个 JSON 文件:base_url、simulator_url、admin_key、components
                      written when ready, as one JSON object
  --wechat KIND       simulated(默认 / default):模拟微信 / a simulated WeChat
                      real:真实微信,需要环境变量 / the real one, which needs the environment variables
                      COMPONENT_APPID, COMPONENT_SECRET, COMPONENT_TOKEN, COMPONENT_ENCODING_AES_KEY,
                      PUBLIC_URL (https://…, 微信能访问到的地址 / where WeChat reaches this system)
  --components N      模拟微信中第三方平台的个数(1 至 16),默认 1
                      how many third-party platforms the simulated WeChat knows, 1 to 16; 1 by default
  --help              显示本说明 / print this

  verify-audit        校验导出的操作记录(JSON Lines),按导出的先后列出各文件;DIR 中是从存储桶取下的锚点(anchors/*.json)
                      verifies an exported audit log (JSON Lines), its files in the order of the export;
                      DIR holds the anchors as taken from their bucket (anchors/*.json)

日志 / log: RUST_LOG=debug cargo run
";

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Run until told to stop.
    Run(Arguments),
    /// Print [`HELP`].
    Help,
    /// Verify an exported audit log.
    VerifyAudit(VerifyAudit),
}

/// What to verify.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyAudit {
    /// The parts of the export, in order.
    pub files: Vec<PathBuf>,
    /// Where the anchors are.
    pub anchors: Option<PathBuf>,
}

/// How to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arguments {
    /// Where the functions listen. Port 0 means any free port.
    pub listen: SocketAddr,
    /// The directory that holds all state.
    pub data: PathBuf,
    /// The file to write once everything answers.
    pub ready_file: Option<PathBuf>,
    /// Which WeChat to talk to.
    pub wechat: WeChatKind,
    /// How many components the simulated WeChat knows.
    pub components: usize,
}

impl Default for Arguments {
    fn default() -> Self {
        Arguments {
            listen: DEFAULT_LISTEN,
            data: PathBuf::from(".local"),
            ready_file: None,
            wechat: WeChatKind::Simulated,
            components: 1,
        }
    }
}

/// Which WeChat to talk to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeChatKind {
    /// The simulated one, started beside the functions.
    Simulated,
    /// The real one, with credentials from the environment.
    Real,
}

/// What is wrong with the command line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArgumentError {
    /// An argument nobody knows.
    #[error("未知参数 / unknown argument: {0}")]
    Unknown(String),
    /// An option at the end whose value is missing.
    #[error("{0} 缺少值 / {0} needs a value")]
    MissingValue(&'static str),
    /// A value that cannot be.
    #[error("{option} 的值无效 / {option} cannot be {value:?}: {expected}")]
    InvalidValue {
        /// The option.
        option: &'static str,
        /// What it was given.
        value: String,
        /// What it takes.
        expected: &'static str,
    },
}

/// Reads the arguments after the program's name.
///
/// # Errors
/// When an argument is unknown, or a value missing or impossible.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, ArgumentError> {
    let mut parsed = Arguments::default();
    let mut arguments = arguments.into_iter().peekable();
    if arguments.next_if(|first| first == "verify-audit").is_some() {
        return verify_audit(arguments);
    }
    while let Some(argument) = arguments.next() {
        let text = argument.to_string_lossy().into_owned();
        if matches!(text.as_str(), "--help" | "-h") {
            return Ok(Command::Help);
        }
        // `--option value` and `--option=value` are the same.
        let (option, attached) = match text.split_once('=') {
            Some((option, value)) => (option, Some(OsString::from(value))),
            None => (text.as_str(), None),
        };
        let mut value = |option| {
            attached.clone().or_else(|| arguments.next()).ok_or(ArgumentError::MissingValue(option))
        };
        match option {
            "--listen" => parsed.listen = listen(&value("--listen")?)?,
            "--data" => parsed.data = path("--data", value("--data")?)?,
            "--ready-file" => {
                parsed.ready_file = Some(path("--ready-file", value("--ready-file")?)?);
            }
            "--wechat" => parsed.wechat = wechat(&value("--wechat")?)?,
            "--components" => parsed.components = components(&value("--components")?)?,
            _ => return Err(ArgumentError::Unknown(text)),
        }
    }
    Ok(Command::Run(parsed))
}

fn verify_audit(mut arguments: impl Iterator<Item = OsString>) -> Result<Command, ArgumentError> {
    let mut parsed = VerifyAudit::default();
    while let Some(argument) = arguments.next() {
        match argument.to_string_lossy().as_ref() {
            "--help" | "-h" => return Ok(Command::Help),
            "--anchors" => {
                let value = arguments.next().ok_or(ArgumentError::MissingValue("--anchors"))?;
                parsed.anchors = Some(path("--anchors", value)?);
            }
            option if option.starts_with("--") => {
                return Err(ArgumentError::Unknown(option.to_owned()));
            }
            _ => parsed.files.push(PathBuf::from(argument)),
        }
    }
    if parsed.files.is_empty() {
        return Err(ArgumentError::MissingValue("verify-audit"));
    }
    Ok(Command::VerifyAudit(parsed))
}

fn listen(value: &OsString) -> Result<SocketAddr, ArgumentError> {
    let value = value.to_string_lossy();
    // `localhost:8080` is what people type.
    value.replace("localhost", "127.0.0.1").parse().map_err(|_| ArgumentError::InvalidValue {
        option: "--listen",
        value: value.into_owned(),
        expected: "an address and a port, such as 127.0.0.1:8080",
    })
}

fn path(option: &'static str, value: OsString) -> Result<PathBuf, ArgumentError> {
    if value.is_empty() {
        return Err(ArgumentError::InvalidValue {
            option,
            value: String::new(),
            expected: "a path",
        });
    }
    Ok(PathBuf::from(value))
}

fn components(value: &OsString) -> Result<usize, ArgumentError> {
    let value = value.to_string_lossy();
    let number = value.parse().ok().filter(|number| (1..=MOST_COMPONENTS).contains(number));
    number.ok_or_else(|| ArgumentError::InvalidValue {
        option: "--components",
        value: value.into_owned(),
        expected: "a number from 1 to 16",
    })
}

fn wechat(value: &OsString) -> Result<WeChatKind, ArgumentError> {
    match value.to_string_lossy().as_ref() {
        "simulated" => Ok(WeChatKind::Simulated),
        "real" => Ok(WeChatKind::Real),
        other => Err(ArgumentError::InvalidValue {
            option: "--wechat",
            value: other.to_owned(),
            expected: "simulated or real",
        }),
    }
}
