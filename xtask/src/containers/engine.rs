//! A container engine of our own: its data, sockets and network are apart from any other on this machine.
//!
//! It builds with the machine's network and runs in a network namespace with loopback only, so that neither
//! the machine's firewall nor its ports are touched.

use crate::debian::{self, DOCKER, IPTABLES};
use crate::postgres::base;
use crate::service::stop;
use crate::step::{Failure, command, is_root, must, output, succeeds};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Of Debian 13; they need nothing of it.
const PLUGINS: [&str; 2] = ["docker-compose", "docker-buildx"];

/// Where the engine's network is.
pub(super) enum Network {
    /// The machine's: to build.
    Machine,
    /// A namespace of its own: to run.
    Apart,
}

/// A running engine; stopped by its own pid when dropped.
pub(super) struct Engine {
    child: Child,
    folder: PathBuf,
    namespace: Option<String>,
}

/// Where images, volumes and plugins are kept between runs.
fn home() -> PathBuf {
    base().join("docker")
}

/// Installs what it takes.
pub(super) fn install() -> Result<(), Failure> {
    if !is_root() {
        return Err(Failure::new(
            "a container engine of our own needs root",
            "run: sudo cargo xtask test containers",
        ));
    }
    debian::install(&[DOCKER, IPTABLES])?;
    let plugins = home().join("config/cli-plugins");
    if PLUGINS.iter().all(|plugin| plugins.join(plugin).is_file()) {
        return Ok(());
    }
    println!("fetching {} of Debian 13", PLUGINS.join(" and "));
    fetch_plugins(&plugins)
}

/// By an apt of its own, so that the machine's sources stay as they are.
fn fetch_plugins(plugins: &Path) -> Result<(), Failure> {
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
    let (work, plugins) = (home().join("apt").display().to_string(), plugins.display().to_string());
    let site = debian_site()?;
    let arguments = [&["-ec", SCRIPT, "sh", &work, &plugins, &site], PLUGINS.as_slice()].concat();
    if succeeds(&mut command("bash", &arguments)) {
        return Ok(());
    }
    Err(Failure::new(
        "docker-compose and docker-buildx could not be fetched",
        "is Debian's mirror reachable?",
    ))
}

/// The mirror that this machine uses.
pub(super) fn debian_site() -> Result<String, Failure> {
    debian_site_of("Debian")
}

/// The mirror of an archive with this label.
pub(super) fn debian_site_of(label: &str) -> Result<String, Failure> {
    let targets = ["indextargets", "--format", "$(ORIGIN) $(LABEL) $(SITE)"];
    let lines = output(&mut command("apt-get", &targets)).unwrap_or_default();
    let site = lines.lines().find_map(|line| line.strip_prefix(&format!("Debian {label} ")));
    site.map(str::to_owned).ok_or_else(|| {
        let remedy = "apt-get update; this step runs on Debian 12 and 13";
        Failure::new(format!("apt knows no mirror of {label}"), remedy)
    })
}

impl Engine {
    /// Starts it. There is one at a time: its data are locked.
    pub(super) fn start(network: &Network) -> Result<Self, Failure> {
        let folder = PathBuf::from(format!("/tmp/ecash-docker-{}", std::process::id()));
        let log = home().join("dockerd.log");
        let failed = |what: &str| {
            Failure::new(format!("the container engine: {what}"), format!("its log: {}", log.display()))
        };
        let made = std::fs::create_dir_all(&folder).and_then(|()| std::fs::create_dir_all(home()));
        made.map_err(|error| failed(&error.to_string()))?;
        let namespace = match network {
            Network::Machine => None,
            Network::Apart => Some(make_namespace()?),
        };
        let mut dockerd = match &namespace {
            None => command(
                "dockerd",
                &[
                    "--bridge=none",
                    "--iptables=false",
                    "--ip6tables=false",
                    "--ip-forward=false",
                    "--ip-masq=false",
                ],
            ),
            // Not `ip netns exec`: it hides the control groups.
            Some(namespace) => command("nsenter", &[&format!("--net=/var/run/netns/{namespace}"), "dockerd"]),
        };
        dockerd.arg("--data-root").arg(home().join("data")).arg("--exec-root").arg(folder.join("exec"));
        dockerd.arg("-H").arg(format!("unix://{}", folder.join("docker.sock").display()));
        dockerd.arg("-p").arg(folder.join("pid"));
        let file = File::create(&log).map_err(|error| failed(&error.to_string()))?;
        let child = dockerd
            .env("PATH", path_with_sbin())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            .spawn();
        let child = child.map_err(|error| failed(&error.to_string()))?;
        let mut engine = Self { child, folder, namespace };
        let deadline = Instant::now() + Duration::from_secs(60);
        while !succeeds(&mut engine.docker(&["version"])) {
            if Instant::now() > deadline || !matches!(engine.child.try_wait(), Ok(None)) {
                return Err(failed("it does not start"));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(engine)
    }

    /// `docker …` of this engine.
    pub(super) fn docker(&self, arguments: &[&str]) -> Command {
        let mut docker = command("docker", arguments);
        docker
            .env("DOCKER_HOST", format!("unix://{}", self.folder.join("docker.sock").display()))
            .env("DOCKER_CONFIG", home().join("config"));
        docker
    }

    /// The same command where the containers' published ports are on loopback, with `docker` of this engine.
    pub(super) fn inside(&self, what: &Command) -> Command {
        let mut inside = match &self.namespace {
            None => command(what.get_program(), &[]),
            Some(namespace) => {
                let mut nsenter = command("nsenter", &[&format!("--net=/var/run/netns/{namespace}")]);
                nsenter.arg(what.get_program());
                nsenter
            }
        };
        inside.args(what.get_args());
        for (name, value) in self.docker(&[]).get_envs().chain(what.get_envs()) {
            inside.env(name, value.unwrap_or_default());
        }
        inside
    }
}

fn path_with_sbin() -> String {
    format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default())
}

fn make_namespace() -> Result<String, Failure> {
    let name = format!("ecash-{}", std::process::id());
    let remedy = "network namespaces must be allowed here";
    must(&mut command("ip", &["netns", "add", &name]), remedy)?;
    let up = must(&mut command("ip", &["-n", &name, "link", "set", "lo", "up"]), remedy);
    if up.is_err() {
        succeeds(&mut command("ip", &["netns", "delete", &name]));
    }
    up.map(|()| name)
}

impl Drop for Engine {
    fn drop(&mut self) {
        // It stops its containers first.
        stop(&mut self.child, "-TERM", Duration::from_secs(60));
        if let Some(namespace) = &self.namespace {
            succeeds(&mut command("ip", &["netns", "delete", namespace]));
        }
        // A folder that stays is in the way of nobody.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
