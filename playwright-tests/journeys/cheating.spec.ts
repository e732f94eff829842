// Cheating and accidents around one payment, as the payer sees them. Nobody loses a token.
import { expect, test, type Page } from "@playwright/test";
import { askForPayment, readPayment } from "./shop";
import { openShopPage, openShopSite, payLink } from "./shop_page";
import { expectBalance, makeWallet, withdraw } from "./wallet";

const pay = (page: Page) => page.getByRole("button", { name: "Pay 50 DEMO" });

test("a page that is loaded again while it pays pays once", async ({ page }) => {
  await makeWallet(page);
  await withdraw(page, 100);
  const payment = await askForPayment(page, { amount: 50 });
  await page.goto("/");
  await page.goto(payment.checkout_url);
  // The mint takes the payment, and its response never arrives.
  let taken = 0;
  await page.route("**/api/v1/redeem", async (route) => {
    await route.fetch();
    taken += 1;
    await route.abort();
  });
  await pay(page).click();
  await expect.poll(() => taken).toBeGreaterThan(0);
  await page.reload();
  await page.unroute("**/api/v1/redeem");
  await page.goto("/");
  await expectBalance(page, 50);
  await page.getByRole("button", { name: /Payment to The Bakery/ }).click();
  await expect(page.getByText("Receipt verified")).toBeVisible();
  expect((await readPayment(page, payment)).state).toBe("paid");
});

test("one wallet in two tabs pays one payment once", async ({ context, page }) => {
  await makeWallet(page);
  await withdraw(page, 100);
  const payment = await askForPayment(page, { amount: 50 });
  const [one, two] = [await context.newPage(), await context.newPage()];
  await one.goto(payment.checkout_url);
  await expect(pay(one)).toBeEnabled();
  await two.goto(payment.checkout_url);
  await expect(pay(two)).toBeEnabled();
  await expect(one.getByText(/open in another tab/)).toBeVisible();
  await pay(two).click();
  await expect(two.getByRole("heading", { name: "Paid" })).toBeVisible();
  await one.bringToFront();
  await one.getByRole("button", { name: "Use the wallet here" }).click();
  await expect(one.getByText("You have already paid this: 50 DEMO.")).toBeVisible();
  await one.getByRole("button", { name: "Done" }).click();
  await expectBalance(one, 50);
});

test("a merchant whose address nobody has verified is shown as such", async ({ page }) => {
  await makeWallet(page);
  await withdraw(page, 100);
  const payment = await askForPayment(page, { amount: 50 });
  // As the mint shows a merchant that chose the name of another one.
  await page.route(`**/api/v1/payments/${payment.payment_id}`, async (route) => {
    const response = await route.fetch();
    const { merchant, ...view } = await response.json();
    await route.fulfill({ response, json: { ...view, merchant: { ...merchant, origin: undefined, verified: false } } });
  });
  await page.goto("/");
  await page.goto(payment.checkout_url);
  await expect(page.getByRole("heading", { name: "The Bakery" })).toBeVisible();
  await expect(page.locator(".alert").filter({ hasText: /verified/ })).toBeVisible();
  await expect(page.getByText("The mint has verified this address.")).toBeHidden();
});

test("markup in a description is text everywhere", async ({ page, baseURL }) => {
  const description = `<img src=x onerror="document.title='owned'"> & "bread"`;
  await makeWallet(page);
  await withdraw(page, 100);
  const payment = await askForPayment(page, { amount: 50, description });
  const site = await openShopSite(baseURL!);
  await openShopPage(page, site, { payment: payment.checkout_url, open: "same" });
  await expect(page.getByText(description)).toBeVisible();
  await payLink(page).click();
  await expect(page.getByText(description)).toBeVisible();
  await pay(page).click();
  await expect(page.getByRole("heading", { name: "Paid" })).toBeVisible();
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: /Payment to The Bakery/ }).click();
  await expect(page.getByText(description)).toBeVisible();
  await page.goto("/merchant/");
  await page.getByLabel("API key").fill(process.env.ECASH_API_KEY!);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("link", { name: "Payments" }).click();
  await expect(page.getByText(description).first()).toBeVisible();
  expect(await page.title()).not.toBe("owned");
  site.close();
});
