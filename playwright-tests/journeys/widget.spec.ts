// The checkout element on a shop's page: shows the payment, leads to the wallet, and notices when it is paid.
import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";
import decodeQR from "qr/decode.js";
import { askForPayment, cancelPayment, readPayment } from "./shop";
import { openShopPage, openShopSite, openWallet, payElsewhere, payInWallet, payLink, recorded, type ShopSite } from "./shop_page";
import { expectBalance, makeWallet, withdraw } from "./wallet";

let site: ShopSite;
test.beforeAll(async ({ baseURL }) => void (site = await openShopSite(baseURL!)));
test.afterAll(() => site.close());

const order = (page: Page, more: Record<string, unknown> = {}) =>
  askForPayment(page, { amount: 50, return_url: `${site.origin}/thanks`, ...more });

test("a shop's page leads to the wallet in a new tab, and notices when it is paid", async ({ context, page }) => {
  await makeWallet(page);
  await withdraw(page, 100);
  const payment = await order(page);
  const shop = await context.newPage();
  await openShopPage(shop, site, { payment: payment.checkout_url, open: "tab", required: "" });
  await expect(shop.getByText("The Bakery")).toBeVisible();
  await expect(shop.getByText("shop.example · verified")).toBeVisible();
  await expect(shop.getByText("50 DEMO")).toBeVisible();
  await expect(shop.getByText("Two loaves")).toBeVisible();
  await expect(shop.getByRole("timer")).toContainText(/Time left \d+:\d\d/);
  const isValid = () => shop.evaluate(() => document.forms[0]!.checkValidity());
  const formValue = () => shop.evaluate(() => new FormData(document.forms[0]!).get("payment"));
  expect([await isValid(), await formValue()]).toEqual([false, null]);

  const wallet = await openWallet(context, shop);
  // The shop's page sends no referrer, its link does.
  await expect(wallet.getByText(`You came from ${site.origin}, which is not https://shop.example.`)).toBeVisible();
  await expect(shop.getByRole("status")).toHaveText(/Waiting for your wallet/);
  await payInWallet(wallet);
  await expect(shop.getByRole("status")).toHaveText("Paid");
  await expect(payLink(shop)).toBeHidden();
  const receipt = await shop.getByRole("link", { name: "Receipt" }).getAttribute("href");
  const reader = await context.newPage();
  await reader.goto(receipt!);
  await expect(reader.getByRole("heading", { name: "Genuine: 50 DEMO" })).toBeVisible();
  const download = reader.waitForEvent("download");
  await reader.getByRole("link", { name: "Save this receipt" }).click();
  expect((await download).suggestedFilename()).toBe(`receipt-${payment.payment_id}.json`);
  await reader.close();
  expect([await isValid(), await formValue()]).toEqual([true, payment.payment_id]);
  const { events, violations } = await recorded(shop);
  expect(events).toEqual(["state open", "open", "state waiting", "state paid", `paid ${payment.payment_id}`]);
  expect(violations).toEqual([]);
  const kept = await shop.evaluate(() => document.querySelector("ecash-checkout")!.receipt as { total: number });
  expect(kept.total).toBe(50);
  // The way back closes the tab that the shop's page opened.
  const closed = wallet.waitForEvent("close");
  await wallet.getByRole("link", { name: "Back to the shop" }).click();
  await closed;
  // Loaded again, the page knows it without having kept anything.
  await shop.reload();
  await expect(shop.getByRole("status")).toHaveText("Paid");
});

test("in the same tab, the payer comes back to the shop", async ({ page }) => {
  await makeWallet(page);
  await withdraw(page, 100);
  const payment = await order(page);
  await openShopPage(page, site, { payment: payment.checkout_url, open: "same" });
  await payLink(page).click();
  await payInWallet(page);
  await page.getByRole("link", { name: "Back to the shop" }).click();
  await expect(page.getByRole("heading", { name: "Thanks" })).toBeVisible();
  await page.goto("/");
  await expectBalance(page, 50);
});

