// A currency with two decimals, in two languages: amounts can be typed as they are shown, and are never shown
// in minor units.
import { expect, test } from "@playwright/test";

const ENGLISH = {
  locale: "en-US",
  create: "Create a wallet",
  withdraw: "Withdraw",
  accountHolds: "Your account holds 100.00 DEMO",
  amount: "Amount",
  withdrawSome: "Withdraw 12.50 DEMO",
  pay: "Pay",
  paySome: "Pay 0.25 DEMO",
  paid: "Paid",
  done: "Done",
  tooLittle: "The wallet holds 12.50 DEMO, less than the 1,250.50 DEMO asked for.",
  settings: "Settings",
  nothing: "0.00 DEMO",
  typed: "12.50",
  shown: "12.50 DEMO",
  rest: "12.25 DEMO",
  much: "1,250.50",
  denominations: "0.05, 0.25, 1.00, 5.00, 10.00 DEMO",
};

const GERMAN = {
  locale: "de-DE",
  create: "Wallet anlegen",
  withdraw: "Abheben",
  accountHolds: "Auf deinem Konto sind 100,00 DEMO",
  amount: "Betrag",
  withdrawSome: "12,50 DEMO abheben",
  pay: "Zahlen",
  paySome: "0,25 DEMO zahlen",
  paid: "Bezahlt",
  done: "Fertig",
  tooLittle: "Die Wallet hat 12,50 DEMO, weniger als die gewünschten 1.250,50 DEMO.",
  settings: "Einstellungen",
  nothing: "0,00 DEMO",
  typed: "12,5",
  shown: "12,50 DEMO",
  rest: "12,25 DEMO",
  much: "1.250,50",
  denominations: "0,05, 0,25, 1,00, 5,00, 10,00 DEMO",
};

for (const words of [ENGLISH, GERMAN]) {
  test.describe(words.locale, () => {
    test.use({ locale: words.locale });

    test(`cents are shown and typed as ${words.locale} writes them`, async ({ page }) => {
      const press = (name: string) => page.getByRole("button", { name, exact: true }).click();
      await page.goto("/");
      await press(words.create);
      await expect(page.getByTestId("balance")).toHaveText(words.nothing);
      await press(words.withdraw);
      await expect(page.getByText(words.accountHolds)).toBeVisible();
      await page.getByLabel(words.amount).fill(words.typed);
      await press(words.withdrawSome);
      await expect(page.getByText(`+${words.shown}`)).toBeVisible();
      await press(words.done);
      await expect(page.getByTestId("balance")).toHaveText(words.shown);
      await press(words.pay);
      await page.getByLabel(words.amount).fill(words.much);
      await expect(page.getByText(words.tooLittle)).toBeVisible();
      // Both decimal separators are accepted where the amount is unambiguous.
      await page.getByLabel(words.amount).fill("0.25");
      await page.getByRole("button", { name: words.paySome }).click();
      await expect(page.getByRole("heading", { name: words.paid })).toBeVisible();
      await expect(page.getByText(words.rest)).toBeVisible();
      await press(words.done);
      await expect(page.getByTestId("balance")).toHaveText(words.rest);
      await press(words.settings);
      await expect(page.getByText(words.denominations)).toBeVisible();
    });
  });
}
