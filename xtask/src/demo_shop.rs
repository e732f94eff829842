//! The demo shop: a merchant at a demo mint, and the shop's server.

use crate::offline;
use crate::step::{Failure, command, output, root, succeeds};
use ecash_servers::{Process, Server, is_healthy, ready, write_private};
use std::path::{Path, PathBuf};
use std::process::Command;

const MERCHANT: &str = "merchant_corner_shop";
/// The API key scopes of the shop's server.
pub(crate) const SHOP_SCOPES: &str = "read,payments,refunds,webhooks";
/// The API key scopes of the merchant page.
pub(crate) const PAGE_SCOPES: &str = "read,payments,refunds,payouts,webhooks,links,keys";

/// A running demo shop. It stops when dropped.
pub(crate) struct DemoShop {
    process: Process,
    port: u16,
    pub(crate) url: String,
    /// The API key for the merchant page.
    pub(crate) page_key: String,
}

impl DemoShop {
    /// Opens the merchant unless an earlier start did, and starts the shop. `operator` creates operator
    /// commands of the mint at `mint_url`. `folder` contains the shop's API keys, orders and log.
    pub(crate) fn start(
        operator: impl Fn(&[&str]) -> Command,
        mint_url: &str,
        folder: &Path,
        port: u16,
    ) -> Result<Self, Failure> {
        std::fs::create_dir_all(folder)?;
        let url = format!("http://localhost:{port}");
        let key = kept_key(&folder.join("api-key"), &operator, [&url, "demo shop", SHOP_SCOPES])?;
        let page_key = kept_key(&folder.join("page-key"), &operator, [&url, "merchant page", PAGE_SCOPES])?;
        let node =
            offline::node::for_demo_shop()?.map_or_else(|| PathBuf::from("node"), |bin| bin.join("node"));
        let mut shop =
            command(node, &["--disable-warning=ExperimentalWarning", "deployment/demo-shop/shop.js"]);
        shop.current_dir(root()).env("ECASH_MINT", mint_url).env("ECASH_KEY", key);
        shop.env("SHOP_PORT", port.to_string()).env("SHOP_DATABASE", folder.join("orders.db"));
        let process = Process::start("the demo shop", &mut shop, &folder.join("shop.log"));
        Ok(ready(process.map(|process| Self { process, port, url, page_key }))?)
    }
}

impl Server for DemoShop {
    fn process(&self) -> &Process {
        &self.process
    }

    fn process_mut(&mut self) -> &mut Process {
        &mut self.process
    }

    fn is_ready(&mut self) -> bool {
        is_healthy(self.port, "/")
    }
}

/// Returns the setting that allows webhooks to a demo shop on this port, in addition to the hosts that the
/// environment allows.
pub(crate) fn webhook_allow(port: u16) -> String {
    let more = std::env::var("WEBHOOK_ALLOW").unwrap_or_default();
    [format!("localhost:{port}"), more].join(",").trim_end_matches(',').to_owned()
}

/// Opens a merchant with a name and a verified domain, unless it is already open, and returns a new API key.
/// Hides the output of the commands, because it contains the merchant's token and key.
pub(crate) fn open_merchant(
    operator: &impl Fn(&[&str]) -> Command,
    [merchant_id, name, origin, key_name, scopes]: [&str; 5],
) -> Result<String, Failure> {
    let run = |arguments: &[&str]| {
        output(&mut operator(arguments)).ok_or_else(|| {
            let what = format!("ecash-mint {} failed", arguments.join(" "));
            Failure::new(what, "run the command by hand to see the reason")
        })
    };
    if !succeeds(&mut operator(&["merchant", "show", merchant_id])) {
        run(&["merchant", "create", merchant_id, "--name", name])?;
    }
    run(&["merchant", "domain", "add", merchant_id, origin])?;
    make_key(operator, [merchant_id, key_name, scopes])
}

/// Creates an API key with these scopes for a merchant.
pub(crate) fn make_key(
    operator: &impl Fn(&[&str]) -> Command,
    [merchant_id, key_name, scopes]: [&str; 3],
) -> Result<String, Failure> {
    let arguments = ["merchant", "key", "create", merchant_id, "--name", key_name, "--scopes", scopes];
    let printed = output(&mut operator(&arguments));
    let key =
        printed.as_deref().and_then(|text| text.split_whitespace().find(|word| word.starts_with("ek_")));
    key.map(str::to_owned).ok_or_else(|| {
        Failure::new("ecash-mint printed no API key", "run `ecash-mint merchant key create` by hand")
    })
}

/// Returns the API key stored in a file. Creates the key at the first call.
fn kept_key(
    file: &Path,
    operator: &impl Fn(&[&str]) -> Command,
    [url, name, scopes]: [&str; 3],
) -> Result<String, Failure> {
    if let Ok(key) = std::fs::read_to_string(file) {
        return Ok(key);
    }
    let key = open_merchant(operator, [MERCHANT, "The corner shop", url, name, scopes])?;
    write_private(file, &key)?;
    Ok(key)
}
