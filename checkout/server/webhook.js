// Deliveries of events to a shop's server, verified as Standard Webhooks 1.0.0 says.
import { createHmac, timingSafeEqual } from "node:crypto";
import { EcashError } from "./error.js";

/** How far the time of a delivery may be from this machine's, in seconds. An older one may have been recorded and sent again. */
const TOLERANCE_S = 300;

/**
 * Returns the event of a delivery, or throws an `EcashError` with the code `webhook_…`. `body` is the request's body as
 * it came, in bytes or text: parsed and written again, it is another text. `secrets` is one secret, or several during a
 * rotation.
 */
export function webhook(body, headers, secrets, { now = Date.now() } = {}) {
  if (typeof body !== "string" && !(body instanceof Uint8Array)) {
    throw new EcashError("webhook_not_raw", "webhook() needs the body as it came, before any JSON parser");
  }
  const header = (name) => [headers.get ? headers.get(name) : headers[name]].flat().join(" ");
  const [id, timestamp, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(header);
  if (!id || !/^\d+$/.test(timestamp) || !signatures) {
    throw new EcashError("webhook_no_signature", "the request carries no signature of a webhook");
  }
  const bytes = Buffer.from(body);
  const message = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), bytes]);
  const expected = [secrets].flat().map((secret) => createHmac("sha256", secretBytes(secret)).update(message).digest());
  const given = signatures.split(" ").filter((signature) => signature.startsWith("v1,")).map((signature) => Buffer.from(signature.slice(3), "base64"));
  if (!expected.some((hmac) => given.some((signature) => signature.length === hmac.length && timingSafeEqual(signature, hmac)))) {
    throw new EcashError("webhook_bad_signature", "the signature is of another secret or another body");
  }
  if (Math.abs(now / 1000 - Number(timestamp)) > TOLERANCE_S) {
    throw new EcashError("webhook_too_old", "the delivery is more than five minutes old or new: it was recorded, or a clock is wrong");
  }
  return JSON.parse(bytes.toString("utf8"));
}

/** Signs a delivery, for programs that deliver events themselves, such as `ecash-checkout listen`. Returns its headers. */
export function signed(event, body, secret, { now = Date.now() } = {}) {
  const timestamp = String(Math.trunc(now / 1000));
  const signature = createHmac("sha256", secretBytes(secret)).update(`${event.id}.${timestamp}.`).update(body).digest("base64");
  return { "webhook-id": event.id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}

function secretBytes(secret) {
  if (!String(secret).startsWith("whsec_")) throw new EcashError("misconfigured", "a secret of webhooks begins with whsec_");
  const bytes = Buffer.from(secret.slice("whsec_".length), "base64");
  // A short key, or none because a setting is cut off, could be guessed.
  if (bytes.length < 24) throw new EcashError("misconfigured", "the secret of the webhooks is too short");
  return bytes;
}
