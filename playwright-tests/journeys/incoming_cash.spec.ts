// W4: cash as text is stored until it is received, whether it is pasted or opened by link. This includes a
// second tab, and a browser without a wallet.
import { expect, test, type Page } from "@playwright/test";
import { cash } from "./cash";
import { expectBalance, makeWallet } from "./wallet";

async function receive(page: Page) {
  await page.getByRole("button", { name: "Receive", exact: true }).click();
  await expect(page.getByText("60 DEMO is now yours.")).toBeVisible();
  await page.getByRole("button", { name: "Done" }).click();
  await expectBalance(page, 60);
}

const waits = (page: Page) => page.getByRole("status").filter({ hasText: /^Cash is waiting/ });

test("cash as text is received once, and by link without staying in the address", async ({ browser, page, baseURL }) => {
  const text = await cash(browser, baseURL!);
  await makeWallet(page);
  await page.goto(`/#receive=${text}`);
  await expect(page.getByLabel("Cash as text")).toHaveValue(text);
  expect(page.url()).not.toContain("ecash1");
  await receive(page);
  await page.reload();
  await expectBalance(page, 60);
  await expect(waits(page)).toHaveCount(0);
  await page.getByRole("button", { name: "Receive", exact: true }).click();
  await expect(page.getByLabel("Cash as text")).toHaveValue("");
  await page.getByLabel("Cash as text").fill(text);
  await page.getByRole("button", { name: "Receive", exact: true }).click();
  await expect(page.getByRole("alert").filter({ hasText: "already been spent" })).toBeVisible();
});

test("w4: a link opened in a new browser waits until there is a wallet", async ({ browser, page, baseURL }) => {
  const text = await cash(browser, baseURL!);
  await page.goto(`/#receive=${text}`);
  await expect(page.getByRole("button", { name: "Create a wallet" })).toBeVisible();
  await expect(waits(page)).toContainText("create or restore a wallet");
  await expect.poll(() => page.url()).not.toContain("ecash1");
  // The text survives a reload and another visit.
  await page.reload();
  await expect(waits(page)).toBeVisible();
  await page.goto("about:blank");
  await page.goto("/");
  await page.getByRole("button", { name: "Restore a wallet" }).click();
  await expect(waits(page)).toBeVisible();
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await page.getByRole("button", { name: "Create a wallet" }).click();
  await expect(page.getByLabel("Cash as text")).toHaveValue(text);
  await receive(page);
});

test("w4: a reload before receiving loses nothing, and every screen announces the pending cash", async ({ browser, page, baseURL }) => {
  const text = await cash(browser, baseURL!);
  await makeWallet(page);
  await page.goto(`/#receive=${text}`);
  await expect(page.getByLabel("Cash as text")).toHaveValue(text);
  await page.reload();
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await expect(waits(page)).toBeVisible();
  for (const screen of ["Pay", "Withdraw", "Settings"]) {
    await page.getByRole("button", { name: screen, exact: true }).click();
    await expect(waits(page)).toBeVisible();
    await page.getByRole("button", { name: "Back", exact: true }).click();
  }
  // If the mint does not respond, the text stays stored.
  await page.route("**/api/**", (route) => route.abort());
  await page.getByRole("button", { name: "Receive it" }).click();
  await page.getByRole("button", { name: "Receive", exact: true }).click();
  await expect(page.getByRole("alert")).toContainText(/did not respond|cannot be reached/, { timeout: 60_000 });
  await page.unroute("**/api/**");
  await page.reload();
  await page.getByRole("button", { name: "Back", exact: true }).click();
  if ((await page.getByTestId("balance").textContent()) === "60 DEMO") return;
  await page.getByRole("button", { name: "Receive it" }).click();
  await receive(page);
});

test("w4: a link opened in a second tab is received there, or in the first", async ({ browser, context, page, baseURL }) => {
  const text = await cash(browser, baseURL!);
  await makeWallet(page);
  const second = await context.newPage();
  await second.goto(`/#receive=${text}`);
  // The visible tab owns the wallet.
  await expect(second.getByLabel("Cash as text")).toHaveValue(text);
  await expect.poll(() => second.url()).not.toContain("ecash1");
  await expect(page.getByRole("heading", { name: "The wallet is open in another tab" })).toBeVisible();
  await expect(waits(page)).toContainText("receive it in the tab that has the wallet");
  await page.getByRole("button", { name: "Use the wallet here" }).click();
  await expect(second.getByRole("heading", { name: "The wallet is open in another tab" })).toBeVisible();
  await second.close();
  await expect(waits(page)).toBeVisible();
  await page.getByRole("button", { name: "Receive it" }).click();
  await expect(page.getByLabel("Cash as text")).toHaveValue(text);
  await receive(page);
  await expect(waits(page)).toHaveCount(0);
});

test("w4: cash that cannot be stored stays in the address", async ({ browser, page, baseURL }) => {
  const text = await cash(browser, baseURL!);
  await makeWallet(page);
  await page.addInitScript(() => {
    const open = IDBFactory.prototype.open;
    IDBFactory.prototype.open = function (name: string, version?: number) {
      if (name === "ecash-inbox") throw new DOMException("no room", "QuotaExceededError");
      return open.call(this, name, version);
    };
  });
  await page.goto("about:blank");
  await page.goto(`/#receive=${text}`);
  await expect(page.getByLabel("Cash as text")).toHaveValue(text);
  expect(page.url()).toContain("ecash1");
  await receive(page);
  expect(page.url()).not.toContain("ecash1");
});

test("invalid cash can be dismissed", async ({ page }) => {
  await makeWallet(page);
  await page.goto("/#receive=ecash1AAAA");
  await page.getByRole("button", { name: "Receive", exact: true }).click();
  await expect(page.getByRole("alert")).not.toBeEmpty();
  await page.getByRole("button", { name: "Remove this text from this device" }).click();
  await expect(page.getByLabel("Cash as text")).toHaveValue("");
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await expect(waits(page)).toHaveCount(0);
});
