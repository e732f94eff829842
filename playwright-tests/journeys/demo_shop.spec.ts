// The demo shop: its server marks an order as paid, and refunds it.
import { expect, test } from "@playwright/test";
import { expectBalance, makeWallet, withdraw } from "./wallet";

const shop = process.env.ECASH_SHOP_URL!;

test("an order is paid once, and its page shows it", async ({ page }) => {
  await makeWallet(page);
  await withdraw(page, 100);
  await page.goto(shop);
  await page.getByRole("button", { name: "Order" }).click();
  await expect(page.getByRole("alert")).toHaveText("Choose at least one item.");
  await page.getByRole("spinbutton", { name: "Espresso: how many" }).fill("1");
  await page.getByRole("spinbutton", { name: "Croissant: how many" }).fill("1");
  await page.getByRole("button", { name: "Order" }).click();
  await expect(page.getByRole("row", { name: "Total" })).toContainText("50 DEMO");
  const order = page.url();
  const link = page.getByRole("link", { name: "Pay with eCash" });
  const payment = await link.getAttribute("href");
  await page.reload();
  await expect(link).toHaveAttribute("href", payment!);
  // On a phone, the wallet opens in the same tab.
  await link.click();
  await expect(page.getByText("The mint has verified this address.")).toBeVisible();
  await expect(page.getByText(`You came from ${shop}.`)).toBeVisible();
  await page.getByRole("button", { name: "Pay 50 DEMO" }).click();
  await page.getByRole("link", { name: "Back to the shop" }).click();
  await expect(page.getByRole("heading", { name: "Thank you!" })).toBeVisible();
  expect(page.url()).toBe(order);
  await page.getByRole("link", { name: "Receipt" }).click();
  await expect(page.getByRole("heading", { name: "Genuine: 50 DEMO" })).toBeVisible();
  await expect(page.getByText(/^The corner shop \(/)).toBeVisible();
  await page.goto("/");
  await expectBalance(page, 50);

  // One item is returned; the wallet claims the refund at the link that the shop shows.
  await page.goto(order);
  await page.getByRole("button", { name: "Return the Croissant" }).click();
  await expect(page.getByText("Refund of 30 DEMO: waiting for you")).toBeVisible();
  await page.getByRole("link", { name: "Claim the refund" }).click();
  await page.getByRole("button", { name: "Claim 30 DEMO" }).click();
  await expect(page.getByRole("heading", { name: "Refunded" })).toBeVisible();
  await page.goto(order);
  await expect(page.getByText("Refund of 30 DEMO: claimed")).toBeVisible();
  await page.goto("/");
  await expectBalance(page, 80);
});

test("the page of an order updates automatically when it is paid elsewhere", async ({ page, browser, baseURL }) => {
  await page.goto(shop);
  await page.getByRole("spinbutton", { name: "Rye bread: how many" }).fill("1");
  await page.getByRole("button", { name: "Order" }).click();
  const link = await page.getByRole("link", { name: "Pay with eCash" }).getAttribute("href");
  const other = await (await browser.newContext({ baseURL })).newPage();
  await makeWallet(other);
  await withdraw(other, 50);
  await other.goto(link!);
  await other.getByRole("button", { name: "Pay 50 DEMO" }).click();
  await expect(page.getByRole("heading", { name: "Thank you!" })).toBeVisible();
  await other.context().close();
});

test("an unknown order returns 404", async ({ page }) => {
  const answer = await page.goto(`${shop}/orders/AAAAAAAAAAAAAAAAAAAAAA`);
  expect(answer!.status()).toBe(404);
  await expect(page.getByRole("link", { name: "To the shop" })).toBeVisible();
});
