//! What is started, and where.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use crate::{build::Build, console::Console, data::Data, parameter};

/// What to run and where.
#[derive(Clone)]
pub struct Options {
    /// The template; its directory is the workspace that the functions are built in.
    pub template: PathBuf,
    /// Where data is kept.
    pub data: Data,
    /// Port of the HTTP API; 0 takes a free one.
    pub port: u16,
    /// Port of the emulated AWS services; 0 takes a free one.
    pub aws_port: u16,
    /// Port of the sandbox; 0 takes a free one.
    pub sandbox_port: u16,
    /// Template parameters by name.
    pub parameters: BTreeMap<String, String>,
    /// The environment that parameters are taken from when `parameters` does not name them.
    pub environment: BTreeMap<String, String>,
    /// Where the function binaries come from.
    pub build: Build,
    /// Another visibility timeout for all queues than the template’s, so that a test need not wait for minutes.
    pub visibility_timeout: Option<Duration>,
    /// Whether functions log what they do in detail.
    pub verbose: bool,
    /// Where output goes.
    pub console: Console,
}

impl Options {
    /// Free ports, nothing kept, parameters as the template has them, functions built by cargo.
    pub fn new(template: PathBuf, console: Console) -> Self {
        Self {
            template,
            data: Data::Memory,
            port: 0,
            aws_port: 0,
            sandbox_port: 0,
            parameters: BTreeMap::new(),
            environment: BTreeMap::new(),
            build: Build::Cargo,
            visibility_timeout: None,
            verbose: false,
            console,
        }
    }

    /// The values that are set for the template’s declared parameters.
    pub(super) fn explicit_parameters(&self, declared: &[String]) -> BTreeMap<String, String> {
        let from_environment = declared.iter().filter_map(|name| {
            let value = self.environment.get(&parameter::environment_variable(name))?;
            (!value.is_empty()).then(|| (name.clone(), value.clone()))
        });
        from_environment.chain(self.parameters.clone()).collect()
    }
}
