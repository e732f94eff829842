// When things go wrong: nobody loses money, and everybody is told.
import { expect, test } from "@playwright/test";
import { tokenText } from "./token_text";
import { expectBalance, makeWallet, pay, withdraw } from "./wallet";

test("a withdrawal whose answers are lost is finished after a reload", async ({ page }) => {
  await makeWallet(page);
  // The mint acts, its answers never arrive.
  await page.route("**/api/v1/withdraw", async (route) => {
    await route.fetch();
    await route.abort();
  });
  await page.getByRole("button", { name: "Withdraw", exact: true }).click();
  await page.getByLabel("Amount").fill("150");
  await page.getByRole("button", { name: "Withdraw 150 DEMO" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "nothing is lost" })).toBeVisible();
  await page.getByRole("button", { name: "Back" }).click();
  await expect(page.getByText("150 DEMO is on its way")).toBeVisible();
  await page.unroute("**/api/v1/withdraw");
  await page.reload();
  await expectBalance(page, 150);
  // Once, not twice.
  await page.getByRole("button", { name: "Withdraw", exact: true }).click();
  await expect(page.getByText("Your account holds 9,850 DEMO")).toBeVisible();
});

test("a payment nobody answered can be cancelled, and the money is back", async ({ page }) => {
  await makeWallet(page);
  await withdraw(page, 50);
  await page.route("**/api/v1/redeem", (route) => route.abort());
  await pay(page, 50);
  await expect(page.getByRole("alert").filter({ hasText: "nothing is lost" })).toBeVisible();
  await page.getByRole("button", { name: "Back" }).click();
  await expect(page.getByText("50 DEMO is being paid")).toBeVisible();
  await expectBalance(page, 0);
  await page.getByRole("button", { name: /Payment to merchant_demo/ }).click();
  await page.getByRole("button", { name: "Cancel the payment" }).click();
  await expect(page.getByText("Did not happen")).toBeVisible();
  await page.getByRole("button", { name: "Back" }).click();
  await expectBalance(page, 50);
});

test("a payment that was made although its answer was lost is not made twice", async ({ page }) => {
  await makeWallet(page);
  await withdraw(page, 50);
  await page.route("**/api/v1/redeem", async (route) => {
    await route.fetch();
    await route.abort();
  });
  await pay(page, 50);
  await expect(page.getByRole("alert").filter({ hasText: "nothing is lost" })).toBeVisible();
  await page.unroute("**/api/v1/redeem");
  // At start an open payment is cancelled, or completed if it had happened.
  await page.reload();
  await page.getByRole("button", { name: "Back" }).click();
  await expectBalance(page, 0);
  await page.getByRole("button", { name: /Payment to merchant_demo/ }).click();
  await expect(page.getByText("Done", { exact: true })).toBeVisible();
});

test("cash as text is received once, and by link without staying in the address", async ({ browser, page, baseURL }) => {
  await makeWallet(page);
  await withdraw(page, 60);
  let tokens: any[] = [];
  await page.route("**/api/v1/redeem", (route) => {
    tokens = route.request().postDataJSON().tokens;
    return route.abort();
  });
  await pay(page, 60);
  await expect(page.getByRole("alert").filter({ hasText: "nothing is lost" })).toBeVisible();
  const text = tokenText(baseURL!, "inst_primary", "DEMO", tokens);

  const other = await (await browser.newContext({ baseURL })).newPage();
  await makeWallet(other);
  await other.goto(`/#receive=${text}`);
  await expect(other.getByLabel("Cash as text")).toHaveValue(text);
  expect(other.url()).not.toContain("ecash1");
  await other.getByRole("button", { name: "Receive", exact: true }).click();
  await expect(other.getByText("60 DEMO is now yours.")).toBeVisible();
  await other.getByRole("button", { name: "Done" }).click();
  await expectBalance(other, 60);
  await other.getByRole("button", { name: "Receive", exact: true }).click();
  await other.getByLabel("Cash as text").fill(text);
  await other.getByRole("button", { name: "Receive", exact: true }).click();
  await expect(other.getByRole("alert").filter({ hasText: "spent before" })).toBeVisible();
  await other.context().close();
});

test("twelve words bring a wallet back on another device", async ({ browser, page, baseURL }) => {
  test.setTimeout(180_000);
  await makeWallet(page);
  await withdraw(page, 160);
  await pay(page, 20);
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("button", { name: "Show the words" }).click();
  const words = await page.locator(".words li").allTextContents();
  expect(words).toHaveLength(12);

  const other = await (await browser.newContext({ baseURL })).newPage();
  await other.goto("/");
  await other.getByRole("button", { name: "I have recovery words" }).click();
  await other.getByLabel("Recovery words").fill(words.slice(1).join(" "));
  await other.getByRole("button", { name: "Find my money" }).click();
  await expect(other.getByRole("alert").filter({ hasText: "12 words" })).toBeVisible();
  await other.getByLabel("Recovery words").fill(words.join("  "));
  await other.getByRole("button", { name: "Find my money" }).click();
  await expect(other.getByText("140 DEMO is back on this device.")).toBeVisible({ timeout: 120_000 });
  await other.getByRole("button", { name: "Done" }).click();
  await expectBalance(other, 140);
  await other.context().close();
});

test("a second tab waits, and takes over when the first closes", async ({ context, page }) => {
  await makeWallet(page);
  await withdraw(page, 10);
  const second = await context.newPage();
  await second.goto("/");
  await expect(second.getByRole("heading", { name: "The wallet is open in another tab" })).toBeVisible();
  await page.close();
  await expectBalance(second, 10);
});

test("without the mint the money is shown, and the way back", async ({ page }) => {
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

test("the back button leaves a screen, and the keyboard is enough", async ({ page }) => {
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
