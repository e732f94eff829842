// Shared code of the commands.
import { createHmac } from "node:crypto";
import { Ecash } from "../server/index.js";
import { signed } from "../server/webhook.js";

/** An error that ends the program with its message. */
export class Failed extends Error {}

/** Returns the client and the webhook secret from the environment's mint and API key. */
export function settings(usage) {
  const { ECASH_MINT, ECASH_KEY } = process.env;
  if (!ECASH_MINT || !ECASH_KEY) throw new Failed(`set ECASH_MINT and ECASH_KEY\n\n${usage}`);
  // Derive the secret from the key, so that it is the same after each start.
  const secret = `whsec_${createHmac("sha256", ECASH_KEY).update("listen").digest("base64")}`;
  return { ecash: new Ecash({ mint: ECASH_MINT, key: ECASH_KEY }), secret };
}

/** Returns the URL of a handler given as `3000/webhook`, `127.0.0.1:3000/webhook` or `http://localhost:3000/webhook`. */
export function handler(target, usage) {
  if (!target) throw new Failed(usage);
  if (/^https?:\/\//.test(target)) return new URL(target);
  return new URL(`http://${/^\d+(\/|$)/.test(target) ? `localhost:${target}` : target}`);
}

/** Posts an event like the mint. Returns the handler's status, or 0 without a response, and a description. */
export async function deliver(url, event, secret) {
  const body = JSON.stringify(event);
  const headers = { "content-type": "application/json", ...signed(event, body, secret) };
  const began = Date.now();
  try {
    const answer = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal: AbortSignal.timeout(15_000) });
    return { status: answer.status, text: `${answer.status} in ${Date.now() - began} ms` };
  } catch (error) {
    return { status: 0, text: `no response (${error.cause?.code ?? error.name})` };
  }
}
