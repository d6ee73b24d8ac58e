/**
 * A running agent takes other sources and another version of a plugin while its events flow to a real
 * hub, and while that hub is away: each line is in the ledger once and in order, and what is counted
 * of a source goes on.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  truncateSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { askReload } from "../../agent/control/client.ts";
import { ledgerFrames } from "../../hub/ledger/stopped.ts";
import { cellOf } from "../../sdk/columns/cell.ts";
import { streamIdOf } from "../../sdk/wire/link.ts";
import { openRelay } from "./relay.ts";
import {
  agentLog,
  type AgentPlace,
  type AgentStatus,
  dataOf,
  isAllAcked,
  runAgentCommand,
  startAgent,
  statusWhen,
  type TestAgent,
  writeConfig,
} from "./test_agent.ts";
import { startHub } from "./test_hub.ts";
import { addThirdParty } from "./third_party.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const WRITE_MS = 10;
const LINES = 7;
const TEST_MS = 180_000;
const work = realpathSync(mkdtempSync(join(tmpdir(), "custos-reload-link-")));
after(() => rmSync(work, { recursive: true }));

const place: AgentPlace = {
  program: [process.execPath, join(ROOT, "agent", "main.ts")],
  folder: work,
};

/** A log that grows until it is ended; each line has its number. */
class GrowingLog {
  readonly path: string;
  lines = 0;

  constructor(name: string) {
    mkdirSync(join(work, name));
    this.path = join(work, name, "app.log");
    this.write();
  }

  write(): void {
    let text = "";
    for (let i = 0; i < LINES; i++) text += `<34>Oct 11 22:14:15 h app[${this.lines++}]: m\n`;
    appendFileSync(this.path, text);
  }
}

const NAMES = ["kept", "changed", "plugged", "back", "late", "away"] as const;
type Name = (typeof NAMES)[number];
type Sources = Partial<Record<Name, object>>;

const logs = new Map(NAMES.map((name) => [name, new GrowingLog(name)]));
const pathOf = (name: Name): string => logs.get(name)!.path;
const syslog = (name: Name, timezone = "UTC"): object => ({
  plugin: "syslog",
  config: { files: [pathOf(name)], timezone },
});
const plugged = { plugin: "numbers", config: { paths: [pathOf("plugged")] } };

/** Another version has other columns: its frames are of another schema. */
function addNumbers(version: string, columns: string): Promise<void> {
  const more = columns === "" ? "" : `More: "more",`;
  return addThirdParty(place, {
    name: "numbers",
    version,
    columns,
    body:
      `for await (const chunk of io.tail(config.paths, cursor.n === 0 ? {} : cursor, { pollMs: 20 })) {
      for (const line of new TextDecoder().decode(chunk.bytes).trimEnd().split("\\n")) {
        emit.Numbers({ At: 0, N: Number(/app\\[(\\d+)/.exec(line)[1]), ${more} });
      }
      yield chunk.cursor;
    }`,
  });
}

/** What was seen of each source last: nothing that is counted may be less later. */
class Watch {
  readonly #agent: TestAgent;
  readonly #last = new Map<string, number>();

  constructor(agent: TestAgent) {
    this.#agent = agent;
  }

  async until(isSo: (of: (name: Name) => Counted) => boolean): Promise<AgentStatus> {
    return await statusWhen(this.#agent, (status) => {
      for (const { source, sealed } of status.sources) {
        const last = this.#last.get(source) ?? 0;
        assert.ok(sealed >= last, `${source} had sealed ${last}, now ${sealed}`);
        this.#last.set(source, sealed);
      }
      return isSo((name) =>
        status.sources.find(({ source }) => source === name) ?? { acked: 0, sealed: 0, state: "" }
      );
    });
  }
}

type Counted = Pick<AgentStatus["sources"][number], "acked" | "sealed" | "state">;

async function reload(sources: Sources): Promise<unknown> {
  writeConfig(place, { sources });
  const [told] = await runAgentCommand(place, ["reload"]);
  return told;
}

/** Each line of each log, once, in order; no gap. */
async function checkLedger(folder: string): Promise<void> {
  const numbers = new Map<string, number[]>();
  for await (const { header, batch } of ledgerFrames(join(folder, "ledger"))) {
    assert.equal(header.kind === "gap" ? batch.rows : 0, 0, "a gap");
    const name = NAMES.find((one) => Buffer.from(streamIdOf(one)).equals(header.stream));
    const column = batch.columns.find((one) => one.name === "ProcessID" || one.name === "N");
    if (name === undefined || column === undefined) continue;
    const of = numbers.get(name) ?? [];
    numbers.set(name, of);
    for (let row = 0; row < batch.rows; row++) of.push(Number(cellOf(column, row)));
  }
  for (const [name, { lines }] of logs) {
    const all = Array.from({ length: lines }, (_, n) => n);
    assert.deepEqual(numbers.get(name), all, `${name} has not each line once, in order`);
  }
}

