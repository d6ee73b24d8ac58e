/**
 * How a plugin's process is started in this runtime, with what it may reach.
 *
 * @module
 */
import { networkInterfaces } from "node:os";
import { ownCommand, ownFolder } from "../own_command.ts";
import { BY_DENO, type Confinement } from "./confine/spec.ts";
import { grantsFor } from "./grants.ts";
import type { ProcessMaker } from "./isolated_plugin.ts";
import { CONFINE, CONFINED, PLUGIN_PROCESS } from "./plugin_words.ts";

/** Memory that the kernel lets a process map over what the runtime reserves, in bytes. */
const MOST_MAPPED_BYTES = 1024 * 1024 * 1024;

/** Starts processes of this program. */
export function ownProcesses(options: Omit<ProcessMaker, "command"> = {}): ProcessMaker {
  return { ...options, command: (needs) => commandFor(grantsFor(needs, MOST_MAPPED_BYTES)) };
}

/** The command of a process that may reach what `granted` says. */
export function commandFor(granted: Confinement): readonly string[] {
  const [program = "", ...script] = ownCommand();
  if ("Deno" in globalThis) return denoCommand(granted, [program, ...script]);
  // Where the program is a folder of modules, its process reads them.
  const own = ownFolder();
  const spec = { ...granted, folders: [...granted.folders, ...(own === undefined ? [] : [own])] };
  return [program, ...script, PLUGIN_PROCESS, CONFINE, JSON.stringify(spec)];
}

/** What packages and Deno itself ask of the environment, in which nothing is. */
const VARIABLES = ["MSGPACKR_NATIVE_ACCELERATION_DISABLED", "__MINIMATCH_TESTING_PLATFORM__"];

function denoCommand(
  { files, folders, tcpPorts, udp }: Confinement,
  [program = "", ...script]: readonly string[],
): readonly string[] {
  const read = [...files, ...folders];
  return [
    ...[program, "run", "--no-prompt", "--quiet", "--no-remote", "--cached-only", "--no-check"],
    `--allow-env=${VARIABLES.join(",")}`,
    ...(read.length > 0 ? [`--allow-read=${read.join(",")}`] : []),
    ...(udp ? ["--unstable-net"] : []),
    // Of a datagram the runtime would have to know whom it is for.
    ...(udp ? ["--allow-net"] : tcpPorts.length > 0 ? [`--allow-net=${ownAt(tcpPorts)}`] : []),
    ...[...script, PLUGIN_PROCESS, CONFINED, JSON.stringify({ ...BY_DENO, tcp: !udp })],
  ];
}

/** This host's own addresses at `ports`, as Deno takes them. */
function ownAt(ports: readonly number[]): string {
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? [])
    .map(({ address, family }) => family === "IPv6" ? `[${address.replace(/%.*/, "")}]` : address);
  const hosts = new Set(["0.0.0.0", "[::]", "127.0.0.1", "[::1]", "localhost", ...own]);
  return [...hosts].flatMap((host) => ports.map((port) => `${host}:${port}`)).join(",");
}
