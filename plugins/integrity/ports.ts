/**
 * Sockets that listen, from /proc/net, and the processes that hold them.
 *
 * @module
 */
import { ipText } from "../../sdk/read/ip_text.ts";
import type { KnownPort } from "./baseline.ts";
import { processIds, programOf, textAt } from "./proc.ts";
import type { HostIo } from "./rooted.ts";

interface Socket extends KnownPort {
  readonly inode: string;
}

const FILES = [
  { file: "/proc/net/tcp", protocol: "tcp", state: "0A" },
  { file: "/proc/net/tcp6", protocol: "tcp", state: "0A" },
  { file: "/proc/net/udp", protocol: "udp", state: "07" },
  { file: "/proc/net/udp6", protocol: "udp", state: "07" },
] as const;

/** The sockets that listen now, by protocol, address and port; owners only of those not `known`. */
export function listening(
  io: HostIo,
  known: ReadonlyMap<string, KnownPort>,
): ReadonlyMap<string, KnownPort> {
  const lowest = lowestEphemeral(io);
  const sockets = FILES.flatMap(({ file, protocol, state }) =>
    socketsIn(textAt(io, file) ?? "", protocol, state)
  ).filter(({ protocol, port }) => protocol === "tcp" || port < lowest);
  const found = new Map<string, KnownPort>();
  const fresh = new Set<string>();
  for (const { inode, ...socket } of sockets) {
    const key = keyOf(socket);
    if (!known.has(key)) fresh.add(inode);
    if (!found.has(key)) found.set(key, known.get(key) ?? socket);
  }
  if (fresh.size === 0) return found;
  const owners = ownersOf(io, fresh);
  for (const { inode, ...socket } of sockets) {
    const pid = owners.get(inode);
    const key = keyOf(socket);
    if (pid === undefined || known.has(key) || found.get(key)?.pid !== undefined) continue;
    const program = programOf(io, pid)?.path;
    found.set(key, { ...socket, pid, ...(program !== undefined && { program }) });
  }
  return found;
}

/** Whether a socket is bound to all addresses. */
export function isWildcard(ip: string): boolean {
  return ip === "0.0.0.0" || ip === "::";
}

function keyOf({ protocol, ip, port }: KnownPort): string {
  return `${protocol} ${ip} ${port}`;
}

/** Below it are ports that somebody has chosen; UDP clients get the others for a while. */
function lowestEphemeral(io: HostIo): number {
  const range = textAt(io, "/proc/sys/net/ipv4/ip_local_port_range");
  const lowest = Number.parseInt(range ?? "", 10);
  return Number.isNaN(lowest) ? 32_768 : lowest;
}

/** Lines of a table of /proc/net: number, local and remote address, state, …, user, …, inode. */
function socketsIn(text: string, protocol: "tcp" | "udp", state: string): readonly Socket[] {
  return text.split("\n").slice(1).flatMap((line) => {
    const [, local = "", remote = "", is, , , , uid = "", , inode = ""] = line.trim().split(/\s+/);
    const [hex = "", portHex = ""] = local.split(":");
    if (is !== state || !/^[0-9A-F]{4}$/i.test(portHex) || !/^(?:[0-9A-F]{8}){1,4}$/i.test(hex)) {
      return [];
    }
    // A UDP socket with a peer hears that one alone.
    if (!/^0+:0000$/.test(remote) || !/^\d+$/.test(uid) || !/^\d+$/.test(inode)) return [];
    const port = Number.parseInt(portHex, 16);
    return [{ protocol, ip: ipOf(hex), port, uid: Number(uid), inode }];
  });
}

/** Addresses are printed as numbers of 32 bits in the host's order: little-endian. */
function ipOf(hex: string): string {
  const bytes = Buffer.from(hex, "hex");
  for (let at = 0; at < bytes.length; at += 4) bytes.subarray(at, at + 4).reverse();
  return ipText(bytes);
}

/** The first process that holds each of the sockets; those of others show only to root. */
function ownersOf(io: HostIo, inodes: ReadonlySet<string>): ReadonlyMap<string, number> {
  const owners = new Map<string, number>();
  for (const pid of processIds(io)) {
    if (owners.size === inodes.size) break;
    for (const name of io.list(`/proc/${pid}/fd`)) {
      const target = io.stat(`/proc/${pid}/fd/${name}`)?.target ?? "";
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode !== undefined && inodes.has(inode) && !owners.has(inode)) owners.set(inode, pid);
    }
  }
  return owners;
}
