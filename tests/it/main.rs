//! The one integration test binary.

#![cfg(test)]

mod conformance_format;
mod properties_format;
