// Verifies receipts with the mint's published keys.
import { createHash, createPublicKey, verify } from "node:crypto";
import { prefixed } from "./bytes.js";
import { EcashError } from "./error.js";
import { SMALL_ORDER, addsUp, isReceipt, signedText, wasInUse } from "./receipt_form.js";

const bad = (code, message) => new EcashError(code, message);

/**
 * Verifies the receipt of a payment with a mint's receipt keys, offline. Returns its statement. Throws an
 * `EcashError` with the code `receipt_…`.
 */
export function verifyReceipt(receipt, keys) {
  const body = verified("payment", receipt, keys);
  if (!addsUp(body)) throw bad("receipt_wrong_total", "the receipt's amounts do not add up");
  return body;
}

/**
 * Verifies the receipt of a refund like `verifyReceipt`. The receipt does not state whether the refund was
 * claimed.
 */
export const verifyRefundReceipt = (receipt, keys) => verified("refund", receipt, keys);

function verified(kind, receipt, keys) {
  const { signature, ...body } = receipt ?? {};
  if (!isReceipt(receipt ?? {}) || body.kind !== kind) {
    throw bad("receipt_unknown", `not a receipt of a ${kind}`);
  }
  const key = keys.find((key) => receiptKeyId(body.institution_id, body.currency, key) === body.receipt_key);
  if (!key) throw bad("receipt_unknown_key", "the receipt names a key that is not a key of the mint");
  if (!signs(key, Buffer.from(signedText(body)), signature)) throw bad("receipt_bad_signature", "the receipt's signature is not valid");
  if (!wasInUse(key, body)) throw bad("receipt_wrong_time", "the receipt's key was not in use at that time");
  return body;
}

function receiptKeyId(institution_id, currency, { public_key }) {
  const parts = [Buffer.from("ecash/receipt-key/v1"), prefixed(institution_id), prefixed(currency.code), Buffer.from([currency.exponent]), Buffer.from(public_key, "base64url")];
  return createHash("sha256").update(Buffer.concat(parts)).digest("base64url");
}

const signs = ({ public_key }, message, signature) => signedBy(public_key, message, Buffer.from(signature, "base64url"));

/** Whether `signature` is a valid Ed25519 signature of the message. Rejects keys of small order. */
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

/**
 * Whether published receipt keys continue the pinned ones: they begin with the pinned keys, and each later
 * key is signed by its predecessor.
 */
export function continues(pinned, published, institution_id, currency) {
  const same = pinned.every((key, index) => key.public_key === published[index]?.public_key);
  return same && published.slice(1).every((key, index) => {
    // Pinned keys are trusted already.
    if (index + 1 < pinned.length) return true;
    const id = Buffer.from(receiptKeyId(institution_id, currency, key), "base64url");
    return key.by_previous && signs(published[index], Buffer.concat([Buffer.from("ecash/receipt-key/next/v1"), id]), key.by_previous);
  });
}
