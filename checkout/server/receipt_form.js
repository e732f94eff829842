// The format of receipts, shared by the verifiers in Node and in browsers.

/** The kinds of receipts, each with the name of its timestamp. */
export const KINDS = { payment: "paid_at", refund: "refunded_at" };

/** Whether this is a receipt of a known kind, with the fields from which the id of its key is computed. */
export const isReceipt = ({ signature, ecash_receipt, kind, institution_id, currency }) =>
  ecash_receipt === 1 && Object.hasOwn(KINDS, kind) && typeof signature === "string" &&
  typeof institution_id === "string" && typeof currency?.code === "string" && Number.isInteger(currency.exponent);

/** Whether the key was in use at the time that the receipt states. */
export function wasInUse(key, body) {
  const at = Date.parse(body[KINDS[body.kind]]);
  return at >= Date.parse(key.from) && (!key.until || at < Date.parse(key.until));
}

/** Whether the amounts of a receipt agree with each other. */
export const addsUp = (body) => body.kind !== "payment" || body.amount + body.tip === body.total;

/** The text that the mint signs. */
export const signedText = (body) => `ecash/receipt/v1\0${canonical(body)}`;

/** Writes minor units as a decimal number: `12.50`. Exact, because it never uses floating point. */
export function major(minor, exponent) {
  const digits = String(minor).padStart(exponent + 1, "0");
  return exponent ? `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}` : digits;
}

/** Serializes by RFC 8785, for strings and integers: sorted names, no white space. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const fields = Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${fields.join(",")}}`;
}

/**
 * The y coordinates of Ed25519 keys of small order, canonical or not, in hex without the sign bit. A
 * signature by such a key can be valid for any message. OpenSSL accepts these keys, so they must be rejected
 * here.
 */
export const SMALL_ORDER = [
  "00".repeat(32),
  `01${"00".repeat(31)}`,
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  `ec${"ff".repeat(30)}7f`,
  `ed${"ff".repeat(30)}7f`,
  `ee${"ff".repeat(30)}7f`,
];
