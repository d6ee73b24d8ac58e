import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { opened } from "./alert.ts";
import { finding, T0 } from "./fakes.ts";
import { httpPost, type PostRequest } from "./http_post.ts";
import { isOpen } from "./target.ts";
import { messageBody, messageHeaders, targetOf, wants } from "./webhook.ts";

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const HOOK = { name: "pager", url: "https://pager.example/hook", secret: SECRET };
const EVENT = { kind: "opened", alert: opened(finding(1)), revision: 1 } as const;

const REFUSED = [
  "ftp://pager.example/",
  "file:///etc/passwd",
  "no url",
  "https://name:word@pager.example/",
  "http://localhost/",
  "http://LOCALHOST./",
  "http://a.localhost/",
  "http://127.0.0.1/",
  "http://127.1/",
  "http://0x7f.1/",
  "http://2130706433/",
  "http://0.0.0.0/",
  "http://10.1.2.3/",
  "http://172.31.0.1/",
  "http://192.168.1.1/",
  "http://169.254.169.254/latest/meta-data",
  "http://100.64.0.1/",
  "http://224.0.0.1/",
  "http://255.255.255.255/",
  "http://[::1]/",
  "http://[::]/",
  "http://[::ffff:127.0.0.1]/",
  "http://[::7f00:1]/",
  "http://[fe80::1]/",
  "http://[fd00::1]/",
  "http://[64:ff9b::a00:1]/",
  "http://[2002:7f00:1::]/",
];

for (const url of REFUSED) {
  test(`targetOf() refuses ${url}`, () => {
    assert.throws(() => targetOf({ ...HOOK, url }), { code: "url" });
  });
}

test("targetOf() takes a private target only where the config allows it", () => {
  assert.equal(targetOf({ ...HOOK, url: "http://127.0.0.1:9/", allowPrivate: true }).url.port, "9");
  assert.equal(targetOf({ ...HOOK, url: "https://1.1.1.1/" }).url.hostname, "1.1.1.1");
});

for (const secret of ["", "whsec_", "whsec_AAAA", "whsec_!", `whsec_${"A".repeat(120)}`]) {
  test(`targetOf() refuses a secret of ${secret.length} characters without showing it`, () => {
    assert.throws(() => targetOf({ ...HOOK, secret }), (error) => {
      assert.ok(error instanceof Error && "code" in error);
      assert.equal(error.code, "secret");
      return secret === "" || !error.message.includes(secret.slice(6, 20) || "\0");
    });
  });
}

test("isOpen() takes no text that is not an address", () => {
  assert.deepEqual(["8.8.8.8", "2606:4700::1", "pager.example", ""].map(isOpen), [
    true,
    true,
    false,
    false,
  ]);
});

test("messageHeaders() signs as Standard Webhooks does", () => {
  const key = Buffer.from("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "base64");
  const message = { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", body: '{"test": 2432232314}' };
  const headers = messageHeaders(key, message, 1_614_265_330_500);
  assert.equal(headers["webhook-timestamp"], "1614265330");
  assert.equal(headers["webhook-signature"], "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
});

test("messageBody() leaves out what people wrote", () => {
  const change = {
    at: "2026-01-01T00:00:00Z",
    by: "somebody",
    state: "closed",
    reason: "private",
  } as const;
  const body = messageBody({ ...EVENT, alert: { ...EVENT.alert, changes: [change] } }, T0);
  assert.ok(!body.includes("somebody") && !body.includes("private"));
  assert.match(body, /"type":"alert.opened"/);
});

test("wants() tells by kind and severity", () => {
  assert.ok(wants(HOOK, EVENT));
  assert.ok(!wants(HOOK, { ...EVENT, kind: "added" }));
  assert.ok(!wants({ ...HOOK, atLeast: "critical" }, EVENT));
});

function post(url: string, allowPrivate: boolean, addresses: readonly string[]) {
  const request: PostRequest = {
    url: new URL(url),
    headers: { "webhook-id": "m" },
    body: "{}",
    allowPrivate,
    signal: AbortSignal.timeout(10_000),
  };
  return httpPost(() => Promise.resolve(addresses))(request);
}

test("httpPost() connects to the address it was given for the name, and follows no redirect", async () => {
  const hosts: (string | undefined)[] = [];
  const server = createServer((request, reply) => {
    hosts.push(request.headers.host);
    reply.writeHead(302, { location: "/elsewhere", "retry-after": "7" }).end();
  });
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const url = `http://pager.example:${port}/`;
  assert.deepEqual(await post(url, true, ["127.0.0.1"]), { status: 302, retryAfter: "7" });
  assert.deepEqual(hosts, [`pager.example:${port}`]);
  await assert.rejects(() => post(url, false, ["127.0.0.1"]), { code: "target" });
  await assert.rejects(() => post(url, false, ["8.8.8.8", "10.0.0.1"]), { code: "target" });
  await assert.rejects(() => post(url, true, []), { code: "target" });
  await assert.rejects(() => post(`http://127.0.0.1:${port}/`, false, ["8.8.8.8"]), {
    code: "target",
  });
  assert.equal(hosts.length, 1);
  await new Promise((done) => server.close(done));
  await assert.rejects(() => post(url, true, ["127.0.0.1"]));
});
