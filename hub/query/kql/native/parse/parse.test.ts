import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { NativeValue } from "../define.ts";
import { callNative } from "../test_call.ts";

/** Documented examples, and the edges of each. */
const FACTS: readonly (readonly [string, readonly NativeValue[], NativeValue])[] = [
  ["parse_xml", ["<e/>"], '{"e":null}'],
  ["parse_xml", ["<e>text</e>"], '{"e":"text"}'],
  ["parse_xml", ['<e name="value" />'], '{"e":{"@name":"value"}}'],
  ["parse_xml", ['<e name="value">text</e>'], '{"e":{"@name":"value","#text":"text"}}'],
  ["parse_xml", ["<e> <a>text</a> <b>text</b> </e>"], '{"e":{"a":"text","b":"text"}}'],
  ["parse_xml", ["<e><a>1</a><b/><a>2</a></e>"], '{"e":{"a":["1","2"],"b":null}}'],
  ["parse_xml", ["<e> text <a>text</a> </e>"], '{"e":{"#text":"text","a":"text"}}'],
  ["parse_xml", ["<e><a>text</e>"], null],
  ["parse_xml", ["<e/> <f/>"], null],
  ["parse_xml", ["text"], null],
  ["parse_xml", ['<!DOCTYPE e [<!ENTITY a "aaaa">]><e>&a;</e>'], null],
  [
    "parse_url",
    ["scheme://username:password@host:1234/this/is/a/path?k1=v1&k2=v2#fragment"],
    '{"Scheme":"scheme","Host":"host","Port":"1234","Path":"/this/is/a/path",' +
    '"Username":"username","Password":"password","Query Parameters":{"k1":"v1","k2":"v2"},' +
    '"Fragment":"fragment"}',
  ],
  [
    "parse_url",
    ["http://[::1]:80?a"],
    '{"Scheme":"http","Host":"[::1]","Port":"80","Path":"","Username":"","Password":"",' +
    '"Query Parameters":{"a":""},"Fragment":""}',
  ],
  ["parse_urlquery", ["k1=v1&k2=v=2"], '{"Query Parameters":{"k1":"v1","k2":"v=2"}}'],
  [
    "parse_path",
    ["file://C:/temp/file.txt:some.exe"],
    '{"Scheme":"file","RootPath":"C:/","DirectoryPath":"C:/temp","DirectoryName":"temp",' +
    '"Filename":"file.txt","Extension":"txt","AlternateDataStreamName":"some.exe"}',
  ],
  [
    "parse_path",
    ["\\\\shared\\users\\temp\\file.txt.gz"],
    '{"Scheme":"","RootPath":"","DirectoryPath":"\\\\\\\\shared\\\\users\\\\temp",' +
    '"DirectoryName":"temp","Filename":"file.txt.gz","Extension":"gz",' +
    '"AlternateDataStreamName":""}',
  ],
  [
    "parse_path",
    ["temp\\file"],
    '{"Scheme":"","RootPath":"","DirectoryPath":"temp","DirectoryName":"temp",' +
    '"Filename":"file","Extension":"","AlternateDataStreamName":""}',
  ],
  ["parse_command_line", ['echo "hello world!"', "windows"], '["echo","hello world!"]'],
  ["parse_command_line", ['a\\\\b d"e f"g h', "windows"], '["a\\\\\\\\b","de fg","h"]'],
  ["parse_command_line", ['a\\\\\\"b c d', "windows"], '["a\\\\\\"b","c","d"]'],
  ["parse_command_line", ['a\\\\\\\\"b c" d e', "windows"], '["a\\\\\\\\b c","d","e"]'],
  ["parse_command_line", ['"say ""hi"" now" ""', "windows"], '["say \\"hi\\" now",""]'],
  ["parse_command_line", ["  ", "windows"], null],
  [
    "parse_csv",
    ['aa,"b,b,b",cc,"a ""Title""","1\n2"'],
    '["aa","b,b,b","cc","a \\"Title\\"","1\\n2"]',
  ],
  ["parse_csv", ["record1,a,b,c\nrecord2,x,y,z"], '["record1","a","b","c"]'],
  ["parse_csv", [""], '[""]'],
  ["parse_version", ["1.2.3.4"], "1000000020000000300000004"],
  ["parse_version", ["0.0.0.5"], "5"],
  ["parse_version", ["1.0"], "1000000000000000000000000"],
  ["parse_version", ["1.2.3.4.5"], null],
  ["parse_version", ["v1"], null],
];

for (const [name, args, expected] of FACTS) {
  test(`${name}(${args.join(", ")}) gives ${String(expected)}`, () => {
    assert.equal(callNative(name, ...args), expected);
  });
}

test("a command line that was quoted by the rules gives its arguments", () => {
  const argument = fc.string({ unit: fc.constantFrom("a", " ", '"', "\\", "\t"), maxLength: 9 });
  fc.assert(fc.property(fc.array(argument, { minLength: 1, maxLength: 5 }), (args) => {
    const line = args.map((arg) =>
      `"${arg.replaceAll(/(\\*)"/g, '$1$1\\"').replace(/\\+$/, "$&$&")}"`
    ).join(" ");
    assert.equal(callNative("parse_command_line", line, "windows"), JSON.stringify(args));
  }));
});

test("a kind of command line that is not Windows' is refused", () => {
  assert.throws(() => callNative("parse_command_line", "a", "unix"), { code: "value" });
});

test("texts of 1 MiB and documents that nest without end are read or given up", () => {
  const long = "a".repeat(1024 * 1024 - 7);
  assert.equal(callNative("parse_xml", `<e>${long}</e>`), `{"e":"${long}"}`);
  assert.equal(callNative("parse_xml", `<e>${long}a</e>`), null);
  assert.equal(callNative("parse_xml", "<a>".repeat(100_000)), null);
  const quotes = callNative("parse_command_line", '\\"'.repeat(100_000), "windows");
  assert.equal(String(quotes).length, 200_004);
  assert.equal(typeof callNative("parse_url", "a:/@?".repeat(200_000)), "string");
  assert.equal(typeof callNative("parse_path", "a:/@?".repeat(200_000)), "string");
});
