//! The probe function (`examples/probe.rs`) and consoles that tests can read.

use std::{
    collections::BTreeMap,
    env, io,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use local::{
    console::Console,
    runtime::{Host, Runtime},
    schedule::Place,
    template::{EventSource, Function},
};

/// Where cargo puts examples.
pub(crate) fn directory() -> PathBuf {
    env::current_exe()
        .unwrap()
        .parent()
        .unwrap()
        .parent()
        .unwrap()
        .join("examples")
}

pub(crate) fn function(sources: Vec<EventSource>) -> Function {
    Function {
        logical_id: "ProbeFunction".to_owned(),
        name: "stack-probe".to_owned(),
        arn: "arn:aws:lambda:us-east-1:000000000000:function:stack-probe".to_owned(),
        binary: "probe".to_owned(),
        timeout: Duration::from_secs(20),
        memory_mb: 256,
        environment: BTreeMap::from([("SETTING".to_owned(), "from the template".to_owned())]),
        sources,
    }
}

pub(crate) fn place() -> Place {
    Place {
        region: "us-east-1".to_owned(),
        account_id: "000000000000".to_owned(),
    }
}

pub(crate) fn runtime(function: &Function, output: &Output) -> Runtime {
    let host = Host {
        aws_endpoint: "http://127.0.0.1:9".to_owned(),
        place: place(),
        verbose: false,
        console: output.console(),
    };
    let executables = BTreeMap::from([("probe".to_owned(), directory().join("probe"))]);
    Runtime::new(std::slice::from_ref(function), &executables, &host).unwrap()
}

/// What was printed.
#[derive(Clone, Default)]
pub(crate) struct Output(Arc<Mutex<Vec<u8>>>);

impl Output {
    pub(crate) fn console(&self) -> Console {
        Console::to(anstream::StripStream::new(
            Box::new(self.clone()) as Box<dyn io::Write + Send>
        ))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The first line that contains `words`, once it is printed.
    pub(crate) async fn line(&self, words: &str) -> String {
        eventually(|| {
            self.text()
                .lines()
                .find(|line| line.contains(words))
                .map(str::to_owned)
        })
        .await
    }
}

impl io::Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What `look` finds, as soon as it finds something.
pub(crate) async fn eventually<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let found = async {
        loop {
            if let Some(found) = look() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), found)
        .await
        .expect("it never came")
}
