// Verifies webhook deliveries by Standard Webhooks 1.0.0.
import { createHmac, timingSafeEqual } from "node:crypto";
import { EcashError } from "./error.js";

/**
 * Maximum difference between a delivery's timestamp and this machine's clock, in seconds. Limits replays of
 * recorded deliveries.
 */
const TOLERANCE_S = 300;

/**
 * Verifies a delivery and returns its event. Throws an `EcashError` with the code `webhook_…`. `body` is the
 * raw body of the request, as bytes or text, because JSON that was parsed and serialized again has another
 * signature. `secrets` is one secret, or several during a rotation.
 */
export function webhook(body, headers, secrets, { now = Date.now() } = {}) {
  if (typeof body !== "string" && !(body instanceof Uint8Array)) {
    throw new EcashError("webhook_not_raw", "webhook() needs the raw body of the request, not parsed JSON");
  }
  const header = (name) => [headers.get ? headers.get(name) : headers[name]].flat().join(" ");
  const [id, timestamp, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(header);
  if (!id || !/^\d+$/.test(timestamp) || !signatures) {
    throw new EcashError("webhook_no_signature", "the request has no webhook signature headers");
  }
  const bytes = Buffer.from(body);
  const message = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), bytes]);
  const expected = [secrets].flat().map((secret) => createHmac("sha256", secretBytes(secret)).update(message).digest());
  const given = signatures.split(" ").filter((signature) => signature.startsWith("v1,")).map((signature) => Buffer.from(signature.slice(3), "base64"));
  if (!expected.some((hmac) => given.some((signature) => signature.length === hmac.length && timingSafeEqual(signature, hmac)))) {
    throw new EcashError("webhook_bad_signature", "the signature does not match the secret and the body");
  }
  if (Math.abs(now / 1000 - Number(timestamp)) > TOLERANCE_S) {
    throw new EcashError("webhook_too_old", "the delivery's timestamp differs from the clock by more than five minutes: it was replayed, or a clock is wrong");
  }
  return JSON.parse(bytes.toString("utf8"));
}

/**
 * Returns the headers that sign a delivery, for programs that deliver events, such as `ecash-checkout
 * listen`.
 */
export function signed(event, body, secret, { now = Date.now() } = {}) {
  const timestamp = String(Math.trunc(now / 1000));
  const signature = createHmac("sha256", secretBytes(secret)).update(`${event.id}.${timestamp}.`).update(body).digest("base64");
  return { "webhook-id": event.id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}

function secretBytes(secret) {
  if (!String(secret).startsWith("whsec_")) throw new EcashError("misconfigured", "a webhook secret must begin with whsec_");
  const bytes = Buffer.from(secret.slice("whsec_".length), "base64");
  // A short or empty key, for example from a truncated setting, could be guessed.
  if (bytes.length < 24) throw new EcashError("misconfigured", "the webhook secret is too short: it must have at least 24 bytes");
  return bytes;
}
