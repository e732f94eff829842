// Follows a payment: reads it, then listens to its events. Polls it if events do not arrive.
import type { CheckoutError, PaymentDetails, Target } from "./payment";

/** The page's network, clock and visibility. Tests replace them. */
export interface Environment {
  fetch(url: string): Promise<Response>;
  listen(url: string): EventSource;
  /** Calls `call` after `ms` milliseconds. Returns a function that cancels it. */
  after(ms: number, call: () => void): () => void;
  random(): number;
  isHidden(): boolean;
}

export interface Listener {
  changed(details: PaymentDetails): void;
  failed(error: CheckoutError): void;
  /** The mint did not respond. The watch retries. */
  unreachable(): void;
}

/** Backoff between polls while events do not arrive, in seconds. The last one repeats. */
const PAUSES_S = [2, 2, 3, 5, 8, 10];
/** Poll interval while the event stream is open: phones drop connections silently. */
const CHECK_MS = 45_000;
/** Consecutive failures of the event stream after which the watch polls instead. */
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
    private readonly around: Environment,
  ) {
    this.#url = `${target.mint}/api/v1/payments/${target.id}`;
  }

  /**
   * Reads the payment and follows it. Called again when the page becomes visible, because the connection may
   * have died.
   */
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
      // Stopped meanwhile, for example because the page shows another payment now.
      if (this.#ended) return;
      if (answer.ok) return this.#accept(body);
      // Other errors are transient: the mint is busy or restarting.
      if (answer.status === 404 || answer.status === 400) {
        this.stop();
        this.listener.failed({ code: body.code, title: body.title });
      }
    } catch {
      // No network, or the page's policy does not allow the connection: the next poll retries.
    }
    if (!this.#ended) this.listener.unreachable();
  }

  #accept(details: PaymentDetails): void {
    // Ignore a response that is older than the last event.
    if (this.#ended || details.version < this.#version) return;
    this.#version = details.version;
    if (details.state !== "open") this.stop();
    this.listener.changed(details);
  }

  #follow(): void {
    this.#pause();
    if (this.#failures >= MAX_FAILURES) return this.#poll();
    const stream = this.around.listen(`${this.#url}/events`);
    this.#stream = stream;
    stream.addEventListener("payment", (event) => {
      this.#failures = 0;
      this.#accept(JSON.parse((event as MessageEvent<string>).data));
    });
    stream.addEventListener("error", () => {
      this.#failures += 1;
      // The browser reconnects automatically, unless the mint rejected the stream.
      if (stream.readyState === 2 || this.#failures >= MAX_FAILURES) this.#follow();
    });
    this.#schedule(CHECK_MS);
  }

  /** Schedules the next poll after a randomized backoff. */
  #poll(): void {
    const pause_s = PAUSES_S[Math.min(this.#asked, PAUSES_S.length - 1)] ?? 10;
    this.#asked += 1;
    this.#schedule(pause_s * 1000 * (0.8 + 0.4 * this.around.random()));
  }

  /** Reads the payment after `ms` milliseconds, then schedules the next read. */
  #schedule(ms: number): void {
    this.#cancel();
    this.#cancel = this.around.after(ms, async () => {
      // A hidden page does not poll. `start` is called when it becomes visible.
      if (this.around.isHidden()) return;
      await this.#read();
      if (this.#ended) return;
      if (this.#stream) this.#schedule(CHECK_MS);
      else this.#poll();
    });
  }
}
