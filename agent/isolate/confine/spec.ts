/**
 * What a plugin's process may reach, and what came of it.
 *
 * @module
 */

/** What is granted; all else is denied. */
export interface Confinement {
  /** Files that may be read, by absolute path. */
  readonly files: readonly string[];
  /** Folders that may be read, with all below them. */
  readonly folders: readonly string[];
  /** TCP ports it may listen at. */
  readonly tcpPorts: readonly number[];
  /** It may open UDP sockets. */
  readonly udp: boolean;
  /** Private writable memory it may map over what the runtime has reserved, in bytes. */
  readonly memoryBytes: number;
}

/** What of it holds in a process that runs. */
export interface Confined {
  /** By what: the kernel, the runtime's permissions, or nothing. */
  readonly by: "linux" | "deno" | "nothing";
  /** Version of Landlock's interface; 0: the kernel has none. */
  readonly landlock: number;
  /** Reading is confined to what was granted, writing is denied. */
  readonly files: boolean;
  /** Listening and connecting over TCP are confined. */
  readonly tcp: boolean;
  /** It starts no process, signals none, opens no other socket and changes no file's rights. */
  readonly calls: boolean;
  /** Memory, CPU and files are limited by the kernel. */
  readonly limits: boolean;
}

export const UNCONFINED: Confined = {
  by: "nothing",
  landlock: 0,
  files: false,
  tcp: false,
  calls: false,
  limits: false,
};

/** The runtime's own permissions: no kernel stands behind them. */
export const BY_DENO: Confined = {
  ...{ by: "deno", landlock: 0, files: true, tcp: true, calls: true, limits: false },
};
