//! A function's process.

use std::{
    fs,
    io::{self, Read},
    path::Path,
    process::{Child, Command, Stdio},
    thread::{self, JoinHandle},
    time::Duration,
};

/// Ticks of the kernel's clock in a second, in which it counts a process's time: 100 everywhere.
const TICKS: f64 = 100.0;

/// The process of a function, killed when dropped.
pub struct Process {
    child: Child,
    output: Vec<JoinHandle<String>>,
}

/// What a process has used so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usage {
    /// The memory that it has, in bytes (`VmRSS`).
    pub memory: u64,
    /// The most memory it ever had, in bytes (`VmHWM`).
    pub peak_memory: u64,
    /// Time on a processor, its own and the kernel's for it.
    pub cpu: Duration,
}

impl Usage {
    /// What the process of this number has used so far, as Linux counts it.
    ///
    /// # Errors
    /// When it is gone, or this is no Linux.
    pub fn of(process: u32) -> io::Result<Usage> {
        let malformed = |file: &str| io::Error::other(format!("{file} is not as expected"));
        let of = |file: &str| fs::read_to_string(format!("/proc/{process}/{file}"));
        let status = of("status")?;
        let kilobytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse::<u64>().ok())
        };
        let stat = of("stat")?;
        // The second field is the name, in parentheses, and may hold anything.
        let fields = stat.rsplit_once(") ").map(|(_, rest)| rest.split(' ').collect::<Vec<_>>());
        let ticks = fields.and_then(|fields| {
            Some(fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?)
        });
        Ok(Usage {
            memory: kilobytes("VmRSS:").ok_or_else(|| malformed("status"))? * 1024,
            peak_memory: kilobytes("VmHWM:").ok_or_else(|| malformed("status"))? * 1024,
            cpu: Duration::from_secs_f64(ticks.ok_or_else(|| malformed("stat"))? / TICKS),
        })
    }
}

impl Process {
    /// Starts a binary with what Lambda sets, and `variables`; nothing else of this process's
    /// environment reaches it. `runtime_api` is host and port.
    ///
    /// # Panics
    /// When there is no such binary.
    #[track_caller]
    pub fn start(
        binary: &Path,
        function: &str,
        runtime_api: &str,
        variables: &[(&str, &str)],
    ) -> Self {
        Process::run(Command::new(binary), function, runtime_api, variables)
    }

    /// The same with a command that starts the binary, such as a tool that watches it.
    ///
    /// # Panics
    /// When there is no such program.
    #[track_caller]
    pub fn run(
        mut command: Command,
        function: &str,
        runtime_api: &str,
        variables: &[(&str, &str)],
    ) -> Self {
        let mut child = command
            .env_clear()
            .envs([
                ("AWS_LAMBDA_RUNTIME_API", runtime_api),
                ("AWS_LAMBDA_FUNCTION_NAME", function),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/function"),
                ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/11/22/[$LATEST]0"),
                ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
                ("AWS_REGION", "us-east-1"),
                ("AWS_ACCESS_KEY_ID", "key"),
                ("AWS_SECRET_ACCESS_KEY", "secret"),
                ("AWS_SESSION_TOKEN", "session"),
            ])
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", command.get_program().display()));
        let output = vec![
            collect(child.stdout.take().expect("it is piped")),
            collect(child.stderr.take().expect("it is piped")),
        ];
        Process { child, output }
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has used so far, as Linux counts it.
    ///
    /// # Errors
    /// When it is gone, or this is no Linux.
    pub fn usage(&self) -> io::Result<Usage> {
        Usage::of(self.child.id())
    }

    /// Whether it ended already, by itself.
    ///
    /// # Errors
    /// When the system cannot say.
    pub fn has_ended(&mut self) -> io::Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// Waits until the process ended by itself, or by somebody's signal.
    ///
    /// # Errors
    /// When the system cannot say.
    pub fn ended(mut self) -> io::Result<()> {
        self.child.wait().map(drop)
    }

    /// Ends the process and answers all it has written.
    pub fn stop(mut self) -> String {
        self.end();
        self.output.drain(..).map(|output| output.join().expect("reading does not panic")).collect()
    }

    fn end(&mut self) {
        // It is gone already if this fails.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
        if thread::panicking() {
            for output in self.output.drain(..) {
                eprintln!("{}", output.join().unwrap_or_default());
            }
        }
    }
}

/// Reads to the end, so that the process never waits for a full pipe.
fn collect(mut from: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before an error is still worth having.
        let _ = from.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
