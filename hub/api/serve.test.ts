import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { createClient } from "../../sdk/client/client.ts";
import { batchOf, itemOf } from "../live/fakes.ts";
import { createLive } from "../live/live.ts";
import { ListenError } from "../listen_error.ts";
import { createFake } from "./fakes.ts";
import type { Look } from "./look.ts";
import { isLoopback, type PageServer, servePage } from "./serve.ts";

function start(): { server: PageServer; key: string } {
  let key = "";
  const server = servePage({ host: "127.0.0.1", port: 0 }, (hosts) => {
    const fake = createFake((parts) => ({
      ...parts,
      guard: { ...parts.guard, hosts: () => hosts },
    }));
    key = fake.key();
    return fake.app;
  });
  return { server, key };
}

test("servePage() answers on the port it got, under loopback names", async () => {
  const { server, key } = start();
  await using _ = server;
  const headers = { authorization: `Bearer ${key}` };
  assert.equal((await fetch(`${server.url}/v1/status`, { headers })).status, 200);
  const { port } = new URL(server.url);
  assert.equal((await fetch(`http://localhost:${port}/v1/status`, { headers })).status, 200);
});

test("servePage() refuses the name of another site that points here", async () => {
  const { server, key } = start();
  await using _ = server;
  const reply = await raw(
    server.url,
    `GET /v1/status HTTP/1.1\r\nHost: evil.example\r\nAuthorization: Bearer ${key}\r\nConnection: close\r\n\r\n`,
  );
  assert.match(reply, /^HTTP\/1\.1 403 /);
  assert.doesNotMatch(reply, /ledger/);
});

test("servePage() refuses to listen where others could reach it in plain text", () => {
  for (const host of ["0.0.0.0", "::", "192.0.2.1", "hub.example", "127.0.0.1.evil.example"]) {
    assert.equal(isLoopback(host), false);
    assert.throws(
      () => servePage({ host, port: 0 }, () => createFake((parts) => parts).app),
      RangeError,
    );
  }
});

test("servePage() refuses a port that another hub has, and says what would be right", async () => {
  const { server } = start();
  await using _ = server;
  const port = Number(new URL(server.url).port);
  const again = () => servePage({ host: "127.0.0.1", port }, () => createFake((p) => p).app);
  assert.throws(again, (error) => {
    assert.ok(error instanceof ListenError);
    assert.equal(error.code, "in-use");
    assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${port}: .*--page`));
    return true;
  });
});

test("servePage() ends a live reader when its client goes, and records how much it saw", async () => {
  const live = createLive(0, () => 0);
  const closed = Promise.withResolvers<Look>();
  let key = "";
  await using server = servePage({ host: "127.0.0.1", port: 0 }, (hosts) => {
    const fake = createFake((parts) => ({
      ...parts,
      guard: { ...parts.guard, hosts: () => hosts },
      live: { open: (wanted) => live.open(wanted) },
      recordLook(look) {
        if (look.why === "closed") closed.resolve(look);
        return Promise.resolve();
      },
    }));
    key = fake.key();
    return fake.app;
  });
  const client = createClient({ url: server.url, key });
  const stop = new AbortController();
  const batch = batchOf("Syslog", { N: [1, 2, 3] });
  const seen = async () => {
    let isTold = false;
    for await (const { kind } of client.follow({}, stop.signal)) {
      if (kind === "rows") return;
      if (!isTold) await live.follower.take([itemOf({ index: 0, batch, source: "s" })]);
      isTold = true;
    }
  };
  const ticking = setInterval(() => live.tick(), 5);
  await seen();
  stop.abort();
  assert.equal((await closed.promise).rows, 3);
  clearInterval(ticking);
});

function raw(url: string, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(Number(new URL(url).port), "127.0.0.1", () => socket.write(request));
    socket.on("data", (bytes) => text += bytes.toString());
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
  });
}
