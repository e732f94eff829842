// Checks in each browser what the checkout element depends on: it reaches the state "paid" in a page with the
// strictest headers, its link passes the shop's origin to the wallet, and the receipt page can verify a
// receipt.
import { createServer } from "node:http";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { Ecash } from "../../checkout/server/index.js";
import { chromium, firefox, webkit } from "./drivers.mjs";

const { ECASH_URL: mint, ECASH_API_KEY: key } = process.env;
const shop = new Ecash({ mint, key });
const BROWSERS = { chromium, firefox, webkit };
const ATTEMPTS = 100;

// The shop is at localhost and the mint at 127.0.0.1, which are two sites.
const pages = createServer(async (request, response) => {
  const headers = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": `default-src 'none'; script-src ${mint}; connect-src ${mint}; require-trusted-types-for 'script'`,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "referrer-policy": "no-referrer",
  };
  const payment = new URL(request.url, "http://localhost").searchParams.get("payment");
  if (!payment) return void response.writeHead(404).end();
  response.writeHead(200, headers).end(`<!doctype html><title>shop</title>
    <script type="module" src="${mint}/checkout/1/ecash-checkout.js" crossorigin></script>
    <ecash-checkout payment="${payment}" qr="none"></ecash-checkout>
    <a id="link" rel="noopener" referrerpolicy="origin" href="${mint}/">Pay</a>`);
});
pages.listen(0, "localhost");
await once(pages, "listening");
const origin = `http://localhost:${pages.address().port}`;

let failed = 0;
for (const [name, start] of Object.entries(BROWSERS)) {
  const browser = await start();
  try {
    const payment = await shop.createPayment({ amount: 50, description: `facts in ${name}` });
    await browser.open(`${origin}/?payment=${encodeURIComponent(payment.checkout_url)}`);
    const state = "document.querySelector('ecash-checkout').state";
    await becomes(browser, name, "the element is open under the strictest headers", state, "open");
    await becomes(browser, name, "its link sends the shop's origin", "document.querySelector('ecash-checkout').shadowRoot.querySelector('a').referrerPolicy", "origin");
    await shop.test.pay(payment.payment_id);
    await becomes(browser, name, "it reaches the state paid", state, "paid");
    await becomes(browser, name, "it matches :state(paid)", "document.querySelector('ecash-checkout').matches(':state(paid)')", true);
    await browser.evaluate("(document.getElementById('link').click(), true)");
    await becomes(browser, name, "the wallet receives the shop's origin", "document.referrer", `${origin}/`);
    await browser.open(`${mint}/receipt/`);
    const receipt = await (await fetch(`${mint}/api/v1/payments/${payment.payment_id}/receipt`)).text();
    await browser.evaluate(`((document.getElementById('receipt').value = ${JSON.stringify(receipt)}), document.querySelector('#pasted button').click(), true)`);
    await becomes(browser, name, "a receipt is verified", "document.getElementById('title').textContent", "Genuine: 50 DEMO");
  } finally {
    await browser.close();
  }
}
pages.closeAllConnections();
pages.close();
if (failed) {
  console.error(`${failed} checks failed`);
  process.exit(1);
}

async function becomes(browser, name, what, expression, expected) {
  let seen;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    // While a page loads, the expression may fail.
    seen = await browser.evaluate(expression).catch((error) => error.message);
    if (seen === expected) return console.log(`  ✓ ${name}: ${what}`);
    await pause(100);
  }
  failed += 1;
  console.log(`  ✘ ${name}: ${what}: ${JSON.stringify(seen)} instead of ${JSON.stringify(expected)}`);
}
