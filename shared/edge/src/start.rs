//! The start of a function's process.

use std::error::Error;
use std::process::ExitCode;

use crate::config::Environment;
use crate::error::chain;
use crate::telemetry;

/// Runs `main` with this process's environment and log. What keeps it from starting is logged by name before the
/// process ends, so that the reason stands where the failed start is looked for.
pub async fn start<F, E>(main: impl FnOnce(Environment) -> F) -> ExitCode
where
    F: Future<Output = Result<(), E>>,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let environment = Environment::of_process();
    let outcome = match telemetry::start(&environment) {
        Ok(()) => main(environment).await.map_err(Into::into),
        Err(error) => {
            // The log's own settings are wrong: its defaults have to do for saying so.
            let _ = telemetry::start(&Environment::default());
            Err(error.into())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = chain(error.as_ref()), "the function cannot run");
            ExitCode::FAILURE
        }
    }
}
