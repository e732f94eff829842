// What the mint can learn about a wallet in a browser.
import { expect, test } from "@playwright/test";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { expectBalance, makeWallet, pay, withdraw } from "./wallet";

const OF_ACCOUNT = ["/api/v1/accounts", "/api/v1/account", "/api/v1/withdraw"];
const ANONYMOUS = ["/api/v1/redeem", "/api/v1/swap", "/api/v1/restore"];

// The mint can link the requests of one connection. A withdrawal names the account, so it must not share one
// with a payment.
test("h4: account and anonymous requests use separate connections", async ({ browser, baseURL }) => {
  const connections = new Map<number, Set<string>>();
  const proxy = createServer((incoming, answer) => {
    const port = incoming.socket.remotePort ?? 0;
    connections.set(port, (connections.get(port) ?? new Set()).add(new URL(incoming.url ?? "/", baseURL).pathname));
    const { method, headers } = incoming;
    const outgoing = request(new URL(incoming.url ?? "/", baseURL), { method, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    outgoing.on("error", () => answer.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  try {
    const context = await browser.newContext({ baseURL: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` });
    const page = await context.newPage();
    await makeWallet(page);
    await withdraw(page, 100);
    await expectBalance(page, 100);
    await pay(page, 50);
    await page.getByRole("button", { name: "Done" }).click();
    await expectBalance(page, 50);
    await context.close();
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
  const carried = (paths: Set<string>, some: string[]) => some.filter((path) => paths.has(path));
  const all = [...connections.values()];
  expect(all.some((paths) => carried(paths, OF_ACCOUNT).length > 0)).toBe(true);
  expect(all.some((paths) => carried(paths, ANONYMOUS).length > 0)).toBe(true);
  for (const paths of all) {
    const both = [carried(paths, OF_ACCOUNT), carried(paths, ANONYMOUS)];
    expect(both.filter((some) => some.length > 0).length, `one connection carried ${[...paths].join(", ")}`).toBeLessThan(2);
  }
});

// A keyset that is shown only to one person would mark every token withdrawn under it.
test("h1: personal keys are detected, nothing is sent, and the evidence can be copied", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await makeWallet(page);
  await withdraw(page, 100);
  await page.route("**/api/v1/keys", async (route) => {
    const response = await route.fetch();
    const list = await response.json();
    list.keysets.push({ ...list.keysets[0], keyset_id: "key_own" });
    await route.fulfill({ response, json: list });
  });
  await page.reload();
  await expect(page.getByRole("alert")).toContainText("This mint shows other keys than before");
  await expectBalance(page, 100);
  const sent: string[] = [];
  page.on("request", (request) => void sent.push(new URL(request.url()).pathname));
  await pay(page, 50);
  await expect(page.getByText("Nothing was sent, and your cash stays in this wallet.")).toBeVisible();
  expect(sent.filter((path) => /redeem|swap|withdraw/.test(path))).toEqual([]);
  await page.goto("/");
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("button", { name: "Copy the evidence" }).click();
  await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
  const evidence = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
  expect(evidence.shown.keysets.at(-1).keyset_id).toBe("key_own");
  // The mint publishes the previous keys again.
  await page.unroute("**/api/v1/keys");
  await page.goto("/");
  await expect(page.getByRole("alert")).toHaveCount(0);
  await pay(page, 50);
  await page.getByRole("button", { name: "Done" }).click();
  await expectBalance(page, 50);
});
