import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { loadRules } from "../../hub/hunt/load_rules.ts";
import { openMatcher } from "../../hub/hunt/matcher.ts";
import { huntThroughHub } from "./sigma_hub.ts";
import { huntScrubbed } from "./sigma_pairs.ts";

const corpora = new URL("../../../shared/corpora/", import.meta.url);
const skip = existsSync(new URL("sigma/", corpora))
  ? false
  : "no ../shared/corpora beside the checkout";
/** Sysmon; Security and System in one file; PowerShell. */
const SAMPLE = ["8d9613925456f6fc", "7f8651fa3ed49bb0", "ead8a4c6c822da22", "324222349afcf890"];

test(
  "a hub finds of real logs what matcher and scrubber alone find of them",
  { skip },
  async () => {
    const rules = fileURLToPath(new URL("sigma/rules/windows/", corpora));
    const inputs = SAMPLE.map((name) => {
      return { name, file: fileURLToPath(new URL(`evtx/${name}.evtx`, corpora)) };
    });
    const { bound } = loadRules([rules], () => true);
    const matcher = openMatcher(bound);
    const pairs = { found: new Map<string, number>(), reasons: new Map<string, string>() };
    for (const input of inputs) await huntScrubbed({ ...input, matcher, bound, pairs });
    const through = await huntThroughHub(inputs, rules);
    assert.deepEqual(new Map(through.found), pairs.found);
    assert.deepEqual(through.unlike, []);
    assert.ok(through.listed > 10, String(through.listed));
  },
);
