/**
 * `custos selftest`: runs each source on this host for a short time and signs what came of it.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { release } from "node:os";
import { builtinPlugins } from "../../plugins/builtin.ts";
import type { Plugin } from "../../sdk/plugin.ts";
import { generateKeys } from "../../sdk/proof/sign.ts";
import { RELEASE } from "../release.ts";
import { type LiveSource, liveSources } from "../selftest/live_sources.ts";
import { cellOf, type Outcome, type Report, signReport } from "../selftest/report.ts";
import { sampleCases } from "../selftest/sample_files.ts";
import { trySource } from "../selftest/try_source.ts";
import { type Call, type Command, EXIT, text, UsageError } from "./command.ts";

/** Something is made to happen this often, in ms. */
const STIR_MS = 500;

export const selftest: Command = {
  name: "selftest",
  summary: "Runs each source on this host for a short time and writes a signed report",
  usage: `[--seconds N] [--samples FOLDER] [--out FILE]

  --seconds N       how long each source of this host runs: 1 to 600, default 5
  --samples FOLDER  files to be read too: FOLDER/PLUGIN/cases/NAME/{config.yaml,input}
  --out FILE        where the signed report goes, as JSON

The key that signs is made for this report alone. No event leaves the host, and none is shown.`,
  options: {
    seconds: { type: "string", default: "5" },
    samples: { type: "string" },
    out: { type: "string" },
  },
  async run(call) {
    const seconds = Number(text(call, "seconds"));
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > 600) {
      throw new UsageError(`--seconds is "${text(call, "seconds")}", must be 1 to 600`);
    }
    const live = await liveSources(process.platform);
    const sources: Report["sources"] = [];
    for (const plugin of builtinPlugins.values()) {
      const source = await tryAll(plugin, { call, live, forMs: seconds * 1000 });
      sources.push(source);
      await call.out(call.json ? `${JSON.stringify(source)}\n` : `${lineOf(source)}\n`);
    }
    const report: Report = {
      at: new Date().toISOString(),
      release: RELEASE,
      runtime: runtimeName(),
      ...{ platform: process.platform, arch: process.arch, kernel: release() },
      sources,
    };
    const signed = signReport(report, generateKeys((n) => new Uint8Array(randomBytes(n))));
    const out = text(call, "out");
    if (out !== undefined) await writeFile(out, `${JSON.stringify(signed, undefined, 2)}\n`);
    const hasFailed = sources.some(({ live: one, files }) =>
      [one, files].some((outcome) => outcome !== undefined && outcome.errors.length > 0)
    );
    return hasFailed ? EXIT.degraded : EXIT.ok;
  },
};

interface TryOptions {
  readonly call: Call;
  readonly live: readonly LiveSource[];
  readonly forMs: number;
}

async function tryAll(plugin: Plugin, options: TryOptions): Promise<Report["sources"][number]> {
  const { name: source, version } = plugin;
  const here = options.live.find((one) => one.plugin === source);
  const live = here && await tryLive(plugin, here, options);
  const files = await tryFiles(plugin, options.call);
  return {
    ...{ source, version },
    ...(live !== undefined && { live }),
    ...(files !== undefined && { files }),
  };
}

async function tryLive(
  plugin: Plugin,
  here: LiveSource,
  { call, forMs }: TryOptions,
): Promise<Outcome> {
  const timer = setInterval(() => here.stir?.(), STIR_MS);
  try {
    return await trySource({ plugin, config: here.config, forMs, signal: call.signal });
  } finally {
    clearInterval(timer);
  }
}

async function tryFiles(plugin: Plugin, call: Call) {
  const { name, filesKey } = plugin;
  const folder = text(call, "samples");
  if (folder === undefined || filesKey === undefined) return undefined;
  const cases = sampleCases(folder, name, filesKey);
  if (cases.length === 0) return undefined;
  const sum = { files: 0, events: 0, rejected: 0, gaps: 0, errors: [] as string[] };
  for (const { config, files } of cases) {
    const outcome = await trySource({ plugin, config, signal: call.signal });
    sum.files += files.length;
    sum.events += outcome.events;
    sum.rejected += outcome.rejected;
    sum.gaps += outcome.gaps;
    sum.errors.push(...outcome.errors);
  }
  return sum;
}

function lineOf(source: Report["sources"][number]): string {
  const shown = [["live", source.live] as const, ["files", source.files] as const].flatMap(
    ([how, outcome]) => {
      if (outcome === undefined) return [];
      const errors = outcome.errors.map((error) => `, failed: ${error}`).join("");
      return [`${how}: ${outcome.events} events, ${outcome.rejected} not parsed${errors}`];
    },
  );
  return [source.source, cellOf(source), ...shown].join("; ");
}

function runtimeName(): string {
  const { bun, deno, node } = process.versions;
  if (bun !== undefined) return `bun ${bun}`;
  return deno === undefined ? `node ${node}` : `deno ${deno}`;
}
