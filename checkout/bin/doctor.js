// Checks the setup of a shop, and reports what is missing and how to fix it.
import { parseArgs } from "node:util";
import { EcashError } from "../server/index.js";
import { Failed } from "./common.js";

const MAX_CLOCK_DIFFERENCE_S = 120;
/** The scopes that a server needs to take payments. */
const NEEDED_SCOPES = ["read", "payments"];

export async function doctor({ ecash }, rest, usage) {
  let options;
  try {
    ({ values: options } = parseArgs({ args: rest, options: { page: { type: "string" }, prices: { type: "string" } } }));
  } catch {
    throw new Failed(usage);
  }
  let faults = 0;
  const good = (what) => console.log(`✓ ${what}`);
  const bad = (what, remedy) => {
    faults += 1;
    console.log(`✗ ${what}\n  ${remedy}`);
  };

  const keys = await ecash.keys();
  good(`${ecash.mint} responds: ${keys.institution_id}, ${keys.currency.code}${keys.currency.code === "DEMO" ? ", play money" : ""}`);
  const merchant = await merchantOf(ecash, bad);
  if (merchant) {
    const missing = NEEDED_SCOPES.filter((scope) => !merchant.scopes.includes(scope));
    if (missing.length) bad(`the key lacks the scopes ${missing.join(", ")}`, "create another key with these scopes");
    else good(`the key belongs to ${merchant.name} (${merchant.merchant_id}); scopes: ${merchant.scopes.join(", ")}`);
    const verified = merchant.domains.filter((domain) => domain.verified).map(({ origin }) => origin);
    if (!merchant.scopes.includes("refunds")) console.log("  it cannot refund payments: it lacks the scope refunds");
    if (verified.length) good(`payers see ${verified[0]}; a returnUrl may be on ${verified.join(", ")}`);
    else if (keys.currency.code === "DEMO") good("with play money, a returnUrl may be on http://localhost");
    else bad("the shop has no verified domain", "add one with the account token: POST /api/v1/merchant/domains, or ask the operator");
    if (merchant.scopes.includes("webhooks")) await endpoints(ecash, keys.currency.code === "DEMO", good, bad);
  }
  await clock(ecash, good, bad);
  if (options.page) await page(ecash.mint, options.page, good, bad);
  for (const price of options.prices?.split(",") ?? []) await priced(ecash, Number(price), good, bad);
  if (faults) throw new Failed(`${faults} problem${faults === 1 ? "" : "s"} found`);
  console.log("no problems found");
}

async function merchantOf(ecash, bad) {
  try {
    return await ecash.merchant();
  } catch (error) {
    if (!(error instanceof EcashError)) throw error;
    bad(`the mint rejects the key: ${error.code}`, "check that ECASH_KEY is complete and belongs to this mint; a test key begins with ek_test_");
    return undefined;
  }
}

async function endpoints(ecash, isPlayMoney, good, bad) {
  const list = await ecash.endpoints.list();
  if (list.length === 0) {
    if (isPlayMoney) console.log("  no webhook endpoint: on your machine ecash-checkout listen takes its place; a server that the mint can reach registers one with ecash.endpoints.create");
    else bad("no webhook endpoint", "add one with ecash.endpoints.create");
  }
  for (const endpoint of list) {
    if (endpoint.state !== "enabled") bad(`${endpoint.url} is ${endpoint.state}`, "enable it with ecash.endpoints.update and sendMissed");
    else if (endpoint.failing_since) bad(`${endpoint.url} has been failing since ${endpoint.failing_since}`, "ecash.endpoints.deliveries shows the errors; the mint retries automatically");
    else good(`${endpoint.url} accepts webhooks`);
  }
}

/** Compares the clock with the mint's. The library rejects webhooks that are more than five minutes old. */
async function clock(ecash, good, bad) {
  const answer = await fetch(`${ecash.mint}/health/live`);
  const date = Date.parse(answer.headers.get("date") ?? "");
  const difference_s = Math.abs(Date.now() - date) / 1000;
  if (Number.isNaN(difference_s)) return;
  if (difference_s > MAX_CLOCK_DIFFERENCE_S) bad(`this machine's clock differs from the mint's by ${Math.round(difference_s)} s`, "synchronize it with NTP: webhooks would be rejected");
  else good("this machine's clock agrees with the mint's");
}

/** Checks that the page's Content-Security-Policy allows the checkout element. */
async function page(mint, url, good, bad) {
  const answer = await fetch(url).catch(() => undefined);
  if (!answer) return bad(`${url} does not respond`, "start the shop, and pass the address of its checkout page");
  if (!answer.ok) return bad(`${url} returned ${answer.status}`, "pass the address of the checkout page as a payer sees it");
  const html = await answer.text();
  if (!/<ecash-checkout[\s>]|#pay=pay_/.test(html)) {
    return bad(`${url} contains neither the checkout element nor a link to a payment`, "pass the address of the page on which a payer pays");
  }
  const [, inPage] = /<meta[^>]+http-equiv=["']?content-security-policy["']?[^>]+content="([^"]*)"/i.exec(html) ?? [];
  const policy = answer.headers.get("content-security-policy") ?? inPage;
  if (!policy) return good(`${url} has no Content-Security-Policy; the checkout element works`);
  const directives = new Map(policy.split(";").map((text) => text.trim().split(/\s+/)).map(([name, ...sources]) => [name, sources]));
  const sources = (name) => directives.get(name) ?? directives.get("default-src");
  const allows = (name) => !sources(name) || sources(name).some((source) => source === mint || source === "*" || source === `${new URL(mint).protocol}`);
  const missing = ["script-src", "connect-src"].filter((name) => !allows(name));
  if (missing.length) bad(`the Content-Security-Policy of ${url} blocks the checkout element`, `add ${mint} to ${missing.join(" and ")}`);
  else good(`the Content-Security-Policy of ${url} allows the checkout element`);
}

async function priced(ecash, price, good, bad) {
  const [below, above] = await Promise.all(["down", "up"].map((way) => ecash.roundToPayable(price, way).catch(() => undefined)));
  if (below === price) good(`${await ecash.format(price)} can be paid exactly`);
  else bad(`${await ecash.format(price)} cannot be paid exactly`, `nearest: ${[below, above].filter(Boolean).join(" and ")}; roundToPayable finds them`);
}
