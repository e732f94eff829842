// A shop's own site, on another origin than the mint, with the strictest headers that the element must work under.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, type Browser, type BrowserContext, type Page } from "@playwright/test";
import { makeWallet, withdraw } from "./wallet";

export type ShopSite = { origin: string; close(): void };

type Recorded = { events: string[]; violations: string[] };

type Options = {
  /** Whose address the page has: `localhost`, or that of a stranger. */
  host?: "localhost" | "[::1]";
  /** The site serves the module itself, as a shop does that installed the npm package. */
  ownModule?: boolean;
  /** What the page loads before the module. */
  before?: string;
};

// Serves `/`, which shows the element with the attributes of its query, `/thanks`, and the scripts of the options.
export async function openShopSite(mint: string, { host = "localhost", ownModule, before }: Options = {}): Promise<ShopSite> {
  const integrity = await (await fetch(`${mint}/checkout/integrity.json`)).json();
  const module = await (await fetch(`${mint}/checkout/${integrity.file}`)).text();
  const own = ownModule || before ? "'self'" : "";
  const script = ownModule
    ? `<script type="module" src="/ecash-checkout.js"></script>`
    : `<script type="module" src="${mint}/checkout/${integrity.file}" integrity="${integrity.integrity}" crossorigin></script>`;
  const files: Record<string, string> = { "/ecash-checkout.js": module, "/before.js": before ?? "" };
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const file = files[url.pathname];
    if (file !== undefined) return void response.writeHead(200, { "content-type": "text/javascript" }).end(file);
    const { lang = "en", ...attributes } = Object.fromEntries(url.searchParams);
    const text = Object.entries(attributes).map(([name, value]) => `${name}="${value}"`);
    response.writeHead(200, {
      "content-type": "text/html",
      "content-security-policy": `default-src 'none'; script-src ${own} ${ownModule ? "" : mint}; connect-src ${mint}; require-trusted-types-for 'script'`,
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
      "referrer-policy": "no-referrer",
    });
    response.end(`<!doctype html><html lang="${lang}"><meta charset="utf-8"><title>A shop</title>
      <meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
      ${before ? `<script src="/before.js"></script>` : ""}${script}
      <main><h1>${url.pathname === "/thanks" ? "Thanks" : "Your order"}</h1>
      <form><ecash-checkout name="payment" ${text.join(" ")}><a href="${attributes.payment}">Pay with eCash</a></ecash-checkout></form></main></html>`);
  });
  await new Promise<void>((resolve) => server.listen(0, host === "localhost" ? "127.0.0.1" : "::1", resolve));
  return { origin: `http://${host}:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

export async function openShopPage(page: Page, site: ShopSite, attributes: Record<string, string>) {
  await page.addInitScript(() => {
    const recorded: Recorded = { events: [], violations: [] };
    Object.assign(window, { recorded });
    for (const name of ["state", "open", "paid", "cancelled", "expired", "error"]) {
      addEventListener(`ecash-${name}`, (event) => {
        const { state, payment_id, code } = (event as CustomEvent).detail;
        recorded.events.push([name, state ?? payment_id ?? code].filter(Boolean).join(" "));
      });
    }
    addEventListener("securitypolicyviolation", (event) => recorded.violations.push(event.violatedDirective));
  });
  await page.goto(`${site.origin}/?${new URLSearchParams(attributes)}`);
}

export const recorded = (page: Page) =>
  page.evaluate(() => (window as unknown as { recorded: Recorded }).recorded);

export const payLink = (page: Page) => page.getByRole("link", { name: "Pay with eCash" });

// Follows the element's link, which opens the wallet in another tab.
export async function openWallet(context: BrowserContext, shop: Page) {
  const opened = context.waitForEvent("page");
  await payLink(shop).click();
  return opened;
}

export async function payInWallet(wallet: Page) {
  await wallet.getByRole("button", { name: "Pay 50 DEMO" }).click();
  await expect(wallet.getByRole("heading", { name: "Paid" })).toBeVisible();
}

// Pays with a new wallet in another browser.
export async function payElsewhere(browser: Browser, link: string) {
  const other = await (await browser.newContext()).newPage();
  await makeWallet(other);
  await withdraw(other, 50);
  await other.goto(link);
  await payInWallet(other);
  await other.context().close();
}
