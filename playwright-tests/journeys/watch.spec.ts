// How the checkout element follows a payment, with a simulated clock and network. Needs no browser.
import { expect, test } from "@playwright/test";
import { money, targetOf, type PaymentDetails } from "../../checkout/src/payment";
import { Watch, type Environment } from "../../checkout/src/watch";

const ID = "pay_AAAAAAAAAAAAAAAAAAAAAA";
const target = { mint: "https://mint.example", id: ID, href: "" };

class World implements Environment {
  answers: (Partial<PaymentDetails> | number | "lost")[] = [];
  asked: number[] = [];
  streams: { url: string; closed: boolean; hear: Record<string, (event: unknown) => void>; readyState: number }[] = [];
  hidden = false;
  now_ms = 0;
  #timers: { at_ms: number; call: () => void }[] = [];

  async fetch(): Promise<Response> {
    this.asked.push(this.now_ms / 1000);
    const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    if (answer === "lost" || answer === undefined) throw new TypeError("no network");
    if (typeof answer === "number") return Response.json({ code: "payment_unknown", title: "" }, { status: answer });
    return Response.json({ state: "open", version: 1, ...answer });
  }
  listen(url: string): EventSource {
    const stream = { url, closed: false, hear: {} as Record<string, (event: unknown) => void>, readyState: 0, close() { this.closed = true; },
      addEventListener(name: string, hear: (event: unknown) => void) { this.hear[name] = hear; } };
    this.streams.push(stream);
    return stream as unknown as EventSource;
  }
  after(ms: number, call: () => void) {
    const timer = { at_ms: this.now_ms + ms, call };
    this.#timers.push(timer);
    return () => void (this.#timers = this.#timers.filter((other) => other !== timer));
  }
  random = () => 0.5;
  isHidden = () => this.hidden;

  async pass(seconds: number) {
    const end_ms = this.now_ms + seconds * 1000;
    for (;;) {
      this.#timers.sort((a, b) => a.at_ms - b.at_ms);
      const next = this.#timers[0];
      if (!next || next.at_ms > end_ms) break;
      this.#timers.shift();
      this.now_ms = next.at_ms;
      next.call();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.now_ms = end_ms;
  }
}

async function watching(world: World) {
  const seen: string[] = [];
  const watch = new Watch(target, { changed: ({ state, version }) => seen.push(`${state} ${version}`), failed: ({ code }) => seen.push(code), unreachable: () => {} }, world);
  await watch.start();
  return { watch, seen };
}

test("events with an older version are ignored, and a final state ends the watch", async () => {
  const world = new World();
  world.answers = [{}];
  const { seen } = await watching(world);
  const [stream] = world.streams;
  const say = (state: string, version: number) => stream!.hear.payment!({ data: JSON.stringify({ state, version }) });
  say("open", 1);
  say("open", 0);
  say("paid", 2);
  say("open", 3);
  expect(seen).toEqual(["open 1", "open 1", "paid 2"]);
  expect(stream!.closed).toBe(true);
  await world.pass(600);
  expect(world.asked).toEqual([0]);
});

test("a silent stream is checked by polling, because phones drop connections silently", async () => {
  const world = new World();
  world.answers = [{}, {}, { state: "paid", version: 2 }];
  const { seen } = await watching(world);
  await world.pass(100);
  expect(world.asked).toEqual([0, 45, 90]);
  expect(seen.at(-1)).toBe("paid 2");
});

test("after two failures of the stream, the payment is polled with backoff, and not from a hidden page", async () => {
  const world = new World();
  world.answers = [{}];
  const { watch } = await watching(world);
  world.streams[0]!.hear.error!({});
  world.streams[0]!.hear.error!({});
  expect(world.streams).toHaveLength(1);
  await world.pass(45);
  expect(world.asked).toEqual([0, 2, 4, 7, 12, 20, 30, 40]);
  world.hidden = true;
  await world.pass(600);
  expect(world.asked).toHaveLength(8);
  world.hidden = false;
  await watch.start();
  expect(world.asked).toHaveLength(9);
  expect(world.streams).toHaveLength(2);
});

test("a rejected stream is retried once, then the payment is polled", async () => {
  const world = new World();
  world.answers = [{}];
  await watching(world);
  for (const stream of [0, 1]) {
    world.streams[stream]!.readyState = 2;
    world.streams[stream]!.hear.error!({});
  }
  expect(world.streams).toHaveLength(2);
  await world.pass(3);
  expect(world.asked).toEqual([0, 2]);
});

test("a busy or unreachable mint is retried, an unknown payment is not", async () => {
  const world = new World();
  world.answers = ["lost", 503, {}];
  const { seen } = await watching(world);
  await world.pass(90);
  expect(seen).toEqual(["open 1"]);
  const other = new World();
  other.answers = [404];
  const lost = await watching(other);
  await other.pass(600);
  expect([lost.seen, other.asked, other.streams]).toEqual([["payment_unknown"], [0], []]);
});

test("the attributes name a payment at one mint, or are malformed", () => {
  const at = (payment: string, mint: string | null = null) => targetOf(payment, mint, "https://served.example");
  expect(at(ID)).toEqual({ mint: "https://served.example", id: ID, href: `https://served.example/#pay=${ID}..` });
  expect(at(ID, "https://mint.example/x")).toMatchObject({ mint: "https://mint.example" });
  const link = `https://mint.example/#pay=${ID}.key.hash`;
  expect(at(link)).toEqual({ mint: "https://mint.example", id: ID, href: link });
  for (const bad of ["", "pay_1", "javascript:alert(1)", `javascript:alert(1)#pay=${ID}`, `https://mint.example/?pay=${ID}`, `data:text/html,#pay=${ID}..`]) {
    expect(at(bad), bad).toMatchObject({ code: "malformed" });
  }
  expect(at(link, "https://other.example")).toMatchObject({ code: "wrong_mint" });
});

test("amounts are exact in every currency", () => {
  const of = (minor: number, code: string, exponent: number, lang = "en") => money(minor, { code, exponent }, lang).replace(/\s/g, " ");
  expect(of(1234, "EUR", 2)).toBe("€12.34");
  expect(of(5, "EUR", 2, "de")).toBe("0,05 €");
  expect(of(50, "DEMO", 0)).toBe("50 DEMO");
  expect(of(9_007_199_254_740_991, "XTS", 12)).toMatch(/9,007\.199254740991/);
});
