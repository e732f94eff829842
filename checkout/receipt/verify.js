// Verifies receipts in a browser, offline.
import { SMALL_ORDER, addsUp, isReceipt, signedText, wasInUse } from "../server/receipt_form.js";

const text = new TextEncoder();
const bytesOf = (base64url) => Uint8Array.from(atob(base64url.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const joined = (parts) => new Uint8Array(parts.flatMap((part) => [...part]));
const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** Encodes a text with its length as a prefix of two bytes, big-endian. */
const prefixed = (value) => {
  const bytes = text.encode(value);
  return joined([[bytes.length >> 8, bytes.length & 255], bytes]);
};

/** Why a receipt is rejected; the message is a key of the page's texts. */
export class Refused extends Error {}

/** Verifies a receipt with a mint's receipt keys. Returns what it states; throws `Refused`. */
export async function verify(receipt, keys) {
  const { signature, ...body } = receipt ?? {};
  if (!isReceipt(receipt ?? {})) throw new Refused("unknown");
  let key;
  for (const candidate of keys) if ((await keyId(body, candidate)) === body.receipt_key) key = candidate;
  if (!key) throw new Refused("other-mint");
  if (!(await signed(key, body, signature))) throw new Refused("changed");
  if (!wasInUse(key, body)) throw new Refused("wrong-time");
  if (!addsUp(body)) throw new Refused("changed");
  return body;
}

async function keyId({ institution_id, currency }, { public_key }) {
  const parts = [text.encode("ecash/receipt-key/v1"), prefixed(institution_id), prefixed(currency.code), [currency.exponent], bytesOf(public_key)];
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", joined(parts)));
  return btoa(String.fromCharCode(...hash)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function signed({ public_key }, body, signature) {
  const raw = bytesOf(public_key);
  const y = raw.slice();
  y[31] &= 0x7f;
  if (raw.length !== 32 || SMALL_ORDER.includes(hex(y))) return false;
  let key;
  try {
    key = await crypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]);
  } catch {
    throw new Refused("old-browser");
  }
  try {
    return await crypto.subtle.verify("Ed25519", key, bytesOf(signature), text.encode(signedText(body)));
  } catch {
    // The signature is not base64url.
    return false;
  }
}
