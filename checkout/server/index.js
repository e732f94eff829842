// The server's side of a shop that is paid in eCash: asks for payments, reads them, hears of their changes, and verifies receipts.
// Node 20 or later, no dependencies. `index.d.ts` describes it.
import { randomBytes } from "node:crypto";
import { sealDetails } from "./details.js";
import { EcashError } from "./error.js";
import { keysSeen } from "./keys_seen.js";
import { requireProof } from "./payer.js";
import { continues, verifyReceipt } from "./receipt.js";

export { sealDetails } from "./details.js";
export { EcashError } from "./error.js";
export { keysSeen } from "./keys_seen.js";
export { payerChallenge, verifyPayer } from "./payer.js";
export { verifyReceipt, verifyRefundReceipt } from "./receipt.js";
export { webhook } from "./webhook.js";

/** How often a request is sent again, and the first pause; each further pause is twice as long. */
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 250;
const TIMEOUT_MS = 15_000;
/** How long a stream of events may be silent. */
const SILENCE_MS = 45_000;
const MAX_PIECES = 128;

export class Ecash {
  #key;
  #detailsSecret;

  constructor({ mint, key, detailsSecret, fetch = globalThis.fetch }) {
    if (!mint || !key) throw new EcashError("misconfigured", "new Ecash needs the mint's address and an API key");
    this.mint = new URL(mint).origin;
    this.#key = key;
    this.#detailsSecret = detailsSecret;
    this.#fetch = fetch;
  }

  #fetch;
  #currency;

  // Never in a log: `console.log(ecash)` shows the mint only.
  toJSON() {
    return { mint: this.mint };
  }

