// Operations on the wallet's page. Elements are located by their visible names.
import { expect, type Page } from "@playwright/test";

// Creates a wallet from the first screen. `heading` is the heading of the next screen, if a payment or cash
// is pending.
export async function makeWallet(page: Page, heading?: string) {
  if (!heading) await page.goto("/");
  await page.getByRole("button", { name: "Create a wallet" }).click();
  if (heading) await expect(page.getByRole("heading", { name: heading })).toBeVisible();
  else await expect(page.getByTestId("balance")).toHaveText("0 DEMO");
}

export async function withdraw(page: Page, amount: number) {
  await page.getByRole("button", { name: "Withdraw", exact: true }).click();
  await page.getByLabel("Amount").fill(String(amount));
  await page.getByRole("button", { name: /^Withdraw \d/ }).click();
  await page.getByRole("button", { name: "Done" }).click();
}

export async function pay(page: Page, amount: number, merchant?: string) {
  await page.getByRole("button", { name: "Pay", exact: true }).click();
  await page.getByLabel("Amount").fill(String(amount));
  if (merchant) await page.getByLabel("Merchant").fill(merchant);
  await page.getByRole("button", { name: /^Pay \d/ }).click();
}

export async function expectBalance(page: Page, amount: number) {
  await expect(page.getByTestId("balance")).toHaveText(`${amount} DEMO`);
}

// Reads the recovery phrase in the settings.
export async function words(page: Page): Promise<string> {
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("button", { name: "Show the phrase" }).click();
  const shown = await page.locator(".words li").allTextContents();
  expect(shown).toHaveLength(12);
  return shown.join(" ");
}

// Performs the backup from the home screen. `look` is called at each step.
export async function backUp(page: Page, look: (step: string) => Promise<void> = async () => {}) {
  await page.getByRole("button", { name: "Back up", exact: true }).click();
  const words = await page.locator(".words li").allTextContents();
  await look("words");
  await page.getByRole("button", { name: "I have written them down" }).click();
  for (const label of await page.locator("form label").allTextContents()) {
    await page.getByLabel(label, { exact: true }).fill(words[Number(label.replace("Word ", "")) - 1]);
  }
  await look("check");
  await page.getByRole("button", { name: "Check" }).click();
  await expect(page.getByRole("heading", { name: "Backed up" })).toBeVisible();
  await look("done");
  await page.getByRole("button", { name: "Done" }).click();
}
