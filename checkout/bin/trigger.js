// Creates real payments at a mint of play money and ends them without a wallet. Also sends irregular
// deliveries to test a handler.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { refundCommitment } from "../server/payer.js";
import { Failed, deliver, handler } from "./common.js";

export const KINDS = ["paid", "expired", "cancelled", "refund", "duplicate", "out-of-order", "bad-signature"];

/** Events appear in the feed shortly after they happen: how often and at which interval it is polled. */
const EVENT_ATTEMPTS = 50;
const EVENT_PAUSE_MS = 100;

export async function trigger({ ecash, secret }, [kind, target], usage) {
  if (!KINDS.includes(kind)) throw new Failed(usage);
  // Before a payment is created: these three need a handler.
  if (["duplicate", "out-of-order", "bad-signature"].includes(kind)) handler(target, usage);
  const before = await ecash.newestEvent();
  const [amount] = (await ecash.keys()).denominations;
  const payment = await ecash.createPayment({ amount, description: `A test: ${kind}`, orderRef: `test-${randomBytes(6).toString("hex")}` });
  const id = payment.payment_id;
  console.log(`${id} for ${await ecash.format(amount)}, order ${payment.order_ref}`);
  const event = (type) => eventOf(ecash, before, id, type);
  const said = async (what, delivered) => console.log(`${what} → ${delivered.text}`);

  switch (kind) {
    case "paid":
      await ecash.test.pay(id);
      break;
    case "expired":
      await ecash.test.expire(id);
      break;
    case "cancelled":
      await ecash.cancel(id);
      break;
    case "refund":
      await ecash.test.pay(id, { refundCommitment: commitment() });
      await ecash.refund(id);
      break;
    case "duplicate": {
      const url = handler(target, usage);
      await ecash.test.pay(id);
      const paid = await event("payment.paid");
      await said("payment.paid", await deliver(url, paid, secret));
      await said("payment.paid, the same again", await deliver(url, paid, secret));
      console.log("expected: the order is completed once, and both responses are 2xx");
      return;
    }
    case "out-of-order": {
      const url = handler(target, usage);
      await ecash.test.pay(id, { refundCommitment: commitment() });
      const paid = await event("payment.paid");
      await ecash.refund(id);
      const refunded = await event("refund.created");
      await said(`refund.created, version ${refunded.data.payment.version}`, await deliver(url, refunded, secret));
      await said(`payment.paid, version ${paid.data.payment.version}, late`, await deliver(url, paid, secret));
      console.log("expected: the refund is still recorded; of two views of a payment, the one with the higher version is newer");
      return;
    }
    case "bad-signature": {
      const url = handler(target, usage);
      await ecash.test.pay(id);
      const forged = await deliver(url, await event("payment.paid"), `whsec_${randomBytes(32).toString("base64")}`);
      await said("a delivery that the mint did not sign", forged);
      if (forged.status === 0) throw new Failed("your server did not respond");
      if (forged.status < 400) throw new Failed("your server accepted a forged event, so anyone could mark orders as paid; verify the signature");
      console.log("rejected, as expected");
      return;
    }
  }
  const { state } = await ecash.payment(id);
  console.log(`the payment is ${kind === "refund" ? "refunded" : state}; its events are in the feed, and are being sent to your endpoints and to listen`);
}

/** Returns a refund commitment to a key that is discarded. */
function commitment() {
  const { x } = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" });
  return refundCommitment(Buffer.from(x, "base64url"));
}

/** Polls the feed for the payment's event of this type. */
async function eventOf(ecash, after, payment_id, type) {
  for (let attempt = 0; attempt < EVENT_ATTEMPTS; attempt += 1) {
    for await (const event of ecash.events(after)) {
      if (event.type === type && event.data.payment?.payment_id === payment_id) return event;
    }
    await pause(EVENT_PAUSE_MS);
  }
  throw new Failed(`the feed has no event ${type} of this payment`);
}
