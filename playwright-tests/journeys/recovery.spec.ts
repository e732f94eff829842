// W1, M14: entering a recovery phrase on a device that already has a wallet.
import { expect, test, type Browser, type Page } from "@playwright/test";
import { look } from "./look";
import { expectBalance, makeWallet, withdraw, words } from "./wallet";

/** Returns the recovery phrase of a new wallet that holds 100. */
async function wordsOfAHundred(browser: Browser, baseURL: string): Promise<string> {
  const page = await (await browser.newContext({ baseURL })).newPage();
  await makeWallet(page);
  await withdraw(page, 100);
  const found = await words(page);
  await page.context().close();
  return found;
}

async function find(page: Page, typed: string) {
  await page.getByLabel("Recovery phrase").fill(typed);
  await page.getByRole("button", { name: "Restore", exact: true }).click();
}

async function isBack(page: Page, amount: number) {
  await expect(page.getByText(`${amount} DEMO is back on this device.`)).toBeVisible({ timeout: 120_000 });
  await page.getByRole("button", { name: "Done" }).click();
  await expectBalance(page, amount);
}

test("w1: an empty wallet created offline is replaced by the restored one", async ({ browser, page, baseURL }) => {
  test.setTimeout(180_000);
  const typed = await wordsOfAHundred(browser, baseURL!);
  await page.route("**/api/**", (route) => route.abort());
  await page.goto("/");
  await page.getByRole("button", { name: "Create a wallet" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "cannot be reached" })).toBeVisible();
  await page.unroute("**/api/**");
  await page.getByRole("button", { name: "Restore a wallet" }).click();
  await find(page, typed);
  await isBack(page, 100);
  expect(await words(page)).toBe(typed);
});

test("m14: a corrected recovery phrase is used", async ({ browser, page, baseURL }) => {
  test.setTimeout(240_000);
  const typed = await wordsOfAHundred(browser, baseURL!);
  await page.goto("/");
  await page.getByRole("button", { name: "Restore a wallet" }).click();
  await find(page, "legal winner thank year wave sausage worth useful legal winner thank yellow");
  await expect(page.getByRole("heading", { name: "Nothing was found" })).toBeVisible({ timeout: 120_000 });
  await page.getByRole("button", { name: "Correct the phrase" }).click();
  await find(page, typed);
  await isBack(page, 100);
});

test("w1: a used wallet is removed only after its recovery phrase was shown", async ({ browser, page, baseURL }) => {
  test.setTimeout(240_000);
  const typed = await wordsOfAHundred(browser, baseURL!);
  await makeWallet(page);
  await withdraw(page, 50);
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("button", { name: "Use another recovery phrase" }).click();
  await find(page, typed);
  await expect(page.getByRole("heading", { name: "There is already a wallet on this device" })).toBeVisible();
  await expect(page.getByText("It holds 50 DEMO here")).toBeVisible();
  const leave = page.getByRole("button", { name: "Remove this wallet" });
  await expect(leave).toHaveCount(0);
  // "Keep this wallet" changes nothing.
  await page.getByRole("button", { name: "Keep this wallet" }).click();
  await expectBalance(page, 50);
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("button", { name: "Use another recovery phrase" }).click();
  await find(page, typed);
  await page.getByRole("button", { name: "Show its recovery phrase" }).click();
  const left = (await page.locator(".words li").allTextContents()).join(" ");
  await leave.click();
  await isBack(page, 100);
  // The phrase shown before leaving restores the removed wallet.
  const other = await (await browser.newContext({ baseURL })).newPage();
  await other.goto("/");
  await other.getByRole("button", { name: "Restore a wallet" }).click();
  await find(other, left);
  await isBack(other, 50);
  await other.context().close();
});

test("words are completed and corrected during input", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("button", { name: "Restore a wallet" }).click();
  const field = page.getByLabel("Recovery phrase");
  await field.pressSequentially("legal winn");
  await page.getByRole("button", { name: "winner", exact: true }).click();
  await expect(field).toHaveValue("legal winner ");
  await expect(field).toBeFocused();
  await field.pressSequentially("thunk year ");
  await expect(page.getByText("Word 3 is not in the list of recovery words. Did you mean")).toBeVisible();
  await look(page, "restore-2-spelling");
  await page.getByRole("button", { name: "thank", exact: true }).click();
  await expect(field).toHaveValue("legal winner thank year ");
  await expect(page.getByText("4 of 12 words")).toBeVisible();
  await field.fill("xyzzy ");
  await expect(page.getByText("Check the spelling")).toBeVisible();
});
