// The library for shops' servers, tested against a mint.
import { expect, test } from "@playwright/test";
import { readFile } from "node:fs/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Ecash, EcashError, verifyReceipt, type Event } from "../../checkout/server/index.js";
import { signedBy } from "../../checkout/server/receipt.js";
import { makeWallet, withdraw } from "./wallet";

const ecash = (mint: string, more = {}) => new Ecash({ mint, key: process.env.ECASH_API_KEY!, ...more });
const order = (orderRef: string, amount = 50) => ({ amount, description: "Two loaves", orderRef });
const unique = () => `order ${crypto.randomUUID()}`;

const code = (promise: Promise<unknown>) => promise.then(() => "no error", (error: EcashError) => error.code);

test("a server creates, reads, lists and cancels payments", async ({ baseURL }) => {
  const shop = ecash(`${baseURL}/`);
  const orderRef = unique();
  const payment = await shop.createPayment({ ...order(orderRef), tipMax: 10, metadata: { cart: 7 }, expiresIn: 600 });
  expect(payment).toMatchObject({ state: "open", amount: 50, tip_max: 10, order_ref: orderRef, metadata: { cart: 7 } });
  expect(payment.checkout_url).toMatch(new RegExp(`^${baseURL}/#pay=${payment.payment_id}\\.\\.[\\w-]{32}$`));
  expect(await shop.createPayment({ ...order(orderRef), tipMax: 10 })).toMatchObject({ payment_id: payment.payment_id, reused: true });
  expect((await shop.payment(payment.payment_id)).state).toBe("open");
  const listed = [];
  for await (const found of shop.payments({ orderRef, from: new Date(Date.now() - 60_000) })) listed.push(found.payment_id);
  expect(listed).toEqual([payment.payment_id]);
  expect((await shop.cancel(payment.payment_id)).state).toBe("cancelled");
  expect(await code(shop.payment("../keys"))).toBe("payment_unknown");
  expect(await shop.format(1250)).toBe("1250 DEMO");
  expect(JSON.stringify(shop)).not.toContain("ek_");
});

test("amounts must be whole minor units and payable", async ({ baseURL }) => {
  const shop = ecash(baseURL!);
  for (const amount of [12.5, "50", NaN, -10, 2 ** 60] as number[]) {
    expect(await code(shop.createPayment(order(unique(), amount)))).toBe("not_minor_units");
  }
  expect(await code(shop.createPayment(order(unique(), 7)))).toBe("amount_not_payable");
  const rounded = [];
  for (const direction of ["down", "nearest", "up"] as const) rounded.push(await shop.roundToPayable(1234, direction));
  expect(rounded).toEqual([1230, 1230, 1240]);
  expect([await shop.roundToPayable(3), await shop.roundToPayable(1240)]).toEqual([10, 1240]);
  // An amount that needs more than 128 tokens is not payable.
  const large = await shop.roundToPayable(127_990, "down");
  expect((await shop.createPayment(order(unique(), large))).amount).toBe(large);
  expect(await code(shop.createPayment(order(unique(), 127_990)))).toBe("amount_not_payable");
});

test("a lost response creates no second payment, and a busy mint is retried", async ({ baseURL }) => {
  let lost = 0;
  const flaky: typeof fetch = async (url, options) => {
    const answer = await fetch(url, options);
    if (options?.method !== "POST") return answer;
    lost += 1;
    if (lost === 1) throw new TypeError("the connection was lost");
    if (lost === 2) return Response.json({ code: "overloaded", title: "" }, { status: 503 });
    return answer;
  };
  const shop = ecash(baseURL!, { fetch: flaky });
  const description = unique();
  const payment = await shop.createPayment({ amount: 50, description });
  const listed = [];
  for await (const found of shop.payments({ q: description })) listed.push(found.payment_id);
  expect([lost, listed]).toEqual([3, [payment.payment_id]]);
  const wrong = new Ecash({ mint: baseURL!, key: "ek_test_x" });
  expect(await code(wrong.payment(payment.payment_id))).toBe("unauthorized");
});

