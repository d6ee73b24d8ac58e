import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import type { NativeValue } from "../define.ts";
import { callNative } from "../test_call.ts";

const DATE = 14_200_704_000_000_000n;
const GUID = "10e99626-bc2b-4c75-bb3e-fe606de25700";

/** Documented examples, RFC vectors, and the edges of both. */
const FACTS: readonly (readonly [string, readonly NativeValue[], NativeValue])[] = [
  ["hash_md5", ["World"], "f5a7924e621e84c9280a9a27e1bcb7f6"],
  ["hash_sha1", ["World"], "70c07ec18ef89c5309bbb0937f3a6342411e1fdd"],
  ["hash_sha256", ["World"], "78ae647dc5544d227130a0682a51e30bc7777fbb6d8a8f17007463a3ecd1d524"],
  ["hash_string", ["World"], 1846988464401551951n],
  ["hash_string", ["World", 100n], 51n],
  ["hash_datetime", [DATE], 1380966698541616202n],
  ["hash_long", [0n], 3803688792395291579n],
  ["hash_long", [null], null],
  ["base64_encode_tostring", ["Kusto"], "S3VzdG8="],
  ["base64_encode_tostring", ["Kusto1é"], "S3VzdG8xw6k="],
  ["base64_decode_tostring", ["S3VzdG8="], "Kusto"],
  ["base64_decode_tostring", ["S3Vz dG8="], "Kusto"],
  ["base64_decode_tostring", ["U3RyaW5n0KHR0tGA0L7Rh9C60LA="], ""],
  ["base64_decode_tostring", ["S3VzdG8"], ""],
  ["base64_decode_toarray", ["S3VzdG8="], "[75,117,115,116,111]"],
  ["base64_decode_toarray", ["!"], null],
  ["base64_encode_fromarray", ["[75,117,115,116,111]"], "S3VzdG8="],
  ["base64_encode_fromarray", ["[75,256]"], ""],
  ["base64_encode_fromguid", ["ae3133f2-6e22-49ae-b06a-16e6a9b212eb"], "8jMxriJurkmwahbmqbIS6w=="],
  ["base64_decode_toguid", ["JpbpECu8dUy7Pv5gbeJXAA=="], GUID],
  ["base64_decode_toguid", ["abcd1231"], null],
  [
    "gzip_compress_to_base64_string",
    ["1234567890qwertyuiop"],
    "H4sIAAAAAAAA/wEUAOv/MTIzNDU2Nzg5MHF3ZXJ0eXVpb3A6m7f2FAAAAA==",
  ],
  [
    "gzip_decompress_from_base64_string",
    ["H4sIAAAAAAAA/wEUAOv/MTIzNDU2Nzg5MHF3ZXJ0eXVpb3A6m7f2FAAAAA=="],
    "1234567890qwertyuiop",
  ],
  ["gzip_decompress_from_base64_string", ["x0x0x0"], ""],
  [
    "zlib_compress_to_base64_string",
    ["1234567890qwertyuiop"],
    "eAEBFADr/zEyMzQ1Njc4OTBxd2VydHl1aW9wOAkGdw==",
  ],
  [
    "zlib_decompress_from_base64_string",
    ["eAEBFADr/zEyMzQ1Njc4OTBxd2VydHl1aW9wOAkGdw=="],
    "1234567890qwertyuiop",
  ],
  ["url_encode", ["https://www.bing.com/hello world"], "https%3a%2f%2fwww.bing.com%2fhello+world"],
  ["url_encode_component", ["a/hello worldé"], "a%2fhello%20world%c3%a9"],
  ["url_decode", ["https%3A%2f%2fexample.com%3Fa%3Db+c"], "https://example.com?a=b c"],
  ["url_decode", ["100% %zz %c3%a9"], "100% %zz é"],
  ["punycode_from_string", ["académie-française"], "acadmie-franaise-npb1a"],
  ["punycode_from_string", ["艺术"], "cqv902d"],
  ["punycode_from_string", ["他们为什么不说中文"], "ihqwcrb4cv8a8dqg056pqjye"],
  ["punycode_from_string", ["3年B組金八先生"], "3B-ww4c5e180e575a65lsy2b"],
  ["punycode_to_string", ["acadmie-franaise-npb1a"], "académie-française"],
  [
    "punycode_to_string",
    ["PorqunopuedensimplementehablarenEspaol-fmd56a"],
    "PorquénopuedensimplementehablarenEspañol",
  ],
  ["punycode_to_string", ["a-!"], ""],
  ["punycode_domain_from_string", ["xn--Ry-lja8c.xn--Bng-9ka.com"], "Rúyì.Bàng.com"],
  [
    "punycode_domain_to_string",
    ["Riðill｡Skáldskaparmál｡org"],
    "xn--Riill-jta.xn--Skldskaparml-dbbj.org",
  ],
  ["unicode_codepoints_from_string", ["⒦K😀"], "[9382,75,128512]"],
  ["unicode_codepoints_to_string", ["[75,117,115]", "116", "111"], "Kusto"],
  ["translate", ["krasp", "otsku", "spark"], "kusto"],
  ["translate", ["abc", "x", "abcd"], "xxxd"],
  ["translate", ["abc", "", "abcd"], "d"],
  ["format_bytes", [564], "564 B"],
  ["format_bytes", [10332, 1n], "10.1 KB"],
  ["format_bytes", [20010332], "19 MB"],
  ["format_bytes", [20010332, 2n], "19.08 MB"],
  ["format_bytes", [20010332, 0n, "KB"], "19541 KB"],
  ["format_bytes", [1761782453926, 2n, "GB"], "1640.79 GB"],
  ["format_bytes", [1500, 1n, "", 1000n], "1.5 KB"],
  ["format_bytes", [null], ""],
];

