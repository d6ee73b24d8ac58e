import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { openMatcher } from "../../hub/hunt/matcher.ts";
import { loadRules } from "../../hub/hunt/load_rules.ts";
import { huntPlain } from "./sigma_pairs.ts";

const corpora = new URL("../../../shared/corpora/", import.meta.url);
const skip = existsSync(new URL("sigma/", corpora))
  ? false
  : "no ../shared/corpora beside the checkout";
/** Sysmon, Security, PowerShell, System, Application, Exchange; rules with null, lists, keywords. */
const SAMPLE = [
  "8d9613925456f6fc",
  "324222349afcf890",
  "a9ab5847280f06ec",
  "ead8a4c6c822da22",
  "31bf4a9dee3a547d",
  "56b83f3f107ad9e0",
  "2fa243e52ab2bba2",
  "0998893b04b59951",
  "db752249529af271",
  "1a877ee743da4f31",
];

interface Expected {
  readonly files: Readonly<
    Record<string, { readonly event_record_ids: Readonly<Record<string, readonly string[]>> }>
  >;
}

test("Sigma's rules find in real logs what another engine finds", { skip }, async () => {
  const text = readFileSync(new URL("evtx/EXPECTED_MATCHES.json", corpora), "utf8");
  const { files } = JSON.parse(text) as Expected;
  const { bound, problems } = loadRules(
    [fileURLToPath(new URL("sigma/", corpora))],
    (rule) => "logsource" in rule && rule.logsource.product === "windows",
  );
  assert.deepEqual(problems, []);
  const matcher = openMatcher(bound);
  for (const name of SAMPLE) {
    const file = fileURLToPath(new URL(`evtx/${name}.evtx`, corpora));
    const pairs = { found: new Map<string, number>(), reasons: new Map<string, string>() };
    await huntPlain({ name, file, matcher, bound, pairs });
    const expected = Object.entries(files[name]?.event_record_ids ?? {})
      .flatMap(([rule, records]) => records.map((record) => `${name} ${record} ${rule}`));
    const found = [...pairs.found.keys()].filter((pair) => !pairs.reasons.has(pair));
    assert.deepEqual(found.toSorted(), [...new Set(expected)].toSorted(), name);
    assert.ok(expected.length > 0, name);
  }
});
