/**
 * Which logs of Windows the services of Sigma's log sources are, and which numbers of events its
 * categories.
 *
 * Services by the taxonomy of Sigma's rules (SigmaHQ `documentation/logsource-guides/windows` and
 * its `service`s); categories by Sysmon's numbers of events.
 *
 * @module
 */

/** Channels by service. */
export const CHANNELS: Readonly<Record<string, readonly string[]>> = {
  security: ["Security"],
  system: ["System"],
  application: ["Application"],
  sysmon: ["Microsoft-Windows-Sysmon/Operational"],
  powershell: ["Microsoft-Windows-PowerShell/Operational", "PowerShellCore/Operational"],
  "powershell-classic": ["Windows PowerShell"],
  taskscheduler: ["Microsoft-Windows-TaskScheduler/Operational"],
  wmi: ["Microsoft-Windows-WMI-Activity/Operational"],
  windefend: ["Microsoft-Windows-Windows Defender/Operational"],
  "firewall-as": ["Microsoft-Windows-Windows Firewall With Advanced Security/Firewall"],
  "bits-client": ["Microsoft-Windows-Bits-Client/Operational"],
  "dns-server": ["DNS Server"],
  "dns-server-audit": ["Microsoft-Windows-DNS-Server/Audit"],
  "dns-server-analytic": ["Microsoft-Windows-DNS-Server/Analytical"],
  "dns-client": ["Microsoft-Windows-DNS Client Events/Operational"],
  dhcp: ["Microsoft-Windows-DHCP-Server/Operational"],
  "driver-framework": ["Microsoft-Windows-DriverFrameworks-UserMode/Operational"],
  ntlm: ["Microsoft-Windows-NTLM/Operational"],
  "msexchange-management": ["MSExchange Management"],
  "printservice-admin": ["Microsoft-Windows-PrintService/Admin"],
  "printservice-operational": ["Microsoft-Windows-PrintService/Operational"],
  "codeintegrity-operational": ["Microsoft-Windows-CodeIntegrity/Operational"],
  "smbclient-security": ["Microsoft-Windows-SmbClient/Security"],
  "smbclient-connectivity": ["Microsoft-Windows-SmbClient/Connectivity"],
  "smbserver-connectivity": ["Microsoft-Windows-SMBServer/Connectivity"],
  "terminalservices-localsessionmanager": [
    "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
  ],
  "microsoft-servicebus-client": [
    "Microsoft-ServiceBus-Client",
    "Microsoft-ServiceBus-Client/Operational",
    "Microsoft-ServiceBus-Client/Admin",
  ],
  ldap: ["Microsoft-Windows-LDAP-Client/Debug"],
  ldap_debug: ["Microsoft-Windows-LDAP-Client/Debug"],
  "security-mitigations": [
    "Microsoft-Windows-Security-Mitigations/KernelMode",
    "Microsoft-Windows-Security-Mitigations/UserMode",
    "Microsoft-Windows-Security-Mitigations/Kernel Mode",
    "Microsoft-Windows-Security-Mitigations/User Mode",
  ],
  "diagnosis-scripted": ["Microsoft-Windows-Diagnosis-Scripted/Operational"],
  "shell-core": ["Microsoft-Windows-Shell-Core/Operational"],
  openssh: ["OpenSSH/Operational"],
  "appxdeployment-server": ["Microsoft-Windows-AppXDeploymentServer/Operational"],
  "appxpackaging-om": ["Microsoft-Windows-AppxPackaging/Operational"],
  "appmodel-runtime": ["Microsoft-Windows-AppModel-Runtime/Admin"],
  "lsa-server": ["Microsoft-Windows-LSA/Operational"],
  "certificateservicesclient-lifecycle-system": [
    "Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational",
  ],
  capi2: ["Microsoft-Windows-CAPI2/Operational"],
  "iis-configuration": ["Microsoft-IIS-Configuration/Operational"],
  "hyper-v-worker": ["Microsoft-Windows-Hyper-V-Worker"],
  vhdmp: ["Microsoft-Windows-VHDMP/Operational"],
  sense: ["Microsoft-Windows-SENSE/Operational"],
  applocker: [
    "Microsoft-Windows-AppLocker/EXE and DLL",
    "Microsoft-Windows-AppLocker/MSI and Script",
    "Microsoft-Windows-AppLocker/Packaged app-Deployment",
    "Microsoft-Windows-AppLocker/Packaged app-Execution",
  ],
};

/** A category's events: numbers within the channels of a service. */
export interface Category {
  readonly service: string;
  readonly ids: readonly number[];
}

/** By category; process creation has Windows' own event besides. */
export const CATEGORIES: Readonly<Record<string, Category>> = {
  process_creation: sysmon(1),
  file_change: sysmon(2),
  network_connection: sysmon(3),
  sysmon_status: sysmon(4, 16),
  process_termination: sysmon(5),
  driver_load: sysmon(6),
  image_load: sysmon(7),
  create_remote_thread: sysmon(8),
  raw_access_thread: sysmon(9),
  process_access: sysmon(10),
  file_event: sysmon(11),
  registry_add: sysmon(12),
  registry_delete: sysmon(12),
  registry_set: sysmon(13),
  registry_rename: sysmon(14),
  registry_event: sysmon(12, 13, 14),
  create_stream_hash: sysmon(15),
  pipe_created: sysmon(17, 18),
  wmi_event: sysmon(19, 20, 21),
  dns_query: sysmon(22),
  file_delete: sysmon(23, 26),
  clipboard_capture: sysmon(24),
  process_tampering: sysmon(25),
  file_delete_detected: sysmon(26),
  file_block_executable: sysmon(27),
  file_block_shredding: sysmon(28),
  file_executable_detected: sysmon(29),
  sysmon_error: sysmon(255),
  ps_module: { service: "powershell", ids: [4103] },
  ps_script: { service: "powershell", ids: [4104] },
  ps_classic_start: { service: "powershell-classic", ids: [400] },
  ps_classic_provider_start: { service: "powershell-classic", ids: [600] },
  ps_classic_script: { service: "powershell-classic", ids: [800] },
};

function sysmon(...ids: readonly number[]): Category {
  return { service: "sysmon", ids };
}
