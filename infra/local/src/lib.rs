//! Runs what template.yaml describes on this machine.

pub mod aws;
pub mod build;
mod cause;
pub mod cli;
pub mod console;
pub mod data;
pub mod dead_letter;
pub mod event_source;
pub mod http_api;
pub mod log_line;
mod parameter;
mod report;
pub mod runtime;
pub mod schedule;
pub mod start;
pub mod template;
pub mod token;
pub mod webhook;

pub use self::{
    parameter::ParameterError,
    start::{Local, Options, StartError, sandbox_parameters},
};
