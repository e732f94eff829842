// A small but complete shop that accepts eCash: a cart, orders in a SQLite file, and a page for each order.
// The server marks an order as paid only when the mint reports it, by a signed webhook or, if that was lost,
// in the feed of events. It never relies on a page.
//
//   ECASH_MINT=http://localhost:8080 ECASH_KEY=ek_… node shop.js
//
// Needs Node 22.13 or later, which has SQLite built in.
//
// In containers, shop and mint reach each other at internal addresses: ECASH_MINT and SHOP_WEBHOOK.
// ECASH_MINT_FOR_BROWSERS and SHOP_ORIGIN are the public addresses.
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname } from "node:path";
import { Ecash, EcashError, webhook } from "../../checkout/server/index.js";
import { Orders } from "./orders.js";
import { cartPage, missingPage, orderPage, script, setFormatter, style, troublePage } from "./pages.js";

const { ECASH_MINT, SHOP_HOST = "127.0.0.1", SHOP_PORT = "8081", SHOP_DATABASE = "ecash-data/demo-shop/orders.db" } = process.env;
const { ECASH_KEY_FILE, ECASH_KEY = ECASH_KEY_FILE && readFileSync(ECASH_KEY_FILE, "utf8").trim() } = process.env;
const { SHOP_ORIGIN: origin = `http://localhost:${SHOP_PORT}`, SHOP_WEBHOOK = `${origin}/webhook`, ECASH_MINT_FOR_BROWSERS } = process.env;
const ecash = new Ecash({ mint: ECASH_MINT, key: ECASH_KEY });
const publicMint = ECASH_MINT_FOR_BROWSERS ?? ecash.mint;
mkdirSync(dirname(SHOP_DATABASE), { recursive: true });
const orders = new Orders(SHOP_DATABASE);
const HOUR_MS = 3_600_000;

const headers = {
  "content-security-policy": `default-src 'none'; script-src 'self' ${publicMint}; style-src 'self'; connect-src 'self' ${publicMint}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'`,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
};

const routes = {
  "GET /": async () => html(cartPage()),
  "POST /orders": async (request) => {
    const order = orders.create(await formOf(request));
    return order ? { status: 303, headers: { location: `/orders/${order.token}` }, body: "" } : html(cartPage("Choose at least one item."), 422);
  },
  "POST /webhook": async (request) => {
    let event;
    try {
      event = webhook(await bodyOf(request, 100_000), request.headers, orders.webhookSecret());
    } catch (error) {
      return file("text/plain", error.code ?? "malformed", 400);
    }
    handle(event);
    return { status: 204, headers: {}, body: "" };
  },
  "GET /style.css": async () => file("text/css", style),
  "GET /shop.js": async () => file("text/javascript", script),
};

const server = createServer(async (request, response) => {
  let answer;
  try {
    answer = await answerTo(request);
  } catch (error) {
    console.error(error instanceof EcashError ? `${error.code}: ${error.message}` : error);
    answer = html(troublePage(), 503);
  }
  response.writeHead(answer.status, { ...headers, "cache-control": "no-store", ...answer.headers });
  response.end(answer.body);
});

async function answerTo(request) {
  const { pathname } = new URL(request.url ?? "/", origin);
  const route = routes[`${request.method} ${pathname}`];
  if (route) return route(request);
  const [, returned] = /^\/orders\/([\w-]{22})\/return$/.exec(pathname) ?? [];
  if (returned && request.method === "POST") return takeBack(orders.byToken(returned));
  const [, token, json] = /^\/orders\/([\w-]{22})(\.json)?$/.exec(pathname) ?? [];
  const order = token && request.method === "GET" ? orders.byToken(token) : undefined;
  if (!order) return html(missingPage(), 404);
  if (json) return file("application/json", JSON.stringify({ state: order.state }));
  if (order.state === "paid") return html(orderPage(order, { mint: publicMint, refunds: await refundsOf(order) }));
  return html(orderPage(order, { mint: publicMint, element: await element(), payment: await paymentOf(order) }));
}

// Refunds the last item of the order. The order's page then shows the link at which the payer's wallet claims
// the refund.
async function takeBack(order) {
  if (order?.state !== "paid") return html(missingPage(), 404);
  // Use the stored key, so that a second click or a lost response does not refund twice.
  const { price } = order.items.at(-1);
  await ecash.refund(order.payment_id, { amount: price, reason: "One item returned", idempotencyKey: orders.returnKey(order.token) });
  return { status: 303, headers: { location: `/orders/${order.token}` }, body: "" };
}

// Returns the refunds of an order. Returns `undefined` if the mint is unavailable, so that the order is shown
// without them.
async function refundsOf(order) {
  try {
    return (await ecash.payment(order.payment_id)).refunds ?? [];
  } catch (error) {
    console.error(`reading refunds failed; showing the order without them: ${error.code ?? error}`);
    return undefined;
  }
}

// Creates the payment when the page is rendered, so that a click does not wait. The order reference makes it
// the same payment on every reload.
async function paymentOf(order) {
  try {
    return await ecash.createPayment({
      amount: order.total,
      description: `Order ${order.number} at the corner shop`,
      orderRef: String(order.number),
      returnUrl: `${origin}/orders/${order.token}`,
    });
  } catch (error) {
    // It was just paid, and the event has not arrived yet.
    if (error.code === "payment_order_paid") return undefined;
    throw error;
  }
}

// Returns the permanent URL of the checkout element, with its integrity.
async function element() {
  const { file, integrity } = await (await fetch(`${ecash.mint}/checkout/integrity.json`)).json();
  return { src: `${publicMint}/checkout/${file}`, integrity };
}

const html = (body, status = 200) => ({ status, headers: { "content-type": "text/html; charset=utf-8" }, body });
const file = (type, body, status = 200) => ({ status, headers: { "content-type": `${type}; charset=utf-8` }, body });

/** Reads the raw body, truncated shortly after `max` bytes. */
async function bodyOf(request, max) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > max) break;
  }
  return Buffer.concat(chunks);
}

const formOf = async (request) => new URLSearchParams((await bodyOf(request, 10_000)).toString());

// Handles an event. Events can arrive twice and late, so marking an order as paid is idempotent.
function handle({ type, data }) {
  if (type !== "payment.paid" || !data.payment.order_ref) return;
  if (orders.pay(data.payment.order_ref, data.payment.payment_id)) console.log(`order ${data.payment.order_ref} is paid`);
}

// Registers the webhook endpoint once. The mint returns the secret only at this time.
async function registerWebhook() {
  if (orders.webhookSecret()) return;
  const { secret } = await ecash.endpoints.create({ url: SHOP_WEBHOOK, kinds: ["payment.paid"] });
  orders.keepWebhookSecret(secret);
}

// Handles events that were missed while the shop was down, or whose webhook was lost.
async function reconcile() {
  try {
    await ecash.reconcile(orders.lastEvent(), (event) => {
      handle(event);
      orders.handled(event.number);
    });
  } catch (error) {
    if (error.code === "events_gone") return catchUp();
    console.error(`reading events failed; retrying in an hour: ${error.code ?? error}`);
  }
}

// The shop was down for more than 90 days, and the events are deleted: read the paid payments instead.
async function catchUp() {
  const newest = await ecash.newestEvent();
  for await (const payment of ecash.payments({ state: "paid" })) handle({ type: "payment.paid", data: { payment } });
  orders.handled(newest);
}

setFormatter(await ecash.formatter());
await registerWebhook();
server.listen(Number(SHOP_PORT), SHOP_HOST, () => console.log(`demo shop listening at ${origin}`));
await reconcile();
setInterval(reconcile, HOUR_MS);
