/**
 * From what a plugin needs to what its process is granted.
 *
 * Files are granted by the folder they are in, with all below it: logs are renamed and made anew,
 * and the kernel knows folders and files, not patterns. Only files of the system's own trees, which
 * do not rotate, are granted alone.
 *
 * @module
 */
import { dirname, parse, resolve } from "node:path";
import type { Needs } from "../../sdk/plugin.ts";
import type { Confinement } from "./confine/spec.ts";

/** A need that cannot be granted. */
export class GrantError extends Error {
  override readonly name = "GrantError";
  readonly code: "listen" | "root";

  constructor(code: GrantError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

const MAGIC = /[*?[\]{}!]/;
const ALONE = /^\/(proc|sys|dev|etc)\//;

/** What a process that needs `needs` is granted. @throws {GrantError} */
export function grantsFor(
  { read = [], listen = [] }: Needs,
  memoryBytes: number,
): Confinement {
  const files = new Set<string>();
  const folders = new Set<string>();
  for (const glob of read) {
    const path = resolve(glob);
    if (!MAGIC.test(path) && ALONE.test(path)) files.add(path);
    else folders.add(folderOf(path));
  }
  const ports = listen.map(portOf);
  const tcpPorts = ports.filter(({ isUdp }) => !isUdp).map(({ port }) => port);
  return {
    files: [...files],
    folders: [...folders],
    tcpPorts: [...new Set(tcpPorts)],
    udp: ports.some(({ isUdp }) => isUdp),
    memoryBytes,
  };
}

/** The last folder of `path` that has no pattern in it. @throws {GrantError} `root` */
export function folderOf(path: string): string {
  let folder = dirname(path);
  while (MAGIC.test(folder)) folder = dirname(folder);
  if (folder === parse(folder).root) {
    throw new GrantError("root", `Cannot grant "${path}": that would be the whole file system`);
  }
  return folder;
}

function portOf(listen: string): { readonly isUdp: boolean; readonly port: number } {
  const [, kind, digits] = /^(udp|tcp|tls):(?:.*:)?(\d{1,5})$/.exec(listen) ?? [];
  const port = Number(digits);
  if (kind !== undefined && port <= 65_535) return { isUdp: kind === "udp", port };
  throw new GrantError("listen", `Cannot grant "${listen}": it must be such as "udp:514"`);
}
