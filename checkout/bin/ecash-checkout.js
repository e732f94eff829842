#!/usr/bin/env node
// ecash-checkout listen 3000/webhook: events for a server on this machine, which the mint cannot reach.
import { createHmac } from "node:crypto";
import { Ecash, EcashError } from "../server/index.js";
import { signed } from "../server/webhook.js";

const usage = `ecash-checkout listen [HOST:]PORT/PATH

Reads the merchant's events from now on and posts each to http://HOST:PORT/PATH, signed like the mint's own webhooks.
Settings: ECASH_MINT, the mint's address, and ECASH_KEY, an API key with the scope read.`;

const [command, target] = process.argv.slice(2);
if (command !== "listen" || !target) fail(usage);
const { ECASH_MINT, ECASH_KEY } = process.env;
if (!ECASH_MINT || !ECASH_KEY) fail(`set ECASH_MINT and ECASH_KEY\n\n${usage}`);

const url = new URL(`http://${/^\d+(\/|$)/.test(target) ? `localhost:${target}` : target}`);
// Derived from the key, so that it is the same after each start.
const secret = `whsec_${createHmac("sha256", ECASH_KEY).update("listen").digest("base64")}`;
const ecash = new Ecash({ mint: ECASH_MINT, key: ECASH_KEY });
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stop.abort());

try {
  const last = await ecash.newestEvent();
  console.log(`the secret of these webhooks, the same after each start:\n  ECASH_WEBHOOK_SECRET=${secret}\nevents after number ${last} go to ${url}; Ctrl-C ends`);
  await ecash.follow(last, forward, { signal: stop.signal });
} catch (error) {
  fail(error instanceof EcashError ? `${error.code}: ${error.message}` : error);
}

/** Posts one event. A server that is not there is said, and the next event is posted all the same. */
async function forward(event) {
  // As the mint's webhooks: keys, endpoints and domains are only in the feed.
  const { payment, payout } = event.data;
  if (!payment && !payout) return;
  const body = JSON.stringify(event);
  const headers = { "content-type": "application/json", ...signed(event, body, secret) };
  const began = Date.now();
  let result;
  try {
    const answer = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal: AbortSignal.timeout(15_000) });
    result = `${answer.status} in ${Date.now() - began} ms`;
  } catch (error) {
    result = `no answer (${error.cause?.code ?? error.name})`;
  }
  console.log(`${event.type} ${(payment ?? payout).payment_id ?? payout.payout_id} → ${result}`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