  /** Asks for a payment. With an `orderRef`, an open payment of the order that asks for the same is returned instead. */
  async createPayment({ amount, tipMax, description, details, orderRef, split, expiresIn, returnUrl, metadata }) {
    minorUnits("amount", amount);
    if (tipMax !== undefined) minorUnits("tipMax", tipMax);
    const { key: detailsKey = "", ...sealed } = details ? sealDetails(details, { amount, orderRef, detailsSecret: this.#detailsSecret }) : {};
    const { code } = await this.currency();
    const body = { ...sealed, amount, tip_max: tipMax, description, order_ref: orderRef, split, expires_in: expiresIn, return_url: returnUrl, metadata, currency: code };
    // Drawn for this payment and kept over its own repeats, so that a lost answer makes no second payment.
    const key = randomBytes(18).toString("base64url");
    const payment = await this.#send("POST", "/api/v1/merchant/payments", { body, headers: { "idempotency-key": key } });
    return this.#witness(payment, detailsKey);
  }

  /**
   * Adds to the link the key of the details, which no request carries, and which keys of the mint this server sees. The
   * payer's wallet compares them with its own: a mint that shows one person keys of their own could recognize that
   * person's money.
   */
  async #witness(payment, detailsKey) {
    const seen = keysSeen((await this.keys()).keysets, payment.created_at);
    return { ...payment, checkout_url: payment.checkout_url.replace(/\.[^.]*\.[^.]*$/, `.${detailsKey}.${seen}`) };
  }

  payment(id) {
    return this.#send("GET", `/api/v1/merchant/payments/${path(id)}`);
  }

  cancel(id) {
    return this.#send("POST", `/api/v1/merchant/payments/${path(id)}/cancel`, { body: {} });
  }

  /**
   * Refunds a paid payment: an amount, or all that is left. Show the `refund_url` to the payer: its wallet takes the money there, also
   * after it was restored. Two calls refund twice, as far as something is left, unless they have the same `idempotencyKey`: 22 to 64
   * random characters of base64url, stored before the first call.
   */
  refund(id, { amount, reason, idempotencyKey = randomBytes(18).toString("base64url") } = {}) {
    if (amount !== undefined) minorUnits("amount", amount);
    const headers = { "idempotency-key": idempotencyKey };
    return this.#send("POST", `/api/v1/merchant/payments/${path(id)}/refunds`, { body: { amount, reason }, headers });
  }

  /** The merchant: its name, balance, domains, and what the key may do. */
  merchant() {
    return this.#send("GET", "/api/v1/merchant");
  }

  /** Sets takings aside to be paid out. Two calls do it twice, unless they have the same `idempotencyKey`. */
  payout({ amount, reference, idempotencyKey = randomBytes(18).toString("base64url") }) {
    minorUnits("amount", amount);
    return this.#send("POST", "/api/v1/merchant/payouts", { body: { amount, reference }, headers: { "idempotency-key": idempotencyKey } });
  }

  /** At a mint of play money: ends a payment without a wallet. The payment, its receipt and its events are real. */
  test = {
    // Not sent again after a lost answer, which would be refused as paid before.
    pay: (id, { tip, refundCommitment } = {}) =>
      this.#request("POST", `/api/v1/merchant/test/payments/${path(id)}/pay`, { body: { tip, refund_commitment: refundCommitment } }),
    expire: (id) => this.#send("POST", `/api/v1/merchant/test/payments/${path(id)}/expire`, { body: {} }),
  };

  /** All payments that fit, newest first, read page by page. */
  async *payments({ state, orderRef, from, to, q } = {}) {
    const wanted = { state, order_ref: orderRef, from: time(from), to: time(to), q };
    for (let before; ; ) {
      const page = await this.#send("GET", `/api/v1/merchant/payments?${query({ ...wanted, before })}`);
      yield* page.data;
      if (!page.next_before) return;
      before = page.next_before;
    }
  }

  /** The number of the newest event: where a reader begins that wants only what comes. */
  async newestEvent() {
    const { newest } = await this.#send("GET", `/api/v1/merchant/events?${query({ after: Number.MAX_SAFE_INTEGER, limit: 1 })}`);
    return newest;
  }

  /** All events after a number, in order and without gaps. */
  async *events(after = 0) {
    for (;;) {
      const page = await this.#send("GET", `/api/v1/merchant/events?${query({ after })}`);
      for (const event of page.data) {
        yield event;
        after = event.number;
      }
      if (!page.has_more) return;
    }
  }

  /**
   * Handles every event after a number once more than webhooks do: what they lost is found. Returns the number of the last event, from
   * which the next call goes on; call it every hour.
   */
  async reconcile(after, handle) {
    for await (const event of this.events(after)) {
      await handle(event);
      after = event.number;
    }
    return after;
  }

  /** Endpoints, to which the mint posts events. The secret is only in the answers of `create` and `rotate`. */
  endpoints = {
    // Not sent again after a lost answer: that would make two. `list` shows whether there is one.
    create: ({ url, kinds }) => this.#request("POST", "/api/v1/merchant/endpoints", { body: { url, kinds } }),
    list: async () => (await this.#send("GET", "/api/v1/merchant/endpoints")).data,
    update: (id, { url, kinds, state, sendMissed }) =>
      this.#send("PATCH", `/api/v1/merchant/endpoints/${path(id)}`, { body: { url, kinds, state, send_missed: sendMissed } }),
    remove: (id) => this.#send("DELETE", `/api/v1/merchant/endpoints/${path(id)}`),
    rotate: (id) => this.#request("POST", `/api/v1/merchant/endpoints/${path(id)}/rotate`, { body: {} }),
    test: (id) => this.#request("POST", `/api/v1/merchant/endpoints/${path(id)}/test`, { body: {} }),
    deliveries: async (id) => (await this.#send("GET", `/api/v1/merchant/endpoints/${path(id)}/deliveries`)).data,
    redeliver: (id, first, last) => this.#send("POST", `/api/v1/merchant/endpoints/${path(id)}/redeliver`, { body: { first, last } }),
  };

  /**
   * Calls `handle` for every event after a number, those that were missed and then those that come, until `signal` is aborted. Ends with
   * the error of `handle`, so that a shop which cannot store an event notices; started again from the last number that was stored, it
   * misses nothing.
   */
  async follow(after, handle, { signal, pauseMs = 5000 } = {}) {
    let next = after;
    const read = async (events) => {
      try {
        for await (const event of events) {
          if (event.number <= next) continue;
          await handle(event);
          next = event.number;
        }
      } catch (error) {
        if (!signal?.aborted && !passes(error)) throw error;
      }
    };
    while (!signal?.aborted) {
      await read(this.#stream(next, signal));
      await pause(pauseMs, signal);
      // Where streams do not come through, this is how events are read.
      if (!signal?.aborted) await read(this.events(next));
    }
  }

  async *#stream(after, signal) {
    const connection = new AbortController();
    const answer = await within(SILENCE_MS, signal, () => connection.abort(), () =>
      this.#request("GET", `/api/v1/merchant/events/stream?${query({ after })}`, { signal: connection.signal, stream: true }),
    );
    // Ended through its reader: once Node's garbage collector ran, aborting a request no longer ends the body of its answer.
    const reader = answer.body.getReader();
    const end = () => void reader.cancel().catch(() => {});
    const decoder = new TextDecoder();
    let text = "";
    try {
      for (;;) {
        // The mint sends a comment every 15 s, so silence means that the connection is dead.
        const { done, value } = await within(SILENCE_MS, signal, end, () => reader.read());
        if (done) return;
        text += decoder.decode(value, { stream: true });
        for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
          const data = text.slice(0, end).split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trim());
          text = text.slice(end + 2);
          if (data.length) yield JSON.parse(data.join("\n"));
        }
      }
    } catch (error) {
      throw error instanceof EcashError ? error : new Unreachable(error);
    } finally {
      end();
    }
  }

  /** The mint's keys, currency and denominations. */
  keys() {
    return this.#send("GET", "/api/v1/keys", { anonymous: true });
  }

  async currency() {
    this.#currency ??= this.keys().then((keys) => keys.currency);
    try {
      return await this.#currency;
    } catch (error) {
      this.#currency = undefined;
      throw error;
    }
  }

  /** Writes minor units with their currency: `12.50 EUR`. */
  async format(amount) {
    minorUnits("amount", amount);
    const { code, exponent } = await this.currency();
    const digits = String(amount).padStart(exponent + 1, "0");
    return `${exponent ? `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}` : digits} ${code}`;
  }

