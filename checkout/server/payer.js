// Proofs of having paid: a shop asks, and only the wallet that paid can answer. Nobody is named.
import { createHash, randomBytes } from "node:crypto";
import { prefixed } from "./bytes.js";
import { EcashError } from "./error.js";
import { signedBy, verifyReceipt } from "./receipt.js";

const KEY_BYTES = 32;
const PROOF_BYTES = KEY_BYTES + 64;

/** Draws a question for a payer, 16 random bytes as text. Keep it until it is answered, and accept one answer: an old one proves nothing new. */
export const payerChallenge = () => randomBytes(16).toString("base64url");

/**
 * Verifies offline that `proof` answers `challenge` and comes from the wallet that paid `receipt`. Returns what the receipt states; throws an
 * `EcashError` with the code `receipt_…` or `payer_not_proved`. `shop` is the caller's own verified origin, else its merchant id: a proof that was
 * made for another shop is refused.
 */
export function verifyPayer(receipt, keys, { shop, challenge, proof }) {
  const body = verifyReceipt(receipt, keys);
  const bytes = Buffer.from(String(proof).trim(), "base64url");
  const key = bytes.subarray(0, KEY_BYTES);
  const commitment = createHash("sha256").update("ecash/refund/v2").update(key).digest("base64url");
  const parts = [body.institution_id, body.payment_id, shop, Buffer.from(challenge, "base64url")];
  const message = Buffer.concat([Buffer.from("ecash/payer/v1\0"), ...parts.map(prefixed)]);
  const proved =
    shop === (body.merchant_origin ?? body.merchant_id) &&
    bytes.length === PROOF_BYTES &&
    commitment === body.refund_commitment &&
    signedBy(key.toString("base64url"), message, bytes.subarray(KEY_BYTES));
  if (!proved) throw new EcashError("payer_not_proved", "this does not prove that the payment was made with this wallet");
  return body;
}
