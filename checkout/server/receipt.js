// Receipts, verified with the mint's published keys.
import { createHash, createPublicKey, verify } from "node:crypto";
import { prefixed } from "./bytes.js";
import { EcashError } from "./error.js";

/** Verifies a receipt with a mint's receipt keys, offline. Returns what it states; throws an `EcashError` with the code `receipt_…`. */
export function verifyReceipt(receipt, keys) {
  const { signature, ...body } = receipt ?? {};
  const bad = (code, message) => new EcashError(code, message);
  if (body.ecash_receipt !== 1 || body.kind !== "payment" || typeof signature !== "string") {
    throw bad("receipt_unknown", "this is no receipt of a payment");
  }
  const key = keys.find((key) => receiptKeyId(body.institution_id, body.currency, key) === body.receipt_key);
  if (!key) throw bad("receipt_unknown_key", "the receipt names a key that the mint does not have");
  const message = Buffer.concat([Buffer.from("ecash/receipt/v1\0"), Buffer.from(canonical(body))]);
  if (!signs(key, message, signature)) throw bad("receipt_bad_signature", "the receipt's signature is not valid");
  const paid_at = Date.parse(body.paid_at);
  if (paid_at < Date.parse(key.from) || (key.until && paid_at >= Date.parse(key.until))) {
    throw bad("receipt_wrong_time", "the receipt's key was not in use at the time of the payment");
  }
  if (body.amount + body.tip !== body.total) throw bad("receipt_wrong_total", "the receipt's amounts do not add up");
  return body;
}

/** RFC 8785, for strings and integers: names sorted, no white space. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const fields = Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${fields.join(",")}}`;
}

function receiptKeyId(institution_id, currency, { public_key }) {
  const parts = [Buffer.from("ecash/receipt-key/v1"), prefixed(institution_id), prefixed(currency.code), Buffer.from([currency.exponent]), Buffer.from(public_key, "base64url")];
  return createHash("sha256").update(Buffer.concat(parts)).digest("base64url");
}

const signs = ({ public_key }, message, signature) => signedBy(public_key, message, Buffer.from(signature, "base64url"));

/**
 * The y coordinates of Ed25519 keys of small order, in hex without the sign bit, canonical or not. Such a key "signs" every message, so it
 * proves nothing; OpenSSL accepts it.
 */
const SMALL_ORDER = [
  "00".repeat(32),
  `01${"00".repeat(31)}`,
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  `ec${"ff".repeat(30)}7f`,
  `ed${"ff".repeat(30)}7f`,
  `ee${"ff".repeat(30)}7f`,
];

/** Whether an Ed25519 key, in base64url, has signed a message. */
export function signedBy(public_key, message, signature) {
  const y = Buffer.from(public_key, "base64url");
  if (y.length !== 32) return false;
  y[31] &= 0x7f;
  if (SMALL_ORDER.includes(y.toString("hex"))) return false;
  try {
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: public_key }, format: "jwk" });
    return verify(null, message, key, signature);
  } catch {
    return false;
  }
}

/** Whether published receipt keys continue those that were pinned: the same first ones, and each later one vouched for by the one before. */
export function continues(pinned, published, institution_id, currency) {
  const same = pinned.every((key, index) => key.public_key === published[index]?.public_key);
  return same && published.slice(1).every((key, index) => {
    // Those that were pinned were believed before.
    if (index + 1 < pinned.length) return true;
    const id = Buffer.from(receiptKeyId(institution_id, currency, key), "base64url");
    return key.by_previous && signs(published[index], Buffer.concat([Buffer.from("ecash/receipt-key/next/v1"), id]), key.by_previous);
  });
}