  /** The nearest amount that wallets can pay exactly: at least as high, at most as high, or either. */
  async roundToPayable(amount, direction = "nearest") {
    minorUnits("amount", amount);
    const { denominations } = await this.keys();
    const [smallest] = denominations;
    const next = (from, step) => {
      // A wallet sends at most 128 tokens. Amounts are at most 2^53, so the search is bounded.
      for (let tried = from, steps = 0; tried > 0 && steps < 100_000; tried += step, steps += 1) {
        if (piecesOf(tried, denominations) <= MAX_PIECES) return tried;
      }
      return undefined;
    };
    const remainder = amount % smallest;
    const below = direction === "up" ? undefined : next(amount - remainder, -smallest);
    const above = direction === "down" ? undefined : next(remainder ? amount - remainder + smallest : amount, smallest);
    if (below === undefined && above === undefined) throw new EcashError("amount_not_payable", "no amount near it is payable");
    if (below === undefined || (above !== undefined && above - amount <= amount - below)) return above;
    return below;
  }

  /**
   * Returns what a receipt states, if the mint signed it. `pinned` are the receipt keys that were seen before: of the
   * mint's keys now, those must come first and the others be vouched for. Without it, the mint's keys are believed.
   */
  async verifyReceipt(receipt, pinned) {
    const { institution_id, currency, receipt_keys = [] } = await this.keys();
    if (pinned && !continues(pinned, receipt_keys, institution_id, currency)) {
      throw new EcashError("receipt_keys_changed", "the mint's receipt keys do not continue those that were pinned");
    }
    return verifyReceipt(receipt, receipt_keys);
  }

