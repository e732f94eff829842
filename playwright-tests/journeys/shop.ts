// A shop that asks for payments: its server calls the mint's API, and its page links to the wallet.
import { expect, type Page } from "@playwright/test";

// The API key of the merchant "The Bakery", whose verified domain is https://shop.example.
const key = () => ({ authorization: `Bearer ${process.env.ECASH_API_KEY}` });

export type Payment = { payment_id: string; checkout_url: string; state: string };

export async function askForPayment(page: Page, more: Record<string, unknown>): Promise<Payment> {
  const answer = await page.request.post("/api/v1/merchant/payments", {
    headers: key(),
    data: { description: "Two loaves", return_url: "https://shop.example/thanks?p={payment_id}", ...more },
  });
  expect(answer.status(), await answer.text()).toBe(201);
  return answer.json();
}

export async function readPayment(page: Page, { payment_id }: Payment): Promise<Payment> {
  const answer = await page.request.get(`/api/v1/merchant/payments/${payment_id}`, { headers: key() });
  return answer.json();
}

export async function cancelPayment(page: Page, { payment_id }: Payment) {
  const answer = await page.request.post(`/api/v1/merchant/payments/${payment_id}/cancel`, { headers: key() });
  expect(answer.status()).toBe(200);
}

// Ends a payment as if its time were over, which play money allows.
export async function expirePayment(page: Page, { payment_id }: Payment) {
  const answer = await page.request.post(`/api/v1/merchant/test/payments/${payment_id}/expire`, { headers: key() });
  expect(answer.status(), await answer.text()).toBe(200);
}

// Opens a link to the wallet from a page of this origin, as the shop's page shows it.
export async function openLinkFrom(page: Page, origin: string, url: string) {
  await page.route(`${origin}/**`, (route) =>
    route.fulfill({
      contentType: "text/html",
      body: `<a href="${url}" rel="noopener" referrerpolicy="origin">Pay with eCash</a>`,
    }),
  );
  await page.goto(`${origin}/cart`);
  await page.getByRole("link", { name: "Pay with eCash" }).click();
}
