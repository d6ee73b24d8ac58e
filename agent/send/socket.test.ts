/**
 * What the agent takes of TLS, against OpenSSL's server, which chooses what no hub of ours would.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { selfSigned } from "../../sdk/testkit/certificate.ts";
import { openSocket } from "./socket.ts";

const isThere = spawnSync("openssl", ["version"]).status === 0;
const skip = isThere ? false : "openssl is not installed";
const isDeno = "Deno" in globalThis;
const WEBSOCKET = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const folder = mkdtempSync(join(tmpdir(), "custos-socket-"));
const { cert, key } = selfSigned("hub");
writeFileSync(join(folder, "hub.crt"), cert);
writeFileSync(join(folder, "hub.key"), key);
test.after(() => rmSync(folder, { recursive: true }));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** `open`, or why the agent's socket closed, at a server that is told `words`. */
async function outcome(words: readonly string[]): Promise<string> {
  const port = await freePort();
  const files = ["-cert", join(folder, "hub.crt"), "-key", join(folder, "hub.key")];
  const fixed = ["s_server", "-accept", `127.0.0.1:${port}`, ...files];
  const server = spawn("openssl", [...fixed, ...words], { stdio: ["pipe", "pipe", "ignore"] });
  server.stdin.on("error", () => {});
  let text = "";
  const ready = new Promise<void>((resolve) => {
    server.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (text.includes("ACCEPT")) resolve();
      const [, asked] = /Sec-WebSocket-Key: (\S+)\r\n[^]*\r\n\r\n/i.exec(text) ?? [];
      if (asked === undefined) return;
      text = "";
      const accept = createHash("sha1").update(asked + WEBSOCKET).digest("base64");
      const head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade";
      const protocol = "Sec-WebSocket-Protocol: custos.v1";
      server.stdin.write(`${head}\r\nSec-WebSocket-Accept: ${accept}\r\n${protocol}\r\n\r\n`);
    });
  });
  await ready;
  try {
    return await new Promise<string>((resolve) => {
      const socket = openSocket({ url: `wss://127.0.0.1:${port}`, ca: cert }, {
        open: () => {
          resolve("open");
          socket.terminate();
        },
        message: () => {},
        pong: () => {},
        closed: resolve,
      });
    });
  } finally {
    server.kill("SIGKILL");
  }
}

test("the agent opens a link over what is approved", { skip }, async () => {
  const table = [
    ["-tls1_2"],
    ["-tls1_3"],
    ["-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384"],
    ["-tls1_3", "-groups", "P-384"],
  ];
  for (const words of table) assert.equal(await outcome(words), "open", words.join(" "));
});

test("the agent opens none over other versions and suites", { skip }, async () => {
  const table = [
    ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"],
    ["-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"],
    ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA@SECLEVEL=0"],
  ];
  for (const words of table) assert.notEqual(await outcome(words), "open", words.join(" "));
});

// What each runtime's client cannot refuse, our hub does: `test/conformance/link_tls.test.ts`.
test("the agent opens none over ChaCha20 of TLS 1.3", {
  skip: skip === false && !isDeno ? "Bun's client does not say what was chosen" : skip,
}, async () => {
  const words = ["-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"];
  assert.equal(await outcome(words), "tls-suite");
});

test("the agent opens none over X25519", {
  skip: skip === false && isDeno ? "Deno's client takes no list of curves" : skip,
}, async () => {
  assert.notEqual(await outcome(["-tls1_3", "-groups", "X25519"]), "open");
});
