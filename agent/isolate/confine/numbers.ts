/**
 * Numbers of Linux' system calls (`asm/unistd_64.h`, `asm-generic/unistd.h`) that confining a
 * process takes, and of those that it denies.
 *
 * @module
 */

interface Calls {
  /** `AUDIT_ARCH_…` of linux/audit.h. */
  readonly arch: number;
  readonly prctl: number;
  readonly execve: number;
  readonly prlimit64: number;
  readonly setrlimit: number;
  readonly clone: number;
  readonly socket: number;
  readonly setpriority: number;
  /** Of which the first argument is a process id. */
  readonly signals: readonly number[];
  readonly denied: readonly number[];
}

export const LANDLOCK_CREATE_RULESET = 444;
export const LANDLOCK_ADD_RULE = 445;
export const LANDLOCK_RESTRICT_SELF = 446;
export const CLONE3 = 435;

/** The same number on every architecture that has them. */
const DENIED_EVERYWHERE: readonly number[] = [
  // pidfd_send_signal, io_uring_setup, _enter, _register
  ...[424, 425, 426, 427],
  // open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, pidfd_open, pidfd_getfd
  ...[428, 429, 430, 431, 432, 433, 434, 438],
  // process_madvise, mount_setattr, quotactl_fd, process_mrelease, fchmodat2
  ...[440, 442, 443, 448, 452],
  // setxattrat, removexattrat, open_tree_attr, file_setattr
  ...[463, 466, 467, 469],
];

export const CALLS: Readonly<Record<string, Calls>> = {
  x64: {
    arch: 0xc000003e,
    ...{ prctl: 157, execve: 59, prlimit64: 302, setrlimit: 160, clone: 56, socket: 41 },
    setpriority: 141,
    // kill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo
    signals: [62, 234, 129, 297],
    denied: [
      ...DENIED_EVERYWHERE,
      // fork, vfork, tkill, execveat
      ...[57, 58, 200, 322],
      // ptrace, process_vm_readv, process_vm_writev, kcmp
      ...[101, 310, 311, 312],
      // chmod, fchmod, fchmodat, chown, fchown, lchown, fchownat
      ...[90, 91, 268, 92, 93, 94, 260],
      // setxattr, lsetxattr, fsetxattr, removexattr, lremovexattr, fremovexattr
      ...[188, 189, 190, 197, 198, 199],
      // utime, utimes, futimesat, utimensat
      ...[132, 235, 261, 280],
      // mount, umount2, pivot_root, chroot, unshare, setns, open_by_handle_at, name_to_handle_at
      ...[165, 166, 155, 161, 272, 308, 304, 303],
      // bpf, perf_event_open, add_key, request_key, keyctl, userfaultfd
      ...[321, 298, 248, 249, 250, 323],
      // init_module, finit_module, delete_module, kexec_load, kexec_file_load, reboot
      ...[175, 313, 176, 246, 320, 169],
      // swapon, swapoff, acct, quotactl, sethostname, setdomainname, syslog, iopl, ioperm
      ...[167, 168, 163, 179, 170, 171, 103, 172, 173],
      // settimeofday, clock_settime, clock_adjtime, adjtimex
      ...[164, 227, 305, 159],
      // shmget, semget, msgget, mq_open
      ...[29, 64, 68, 240],
    ],
  },
  arm64: {
    arch: 0xc00000b7,
    ...{ prctl: 167, execve: 221, prlimit64: 261, setrlimit: 164, clone: 220, socket: 198 },
    setpriority: 140,
    signals: [129, 131, 138, 240],
    denied: [
      ...DENIED_EVERYWHERE,
      // tkill, execveat, ptrace, process_vm_readv, process_vm_writev, kcmp
      ...[130, 281, 117, 270, 271, 272],
      // fchmod, fchmodat, fchownat, fchown, setxattr to fremovexattr, utimensat
      ...[52, 53, 54, 55, 5, 6, 7, 14, 15, 16, 88],
      // mount, umount2, pivot_root, chroot, unshare, setns, open_by_handle_at, name_to_handle_at
      ...[40, 39, 41, 51, 97, 268, 265, 264],
      // bpf, perf_event_open, add_key, request_key, keyctl, userfaultfd
      ...[280, 241, 217, 218, 219, 282],
      // init_module, finit_module, delete_module, kexec_load, kexec_file_load, reboot
      ...[105, 273, 106, 104, 294, 142],
      // swapon, swapoff, acct, quotactl, sethostname, setdomainname, syslog
      ...[224, 225, 89, 60, 161, 162, 116],
      // settimeofday, clock_settime, clock_adjtime, adjtimex
      ...[170, 112, 266, 171],
      // shmget, semget, msgget, mq_open
      ...[194, 190, 186, 180],
    ],
  },
};
