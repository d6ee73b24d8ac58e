/**
 * A plugin that is not built in and fails five times in a row is quarantined: a signed gap says so,
 * `custos status` too, the sources beside it have each event once, and a reload or a start brings it
 * back.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { ledgerFrames } from "../../hub/ledger/stopped.ts";
import { rowOf } from "../../sdk/columns/cell.ts";
import { streamIdOf } from "../../sdk/wire/link.ts";
import {
  type AgentPlace,
  type AgentStatus,
  isAllAcked,
  runAgentCommand,
  startAgent,
  statusWhen,
  writeConfig,
} from "./test_agent.ts";
import { startHub } from "./test_hub.ts";
import { addThirdParty } from "./third_party.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const EVENTS = 5_000;
const MOST_FAILURES = 5;
const work = realpathSync(mkdtempSync(join(tmpdir(), "custos-quarantine-")));
after(() => rmSync(work, { recursive: true }));

const place: AgentPlace = {
  program: [process.execPath, join(ROOT, "agent", "main.ts")],
  folder: work,
};
/** While it is there, plugins fail; both are in a folder of their own, which is granted. */
const troubles = { falls: join(work, "a", "trouble"), again: join(work, "b", "trouble") };

const THROWS = `if (existsSync(config.paths[0])) throw new Error("of alice@example.com");`;
const EMITS = `if (cursor.n === 0) emit.Falls({ At: 0, N: 1 });`;

/** Source by source: what its gaps say, and the numbers of its events. */
interface Kept {
  readonly gaps: readonly unknown[];
  readonly numbers: readonly number[];
}

async function ledgerOf(folder: string): Promise<(source: string) => Kept> {
  const kept = new Map<string, { gaps: unknown[]; numbers: number[] }>();
  for await (const { header, batch } of ledgerFrames(join(folder, "ledger"))) {
    const key = Buffer.from(header.stream).toString("hex");
    const of = kept.get(key) ?? { gaps: [], numbers: [] };
    kept.set(key, of);
    for (let row = 0; row < batch.rows; row++) {
      const { Detail, N, ProcessID } = rowOf(batch, row);
      if (header.kind === "gap") of.gaps.push(Detail);
      else of.numbers.push(Number(N ?? ProcessID));
    }
  }
  return (source) =>
    kept.get(Buffer.from(streamIdOf(source)).toString("hex")) ?? { gaps: [], numbers: [] };
}

const log = join(work, "messages.log");
const fails = (plugin: string, trouble: string) => ({ plugin, config: { paths: [trouble] } });

async function prepare(): Promise<void> {
  for (const path of Object.values(troubles)) {
    mkdirSync(dirname(path));
    writeFileSync(path, "");
  }
  const lines = Array.from({ length: EVENTS }, (_, n) => `<34>Oct 11 22:14:15 h app[${n}]: m\n`);
  writeFileSync(log, lines.join(""));
  writeConfig(place, {});
  const waits = `while (!signal.aborted) await clock.sleep(1e5);`;
  await addThirdParty(place, {
    name: "falls",
    body: `${THROWS} ${EMITS} yield { n: 1 }; ${waits}`,
  });
  await addThirdParty(place, {
    name: "deaf",
    kind: "listen",
    body: `${THROWS} emit.Deaf({ At: 0, N: 1 }); ${waits}`,
  });
  await addThirdParty(place, {
    name: "judge",
    body: waits,
    needs: `({ paths }) => {
      if (paths.length > 0) throw new Error("of alice@example.com");
      return {};
    }`,
  });
  await addThirdParty(place, {
    name: "steady",
    body: `for (let n = cursor.n; n < ${EVENTS}; n++) {
      emit.Steady({ At: 0, N: n });
      if (n % 50 === 49) { yield { n: n + 1 }; await clock.sleep(1); }
    } ${waits}`,
  });
}

/** All sources; `more` besides. */
function configure(more: Readonly<Record<string, object>>): void {
  writeConfig(place, {
    sources: {
      falls: fails("falls", troubles.falls),
      again: fails("falls", troubles.again),
      deaf: fails("deaf", troubles.falls),
      steady: { plugin: "steady" },
      builtin: { plugin: "syslog", config: { files: [log], timezone: "UTC" } },
      ...more,
    },
  });
}

