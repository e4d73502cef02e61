//! Lets plain `#[test]` functions run on `wasm32-unknown-unknown`.
//!
//! The compiler's own test harness does not run there; `wasm-bindgen-test` does, with an attribute
//! of its own. A crate that writes
//!
//! ```text
//! #[cfg(all(test, target_arch = "wasm32"))]
//! #[macro_use]
//! extern crate alo_wasm_test;
//! ```
//!
//! has `#[test]` mean that attribute there, in every module, and nothing else changes. It needs
//! `wasm-bindgen-test` among its own development dependencies too, because that is what the
//! attribute expands to.

#[cfg(target_arch = "wasm32")]
pub use wasm_bindgen_test::wasm_bindgen_test as test;
