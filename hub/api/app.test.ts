import assert from "node:assert/strict";
import { test } from "node:test";
import { queryEvents } from "../../sdk/api/events.ts";
import { Problem } from "../../sdk/api/problem.ts";
import type { Route } from "../../sdk/api/route.ts";
import { ROUTES } from "../../sdk/api/routes.ts";
import { type Scope, SCOPES } from "../../sdk/api/scope.ts";
import * as v from "valibot";
import { createFake, type Fake, HOST } from "./fakes.ts";
import { MAX_BODY_BYTES } from "./body.ts";
import { PAGE_PATHS } from "./page.ts";

const ORIGIN = `http://${HOST}`;

interface Sent {
  readonly key?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** Sends `line`, such as `GET /v1/status`. */
function send(fake: Fake, line: string, sent: Sent = {}): Promise<Response> {
  const [method = "", path = ""] = line.split(" ");
  const headers = new Headers({ host: HOST, ...sent.headers });
  if (sent.key !== undefined) headers.set("authorization", `Bearer ${sent.key}`);
  if (sent.body !== undefined) headers.set("content-type", "application/json");
  const body = sent.body === undefined ? null : JSON.stringify(sent.body);
  return Promise.resolve(fake.app.request(`${ORIGIN}${path}`, { method, headers, body }));
}

/** Kusto's protocol has words of its own. */
const KUSTO_CODES: Readonly<Record<string, string>> = {
  Unauthorized: "unauthenticated",
  Forbidden: "forbidden",
};

async function codeOf(reply: Response): Promise<string> {
  const body = v.parse(
    v.object({ error: v.looseObject({ code: v.string() }) }),
    await reply.json(),
  );
  return KUSTO_CODES[body.error.code] ?? v.parse(Problem, body).error.code;
}

const title = (route: Route) => `${route.method} ${route.path}`;
const plain = (route: Route) =>
  title(route).replace(":id", "a1").replace("/proof/frame", "/proof/frame?index=7")
    .replace("/proof/row", "/proof/row?index=7&row=3");
const fake = (change: Parameters<typeof createFake>[0] = (parts) => parts) => createFake(change);
const guarded = ROUTES.filter(({ scope }) => scope !== "open");
const scoped = guarded.filter(({ scope }) => scope !== "caller");

for (const route of guarded) {
  test(`${title(route)} refuses who has no key`, async () => {
    const reply = await send(fake(), plain(route), { body: bodyOf(route) });
    assert.equal(reply.status, 401);
    assert.equal(await codeOf(reply), "unauthenticated");
  });

  test(`${title(route)} refuses a key that is not known`, async () => {
    const key = `custos_${"a".repeat(52)}`;
    const reply = await send(fake(), plain(route), { key, body: bodyOf(route) });
    assert.equal(reply.status, 401);
  });
}

for (const route of scoped) {
  test(`${title(route)} refuses a key with every scope but ${route.scope}`, async () => {
    const hub = fake();
    const key = hub.key(...SCOPES.filter((scope) => scope !== route.scope));
    const reply = await send(hub, plain(route), { key, body: bodyOf(route) });
    assert.equal(reply.status, 403);
    assert.equal(await codeOf(reply), "forbidden");
    assert.deepEqual(hub.looks, []);
  });

  test(`${title(route)} answers a key with ${route.scope} alone as declared`, async () => {
    const hub = fake();
    const key = hub.key(route.scope as Scope);
    const reply = await send(hub, plain(route), { key, body: bodyOf(route) });
    assert.equal(reply.status, 200);
    const [media = "application/json"] = route.media ?? [];
    assert.ok(reply.headers.get("content-type")?.startsWith(media));
    if (media === "application/json") v.parse(route.reply, await reply.json());
  });
}

test("openSession and the tree's hashes are open, and openSession refuses a wrong code", async () => {
  const open = ROUTES.filter(({ scope }) => scope === "open").map(title);
  const kusto = ["GET /v1/rest/auth/metadata", "GET /v1/rest/ping"];
  const tree = ["GET /checkpoint", "GET /tile/:tile+", "GET /proof/consistency"];
  assert.deepEqual(open, [...kusto, "POST /v1/session", ...tree]);
  const reply = await send(fake(), "POST /v1/session", { body: { code: "login_x" } });
  assert.equal(reply.status, 401);
});

test("createApp() serves the declared routes, the page and nothing else", () => {
  const declared = [...ROUTES.map(title), ...PAGE_PATHS.map((path) => `GET ${path}`)];
  const handlers = fake().app.routes.filter(({ method }) => method !== "ALL");
  assert.deepEqual(
    handlers.map(({ method, path }) => `${method} ${path.replace("{.+}", "+")}`).toSorted(),
    declared.toSorted(),
  );
  const everywhere = fake().app.routes.filter(({ method }) => method === "ALL");
  assert.equal(everywhere.length, 1, "the guard is the only middleware");
});

test("createApp() refuses a Host that is not its own, on every kind of path", async () => {
  const hub = fake();
  for (const path of ["/", "/assets/page-1.js", "/v1/status", "/nothing"]) {
    for (const host of ["evil.example:4310", "127.0.0.1", "127.0.0.1:4310.evil.example", ""]) {
      const reply = await send(hub, `GET ${path}`, { key: hub.key(), headers: { host } });
      assert.equal(reply.status, 403);
      assert.equal(await codeOf(reply), "host");
    }
  }
});

test("createApp() refuses a foreign Origin, even with a key", async () => {
  const hub = fake();
  for (const origin of ["http://evil.example", "null", `https://${HOST}`, "http://127.0.0.1:1"]) {
    const reply = await send(hub, "GET /v1/status", { key: hub.key(), headers: { origin } });
    assert.equal(await codeOf(reply), "origin");
  }
  const own = await send(hub, "GET /v1/status", { key: hub.key(), headers: { origin: ORIGIN } });
  assert.equal(own.status, 200);
});

async function signIn(hub: Fake): Promise<string> {
  const code = hub.sessions.createLogin({ name: "owner", scopes: SCOPES });
  const reply = await send(hub, "POST /v1/session", { body: { code } });
  assert.equal(reply.status, 200);
  return reply.headers.get("set-cookie")!;
}

test("a login code gives a cookie that scripts cannot read and other sites cannot use", async () => {
  const hub = fake();
  const cookie = await signIn(hub);
  for (const part of ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"]) {
    assert.ok(cookie.includes(part), part);
  }
  assert.ok(!cookie.includes("Secure"));
  const reply = await send(hub, "GET /v1/status", { headers: { cookie: cookie.split(";")[0]! } });
  assert.equal(reply.status, 200);
});

test("over TLS the cookie is Secure and bound to the host", async () => {
  const hub = fake((parts) => ({ ...parts, session: { ...parts.session, secure: true } }));
  const cookie = await signIn(hub);
  assert.match(cookie, /^__Host-custos=.*Secure/);
});

test("a session changes nothing without the page's Origin", async () => {
  const hub = fake();
  const cookie = (await signIn(hub)).split(";")[0]!;
  const body = { state: "closed", reason: "seen" };
  const bare = await send(hub, "PUT /v1/alerts/a1/state", { body, headers: { cookie } });
  assert.equal(await codeOf(bare), "origin");
  const page = await send(hub, "PUT /v1/alerts/a1/state", {
    body,
    headers: { cookie, origin: ORIGIN },
  });
  assert.equal(page.status, 200);
});

test("a closed session is worth nothing", async () => {
  const hub = fake();
  const cookie = (await signIn(hub)).split(";")[0]!;
  const headers = { cookie, origin: ORIGIN };
  const closed = await send(hub, "DELETE /v1/session", { headers });
  assert.match(closed.headers.get("set-cookie")!, /Max-Age=0/);
  assert.equal((await send(hub, "GET /v1/session", { headers })).status, 401);
});

test("a bad bearer key is not made good by a session", async () => {
  const hub = fake();
  const cookie = (await signIn(hub)).split(";")[0]!;
  const reply = await send(hub, "GET /v1/status", { key: "custos_x", headers: { cookie } });
  assert.equal(reply.status, 401);
});

test("every reply has the security headers", async () => {
  const hub = fake();
  for (const path of ["/", "/v1/status", "/v1/session", "/nothing", "/assets/page-1.js"]) {
    const { headers } = await send(hub, `GET ${path}`);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("x-frame-options"), "DENY");
    const policy = headers.get("content-security-policy") ?? "";
    assert.ok(policy.includes("default-src 'none'") && !policy.includes("unsafe"));
    assert.equal(headers.get("access-control-allow-origin"), null);
    const kept = path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-store";
    assert.equal(headers.get("cache-control"), kept);
  }
});

