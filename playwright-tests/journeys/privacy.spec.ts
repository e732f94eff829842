// What the mint sees of a wallet in a browser.
import { expect, test } from "@playwright/test";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { expectBalance, makeWallet, pay, withdraw } from "./wallet";

const OF_ACCOUNT = ["/api/v1/accounts", "/api/v1/account", "/api/v1/withdraw"];
const ANONYMOUS = ["/api/v1/redeem", "/api/v1/swap", "/api/v1/restore"];

// What one connection carries, the mint can join: a withdrawal names the account, a payment must not.
test("h4: account and anonymous requests use connections of their own", async ({ browser, baseURL }) => {
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
