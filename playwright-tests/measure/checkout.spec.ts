// Measures the time from the tap on "Pay" in the wallet to `ecash-paid` in the shop's page, and the time to
// an open checkout element. Prints the times and has no limits.
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, test } from "@playwright/test";
import { Ecash } from "../../checkout/server/index.js";
import { makeWallet, withdraw } from "../journeys/wallet";

const ROUNDS = 9;
const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

test("from the tap to paid", async ({ page, context, baseURL }) => {
  test.setTimeout(180_000);
  const shop = new Ecash({ mint: baseURL!, key: process.env.ECASH_API_KEY! });
  const server = createServer((request, response) => {
    const payment = new URL(request.url!, "http://localhost").searchParams.get("payment") ?? "";
    response.writeHead(200, { "content-type": "text/html" }).end(`<!doctype html><title>shop</title>
      <script type="module" src="${baseURL}/checkout/1/ecash-checkout.js" crossorigin></script>
      <ecash-checkout payment="${payment}"></ecash-checkout>`);
  });
  server.listen(0, "localhost");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  await makeWallet(page);
  await withdraw(page, 200);
  await page.addInitScript(() => {
    const fetch = window.fetch;
    const times = ((window as any).times = {} as Record<string, number>);
    window.fetch = async (...call) => {
      const url = String(call[0] instanceof Request ? call[0].url : call[0]);
      if (!url.endsWith("/redeem")) return fetch(...call);
      times.sent = Date.now();
      const response = await fetch(...call);
      times.answered = Date.now();
      return response;
    };
  });
  const rounds: Record<string, number>[] = [];
  const customer = await context.newPage();
  for (let round = 0; round < ROUNDS; round += 1) {
    const payment = await shop.createPayment({ amount: 10, description: "Coffee" });
    await customer.addInitScript(() => {
      document.addEventListener("ecash-state", (event: any) => {
        if (event.detail.state === "open") (window as any).opened ??= performance.now();
      });
      document.addEventListener("ecash-paid", () => ((window as any).paid ??= Date.now()));
    });
    await customer.goto(`http://localhost:${port}/?payment=${encodeURIComponent(payment.checkout_url)}`);
    await expect.poll(() => customer.evaluate(() => (window as any).opened)).toBeTruthy();
    await page.goto("/");
    await page.goto(payment.checkout_url);
    const button = page.getByRole("button", { name: "Pay 10 DEMO" });
    await expect(button).toBeEnabled();
    await button.evaluate((element: HTMLButtonElement) => {
      (window as any).times.tapped = Date.now();
      element.click();
    });
    await expect(page.getByRole("heading", { name: "Paid" })).toBeVisible();
    await expect.poll(() => customer.evaluate(() => (window as any).paid)).toBeTruthy();
    const { tapped, sent, answered } = await page.evaluate(() => (window as any).times);
    const { opened, paid } = await customer.evaluate(() => ({ opened: (window as any).opened, paid: (window as any).paid }));
    rounds.push({ plan: sent - tapped, mint: answered - sent, shop_hears: paid - answered, tap_to_paid: paid - tapped, element_open: opened });
  }
  for (const name of Object.keys(rounds[0])) {
    const values = rounds.map((round) => round[name]);
    console.log(`${name}: median ${median(values).toFixed(0)} ms (${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)})`);
  }
  server.closeAllConnections();
  server.close();
});
