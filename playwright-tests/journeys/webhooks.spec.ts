// The library for shops' servers: webhook deliveries of the mint and of `ecash-checkout`, and its commands.
import { expect, test } from "@playwright/test";
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Ecash, EcashError, webhook, type Event } from "../../checkout/server/index.js";

interface Delivery {
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** A shop's server that records its requests. */
async function receiver(port: number): Promise<{ server: Server; received: Delivery[]; port: number }> {
  const received: Delivery[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.push({ headers: request.headers, body: Buffer.concat(chunks) });
    response.writeHead(204).end();
  });
  server.listen(port, "localhost");
  await once(server, "listening");
  return { server, received, port: (server.address() as AddressInfo).port };
}

const code = (run: () => unknown) => {
  try {
    run();
    return "no error";
  } catch (error) {
    return (error as EcashError).code;
  }
};

async function cancelled(shop: Ecash): Promise<string> {
  const payment = await shop.createPayment({ amount: 50, description: `order ${crypto.randomUUID()}` });
  await shop.cancel(payment.payment_id);
  return payment.payment_id;
}

const about = (received: Delivery[], payment_id: string) =>
  received.find(({ body }) => (JSON.parse(body.toString()) as Event).data.payment?.payment_id === payment_id);

test("a delivery of the mint is accepted, and a changed, old or foreign one is rejected", async ({ baseURL }) => {
  const shop = new Ecash({ mint: baseURL!, key: process.env.ECASH_API_KEY! });
  const { server, received } = await receiver(Number(process.env.ECASH_WEBHOOK_PORT));
  const endpoint = await shop.endpoints.create({ url: `http://localhost:${process.env.ECASH_WEBHOOK_PORT}/hook` });
  const payment_id = await cancelled(shop);
  await expect.poll(() => about(received, payment_id)).toBeTruthy();
  const { headers, body } = about(received, payment_id)!;
  const other = `whsec_${"A".repeat(43)}=`;
  const event = webhook(body, headers, endpoint.secret);
  expect([event.type, event.id]).toEqual(["payment.cancelled", headers["webhook-id"]]);
  expect(webhook(body.toString(), new Headers(headers as Record<string, string>), [other, endpoint.secret])).toEqual(event);

  expect(code(() => webhook(body, headers, other))).toBe("webhook_bad_signature");
  expect(code(() => webhook(Buffer.concat([body, Buffer.from(" ")]), headers, endpoint.secret))).toBe("webhook_bad_signature");
  expect(code(() => webhook(body, { ...headers, "webhook-id": "evt_other" }, endpoint.secret))).toBe("webhook_bad_signature");
  expect(code(() => webhook(body, { ...headers, "webhook-signature": "v1,AAAA v2,x" }, endpoint.secret))).toBe("webhook_bad_signature");
  expect(code(() => webhook(body, {}, endpoint.secret))).toBe("webhook_no_signature");
  for (const minutes of [-6, 6]) {
    expect(code(() => webhook(body, headers, endpoint.secret, { now: Date.now() + minutes * 60_000 }))).toBe("webhook_too_old");
  }
  expect(code(() => webhook(event as unknown as string, headers, endpoint.secret))).toBe("webhook_not_raw");
  for (const short of ["secret", "whsec_", "whsec_AAAA"]) expect(code(() => webhook(body, headers, short))).toBe("misconfigured");

  const [delivery] = await shop.endpoints.deliveries(endpoint.endpoint_id);
  expect(delivery).toMatchObject({ type: "payment.cancelled", state: "delivered", http_status: 204 });
  const { secret } = await shop.endpoints.rotate(endpoint.endpoint_id);
  await shop.endpoints.redeliver(endpoint.endpoint_id, delivery!.number);
  await expect.poll(() => received.filter((one) => about([one], payment_id)).length).toBe(2);
  const again = received.at(-1)!;
  for (const known of [secret, endpoint.secret]) expect(webhook(again.body, again.headers, known).id).toBe(event.id);
  expect(await shop.endpoints.update(endpoint.endpoint_id, { state: "paused" })).toMatchObject({ state: "paused" });
  await shop.endpoints.remove(endpoint.endpoint_id);
  expect((await shop.endpoints.list()).map(({ endpoint_id }) => endpoint_id)).not.toContain(endpoint.endpoint_id);
  server.close();
});