test("input that is not as declared is refused without repeating it", async () => {
  const hub = fake();
  const key = hub.key();
  const bodies = [{}, { table: "Syslog", limit: 0 }, { table: "Sys log" }, {
    table: "Syslog",
    from: "2026-08-01",
  }, { table: "Syslog", where: [{ column: "Facility", op: "=~", value: "jane.doe" }] }];
  for (const body of bodies) {
    const reply = await send(hub, "POST /v1/events/query", { key, body });
    assert.equal(reply.status, 400);
    // Nor does it show the regular expression that something must match.
    assert.doesNotMatch(await reply.text(), /jane|\\d|\^/);
  }
  assert.deepEqual(hub.queries, []);
});

test("a body that is no JSON, or says it is something else, is refused", async () => {
  const hub = fake();
  for (const type of ["application/json", "text/plain"]) {
    const headers = { host: HOST, authorization: `Bearer ${hub.key()}`, "content-type": type };
    const reply = await hub.app.request(`${ORIGIN}/v1/events/query`, {
      method: "POST",
      headers,
      body: "{",
    });
    assert.equal(await codeOf(reply), "input");
  }
});

test("a body over the limit is refused, announced or not", async () => {
  const hub = fake();
  const big = new Uint8Array(MAX_BODY_BYTES + 1).fill(32);
  const headers = {
    host: HOST,
    authorization: `Bearer ${hub.key()}`,
    "content-type": "application/json",
  };
  const stream = new ReadableStream({
    pull(controller) {
      controller.enqueue(big.subarray(0, 8192));
    },
  });
  for (const body of [big, stream]) {
    const reply = await hub.app.request(`${ORIGIN}/v1/events/query`, {
      method: "POST",
      headers,
      body,
    });
    assert.equal(reply.status, 413);
  }
});

