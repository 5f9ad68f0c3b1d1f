//! The one integration test binary.

#![cfg(test)]

mod conformance_format;
mod conformance_policy;
mod differences;
mod properties_format;
mod properties_policy;
mod stress;
mod vectors;
