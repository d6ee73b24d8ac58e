import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { NativeValue } from "../define.ts";
import { callNative, elementsOf } from "../test_call.ts";

const LOG = "05:04:54 127.0.0.1 GET /favicon.ico 404";

/** Documented examples, and the edges of each. */
const FACTS: readonly (readonly [string, readonly NativeValue[], NativeValue])[] = [
  ["parse_ipv4", ["192.168.1.1"], 3232235777n],
  ["parse_ipv4", ["192.168.1.1/24"], 3232235776n],
  ["parse_ipv4", ["255.255.255.255/31"], 4294967294n],
  ["parse_ipv4", ["192.168.1"], null],
  ["parse_ipv4", ["192.168.1.256"], null],
  ["parse_ipv4", ["192.168.1.1/33"], null],
  ["parse_ipv4_mask", ["192.168.1.1", 24n], 3232235776n],
  ["parse_ipv4_mask", ["192.168.1.1/24", 0n], 0n],
  ["ipv4_last", ["192.168.1.1/24"], 3232236031n],
  ["ipv4_last", ["0.0.0.0/0"], 4294967295n],
  ["ipv6_last", ["fe80::1/112"], "fe80:0000:0000:0000:0000:0000:0000:ffff"],
  ["ipv4_compare", ["192.168.1.1", "192.168.1.255"], -1n],
  ["ipv4_compare", ["192.168.1.1/24", "192.168.1.255"], 0n],
  ["ipv4_compare", ["255.0.0.1", "1.0.0.1"], 1n],
  ["ipv4_is_match", ["192.168.1.1/30", "192.168.1.255/24"], true],
  ["ipv4_is_match", ["192.168.1.1", "192.168.1.0", 31n], true],
  ["ipv4_is_match", ["192.168.1.1", "x"], null],
  ["ipv4_is_in_range", ["192.168.1.1", "192.168.1.255/24"], true],
  ["ipv4_is_in_range", ["192.168.1.1", "192.168.2.255/24"], false],
  ["ipv4_is_in_any_range", ["192.168.1.6", '["192.168.1.1/24","10.0.0.1/8"]'], true],
  ["ipv4_is_in_any_range", ["1.1.1.1", '"192.168.1.1/24"', '"10.0.0.1/8"'], false],
  ["ipv4_is_private", ["192.168.1.1/24"], true],
  ["ipv4_is_private", ["172.31.255.255"], true],
  ["ipv4_is_private", ["172.32.0.0"], false],
  ["ipv4_is_private", ["10.0.0.0/7"], false],
  ["ipv4_is_private", ["asd.1.2.3"], null],
  ["ipv4_netmask_suffix", ["192.168.1.1/24"], 24n],
  ["ipv4_netmask_suffix", ["192.168.1.1"], 32n],
  [
    "ipv4_range_to_cidr_list",
    ["1.1.128.0", "1.1.140.255"],
    '["1.1.128.0/21","1.1.136.0/22","1.1.140.0/24"]',
  ],
  ["ipv4_range_to_cidr_list", ["0.0.0.0", "255.255.255.255"], '["0.0.0.0/0"]'],
  ["ipv4_range_to_cidr_list", ["2.0.0.0", "1.0.0.0"], null],
  ["format_ipv4", ["192.168.1.1", 24n], "192.168.1.0"],
  ["format_ipv4", ["192.168.1.1/24", -1n], ""],
  ["format_ipv4", ["3232236031", 24n], "192.168.1.0"],
  ["format_ipv4_mask", ["192.168.1.1/24", 32n], "192.168.1.0/24"],
  ["format_ipv4_mask", ["192.168.1.1"], "192.168.1.1/32"],
  ["has_ipv4", [LOG, "127.0.0.1"], true],
  ["has_ipv4", ["05:04:54 127.0.0.256 GET", "127.0.0.256"], false],
  ["has_ipv4", ["05:04:54127.0.0.1 GET", "127.0.0.1"], false],
  ["has_any_ipv4", [LOG, '["127.0.0.2","127.0.0.1"]'], true],
  ["has_any_ipv4", [LOG, '"127.0.0.2"', '"127.0.0.3"'], false],
  ["has_ipv4_prefix", [LOG, "127.0."], true],
  ["has_any_ipv4_prefix", [LOG, '"127.0"'], false],
  ["has_any_ipv4_prefix", [LOG, '["192.168.","127."]'], true],
  ["parse_ipv6", ["127.0.0.1"], "0000:0000:0000:0000:0000:ffff:7f00:0001"],
  ["parse_ipv6", ["fe80::85d:e82c:9446:7994"], "fe80:0000:0000:0000:085d:e82c:9446:7994"],
  ["parse_ipv6", [":fe80::85d"], ""],
  ["parse_ipv6", ["1:2:3:4:5:6:7:8:9"], ""],
  ["parse_ipv6_mask", ["192.168.255.255", 120n], "0000:0000:0000:0000:0000:ffff:c0a8:ff00"],
  ["parse_ipv6_mask", ["::192.168.255.255/24", 128n], "0000:0000:0000:0000:0000:0000:c0a8:ff00"],
  [
    "parse_ipv6_mask",
    ["fe80::85d:e82c:9446:7994/120", 124n],
    "fe80:0000:0000:0000:085d:e82c:9446:7900",
  ],
  ["ipv6_compare", ["192.168.1.1", "::ffff:c0a8:0101"], 0n],
  ["ipv6_compare", ["::192.168.1.1/30", "192.168.1.255/24"], 0n],
  ["ipv6_compare", ["fe80::85d:e82c:9446:7994", "fe80::85d:e82c:9446:7995"], -1n],
  ["ipv6_is_match", ["fe80::85d:e82c:9446:7994", "fe80::85d:e82c:9446:7995", 127n], true],
  ["ipv6_is_in_range", ["a5e::abcd", "0:0:0:0:0:ffff:c0a8:ac/60"], false],
  ["ipv6_is_in_any_range", ["a5e::abcd", '["::1","a5e::/16"]'], true],
];

