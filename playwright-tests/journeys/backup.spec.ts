// Backup: the wallet prompts for it and checks two words; the recovery phrase then restores the money in an
// empty browser.
import { expect, test } from "@playwright/test";
import { expectBalance, makeWallet, pay, withdraw } from "./wallet";

test("a backup is prompted for, checked, and restores the money", async ({ page, browser }) => {
  await makeWallet(page);
  await expect(page.getByText("Back up your money")).toBeHidden();
  await withdraw(page, 100);
  await page.getByRole("button", { name: "Back up", exact: true }).click();
  const words = await page.locator(".words li").allTextContents();
  expect(words).toHaveLength(12);
  await page.getByRole("button", { name: "I have written them down" }).click();

  // Wrong words are rejected, and the phrase can be shown again.
  for (const field of await page.getByLabel(/^Word \d/).all()) await field.fill("zebra");
  await page.getByRole("button", { name: "Check" }).click();
  await expect(page.getByRole("alert")).toContainText("These words do not match");
  await page.getByRole("button", { name: "Show the words again" }).click();
  await page.getByRole("button", { name: "I have written them down" }).click();
  for (const label of await page.locator("form label").allTextContents()) {
    await page.getByLabel(label, { exact: true }).fill(` ${words[Number(label.replace("Word ", "")) - 1].toUpperCase()} `);
  }
  await page.getByRole("button", { name: "Check" }).click();
  await expect(page.getByRole("heading", { name: "Backed up" })).toBeVisible();
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText("Backed up: this money can be restored")).toBeVisible();
  await page.reload();
  await expect(page.getByText("Backed up: this money can be restored")).toBeVisible();

  const other = await (await browser.newContext()).newPage();
  await other.goto("/");
  await other.getByRole("button", { name: "Restore a wallet" }).click();
  await other.getByLabel("Recovery phrase").fill(words.join(" "));
  await other.getByRole("button", { name: "Restore", exact: true }).click();
  await other.getByRole("button", { name: "Done" }).click();
  await expectBalance(other, 100);
  await expect(other.getByText("Backed up: this money can be restored")).toBeVisible();
});

test("a postponed backup is prompted for again after the balance has grown", async ({ page }) => {
  await makeWallet(page);
  await withdraw(page, 100);
  await page.getByRole("button", { name: "Later" }).click();
  await expect(page.getByText("Back up your money")).toBeHidden();
  await expect(page.getByText("Not backed up")).toBeVisible();
  await withdraw(page, 100);
  await expect(page.getByText("Back up your money")).toBeHidden();
  await withdraw(page, 100);
  await expect(page.getByText("Back up your money")).toBeVisible();
  await pay(page, 300);
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText("Not backed up")).toBeHidden();
});

test("a backup file restores money and history in an empty browser", async ({ page, browser }) => {
  await makeWallet(page);
  await withdraw(page, 100);
  await pay(page, 30);
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Back up", exact: true }).click();
  await page.getByRole("button", { name: "Make a backup file" }).click();
  await page.getByLabel("Passphrase of the file", { exact: true }).fill("a long passphrase");
  await page.getByLabel("Repeat the passphrase of the file").fill("another passphrase");
  await page.getByRole("button", { name: "Encrypt" }).click();
  await expect(page.getByRole("alert")).toContainText("do not match");
  await page.getByLabel("Repeat the passphrase of the file").fill("a long passphrase");
  await page.getByRole("button", { name: "Encrypt" }).click();
  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "Save as file" }).click();
  const file = await (await downloading).path();
  await page.getByRole("button", { name: "I have saved it" }).click();
  await expect(page.getByText("Backed up with a file")).toBeVisible();

  const other = await (await browser.newContext()).newPage();
  await other.goto("/");
  await other.getByRole("button", { name: "Restore a wallet" }).click();
  await other.getByRole("button", { name: "Restore from a backup file" }).click();
  await other.getByLabel("Passphrase of the file").fill("a long passphrase");
  await other.getByRole("button", { name: "Restore", exact: true }).click();
  await expect(other.getByRole("alert")).toContainText("Choose a backup file first");
  await other.getByLabel("Backup file").setInputFiles({ name: "other.json", mimeType: "application/json", buffer: Buffer.from("{}") });
  await other.getByRole("button", { name: "Restore", exact: true }).click();
  await expect(other.getByRole("alert")).toContainText("not a backup file");
  await other.getByLabel("Backup file").setInputFiles(file);
  await other.getByLabel("Passphrase of the file").fill("a wrong passphrase");
  await other.getByRole("button", { name: "Restore", exact: true }).click();
  await expect(other.getByRole("alert")).toContainText("Wrong passphrase");
  await other.getByLabel("Passphrase of the file").fill("a long passphrase");
  await other.getByRole("button", { name: "Restore", exact: true }).click();
  await other.getByRole("button", { name: "Done" }).click();
  await expectBalance(other, 70);
  await expect(other.getByText("Backed up: this money can be restored")).toBeVisible();
  await expect(other.getByText("Payment to merchant_demo")).toBeVisible();
});
