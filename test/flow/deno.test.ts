/**
 * The same agent under Deno: it enrols, reads a file, sends all of it and stops.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import * as v from "valibot";
import { toolCommand } from "../../compile/tool.mjs";
import { cellOf } from "../../sdk/columns/cell.ts";
import { ledgerFrames } from "../../hub/ledger/stopped.ts";
import { numberedLogs } from "./numbered_logs.ts";
import {
  type AgentPlace,
  isAllAcked,
  runAgentCommand,
  startAgent,
  statusWhen,
  writeConfig,
} from "./test_agent.ts";
import { startHub } from "./test_hub.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const LINES = 5_000;

const work = mkdtempSync(join(tmpdir(), "custos-deno-"));
after(() => rmSync(work, { recursive: true }));

const deno = denoProgram();

test("the agent under Deno enrols, sends each line of its files once, and stops cleanly", {
  skip: deno === undefined ? "there is no Deno here" : false,
}, async () => {
  assert.ok(deno !== undefined);
  const hubFolder = join(work, "hub");
  // Takes no link without a certificate: that Deno's client shows it is seen by its being let in.
  const config = join(work, "hub.yaml");
  writeFileSync(config, "link: { require_certificate: true }\n");
  await using hub = await startHub(hubFolder, ["--config", config]);
  const logs = numberedLogs(join(work, "logs"));
  logs.write(LINES);
  logs.end();
  const place: AgentPlace = { program: [deno, ...taskWords()], folder: work };
  writeConfig(place, { sources: logs.sources });
  const { link, enrollToken } = hub.ready;
  await runAgentCommand(place, ["enroll", "--hub", link, "--token", enrollToken]);
  const found = await runAgentCommand(place, ["doctor"]);
  const states = found.map((line) =>
    v.parse(v.object({ check: v.string(), state: v.string() }), line)
  );
  for (const check of ["folder", "keys", "sync", "source web", "tls", "certificate", "clock"]) {
    assert.ok(states.some((one) => one.check === check && one.state === "ok"), check);
  }
  const agent = startAgent(place);
  await statusWhen(
    agent,
    (status) =>
      isAllAcked(status) &&
      ["sys", "web"].every((name) =>
        status.sources.some(({ source, acked }) => source === name && acked === LINES)
      ),
  );
  await agent[Symbol.asyncDispose]();
  assert.equal(await agent.ended, 0, agent.errors());
  await runAgentCommand(place, ["spool", "verify"]);
  await hub[Symbol.asyncDispose]();
  assert.deepEqual(await linesIn(hubFolder), { Syslog: LINES, W3CIISLog: LINES });
});

test("deno task agent is the command that was tested", () => {
  assert.deepEqual(taskWords().slice(0, 2), ["run", "-A"]);
  assert.ok(taskWords().at(-1)?.endsWith(join("agent", "main.ts")));
});

/** The task's words behind `deno`; its file from wherever it is called. */
function taskWords(): readonly string[] {
  const json: unknown = JSON.parse(readFileSync(join(ROOT, "deno.json"), "utf8"));
  const { tasks } = v.parse(v.object({ tasks: v.object({ agent: v.string() }) }), json);
  const [, ...words] = tasks.agent.split(" ");
  return words.map((word) => word.endsWith(".ts") ? join(ROOT, word) : word);
}

/** Different numbers, by table. */
async function linesIn(hubFolder: string): Promise<Readonly<Record<string, number>>> {
  const columns: Readonly<Record<string, string>> = { Syslog: "ProcessID", W3CIISLog: "TimeTaken" };
  const numbers = new Map(Object.keys(columns).map((table) => [table, new Set<unknown>()]));
  for await (const { batch } of ledgerFrames(join(hubFolder, "ledger"))) {
    const column = batch.columns.find(({ name }) => name === columns[batch.table]);
    if (column === undefined) continue;
    for (let row = 0; row < batch.rows; row++) {
      numbers.get(batch.table)?.add(cellOf(column, row));
    }
  }
  return Object.fromEntries([...numbers].map(([table, { size }]) => [table, size]));
}

function denoProgram(): string | undefined {
  try {
    return toolCommand("deno")[0];
  } catch {
    return undefined;
  }
}
