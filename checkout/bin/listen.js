// Forwards events to a server on this machine, which the mint cannot reach.
import { deliver, handler } from "./common.js";

export async function listen({ ecash, secret }, [target], usage) {
  const url = handler(target, usage);
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stop.abort());
  const last = await ecash.newestEvent();
  console.log(`webhook secret, the same after each start:\n  ECASH_WEBHOOK_SECRET=${secret}\nforwarding events after number ${last} to ${url}; press Ctrl-C to stop`);
  await ecash.follow(last, forward, { signal: stop.signal });

  /** Posts an event. If the server is unreachable, prints that and continues with the next event. */
  async function forward(event) {
    // Like the mint's webhooks, skip events of keys, endpoints and domains, which are only in the feed.
    const { payment, payout } = event.data;
    if (!payment && !payout) return;
    const { text } = await deliver(url, event, secret);
    console.log(`${event.type} ${(payment ?? payout).payment_id ?? payout.payout_id} → ${text}`);
  }
}