for (const [name, args, expected] of FACTS) {
  test(`${name}(${args.join(", ")}) gives ${String(expected)}`, () => {
    assert.equal(callNative(name, ...args), expected);
  });
}

const PAIRS = [
  ["base64_encode_tostring", "base64_decode_tostring"],
  ["gzip_compress_to_base64_string", "gzip_decompress_from_base64_string"],
  ["zlib_compress_to_base64_string", "zlib_decompress_from_base64_string"],
  ["url_encode", "url_decode"],
  ["url_encode_component", "url_decode"],
  ["punycode_from_string", "punycode_to_string"],
  ["unicode_codepoints_from_string", "unicode_codepoints_to_string"],
] as const;

for (const [there, back] of PAIRS) {
  test(`${back}() takes back what ${there}() made`, () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
      assert.equal(callNative(back, callNative(there, text)), text);
    }));
  });
}

test("a guid survives its bytes", () => {
  fc.assert(fc.property(fc.uuid(), (guid) => {
    assert.equal(
      callNative("base64_decode_toguid", callNative("base64_encode_fromguid", guid)),
      guid,
    );
  }));
});

test("what unpacks to more than its bound is nothing", () => {
  const bomb = gzipSync(Buffer.alloc(17 * 1024 * 1024)).toString("base64");
  assert.equal(callNative("gzip_decompress_from_base64_string", bomb), "");
});

test("Punycode over its bound is nothing", () => {
  assert.equal(callNative("punycode_from_string", "é".repeat(1025)), "");
  assert.equal(callNative("punycode_to_string", "a".repeat(1025)), "");
});

test("a divisor, a unit and a code point that cannot be are refused", () => {
  for (
    const [name, ...args] of [
      ["hash_string", "a", 0n],
      ["format_bytes", 1, 0n, "XB"],
      ["unicode_codepoints_to_string", "1114112"],
    ] as const
  ) {
    assert.throws(() => callNative(name, ...args), { code: "value" });
  }
});

test("hash_combine() depends on each hash and their order", () => {
  const combined = callNative("hash_combine", 1n, 2n);
  assert.equal(typeof combined, "bigint");
  assert.notEqual(combined, callNative("hash_combine", 2n, 1n));
  assert.notEqual(combined, callNative("hash_combine", 1n, 3n));
});
