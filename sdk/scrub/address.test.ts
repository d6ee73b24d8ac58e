import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { addressText, categoryOf, networksOf, parseAddress } from "./address.ts";

const categories = [
  ["0.0.0.0", "unspecified"],
  ["127.0.0.1", "loopback"],
  ["169.254.1.1", "link-local"],
  ["10.1.2.3", "private"],
  ["172.15.0.1", "global"],
  ["172.31.255.255", "private"],
  ["192.168.0.1", "private"],
  ["100.64.0.1", "shared"],
  ["224.0.0.1", "multicast"],
  ["203.0.113.7", "documentation"],
  ["255.255.255.255", "reserved"],
  ["8.8.8.8", "global"],
  ["::", "unspecified"],
  ["::1", "loopback"],
  ["fe80::1%eth0", "link-local"],
  ["fd00::1", "private"],
  ["ff02::1", "multicast"],
  ["2001:db8::1", "documentation"],
  ["2606:4700::1111", "global"],
  ["::ffff:10.0.0.1", "private"],
] as const;
for (const [text, category] of categories) {
  test(`${text} is ${category}`, () => {
    const address = parseAddress(text);
    assert.ok(address !== undefined);
    assert.equal(categoryOf(address), category);
  });
}

for (
  const text of [
    "",
    "1.2.3",
    "1.2.3.4.5",
    "01.2.3.4",
    "256.1.1.1",
    "1::2::3",
    ":::",
    "12345::",
    "g::1",
    "1:2:3:4:5:6:7:8:9",
  ]
) {
  test(`parseAddress() takes "${text}" for no address`, () => {
    assert.equal(parseAddress(text), undefined);
  });
}

test("every spelling of an IPv6 address is one address", () => {
  const groups = fc.array(fc.nat({ max: 0xffff }), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(groups, (parts) => {
      const plain = parts.map((part) => part.toString(16)).join(":");
      const padded = parts.map((part) => part.toString(16).toUpperCase().padStart(4, "0")).join(
        ":",
      );
      const short = plain.replace(/(^|:)0(:0)+(?=:|$)/, (_, head: string) => `${head}:`);
      const expected = parseAddress(plain);
      assert.ok(expected !== undefined);
      assert.deepEqual(parseAddress(padded), expected);
      const shortened = parseAddress(
        short.startsWith(":") && !short.startsWith("::") ? `:${short}` : short,
      );
      if (shortened !== undefined) assert.deepEqual(shortened, expected);
    }),
  );
});

test("networksOf() gives one text for the networks that two addresses share", () => {
  const [a, b] = ["10.1.2.3", "10.1.9.9"].map((text) => networksOf(parseAddress(text)!));
  assert.deepEqual(a, ["10.1.0.0/16", "10.1.2.0/24", "10.1.2.3"]);
  assert.equal(a?.[0], b?.[0]);
  assert.notEqual(a?.[1], b?.[1]);
  assert.equal(networksOf(parseAddress("2001:db8::1")!).length, 4);
  assert.equal(addressText(parseAddress("10.1.2.3")!), "10.1.2.3");
});
