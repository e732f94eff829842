// The checkout element where something is missing, breaks or comes too late. Each row of the shop's and the payer's troubles is one test.
import AxeBuilder from "@axe-core/playwright";
import { expect, test, type BrowserContext, type Page } from "@playwright/test";
import { askForPayment, cancelPayment, expirePayment, readPayment, type Payment } from "./shop";
import { openShopPage, openShopSite, openWallet, payElsewhere, payInWallet, payLink, recorded, type ShopSite } from "./shop_page";
import { expectBalance, makeWallet, withdraw } from "./wallet";

let site: ShopSite;
test.beforeAll(async ({ baseURL }) => void (site = await openShopSite(baseURL!)));
test.afterAll(() => site.close());

const order = (page: Page) => askForPayment(page, { amount: 50, return_url: `${site.origin}/thanks` });
const status = (page: Page) => page.locator("ecash-checkout").getByRole("status");

async function walletWith(page: Page, amount: number) {
  await makeWallet(page);
  await withdraw(page, amount);
}

// Orders at the shop's page and opens the payment in a new tab, beside a wallet with 100 DEMO in `page`.
async function openPaymentFromShop(context: BrowserContext, page: Page) {
  await walletWith(page, 100);
  const shop = await context.newPage();
  const payment = await order(page);
  await openShopPage(shop, site, { payment: payment.checkout_url, open: "tab" });
  return { payment, shop, wallet: await openWallet(context, shop) };
}

test("without scripts, or with a blocked module, the shop's own link leads to the wallet", async ({ browser, page }) => {
  const payment = await order(page);
  const plain = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await plain.goto(`${site.origin}/?${new URLSearchParams({ payment: payment.checkout_url })}`);
  await expect(payLink(plain)).toHaveAttribute("href", payment.checkout_url);
  await plain.context().close();

  await page.route("**/checkout/*.js", (route) => route.abort());
  await openShopPage(page, site, { payment: payment.checkout_url });
  await expect(payLink(page)).toHaveAttribute("href", payment.checkout_url);
  await payLink(page).click();
  await expect(page.getByRole("button", { name: "Create a wallet" })).toBeVisible();
});

test("a shop that serves the module itself needs the mint for data only", async ({ page, browser, baseURL }) => {
  const own = await openShopSite(baseURL!, { ownModule: true });
  const payment = await order(page);
  const scripts: string[] = [];
  page.on("request", (request) => request.resourceType() === "script" && scripts.push(request.url()));
  await openShopPage(page, own, { payment: payment.payment_id, mint: baseURL! });
  await expect(payLink(page)).toHaveAttribute("href", payment.checkout_url);
  await payElsewhere(browser, payment.checkout_url);
  await expect(status(page)).toHaveText("Paid");
  expect(scripts).toEqual([`${own.origin}/ecash-checkout.js`]);
  expect((await recorded(page)).violations).toEqual([]);
  // The address of the payment names its mint.
  const other = await order(page);
  await openShopPage(page, own, { payment: other.checkout_url });
  await expect(payLink(page)).toBeVisible();
  own.close();
});

test("a browser that opens no windows for scripts opens the link", async ({ context, page, baseURL }) => {
  const stubborn = await openShopSite(baseURL!, { before: "window.open = () => null;" });
  const payment = await order(page);
  await openShopPage(page, stubborn, { payment: payment.checkout_url, open: "tab" });
  const wallet = await openWallet(context, page);
  await expect(wallet.getByRole("button", { name: "Create a wallet" })).toBeVisible();
  stubborn.close();
});

test("a page that was frozen, or without a network, notices the payment when it is back", async ({ browser, context, page }) => {
  const frozen = await order(page);
  await openShopPage(page, site, { payment: frozen.checkout_url });
  await expect(payLink(page)).toBeVisible();
  const session = await context.newCDPSession(page);
  await session.send("Page.setWebLifecycleState", { state: "frozen" });
  await payElsewhere(browser, frozen.checkout_url);
  await session.send("Page.setWebLifecycleState", { state: "active" });
  await expect(status(page)).toHaveText("Paid");

  const cut = await order(page);
  // Being offline ends no stream that exists.
  await page.route("**/events", (route) => route.fulfill({ status: 503, body: "" }));
  await openShopPage(page, site, { payment: cut.checkout_url });
  await expect(payLink(page)).toBeVisible();
  await context.setOffline(true);
  await payElsewhere(browser, cut.checkout_url);
  await expect(status(page)).not.toHaveText("Paid");
  await context.setOffline(false);
  await expect(status(page)).toHaveText("Paid");
});

