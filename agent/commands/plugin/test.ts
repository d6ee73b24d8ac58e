/**
 * `custos plugin test`: golden cases, and the laws that hold of every plugin.
 *
 * @module
 */
import { basename } from "node:path";
import type { Plugin } from "../../../sdk/plugin.ts";
import { checkCase, readCase } from "../../../sdk/testkit/golden.ts";
import { contract, crashLaw, scrubLaw } from "../../../sdk/testkit/laws.ts";
import { type Call, type Command, EXIT } from "../command.ts";
import { loadWithCases } from "./cases.ts";

export const check: Command = {
  name: "plugin test",
  summary: "Holds a plugin to its golden cases and to the laws of every plugin",
  usage: `PATH [--update]

  PATH      a folder with mod.ts and cases/NAME/{input,config.yaml,expected.json}
  --update  writes expected.json anew: read what it wrote before you keep it

The laws, over the input of each case: the same input gives the same rows, a plugin begun again at
any cursor goes on exactly there, it ends when told to, and what may name somebody is gone after
scrubbing. Exits with 1 where one is broken.`,
  options: { update: { type: "boolean" } },
  async run(call) {
    const { plugin, cases } = await loadWithCases(call.positionals[0]);
    const update = call.values["update"] === true;
    let failed = 0;
    for (const at of cases) {
      for (const [name, run] of checksOf(plugin, at, update)) {
        const why = await brokenBy(run);
        if (why !== undefined) failed++;
        await tell(call, { test: `${basename(at)}: ${name}`, why });
      }
    }
    return failed === 0 ? EXIT.ok : EXIT.failed;
  },
};

type Check = readonly [name: string, run: () => Promise<void>];

function checksOf(plugin: Plugin, at: string, update: boolean): readonly Check[] {
  const input = readCase(at);
  return [
    ["expected rows", () => checkCase(plugin, at, { update })],
    ["contract", () => contract(plugin, input)],
    ["crash law", () => crashLaw(plugin, input)],
    ["scrub law", () => scrubLaw(plugin, input)],
  ];
}

async function brokenBy(run: () => Promise<void>): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function tell(
  call: Call,
  { test, why }: { readonly test: string; readonly why: string | undefined },
): Promise<void> {
  const text = why === undefined ? `ok      ${test}\n` : `FAILED  ${test}\n${why}\n`;
  const json = { test, ok: why === undefined, ...(why !== undefined && { why }) };
  await call.out(call.json ? `${JSON.stringify(json)}\n` : text);
}
