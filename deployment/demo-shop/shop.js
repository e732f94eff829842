// A small real shop that is paid in eCash: a cart, orders in a SQLite file, and a page for each order. An order counts
// as paid only when the shop's server has heard so from the mint, by a signed webhook or, if that was lost, from the
// feed of events; never because a page says so.
//
//   ECASH_MINT=http://localhost:8080 ECASH_KEY=ek_… node shop.js
//
// In a container the shop reaches the mint, and the mint the shop, under other addresses than browsers: ECASH_MINT and
// SHOP_WEBHOOK are those; ECASH_MINT_FOR_BROWSERS and SHOP_ORIGIN are the public ones.
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname } from "node:path";
import { Ecash, EcashError, webhook } from "../../checkout/server/index.js";
import { Orders } from "./orders.js";
import { cartPage, missingPage, orderPage, style, script, troublePage } from "./pages.js";

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
    return order ? { status: 303, headers: { location: `/orders/${order.token}` }, body: "" } : html(cartPage("Choose at least one thing."), 422);
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

// Refunds what the order page offers to take back. The page shows the address at which the payer's wallet takes the money.
async function takeBack(order) {
  if (order?.state !== "paid") return html(missingPage(), 404);
  // The payer may click twice, and an answer may be lost: the stored key makes it one refund.
  const { price } = order.items.at(-1);
  await ecash.refund(order.payment_id, { amount: price, reason: "One thing returned", idempotencyKey: orders.returnKey(order.token) });
  return { status: 303, headers: { location: `/orders/${order.token}` }, body: "" };
}

// A paid order is shown, although the mint does not answer: then without its refunds.
async function refundsOf(order) {
  try {
    return (await ecash.payment(order.payment_id)).refunds ?? [];
  } catch (error) {
    console.error(`reading refunds: ${error.code ?? error}`);
    return undefined;
  }
}

// Asks for the payment when the page is made, so that a click waits for nothing. The order's name makes it the same
// payment on every reload.
async function paymentOf(order) {
  try {
    return await ecash.createPayment({
      amount: order.total,
      description: `Order ${order.number} at the corner shop`,
      orderRef: String(order.number),
      returnUrl: `${origin}/orders/${order.token}`,
    });
  } catch (error) {
    // It was paid a moment ago, and the event is on its way.
    if (error.code === "payment_order_paid") return undefined;
    throw error;
  }
}

// The element under the name that never changes, with the integrity that the page demands.
async function element() {
  const { file, integrity } = await (await fetch(`${ecash.mint}/checkout/integrity.json`)).json();
  return { src: `${publicMint}/checkout/${file}`, integrity };
}

const html = (body, status = 200) => ({ status, headers: { "content-type": "text/html; charset=utf-8" }, body });
const file = (type, body, status = 200) => ({ status, headers: { "content-type": `${type}; charset=utf-8` }, body });

/** The body as it came, or at least its beginning. */
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

// An event may come twice, and late: an order that is paid stays so.
function handle({ type, data }) {
  if (type !== "payment.paid" || !data.payment.order_ref) return;
  if (orders.pay(data.payment.order_ref, data.payment.payment_id)) console.log(`order ${data.payment.order_ref} is paid`);
}

// Tells the mint where to post events, once. The secret that verifies them is shown only then.
async function registerWebhook() {
  if (orders.webhookSecret()) return;
  const { secret } = await ecash.endpoints.create({ url: SHOP_WEBHOOK, kinds: ["payment.paid"] });
  orders.keepWebhookSecret(secret);
}

// What happened while the shop was closed, or whose webhook was lost.
async function reconcile() {
  try {
    await ecash.reconcile(orders.lastEvent(), (event) => {
      handle(event);
      orders.handled(event.number);
    });
  } catch (error) {
    if (error.code === "events_gone") return catchUp();
    console.error(`reading events: ${error.code ?? error}; reading them again in an hour`);
  }
}

// The shop was closed for more than 90 days: the payments say what the events would have said.
async function catchUp() {
  const newest = await ecash.newestEvent();
  for await (const payment of ecash.payments({ state: "paid" })) handle({ type: "payment.paid", data: { payment } });
  orders.handled(newest);
}

const { code } = await ecash.currency();
orders.currency = code;
await registerWebhook();
server.listen(Number(SHOP_PORT), SHOP_HOST, () => console.log(`the demo shop is at ${origin}`));
await reconcile();
setInterval(reconcile, HOUR_MS);