test("an unknown path, alert, table or column is named as such", async () => {
  const hub = fake();
  const key = hub.key();
  assert.equal((await send(hub, "GET /v1/nothing", { key })).status, 404);
  assert.equal((await send(hub, "GET /v1/alerts/other", { key })).status, 404);
  const query = (body: object) => send(hub, "POST /v1/events/query", { key, body });
  assert.equal((await query({ table: "Nothing" })).status, 404);
  assert.equal((await query({ table: "CustosReveal" })).status, 403);
  assert.equal((await query({ table: "Syslog", columns: ["Nothing"] })).status, 400);
  assert.deepEqual(hub.queries, []);
});

test("a caller over the limit is told to wait, and others go on", async () => {
  const limit = { burst: 2, perSecond: 1 };
  const hub = fake((parts) => ({ ...parts, guard: { ...parts.guard, limits: { caller: limit } } }));
  const [key, other] = [hub.key(), hub.key()];
  const status = async (k: string) => (await send(hub, "GET /v1/status", { key: k })).status;
  assert.deepEqual([await status(key), await status(key), await status(key)], [200, 200, 429]);
  assert.equal(await status(other), 200);
  const refused = await send(hub, "GET /v1/status", { key });
  assert.equal(refused.headers.get("retry-after"), "1");
  hub.clock.now += 1000;
  assert.equal(await status(key), 200);
});

test("guessing keys is slowed down and does not lock out who has one", async () => {
  const limit = { burst: 1, perSecond: 1 };
  const hub = fake((parts) => ({
    ...parts,
    guard: { ...parts.guard, limits: { unknown: limit } },
  }));
  const guess = () => send(hub, "GET /v1/status", { key: "custos_guess" });
  assert.deepEqual([(await guess()).status, (await guess()).status], [401, 429]);
  assert.equal((await send(hub, "GET /v1/status", { key: hub.key() })).status, 200);
});

test("a query is recorded before its rows leave: who, what, how many, why", async () => {
  const hub = fake();
  const body = {
    table: "Syslog",
    limit: 5,
    why: "ticket 7",
    where: [{ column: "Facility", op: "==", value: "auth" }],
  };
  await send(hub, `POST ${queryEvents.path}`, { key: hub.key(), body });
  const [look] = hub.looks;
  assert.match(look!.who, /^key:[0-9a-f]{8} test$/);
  assert.deepEqual([look!.rows, look!.why], [2, "ticket 7"]);
  assert.deepEqual(JSON.parse(look!.what), {
    table: "Syslog",
    limit: 5,
    order: "newest",
    where: body.where,
  });
});

