// A passphrase protects the wallet on this device: set, required, forgotten, changed, removed; and the wallet
// locks automatically.
import { expect, test, type Page } from "@playwright/test";
import { look } from "./look";
import { expectBalance, makeWallet, withdraw, words } from "./wallet";

const PASSPHRASE = "correct horse battery";

async function setPassphrase(page: Page, passphrase: string) {
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("button", { name: "Set a passphrase" }).click();
  await page.getByLabel("New passphrase", { exact: true }).fill(passphrase);
  await page.getByLabel("Repeat the new passphrase").fill(passphrase);
  await page.getByRole("button", { name: "Set a passphrase" }).click();
  await expect(page.getByText("The passphrase is set.")).toBeVisible();
}

async function unlock(page: Page, passphrase: string) {
  await page.getByLabel("Passphrase").fill(passphrase);
  await page.getByRole("button", { name: "Unlock" }).click();
}

test("a passphrase is set, required at each start, changed and removed", async ({ page }) => {
  await makeWallet(page);
  await withdraw(page, 100);
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("button", { name: "Set a passphrase" }).click();
  const [fresh, again] = [page.getByLabel("New passphrase", { exact: true }), page.getByLabel("Repeat the new passphrase")];
  await fresh.fill("short");
  await again.fill("shorn");
  await page.getByRole("button", { name: "Set a passphrase" }).click();
  await expect(page.getByRole("alert")).toContainText("do not match");
  await again.fill("short");
  await page.getByRole("button", { name: "Set a passphrase" }).click();
  await expect(page.getByRole("alert")).toContainText("at least 8 characters");
  await look(page, "passphrase-1-set");
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await setPassphrase(page, PASSPHRASE);
  await look(page, "passphrase-2-settings");

  await page.reload();
  await expect(page.getByRole("heading", { name: "The wallet is locked" })).toBeVisible();
  await expect(page.getByTestId("balance")).toBeHidden();
  await unlock(page, "wrong horse battery");
  await expect(page.getByRole("alert")).toContainText("Nothing was changed");
  await look(page, "passphrase-3-locked");
  await unlock(page, PASSPHRASE);
  await expect(page.getByText("asks for your passphrase")).toBeVisible();

  await page.getByRole("button", { name: "Change the passphrase" }).click();
  await page.getByLabel("Current passphrase").fill(PASSPHRASE);
  await fresh.fill("another passphrase");
  await again.fill("another passphrase");
  await page.getByRole("button", { name: "Change the passphrase" }).click();
  await expect(page.getByText("The passphrase is set.")).toBeVisible();
  await page.getByRole("button", { name: "Lock now" }).click();
  await unlock(page, PASSPHRASE);
  await expect(page.getByRole("alert")).toContainText("Wrong passphrase or recovery phrase");
  await unlock(page, "another passphrase");
  await page.getByRole("button", { name: "Remove the passphrase" }).click();
  await page.getByLabel("Current passphrase").fill("another passphrase");
  await page.getByRole("button", { name: "Remove the passphrase" }).click();
  await expect(page.getByText("The passphrase was removed.")).toBeVisible();
  await page.reload();
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await expectBalance(page, 100);
});

test("the recovery phrase opens a wallet whose passphrase was forgotten, with everything in it", async ({ page }) => {
  await makeWallet(page);
  await withdraw(page, 100);
  const phrase = await words(page);
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await setPassphrase(page, PASSPHRASE);
  await page.reload();
  await page.getByRole("button", { name: "I forgot the passphrase" }).click();
  await page.getByLabel("Recovery phrase").fill("legal winner thank year wave sausage worth useful legal winner thank yellow");
  await page.getByRole("button", { name: "Unlock" }).click();
  await expect(page.getByRole("alert")).toContainText("Wrong passphrase or recovery phrase");
  await look(page, "passphrase-4-forgotten");
  await page.getByLabel("Recovery phrase").fill(phrase);
  await page.getByRole("button", { name: "Unlock" }).click();
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await expectBalance(page, 100);
  await expect(page.getByText("Withdrawn from account").first()).toBeVisible();
  await page.reload();
  await expectBalance(page, 100);
});

test("a protected wallet locks automatically, and keeps cash that arrives by link", async ({ page }) => {
  await page.clock.install();
  await makeWallet(page);
  await page.clock.fastForward("10:00");
  await expectBalance(page, 0);
  await setPassphrase(page, PASSPHRASE);
  await page.clock.runFor("04:30");
  await expect(page.getByText("asks for your passphrase")).toBeVisible();
  await page.clock.runFor("01:00");
  await expect(page.getByRole("heading", { name: "The wallet is locked" })).toBeVisible();
  // The page has dropped the secrets, but keeps the cash that arrived in the meantime.
  await page.evaluate(() => { location.hash = "receive=ecash1notreal"; });
  await unlock(page, PASSPHRASE);
  await expect(page.getByText("Cash is waiting").first()).toBeVisible();
});
