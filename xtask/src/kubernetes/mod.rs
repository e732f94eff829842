//! Checks the manifests: renders them with kubectl, validates them against Kubernetes' schemas, and checks
//! that names match, which schemas cannot do. No cluster is started; docs/kubernetes.md lists what is not
//! tested.

use crate::offline::kubernetes::{kubectl, schemas};
use crate::step::{Failure, command, has, must, output, root};
use std::path::Path;

/// The oldest and the newest Kubernetes that the manifests support.
const VERSIONS: [&str; 2] = ["1.29", "1.37"];
/// The manifests for `kubectl apply -f`, then the variants for `kubectl apply -k`.
const FOLDERS: [&str; 3] = ["kubernetes", "kustomize/autoscaling", "kustomize/external-databases"];

pub(crate) fn kubernetes() -> Result<(), Failure> {
    let kubectl = kubectl()?;
    let schemas = schemas()?;
    for folder in FOLDERS {
        let source = format!("deployment/{folder}");
        let rendered = output(&mut command(&kubectl, &["kustomize", &source])).ok_or_else(|| {
            Failure::new(format!("cannot render {source}"), format!("run: kubectl kustomize {source}"))
        })?;
        let file = root().join("target").join(format!("{}.yaml", folder.replace('/', "-")));
        std::fs::write(&file, rendered)
            .map_err(|error| Failure::new(format!("{}: {error}", file.display()), "is the disk full?"))?;
        println!("  {source}");
        for version in VERSIONS {
            validate(version, &file, &schemas)?;
        }
        let mut meaning =
            command("python3", &["xtask/src/kubernetes/meaning.py", "deployment/docker/init-kubernetes.sh"]);
        must(meaning.arg(&file).env("PYTHONPATH", &schemas), "see the faults above")?;
    }
    applied_as_written(&schemas)
}

/// Validates a file against the schemas of a Kubernetes version. Uses kubeconform if it is installed.
fn validate(version: &str, file: &Path, schemas: &Path) -> Result<(), Failure> {
    const REMEDY: &str = "see the manifest's fault above";
    if has("kubeconform") {
        let version = format!("{version}.0");
        let arguments = ["-strict", "-kubernetes-version", &version];
        return must(command("kubeconform", &arguments).arg(file), REMEDY);
    }
    let arguments = ["-m", "kubernetes_validate", "--strict", "--quiet", "--kubernetes-version", version];
    must(command("python3", &arguments).arg(file).env("PYTHONPATH", schemas), REMEDY)
}

/// Checks the files as `kubectl apply -f deployment/kubernetes/` applies them, in the order of their names.
/// The namespace must come first, and every file must be listed in the Kustomization, so that it was checked.
fn applied_as_written(schemas: &Path) -> Result<(), Failure> {
    let folder = root().join("deployment/kubernetes");
    let listed = std::fs::read_to_string(folder.join("Kustomization")).unwrap_or_default();
    let files = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = files.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| name.ends_with(".yaml"));
    names.sort();
    let unlisted = names.iter().find(|name| !listed.contains(&format!("- {name}")));
    if let Some(name) = unlisted {
        return Err(Failure::new(
            format!("{name} is not in deployment/kubernetes/Kustomization"),
            "add it to that file",
        ));
    }
    let raw: Vec<_> = names.iter().map(|name| format!("deployment/kubernetes/{name}")).collect();
    let mut validate = command("python3", &["-m", "kubernetes_validate", "--strict", "--quiet"]);
    must(validate.args(raw).env("PYTHONPATH", schemas), "see the manifest's fault above")?;
    if names.first().is_none_or(|name| name != "00-namespace.yaml") {
        return Err(Failure::new("the namespace must be the first file", "rename it to 00-namespace.yaml"));
    }
    Ok(())
}
