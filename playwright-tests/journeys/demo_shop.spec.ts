// The demo shop: an order is paid, and the shop's own server knows it.
import { expect, test } from "@playwright/test";
import { expectBalance, makeWallet, withdraw } from "./wallet";

const shop = process.env.ECASH_SHOP_URL!;

test("an order is paid once, and its page says so for ever", async ({ page }) => {
  await makeWallet(page);
  await withdraw(page, 100);
  await page.goto(shop);
  await page.getByRole("button", { name: "Order" }).click();
  await expect(page.getByRole("alert")).toHaveText("Choose at least one thing.");
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
  const receipt = await page.getByRole("link", { name: "Receipt" }).getAttribute("href");
  expect(await (await page.request.get(receipt!)).json()).toMatchObject({ total: 50, merchant_name: "The corner shop" });
  await page.goto("/");
  await expectBalance(page, 50);

  // One thing is returned; the wallet takes the money at the link that the shop shows.
  await page.goto(order);
  await page.getByRole("button", { name: "Return the Croissant" }).click();
  await expect(page.getByText("Refund of 30 DEMO: waits for you")).toBeVisible();
  await page.getByRole("link", { name: "Take the refund" }).click();
  await page.getByRole("button", { name: "Take 30 DEMO back" }).click();
  await expect(page.getByRole("heading", { name: "Refunded" })).toBeVisible();
  await page.goto(order);
  await expect(page.getByText("Refund of 30 DEMO: taken")).toBeVisible();
  await page.goto("/");
  await expectBalance(page, 80);
});

test("the page of an order notices by itself that it was paid elsewhere", async ({ page, browser, baseURL }) => {
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

test("an order that does not exist is not found", async ({ page }) => {
  const answer = await page.goto(`${shop}/orders/AAAAAAAAAAAAAAAAAAAAAA`);
  expect(answer!.status()).toBe(404);
  await expect(page.getByRole("link", { name: "To the shop" })).toBeVisible();
});
