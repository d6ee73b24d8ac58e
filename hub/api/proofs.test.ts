import assert from "node:assert/strict";
import { test } from "node:test";
import * as v from "valibot";
import { Problem } from "../../sdk/api/problem.ts";
import { FrameProof } from "../../sdk/api/proofs.ts";
import { createFake, HOST } from "./fakes.ts";

const hub = createFake((parts) => ({
  ...parts,
  guard: { ...parts.guard, limits: { unknown: { burst: 1e6, perSecond: 1e6 } } },
}));
const get = (path: string, key?: string, accept = "application/json") =>
  hub.app.request(`http://${HOST}${path}`, {
    headers: { host: HOST, accept, ...(key !== undefined && { authorization: `Bearer ${key}` }) },
  });
const codeOf = async (reply: Response) => v.parse(Problem, await reply.json()).error.code;

test("the checkpoint is plain text that nobody keeps", async () => {
  const reply = await get("/checkpoint");
  assert.equal(reply.headers.get("content-type"), "text/plain; charset=utf-8");
  assert.equal(reply.headers.get("cache-control"), "no-cache");
  assert.equal(await reply.text(), "custos/00\n");
});

test("tiles are bytes that may be kept for ever", async () => {
  for (const [path, bytes] of [["0/000", 8192], ["0/x001/234.p/7", 224]] as const) {
    const reply = await get(`/tile/${path}`);
    assert.equal(reply.headers.get("content-type"), "application/octet-stream");
    assert.match(reply.headers.get("cache-control") ?? "", /immutable/);
    assert.equal((await reply.arrayBuffer()).byteLength, bytes);
  }
});

const REFUSED = [
  ["/tile/", 404],
  ["/tile/0", 400],
  ["/tile/0/0", 400],
  ["/tile/0/000.p/256", 400],
  ["/tile/0/000.p/0", 400],
  ["/tile/64/000", 400],
  ["/tile/0/x000/000", 400],
  ["/tile/0/..%2f..%2fledger.key", 400],
  ["/tile/%2e%2e/%2e%2e/ledger.key", 404],
  ["/tile/0/000%00", 400],
  ["/tile/0/%ff", 400],
  ["/tile/entries/000", 404],
  [`/tile/0/${"x001/".repeat(2000)}000`, 400],
  ["/proof/consistency", 400],
  ["/proof/consistency?from=x", 400],
  ["/proof/consistency?from=-1", 400],
  ["/proof/consistency?from=01", 400],
  ["/proof/consistency?from=1.5", 400],
  ["/proof/consistency?from=1e3", 400],
  ["/proof/consistency?from=9007199254740993", 400],
  ["/proof/consistency?from=1&to=", 400],
  [`/proof/consistency?from=${"9".repeat(5000)}`, 400],
] as const;
for (const [path, status] of REFUSED) {
  test(`${path.slice(0, 60)} is refused with ${status} and a code`, async () => {
    const reply = await get(path);
    assert.equal(reply.status, status);
    assert.equal(await codeOf(reply), status === 404 ? "missing" : "input");
  });
}

const PLACE = `agent=${"0a".repeat(16)}&source=sys&epoch=1&seq=2`;
const WRONG_FRAMES = [
  "",
  "index=",
  "index=-1",
  "index=1&seq=2",
  `index=1&${PLACE}`,
  PLACE.replace("&seq=2", ""),
  PLACE.replace("0a", "0A"),
  PLACE.replace("sys", ""),
  PLACE.replace("sys", "s".repeat(256)),
  PLACE.replace("epoch=1", "epoch=0x1"),
];
for (const query of WRONG_FRAMES) {
  test(`/proof/frame?${query.slice(0, 60)} is refused`, async () => {
    const reply = await get(`/proof/frame?${query}`, hub.key());
    assert.equal(reply.status, 400);
    assert.equal(await codeOf(reply), "input");
  });
}

const ROW = "index=7&row=3";
const WRONG_ROWS = [
  "",
  "row=3",
  "index=7",
  ROW.replace("3", "-1"),
  ROW.replace("3", "1.5"),
  ROW.replace("3", "9007199254740993"),
  `${ROW}&seq=2`,
  `${ROW}&${PLACE}`,
  `${ROW}&why=${"w".repeat(513)}`,
  `row=3&${PLACE.replace("sys", "")}`,
];
for (const query of WRONG_ROWS) {
  test(`/proof/row?${query.slice(0, 60)} is refused, and no look is recorded`, async () => {
    const looks = hub.looks.length;
    const reply = await get(`/proof/row?${query}`, hub.key());
    assert.equal(reply.status, 400);
    assert.equal(await codeOf(reply), "input");
    assert.equal(hub.looks.length, looks);
  });
}

test("/proof/row gives a file, and leaves who read which row and why", async () => {
  for (const query of [ROW, `row=3&${PLACE}`]) {
    const reply = await get(`/proof/row?${query}&why=ticket+7`, hub.key("events:read"));
    assert.equal(reply.status, 200);
    assert.equal(reply.headers.get("content-type"), "application/octet-stream");
    const name = 'attachment; filename="row-7-3.bundle"';
    assert.equal(reply.headers.get("content-disposition"), name);
    assert.equal(await reply.text(), "CUSB");
    const { who, what, rows, why } = hub.looks.at(-1)!;
    assert.match(who, /^key:[0-9a-f]{8} test$/);
    assert.deepEqual(JSON.parse(what), { proof: "row", index: 7, row: 3, table: "Syslog" });
    assert.deepEqual([rows, why], [1, "ticket 7"]);
  }
});

test("/proof/frame takes an index or a place", async () => {
  assert.equal((await get("/proof/frame?index=0", hub.key())).status, 200);
  assert.equal((await get(`/proof/frame?${PLACE}`, hub.key())).status, 200);
});

test("/proof/frame gives a tlog-proof alone to who accepts plain text", async () => {
  const whole = v.parse(FrameProof, await (await get("/proof/frame?index=0", hub.key())).json());
  const reply = await get("/proof/frame?index=0", hub.key(), "text/plain");
  assert.equal(reply.headers.get("content-type"), "text/plain; charset=utf-8");
  assert.equal(await reply.text(), whole.proof);
});
