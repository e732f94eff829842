// Payments from a shop's link: confirmation, tips, order details, and cash without a wallet.
import { readFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { Ecash } from "../../checkout/server/index.js";
import { cash } from "./cash";
import { look } from "./look";
import { askForPayment, cancelPayment, openLinkFrom, readPayment } from "./shop";
import { expectBalance, makeWallet, withdraw } from "./wallet";

const SHOP = "https://shop.example";

test("a shop's payment is confirmed, paid with a tip, and never paid twice", async ({ page }) => {
  await makeWallet(page);
  await withdraw(page, 100);
  const payment = await askForPayment(page, { amount: 50, tip_max: 20 });
  await openLinkFrom(page, SHOP, payment.checkout_url);
  await expect(page.getByRole("heading", { name: "The Bakery" })).toBeVisible();
  await expect(page.getByText("The mint has verified this address.")).toBeVisible();
  await expect(page.getByText(`You came from ${SHOP}.`)).toBeVisible();
  await expect(page.getByText("Two loaves")).toBeVisible();
  expect(page.url()).not.toContain(payment.payment_id);

  await page.getByLabel("Tip").fill("30");
  await expect(page.getByText("The tip can be at most 20 DEMO")).toBeVisible();
  await expect(page.getByRole("button", { name: "Pay", exact: true })).toBeDisabled();
  await page.getByLabel("Tip").fill("");
  await expect(page.getByRole("button", { name: "Pay 50 DEMO" })).toBeEnabled();
  await page.getByLabel("Tip").fill("10");
  await page.getByRole("button", { name: "Pay 60 DEMO" }).click();
  await expect(page.getByRole("heading", { name: "Paid" })).toBeVisible();
  await expect(page.getByText("Receipt verified")).toBeVisible();
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Save the receipt" }).click();
  const file = await (await download).path();
  const receipt = JSON.parse(await readFile(file, "utf8"));
  expect(receipt).toMatchObject({ payment_id: payment.payment_id, total: 60, tip: 10, merchant_name: "The Bakery" });
  expect((await download).suggestedFilename()).toBe(`receipt-${payment.payment_id}.json`);
  const public_receipt = await page.request.get(`/api/v1/payments/${payment.payment_id}/receipt`);
  expect(await public_receipt.json()).toEqual(receipt);
  const back = page.getByRole("link", { name: "Back to the shop" });
  await expect(back).toHaveAttribute("href", `${SHOP}/thanks?p=${payment.payment_id}`);
  expect((await readPayment(page, payment)).state).toBe("paid");
  await page.getByRole("button", { name: "Done" }).click();
  await expectBalance(page, 40);
  await page.getByRole("button", { name: /Payment to The Bakery/ }).click();
  await expect(page.getByText("Two loaves")).toBeVisible();

  await openLinkFrom(page, SHOP, payment.checkout_url);
  await expect(page.getByText("You have already paid this: 60 DEMO.")).toBeVisible();
  await page.getByRole("button", { name: "Done" }).click();
  await expectBalance(page, 40);
});

test("a payment that is cancelled, paid or unknown costs nothing", async ({ page, browser }) => {
  await makeWallet(page);
  await withdraw(page, 100);
  const payment = await askForPayment(page, { amount: 50 });
  await page.goto(payment.checkout_url);
  const pay = page.getByRole("button", { name: "Pay 50 DEMO" });
  await expect(page.getByText("Opened from a link or a code.")).toBeVisible();
  await expect(pay).toBeEnabled();
  await cancelPayment(page, payment);
  await pay.click();
  await expect(page.getByText("The shop cancelled this payment.")).toBeVisible();
  await page.getByRole("button", { name: "Done" }).click();
  await expectBalance(page, 100);

  // Another payer is faster.
  const raced = await askForPayment(page, { amount: 50 });
  await page.goto("/");
  await page.goto(raced.checkout_url);
  await expect(pay).toBeEnabled();
  const other = await (await browser.newContext()).newPage();
  await makeWallet(other);
  await withdraw(other, 50);
  await other.goto(raced.checkout_url);
  await other.getByRole("button", { name: "Pay 50 DEMO" }).click();
  await expect(other.getByRole("heading", { name: "Paid" })).toBeVisible();
  await pay.click();
  await expect(page.getByText("It was already paid from another wallet.")).toBeVisible();
  await page.getByRole("button", { name: "Done" }).click();
  await expectBalance(page, 100);

  await page.evaluate(() => (location.hash = "#pay=pay_AAAAAAAAAAAAAAAAAAAAAA.."));
  await expect(page.getByRole("alert").filter({ hasText: "does not know this payment" })).toBeVisible();
});

test("a changed receipt is reported, and the payment stays valid", async ({ page }) => {
  await makeWallet(page);
  await withdraw(page, 100);
  const payment = await askForPayment(page, { amount: 50 });
  await page.goto(payment.checkout_url);
  await page.route("**/api/v1/redeem", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: (await answer.text()).replace("Two loaves", "Two loafs") });
  });
  await page.getByRole("button", { name: "Pay 50 DEMO" }).click();
  await expect(page.getByRole("heading", { name: "Paid" })).toBeVisible();
  await expect(page.getByText("The receipt is not signed by this mint's keys")).toBeVisible();
  await expect(page.getByRole("link", { name: "Save the receipt" })).toHaveCount(0);
  expect((await readPayment(page, payment)).state).toBe("paid");
  await page.getByRole("button", { name: "Done" }).click();
  await expectBalance(page, 50);
});

