// What the commands share.
import { createHmac } from "node:crypto";
import { Ecash } from "../server/index.js";
import { signed } from "../server/webhook.js";

/** Ends the program with a message. */
export class Failed extends Error {}

/** The mint and the key of the environment. */
export function settings(usage) {
  const { ECASH_MINT, ECASH_KEY } = process.env;
  if (!ECASH_MINT || !ECASH_KEY) throw new Failed(`set ECASH_MINT and ECASH_KEY\n\n${usage}`);
  // Derived from the key, so that it is the same after each start.
  const secret = `whsec_${createHmac("sha256", ECASH_KEY).update("listen").digest("base64")}`;
  return { ecash: new Ecash({ mint: ECASH_MINT, key: ECASH_KEY }), secret };
}

/** The address of a handler: `3000/webhook` or `127.0.0.1:3000/webhook`. */
export function handler(target, usage) {
  if (!target) throw new Failed(usage);
  return new URL(`http://${/^\d+(\/|$)/.test(target) ? `localhost:${target}` : target}`);
}

/** Posts one event as the mint would. Returns how the handler answered, and its status; 0 without an answer. */
export async function deliver(url, event, secret) {
  const body = JSON.stringify(event);
  const headers = { "content-type": "application/json", ...signed(event, body, secret) };
  const began = Date.now();
  try {
    const answer = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal: AbortSignal.timeout(15_000) });
    return { status: answer.status, text: `${answer.status} in ${Date.now() - began} ms` };
  } catch (error) {
    return { status: 0, text: `no answer (${error.cause?.code ?? error.name})` };
  }
}