test("what cannot be recorded is not shown", async () => {
  const failing = () => Promise.reject(new Error("disk full at /secret/path"));
  const hub = fake((parts) => ({
    ...parts,
    recordLook: failing,
    kusto: { ...parts.kusto, record: failing },
  }));
  for (const route of [...scoped].filter(({ path }) => /query|alerts$|:id$|live|row/.test(path))) {
    const reply = await send(hub, plain(route), { key: hub.key(), body: bodyOf(route) });
    assert.equal(reply.status, 500, title(route));
    assert.doesNotMatch(await reply.text(), /auth|secret|Failed password|CUSB/);
  }
  assert.equal(hub.failures.length, 8);
});

test("a look holds no plain value of a column that may name somebody", async () => {
  const hub = fake();
  const token = "ip:1:abcdefghijklmnopqrstuvwxyz";
  const filter = (value: string) => ({ column: "HostIP", op: "==", value });
  const body = { table: "Syslog", where: [filter("203.0.113.9"), filter(token)] };
  await send(hub, "POST /v1/events/query", { key: hub.key(), body });
  assert.doesNotMatch(hub.looks[0]!.what, /203\.0/);
  assert.ok(hub.looks[0]!.what.includes(token));
  assert.equal(hub.queries[0]!.where[0]!.value, "203.0.113.9");
});

test("queryEvents gives one JSON object a line to who accepts that", async () => {
  const hub = fake();
  const headers = { accept: "application/x-ndjson" };
  const reply = await send(hub, "POST /v1/events/query", {
    key: hub.key(),
    body: { table: "Syslog" },
    headers,
  });
  assert.equal(reply.headers.get("content-type"), "application/x-ndjson");
  assert.equal(await reply.text(), '{"Facility":"auth"}\n{"Facility":"cron"}\n');
});

test("live streams messages and records the look at both ends", async () => {
  const hub = fake();
  hub.messages.push(
    { kind: "rows", agent: "a", source: "s", table: "Syslog", rows: [{ A: 1 }, { A: 2 }] },
    { kind: "dropped", messages: 4 },
  );
  const reply = await send(hub, "GET /v1/live?table=Syslog", { key: hub.key() });
  const text = await reply.text();
  assert.match(text, /event: rows\ndata: \{.*"rows":\[\{"A":1\},\{"A":2\}\]\}\n\nevent: dropped\n/);
  assert.deepEqual(hub.looks.map(({ rows, why }) => [rows, why]), [[0, "opened"], [2, "closed"]]);
});

test("live ends when the caller's key is gone", async () => {
  const hub = fake();
  for (let i = 0; i < 5; i++) hub.messages.push({ kind: "dropped", messages: i });
  const key = hub.key();
  const reply = await send(hub, "GET /v1/live", { key });
  for (const { id } of hub.keys.list()) hub.keys.remove(id);
  assert.doesNotMatch(await reply.text(), /"messages":[1-4]/);
});

test("a failure of the hub says nothing of its inside to the caller", async () => {
  const status = () => {
    throw new Error("secret path /var/lib");
  };
  const hub = fake((parts) => ({ ...parts, status: { ...parts.status, status } }));
  const reply = await send(hub, "GET /v1/status", { key: hub.key() });
  assert.equal(reply.status, 500);
  assert.doesNotMatch(await reply.text(), /secret/);
  assert.equal(hub.failures.length, 1);
});

function bodyOf(route: Route): unknown {
  if (route.body === undefined) return undefined;
  if (route.path.endsWith("/state")) return { state: "closed", reason: "seen" };
  if (route.path.endsWith("/verdict")) return { verdict: "benign", reason: "seen" };
  if (route.path.endsWith("/revoke")) return { why: "stolen" };
  if (route.path.endsWith("/package")) return { package: "AAAA" };
  if (route.path.endsWith("/approve")) return { why: "seen" };
  if (route.path.endsWith("/lookups") || route.path.endsWith("/grants")) {
    return { tokens: ["user:1:abcdefghijklmnopqrstuvwxyz"], why: "ticket" };
  }
  if (route.path === "/v1/holds") return { name: "case", table: "*", reason: "asked" };
  if (route.path.endsWith("/release")) return { reason: "over" };
  if (route.path === "/v1/query") return { query: "Syslog | take 2" };
  if (route.path.endsWith("/rest/query")) return { db: "custos", csl: "Syslog | take 2" };
  if (route.path.endsWith("/mgmt")) return { csl: ".show tables" };
  return route.path.endsWith("/query") ? { table: "Syslog" } : {};
}
