// R25: a browser that cannot store anything. Nothing is sent before it is stored, and the page says what happened to the money.
import { expect, test, type Page } from "@playwright/test";
import { expectBalance, makeWallet, pay, withdraw } from "./wallet";

// While window.full is set, every put into IndexedDB fails for lack of space.
async function limitSpace(page: Page) {
  await page.addInitScript(() => {
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (...args) {
      if ((window as any).full) throw new DOMException("no room", "QuotaExceededError");
      return put.apply(this, args);
    };
  });
}

const fill = (page: Page, full: boolean) => page.evaluate((full) => ((window as any).full = full), full);

test("r25: without room, nothing is sent, the page says so, and it works once there is room", async ({ page }) => {
  await limitSpace(page);
  await makeWallet(page);
  await withdraw(page, 100);
  const sent: string[] = [];
  page.on("request", (request) => request.method() === "POST" && sent.push(new URL(request.url()).pathname));
  await fill(page, true);
  const alert = page.getByRole("alert").filter({ hasText: "nothing was sent. Free some space and try again." });

  await pay(page, 50);
  await expect(alert).toBeVisible();
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await expectBalance(page, 100);

  await page.getByRole("button", { name: "Withdraw", exact: true }).click();
  await page.getByLabel("Amount").fill("50");
  await page.getByRole("button", { name: "Withdraw 50 DEMO" }).click();
  await expect(alert).toBeVisible();
  await page.getByRole("button", { name: "Back", exact: true }).click();

  await page.getByRole("button", { name: "Give", exact: true }).click();
  await page.getByLabel("Amount").fill("50");
  await page.getByRole("button", { name: /^Give 50/ }).click();
  await expect(alert).toBeVisible();
  await expect(page.locator("textarea")).toHaveCount(0);
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await expectBalance(page, 100);
  expect(sent.filter((path) => /withdraw|redeem|swap/.test(path))).toEqual([]);

  await fill(page, false);
  await pay(page, 50);
  await page.getByRole("button", { name: "Done" }).click();
  await expectBalance(page, 50);
  await page.reload();
  await expectBalance(page, 50);
});

test("r25: a browser that forbids storage is named before there is money to lose", async ({ page }) => {
  await page.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException("storage is switched off", "SecurityError");
    };
  });
  const sent: string[] = [];
  page.on("request", (request) => request.method() === "POST" && sent.push(request.url()));
  await page.goto("/");
  await expect(page.getByText(/storage failed|storage is/i).first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Create a wallet" })).toBeHidden();
  expect(sent).toEqual([]);
});
