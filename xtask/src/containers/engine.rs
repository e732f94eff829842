//! A separate container engine that shares no data, sockets or network with other engines on this machine.
//!
//! It builds images with the machine's network. It runs containers in a network namespace with only a
//! loopback interface, so it does not touch the machine's firewall and ports.

use crate::debian::{self, DOCKER, IPTABLES};
use crate::offline::images::Docker;
use crate::offline::{base, docker_plugins};
use crate::step::{Failure, command, must, succeeds};
use ecash_servers::{Process, Server, is_root, ready};
use std::path::PathBuf;
use std::process::Command;

/// The network that the engine uses.
pub(super) enum Network {
    /// The machine's network, for building images.
    Machine,
    /// A separate network namespace, for running containers.
    Apart,
}

/// A running engine. Fields are dropped in this order, so that the engine stops before its folder and
/// namespace are removed.
pub(crate) struct Engine {
    process: Process,
    surroundings: Surroundings,
}

/// The folder of the engine's sockets, and its network namespace.
struct Surroundings {
    folder: PathBuf,
    namespace: Option<String>,
}

impl Server for Engine {
    fn process(&self) -> &Process {
        &self.process
    }

    fn process_mut(&mut self) -> &mut Process {
        &mut self.process
    }

    fn is_ready(&mut self) -> bool {
        succeeds(&mut self.docker(&["version"]))
    }
}

/// Returns the folder that keeps images, volumes and plugins between runs.
fn home() -> PathBuf {
    base().join("docker")
}

/// Installs Docker and its plugins.
pub(super) fn install() -> Result<(), Failure> {
    if !is_root() {
        return Err(Failure::new(
            "a separate container engine needs root",
            "run: sudo cargo xtask test containers",
        ));
    }
    debian::install(&[DOCKER, IPTABLES])?;
    docker_plugins::install(&home().join("config/cli-plugins"))
}

impl Engine {
    /// Starts the engine. Only one can run at a time, because it locks its data.
    pub(super) fn start(network: &Network) -> Result<Self, Failure> {
        let folder = PathBuf::from(format!("/tmp/ecash-docker-{}", std::process::id()));
        let log = home().join("dockerd.log");
        std::fs::create_dir_all(&folder)?;
        std::fs::create_dir_all(home())?;
        let namespace = match network {
            Network::Machine => None,
            Network::Apart => Some(make_namespace()?),
        };
        let surroundings = Surroundings { folder, namespace };
        let Surroundings { folder, namespace } = &surroundings;
        let mut dockerd = match namespace {
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
            // `ip netns exec` would hide the control groups.
            Some(namespace) => command("nsenter", &[&format!("--net=/var/run/netns/{namespace}"), "dockerd"]),
        };
        dockerd.arg("--data-root").arg(home().join("data")).arg("--exec-root").arg(folder.join("exec"));
        dockerd.arg("-H").arg(format!("unix://{}", folder.join("docker.sock").display()));
        dockerd.arg("-p").arg(folder.join("pid"));
        // dockerd stops its containers before it exits.
        let process = Process::start("the container engine", dockerd.env("PATH", path_with_sbin()), &log)?;
        Ok(ready(Ok(Self { process: process.stopped_by("-TERM"), surroundings }))?)
    }
}

impl Docker for Engine {
    fn docker(&self, arguments: &[&str]) -> Command {
        let mut docker = command("docker", arguments);
        docker
            .env("DOCKER_HOST", format!("unix://{}", self.surroundings.folder.join("docker.sock").display()))
            .env("DOCKER_CONFIG", home().join("config"));
        docker
    }

    fn inside(&self, what: &Command) -> Command {
        let mut inside = match &self.surroundings.namespace {
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
    let remedy = "allow this user to create network namespaces";
    must(&mut command("ip", &["netns", "add", &name]), remedy)?;
    let up = must(&mut command("ip", &["-n", &name, "link", "set", "lo", "up"]), remedy);
    if up.is_err() {
        succeeds(&mut command("ip", &["netns", "delete", &name]));
    }
    up.map(|()| name)
}

impl Drop for Surroundings {
    fn drop(&mut self) {
        if let Some(namespace) = &self.namespace {
            succeeds(&mut command("ip", &["netns", "delete", namespace]));
        }
        // Ignore a folder that cannot be removed, because it does no harm.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
