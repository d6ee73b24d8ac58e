/**
 * A hub that moved: to another folder, address and name, with its keys. docs/disaster.md tells how.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { freePort } from "../../compile/demo/sources.ts";
import { countLines } from "./counted_lines.ts";
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
/** The new place: no certificate has this name by itself. */
const ELSEWHERE = "127.0.0.2";

const work = mkdtempSync(join(tmpdir(), "custos-moved-"));
after(() => rmSync(work, { recursive: true }));

test("agents go on at the hub's next address, without a line lost or doubled", async () => {
  const place: AgentPlace = {
    program: [process.execPath, join(ROOT, "agent", "main.ts")],
    folder: join(work, "agent"),
  };
  mkdirSync(place.folder);
  const logs = numberedLogs(join(work, "logs"));
  const first = join(work, "first");
  const old = await startHub(first);
  const port = await freePort(0);
  writeConfig(place, {
    hub: { urls: [old.ready.link, `wss://${ELSEWHERE}:${port}`] },
    batch: { rows: 100, flush: "20ms" },
    sources: logs.sources,
  });
  await runAgentCommand(place, ["enroll", "--token", old.ready.enrollToken]);
  await using agent = startAgent(place);
  logs.write(900);
  const before = await statusWhen(agent, ({ sources }) => sources.every(({ acked }) => acked > 0));
  assert.equal(before.link.hub, old.ready.link);

  await old[Symbol.asyncDispose]();
  logs.write(900);
  const data = join(work, "second", "hub");
  mkdirSync(dirname(data));
  renameSync(first, data);
  const words = ["--link", `${ELSEWHERE}:${port}`];
  {
    // Nothing is sent to an address that the hub's certificate does not have.
    await using _nameless = await startHub(data, words);
    await statusWhen(
      agent,
      ({ troubles }) => troubles.some((why) => why.includes("is not for its address")),
    );
  }
  logs.write(900);
  const config = join(work, "hub.yaml");
  writeFileSync(config, JSON.stringify({ link: { names: [ELSEWHERE] } }));
  const moved = await startHub(data, [...words, "-c", config]);
  assert.equal(moved.ready.link, `wss://${ELSEWHERE}:${port}`);
  logs.write(1);
  logs.end();
  const { link, troubles } = await statusWhen(
    agent,
    (status) =>
      isAllAcked(status) &&
      status.sources.some(({ source, acked }) => source === "sys" && acked === logs.syslogLines) &&
      status.sources.some(({ source, acked }) => source === "web" && acked === logs.iisLines),
  );
  assert.deepEqual({ hub: link.hub, troubles }, { hub: moved.ready.link, troubles: [] });
  await agent[Symbol.asyncDispose]();
  await moved[Symbol.asyncDispose]();
  const all = { lines: 2701, lost: [], doubled: [] };
  assert.deepEqual(await countLines(data, logs), { syslog: all, iis: all, gaps: [] });
});