test("a stream that is cut again and again is followed all the same", async ({ page, browser }) => {
  const payment = await order(page);
  let streams = 0;
  await page.route("**/events", (route) => {
    streams += 1;
    // An event, and the connection ends.
    return route.fulfill({ contentType: "text/event-stream", body: "retry: 100\n\n:\n\n" });
  });
  await openShopPage(page, site, { payment: payment.checkout_url });
  await expect(payLink(page)).toBeVisible();
  await payElsewhere(browser, payment.checkout_url);
  await expect(status(page)).toHaveText("Paid");
  expect(streams).toBeGreaterThan(1);
});

test("loaded again in any state, the page shows that state", async ({ context, page }) => {
  await walletWith(page, 100);
  const shop = await context.newPage();
  const payment = await order(page);
  await openShopPage(shop, site, { payment: payment.checkout_url, open: "tab" });
  await expect(payLink(shop)).toBeVisible();
  const wallet = await openWallet(context, shop);
  await expect(status(shop)).toHaveText(/Waiting for your wallet/);
  await shop.reload();
  await expect(status(shop)).toHaveText(/Nothing is paid until you confirm it/);
  await payInWallet(wallet);
  await expect(status(shop)).toHaveText("Paid");

  for (const [end, text] of [
    [cancelPayment, "The shop cancelled this payment. Nothing was paid."],
    [expirePayment, "This payment has expired. Nothing was paid."],
  ] as [(page: Page, payment: Payment) => Promise<void>, string][]) {
    const ended = await order(page);
    await openShopPage(shop, site, { payment: ended.checkout_url });
    await expect(payLink(shop)).toBeVisible();
    await end(page, ended);
    await expect(status(shop)).toHaveText(text);
    await shop.reload();
    await expect(status(shop)).toHaveText(text);
    await expect(payLink(shop)).toBeHidden();
  }
});

test("a shop's tab that was closed is not needed, and a later one shows the receipt", async ({ context, page }) => {
  const { payment, shop, wallet } = await openPaymentFromShop(context, page);
  await expect(wallet.getByRole("button", { name: "Pay 50 DEMO" })).toBeEnabled();
  await shop.close();
  await payInWallet(wallet);
  await expect(wallet.getByText("Receipt verified")).toBeVisible();
  const later = await context.newPage();
  await openShopPage(later, site, { payment: payment.checkout_url });
  await expect(status(later)).toHaveText("Paid");
  await expect(later.getByRole("link", { name: "Receipt" })).toBeVisible();
});

test("a payment that expires while it is confirmed costs nothing", async ({ context, page }) => {
  const { payment, shop, wallet } = await openPaymentFromShop(context, page);
  const pay = wallet.getByRole("button", { name: "Pay 50 DEMO" });
  await expect(pay).toBeEnabled();
  await expirePayment(page, payment);
  await pay.click();
  await expect(wallet.getByText(/This payment has expired. Your money is still on this device/)).toBeVisible();
  await expect(status(shop)).toHaveText("This payment has expired. Nothing was paid.");
  expect((await recorded(shop)).events).toContain("expired");
  await wallet.getByRole("button", { name: "Done" }).click();
  await expectBalance(wallet, 100);
});

test("a page that may not connect to the mint leads to the wallet all the same", async ({ page }) => {
  const payment = await order(page);
  await page.route("**/api/v1/payments/**", (route) => route.abort());
  await openShopPage(page, site, { payment: payment.checkout_url });
  await expect(status(page)).toHaveText("No response from the mint yet. You can pay in your wallet.");
  await expect(payLink(page)).toHaveAttribute("href", payment.checkout_url);
  expect((await recorded(page)).events).toEqual(["error unreachable"]);
  // It goes on asking.
  await page.unroute("**/api/v1/payments/**");
  await expect(page.getByText("The Bakery")).toBeVisible();
  await expect(status(page)).toHaveText(/Nothing is paid until you confirm it/);
});

test("when the time is up, the page asks the mint before it says so", async ({ page }) => {
  const payment = await order(page);
  await page.route(`**/api/v1/payments/${payment.payment_id}`, async (route) => {
    const answer = await route.fetch();
    const view = await answer.json();
    await route.fulfill({ response: answer, json: { ...view, expires_at: view.server_time } });
  });
  await page.route("**/events", (route) => route.fulfill({ status: 503, body: "" }));
  await openShopPage(page, site, { payment: payment.checkout_url });
  await expect(status(page)).toHaveText("The time is up. Checking the payment…");
  await expect(page.getByRole("timer")).toBeHidden();
  await expect(payLink(page)).toBeHidden();
  await expirePayment(page, payment);
  await expect(status(page)).toHaveText("This payment has expired. Nothing was paid.");
});