for (const [name, args, expected] of FACTS) {
  test(`${name}(${args.join(", ")}) gives ${String(expected)}`, () => {
    assert.equal(callNative(name, ...args), expected);
  });
}

const number = fc.integer({ min: 0, max: 0xffffffff });
const textOf = (bits: number): string => [24, 16, 8, 0].map((by) => (bits >>> by) & 255).join(".");

test("format_ipv4() takes back what parse_ipv4() made", () => {
  fc.assert(fc.property(number, (bits) => {
    assert.equal(callNative("parse_ipv4", textOf(bits)), BigInt(bits));
    assert.equal(callNative("format_ipv4", String(bits)), textOf(bits));
  }));
});

test("the networks of a range are its addresses, in order and without a gap", () => {
  fc.assert(fc.property(number, number, (a, b) => {
    const [first, last] = [Math.min(a, b), Math.max(a, b)];
    const networks = elementsOf(callNative("ipv4_range_to_cidr_list", textOf(first), textOf(last)));
    let next = first;
    for (const network of networks) {
      assert.equal(callNative("parse_ipv4", network), BigInt(next));
      next += 2 ** (32 - Number(callNative("ipv4_netmask_suffix", network)));
    }
    assert.equal(next, last + 1);
    assert.ok(networks.length <= 62);
  }));
});

test("an address is in each network that its own bits begin", () => {
  fc.assert(fc.property(number, fc.integer({ min: 0, max: 32 }), (bits, prefix) => {
    assert.equal(callNative("ipv4_is_in_range", textOf(bits), `${textOf(bits)}/${prefix}`), true);
    const mapped = `${textOf(bits)}/${prefix}`;
    assert.equal(callNative("ipv6_is_in_range", textOf(bits), mapped), true);
  }));
});
