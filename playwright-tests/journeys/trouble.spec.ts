// Failures of the network, the storage and the device. No money is lost, and the person is informed.
import { expect, test, type Page } from "@playwright/test";
import { expectBalance, makeWallet, pay, withdraw } from "./wallet";

// Pays all of the wallet's money. The mint commits the payment, but its response is lost.
async function payWithoutAResponse(page: Page) {
  await makeWallet(page);
  await withdraw(page, 50);
  await page.route("**/api/v1/redeem", async (route) => {
    await route.fetch();
    await route.abort();
  });
  await pay(page, 50);
  await expect(page.getByRole("heading", { name: "Not paid yet" })).toBeVisible();
  await page.unroute("**/api/v1/redeem");
}

test("a withdrawal whose responses are lost is completed after a reload", async ({ page }) => {
  await makeWallet(page);
  // The mint commits the request, but its response is lost.
  await page.route("**/api/v1/withdraw", async (route) => {
    await route.fetch();
    await route.abort();
  });
  await page.getByRole("button", { name: "Withdraw", exact: true }).click();
  await page.getByLabel("Amount").fill("150");
  await page.getByRole("button", { name: "Withdraw 150 DEMO" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "nothing is lost" })).toBeVisible();
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await expect(page.getByText("150 DEMO is on its way")).toBeVisible();
  await page.unroute("**/api/v1/withdraw");
  await page.reload();
  await expectBalance(page, 150);
  // The account was debited once.
  await page.getByRole("button", { name: "Withdraw", exact: true }).click();
  await expect(page.getByText("Your account holds 9,850 DEMO")).toBeVisible();
});

test("w3: a payment without a response is not paid yet and can be cancelled", async ({ page }) => {
  await makeWallet(page);
  await withdraw(page, 50);
  await page.route("**/api/v1/{redeem,cancel}", (route) => route.abort());
  await pay(page, 50);
  await expect(page.getByRole("heading", { name: "Not paid yet" })).toBeVisible();
  await expect(page.getByText("You never pay twice.")).toBeVisible();
  await expect(page.getByText("cancel and get the money back")).toBeVisible();
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await expect(page.getByText("50 DEMO is set aside for a payment that is not paid yet")).toBeVisible();
  await expectBalance(page, 0);
  await page.getByRole("button", { name: /Payment to merchant_demo/ }).click();
  await page.unroute("**/api/v1/{redeem,cancel}");
  await page.getByRole("button", { name: "Cancel the payment" }).click();
  await expect(page.getByText("Cancelled", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await expectBalance(page, 50);
});

test("w3: a payment without a response can be retried and is made once", async ({ page }) => {
  await payWithoutAResponse(page);
  await page.getByRole("button", { name: "Try to pay again" }).click();
  await expect(page.getByText("Done", { exact: true })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Not paid yet" })).toBeHidden();
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await expectBalance(page, 0);
});

test("w2: a payment whose outcome could not be stored is not paid twice", async ({ page }) => {
  // While window.full is set, every put into IndexedDB fails for lack of space.
  await page.addInitScript(() => {
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (...args) {
      if ((window as any).full) throw new DOMException("no room", "QuotaExceededError");
      return put.apply(this, args);
    };
  });
  await makeWallet(page);
  await withdraw(page, 200);
  await page.route("**/api/v1/redeem", async (route) => {
    const answer = await route.fetch();
    await page.evaluate(() => ((window as any).full = true));
    await route.fulfill({ response: answer });
  });
  await pay(page, 100);
  const alert = page.getByRole("alert");
  await expect(alert.filter({ hasText: "this device could not save the outcome" })).toBeVisible();
  await expect(alert.filter({ hasText: "nothing was sent" })).toHaveCount(0);
  await page.unroute("**/api/v1/redeem");
  await page.evaluate(() => ((window as any).full = false));
  await page.getByRole("button", { name: /^Pay 100/ }).click();
  await expect(alert.filter({ hasText: "Your earlier payment of 100 DEMO to merchant_demo was made" })).toBeVisible();
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await expectBalance(page, 100);
  // If the failure comes before the request, the message says that nothing was sent.
  await page.evaluate(() => ((window as any).full = true));
  await pay(page, 100);
  await expect(alert.filter({ hasText: "nothing was sent" })).toBeVisible();
});

test("a payment whose response was lost is not made twice", async ({ page }) => {
  await payWithoutAResponse(page);
  // At the start, a pending payment is cancelled, or completed if the mint has committed it.
  await page.reload();
  await expect(page.getByText("Done", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await expectBalance(page, 0);
});

test("the recovery phrase restores a wallet on another device", async ({ browser, page, baseURL }) => {
  test.setTimeout(180_000);
  await makeWallet(page);
  await withdraw(page, 160);
  await pay(page, 20);
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("button", { name: "Show the phrase" }).click();
  const words = await page.locator(".words li").allTextContents();
  expect(words).toHaveLength(12);

  const other = await (await browser.newContext({ baseURL })).newPage();
  await other.goto("/");
  await other.getByRole("button", { name: "Restore a wallet" }).click();
  await other.getByLabel("Recovery phrase").fill(words.slice(1).join(" "));
  await other.getByRole("button", { name: "Restore", exact: true }).click();
  await expect(other.getByRole("alert").filter({ hasText: "12 words" })).toBeVisible();
  await other.getByLabel("Recovery phrase").fill(words.join("  "));
  await other.getByRole("button", { name: "Restore", exact: true }).click();
  await expect(other.getByText("140 DEMO is back on this device.")).toBeVisible({ timeout: 120_000 });
  await other.getByRole("button", { name: "Done" }).click();
  await expectBalance(other, 140);
  await other.context().close();
});

test("without the mint, the balance and a button to reconnect are shown", async ({ page }) => {
  await makeWallet(page);
  await withdraw(page, 10);
  await page.route("**/api/**", (route) => route.abort());
  await page.reload();
  await expectBalance(page, 10);
  await expect(page.getByText("The mint cannot be reached.")).toBeVisible();
  await page.unroute("**/api/**");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("The mint cannot be reached.")).toBeHidden();
});

test("the back button leaves a screen, and the keyboard suffices", async ({ page }) => {
  await makeWallet(page);
  await page.getByRole("button", { name: "Withdraw", exact: true }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Withdraw cash" })).toBeFocused();
  await page.goBack();
  await expect(page.getByTestId("balance")).toBeVisible();
  await page.goForward();
  await page.getByLabel("Amount").fill("50");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Done" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expectBalance(page, 50);
});

test("screens that need the mint report that it was never reached", async ({ page }) => {
  await page.route("**/api/v1/**", (route) => route.abort());
  await page.goto("/");
  await page.getByRole("button", { name: "Create a wallet" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "cannot be reached" })).toBeVisible();
  for (const [screen, title] of [["pay", "Pay a merchant"], ["withdraw", "Withdraw cash"]]) {
    await page.goto(`/#/${screen}`);
    await page.reload();
    await expect(page.getByRole("heading", { name: title })).toBeVisible();
    await expect(page.getByText("The mint cannot be reached.")).toBeVisible();
  }
  await page.unroute("**/api/v1/**");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("Your account holds 10,000 DEMO")).toBeVisible();
});
