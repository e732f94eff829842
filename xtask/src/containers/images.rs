//! Builds the images of this repository in the container engine.

use super::engine::Engine;
use crate::offline;
use crate::offline::images::Docker as _;
use crate::step::{Failure, must};

/// Each image's target in the Dockerfile, and the image's name.
const IMAGES: [(&str, &str); 8] = [
    ("mint", "ecash-server"),
    ("mint", "ecash-migrate"),
    ("mint", "ecash-dispatcher"),
    ("signer", "ecash-signer"),
    ("signer", "ecash-init"),
    ("nginx", "ecash-nginx"),
    ("mint", "ecash-shop-key"),
    ("demo-shop", "ecash-demo-shop"),
];

/// Builds all images, with the wallet in dist/.
pub(super) fn build(engine: &Engine) -> Result<(), Failure> {
    offline::images::provide(engine)?;
    for (target, image) in IMAGES {
        let arguments = ["buildx", "build", "--network=host", "--progress=plain"];
        let quick =
            ["WALLET=prebuilt", "OPT_LEVEL=1", "LTO=off"].map(|value| ["--build-arg", value]).concat();
        let own = ["--file", "deployment/docker/Dockerfile", "--target", target, "--tag", image, "."];
        must(
            engine.docker(&[arguments.as_slice(), &quick, &own].concat()).stderr(std::process::Stdio::null()),
            "to see the messages, run docker build as in deployment/docker/Dockerfile",
        )?;
    }
    Ok(())
}
