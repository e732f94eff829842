#!/usr/bin/env node
// Development tool for shops: forwards events to a local server, triggers real events, and checks the setup.
import { EcashError } from "../server/index.js";
import { Failed, settings } from "./common.js";
import { doctor } from "./doctor.js";
import { listen } from "./listen.js";
import { KINDS, trigger } from "./trigger.js";

const usage = `ecash-checkout listen [HOST:]PORT/PATH | URL
  Posts the merchant's new events to http://HOST:PORT/PATH, signed like the mint's webhooks.

ecash-checkout trigger ${KINDS.join("|")} [[HOST:]PORT/PATH]
  Creates a real payment at a mint of play money and ends it as named, without a wallet. The last three need the address of
  your handler. They post a delivery twice, two deliveries in reverse order, and a forged one, and print the handler's responses.

ecash-checkout doctor [--page URL] [--prices 500,1250]
  Checks the key, the clock, webhooks, domains, the page's Content-Security-Policy, and whether prices can be paid exactly.

Environment: ECASH_MINT, the mint's address, and ECASH_KEY, an API key.`;

const commands = { listen, trigger, doctor };
const [name, ...rest] = process.argv.slice(2);
const command = Object.hasOwn(commands, name ?? "") ? commands[name] : undefined;
if (["--help", "-h", "help"].includes(name) || rest.includes("--help")) {
  console.log(usage);
  process.exit(0);
}
if (!command) fail(usage);
try {
  await command(settings(usage), rest, usage);
} catch (error) {
  if (error instanceof EcashError) fail(`${error.code}: ${error.message}`);
  if (error instanceof Failed) fail(error.message);
  throw error;
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
