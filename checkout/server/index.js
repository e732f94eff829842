// Library for the server of a shop that accepts eCash: creates and reads payments, follows events, and
// verifies receipts. Node 20 or later, no dependencies. `index.d.ts` documents the API.
import { randomBytes } from "node:crypto";
import { sealDetails } from "./details.js";
import { EcashError } from "./error.js";
import { keysSeen } from "./keys_seen.js";
import { requireProof } from "./payer.js";
import { continues, verifyReceipt } from "./receipt.js";
import { major } from "./receipt_form.js";

export { sealDetails } from "./details.js";
export { EcashError } from "./error.js";
export { keysSeen } from "./keys_seen.js";
export { payerChallenge, verifyPayer } from "./payer.js";
export { verifyReceipt, verifyRefundReceipt } from "./receipt.js";
export { webhook } from "./webhook.js";

/** Number of attempts of a request, and the first backoff, which doubles with each attempt. */
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 250;
const TIMEOUT_MS = 15_000;
/** A stream that is silent for longer counts as dead. */
const SILENCE_MS = 45_000;
/** The most tokens that a wallet can send in one payment. */
const MAX_TOKENS = 128;

export class Ecash {
  #key;
  #detailsSecret;
  #timeoutMs;
  #attempts;

  constructor({ mint, key, detailsSecret, timeoutMs = TIMEOUT_MS, attempts = ATTEMPTS, fetch = globalThis.fetch }) {
    if (!mint || !key) throw new EcashError("misconfigured", "new Ecash() needs the mint's address (mint) and an API key (key)");
    this.mint = new URL(mint).origin;
    this.#key = key;
    this.#detailsSecret = detailsSecret;
    this.#fetch = fetch;
    this.#timeoutMs = timeoutMs;
    this.#attempts = attempts;
  }

  #fetch;
  #currency;

  // Keep the API key out of logs and JSON.
  toJSON() {
    return { mint: this.mint };
  }

