/**
 * `custos doctor`: looks at all that an agent needs, and says what would be right.
 *
 * @module
 */
import type { Finding } from "../doctor/finding.ts";
import { thisHost } from "../doctor/host.ts";
import { checkHost } from "../doctor/host_checks.ts";
import { checkHub } from "../doctor/hub_checks.ts";
import { offeredByKernel } from "../isolate/confine/linux.ts";
import { BY_DENO } from "../isolate/confine/spec.ts";
import { isolation } from "../isolate/confine/words.ts";
import { readConfig } from "./check.ts";
import { type Command, EXIT } from "./command.ts";

export const doctor: Command = {
  name: "doctor",
  summary: "Looks at clock, TLS, disk, keys and rights, and says what would be right",
  usage: `[-c FILE]

Run it as the agent's user. Exits with 4 where something fails; warnings do not count. With
--output json each finding is a line: check, state (ok, note, warn, fail), what, fix.`,
  options: {},
  async run(call) {
    const loaded = await readConfig(call);
    const host = thisHost();
    const findings = [
      ...await checkHost(loaded, host),
      ...await checkHub(loaded, host),
      isolation("Deno" in globalThis ? BY_DENO : await offeredByKernel()),
      fips(),
    ];
    for (const finding of findings) {
      await call.out(call.json ? `${JSON.stringify(finding)}\n` : textOf(finding));
    }
    return findings.some(({ state }) => state === "fail") ? EXIT.degraded : EXIT.ok;
  },
};

/** No run time makes it better: it is said each time. */
export function fips(): Finding {
  const module = "Bun" in globalThis ? "BoringSSL as Bun builds it" : "aws-lc as Deno builds it";
  return {
    check: "fips",
    state: "note",
    what: `TLS is held to approved suites, but ${module} is no validated module`,
    fix: "where one is demanded, put a validated TLS proxy on both ends of the link",
  };
}

function textOf({ check, state, what, fix }: Finding): string {
  return `${state.padEnd(5)} ${check}: ${what}\n${fix === "" ? "" : `      ${fix}\n`}`;
}
