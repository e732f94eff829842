// The merchant page: a sale at the till, its refund, a payout, the export, links, and the setup of a shop's
// servers.
import { readFile } from "node:fs/promises";
import { expect, test, type Browser, type Page } from "@playwright/test";
import { Ecash } from "../../checkout/server/index.js";
import { look } from "./look";
import { expectBalance, makeWallet, withdraw } from "./wallet";

// The key of the merchant "The Market" with all scopes that the page uses.
const pageKey = process.env.ECASH_PAGE_KEY!;

async function signIn(page: Page, key = pageKey) {
  await page.goto("/merchant/");
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function open(page: Page, place: string) {
  await page.getByRole("navigation", { name: "Screens" }).getByRole("link", { name: place }).click();
  await expect(page.getByRole("heading", { level: 1, name: place })).toBeFocused();
}

// Enters an amount with the keypad of the till, and shows its code.
async function charge(page: Page, amount: string, what: string) {
  await open(page, "Till");
  const keypad = page.getByRole("group", { name: "Keypad" });
  for (const digit of amount) await keypad.getByRole("button", { name: digit, exact: true }).click();
  await page.locator("form.till").getByLabel("Description").fill(what);
  await page.getByRole("button", { name: "Show the code" }).click();
  await expect(page.getByText("Waiting for the payment…")).toBeVisible();
}

// Pays the newest payment of the merchant from a new wallet.
async function payNewest(browser: Browser, baseURL: string, amount: number): Promise<Page> {
  const shop = new Ecash({ mint: baseURL, key: pageKey });
  const { value: payment } = await shop.payments({ state: "open" }).next();
  const wallet = await (await browser.newContext({ baseURL })).newPage();
  await makeWallet(wallet);
  await withdraw(wallet, amount);
  await wallet.goto(payment!.checkout_url);
  await wallet.getByRole("button", { name: `Pay ${amount} DEMO` }).click();
  await expect(wallet.getByRole("heading", { name: "Paid" })).toBeVisible();
  return wallet;
}

test("a malformed key is explained, and an unknown key is rejected", async ({ page }) => {
  await page.goto("/merchant/");
  await look(page, "merchant-1-sign-in");
  await page.getByLabel("API key").fill(pageKey.slice(0, -1));
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("This is not a complete API key.");
  await page.getByLabel("API key").fill("A".repeat(43));
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("do not enter it in a browser");
  // A well-formed key of another mint.
  await signIn(page, "ek_test_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHRawvqg");
  await expect(page.getByRole("alert")).toContainText("The mint does not know this key.");
});

test("a sale at the till is paid, refunded and claimed, and the books add up", async ({ page, browser, baseURL }) => {
  test.setTimeout(240_000);
  await signIn(page);
  await expect(page.getByRole("heading", { level: 1, name: "Today" })).toBeVisible();
  await charge(page, "150", "Cheese");
  await expect(page.getByRole("img", { name: "Code that opens the payment in a wallet" })).toBeVisible();
  await look(page, "merchant-2-till-waiting");
  const wallet = await payNewest(browser, baseURL!, 150);
  await expect(page.getByRole("heading", { name: "Paid" })).toBeVisible();
  await look(page, "merchant-3-till-paid");
  await page.getByRole("button", { name: "New sale" }).click();
  await look(page, "merchant-4-till");

  await open(page, "Today");
  await expect(page.locator(".figure")).not.toHaveText("0 DEMO");
  await expect(page.getByRole("link", { name: /Cheese/ }).first()).toContainText("Paid");
  await look(page, "merchant-5-today");
  await page.getByRole("button", { name: "30 days" }).click();
  await expect(page.getByRole("button", { name: "30 days" })).toHaveAttribute("aria-pressed", "true");

  // A part of it is refunded.
  await page.getByRole("link", { name: /Cheese/ }).first().click();
  await expect(page.getByRole("heading", { level: 1, name: "Payment" })).toBeFocused();
  await expect(page.getByLabel("Amount")).toHaveValue("150");
  await page.getByLabel("Amount").fill("160");
  await page.getByRole("button", { name: "Refund 160 DEMO" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "At most 150 DEMO" })).toBeVisible();
  await page.getByLabel("Amount").fill("50");
  await page.getByLabel("Reason").fill("Too old");
  await page.getByRole("button", { name: "Refund 50 DEMO" }).click();
  await expect(page.getByText("Waiting for the payer")).toBeHidden();
  await page.getByRole("button", { name: "Really refund 50 DEMO?" }).click();
  await expect(page.getByText("Waiting for the payer")).toBeVisible();
  await look(page, "merchant-6-payment");
  const link = await page.getByLabel("Address for the payer").inputValue();
  await wallet.goto(link);
  await wallet.getByRole("button", { name: "Claim 50 DEMO" }).click();
  await expect(wallet.getByRole("heading", { name: "Refunded" })).toBeVisible();
  await wallet.getByRole("button", { name: "Done" }).click();
  await expectBalance(wallet, 50);
  await page.reload();
  await signIn(page);
  await open(page, "Payments");
  await page.getByLabel("Search").fill("chee");
  await page.getByLabel("Search").press("Enter");
  await expect(page.getByRole("link", { name: /Cheese/ }).first()).toContainText("Partly refunded");
  await look(page, "merchant-7-payments");
  await page.getByLabel("State").selectOption("Expired");
  await expect(page.getByText("No payments match this search")).toBeVisible();

  // A payout is requested, and the exported file adds up.
  await open(page, "Money");
  await page.getByLabel("Amount").fill("99999");
  await page.getByRole("button", { name: "Request a payout" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "Your balance is" })).toBeVisible();
  await page.getByLabel("Amount").fill("40");
  await page.getByLabel("Note, such as a month").fill("November");
  await page.getByRole("button", { name: "Request a payout" }).click();
  await expect(page.getByText("Waiting for the operator").first()).toBeVisible();
  await look(page, "merchant-8-money");
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save CSV file" }).click();
  const file = await readFile(await (await downloading).path(), "utf8");
  const rows = file.trim().split("\r\n").slice(1).map((row) => row.split(","));
  const change = rows.reduce((sum, row) => sum + Number(row[7]), 0);
  expect(Number(rows[0][11]) + change).toBe(Number(rows.at(-1)![11]));
  expect(rows.map((row) => row[1])).toEqual(expect.arrayContaining(["payment", "refund", "payout", "closing_balance"]));
  const archive = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save receipts (ZIP)" }).click();
  const names = (await readFile(await (await archive).path())).toString("latin1");
  expect(names).toMatch(/^PK[^]*receipt-pay_[^]*refund-pay_[^]*PK/);
});