function of({ sources }: AgentStatus, name: string): AgentStatus["sources"][number] {
  const found = sources.find(({ source }) => source === name);
  assert.ok(found !== undefined, `there is no source ${name}`);
  return found;
}

const areAll = (status: AgentStatus, state: string, names: readonly string[]): boolean =>
  names.every((name) => of(status, name).state === state);

test("a plugin that fails five times is quarantined, with a signed gap, until somebody acts", async () => {
  await prepare();
  // It fails when it is to judge its config: that keeps nobody from starting.
  configure({ judge: fails("judge", troubles.falls) });
  const hubFolder = join(work, "hub");
  await using hub = await startHub(hubFolder);
  await runAgentCommand(place, [
    "enroll",
    "--hub",
    hub.ready.link,
    "--token",
    hub.ready.enrollToken,
  ]);
  const agent = startAgent(place);
  const bad = ["falls", "again", "deaf"];
  const status = await statusWhen(
    agent,
    (now) =>
      areAll(now, "quarantined", [...bad, "judge"]) && of(now, "steady").acked === EVENTS &&
      of(now, "builtin").acked === EVENTS && isAllAcked(now),
  );
  for (const name of bad) {
    const { process: { starts, lastFailure } = { starts: 0, lastFailure: "" }, why } = of(
      status,
      name,
    );
    assert.deepEqual(
      { starts, lastFailure },
      { starts: MOST_FAILURES, lastFailure: "threw" },
      name,
    );
    assert.match(why, /^The plugin was ended: it threw: of user:1:/);
  }
  assert.equal(of(status, "deaf").gaps, MOST_FAILURES);
  assert.equal(of(status, "falls").gaps, 1);
  assert.match(of(status, "judge").why, /^Its config cannot be checked: threw: /);
  checkShown();

  configure({});
  rmSync(troubles.falls);
  const [told] = await runAgentCommand(place, ["reload"]);
  assert.deepEqual(told, { started: bad, stopped: [...bad, "judge"], kept: ["steady", "builtin"] });
  await statusWhen(
    agent,
    (now) =>
      areAll(now, "running", ["falls", "deaf"]) && of(now, "falls").acked === 1 &&
      of(now, "deaf").acked === 1 && of(now, "again").state === "failed",
  );
  // It has begun to count anew, and has four failures left.
  await agent[Symbol.asyncDispose]();
  assert.equal(await agent.ended, 0, agent.errors());
  rmSync(troubles.again);
  const next = startAgent(place);
  await statusWhen(
    next,
    (now) => of(now, "again").acked === 1 && of(now, "deaf").acked === 1 && isAllAcked(now),
  );
  await next[Symbol.asyncDispose]();
  await hub[Symbol.asyncDispose]();
  await checkLedger(hubFolder);
});

/** What an operator sees: the exit code of a source that is not well, and why. */
function checkShown(): void {
  const [program = "", ...words] = place.program;
  const shown = spawnSync(program, [...words, "status", "-c", join(work, "custos.yaml")]);
  const text = String(shown.stdout);
  assert.equal(shown.status, 4, String(shown.stderr));
  assert.match(text, /^falls +quarantined /m);
  assert.match(text, /no process, 5 starts, .*last failure: threw/);
  assert.match(text, /^! falls: quarantined: The plugin was ended: it threw: of user:1:/m);
  assert.match(text, /^steady +running /m);
}

async function checkLedger(folder: string): Promise<void> {
  const keptOf = await ledgerOf(folder);
  const quarantined = "quarantined: its plugin has failed 5 times, it is not started again";
  const failed = "its plugin has failed and is started again";
  assert.deepEqual(keptOf("falls"), { gaps: [quarantined], numbers: [1] });
  assert.deepEqual(keptOf("again"), { gaps: [quarantined], numbers: [1] });
  // What it would have heard while no process ran cannot be known: each failure is said. The second
  // start of the agent brings its event again.
  const { gaps, numbers } = keptOf("deaf");
  assert.deepEqual(gaps, [...Array.from({ length: MOST_FAILURES - 1 }, () => failed), quarantined]);
  assert.deepEqual(numbers, [1, 1]);
  const all = Array.from({ length: EVENTS }, (_, n) => n);
  assert.deepEqual(keptOf("steady"), { gaps: [], numbers: all });
  assert.deepEqual(keptOf("builtin"), { gaps: [], numbers: all });
}