test("listen posts signed events to a local server", async ({ baseURL }) => {
  const key = process.env.ECASH_API_KEY!;
  const { server, received, port } = await receiver(0);
  const env = { ...process.env, ECASH_MINT: baseURL!, ECASH_KEY: key };
  const listen = spawn(process.execPath, ["../checkout/bin/ecash-checkout.js", "listen", `${port}/webhook`], { env });
  let printed = "";
  listen.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  const secret = `whsec_${createHmac("sha256", key).update("listen").digest("base64")}`;
  await expect.poll(() => printed).toContain(`ECASH_WEBHOOK_SECRET=${secret}`);
  const payment_id = await cancelled(new Ecash({ mint: baseURL!, key }));
  await expect.poll(() => about(received, payment_id)).toBeTruthy();
  const { headers, body } = about(received, payment_id)!;
  expect(webhook(body, headers, secret).type).toBe("payment.cancelled");
  await expect.poll(() => printed).toMatch(new RegExp(`payment.cancelled ${payment_id} → 204 in \\d+ ms`));
  server.closeAllConnections();
  server.close();
  const lost = await cancelled(new Ecash({ mint: baseURL!, key }));
  await expect.poll(() => printed).toContain(`payment.cancelled ${lost} → no response (ECONNREFUSED)`);
  listen.kill("SIGTERM");
  const [exit] = await once(listen, "exit");
  expect(exit).toBe(0);
});

/** Runs a command of `ecash-checkout`. */
async function command(baseURL: string, ...rest: string[]): Promise<{ exit: number; printed: string }> {
  const env = { ...process.env, ECASH_MINT: baseURL, ECASH_KEY: process.env.ECASH_API_KEY! };
  const child = spawn(process.execPath, ["../checkout/bin/ecash-checkout.js", ...rest], { env });
  let printed = "";
  for (const output of [child.stdout, child.stderr]) output.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  const [exit] = await once(child, "exit");
  return { exit: exit as number, printed };
}

test("trigger creates real payments and irregular deliveries", async ({ baseURL }) => {
  const key = process.env.ECASH_API_KEY!;
  const shop = new Ecash({ mint: baseURL!, key });
  const secret = `whsec_${createHmac("sha256", key).update("listen").digest("base64")}`;
  for (const [kind, state] of [["paid", "paid"], ["expired", "expired"], ["cancelled", "cancelled"], ["refund", "paid"]]) {
    const { exit, printed } = await command(baseURL!, "trigger", kind);
    expect([kind, exit], printed).toEqual([kind, 0]);
    const payment = await shop.payment(printed.split(" ")[0]);
    expect(payment.state).toBe(state);
    expect(payment.refunds?.map((refund) => refund.state)).toEqual(kind === "refund" ? ["open"] : undefined);
  }

  const { server, received, port } = await receiver(0);
  const twice = await command(baseURL!, "trigger", "duplicate", `${port}/hook`);
  expect(twice.printed).toContain("the same again → 204");
  expect(received).toHaveLength(2);
  expect(webhook(received[0].body, received[0].headers, secret)).toEqual(webhook(received[1].body, received[1].headers, secret));
  const late = await command(baseURL!, "trigger", "out-of-order", `${port}/hook`);
  expect(late.exit, late.printed).toBe(0);
  expect(received.slice(2).map(({ body }) => (JSON.parse(body.toString()) as Event).type)).toEqual(["refund.created", "payment.paid"]);
  const versions = received.slice(2).map(({ body }) => (JSON.parse(body.toString()) as Event).data.payment!.version);
  expect(versions[0]).toBeGreaterThan(versions[1]);
  // This receiver accepts everything, which the command must report.
  const forged = await command(baseURL!, "trigger", "bad-signature", `${port}/hook`);
  expect([forged.exit, forged.printed]).toEqual([1, expect.stringContaining("accepted a forged event")]);
  expect(code(() => webhook(received[4].body, received[4].headers, secret))).toBe("webhook_bad_signature");
  server.closeAllConnections();
  server.close();
  const gone = await command(baseURL!, "trigger", "bad-signature", `${port}/hook`);
  expect([gone.exit, gone.printed]).toEqual([1, expect.stringContaining("did not respond")]);
  expect((await command(baseURL!, "trigger", "nonsense")).exit).toBe(1);
});

test("doctor reports what is missing", async ({ baseURL }) => {
  const port = Number(process.env.ECASH_WEBHOOK_PORT);
  const page = createServer(({ url }, response) =>
    response
      .writeHead(200, { "content-security-policy": "default-src 'self'" })
      .end(url === "/about" ? "<p>shop</p>" : '<ecash-checkout payment="x"></ecash-checkout>'),
  );
  page.listen(port, "localhost");
  await once(page, "listening");
  const { exit, printed } = await command(baseURL!, "doctor", "--page", `http://localhost:${port}/`, "--prices", "100,13");
  expect(exit).toBe(1);
  expect(printed).toContain("✓ the key belongs to The Bakery");
  expect(printed).toContain(`add ${baseURL} to script-src and connect-src`);
  expect(printed).toContain("✓ 100 DEMO can be paid exactly");
  expect(printed).toContain("✗ 13 DEMO cannot be paid exactly\n  nearest: 10 and 20");
  expect(printed).toContain("✓ this machine's clock agrees with the mint's");
  const elsewhere = await command(baseURL!, "doctor", "--page", `http://localhost:${port}/about`);
  expect(elsewhere.exit).toBe(1);
  expect(elsewhere.printed).toContain("contains neither the checkout element nor a link to a payment");
  page.close();
});