test("the code is read by another device, and the page hears of it", async ({ browser, baseURL, page }) => {
  const payment = await order(page);
  await openShopPage(page, site, { payment: payment.payment_id, mint: baseURL!, qr: "button" });
  await page.getByRole("button", { name: "Show code for another device" }).click();
  const link = await readCode(page);
  expect(link).toBe(payment.checkout_url);
  await payElsewhere(browser, link);
  await expect(page.getByRole("status")).toHaveText("Paid");
});

// Reads the QR code from the picture that is shown.
async function readCode(page: Page): Promise<string> {
  const svg = page.getByRole("img", { name: /scan/ });
  await expect(svg).toBeVisible();
  const { side, path } = await svg.evaluate((svg) => ({
    side: Number(svg.getAttribute("viewBox")!.split(" ")[2]),
    path: svg.querySelector("path")!.getAttribute("d")!,
  }));
  const scale = 8;
  const [width, height] = [side * scale, side * scale];
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (const [, x, y] of path.matchAll(/M(\d+) (\d+)h/g)) {
    for (let dy = 0; dy < scale; dy++) {
      const from = ((Number(y) * scale + dy) * width + Number(x) * scale) * 4;
      for (let at = from; at < from + scale * 4; at += 4) data.set([0, 0, 0], at);
    }
  }
  return decodeQR({ width, height, data });
}

test("a payment that is cancelled, unknown or none is said", async ({ page, baseURL }) => {
  const payment = await order(page);
  await openShopPage(page, site, { payment: payment.checkout_url });
  await expect(payLink(page)).toBeVisible();
  await cancelPayment(page, payment);
  await expect(page.getByRole("status")).toHaveText(/The shop cancelled this payment/);
  expect((await recorded(page)).events).toContain("cancelled");

  const unknown = { payment: "pay_AAAAAAAAAAAAAAAAAAAAAA", mint: baseURL! };
  for (const [attributes, code] of [
    [unknown, "payment_unknown"],
    [{ payment: "order 7" }, "malformed"],
    [{ payment: payment.checkout_url, mint: "https://other.example" }, "wrong_mint"],
  ] as const) {
    await openShopPage(page, site, attributes);
    await expect(page.getByRole("status")).toHaveText(/cannot be shown/);
    expect((await recorded(page)).events).toContain(`error ${code}`);
  }
});

test("without events, the page asks, and notices all the same", async ({ page, browser }) => {
  const payment = await order(page);
  await page.route("**/events", (route) => route.fulfill({ status: 503, body: "" }));
  await openShopPage(page, site, { payment: payment.checkout_url });
  await expect(payLink(page)).toBeVisible();
  await payElsewhere(browser, payment.checkout_url);
  await expect(page.getByRole("status")).toHaveText("Paid");
  expect((await readPayment(page, payment)).state).toBe("paid");
});

test("it speaks four languages, by keyboard and screen reader, in every color scheme", async ({ page }) => {
  const payment = await order(page);
  for (const [lang, label] of [["en", "Pay with eCash"], ["es", "Pagar con eCash"], ["de-AT", "Mit eCash bezahlen"], ["ar", "ادفع بـ eCash"], ["fr", "Pay with eCash"], ["pt_BR", "Pay with eCash"], ["not a language", "Pay with eCash"]]) {
    await openShopPage(page, site, { payment: payment.checkout_url, lang: lang! });
    await expect(page.getByRole("link", { name: label })).toBeVisible();
    const direction = await page.locator("ecash-checkout").evaluate((element) => getComputedStyle(element.shadowRoot!.querySelector(".card")!).direction);
    expect(direction).toBe(lang === "ar" ? "rtl" : "ltr");
  }
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const found = await new AxeBuilder({ page }).include("ecash-checkout").analyze();
    expect(found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  }
  await page.emulateMedia({ forcedColors: "active" });
  const border = await payLink(page).evaluate((link) => getComputedStyle(link).borderTopWidth);
  expect(border).toBe("1px");
  await page.keyboard.press("Tab");
  await expect(payLink(page)).toBeFocused();
});