test("a shop that sees other keys of the mint is not paid", async ({ page }) => {
  await makeWallet(page);
  await withdraw(page, 100);
  const payment = await askForPayment(page, { amount: 50 });
  await page.goto(payment.checkout_url.replace(/\.\.$/, `..${"A".repeat(32)}`));
  await expect(page.getByText("The shop and this wallet see different keys of this mint")).toBeVisible();
  await expect(page.getByRole("button", { name: /^Pay/ })).toHaveCount(0);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy the evidence" }).click();
  await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
  const both = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
  expect(both).toMatchObject({ payment_id: payment.payment_id, seen_by_shop: "A".repeat(32) });
  expect(both.keysets_of_wallet[0].keys.length).toBeGreaterThan(0);
  await look(page, "checkout-other-keys");
  // The same payment by an honest link.
  await page.goto("/");
  await page.goto(payment.checkout_url);
  await expect(page.getByRole("button", { name: "Pay 50 DEMO" })).toBeEnabled();
});

test("a payment waits until there is a wallet with money", async ({ page }) => {
  const payment = await askForPayment(page, { amount: 50 });
  await openLinkFrom(page, SHOP, payment.checkout_url);
  await expect(page.getByText("Create or restore a wallet to pay it.")).toBeVisible();
  await makeWallet(page, "The Bakery");
  await expect(page.getByText("less than the 50 DEMO")).toBeVisible();
  await expect(page.getByText(/in the same minute makes the payment easier to recognize/)).toBeVisible();
  await look(page, "30-checkout-without-money");
  // More than the price hides the payment better, and is suggested.
  await page.getByRole("button", { name: "Withdraw more first" }).click();
  await expect(page.getByLabel("Amount")).toHaveValue("100");
  await page.getByRole("button", { name: "Withdraw 100 DEMO" }).click();
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Pay 50 DEMO" }).click();
  await expect(page.getByRole("heading", { name: "Paid" })).toBeVisible();
  await page.getByRole("button", { name: "Done" }).click();
  await expectBalance(page, 50);
  // In one step, for what is missing.
  const next = await askForPayment(page, { amount: 160 });
  await page.goto(next.checkout_url);
  await page.getByRole("button", { name: "Withdraw 110 DEMO and pay" }).click();
  await expect(page.getByRole("heading", { name: "Paid" })).toBeVisible();
  await page.getByRole("button", { name: "Done" }).click();
  await expectBalance(page, 0);
});

