import assert from "node:assert/strict";
import test from "node:test";
import { keysOf } from "../testkit/bundle_room.ts";
import { hexOf } from "./hex.ts";
import { nativeProvider } from "./native_provider.ts";
import { parseTrust, TrustError } from "./trust.ts";

const { sha256 } = nativeProvider;
const { publicKey } = keysOf(4);
const hex = hexOf(publicKey);

function verifierKey(name: string, type: number): string {
  const key = Buffer.concat([Uint8Array.of(type), publicKey]);
  const id = sha256(new TextEncoder().encode(`${name}\n`), key).subarray(0, 4);
  return `${name}+${hexOf(id)}+${key.toString("base64")}`;
}

test("parseTrust() reads keys in hex and as verifier keys, and skips comments", () => {
  const text = [
    "# ours",
    `hub ${hex}  # the one in the cellar`,
    "",
    `hub ${verifierKey("custos/0102030405060708", 1)}`,
    `witness w.example/1 ${hex}`,
    `witness ${verifierKey("w.example/2", 4)}`,
    `agent ${hex}`,
  ].join("\n");
  assert.deepEqual(parseTrust(text, sha256), {
    hubs: [publicKey, publicKey],
    witnesses: [{ name: "w.example/1", publicKey }, { name: "w.example/2", publicKey }],
    agents: [publicKey],
  });
});

const REFUSED = [
  ["hub", /line 1 has no key/],
  [`hub ${hex.slice(1)}`, /line 1 has no key/],
  [`hub ${"0".repeat(64)}`, /line 1 has no key/],
  [`\nhub a b ${hex}`, /line 2 has no key/],
  [`somebody ${hex}`, /line 1 starts with "somebody", must be hub, witness or agent/],
  [`witness ${hex}`, /line 1 names no witness/],
  [`witness ${verifierKey("w.example/2", 4).replace("w.", "v.")}`, /line 1 has no key/],
  [`witness ${verifierKey("w.example/2", 7)}`, /line 1 has no key/],
] as const;

for (const [text, message] of REFUSED) {
  test(`parseTrust() refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
    assert.throws(() => parseTrust(text, sha256), (error) => {
      assert.ok(error instanceof TrustError);
      assert.match(error.message, message);
      return true;
    });
  });
}
