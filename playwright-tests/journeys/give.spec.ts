// Giving cash: handed over by link between two browsers, checked, taken back, and rejected after it was
// spent.
import { expect, test, type Browser, type Page } from "@playwright/test";
import { expectBalance, makeWallet, withdraw } from "./wallet";

async function person(browser: Browser): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await makeWallet(page);
  return page;
}

async function give(page: Page, amount: string, memo = "") {
  await page.getByRole("button", { name: "Give", exact: true }).click();
  await page.getByLabel("Amount").fill(amount);
  await page.getByLabel("Message").fill(memo);
  await page.getByRole("button", { name: /^Give \d/ }).click();
  await expect(page.getByRole("heading", { name: "Given away" })).toBeVisible();
  return page.getByLabel("Cash as text").inputValue();
}

test("cash is handed over by link between browsers, and every unit is accounted for", async ({ browser }) => {
  const alice = await person(browser);
  const bob = await person(browser);
  await withdraw(alice, 100);
  const text = await give(alice, "20", "for lunch");
  await expect(alice.getByRole("img", { name: "Code worth 20 DEMO" })).toBeVisible();

  await alice.getByRole("button", { name: "Check whether it was received" }).click();
  await expect(alice.getByText("It has not been received yet.")).toBeVisible();

  await bob.goto(`/#receive=${text}`);
  await expect(bob.getByText("20 DEMO")).toBeVisible();
  await expect(bob.getByText("for lunch")).toBeVisible();
  await bob.getByRole("button", { name: "Receive", exact: true }).click();
  await bob.getByRole("button", { name: "Done" }).click();
  await expectBalance(bob, 20);

  await alice.getByRole("button", { name: "Check whether it was received" }).click();
  await expect(alice.getByRole("button", { name: "Take it back" })).toBeHidden();
  await alice.getByRole("button", { name: "Back", exact: true }).click();
  await expectBalance(alice, 80);
});

test("cash that was not received can be taken back, also after a reload; received cash cannot", async ({ browser }) => {
  const alice = await person(browser);
  const bob = await person(browser);
  await withdraw(alice, 100);
  const text = await give(alice, "30");
  await alice.reload();
  await expect(alice.getByLabel("Cash as text")).toHaveValue(text);
  await alice.getByRole("button", { name: "Take it back" }).click();
  await expect(alice.getByRole("heading", { name: "Taken back" })).toBeVisible();
  await alice.getByRole("button", { name: "Back", exact: true }).click();
  await expectBalance(alice, 100);
  await expect(alice.getByText("Taken back")).toBeVisible();

  // The text of cash that was taken back is rejected. The second text is received before it is taken back.
  await bob.getByRole("button", { name: "Receive", exact: true }).click();
  await bob.getByLabel(/text/i).fill(text);
  await bob.getByRole("button", { name: "Receive", exact: true }).click();
  await expect(bob.getByRole("alert")).toContainText("spent");
  const second = await give(alice, "50");
  await bob.getByLabel(/text/i).fill(`Here you are:\n> ${second.match(/.{1,60}/g)!.join("\n> ")}\nEnjoy it`);
  await bob.getByRole("button", { name: "Receive", exact: true }).click();
  await bob.getByRole("button", { name: "Done" }).click();
  await expectBalance(bob, 50);
  await alice.getByRole("button", { name: "Take it back" }).click();
  await expect(alice.getByText("It had already been received")).toBeVisible();
  await alice.getByRole("button", { name: "Back", exact: true }).click();
  await expectBalance(alice, 50);
});

test("the whole balance can be given away, and an excess amount is explained", async ({ browser }) => {
  const alice = await person(browser);
  await withdraw(alice, 100);
  await alice.getByRole("button", { name: "Give", exact: true }).click();
  await alice.getByLabel("Amount").fill("200");
  await expect(alice.getByText(/less than/)).toBeVisible();
  await alice.getByRole("button", { name: "All: 100 DEMO" }).click();
  await alice.getByRole("button", { name: "Give 100 DEMO" }).click();
  await alice.getByRole("button", { name: "Back", exact: true }).click();
  await expectBalance(alice, 0);
  await expect(alice.getByText("100 DEMO was given away and has not been received yet")).toBeVisible();
});

test("a wallet asks for an amount, and another wallet gives it", async ({ browser }) => {
  const [alice, bob] = [await person(browser), await person(browser)];
  await withdraw(alice, 100);
  await bob.getByRole("button", { name: "Receive", exact: true }).click();
  await bob.getByRole("button", { name: "Ask for an amount" }).click();
  await bob.getByLabel("Amount").fill("20");
  await bob.getByLabel("What it is for").fill("for lunch");
  await bob.getByRole("button", { name: "Ask for 20 DEMO" }).click();
  await expect(bob.getByRole("img", { name: "QR code that asks for 20 DEMO" })).toBeVisible();
  await bob.getByRole("button", { name: "Receive the cash" }).click();

  // The link opens Alice's wallet with amount and note; nothing is given before she presses the button.
  await alice.goto("/#ask=20.DEMO.0.Zm9yIGx1bmNo");
  await alice.reload();
  await expect(alice.getByRole("heading", { name: "You are asked for 20 DEMO" })).toBeVisible();
  await expect(alice.getByText("for lunch")).toBeVisible();
  await alice.getByRole("button", { name: "Give 20 DEMO" }).click();
  const text = await alice.getByLabel("Cash as text").inputValue();
  await bob.getByLabel("Cash as text").fill(text);
  await bob.getByRole("button", { name: "Receive", exact: true }).click();
  await bob.getByRole("button", { name: "Done" }).click();
  await expectBalance(bob, 20);

  // Other currencies and damaged links are explained.
  await alice.goto("/#ask=500.EUR.2.");
  await expect(alice.getByText("for another currency")).toBeVisible();
  await alice.getByRole("button", { name: "Do not give" }).click();
  await expectBalance(alice, 80);
  await alice.goto("/#ask=nonsense");
  await expect(alice.getByRole("heading", { name: "This link is damaged" })).toBeVisible();
});