test("w3: a checkout without a response is not paid twice", async ({ page }) => {
  await makeWallet(page);
  await withdraw(page, 100);
  const payment = await askForPayment(page, { amount: 50 });
  await page.route("**/api/v1/cancel", (route) => route.abort());
  await page.route("**/api/v1/redeem", async (route) => {
    await route.fetch();
    await route.abort();
  });
  await page.goto(payment.checkout_url);
  await page.getByRole("button", { name: "Pay 50 DEMO" }).click();
  await expect(page.getByRole("heading", { name: "Not paid yet" })).toBeVisible();
  await expect(page.getByText("A payment is waiting for you.")).toBeHidden();
  await page.unrouteAll();
  // The wallet completes the payment at its next start. The balance is the same before and after.
  await page.goto("/");
  await expectBalance(page, 50);
  await expect(page.getByText(/is set aside for a payment/)).toBeHidden();
  await page.goto(payment.checkout_url);
  await expect(page.getByText("You have already paid this: 50 DEMO.")).toBeVisible();
  await page.getByRole("button", { name: "Done" }).click();
  await expectBalance(page, 50);
});

test("sealed details are shown to the payer, and a link with other details is rejected", async ({ page, baseURL }) => {
  const shop = new Ecash({ mint: baseURL!, key: process.env.ECASH_API_KEY!, detailsSecret: "s".repeat(32) });
  const orderRef = `details ${crypto.randomUUID()}`;
  const order = { amount: 100, description: "Groceries", orderRef };
  const details = { lines: [{ text: "Bread", quantity: 2, amount: 60 }, { text: "Käse", amount: 40, tax: "7 %" }], seller: "The Bakery, High Street 1" };
  const payment = await shop.createPayment({ ...order, details });
  expect(await shop.createPayment({ ...order, details })).toMatchObject({ payment_id: payment.payment_id, reused: true, checkout_url: payment.checkout_url });
  expect(JSON.stringify(await shop.payment(payment.payment_id))).not.toContain("Bread");
  await makeWallet(page);
  await withdraw(page, 150);

  // The key of another order decrypts nothing.
  const other = await shop.createPayment({ amount: 100, description: "Groceries", details: { lines: [{ text: "Gold", amount: 100 }] } });
  await page.goto(payment.checkout_url.replace(/\.[^.]*(\.[^.]*)$/, `.${other.checkout_url.split(".").at(-2)}$1`));
  await expect(page.getByRole("alert")).toContainText("nothing was paid");
  await expect(page.getByRole("button", { name: /^Pay/ })).toHaveCount(0);

  await page.goto(payment.checkout_url);
  await expect(page.getByText("2 × Bread")).toBeVisible();
  await expect(page.getByText("Tax: 7 %")).toBeVisible();
  await look(page, "25-details");
  await page.getByRole("button", { name: "Pay 100 DEMO" }).click();
  await expect(page.getByRole("heading", { name: "Paid" })).toBeVisible();
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: /Payment to The Bakery/ }).click();
  await expect(page.getByText("The Bakery, High Street 1")).toBeVisible();
});