test("a reload under a live link, and while the hub is away, loses and repeats nothing", {
  timeout: TEST_MS,
}, async () => {
  writeConfig(place, {});
  await addNumbers("1.0.0", "");
  let sources: Sources = {
    kept: syslog("kept"),
    changed: syslog("changed"),
    plugged,
    back: syslog("back"),
  };
  writeConfig(place, { sources });
  const hubFolder = join(work, "hub");
  let hub = await startHub(hubFolder);
  using relay = await openRelay();
  relay.target = hub.linkPort;
  const link = `wss://127.0.0.1:${relay.port}`;
  await runAgentCommand(place, ["enroll", "--hub", link, "--token", hub.ready.enrollToken]);
  const writing = setInterval(() => logs.forEach((log) => log.write()), WRITE_MS);
  try {
    const agent = startAgent(place);
    const watch = new Watch(agent);
    await watch.until((of) => NAMES.slice(0, 4).every((name) => of(name).acked > 0));

    // Another version, another config, one less: and the link stays.
    await addNumbers("1.1.0", `More: column.string({ class: "public" }),`);
    const { back: _, ...without } = sources;
    sources = { ...without, changed: syslog("changed", "Europe/Berlin") };
    assert.deepEqual(await reload(sources), {
      kept: ["kept"],
      stopped: ["changed", "plugged", "back"],
      started: ["changed", "plugged"],
    });
    await watch.until((of) => ["changed", "plugged"].every((name) => goesOn(of(name as Name))));

    // It comes back where it was; a stream that no welcome has named is opened.
    sources = { ...sources, back: syslog("back"), late: syslog("late") };
    writeConfig(place, { sources });
    process.kill(agent.pid, "SIGHUP");
    await watch.until((of) => of("late").acked > 0 && goesOn(of("back")));

    await refuses(agent, watch, sources);

    // Sealed under one config, sent under another.
    relay.target = undefined;
    await hub.kill();
    const before = await watch.until((of) => of("plugged").sealed > of("plugged").acked);
    sources = { ...sources, changed: syslog("changed", "Europe/Paris"), away: syslog("away") };
    await addNumbers("1.2.0", "");
    assert.deepEqual(await reload(sources), {
      kept: ["kept", "back", "late"],
      stopped: ["changed", "plugged"],
      started: ["changed", "plugged", "away"],
    });
    const waiting = (name: Name) =>
      before.sources.find(({ source }) => source === name)?.sealed ?? 0;
    await watch.until((of) => of("away").sealed > 0 && of("plugged").sealed > waiting("plugged"));
    hub = await startHub(hubFolder);
    relay.target = hub.linkPort;

    clearInterval(writing);
    await watch.until((of) => NAMES.every((name) => of(name).acked === logs.get(name)?.lines));
    await statusWhen(agent, isAllAcked);
    await agent[Symbol.asyncDispose]();
    assert.equal(await agent.ended, 0, agent.errors());
  } finally {
    clearInterval(writing);
    await hub[Symbol.asyncDispose]();
  }
  await checkLedger(hubFolder);
});

/** What was sealed before the change is acknowledged, and more has come. */
function goesOn({ state, acked, sealed }: Counted): boolean {
  return state === "running" && acked > LINES && sealed > LINES;
}

/** A config with a mistake is refused with its code and place; what runs goes on. */
async function refuses(agent: TestAgent, watch: Watch, sources: Sources): Promise<void> {
  writeConfig(place, { sources: { ...sources, nope: { plugin: "nope" } } });
  await assert.rejects(
    runAgentCommand(place, ["reload"]),
    /ended with code 2\n[^]*"code":"config"[^]*names no plugin \\"nope\\"/,
  );
  process.kill(agent.pid, "SIGHUP");
  let sealed = 0;
  await watch.until((of) => {
    const isTold = /"code":"config"[^\n]*was not taken/.test(agentLog(place).toString("utf8"));
    if (isTold && sealed === 0) sealed = of("plugged").sealed;
    return isTold && of("plugged").sealed > sealed;
  });
  // More than sources takes a start anew.
  writeConfig(place, { agent: { host: "another" }, sources });
  const refused = await askReload(dataOf(place));
  assert.equal("code" in refused ? refused.code : "", "restart");
  // A plugin that is not as it was approved is not run, and the one that runs stays.
  writeConfig(place, { sources });
  const file = join(dataOf(place), "plugins", "numbers.js");
  appendFileSync(file, "// changed");
  const changed = await askReload(dataOf(place));
  assert.equal("code" in changed ? changed.code : "", "config");
  assert.match("error" in changed ? changed.error : "", /it was changed after it was packed/);
  truncateSync(file, statSync(file).size - "// changed".length);
  writeConfig(place, { sources });
  assert.deepEqual(await reload(sources), {
    kept: ["kept", "changed", "plugged", "back", "late"],
    stopped: [],
    started: [],
  });
}
