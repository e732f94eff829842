//! The demo shop: a merchant at a mint of play money, and the shop's own server.

use crate::offline;
use crate::step::{Failure, command, output, root, succeeds};
use ecash_servers::{Process, write_private};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const MERCHANT: &str = "merchant_corner_shop";
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// A running demo shop. It stops when dropped.
pub(crate) struct DemoShop {
    process: Process,
    pub(crate) url: String,
}

impl DemoShop {
    /// Opens the merchant unless an earlier start did, and starts the shop. `operator` makes commands of the mint at `mint_url`; `folder`
    /// keeps the shop's API key, orders and log.
    pub(crate) fn start(
        operator: impl Fn(&[&str]) -> Command,
        mint_url: &str,
        folder: &Path,
        port: u16,
    ) -> Result<Self, Failure> {
        std::fs::create_dir_all(folder)?;
        let url = format!("http://localhost:{port}");
        let key = api_key(&operator, &url, folder)?;
        let node =
            offline::node::for_demo_shop()?.map_or_else(|| PathBuf::from("node"), |bin| bin.join("node"));
        let mut shop =
            command(node, &["--disable-warning=ExperimentalWarning", "deployment/demo-shop/shop.js"]);
        shop.current_dir(root()).env("ECASH_MINT", mint_url).env("ECASH_KEY", key);
        shop.env("SHOP_PORT", port.to_string()).env("SHOP_DATABASE", folder.join("orders.db"));
        let mut process = Process::start("the demo shop", &mut shop, &folder.join("shop.log"))?;
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if !process.runs() || began.elapsed() > START_TIMEOUT {
                return Err(process.error("did not start").into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(Self { process, url })
    }

    pub(crate) fn runs(&mut self) -> bool {
        self.process.runs()
    }
}

/// Returns the shop's API key, which is created once.
fn api_key(operator: &impl Fn(&[&str]) -> Command, url: &str, folder: &Path) -> Result<String, Failure> {
    let file = folder.join("key");
    if let Ok(key) = std::fs::read_to_string(&file) {
        return Ok(key);
    }
    // The output is not shown: it holds the merchant's token and key.
    let run = |arguments: &[&str]| {
        output(&mut operator(arguments)).ok_or_else(|| {
            let what = format!("ecash-mint {} failed", arguments.join(" "));
            Failure::new(what, "run it by hand to see why")
        })
    };
    if !succeeds(&mut operator(&["merchant", "show", MERCHANT])) {
        run(&["merchant", "create", MERCHANT, "--name", "The corner shop"])?;
    }
    run(&["merchant", "domain", "add", MERCHANT, url])?;
    let printed = run(&["merchant", "key", "create", MERCHANT, "--name", "demo shop"])?;
    let key = printed.split_whitespace().find(|word| word.starts_with("ek_"));
    let key = key.ok_or_else(|| Failure::new("ecash-mint printed no API key", "start again"))?;
    write_private(&file, key)?;
    Ok(key.to_owned())
}
