import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_CONFIG, loadHubConfig, parseAddress } from "./config.ts";

test("loadHubConfig() reads an empty file as the defaults", () => {
  assert.deepEqual(loadHubConfig("/etc/hub.yaml", ""), DEFAULT_CONFIG);
  assert.deepEqual(DEFAULT_CONFIG.page, { host: "127.0.0.1", port: 4310 });
});

test("loadHubConfig() takes file names from the config's own folder", () => {
  const text =
    "rules: own\nnotify:\n  webhooks:\n    - name: ops\n      url: https://a.example/\n      secret_file: s\n";
  const config = loadHubConfig("/etc/custos/hub.yaml", text);
  assert.equal(config.rules, "/etc/custos/own");
  assert.equal(config.notify.webhooks[0]!.secret_file, "/etc/custos/s");
});

const MISTAKES = [
  [
    "page: 0.0.0.0:80",
    "hub.yaml:1:7: page is",
    'must be a loopback address such as "127.0.0.1:4310"',
  ],
  [
    "\nlink:\n  listen: here",
    "hub.yaml:3:11: link.listen is",
    'must be an address such as "127.0.0.1:4310"',
  ],
  ["pages: 1", "hub.yaml:1:1: pages is no setting here", "remove it"],
  [
    "notify:\n  webhooks:\n    - name: a\n      url: b",
    "notify.webhooks[0].secret_file is missing",
    "",
  ],
  ["notify:\n  webhooks: {}", "hub.yaml:2:13: notify.webhooks is a map, must be a list", ""],
  ["page: [", "hub.yaml:", "it is no YAML"],
] as const;

for (const [text, where, fix] of MISTAKES) {
  test(`loadHubConfig() says where ${JSON.stringify(text)} is wrong and what would be right`, () => {
    assert.throws(() => loadHubConfig("hub.yaml", text), (error: Error) => {
      assert.ok(error.message.includes(where), error.message);
      assert.ok(error.message.includes(fix), error.message);
      return true;
    });
  });
}

test("parseAddress() reads names, IPv4 and IPv6 with their port", () => {
  assert.deepEqual(parseAddress("[::1]:80"), { host: "::1", port: 80 });
  assert.deepEqual(parseAddress("hub.example:0"), { host: "hub.example", port: 0 });
  for (const text of ["", "80", ":80", "a:65536", "::1:80", "a b:1"]) {
    assert.equal(parseAddress(text), undefined);
  }
});
