/**
 * The host as it is seen from a container: under a folder.
 *
 * @module
 */
import type { Io } from "../../sdk/mod.ts";

/** What the plugin reads a host by. */
export type HostIo = Pick<Io, "read" | "list" | "stat" | "digest">;

/** Gives `io` with all paths below `root`; what they are called stays as it is. */
export function rootedAt(io: HostIo, root: string): HostIo {
  const prefix = root.replace(/\/+$/, "");
  if (prefix === "") return io;
  return {
    read: (path) => io.read(prefix + path),
    list: (folder) => io.list(prefix + folder),
    stat: (path) => io.stat(prefix + path),
    digest: (path, most) => io.digest(prefix + path, most),
  };
}
