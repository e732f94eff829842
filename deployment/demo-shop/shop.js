// A small real shop that is paid in eCash: a cart, orders in a SQLite file, and a page for each order. An order counts as paid only when the
// shop's server has read so from the mint's events, never because a page says so.
//
//   ECASH_MINT=http://localhost:8080 ECASH_KEY=ek_… node shop.js
import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { dirname } from "node:path";
import { Ecash, EcashError } from "../../checkout/server/index.js";
import { Orders } from "./orders.js";
import { cartPage, missingPage, orderPage, style, script, troublePage } from "./pages.js";

const { ECASH_MINT, ECASH_KEY, SHOP_PORT = "8081", SHOP_DATABASE = "ecash-data/demo-shop/orders.db" } = process.env;
const ecash = new Ecash({ mint: ECASH_MINT, key: ECASH_KEY });
mkdirSync(dirname(SHOP_DATABASE), { recursive: true });
const orders = new Orders(SHOP_DATABASE);
const origin = `http://localhost:${SHOP_PORT}`;

const headers = {
  "content-security-policy": `default-src 'none'; script-src 'self' ${ecash.mint}; style-src 'self'; connect-src 'self' ${ecash.mint}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'`,
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
  const [, token, json] = /^\/orders\/([\w-]{22})(\.json)?$/.exec(pathname) ?? [];
  const order = token && request.method === "GET" ? orders.byToken(token) : undefined;
  if (!order) return html(missingPage(), 404);
  if (json) return file("application/json", JSON.stringify({ state: order.state }));
  return html(orderPage(order, { mint: ecash.mint, element: await element(), payment: await paymentOf(order) }));
}

// Asks for the payment when the page is made, so that a click waits for nothing. The order's name makes it the same payment on every reload.
async function paymentOf(order) {
  if (order.state === "paid") return undefined;
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
  return { src: `${ecash.mint}/checkout/${file}`, integrity };
}

const html = (body, status = 200) => ({ status, headers: { "content-type": "text/html; charset=utf-8" }, body });
const file = (type, body) => ({ status: 200, headers: { "content-type": `${type}; charset=utf-8` }, body });

async function formOf(request) {
  let text = "";
  for await (const chunk of request) {
    text += chunk;
    if (text.length > 10_000) break;
  }
  return new URLSearchParams(text);
}

// From the last event that was stored on: what happened while the shop was closed is not missed.
async function followEvents() {
  for (;;) {
    try {
      await ecash.follow(orders.lastEvent(), ({ number, type, data }) => {
        const order_ref = type === "payment.paid" ? data.payment.order_ref : undefined;
        orders.handled(number, order_ref, data.payment?.payment_id);
        if (order_ref) console.log(`order ${order_ref} is paid`);
      });
    } catch (error) {
      console.error(`following events: ${error.code ?? error}; trying again in 10 s`);
      await new Promise((resolve) => setTimeout(resolve, 10_000));
    }
  }
}

const { code } = await ecash.currency();
orders.currency = code;
server.listen(Number(SHOP_PORT), "127.0.0.1", () => console.log(`the demo shop is at ${origin}`));
await followEvents();
