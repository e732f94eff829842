// A currency with two decimals in two locales: amounts can be typed as they are shown, and none is shown in minor
// units.
import { expect, test, type Page } from "@playwright/test";

async function makeWallet(page: Page, empty: string) {
  await page.goto("/");
  await page.getByRole("button", { name: "Create a wallet" }).click();
  await expect(page.getByTestId("balance")).toHaveText(`${empty} DEMO`);
}

for (const { locale, nothing, account, typed, shown, rest, much, muchShown } of [
  { locale: "en-US", nothing: "0.00", account: "100.00", typed: "12.50", shown: "12.50", rest: "12.25", much: "1,250.50", muchShown: "1,250.50" },
  { locale: "de-DE", nothing: "0,00", account: "100,00", typed: "12,5", shown: "12,50", rest: "12,25", much: "1.250,50", muchShown: "1.250,50" },
]) {
  test.describe(locale, () => {
    test.use({ locale });

    test(`cents are shown and typed as ${locale} writes them`, async ({ page }) => {
      await makeWallet(page, nothing);
      await page.getByRole("button", { name: "Withdraw", exact: true }).click();
      await expect(page.getByText(`Your account holds ${account} DEMO`)).toBeVisible();
      await page.getByLabel("Amount").fill(typed);
      await page.getByRole("button", { name: `Withdraw ${shown} DEMO` }).click();
      await expect(page.getByText(`+${shown} DEMO`)).toBeVisible();
      await page.getByRole("button", { name: "Done" }).click();
      await expect(page.getByTestId("balance")).toHaveText(`${shown} DEMO`);
      await page.getByRole("button", { name: "Pay", exact: true }).click();
      await page.getByLabel("Amount").fill(much);
      await expect(page.getByText(`The wallet holds ${shown} DEMO, less than the ${muchShown} DEMO asked for.`)).toBeVisible();
      // Both decimal separators are accepted where the amount is unambiguous.
      await page.getByLabel("Amount").fill("0.25");
      await page.getByRole("button", { name: /^Pay 0[.,]25 DEMO/ }).click();
      await expect(page.getByRole("heading", { name: "Paid" })).toBeVisible();
      await expect(page.getByText(`${rest} DEMO`)).toBeVisible();
      await page.getByRole("button", { name: "Done" }).click();
      await expect(page.getByTestId("balance")).toHaveText(`${rest} DEMO`);
      await page.getByRole("button", { name: "Settings" }).click();
      await expect(page.getByText(locale === "de-DE" ? "0,05, 0,25, 1,00, 5,00, 10,00 DEMO" : "0.05, 0.25, 1.00, 5.00, 10.00 DEMO")).toBeVisible();
    });
  });
}