test("two payers at one order: one has paid, the other keeps everything", async ({ browser, context, page }) => {
  const { payment, shop, wallet: slow } = await openPaymentFromShop(context, page);
  const pay = slow.getByRole("button", { name: "Pay 50 DEMO" });
  await expect(pay).toBeEnabled();
  await payElsewhere(browser, payment.checkout_url);
  await expect(status(shop)).toHaveText("Paid");
  await pay.click();
  await expect(slow.getByText("It was already paid from another wallet. Nothing was paid from this one.")).toBeVisible();
  await slow.getByRole("button", { name: "Done" }).click();
  await expectBalance(slow, 100);
  const { events } = await recorded(shop);
  expect(events.filter((event) => event.startsWith("paid"))).toEqual([`paid ${payment.payment_id}`]);
});

test("a stranger who shows a shop's payment is named to the payer", async ({ page, baseURL }) => {
  await walletWith(page, 100);
  const stranger = await openShopSite(baseURL!, { host: "[::1]" });
  const payment = await order(page);
  await openShopPage(page, stranger, { payment: payment.checkout_url, open: "same" });
  await payLink(page).click();
  await expect(page.getByText(`You came from ${stranger.origin}, which is not https://shop.example.`)).toBeVisible();
  await expect(page.getByRole("heading", { name: "The Bakery" })).toBeVisible();
  // Nobody can put the wallet into a frame, to catch its clicks.
  const framed = await page.request.get("/");
  expect(framed.headers()["content-security-policy"]).toContain("frame-ancestors 'none'");
  stranger.close();
});

test("back without paying, the shop's page is as it was", async ({ page }) => {
  await walletWith(page, 100);
  const payment = await order(page);
  await openShopPage(page, site, { payment: payment.checkout_url, open: "same" });
  await payLink(page).click();
  await expect(page.getByRole("button", { name: "Pay 50 DEMO" })).toBeEnabled();
  await page.goBack();
  await expect(page.getByRole("heading", { name: "Your order" })).toBeVisible();
  await expect(payLink(page)).toBeVisible();
  await expect(status(page)).not.toHaveText("Paid");
  expect((await readPayment(page, payment)).state).toBe("open");
});

test("a wallet in another tab hands the payment's tab its money", async ({ context, page }) => {
  const { shop, wallet } = await openPaymentFromShop(context, page);
  await payInWallet(wallet);
  await expect(page.getByText(/open in another tab/i)).toBeVisible();
  await expect(status(shop)).toHaveText("Paid");
});

test("from the shop to the receipt by keyboard alone", async ({ page }) => {
  await walletWith(page, 100);
  const payment = await order(page);
  await openShopPage(page, site, { payment: payment.checkout_url, open: "same", qr: "none" });
  await expect(payLink(page)).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(payLink(page)).toBeFocused();
  await page.keyboard.press("Enter");
  const pay = page.getByRole("button", { name: "Pay 50 DEMO" });
  await expect(pay).toBeEnabled();
  await tabTo(page, "Pay 50 DEMO");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Paid" })).toBeVisible();
  await tabTo(page, "Back to the shop");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Thanks" })).toBeVisible();
});

// Moves the focus with the Tab key until it is on a control of this name.
async function tabTo(page: Page, name: string) {
  for (let step = 0; step < 30; step++) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => document.activeElement?.textContent?.trim());
    if (focused === name) return;
  }
  throw new Error(`${name} is not reached by 30 steps of the Tab key`);
}

test.describe("from right to left", () => {
  test.use({ locale: "ar" });

  test("an Arabic payer pays an Arabic shop", async ({ page }) => {
    await page.goto("/");
    await page.getByRole("button", { name: "أنشئ محفظة" }).click();
    await page.getByRole("button", { name: "اسحب", exact: true }).click();
    await page.getByLabel("المبلغ").fill("50");
    await page.getByRole("button", { name: /^اسحب .*50/ }).click();
    const payment = await order(page);
    await openShopPage(page, site, { payment: payment.checkout_url, lang: "ar", open: "same" });
    const link = page.getByRole("link", { name: "ادفع بـ eCash" });
    await expect(link).toBeVisible();
    await scan(page);
    await link.click();
    await expect(page.locator("html")).toHaveAttribute("dir", "rtl");
    const pay = page.getByRole("button", { name: /^ادفع .*50/ });
    await expect(pay).toBeEnabled();
    await scan(page);
    await pay.click();
    await expect(page.getByRole("link", { name: "العودة إلى المتجر" })).toBeVisible();
    await scan(page);
  });
});

// Passes the accessibility checks, and does not scroll sideways.
async function scan(page: Page) {
  const found = await new AxeBuilder({ page }).analyze();
  expect(found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  expect(wide, "scrolls sideways").toBe(false);
}
