// R22 on IndexedDB: requests and responses are lost according to a seeded generator, and the page is killed
// at random times. At the end, wallet, account and merchant together hold the initial funds.
// ECASH_BROWSER_SEEDS=from..to runs other seeds.
import { expect, test, type Page } from "@playwright/test";
import { makeWallet } from "./wallet";

const [from, to] = (process.env.ECASH_BROWSER_SEEDS ?? "0..6").split("..").map(Number);
const MONEY = /\/api\/v1\/(withdraw|swap|redeem|cancel)$/;
const FUNDS = 10_000;

// Returns a mulberry32 generator of numbers in [0, 1), so that a seed reproduces its run.
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

async function click(page: Page, what: "Withdraw" | "Pay", amount: number) {
  await page.getByRole("button", { name: what, exact: true }).click();
  await page.getByLabel("Amount").fill(String(amount));
  if (what === "Pay") await page.getByLabel("Merchant").fill("merchant_bakery");
  await page.getByRole("button", { name: new RegExp(`^${what} \\d`) }).click();
}

// Returns the merchant's balance at the mint. Tests run sequentially, so no other test pays the merchant in
// the meantime.
async function held(page: Page): Promise<number> {
  const headers = { authorization: `Bearer ${process.env.ECASH_API_KEY}` };
  const answer = await page.request.get("/api/v1/merchant", { headers });
  return (await answer.json()).balance;
}

async function balanceOf(page: Page): Promise<number> {
  const text = await page.getByTestId("balance").textContent();
  return Number(text!.replaceAll(",", "").replace(" DEMO", ""));
}

async function numberIn(page: Page, pattern: RegExp): Promise<number> {
  const text = await page.getByText(pattern).first().textContent();
  return Number(pattern.exec(text!)![1].replaceAll(",", ""));
}

// Counts over all seeds: the tests prove nothing unless each of these happened.
const happened = { withdrawals: 0, payments: 0, lost: 0 };
test.afterAll(() => {
  for (const [what, count] of Object.entries(happened)) expect(count, what).toBeGreaterThan(0);
});

for (let seed = from; seed < to; seed++) {
  test(`r22: lost messages and killed pages lose no money (seed ${seed})`, async ({ page }) => {
    test.setTimeout(120_000);
    const random = seeded(seed * 7919 + 1);
    // A separate generator, so that the number of requests does not affect the person's actions.
    const loss = seeded(seed * 104729 + 2);
    const before = await held(page);
    await makeWallet(page);
    await page.route(MONEY, async (route) => {
      const [requestLost, answerLost] = [loss() < 0.2, loss() < 0.25];
      if (requestLost || answerLost) happened.lost++;
      if (requestLost) return route.abort();
      const answer = await route.fetch();
      if (answer.status() === 200) {
        const said = await answer.json();
        const redeemed = said.redeemed_amount ?? said.response?.redeemed_amount;
        if (route.request().url().endsWith("/withdraw")) happened.withdrawals++;
        if (redeemed !== undefined) happened.payments++;
      }
      return answerLost ? route.abort() : route.fulfill({ response: answer });
    });
    for (let step = 0; step < 6; step++) {
      const balance = await balanceOf(page);
      const what = balance === 0 || random() < 0.5 ? "Withdraw" : "Pay";
      const most = what === "Pay" ? balance / 10 : 30;
      await click(page, what, 10 * (1 + Math.floor(random() * most)));
      // Kill the page: before the request, between response and storage, or long after.
      await page.waitForTimeout(random() * (random() < 0.7 ? 120 : 1500));
      await page.goto("about:blank");
      await page.goto("/");
      await expect(page.getByTestId("balance")).toBeVisible();
    }
    await page.unrouteAll({ behavior: "wait" });
    await page.reload();
    await expect(page.getByTestId("balance")).toBeVisible();
    await expect(page.getByText(/is on its way|is set aside for a payment/)).toHaveCount(0);

    const wallet = await balanceOf(page);
    await page.getByRole("button", { name: "Withdraw", exact: true }).click();
    const account = await numberIn(page, /Your account holds ([\d,]+) DEMO/);
    // Not summed from the responses above, because the route does not see requests of a page that is being
    // left.
    const merchant = (await held(page)) - before;
    expect(wallet + account + merchant, `wallet ${wallet}, account ${account}, paid ${merchant}`).toBe(FUNDS);
  });
}
