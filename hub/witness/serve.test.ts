import assert from "node:assert/strict";
import { test } from "node:test";
import { MOST_REQUEST_BYTES } from "../../sdk/proof/witness_request.ts";
import { serveWitness } from "./serve.ts";
import type { Witness } from "./witness.ts";

const BUSY: Witness = {
  add: (body) =>
    Promise.resolve({ status: 409, type: "text/x.tlog.size", body: `${body.length}\n` }),
};

test("one route, one method, UTF-8 of a bounded length; the answer goes out as it is", async () => {
  await using server = serveWitness({ host: "127.0.0.1", port: 0 }, BUSY);
  const post = (path: string, body: BodyInit) => fetch(server.url + path, { method: "POST", body });
  const reply = await post("/add-checkpoint", "abc");
  assert.equal(reply.status, 409);
  assert.equal(reply.headers.get("content-type"), "text/x.tlog.size");
  assert.equal(await reply.text(), "3\n");
  assert.equal((await post("/", "abc")).status, 404);
  assert.equal((await fetch(`${server.url}/add-checkpoint`)).status, 405);
  assert.equal((await post("/add-checkpoint", Uint8Array.of(0xff))).status, 400);
  assert.equal((await post("/add-checkpoint", "a".repeat(MOST_REQUEST_BYTES + 1))).status, 413);
});

test("an address that is taken is told as such", async () => {
  await using server = serveWitness({ host: "127.0.0.1", port: 0 }, BUSY);
  const port = Number(new URL(server.url).port);
  assert.throws(() => serveWitness({ host: "127.0.0.1", port }, BUSY), { code: "in-use" });
});
