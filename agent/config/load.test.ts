import assert from "node:assert/strict";
import test from "node:test";
import { builtinPlugins } from "../../plugins/builtin.ts";
import { ConfigError, loadConfig } from "./load.ts";

const HEAD = "version: 1\nagent: {data_dir: data}\n";
const load = (text: string) => loadConfig("/etc/custos/custos.yaml", text, builtinPlugins);

test("loadConfig() takes file names from the config's folder, and units as they are written", async () => {
  const text = `${HEAD}sources: {perf_counters: {}}
spool: {max_bytes: 1.5GiB, free_space_floor: 0B}
batch: {flush: 2s}
hub: {url: "wss://hub.example:4311"}
`;
  const { config } = await load(text);
  assert.equal(config.agent.data_dir, "/etc/custos/data");
  assert.deepEqual(config.spool, { max_bytes: 1.5 * 1024 ** 3, free_space_floor: 0 });
  assert.equal(config.batch.flush, 2000);
  assert.deepEqual(config.hub, { url: "wss://hub.example:4311" });
});

const OK = `${HEAD}sources: {perf_counters: {}}\n`;
const SIZE = 'must be a size such as "512KiB"';
const MISTAKES = [
  [`${OK}spool: {max_bytes: 5 apples}`, `:4:20: spool.max_bytes is "5 apples", ${SIZE}`],
  [`${OK}spool: {max_bytes: 5}`, `:4:20: spool.max_bytes is 5, ${SIZE}`],
  [
    `${OK}spool: {max_bytes: 1KiB}`,
    ':4:20: spool.max_bytes is "1KiB", must be from 8MiB to 1024TiB',
  ],
  [`${OK}batch: {flush: 2h}`, ':4:16: batch.flush is "2h", must be from 1ms to 1min'],
  [`${OK}batch: {flush: soon}`, ':4:16: batch.flush is "soon", must be a duration such as "5s"'],
  [`${OK}batch: {rows: 0}`, ":4:15: batch.rows is 0, must be 1 or more"],
  [
    `${OK}hub: {url: "https://h"}`,
    ':4:12: hub.url is "https://h", must be an address such as "wss://hub.example.org:4311"',
  ],
  [`${OK}hub: {urls: []}`, ":4:13: hub.urls is 0, must be 1 or more"],
  [
    `${OK}hub: {urls: ["wss://h", "h:1"]}`,
    ':4:25: hub.urls[1] is "h:1", must be an address such as "wss://hub.example.org:4311"',
  ],
  [
    `${OK}hub: {url: "wss://h", urls: ["wss://h"]}`,
    ':4:6: hub is a map, must have "url" or "urls", one of them',
  ],
  [`${OK}hub: {url: "wss://h", ca: x}`, ":4:23: hub.ca is no setting here: remove it"],
  [
    `${HEAD}sources:\n  event_log: {config: {channels: [System]}}\n  security_audit: {config: {channels: [Security, System]}}`,
    ':5:3: sources.security_audit reads Windows channel "System", which "event_log" reads as well: one of them must not',
  ],
  [
    `${HEAD}sources:\n  event_log: {config: {channels: [System, security]}}`,
    ':4:34: sources.event_log.config.channels is a list, must not have "security", which is read by the plugin security_audit',
  ],
  [`${HEAD}sources: text`, ':3:10: sources is "text", must be a map'],
  [`${HEAD}`, ":1:1: sources is missing"],
  [`${HEAD}sources: [1]`, ":3:10: sources is a list, must be a map"],
  ["- 1", ":1:1: it is a list, must be a map"],
  ["text", ':1:1: it is "text", must be a map'],
  [`${HEAD}sources: {Web: {}}`, ':3:11: sources.Web is "Web", must be lower-case letters'],
  [`${HEAD}sources: {nope: {}}`, ':3:11: sources.nope names no plugin "nope", must be one of'],
  [
    `${HEAD}sources: {iis: {config: {files: {}}}}`,
    ":3:33: sources.iis.config.files is a map, must be a list",
  ],
] as const;

test("loadConfig() reads files that are called paths, and warns of the name", async () => {
  const { sources, warnings } = await load(
    `${HEAD}sources:\n  iis: {config: {paths: [/x/*.log]}}\n  syslog: {config: {paths: [/y]}}`,
  );
  const files = sources.map(({ config }) => (config as { readonly files: unknown }).files);
  assert.deepEqual(files, [["/x/*.log"], ["/y"]]);
  const what = 'is called "files" now: rename it';
  assert.deepEqual(warnings, [
    { line: 4, column: 18, path: "sources.iis.config.paths", what },
    { line: 5, column: 21, path: "sources.syslog.config.paths", what },
  ]);
  const both = `${HEAD}sources: {iis: {config: {paths: [/x], files: [/y]}}}`;
  await assert.rejects(load(both), /sources\.iis\.config\.paths is no setting here: remove it/);
});

test("loadConfig() gives the scrub policy, by default the strictest", async () => {
  const { policy } = await load(OK);
  assert.deepEqual(policy, { columns: {}, machineAccounts: "token" });
  const loose = await load(`${OK}scrub: {machine_accounts: keep}`);
  assert.equal(loose.policy.machineAccounts, "keep");
});

for (const [text, message] of MISTAKES) {
  test(`loadConfig() tells ${message}`, async () => {
    await assert.rejects(load(text), (error) => {
      assert.ok(error instanceof ConfigError);
      const start = `Cannot read config /etc/custos/custos.yaml${message}`;
      assert.ok(error.message.startsWith(start), error.message);
      return true;
    });
  });
}