test("a sale is cancelled, and an amount that is not payable is explained", async ({ page }) => {
  await signIn(page);
  await charge(page, "20", "Bread");
  await page.getByRole("button", { name: "Cancel the payment" }).click();
  await expect(page.getByRole("heading", { name: "Cancelled" })).toBeVisible();
  await page.getByRole("button", { name: "New sale" }).click();
  await page.getByRole("button", { name: "Show the code" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "Enter an amount greater than zero." })).toBeVisible();
  await page.locator("form.till").getByLabel("Amount").fill("13");
  await page.getByRole("button", { name: "Show the code" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "cannot be paid exactly; nearest payable amounts: 10 DEMO and 20 DEMO" })).toBeVisible();
});

test("a server gets its key and its webhook address", async ({ page }) => {
  await signIn(page);
  await open(page, "Developers");
  await page.getByLabel("Address of your server").fill(`http://localhost:${process.env.ECASH_WEBHOOK_PORT}/market`);
  await page.getByRole("button", { name: "Add the address" }).click();
  await expect(page.getByLabel("Secret that signs the webhooks").first()).toHaveValue(/^whsec_/);
  // The newest one, because another run may have left some.
  const added = page.getByRole("listitem").filter({ hasText: `:${process.env.ECASH_WEBHOOK_PORT}/market` }).last();
  await added.getByRole("button", { name: "Send a test" }).click();
  await expect(added.getByText("A test event is on its way.")).toBeVisible();
  await added.getByText("Deliveries").click();
  await expect(async () => {
    await added.getByRole("button", { name: "Reload" }).click();
    await expect(added.getByText("endpoint.test")).toBeVisible({ timeout: 1000 });
  }).toPass();
  await expect(added.getByRole("button", { name: "Send again" })).toBeEnabled();
  await added.getByRole("button", { name: "New secret" }).click();
  await expect(added.getByText(/For a day, deliveries are also signed with the old one/)).toBeVisible();
  await expect(added.getByLabel("Secret that signs the webhooks")).toHaveValue(/^whsec_/);
  await added.getByRole("button", { name: "Pause" }).click();
  await expect(added.getByText("Paused: events are kept")).toBeVisible();
  await expect(added.getByRole("button", { name: "Send a test" })).toBeDisabled();
  await page.getByLabel("What the new key is for").fill("shelf");
  await page.getByRole("button", { name: "Create a key" }).click();
  const made = page.getByLabel("API key", { exact: true });
  await expect(made).toHaveValue(/^ek_test_/);
  await look(page, "merchant-9-developers");
  const shelf = await made.inputValue();
  // The new key reads and takes payments, and nothing else.
  await page.getByRole("button", { name: "Sign out" }).click();
  await signIn(page, shelf);
  await open(page, "Developers");
  await expect(page.getByText("This key may not manage webhooks: it lacks the scope webhooks.")).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await signIn(page);
  await open(page, "Developers");
  const entry = page.getByRole("listitem").filter({ hasText: "shelf" }).first();
  await entry.getByRole("button", { name: "Revoke" }).click();
  await entry.getByRole("button", { name: "Really revoke?" }).click();
  await expect(entry.getByText("Revoked")).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await signIn(page, shelf);
  await expect(page.getByRole("alert")).toContainText("The mint does not know this key.");
});

