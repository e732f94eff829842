// Proofs of payment: a shop asks a question that only the wallet that paid can answer. The payer stays
// anonymous.
import { createHash, randomBytes } from "node:crypto";
import { prefixed } from "./bytes.js";
import { EcashError } from "./error.js";
import { signedBy, verifyReceipt } from "./receipt.js";

const KEY_BYTES = 32;
const PROOF_BYTES = KEY_BYTES + 64;
/** Length of a challenge. A shorter one could be guessed, so that an earlier answer could be replayed. */
const CHALLENGE_BYTES = { least: 16, most: 64 };

/**
 * Generates a question for a payer: 16 random bytes as text. Store it until it is answered, and accept one
 * answer, because an old answer proves nothing new.
 */
export const payerChallenge = () => randomBytes(16).toString("base64url");

/**
 * Verifies offline that `proof` answers `challenge` and comes from the wallet that paid `receipt`, to the
 * merchant `merchantId`. Returns what the receipt states; throws an `EcashError` with the code `receipt_…` or
 * `payer_not_proved`.
 */
export function verifyPayer(receipt, keys, { merchantId, challenge, proof }) {
  const body = verifyReceipt(receipt, keys);
  if (body.merchant_id !== merchantId) throw notProved("the receipt is of another merchant");
  return requireProof(body, challenge, proof);
}

/** Returns a verified receipt's statement if `proof` answers `challenge`. */
export function requireProof(body, challenge, proof) {
  const question = strict(challenge);
  if (!question || question.length < CHALLENGE_BYTES.least || question.length > CHALLENGE_BYTES.most) {
    throw notProved("the question must be 16 to 64 bytes in base64url");
  }
  const answer = strict(typeof proof === "string" ? proof.trim() : proof);
  if (answer?.length !== PROOF_BYTES) throw notProved("the answer is malformed");
  const key = answer.subarray(0, KEY_BYTES);
  const commitment = refundCommitment(key);
  // The wallet always signs for the shop that its receipt names.
  const shop = body.merchant_origin ?? body.merchant_id;
  const parts = [body.institution_id, body.payment_id, shop, question];
  const message = Buffer.concat([Buffer.from("ecash/payer/v1\0"), ...parts.map(prefixed)]);
  const proved = commitment === body.refund_commitment && signedBy(key.toString("base64url"), message, answer.subarray(KEY_BYTES));
  if (!proved) throw notProved("the answer is from another wallet or to another question");
  return body;
}

/** Returns the commitment of a payment to the Ed25519 key that claims its refunds. */
export const refundCommitment = (key) => createHash("sha256").update("ecash/refund/v2").update(key).digest("base64url");

/** Decodes base64url. Returns `undefined` unless the text is in canonical form. */
function strict(text) {
  if (typeof text !== "string") return undefined;
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
}

const notProved = (why) => new EcashError("payer_not_proved", `this does not prove who paid: ${why}`);
