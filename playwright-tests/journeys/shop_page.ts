// A shop's own site, on another origin than the mint, with the strictest headers that the element must work under.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";

export type ShopSite = { origin: string; close(): void };

type Recorded = { events: string[]; violations: string[] };

// Serves `/`, which shows the element with the attributes of its query, and `/thanks`.
export async function openShopSite(mint: string): Promise<ShopSite> {
  const integrity = await (await fetch(`${mint}/checkout/integrity.json`)).json();
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const { lang = "en", ...attributes } = Object.fromEntries(url.searchParams);
    const text = Object.entries(attributes).map(([name, value]) => `${name}="${value}"`);
    response.writeHead(200, {
      "content-type": "text/html",
      "content-security-policy": `default-src 'none'; script-src ${mint}; connect-src ${mint}; require-trusted-types-for 'script'`,
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
      "referrer-policy": "no-referrer",
    });
    response.end(`<!doctype html><html lang="${lang}"><meta charset="utf-8"><title>A shop</title>
      <meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
      <script type="module" src="${mint}/checkout/${integrity.file}" integrity="${integrity.integrity}" crossorigin></script>
      <main><h1>${url.pathname === "/thanks" ? "Thanks" : "Your order"}</h1>
      <form><ecash-checkout name="payment" ${text.join(" ")}><a href="${attributes.payment}">Pay with eCash</a></ecash-checkout></form></main></html>`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://localhost:${(server.address() as AddressInfo).port}`, close: () => server.close() };
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
