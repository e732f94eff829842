// The shop's pages. All dynamic values are escaped.
import { goods } from "./goods.js";

let format;
/** Sets how amounts in minor units are written, with their currency. */
export const setFormatter = (formatter) => void (format = formatter);
const money = (amount) => escaped(format(amount));

const escaped = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

const page = (title, body, head = "") => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)} – The corner shop</title>
<link rel="stylesheet" href="/style.css">
${head}
<header><a href="/">The corner shop</a><span class="tag">demo</span></header>
<main>${body}</main>
<footer>A demonstration with play money. Nothing is delivered.</footer>
</html>`;

export function cartPage(error = "") {
  const rows = goods.map(({ id, name, note, price }) => `
    <li><label for="${id}"><strong>${escaped(name)}</strong><span>${escaped(note)}</span></label>
      <span class="price">${money(price)}</span>
      <input type="number" id="${id}" name="${id}" min="0" max="9" value="0" inputmode="numeric" aria-label="${escaped(name)}: how many"></li>`);
  return page("Welcome", `<h1>What will it be?</h1>
    ${error && `<p class="alert" role="alert">${escaped(error)}</p>`}
    <form method="post" action="/orders"><ul class="goods">${rows.join("")}</ul><button>Order</button></form>`);
}

export function orderPage(order, { mint, element, payment, refunds }) {
  const rows = order.items.map(({ name, price, count }) => `<tr><td>${count} × ${escaped(name)}</td><td class="price">${money(price * count)}</td></tr>`);
  const basket = `<table><caption>Order ${order.number}</caption><tbody>${rows.join("")}</tbody>
    <tfoot><tr><th>Total</th><td class="price">${money(order.total)}</td></tr></tfoot></table>`;
  const script = `<script type="module" src="/shop.js"></script>`;
  if (order.state === "paid") {
    const receipt = `${mint}/receipt#${order.payment_id}`;
    return page(`Order ${order.number}`, `<h1>Thank you!</h1><p>Your order is paid. Keep the address of this page: it is your proof of the order.</p>${basket}
      ${refundsOf(order, mint, refunds)}
      <p><a class="button plain" href="${escaped(receipt)}">Receipt</a> <a class="button plain" href="/">Order more</a></p>`);
  }
  if (!payment) {
    return page(`Order ${order.number}`, `<h1>Your payment is on its way</h1>${basket}<p role="status" data-order>The shop is confirming it…</p>`, script);
  }
  const head = `${script}<script type="module" src="${escaped(element.src)}" integrity="${escaped(element.integrity)}" crossorigin></script>`;
  return page(`Order ${order.number}`, `<h1>Your order</h1>${basket}
    <ecash-checkout data-order payment="${escaped(payment.checkout_url)}"><a href="${escaped(payment.checkout_url)}">Pay with eCash</a></ecash-checkout>`, head);
}

const REFUND_STATES = { open: "waiting for you", claimed: "claimed", returned: "returned to the shop" };

/**
 * The refunds of an order, with the link at which the payer's wallet claims them; without refunds, a button
 * to return an item.
 */
function refundsOf(order, mint, refunds) {
  if (!refunds) return `<p role="status">Refunds cannot be shown right now. Reload the page in a moment.</p>`;
  if (refunds.length === 0) {
    return `<form method="post" action="/orders/${escaped(order.token)}/return"><button class="plain">Return the ${escaped(order.items.at(-1).name)}</button></form>`;
  }
  const rows = refunds.map(({ amount, state }) => `<li>Refund of ${money(amount)}: ${REFUND_STATES[state]}</li>`);
  const link = `${mint}/#refund=${order.payment_id}`;
  const waits = refunds.some(({ state }) => state === "open");
  return `<ul>${rows.join("")}</ul>${waits ? `<p><a class="button" href="${escaped(link)}">Claim the refund</a></p>` : ""}`;
}

export const missingPage = () => page("Not found", `<h1>Page not found</h1><p><a class="button" href="/">To the shop</a></p>`);
export const troublePage = () =>
  page("Unavailable", `<h1>Payments are unavailable right now</h1><p>Reload the page in a moment. Your order is stored, and nothing is paid or refunded twice.</p>`);

/** Polls the order, and reloads the page once the shop's server has marked it as paid. */
export const script = `const shown = document.querySelector("[data-order]");
async function look() {
  const { state } = await (await fetch(location.pathname + ".json")).json();
  if (state === "paid") location.reload();
  else setTimeout(look, 1000);
}
if (shown && shown.localName !== "ecash-checkout") look();
addEventListener("ecash-paid", look);
`;

export const style = `:root { font: 1rem/1.5 system-ui, sans-serif; color-scheme: light dark; --line: light-dark(#ddd5c8, #443d33); --accent: light-dark(#7a3b12, #f0a870);
  background: light-dark(#fbf7f0, #1b1712); color: light-dark(#2a2119, #f2ebe2); }
body { margin: 0; }
header, main, footer { max-width: 34rem; margin: auto; padding: 1rem; }
header { display: flex; gap: .75rem; align-items: center; border-bottom: 1px solid var(--line); }
header a { color: inherit; font-weight: 700; text-decoration: none; }
.tag { font-size: .75rem; border: 1px solid; border-radius: 1rem; padding: 0 .5rem; }
footer { color: light-dark(#6b5f52, #b3a799); font-size: .875rem; }
.goods { list-style: none; padding: 0; }
.goods li { display: flex; gap: 1rem; align-items: center; padding: .75rem 0; border-bottom: 1px solid var(--line); }
.goods label { flex: 1; display: grid; }
.goods label span { color: light-dark(#6b5f52, #b3a799); font-size: .875rem; }
.price { white-space: nowrap; font-variant-numeric: tabular-nums; text-align: right; }
input { width: 4rem; min-height: 44px; font: inherit; text-align: center; border: 1px solid light-dark(#8c7f70, #7d7265); border-radius: .5rem; background: none; color: inherit; box-sizing: border-box; }
button, .button { display: inline-flex; align-items: center; justify-content: center; min-height: 48px; padding: 0 1.5rem; border: 0; border-radius: .5rem; font: inherit;
  font-weight: 700; background: var(--accent); color: light-dark(#fff, #2a1505); text-decoration: none; cursor: pointer; }
form button { width: 100%; }
.button.plain, button.plain { background: none; color: inherit; border: 1px solid var(--line); }
:focus-visible { outline: 3px solid light-dark(#1a5fd0, #8ab8ff); outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; margin: 1rem 0 1.5rem; }
caption { text-align: left; font-weight: 700; padding-bottom: .5rem; }
td, th { padding: .5rem 0; border-bottom: 1px solid var(--line); text-align: left; }
td.price { text-align: right; }
.alert { border: 1px solid; border-radius: .5rem; padding: .75rem; color: light-dark(#a01f1f, #ff9d9d); }
ecash-checkout { max-width: none; --ecash-accent: light-dark(#7a3b12, #f0a870); --ecash-on-accent: light-dark(#fff, #2a1505); --ecash-radius: .5rem; --ecash-surface: light-dark(#fff, #241f19); }
`;