  /**
   * Returns the receipt's statement if `proof` is the payer's answer to `challenge`, which `payerChallenge()` drew for this question alone.
   * Throws `payer_not_proved` otherwise, and `payment_unknown` for a payment of another shop. `pinned`: as for `verifyReceipt`.
   */
  async verifyPayer(id, challenge, proof, pinned) {
    // Only its own payments are shown to a shop, so what the mint has signed about this one was paid to it.
    const { payment_id } = await this.payment(id);
    const receipt = await this.#send("GET", `/api/v1/payments/${path(id)}/receipt`, { anonymous: true });
    const body = await this.verifyReceipt(receipt, pinned);
    if (body.payment_id !== payment_id) throw new EcashError("receipt_unknown", "the mint returned the receipt of another payment");
    return requireProof(body, challenge, proof);
  }

  async #send(method, route, options = {}) {
    let pause_ms = FIRST_PAUSE_MS;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#request(method, route, options);
      } catch (error) {
        if (!passes(error) || attempt === ATTEMPTS) throw error;
        await pause(Math.max(pause_ms, (error.retry_after_s ?? 0) * 1000));
        pause_ms *= 2;
      }
    }
  }

  async #request(method, route, { body, headers = {}, anonymous, signal, stream } = {}) {
    let answer;
    try {
      answer = await this.#fetch(`${this.mint}${route}`, {
        method,
        headers: {
          ...(anonymous ? {} : { authorization: `Bearer ${this.#key}` }),
          ...(body ? { "content-type": "application/json" } : {}),
          ...headers,
        },
        body: body && JSON.stringify(body),
        redirect: "error",
        signal: stream ? signal : AbortSignal.timeout(TIMEOUT_MS),
      });
      if (stream && answer.ok) return answer;
      const text = await answer.text();
      // Some answers have nothing to say.
      if (answer.ok) return text ? JSON.parse(text) : undefined;
      const problem = JSON.parse(text);
      throw refusal(problem, answer);
    } catch (error) {
      throw error instanceof EcashError ? error : new Unreachable(error);
    }
  }
}

/** The mint did not answer, or not as a mint does. Sent again where that is safe. */
class Unreachable extends EcashError {
  constructor(cause) {
    super("unreachable", "the mint does not answer", { cause });
  }
}

/** Whether the same may succeed a little later. */
const passes = (error) => error instanceof Unreachable || ["overloaded", "unavailable", "rate_limited"].includes(error?.code);

function refusal({ code, title, detail, payment_id }, answer) {
  const retry_after_s = Number(answer.headers.get("retry-after")) || undefined;
  return new EcashError(code, detail ? `${title}: ${detail}` : title, { status: answer.status, detail, payment_id, retry_after_s });
}

function minorUnits(name, amount) {
  // A fraction would be lost cents; a text would be joined instead of added.
  if (!Number.isSafeInteger(amount) || amount < 0) {
    throw new EcashError("not_minor_units", `${name} is a whole number of minor units, such as 1250 for 12.50 EUR`);
  }
}

/** The fewest tokens for an amount, largest first: right where each denomination divides the next, and never too few elsewhere. */
function piecesOf(amount, denominations) {
  let pieces = 0;
  for (const denomination of denominations.toReversed()) {
    pieces += Math.floor(amount / denomination);
    amount %= denomination;
  }
  return amount === 0 ? pieces : Infinity;
}

const path = (id) => encodeURIComponent(String(id));
const time = (at) => (at instanceof Date ? at.toISOString().replace(/\.\d+Z$/, "Z") : at);
const query = (fields) => new URLSearchParams(Object.entries(fields).filter(([, value]) => value !== undefined));

function pause(ms, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
    if (signal?.aborted) done();
  });
}

/** Does `work`, and calls `stop` once if that takes too long or the signal is aborted, so that the work ends. */
async function within(ms, signal, stop, work) {
  const timer = setTimeout(stop, ms);
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop();
  try {
    return await work();
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}