test("cash as text pays without a wallet: exactly, once, with a receipt", async ({ page, browser, baseURL }) => {
  const text = await cash(browser, baseURL!, 60);
  const payment = await askForPayment(page, { amount: 70 });
  await page.goto(payment.checkout_url);
  await page.getByRole("button", { name: "Pay with cash as text" }).click();
  await expect(page.getByRole("heading", { name: "The Bakery" })).toBeVisible();
  await page.getByLabel("Cash as text").fill("hello");
  await page.getByRole("button", { name: "Pay 70 DEMO" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "ecash1" })).toBeVisible();
  await page.getByLabel("Cash as text").fill(text);
  await page.getByRole("button", { name: "Pay 70 DEMO" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "worth 60 DEMO" })).toContainText("Nothing was spent");

  const exact = await askForPayment(page, { amount: 60 });
  await page.goto(exact.checkout_url);
  await page.getByRole("button", { name: "Pay with cash as text" }).click();
  await page.getByLabel("Cash as text").fill(text);
  await look(page, "26-guest");
  // The first response is lost; pressing the button again pays once.
  await page.route("**/api/v1/redeem", async (route) => {
    await route.fetch();
    await route.abort();
  });
  await page.getByRole("button", { name: "Pay 60 DEMO" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "pays only once" })).toBeVisible({ timeout: 60_000 });
  await page.unroute("**/api/v1/redeem");
  await page.getByRole("button", { name: "Pay 60 DEMO" }).click();
  await expect(page.getByRole("heading", { name: "Paid" })).toBeVisible();
  await look(page, "27-guest-paid");
  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "Save the receipt" }).click();
  const receipt = JSON.parse(await readFile(await (await downloading).path(), "utf8"));
  expect(receipt).toMatchObject({ kind: "payment", payment_id: exact.payment_id, total: 60 });
  await expect(page.getByRole("link", { name: "Back to the shop" })).toHaveAttribute("href", /shop\.example\/thanks/);
  expect((await readPayment(page, exact)).state).toBe("paid");
});

// The browser passes a `web+ecash:` link in `#uri=`.
test("a web+ecash link opens its payment, here or at its own mint", async ({ page, baseURL }) => {
  await makeWallet(page);
  await withdraw(page, 100);
  const payment = await askForPayment(page, { amount: 50 });
  const link = (mint: string) => `web+ecash:pay?mint=${encodeURIComponent(mint)}&id=${payment.payment_id}`;
  await page.goto(`/#uri=${encodeURIComponent(link(new URL(baseURL ?? "").origin))}`);
  await page.getByRole("button", { name: "Pay 50 DEMO" }).click();
  await expect(page.getByRole("heading", { name: "Paid" })).toBeVisible();
  // A payment of another mint is paid at that mint's wallet.
  await page.route("https://other.example/**", (route) => route.fulfill({ contentType: "text/html", body: "<h1>Another mint</h1>" }));
  await page.goto("/");
  await page.goto(`/#uri=${encodeURIComponent(link("https://other.example"))}`);
  await expect(page.getByRole("heading", { name: "Another mint" })).toBeVisible();
  expect(new URL(page.url()).hash).toBe(`#pay=${payment.payment_id}..`);
});

test("the wallet can be installed", async ({ page }) => {
  await page.goto("/");
  const address = await page.locator('link[rel="manifest"]').getAttribute("href");
  const answer = await page.request.get(`/${address}`);
  expect(answer.headers()["content-type"]).toContain("application/manifest+json");
  const manifest = await answer.json();
  expect(manifest).toMatchObject({ start_url: "/", display: "standalone" });
  expect(manifest.protocol_handlers).toEqual([{ protocol: "web+ecash", url: "/#uri=%s" }]);
  for (const { src } of manifest.icons) expect((await page.request.get(`/${src}`)).headers()["content-type"]).toContain("image/svg+xml");
});

test("a payer without a wallet in this browser can open the payment in another one", async ({ page, browser, baseURL }) => {
  const payment = await askForPayment(page, { amount: 50 });
  await page.goto(payment.checkout_url);
  await expect(page.getByText("A payment is waiting")).toBeVisible();
  await page.getByText("Is your wallet somewhere else?").click();
  const link = await page.getByLabel("Link", { exact: true }).inputValue();
  expect(link).toBe(payment.checkout_url);
  await look(page, "checkout-wallet-elsewhere");
  const other = await (await browser.newContext({ baseURL })).newPage();
  await makeWallet(other);
  await withdraw(other, 50);
  await other.goto(link);
  await other.getByRole("button", { name: "Pay 50 DEMO" }).click();
  await expect(other.getByRole("heading", { name: "Paid" })).toBeVisible();
  await other.context().close();
});
