// Follows a payment: reads it, then listens to its events, and asks from time to time where events do not come through.
import type { CheckoutError, PaymentDetails, Target } from "./payment";

/** What the watch needs of the page, so that tests can pass their own clock and network. */
export interface Surroundings {
  fetch(url: string): Promise<Response>;
  listen(url: string): EventSource;
  /** Calls back after so many milliseconds; returns a function that prevents it. */
  after(ms: number, call: () => void): () => void;
  random(): number;
  isHidden(): boolean;
}

export interface Listener {
  changed(details: PaymentDetails): void;
  failed(error: CheckoutError): void;
  /** The mint did not respond to a question. The watch asks again. */
  unreachable(): void;
}

/** Pauses between questions in seconds while events do not come through; the last one repeats. */
const PAUSES_S = [2, 2, 3, 5, 8, 10];
/** How often an open payment is read although events come through: phones kill connections without saying so. */
const CHECK_MS = 45_000;
/** Failures of the event stream in a row after which the watch asks instead. */
const MAX_FAILURES = 2;

export class Watch {
  #version = 0;
  #failures = 0;
  #asked = 0;
  #ended = false;
  #stream: EventSource | null = null;
  #cancel: () => void = () => {};
  readonly #url: string;

  constructor(
    target: Target,
    private readonly listener: Listener,
    private readonly around: Surroundings,
  ) {
    this.#url = `${target.mint}/api/v1/payments/${target.id}`;
  }

  /** Reads the payment now and follows it. Called again when the page comes back: a connection may have died meanwhile. */
  async start(): Promise<void> {
    this.#pause();
    if (this.#ended) return;
    this.#failures = 0;
    this.#asked = 0;
    await this.#read();
    if (!this.#ended) this.#follow();
  }

  stop(): void {
    this.#ended = true;
    this.#pause();
  }

  #pause(): void {
    this.#cancel();
    this.#stream?.close();
    this.#stream = null;
  }

  async #read(): Promise<void> {
    try {
      const answer = await this.around.fetch(this.#url);
      const body = await answer.json();
      if (answer.ok) return this.#accept(body);
      // Anything else passes: the mint is busy, or being restarted.
      if (answer.status === 404 || answer.status === 400) {
        this.stop();
        this.listener.failed({ code: body.code, title: body.title });
      }
    } catch {
      // No network now, or the page may not connect to the mint.
    }
    if (!this.#ended) this.listener.unreachable();
  }

  #accept(details: PaymentDetails): void {
    // An answer that was overtaken by an event is older.
    if (this.#ended || details.version < this.#version) return;
    this.#version = details.version;
    if (details.state !== "open") this.stop();
    this.listener.changed(details);
  }

  #follow(): void {
    this.#pause();
    if (this.#failures >= MAX_FAILURES) return this.#ask();
    const stream = this.around.listen(`${this.#url}/events`);
    this.#stream = stream;
    stream.addEventListener("payment", (event) => {
      this.#failures = 0;
      this.#accept(JSON.parse((event as MessageEvent<string>).data));
    });
    stream.addEventListener("error", () => {
      this.#failures += 1;
      // The browser connects again by itself, unless the mint refused the stream.
      if (stream.readyState === 2 || this.#failures >= MAX_FAILURES) this.#follow();
    });
    this.#later(CHECK_MS);
  }

  #ask(): void {
    const pause_s = PAUSES_S[Math.min(this.#asked, PAUSES_S.length - 1)] ?? 10;
    this.#asked += 1;
    this.#later(pause_s * 1000 * (0.8 + 0.4 * this.around.random()));
  }

  #later(ms: number): void {
    this.#cancel();
    this.#cancel = this.around.after(ms, async () => {
      // A hidden page asks nothing; it starts again when it is shown.
      if (this.around.isHidden()) return;
      await this.#read();
      if (this.#ended) return;
      if (this.#stream) this.#later(CHECK_MS);
      else this.#ask();
    });
  }
}
