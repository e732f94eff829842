// The server's side of a shop that is paid in eCash: asks for payments, reads them, follows their events, and verifies receipts.
// Node 20 or later, no dependencies. `index.d.ts` describes it.
import { createHash, createPublicKey, randomBytes, verify } from "node:crypto";

/** How often a request is sent again, and the first pause; each further pause is twice as long. */
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 250;
const TIMEOUT_MS = 15_000;
/** How long a stream of events may be silent. */
const SILENCE_MS = 45_000;
const MAX_PIECES = 128;

/** A refusal by the mint, or a mistake of the caller. `code` is stable: see the mint's docs/errors.md. */
export class EcashError extends Error {
  constructor(code, message, details = {}) {
    super(message);
    this.name = "EcashError";
    this.code = code;
    Object.assign(this, details);
  }
}

export class Ecash {
  #key;

  constructor({ mint, key, fetch = globalThis.fetch }) {
    if (!mint || !key) throw new EcashError("misconfigured", "new Ecash needs the mint's address and an API key");
    this.mint = new URL(mint).origin;
    this.#key = key;
    this.#fetch = fetch;
  }

  #fetch;
  #currency;

  // Never in a log: `console.log(ecash)` shows the mint only.
  toJSON() {
    return { mint: this.mint };
  }

  /** Asks for a payment. With an `orderRef`, an open payment of the order that asks for the same is returned instead. */
  async createPayment({ amount, tipMax, description, orderRef, split, expiresIn, returnUrl, metadata }) {
    minorUnits("amount", amount);
    if (tipMax !== undefined) minorUnits("tipMax", tipMax);
    const { code } = await this.currency();
    const body = { amount, tip_max: tipMax, description, order_ref: orderRef, split, expires_in: expiresIn, return_url: returnUrl, metadata, currency: code };
    // Drawn for this payment and kept over its own repeats, so that a lost answer makes no second payment.
    const key = randomBytes(18).toString("base64url");
    const payment = await this.#send("POST", "/api/v1/merchant/payments", { body, headers: { "idempotency-key": key } });
    return this.#witness(payment);
  }

  /**
   * Adds to the link which keys of the mint this server sees. The payer's wallet compares them with its own: a mint that shows one person
   * keys of their own could recognize that person's money.
   */
  async #witness(payment) {
    const seen = keysSeen((await this.keys()).keysets, payment.created_at);
    return { ...payment, checkout_url: payment.checkout_url.replace(/\.[^.]*$/, `.${seen}`) };
  }

  payment(id) {
    return this.#send("GET", `/api/v1/merchant/payments/${path(id)}`);
  }

  cancel(id) {
    return this.#send("POST", `/api/v1/merchant/payments/${path(id)}/cancel`, { body: {} });
  }

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
   * Returns what a receipt states, if the mint signed it. `pinned` are the receipt keys that were seen before: of the mint's keys now, those
   * must come first and the others be vouched for. Without it, the mint's keys are believed.
   */
  async verifyReceipt(receipt, pinned) {
    const { institution_id, currency, receipt_keys = [] } = await this.keys();
    if (pinned && !continues(pinned, receipt_keys, institution_id, currency)) {
      throw new EcashError("receipt_keys_changed", "the mint's receipt keys do not continue those that were pinned");
    }
    return verifyReceipt(receipt, receipt_keys);
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
      if (answer.ok) return JSON.parse(text);
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

/** The first 24 bytes of the hash of all keysets that issue or are redeemable at that time, in base64url. */
export function keysSeen(keysets, at) {
  const time = Date.parse(at);
  const used = keysets.filter(({ valid_from, redeem_until }) => Date.parse(valid_from) <= time && time < Date.parse(redeem_until));
  used.sort((a, b) => Date.parse(a.valid_from) - Date.parse(b.valid_from));
  const parts = used.flatMap(({ keyset_id, keys }) => {
    const ids = keys.map(({ key_id }) => Buffer.from(key_id, "base64url")).sort(Buffer.compare);
    return [prefixed(keyset_id), Buffer.from([ids.length]), ...ids];
  });
  return createHash("sha256").update(Buffer.concat([Buffer.from("ecash/keys-seen/v1"), ...parts])).digest().subarray(0, 24).toString("base64url");
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

const prefixed = (text) => {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

function receiptKeyId(institution_id, currency, { public_key }) {
  const parts = [Buffer.from("ecash/receipt-key/v1"), prefixed(institution_id), prefixed(currency.code), Buffer.from([currency.exponent]), Buffer.from(public_key, "base64url")];
  return createHash("sha256").update(Buffer.concat(parts)).digest("base64url");
}

function signs({ public_key }, message, signature) {
  try {
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: public_key }, format: "jwk" });
    return verify(null, message, key, Buffer.from(signature, "base64url"));
  } catch {
    return false;
  }
}

function continues(pinned, published, institution_id, currency) {
  const same = pinned.every((key, index) => key.public_key === published[index]?.public_key);
  return same && published.slice(1).every((key, index) => {
    // Those that were pinned were believed before.
    if (index + 1 < pinned.length) return true;
    const id = Buffer.from(receiptKeyId(institution_id, currency, key), "base64url");
    return key.by_previous && signs(published[index], Buffer.concat([Buffer.from("ecash/receipt-key/next/v1"), id]), key.by_previous);
  });
}