test("events are followed from a stored number, and a receipt is verified", async ({ page, baseURL }) => {
  const shop = ecash(baseURL!);
  let last = 0;
  for await (const event of shop.events()) last = event.number;
  const missed = await shop.createPayment(order(unique()));
  await shop.cancel(missed.payment_id);

  const seen: Event[] = [];
  const stop = new AbortController();
  const broken = () => {
    throw new Error("the shop's disk is full");
  };
  await expect(shop.follow(last, broken)).rejects.toThrow("the shop's disk is full");
  // Payments of other tests end in the meantime, too.
  const own = new Set([missed.payment_id]);
  const numbers: number[] = [];
  const keep = (event: Event) => {
    numbers.push(event.number);
    if (own.has(event.data.payment?.payment_id ?? "")) seen.push(event);
  };
  const following = shop.follow(last, keep, { signal: stop.signal, pauseMs: 100 });
  await expect.poll(() => seen.length).toBe(1);
  await makeWallet(page);
  await withdraw(page, 100);
  const payment = await shop.createPayment(order(unique()));
  own.add(payment.payment_id);
  await page.goto(payment.checkout_url);
  await page.getByRole("button", { name: "Pay 50 DEMO" }).click();
  await expect.poll(() => seen.length).toBe(2);
  stop.abort();
  await following;
  expect(seen.map(({ type, data }) => [type, data.payment?.payment_id])).toEqual([
    ["payment.cancelled", missed.payment_id],
    ["payment.paid", payment.payment_id],
  ]);
  expect(numbers).toEqual(numbers.map((_, index) => last + 1 + index));

  const receipt = await (await fetch(`${baseURL}/api/v1/payments/${payment.payment_id}/receipt`)).json();
  const { receipt_keys } = await shop.keys();
  expect(await shop.verifyReceipt(receipt, receipt_keys)).toMatchObject({ payment_id: payment.payment_id, total: 50 });
  expect(await code(shop.verifyReceipt({ ...receipt, total: 60 }))).toBe("receipt_bad_signature");
  const other = [{ ...receipt_keys![0]!, public_key: "A".repeat(43) }];
  expect(await code(shop.verifyReceipt(receipt, other))).toBe("receipt_keys_changed");
});

test("following events stops at once after an abort, also after garbage collection", async ({ baseURL }) => {
  const shop = ecash(baseURL!);
  const event = await shop.createPayment(order(unique()));
  await shop.cancel(event.payment_id);
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let round = 0; round < 20; round += 1) {
    const stop = new AbortController();
    let following: Promise<void> | undefined;
    await new Promise<void>((first) => (following = shop.follow(0, () => first(), { signal: stop.signal })));
    // Long enough for the rest of the events to be read, so that the stream is waiting.
    await new Promise((resolve) => setTimeout(resolve, 20));
    collect();
    stop.abort();
    await following;
  }
});

test("receipts match the protocol's test vectors", async () => {
  const vectors = JSON.parse(await readFile("../core/tests/vectors/ecash_v1.json", "utf8"));
  const { receipt, keys } = vectors.receipts;
  expect(verifyReceipt(receipt, keys).total).toBe(1300);
  const check = async (receipt: unknown, against = keys) => code(Promise.resolve().then(() => verifyReceipt(receipt, against)));
  expect(await check({ ...receipt, description: "Zwei Brote" })).toBe("receipt_bad_signature");
  expect(await check({ ...receipt, added: 1 })).toBe("receipt_bad_signature");
  expect(await check(receipt, keys.slice(0, 1))).toBe("receipt_unknown_key");
  expect(await check(receipt, [keys[0], { ...keys[1], until: keys[1].from }])).toBe("receipt_wrong_time");
  for (const none of [null, {}, [], "x", { ...receipt, kind: "refund" }]) expect(await check(none)).toBe("receipt_unknown");
});

test("keys of small order are rejected", async () => {
  const { refund } = JSON.parse(await readFile("../core/tests/vectors/ecash_v1.json", "utf8"));
  const bytes = (hex: string) => Buffer.from(hex, "hex");
  const { message, signature } = refund.payer;
  expect(signedBy(bytes(refund.public_key).toString("base64url"), bytes(message), bytes(signature))).toBe(true);
  expect(signedBy(bytes(refund.public_key).toString("base64url"), bytes(`${message}00`), bytes(signature))).toBe(false);
  // OpenSSL alone would accept a signature of each of these keys on any message.
  for (const sign_bit of [0, 0x80]) {
    const small = Buffer.alloc(32);
    small[0] = 1;
    small[31] = sign_bit;
    expect(signedBy(small.toString("base64url"), bytes(message), Buffer.concat([small, Buffer.alloc(32)]))).toBe(false);
  }
});