  /**
   * Creates a payment. With an `orderRef`, returns an open payment of the order with the same terms instead.
   */
  async createPayment({ amount, tipMax, description, details, orderRef, split, expiresIn, returnUrl, metadata }) {
    minorUnits("amount", amount);
    if (tipMax !== undefined) minorUnits("tipMax", tipMax);
    const { key: detailsKey = "", ...sealed } = details ? sealDetails(details, { amount, orderRef, detailsSecret: this.#detailsSecret }) : {};
    const { code } = await this.currency();
    // Read before the payment is created, so that a failure here leaves no payment behind.
    const { keysets } = await this.keys();
    const body = { ...sealed, amount, tip_max: tipMax, description, order_ref: orderRef, split, expires_in: expiresIn, return_url: returnUrl, metadata, currency: code };
    // One key for all attempts, so that a lost response does not create a second payment.
    const key = randomBytes(18).toString("base64url");
    const payment = await this.#send("POST", "/api/v1/merchant/payments", { body, headers: { "idempotency-key": key } });
    // Again, because a keyset may have been published meanwhile.
    const now = await this.keys().catch(() => ({ keysets }));
    return this.#witness(payment, detailsKey, now.keysets);
  }

  /**
   * Fills in the last two parts of the checkout URL, which the mint leaves empty: the key of the details, which is never sent to the mint, and a hash
   * of the mint's keys that this server sees. The payer's wallet compares the hash with the keys that it
   * sees: a mint that publishes different keys to one person could recognize that person's money.
   */
  #witness(payment, detailsKey, keysets) {
    const seen = keysSeen(keysets, payment.created_at);
    return { ...payment, checkout_url: payment.checkout_url.replace(/\.[^.]*\.[^.]*$/, `.${detailsKey}.${seen}`) };
  }

  payment(id) {
    return this.#send("GET", `/api/v1/merchant/payments/${path(id)}`);
  }

  cancel(id) {
    return this.#send("POST", `/api/v1/merchant/payments/${path(id)}/cancel`, { body: {} });
  }

  /**
   * Refunds an amount of a paid payment, or everything that is left. Show the `refund_url` to the payer,
   * whose wallet claims the refund there, also after it was restored. Two calls refund twice, unless they
   * have the same `idempotencyKey`: 22 to 64 random characters of base64url, stored before the first call.
   */
  refund(id, { amount, reason, idempotencyKey = randomBytes(18).toString("base64url") } = {}) {
    if (amount !== undefined) minorUnits("amount", amount);
    const headers = { "idempotency-key": idempotencyKey };
    return this.#send("POST", `/api/v1/merchant/payments/${path(id)}/refunds`, { body: { amount, reason }, headers });
  }

  /** Returns the merchant: its name, balance and domains, and the scopes of the API key. */
  merchant() {
    return this.#send("GET", "/api/v1/merchant");
  }

  /** Requests a payout. Two calls request two payouts, unless they have the same `idempotencyKey`. */
  payout({ amount, reference, idempotencyKey = randomBytes(18).toString("base64url") }) {
    minorUnits("amount", amount);
    return this.#send("POST", "/api/v1/merchant/payouts", { body: { amount, reference }, headers: { "idempotency-key": idempotencyKey } });
  }

  /**
   * At a mint of play money: ends a payment without a wallet. The payment, its receipt and its events are
   * real.
   */
  test = {
    // Not retried: after a lost response, a retry would be rejected as already paid.
    pay: (id, { tip, refundCommitment } = {}) =>
      this.#request("POST", `/api/v1/merchant/test/payments/${path(id)}/pay`, { body: { tip, refund_commitment: refundCommitment } }),
    expire: (id) => this.#send("POST", `/api/v1/merchant/test/payments/${path(id)}/expire`, { body: {} }),
  };

  /** Yields all matching payments, newest first. Reads them page by page. */
  async *payments({ state, orderRef, from, to, q } = {}) {
    const wanted = { state, order_ref: orderRef, from: time(from), to: time(to), q };
    for (let before; ; ) {
      const page = await this.#send("GET", `/api/v1/merchant/payments?${query({ ...wanted, before })}`);
      yield* page.data;
      if (!page.next_before) return;
      before = page.next_before;
    }
  }

  /** Returns the number of the newest event, from which to follow new events only. */
  async newestEvent() {
    const { newest } = await this.#send("GET", `/api/v1/merchant/events?${query({ after: Number.MAX_SAFE_INTEGER, limit: 1 })}`);
    return newest;
  }

  /** Yields all events after a number, in order and without gaps. */
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
   * Handles every event after a number, to catch events whose webhooks were lost. Returns the number of the
   * last event, from which the next call continues. Call it every hour. Events that a webhook has already
   * delivered are handled again.
   */
  async reconcile(after, handle) {
    for await (const event of this.events(after)) {
      await handle(event);
      after = event.number;
    }
    return after;
  }

  /** Endpoints to which the mint posts events. Only `create` and `rotate` return the secret. */
  endpoints = {
    // Not retried: after a lost response, a retry would create a second endpoint. Check with `list`.
    create: ({ url, kinds }) => this.#request("POST", "/api/v1/merchant/endpoints", { body: { url, kinds } }),
    list: async () => (await this.#send("GET", "/api/v1/merchant/endpoints")).data,
    update: (id, { url, kinds, state, sendMissed }) =>
      this.#send("PATCH", `/api/v1/merchant/endpoints/${path(id)}`, { body: { url, kinds, state, send_missed: sendMissed } }),
    remove: (id) => this.#send("DELETE", `/api/v1/merchant/endpoints/${path(id)}`),
    rotate: (id) => this.#request("POST", `/api/v1/merchant/endpoints/${path(id)}/rotate`, { body: {} }),
    test: (id) => this.#request("POST", `/api/v1/merchant/endpoints/${path(id)}/test`, { body: {} }),
    deliveries: async (id, { before, limit } = {}) => (await this.#send("GET", `/api/v1/merchant/endpoints/${path(id)}/deliveries?${query({ before, limit })}`)).data,
    redeliver: (id, first, last) => this.#send("POST", `/api/v1/merchant/endpoints/${path(id)}/redeliver`, { body: { first, last } }),
  };

  /**
   * Calls `handle` for every event after a number, first for missed events and then for new ones, until
   * `signal` is aborted. An error of `handle` ends the loop and is thrown. Restarted from the last stored
   * number, it misses no events.
   */
  async follow(after, handle, { signal, pauseMs = 5000 } = {}) {
    let next = after;
    let failed = false;
    const read = async (events) => {
      try {
        for await (const event of events) {
          if (event.number <= next) continue;
          // Only errors of reading are retried, so note whose error it is.
          failed = true;
          await handle(event);
          failed = false;
          next = event.number;
        }
      } catch (error) {
        if (failed || (!signal?.aborted && !isTransient(error))) throw error;
      }
    };
    while (!signal?.aborted) {
      await read(this.#stream(next, signal));
      await pause(pauseMs, signal);
      // Also poll, in case a proxy blocks event streams.
      if (!signal?.aborted) await read(this.events(next));
    }
  }

  async *#stream(after, signal) {
    const connection = new AbortController();
    const answer = await within(SILENCE_MS, signal, () => connection.abort(), () =>
      this.#request("GET", `/api/v1/merchant/events/stream?${query({ after })}`, { signal: connection.signal, stream: true }),
    );
    // Cancel through the reader: after Node has collected garbage, aborting a request does not end the
    // response's body.
    const reader = answer.body.getReader();
    const cancelReader = () => void reader.cancel().catch(() => {});
    const decoder = new TextDecoder();
    let text = "";
    try {
      for (;;) {
        // The mint sends a comment every 15 s, so silence means that the connection is dead.
        const { done, value } = await within(SILENCE_MS, signal, cancelReader, () => reader.read());
        if (done) return;
        text += decoder.decode(value, { stream: true });
        for (let boundary = text.indexOf("\n\n"); boundary >= 0; boundary = text.indexOf("\n\n")) {
          const data = text.slice(0, boundary).split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trim());
          text = text.slice(boundary + 2);
          if (data.length) yield JSON.parse(data.join("\n"));
        }
      }
    } catch (error) {
      throw error instanceof EcashError ? error : new Unreachable(error);
    } finally {
      cancelReader();
    }
  }

  /** Returns the mint's keys, currency and denominations. */
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

  /** Formats minor units with their currency: `12.50 EUR`. */
  async format(amount) {
    return (await this.formatter())(amount);
  }

  /** Returns a function that formats minor units, for many amounts at once. */
  async formatter() {
    const { code, exponent } = await this.currency();
    return (amount) => {
      minorUnits("amount", amount);
      return `${major(amount, exponent)} ${code}`;
    };
  }

  /** Returns the nearest payable amount: not lower (`up`), not higher (`down`), or either (`nearest`). */
  async roundToPayable(amount, direction = "nearest") {
    minorUnits("amount", amount);
    const { denominations } = await this.keys();
    const [smallest] = denominations;
    const next = (from, step) => {
      // Bound the search: an amount far above the limit of tokens has no payable neighbour.
      for (let tried = from, steps = 0; tried > 0 && steps < 100_000; tried += step, steps += 1) {
        if (tokenCount(tried, denominations) <= MAX_TOKENS) return tried;
      }
      return undefined;
    };
    const remainder = amount % smallest;
    const below = direction === "up" ? undefined : next(amount - remainder, -smallest);
    const above = direction === "down" ? undefined : next(remainder ? amount - remainder + smallest : amount, smallest);
    if (below === undefined && above === undefined) throw new EcashError("amount_not_payable", "no payable amount is near this amount");
    if (below === undefined || (above !== undefined && above - amount <= amount - below)) return above;
    return below;
  }

  /**
   * Verifies a receipt and returns its statement. `pinned` are the receipt keys that were seen before: the
   * mint's current keys must begin with them, and each later key must be signed by its predecessor. Without
   * `pinned`, the current keys are trusted.
   */
  async verifyReceipt(receipt, pinned) {
    const { institution_id, currency, receipt_keys = [] } = await this.keys();
    if (pinned && !continues(pinned, receipt_keys, institution_id, currency)) {
      throw new EcashError("receipt_keys_changed", "the mint's receipt keys do not continue the pinned keys");
    }
    return verifyReceipt(receipt, receipt_keys);
  }

  /**
   * Verifies that `proof` is the payer's answer to `challenge`, and returns the receipt's statement. Use a
   * new `payerChallenge()` for each question. Throws `payer_not_proved`, or `payment_unknown` for a payment
   * of another shop. `pinned` as in `verifyReceipt`.
   */
  async verifyPayer(id, challenge, proof, pinned) {
    // The mint returns only payments of this merchant, so the receipt proves a payment to this merchant.
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
        if (!isTransient(error) || attempt === this.#attempts) throw error;
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
        signal: stream ? signal : AbortSignal.timeout(this.#timeoutMs),
      });
      if (stream && answer.ok) return answer;
      const text = await answer.text();
      // Some responses have an empty body.
      if (answer.ok) return text ? JSON.parse(text) : undefined;
      const problem = JSON.parse(text);
      throw refusal(problem, answer);
    } catch (error) {
      throw error instanceof EcashError ? error : new Unreachable(error);
    }
  }
}

/** The mint did not respond, or returned an invalid response. Retried where that is safe. */
class Unreachable extends EcashError {
  constructor(cause) {
    super("unreachable", "the mint is unreachable", { cause });
  }
}

/** Whether a retry may succeed. */
const isTransient = (error) => error instanceof Unreachable || ["overloaded", "unavailable", "rate_limited", "internal_error"].includes(error?.code);

function refusal({ code, title, detail, payment_id }, answer) {
  const retry_after_s = Number(answer.headers.get("retry-after")) || undefined;
  return new EcashError(code, detail ? `${title}: ${detail}` : title, { status: answer.status, detail, payment_id, retry_after_s });
}

function minorUnits(name, amount) {
  // Reject fractions, which would lose cents, and strings, which `+` would concatenate.
  if (!Number.isSafeInteger(amount) || amount < 0) {
    throw new EcashError("not_minor_units", `${name} must be an integer in minor units, such as 1250 for 12.50 EUR`);
  }
}

/**
 * Returns the number of tokens for an amount by a greedy choice, largest denomination first. It is minimal if
 * each denomination divides the next. Otherwise it may be too high, but never too low.
 */
function tokenCount(amount, denominations) {
  let tokens = 0;
  for (const denomination of denominations.toReversed()) {
    tokens += Math.floor(amount / denomination);
    amount %= denomination;
  }
  return amount === 0 ? tokens : Infinity;
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

/** Runs `work`. Calls `stop`, which must end it, after a timeout or when the signal is aborted. */
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
