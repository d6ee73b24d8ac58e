import assert from "node:assert/strict";
import test from "node:test";
import * as v from "valibot";
import { byteLimit, duration, fileGlobs, listenAddresses, timeZone } from "./source_settings.ts";

const limit = byteLimit({ least: 10, most: 20, usual: 15, why: "the shortest record" });

const refused: readonly [string, () => unknown, RegExp][] = [
  ["no list", () => v.parse(fileGlobs("/a/*.log"), "/a"), /such as \[\/a\/\*\.log\]/],
  ["an empty list", () => v.parse(fileGlobs(), []), /at least one file or glob/],
  ["an empty glob", () => v.parse(fileGlobs(), [""]), /not empty/],
  ["a zone that is none", () => v.parse(timeZone, "Mars/Base"), /must be a zone/],
  ["too few bytes", () => v.parse(limit, 9), /at least 10, the shortest record/],
  ["too many bytes", () => v.parse(limit, 21), /at most 20/],
  ["half a byte", () => v.parse(limit, 12.5), /whole number of bytes/],
  ["too short a time", () => v.parse(duration("1s", "1h"), "999ms"), /from "1s" to "1h"/],
  ["too long a time", () => v.parse(duration("1s", "1h"), "61min"), /from "1s" to "1h"/],
  ["a time in words", () => v.parse(duration("1s", "1h"), "1 day"), /such as "15s"/],
  ["a port alone", () => v.parse(listenAddresses(514), ["514"]), /udp:127\.0\.0\.1:514/],
  ["no address", () => v.parse(listenAddresses(514), []), /at least one address/],
];
for (const [what, parse, message] of refused) {
  test(`settings of sources refuse ${what}`, () => assert.throws(parse, message));
}

test("settings of sources have values of their unit", () => {
  assert.equal(v.parse(duration("1s", "24h"), "2min"), 120_000);
  assert.equal(v.parse(duration("1s", "24h"), "24h"), 86_400_000);
  assert.equal(v.parse(limit, undefined), 15);
  assert.deepEqual(v.parse(listenAddresses(514), ["tls:[::1]:6514"]), ["tls:[::1]:6514"]);
});
