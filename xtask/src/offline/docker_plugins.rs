//! docker compose and buildx from Debian 13's packages, which have no dependencies.

use super::base;
use crate::step::{Failure, command, output, succeeds};
use std::path::Path;

/// The package of each plugin, and the docker command that it adds.
const PLUGINS: [(&str, &str); 2] = [("docker-compose", "compose"), ("docker-buildx", "buildx")];

/// Installs the plugins into the folder `plugins`, unless Docker already has them.
pub(crate) fn install(plugins: &Path) -> Result<(), Failure> {
    let installed = |command_name: &str| succeeds(&mut command("docker", &[command_name, "version"]));
    let here = |package: &str| plugins.join(package).is_file();
    if PLUGINS.iter().all(|(package, command_name)| here(package) || installed(command_name)) {
        return Ok(());
    }
    let packages = PLUGINS.map(|(package, _)| package);
    println!("downloading {} of Debian 13", packages.join(" and "));
    fetch(plugins, &packages)
}

/// Downloads with a separate apt configuration, so that the machine's sources stay unchanged.
fn fetch(plugins: &Path, packages: &[&str]) -> Result<(), Failure> {
    const SCRIPT: &str = r#"
        work=$1 plugins=$2 site=$3
        shift 3
        mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$plugins"
        cd "$work"
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $site trixie main" > sources.list
        apt() {
            apt-get -q -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null \
                -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root "$@"
        }
        apt update > /dev/null
        apt download "$@" > /dev/null
        for package in *.deb; do dpkg-deb -x "$package" unpacked; done
        cp unpacked/usr/libexec/docker/cli-plugins/* "$plugins"
        rm -rf "$work"
    "#;
    let (work, plugins) = (base().join("docker/apt").display().to_string(), plugins.display().to_string());
    let site = debian_site()?;
    let arguments = [&["-ec", SCRIPT, "sh", &work, &plugins, &site], packages].concat();
    if succeeds(&mut command("bash", &arguments)) {
        return Ok(());
    }
    Err(Failure::new("cannot download docker-compose and docker-buildx", "is Debian's mirror reachable?"))
}

/// Returns the Debian mirror that this machine uses.
pub(crate) fn debian_site() -> Result<String, Failure> {
    debian_site_of("Debian")
}

/// Returns the mirror of the archive with this label.
pub(crate) fn debian_site_of(label: &str) -> Result<String, Failure> {
    let targets = ["indextargets", "--format", "$(ORIGIN) $(LABEL) $(SITE)"];
    let lines = output(&mut command("apt-get", &targets)).unwrap_or_default();
    let site = lines.lines().find_map(|line| line.strip_prefix(&format!("Debian {label} ")));
    site.map(str::to_owned).ok_or_else(|| {
        let remedy = "run apt-get update; this step needs Debian 12 or 13";
        Failure::new(format!("apt has no mirror of {label}"), remedy)
    })
}
