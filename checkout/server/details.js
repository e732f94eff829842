// Sealed details of an order: the mint stores a ciphertext, and the link carries its key.
import { createCipheriv, createHash, createHmac, randomBytes } from "node:crypto";
import { prefixed } from "./bytes.js";
import { EcashError } from "./error.js";

const MAX_BYTES = 3072;
const MAX_LINES = 100;
const MAX_QUANTITY = 2 ** 32 - 1;
// One line of text, without characters that change the writing direction.
const LINE = /^[^\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c\u2028\u2029]*$/u;

/**
 * Seals the details of an order for the payer. With an `orderRef`, the key is derived from the shop's secret:
 * a repeated request for the order then returns the same payment. Otherwise the key is random.
 */
export function sealDetails({ lines = [], note, seller }, { amount, orderRef, detailsSecret }) {
  const details = { lines: lines.map(({ text, quantity = 1, amount, tax }) => ({ text, quantity, amount, tax })), note, seller };
  check(details, amount);
  const plain = Buffer.from(JSON.stringify(details));
  if (plain.length > MAX_BYTES) refuse(`details must have at most ${MAX_BYTES} bytes`);
  const key = keyOf(plain, orderRef, detailsSecret);
  const cipher = createCipheriv("chacha20-poly1305", hash("ecash/details/key/v1", key), Buffer.alloc(12), { authTagLength: 16 });
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return {
    key: key.toString("base64url"),
    details_box: sealed.toString("base64url"),
    details_hash: hash("ecash/details/v1", key, plain).toString("base64url"),
  };
}

function check({ lines, note, seller }, amount) {
  if (lines.length > MAX_LINES) refuse(`details must have at most ${MAX_LINES} lines`);
  const texts = [note, seller, ...lines.flatMap(({ text, tax }) => [text, tax])].filter((text) => text !== undefined);
  if (!texts.every((text) => typeof text === "string" && LINE.test(text))) refuse("each text of the details must be one line of plain text");
  if (!lines.every(({ text, quantity, amount }) => text !== undefined && Number.isInteger(quantity) && quantity > 0 && quantity <= MAX_QUANTITY && Number.isSafeInteger(amount) && amount >= 0)) {
    refuse("a line must have a text, an integer quantity greater than 0 and an amount in minor units");
  }
  const sum = lines.reduce((sum, line) => sum + line.amount, 0);
  if (lines.length > 0 && sum !== amount) refuse(`the lines sum to ${sum}, but the payment's amount is ${amount}`);
}

function keyOf(plain, orderRef, secret) {
  if (orderRef === undefined) return randomBytes(16);
  if (!(secret?.length >= 32)) throw new EcashError("misconfigured", "details with an orderRef need a detailsSecret of at least 32 bytes, which the mint never sees");
  // Hash a secret of any length to the 32 bytes of the protocol.
  const bytes = createHash("sha256").update(secret).digest();
  return createHmac("sha256", bytes).update(prefixed(orderRef)).update(plain).digest().subarray(0, 16);
}

const hash = (...parts) => createHash("sha256").update(Buffer.concat(parts.map((part) => Buffer.from(part)))).digest();

function refuse(message) {
  throw new EcashError("malformed_details", message);
}
