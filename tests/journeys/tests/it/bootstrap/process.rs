//! A function's process.

use std::{
    env,
    io::Read,
    process::{Child, Command, Stdio},
    thread::{self, JoinHandle},
};

/// The process of a function, killed when dropped.
pub(super) struct Bootstrap {
    child: Child,
    output: Vec<JoinHandle<String>>,
}

impl Bootstrap {
    /// Starts it with what Lambda sets, and `variables`; nothing else of this process's environment
    /// reaches it.
    #[track_caller]
    pub(super) fn start(function: &str, runtime_api: &str, variables: &[(&str, &str)]) -> Self {
        let binary = env::var_os("CALLBACK_BOOTSTRAP")
            .unwrap_or_else(|| env!("CARGO_BIN_EXE_callback-bootstrap").into());
        let mut child = Command::new(&binary)
            .env_clear()
            .envs([
                ("AWS_LAMBDA_RUNTIME_API", runtime_api),
                ("AWS_LAMBDA_FUNCTION_NAME", function),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/callback"),
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
            .unwrap_or_else(|error| panic!("{}: {error}", binary.display()));
        let output = vec![
            collect(child.stdout.take().expect("it is piped")),
            collect(child.stderr.take().expect("it is piped")),
        ];
        Bootstrap { child, output }
    }

    /// Ends the process and answers all it has written.
    pub(super) fn stop(mut self) -> String {
        self.end();
        self.output.drain(..).map(|output| output.join().expect("reading does not panic")).collect()
    }

    fn end(&mut self) {
        // It is gone already if this fails.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Bootstrap {
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
