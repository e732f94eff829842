// Events for a server on this machine, which the mint cannot reach.
import { deliver, handler } from "./common.js";

export async function listen({ ecash, secret }, [target], usage) {
  const url = handler(target, usage);
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stop.abort());
  const last = await ecash.newestEvent();
  console.log(`the secret of these webhooks, the same after each start:\n  ECASH_WEBHOOK_SECRET=${secret}\nevents after number ${last} go to ${url}; Ctrl-C ends`);
  await ecash.follow(last, forward, { signal: stop.signal });

  /** Posts one event. A server that is not there is said, and the next event is posted all the same. */
  async function forward(event) {
    // As the mint's webhooks: keys, endpoints and domains are only in the feed.
    const { payment, payout } = event.data;
    if (!payment && !payout) return;
    const { text } = await deliver(url, event, secret);
    console.log(`${event.type} ${(payment ?? payout).payment_id ?? payout.payout_id} → ${text}`);
  }
}
