/**
 * Types of records: their names (linux/audit.h, libaudit.h), and which of them stand alone.
 *
 * @module
 */

const NAMES: ReadonlyMap<number, string> = new Map([
  ...named(1006, "LOGIN"),
  ...named(1100, "USER_AUTH USER_ACCT USER_MGMT CRED_ACQ CRED_DISP USER_START USER_END USER_AVC"),
  ...named(1108, "USER_CHAUTHTOK USER_ERR CRED_REFR USYS_CONFIG USER_LOGIN USER_LOGOUT ADD_USER"),
  ...named(1115, "DEL_USER ADD_GROUP DEL_GROUP DAC_CHECK CHGRP_ID TEST TRUSTED_APP"),
  ...named(1122, "USER_SELINUX_ERR USER_CMD USER_TTY CHUSER_ID GRP_AUTH SYSTEM_BOOT"),
  ...named(1128, "SYSTEM_SHUTDOWN SYSTEM_RUNLEVEL SERVICE_START SERVICE_STOP GRP_MGMT"),
  ...named(1300, "SYSCALL"),
  ...named(1302, "PATH IPC SOCKETCALL CONFIG_CHANGE SOCKADDR CWD"),
  ...named(1309, "EXECVE"),
  ...named(1311, "IPC_SET_PERM MQ_OPEN MQ_SENDRECV MQ_NOTIFY MQ_GETSETATTR KERNEL_OTHER FD_PAIR"),
  ...named(1318, "OBJ_PID TTY EOE BPRM_FCAPS CAPSET MMAP NETFILTER_PKT NETFILTER_CFG SECCOMP"),
  ...named(1327, "PROCTITLE FEATURE_CHANGE REPLACE KERN_MODULE FANOTIFY TIME_INJOFFSET"),
  ...named(1333, "TIME_ADJNTPVAL BPF EVENT_LISTENER URINGOP OPENAT2"),
  ...named(1400, "AVC SELINUX_ERR AVC_PATH MAC_POLICY_LOAD MAC_STATUS MAC_CONFIG_CHANGE"),
  ...named(1700, "ANOM_PROMISCUOUS ANOM_ABEND ANOM_LINK ANOM_CREAT"),
  ...named(1800, "INTEGRITY_DATA INTEGRITY_METADATA INTEGRITY_STATUS INTEGRITY_HASH"),
  ...named(2000, "KERNEL"),
]);

/** Records of trusted programs and of auditd: each is an event of its own. */
const ALONE = new RegExp(
  "^(?:USER|CRED|DAEMON|SERVICE|SYSTEM|CRYPTO|ROLE|ADD|DEL|GRP|VIRT|RESP|ACCT|CHGRP|CHUSER|USYS|" +
    "SOFTWARE|LABEL|TEST|TRUSTED|FS|DEV|DAC)_|^(?:TEST|KERNEL)$",
);

/** The name of a type that is written as a number, `1400` or `UNKNOWN[1334]`, where it is known. */
export function typeName(written: string): string {
  const number = /^(?:UNKNOWN\[)?(\d{4})\]?$/.exec(written)?.[1];
  return (number === undefined ? undefined : NAMES.get(Number(number))) ?? written;
}

/** Whether a record of `type` is the whole event. */
export function isAlone(type: string): boolean {
  return ALONE.test(type);
}

function named(first: number, names: string): readonly (readonly [number, string])[] {
  return names.split(" ").map((name, i) => [first + i, name] as const);
}