test("the key is stored in the tab only on request, and an unreachable mint is reported", async ({ page }) => {
  await signIn(page);
  await expect(page.getByRole("heading", { level: 1, name: "Today" })).toBeVisible();
  await page.reload();
  await page.getByLabel("API key").fill(pageKey);
  await page.getByLabel("Stay signed in after reloading, until this tab is closed").check();
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Today" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name: "Today" })).toBeVisible();
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain("ek_");
  await page.route("**/api/v1/merchant/**", (route) => route.abort());
  await open(page, "Payments");
  await expect(page.getByRole("alert")).toContainText("The mint did not respond.");
  await page.unroute("**/api/v1/merchant/**");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("The mint did not respond.")).toHaveCount(0);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.reload();
  await expect(page.getByLabel("API key")).toBeVisible();
});

test("a printed link is paid with an amount that the payer chooses, until it is switched off", async ({ page, browser, baseURL }) => {
  test.setTimeout(120_000);
  await signIn(page);
  await open(page, "Till");
  const title = `Gift ${crypto.randomUUID().slice(0, 8)}`;
  const links = page.getByRole("region", { name: "Links to print" });
  await links.getByLabel("Description").fill(title);
  await links.getByLabel("Amount (leave empty to let the payer choose)").fill("x");
  await links.getByRole("button", { name: "Create a link" }).click();
  await expect(links.getByRole("alert").filter({ hasText: "Enter an amount greater than zero." })).toBeVisible();
  await links.getByLabel("Amount (leave empty to let the payer choose)").fill("");
  await links.getByRole("button", { name: "Create a link" }).click();
  const entry = links.getByRole("listitem").filter({ hasText: title });
  await entry.getByText(title).first().click();
  await expect(entry.getByRole("img", { name: `Code that pays for ${title}` })).toBeVisible();
  await look(page, "merchant-10-link");
  const url = await entry.getByLabel("Address").inputValue();

  const wallet = await (await browser.newContext({ baseURL })).newPage();
  await makeWallet(wallet);
  await withdraw(wallet, 100);
  // Paste the link into the merchant field.
  await wallet.getByRole("button", { name: "Pay", exact: true }).click();
  await wallet.getByLabel("Merchant").fill(url);
  await expect(wallet.getByRole("heading", { name: "The Market" })).toBeVisible();
  await wallet.getByLabel("Amount").fill("40");
  await wallet.getByLabel("Message").fill("Well done");
  await look(wallet, "30-link");
  await wallet.getByRole("button", { name: "Continue" }).click();
  await wallet.getByRole("button", { name: "Pay 40 DEMO" }).click();
  await expect(wallet.getByRole("heading", { name: "Paid" })).toBeVisible();
  const shop = new Ecash({ mint: baseURL!, key: pageKey });
  const { value: paid } = await shop.payments({ state: "paid", q: title }).next();
  expect(paid).toMatchObject({ amount: 40, description: title, metadata: { note: "Well done" } });

  await entry.getByRole("button", { name: "Switch off" }).click();
  await expect(entry.getByText("off", { exact: false }).first()).toBeVisible();
  await wallet.goto(url);
  await expect(wallet.getByRole("alert").filter({ hasText: "switched it off" })).toBeVisible();
});
